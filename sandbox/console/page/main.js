// Puts the parts of the page together and keeps them up to date.

import { ask, onTroubles, rows } from "/page/api.js";
import { Catalogue, readCatalogue } from "/page/catalogue.js";
import { $, h, show } from "/page/dom.js";
import { JobForm } from "/page/form.js";
import { Jobs, readJobs, subjectOf } from "/page/jobs.js";
import { partTitles, subjects } from "/page/names.js";
import { Poll } from "/page/poll.js";
import { Queues } from "/page/queues.js";
import { Services } from "/page/services.js";
import { Spotler } from "/page/spotler.js";
import { Story } from "/page/story/story.js";
import { Timeline } from "/page/timeline.js";

const VIEWS = ["jobs", "catalogue", "services"];

const poll = new Poll();
const spotler = new Spotler();
const queues = new Queues();
const form = new JobForm({ saved: afterSave, fillCatalogue: () => catalogue.refresh() });
const jobs = new Jobs({
  changed: () => soonJobs(),
  look,
  open: (id) => form.openRow(id),
  stopRun: (runs) => form.stopRun(runs),
});
const timeline = new Timeline(() => soonTimeline());
const catalogue = new Catalogue({ changed: () => soonCatalogue(), saved: afterSave });
const services = new Services({ refresh: () => soonFaults(), reset: afterReset });

const soonForm = poll.every(3, () => form.prepare());
const soonJobs = poll.every(1, async () => {
  const found = await readJobs();
  if (found === null) return uninstalled();
  jobs.update(found);
  await form.follow(found);
});
const soonTimeline = poll.every(1, () => timeline.read());
const soonSpotler = poll.every(1, () => spotler.read());
poll.every(1, () => queues.read());
const soonFaults = poll.every(2, () => services.read());
const soonCatalogue = poll.every(3, async () => {
  const automations = await readCatalogue();
  if (automations === null) return uninstalled();
  catalogue.update(automations);
  form.showCatalogue(automations);
  spotler.showCatalogue(automations);
});
const soonPeople = poll.every(10, async () => {
  const people = await readPeople();
  form.showSubjects(people);
  timeline.showSubjects(people);
  spotler.showSubjects(people);
});
poll.every(5, () => ask("functions", "/", { reach: true }));

async function readPeople() {
  const found = await Promise.all(
    Object.entries(subjects).map(async ([table, { set, id, name }]) => {
      const people = await rows(`${set}?${encodeURI(`$select=${id},${name}&$filter=statecode eq 0&$orderby=${name} asc&$top=500`)}`);
      return people.map((row) => ({ table, id: row[id], name: row[name] ?? row[id] }));
    }),
  );
  return found.flat();
}

new Story({
  form,
  jobs: () => jobs.shown,
  hurry: () => {
    for (const soon of [soonJobs, soonSpotler, soonTimeline, soonCatalogue]) soon();
  },
  look: (subject) => timeline.look(subject),
  reset: afterReset,
});

function look(subject) {
  timeline.look(subject);
  $("timeline-title").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function afterSave(row) {
  const subject = subjectOf(row);
  if (subject) timeline.look(subject);
  soonJobs();
}

// The tables are not there: not yet, or not any more.
function uninstalled() {
  jobs.update([]);
  catalogue.update([]);
  form.uninstalled();
}

function afterReset() {
  timeline.look(null);
  form.clear();
  for (const soon of [soonForm, soonJobs, soonSpotler, soonFaults, soonCatalogue, soonPeople]) soon();
}

function showView() {
  const wanted = location.hash.slice(1);
  const view = VIEWS.includes(wanted) ? wanted : "jobs";
  for (const name of VIEWS) {
    show($(`view-${name}`), name === view);
    const link = document.querySelector(`[data-view="${name}"]`);
    if (name === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function showTroubles(troubles) {
  const place = $("trouble");
  place.replaceChildren(...troubles.map(({ message }) => h("p", {}, message)));
  show(place, troubles.length > 0);
  const bad = new Set(troubles.map(({ part }) => part));
  $("parts").replaceChildren(
    ...Object.entries(partTitles).map(([part, title]) => {
      const silent = bad.has(part) || bad.has("console");
      return h("li", { class: silent ? "bad" : "good", "data-part": part }, title, h("span", { class: "unseen" }, silent ? " has trouble" : " answers"));
    }),
  );
}

window.addEventListener("hashchange", showView);
$("skip").addEventListener("click", (event) => {
  // The hash names the view; it must not change.
  event.preventDefault();
  $("content").focus();
});
showView();
onTroubles(showTroubles);
poll.wake();
