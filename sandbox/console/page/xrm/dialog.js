// How is a person asked for a yes or a no?

import { h } from "/page/dom.js";

let count = 0;

// Opens a dialog over the page; resolves to {confirmed} once it is closed, however that is done.
export function confirm({ title, subtitle, text, confirmButtonLabel = "OK", cancelButtonLabel = "Cancel" }) {
  count += 1;
  const [titleId, textId] = [`dialog-title-${count}`, `dialog-text-${count}`];
  const close = (answer) => () => dialog.close(answer);
  const no = h("button", { type: "button", onclick: close("no") }, cancelButtonLabel);
  const dialog = h(
    "dialog",
    { class: "confirm", "aria-labelledby": title ? titleId : textId, "aria-describedby": textId },
    title ? h("h2", { id: titleId }, title) : null,
    subtitle ? h("p", { class: "muted" }, subtitle) : null,
    h("p", { id: textId }, text),
    h("div", { class: "actions" }, h("button", { type: "button", class: "primary", onclick: close("yes") }, confirmButtonLabel), no),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve({ confirmed: dialog.returnValue === "yes" });
    });
    dialog.showModal();
    // What changes nothing is what Enter does.
    no.focus();
  });
}
