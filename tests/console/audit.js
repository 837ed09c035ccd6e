// What is wrong for whoever does not see the page, or not well: a list of words, run in the page.
// The names that a screen reader says are asked of the browser itself: browser.py.
const found = [];
const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
const shown = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getClientRects().length > 0;
const all = (css) => [...document.querySelectorAll(css)];

// Structure
if (document.documentElement.lang !== "en")
  found.push("the page has no language");
if (!document.title)
  found.push("the page has no title");
if (all("h1").filter(shown).length !== 1)
  found.push("not one h1");
if (all("main").length !== 1)
  found.push("not one main");
let level = 0;
for (const heading of all("h1, h2, h3, h4").filter(shown)) {
  const now = Number(heading.tagName[1]);
  if (now > level + 1)
    say("a heading leaves a level out", heading);
  level = now;
}
const ids = new Map();
for (const element of all("[id]")) {
  if (ids.has(element.id))
    say("an id twice", element);
  ids.set(element.id, element);
}
for (const name of ["for", "aria-labelledby", "aria-describedby", "list"])
  for (const element of all(`[${name}]`))
    for (const id of element.getAttribute(name).split(" "))
      if (!ids.has(id))
        say(`${name} leads nowhere`, element);
for (const table of all("table")) {
  if (!table.querySelector("th"))
    say("a table without heads", table);
  for (const head of table.querySelectorAll("th"))
    if (!head.hasAttribute("scope") || !head.textContent.trim())
      say("a head without scope or words", head);
}
for (const element of all("ul > :not(li), ol > :not(li), dl > :not(dt, dd)"))
  say("no item of a list", element);
for (const element of all("[tabindex]"))
  if (Number(element.getAttribute("tabindex")) > 0)
    say("an order of its own", element);
for (const element of all("[style], [onclick]"))
  say("inline", element);
for (const element of all("input, select, textarea").filter(shown))
  if (!element.labels.length && !element.ariaLabel)
    say("a field without a label", element);
for (const element of all("[aria-hidden=true] :is(a, button, input), [aria-hidden=true]:is(a, button, input)"))
  say("hidden, and takes the focus", element);
for (const inner of all("a a, button button, a button, button a, label button"))
  say("one control in another", inner);

// Size: nothing to be hit is smaller than 24 pixels, but in running text (WCAG 2.5.8).
for (const element of all("button, select, input:not([type=checkbox]), nav a").filter(shown)) {
  const box = element.getBoundingClientRect();
  if (box.height < 24 || box.width < 24)
    say(`hard to hit, ${Math.round(box.width)} by ${Math.round(box.height)}`, element);
}

// Width: the page never scrolls sideways.
const excess = document.scrollingElement.scrollWidth - innerWidth;
if (excess > 0) {
  const wide = all("main *").filter((e) => shown(e) && e.getBoundingClientRect().right > innerWidth + 1);
  found.push(`wider than the window by ${excess}: ${wide[0]?.outerHTML.slice(0, 120)}`);
}
for (const element of all(".panel :is(button, td, input)").filter(shown)) {
  const frame = element.closest(".panel, .wide").getBoundingClientRect();
  if (!element.closest(".wide") && element.getBoundingClientRect().right > frame.right + 1)
    say("out of its panel", element);
}
for (const element of all("*"))
  if (element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX)
      && !/^(TEXTAREA|INPUT|SELECT)$/.test(element.tagName) && element.tabIndex < 0 && !element.querySelector("a, button, input"))
    say("scrolls, and not by the keyboard", element);

// Contrast: 4.5 of every text to its ground.
const rgba = (text) => {
  const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  const scale = text.startsWith("color(") ? 255 : 1;
  const [r, g, b, a = 1] = numbers;
  return [r * scale, g * scale, b * scale, a];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const light = (c) => {
  const [r, g, b] = c.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
};
const ground = (element) => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    const colour = rgba(getComputedStyle(e).backgroundColor);
    layers.push(colour);
    if (colour[3] === 1)
      break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !shown(element) || element.closest(":disabled, script, title, option, datalist, noscript"))
    continue;
  const svg = element.closest("svg");
  const colour = getComputedStyle(element)[svg ? "fill" : "color"];
  const behind = svg ? ground(svg) : ground(element);
  const contrast = ratio(over(rgba(colour), behind), behind);
  if (contrast < 4.5)
    say(`contrast ${contrast.toFixed(2)}`, element);
}
return [...new Set(found)];
