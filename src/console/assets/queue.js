/**
 * Queue: what waits, for whom, why, until when, and what can be done about it.
 */
import { Refusal, ask, get, mayChange } from "./api.js";
import { go, write } from "./address.js";
import { confirm } from "./dialog.js";
import { check, facts, field, h, select, table } from "./dom.js";
import { every, fill, head, panel, refill, say } from "./place.js";
import { count, distance, size, time } from "./words.js";

/** @typedef {import("./address.js").Where} Where */

const PAGE = 100;
/** Nobody reloads a list: it is read again, but not under a hand, and not while messages are chosen. */
const AGAIN_MS = 5_000;
/** Answers that are asked for one after the other, where a long queue has few that are looked for. */
const FURTHER = 20;
const STATES = ["any", "active", "deferred", "held", "failed"];
/** The button's name; what it does to mail, where it is asked for first. */
const ACTIONS = /** @type {[string, string][]} */ ([
  ["Retry", ""], ["Hold", ""], ["Release", ""],
  ["Remove", "It is gone without a word: nobody is told, and it cannot be had back."],
  ["Bounce", "It is sent back to its sender, who is told that it was not delivered."],
]);

/**
 * Those whom it is still for, as the filter takes them: who wait, or where nobody does, whom it did not reach.
 * @param {any} message
 */
function open(message) {
  const waiting = message.recipients.filter((/** @type {any} */ r) => r.state === "waiting");
  return waiting.length > 0 ? waiting : message.recipients.filter((/** @type {any} */ r) => r.state !== "delivered");
}

/** @param {string} address */
function mailbox(address) {
  return h("code", null, address === "" ? "<>" : address);
}

/**
 * Does it to each, and says of which it could not be done.
 * @param {string} action
 * @param {string[]} ids
 * @param {AbortSignal} signal
 * @returns {Promise<string[]>} what was refused, in the daemon's words
 */
async function act(action, ids, signal) {
  /** @type {string[]} */
  const refused = [];
  for (const id of ids) {
    try {
      await ask(`/api/queue/${encodeURIComponent(id)}/${action.toLowerCase()}`, { method: "POST", signal });
    } catch (error) {
      if (!(error instanceof Refusal))
        throw error;
      refused.push(`${id}: ${error.message}`);
      if (error.status === 503 || error.status === 403 || error.status === 0)
        break;                             // the others would hear the same
    }
  }
  return refused;
}

/**
 * The five buttons.
 * @param {() => string[]} chosen
 * @param {(refused: string[], action: string) => void} done
 * @param {AbortSignal} signal
 */
function actions(chosen, done, signal) {
  const run = async (/** @type {string} */ action, /** @type {string} */ warning) => {
    const ids = chosen();
    if (ids.length === 0)
      return;
    if (warning && !await confirm(action, `${action} ${count(ids.length, "message")}?`, h("p", null, warning),
      h("p", { class: "mono" }, ids.slice(0, 10).join(" "), ids.length > 10 && ` and ${count(ids.length - 10, "other")}`)))
      return;
    const refused = await act(action, ids, signal);
    if (ids.length > refused.length)
      say(`${action}: ${count(ids.length - refused.length, "message")}`);
    done(refused, action);
  };

  return h("div", { class: "actions", role: "group", "aria-label": "What can be done" }, ...ACTIONS.map(([name, warning]) =>
    h("button", { type: "button", disabled: !mayChange(), onclick: () => run(name, warning) }, name)));
}

/** @param {string[]} refused */
function refusals(refused) {
  return refused.map((words) => h("p", { class: "problem" }, words));
}

class List {
  /**
   * @param {Element} place
   * @param {Where} where
   * @param {AbortSignal} signal
   */
  constructor(place, where, signal) {
    this.where = where;
    this.signal = signal;
    /** @type {Set<string>} */
    this.chosen = new Set();
    /** @type {HTMLInputElement[]} */
    this.boxes = [];
    this.quick = false;                    // one answer had all that is shown
    this.list = h("div", null);
    this.problem = h("div", { role: "alert" });
    this.all = h("input", { type: "checkbox", onchange: () => this.chooseAll() });
    this.actions = actions(() => [...this.chosen], (refused) => this.done(refused), signal);
    place.append(...head("Queue", "What waits, for whom, why, until when, and what can be done about it."),
      this.filter(), panel("", h("div", { class: "fields" }, check("All shown", this.all), this.actions, this.sum()), this.problem, this.list));
  }

