// Does a client written for the real service find its way around the sandbox's Dataverse?

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { api, judge, refused } from "./judging.mjs";

const KIM = "22222222-0000-4000-8000-000000000001";
const START = 724000000;

const job = (more = {}) => ({
  spotler_operation: START,
  "spotler_CustomerId_contact@odata.bind": `/contacts(${KIM})`,
  ...more,
});

await judge({
  async "who am I"() {
    const told = await api.callFunction({ functionName: "WhoAmI" });
    assert.match(told.UserId, /^[0-9a-f-]{36}$/);
  },
  async "create gives the new id"() {
    const id = await api.create({ collection: "spotler_jobs", data: job() });
    assert.match(id, /^[0-9a-f-]{36}$/);
    const row = await api.retrieve({ collection: "spotler_jobs", key: id, select: ["statuscode"] });
    assert.equal(row.statuscode, 1);
  },
  async "create with representation, lookup expanded"() {
    const row = await api.create({
      collection: "spotler_jobs",
      data: job({ spotler_name: "Start" }),
      returnRepresentation: true,
      select: ["spotler_name", "_spotler_customerid_value"],
      expand: [{ property: "spotler_CustomerId_contact", select: ["fullname"] }],
    });
    assert.equal(row.spotler_name, "Start");
    assert.equal(row._spotler_customerid_value, KIM);
    assert.equal(row.spotler_CustomerId_contact.fullname, "Kim Jansen");
    assert.match(row["@odata.etag"], /^W\/"\d+"$/);
  },
  async "an etag guards one PATCH and one DELETE"() {
    const made = await api.create({ collection: "spotler_jobs", data: job(), returnRepresentation: true });
    const key = made.spotler_jobid;
    const claim = (ifmatch) =>
      api.update({
        collection: "spotler_jobs",
        key,
        data: { statecode: 0, statuscode: 724000000 },
        ifmatch,
        returnRepresentation: true,
      });
    const claimed = await claim(made["@odata.etag"]);
    assert.equal(claimed.statuscode, 724000000);
    await refused(412, "0x80060882", () => claim(made["@odata.etag"]));
    await refused(412, "0x80060882", () =>
      api.deleteRecord({ collection: "spotler_jobs", key, ifmatch: made["@odata.etag"] }),
    );
    await api.deleteRecord({ collection: "spotler_jobs", key, ifmatch: claimed["@odata.etag"] });
    await refused(404, "0x80040217", () => api.retrieve({ collection: "spotler_jobs", key }));
    // The client's update sends If-Match: * and so makes no row.
    await refused(404, "0x80040217", () => api.update({ collection: "spotler_jobs", key, data: {} }));
  },
  async "upsert by alternate key makes a row, then changes it"() {
    const key = "spotler_key='a1b2'";
    const upsert = (spotler_name, more = {}) =>
      api.upsert({ collection: "spotler_automations", key, data: { spotler_name }, ...more });
    await upsert("🚀 One");
    const row = await upsert("🚀 Two", { returnRepresentation: true });
    assert.deepEqual([row.spotler_key, row.spotler_name], ["a1b2", "🚀 Two"]);
    await refused(412, "0x80040237", () => upsert("🚀 Three", { ifnonematch: "*" }));
    const [only] = (await api.retrieveMultiple({ collection: "spotler_automations" })).value;
    assert.equal(only.spotler_name, "🚀 Two");
    await refused(412, "0x80060892", () =>
      api.create({ collection: "spotler_automations", data: { spotler_key: "a1b2" } }),
    );
  },
  async "annotations, order and pages"() {
    const page = await api.retrieveMultiple({
      collection: "contacts",
      select: ["fullname", "_parentcustomerid_value", "donotemail"],
      filter: "statecode eq 0",
      orderBy: ["lastname desc"],
      maxPageSize: 3,
      count: true,
      includeAnnotations: "*",
    });
    assert.equal(page.oDataCount, 4);
    assert.equal(page.value.length, 3);
    const sam = page.value.find((row) => row.fullname === "Sam de Vries");
    assert.equal(sam._parentcustomerid_value_Formatted, "Contoso");
    assert.equal(sam._parentcustomerid_value_LogicalName, "account");
    assert.equal(sam._parentcustomerid_value_NavigationProperty, "parentcustomerid_account");
    assert.equal(sam.donotemail_Formatted, "Allow");
    const all = await api.retrieveAll({ collection: "contacts", select: ["fullname"], orderBy: ["fullname"] });
    assert.deepEqual(
      all.value.map((row) => row.fullname),
      ["Kim Jansen", "Lot Visser", "Noor Bakker", "Sam de Vries"],
    );
    const next = await api.retrieveMultiple({ collection: "contacts", maxPageSize: 3 }, page.oDataNextLink);
    assert.equal(next.value.length, 1);
    assert.equal(await api.count({ collection: "contacts", filter: "startswith(lastname,'J')" }), 1);
  },
  async "a changeset with references, and reads, in one batch"() {
    api.startBatch();
    api.create({ collection: "spotler_automations", data: { spotler_key: "c3" }, contentId: "1" });
    api.create({
      collection: "spotler_jobs",
      data: { spotler_operation: START, "spotler_AutomationId@odata.bind": "$1" },
      contentId: "2",
    });
    const made = await api.executeBatch();
    assert.equal(made.length, 2);
    const job = await api.retrieve({
      collection: "spotler_jobs",
      key: made[1],
      expand: [{ property: "spotler_AutomationId", select: ["spotler_key"] }],
    });
    assert.equal(job.spotler_AutomationId.spotler_key, "c3");
    api.startBatch();
    api.retrieve({ collection: "contacts", key: KIM, select: ["fullname"], inChangeSet: false });
    api.retrieveMultiple({ collection: "leads", select: ["fullname"], inChangeSet: false });
    api.update({ collection: "contacts", key: KIM, data: { jobtitle: "Buyer" }, inChangeSet: false });
    const [kim, leads] = await api.executeBatch();
    assert.equal(kim.fullname, "Kim Jansen");
    assert.equal(leads.value.length, 2);
  },
  async "a changeset with a failure changes nothing"() {
    api.startBatch();
    api.create({ collection: "spotler_automations", data: { spotler_key: "d4" }, contentId: "1" });
    api.update({ collection: "contacts", key: randomUUID(), data: { jobtitle: "Nobody" }, contentId: "2" });
    await assert.rejects(api.executeBatch());
    await refused(404, "0x80060891", () =>
      api.retrieve({ collection: "spotler_automations", key: "spotler_key='d4'" }),
    );
  },
  async "with continueOnError every part has its own end"() {
    api.startBatch();
    api.retrieve({ collection: "contacts", key: randomUUID(), inChangeSet: false });
    api.retrieve({ collection: "contacts", key: KIM, select: ["fullname"], inChangeSet: false });
    const [failed, kim] = await api.executeBatch({ continueOnError: true });
    assert.equal(failed.status, 404);
    assert.equal(kim.fullname, "Kim Jansen");
  },
  async "single columns"() {
    await api.updateSingleProperty({ collection: "contacts", key: KIM, fieldValuePair: { jobtitle: "Director" } });
    const read = () => api.retrieve({ collection: "contacts", key: KIM, select: ["jobtitle"] });
    assert.equal((await read()).jobtitle, "Director");
    await api.deleteRecord({ collection: "contacts", key: KIM, property: "jobtitle" });
    assert.equal((await read()).jobtitle, null);
  },
  async "the metadata of a table"() {
    const table = await api.retrieveEntity({ key: "LogicalName='spotler_job'", select: ["EntitySetName", "LogicalName"] });
    assert.equal(table.EntitySetName, "spotler_jobs");
    const tables = await api.retrieveEntities({ select: ["LogicalName"], filter: "IsCustomEntity eq true" });
    assert.equal(tables.value.length, 2);
    const columns = await api.retrieveAttributes({ entityKey: "LogicalName='spotler_job'", select: ["LogicalName"] });
    assert.ok(columns.value.some((column) => column.LogicalName === "spotler_automationcontactid"));
    const choice = await api.retrieveAttribute({
      entityKey: "LogicalName='spotler_job'",
      attributeKey: "LogicalName='spotler_operation'",
      castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
      select: ["LogicalName"],
      expand: [{ property: "OptionSet", select: ["Options"] }],
    });
    const values = choice.OptionSet.Options.map((option) => option.Value);
    assert.deepEqual(values, [724000000, 724000001, 724000002, 724000003]);
    const metadata = await api.retrieveCsdlMetadata();
    assert.match(metadata, /EntityType Name="spotler_job"/);
  },
});
