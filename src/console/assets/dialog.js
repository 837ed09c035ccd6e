/**
 * Dialogs are <dialog>: Escape closes them, and the focus goes back to where it was.
 */
import { h } from "./dom.js";

/** @typedef {import("./dom.js").Part} Part */

let made = 0;

/**
 * @param {string} title
 * @param {Part[]} parts
 * @param {HTMLButtonElement[]} buttons the first one has the focus
 * @returns {HTMLDialogElement}
 */
function open(title, parts, buttons) {
  const id = `dialog-${++made}`;
  const dialog = h("dialog", { "aria-labelledby": id },
    h("h2", { id }, title), ...parts, h("div", { class: "actions" }, ...buttons));

  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  buttons[0].focus();
  return dialog;
}

/**
 * Asks before something that cannot be taken back.
 * @param {string} action the button's name
 * @param {string} question
 * @param {...Part} parts what it will do
 * @returns {Promise<boolean>}
 */
export function confirm(action, question, ...parts) {
  return new Promise((resolve) => {
    let yes = false;
    const cancel = h("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    const act = h("button", {
      type: "button", class: "main",
      onclick: () => {
        yes = true;
        dialog.close();
      },
    }, action);
    const dialog = open(question, parts, [cancel, act]);

    dialog.addEventListener("close", () => resolve(yes));
  });
}

/**
 * Says something, until it is closed.
 * @param {string} title
 * @param {...Part} parts
 */
export function tell(title, ...parts) {
  const close = h("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = open(title, parts, [close]);
}

const KEYS = [
  ["/", "search: the first field of the screen"],
  ["?", "this list"],
  ["1 to 6", "the screens, in their order"],
  ["Escape", "closes a dialog, or the form that is open"],
  ["Tab", "goes on; with Shift back"],
];

export function showKeys() {
  if (document.querySelector("dialog[open]"))
    return;
  const rows = KEYS.map(([key, what]) => h("tr", null,
    h("th", { scope: "row" }, h("kbd", null, key)), h("td", null, what)));
  tell("Keys", h("table", { "aria-label": "Keys" }, h("tbody", null, ...rows)));
}
