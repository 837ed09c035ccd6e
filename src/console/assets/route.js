/**
 * The route as a tree: domain, mail hosts, addresses and TLSA, each with its status.
 *
 * The same tree is drawn and written as a list, for whoever does not see the drawing.
 */
import { h, s } from "./dom.js";
import { count, kind, mark, tag } from "./words.js";

/** @typedef {{ status: string, text: string }} Line a status ("" for none) and what is said beside it */

/**
 * @typedef {object} TreeNode
 * @property {string} title
 * @property {string} reached the status of what leads here; "" for the first
 * @property {Line[]} lines
 * @property {TreeNode[]} next
 */

/**
 * What an answer has, in the words of `route`.
 * @param {any} answer
 * @returns {string}
 */
export function outcome(answer) {
  switch (answer.outcome) {
  case "data": return count(answer.records.length, "record");
  case "nodata": return "no such record";
  case "nxdomain": return "NXDOMAIN";
  case "failed": return answer.rcode;
  case "loop": return "a chain of aliases without an end";
  default: return "no answer";
  }
}

/**
 * Codes and their purpose, and what the server wrote to them.
 * @param {any} answer
 * @returns {string}
 */
export function errors(answer) {
  const codes = (answer.extended_errors ?? []).map((/** @type {any} */ e) =>
    `extended error ${e.code} (${e.purpose})`);

  return [...codes, answer.extended_error_text, answer.why].filter(Boolean).join(": ");
}

/**
 * @param {string} what
 * @param {any} answer
 * @returns {Line[]}
 */
function lookup(what, answer) {
  if (!answer)
    return [];
  const ttl = answer.outcome === "data" ? `, TTL ${answer.ttl}` : "";
  const lines = [{ status: answer.status, text: `${what}: ${outcome(answer)}${ttl}` }];
  return errors(answer) ? [...lines, { status: "", text: errors(answer) }] : lines;
}

/**
 * @param {any} at
 * @returns {TreeNode}
 */
function addressNode(at) {
  const lines = [{ status: at.status, text: "" }];

  if (at.self)
    lines.push({ status: "", text: "Signpost itself" });
  if (at.ignored)
    lines.push({ status: "", text: "ignored: never dialled" });
  return { title: at.port === 25 ? at.address : `${at.address} port ${at.port}`, reached: at.status, lines, next: [] };
}

/**
 * @param {any} answer
 * @returns {TreeNode}
 */
function tlsaNode(answer) {
  const records = (answer.records ?? []).filter((/** @type {any} */ r) => r.type === "TLSA");
  const lines = records.length
    ? records.map((/** @type {any} */ r) => ({ status: answer.status, text: r.data }))
    : lookup("TLSA", answer);

  return { title: `TLSA ${answer.name}`, reached: answer.status, lines, next: [] };
}

/**
 * @param {any} route
 * @param {any} host
 * @returns {TreeNode}
 */
function hostNode(route, host) {
  const families = [["A", host.a], ["AAAA", host.aaaa]].filter(([, a]) => a && a.outcome !== "data");
  const lines = [
    ...(route.implicit_mx ? [{ status: "", text: "the domain itself: it has no MX" }] : []),
    ...families.flatMap(([what, a]) => lookup(what, a)),
    ...(host.cname ? lookup("CNAME", host.cname) : []),
  ];
  const preference = route.mx && !route.implicit_mx ? `${host.preference} ` : "";
  return {
    title: `${preference}${host.host}`, lines, reached: route.mx?.status ?? "",
    next: [...(host.addresses ?? []).map(addressNode), ...(host.tlsa ?? []).filter(Boolean).map(tlsaNode)],
  };
}

/**
 * @param {any} route as `route` has it
 * @param {string} domain
 * @returns {TreeNode}
 */
export function tree(route, domain) {
  const lines = lookup("MX", route.mx);

  if (route.kind !== "domain")
    lines.push({ status: "", text: `${route.kind}: no MX is asked for` });
  if (route.null_mx)
    lines.push({ status: "", text: "null MX: the domain takes no mail" });
  if (route.self)
    lines.push({ status: "", text: "Signpost itself is the best mail host: a loop" });
  return {
    title: route.name || domain, reached: "", lines,
    next: (route.hosts ?? []).map((/** @type {any} */ host) => hostNode(route, host)),
  };
}

/* The drawing. */

const MOST = 44;                           // characters of a line; the list has all of them
const SHRINKS = 520;                       // a wider drawing is made to fit, as far as it can be read
const LINE = 17, PAD = 9, GAP = 12, ROOM = 54;

