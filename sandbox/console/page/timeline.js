// The Timeline of one account, contact or lead: posts, and notes where posts are not available.

import { ask, rows } from "/page/api.js";
import { $, clock, h, List, setOptions } from "/page/dom.js";
import { subjects } from "/page/names.js";

const SHOWN = 50;

export class Timeline {
  constructor(refresh) {
    this.of = null;
    this.refresh = refresh;
    this.posts = undefined;
    $("timeline-of").addEventListener("change", () => {
      const [table, id] = $("timeline-of").value.split(" ");
      this.look(id ? { table, id } : null);
    });
    this.list = new List($("timeline"), {
      key: (entry) => entry.id,
      version: (entry) => entry.text,
      build: (entry) => h("li", { "data-entry": entry.id }, h("time", { datetime: entry.on }, clock(entry.on)), h("p", {}, entry.text)),
      empty: () => h("li", { class: "empty" }, this.of ? "Nothing yet. A job that starts an automation leaves a post here." : "Choose an account, contact or lead to see their Timeline."),
    });
    this.list.update([]);
  }

  showSubjects(people) {
    const groups = Object.entries(subjects).map(([table, { group }]) => ({
      label: group,
      options: people.filter((one) => one.table === table).map((one) => ({ value: `${table} ${one.id}`, text: one.name })),
    }));
    setOptions($("timeline-of"), groups, { none: "Whose?" });
    this.choose();
  }

  look(subject) {
    this.of = subject;
    this.list.tellNothing(false);
    this.list.update([]);
    this.choose();
    this.refresh();
  }

  choose() {
    $("timeline-of").value = this.of ? `${this.of.table} ${this.of.id}` : "";
  }

  async read() {
    const of = this.of;
    if (!of) return;
    const notes = await rows(path("annotations", "notetext,subject", "_objectid_value", of.id));
    this.posts ??= await hasPosts();
    const posts = this.posts ? await rows(path("posts", "text", "_regardingobjectid_value", of.id)) : [];
    if (of !== this.of) return;
    const entries = [
      ...posts.map((row) => ({ id: row.postid, text: plain(row.text), on: row.createdon })),
      ...notes.map((row) => ({ id: row.annotationid, text: [row.subject, row.notetext].filter(Boolean).join("\n"), on: row.createdon })),
    ];
    this.list.update(entries.sort((one, other) => other.on.localeCompare(one.on)));
  }
}

// An environment without activity feeds has no table of posts.
async function hasPosts() {
  const tables = await ask("dataverse", "/api/data/v9.2/EntityDefinitions?$select=LogicalName");
  return tables.value.some((one) => one.LogicalName === "post");
}

function path(set, columns, regarding, id) {
  const query = `$select=${columns},createdon&$filter=${regarding} eq ${id}&$orderby=createdon desc&$top=${SHOWN}`;
  return `${set}?${encodeURI(query)}`;
}

// A mention stands in a post as @[type,id,"name"]; people see the name.
function plain(text) {
  return (text ?? "").replace(/@\[\d+,[^,\]]+,"([^"]*)"\]/g, "$1");
}
