// What are tables, columns and choices called in Dataverse, and what do people call them?

export const Operation = { START: 724000000, STOP: 724000001, REFRESH: 724000002, VALIDATE: 724000003 };

export const operationWord = {
  [Operation.START]: "Start",
  [Operation.STOP]: "Stop",
  [Operation.REFRESH]: "Refresh Automations",
  [Operation.VALIDATE]: "Validate",
};

export const State = { ACTIVE: 0, INACTIVE: 1 };

// What Activate and Deactivate write: Dynamics takes the default status reason of the state.
export const activated = { statecode: State.ACTIVE, statuscode: 1 };
export const deactivated = { statecode: State.INACTIVE, statuscode: 2 };

export const status = {
  1: { label: "Queued", tone: "wait", sign: "◷" },
  724000000: { label: "In progress", tone: "busy", sign: "●" },
  724000001: { label: "Waiting", tone: "late", sign: "◔" },
  2: { label: "Cancelled", tone: "off", sign: "⊘" },
  724000002: { label: "Succeeded", tone: "good", sign: "✓" },
  724000003: { label: "Partly succeeded", tone: "part", sign: "◐" },
  724000004: { label: "Failed", tone: "bad", sign: "✕" },
  724000005: { label: "Outcome unknown", tone: "doubt", sign: "?" },
};

// Tables a job can address: set, column with the name, and how a job and a Timeline entry are bound to a row.
export const subjects = {
  account: { set: "accounts", id: "accountid", name: "name", binding: "spotler_CustomerId_account", group: "Accounts" },
  contact: { set: "contacts", id: "contactid", name: "fullname", binding: "spotler_CustomerId_contact", group: "Contacts" },
  lead: { set: "leads", id: "leadid", name: "fullname", binding: "spotler_LeadId", group: "Leads" },
};

export const partTitles = {
  dataverse: "Dataverse",
  functions: "Functions",
  servicebus: "Service Bus",
  spotler: "Spotler",
};
