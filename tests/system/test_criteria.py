"""SPEC section 2: criteria, as `explain`, `criteria` and the daemon see them.

`explain` tells by its exit status whether one SECURE criterion matches: the
recipient's domain is insecure, so 69 (would bounce) means it does, 0 it does not.
"""

import json
import os

import pytest

import mail
from mail import send

TO = "rcpt@insecure.example"
BASE = {"From": "Alice <alice@from.example>", "To": f"Bob <{TO}>", "Subject": "hello"}

# (criteria, headers changed or added, matches)
MATCHES = [
    # values: the whole field, wild cards, case
    ('Subject hello SECURE', {}, True),
    ('Subject HELLO SECURE', {}, True),
    ('subject: hello SECURE', {}, True),
    ('Subject ell SECURE', {}, False),
    ('Subject *ell* SECURE', {}, True),
    ('Subject h?llo SECURE', {}, True),
    ('Subject h??llo SECURE', {}, False),
    ('Subject * SECURE', {}, True),
    ('Subject ****o SECURE', {}, True),
    ('Subject hello* SECURE', {}, True),
    ('Subject   hello   SECURE  ', {}, True),
    ('X-None * SECURE', {}, False),
    ('X-Empty "" SECURE', {"X-Empty": ""}, True),
    ('X-Empty * SECURE', {"X-Empty": ""}, True),
    ('X-Class "" SECURE', {"X-Class": "x"}, False),
    # quotes and escapes
    ('X-Class "top secret" SECURE', {"X-Class": "top secret"}, True),
    ('X-Class top secret SECURE', {"X-Class": "top secret"}, True),
    ('X-Class " top" SECURE', {"X-Class": "top"}, False),
    ('X-Class "SECURE" SECURE', {"X-Class": "secure"}, True),
    ('X-Class a\\*b SECURE', {"X-Class": "a*b"}, True),
    ('X-Class a\\*b SECURE', {"X-Class": "axb"}, False),
    ('X-Class a\\?b SECURE', {"X-Class": "a?b"}, True),
    ('X-Class a\\?b SECURE', {"X-Class": "acb"}, False),
    ('X-Class a\\\\b SECURE', {"X-Class": "a\\b"}, True),
    ('X-Class "a\\"b" SECURE', {"X-Class": 'a"b'}, True),
    ('X-Class #1 SECURE', {"X-Class": "#1"}, True),
    # fields: unfolded, decoded, repeated
    ('Subject "one two" SECURE', {"Subject": "one\r\n two"}, True),
    ('Subject gr\u00fcn SECURE', {"Subject": "=?utf-8?q?gr=C3=BCn?="}, True),
    ('Subject gr\u00fcn SECURE', {"Subject": "=?iso-8859-1?b?Z3L8bg==?="}, True),
    ('Subject \u0436\u0443\u043a SECURE', {"Subject": "=?koi8-r?b?9tXL?="}, True),
    ('Subject \u0436\u0443\u043a SECURE', {"Subject": "=?windows-1251?q?=C6=F3=EA?="}, True),
    ('Subject \u0141\u00f3d\u017a SECURE', {"Subject": "=?iso-8859-2?q?=A3=F3d=BC?="}, True),
    ('Subject GR\u00dcN SECURE', {"Subject": "=?utf-8?q?gr=C3=BCn?="}, True),
    ('Subject gr?n SECURE', {"Subject": "=?utf-8?q?gr=C3=BCn?="}, True),
    ('Subject gr??n SECURE', {"Subject": "=?utf-8?q?gr=C3=BCn?="}, False),
    ('Subject ab SECURE', {"Subject": "=?utf-8?q?a?= =?utf-8?q?b?="}, True),
    ('Subject "a b" SECURE', {"Subject": "a =?utf-8?q?b?="}, True),
    ('X-Many second SECURE', {"X-Many": ["first", "second"]}, True),
    # address fields: the whole, and each address
    ('To *@insecure.example SECURE', {}, True),
    (f'To {TO} SECURE', {}, True),
    (f'To "Bob <{TO}>" SECURE', {}, True),
    ('To Bob* SECURE', {}, True),
    ('To Bob SECURE', {}, False),
    ('To b@two.example SECURE', {"To": "a@one.example, B <b@two.example>"}, True),
    ('To b@two.example SECURE', {"To": "g: a@one.example, b@two.example;"}, True),
    ('To b@two.example SECURE', {"To": "a@one.example (b@two.example)"}, False),
    ('Cc c@c.example SECURE', {"Cc": "c@c.example"}, True),
    ('From alice@* SECURE', {}, True),
    ('Resent-To r@r.example SECURE', {"Resent-To": "R <r@r.example>"}, True),
    ('Reply-To *@b\u00fccher.example SECURE', {"Reply-To": "a@xn--bcher-kva.example"}, True),
    ('Reply-To *@xn--bcher-kva.example SECURE', {"Reply-To": "a@b\u00fccher.example"}, True),
    ('X-Addr a@one.example SECURE', {"X-Addr": "A <a@one.example>"}, False),
    # no To: the envelope recipients
    ('To * SECURE', {"To": None}, True),
    ('To *@insecure.example SECURE', {"To": None}, True),
    ('To *@insecure.example SECURE', {"To": "someone@else.example"}, False),
    # the envelope
    ('Envelope-To *@insecure.example SECURE', {"To": "x@y.example"}, True),
    ('Envelope-To *@secure.example SECURE', {"To": "x@secure.example"}, False),
    ('Envelope-From env@from.example SECURE', {}, True),
    ('Envelope-From alice@from.example SECURE', {}, False),
    ('Envelope-From "" SECURE', {}, False),
    # the strongest wins, wherever it stands; OBSERVE and plain lines only request
    ('To *\nSubject hello SECURE', {}, True),
    ('Subject hello SECURE\nTo *', {}, True),
    ('To *', {}, False),
    ('To * OBSERVE', {}, False),
    ('# To * SECURE', {}, False),
    ('', {}, False),
    ('\n\n  \nTo * SECURE\n', {}, True),
]


