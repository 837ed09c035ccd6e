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

/** @type {{ to: string, there: () => void } | null} */
let way = null;

/**
 * Goes to the address as something of a screen that opens, not as another screen: forth() and back() are
 * one step each for who looks, and nothing is made anew.
 * @param {string} hash
 */
export function forth(hash) {
  const from = history.state?.from ?? location.hash;

  if (location.hash !== hash)
    history[history.state ? "replaceState" : "pushState"]({ from }, "", hash);
}

/**
 * To where forth() came from; to the address where it was not called, as of one that was typed.
 * @param {string} hash
 * @returns {Promise<void>} once it is there
 */
export async function back(hash) {
  const { state } = history;

  if (!state)
    history.replaceState(null, "", hash);
  else
    await new Promise((resolve) => {
      way = { to: state.from, there: () => resolve(null) };
      history.back();
    });
}

/** The address has changed: whether back() did it, so that what it means is on the screen already. */
export function isBack() {
  const was = way;

  way = null;
  was?.there();
  return was?.to === location.hash;
}
