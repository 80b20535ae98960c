// What of Xrm do scripts find here, and how do a form's libraries get onto the page?

import { API, ask } from "/page/api.js";
import { h } from "/page/dom.js";
import { confirm } from "/page/xrm/dialog.js";
import { documented, refuse } from "/page/xrm/documented.js";

const LABELS = 'odata.include-annotations="*"';

// Gives scripts an Xrm for the tables of `definition`; `language` tells the user's language at any time.
export function provideXrm(definition, language) {
  globalThis.Xrm = documented("Xrm", {
    WebApi: documented("Xrm.WebApi", {
      retrieveRecord: (table, id, options = "") => retrieveRecord(definition, table, id, options),
    }),
    Navigation: documented("Xrm.Navigation", {
      openConfirmDialog: (strings, options) => {
        if (!strings?.text) refuse("Xrm.Navigation.openConfirmDialog", "text is missing.");
        if (options) refuse("Xrm.Navigation.openConfirmDialog", "options are not provided by this page.");
        return confirm(strings);
      },
    }),
    Utility: documented("Xrm.Utility", {
      getGlobalContext: () =>
        documented("globalContext", {
          userSettings: documented("globalContext.userSettings", {
            get languageId() {
              return language();
            },
          }),
        }),
    }),
  });
}

async function retrieveRecord(definition, table, id, options) {
  const { set } = definition.tables.get(table) ?? refuse("Xrm.WebApi.retrieveRecord", `there is no table ${table}.`);
  return ask("dataverse", `${API}${set}(${id.replace(/[{}]/g, "")})${encodeURI(options)}`, { headers: { Prefer: LABELS }, quiet: true });
}

const loaded = new Map();

// Loads the published web resource `name` as a classic script, once.
export function loadLibrary(name) {
  if (!loaded.has(name)) {
    loaded.set(
      name,
      new Promise((resolve, reject) => {
        const script = h("script", {
          src: `/proxy/dataverse/WebResources/${name}`,
          onload: resolve,
          onerror: () => {
            script.remove();
            loaded.delete(name);
            reject(new Error(`The form's script ${name} is not published.`));
          },
        });
        document.head.append(script);
      }),
    );
  }
  return loaded.get(name);
}
