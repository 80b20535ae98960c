// How full are the queues?

import { ask } from "/page/api.js";
import { $, h, List } from "/page/dom.js";

const MEANING = {
  "spotler-jobs": "jobs to look at",
  "spotler-results": "answers to write back",
};
const COUNTS = ["active", "locked", "scheduled", "deadLetter"];

export class Queues {
  constructor() {
    this.list = new List($("queues"), {
      key: (queue) => queue.name,
      version: (queue) => JSON.stringify(queue),
      build: (queue) =>
        h(
          "tr",
          { "data-queue": queue.name },
          h("th", { scope: "row" }, queue.name, MEANING[queue.name] ? h("span", { class: "muted" }, ` ${MEANING[queue.name]}`) : null),
          COUNTS.map((member) => h("td", { class: `${member} ${queue[member] ? "some" : ""}` }, String(queue[member] ?? 0))),
        ),
      empty: () => h("tr", {}, h("td", { colspan: "5", class: "empty" }, "Service Bus shows no queues.")),
    });
  }

  async read() {
    this.list.update(await ask("servicebus", "/_sandbox/queues"));
  }
}
