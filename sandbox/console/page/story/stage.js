// How are the steps of the story done: by the page's own form, before the eyes of whoever looks on?

import { $ } from "/page/dom.js";
import { State, status } from "/page/names.js";

const SECONDS = 45;
const LOOK_AGAIN = 250;
const SUCCEEDED = 724000002;
// Long enough to see one column after the other being filled in.
const PACE = 450;

// What keeps a step from going as the story tells; the message is for people.
export class Setback extends Error {}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Stage {
  // `form` is the page's form; `jobs` gives the rows that are listed; `hurry` has the page look at everything soon;
  // `look` shows a Timeline; `here` tells whether the story is still being played.
  constructor({ form, jobs, hurry, look, here }) {
    this.form = form;
    this.jobs = jobs;
    this.hurry = hurry;
    this.look = look;
    this.here = here;
    this.made = {};
  }

  // What `find` gives once it gives something; a setback in words after a bounded time.
  async until(find, otherwise) {
    const end = performance.now() + SECONDS * 1000;
    for (;;) {
      const found = find();
      if (found) return found;
      if (!this.here()) throw new Setback("The story was left.");
      if (performance.now() > end) throw new Setback(otherwise());
      this.hurry();
      await pause(LOOK_AGAIN);
    }
  }

  // Makes a new job say just this, by column, as a person does in the form. What stands there already is kept.
  async fill(values) {
    await this.until(() => this.form.definition, () => "The form is not there: Spotler Jobs is not installed in this environment.");
    if (!this.form.open.isNew || this.differs(values)) this.form.clear();
    for (const [name, value] of Object.entries(values)) {
      const input = $("form").querySelector(`#${name}`);
      if (!input) throw new Setback(`The form has no column ${name}.`);
      if (input.tagName === "SELECT") await this.choose(input, value);
      else await this.type(input, value);
    }
  }

  // Whether something else than `values` stands in the form, of what a story fills in.
  differs(values) {
    return CHOSEN.some((name) => {
      const value = this.form.open.attributes.get(name)?.value ?? null;
      return value !== null && says(value) !== String(values[name]);
    });
  }

  async choose(select, wanted) {
    const find = () => [...select.options].find((option) => option.value === String(wanted) || option.text === wanted);
    const option = await this.until(find, () => `The form does not offer ${wanted}. Play the story from the seed data.`);
    if (select.value === option.value) return;
    select.value = option.value;
    await this.shown(select);
    if (select.id !== "spotler_automationid") return;
    // The script reads the fields of the automation before it fills them in.
    const fields = $("form").querySelector("#spotler_automationfields");
    const start = $("form").querySelector("#spotler_operation").value === "724000000";
    if (start && HAS_FIELDS.test(option.text)) await this.until(() => fields.value, () => "The fields of the automation were not filled in.");
  }

  async type(input, value) {
    if (input.value === value) return;
    input.value = value;
    await this.shown(input);
  }

  // As leaving the column does: the form's script hears of it.
  async shown(input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    const field = input.closest(".field");
    field.scrollIntoView({ block: "nearest" });
    if (still()) return;
    field.classList.add("being-filled");
    await pause(PACE);
    field.classList.remove("being-filled");
  }

  // Saves what stands in the form and waits until the job has ended: {job, run}.
  async save() {
    const saved = await this.form.save();
    if (!saved) throw new Setback($("saved").textContent);
    const job = saved.spotler_jobid;
    const ended = await this.until(
      () => this.jobs().find((row) => row.spotler_jobid === job && row.statecode === State.INACTIVE),
      () => `The job has not ended after ${SECONDS} seconds. A fault may be switched on, or a part may be down.`,
    );
    if (ended.statuscode !== SUCCEEDED) {
      const word = status[ended.statuscode]?.label ?? "in an unknown state";
      throw new Setback(`The job is ${word}: ${ended.spotler_resultmessage ?? "no message"}`);
    }
    return { job, run: ended.spotler_automationcontactid };
  }

  // The element for a selector once it is on the page.
  seen(selector) {
    return this.until(() => document.querySelector(selector), () => "What this step should show has not appeared.");
  }

  async offered(automation) {
    const offer = () => (this.form.choices.get("spotler_automation") ?? []).some(({ name }) => name === automation);
    await this.until(offer, () => `${automation} has not come into the list.`);
  }

  async stopped(run) {
    const find = () => document.querySelector(`[data-run="${run}"] .chip.off`);
    await this.until(find, () => "The run has not stopped at Spotler.");
  }

  // The newest run whose title has this name.
  async newestRun(name) {
    const find = () => [...document.querySelectorAll("[data-run]")].find((one) => one.querySelector(".title").textContent.includes(name));
    return (await this.until(find, () => `No run of ${name} has appeared.`)).dataset.run;
  }

  timelineOf(name) {
    const option = [...$("timeline-of").options].find((one) => one.text === name);
    if (!option) throw new Setback(`${name} is not there. Play the story from the seed data.`);
    const [table, id] = option.value.split(" ");
    this.look({ table, id });
  }

  // Id of the newest entry in the Timeline that names something.
  async post(name) {
    const find = () => [...document.querySelectorAll("#timeline [data-entry]")].find((one) => one.textContent.includes(name));
    return (await this.until(find, () => "The post has not come into the Timeline.")).dataset.entry;
  }
}

const CHOSEN = ["spotler_operation", "spotler_customerid", "spotler_leadid", "spotler_automationid", "spotler_automationcontactid"];
const HAS_FIELDS = /Invoice|Journey/;

const says = (value) => (Array.isArray(value) ? value[0].name : String(value));
