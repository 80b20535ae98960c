// A form that is open on one row: what scripts see of it, and saving.

import { h } from "/page/dom.js";
import { Attribute } from "/page/xrm/attributes.js";
import { collection, Control, Section, Tab } from "/page/xrm/controls.js";
import { documented, refuse } from "/page/xrm/documented.js";
import { bodyOf, valueIn } from "/page/xrm/row.js";

const CREATE = 1;
const UPDATE = 2;
const DISABLED = 4;
const INACTIVE = 1;
const SAVE_MODE = 1;
const LEVELS = { ERROR: ["bad", "✕"], WARNING: ["warn", "!"], INFO: ["info", "ℹ"] };

export class OpenForm {
  // `row` as Dataverse gave it, or null for a new one, which then starts with `values` by column.
  constructor(definition, { row, values = {}, language, choices, words }) {
    this.definition = definition;
    this.words = words;
    this.id = null;
    this.inactive = false;
    this.saveHandlers = [];
    this.loadHandlers = [];
    this.notes = new Map();
    this.notices = h("div", { class: "form-notices", id: "form-notifications" });
    this.attributes = new Map();
    this.controls = [];
    this.tabs = definition.form.tabs.map((tab) => this.buildTab(tab, language));
    this.element = h("div", { class: "form-body" }, this.notices, this.tabs.map((tab) => tab.element));
    this.context = this.describe();
    this.offer(choices);
    if (row) this.load(row);
    else this.start(values);
  }

  buildTab(tab, language) {
    const build = { language, tables: this.definition.tables, words: this.words };
    const columns = tab.columns.map(({ width, sections }) => ({
      width,
      sections: sections.map((section) => {
        const controls = section.cells.map((cell) => new Control(cell, this.attributeOf(cell.column), build));
        this.controls.push(...controls);
        return new Section(section, controls, language);
      }),
    }));
    return new Tab(tab, columns, language);
  }

  attributeOf(name) {
    const column = this.definition.columns.get(name);
    if (!column) throw new Error(`The form shows ${name}, a column the table does not have.`);
    if (!this.attributes.has(name)) {
      this.attributes.set(name, new Attribute(column, (handlers, source) => this.run(handlers, { getEventSource: () => source })));
    }
    return this.attributes.get(name);
  }

  get isNew() {
    return this.id === null;
  }

  get dirty() {
    return [...this.attributes.values()].some((attribute) => attribute.dirty);
  }

  get columns() {
    return [...this.attributes.values()].map((attribute) => attribute.column);
  }

  // Rows that lookups offer, by table: [{id, name}].
  offer(choices) {
    for (const control of this.controls) control.field.fill?.(choices);
  }

  start(values) {
    for (const attribute of this.attributes.values()) {
      const { type, start, options } = attribute.column;
      attribute.load(null);
      const known = type === "Picklist" && options.some((option) => option.value === start);
      attribute.set(values[attribute.name] ?? (known ? start : null));
    }
  }

  load(row) {
    this.id = row[this.definition.table.id];
    const before = this.inactive;
    // Dynamics opens what is not active for reading only.
    this.inactive = row.statecode === INACTIVE;
    if (this.inactive !== before) {
      for (const control of this.controls) control.disable(this.inactive || control.formDisabled);
    }
    for (const attribute of this.attributes.values()) attribute.load(valueIn(row, attribute.column));
  }

  // Form OnLoad, with the handlers that the form's XML registers.
  opened() {
    const handlers = this.definition.form.handlers.map(({ functionName, passContext }) => {
      const handler = functionName.split(".").reduce((place, name) => place?.[name], globalThis);
      return (context) => {
        if (typeof handler !== "function") throw new Error(`${functionName} is no function of a library of this form.`);
        if (passContext) handler(context);
        else handler();
      };
    });
    this.run(handlers, {});
    this.run(this.loadHandlers, {});
  }

  // The row as it is now in Dataverse; handlers of the data are told.
  refreshed(row) {
    this.load(row);
    this.run(this.loadHandlers, {});
  }