def text_of(changes):
    fields = {**BASE, **changes}
    lines = []
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            if value is not None:
                lines.append(f"{name}: {value}")
    return "\r\n".join(lines) + "\r\n\r\nbody\r\n"


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    """Not started: explain asks for itself."""
    return make_module_daemon(start=False)


def explain(relay, criteria, text, *options):
    relay.criteria(criteria)
    return relay.run("explain", "--from", "env@from.example", "--to", TO, *options, stdin=text)


@pytest.mark.parametrize("criteria, changes, matches", MATCHES,
                         ids=[f"{i}-{c[0][:40]!r}" for i, c in enumerate(MATCHES)])
def test_matches(relay, criteria, changes, matches):
    done = explain(relay, criteria, text_of(changes))
    assert done.returncode == (69 if matches else 0), (done.stdout, done.stderr)


def test_null_sender_is_the_empty_string(relay):
    relay.criteria('Envelope-From "" SECURE')
    for sender, code in (("", 69), ("a@b.example", 0)):
        done = relay.run("explain", "--from", sender, "--to", TO, stdin=text_of({}))
        assert done.returncode == code, done.stderr


@pytest.mark.parametrize("line", [
    "Subject", "Subject: ", "Subject SECURE", 'Subject "open SECURE', "Subject tail\\",
    "\u00dcber x SECURE", "To *@bank.example secure", "To * SECUR",
    "To * SECURE.", "To * SECURE # the bank", "To * secure#bank", "To * OBSRVE", "To * DANE",
    "To * SECURE SECURE", "To * SECURE OBSERVE", "To = * SECURE", "To : * SECURE",
    "; To * SECURE", "To=* SECURE", "2To *", "listen \"127.0.0.1:25\" secure."])
