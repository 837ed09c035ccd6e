/**
 * Everything has an address: #/SCREEN/WHAT?FILTER.
 */

/**
 * @typedef {object} Where
 * @property {string} screen
 * @property {string[]} path what follows the screen's name
 * @property {URLSearchParams} params
 */

/**
 * @param {string} hash
 * @returns {Where}
 */
export function read(hash) {
  const [path, rest] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const [screen, ...words] = path.split("/").map(decode);

  return { screen, path: words.filter(Boolean), params: new URLSearchParams(rest ?? "") };
}

/** @param {string} word */
function decode(word) {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;                           // somebody wrote it by hand
  }
}

/**
 * @param {string} screen
 * @param {string[]} [path]
 * @param {Record<string, string | null | undefined>} [params] those that are empty are left out
 * @returns {string}
 */
export function write(screen, path = [], params = {}) {
  const given = new URLSearchParams();

  for (const [name, value] of Object.entries(params))
    if (value)
      given.set(name, value);
  const text = given.toString();
  return `#/${[screen, ...path.map(encodeURIComponent)].join("/")}${text && `?${text}`}`;
}

/** @param {string} hash */
export function go(hash) {
  location.hash = hash;
}
