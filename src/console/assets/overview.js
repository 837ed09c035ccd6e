/**
 * Overview: is anything wrong, since when, and is it us, our resolver, or them?
 */
import { get } from "./api.js";
import { write } from "./address.js";
import { h, table } from "./dom.js";
import { every, head, panel, refill } from "./place.js";
import { plot } from "./plot.js";
import { answering } from "./resolvers.js";
import { count, number, size, span, tag, time } from "./words.js";

/** @typedef {import("./address.js").Where} Where */

const SPANS = /** @type {[string, string][]} */ ([["hour", "1h"], ["day", "1d"], ["week", "7d"]]);

/** The parts of a series that are drawn, in the order of the looks. */
const PLOTS = /** @type {{ title: string, name: string, by: string, parts: string[] }[]} */ ([
  { title: "Deliveries by outcome", name: "deliveries", by: "outcome", parts: ["delivered", "deferred", "bounced"] },
  { title: "Deliveries by service", name: "deliveries", by: "service", parts: ["required", "requested", "off"] },
  { title: "Answers by status", name: "answers", by: "status", parts: ["secure", "insecure", "bogus", "indeterminate"] },
  { title: "Queue by age", name: "queue", by: "age", parts: ["up to 1 hour", "1 to 4 hours", "4 to 24 hours", "over 24 hours"] },
  { title: "Messages accepted", name: "accepted", by: "", parts: [] },
]);

/** Looks from here on are no status, and have no colour. */
const NEUTRAL = 4;

/** @param {unknown} t seconds or RFC 3339 */
function date(t) {
  return new Date(typeof t === "number" ? t * 1000 : String(t));
}

/**
 * @param {{ title: string, by: string, parts: string[] }} what
 * @param {any} series
 */
function drawn(what, series) {
  const by = series.by?.[what.by];
  const names = what.parts.length ? what.parts : Object.keys(by ?? {});
  const lines = by ? names.filter((name) => by[name]).map((name, look) => ({ name, values: by[name], look: Math.min(look, 3) + (what.by === "status" ? 0 : NEUTRAL) }))
    : [{ name: what.title, values: series.points.map((/** @type {any} */ p) => p[1]), look: NEUTRAL }];

  return plot(what.title, series.points.map((/** @type {any} */ p) => date(p[0])), lines, series.step_s);
}

/** @param {any} server */
function aboutServer(server) {
  const link = h("a", { href: write("resolvers") }, server.server);

  return [
    !server.trusted && [tag("not trusted"), " ", link, ` (${server.channel}): ${server.trust_reason}`],
    server.probe === "fails" && [tag("fails"), " ", link, ` does not validate: ${server.probe_reason}`],
    server.answering === false && [tag("warning"), " ", link, ` is ${answering(server)}`],
  ].filter(Boolean);
}

/**
 * What somebody should look at, the worst first.
 * @param {any} status
 * @param {any[]} lost domains that were secure: records
 * @returns {import("./dom.js").Part[][]}
 */
export function attention(status, lost) {
  const seen = new Map(lost.filter((r) => r.was_secure).map((r) => [r.domain, r]));

  return /** @type {import("./dom.js").Part[][]} */ ([
    ...status.servers.flatMap(aboutServer),
    ...(status.disk?.short ? [[tag("problem"), ` disk: ${status.disk.text}`]] : []),
    ...(status.queue ? [] : [[tag("problem"), " the queue cannot be read"]]),
    ...[...seen.values()].map((r) => [tag("warning"), " ", h("a", { href: write("domain", [r.domain]) }, r.domain), " was secure until ", time(r.was_secure)]),
    ...(status.exemptions ?? []).map((/** @type {any} */ e) => [tag("warning"), ` exempt ${e.domain} ends when ${e.until} begins (UTC): ${e.reason}`]),
  ]);
}

