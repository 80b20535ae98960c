// How does a script notice that it uses something this page does not have?

// What a promise or the browser's tools look for on any object.
const ALWAYS = new Set(["then", "toJSON", "constructor", "toString", "valueOf"]);

// `members` as an object whose every other member is an error that names it: a script that runs here must not be
// let down silently by what it will find, or not find, in Dynamics.
export function documented(path, members) {
  const has = (name) => typeof name === "symbol" || Object.hasOwn(members, name);
  return new Proxy(members, {
    get(target, name) {
      if (has(name)) return target[name];
      if (ALWAYS.has(name)) return undefined;
      throw new Error(`${path}.${String(name)} is not provided by this page.`);
    },
    set(_, name) {
      throw new Error(`${path}.${String(name)} cannot be set.`);
    },
  });
}

// An argument that the page does not take, said by name.
export function refuse(path, why) {
  throw new Error(`${path}: ${why}`);
}
