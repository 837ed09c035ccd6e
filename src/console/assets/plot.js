/**
 * Plots: small drawings with a table behind each.
 */
import { h, s, table } from "./dom.js";
import { number, time } from "./words.js";

/** @typedef {{ name: string, values: number[], look: number }} Line look: one of the four of the style sheet */

/**
 * Shares of a whole, as a bar.
 * @param {{ name: string, n: number }[]} parts in the order of the four looks
 * @returns {SVGElement}
 */
export function stack(parts) {
  const sum = parts.reduce((total, part) => total + part.n, 0) || 1;
  let x = 0;
  const bars = parts.map((part, look) => {
    const width = (part.n / sum) * 100;
    x += width;
    return s("rect", { class: `f${look}`, x: x - width, y: 0, width, height: 8 });
  });
  const words = parts.filter((part) => part.n).map((part) => `${part.n} ${part.name}`).join(", ") || "nothing";

  return s("svg", { class: "stack", viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": words }, ...bars);
}

const W = 420, H = 150, LEFT = 44, BOTTOM = 20, TOP = 8;

/**
 * The least round number that nothing is above.
 * @param {number} most
 * @returns {number}
 */
export function ceiling(most) {
  if (most <= 1)
    return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 5, 10].find((n) => n * power >= most) ?? 10;
  return step * power;
}

/** @param {number} share of the time that is drawn */
function across(share) {
  return LEFT + (W - LEFT - 4) * share;
}

/**
 * @param {Date[]} times
 * @param {number[]} values
 * @param {number} top
 * @param {number} step_s how far apart times are
 * @returns {string} a path; a gap where a value is not known, or nobody was there to count
 */
export function path(times, values, top, step_s) {
  const first = times[0]?.getTime() ?? 0;
  const all = (times[times.length - 1]?.getTime() ?? 0) - first || 1;
  const points = values.map((v, i) => (Number.isFinite(v)
    ? `${across((times[i].getTime() - first) / all).toFixed(1)} ${(H - BOTTOM - (v / top) * (H - BOTTOM - TOP)).toFixed(1)}` : ""));
  const goesOn = (/** @type {number} */ i) => i > 0 && points[i - 1]
    && times[i].getTime() - times[i - 1].getTime() < 2500 * step_s;

  return points.map((p, i) => p && `${goesOn(i) ? "L" : "M"}${p}`).join("");
}

/** @param {Line[]} lines */
function legend(lines) {
  return h("ul", { class: "legend" }, ...lines.map((line) => h("li", null,
    s("svg", { width: 26, height: 8, "aria-hidden": "true" }, s("path", { class: `line l${line.look}`, d: "M0 4H26" })), line.name)));
}

/**
 * @param {Date} at
 * @param {number} seconds of the whole plot
 */
function label(at, seconds) {
  const text = at.toISOString();

  return seconds > 2 * 86400 ? text.slice(5, 10) : text.slice(11, 16);
}

/**
 * @param {string} title
 * @param {Date[]} times
 * @param {Line[]} lines
 * @param {number} step_s
 */
function drawing(title, times, lines, step_s) {
  const top = ceiling(Math.max(0, ...lines.flatMap((line) => line.values.filter(Number.isFinite))));
  const first = times[0].getTime();
  const all = times[times.length - 1].getTime() - first;
  const marks = /** @type {[number, string][]} */ (all > 0 ? [[0, "start"], [0.5, "middle"], [1, "end"]] : [[0, "start"]]);
  const grid = [0, 0.5, 1].flatMap((share) => {
    const y = H - BOTTOM - share * (H - BOTTOM - TOP);
    return [s("path", { class: "axis", d: `M${LEFT} ${y}H${W - 4}` }),
      s("text", { class: "s", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, Number.isInteger(share * top) ? number(share * top) : "")];
  });
  const below = marks.map(([share, anchor]) => s("text",
    { class: "s", x: across(share), y: H - 4, "text-anchor": anchor }, label(new Date(first + all * share), all / 1000)));

  return s("svg", { viewBox: `0 0 ${W} ${H}`, width: "100%", role: "img", "aria-label": `${title}: ${lines.map((line) => line.name).join(", ")}; the table below has the numbers` },
    ...grid, ...below, ...lines.map((line) => s("path", { class: `line l${line.look}`, d: path(times, line.values, top, step_s) })));
}

/**
 * @param {string} title
 * @param {Date[]} times
 * @param {Line[]} lines
 * @param {number} step_s how far apart times are; where they are further nothing was counted
 * @returns {HTMLElement}
 */
export function plot(title, times, lines, step_s) {
  if (times.length === 0)
    return h("p", { class: "note" }, "Nothing is recorded of this time.");
  const rows = times.map((at, i) => [time(at.toISOString()), ...lines.map((line) => number(line.values[i]))]).reverse();

  return h("figure", { class: "plot" }, lines.length > 1 && legend(lines), drawing(title, times, lines, step_s),
    h("details", null, h("summary", null, "The numbers"),
      h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `${title}, the numbers` },
        table(title, [{ name: "Time (UTC)" }, ...lines.map((line) => ({ name: line.name, n: true }))], rows))));
}
