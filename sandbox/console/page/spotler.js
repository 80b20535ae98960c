// What a marketer sees at Spotler: what can be triggered and how often it was, the runs, and the mails they would send.

import { ask } from "/page/api.js";
import { News } from "/page/announce.js";
import { $, clock, h, List } from "/page/dom.js";

const SHOWN = 100;
const STATES = {
  running: { label: "Running", tone: "busy", sign: "▶" },
  stopped: { label: "Stopped", tone: "off", sign: "■" },
  finished: { label: "Finished", tone: "good", sign: "✓" },
};

export class Spotler {
  constructor() {
    this.publisher = new List($("publisher"), {
      key: (trigger) => trigger.code,
      version: (trigger) => JSON.stringify(trigger),
      build: buildTrigger,
      empty: () => h("li", { class: "empty" }, "Spotler has no automation with an External Trigger."),
    });
    this.news = new News(({ run, mails }) => [run.runId, `At Spotler: ${this.title(run)} for ${this.person({ run, mails })} ${STATES[run.state]?.label.toLowerCase() ?? run.state}.`]);
    this.names = new Map();
    this.labels = new Map();
    this.list = new List($("spotler-runs"), {
      key: ({ run }) => run.runId,
      version: (both) => JSON.stringify([both, this.title(both.run), this.person(both)]),
      build: (both) => this.build(both),
      empty: () => h("li", { class: "empty" }, "Nothing runs. Start an automation and it appears here, with the mail it would send."),
    });
  }

  showSubjects(people) {
    this.names = new Map(people.map((one) => [one.id, one.name]));
  }

  showCatalogue(automations) {
    this.labels = new Map(automations.map((row) => [row.spotler_code, row.spotler_name]));
  }

  async read() {
    const [triggers, runs, mails] = await Promise.all(["publisher", "runs", "mails"].map((what) => ask("spotler", `/_sandbox/${what}`)));
    const ofRun = Map.groupBy ? Map.groupBy(mails, (mail) => mail.runId) : grouped(mails);
    const running = runs.filter((run) => run.state === "running").length;
    $("runs-count").textContent = runs.length ? `${runs.length} · ${running} running` : "";
    this.publisher.update(triggers);
    const shown = runs.reverse().slice(0, SHOWN).map((run) => ({ run, mails: ofRun.get(run.runId) ?? [] }));
    this.list.update(shown);
    this.news.hear(shown);
  }

  title(run) {
    return this.labels.get(run.code) ?? `${run.kind === "campaign" ? "📢" : "🚀"} ${run.code}`;
  }

  person({ run, mails }) {
    return this.names.get(run.externalContactId) ?? mails[0]?.to?.name ?? run.externalContactId;
  }

  build({ run, mails }) {
    const is = STATES[run.state] ?? { label: run.state, tone: "off", sign: "" };
    return h(
      "li",
      { "data-run": run.runId },
      h("p", { class: "title" }, h("b", {}, this.title(run)), " for ", this.person({ run, mails })),
      h("p", { class: `chip ${is.tone}` }, h("span", { class: "sign", "aria-hidden": "true" }, is.sign), h("span", { class: "status" }, is.label)),
      h("p", { class: "muted" }, clock(run.startedOn), run.kind === "automation" ? ` · run ${run.runId}` : null),
      mails.map((mail, index) => mailOf(mail, index)),
    );
  }
}

function buildTrigger({ kind, name, live, triggered, running }) {
  const word = kind === "campaign" ? (live ? "active" : "not active") : live ? "published" : "not published";
  return h(
    "li",
    { "data-trigger": name, class: live ? null : "inactive" },
    h("span", { class: "trigger-name" }, h("span", { "aria-hidden": "true" }, kind === "campaign" ? "📢 " : "🚀 "), name),
    h("span", { class: `muted trigger-state` }, word),
    h("span", { class: triggered ? "triggered some" : "triggered", title: `${running} running` }, h("b", {}, String(triggered)), " ×", h("span", { class: "unseen" }, " triggered")),
  );
}

function mailOf(mail, index) {
  return h(
    "details",
    { class: "mail", "data-name": `mail ${index}` },
    h("summary", { "data-name": `summary ${index}` }, h("span", { "aria-hidden": "true" }, "✉ "), mail.subject),
    h("pre", {}, mail.text),
  );
}

function grouped(mails) {
  const found = new Map();
  for (const mail of mails) found.set(mail.runId, [...(found.get(mail.runId) ?? []), mail]);
  return found;
}
