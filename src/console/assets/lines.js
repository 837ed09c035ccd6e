/**
 * The criteria file as text: one line changed, all others kept as they are.
 *
 * Pure, and no parser: what a line means is said by the daemon's own.  Only its three parts are told
 * apart here, as they stand in the file, quotes and all.  A comment right above a criterion is its
 * note, and moves with it.
 */

/** What may stand at the end, longest first: as the list Service has them. */
const MODIFIERS = ["SECURE DANE", "SECURE", "OBSERVE"];

export const SERVICES = ["Requested", "SECURE", "SECURE DANE", "OBSERVE"];

/**
 * @typedef {object} Parts
 * @property {string} header
 * @property {string} value
 * @property {string} service of SERVICES
 */

/**
 * @param {string} line
 * @returns {Parts}
 */
export function split(line) {
  const [, header, rest] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? ["", "", ""];
  const spaced = rest.replace(/\s+/g, " ");

  for (const modifier of MODIFIERS) {
    if (!spaced.endsWith(` ${modifier}`))
      continue;
    const value = rest.replace(new RegExp(`\\s+${modifier.replace(" ", "\\s+")}$`), "");
    if (!value.endsWith("\\"))             // an escaped space: the word belongs to the value
      return { header: header.replace(/:$/, ""), value, service: modifier };
  }
  return { header: header.replace(/:$/, ""), value: rest, service: "Requested" };
}

/**
 * @param {Parts} parts
 * @returns {string}
 */
export function join({ header, value, service }) {
  const words = [header.trim().replace(/:$/, ""), value.trim()];

  if (service !== "Requested")
    words.push(service);
  return words.filter(Boolean).join(" ");
}

/**
 * What the parser cannot see: words that the fields have together, and that nobody chose.
 * @param {Parts} parts
 * @returns {string} what is wrong, or ""
 */
export function mistaken(parts) {
  if (/\s/.test(parts.header.trim()))
    return "Header: one word, the name of a header field";
  if (parts.header.trim().startsWith("#"))
    return "Header: a line that begins with # is a comment";
  if (!parts.value.trim())
    return "Value: a pattern, as *@bank.example; * for any, \"\" for the empty value";
  const read = split(join(parts));
  return read.service === parts.service && read.value === parts.value.trim() ? ""
    : `Value: it ends with ${read.service}, which is a service: choose it in the list, or write the value in quotes`;
}

/** Some editors begin a file with it: it is of no line, and stays where it is. */
const BYTE_ORDER_MARK = "\ufeff";

/**
 * @typedef {object} Look how a file is written
 * @property {string} mark what it begins with
 * @property {string} end how its lines end
 */

/**
 * @param {string} text
 * @returns {{ rows: string[], look: Look }} rows without their ends
 */
function cut(text) {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const rows = text.slice(mark.length).split("\n").map((row) => row.replace(/\r$/, ""));

  if (rows[rows.length - 1] === "")
    rows.pop();
  return { rows, look: { mark, end } };
}

/**
 * @param {string[]} rows
 * @param {Look} look
 */
function paste(rows, look) {
  return look.mark + rows.map((row) => row + look.end).join("");
}

/** @param {string | undefined} row */
function isComment(row) {
  return row !== undefined && row.startsWith("#");
}

/** @param {string} row */
function isCriterion(row) {
  return row.trim() !== "" && !row.startsWith("#");
}

/**
 * @param {string[]} rows
 * @param {number} at
 * @returns {number} the first row of the note above, or at
 */
function noteOf(rows, at) {
  while (at > 0 && isComment(rows[at - 1]))
    at--;
  return at;
}

/**
 * @param {string} text
 * @param {string} line
 * @returns {string}
 */
export function add(text, line) {
  const { rows, look } = cut(text);

  if (isComment(rows[rows.length - 1]))
    rows.push("");                         // it was no note of what comes now
  return paste([...rows, line], look);
}

/**
 * @param {string} text
 * @param {number} number of the line, from 1
 * @param {string} line
 * @returns {string}
 */
export function replace(text, number, line) {
  const { rows, look } = cut(text);

  rows[number - 1] = line;
  return paste(rows, look);
}

/**
 * Its note stays, unless that goes too, and becomes nobody else's.
 * @param {string} text
 * @param {number} number
 * @param {boolean} withNote
 * @returns {string}
 */
export function remove(text, number, withNote) {
  const { rows, look } = cut(text);
  const at = number - 1;
  const first = noteOf(rows, at);

  if (withNote)
    rows.splice(first, at - first + 1);
  else if (first < at && rows[at + 1])
    rows.splice(at, 1, "");
  else
    rows.splice(at, 1);
  return paste(rows, look);
}

/**
 * Changes places with the criterion before it (-1) or after it (1); the text as it was where there
 * is none.
 * @param {string} text
 * @param {number} number
 * @param {-1 | 1} way
 * @returns {string}
 */
export function move(text, number, way) {
  const { rows, look } = cut(text);
  let other = number - 1 + way;

  while (other >= 0 && other < rows.length && !isCriterion(rows[other]))
    other += way;
  if (other < 0 || other >= rows.length)
    return text;
  const [upper, lower] = [Math.min(number - 1, other), Math.max(number - 1, other)];
  const [upperNote, lowerNote] = [noteOf(rows, upper), noteOf(rows, lower)];
  return paste([
    ...rows.slice(0, upperNote),
    ...rows.slice(lowerNote, lower + 1),
    ...rows.slice(upper + 1, lowerNote),
    ...rows.slice(upperNote, upper + 1),
    ...rows.slice(lower + 1),
  ], look);
}

/**
 * @param {string} text
 * @param {number} number
 * @returns {string} the line as it stands there, its white space, too; "" where there is none
 */
export function at(text, number) {
  return cut(text).rows[number - 1] ?? "";
}

/**
 * Which line a criterion stands on now, in a file that changed.
 * @param {string} text
 * @param {string} line as it stood there
 * @param {number} number where it was
 * @returns {number} 0 where it is no more
 */
export function find(text, line, number) {
  const { rows } = cut(text);

  return rows[number - 1] === line ? number : rows.indexOf(line) + 1;
}
