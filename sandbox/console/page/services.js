// Faults to switch on, the app's health, and the way back to the start.

import { ask } from "/page/api.js";
import { told } from "/page/catalogue.js";
import { $, busy, h, List, show } from "/page/dom.js";

const PRESETS = {
  spotler: [
    {
      name: "Too busy",
      says: "Starts are refused with 503 and Retry-After; jobs wait and are tried again.",
      fault: { match: "POST /automation/trigger", kind: "status", status: 503, retry_after: "2", times: 3 },
    },
    {
      name: "Answer lost after the start",
      says: "The run begins, but the answer never arrives; the job becomes Outcome unknown and is not started twice.",
      fault: { match: "POST /automation/trigger", kind: "drop_after", times: 1 },
    },
    {
      name: "Connection dropped before the start",
      says: "The connection breaks and nothing has begun; for the app it looks the same as a lost answer.",
      fault: { match: "POST /automation/trigger", kind: "drop_before", times: 1 },
    },
    {
      name: "Slow",
      says: "Every answer takes five seconds; until then the jobs stay in progress.",
      fault: { match: "* /", kind: "delay", seconds: 5 },
    },
    {
      name: "A page of HTML",
      says: "A proxy answers in the place of Spotler; the outcome is unknown, and no success is made up.",
      fault: { match: "POST /automation/trigger", kind: "html", status: 502, times: 1 },
    },
    {
      name: "Key refused",
      says: "Spotler answers 403 to everything; jobs fail with SPOTLER_CREDENTIALS.",
      fault: { match: "* /", kind: "status", status: 403 },
    },
    {
      name: "List of automations fails",
      says: "A refresh gets 500; the catalogue stays as it is, nothing is deactivated.",
      fault: { match: "GET /automation/list", kind: "status", status: 500 },
    },
    {
      name: "Stop of a run fails",
      says: "Stops by AutomationContactId are answered 500; a stop is safe to repeat, so it is repeated.",
      fault: { match: "POST /automation/stop", kind: "status", status: 500, times: 2 },
    },
  ],
  dataverse: [
    {
      name: "Too many requests",
      says: "Batches are answered 429 with Retry-After, as the service protection limits do.",
      fault: { match: "POST /$batch", kind: "status", status: 429, retry_after: "2", times: 5 },
    },
    {
      name: "Writes fail",
      says: "Batches are answered 503; Spotler's answer waits in spotler-results until the row can be written.",
      fault: { match: "POST /$batch", kind: "status", status: 503 },
    },
    {
      name: "Answer lost after the write",
      says: "The batch takes effect but its answer is lost; the row stays right and no job is started twice.",
      fault: { match: "POST /$batch", kind: "drop_after", times: 2 },
    },
    {
      name: "Slow",
      says: "Every answer takes three seconds, to this page too.",
      fault: { match: "* /", kind: "delay", seconds: 3 },
    },
    {
      name: "Down",
      says: "Every connection breaks, this page's too; switch it off and all jobs still end.",
      fault: { match: "* /", kind: "drop_before" },
    },
  ],
};
const SAME = ["match", "kind", "status", "seconds"];

export class Services {
  // `reset` is called when both services are back at their seed data.
  constructor({ refresh, reset }) {
    this.refresh = refresh;
    this.standing = { spotler: [], dataverse: [] };
    this.lists = Object.fromEntries(
      Object.keys(PRESETS).map((part) => [
        part,
        new List($(`faults-${part}`), {
          key: (row) => row.key,
          version: (row) => JSON.stringify(row),
          build: (row) => this.build(part, row),
        }),
      ]),
    );
    for (const part of Object.keys(PRESETS)) this.draw(part);
    $("check-health").addEventListener("click", (event) => busy(event.target, () => this.health()));
    $("reset").addEventListener("click", () => this.askReset(true));
    $("reset-no").addEventListener("click", () => this.askReset(false));
    $("reset-yes").addEventListener("click", (event) => busy(event.target, () => this.reset(reset)));
    this.own = $("own-fault");
    this.own.elements.kind.addEventListener("change", () => this.shapeOwn());
    this.own.elements.part.addEventListener("change", () => {
      this.own.elements.match.value = this.own.elements.part.value === "spotler" ? "POST /automation/trigger" : "POST /$batch";
    });
    this.own.addEventListener("submit", (event) => {
      event.preventDefault();
      this.addOwn();
    });
  }

  async read() {
    await Promise.all(
      Object.keys(PRESETS).map(async (part) => {
        this.standing[part] = await ask(part, "/_sandbox/faults");
        this.draw(part);
      }),
    );
    const on = Object.values(this.standing).flat().filter(isOn).length;
    $("faults-on").textContent = on;
    $("faults-on").title = `${on} faults are switched on`;
    show($("faults-on"), on > 0);
  }

