// What the pages reckon without a browser: addresses, numbers and times, plots, the tree of a route.
import assert from "node:assert/strict";
import { test } from "node:test";

import { read, write } from "../../src/console/assets/address.js";
import { visible } from "../../src/console/assets/dom.js";
import { ceiling, path } from "../../src/console/assets/plot.js";
import { layout, outcome, tree } from "../../src/console/assets/route.js";
import { count, kind, mark, number, size, span } from "../../src/console/assets/words.js";

test("an address is read as it was written", () => {
  const rows = [
    ["queue", [], { state: "held", domain: "" }, "#/queue?state=held"],
    ["queue", ["1M8NKFG7Z00"], {}, "#/queue/1M8NKFG7Z00"],
    ["domain", ["b\u00fccher.example"], {}, "#/domain/b%C3%BCcher.example"],
    ["domain", ["a/b?c"], {}, "#/domain/a%2Fb%3Fc"],
    ["sessions", [], { to: "a+b@bank.example" }, "#/sessions?to=a%2Bb%40bank.example"],
    ["dnssec", ["edit", "4"], {}, "#/dnssec/edit/4"],
  ];
  for (const [screen, words, params, text] of rows) {
    assert.equal(write(screen, words, params), text);
    const where = read(text);
    assert.deepEqual([where.screen, where.path], [screen, words]);
    for (const [name, value] of Object.entries(params))
      assert.equal(where.params.get(name) ?? "", value);
  }
  assert.equal(read("").screen, "");
  assert.deepEqual(read("#/domain/%zz").path, ["%zz"]);                  // by hand
});

test("nothing hides in a text", () => {
  const rows = [
    ["a\u202eb", "a\\xe2\\x80\\xaeb"],
    ["a\u200bb\ufeff", "a\\xe2\\x80\\x8bb\\xef\\xbb\\xbf"],
    ["a\u00a0b\u2028\u001b[0m\u0000", "a\\xc2\\xa0b\\xe2\\x80\\xa8\\x1b[0m\\x00"],
    ["\u{e0041}", "\\xf3\\xa0\\x81\\x81"],
    ["b\u00fccher \u6f22 \u{1f600} a\\b\n\tc\r\n", "b\u00fccher \u6f22 \u{1f600} a\\b\n\tc\r\n"],
  ];
  for (const [text, seen] of rows)
    assert.equal(visible(text), seen);
});

test("times and sizes are said as people say them", () => {
  assert.deepEqual([0, 1, 59, 60, 61, 3599, 3600, 86400, 90061].map(span),
    ["0 s", "1 s", "59 s", "1 m", "1 m 1 s", "59 m 59 s", "1 h", "1 d", "1 d 1 h"]);
  assert.deepEqual([0, 1023, 1024, 1536, 1048576].map(size), ["0 octets", "1023 octets", "1.0 KiB", "1.5 KiB", "1.0 MiB"]);
  assert.deepEqual([number(18204), number(null), number(0)], ["18,204", "", "0"]);
  assert.deepEqual([count(1, "message"), count(2, "message"), count(0, "entry", "entries")], ["1 message", "2 messages", "0 entries"]);
});

test("each status has a kind and a mark, other words have none", () => {
  const marks = new Set(["secure", "insecure", "bogus", "indeterminate", "requested"].map(mark));
  assert.equal(marks.size, 5);
  assert.deepEqual([kind("delivered"), mark("delivered"), kind("none"), kind("off")], ["", "", "", ""]);
});

test("the top of a plot is round, and nothing is above it", () => {
  assert.deepEqual([0, 1, 3, 11, 47, 99, 100, 101, 1999].map(ceiling), [1, 1, 5, 20, 50, 100, 100, 200, 2000]);
});

test("a value that is not known is a gap", () => {
  const times = [0, 5, 10, 15].map((s) => new Date(s * 1000));
  const drawn = path(times, [1, NaN, 2, 3], 4, 5);
  assert.equal(drawn.match(/M/g).length, 2);
  assert.equal(drawn.match(/L/g).length, 1);
  assert.equal(path([], [], 1, 5), "");
});

test("a time in which nothing was counted is a gap as wide as it was", () => {
  const times = [0, 5, 95, 100].map((s) => new Date(s * 1000));
  const drawn = path(times, [1, 1, 1, 1], 1, 5);
  assert.match(drawn, /^M[^ML]+L[^ML]+M[^ML]+L[^ML]+$/);
  const x = drawn.slice(1).split(/[ML]/).map((point) => parseFloat(point));
  assert.ok(x[2] - x[1] > 10 * (x[1] - x[0]), drawn);
});

const answer = (status, records, more = {}) => ({ status, outcome: records.length ? "data" : "nodata", records, ttl: 300, extended_errors: [], ...more });
const route = (hosts, more = {}) => ({ kind: "domain", name: "bank.example.", mx: answer("secure", [1, 2]), hosts, ...more });
const host = (name, addresses, tlsa = []) => ({ host: name, preference: 10, a: answer("secure", [1]), aaaa: answer("secure", []), cname: null, tlsa,
  addresses: addresses.map((address) => ({ address, port: 25, status: "insecure", self: false, ignored: false })) });

test("the tree has domain, hosts, addresses and TLSA, each reached by its status", () => {
  const tlsa = { ...answer("secure", [{ type: "TLSA", data: "3 1 1 ab" }]), name: "_25._tcp.mx1." };
  const root = tree(route([host("mx1.", ["192.0.2.1", "2001:db8::1"], [tlsa]), host("mx2.", [])]), "bank.example");
  assert.equal(root.title, "bank.example.");
  assert.deepEqual(root.next.map((n) => [n.title, n.reached]), [["10 mx1.", "secure"], ["10 mx2.", "secure"]]);
  assert.deepEqual(root.next[0].next.map((n) => [n.title, n.reached]),
    [["192.0.2.1", "insecure"], ["2001:db8::1", "insecure"], ["TLSA _25._tcp.mx1.", "secure"]]);
  assert.deepEqual(root.next[0].next[2].lines, [{ status: "secure", text: "3 1 1 ab" }]);
});

test("what a route is besides is said", () => {
  const lines = (more) => tree(route([], more), "x").lines.map((l) => l.text).join("; ");
  assert.match(lines({ null_mx: true }), /null MX: the domain takes no mail/);
  assert.match(lines({ self: true }), /a loop/);
  assert.match(lines({ kind: "static host", mx: null }), /static host: no MX is asked for/);
  assert.match(lines({ mx: answer("bogus", [], { outcome: "failed", rcode: "SERVFAIL", extended_errors: [{ code: 6, purpose: "DNSSEC Bogus" }] }) }),
    /MX: SERVFAIL; extended error 6 \(DNSSEC Bogus\)/);
  assert.deepEqual(["nodata", "nxdomain", "loop", "no answer"].map((o) => outcome({ outcome: o })),
    ["no such record", "NXDOMAIN", "a chain of aliases without an end", "no answer"]);
});

test("nothing in the drawing covers anything else, and all of it is inside", () => {
  const many = [host("a.", ["192.0.2.1", "192.0.2.2", "192.0.2.3"]), host("b.", []), host("a-host-with-a-very-long-name.of.a.domain.that.is.long.example.", ["192.0.2.4"])];
  for (const hosts of [[], many.slice(0, 1), many]) {
    const { boxes, w, h } = layout(tree(route(hosts), "x"));
    for (const [i, a] of boxes.entries()) {
      assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.w <= w && a.y + a.h <= h, `${a.node.title} is inside`);
      for (const b of boxes.slice(i + 1))
        assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, `${a.node.title} and ${b.node.title}`);
    }
  }
});
