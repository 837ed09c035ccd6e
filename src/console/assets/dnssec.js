/**
 * DNSSEC: which mail is protected, whether the protection is in force, and what it has done.
 */
import { Refusal, get, mayChange } from "./api.js";
import { back, forth, write } from "./address.js";
import { foresee, load, save } from "./criteria.js";
import { confirm, tell } from "./dialog.js";
import { check, field, h, present, table } from "./dom.js";
import { Editor } from "./editor.js";
import { foresight } from "./foresight.js";
import { add, at, find, move, remove, replace, split } from "./lines.js";
import { every, failure, fill, head, panel, refill, say, settled } from "./place.js";
import { stack } from "./plot.js";
import { tryMessage } from "./try.js";
import { count, distance, number, tag } from "./words.js";

/** @typedef {import("./address.js").Where} Where */
/** @typedef {import("./criteria.js").Criterion} Criterion */

/** What people start with: how it is called, and the line. */
const STARTERS = [
  ["Envelope-To *@DOMAIN OBSERVE", "recommended first: nothing bounces, log and record say what SECURE would have done"],
  ["Envelope-To *@DOMAIN SECURE", "to this domain along signed signposts alone, or back to the sender"],
  ["To *", "every message is asked for, and marked where the DNS authenticates; nothing bounces for want of it"],
];

/** Rows that are drawn at once: of thousands a browser takes seconds. */
const ROWS = 200;
const PAUSE_MS = 150;
const NUMBERS_MS = 2_000;

/** @param {any} server */
function named(server) {
  return `${server.server} (${server.channel}, ${server.trust_reason})`;
}

/**
 * Whether what is asked for can be had now, by the server that is asked first, as the daemon chooses:
 * one that validates, then one of which it is not known, then the others.  A class, the words, the server.
 * @param {any} status
 * @returns {[string, string, any?]}
 */
function inForce(status) {
  const trusted = status.servers.filter((/** @type {any} */ s) => s.trusted);
  const there = (/** @type {string} */ probe) => trusted.find((/** @type {any} */ s) => s.probe === probe && s.answering !== false);
  const none = trusted.every((/** @type {any} */ s) => s.probe === "fails") && trusted[0];   // silent or not
  const good = there("validates"), open = there("unknown"), fails = there("fails") || none, dumb = there("unanswered");

  if (!status.criteria.enabled)
    return ["unknown", `enabled = false in section dnssec of ${status.config ?? "the built-in defaults"}: no message gets the service.`];
  if (trusted.length === 0)
    return ["bogus", "No server is trusted: required mail is deferred, 4.3.5."];
  if (good)
    return ["secure", `${named(good)} is trusted and validates.`, good];
  if (open)
    return ["unknown", `${named(open)} is trusted; whether it validates is asked when mail needs it.`, open];
  if (fails)
    return ["bogus", `${named(fails)} is trusted and does not validate: ${fails.probe_reason}. Required mail is deferred, 4.3.5.`, fails];
  if (dumb)
    return ["bogus", `${named(dumb)} is trusted and answers, but not the probe. Required mail is deferred, 4.3.5.`, dumb];
  return ["bogus", `${named(trusted[0])} is trusted and does not answer: mail waits for it, 4.4.3.`, trusted[0]];
}

/**
 * What the switch would do, and where it is: in the configuration, which the console does not write.
 * @param {any} status
 * @param {import("./criteria.js").Book | null} book
 */
function howToSwitch(status, book) {
  const on = status.criteria.enabled;
  const lines = book?.lines ?? [];
  const required = lines.filter((row) => row.service === "required").length;
  const effect = on ? `No message gets the service then: ${count(lines.length, "criterion", "criteria")} ${lines.length === 1 ? "is" : "are"} not looked at any more, `
      + `and mail that ${number(required)} of them ${required === 1 ? "holds" : "hold"} to SECURE goes whatever the DNS says. Where one is in the way, make it OBSERVE instead.`
    : `${count(lines.length, "criterion", "criteria")} of the file come into force, ${number(required)} with SECURE, also for mail that waits, from its next attempt.`;

  tell(on ? "Switch the service off" : "Switch the service on", h("p", null, effect),
    h("p", null, "The switch is in the configuration, which the console does not write. In ", h("code", null, status.config ?? "/etc/signpost/signpost.conf"),
      ", in the section dnssec that is there, or as a new one:"),
    h("pre", null, `dnssec {\n  enabled = ${on ? "false" : "true"}\n}`),
    h("p", null, "and then, on that machine:"), h("pre", null, "signpost reload"));
}

