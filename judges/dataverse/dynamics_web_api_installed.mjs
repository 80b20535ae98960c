// Does a client written for the real service find the tables that were installed, and does a job it creates get
// its result? What is expected is spelled out here and taken from nowhere.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { api, judge } from "./judging.mjs";

const KIM = "22222222-0000-4000-8000-000000000001";
const INVOICE = "🚀 Invoice";
const START = 724000000;
const REFRESH = 724000002;
const SUCCEEDED = 724000002;
const END_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 200;

const job = "LogicalName='spotler_job'";
const automation = "LogicalName='spotler_automation'";
const words = (label) =>
  Object.fromEntries(label.LocalizedLabels.map((one) => [one.LanguageCode, one.Label]));

async function ended(key) {
  const deadline = Date.now() + END_MILLISECONDS;
  for (;;) {
    const row = await api.retrieve({ collection: "spotler_jobs", key });
    if (row.statecode === 1) return row;
    assert.ok(Date.now() < deadline, `the job is not done in time: ${JSON.stringify(row)}`);
    await sleep(POLL_MILLISECONDS);
  }
}

async function options(entityKey, name, kind) {
  const column = await api.retrieveAttribute({
    entityKey,
    attributeKey: `LogicalName='${name}'`,
    castType: `Microsoft.Dynamics.CRM.${kind}AttributeMetadata`,
    select: ["LogicalName"],
    expand: [{ property: "OptionSet", select: ["Options"] }],
  });
  return column.OptionSet.Options;
}

