// What does the platform itself say on a form, in the languages of the sandbox?

const ENGLISH = {
  required: "Required",
  recommended: "Recommended",
  missing: (label) => `${label} must be filled in.`,
  new: (name) => `New ${name}`,
  save: "Save",
  clear: "Clear",
  another: "New",
  saving: "Saving …",
  saved: (what) => `Saved: ${what}. The list shows what becomes of it.`,
  notSaved: (why) => `Not saved. ${why}`,
  lookAbove: "Look at what is marked.",
  gone: "The job is no longer there.",
  script: (why) => `A script of this form failed: ${why}`,
};

const DUTCH = {
  required: "Verplicht",
  recommended: "Aanbevolen",
  missing: (label) => `${label} moet worden ingevuld.`,
  new: (name) => `Nieuwe ${name}`,
  save: "Opslaan",
  clear: "Leegmaken",
  another: "Nieuw",
  saving: "Bezig met opslaan …",
  saved: (what) => `Opgeslagen: ${what}. De lijst laat zien wat ervan komt.`,
  notSaved: (why) => `Niet opgeslagen. ${why}`,
  lookAbove: "Kijk naar wat gemarkeerd is.",
  gone: "De job is er niet meer.",
  script: (why) => `Een script van dit formulier is mislukt: ${why}`,
};

export const wordsIn = (language) => (language === 1043 ? DUTCH : ENGLISH);
