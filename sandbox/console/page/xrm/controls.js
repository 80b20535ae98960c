// What stands on the form: controls, sections and tabs, and what is said beside them.

import { h, show } from "/page/dom.js";
import { documented, refuse } from "/page/xrm/documented.js";
import { fieldFor } from "/page/xrm/fields.js";
import { inLanguage } from "/page/xrm/formxml.js";

const READABLE_WHILE_TYPING = ["String", "Memo", "Integer", "BigInt"];
const MARKS = { required: "*", recommended: "+", none: "" };

export class Control {
  constructor(cell, attribute, { language, tables, words }) {
    this.name = cell.control;
    this.attribute = attribute;
    this.words = words;
    this.label = inLanguage(cell.labels.size ? cell.labels : attribute.column.labels, language);
    this.field = fieldFor(attribute.column, { id: this.name, rows: cell.rows, language, tables });
    this.input = this.field.input;
    this.mark = h("span", { class: "required", "aria-hidden": "true" });
    this.notices = h("div", { id: `${this.name}-notices`, class: "notices" });
    this.notes = new Map();
    this.input.setAttribute("aria-describedby", this.notices.id);
    const label = h("label", { for: this.name, class: cell.showLabel ? null : "unseen" }, this.label);
    this.element = h("div", { class: "field", "data-control": this.name }, h("div", { class: "label" }, label, this.mark), this.input, this.notices);
    this.input.addEventListener("change", () => this.commit());
    attribute.controls.push(this);
    this.formDisabled = cell.disabled;
    this.disable(cell.disabled);
    this.reveal(cell.visible);
    this.drawRequired();
    this.draw();
    this.api = documented(`control ${this.name}`, this.members());
  }

  members() {
    const members = {
      getName: () => this.name,
      getLabel: () => this.label,
      getAttribute: () => this.attribute.api,
      getDisabled: () => this.disabled,
      setDisabled: (disabled) => this.disable(Boolean(disabled)),
      getVisible: () => this.visible,
      setVisible: (visible) => this.reveal(Boolean(visible)),
      setFocus: () => this.input.focus(),
      setNotification: (message, id = "") => this.note(id, { message: String(message), error: true }),
      addNotification: (notification) => this.addNotification(notification),
      clearNotification: (id) => this.unnote(id),
    };
    if (READABLE_WHILE_TYPING.includes(this.attribute.column.type)) members.getValue = () => this.input.value;
    return members;
  }

  addNotification({ messages, notificationLevel, uniqueId, actions }) {
    if (!["ERROR", "RECOMMENDATION"].includes(notificationLevel)) refuse(`control ${this.name}`, `there is no notification level ${notificationLevel}.`);
    if (actions) refuse(`control ${this.name}`, "notifications with actions are not provided by this page.");
    if (!uniqueId) refuse(`control ${this.name}`, "a notification needs a uniqueId.");
    return this.note(uniqueId, { message: messages[0], error: notificationLevel === "ERROR" });
  }

  get wrong() {
    return [...this.notes.values()].some((note) => note.error);
  }

  note(id, note) {
    this.notes.set(id, note);
    this.drawNotes();
    return true;
  }

  unnote(id) {
    const there = id === undefined ? this.notes.size > 0 : this.notes.has(id);
    if (id === undefined) this.notes.clear();
    else this.notes.delete(id);
    if (there) this.drawNotes();
    return there;
  }

  drawNotes() {
    this.notices.replaceChildren(
      ...[...this.notes.values()].map(({ message, error }) =>
        h("p", { class: error ? "notice bad" : "notice warn", role: error ? "alert" : "status" }, h("span", { "aria-hidden": "true" }, error ? "✕ " : "ℹ "), message),
      ),
    );
    if (this.wrong) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }

  drawRequired() {
    this.mark.textContent = MARKS[this.attribute.level];
    this.mark.title = this.words[this.attribute.level] ?? "";
    if (this.attribute.level === "required") this.input.setAttribute("aria-required", "true");
    else this.input.removeAttribute("aria-required");
    if (!this.attribute.missing) this.unnote(MISSING);
  }

  draw() {
    this.field.show(this.attribute.value);
    if (!this.attribute.missing) this.unnote(MISSING);
  }

  // True where a value is missing; said beside the control.
  checkRequired() {
    if (!this.attribute.missing) return false;
    this.note(MISSING, { message: this.words.missing(this.label), error: true });
    return true;
  }

  disable(disabled) {
    this.disabled = disabled;
    this.field.disable(disabled);
    this.element.classList.toggle("locked", disabled);
  }

  reveal(visible) {
    this.visible = visible;
    show(this.element, visible);
  }

  // Hands on what a person typed or chose, as leaving the column does.
  commit() {
    if (this.disabled) return;
    const before = this.attribute.value;
    const value = this.field.read();
    if (JSON.stringify(before) === JSON.stringify(value)) return;
    this.attribute.set(value);
    this.attribute.changed();
  }
}

const MISSING = "missing";

export class Section {
  constructor(definition, controls, language) {
    this.name = definition.name;
    this.controls = controls;
    const label = inLanguage(definition.labels, language);
    this.element = h(
      "div",
      { class: "form-section", "data-section": this.name, role: "group", "aria-label": label },
      definition.showLabel && label ? h("h4", {}, label) : null,
      controls.map((control) => control.element),
    );
    show(this.element, definition.visible);
    this.api = documented(`section ${this.name}`, {
      getName: () => this.name,
      getLabel: () => label,
      getVisible: () => !this.element.hidden,
      setVisible: (visible) => show(this.element, Boolean(visible)),
    });
  }
}

export class Tab {
  constructor(definition, columns, language) {
    this.name = definition.name;
    this.sections = columns.flatMap((column) => column.sections);
    const label = inLanguage(definition.labels, language);
    const holders = columns.map(({ width, sections }) => {
      const holder = h("div", { class: "form-column" }, sections.map((section) => section.element));
      // By the style object, because the page allows no inline styles.
      holder.style.flexGrow = String(parseFloat(width) || 1);
      return holder;
    });
    this.element = h("div", { class: "form-tab", "data-tab": this.name, role: "group", "aria-label": label }, holders);
    show(this.element, definition.visible);
    this.api = documented(`tab ${this.name}`, {
      getName: () => this.name,
      getLabel: () => label,
      getVisible: () => !this.element.hidden,
      setVisible: (visible) => show(this.element, Boolean(visible)),
      sections: collection(`tab ${this.name}.sections`, this.sections),
    });
  }
}

// A collection as the Client API has them: get() gives all, get(name) and get(index) one or null.
export function collection(path, members) {
  return documented(path, {
    get: (which) => {
      if (which === undefined) return members.map((one) => one.api);
      if (typeof which === "number") return members[which]?.api ?? null;
      if (typeof which === "string") return members.find((one) => one.name === which)?.api ?? null;
      return refuse(path, "get takes a name or an index.");
    },
    forEach: (visit) => members.forEach((one, index) => visit(one.api, index)),
    getLength: () => members.length,
  });
}