await judge({
  async "both tables are described in English and Dutch"() {
    const one = await api.retrieveEntity({ key: job });
    assert.deepEqual(
      [one.SchemaName, one.EntitySetName, one.PrimaryNameAttribute, one.OwnershipType, one.IsCustomEntity],
      ["spotler_Job", "spotler_jobs", "spotler_name", "UserOwned", true],
    );
    assert.deepEqual(words(one.DisplayName), { 1033: "Spotler Job", 1043: "Spotler-job" });
    const other = await api.retrieveEntity({ key: automation, select: ["EntitySetName", "DisplayCollectionName"] });
    assert.equal(other.EntitySetName, "spotler_automations");
    assert.deepEqual(words(other.DisplayCollectionName), {
      1033: "Spotler Automations",
      1043: "Spotler-automations",
    });
  },
  async "columns have their lengths and labels"() {
    const read = (entityKey, name, kind) =>
      api.retrieveAttribute({
        entityKey,
        attributeKey: `LogicalName='${name}'`,
        castType: `Microsoft.Dynamics.CRM.${kind}AttributeMetadata`,
      });
    const fields = await read(job, "spotler_automationfields", "Memo");
    assert.equal(fields.MaxLength, 1_048_576);
    const runs = await read(job, "spotler_automationcontactid", "String");
    assert.equal(runs.MaxLength, 4000);
    const retry = await read(job, "spotler_retryon", "DateTime");
    assert.deepEqual([retry.Format, retry.DateTimeBehavior.Value], ["DateAndTime", "UserLocal"]);
    assert.deepEqual(words(retry.DisplayName), { 1033: "Retry On", 1043: "Volgende poging" });
    const sequence = await read(job, "spotler_sequence", "String");
    assert.equal(sequence.AutoNumberFormat, "{SEQNUM:10}");
    const template = await read(automation, "spotler_fieldtemplate", "Memo");
    assert.equal(template.MaxLength, 100_000);
  },
  async "choices and status reasons have their values, words and states"() {
    const operations = await options(job, "spotler_operation", "Picklist");
    assert.deepEqual(
      operations.map((one) => [one.Value, words(one.Label)]),
      [
        [724000000, { 1033: "Start Automation", 1043: "Automation starten" }],
        [724000001, { 1033: "Stop Automation", 1043: "Automation stoppen" }],
        [724000002, { 1033: "Refresh Automations", 1043: "Automations verversen" }],
        [724000003, { 1033: "Validate Automation", 1043: "Automation controleren" }],
      ],
    );
    const reasons = await options(job, "statuscode", "Status");
    const found = reasons.map((one) => [one.Value, one.State, words(one.Label)[1033]]);
    assert.deepEqual(
      found.sort(([a], [b]) => a - b),
      [
        [1, 0, "Queued"],
        [2, 1, "Cancelled"],
        [724000000, 0, "In progress"],
        [724000001, 0, "Waiting"],
        [724000002, 1, "Succeeded"],
        [724000003, 1, "Partly succeeded"],
        [724000004, 1, "Failed"],
        [724000005, 1, "Outcome unknown"],
      ],
    );
  },
  async "lookups lead to their tables and pass nothing on"() {
    const customer = await api.retrieveAttribute({
      entityKey: job,
      attributeKey: "LogicalName='spotler_customerid'",
      castType: "Microsoft.Dynamics.CRM.LookupAttributeMetadata",
      select: ["Targets"],
    });
    assert.deepEqual([...customer.Targets].sort(), ["account", "contact"]);
    const lead = await api.retrieveRelationship({
      key: "SchemaName='spotler_job_LeadId_lead'",
      castType: "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
    });
    assert.deepEqual(
      [lead.ReferencedEntity, lead.ReferencingEntity, lead.ReferencingAttribute],
      ["lead", "spotler_job", "spotler_leadid"],
    );
    assert.equal(lead.ReferencingEntityNavigationPropertyName, "spotler_LeadId");
    assert.deepEqual(
      [lead.CascadeConfiguration.Delete, lead.CascadeConfiguration.Assign],
      ["RemoveLink", "NoCascade"],
    );
  },
  async "the document of all types names what was installed"() {
    const document = await api.retrieveCsdlMetadata();
    assert.match(document, /EntityType Name="spotler_job"/);
    assert.match(document, /NavigationProperty Name="spotler_CustomerId_contact"/);
    assert.match(document, /EntitySet Name="spotler_automations"/);
  },
  async "a job gets its result"() {
    const refresh = await api.create({ collection: "spotler_jobs", data: { spotler_operation: REFRESH } });
    assert.equal((await ended(refresh)).spotler_resultcode, "OK");
    const list = await api.retrieveMultiple({
      collection: "spotler_automations",
      select: ["spotler_automationid", "spotler_fieldtemplate"],
      filter: `spotler_name eq '${INVOICE}' and statecode eq 0`,
    });
    assert.equal(list.value.length, 1);
    assert.match(list.value[0].spotler_fieldtemplate, /invoiceEmail=STRING/);
    const made = await api.create({
      collection: "spotler_jobs",
      data: {
        spotler_operation: START,
        "spotler_CustomerId_contact@odata.bind": `/contacts(${KIM})`,
        "spotler_AutomationId@odata.bind": `/spotler_automations(${list.value[0].spotler_automationid})`,
        spotler_automationfields: "invoiceEmail=kim@example.org",
      },
    });
    const row = await ended(made);
    assert.deepEqual([row.statuscode, row.spotler_resultcode], [SUCCEEDED, "OK"]);
    assert.ok(row.spotler_automationcontactid);
    const found = await api.retrieveMultiple({
      collection: "spotler_jobs",
      select: ["spotler_name", "statuscode"],
      filter: `statuscode eq ${SUCCEEDED} and _spotler_customerid_value eq ${KIM}`,
      expand: [
        { property: "spotler_AutomationId", select: ["spotler_name"] },
        { property: "spotler_CustomerId_contact", select: ["fullname"] },
      ],
      orderBy: ["createdon desc"],
      includeAnnotations: "*",
    });
    const mine = found.value.find((one) => one.spotler_jobid === made);
    assert.equal(mine.statuscode_Formatted, "Succeeded");
    assert.equal(mine.spotler_AutomationId.spotler_name, INVOICE);
    assert.equal(mine.spotler_CustomerId_contact.fullname, "Kim Jansen");
  },
});
