"""SPEC section 2: lines that are refused, lines that are noted, and those that do what they say."""

import random
import re

import pytest

from daemon import leaves, read_json

MODIFIERS = ("SECURE", "DANE", "OBSERVE", "SECURE DANE")


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(start=False)


def check(relay, lines):
    """(numbers of the bad lines, {number of a line: its notes})."""
    path = relay.dir / "lines.criteria"
    path.write_text("".join(f"{line}\n" for line in lines))
    relay.own()
    done = relay.run("criteria", "check", "--json", str(path))
    if done.returncode:
        assert done.returncode == 2
        bad = [re.match(r"(?:signpost: )?.*/lines\.criteria:(\d+): .", li)
               for li in done.stderr.splitlines()]
        return {int(m.group(1)) for m in bad}, {}
    notes = {}
    for note in read_json(done.stdout)["notes"]:
        notes.setdefault(note["line_number"], []).append(note["text"])
    return set(), notes


def misspelt(rnd, word):
    """Another case, one letter put in, left out, changed, or two that changed places."""
    at = rnd.randrange(len(word))
    letter = rnd.choice("ABEKSXYZ3\u00e9\u0421")
    yield word.lower()
    yield word.capitalize()
    yield word[:at] + word[at].lower() + word[at + 1:]
    yield word[:at] + word[at + 1:]
    yield word[:at] + letter + word[at:]
    yield word[:at] + letter.lower() + word[at + 1:]
    if at:
        yield word[:at - 1] + word[at] + word[at - 1] + word[at + 1:]


def test_what_was_meant_as_a_modifier_is_refused(relay):
    rnd = random.Random(2)
    values = ["*", "*@bank.example", "*payroll*", '"top secret"', "a b c"]
    lines = []
    for word in MODIFIERS * 8:
        for wrong in {*misspelt(rnd, word)} - {*MODIFIERS}:
            lines.append(f"Subject {rnd.choice(values)} {wrong}")
            lines.append(f"Subject {rnd.choice(values)} {wrong}{rnd.choice('.#')}")
        for mark in (".", "#", "#bank", ".#", " # the bank", " #", " ."):
            lines.append(f"To {rnd.choice(values)} {word}{mark}")
    lines += ["To * DANE", "To * DANE SECURE", "To * SECURE SECURE", "To * OBSERVE OBSERVE",
              "To * SECURE OBSERVE", "To * OBSERVE SECURE"]
    assert len(lines) > 300
    bad, _ = check(relay, lines)
    assert [li for n, li in enumerate(lines, 1) if n not in bad] == []


def test_words_in_quotes_are_values(relay):
    lines = [f'X-{n} {value} "{word}"' for n, (value, word) in enumerate(
        (v, w) for v in ("", "a") for w in ("secure", "SECUR", "SECURE.", "DANE", "SECURE"))]
    assert check(relay, lines) == (set(), {})


# a line, and what its note holds
NOTES = [
    ("To bank.example SECURE", "To *@bank.example SECURE"),
    ("Envelope-To bank.example", "Envelope-To *@bank.example"),
    ("Envelope-To *@a.example, *@b.example", "Envelope-To *@a.example and Envelope-To *@b.example"),
    ("From Bob Smith bob@a.example", "From bob@a.example"),
    ("To *@bank.example SECURE", "Envelope-To *@bank.example SECURE"),
    ("Envelope-To '*@bank.example' SECURE", "Envelope-To *@bank.example SECURE"),
    ("Envelope-To *@bank.example SECURE please", "Envelope-To *@bank.example SECURE"),
    ("Envelope-From <> SECURE", "Envelope-From \"\" SECURE"),
    ("Envelope To *@bank.example SECURE", "Envelope-To *@bank.example SECURE"),
    ("Cc *@bank.example SECURE", "Envelope-To *@bank.example SECURE"),
    ("Bcc *@bank.example SECURE", "Envelope-To *@bank.example SECURE"),
    ("Subject *pay*\nSubject *pay*", "the same as line 1"),
    ("Subject *pay*\nSubject *payroll*", "line 1"),
    ("Envelope-To *@bank.example SECURE\nEnvelope-To a@bank.example", "line 1"),
    ("To *\nSubject *payroll*", "line 1"),
]
FINE = ["To *", "To *\nEnvelope-To *@bank.example SECURE\nSubject *payroll* SECURE",
        "To *\nSubject *payroll* OBSERVE", "Envelope-From \"\"", "From *@a.example SECURE"]


