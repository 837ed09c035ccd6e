/**
 * Try a message: what `explain` says of it.  Nothing is sent.
 */
import { ask } from "./api.js";
import { field, h } from "./dom.js";
import { failure, panel } from "./place.js";
import { configured, draw, list, tree, verdict } from "./route.js";
import { tag } from "./words.js";

/** @param {any} match */
function matchItem(match) {
  return h("li", null, h("code", null, match.line), `, ${match.file}:${match.line_number}`, match.decides && ": it decides");
}

/** @param {any} to a recipient as `explain` has it */
function recipient(to) {
  const by = to.criterion ? [" by ", h("code", null, to.criterion)] : [": no criterion matches"];

  return h("section", null,
    h("h3", null, h("code", null, to.to)),
    h("p", null, "DNSSEC service ", tag(to.service), ...by),
    ...configured(to),
    to.matches?.length > 1 && h("details", null, h("summary", null, `${to.matches.length} criteria match`),
      h("ul", null, ...to.matches.map(matchItem))),
    to.action && verdict(to),
    to.observed && h("div", null, h("p", null, tag("OBSERVE"), " SECURE would have it so:"), verdict(to.observed)),
    to.route && draw(tree(to.route, to.to)), to.route && list(tree(to.route, to.to)));
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {DragEvent} event
 */
async function drop(area, event) {
  const file = event.dataTransfer?.files[0];

  if (!file)
    return;                                // text: the browser puts it in
  event.preventDefault();
  area.value = await file.text();
}

/**
 * Addresses as people write them: after commas, semicolons or white space.
 * @param {string} text
 */
function addresses(text) {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/**
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function tryMessage(signal) {
  const message = h("textarea", { class: "mono", spellcheck: "false", placeholder: "From: ann@sender.example\nTo: bob@bank.example\nSubject: October payroll\n\n..." });
  const from = h("input", { type: "text", class: "mono", spellcheck: "false", autocapitalize: "none", autocomplete: "off" });
  const to = h("input", { type: "text", class: "mono", spellcheck: "false", autocapitalize: "none", autocomplete: "off" });
  const answer = h("div", { "aria-live": "polite" }, h("p", { class: "note" }, "The criterion that matches, the service, the route and the outcome, for each recipient."));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    answer.setAttribute("aria-busy", "true");
    try {
      const json = { message: message.value, from: from.value.trim(), to: addresses(to.value) };
      const { value } = await ask("/api/explain", { method: "POST", json, signal });
      answer.replaceChildren(...value.recipients.map(recipient));
    } catch (error) {
      if (!signal.aborted)
        answer.replaceChildren(failure(error));
    }
    answer.removeAttribute("aria-busy");
  };

  message.addEventListener("drop", (event) => drop(message, event));
  return h("div", { class: "two" },
    panel("Try a message", h("p", { class: "note" }, "Paste one, or drop its file here. Nothing is sent."),
      h("form", { onsubmit: submit }, field("Message", message),
        h("div", { class: "fields" }, field("Sender", from, { long: true }), field("Recipients", to, { long: true }),
          h("button", { class: "main" }, "Try")))),
    panel("What would become of it", answer));
}
