/**
 * Sessions: what was said just now, and which of it was proved.
 */
import { ask, get } from "./api.js";
import { go, write } from "./address.js";
import { check, field, h, select, table } from "./dom.js";
import { listen } from "./live.js";
import { fill, head, panel, touched } from "./place.js";
import { count, number, tag, time } from "./words.js";

/** @typedef {import("./address.js").Where} Where */

const PAGE = 100;
const KEPT = 200;                          // rows of a screen that nobody reloads
const SHOW_MS = 250;
const FILTERS = ["message", "to", "domain", "outcome", "dnssec", "since"];
const COLUMNS = [{ name: "Time (UTC)" }, { name: "To" }, { name: "Service" }, { name: "MX, address, host" }, { name: "Outcome" }];

/**
 * What is asked for: a domain is written as the commands write it.
 * @param {URLSearchParams} params
 */
function filter(params) {
  const { domain, ...given } = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ""]));

  return { ...given, to: given.to || (domain && `@${domain.replace(/^@/, "")}`) };
}

/** @param {any} r a record */
function row(r) {
  const proved = r.mx_status === "secure" && r.address_status === "secure";
  const dane = r.dane && r.dane !== "none" ? `, ${r.dane}` : "";
  const notes = [r.observe && `observe: SECURE would have ${r.observe}`, r.exempt && `exempt: ${r.exempt}`, r.was_secure && `${r.domain} was secure until ${r.was_secure}`];

  return [
    h("div", null, h("a", { href: write("sessions", [r.session]), class: "mono" }, time(r.time)),
      h("div", { class: "note" }, h("a", { href: write("queue", [r.message]), class: "mono" }, r.message))),
    h("div", null, h("code", null, r.to), h("div", { class: "note" }, `from ${r.from || "<>"}`)),
    h("div", null, tag(r.service), r.criterion && h("div", { class: "note" }, r.criterion)),
    h("div", null, h("div", null, tag(r.mx_status), " ", tag(r.address_status)), r.host && h("a", { href: write("domain", [r.domain]) }, r.host), r.address && ` ${r.address}`, proved && " ", proved && tag("DNSSEC"), h("div", { class: "note" }, r.tls ? `${r.tls}${dane}` : r.host ? "clear" : "")),
    h("div", null, `${r.outcome} ${r.status}`, h("div", { class: "note" }, r.reply), ...notes.filter(Boolean).map((text) => h("div", { class: "note" }, text))),
  ];
}

class Screen {
  /**
   * @param {Element} place
   * @param {Where} where
   * @param {AbortSignal} signal
   */
  constructor(place, where, signal) {
    this.where = where;
    this.signal = signal;
    /** @type {any[]} newest first; not shown yet */
    this.waiting = [];
    this.leftOut = 0;
    this.list = h("div", null);
    this.state = h("span", { class: "note", "aria-live": "polite" });
    this.live = h("input", { type: "checkbox", id: "live", checked: where.params.get("live") !== "0", onchange: () => this.toggle() });
    place.append(...head("Sessions", "What was said just now, and which of it was proved. A line for each recipient and attempt; its time leads to the whole session."),
      this.form(), panel("", h("p", null, check("Live", this.live), " ", this.state), this.list));
  }

  form() {
    const { params } = this.where;
    const text = (/** @type {string} */ name, /** @type {Record<string, unknown>} */ more = {}) =>
      h("input", { name, value: params.get(name) ?? "", spellcheck: "false", autocapitalize: "none", autocomplete: "off", ...more });
    const dnssec = h("input", { type: "checkbox", id: "only-dnssec", name: "dnssec", checked: params.get("dnssec") === "1" });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const given = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
      const chosen = Object.fromEntries(FILTERS.map((name) => [name, String(given.get(name) ?? "").trim()]));
      go(write("sessions", [], { ...chosen, dnssec: dnssec.checked ? "1" : "", live: params.get("live") }));
    };

