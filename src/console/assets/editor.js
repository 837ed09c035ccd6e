/**
 * One criterion in a form: what it would have done is shown while it is typed, and the parser's own
 * error where there is one.  Nothing that was typed is ever taken away.
 */
import { Refusal } from "./api.js";
import { foresee } from "./criteria.js";
import { field, h, present, select } from "./dom.js";
import { foresight } from "./foresight.js";
import { SERVICES, join, mistaken, split } from "./lines.js";
import { settled } from "./place.js";

/** @typedef {import("./dom.js").Part} Part */

const HEADERS = ["To", "Cc", "From", "Subject", "Envelope-To", "Envelope-From", "Sender", "Reply-To", "List-Id", "X-Class"];
const PAUSE_MS = 250;
const AS_TYPED = { spellcheck: "false", autocapitalize: "none", autocomplete: "off" };

/**
 * @typedef {object} Acts
 * @property {string} title
 * @property {boolean} mayChange
 * @property {(line: string) => void} save
 * @property {() => void} cancel
 */

export class Editor {
  /**
   * @param {string} line to begin with, as it stands in the file
   * @param {Acts} acts
   * @param {AbortSignal} signal ends with the screen
   */
  constructor(line, acts, signal) {
    const begin = split(line);

    this.acts = acts;
    this.asked = new AbortController();
    signal.addEventListener("abort", () => this.asked.abort());
    this.later = settled(PAUSE_MS, () => this.look());
    this.header = h("input", { id: "criterion-header", name: "header", value: begin.header, list: "criterion-headers", ...AS_TYPED });
    this.value = h("input", { id: "criterion-value", name: "value", value: begin.value, class: "mono", "aria-describedby": "criterion-problem", ...AS_TYPED });
    this.service = select(SERVICES, begin.service, { id: "criterion-service", name: "service" });
    this.problem = h("p", { class: "problem", id: "criterion-problem", role: "alert" });
    this.refusal = h("p", { class: "problem", role: "alert" });
    this.written = h("code", null);
    this.below = h("div", { "aria-live": "polite" });
    this.element = h("section", { class: "panel", id: "criterion" }, h("h2", null, acts.title), this.form(), this.below);
    this.look();
  }

  form() {
    return h("form", {
      oninput: () => this.typed(),
      onsubmit: (/** @type {Event} */ event) => this.submit(event),
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.acts.cancel(),
    },
    h("div", { class: "fields" },
      field("Header", this.header), field("Value", this.value, { long: true }), field("Service", this.service),
      h("button", { class: "main", disabled: !this.acts.mayChange }, "Save"),
      h("button", { type: "button", onclick: () => this.acts.cancel() }, "Cancel")),
    h("datalist", { id: "criterion-headers" }, ...HEADERS.map((name) => h("option", { value: name }))),
    h("p", { class: "note" }, "The line: ", this.written), this.problem, this.refusal);
  }

  parts() {
    return { header: this.header.value, value: this.value.value, service: this.service.value };
  }

  /**
   * Why it was not saved; stays until it is tried again or changed.
   * @param {...Part} words none: nothing
   */
  refuse(...words) {
    this.refusal.replaceChildren(...present(words));
  }

  /**
   * What is wrong with the line as it stands; "" for nothing.
   * @param {string} words
   */
  mark(words) {
    this.problem.textContent = words;
    this.value.setAttribute("aria-invalid", String(Boolean(words)));
  }

  typed() {
    this.refuse();
    this.written.textContent = join(this.parts());
    this.asked.abort();
    this.later();
  }

  /** @param {Event} event */
  submit(event) {
    const wrong = mistaken(this.parts());

    event.preventDefault();
    if (wrong)
      this.mark(wrong);
    else
      this.acts.save(join(this.parts()));
  }

  async look() {
    const begun = this.header.value.trim() && this.value.value.trim();
    const wrong = begun ? mistaken(this.parts()) : "";   // what is not begun is not wrong yet

    this.asked = new AbortController();
    const { signal } = this.asked;
    this.written.textContent = join(this.parts());
    if (wrong || !begun) {
      this.mark(wrong);
      this.below.replaceChildren();
      return;
    }
    try {
      const found = await foresee(join(this.parts()), signal);
      this.mark("");
      this.below.replaceChildren(foresight(found));
    } catch (error) {
      if (!signal.aborted)
        this.notForeseen(error);
    }
  }

  /**
   * A line that the parser refuses is wrong at its place; that it cannot be asked leaves it as good as
   * it was.
   * @param {unknown} error
   */
  notForeseen(error) {
    const words = error instanceof Error ? error.message : String(error);
    const bad = error instanceof Refusal && error.status === 422;

    this.mark(bad ? words : "");
    this.below.replaceChildren(...(bad ? [] : [h("p", { class: "note" }, `What it would have done is not known: ${words}`)]));
  }
}
