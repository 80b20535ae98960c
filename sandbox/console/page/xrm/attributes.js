// A column of the row that is open: its value, whether it must be filled in, and who wants to know of changes.

import { documented, refuse } from "/page/xrm/documented.js";

const LEVELS = ["none", "recommended", "required"];
const LEVEL_OF = { None: "none", Recommended: "recommended", ApplicationRequired: "required", SystemRequired: "required" };

export class Attribute {
  // `fire` runs handlers with an execution context of this attribute.
  constructor(column, fire) {
    this.column = column;
    this.name = column.name;
    // The platform itself says who owns a row.
    this.level = column.type === "Owner" ? "none" : LEVEL_OF[column.required];
    this.value = null;
    this.initial = null;
    this.handlers = [];
    this.controls = [];
    this.fire = fire;
    const path = `attribute ${this.name}`;
    this.api = documented(path, {
      getName: () => this.name,
      getValue: () => copied(this.value),
      setValue: (value) => this.set(checked(column, value, path)),
      getIsDirty: () => this.dirty,
      addOnChange: (handler) => {
        this.handlers.push(handler);
      },
      removeOnChange: (handler) => {
        this.handlers = this.handlers.filter((one) => one !== handler);
      },
      fireOnChange: () => this.changed(),
      getRequiredLevel: () => this.level,
      setRequiredLevel: (level) => {
        if (!LEVELS.includes(level)) refuse(path, `there is no required level ${level}.`);
        this.level = level;
        for (const control of this.controls) control.drawRequired();
      },
    });
  }

  get dirty() {
    return plain(this.value) !== plain(this.initial);
  }

  get missing() {
    return this.level === "required" && (this.value === null || this.value === "");
  }

  // What came from, or went to, Dataverse.
  load(value) {
    this.initial = value;
    this.set(value);
  }

  set(value) {
    this.value = value === "" ? null : value;
    for (const control of this.controls) control.draw();
  }

  changed() {
    this.fire(this.handlers, this.api);
  }
}

const plain = (value) => JSON.stringify(Array.isArray(value) ? value.map(({ entityType, id }) => [entityType, id]) : value);

const copied = (value) => (Array.isArray(value) ? value.map((one) => ({ ...one })) : value);

const guid = (id) => id.replace(/[{}]/g, "").toLowerCase();

function checked(column, value, path) {
  if (value === null || value === undefined) return null;
  switch (column.type) {
    case "Picklist":
    case "Status":
      if (!column.options.some((option) => option.value === value)) refuse(path, `${value} is none of the options.`);
      return value;
    case "Integer":
    case "BigInt":
      if (typeof value !== "number") refuse(path, "the value must be a number.");
      return value;
    case "Boolean":
      if (typeof value !== "boolean") refuse(path, "the value must be true or false.");
      return value;
    case "DateTime":
      if (!(value instanceof Date)) refuse(path, "the value must be a Date.");
      return value;
    case "Lookup":
    case "Customer":
    case "Owner":
      if (!Array.isArray(value) || value.length > 1) refuse(path, "the value must be an array of one row.");
      if (!value.every((one) => one.id && one.entityType)) refuse(path, "a row needs id and entityType.");
      return value.length ? value.map((one) => ({ ...one, id: guid(one.id) })) : null;
    default:
      if (typeof value !== "string") refuse(path, "the value must be a string.");
      return value;
  }
}
