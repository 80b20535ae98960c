// The list of jobs, each moving through its states.

import { change, label, rows, tableOf } from "/page/api.js";
import { $, busy, clock, h, List } from "/page/dom.js";
import { activated, deactivated, Operation, operationWord, State, status, subjects } from "/page/names.js";

const SHOWN = 100;
const COLUMNS = [
  "spotler_jobid", "spotler_name", "spotler_operation", "_spotler_customerid_value", "_spotler_leadid_value",
  "_spotler_automationid_value", "spotler_automationfields", "spotler_automationcontactid", "spotler_resultcode",
  "spotler_resultmessage", "spotler_attempts", "spotler_retryon", "spotler_completedon", "spotler_sequence",
  "statecode", "statuscode", "createdon",
];
const PATH = `spotler_jobs?$select=${COLUMNS.join(",")}&$orderby=createdon desc,spotler_sequence desc&$top=${SHOWN}`;

export const readJobs = () => rows(encodeURI(PATH));

// Whom a job addresses: {table, id, name}; null for none.
export function subjectOf(job) {
  for (const column of ["_spotler_customerid_value", "_spotler_leadid_value"]) {
    if (!job[column]) continue;
    const table = column.includes("lead") ? "lead" : (tableOf(job, column) ?? "contact");
    return { table, id: job[column], name: label(job, column) ?? job[column] };
  }
  return null;
}

export class Jobs {
  // `changed` after a person's change; `look` shows a Timeline; `stopRun` readies a job that stops a run.
  constructor({ changed, look, stopRun }) {
    this.changed = changed;
    this.look = look;
    this.stopRun = stopRun;
    this.told = new Map();
    this.list = new List($("jobs"), {
      key: (job) => job.spotler_jobid,
      version: (job) => job["@odata.etag"] + (this.told.get(job.spotler_jobid) ?? ""),
      build: (job) => this.build(job),
      empty: () =>
        h("li", { class: "empty" }, "No jobs yet. Fill in the form and press ", h("b", {}, "Save"), "; the job appears here and moves by itself."),
    });
  }

  update(jobs) {
    this.shown = jobs;
    this.list.update(jobs);
    const open = jobs.filter((job) => job.statecode === State.ACTIVE).length;
    const many = jobs.length >= SHOWN ? `the last ${SHOWN}` : String(jobs.length);
    $("jobs-count").textContent = jobs.length ? `${many} · ${open} open` : "";
  }

  build(job) {
    const id = job.spotler_jobid;
    const is = status[job.statuscode] ?? { label: label(job, "statuscode") ?? job.statuscode, tone: "off", sign: "" };
    const subject = subjectOf(job);
    const told = this.told.get(id);
    return h(
      "li",
      { class: `job tone-${is.tone}`, "data-job": id },
      h("p", { class: `chip ${is.tone}` }, h("span", { class: "sign", "aria-hidden": "true" }, is.sign), is.label),
      h(
        "div",
        { class: "what" },
        h("p", { class: "title" }, h("b", {}, title(job)), subject ? [" for ", this.person(subject)] : null),
        job.spotler_resultmessage ? h("p", { class: "message" }, job.spotler_resultmessage) : null,
        told ? h("p", { class: "message bad" }, told) : null,
        this.details(job),
      ),
      h(
        "dl",
        { class: "result" },
        job.spotler_resultcode ? [h("dt", {}, "Result Code"), h("dd", { class: job.spotler_resultcode === "OK" ? "code ok" : "code" }, job.spotler_resultcode)] : null,
        job.spotler_automationcontactid ? [h("dt", {}, "AutomationContactId"), h("dd", { class: "id" }, job.spotler_automationcontactid)] : null,
      ),
      h("div", { class: "job-actions" }, this.buttons(job)),
    );
  }

  person(subject) {
    const look = () => this.look(subject);
    return h("button", { type: "button", class: "link", "data-name": "look", title: "Show the Timeline", onclick: look }, subject.name);
  }

  buttons(job) {
    const runs = job.spotler_automationcontactid;
    const started = job.spotler_operation === Operation.START && runs;
    const stop = () => this.stopRun(runs);
    const active = job.statecode === State.ACTIVE;
    const word = active ? "Deactivate" : "Activate";
    const why = active ? "Cancels the job" : "Queues the job again";
    const press = (event) => this.put(event.target, job, active ? deactivated : activated);
    return [
      started ? h("button", { type: "button", class: "small", "data-name": "stop", title: "Fill in a job that stops this run", onclick: stop }, "Stop …") : null,
      h("button", { type: "button", class: "small", "data-name": "state", title: why, onclick: press }, word),
    ];
  }

  async put(button, job, values) {
    const id = job.spotler_jobid;
    this.told.delete(id);
    try {
      await busy(button, () => change("spotler_jobs", id, values));
      this.changed();
    } catch (trouble) {
      this.told.set(id, `Not changed. ${trouble.message}`);
      this.update(this.shown);
    }
  }

  details(job) {
    const facts = [
      ["Created", clock(job.createdon)],
      ["Completed", clock(job.spotler_completedon)],
      ["Next try", job.statecode === State.ACTIVE ? clock(job.spotler_retryon) : ""],
      ["Attempts", job.spotler_attempts],
      ["Sequence", job.spotler_sequence],
      ["Automation", label(job, "_spotler_automationid_value")],
      ["Automation Fields", job.spotler_automationfields],
      ["Row", job.spotler_jobid],
    ].filter(([, value]) => value !== null && value !== undefined && value !== "");
    return h(
      "details",
      { "data-name": "details" },
      h("summary", { "data-name": "summary" }, clock(job.createdon)),
      h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]).flat()),
    );
  }
}

function title(job) {
  if (job.spotler_name) return job.spotler_name;
  const word = operationWord[job.spotler_operation] ?? "Job";
  const automation = label(job, "_spotler_automationid_value");
  if (automation) return `${word} ${automation}`;
  return job.spotler_operation === Operation.STOP ? "Stop by AutomationContactId" : word;
}

export const sign = (table) => subjects[table].sign;
