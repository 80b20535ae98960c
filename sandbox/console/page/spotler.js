// The runs at Spotler, and the mails they would send.

import { ask } from "/page/api.js";
import { $, clock, h, List } from "/page/dom.js";

const STATES = {
  running: { label: "Running", tone: "busy", sign: "▶" },
  stopped: { label: "Stopped", tone: "off", sign: "■" },
  finished: { label: "Finished", tone: "good", sign: "✓" },
};

export class Spotler {
  constructor() {
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
    const [runs, mails] = await Promise.all([ask("spotler", "/_sandbox/runs"), ask("spotler", "/_sandbox/mails")]);
    const ofRun = Map.groupBy ? Map.groupBy(mails, (mail) => mail.runId) : grouped(mails);
    const running = runs.filter((run) => run.state === "running").length;
    $("runs-count").textContent = runs.length ? `${runs.length} · ${running} running` : "";
    this.list.update(runs.reverse().slice(0, 100).map((run) => ({ run, mails: ofRun.get(run.runId) ?? [] })));
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