  sum() {
    this.said = h("span", { class: "note", "aria-live": "polite" });
    return this.said;
  }

  filter() {
    const { params } = this.where;
    const text = (/** @type {string} */ name) => h("input", { name, value: params.get(name) ?? "", spellcheck: "false", autocapitalize: "none", autocomplete: "off" });
    const search = text("text");
    search.type = "search";
    search.setAttribute("data-search", "");
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const given = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
      go(write("queue", [], Object.fromEntries(["text", "state", "from", "domain"].map((n) => [n, String(given.get(n) ?? "").trim()]))));
    };

    return h("form", { class: "fields", onsubmit: submit, role: "search", "aria-label": "Queue" },
      field("Text", search, { long: true }),
      field("State", select(STATES, params.get("state") ?? "", { name: "state", onchange: (/** @type {Event} */ e) => /** @type {HTMLSelectElement} */ (e.target).form?.requestSubmit() })),
      field("Sender", text("from")), field("Domain", text("domain")), h("button", null, "Filter"));
  }

  /** For who asked for it. */
  async read() {
    await fill(this.list, this.signal, () => this.make());
  }

  /** For nobody: what is under a hand stays, and where messages are chosen. */
  async readAgain() {
    if (this.quick)
      await refill(this.list, this.signal, () => this.make(), () => this.chosen.size > 0);
  }

  async make() {
    const { params } = this.where;
    const filter = Object.fromEntries(["text", "state", "from", "domain", "after"].map((name) => [name, params.get(name)]));
    const { messages, after } = await this.find(filter);

    return () => {
      this.chosen = new Set(messages.map((/** @type {any} */ m) => m.id).filter((/** @type {string} */ id) => this.chosen.has(id)));
      this.boxes = [];
      const found = this.listed(messages, after);
      this.count();
      return found;
    };
  }

  /**
   * A page of what is looked for; each answer looks at some of the queue, so that none takes long.
   * @param {Record<string, string | null>} filter
   */
  async find(filter) {
    /** @type {any[]} */
    let messages = [];
    let { after } = filter;

    for (let asked = 0; asked < FURTHER && messages.length < PAGE; asked++) {
      const page = await ask("/api/queue", { params: { ...filter, after, limit: PAGE - messages.length }, signal: this.signal });
      messages = [...messages, ...page.value];
      this.quick = asked === 0;
      ({ after } = page);
      if (!after)
        break;
    }
    return { messages, after };
  }

  count() {
    this.said?.replaceChildren(this.chosen.size ? `${count(this.chosen.size, "message")} chosen` : "Choose messages, or open one");
    for (const button of this.actions.querySelectorAll("button"))
      button.disabled = this.chosen.size === 0 || !mayChange();
    this.all.checked = this.chosen.size > 0 && this.chosen.size === this.boxes.length;
    this.all.disabled = this.boxes.length === 0;
  }

  chooseAll() {
    for (const box of this.boxes) {
      box.checked = this.all.checked;
      this.choose(box);
    }
    this.count();
  }

  /** @param {HTMLInputElement} box */
  choose(box) {
    this.chosen[box.checked ? "add" : "delete"](box.value);
  }

  /**
   * @param {any[]} messages
   * @param {string | null} after the last that was looked at, where there are others
   */
  listed(messages, after) {
    const { params } = this.where;
    const on = after && h("p", null, h("a", { href: write("queue", [], Object.fromEntries([...params, ["after", after]])) }, "Those after these"));
    const filtered = ["text", "state", "from", "domain"].some((name) => params.get(name));

    if (messages.length === 0)
      return h("p", null, filtered ? after ? "None so far. " : "No message is all of this. " : "Nothing waits: all mail that was accepted is delivered, or was sent back. ",
        (filtered || params.get("after")) && h("a", { href: write("queue") }, "The whole queue"), on);
    const rows = messages.map((m) => this.row(m));
    return [h("div", { class: "wide" }, table(`${count(messages.length, "message")}, in the order of their coming`, [{ name: "Chosen", unseen: true, bare: true }, { name: "ID", bare: true },
      { name: "To" }, { name: "State", bare: true }, { name: "Why" }], rows, { class: "cards" })),
    on];
  }

  /** @param {any} m */
  row(m) {
    const waiting = open(m);
    const telling = waiting.find((/** @type {any} */ r) => r.status) ?? waiting[0];
    const box = h("input", {
      type: "checkbox", "aria-label": m.id, value: m.id, checked: this.chosen.has(m.id),
      onchange: () => {
        this.choose(box);
        this.count();
      },
    });

    this.boxes.push(box);
    const next = m.next && h("div", { class: "note" }, "next ", distance(m.next));
    return [box,
      h("div", null, h("a", { href: write("queue", [m.id]), class: "mono" }, m.id), h("div", { class: "note" }, "came ", distance(m.arrived))),
      h("div", null, telling && mailbox(telling.to), waiting.length > 1 && ` and ${count(waiting.length - 1, "other")}`, h("div", { class: "note" }, "from ", mailbox(m.from))),
      h("div", null, m.state, h("div", { class: "note" }, count(m.attempts, "attempt")), next),
      h("div", null, telling?.status && `${telling.status} `, telling?.text)];
  }

  /** @param {string[]} refused */
  async done(refused) {
    this.problem.replaceChildren(...refusals(refused));
    await this.read();
  }
}

