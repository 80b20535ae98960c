// The job form, as Dynamics has it: what is asked for each operation, and what Save writes.

import { create } from "/page/api.js";
import { $, busy, setOptions, show } from "/page/dom.js";
import { Operation, operationWord, State, subjects } from "/page/names.js";

const PURPOSE = { [Operation.START]: "start", [Operation.STOP]: "stop", [Operation.REFRESH]: "refresh" };

export class JobForm {
  // `saved` is called with the row that was created.
  constructor({ saved, fillCatalogue }) {
    this.form = $("job-form");
    this.automations = [];
    this.prefilled = "";
    this.saved = saved;
    $("operation").addEventListener("change", () => this.shape(true));
    $("automation").addEventListener("change", () => this.prefill());
    for (const id of ["customer", "lead"]) $(id).addEventListener("change", () => this.remark());
    $("replace-yes").addEventListener("click", () => this.replace());
    $("replace-no").addEventListener("click", () => this.keep());
    $("clear").addEventListener("click", () => this.clear());
    $("fill-catalogue").addEventListener("click", (event) => busy(event.target, fillCatalogue));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener("input", () => this.tell(""));
    this.shape(false);
  }

  get operation() {
    return Number($("operation").value);
  }

  showSubjects(people) {
    const options = (table) =>
      people.filter((one) => one.table === table).map((one) => ({ value: `${table} ${one.id}`, text: one.name }));
    const customers = ["account", "contact"].map((table) => ({ label: subjects[table].group, options: options(table) }));
    setOptions($("customer"), customers, { none: "—" });
    setOptions($("lead"), [{ options: options("lead") }], { none: "—" });
  }

  showCatalogue(automations) {
    this.automations = automations.filter((row) => row.statecode === State.ACTIVE);
    const options = this.automations.map((row) => ({ value: row.spotler_automationid, text: row.spotler_name }));
    setOptions($("automation"), [{ options }], { none: "—" });
    this.remark();
  }

  // Shows what the operation asks for; `chosen` by a person, and then the fields may be filled.
  shape(chosen) {
    const purpose = PURPOSE[this.operation];
    for (const part of this.form.querySelectorAll("[data-for]")) {
      show(part, part.dataset.for.split(" ").includes(purpose));
    }
    this.remark();
    if (chosen) this.prefill();
  }

  remark() {
    const addressed = this.operation !== Operation.REFRESH;
    show($("both"), addressed && Boolean($("customer").value && $("lead").value));
    show($("no-automations"), addressed && this.known && this.automations.length === 0);
  }

  get known() {
    return $("automation").dataset.version !== undefined;
  }

  get chosen() {
    return this.automations.find((row) => row.spotler_automationid === $("automation").value);
  }

  // Fills in the fields of the chosen automation, unless somebody has written something of their own.
  prefill() {
    show($("replace"), false);
    if (this.operation !== Operation.START || !this.chosen) return;
    const template = this.chosen.spotler_fieldtemplate ?? "";
    const text = $("fields").value;
    if (text === template) {
      this.prefilled = template;
      return;
    }
    if (text.trim() === "" || text === this.prefilled) {
      this.fill(template);
      return;
    }
    $("replace-text").textContent = `You changed the text. Replace it by the fields of ${this.chosen.spotler_name}?`;
    show($("replace"), true);
  }

  fill(template) {
    $("fields").value = template;
    this.prefilled = template;
  }

  replace() {
    this.fill(this.chosen?.spotler_fieldtemplate ?? "");
    show($("replace"), false);
    $("fields").focus();
  }

  keep() {
    show($("replace"), false);
    $("fields").focus();
  }

  clear() {
    this.form.reset();
    this.fill("");
    show($("replace"), false);
    this.shape(false);
    this.tell("");
    $("operation").focus();
  }

  // Gets a job ready that stops one run.
  stopRun(runs) {
    this.clear();
    $("operation").value = String(Operation.STOP);
    this.shape(true);
    $("runs").value = runs;
    $("runs").focus();
    $("form-title").scrollIntoView({ block: "nearest" });
  }

  values() {
    const operation = this.operation;
    const values = { spotler_operation: operation };
    const name = $("name").value.trim();
    if (name) values.spotler_name = name;
    if (operation === Operation.REFRESH) return values;
    for (const id of ["customer", "lead"]) {
      if (!$(id).value) continue;
      const [table, row] = $(id).value.split(" ");
      values[`${subjects[table].binding}@odata.bind`] = `/${subjects[table].set}(${row})`;
    }
    if (this.chosen) values["spotler_AutomationId@odata.bind"] = `/spotler_automations(${this.chosen.spotler_automationid})`;
    if (operation === Operation.START && $("fields").value) values.spotler_automationfields = $("fields").value;
    if (operation === Operation.STOP && $("runs").value.trim()) values.spotler_automationcontactid = $("runs").value.trim();
    return values;
  }

  // What is about to be saved, in words.
  inWords() {
    const word = operationWord[this.operation];
    if (this.operation === Operation.REFRESH) return word;
    const whom = [$("customer"), $("lead")].filter((list) => list.value).map((list) => list.selectedOptions[0].text);
    return `${word}${this.chosen ? ` ${this.chosen.spotler_name}` : ""}${whom.length ? ` for ${whom.join(" and ")}` : ""}`;
  }

  async save() {
    const what = this.inWords();
    try {
      const row = await busy($("save"), () => create("spotler_jobs", this.values()));
      this.tell(`Saved: ${what}. The list shows what becomes of it.`);
      this.saved(row);
    } catch (trouble) {
      this.tell(`Not saved. ${trouble.message}`, true);
    }
  }

  tell(sentence, bad = false) {
    $("saved").textContent = sentence;
    $("saved").classList.toggle("bad", bad);
  }
}