/**
 * @param {any} status
 * @param {() => import("./criteria.js").Book | null} book as it is when it is asked
 */
function banner(status, book) {
  const [look, words, server] = inForce(status);
  const on = status.criteria.enabled;

  return h("div", { class: `banner ${look}` },
    h("button", { class: "switch", type: "button", role: "switch", "aria-checked": String(on), "aria-describedby": "service-how", onclick: () => howToSwitch(status, book()) },
      h("i", null), on ? "Service on" : "Service off"),
    h("p", { id: "service-how" }, words, server?.probe_time && " Probed ", server?.probe_time && distance(server.probe_time)),
    h("a", { href: write("resolvers") }, "See the servers"));
}

/** @param {Criterion} row */
function became(row) {
  if (row.matched === null || row.matched === undefined)
    return h("span", { class: "note" }, "not known");
  const parts = [{ name: "delivered", n: row.delivered ?? 0 }, { name: "deferred", n: row.deferred ?? 0 }, { name: "bounced", n: row.bounced ?? 0 }];
  const attempts = parts.reduce((sum, part) => sum + part.n, 0);   // of each recipient
  const of = attempts === row.matched ? "" : `${count(attempts, "attempt")}: `;
  return h("div", null, count(row.matched, "message"),
    h("div", { class: "note" }, of, parts.filter((part) => part.n).map((part) => `${part.n} ${part.name}`).join(", ")), stack(parts));
}

class Screen {
  /**
   * @param {Element} place
   * @param {AbortSignal} signal
   */
  constructor(place, signal) {
    this.signal = signal;
    /** @type {import("./criteria.js").Book | null} */
    this.book = null;
    this.text = "";
    this.shown = ROWS;
    this.finder = this.search();
    /** @type {Editor | null} */
    this.editor = null;
    this.banner = h("div", null);
    this.list = h("div", null);
    this.problem = h("div", { class: "problem", role: "alert" });
    this.form = h("div", null);
    /** @type {Promise<void> | null} the address on its way back */
    this.closing = null;
    this.add = h("button", { type: "button", disabled: !mayChange(), onclick: () => this.open("add", "") }, "Add criterion");
    place.append(...head("DNSSEC", "Which messages are sent only along signed signposts, and which are merely watched. The first match of the strongest kind decides."),
      this.banner, panel("", this.list, this.problem, h("p", null, this.add)), this.form, tryMessage(signal));
  }

  async read() {
    await fill(this.list, this.signal, () => this.make());
  }

  /** What became of mail takes a while to be counted: it is read again until it is known. */
  async readNumbers() {
    const busy = () => Boolean(this.editor || document.querySelector("dialog[open]"));

    if (this.book?.lines.some((row) => row.matched === null) && !busy())
      await refill(this.list, this.signal, () => this.make(), busy);
  }

  async make() {
    const book = await load(this.signal);

    return () => {
      this.book = book;
      return this.listed(book);
    };
  }

