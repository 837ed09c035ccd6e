// The criteria file as text: src/console/assets/lines.js.
import assert from "node:assert/strict";
import { test } from "node:test";

import { SERVICES, add, at, find, join, mistaken, move, remove, replace, split } from "../../src/console/assets/lines.js";

const LINES = [
  // line, header, value, service, the line that comes of these
  ["To *", "To", "*", "Requested", "To *"],
  ["To: *", "To", "*", "Requested", "To *"],
  ["Envelope-To  *@partner.example     SECURE", "Envelope-To", "*@partner.example", "SECURE", "Envelope-To *@partner.example SECURE"],
  ["To\t*@bank.example\tSECURE\tDANE", "To", "*@bank.example", "SECURE DANE", "To *@bank.example SECURE DANE"],
  ["X-Class \"top  secret\" SECURE", "X-Class", "\"top  secret\"", "SECURE", "X-Class \"top  secret\" SECURE"],
  ["Subject top secret OBSERVE", "Subject", "top secret", "OBSERVE", "Subject top secret OBSERVE"],
  ["Subject \"SECURE\"", "Subject", "\"SECURE\"", "Requested", "Subject \"SECURE\""],
  ["Subject a\\ SECURE", "Subject", "a\\ SECURE", "Requested", "Subject a\\ SECURE"],
  ["X \"\"", "X", "\"\"", "Requested", "X \"\""],
  ["Subject DANE", "Subject", "DANE", "Requested", "Subject DANE"],
  ["  To   *  ", "To", "*", "Requested", "To *"],
  ["To", "To", "", "Requested", "To"],
  ["", "", "", "Requested", ""],
];

for (const [line, header, value, service, again] of LINES) {
  test(`split and join ${line}`, () => {
    assert.deepEqual(split(line), { header, value, service });
    assert.equal(join(split(line)), again);
  });
}

const MISTAKES = [
  // header, value, service, what the words begin with
  ["To", "*", "SECURE", ""],
  ["To", "*@bank.example", "SECURE DANE", ""],
  ["To:", "\"\"", "Requested", ""],
  ["Subject", "\"SECURE\"", "Requested", ""],
  ["Subject", "be SECURE", "Requested", "Value: it ends with SECURE"],
  ["Subject", "be OBSERVE", "SECURE", ""],
  ["Subject", "be SECURE", "SECURE", ""],
  ["To", "", "SECURE", "Value: "],
  ["To", "   ", "Requested", "Value: "],
  ["X Class", "*", "SECURE", "Header: one word"],
  ["#To", "*", "SECURE", "Header: a line that begins with #"],
];

for (const [header, value, service, words] of MISTAKES) {
  test(`mistaken ${header} ${value} ${service}`, () => {
    const said = mistaken({ header, value, service });
    assert.ok(words ? said.startsWith(words) : said === "", said);
  });
}

const FILE = "# the file\n\n# every message\nTo *\n# contract\n# of 2026\nCc *@bank.example SECURE\n\nSubject *payroll* SECURE\n";

test("add", () => {
  assert.equal(add(FILE, "From x"), `${FILE}From x\n`);
  assert.equal(add("", "To *"), "To *\n");
  assert.equal(add("To *", "Cc *"), "To *\nCc *\n");                     // an end that was missing
  assert.equal(add("# only a comment\n", "To *"), "# only a comment\n\nTo *\n");
  assert.equal(add("To *\r\n", "Cc *"), "To *\r\nCc *\r\n");
});

test("replace", () => {
  assert.equal(replace(FILE, 4, "To *@a.example"), FILE.replace("To *\n", "To *@a.example\n"));
  assert.equal(replace("To *\r\nCc *\r\n", 2, "Bcc *"), "To *\r\nBcc *\r\n");
});

test("remove", () => {
  assert.equal(remove(FILE, 9, false), FILE.replace("Subject *payroll* SECURE\n", ""));
  assert.equal(remove(FILE, 7, true), FILE.replace("# contract\n# of 2026\nCc *@bank.example SECURE\n", ""));
  assert.equal(remove(FILE, 7, false), FILE.replace("Cc *@bank.example SECURE\n", ""));
  // The note stays, and is not that of the next.
  assert.equal(remove("# one\nTo *\nCc *\n", 2, false), "# one\n\nCc *\n");
  assert.equal(remove("To *\n", 1, false), "");
});

test("move", () => {
  const moved = "# the file\n\n# contract\n# of 2026\nCc *@bank.example SECURE\n# every message\nTo *\n\nSubject *payroll* SECURE\n";
  assert.equal(move(FILE, 4, 1), moved);
  assert.equal(move(FILE, 7, -1), moved);
  assert.equal(move(FILE, 9, -1), "# the file\n\n# every message\nTo *\nSubject *payroll* SECURE\n\n# contract\n# of 2026\nCc *@bank.example SECURE\n");
  assert.equal(move(FILE, 4, -1), FILE);                                 // the first stays first
  assert.equal(move(FILE, 9, 1), FILE);
  assert.equal(move("To *\r\nCc *\r\n", 1, 1), "Cc *\r\nTo *\r\n");
});

test("whatever is moved, no line is lost", () => {
  const sorted = (text) => text.split("\n").sort().join("\n");
  for (const number of [4, 7, 9])
    for (const way of [-1, 1])
      assert.equal(sorted(move(FILE, number, way)), sorted(FILE));
});

test("a byte order mark stays in front", () => {
  const file = `\ufeff${FILE}`;
  assert.equal(move(file, 4, 1), `\ufeff${move(FILE, 4, 1)}`);
  assert.equal(move("\ufeffTo *\nCc *\n", 1, 1), "\ufeffCc *\nTo *\n");
  assert.equal(replace("\ufeffTo *\n", 1, "Cc *"), "\ufeffCc *\n");
  assert.equal(remove("\ufeff# note\nTo *\nCc *\n", 2, true), "\ufeffCc *\n");
  assert.equal(find("\ufeffTo *\n", "To *", 1), 1);
});

test("at", () => {
  assert.equal(at("\ufeffTo   *\r\nX\t\"a  b\"\r\n", 1), "To   *");
  assert.equal(at("To   *\r\nX\t\"a  b\"\r\n", 2), "X\t\"a  b\"");
  assert.equal(at("To *\n", 2), "");
});

test("find", () => {
  assert.equal(find(FILE, "To *", 4), 4);
  assert.equal(find(`Cc *\n${FILE}`, "To *", 4), 5);
  assert.equal(find(FILE, "Bcc *", 4), 0);
});

test("services are those of the list", () => {
  assert.deepEqual(SERVICES, ["Requested", "SECURE", "SECURE DANE", "OBSERVE"]);
});
