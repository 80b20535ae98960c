// How is a column's value shown and typed?
//
// A field: {input, show(value), read(), disable(disabled), fill(choices)}; `read` gives what stands there now.

import { h, setOptions } from "/page/dom.js";
import { inLanguage } from "/page/xrm/formxml.js";

const NOTHING = "—";
const LOCALES = { 1033: "en-GB", 1043: "nl-NL" };

// A field for `column`, `rows` lines high.
export function fieldFor(column, context) {
  const make = MAKERS[column.type];
  if (!make) throw new Error(`${column.name}: this page has no control for a column of type ${column.type}.`);
  return make(column, context);
}

const MAKERS = {
  String: (column, { id }) => textField(h("input", { id, maxlength: column.maxLength, autocomplete: "off" })),
  Memo: (column, { id, rows }) =>
    textField(h("textarea", { id, rows: String(Math.max(2, rows)), maxlength: column.maxLength, spellcheck: "false" })),
  Integer: numberField,
  BigInt: numberField,
  Boolean: yesNoField,
  Picklist: choiceField,
  Status: choiceField,
  DateTime: momentField,
  Lookup: lookupField,
  Customer: lookupField,
  Owner: personField,
};

function textField(input) {
  return {
    input,
    show: (value) => {
      input.value = value ?? "";
    },
    read: () => input.value || null,
    disable: (disabled) => {
      input.readOnly = disabled;
      input.placeholder = disabled ? NOTHING : "";
    },
  };
}

function numberField(column, { id }) {
  const input = h("input", { id, type: "number", step: "1", min: column.least, max: column.most });
  return { ...textField(input), read: () => (input.value === "" ? null : Number(input.value)) };
}

function choiceField(column, { id, language }) {
  const input = h("select", { id });
  const options = column.options.map(({ value, labels }) => ({ value: String(value), text: inLanguage(labels, language) }));
  setOptions(input, [{ options }], { none: NOTHING });
  return {
    input,
    show: (value) => {
      input.value = value === null ? "" : String(value);
    },
    read: () => (input.value === "" ? null : Number(input.value)),
    disable: (disabled) => {
      input.disabled = disabled;
    },
  };
}

function yesNoField(column, { id }) {
  const input = h("input", { id, type: "checkbox" });
  let shown = null;
  return {
    input,
    show: (value) => {
      shown = value;
      input.checked = value === true;
    },
    // Nobody who left it alone has said no.
    read: () => (input.checked || shown !== null ? input.checked : null),
    disable: (disabled) => {
      input.disabled = disabled;
    },
  };
}

function momentField(column, { id, language }) {
  const input = h("input", { id });
  let shown = null;
  const draw = () => {
    if (input.readOnly) input.value = shown ? shown.toLocaleString(LOCALES[language] ?? []) : "";
    else input.value = shown ? local(shown) : "";
  };
  return {
    input,
    show: (value) => {
      shown = value;
      draw();
    },
    read: () => {
      if (input.readOnly) return shown;
      return input.value ? new Date(input.value) : null;
    },
    disable: (disabled) => {
      input.readOnly = disabled;
      input.type = disabled ? "text" : "datetime-local";
      input.placeholder = disabled ? NOTHING : "";
      draw();
    },
  };
}

function local(moment) {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const keyOf = ({ entityType, id }) => `${entityType} ${id}`;

function lookupField(column, { id, language, tables }) {
  const input = h("select", { id });
  const known = new Map();
  let groups = column.targets.map((target) => ({ target, found: [] }));
  let shown = null;
  const draw = () => {
    known.clear();
    const listed = groups.map(({ target, found }) => ({
      label: column.targets.length > 1 ? inLanguage(tables.get(target).plural, language) : undefined,
      options: found.map((one) => option({ entityType: target, ...one })),
    }));
    // A row that is not among the choices any more still is what the column holds.
    if (shown && !known.has(keyOf(shown))) listed.push({ options: [option(shown)] });
    setOptions(input, listed, { none: NOTHING });
    input.value = shown ? keyOf(shown) : "";
  };
  const option = (one) => {
    known.set(keyOf(one), one);
    return { value: keyOf(one), text: one.name };
  };
  draw();
  return {
    input,
    show: (value) => {
      shown = value?.[0] ?? null;
      draw();
    },
    read: () => {
      shown = known.get(input.value) ?? null;
      return shown ? [shown] : null;
    },
    disable: (disabled) => {
      input.disabled = disabled;
    },
    fill: (choices) => {
      groups = column.targets.map((target) => ({ target, found: choices.get(target) ?? [] }));
      draw();
    },
  };
}

// Users cannot be listed here; whoever saves a row owns it.
function personField(column, { id }) {
  const input = h("input", { id, readonly: true, placeholder: NOTHING });
  let shown = null;
  return {
    input,
    show: (value) => {
      shown = value;
      input.value = value?.[0]?.name ?? "";
    },
    read: () => shown,
    disable: () => {},
  };
}
