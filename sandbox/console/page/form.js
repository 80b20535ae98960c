// The job form: the published form of the table with the script that is published for it, as Dynamics shows them.

import { change, create, installation, label, Refusal, row as readRow } from "/page/api.js";
import { $, busy, h, show } from "/page/dom.js";
import { Operation, operationWord, State } from "/page/names.js";
import { readDefinition } from "/page/xrm/definition.js";
import { OpenForm } from "/page/xrm/form_context.js";
import { inLanguage } from "/page/xrm/formxml.js";
import { selected } from "/page/xrm/row.js";
import { wordsIn } from "/page/xrm/words.js";
import { loadLibrary, provideXrm } from "/page/xrm/xrm.js";

const TABLE = "spotler_job";
const AUTOMATION = "spotler_automation";

export class JobForm {
  // `saved` is called with the row that was saved.
  constructor({ saved, fillCatalogue }) {
    this.definition = null;
    this.open = null;
    this.etag = null;
    this.command = null;
    this.choices = new Map();
    this.saved = saved;
    this.saving = false;
    $("language").addEventListener("change", () => this.speak());
    $("clear").addEventListener("click", () => this.clear({ focus: true }));
    $("fill-catalogue").addEventListener("click", (event) => busy(event.target, fillCatalogue));
    $("job-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    $("job-form").addEventListener("input", () => this.tell(""));
    $("job-form").addEventListener("keydown", (event) => {
      if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.save();
    });
  }

  get language() {
    return Number($("language").value);
  }

  get words() {
    return wordsIn(this.language);
  }

  // Reads the form once it is published, and loads its script; called until that has been possible.
  async prepare() {
    if (this.definition) return;
    try {
      const definition = await readDefinition(TABLE);
      if (!definition) return await this.uninstalled();
      provideXrm(definition, () => this.language);
      for (const name of definition.form.libraries) await loadLibrary(name);
      this.definition = definition;
      this.show(null, {});
    } catch (trouble) {
      // A part that does not answer is told at the top of the page.
      if (trouble instanceof Refusal) throw trouble;
      await this.uninstalled(`The form cannot be shown. ${trouble.message} `);
      return;
    }
    show($("not-installed"), false);
    show($("job-form"), true);
  }

  async uninstalled(why = "Spotler Jobs is not installed in this environment. ") {
    this.definition = null;
    this.open = null;
    $("form").replaceChildren();
    show($("job-form"), false);
    const place = $("not-installed");
    this.command ??= await installation();
    // Meanwhile it may have been installed.
    if (this.definition) return;
    const told = h(
      "div",
      {},
      h("p", {}, why, "Install it with this command, in the project's folder:"),
      h("pre", {}, h("code", {}, this.command)),
      h("p", {}, "It asks for the webhook's key, which is the key of the Functions part. This page notices by itself."),
    );
    // What is said already is not said again, or it would be read out again and again.
    if (place.textContent !== told.textContent) place.replaceChildren(told);
    show(place, true);
  }

  // Opens the form on a row, or on a new one that starts with `values`.
  show(row, values) {
    const { language, words, choices } = this;
    this.open = new OpenForm(this.definition, { row, values, language, choices, words });
    this.etag = row?.["@odata.etag"] ?? null;
    $("form").replaceChildren(this.open.element);
    $("form").lang = language === 1043 ? "nl" : "en";
    this.name(row);
    this.open.opened();
    this.remark();
  }

  name(row) {
    const { words } = this;
    const table = inLanguage(this.definition.table.labels, this.language);
    $("form-title").textContent = row ? row[this.definition.table.nameColumn] || table : words.new(table);
    $("save").textContent = words.save;
    $("clear").textContent = row ? words.another : words.clear;
  }

  // Shows the form in another language, as it stands.
  speak() {
    if (!this.open) return;
    const values = {};
    for (const attribute of this.open.attributes.values()) if (attribute.dirty) values[attribute.name] = attribute.value;
    const before = this.open;
    this.tell("");
    if (before.isNew) this.show(null, values);
    else this.openRow(before.id, values);
  }

  async openRow(id, values = {}) {
    if (!this.definition) return;
    let found;
    try {
      found = await this.read(id);
    } catch (trouble) {
      if (!(trouble instanceof Refusal)) throw trouble;
      return this.tell(trouble.message, true);
    }
    if (!found) return this.tell(this.words.gone, true);
    this.show(found, {});
    for (const [name, value] of Object.entries(values)) this.open.attributes.get(name).set(value);
    this.tell("");
    $("form-title").focus({ preventScroll: true });
    $("form-title").scrollIntoView({ block: "nearest" });
  }

  async read(id) {
    const { table, columns } = this.definition;
    const shown = this.open.columns.filter((column) => column.name !== "statecode");
    const more = columns.has("statecode") ? ",statecode" : "";
    return readRow(encodeURI(`${table.set}(${id})?$select=${selected(shown)}${more}`));
  }

  // Keeps the row that is open up to date, unless somebody is changing it.
  async follow(jobs) {
    const { open } = this;
    if (!open || open.isNew || open.dirty || this.saving) return;
    const listed = jobs.find((job) => job.spotler_jobid === open.id);
    if (!listed || listed["@odata.etag"] === this.etag) return;
    const fresh = await this.read(open.id);
    if (!fresh || open !== this.open || open.dirty || this.saving) return;
    this.etag = fresh["@odata.etag"];
    this.name(fresh);
    open.refreshed(fresh);
  }

  showSubjects(people) {
    for (const table of ["account", "contact", "lead"]) {
      this.choices.set(table, people.filter((one) => one.table === table).map(({ id, name }) => ({ id, name })));
    }
    this.open?.offer(this.choices);
  }

  showCatalogue(automations) {
    const active = automations.filter((row) => row.statecode === State.ACTIVE);
    this.choices.set(AUTOMATION, active.map((row) => ({ id: row.spotler_automationid, name: row.spotler_name })));
    this.open?.offer(this.choices);
    this.remark();
  }

  remark() {
    show($("no-automations"), this.choices.get(AUTOMATION)?.length === 0);
  }

  clear({ focus = false } = {}) {
    if (!this.definition) return;
    this.show(null, {});
    this.tell("");
    if (focus) $("form").querySelector("input, select, textarea")?.focus();
  }

  // Gets a job ready that stops one run.
  stopRun(runs) {
    if (!this.definition) return;
    this.show(null, { spotler_operation: Operation.STOP, spotler_automationcontactid: runs });
    this.tell("");
    $("form").querySelector("#spotler_automationcontactid")?.focus();
    $("form-title").scrollIntoView({ block: "nearest" });
  }

  // Gives the row that was saved; null where it was not.
  async save() {
    const { open, words } = this;
    if (!open || this.saving) return null;
    this.tell("");
    const body = open.prepared();
    if (!body) {
      this.tell(words.notSaved(words.lookAbove), true);
      open.focusFlaw();
      return null;
    }
    this.saving = true;
    this.tell(words.saving);
    try {
      const { set, id } = this.definition.table;
      const saved = await busy($("save"), () => (open.isNew ? create(set, body) : change(set, open.id, body)));
      const fresh = await this.read(open.isNew ? saved[id] : open.id);
      if (open === this.open && fresh) this.landed(open, fresh);
      this.saved(fresh ?? saved);
      return fresh ?? saved;
    } catch (trouble) {
      this.tell(words.notSaved(trouble.message), true);
      return null;
    } finally {
      this.saving = false;
    }
  }

  // After a row is created the form is that row's; Dynamics runs OnLoad once more.
  landed(open, row) {
    const created = open.isNew;
    this.etag = row["@odata.etag"];
    if (created) {
      open.load(row);
      open.opened();
    } else open.refreshed(row);
    this.name(row);
    // What the form says of the row stands at its top.
    $("form").scrollTop = 0;
    this.tell(this.words.saved(inWords(row)));
  }

  tell(sentence, bad = false) {
    $("saved").textContent = sentence;
    $("saved").classList.toggle("bad", bad);
  }
}

// What was saved, in words.
function inWords(row) {
  const word = operationWord[row.spotler_operation] ?? "";
  const automation = label(row, "_spotler_automationid_value");
  const whom = label(row, "_spotler_customerid_value") ?? label(row, "_spotler_leadid_value");
  if (row.spotler_operation === Operation.REFRESH) return word;
  return `${word}${automation ? ` ${automation}` : ""}${whom ? ` for ${whom}` : ""}`;
}
