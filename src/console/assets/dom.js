/**
 * Elements and drawings.
 *
 * What comes from mail, DNS or hosts arrives here as a string and becomes a text node or the value
 * of an attribute.  Nothing here, and nothing in any other module, reads markup.
 */

/** @typedef {Node | string | number | false | null | undefined} Part what may stand in an element */
/** @typedef {Record<string, unknown>} Props attributes; functions listen: `onclick` */

/** Those that are properties of a field, and not what was in it at first. */
const PROPERTIES = new Set(["value", "checked", "disabled"]);

/**
 * @param {Element} element
 * @param {Props} props
 */
function set(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function")
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (PROPERTIES.has(name))
      Reflect.set(element, name, value ?? "");
    else if (value === true)
      element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
}

/** Controls, and what shows nothing or turns the line round: Unicode's Cf, Zl, Zp, and Zs but the space. */
const HIDDEN = /(?![\t\n\r ])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}]/gu;

/**
 * Text in which nothing hides: an address that reads as another's is seen as the log writes it.
 * @param {string} text
 */
export function visible(text) {
  return text.replace(HIDDEN, (hidden) => [...new TextEncoder().encode(hidden)].map((octet) => `\\x${octet.toString(16).padStart(2, "0")}`).join(""));
}

/**
 * @param {Part[]} parts
 * @returns {(Node | string)[]} those that are there
 */
export function present(parts) {
  return parts.filter((part) => part !== false && part !== null && part !== undefined)
    .map((part) => (part instanceof Node ? part : visible(String(part))));
}

/**
 * An element: h("p", { class: "note" }, "text", node).
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Part} parts
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...parts) {
  const element = document.createElement(tag);

  element.append(...present(parts));       // before the value: a list has its choices then
  set(element, props ?? {});
  return element;
}

/**
 * A part of a drawing.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Part} parts
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, props, ...parts) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);

  set(element, props ?? {});
  element.append(...present(parts));
  return element;
}

/**
 * What index.html has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);

  if (!found)
    throw new Error(`the page has no #${id}`);
  return found;
}

let made = 0;

/**
 * A field with its name above it; `unique` keeps it apart from another of that name.
 * @param {string} name what it is called, and nothing else
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control
 * @param {{ long?: boolean }} [more]
 * @returns {HTMLDivElement}
 */
export function field(name, control, more = {}) {
  control.id ||= `f-${name.toLowerCase().replace(/\W+/g, "-")}-${++made}`;
  control.name ||= name.toLowerCase();
  return h("div", { class: more.long ? "field long" : "field" },
    h("label", { for: control.id }, name), control);
}

/**
 * A box to be ticked, and its name beside it.
 * @param {string} name
 * @param {HTMLInputElement} box
 */
export function check(name, box) {
  box.id ||= `c-${++made}`;
  return h("label", { class: "check", for: box.id }, box, name);
}

/**
 * @param {string[]} choices
 * @param {string} chosen
 * @param {Props} [props]
 * @returns {HTMLSelectElement}
 */
export function select(choices, chosen, props) {
  return h("select", { ...props, value: chosen },
    ...choices.map((word) => h("option", { value: word === "any" ? "" : word }, word)));
}

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {boolean} [n] numbers: at the right
 * @property {boolean} [bare] as narrow as it can be
 * @property {boolean} [unseen] its name is for who does not see the table
 */

/**
 * A table is a table.
 * @param {string} caption
 * @param {Column[]} columns
 * @param {Part[][]} rows
 * @param {Props} [props]
 * @returns {HTMLTableElement}
 */
export function table(caption, columns, rows, props) {
  const of = (/** @type {Column} */ c) => [c.n && "n", c.bare && "bare"].filter(Boolean).join(" ") || null;
  const head = columns.map((c) => h("th", { scope: "col", class: of(c) },
    c.unseen ? h("span", { class: "unseen" }, c.name) : c.name));
  const body = rows.map((row) => h("tr", null,
    ...row.map((cell, i) => h("td", { class: of(columns[i]), "data-name": columns[i].unseen ? null : columns[i].name }, cell))));

  return h("table", props ?? null, h("caption", null, caption),
    h("thead", null, h("tr", null, ...head)), h("tbody", null, ...body));
}

/**
 * Facts with their names; those that are empty are left out.
 * @param {[string, Part][]} pairs
 * @returns {HTMLDListElement}
 */
export function facts(pairs) {
  return h("dl", { class: "facts" }, ...pairs.filter(([, value]) => value || value === 0)
    .flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}
