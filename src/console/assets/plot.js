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

/**
 * @param {number[]} values
 * @param {number} top
 * @returns {string} a path; a gap where a value is not known
 */
export function path(values, top) {
  const step = (W - LEFT - 4) / Math.max(1, values.length - 1);
  const points = values.map((v, i) => (Number.isFinite(v)
    ? `${(LEFT + i * step).toFixed(1)} ${(H - BOTTOM - (v / top) * (H - BOTTOM - TOP)).toFixed(1)}` : ""));

  return points.map((p, i) => p && `${i > 0 && points[i - 1] ? "L" : "M"}${p}`).join("");
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
 */
function drawing(title, times, lines) {
  const top = ceiling(Math.max(0, ...lines.flatMap((line) => line.values.filter(Number.isFinite))));
  const seconds = (times[times.length - 1].getTime() - times[0].getTime()) / 1000;
  const marks = [0, Math.floor((times.length - 1) / 2), times.length - 1];
  const x = (/** @type {number} */ i) => LEFT + ((W - LEFT - 4) * i) / Math.max(1, times.length - 1);
  const grid = [0, 0.5, 1].flatMap((share) => {
    const y = H - BOTTOM - share * (H - BOTTOM - TOP);
    return [s("path", { class: "axis", d: `M${LEFT} ${y}H${W - 4}` }),
      s("text", { class: "s", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, Number.isInteger(share * top) ? number(share * top) : "")];
  });
  const below = [...new Set(marks)].map((i) => s("text",
    { class: "s", x: x(i), y: H - 4, "text-anchor": i === 0 ? "start" : i === times.length - 1 ? "end" : "middle" }, label(times[i], seconds)));

  return s("svg", { viewBox: `0 0 ${W} ${H}`, width: "100%", role: "img", "aria-label": `${title}: ${lines.map((line) => line.name).join(", ")}; the table below has the numbers` },
    ...grid, ...below, ...lines.map((line) => s("path", { class: `line l${line.look}`, d: path(line.values, top) })));
}

/**
 * @param {string} title
 * @param {Date[]} times
 * @param {Line[]} lines
 * @returns {HTMLElement}
 */
export function plot(title, times, lines) {
  if (times.length === 0)
    return h("p", { class: "note" }, "Nothing is recorded of this time.");
  const rows = times.map((at, i) => [time(at.toISOString()), ...lines.map((line) => number(line.values[i]))]).reverse();

  return h("figure", { class: "plot" }, lines.length > 1 && legend(lines), drawing(title, times, lines),
    h("details", null, h("summary", null, "The numbers"),
      h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `${title}, the numbers` },
        table(title, [{ name: "Time (UTC)" }, ...lines.map((line) => ({ name: line.name, n: true }))], rows))));
}
