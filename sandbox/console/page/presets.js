// Which faults are at hand, what does each imitate, and what will one see?

export const PRESETS = {
  spotler: [
    {
      name: "Too busy",
      imitates: "Spotler has more to do than it can and answers starts with 503 and Retry-After.",
      shows: "The jobs wait and are tried again after two seconds, until they succeed.",
      fault: { match: "POST /automation/trigger", kind: "status", status: 503, retry_after: "2", times: 3 },
    },
    {
      name: "Answer lost after the start",
      imitates: "The run begins, and the network loses Spotler's answer.",
      shows: "The job becomes Outcome unknown; the run is there once, and is not started twice.",
      fault: { match: "POST /automation/trigger", kind: "drop_after", times: 1 },
    },
    {
      name: "Connection dropped before the start",
      imitates: "The connection breaks before Spotler has begun anything.",
      shows: "For the app this looks the same as a lost answer: Outcome unknown, and here no run.",
      fault: { match: "POST /automation/trigger", kind: "drop_before", times: 1 },
    },
    {
      name: "Slow",
      imitates: "Every answer of Spotler takes five seconds.",
      shows: "The jobs stay in progress until then, and succeed.",
      fault: { match: "* /", kind: "delay", seconds: 5 },
    },
    {
      name: "A page of HTML",
      imitates: "A proxy in between answers with its own page in the place of Spotler.",
      shows: "The outcome is unknown; no success is made up from it.",
      fault: { match: "POST /automation/trigger", kind: "html", status: 502, times: 1 },
    },
    {
      name: "Key refused",
      imitates: "The REST key was withdrawn: Spotler answers 403 to everything.",
      shows: "Jobs fail with SPOTLER_CREDENTIALS, and the message says what to do.",
      fault: { match: "* /", kind: "status", status: 403 },
    },
    {
      name: "List of automations fails",
      imitates: "Spotler answers 500 when it is asked for its automations.",
      shows: "A refresh does not succeed; the catalogue stays as it is, nothing is deactivated.",
      fault: { match: "GET /automation/list", kind: "status", status: 500 },
    },
    {
      name: "Stop of a run fails",
      imitates: "Stops by AutomationContactId are answered 500, twice.",
      shows: "A stop is safe to repeat, so it is repeated until the run has stopped.",
      fault: { match: "POST /automation/stop", kind: "status", status: 500, times: 2 },
    },
  ],
  dataverse: [
    {
      name: "Too many requests",
      imitates: "The service protection limits: batches are answered 429 with Retry-After.",
      shows: "The rows change later than usual; every job still ends.",
      fault: { match: "POST /$batch", kind: "status", status: 429, retry_after: "2", times: 5 },
    },
    {
      name: "Writes fail",
      imitates: "Dataverse answers batches with 503, for as long as this is on.",
      shows: "Jobs stay as they are; what is known waits in the queues until the row can be written.",
      fault: { match: "POST /$batch", kind: "status", status: 503 },
    },
    {
      name: "Answer lost after the write",
      imitates: "A batch takes effect, and the network loses its answer.",
      shows: "The row stays right, and no job is started twice.",
      fault: { match: "POST /$batch", kind: "drop_after", times: 2 },
    },
    {
      name: "Slow",
      imitates: "Every answer of Dataverse takes three seconds.",
      shows: "All moves slowly, this page too; it succeeds.",
      fault: { match: "* /", kind: "delay", seconds: 3 },
    },
    {
      name: "Down",
      imitates: "Dataverse cannot be reached: every connection breaks.",
      shows: "This page says so and keeps what it shows; switched off again, all jobs still end.",
      fault: { match: "* /", kind: "drop_before" },
    },
  ],
};

const SAME = ["match", "kind", "status", "seconds"];

export const isOn = (fault) => fault.remaining !== 0;

// The faults of a part as rows of a list of switches: {key, name, imitates, shows, fault, on}, where `on` are
// those faults that are switched on. What is on and no preset stands at the end.
export function switches(part, standing) {
  const left = standing.filter(isOn);
  const rows = PRESETS[part].map((preset) => {
    const on = left.filter((fault) => same(fault, preset.fault));
    for (const fault of on) left.splice(left.indexOf(fault), 1);
    return { key: preset.name, ...preset, on };
  });
  for (const fault of left) {
    rows.push({ key: fault.id, name: describe(fault), imitates: "Switched on by hand.", shows: "", fault: null, on: [fault] });
  }
  return rows;
}

// How often a fault strikes, or will strike.
export function often(row) {
  const [first] = row.on;
  const times = row.fault?.times;
  if (!first) return times ? `strikes ${times === 1 ? "once" : `${times} times`}` : "until switched off";
  const left = first.remaining;
  if (left === null || left === undefined) return "on until switched off";
  return `on, strikes ${left} more ${left === 1 ? "time" : "times"}`;
}

function same(fault, preset) {
  return SAME.every((member) => (fault[member] ?? null) === (preset[member] ?? null));
}

function describe(fault) {
  const more = [fault.status, fault.seconds ? `${fault.seconds} s` : null].filter(Boolean).join(", ");
  return `${fault.kind}${more ? ` ${more}` : ""} on ${fault.match}`;
}