def test_bad_lines_refuse_the_file(relay, line):
    relay.criteria(f"# fine\nTo *\n{line}\n")
    check = relay.run("criteria", "check")
    assert check.returncode == 2
    assert "dnssec.criteria:3: " in check.stderr and len(check.stderr.splitlines()) == 1
    done = explain(relay, f"# fine\nTo *\n{line}\n", text_of({}))
    assert done.returncode == 78
    assert "dnssec.criteria:3: " in done.stderr


def test_check_names_the_file_it_is_given(relay):
    path = relay.dir / "other.criteria"
    path.write_text("To * SECURE\n\nSubject\n")
    done = relay.run("criteria", "check", str(path))
    assert done.returncode == 2 and "other.criteria:3: " in done.stderr
    path.write_text("To * SECURE\n")
    assert relay.run("criteria", "check", str(path)).returncode == 0


def test_check_reads_standard_input(relay):
    """As `explain -` and `criteria test -` do."""
    done = relay.run("criteria", "check", "-", stdin="To *\n\nSubject\n")
    assert (done.returncode, done.stderr.split(" ")[0]) == (2, "-:3:")
    done = relay.run("criteria", "check", "-", stdin="To *\n")
    assert (done.returncode, done.stdout) == (0, "-: 1 criterion\n")


def test_add_makes_the_file_that_the_configuration_names(make_daemon):
    """A newcomer's first step.  Until then it is said plainly that there is none."""
    relay = make_daemon(start=False)
    relay.conf.write_text(relay.conf.read_text().replace(
        "dnssec {", 'dnssec { criteria = "of/its/own.criteria"'))
    where = relay.dir / "of/its/own.criteria"
    listed = relay.run("criteria", "list")
    assert listed.returncode == 0 and f"{where} is not there" in listed.stdout
    assert relay.run("criteria", "list", "--json").stdout == "[]\n"
    check = relay.run("criteria", "check")
    assert check.returncode == 2 and check.stderr.startswith(f"{relay.conf}:"), check
    assert f"{where}: cannot be read: No such file" in check.stderr
    assert "criteria add" in check.stderr and len(check.stderr.splitlines()) == 1
    assert relay.run("serve", "--check").stderr == check.stderr
    added = relay.ok("criteria", "add", "To *@bank.example SECURE")
    assert str(where) in added and where.read_text() == "To *@bank.example SECURE\n"
    assert where.stat().st_mode & 0o777 == 0o644
    for command in (["serve", "--check"], ["criteria", "check"], ["config"]):
        relay.ok(*command)


def test_list_shows_what_is_in_force(relay):
    relay.criteria("# comment\nTo   *\nSubject *pay*   SECURE\n")
    shown = relay.ok("criteria", "list")
    assert "Subject" in shown and "*pay*" in shown and "SECURE" in shown
    assert "comment" not in shown
    assert relay.json("criteria", "list")


def test_a_change_as_json(relay):
    relay.criteria("Subject x\nSubject x\n# a comment\nTo *\n")
    listed = relay.json("criteria", "list")
    assert relay.json("criteria", "remove", "1") == {
        "file": str(relay.dir / "dnssec.criteria"), "criteria": 2, "removed": listed[0], "notes": []}
    done = relay.json("criteria", "add", "From", "bank.example", "SECURE")
    assert done["criteria"] == 3 and done["added"] == relay.json("criteria", "list")[2]
    note, = done["notes"]
    assert note["line_number"] == 4 and "From *@bank.example SECURE" in note["text"]


def test_test_says_what_matches(relay):
    relay.criteria("To *\nSubject *pay* SECURE\n")
    path = relay.dir / "one.eml"
    path.write_text(text_of({"Subject": "payroll"}))
    relay.own()
    done = relay.run("criteria", "test", str(path))
    assert done.returncode == 0 and "dnssec.criteria:2" in done.stdout
    assert "required" in done.stdout


