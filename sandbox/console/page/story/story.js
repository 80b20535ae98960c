// The story mode: a panel that plays the manual's page step by step.

import { busy, $, h, show } from "/page/dom.js";
import { resetAll } from "/page/services.js";
import { Refusal } from "/page/api.js";
import { Setback, Stage } from "/page/story/stage.js";
import { STEPS } from "/page/story/steps.js";

export class Story {
  // `reset` is called when everything is back at the seed data; for the others see Stage.
  constructor({ reset, ...stage }) {
    this.after = reset;
    this.given = stage;
    this.open = false;
    this.acting = false;
    this.begin();
    $("story-open").addEventListener("click", () => (this.open ? this.leave() : this.enter()));
    $("story-leave").addEventListener("click", () => this.leave());
    $("story-next").addEventListener("click", () => busy($("story-next"), () => this.next()));
    $("story-back").addEventListener("click", () => this.back());
    $("story-reset").addEventListener("click", (event) => busy(event.currentTarget, () => this.start({ reset: true })));
    $("story-keep").addEventListener("click", () => this.start({ reset: false }));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.open && !document.querySelector("dialog[open]")) this.leave();
    });
    // Rows are built anew when they change; what is pointed at stays pointed at.
    new MutationObserver(() => this.mark()).observe($("content"), { childList: true, subtree: true });
  }

  begin() {
    this.stage = null;
    // Steps before `reached` are done; `at` is shown, null is the question how to begin.
    this.reached = 0;
    this.at = null;
    this.looks = [];
    this.note = "";
  }

  enter() {
    this.open = true;
    location.hash = "#jobs";
    show($("story"), true);
    document.body.classList.add("in-story");
    $("story-open").setAttribute("aria-expanded", "true");
    this.draw();
    (this.at === null ? $("story-reset") : $("story-next")).focus();
  }

  leave() {
    this.open = false;
    show($("story"), false);
    document.body.classList.remove("in-story");
    $("story-open").setAttribute("aria-expanded", "false");
    this.mark();
    $("story-open").focus();
  }

  async start({ reset }) {
    this.tell("");
    if (reset) {
      try {
        await resetAll();
      } catch (trouble) {
        if (!(trouble instanceof Refusal)) throw trouble;
        return this.tell(`Not reset. ${trouble.message}`);
      }
      this.after();
    }
    this.stage = new Stage({ ...this.given, here: () => this.open });
    this.reached = 0;
    this.at = 0;
    this.note = reset ? "Everything was reset: this starts from the seed data." : "Nothing was reset: this starts with the data there is.";
    this.draw();
    $("story-next").focus();
  }

  async next() {
    if (this.at === null || this.acting) return;
    if (this.at < this.reached) {
      if (this.at === STEPS.length - 1) {
        this.begin();
        this.note = "That was the whole page. It can be played again.";
        this.draw();
        $("story-reset").focus();
        return;
      }
      this.at += 1;
      this.note = "";
      return this.draw();
    }
    const step = STEPS[this.at];
    this.tell("");
    this.acting = true;
    this.point([]);
    this.draw();
    try {
      await step.act(this.stage);
      this.reached = this.at + 1;
    } catch (trouble) {
      if (!(trouble instanceof Setback || trouble instanceof Refusal)) throw trouble;
      if (this.open) this.tell(`This did not go as the story tells. ${trouble.message}`);
    } finally {
      this.acting = false;
      this.draw();
    }
  }

  back() {
    if (this.acting || !this.at) return;
    this.at -= 1;
    this.note = "Looking back: nothing is undone.";
    this.tell("");
    this.draw();
    if (this.at === 0) $("story-next").focus();
  }

  draw() {
    const { at, reached, acting } = this;
    const begun = at !== null;
    show($("story-begin"), !begun);
    show($("story-step"), begun);
    show($("story-play"), begun);
    $("story-note").textContent = this.note;
    show($("story-note"), this.note !== "");
    if (!begun) {
      $("story-title").textContent = "Story";
      $("story-count").textContent = `${STEPS.length} steps`;
      $("story-progress").value = 0;
      return this.point([]);
    }
    const step = STEPS[at];
    const done = at < reached;
    $("story-title").textContent = step.title;
    $("story-count").textContent = `Step ${at + 1} of ${STEPS.length}`;
    $("story-progress").max = STEPS.length;
    $("story-progress").value = reached;
    $("story-says").textContent = step.says;
    $("story-word").textContent = done ? "Done" : acting ? "Now" : "Next";
    $("story-happens").textContent = done ? step.done : step.ahead;
    $("story").classList.toggle("done", done);
    $("story-next").textContent = done && at === STEPS.length - 1 ? "Finish" : done ? "Next step" : "Next: do it";
    if (at === 0) $("story-back").setAttribute("aria-disabled", "true");
    else $("story-back").removeAttribute("aria-disabled");
    this.point(done ? step.looks(this.stage.made) : []);
  }

  tell(sentence) {
    $("story-trouble").textContent = sentence;
    show($("story-trouble"), sentence !== "");
  }

  // Points at what a step has brought about, and offers to go there.
  point(looks) {
    this.looks = looks;
    $("story-looks").replaceChildren(
      ...looks.map(({ word, at }) => h("button", { type: "button", class: "small", onclick: () => this.goTo(at) }, `Show ${word}`)),
    );
    this.mark();
    if (looks.length) this.reveal(looks);
  }

  mark() {
    const wanted = new Set(this.open ? this.looks.map(({ at }) => document.querySelector(at)).filter(Boolean) : []);
    for (const one of document.querySelectorAll(".pointed")) if (!wanted.has(one)) one.classList.remove("pointed");
    for (const one of wanted) one.classList.add("pointed");
    const [first] = wanted;
    for (const one of wanted) one.toggleAttribute("data-first", one === first);
  }

  // The first is scrolled to last: it is what the step is about.
  reveal(looks) {
    for (const { at } of [...looks].reverse()) document.querySelector(at)?.scrollIntoView({ block: "nearest" });
  }

  goTo(at) {
    const target = document.querySelector(at);
    if (!target) return;
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
  }
}
