// How are elements made, and lists kept up to date without disturbing who is reading or typing?

export const $ = (id) => document.getElementById(id);

// An element: properties starting with "on" are listeners, others attributes; texts are never read as HTML.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function show(element, visible) {
  element.hidden = !visible;
}

// Keeps the children of `parent` equal to `items`: an element is built again only when its version changes,
// and then what is open stays open and what has the focus keeps it. The first update takes away what the
// page says until then.
export class List {
  constructor(parent, { key, version, build, empty }) {
    this.parent = parent;
    this.key = key;
    this.version = version;
    this.build = build;
    this.empty = empty;
    this.shown = new Map();
    this.nothing = null;
    this.first = true;
  }

  update(items) {
    if (this.first) this.parent.replaceChildren();
    this.first = false;
    const before = this.shown;
    this.shown = new Map();
    let place = null;
    for (const item of items) {
      const key = this.key(item);
      const version = this.version(item);
      const old = before.get(key);
      before.delete(key);
      const element = old && old.version === version ? old.element : this.build(item);
      if (old && old.element !== element) replace(old.element, element);
      this.shown.set(key, { version, element });
      const wanted = place ? place.nextSibling : this.parent.firstChild;
      if (wanted !== element) this.parent.insertBefore(element, wanted);
      place = element;
    }
    for (const { element } of before.values()) element.remove();
    this.tellNothing(items.length === 0);
  }

  tellNothing(empty) {
    if (!empty || !this.empty) {
      this.nothing?.remove();
      this.nothing = null;
    } else if (!this.nothing) {
      this.nothing = this.empty();
      this.parent.append(this.nothing);
    }
  }
}

function replace(old, fresh) {
  for (const details of old.querySelectorAll("details[open]")) {
    const twin = fresh.querySelector(`details[data-name="${details.dataset.name}"]`);
    if (twin) twin.open = true;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.name : undefined;
  old.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-name="${focused}"]`)?.focus();
}

// Gives a select new options and keeps what is chosen, where that still exists.
export function setOptions(select, groups, { none } = {}) {
  const version = JSON.stringify([none, groups]);
  if (select.dataset.version === version) return;
  const chosen = select.value;
  select.replaceChildren();
  if (none !== undefined) select.append(h("option", { value: "" }, none));
  for (const { label, options } of groups) {
    const made = options.map(({ value, text }) => h("option", { value }, text));
    if (label) {
      if (made.length) select.append(h("optgroup", { label }, made));
    } else select.append(...made);
  }
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  select.dataset.version = version;
}

export function clock(iso) {
  if (!iso) return "";
  return new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

// A button that cannot be pressed twice while its work is under way. It is not disabled: that would take the
// focus away from whoever pressed it with a key.
export async function busy(button, work) {
  if (button.getAttribute("aria-busy")) return undefined;
  button.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  try {
    return await work();
  } finally {
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  }
}
