/**
 * Domain: how mail gets there, which step is not signed, and what each level would do.
 */
import { get } from "./api.js";
import { go, write } from "./address.js";
import { field, h, table } from "./dom.js";
import { fill, head, panel } from "./place.js";
import { configured, draw, errors, list, outcome, tree, verdict } from "./route.js";
import { tag } from "./words.js";

/** @typedef {import("./address.js").Where} Where */

const LEVELS = [["off", "off"], ["requested", "requested"], ["required", "required"], ["dane", "SECURE DANE"]];

/** @param {any} route */
function answers(route) {
  return [route.mx, ...(route.hosts ?? []).flatMap((/** @type {any} */ x) => [x.a, x.aaaa, x.cname, ...(x.tlsa ?? [])])]
    .filter(Boolean);
}

/** @param {any} answer */
function answerRow(answer) {
  return [h("code", null, answer.name_unicode || answer.name), answer.type, tag(answer.status), outcome(answer),
    h("span", null, `${answer.server} (${answer.channel}), ${answer.trusted ? "trusted" : "not trusted"}: ${answer.trust_reason}`),
    errors(answer), answer.cached ? "cache" : `${(answer.elapsed_us / 1000).toFixed(1)} ms`];
}

/** @param {any} found */
function answerTable(found) {
  const rows = answers(found.route).map(answerRow);

  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "What was asked" },
    table("What was asked, in this order", [{ name: "Name" }, { name: "Type", bare: true }, { name: "Status", bare: true },
      { name: "Answer" }, { name: "Server" }, { name: "Extended error" }, { name: "Time", n: true }], rows, { class: "cards" }));
}

/** @param {any} found */
function shown(found) {
  const root = tree(found.route, found.domain);
  const rows = LEVELS.filter(([key]) => found.services[key])
    .map(([key, word]) => [tag(word), verdict(found.services[key])]);

  return [
    panel(`Route to ${found.domain}`, ...configured(found), draw(root), list(root)),
    panel("What each level would do", table("For a message to this domain", [{ name: "Service", bare: true }, { name: "Outcome" }], rows, { class: "cards" })),
    panel("Answers", answerTable(found)),
  ];
}

/**
 * @param {Element} place
 * @param {Where} where
 * @param {AbortSignal} signal
 */
export function show(place, where, signal) {
  const domain = where.path[0] ?? "";
  const input = h("input", { id: "domain", name: "domain", value: domain, class: "mono", spellcheck: "false", autocapitalize: "none", autocomplete: "off", "data-search": true });
  const below = h("div", null);
  const look = (/** @type {Event} */ event) => {
    event.preventDefault();
    const name = input.value.trim().replace(/^.*@/, "");
    if (name && name === domain)
      load();
    else if (name)
      go(write("domain", [name]));
  };
  const load = () => fill(below, signal, async () => shown(await get("/api/route", { domain }, signal)));

  place.append(...head(domain ? `Domain ${domain}` : "Domain", "How mail gets to a domain, which step is not signed, and what each level of the service would do with it. Nothing is sent."),
    h("form", { class: "fields unprinted", onsubmit: look },
      field("Domain", input, { long: true }), h("button", { class: "main" }, "Look"),
      h("button", { type: "button", onclick: () => print() }, "Print")), below);
  if (domain)
    load();
  else
    below.append(h("p", { class: "note" }, "A name as it stands behind the @ of an address: bank.example. A whole address will do, too."));
}