/** @param {string} text */
function short(text) {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}\u2026` : text;
}

/** @param {Line} line */
function words(line) {
  return line.status ? `${mark(line.status)} ${line.status}${line.text && ", "}${line.text}` : line.text;
}

/** @param {TreeNode} node */
function height(node) {
  return PAD * 2 + LINE * (1 + node.lines.length) - 3;
}

/** @param {TreeNode[]} nodes */
function width(nodes) {
  const longest = Math.max(8, ...nodes.flatMap((n) => [n.title, ...n.lines.map(words)]).map((t) => short(t).length));
  return Math.round(longest * 7.1) + PAD * 2;
}

/** @typedef {{ node: TreeNode, x: number, y: number, w: number, h: number, from: Box | null }} Box */

/**
 * Where everything stands: three columns, each host in the middle of what it leads to.
 * @param {TreeNode} root
 * @returns {{ boxes: Box[], w: number, h: number }}
 */
export function layout(root) {
  const columns = [[root], root.next, root.next.flatMap((host) => host.next)];
  const widths = columns.map((nodes) => (nodes.length ? width(nodes) : 0));
  const xs = [1, widths[0] + ROOM, widths[0] + widths[1] + 2 * ROOM];
  /** @type {Box[]} */
  const boxes = [];
  /** @type {(node: TreeNode, column: number, y: number, from: Box | null) => Box} */
  const put = (node, column, y, from) => {
    const box = { node, x: xs[column], y, w: widths[column], h: height(node), from };
    boxes.push(box);
    return box;
  };
  const first = put(root, 0, 1, null);
  let y = 1;

  for (const host of root.next) {
    const leaves = host.next.reduce((sum, leaf) => sum + height(leaf) + GAP, -GAP);
    const block = Math.max(height(host), leaves);
    const box = put(host, 1, y + (block - height(host)) / 2, first);
    let at = y + (block - Math.max(leaves, 0)) / 2;
    for (const leaf of host.next) {
      put(leaf, 2, at, box);
      at += height(leaf) + GAP;
    }
    y += block + GAP * 1.5;
  }
  const h = Math.max(y - GAP * 1.5, first.h) + 2;
  first.y = (h - first.h) / 2;
  return { boxes, h, w: Math.max(...boxes.map((b) => b.x + b.w)) + 1 };
}

/** @param {Box} box */
function wire(box) {
  const { from } = box;

  if (!from)
    return null;
  const [x0, y0, x1, y1] = [from.x + from.w, from.y + from.h / 2, box.x, box.y + box.h / 2];
  const middle = (x0 + x1) / 2;
  return s("path", { class: `wire ${kind(box.node.reached) || "unknown"}`, d: `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}` });
}

/** @param {Box} box */
function boxDrawn({ node, x, y, w, h: high }) {
  const lines = node.lines.map((line, i) => s("text", { class: "s", x: x + PAD, y: y + PAD + LINE * (i + 2) - 6 },
    s("tspan", { class: kind(line.status) || null }, short(words(line)))));

  return s("g", null, s("title", null, [node.title, ...node.lines.map(words)].join("\n")),
    s("rect", { class: "box", x, y, width: w, height: high, rx: 8 }),
    s("text", { x: x + PAD, y: y + PAD + LINE - 5 }, short(node.title)), ...lines);
}

/**
 * @param {TreeNode} root
 * @returns {string} all of it in a sentence
 */
function sentence(root) {
  const hosts = root.next.map((host) => `${host.title}: ${host.next.map((leaf) =>
    `${leaf.title} ${leaf.reached}`).join(", ") || "no address"}`);

  return `${[root.title, ...root.lines.map((l) => `${l.text} ${l.status}`)].join(", ")}. ${hosts.join(". ")}`;
}

/**
 * @param {TreeNode} root
 * @returns {HTMLElement}
 */
export function draw(root) {
  const { boxes, w, h: high } = layout(root);

  return h("div", { class: w > SHRINKS ? "drawing broad" : "drawing", tabindex: "0", role: "region", "aria-label": `The route to ${root.title}, drawn` },
    s("svg", { viewBox: `0 0 ${w} ${high}`, width: w, height: high, role: "img", "aria-label": sentence(root) },
      ...boxes.map(wire), ...boxes.map(boxDrawn)));
}

/** @param {TreeNode} node */
function item(node) {
  const lines = node.lines.map((line) => h("div", null, line.status && tag(line.status), " ", line.text));

  /** @type {HTMLLIElement} */
  const li = h("li", null, h("code", null, node.title), ...lines,
    node.next.length > 0 && h("ul", null, ...node.next.map(item)));
  return li;
}

/**
 * The same for who does not see it.
 * @param {TreeNode} root
 */
export function list(root) {
  return h("details", null, h("summary", null, "The same as a list"), h("ul", { class: "tree" }, item(root)));
}

/* What becomes of mail. */

/**
 * What the configuration says of a domain, in the words of `route`.
 * @param {any} found as `route` has it, or a recipient of `explain`
 * @returns {HTMLElement[]}
 */
export function configured(found) {
  return [found.route_section && `by route "${found.route_section}"`,
    found.exempt && `exempt, so that required mail goes as requested: ${found.exempt}`]
    .filter(Boolean).map((words) => h("p", { class: "note" }, words));
}

const TLS = /** @type {Record<string, string>} */ ({
  encrypt: " with TLS", verify: " with TLS, its name verified", dane: " with TLS, authenticated by DANE",
});

/** @param {any} target */
function targetItem(target) {
  const host = target.host && target.host !== "." ? `${target.host} ` : "";

  return h("li", null, h("code", null, `${host}${target.address}`), TLS[target.tls] ?? "",
    target.dnssec && " ", target.dnssec && tag("DNSSEC"));
}

/**
 * A verdict in the words of `explain`: deliver to these addresses, or why not and what can be done.
 * @param {any} verdict
 * @returns {HTMLElement}
 */
export function verdict(verdict) {
  const targets = verdict.targets ?? [];
  const what = verdict.action === "deliver"
    ? `deliver to ${targets.length === 1 ? "1 address" : `${targets.length} addresses, in this order`}`
    : `${verdict.action} ${verdict.status}`;
  const rest = [verdict.text, verdict.advice, verdict.note].filter(Boolean);

  return h("div", { class: "verdict" }, h("strong", null, what),
    targets.length > 0 && h("ol", null, ...targets.map(targetItem)),
    ...rest.map((text, i) => h("p", { class: i ? "note" : null }, text)));
}