/** @param {any} r */
function recipientRow(r) {
  return [mailbox(r.to), r.state, r.attempts, r.status, h("div", null, r.text, r.remote && h("div", { class: "note" }, r.remote))];
}

/** @param {any} m */
function headerOf(m) {
  if (typeof m.header === "string")
    return m.header;
  if (typeof m.content !== "string")
    return "";
  const octets = Uint8Array.from(atob(m.content), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(octets).split(/\r?\n\r?\n/)[0];
}

/** @param {any} m */
function message(m) {
  return [
    panel("", facts([["From", mailbox(m.from)], ["State", m.state], ["Came", time(m.arrived)], ["Next attempt", m.next ? h("span", null, time(m.next), " ", distance(m.next)) : ""],
      ["Attempts", m.attempts], ["Size", size(m.size)], ["Report", m.report ? "a report of Signpost's own" : ""],
      ["Sessions", h("a", { href: write("sessions", [], { message: m.id }) }, "what was said about it")]])),
    panel("Recipients", table("Each by its own domain's route", [{ name: "To" }, { name: "State", bare: true }, { name: "Attempts", n: true },
      { name: "Status", bare: true }, { name: "Why" }], m.recipients.map(recipientRow), { class: "cards" })),
    panel("Header", h("pre", null, headerOf(m) || "It is not shown here: signpost queue show ID --content has it.")),
  ];
}

/**
 * Most that a session names are: it is no fault to ask for one.
 * @param {string} id
 */
function gone(id) {
  return panel("", h("p", null, "It is not in the queue: it was delivered, sent back or removed, or there never was one of this ID."),
    h("p", null, h("a", { href: write("sessions", [], { message: id }) }, "What was said about it")));
}

/**
 * @param {Element} place
 * @param {string} id
 * @param {AbortSignal} signal
 */
function showMessage(place, id, signal) {
  const body = h("div", null);
  const problem = h("div", { role: "alert" });
  const leaves = () => {
    if (bar.contains(document.activeElement))
      place.querySelector("h1")?.focus();
    bar.hidden = true;
    return gone(id);
  };
  const make = async () => {
    try {
      return message(await get(`/api/queue/${encodeURIComponent(id)}`, {}, signal));
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 404)
        throw error;
      return leaves;
    }
  };
  const done = (/** @type {string[]} */ refused, /** @type {string} */ action) => {
    problem.replaceChildren(...refusals(refused));
    if (action === "Remove" && refused.length === 0)
      go(write("queue"));                  // nothing is left to be seen here
    else
      fill(body, signal, make);
  };

  const bar = h("div", { class: "fields" }, actions(() => [id], done, signal));
  place.append(...head(`Message ${id}`, "Its recipients, what was tried, what comes next."),
    h("p", null, h("a", { href: write("queue") }, "The whole queue")), bar, problem, body);
  fill(body, signal, make);
  every(AGAIN_MS, signal, () => bar.hidden || refill(body, signal, make));
}

/**
 * @param {Element} place
 * @param {Where} where
 * @param {AbortSignal} signal
 */
function showList(place, where, signal) {
  const list = new List(place, where, signal);

  list.read();
  every(AGAIN_MS, signal, () => list.readAgain());
}

/**
 * @param {Element} place
 * @param {Where} where
 * @param {AbortSignal} signal
 */
export function show(place, where, signal) {
  if (where.path[0])
    showMessage(place, where.path[0], signal);
  else
    showList(place, where, signal);
}

