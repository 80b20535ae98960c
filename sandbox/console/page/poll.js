// When is which part asked again? Once a second at most, never while the tab is hidden, and less often
// while a part does not answer.

import { Refusal } from "/page/api.js";

const TICK = 1000;
const AFTER_TROUBLE = 3000;

export class Poll {
  constructor() {
    this.tasks = [];
    this.timer = null;
    document.addEventListener("visibilitychange", () => this.wake());
  }

  // Runs `work` about every `seconds`, and never twice at a time; gives a function that runs it soon.
  every(seconds, work) {
    const task = { wait: seconds * 1000, work, due: 0, running: false, again: false };
    this.tasks.push(task);
    return () => {
      task.due = 0;
      task.again = task.running;
      this.wake();
    };
  }

  wake() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!document.hidden) this.tick();
  }

  tick() {
    const now = performance.now();
    for (const task of this.tasks) if (!task.running && task.due <= now) this.run(task);
    this.timer = setTimeout(() => this.tick(), TICK / 4);
  }

  async run(task) {
    task.running = true;
    task.again = false;
    let wait = task.wait;
    try {
      await task.work();
    } catch (trouble) {
      if (!(trouble instanceof Refusal)) throw trouble;
      wait = Math.max(wait, AFTER_TROUBLE);
    } finally {
      task.running = false;
      task.due = task.again ? 0 : performance.now() + wait;
    }
  }
}
