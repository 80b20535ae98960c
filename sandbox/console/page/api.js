// How does the page ask the parts, and which of them answer?

import { partTitles } from "/page/names.js";

const SECONDS = 60;
const NO_CONSOLE = "The console itself does not answer. Start the sandbox with: python3 dev.py run";
const troubles = new Map();
const watchers = [];

// A part refused, or did not answer; the message is for people.
export class Refusal extends Error {
  constructor(part, status, message) {
    super(message);
    this.part = part;
    this.status = status;
  }
}

// Calls `watch` now and on every change with the troubles there are: [{part, message}], one for each message.
export function onTroubles(watch) {
  watchers.push(watch);
  watch([]);
}

function tell(key, part, message) {
  if ((message ?? null) === (troubles.get(key)?.message ?? null)) return;
  if (message) troubles.set(key, { part, message });
  else troubles.delete(key);
  const distinct = [...new Map([...troubles.values()].map((one) => [one.message, one])).values()];
  for (const watch of watchers) watch(distinct);
}

// The command that installs into this sandbox's Dataverse.
export async function installation() {
  try {
    const answer = await fetch("/installation", { signal: AbortSignal.timeout(SECONDS * 1000) });
    return (await answer.json()).command;
  } catch {
    throw new Refusal("console", 0, NO_CONSOLE);
  }
}

// The JSON that a part answers; null without a body. With `reach` any answer of the part will do.
// Reading over and over again is what the page does by itself, so its troubles are told at the top of the page;
// what a person asked for is told where they asked, and so is what is `quiet`. With `absent` a 404 gives null.
export async function ask(part, path, { method = "GET", body, headers = {}, reach = false, quiet = false, absent = false } = {}) {
  const key = method === "GET" && !quiet ? `${part} ${path.split("?")[0]}` : null;
  let answer;
  try {
    answer = await fetch(`/proxy/${part}${path}`, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(SECONDS * 1000),
    });
  } catch {
    tell("console", "console", NO_CONSOLE);
    throw new Refusal("console", 0, NO_CONSOLE);
  }
  tell("console", "console", null);
  const said = await read(answer);
  const fromPart = !said?.error?.part;
  if (answer.ok || (reach && fromPart)) {
    if (key) tell(key, part, null);
    return said;
  }
  if (absent && fromPart && answer.status === 404) {
    if (key) tell(key, part, null);
    return null;
  }
  const message = sentence(part, answer, said);
  if (key) tell(key, part, message);
  throw new Refusal(part, answer.status, message);
}

async function read(answer) {
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function sentence(part, answer, said) {
  const told = said?.error?.message ?? said?.message ?? said?.error;
  if (typeof told === "string" && told) return told;
  const later = answer.headers.get("Retry-After");
  const wait = later ? ` It asks to come back after ${later} s.` : "";
  return `${partTitles[part]} answers ${answer.status}.${wait} A fault may be switched on; look under Services.`;
}

export const API = "/api/data/v9.2/";
const LABELS = 'odata.include-annotations="OData.Community.Display.V1.FormattedValue,Microsoft.Dynamics.CRM.lookuplogicalname"';

export async function rows(path) {
  return (await ask("dataverse", API + path, { headers: { Prefer: LABELS } })).value;
}

// The rows of a table that may not be installed; null where it is not.
export async function rowsIfInstalled(path) {
  return (await ask("dataverse", API + path, { headers: { Prefer: LABELS }, absent: true }))?.value ?? null;
}

// One row; null where it is gone.
export async function row(path) {
  return ask("dataverse", API + path, { headers: { Prefer: LABELS }, quiet: true, absent: true });
}

export async function create(set, values) {
  return ask("dataverse", API + set, { method: "POST", body: values, headers: { Prefer: "return=representation" } });
}

// If-Match keeps a PATCH from creating the row when it is gone.
export async function change(set, id, values) {
  return ask("dataverse", `${API}${set}(${id})`, { method: "PATCH", body: values, headers: { "If-Match": "*" } });
}

export const label = (row, column) => row[`${column}@OData.Community.Display.V1.FormattedValue`];
export const tableOf = (row, column) => row[`${column}@Microsoft.Dynamics.CRM.lookuplogicalname`];
