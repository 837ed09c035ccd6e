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
 * @param {any} found as `criteria report --try` has it
 * @returns {HTMLElement}
 */
export function foresight(found) {
  const row = found.criteria?.[0] ?? found;
  const { waiting } = found;
  const messages = row.messages === 1 ? "message" : "messages";

  return h("div", null,
    h("div", { class: "foresight" },
      figure("", row.messages, `${messages} of 30 days match`),
      figure(row.delivered ? "good" : "", row.delivered, "were delivered"),
      row.deferred > 0 && figure("weak", row.deferred, "were deferred"),
      row.bounced > 0 && figure("bad", row.bounced, "bounced"),
      figure(row.would_bounce ? "bad" : "", row.would_bounce, "SECURE would have bounced", ...names(found.domains ?? [])),
      row.not_known > 0 && figure("weak", row.not_known, "had the service off: what SECURE would have done is not known"),
      waiting && figure("", waiting.messages, waiting.messages === 1 ? "waits in the queue" : "wait in the queue",
        waiting.would_bounce > 0 && `; SECURE would bounce ${number(waiting.would_bounce)}`)));
}