/** @param {any} status */
function figures(status) {
  const queue = status.queue ?? {};
  const states = ["active", "deferred", "held", "failed"].map((state) => h("div", null,
    h("strong", null, number(queue[state])), h("a", { href: write("queue", [], { state }) }, state)));
  const refused = Object.entries(status.refused).filter(([, n]) => n).map(([why, n]) => `${why} ${n}`).join(", ");

  return [h("div", { class: "foresight" }, ...states,
    h("div", null, h("strong", null, number(status.accepted)), "messages accepted since the start"),
    h("div", null, h("strong", null, number(Object.values(status.refused).reduce((a, n) => a + Number(n), 0))), "replies that refused", refused && `: ${refused}`),
    h("div", null, h("strong", null, `${status.connections.in} / ${status.connections.out}`), "connections in / out")),
  h("p", { class: "note" }, `Signpost ${status.version} at ${status.hostname}, for ${span(status.uptime_ms / 1000)}`,
    queue.oldest && h("span", null, "; the oldest that waits came ", time(queue.oldest)),
    status.disk && `; ${size(status.disk.free)} free for the queue`,
    `; cache: ${count(status.cache.entries, "entry", "entries")}, ${number(status.cache.hits)} of ${number(status.cache.asked)} questions answered by it`)];
}

/** @param {any} status */
function deliveries(status) {
  if (status.deliveries.length === 0)
    return h("p", { class: "note" }, "None since the start.");
  return table("Since the start", [{ name: "Service" }, { name: "Outcome" }, { name: "MX" }, { name: "Deliveries", n: true }],
    status.deliveries.map((/** @type {any} */ d) => [tag(d.service), d.outcome, tag(d.status), number(d.count)]), { class: "cards" });
}

class Screen {
  /**
   * @param {Element} place
   * @param {string} chosen
   * @param {AbortSignal} signal
   */
  constructor(place, chosen, signal) {
    const [word, since] = SPANS.find(([one]) => one === chosen) ?? SPANS[0];

    this.signal = signal;
    this.since = since;
    /** @type {Map<string, Promise<any>>} */
    this.asked = new Map();
    this.attention = h("div", null);
    this.figures = h("div", null);
    this.table = h("div", null);
    this.plots = PLOTS.map((what) => ({ what, place: h("div", null) }));
    place.append(...head("Overview", "Is anything wrong, since when, and is it us, our resolver, or them?"),
      panel("What needs attention", this.attention), panel("Now", this.figures),
      h("nav", { class: "tabs", "aria-label": "Time of the plots" }, ...SPANS.map(([one]) =>
        h("a", { href: write("overview", [], { span: one }), "aria-current": one === word ? "true" : null }, `Last ${one}`))),
      h("div", { class: "plots" }, ...this.plots.map((p) => panel(p.what.title, p.place))),
      panel("Deliveries by service and status", this.table));
  }

  async read() {
    const status = get("/api/status", {}, this.signal);
    status.catch(() => null);              // each place says it, where somebody is not at it
    // Its failure is no failure of the rest: it is asked beside it, and said there.
    const lost = get("/api/sessions", { since: "7d", was_secure: 1, limit: 200 }, this.signal).catch(() => []);

    await Promise.all([
      refill(this.attention, this.signal, async () => this.said(attention(await status, await lost))),
      refill(this.figures, this.signal, async () => figures(await status)),
      refill(this.table, this.signal, async () => deliveries(await status)),
    ]);
  }

  /** @param {import("./dom.js").Part[][]} list */
  said(list) {
    return list.length === 0 ? h("p", null, "Nothing: servers are trusted and answer, disk and queue are well.")
      : h("ul", { class: "choices" }, ...list.map((parts) => h("li", null, h("span", null, ...parts))));
  }

  /**
   * One answer serves the plots that are drawn from it at the same time; one that failed, none.
   * @param {string} name
   * @returns {Promise<any>}
   */
  series(name) {
    const asked = this.asked.get(name) ?? get("/api/series", { name, since: this.since }, this.signal)
      .finally(() => this.asked.delete(name));

    this.asked.set(name, asked);
    return asked;
  }

  draw() {
    for (const { what, place } of this.plots)
      refill(place, this.signal, async () => drawn(what, await this.series(what.name)));
  }
}

/**
 * @param {Element} place
 * @param {Where} where
 * @param {AbortSignal} signal
 */
export function show(place, where, signal) {
  const screen = new Screen(place, where.params.get("span") ?? "hour", signal);

  screen.read();
  screen.draw();
  every(10_000, signal, () => screen.read());
  every(30_000, signal, () => screen.draw());
}