@pytest.mark.parametrize("domain, criteria, code", [
    ("secure.example", "To * SECURE", 0), ("insecure.example", "To * SECURE", 69),
    ("insecure.example", "To *", 0), ("nope.com", "", 69), ("bogus-sig.example", "", 75),
    ("bogus-sig.example", "To * SECURE", 75), ("null.example", "To *", 69),
    ("null-insec.example", "To * SECURE", 69), ("servfail.example", "To *", 75)])
def test_explain_exit_status(relay, domain, criteria, code):
    relay.criteria(criteria)
    done = relay.run("explain", "--from", "a@b.example", "--to", f"x@{domain}",
                     stdin=text_of({"To": f"x@{domain}"}))
    assert done.returncode == code, (done.stdout, done.stderr)


def test_explain_bounce_beats_defer(relay):
    relay.criteria("To * SECURE")
    done = relay.run("explain", "--from", "a@b.example", "--to", "x@insecure.example",
                     "--to", "x@bogus-sig.example", "--to", "x@secure.example", stdin=text_of({}))
    assert done.returncode == 69
    for word in ("5.7.4", "4.7.5", "x@secure.example"):
        assert word in done.stdout, done.stdout


def test_explain_says_why(relay):
    done = explain(relay, "X-Other x\nTo   *insecure*   SECURE\n", text_of({}))
    for word in ("required", "dnssec.criteria:2", "To *insecure* SECURE", "5.7.4", "MX"):
        assert word in done.stdout, (word, done.stdout)


def test_explain_sends_nothing(relay, received):
    before = len(received.all())
    relay.criteria("")
    assert relay.run("explain", "--from", "a@b.example", "--to", "x@secure.example",
                     stdin=text_of({})).returncode == 0
    assert len(received.all()) == before


def test_a_slip_in_a_name_is_noted(relay):
    """And nothing is refused; who means a name of his own is left alone."""
    relay.criteria("Evelope-To *@bank.example SECURE\nX-Foo a\n")
    meant = "near one: Envelope-To *@bank.example SECURE"
    done = relay.run("criteria", "check")
    assert done.returncode == 0 and meant in done.stdout, done
    assert "X-Foo" not in done.stdout
    done = relay.run("criteria", "add", "Subjct *pay*")
    assert done.returncode == 0 and "near one: Subject *pay*" in done.stdout, done
    assert "note" not in relay.ok("criteria", "add", "X-Fop b")
    noted = [f["text"] for f in relay.json("doctor")["findings"]
             if f["code"] == "criterion"]
    assert any(meant in text for text in noted) and not any("X-Fo" in text for text in noted)
    relay.criteria("")


def test_explain_of_no_message(relay):
    relay.criteria("")
    assert relay.run("explain", "--to", "x@y.example", stdin="").returncode == 65
    assert relay.run("explain", "--bad-option", stdin="").returncode == 64


def test_explain_reads_a_file_and_its_json(relay):
    relay.criteria("To * SECURE")
    path = relay.dir / "two.eml"
    path.write_text(text_of({}))
    relay.own()
    done = relay.run("explain", "--from", "a@b.example", "--to", TO, "--json", str(path))
    assert done.returncode == 69
    from daemon import leaves, read_json
    assert {"required", "5.7.4"} <= {str(v) for v in leaves(read_json(done.stdout))}


def test_off_without_criteria_and_where_disabled(make_daemon):
    for options in ({"criteria": ""}, {"criteria": "To * SECURE", "dnssec": "enabled = false"}):
        daemon = make_daemon(**options)
        record = daemon.delivery(message=send(daemon, TO))
        assert (record["outcome"], record["service"]) == ("delivered", "off")


