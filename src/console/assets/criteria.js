/**
 * The criteria file as the console has it: read with its etag, saved whole, never over another's change.
 */
import { ask } from "./api.js";

/**
 * @typedef {object} Criterion
 * @property {number} line
 * @property {string} text
 * @property {string} header
 * @property {string} value
 * @property {string} service
 * @property {string} note
 * @property {number | null} matched of the last 24 hours
 * @property {number | null} delivered
 * @property {number | null} deferred
 * @property {number | null} bounced
 */

/**
 * @typedef {object} Book
 * @property {string} etag
 * @property {boolean} enabled
 * @property {string} file
 * @property {string} text the whole file
 * @property {{ line: number, message: string }} [problem] why it cannot be read as criteria
 * @property {Criterion[]} lines
 */

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Book>}
 */
export async function load(signal) {
  const { value, etag } = await ask("/api/criteria", { signal });

  return { ...value, etag: etag || value.etag };
}

/**
 * @param {Book} book as it was read
 * @param {string} text
 */
export async function save(book, text) {
  await ask("/api/criteria", { method: "PUT", text, etag: book.etag });
}

/**
 * What a line would have done to recorded mail, and does to waiting mail; a refusal 422 has the
 * parser's own words.
 * @param {string} line
 * @param {AbortSignal} signal
 */
export async function foresee(line, signal) {
  return (await ask("/api/criteria/try", { method: "POST", json: { line, since: "30d" }, signal })).value;
}