  /** @param {import("./criteria.js").Book} book */
  listed(book) {
    const title = h("h2", null, "Criteria ", h("span", { class: "note mono" }, book.file));
    const found = this.found(book);
    const rows = found.slice(0, this.shown).map(([row, i]) => [h("code", null, split(row.text).header),
      h("div", { id: `value-${row.line}`, class: "long" }, h("code", null, split(row.text).value), row.note && h("div", { class: "note" }, row.note)),
      tag(split(row.text).service), became(row), this.buttons(row, i, book.lines.length)]);

    if (book.problem)
      return [title, h("p", { class: "problem" }, `${book.file}:${book.problem.line}: ${book.problem.message}`), h("p", { class: "note" }, "The criteria in force stay as they were. The file as it stands:"), h("pre", null, book.text)];
    if (book.lines.length === 0)
      return [title, this.empty()];
    return [title, book.lines.length > ROWS && this.finder, h("div", { class: "wide" }, table("In the order of the file", [{ name: "Header", bare: true }, { name: "Value" }, { name: "Service", bare: true },
      { name: "Last 24 hours", n: true }, { name: "What can be done", unseen: true }], rows, { class: "cards" })),
    found.length > this.shown && h("p", null, h("button", { type: "button", onclick: () => this.showMore() }, `Show ${ROWS} more`),
      h("span", { class: "note" }, ` ${number(this.shown)} of ${number(found.length)} are shown`))];
  }

  /**
   * Those that have the text, and where each stands in the file.
   * @param {import("./criteria.js").Book} book
   * @returns {[Criterion, number][]}
   */
  found(book) {
    const text = this.text.toLowerCase();

    return book.lines.map((row, i) => /** @type {[Criterion, number]} */ ([row, i]))
      .filter(([row]) => `${row.text}\n${row.note}`.toLowerCase().includes(text));
  }

  /** A field by which one of very many is found; it stays while the list below it changes. */
  search() {
    const input = h("input", { id: "criteria-search", type: "search", spellcheck: "false", autocapitalize: "none", autocomplete: "off" });

    input.addEventListener("input", settled(PAUSE_MS, () => {
      this.text = input.value;
      this.shown = ROWS;
      this.redraw();
      input.focus();
    }));
    return h("div", { class: "fields" }, field("Find", input, { long: true }));
  }

  showMore() {
    this.shown += ROWS;
    this.redraw();
  }

  redraw() {
    if (this.book)
      this.list.replaceChildren(...present(this.listed(this.book)));
  }

  empty() {
    return h("div", null, h("p", null, "No criteria yet, so no message gets the service. A criterion names a header field and a value; messages that have it are asked for DNSSEC, or sent only where it is proved."),
      h("ul", { class: "choices" }, ...STARTERS.map(([line, what]) => h("li", null,
        h("button", { type: "button", class: "mono", disabled: !mayChange(), onclick: () => this.open("add", line) }, line),
        h("span", { class: "note" }, what)))));
  }

  /**
   * @param {Criterion} row
   * @param {number} i
   * @param {number} n
   */
  buttons(row, i, n) {
    const button = (/** @type {string} */ name, /** @type {() => void} */ onclick, disabled = false) =>
      h("button", { type: "button", onclick, disabled: disabled || !mayChange(), "aria-describedby": `value-${row.line}`, "data-line": row.text }, name);

    return h("div", { class: "actions" }, button("Edit", () => this.open(`edit ${row.line}`, at(this.book?.text ?? "", row.line))),
      button("Move up", () => this.move(row, -1), i === 0), button("Move down", () => this.move(row, 1), i === n - 1),
      button("Remove", () => this.remove(row)));
  }

  /**
   * The form; the address tells of it, and Back closes it: one step, however it is closed.
   * @param {string} what "add", or "edit LINE"
   * @param {string} line as it stands in the file
   */
  async open(what, line) {
    const number = Number(what.split(" ")[1] ?? 0);

    await this.closing;
    this.editor = new Editor(line, {
      title: number ? `Edit line ${number}` : "Add criterion",
      mayChange: mayChange(),
      save: (now) => this.saveLine(number, line, now),
      cancel: () => this.close(),
    }, this.signal);
    this.form.replaceChildren(this.editor.element);
    forth(write("dnssec", what.split(" ")));
    (line.includes("DOMAIN") ? this.editor.value : this.editor.header).focus();
    this.editor.element.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.editor = null;
    this.form.replaceChildren();
    this.closing = back(write("dnssec"));
    this.add.focus();
  }

