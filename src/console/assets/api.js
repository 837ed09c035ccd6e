/**
 * What the page asks of the console, and what it makes of a refusal.
 */

/** The answer was no. `body` is the JSON that came with it; `status` 0: no answer at all. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {any} body
   */
  constructor(status, body) {
    super(body?.message || (status ? `the console answered ${status}` : "the console does not answer"));
    this.status = status;
    this.body = body;
  }
}

/** Tells `down` and `up`, once each time. */
export const daemon = Object.assign(new EventTarget(), {
  /** @type {Date | null} */ since: null,
  words: "",
  console: false,                          // it is the console itself that is away
});

/**
 * @param {Refusal} refusal
 * @param {string} since as the console has it; "" where that is away
 */
function isDown(refusal, since) {
  if (daemon.since && daemon.words === refusal.message)
    return;
  daemon.console = !since;
  daemon.since = since ? new Date(since) : new Date();
  daemon.words = refusal.message;
  daemon.dispatchEvent(new Event("down"));
}

/** Whatever needs the daemon was answered. */
function isUp() {
  if (!daemon.since)
    return;
  daemon.since = null;
  daemon.dispatchEvent(new Event("up"));
}

/**
 * @typedef {object} Asking
 * @property {string} [method]
 * @property {Record<string, string | number | null | undefined>} [params]
 * @property {unknown} [json] sent as JSON
 * @property {string} [text] sent as text
 * @property {string} [etag] what is to be changed must still be this
 * @property {AbortSignal} [signal]
 */

/**
 * @param {Asking["params"]} params
 * @returns {string}
 */
function query(params) {
  const given = new URLSearchParams();

  for (const [name, value] of Object.entries(params ?? {}))
    if (value !== null && value !== undefined && value !== "")
      given.set(name, String(value));
  const text = given.toString();
  return text && `?${text}`;
}

/**
 * @param {Asking} asking
 * @returns {RequestInit}
 */
function request({ method = "GET", json, text, etag, signal }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };

  if (method !== "GET")
    headers["X-Signpost"] = "1";
  if (json !== undefined)
    headers["Content-Type"] = "application/json";
  if (text !== undefined)
    headers["Content-Type"] = "text/plain; charset=utf-8";
  if (etag)
    headers["If-Match"] = etag;
  return {
    method, headers, signal, cache: "no-store", credentials: "same-origin",
    body: json === undefined ? text : JSON.stringify(json),
  };
}

/**
 * @param {Response} response
 * @returns {Promise<any>} null where there is no JSON
 */
async function read(response) {
  const text = await response.text();

  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} path
 * @param {Asking} [asking]
 * @returns {Promise<{ value: any, etag: string, after: string, before: string }>} after, before: where an
 *     answer that was cut goes on
 */
export async function ask(path, asking = {}) {
  /** @type {Response} */
  let response;

  try {
    response = await fetch(path + query(asking.params), request(asking));
  } catch (error) {
    if (asking.signal?.aborted)
      throw error;
    const refusal = new Refusal(0, null);
    isDown(refusal, "");
    throw refusal;
  }
  const value = await read(response);
  const field = (/** @type {string} */ name) => response.headers.get(name) ?? "";
  if (response.ok) {
    if (path === "/api/status")
      isUp();
    return { value, etag: field("ETag"), after: field("X-Signpost-After"), before: field("X-Signpost-Before") };
  }
  const refusal = new Refusal(response.status, value);
  if (response.status === 401)
    location.reload();                     // the answer to GET / is the login page now
  if (field("X-Signpost-Since"))           // else it is busy, or a file cannot be read
    isDown(refusal, field("X-Signpost-Since"));
  throw refusal;
}

/**
 * @param {string} path
 * @param {Asking["params"]} [params]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, params, signal) {
  return (await ask(path, { params, signal })).value;
}

/** Who is logged in; a role that is not known is refused by the console, where it must be. */
export const me = { name: "", role: "admin", hostname: "" };

/** @returns {boolean} */
export function mayChange() {
  return me.role !== "view";
}
