// What moves is also said, to those who do not see it move.

import { $ } from "/page/dom.js";

const TOGETHER = 600;
const MOST = 4;

let waiting = [];
let timer = null;

// Says a sentence politely; what comes at the same time is said together.
export function announce(sentence) {
  waiting.push(sentence);
  timer ??= setTimeout(() => {
    const more = waiting.length - MOST;
    $("announced").textContent = [...waiting.slice(0, MOST), ...(more > 0 ? [`and ${more} more changes.`] : [])].join(" ");
    waiting = [];
    timer = null;
  }, TOGETHER);
}

// Announces what is new or changed: `of` gives [key, sentence] of an item. What was there at first is not news.
export class News {
  constructor(of) {
    this.of = of;
    this.known = null;
  }

  hear(items) {
    const before = this.known;
    this.known = new Map(items.map(this.of));
    if (before === null) return;
    for (const [key, sentence] of [...this.known].reverse()) if (before.get(key) !== sentence) announce(sentence);
  }
}