  /**
   * @param {number} number the line that is edited, 0 for a new one
   * @param {string} before
   * @param {string} now
   */
  async saveLine(number, before, now) {
    const { book, editor } = this;

    if (!book)
      return;
    const there = number && find(book.text, before, number);
    if (await this.put(there ? replace(book.text, there, now) : add(book.text, now))) {
      if (this.editor === editor && !this.signal.aborted)
        this.close();                      // else another one is open now, or another screen
      say(`Saved: ${now}`);
    }
  }

  /**
   * @param {string} text
   * @returns {Promise<boolean>} whether it is saved
   */
  async put(text) {
    const book = this.book;

    if (!book)
      return false;
    this.refuse();
    try {
      await save(book, text);
    } catch (error) {
      this.refused(error);
      return false;
    }
    await this.read();
    return true;
  }

  /**
   * At the form where one is open, else below the list.
   * @param {...import("./dom.js").Part} words
   */
  refuse(...words) {
    this.problem.replaceChildren();
    this.editor?.refuse();
    if (words.length === 0)
      return;
    if (this.editor)
      this.editor.refuse(...words);
    else
      this.problem.replaceChildren(h("span", null, ...words));
  }

  /** @param {unknown} error */
  refused(error) {
    if (!(error instanceof Refusal)) {
      this.refuse(failure(error));
    } else if (error.status === 412) {
      const again = h("button", { type: "button", onclick: () => this.readAgain() }, "Read it again");
      this.refuse("The file changed meanwhile: nothing was saved, and nothing that you typed is lost. ", again);
    } else if (error.status === 422 && error.body?.line) {
      this.refuse(`${this.book?.file}:${error.body.line}: ${error.message}`);
    } else {
      this.refuse(error.message);
    }
  }

  async readAgain() {
    await this.read();
    this.refuse();
    say("The file was read again. Save puts your line into it as it is now.");
  }

  /**
   * @param {Criterion} row
   * @param {-1 | 1} way
   */
  async move(row, way) {
    const name = way < 0 ? "Move up" : "Move down";

    if (!this.book || !await this.put(move(this.book.text, row.line, way)))
      return;
    const there = [...this.list.querySelectorAll("button")].filter((b) => b.dataset.line === row.text && !b.disabled);
    (there.find((b) => b.textContent === name) ?? there[0])?.focus();
    say(`Moved: ${row.text}`);
  }

  /** @param {Criterion} row */
  async remove(row) {
    const numbers = h("div", null, h("div", { class: "waiting" }));
    const withNote = h("input", { type: "checkbox" });

    fill(numbers, this.signal, async () => foresight(await foresee(row.text, this.signal)));
    const yes = await confirm("Remove", `Remove ${row.text}?`,
      h("p", null, row.matched === null || row.matched === undefined ? "" : `${count(row.matched, "message")} of the last 24 hours matched. `,
        "Without it, such messages get the service of the next criterion that they match, or none."),
      numbers, row.note && check(`Its note, too: ${row.note}`, withNote));
    if (!yes || !this.book)
      return;
    if (await this.put(remove(this.book.text, row.line, withNote.checked))) {
      this.add.focus();
      say(`Removed: ${row.text}`);
    }
  }

  async watch() {
    await refill(this.banner, this.signal, async () => banner(await get("/api/status", {}, this.signal), () => this.book));
  }
}

/**
 * @param {Element} place
 * @param {Where} where
 * @param {AbortSignal} signal
 */
export async function show(place, where, signal) {
  const screen = new Screen(place, signal);
  const [what, number] = where.path;

  screen.watch();
  every(10_000, signal, () => screen.watch());
  every(NUMBERS_MS, signal, () => screen.readNumbers());
  if (what === "add")
    screen.open("add", where.params.get("line") ?? "");
  await screen.read();
  const row = screen.book?.lines.find((one) => String(one.line) === number);
  if (what === "edit" && row && !signal.aborted)
    screen.open(`edit ${number}`, at(screen.book?.text ?? "", row.line));
}
