// How full are the queues?

import { ask } from "/page/api.js";
import { $, h, List } from "/page/dom.js";

const MEANING = {
  "spotler-jobs": "jobs to look at",
  "spotler-results": "answers to write back",
};
const COUNTS = [
  ["active", "active", "Ready to be taken"],
  ["locked", "in work", "Taken, not yet settled"],
  ["scheduled", "scheduled", "To appear later"],
  ["deadLetter", "dead-letter", "Given up; needs a person"],
];

export class Queues {
  constructor() {
    this.list = new List($("queues"), {
      key: (queue) => queue.name,
      version: (queue) => JSON.stringify(queue),
      build: (queue) =>
        h(
          "div",
          { class: "queue", "data-queue": queue.name },
          h("p", {}, h("b", {}, queue.name), MEANING[queue.name] ? h("span", { class: "muted" }, ` ${MEANING[queue.name]}`) : null),
          h(
            "dl",
            {},
            COUNTS.map(([member, word, title]) =>
              h("div", { class: `count ${member} ${queue[member] ? "some" : ""}`, title }, h("dt", {}, word), h("dd", {}, String(queue[member] ?? 0))),
            ),
          ),
        ),
      empty: () => h("p", { class: "empty" }, "Service Bus shows no queues."),
    });
  }

  async read() {
    this.list.update(await ask("servicebus", "/_sandbox/queues"));
  }
}
