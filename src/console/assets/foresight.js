/**
 * What a line would have done, in numbers of messages and names of domains.
 */
import { write } from "./address.js";
import { h } from "./dom.js";
import { count, number } from "./words.js";

/** Names of domains that stand in one sentence; the rest is counted. */
const NAMED = 4;

/** @param {any[]} domains */
function names(domains) {
  const bad = domains.filter((row) => row.would_bounce > 0).sort((a, b) => b.would_bounce - a.would_bounce);
  const links = bad.slice(0, NAMED).flatMap((row, i) => [i > 0 && ", ", h("a", { href: write("domain", [row.domain]) }, row.domain)]);

  return bad.length === 0 ? [] : [": ", ...links, bad.length > NAMED && ` and ${count(bad.length - NAMED, "other")}`];
}

/**
 * @param {string} look
 * @param {number} n
 * @param {...import("./dom.js").Part} words
 */
function figure(look, n, ...words) {
  return h("div", { class: look || null }, h("strong", null, number(n)), ...words);
}

/**
 * What it does to mail that waits; of a long queue the beginning was looked at.
 * @param {any} w
 */
function waits(w) {
  if (!w)
    return h("p", { class: "note" }, "What it does to mail that waits is not known: the daemon is not there.");
  const part = w.more ? `Of the first ${number(w.looked)} that wait` : w.headers ? `Of ${count(w.looked, "message")} that wait` : "";

  return h("div", null,
    h("div", { class: "foresight" },
      figure("", w.messages, w.messages === 1 ? "waits in the queue" : "wait in the queue"),
      w.requested > 0 && figure("", w.requested, "would get the service"),
      w.required > 0 && figure("", w.required, "would be held to SECURE"),
      w.messages > 0 && figure(w.would_bounce ? "bad" : "", w.would_bounce, "SECURE would bounce", ...names(w.domains ?? [])),
      w.not_known > 0 && figure("weak", w.not_known, "go to domains of which nothing is known yet")),
    part && h("p", { class: "note" }, w.headers ? `${part}; the header of ${number(w.headers)} was read.` : `${part}.`));
}

/**
 * What it would have done to recorded mail.
 * @param {any} found
 */
function recorded(found) {
  const row = found.criteria?.[0];

  if (!row)
    return h("p", { class: "note" }, `What it would have done is not known: ${found.note}`);
  return h("div", { class: "foresight" },
    figure("", row.messages, row.messages === 1 ? "message of 30 days matches" : "messages of 30 days match"),
    figure(row.delivered ? "good" : "", row.delivered, "were delivered"),
    row.deferred > 0 && figure("weak", row.deferred, "were deferred"),
    row.bounced > 0 && figure("bad", row.bounced, "bounced"),
    figure(row.would_bounce ? "bad" : "", row.would_bounce, "SECURE would have bounced", ...names(found.domains ?? [])),
    row.not_known > 0 && figure("weak", row.not_known, "had the service off: what SECURE would have done is not known"));
}

/**
 * @param {any} found as `POST /api/criteria/try` has it
 * @returns {HTMLElement}
 */
export function foresight(found) {
  return h("div", null, recorded(found), waits(found.waiting));
}
