// What does Dataverse tell of a table and its main form?

import { API, ask, rows } from "/page/api.js";
import { readFormXml } from "/page/xrm/formxml.js";

const TABLE_FACTS = "LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,DisplayName,DisplayCollectionName";
const TYPED = "Microsoft.Dynamics.CRM.";

// Everything needed to show the main form of `table`; null where the table or a form with a script is not there.
export async function readDefinition(table) {
  const tables = new Map((await metadata(`EntityDefinitions?$select=${TABLE_FACTS}`)).map((one) => [one.LogicalName, readTable(one)]));
  if (!tables.has(table)) return null;
  const forms = await rows(encodeURI(`systemforms?$select=name,formxml&$filter=objecttypecode eq '${table}' and type eq 2`));
  const form = forms.map((row) => readFormXml(row.formxml)).find((one) => one.handlers.length > 0);
  if (!form) return null;
  const path = `EntityDefinitions(LogicalName='${table}')`;
  const [attributes, choices, statuses, relationships] = await Promise.all([
    metadata(`${path}/Attributes`),
    metadata(`${path}/Attributes/${TYPED}PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet`),
    metadata(`${path}/Attributes/${TYPED}StatusAttributeMetadata?$select=LogicalName&$expand=OptionSet`),
    metadata(`${path}/ManyToOneRelationships?$select=ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName`),
  ]);
  const columns = new Map(attributes.map((one) => [one.LogicalName, readColumn(one)]));
  for (const { LogicalName: name, OptionSet: set } of [...choices, ...statuses]) {
    columns.get(name).options = set.Options.map((option) => ({ value: option.Value, labels: readLabels(option.Label) }));
  }
  for (const one of relationships) {
    columns.get(one.ReferencingAttribute)?.navigations.set(one.ReferencedEntity, one.ReferencingEntityNavigationPropertyName);
  }
  return { table: tables.get(table), tables, columns, form };
}

async function metadata(path) {
  return (await ask("dataverse", API + encodeURI(path))).value;
}

function readTable(one) {
  return {
    name: one.LogicalName,
    set: one.EntitySetName,
    id: one.PrimaryIdAttribute,
    nameColumn: one.PrimaryNameAttribute,
    labels: readLabels(one.DisplayName),
    plural: readLabels(one.DisplayCollectionName),
  };
}

function readColumn(one) {
  return {
    name: one.LogicalName,
    type: one.AttributeType,
    labels: readLabels(one.DisplayName),
    required: one.RequiredLevel?.Value ?? "None",
    forCreate: one.IsValidForCreate,
    forUpdate: one.IsValidForUpdate,
    maxLength: one.MaxLength,
    least: one.MinValue,
    most: one.MaxValue,
    start: one.DefaultFormValue,
    targets: one.Targets ?? [],
    options: [],
    navigations: new Map(),
  };
}

function readLabels(label) {
  return new Map((label?.LocalizedLabels ?? []).map((one) => [one.LanguageCode, one.Label]));
}
