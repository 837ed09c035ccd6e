/**
 * Places of a screen that are filled when an answer comes, and what is said where none does.
 */
import { Refusal } from "./api.js";
import { byId, h, present } from "./dom.js";

/** @typedef {import("./dom.js").Part} Part */

/**
 * An error at its place, and a way to try again.
 * @param {unknown} error
 * @param {() => void} [again]
 */
export function failure(error, again) {
  if (!(error instanceof Refusal))
    console.error(error);                  // a fault of this page: the tests look for it
  return h("div", { class: "failed" },
    h("p", { class: "problem" }, error instanceof Error ? error.message : String(error)),
    again && h("button", { type: "button", onclick: again }, "Try again"));
}

/**
 * What is to stand somewhere; where it is a function, what that gives once it is sure to be shown.
 * @typedef {Part | Part[] | (() => Part | Part[])} Content
 */

/**
 * A skeleton, seen where it takes long; then what make() gives, or the error.  What stood here stays
 * until then, and where stays() says so then, for good.
 * @param {Element} place
 * @param {AbortSignal} signal ends with the screen
 * @param {() => Promise<Content>} make
 * @param {() => boolean} [stays]
 * @returns {Promise<void>}
 */
export async function fill(place, signal, make, stays = () => false) {
  const put = (/** @type {() => Part | Part[]} */ content) => {
    if (!signal.aborted && !stays())
      place.replaceChildren(...present([content()].flat()));
  };

  if (!place.hasChildNodes())
    place.append(h("div", { class: "waiting" }));
  place.setAttribute("aria-busy", "true");
  try {
    const content = await make();
    put(typeof content === "function" ? content : () => content);
  } catch (error) {
    put(() => failure(error, () => fill(place, signal, make)));
  }
  if (!signal.aborted)
    place.removeAttribute("aria-busy");
}

/**
 * Whether somebody is at it: what moves under a hand cannot be read, clicked or copied.
 * @param {Element} place
 * @returns {boolean}
 */
export function touched(place) {
  const chosen = getSelection();

  return place.matches(":hover, :focus-within")
    || Boolean(chosen && !chosen.isCollapsed && chosen.containsNode(place, true));
}

/**
 * fill() once more; what somebody is at stays as it is, also where he came to it only while it was asked
 * for.  A skeleton is nothing to be at.
 * @param {Element} place
 * @param {AbortSignal} signal
 * @param {() => Promise<Content>} make
 * @param {() => boolean} [busy] whether somebody is at it in another way
 */
export async function refill(place, signal, make, busy = () => false) {
  const stays = () => place.hasChildNodes() && !place.querySelector(":scope > .waiting") && (touched(place) || busy());

  if (!stays())
    await fill(place, signal, make, stays);
}

/**
 * Again and again, until the screen ends; not while nobody looks.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @param {() => unknown} work
 */
export function every(ms, signal, work) {
  const timer = setInterval(() => {
    if (!document.hidden)
      work();
  }, ms);
  signal.addEventListener("abort", () => clearInterval(timer));
}

/**
 * After a pause in what is typed.
 * @param {number} ms
 * @param {() => unknown} work
 * @returns {() => void}
 */
export function settled(ms, work) {
  /** @type {number | undefined} */
  let timer;

  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(work, ms);
  };
}

/**
 * Said once, to eyes and to a screen reader.
 * @param {string} text
 */
export function say(text) {
  const line = h("p", null, text);

  byId("said").replaceChildren(line);
  setTimeout(() => line.remove(), 8000);
}

/**
 * @param {string} title
 * @param {...Part} parts
 */
export function panel(title, ...parts) {
  return h("section", { class: "panel" }, title && h("h2", null, title), ...parts);
}

/**
 * The head of a screen.
 * @param {string} title
 * @param {string} lead
 */
export function head(title, lead) {
  document.title = `Signpost: ${title}`;
  return [h("h1", { tabindex: "-1" }, title), h("p", { class: "lead" }, lead)];
}