@pytest.mark.parametrize("text, words", NOTES)
def test_notes(relay, text, words):
    lines = text.split("\n")
    relay.criteria("\n".join(lines) + "\n")
    done = relay.run("criteria", "check")
    assert done.returncode == 0
    note = [li for li in done.stdout.splitlines() if ": note: " in li]
    assert len(note) == 1 or len(lines) == 1
    assert any(f"dnssec.criteria:{len(lines)}: note: " in li and words in li for li in note), note
    doctor = relay.run("doctor", "--json")
    assert any(words in str(v) for v in leaves(read_json(doctor.stdout)))
    relay.criteria("\n".join(lines[:-1]) + "\n")
    added = relay.run("criteria", "add", lines[-1])
    assert added.returncode == 0 and words in added.stdout, added.stdout


@pytest.mark.parametrize("text", FINE)
def test_no_notes(relay, text):
    relay.criteria(text + "\n")
    assert "note" not in relay.ok("criteria", "check")


def instance(value, run, one="y"):
    """A text that the value matches, '*' replaced by run."""
    out, quoted, escaped = [], False, False
    for c in value:
        if escaped:
            out.append(c)
            escaped = False
        elif c == "\\":
            escaped = True
        elif c == '"':
            quoted = not quoted
        else:
            out.append(run if c == "*" else one if c == "?" else c)
    return "".join(out)


def address(value):
    for run in ("x", "", "x@y", "x@", "@y", "x@y.example"):
        for one in ("y", "@"):
            text = instance(value, run, one)
            if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
                return text
    return None


def made_lines(rnd):
    pieces = ["a", "pay", "*", "?", "@", ".example", "bank", " ", '"x  y"', "\\*", "\\\\", ",", '" z"',
              "b@c.example", "\u00e4", "<", ">", "=", ":", "#"]
    for n in range(1000):
        header = rnd.choice([f"X-{n}", f"X-{n}", "To", "From", "Envelope-To", "Envelope-From",
                             "Cc", "Reply-To:"])
        value = "".join(rnd.choice(pieces) for _ in range(rnd.randint(1, 5)))
        if set(value) == {"*"}:
            continue  # covers too much
        yield f"{header} {value}{rnd.choice(['', '', ' SECURE', ' OBSERVE'])}"


def test_the_line_that_a_note_advises_is_good(relay):
    """As it is pasted: it is accepted, and no address or name is wrong in it."""
    odd = re.compile(r"(?:no address |.* is no modifier|.* is the last word |.* no header )[^:]*: (.*)")
    lines = [*made_lines(random.Random(5)), *(t for t, _ in NOTES if "\n" not in t)]
    bad, _ = check(relay, lines)
    _, notes = check(relay, [li for n, li in enumerate(lines, 1) if n not in bad])
    found = [odd.fullmatch(text) for texts in notes.values() for text in texts]
    advised = [li for m in found if m for li in m.group(1).split(" and ")]
    assert len(advised) > 100
    bad, notes = check(relay, advised)
    assert [advised[n - 1] for n in sorted(bad)] == []
    assert [(advised[n - 1], t) for n, texts in notes.items() for t in texts if odd.match(t)] == []


def test_what_is_accepted_without_a_note_matches_a_message(relay):
    lines = [*made_lines(random.Random(3))]
    bad, _ = check(relay, lines)
    lines = [li for n, li in enumerate(lines, 1) if n not in bad]
    bad, notes = check(relay, lines)
    assert not bad and len(notes) > 50
    lines = [li for n, li in enumerate(lines, 1) if n not in notes]
    assert len(lines) > 200
    relay.criteria("".join(f"{li}\n" for li in lines))
    values = [re.fullmatch(r"(\S+?):? +(.*?)(?: (?:SECURE|OBSERVE))?", li).groups() for li in lines]
    fields = [(h, v, instance(v, "x")) for h, v in values if not h.startswith("Envelope-")]
    path = relay.dir / "made.eml"
    path.write_text("".join(f"{h}: {text}\n" for h, _, text in fields) + "\nbody\n")
    senders = [address(v) for h, v in values if h == "Envelope-From"]
    rcpts = [address(v) for h, v in values if h == "Envelope-To"]
    assert [v for v in values if v[0].startswith("Env") and address(v[1]) is None] == []
    relay.own()
    matched = set()
    to = [word for rcpt in rcpts for word in ("--to", rcpt)] or ["--to", "a@b.example"]
    for sender in senders or ["a@b.example"]:
        for tried in relay.json("criteria", "test", "--from", sender, *to, str(path)):
            matched |= {m["line_number"] for m in tried["matches"]}
    assert [li for n, li in enumerate(lines, 1) if n not in matched] == []
