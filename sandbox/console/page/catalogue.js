// The catalogue: what can be started, and refreshing it.

import { ask, create, rowsIfInstalled } from "/page/api.js";
import { $, busy, h, List, show } from "/page/dom.js";
import { Operation, State } from "/page/names.js";

const COLUMNS = "spotler_automationid,spotler_name,spotler_kind,spotler_code,spotler_fieldtemplate,statecode";
const PATH = `spotler_automations?$select=${COLUMNS}&$orderby=statecode asc,spotler_kind asc,spotler_name asc&$top=500`;

export const readCatalogue = () => rowsIfInstalled(encodeURI(PATH));

export class Catalogue {
  // `changed` after a refresh; `saved` with the row of a job that refreshes.
  constructor({ changed, saved }) {
    this.changed = changed;
    this.saved = saved;
    this.list = new List($("catalogue-rows"), {
      key: (row) => row.spotler_automationid,
      version: (row) => row["@odata.etag"],
      build,
    });
    $("refresh-http").addEventListener("click", (event) => busy(event.target, () => this.refresh()));
    $("refresh-job").addEventListener("click", (event) => busy(event.target, () => this.refreshByJob()));
  }

  update(automations) {
    this.list.update(automations);
    show($("catalogue-empty"), automations.length === 0);
  }

  async refresh() {
    const report = $("refresh-report");
    report.replaceChildren(h("p", { class: "muted" }, "Asking Spotler …"));
    try {
      report.replaceChildren(...told(await ask("functions", "/api/catalogue/refresh", { method: "POST" })));
    } catch (trouble) {
      report.replaceChildren(h("p", { class: "bad" }, `Not refreshed. ${trouble.message}`));
    }
    this.changed();
  }

  async refreshByJob() {
    const report = $("refresh-report");
    try {
      const row = await create("spotler_jobs", { spotler_operation: Operation.REFRESH });
      report.replaceChildren(h("p", {}, "Saved a job. ", h("a", { href: "#jobs" }, "See what becomes of it"), "; its result message is the report."));
      this.saved(row);
    } catch (trouble) {
      report.replaceChildren(h("p", { class: "bad" }, `Not saved. ${trouble.message}`));
    }
  }
}

function build(row) {
  const active = row.statecode === State.ACTIVE;
  const fields = (row.spotler_fieldtemplate ?? "").split(";").filter(Boolean);
  return h(
    "tr",
    { class: active ? null : "inactive" },
    h("td", { "data-head": "Name" }, h("b", {}, row.spotler_name)),
    h("td", { "data-head": "Fields" }, fields.length ? fields.map(chip) : h("span", { class: "muted" }, "none listed")),
    h("td", { "data-head": "Code", class: "id" }, row.spotler_code),
    h("td", { "data-head": "State" }, h("p", { class: `chip ${active ? "good" : "off"}` }, active ? "Active" : "Inactive")),
  );
}

function chip(field) {
  const [name, hint] = [field.slice(0, field.indexOf("=")), field.slice(field.indexOf("=") + 1)];
  return h("span", { class: "field-chip" }, name, h("i", {}, hint.replace(/[{}<>]/g, "")));
}

// Any JSON report as lines of "what: how many, and which"; what did not happen is left out.
export function told(report) {
  if (report === null || typeof report !== "object") return [h("p", {}, String(report ?? "Done."))];
  const lines = Object.entries(report)
    .filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .map(([name, value]) => {
      const word = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
      return h("div", {}, h("dt", {}, word), h("dd", {}, valueOf(value)));
    });
  return [h("dl", { class: "lines" }, lines)];
}

function valueOf(value) {
  if (Array.isArray(value)) return value.map(valueOf).join(", ");
  if (value !== null && typeof value === "object") return Object.values(value).map(valueOf).join(": ");
  return String(value);
}
