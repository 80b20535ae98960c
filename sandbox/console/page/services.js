// Faults to switch on, the app's health, and the way back to the start.

import { ask } from "/page/api.js";
import { told } from "/page/catalogue.js";
import { $, busy, h, List, show } from "/page/dom.js";
import { partTitles } from "/page/names.js";
import { isOn, often, PRESETS, switches } from "/page/presets.js";

const MOST_TOLD = 3;

export class Services {
  // `reset` is called when both services are back at their seed data.
  constructor({ refresh, reset }) {
    this.refresh = refresh;
    this.standing = { spotler: [], dataverse: [] };
    this.rows = { spotler: [], dataverse: [] };
    this.told = "[]";
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
    this.tell();
    const on = Object.values(this.standing).flat().filter(isOn).length;
    $("faults-on").textContent = on;
    $("faults-on").title = `${on} faults are switched on`;
    show($("faults-on"), on > 0);
  }

  draw(part) {
    this.rows[part] = switches(part, this.standing[part]);
    this.lists[part].update(this.rows[part]);
  }

  // What is on stands over every view: who looks at the jobs must not take a fault for the app's own.
  tell() {
    const on = Object.entries(this.rows).flatMap(([part, rows]) => rows.filter((row) => row.on.length > 0).map((row) => ({ part, row })));
    const version = JSON.stringify(on.map(({ part, row }) => [part, row.key]));
    if (version === this.told) return;
    this.told = version;
    const place = $("faults-banner");
    const more = on.length - MOST_TOLD;
    place.replaceChildren(
      ...(on.length ? [h("p", { class: "banner-title" }, on.length === 1 ? "A fault is switched on" : `${on.length} faults are switched on`)] : []),
      ...on.slice(0, MOST_TOLD).map(({ part, row }) =>
        h("p", {}, h("b", {}, `${partTitles[part]}: ${row.name}. `), h("span", { class: "banner-more" }, row.shows)),
      ),
      ...(more > 0 ? [h("p", {}, `and ${more} more`)] : []),
      ...(on.length ? [h("button", { type: "button", class: "small", id: "faults-off", onclick: (event) => busy(event.currentTarget, () => this.allOff(on)) }, on.length === 1 ? "Switch it off" : "Switch all off")] : []),
    );
    show(place, on.length > 0);
  }

  async allOff(on) {
    const parts = [...new Set(on.map(({ part }) => part))];
    try {
      for (const part of parts) await ask(part, "/_sandbox/faults", { method: "DELETE" });
    } finally {
      await this.read();
    }
  }

  build(part, row) {
    const on = row.on.length > 0;
    const toggle = (event) => busy(event.currentTarget, () => this.toggle(part, row));
    const id = `${part}-${row.key}`.replace(/\W+/g, "-");
    return h(
      "li",
      { class: on ? "on" : null },
      h("button", { type: "button", role: "switch", class: "switch", "aria-checked": String(on), "aria-labelledby": id, "aria-describedby": `${id}-often ${id}-says`, "data-name": "switch", onclick: toggle }, h("span", {})),
      h(
        "div",
        {},
        h("p", {}, h("b", { id }, row.name), h("span", { id: `${id}-often`, class: "muted often" }, ` ${often(row)}`)),
        h("div", { id: `${id}-says`, class: "says" }, h("p", {}, row.imitates), row.shows ? h("p", {}, h("span", { class: "see" }, "You will see: "), row.shows) : null),
      ),
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
      await resetAll();
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

// Everything back to the seed data.
export async function resetAll() {
  // The queues first: what still waits in them is about rows that will be gone.
  for (const part of ["servicebus", "spotler", "dataverse"]) await ask(part, "/_sandbox/reset", { method: "POST" });
}

function checks(report) {
  const lines = report.checks.map((one) =>
    h("li", { class: one.ok ? "fine" : "bad" }, h("span", { "aria-hidden": "true" }, one.ok ? "✓ " : "✕ "), h("b", {}, `${one.name}: `), one.sentence),
  );
  return [h("p", {}, report.ok ? "The app can do its work." : "The app cannot do its work yet."), h("ul", { class: "checks" }, lines)];
}