def test_the_daemon_judges_as_explain_does(make_daemon, received):
    """The same rows through the daemon: what explain says would happen, happens."""
    some = [m for i, m in enumerate(MATCHES) if i % 6 == 0]
    daemon = make_daemon(criteria="")
    for criteria, changes, matches in some:
        daemon.criteria(criteria)
        daemon.ok("reload")
        text = text_of(changes).encode()
        message = mail.submit(daemon, TO, text, sender="env@from.example",
                              mail=["SMTPUTF8"] if not text.isascii() else [])
        record = daemon.delivery(message=message)
        assert record["outcome"] == ("bounced" if matches else "delivered"), (criteria, record)


def test_observe_delivers_and_says_what_secure_would_have_done(make_daemon):
    daemon = make_daemon(criteria="To * OBSERVE")
    record = daemon.delivery(message=send(daemon, TO))
    assert (record["outcome"], record["service"]) == ("delivered", "requested")
    assert record["observe"] == "bounced 5.7.4"
    line, = daemon.block(record).with_word("observe: ")
    assert "observe: SECURE would have bounced 5.7.4: DNSSEC is required" in line
    record = daemon.delivery(message=send(daemon, "a@secure.example"))
    assert (record["outcome"], record["observe"]) == ("delivered", "delivered")
    line, = daemon.block(record).with_word("observe: ")
    assert line.endswith("observe: SECURE would have delivered")


@pytest.mark.parametrize("domain, outcome, observed", [
    ("mixed-refused.example", "delivered", "deferred 4.4.1"),
    ("mixed-hosts.example", "delivered", "delivered"),
    ("order.example", "delivered", "delivered"),
    ("greet-drop.example", "deferred", "deferred 4.4.2"),
])
def test_observe_goes_by_what_became_of_the_hosts(make_daemon, domain, outcome, observed):
    """SECURE would have waited where the secure host is dead, and an insecure one takes the mail."""
    daemon = make_daemon(criteria="To * OBSERVE")
    record = daemon.delivery(message=send(daemon, f"a@{domain}"))
    block = daemon.block(record)
    assert (record["outcome"], record["observe"]) == (outcome, observed), block.text
    line, = block.with_word("observe: ")
    assert line.startswith(f"observe: SECURE would have {observed}")
    assert block.lines.index(line) == len(block.lines) - 2, "next to the outcome"


def test_observe_is_of_each_recipient(make_daemon):
    """One goes to the host that is not secure, as does the last; the other is put off by both."""
    daemon = make_daemon(criteria="To * OBSERVE\n")
    taken, put_off = "a@mixed-hosts.example", "rcpt-450@mixed-hosts.example"
    message = send(daemon, [taken, put_off, "b@mixed-hosts.example"])
    record = daemon.delivery(message=message, to=taken)
    assert (record["address_status"], record["observe"]) == ("insecure", "delivered")
    assert daemon.delivery(message=message, to=put_off)["observe"] == "deferred 4.7.1"
    told = [line for line in daemon.block(record).lines if line.startswith("observe: ")]
    assert told[0] == "observe: SECURE would have delivered"
    assert told[1].startswith("observe: SECURE would have deferred 4.7.1: ") and not told[2:]


def test_observe_is_the_service_of_a_criterion_that_requests(make_daemon):
    """What asks, and what is only tried: a list names the service, and the line its modifier."""
    daemon = make_daemon(criteria="To * OBSERVE", start=False)
    assert daemon.ok("criteria", "list").split() == ["1", "requested", "To", "*", "OBSERVE"]
    k, = daemon.json("criteria", "list")
    assert (k["service"], k["observe"]) == ("requested", True)
    done = daemon.run("criteria", "test", "--to", TO, "--json", "-", stdin=text_of({}))
    recipient, = json.loads(done.stdout)
    assert recipient["service"] == "requested"
    assert [m["observe"] for m in recipient["matches"]] == [True]
    daemon.criteria("To *\nTo * SECURE\n")
    assert [k["observe"] for k in daemon.json("criteria", "list")] == [False, False]


