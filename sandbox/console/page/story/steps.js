// What does the manual's page "Trigger Automations" say, and how does each sentence look when it is done here?
//
// A step: `title`; `says`, a sentence of the manual; `ahead`, what is going to happen; `act`, which does it on the
// `stage`; `done`, what can be seen afterwards; `looks`, where: [{word, at}] with a selector for what is pointed at.
// What steps make is kept in `made` by name: {job, run}.

import { Operation } from "/page/names.js";

const INVOICE = "🚀 Invoice";
const JOURNEY = "🚀 New Customer Journey";
const WELCOME = "🚀 Welcome";
const BLACK_FRIDAY = "📢 Black Friday";

const KIMS = "invoiceEmail=kim@example.org;invoiceCode=;invoiceVatNumber=NL123456";
const SAMS = "invoiceEmail=sam@example.org\ninvoiceCode=\ninvoiceVatNumber=NL123456";
const PRODUCTS = "crosssell={123,567,891};brochure=https://example.org/brochure.pdf";

const column = (name) => `#form [data-control="${name}"]`;
const row = (made) => ({ word: "the job", at: `[data-job="${made.job}"]` });
const run = (made, word = "the run") => ({ word, at: `[data-run="${made.run}"]` });
const trigger = (name, word = "the count") => ({ word, at: `[data-trigger="${name}"]` });

const START_INVOICE = { spotler_operation: Operation.START, spotler_customerid: "Kim Jansen", spotler_automationid: INVOICE };

