/**
 * Words, numbers and times, and the tags that statuses have.  The words are the log's.
 */
import { h } from "./dom.js";

/** What a word is shown as; all others are plain words. */
const TAGS = /** @type {Record<string, string>} */ ({
  secure: "secure", validates: "secure", trusted: "secure", required: "secure",
  SECURE: "secure", "SECURE DANE": "secure", DNSSEC: "secure",
  insecure: "insecure", warning: "insecure",
  bogus: "bogus", fails: "bogus", unanswered: "bogus", "not trusted": "bogus", problem: "bogus",
  indeterminate: "unknown", unknown: "unknown",
  requested: "asked", Requested: "asked", OBSERVE: "asked",
});

const MARKS = /** @type {Record<string, string>} */ (
  { secure: "\u25cf", insecure: "\u25d0", bogus: "\u2715", unknown: "?", asked: "\u25cb" });

/**
 * @param {string} word
 * @returns {string} secure, insecure, bogus, unknown, asked, or "" for a word that is just a word
 */
export function kind(word) {
  return TAGS[word] ?? "";
}

/** @param {string} word */
export function mark(word) {
  return MARKS[kind(word)] ?? "";
}

/**
 * A status: its word, with a mark and a colour where it has these.
 * @param {string} word
 * @returns {HTMLElement}
 */
export function tag(word) {
  return kind(word) ? h("span", { class: `tag ${kind(word)}` }, word) : h("span", null, word);
}

const numbers = new Intl.NumberFormat("en");

/** @param {number | null | undefined} n */
export function number(n) {
  return n === null || n === undefined ? "" : numbers.format(n);
}

/**
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 */
export function count(n, one, many = `${one}s`) {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/**
 * Seconds as people say them: two units at most.
 * @param {number} seconds
 */
export function span(seconds) {
  const units = /** @type {[string, number][]} */ ([["d", 86400], ["h", 3600], ["m", 60], ["s", 1]]);
  const whole = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([, size]) => whole >= size);

  if (first < 0)
    return "0 s";
  const [word, size] = units[first];
  const rest = units[first + 1] && Math.floor((whole % size) / units[first + 1][1]);
  return `${Math.floor(whole / size)} ${word}${rest ? ` ${rest} ${units[first + 1][0]}` : ""}`;
}

/** @param {number} octets */
export function size(octets) {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, octets)) / 10));

  return power === 0 ? `${octets} octets`
    : `${(octets / 1024 ** power).toFixed(1)} ${["", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/**
 * A time as the log writes it, in UTC.
 * @param {string | null | undefined} time
 * @param {"whole" | "clock"} [how] clock: without the day
 * @returns {HTMLElement | string}
 */
export function time(time, how = "whole") {
  if (!time)
    return "";
  const text = how === "clock" ? time.slice(11, 23) : time.slice(0, 19).replace("T", " ");
  return h("time", { datetime: time, title: time }, text);
}

/**
 * How long ago, or how long until.
 * @param {string | null | undefined} at
 * @returns {HTMLElement | string}
 */
export function distance(at) {
  if (!at)
    return "";
  const seconds = (Date.parse(at) - Date.now()) / 1000;
  return h("time", { datetime: at, title: at },
    seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`);
}
