/**
 * The frame: which screen an address means, keys, and whether the daemon is there.
 */
import { ask, daemon, get, me } from "./api.js";
import { go, isBack, read, write } from "./address.js";
import { showKeys } from "./dialog.js";
import { byId, h } from "./dom.js";
import * as dnssec from "./dnssec.js";
import * as domain from "./domain.js";
import * as overview from "./overview.js";
import { every, failure } from "./place.js";
import * as queue from "./queue.js";
import * as resolvers from "./resolvers.js";
import * as sessions from "./sessions.js";
import { number, time } from "./words.js";

/** @typedef {import("./address.js").Where} Where */
/** @typedef {{ show: (place: Element, where: Where, signal: AbortSignal) => unknown }} Screen */

const SCREENS = /** @type {Record<string, Screen>} */ ({ dnssec, overview, queue, sessions, resolvers, domain });

/** The screen that is seen ends with this. */
let current = new AbortController();
let seen = "";

/** @returns {Where} */
function where() {
  const found = read(location.hash);

  return SCREENS[found.screen] ? found : { screen: "dnssec", path: [], params: new URLSearchParams() };
}

/** A form of the same screen that was typed in keeps the focus; a new screen is told by its heading. */
function focusAfter(/** @type {string} */ before, /** @type {string} */ name) {
  const place = byId("screen");
  const same = before && place.querySelector(`[name="${CSS.escape(before)}"]`);

  if (same instanceof HTMLElement)
    same.focus();
  else if (name)
    place.querySelector("h1")?.focus();
}

async function show() {
  const here = where();
  const place = byId("screen");
  const active = document.activeElement;
  const before = seen === here.screen && place.contains(active) ? active?.getAttribute("name") ?? "" : "";
  const first = seen === "";

  current.abort();
  current = new AbortController();
  seen = here.screen;
  for (const link of document.querySelectorAll("nav a[href^='#/']")) {
    if (link.getAttribute("href") === write(here.screen))
      link.setAttribute("aria-current", "page");
    else if (link.closest("nav[aria-label=Screens]"))
      link.removeAttribute("aria-current");
  }
  document.querySelector("dialog[open]")?.remove();
  place.replaceChildren();
  scrollTo(0, 0);
  const { signal } = current;
  try {
    const done = SCREENS[here.screen].show(place, here, signal);
    focusAfter(before, first ? "" : here.screen);
    await done;
  } catch (error) {
    if (!signal.aborted)
      place.append(failure(error));
  }
}

/* The daemon. */

function showDown() {
  const { since, words } = daemon;
  const [who, rest] = daemon.console ? ["The console is away since ", "(UTC). What is seen is what it said last."]
    : ["The daemon is down since ", `(UTC): ${words}. Criteria, sessions and plots can be read, messages, domains and resolvers tried, `
      + "and criteria saved: they hold from its start. The queue, and how things stand now, wait for it."];

  byId("banner").replaceChildren(...(since ? [h("div", { class: "banner bogus" },
    h("p", null, who, time(since.toISOString()), ` ${rest}`))] : []));
}

/** What failed for want of it is asked again; a form that is open is left alone. */
function showUp() {
  showDown();
  for (const button of document.querySelectorAll(".failed button"))
    /** @type {HTMLButtonElement} */ (button).click();
}

async function lookAround() {
  try {
    const status = await get("/api/status");
    byId("host").textContent = status.hostname;
    byId("count-queue").textContent = status.queue ? number(status.queue.messages) : "";
    byId("count-resolvers").textContent = number(status.servers.length);
  } catch {
    // the banner tells
  }
}

async function whoAmI() {
  try {
    Object.assign(me, await get("/api/me"));
    byId("who").textContent = me.name ? `${me.name} (${me.role})` : me.role;
  } catch {
    // the console decides what may be done, with or without
  }
}

/* Keys. */

/** @param {KeyboardEvent} event */
function typing(event) {
  const at = event.target;

  return event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")
    || (at instanceof HTMLElement && at.matches("input:not([type=checkbox]), textarea, select"));
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (typing(event))
    return;
  const screen = Object.keys(SCREENS)[Number(event.key) - 1];
  if (event.key === "?") {
    showKeys();
  } else if (screen) {
    go(write(screen));
  } else if (event.key === "/") {
    const field = byId("screen").querySelector("[data-search], input, textarea");
    if (field instanceof HTMLElement)
      field.focus();
  } else {
    return;
  }
  event.preventDefault();
}

async function logOut() {
  try {
    await ask("/logout", { method: "POST" });
  } finally {
    location.assign("/");
  }
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();                  // #main is no screen
  byId("main").focus();
}

/* /queue?state=held leads where #/queue?state=held does. */
if (location.pathname !== "/" && !location.hash)
  history.replaceState(null, "", `/#${location.pathname}${location.search}`);
addEventListener("hashchange", () => {
  if (!isBack())
    show();
});
document.addEventListener("keydown", key);
daemon.addEventListener("down", showDown);
daemon.addEventListener("up", showUp);
byId("keys").addEventListener("click", showKeys);
byId("logout").addEventListener("click", logOut);
document.querySelector(".skip")?.addEventListener("click", skip);
await whoAmI();
show();
lookAround();
every(5_000, new AbortController().signal, lookAround);
