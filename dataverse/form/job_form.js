// How does the form of a Spotler Job help the person who fills it in?
//
// A web resource of Dynamics 365: loaded as a classic script, it uses the documented Client API alone. The form's
// XML registers SpotlerJobs.form.onLoad for OnLoad with the execution context; everything else is registered here.
// Columns and sections that an administrator took off the form are passed over.
"use strict";

globalThis.SpotlerJobs = globalThis.SpotlerJobs ?? {};

globalThis.SpotlerJobs.form = (() => {
  const Operation = { START: 724000000, STOP: 724000001, REFRESH: 724000002, VALIDATE: 724000003 };
  const Status = {
    QUEUED: 1,
    WAITING: 724000001,
    CANCELLED: 2,
    SUCCEEDED: 724000002,
    PARTLY_SUCCEEDED: 724000003,
    FAILED: 724000004,
    OUTCOME_UNKNOWN: 724000005,
  };
  const FORM_TYPE_CREATE = 1;
  const FORM_TYPE_UPDATE = 2;
  const DUTCH = 1043;

  const OPERATION = "spotler_operation";
  const AUTOMATION = "spotler_automationid";
  const CUSTOMER = "spotler_customerid";
  const LEAD = "spotler_leadid";
  const FIELDS = "spotler_automationfields";
  const RUNS = "spotler_automationcontactid";
  const FORCE = "spotler_force";
  const INPUTS = [OPERATION, AUTOMATION, CUSTOMER, LEAD, FIELDS, FORCE, RUNS];
  const FROM_THE_PLATFORM = ["createdon", "spotler_attempts", "spotler_retryon", "spotler_sequence"];

  // Identifiers of our notifications; the name in front keeps them apart from other scripts'.
  const READING = "spotlerjobs_reading";
  const NOT_READ = "spotlerjobs_not_read";
  const EMPTIED = "spotlerjobs_emptied";
  const RESULT = "spotlerjobs_result";
  const HINTS = "spotlerjobs_hints";
  const HINTS_PERHAPS = "spotlerjobs_hints_perhaps";

  const READ_MILLISECONDS = 20_000;
  // A read that is faster than this is not worth a sentence.
  const TELL_MILLISECONDS = 700;
  const MOST_NAMES = 8;

  const ENGLISH_TEXTS = {
    reading: (name) => `Reading the fields of ${name} …`,
    notRead: (name, column, why) =>
      `The fields of ${name} could not be read, so ${column} is not filled in. Choose the automation again, or type the fields yourself; the job can be saved. (${why})`,
    noAnswer: (seconds) => `no answer within ${seconds} seconds`,
    replaceTitle: (column) => `Replace ${column}?`,
    replaceText: (name, column) => `You changed the text in ${column}. Replace it by the fields of ${name}?`,
    replace: "Replace",
    keep: "Keep mine",
    emptied: (name, column) => `${column} ${name} was taken out: a job is for a customer or for a lead, not for both.`,
    hints: (names) =>
      `Not saved: the type still stands in place of a value. Replace it, or leave it blank after the equals sign: ${names}.`,
    hintsPerhaps: (names) => `Does the type still stand in place of a value? ${names}.`,
    hintPlace: (name, line) => `${name} (line ${line})`,
    more: (count) => `${count} more`,
    status: {
      [Status.WAITING]: "Waiting for the next try.",
      [Status.CANCELLED]: "Cancelled.",
      [Status.SUCCEEDED]: "Succeeded.",
      [Status.PARTLY_SUCCEEDED]: "Partly succeeded.",
      [Status.FAILED]: "Failed.",
      [Status.OUTCOME_UNKNOWN]: "Outcome unknown.",
    },
  };

  const DUTCH_TEXTS = {
    reading: (name) => `De velden van ${name} worden opgehaald …`,
    notRead: (name, column, why) =>
      `De velden van ${name} konden niet worden opgehaald; ${column} is daarom niet ingevuld. Kies de automation opnieuw of typ de velden zelf; opslaan kan gewoon. (${why})`,
    noAnswer: (seconds) => `geen antwoord binnen ${seconds} seconden`,
    replaceTitle: (column) => `${column} vervangen?`,
    replaceText: (name, column) => `Je hebt de tekst in ${column} gewijzigd. Vervangen door de velden van ${name}?`,
    replace: "Vervangen",
    keep: "Mijn tekst houden",
    emptied: (name, column) => `${column} ${name} is weggehaald: een job is voor een klant of voor een lead, niet voor allebei.`,
    hints: (names) =>
      `Niet opgeslagen: het soort veld staat nog op de plaats van de waarde. Vervang het, of laat het na het isgelijkteken leeg: ${names}.`,
    hintsPerhaps: (names) => `Staat hier nog het soort veld op de plaats van de waarde? ${names}.`,
    hintPlace: (name, line) => `${name} (regel ${line})`,
    more: (count) => `nog ${count}`,
    status: {
      [Status.WAITING]: "Wacht op de volgende poging.",
      [Status.CANCELLED]: "Geannuleerd.",
      [Status.SUCCEEDED]: "Gelukt.",
      [Status.PARTLY_SUCCEEDED]: "Deels gelukt.",
      [Status.FAILED]: "Mislukt.",
      [Status.OUTCOME_UNKNOWN]: "Uitkomst onbekend.",
    },
  };

  const RESULT_LEVELS = {
    [Status.WAITING]: "WARNING",
    [Status.CANCELLED]: "INFO",
    [Status.SUCCEEDED]: "INFO",
    [Status.PARTLY_SUCCEEDED]: "WARNING",
    [Status.FAILED]: "ERROR",
    [Status.OUTCOME_UNKNOWN]: "WARNING",
  };

  const texts = () =>
    Xrm.Utility.getGlobalContext().userSettings.languageId === DUTCH ? DUTCH_TEXTS : ENGLISH_TEXTS;

  // ---- The form, where every column and section may be missing -------------------------------------------------

  const valueOf = (form, column) => form.getAttribute(column)?.getValue() ?? null;
  const textOf = (form, column) => valueOf(form, column) ?? "";
  const chosen = (form, column) => valueOf(form, column)?.[0] ?? null;
  const operationOf = (form) => valueOf(form, OPERATION);
  // A check takes what a start takes.
  const takesFields = (operation) => [Operation.START, Operation.VALIDATE].includes(operation);
  const labelOf = (form, column) => form.getControl(column)?.getLabel() ?? column;
  const isNew = (form) => form.ui.getFormType() === FORM_TYPE_CREATE;
  const plainId = (id) => id.replace(/[{}]/g, "").toLowerCase();

  // A new job counts as Queued. Only such a job takes input: afterwards the row tells what was carried out.
  const takesInput = (form) => isNew(form) || [Status.QUEUED, null].includes(valueOf(form, "statuscode"));

  // What stands in the column at this moment: the attribute learns of typed text only when the column is left.
  function typed(form, column) {
    const control = form.getControl(column);
    return (control && typeof control.getValue === "function" ? control.getValue() : valueOf(form, column)) ?? "";
  }

  function change(form, column, value) {
    const attribute = form.getAttribute(column);
    if (!attribute || attribute.getValue() === value) return;
    attribute.setValue(value);
    attribute.fireOnChange();
  }

  function showSection(form, name, visible) {
    form.ui.tabs.forEach((tab) => tab.sections.get(name)?.setVisible(visible));
  }

  // ---- What is remembered of an open form ------------------------------------------------------------------------

  const memories = new WeakMap();
  let newest = null;

  function freshMemory(form) {
    return {
      // Goes up with whatever makes an answer that is still under way worthless.
      turn: 0,
      // The text that this script filled in last; null once somebody's own text may stand there.
      filled: null,
      // The automation whose fields were filled in last, or turned down; its fields are not offered again.
      settledFor: null,
      // {automation, types}: what the catalogue tells of the fields of an automation.
      known: null,
      loadedOperation: isNew(form) ? null : operationOf(form),
      loadedRuns: isNew(form) ? null : valueOf(form, RUNS),
    };
  }

  function memoryOf(form) {
    if (!memories.has(form)) memories.set(form, freshMemory(form));
    return memories.get(form);
  }

  // ---- Which parts of the form an operation needs ----------------------------------------------------------------

  function shape(form) {
    const operation = operationOf(form);
    const known = Object.values(Operation).includes(operation);
    const none = operation === null || operation === Operation.REFRESH;
    const input = takesInput(form);
    const hasResult = !isNew(form);

    showSection(form, "whom", !none);
    form.getControl(AUTOMATION)?.setVisible(!none);
    showSection(form, "fields", takesFields(operation) || (!known && !none));
    // On a job that started something the column tells which run that was.
    const runs = operation === Operation.STOP || (!known && !none);
    showSection(form, "runs", runs || (hasResult && operation === Operation.START && textOf(form, RUNS) !== ""));
    showSection(form, "result", hasResult);
    for (const column of FROM_THE_PLATFORM) form.getControl(column)?.setVisible(hasResult);

    if (!takesFields(operation) || !input) clearHints(form);
    require(form, operation, input);
  }

  function require(form, operation, input) {
    const byRun = operation === Operation.STOP && textOf(form, RUNS).trim() !== "";
    const addressed = input && !byRun && (takesFields(operation) || operation === Operation.STOP);
    const lead = chosen(form, LEAD);
    const level = (column, name) => form.getAttribute(column)?.setRequiredLevel(name);
    level(OPERATION, input ? "required" : "none");
    level(AUTOMATION, addressed ? "required" : "none");
    level(CUSTOMER, addressed && !lead ? "required" : "none");
    level(LEAD, addressed && !lead && !chosen(form, CUSTOMER) ? "recommended" : "none");
  }

  function lock(form) {
    // A form that Dynamics itself opened for reading stays as it is.
    if (![FORM_TYPE_CREATE, FORM_TYPE_UPDATE].includes(form.ui.getFormType())) return;
    const locked = !takesInput(form);
    for (const column of INPUTS) form.getControl(column)?.setDisabled(locked);
    if (!locked && takesFields(operationOf(form))) form.getControl(RUNS)?.setDisabled(true);
  }

  function tellResult(form) {
    form.ui.clearFormNotification(RESULT);
    const status = isNew(form) ? null : valueOf(form, "statuscode");
    const level = RESULT_LEVELS[status];
    if (!level) return;
    const sentence = [texts().status[status], textOf(form, "spotler_resultmessage")].filter(Boolean).join(" ");
    form.ui.setFormNotification(sentence, level, RESULT);
  }

  // ---- Filling in Automation Fields --------------------------------------------------------------------------------

  // The catalogue's text for an automation; "" where it lists no fields. Rejects within a bounded time.
  function readTemplate(id) {
    let timer;
    const tooLate = new Promise((_, reject) => {
      const why = texts().noAnswer(READ_MILLISECONDS / 1000);
      timer = setTimeout(() => reject(new Error(why)), READ_MILLISECONDS);
    });
    const read = Xrm.WebApi.retrieveRecord("spotler_automation", plainId(id), "?$select=spotler_fieldtemplate");
    return Promise.race([read, tooLate])
      .then((row) => row.spotler_fieldtemplate ?? "")
      .finally(() => clearTimeout(timer));
  }

  function clearReading(form) {
    form.ui.clearFormNotification(READING);
    form.ui.clearFormNotification(NOT_READ);
  }

  // Learns the fields of the chosen automation, and fills them in with `filling`.
  async function follow(form, filling) {
    const memory = memoryOf(form);
    const turn = ++memory.turn;
    clearReading(form);
    if (!takesFields(operationOf(form)) || !takesInput(form) || !form.getAttribute(FIELDS)) return;
    const automation = chosen(form, AUTOMATION);
    if (memory.known && memory.known.automation !== automation?.id) memory.known = null;
    if (!automation) {
      if (filling && memory.filled !== null && typed(form, FIELDS) === memory.filled) fill(form, null, "");
      return;
    }
    const telling = setTimeout(() => {
      form.ui.setFormNotification(texts().reading(automation.name), "INFO", READING);
    }, TELL_MILLISECONDS);
    let template;
    try {
      template = await readTemplate(automation.id);
    } catch (trouble) {
      if (turn === memory.turn && filling) {
        form.ui.setFormNotification(texts().notRead(automation.name, labelOf(form, FIELDS), trouble.message), "WARNING", NOT_READ);
      }
      return;
    } finally {
      clearTimeout(telling);
      if (turn === memory.turn) form.ui.clearFormNotification(READING);
    }
    if (turn !== memory.turn) return;
    memory.known = { automation: automation.id, types: typesIn(template) };
    // What says no more than the catalogue does is nobody's own text.
    if (typed(form, FIELDS) === template) settle(memory, automation, template);
    else if (filling) await fillUnlessEdited(form, automation, template, turn);
  }

  async function fillUnlessEdited(form, automation, template, turn) {
    const memory = memoryOf(form);
    const text = typed(form, FIELDS);
    if (text.trim() === "" || text === memory.filled) {
      fill(form, automation, template);
      return;
    }
    // Nothing would be gained by emptying somebody's text for an automation that lists no fields.
    if (template === "" || memory.settledFor === automation.id) return;
    // Who has gone on to another form meanwhile must not be asked about this one.
    if (form !== newest) return;
    const answer = await Xrm.Navigation.openConfirmDialog({
      title: texts().replaceTitle(labelOf(form, FIELDS)),
      text: texts().replaceText(automation.name, labelOf(form, FIELDS)),
      confirmButtonLabel: texts().replace,
      cancelButtonLabel: texts().keep,
    });
    if (turn !== memory.turn) return;
    if (answer.confirmed) fill(form, automation, template);
    else memory.settledFor = automation.id;
  }

  function settle(memory, automation, template) {
    memory.filled = template;
    memory.settledFor = automation?.id ?? null;
  }

  function fill(form, automation, template) {
    settle(memoryOf(form), automation, template);
    change(form, FIELDS, template === "" ? null : template);
  }

  // ---- Type hints that nobody replaced -----------------------------------------------------------------------------

  // How a text is cut stands in docs/automation-fields.md; this reads as much of it as finding hints takes.
  const EDGES = "\\s\\x1c-\\x1f\\x85\\u200b\\u2060";
  const AT_EDGES = new RegExp(`^[${EDGES}]+|[${EDGES}]+$`, "g");
  const BLANKS = new RegExp(`[${EDGES}]*`, "y");
  const BLANKS_IN_LINE = new RegExp(`(?:(?![\\r\\n])[${EDGES}])*`, "y");
  const QUOTED = /"(?:[^"]|"")*"/y;
  const HINT = /^(?:STRING|URL|PRODUCTLIST|<(?:STRING|URL|PRODUCTLIST)>)$/;

  const trimmed = (text) => text.replace(AT_EDGES, "");

  function skipped(pattern, text, at) {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  }

  function next(pattern, text, at) {
    const found = text.slice(at).search(pattern);
    return found < 0 ? text.length : at + found;
  }

  const segmentEnd = (text, at) => next(/[;\r\n]/, text, at);

  // Every `name=value` in the text: {name, at, items}, without values in double quotes, which are never hints.
  function entriesIn(text, typeOf) {
    const entries = [];
    let at = 0;
    while (at < text.length) {
      let end = next(/[=;\r\n]/, text, at);
      if (text[end] === "=") {
        const name = trimmed(text.slice(at, end));
        const value = valueAt(text, end + 1, typeOf(name));
        entries.push({ name, at: skipped(BLANKS, text, at), items: value.items });
        end = value.end;
      }
      at = end + 1;
    }
    return entries;
  }

  function valueAt(text, at, type) {
    const first = skipped(BLANKS_IN_LINE, text, at);
    const behind = skipped(QUOTED, text, first);
    if (behind > first) return { end: segmentEnd(text, behind), items: [] };
    if (text[first] === "{" && type !== "STRING" && type !== "URL") return listAt(text, first, type);
    return plainAt(text, at);
  }

  function plainAt(text, at) {
    const end = segmentEnd(text, at);
    return { end, items: [trimmed(text.slice(at, end))] };
  }

  function listAt(text, at, type) {
    const items = [];
    let start = at + 1;
    for (;;) {
      start = skipped(BLANKS, text, start);
      const behind = skipped(QUOTED, text, start);
      const end = next(/[,{}]/, text, behind);
      if (end === text.length || text[end] === "{") {
        const nested = end < segmentEnd(text, at);
        return nested && !type ? plainAt(text, at) : { end: segmentEnd(text, at), items: [] };
      }
      if (behind === start) items.push(trimmed(text.slice(start, end)));
      start = end + 1;
      if (text[end] === "}") break;
    }
    const end = segmentEnd(text, start);
    if (trimmed(text.slice(start, end)) === "") return { end, items };
    return !type && end === segmentEnd(text, at) ? plainAt(text, at) : { end, items: [] };
  }

  // Name -> type as a template tells them; null for a text that is no template.
  function typesIn(template) {
    const types = new Map();
    for (const { name, items } of entriesIn(template, () => undefined)) {
      if (items.length !== 1 || !HINT.test(items[0])) return null;
      types.set(name, items[0].replace(/[<>]/g, ""));
    }
    return types.size ? types : null;
  }

  // Fields whose value still is the hint of their own type, or any hint where the type is not known.
  function hintsIn(text, types) {
    const typeOf = (name) => types?.get(name);
    const untouched = ({ name, items }) =>
      items.some((item) => HINT.test(item) && [undefined, item.replace(/[<>]/g, "")].includes(typeOf(name)));
    return entriesIn(text, typeOf)
      .filter(untouched)
      .map(({ name, at }) => ({ name, line: text.slice(0, at).split(/\r\n|\r|\n/).length }));
  }

  function inWords(hints) {
    const names = hints.slice(0, MOST_NAMES).map(({ name, line }) => texts().hintPlace(name || "?", line));
    if (hints.length > MOST_NAMES) names.push(texts().more(hints.length - MOST_NAMES));
    return names.join(", ");
  }

  function clearHints(form) {
    const control = form.getControl(FIELDS);
    control?.clearNotification(HINTS);
    control?.clearNotification(HINTS_PERHAPS);
  }

  // Points hints out; true where they are certain, so that saving would only lead to a refusal.
  function pointOutHints(form) {
    clearHints(form);
    const control = form.getControl(FIELDS);
    if (!control || !takesFields(operationOf(form))) return false;
    const memory = memoryOf(form);
    const text = textOf(form, FIELDS);
    const asFilled = memory.filled !== null && text === memory.filled;
    const certain = asFilled || (memory.known !== null && memory.known.automation === chosen(form, AUTOMATION)?.id);
    const hints = hintsIn(text, asFilled ? typesIn(text) : memory.known?.types);
    if (!hints.length) return false;
    if (certain) control.setNotification(texts().hints(inWords(hints)), HINTS);
    else {
      control.addNotification({
        messages: [texts().hintsPerhaps(inWords(hints))],
        notificationLevel: "RECOMMENDATION",
        uniqueId: HINTS_PERHAPS,
      });
    }
    return certain;
  }

  // ---- What is saved -------------------------------------------------------------------------------------------------

  // Takes out what the operation does not use, without asking where nobody can miss it. Text that somebody wrote
  // in Automation Fields is theirs and stays.
  function tidy(form) {
    const operation = operationOf(form);
    const memory = memoryOf(form);
    const empty = (column) => {
      if (valueOf(form, column) !== null) form.getAttribute(column).setValue(null);
    };
    if (takesFields(operation)) {
      const result = memory.loadedOperation === Operation.START ? memory.loadedRuns : null;
      if (valueOf(form, RUNS) !== result) form.getAttribute(RUNS)?.setValue(result);
    }
    if ([Operation.STOP, Operation.REFRESH].includes(operation)) {
      if (memory.filled !== null && textOf(form, FIELDS) === memory.filled) empty(FIELDS);
    }
    if (operation === Operation.REFRESH) for (const column of [CUSTOMER, LEAD, AUTOMATION, RUNS]) empty(column);
  }

  // ---- Handlers ------------------------------------------------------------------------------------------------------

  function onOperation(context) {
    const form = context.getFormContext();
    form.ui.clearFormNotification(EMPTIED);
    shape(form);
    lock(form);
    follow(form, true);
  }

  function onAutomation(context) {
    const form = context.getFormContext();
    clearHints(form);
    follow(form, true);
  }

  function onCustomer(context) {
    exclude(context.getFormContext(), CUSTOMER, LEAD);
  }

  function onLead(context) {
    exclude(context.getFormContext(), LEAD, CUSTOMER);
  }

  function exclude(form, column, other) {
    form.ui.clearFormNotification(EMPTIED);
    const loser = chosen(form, other);
    if (chosen(form, column) && loser && takesInput(form)) {
      change(form, other, null);
      form.ui.setFormNotification(texts().emptied(loser.name, labelOf(form, other)), "INFO", EMPTIED);
    }
    shape(form);
  }

  function onFields(context) {
    clearHints(context.getFormContext());
  }

  function onRuns(context) {
    shape(context.getFormContext());
  }

  function onSave(context) {
    const form = context.getFormContext();
    if (!takesInput(form)) return;
    if (pointOutHints(form)) {
      context.getEventArgs().preventDefault();
      return;
    }
    // From here on an answer would change what was saved.
    memoryOf(form).turn += 1;
    clearReading(form);
    form.ui.clearFormNotification(EMPTIED);
    tidy(form);
  }

  function onData(context) {
    arrive(context.getFormContext());
  }

  function arrive(form) {
    const before = memories.get(form);
    const memory = freshMemory(form);
    memory.turn = (before?.turn ?? 0) + 1;
    memories.set(form, memory);
    clearReading(form);
    clearHints(form);
    form.ui.clearFormNotification(EMPTIED);
    shape(form);
    lock(form);
    tellResult(form);
    // An existing job may be meant to pass nothing; only a new one is filled in.
    follow(form, isNew(form) && textOf(form, FIELDS) === "");
  }

  const HANDLERS = {
    [OPERATION]: onOperation,
    [AUTOMATION]: onAutomation,
    [CUSTOMER]: onCustomer,
    [LEAD]: onLead,
    [FIELDS]: onFields,
    [RUNS]: onRuns,
  };

  function onLoad(context) {
    const form = context.getFormContext();
    newest = form;
    // OnLoad occurs once more after a row is created; a handler that is there twice would ask twice.
    for (const [column, handler] of Object.entries(HANDLERS)) {
      form.getAttribute(column)?.removeOnChange(handler);
      form.getAttribute(column)?.addOnChange(handler);
    }
    form.data.entity.removeOnSave(onSave);
    form.data.entity.addOnSave(onSave);
    form.data.removeOnLoad(onData);
    form.data.addOnLoad(onData);
    arrive(form);
  }

  return Object.freeze({ onLoad });
})();
