// The list of jobs, each moving through its states.

import { change, label, rowsIfInstalled, tableOf } from "/page/api.js";
import { News } from "/page/announce.js";
import { $, busy, clock, h, List, show } from "/page/dom.js";
import { activated, deactivated, Operation, operationWord, State, status } from "/page/names.js";

const READ = 100;
const FIRST = 10;
const COLUMNS = [
  "spotler_jobid", "spotler_name", "spotler_operation", "_spotler_customerid_value", "_spotler_leadid_value",
  "_spotler_automationid_value", "spotler_automationfields", "spotler_automationcontactid", "spotler_resultcode",
  "spotler_resultmessage", "spotler_attempts", "spotler_retryon", "spotler_completedon", "spotler_sequence",
  "statecode", "statuscode", "createdon",
];
const PATH = `spotler_jobs?$select=${COLUMNS.join(",")}&$orderby=createdon desc,spotler_sequence desc&$top=${READ}`;

export const readJobs = () => rowsIfInstalled(encodeURI(PATH));

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
  // `changed` after a person's change; `look` shows a Timeline; `open` shows a job in the form; `stopRun` readies
  // a job that stops a run.
  constructor({ changed, look, open, stopRun }) {
    this.open = open;
    this.changed = changed;
    this.look = look;
    this.stopRun = stopRun;
    this.told = new Map();
    this.shown = [];
    this.all = false;
    this.news = new News((job) => [job.spotler_jobid, `${title(job)}${forWhom(job)}: ${statusOf(job).label}.`]);
    $("jobs-more").addEventListener("click", () => {
      this.all = !this.all;
      this.update(this.shown);
    });
    this.list = new List($("job-list"), {
      key: (job) => job.spotler_jobid,
      version: (job) => job["@odata.etag"] + (this.told.get(job.spotler_jobid) ?? ""),
      build: (job) => this.build(job),
      empty: () =>
        h("li", { class: "empty" }, "No jobs yet. Fill in the form and press ", h("b", {}, "Save"), "; the job appears here and moves by itself."),
    });
  }

  update(jobs) {
    this.shown = jobs;
    this.news.hear(jobs);
    this.list.update(this.all ? jobs : jobs.slice(0, FIRST));
    const open = jobs.filter((job) => job.statecode === State.ACTIVE).length;
    const many = jobs.length >= READ ? `the last ${READ}` : String(jobs.length);
    $("jobs-count").textContent = jobs.length ? `${many} · ${open} open` : "";
    $("jobs-more").textContent = this.all ? "Show fewer" : `Show ${jobs.length - FIRST} more`;
    show($("jobs-more"), jobs.length > FIRST);
  }

  build(job) {
    const id = job.spotler_jobid;
    const is = statusOf(job);
    const subject = subjectOf(job);
    const told = this.told.get(id);
    return h(
      "li",
      { class: `job tone-${is.tone}`, "data-job": id },
      h(
        "div",
        { class: "job-head" },
        h("p", { class: `chip ${is.tone}` }, h("span", { class: "sign", "aria-hidden": "true" }, is.sign), h("span", { class: "status" }, is.label)),
        h("time", { class: "muted", datetime: job.createdon }, clock(job.createdon)),
        h("div", { class: "job-actions" }, this.buttons(job)),
      ),
      h("p", { class: "title" }, h("b", {}, title(job)), subject ? [" for ", this.person(subject)] : null),
      this.result(job),
      job.spotler_resultmessage ? h("p", { class: "message" }, withNames(job.spotler_resultmessage)) : null,
      told ? h("p", { class: "message bad" }, told) : null,
      this.details(job),
    );
  }

  result(job) {
    const { spotler_resultcode: code, spotler_automationcontactid: runs } = job;
    if (!code && !runs) return null;
    return h(
      "p",
      { class: "result" },
      code ? h("span", { class: code === "OK" ? "code ok" : "code", title: "Result Code" }, code) : null,
      runs ? h("span", { class: "run", title: "AutomationContactId" }, "AutomationContactId ", h("span", { class: "id" }, runs)) : null,
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
      h("button", { type: "button", class: "small", "data-name": "open", title: "Show the job in the form", onclick: () => this.open(job.spotler_jobid) }, "Open"),
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
      h("summary", { "data-name": "summary" }, "Details"),
      h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]).flat()),
    );
  }
}

const statusOf = (job) => status[job.statuscode] ?? { label: label(job, "statuscode") ?? job.statuscode, tone: "off", sign: "" };

function forWhom(job) {
  const subject = subjectOf(job);
  return subject ? ` for ${subject.name}` : "";
}

// Names of fields stand between backticks in a message.
function withNames(message) {
  return message.split("`").map((piece, index) => (index % 2 ? h("code", {}, piece) : piece));
}

function title(job) {
  if (job.spotler_name) return job.spotler_name;
  const word = operationWord[job.spotler_operation] ?? "Job";
  const automation = label(job, "_spotler_automationid_value");
  if (automation) return `${word} ${automation}`;
  return job.spotler_operation === Operation.STOP ? "Stop by AutomationContactId" : word;
}
