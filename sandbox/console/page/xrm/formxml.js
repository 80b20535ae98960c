// What does the XML of a form say?

// Tabs with columns of sections of cells, libraries, and the handlers of OnLoad. Labels are kept by language code.
export function readFormXml(text) {
  const xml = new DOMParser().parseFromString(text, "text/xml");
  const broken = xml.querySelector("parsererror");
  if (broken) throw new Error(`The form's XML cannot be read: ${broken.textContent}`);
  const form = xml.documentElement;
  return {
    tabs: [...form.querySelectorAll(":scope > tabs > tab")].map(readTab),
    libraries: [...form.querySelectorAll(":scope > formLibraries > Library")].map((one) => one.getAttribute("name")),
    handlers: [...form.querySelectorAll(":scope > events > event")].flatMap(readEvent),
  };
}

function readTab(tab) {
  return {
    name: tab.getAttribute("name"),
    labels: readLabels(tab),
    visible: tab.getAttribute("visible") !== "false",
    columns: [...tab.querySelectorAll(":scope > columns > column")].map((column) => ({
      width: column.getAttribute("width"),
      sections: [...column.querySelectorAll(":scope > sections > section")].map(readSection),
    })),
  };
}

function readSection(section) {
  return {
    name: section.getAttribute("name"),
    labels: readLabels(section),
    showLabel: section.getAttribute("showlabel") !== "false",
    visible: section.getAttribute("visible") !== "false",
    cells: [...section.querySelectorAll(":scope > rows > row > cell")].filter((cell) => cell.querySelector(":scope > control")).map(readCell),
  };
}

function readCell(cell) {
  const control = cell.querySelector(":scope > control");
  return {
    labels: readLabels(cell),
    showLabel: cell.getAttribute("showlabel") !== "false",
    visible: cell.getAttribute("visible") !== "false",
    rows: Number(cell.getAttribute("rowspan") ?? 1),
    control: control.getAttribute("id"),
    column: control.getAttribute("datafieldname"),
    disabled: control.getAttribute("disabled") === "true",
  };
}

function readEvent(event) {
  const name = event.getAttribute("name");
  if (name !== "onload") throw new Error(`The form registers handlers for ${name}; this page runs those of onload.`);
  if (event.getAttribute("active") === "false") return [];
  return [...event.querySelectorAll(":scope > Handlers > Handler")]
    .filter((one) => one.getAttribute("enabled") !== "false")
    .map((one) => ({
      functionName: one.getAttribute("functionName"),
      libraryName: one.getAttribute("libraryName"),
      passContext: one.getAttribute("passExecutionContext") === "true",
    }));
}

function readLabels(element) {
  const labels = element.querySelectorAll(":scope > labels > label");
  return new Map([...labels].map((label) => [Number(label.getAttribute("languagecode")), label.getAttribute("description")]));
}

const ENGLISH = 1033;

// The label in a language; in English, or whatever there is, where it has none.
export function inLanguage(labels, language) {
  return labels.get(language) ?? labels.get(ENGLISH) ?? labels.values().next().value ?? "";
}