def test_observe_beside_a_criterion_that_requests(make_daemon):
    """The first is named as what asked; what OBSERVE would have done is told all the same."""
    daemon = make_daemon(criteria="To *\nEnvelope-To *@insecure.example OBSERVE\n")
    both = {to: daemon.delivery(message=send(daemon, to)) for to in (TO, "a@secure.example")}
    assert {r["criterion"] for r in both.values()} == {"To *"}
    assert both["a@secure.example"]["observe"] == ""
    assert (both[TO]["outcome"], both[TO]["observe"]) == ("delivered", "bounced 5.7.4")
    line, = daemon.block(both[TO]).with_word("observe: ")
    assert "observe: SECURE would have bounced 5.7.4: " in line
    done = daemon.run("explain", "--from", "a@b.example", "--to", TO, stdin=text_of({}))
    assert done.returncode == 0 and "5.7.4" in done.stdout


def test_what_is_no_file_does_not_hold_up(make_daemon):
    """A pipe in the place of the criteria: the daemon says so, and goes on."""
    daemon = make_daemon(criteria="To *")
    path = daemon.dir / "dnssec.criteria"
    path.unlink()
    os.mkfifo(path)
    for command in (["reload"], ["criteria", "check"], ["criteria", "add", "To * SECURE"]):
        done = daemon.run(*command)
        assert done.returncode != 0 and "no regular file" in done.stderr, (command, done.stderr)
    path.unlink()
    daemon.criteria("To * SECURE")
    daemon.ok("reload")
    assert daemon.delivery(message=send(daemon, TO))["outcome"] == "bounced"


def test_what_is_gone_at_a_reload_stays_in_force(make_daemon):
    """An editor may have moved it away; none are wished for by an empty file."""
    daemon = make_daemon(criteria="To * SECURE")
    path = daemon.dir / "dnssec.criteria"
    path.unlink()
    done = daemon.run("reload")
    assert done.returncode == 2 and str(path) in done.stderr and "stay" in done.stderr
    assert daemon.delivery(message=send(daemon, TO))["outcome"] == "bounced"
    path.write_text("")
    daemon.ok("reload")
    assert daemon.delivery(message=send(daemon, TO))["service"] == "off"
    path.unlink()
    daemon.ok("reload")


def test_a_line_that_is_refused_makes_no_directory(make_daemon):
    relay = make_daemon(start=False, dnssec='criteria = "below/mail/dnssec.criteria"')
    for words, status in ((["add", "To"], 2), (["add", "# To"], 2), (["remove", "1"], 1)):
        assert relay.run("criteria", *words).returncode == status, words
        assert not (relay.dir / "below").exists()
    relay.ok("criteria", "add", "To * SECURE")
    assert (relay.dir / "below/mail/dnssec.criteria").read_text() == "To * SECURE\n"


def test_configuration_that_is_no_file(make_daemon):
    daemon = make_daemon(start=False)
    path = daemon.dir / "signpost.conf"
    path.unlink()
    os.mkfifo(path)
    done = daemon.run("status")
    assert done.returncode == 2 and "no regular file" in done.stderr


def test_what_is_switched_off_asks_for_nothing(make_daemon):
    """enabled = false: both commands say that the service is off, and why."""
    daemon = make_daemon(start=False, criteria="To * SECURE\n", dnssec="enabled = false")
    text = "To: a@b.example\n\nhi\n"
    done = daemon.run("criteria", "test", "--to", TO, "-", stdin=text)
    assert done.returncode == 1 and f"{TO}: off (enabled = false)\n" in done.stdout, done
    assert "dnssec.criteria:1  To * SECURE" in done.stdout
    tried, = daemon.json("criteria", "test", "--to", TO, "-", stdin=text)
    assert tried["service"] == "off" and len(tried["matches"]) == 1
    assert "off (enabled = false)" in daemon.run("explain", "--to", TO, stdin=text).stdout