  draw(part) {
    const left = this.standing[part].filter(isOn);
    const rows = PRESETS[part].map((preset) => {
      const on = left.filter((fault) => same(fault, preset.fault));
      for (const fault of on) left.splice(left.indexOf(fault), 1);
      return { key: preset.name, name: preset.name, says: preset.says, fault: preset.fault, on };
    });
    for (const fault of left) rows.push({ key: fault.id, name: describe(fault), says: "Switched on by hand.", fault: null, on: [fault] });
    this.lists[part].update(rows);
  }

  build(part, row) {
    const on = row.on.length > 0;
    const toggle = (event) => busy(event.currentTarget, () => this.toggle(part, row));
    const left = row.on[0]?.remaining;
    const times = row.fault?.times;
    const often = on
      ? left === null || left === undefined ? "on until switched off" : `on, strikes ${left} more ${left === 1 ? "time" : "times"}`
      : times ? `strikes ${times === 1 ? "once" : `${times} times`}` : "until switched off";
    const id = `${part}-${row.key}`.replace(/\W+/g, "-");
    return h(
      "li",
      { class: on ? "on" : null },
      h("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(on), "aria-labelledby": id, "aria-describedby": `${id}-often ${id}-says`, "data-name": "switch", onclick: toggle }, h("span", {})),
      h("div", {}, h("p", {}, h("b", { id }, row.name), h("span", { id: `${id}-often`, class: "muted often" }, ` ${often}`)), h("p", { id: `${id}-says`, class: "says" }, row.says)),
    );
  }

  async toggle(part, row) {
    try {
      if (row.on.length === 0) await ask(part, "/_sandbox/faults", { method: "POST", body: row.fault });
      for (const fault of row.on) await ask(part, `/_sandbox/faults?id=${encodeURIComponent(fault.id)}`, { method: "DELETE" });
    } finally {
      await this.read();
    }
  }

  shapeOwn() {
    for (const field of this.own.querySelectorAll("[data-kind]")) show(field, field.dataset.kind.split(" ").includes(this.own.elements.kind.value));
  }

  async addOwn() {
    const kind = this.own.elements.kind.value;
    const fault = { match: this.own.elements.match.value, kind };
    if (kind === "status" || kind === "html") {
      fault.status = Number(this.own.elements.status.value);
      if (this.own.elements.retry_after.value) fault.retry_after = this.own.elements.retry_after.value;
    }
    if (kind === "delay") fault.seconds = Number(this.own.elements.seconds.value);
    if (this.own.elements.times.value) fault.times = Number(this.own.elements.times.value);
    try {
      await ask(this.own.elements.part.value, "/_sandbox/faults", { method: "POST", body: fault });
      $("own-told").textContent = "Switched on.";
      $("own-told").classList.remove("bad");
      await this.read();
    } catch (trouble) {
      $("own-told").textContent = trouble.message;
      $("own-told").classList.add("bad");
    }
  }

  async health() {
    const place = $("health");
    place.replaceChildren(h("p", { class: "muted" }, "Asking …"));
    try {
      const report = await ask("functions", "/api/health", { reach: true });
      place.replaceChildren(...(report?.checks ? checks(report) : told(report)));
    } catch (trouble) {
      place.replaceChildren(h("p", { class: "bad" }, trouble.message));
    }
  }

  askReset(asking) {
    show($("reset-ask"), asking);
    $("reset-told").textContent = "";
    $(asking ? "reset-yes" : "reset").focus();
  }

  async reset(done) {
    try {
      // The queues first: what still waits in them is about rows that will be gone.
      for (const part of ["servicebus", "spotler", "dataverse"]) await ask(part, "/_sandbox/reset", { method: "POST" });
      this.askReset(false);
      $("reset-told").textContent = "Everything is back at the seed data.";
      $("reset-told").classList.remove("bad");
      done();
    } catch (trouble) {
      $("reset-told").textContent = `Not reset. ${trouble.message}`;
      $("reset-told").classList.add("bad");
    }
  }
}

function checks(report) {
  const lines = report.checks.map((one) =>
    h("li", { class: one.ok ? "fine" : "bad" }, h("span", { "aria-hidden": "true" }, one.ok ? "✓ " : "✕ "), h("b", {}, `${one.name}: `), one.sentence),
  );
  return [h("p", {}, report.ok ? "The app can do its work." : "The app cannot do its work yet."), h("ul", { class: "checks" }, lines)];
}

const isOn = (fault) => fault.remaining !== 0;

function same(fault, preset) {
  return SAME.every((member) => (fault[member] ?? null) === (preset[member] ?? null));
}

function describe(fault) {
  const more = [fault.status, fault.seconds ? `${fault.seconds} s` : null].filter(Boolean).join(", ");
  return `${fault.kind}${more ? ` ${more}` : ""} on ${fault.match}`;
}