export const STEPS = [
  {
    title: "An automation with an External Trigger",
    says: "An Automation needs to be created in Spotler. Add an External Trigger and give it a good label (this label will be visible in Dynamics 365).",
    ahead: "You will be shown the automations and campaigns of this Spotler. Nothing is changed.",
    act: async () => {},
    done: "Invoice is published, so it can be started from Dynamics 365. Draft Journey is not published yet: it will not be offered.",
    looks: () => [trigger("Invoice", "Invoice"), trigger("Draft Journey", "Draft Journey")],
  },
  {
    title: "Refresh the list of automations",
    says: "Twice a day, Automations will be synchronized to Dynamics 365. You can also refresh this yourself by creating a Spotler Job with the operation Refresh Automations.",
    ahead: "The operation Refresh Automations is chosen in the form, and the job is saved.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.REFRESH });
      stage.made.refresh = await stage.save();
      await stage.offered(INVOICE);
    },
    done: "The job succeeded, and its message tells what the list has now.",
    looks: ({ refresh }) => [row(refresh)],
  },
  {
    title: "A job that starts an automation",
    says: "To start an Automation from Dynamics 365, we create a Spotler Job with the operation Start Automation.",
    ahead: "A new job is opened, and its operation becomes Start Automation.",
    act: (stage) => stage.fill({ spotler_operation: Operation.START }),
    done: "The form's script now shows what a start needs, and marks with * what must be filled in.",
    looks: () => [{ word: "the operation", at: column("spotler_operation") }],
  },
  {
    title: "Whom it is for",
    says: "Select the Customer (=Account/Contact) or a Lead for which you want to start the Automation.",
    ahead: "Kim Jansen, a contact, is chosen as the customer.",
    act: (stage) => stage.fill({ spotler_operation: Operation.START, spotler_customerid: "Kim Jansen" }),
    done: "A job is for a customer or for a lead: choosing the one would take the other out.",
    looks: () => [{ word: "the customer", at: column("spotler_customerid") }],
  },
  {
    title: "Which automation",
    says: "When we create a Spotler Job in Dynamics 365 and select the operation Start Automation, the Automation Fields will be prepopulated with all the possible fields and the expected type of the value (STRING, URL or PRODUCTLIST).",
    ahead: "Invoice is chosen. Watch Automation Fields: the form's script fills them in.",
    act: (stage) => stage.fill(START_INVOICE),
    done: "Every field of Invoice stands there, with its type in the place of a value.",
    looks: () => [
      { word: "the fields", at: column("spotler_automationfields") },
      { word: "the automation", at: column("spotler_automationid") },
    ],
  },
  {
    title: "Values in place of the types",
    says: "We need to replace the type hint with the actual data we want to pass to the Automation. Leave it blank or remove the Automation Field, if you don't want to pass a value.",
    ahead: "The types are replaced by an address and a VAT number; invoiceCode is left blank.",
    act: (stage) => stage.fill({ ...START_INVOICE, spotler_automationfields: KIMS }),
    done: "A type that nobody replaced would be refused when the job is saved.",
    looks: () => [{ word: "the fields", at: column("spotler_automationfields") }],
  },
  {
    title: "Save",
    says: "Now press Save to create the Spotler Job. This will trigger the Automation to start.",
    ahead: "The job is saved. Dataverse tells the app, a message goes through spotler-jobs, and the app calls Spotler.",
    act: async (stage) => {
      await stage.fill({ ...START_INVOICE, spotler_automationfields: KIMS });
      stage.made.kim = await stage.save();
      await stage.seen(run(stage.made.kim).at);
    },
    done: "The job in Dynamics 365 has succeeded, and the run it started is there at Spotler.",
    looks: ({ kim }) => [run(kim), row(kim)],
  },
  {
    title: "The result on the job",
    says: "When the Automation has been triggered, the Spotler Job will be updated with the result. When successful the Result Code will be OK and AutomationContactId will have a value.",
    ahead: "You will be shown the result that came back. Nothing is changed.",
    act: async () => {},
    done: "Result Code OK, and the AutomationContactId that names this one run.",
    looks: ({ kim }) => [{ word: "the result", at: `[data-job="${kim.job}"] .result` }],
  },
  {
    title: "How often it was triggered",
    says: "In Spotler, under Automation > Publisher, you can see then number of the times the published Automation is triggered.",
    ahead: "You will be shown the count at Spotler. Nothing is changed.",
    act: async () => {},
    done: "The count of Invoice includes the run just started.",
    looks: () => [trigger("Invoice")],
  },
  {
    title: "The post in the Timeline",
    says: "Successful started Automations are also shown as post in the Timeline of the Contact, Lead or Account.",
    ahead: "Kim Jansen's Timeline is opened.",
    act: async (stage) => {
      stage.timelineOf("Kim Jansen");
      stage.made.post = await stage.post(INVOICE);
    },
    done: "The post tells what was started, and which run it is.",
    looks: ({ post }) => [{ word: "the post", at: `[data-entry="${post}"]` }],
  },
  {
    title: "The mail with data from Dynamics 365",
    says: "It is possible to personalize messages that are sent by Automations with data from Dynamics 365.",
    ahead: "The mail that this run would send is opened.",
    act: async (stage) => {
      const mail = await stage.seen(`[data-run="${stage.made.kim.run}"] details`);
      mail.open = true;
    },
    done: "The address and the VAT number that the job passed on stand in the mail; the field left blank is blank.",
    looks: ({ kim }) => [{ word: "the mail", at: `[data-run="${kim.run}"] details` }],
  },
  {
    title: "A list of products, for an account",
    says: "When the type hint is a PRODUCTLIST, we can add more than one value to the Automation Field. They need to be placed in curly brackets, separated by commas.",
    ahead: "New Customer Journey is started for the account Fabrikam, with three products and an address.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.START, spotler_customerid: "Fabrikam", spotler_automationid: JOURNEY, spotler_automationfields: PRODUCTS });
      stage.made.fabrikam = await stage.save();
      const mail = await stage.seen(`[data-run="${stage.made.fabrikam.run}"] details`);
      mail.open = true;
    },
    done: "All three products reached the mail.",
    looks: ({ fabrikam }) => [run(fabrikam), row(fabrikam)],
  },
  {
    title: "Stop an automation for somebody",
    says: "We select the Customer or Lead and the Automation we want to stop. Press Save to create the Spotler Job. This will trigger the Automation to stop. This will stop all the running automation's for this specific Automation and Contact.",
    ahead: "A job with the operation Stop Automation is saved for Fabrikam and New Customer Journey.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.STOP, spotler_customerid: "Fabrikam", spotler_automationid: JOURNEY });
      stage.made.stopped = await stage.save();
      await stage.stopped(stage.made.fabrikam.run);
    },
    done: "Fabrikam's run has stopped at Spotler.",
    looks: ({ fabrikam, stopped }) => [run(fabrikam), row(stopped)],
  },
  {
    title: "For a lead",
    says: "Select the desired Automation you want to trigger. Keep in mind that the list contains both Automations (🚀) and Campaigns (📢)!",
    ahead: "Welcome, an automation without fields, is started for the lead Robin Smit.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.START, spotler_leadid: "Robin Smit", spotler_automationid: WELCOME });
      stage.made.robin = await stage.save();
      await stage.seen(run(stage.made.robin).at);
    },
    done: "Robin is welcomed.",
    looks: ({ robin }) => [run(robin), row(robin)],
  },
  {
    title: "Stop one run",
    says: "If you only want to stop a specific run, you can use the AutomationContactId. The AutomationContactId is stored in the Spotler Job that triggered the Automation to start. No other parameters are needed, except for the AutomationContactId.",
    ahead: "A job with the operation Stop Automation and the AutomationContactId of Robin's run is saved.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.STOP, spotler_automationcontactid: stage.made.robin.run });
      stage.made.one = await stage.save();
      await stage.stopped(stage.made.robin.run);
    },
    done: "Just that run has stopped.",
    looks: ({ robin, one }) => [run(robin), row(one)],
  },
  {
    title: "Fields on lines of their own",
    says: "The fields are separated with semicolons and/or Enters.",
    ahead: "Invoice is started for Sam de Vries, with every field on a line of its own.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.START, spotler_customerid: "Sam de Vries", spotler_automationid: INVOICE, spotler_automationfields: SAMS });
      stage.made.sam = await stage.save();
      await stage.seen(run(stage.made.sam).at);
    },
    done: "It comes to the same as on one line.",
    looks: ({ sam }) => [run(sam), row(sam)],
  },
  {
    title: "Stop several runs at once",
    says: "You can specify multiple AutomationContactId's by separating them with a comma.",
    ahead: "One job stops the two runs of Invoice: Kim's and Sam's.",
    act: async (stage) => {
      const { kim, sam } = stage.made;
      await stage.fill({ spotler_operation: Operation.STOP, spotler_automationcontactid: `${kim.run},${sam.run}` });
      stage.made.several = await stage.save();
      await stage.stopped(kim.run);
      await stage.stopped(sam.run);
    },
    done: "Both have stopped; the job's message has a line for each.",
    looks: ({ sam, kim, several }) => [row(several), run(sam, "Sam's run"), run(kim, "Kim's run")],
  },
  {
    title: "A campaign",
    says: "To start a Campaign from Dynamics 365, we create a Spotler Job with the operation Start Automation.",
    ahead: "The campaign Black Friday is started for Sam de Vries, with the same operation.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.START, spotler_customerid: "Sam de Vries", spotler_automationid: BLACK_FRIDAY });
      stage.made.campaign = await stage.save();
      stage.made.campaign.run = await stage.newestRun("Black Friday");
    },
    done: "Sam takes part. Spotler gives no AutomationContactId for campaigns.",
    looks: ({ campaign }) => [run(campaign), row(campaign)],
  },
  {
    title: "Stop a campaign",
    says: "We can stop Campaign the same way we started a Campaign, by creating a Spotler Job. Create a Spotler Job with the operation Stop Automation.",
    ahead: "A job stops Black Friday for Sam de Vries.",
    act: async (stage) => {
      await stage.fill({ spotler_operation: Operation.STOP, spotler_customerid: "Sam de Vries", spotler_automationid: BLACK_FRIDAY });
      stage.made.campaignStopped = await stage.save();
      await stage.stopped(stage.made.campaign.run);
    },
    done: "Sam's part in it has ended. That was the whole page.",
    looks: ({ campaign, campaignStopped }) => [run(campaign), row(campaignStopped)],
  },
];
