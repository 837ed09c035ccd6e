"""On a terminal: what fits its width, colours, trees; elsewhere everything as it is."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import pytest

import dnsfake
from daemon import RESOLVER, resolver, until
from mail import send
from terminal import COLOUR, ERASE, columns, run

STATUSES = {"secure": "32", "insecure": "33", "bogus": "31", "indeterminate": "35"}
LONG = "Subject \"a subject of many words, which fits in no terminal that is as narrow as these\" SECURE"
CRITERIA = f"To *\nEnvelope-To *@secure.example SECURE\n{LONG}\n"
MESSAGE = "From: a@x.example\nTo: b@secure.example\nSubject: x\n\nhello\n"


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    """Not started: these commands ask for themselves."""
    return make_module_daemon(start=False, criteria=CRITERIA)


@pytest.fixture(scope="module")
def message(relay):
    path = relay.dir / "message.eml"
    path.write_text(MESSAGE)
    return path


def plain(relay, *words):
    return relay.run(*words).stdout


# Width

SHOWN = [("route", "secure.example"), ("route", "dane-good.example"), ("route", "bogus-sig.example"),
         ("route", "big.example"), ("lookup", "secure.example"), ("lookup", "bogus-sig.example", "MX"),
         ("lookup", "--trace", "big.example", "MX"), ("connect", "secure.example"),
         ("explain", "message.eml")]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_it_fits(relay, message, words, width):
    screen = run(relay, *words, width=width)
    too_wide = [line for line in screen.lines if columns(line) > width]
    assert screen.lines and not too_wide
    assert "\x1b" not in screen.text


@pytest.mark.parametrize("words", [["--help"], ["help", "criteria"], ["lookup", "--help"],
                                   ["sendmail", "--help"]], ids=" ".join)
def test_help_fits(relay, words):
    screen = run(relay, *words, width=60, conf=False)
    assert screen.lines and not [line for line in screen.lines if columns(line) > 60]
    whole = relay.run(*words, conf=False).stdout
    assert screen.text.split() == whole.split()


def test_columns_go_before_the_terminal(relay):
    assert max(map(columns, run(relay, "route", "big.example", env={"COLUMNS": "60"}).lines)) <= 60


def test_a_terminal_that_does_not_say(relay):
    assert max(map(columns, run(relay, "route", "big.example", width=0).lines)) <= 80


# Trees

def test_the_route_is_a_tree(relay, lab):
    lines = run(relay, "route", "secure.example").lines
    assert lines[0] == "secure.example: MX secure, 1 record"
    assert lines[1].startswith(f"├─ from {lab['validating']} over udp, trusted: loopback")
    assert lines[2] == "└─ 10 mx.secure.example. secure"
    assert lines[3] == f"   ├─ 127.0.1.1:{lab['smtp_port']} secure DNSSEC"
    assert lines[4] == "   ├─ AAAA secure, NODATA"
    assert lines[5].startswith("   └─ TLSA of ")
    assert "off         deliver to 1 address" in lines


def test_answers_are_a_tree(relay):
    lines = run(relay, "lookup", "secure.example", "MX").lines
    assert lines[0] == "secure.example."
    assert lines[1].startswith("├─ MX secure, 1 record, TTL ")
    assert lines[2] == "│  └─ 10 mx.secure.example."
    assert lines[3].startswith("└─ from ")


@pytest.mark.parametrize("words", [("connect", "secure.example"), ("explain", "message.eml")], ids=" ".join)
def test_others_have_it_too(relay, message, words):
    text = run(relay, *words).text
    assert "secure.example: MX secure, 1 record\n" in text and "└─ 10 mx.secure.example. secure" in text


def test_where_only_ascii_is_shown(relay):
    screen = run(relay, "route", "secure.example", env={"LC_ALL": "C"})
    assert screen.octets.isascii() and "`- 10 mx.secure.example. secure" in screen.lines


# Colours

@pytest.mark.parametrize("name, status", [("secure.example", "secure"), ("insecure.example", "insecure"),
                                          ("bogus-sig.example", "bogus"),
                                          ("servfail.example", "indeterminate")])
def test_a_status_is_a_word_in_its_colour(relay, name, status):
    screen = run(relay, "lookup", name, "MX")
    assert f"MX {status}, " in screen.text
    assert f"MX \x1b[{STATUSES[status]}m{status}\x1b[0m, " in screen.raw


COLOURS = [
    ({}, (), True),
    ({"NO_COLOR": "1"}, (), False),
    ({"NO_COLOR": ""}, (), True),
    ({"NO_COLOR": "1"}, ("--color", "always"), True),
    ({"NO_COLOR": "1"}, ("--color", "auto"), False),
    ({"TERM": "dumb"}, (), False),
    ({"TERM": ""}, (), False),
    ({"TERM": "dumb"}, ("--color=always",), True),
    ({}, ("--color", "never"), False),
    ({}, ("--json",), False),
    ({}, ("--json", "--color", "always"), False),
]


@pytest.mark.parametrize("env, options, coloured", COLOURS, ids=str)
def test_when_there_are_colours(relay, env, options, coloured):
    screen = run(relay, "route", "secure.example", *options, env=env)
    assert screen.code == 0 and bool(COLOUR.search(screen.raw)) == coloured
    assert "\x1b" not in screen.text
    if "--json" in options:
        assert json.loads(screen.text)["domain"] == "secure.example"


# Elsewhere

PIPED = [("route", "secure.example"), ("route", "bogus-sig.example"), ("connect", "secure.example"),
         ("explain", "message.eml")]


@pytest.mark.parametrize("words", PIPED, ids=" ".join)
def test_piped_it_is_plain(relay, message, words):
    """Colours where they are asked for, and the same lines with them."""
    text = plain(relay, *words)
    assert text and text.isascii() and "\x1b" not in text
    assert plain(relay, *words, "--color", "never") == text
    coloured = plain(relay, *words, "--color", "always")
    assert COLOUR.search(coloured) and COLOUR.sub("", coloured) == text


def test_words_are_the_same_on_a_terminal(relay):
    """What becomes of mail is said in the same words, however the lines are broken."""
    text = plain(relay, "route", "bogus-sig.example")
    verdicts = text[text.index("\noff  "):].split()
    screen = run(relay, "route", "bogus-sig.example", width=50)
    assert screen.text[screen.text.index("\noff  "):].split() == verdicts


@pytest.mark.parametrize("words, code", [(("route", "x.example", "--color", "sometimes"), 2),
                                         (("lookup", "x.example", "--color="), 2),
                                         (("explain", "--color", "Always"), 64)], ids=str)
def test_a_colour_that_is_none(relay, words, code):
    done = relay.run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.count("\n") == 1 and "auto, always or never" in done.stderr


# The daemon's state

@pytest.fixture(scope="module")
def busy(make_module_daemon):
    """With mail that was delivered, and some that waits, long addresses and all."""
    relay = make_module_daemon(criteria=CRITERIA)
    sender = "a.sender.with.a.long.name@with.a.long.domain.example"
    for to in ("somebody.with.a.long.name@secure.example", "rcpt-450@insecure.example",
               "somebody.with.a.long.name@bogus-sig.example"):
        relay.delivery(message=send(relay, to, sender=sender))
    until(lambda: relay.json("status")["queue"]["deferred"] == 2, what="that two wait")
    return relay


STATE = [("queue", "list"), ("queue", "list", "--summary"), ("status",), ("criteria", "list"),
         ("criteria", "check"), ("criteria", "report"), ("criteria", "report", "--try", "Envelope-To *"),
         ("log",), ("log", "--in"), ("doctor",), ("doctor", "bogus-sig.example")]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("words", STATE, ids=" ".join)
def test_state_fits_it(busy, words, width):
    screen = run(busy, *words, width=width)
    assert screen.lines and [line for line in screen.lines if columns(line) > width] == []
    assert "\x1b" not in screen.text


@pytest.mark.parametrize("words", STATE, ids=" ".join)
def test_state_is_plain_elsewhere(busy, words):
    assert COLOUR.search(plain(busy, *words)) is None


def test_a_cut_cell_keeps_what_tells(busy):
    """The ID whole, and the domain of an address; that there is more is said."""
    waiting = [m for m in busy.json("queue", "list") if m["recipients"][0]["to"].startswith("rcpt-450")]
    narrow = run(busy, "queue", "list", width=40).lines
    line = next(line for line in narrow if line.startswith(waiting[0]["id"]))
    assert line.endswith("@insecure.example") and "…" not in "".join(narrow[:1])
    wide = run(busy, "queue", "list", width=200).lines
    assert wide[0].split() == ["ID", "STATE", "AGE", "SIZE", "NEXT", "CODE", "FROM", "TO", "WHY"]
    assert any("rcpt-450@insecure.example" in line and "deferred" in line for line in wide)
    assert "…" not in plain(busy, "queue", "list")


def test_states_and_outcomes_have_colours(busy):
    assert "\x1b[33mdeferred\x1b[0m" in run(busy, "queue", "list").raw
    assert "\x1b[32mtrusted\x1b[0m" in run(busy, "status").raw
    log = run(busy, "log", "--dnssec", width=200).raw
    assert "outcome: \x1b[32mdelivered\x1b[0m" in log and "\x1b[32mDNSSEC\x1b[0m\n" in log
    assert COLOUR.sub("", plain(busy, "log", "--color", "always")) == plain(busy, "log")


def test_no_other_line_ends_in_dnssec(busy):
    """However the lines are broken, as many end so as in the log."""
    marked = sum(line.endswith(" DNSSEC") for line in plain(busy, "log").splitlines())
    for width in (40, 61, 80):
        lines = run(busy, "log", width=width).lines
        assert marked and sum(line.split()[-1:] == ["DNSSEC"] for line in lines) == marked


# Progress

@pytest.fixture(scope="module")
def slow(make_module_daemon):
    """Its server does not answer, its mail host does not greet; both are waited for seconds."""
    with dnsfake.DnsFake() as fake, socket.create_server(("127.0.0.1", 0)) as host:
        fake.on("*", "*", dnsfake.drop())
        relay = make_module_daemon(
            start=False, resolvers=resolver(f"127.0.0.1:{fake.port}", 'timeout = "2s" attempts = 2'),
            delivery='command-timeout = "3s"',
            more=f'route "mute.example" {{ via = "[127.0.0.1]:{host.getsockname()[1]}" }}\n')
        relay.waits = {"lookup": f"waiting for 127.0.0.1:{fake.port}, ",
                       "connect": f"connecting to 127.0.0.1:{host.getsockname()[1]}, "}
        yield relay


WAITING = [("lookup", "x.example", "MX"), ("connect", "mute.example")]


@pytest.mark.parametrize("words", WAITING, ids=" ".join)
def test_progress_comes_and_goes(slow, words):
    screen = run(slow, *words)
    shown = screen.octets.decode().split(ERASE)
    assert [part for part in shown[1:-1] if part] and all(
        part.startswith(slow.waits[words[0]]) for part in shown[1:-1] if part)
    assert slow.waits[words[0]] not in shown[-1] and not shown[-1].startswith("\r")


@pytest.mark.parametrize("words", WAITING, ids=" ".join)
@pytest.mark.parametrize("more", [{"env": {"TERM": "dumb"}}, {"keep": ("stderr",)}], ids=str)
def test_where_there_is_none(slow, words, more):
    assert ERASE not in run(slow, *words, **more).octets.decode()


@pytest.mark.parametrize("words", WAITING, ids=" ".join)
def test_none_where_a_pager_may_read(slow, words):
    """Standard output is a pipe: whoever reads it may have the terminal."""
    reader, writer = os.pipe()
    try:
        screen = run(slow, *words, streams={"stdout": writer})
    finally:
        os.close(writer)
    with os.fdopen(reader, "rb") as f:
        assert f.read()
    assert ERASE not in screen.octets.decode()


# What others wrote

EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[31m\u202e\x9b1m"


@pytest.fixture(scope="module")
def evil(make_module_daemon):
    """A resolver that says what would steer a terminal, wherever it can."""
    with dnsfake.DnsFake() as fake:
        spaced = "".join(f"\\{c:03d}" for c in EVIL.encode())[:252]
        fake.on("evil.example", "MX", dnsfake.answer(f"10 {spaced[:200]}.example.", ede=(6, EVIL)))
        fake.on("evil.example", "TXT", dnsfake.answer(f'"{spaced}"'))
        fake.on("evil.example", "A", dnsfake.servfail((6, EVIL)))
        fake.on("*", "*", dnsfake.servfail((9, EVIL)))
        yield make_module_daemon(start=False, resolvers=resolver(f"127.0.0.1:{fake.port}", RESOLVER))


@pytest.mark.parametrize("words", [("lookup", "evil.example", "MX", "TXT", "A"), ("route", "evil.example"),
                                   ("connect", "evil.example"), ("doctor", "evil.example"),
                                   ("lookup", "--trace", "evil.example", "A")], ids=" ".join)
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_others_do_not_steer_it(evil, words, locale):
    screen = run(evil, *words, width=500, env={"LC_ALL": locale})
    assert "owned" in screen.text
    left = {c for c in screen.text if not (c.isprintable() or c == "\n")}
    assert not left and "\u202e" not in screen.text


def test_tests_have_none():
    """Nor has what they start, where they are called at one: it would ask there, and wait."""
    ask = "import terminal; terminal.leave(); open('/dev/tty')"
    done = subprocess.run(["script", "-qec", f'{sys.executable} -c "{ask}"; exit $?', "/dev/null"],
                          cwd=pathlib.Path(__file__).parent, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    assert done.returncode == 1 and "No such device or address: '/dev/tty'" in done.stdout
