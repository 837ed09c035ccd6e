/**
 * Resolvers: whom Signpost believes, why, and when that was last tested.
 */
import { get } from "./api.js";
import { h, table } from "./dom.js";
import { every, fill, head, panel, refill } from "./place.js";
import { number, tag, time } from "./words.js";

/** @typedef {import("./address.js").Where} Where */

/** @param {any} server */
export function answering(server) {
  if (server.answering === null || server.answering === undefined)
    return "not asked yet";
  if (server.answering)
    return "answering";
  return server.answers ? "not answering" : "has never answered";
}

/**
 * What the probe found, and when.
 * @param {any} server
 */
function probed(server) {
  const at = server.probe_time && h("span", null, "probed at ", time(server.probe_time, "clock"));

  return h("div", null, tag(server.probe), server.probe_reason && h("div", { class: "note" }, server.probe_reason),
    h("div", { class: "note" }, at || "not probed yet"));
}

/** @param {any} server */
function row(server) {
  return [
    h("div", null, h("code", null, server.server), h("div", { class: "note" }, server.channel)),
    h("div", null, tag(server.trusted ? "trusted" : "not trusted"), h("div", { class: "note" }, server.trust_reason)),
    probed(server),
    answering(server), number(server.questions), number(server.answers), number(server.dropped), number(server.timeouts),
    `${(server.rtt_us / 1000).toFixed(1)} ms`,
  ];
}

const COLUMNS = [{ name: "Server" }, { name: "Trust" }, { name: "Probe" }, { name: "State", bare: true }, { name: "Questions", n: true },
  { name: "Answers", n: true }, { name: "Dropped", n: true }, { name: "Timeouts", n: true }, { name: "Round trip", n: true }];

/** @param {any} found */
function servers(found) {
  const list = Array.isArray(found) ? found : found.servers;

  if (list.length === 0)
    return h("p", null, "No server is asked: /etc/resolv.conf names none, and no section resolver is configured.");
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Servers" }, table("In the order in which they are asked", COLUMNS, list.map(row), { class: "cards" }));
}

/** @param {any} finding */
function findingRow(finding) {
  return [tag(finding.level), finding.part, h("div", null, finding.text, finding.remedy && h("div", { class: "note" }, finding.remedy))];
}

/** @param {any} report */
function doctor(report) {
  const order = ["problem", "warning", "note", "ok"];
  const place = (/** @type {any} */ f) => (order.indexOf(f.level) + order.length + 1) % (order.length + 1);
  const rows = [...report.findings].sort((a, b) => place(a) - place(b)).map(findingRow);

  return [
    h("p", null, h("strong", null, report.required ? "Required mail can be honoured." : "Required mail could not be honoured.")),
    table("What doctor finds, the worst first", [{ name: "Level", bare: true }, { name: "Part", bare: true }, { name: "Finding" }], rows, { class: "cards" }),
  ];
}

/**
 * @param {Element} place
 * @param {Where} _where
 * @param {AbortSignal} signal
 */
export function show(place, _where, signal) {
  const list = h("div", null);
  const findings = h("div", { "aria-live": "polite" });
  const load = () => refill(list, signal, async () => servers(await get("/api/servers", {}, signal)));
  const button = h("button", {
    type: "button", "data-search": true,
    onclick: async () => {
      button.disabled = true;
      await fill(findings, signal, async () => doctor(await get("/api/doctor", {}, signal)));
      button.disabled = false;
    },
  }, "Run doctor");

  place.append(...head("Resolvers", "Whom Signpost believes, and why: AD counts as far as the channel is trusted, and as far as the probe has seen the server authenticate a name that is known to be signed."),
    panel("Servers", list),
    panel("Doctor", h("p", { class: "note" }, "Asks each server anew, and looks at configuration, criteria, disk, ports, names and clock."), h("p", null, button), findings));
  load();
  every(5_000, signal, load);
}
