// How does a row travel between Dataverse and the attributes of a form?

import { label, tableOf } from "/page/api.js";

const isLookup = (column) => ["Lookup", "Customer", "Owner"].includes(column.type);

// What $select asks for, to show these columns.
export function selected(columns) {
  return columns.map((column) => (isLookup(column) ? `_${column.name}_value` : column.name)).join(",");
}

export function valueIn(row, column) {
  if (isLookup(column)) {
    const property = `_${column.name}_value`;
    if (!row[property]) return null;
    return [{ entityType: tableOf(row, property) ?? column.targets[0], id: row[property], name: label(row, property) ?? row[property] }];
  }
  const value = row[column.name] ?? null;
  return column.type === "DateTime" && value !== null ? new Date(value) : value;
}

// What a POST or PATCH says of the attributes that changed.
export function bodyOf(attributes, { tables, isNew }) {
  const body = {};
  for (const { column, value, initial, dirty } of attributes) {
    const writable = column.type !== "Owner" && (isNew ? column.forCreate : column.forUpdate);
    if (!dirty || !writable) continue;
    if (isLookup(column)) {
      const { entityType, id } = value?.[0] ?? initial[0];
      body[`${column.navigations.get(entityType)}@odata.bind`] = value ? `/${tables.get(entityType).set}(${id})` : null;
    } else body[column.name] = value instanceof Date ? value.toISOString() : value;
  }
  return body;
}