  run(handlers, more) {
    for (const handler of [...handlers]) {
      const context = documented("executionContext", { getFormContext: () => this.context, ...more });
      try {
        handler(context);
      } catch (error) {
        this.note(`script ${error.message}`, { message: this.words.script(error.message), level: "ERROR" });
        reportError(error);
      }
    }
  }

  // ---- What scripts see ----

  describe() {
    const { table } = this.definition;
    const entity = documented("formContext.data.entity", {
      getId: () => (this.isNew ? "" : `{${this.id.toUpperCase()}}`),
      getEntityName: () => table.name,
      getIsDirty: () => this.dirty,
      addOnSave: (handler) => {
        this.saveHandlers.push(handler);
      },
      removeOnSave: (handler) => {
        this.saveHandlers = this.saveHandlers.filter((one) => one !== handler);
      },
    });
    const data = documented("formContext.data", {
      entity,
      getIsDirty: () => this.dirty,
      addOnLoad: (handler) => {
        this.loadHandlers.push(handler);
      },
      removeOnLoad: (handler) => {
        this.loadHandlers = this.loadHandlers.filter((one) => one !== handler);
      },
    });
    const ui = documented("formContext.ui", {
      tabs: collection("formContext.ui.tabs", this.tabs),
      getFormType: () => {
        if (this.isNew) return CREATE;
        return this.inactive ? DISABLED : UPDATE;
      },
      setFormNotification: (message, level, id) => {
        if (!LEVELS[level]) refuse("formContext.ui.setFormNotification", `there is no level ${level}.`);
        if (!id) refuse("formContext.ui.setFormNotification", "a notification needs a uniqueId.");
        return this.note(id, { message: String(message), level });
      },
      clearFormNotification: (id) => this.unnote(id),
    });
    return documented("formContext", {
      data,
      ui,
      getAttribute: (name) => {
        if (typeof name !== "string") refuse("formContext.getAttribute", "this page takes a column's name.");
        return this.attributes.get(name)?.api ?? null;
      },
      getControl: (name) => {
        if (typeof name !== "string") refuse("formContext.getControl", "this page takes a control's name.");
        return this.controls.find((control) => control.name === name)?.api ?? null;
      },
    });
  }

  note(id, note) {
    this.notes.delete(id);
    this.notes.set(id, note);
    this.drawNotes();
    return true;
  }

  unnote(id) {
    const there = this.notes.delete(id);
    if (there) this.drawNotes();
    return there;
  }

  drawNotes() {
    this.notices.replaceChildren(
      ...[...this.notes].reverse().map(([id, { message, level }]) => {
        const [tone, sign] = LEVELS[level];
        return h("p", { class: `form-notice ${tone}`, role: level === "ERROR" ? "alert" : "status", "data-note": id }, h("span", { "aria-hidden": "true" }, `${sign} `), message);
      }),
    );
  }

  // ---- Saving ----

  // What is to be written; null where something is missing or wrong, or a script prevented it.
  prepared() {
    for (const control of this.controls) control.commit();
    if (this.flawed()) return null;
    let prevented = false;
    const args = documented("eventArgs", {
      preventDefault: () => {
        prevented = true;
      },
      isDefaultPrevented: () => prevented,
      getSaveMode: () => SAVE_MODE,
    });
    this.run(this.saveHandlers, { getEventArgs: () => args });
    // Handlers may have changed values and levels.
    if (prevented || this.flawed()) return null;
    return bodyOf(this.attributes.values(), { tables: this.definition.tables, isNew: this.isNew });
  }

  flawed() {
    const missing = this.controls.filter((control) => control.checkRequired());
    return missing.length > 0 || this.controls.some((control) => control.wrong);
  }

  focusFlaw() {
    const flawed = this.controls.find((control) => control.wrong && control.element.offsetParent);
    flawed?.input.focus();
    // The sentence says what to do; on a low screen the focus alone leaves it below the fold.
    flawed?.notices.scrollIntoView({ block: "nearest" });
  }
}
