// How full are the queues between the two worlds?

import { ask } from "/page/api.js";
import { $, h, List } from "/page/dom.js";

const MEANING = {
  "spotler-jobs": "jobs on their way to Spotler",
  "spotler-results": "answers on their way to the row",
};
const COUNTS = [
  ["active", "ready", "Ready to be taken"],
  ["locked", "in work", "Taken, not yet settled"],
  ["scheduled", "later", "To appear later"],
  ["deadLetter", "given up", "In the dead-letter queue; needs a person"],
];

export class Queues {
  constructor() {
    this.list = new List($("queues"), {
      key: (queue) => queue.name,
      version: (queue) => JSON.stringify(queue),
      build: (queue) =>
        h(
          "li",
          { "data-queue": queue.name, class: queue.active + queue.locked > 0 ? "queue moving" : "queue" },
          h("h4", {}, queue.name),
          h("p", { class: "muted" }, MEANING[queue.name] ?? ""),
          h(
            "dl",
            { class: "counts" },
            COUNTS.map(([member, word, title]) =>
              h("div", { class: `${member} ${queue[member] ? "some" : ""}`, title }, h("dt", {}, word), h("dd", {}, String(queue[member] ?? 0))),
            ),
          ),
        ),
      empty: () => h("li", { class: "empty" }, "Service Bus shows no queues."),
    });
  }

  async read() {
    this.list.update(await ask("servicebus", "/_sandbox/queues"));
  }
}