    return h("form", { class: "fields", onsubmit: submit, role: "search", "aria-label": "Sessions" },
      field("Recipient", text("to", { "data-search": true }), { long: true }), field("Domain", text("domain")), field("Message", text("message")),
      field("Outcome", select(["any", "delivered", "deferred", "bounced"], params.get("outcome") ?? "", { name: "outcome", onchange: (/** @type {Event} */ e) => /** @type {HTMLSelectElement} */ (e.target).form?.requestSubmit() })),
      field("Since", text("since", { placeholder: "1h" })),
      check("DNSSEC only", dnssec), h("button", null, "Filter"));
  }

  toggle() {
    const { params } = this.where;

    go(write("sessions", [], { ...Object.fromEntries(params), live: this.live.checked ? "" : "0" }));
  }

  async read() {
    await fill(this.list, this.signal, async () => {
      const params = { ...filter(this.where.params), before: this.where.params.get("before"), limit: PAGE };
      const { value, before } = await ask("/api/sessions", { params, signal: this.signal });
      return this.listed(value, before);
    });
  }

  /**
   * @param {any[]} records
   * @param {string} before the time from which on others are older
   */
  listed(records, before) {
    this.table = table("The newest first", COLUMNS, records.map(row), { class: "cards even" });
    this.empty = h("p", null, FILTERS.some((name) => this.where.params.get(name)) ? "No session is all of this." : "No session yet. Each delivery that ends stands here within a second.");
    this.empty.hidden = records.length > 0;
    this.table.hidden = records.length === 0;
    const older = Object.fromEntries([...this.where.params, ["before", before], ["live", "0"]]);
    return [this.empty, h("div", { class: "wide" }, this.table),
      before && h("p", null, h("a", { href: write("sessions", [], older) }, "Older ones"))];
  }

  listen() {
    const given = new URLSearchParams(Object.entries(filter(this.where.params)).filter(([name, value]) => value && name !== "since"));

    listen(`/api/sessions/live?${given}`, {
      record: (record) => {
        this.waiting.unshift(record);
        this.waiting.length = Math.min(this.waiting.length, KEPT);
      },
      thinned: (n) => {
        this.leftOut += n;
      },
      state: (open) => {
        this.open = open;
        this.tell();
      },
    }, this.signal);
    const timer = setInterval(() => this.put(), SHOW_MS);
    this.signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** Rows move only where nobody is at them. */
  put() {
    const body = this.table?.tBodies[0];

    if (body && this.waiting.length > 0 && !touched(this.list)) {
      const rows = /** @type {HTMLTableElement} */ (table("", COLUMNS, this.waiting.map(row))).tBodies[0].rows;
      body.prepend(...rows);
      while (body.rows.length > KEPT)
        body.deleteRow(-1);
      this.waiting = [];
      if (this.table && this.empty) {
        this.table.hidden = false;
        this.empty.hidden = true;
      }
    }
    this.tell();
  }

  tell() {
    const words = [
      this.open === false && "not connected; tried again",
      this.waiting.length > 0 && `${count(this.waiting.length, "line")} more, shown when you let go of the list`,
      this.leftOut > 0 && `${number(this.leftOut)} left out: more came than can be read`,
    ].filter(Boolean).join("; ");

    if (this.state.textContent !== words)
      this.state.textContent = words;
  }
}

/** @param {any} line */
function logLine(line) {
  return h("li", null, time(line.time, "clock"), h("span", { class: "text mono" }, line.text, line.dnssec && " ", line.dnssec && tag("DNSSEC")));
}

/**
 * @param {Element} place
 * @param {string} session
 * @param {AbortSignal} signal
 */
function showSession(place, session, signal) {
  const body = h("div", null);

  place.append(...head(`Session ${session}`, "As it stands in the session log. What is marked DNSSEC was authenticated."),
    h("p", null, h("a", { href: write("sessions") }, "All sessions")), panel("", body));
  fill(body, signal, async () => {
    const found = await get(`/api/sessions/${encodeURIComponent(session)}`, {}, signal);
    return h("ol", { class: "log" }, ...found.lines.map(logLine));
  });
}

/**
 * @param {Element} place
 * @param {Where} where
 * @param {AbortSignal} signal
 */
export async function show(place, where, signal) {
  if (where.path[0]) {
    showSession(place, where.path[0], signal);
    return;
  }
  const screen = new Screen(place, where, signal);
  if (screen.live.checked)
    screen.listen();                       // first: nothing falls between the answer and the stream
  await screen.read();
}
