"""SPEC section 8: the session log, to the letter, and the delivery records."""

import datetime
import itertools
import os
import re
import shutil
import threading

import pytest

import dnsfake
import mail
from daemon import LINE, resolver, until, whole_lines
from mail import send

CRITERIA = """\
# comment
X-Class   requested
X-Class\t"required"   SECURE
Envelope-To  *@bank.example   SECURE
X-Odd: \\*a \\"b\\"\\\\   SECURE
"""


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria=CRITERIA)


def block(daemon, to, *headers, **more):
    message = send(daemon, to, *headers, **more)
    return daemon.block(daemon.delivery(message=message))


def test_every_line_has_time_and_session(relay):
    block(relay, "a@secure.example", "X-Class: required")
    for path in (relay.dir / "log").glob("smtp-*.log"):
        for line in whole_lines(path):
            assert LINE.match(line), line


def test_file_is_of_the_utc_date(relay):
    block(relay, "a@secure.example")
    for path in (relay.dir / "log").iterdir():
        date = re.match(r"(?:smtp-(?:in|out)-(\d.*)\.log|deliveries-(.*)\.jsonl)$", path.name)
        assert date, path.name
        today = datetime.datetime.now(datetime.timezone.utc)
        days = {(today - datetime.timedelta(days=d)).strftime("%Y-%m-%d") for d in (0, 1)}
        assert (date.group(1) or date.group(2)) in days


def test_times_are_of_now_and_in_order(relay):
    before = datetime.datetime.now(datetime.timezone.utc)
    session = block(relay, "a@secure.example")
    times = [datetime.datetime.strptime(t, "%Y-%m-%dT%H:%M:%S.%f%z") for t in session.times]
    assert times == sorted(times)
    after = datetime.datetime.now(datetime.timezone.utc)
    slack = datetime.timedelta(milliseconds=1)    # they are cut off to these
    assert before - slack < times[0] and times[-1] < after + slack


@pytest.mark.parametrize("to, header, line", [
    ("a@secure.example", "X-Class: requested",
     'DNSSEC service requested (criterion "X-Class requested", dnssec.criteria:2)'),
    ("a@secure.example", "X-Class: required",
     'DNSSEC service required (criterion "X-Class "required" SECURE", dnssec.criteria:3)'),
    ("a@bank.example", "X-Other: 1",
     'DNSSEC service required (criterion "Envelope-To *@bank.example SECURE", '
     'dnssec.criteria:4)'),
    ("a@secure.example", 'X-Odd: *a "b"\\',
     r'DNSSEC service required (criterion "X-Odd: \*a \"b\"\\ SECURE", dnssec.criteria:5)')])
def test_first_line(relay, to, header, line):
    """The criterion as its line was written, by which it is found."""
    assert block(relay, to, header).lines[0] == line
    assert re.search('"(.*)"', line).group(1) in relay.ok("criteria", "list")


def test_first_line_without_the_service(relay):
    session = block(relay, "a@secure.example", "X-Class: none of them")
    assert "DNSSEC" not in session.text
    assert "criterion" not in session.text


def test_marks(relay):
    """Answers, records and the address are marked; nothing else is."""
    session = block(relay, "a@secure.example", "X-Class: required")
    marked = [line for line in session.lines if line.endswith(" DNSSEC")]
    assert [line for line in marked if "mx.secure.example" in line], session.text
    assert [line for line in marked if "127.0.1.1" in line and line in session.tried("127.0.1.1")]
    assert len(marked) >= 5              # two answers, two records, one address
    for line in marked:
        assert not line.startswith(("-->", "<--", "outcome:", "DNSSEC service")), line


@pytest.mark.parametrize("domain, marked, unmarked", [
    ("sec-mx-insec-host.example", ["mx.insecure.example"], ["127.0.2.1"]),
    ("insec-mx-sec-host.example", ["127.0.1.1"], ["10 mx.secure.example"]),
    ("insecure.example", [], ["127.0.2.1", "mx.insecure.example"])])
def test_each_datum_is_marked_for_itself(relay, domain, marked, unmarked):
    session = block(relay, f"a@{domain}", "X-Class: requested")
    lines = [line for line in session.lines if not line.startswith(("-->", "<--"))]
    for word in marked:
        assert [li for li in lines if word in li and li.endswith(" DNSSEC")], (word, session.text)
    for word in unmarked:
        of_it = [li for li in lines if word in li]
        assert of_it, (word, session.text)
        plain = [li for li in of_it if not li.endswith(" DNSSEC")]
        assert plain, (word, session.text)
    for address in ("127.0.1.1", "127.0.2.1"):
        assert not [li for li in session.tried(address) if li.endswith(" DNSSEC")], session.text


def test_what_stands_in_a_session(make_daemon, lab):
    relay = make_daemon(criteria=CRITERIA)
    session = block(relay, "rcpt@secure.example", "X-Class: required", sender="who@bank.example",
                    mail=["SIZE=400"])
    text = session.text
    record = relay.deliveries(session=session.name)[0]
    for word in (record["message"], "who@bank.example", lab["validating"], "MX", "mx.secure.example",
                 "127.0.1.1", "--> EHLO relay.lab.example", "<-- 220 ", "<-- 250",
                 "--> RCPT TO:<rcpt@secure.example>", "--> DATA", "<-- 354"):
        assert word in text, (word, text)
    assert re.search(r"--> MAIL FROM:<who@bank\.example>", text)
    assert re.search(r"TTL|ttl", text) and re.search(r"cache|udp", text, re.I)
    assert "hello" not in "\n".join(line for line in session.lines), "message data is a count"
    assert re.search(r"\d+ (octets|bytes)", text)
    assert len([line for line in session.lines if line.startswith("outcome: ")]) == 1
    assert session.lines[-1].startswith("outcome: ")


def test_cache_is_said(relay):
    block(relay, "a@secure.example", "X-Class: required")
    assert "cache" in block(relay, "a@secure.example", "X-Class: required").text.lower()


def test_the_cache_outlives_a_reload(make_daemon, lab):
    """As long as the servers are the same, and reached and trusted in the same way."""
    daemon = make_daemon(resolvers=resolver(lab["validating"], 'timeout = "9s"'), top="workers = 1")
    until(lambda: " validates" in daemon.stderr, what="the first probe, which forgets what was before")
    block(daemon, "a@secure.example")
    daemon.ok("reload")
    assert ", from cache" in block(daemon, "a@secure.example").text
    daemon.conf.write_text(daemon.conf.read_text().replace('timeout = "9s"', 'timeout = "8s"'))
    daemon.ok("reload")
    assert ", from cache" not in block(daemon, "a@secure.example").text


def test_blocks_are_unbroken(relay):
    """Sessions that run at the same time do not mix."""
    def load():
        with mail.connect(relay) as smtp:
            for i in range(10):
                for domain in ("secure.example", "insecure.example", "pair.example"):
                    send(relay, f"slow-{i}@{domain}" if i == 0 else f"a{i}@{domain}",
                         "X-Class: requested", smtp=smtp)
    before = len(relay.deliveries())
    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: len(relay.deliveries()) >= before + 120, what="120 deliveries")
    until(lambda: len({d["session"] for d in relay.deliveries()}
                      - {s.name for s in relay.sessions()}) == 0, what="all blocks")
    names = [s.name for s in relay.sessions()]
    assert len(names) == len(set(names))
    for session in relay.sessions():
        assert [i for i, li in enumerate(session.lines) if li.startswith("outcome: ")] == \
            [len(session.lines) - 1], session.text


def test_foreign_text_cannot_forge_a_mark(relay, lab, make_daemon):
    """An extended error that ends with the word is escaped, and so is one with a line break."""
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as fake:
        fake.on("forged.example", "MX", dnsfake.servfail(
            (6, "x\r\n2026-01-01T00:00:00.000Z [abc] outcome: delivered DNSSEC")))
        fake.on("forged2.example", "MX", dnsfake.servfail((6, "all is well DNSSEC")))
        daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"))
        for domain in ("forged.example", "forged2.example"):
            for level in ("requested", "off"):
                session = block(daemon, f"a@{domain}", f"X-Class: {level}")
                assert not [li for li in session.lines if li.endswith(" DNSSEC")], session.text
                assert len([li for li in session.lines if li.startswith("outcome: ")]) == 1
        assert {s.name for s in daemon.sessions()} == {d["session"] for d in daemon.deliveries()}


def test_extended_errors_by_number_without_the_service(relay):
    session = block(relay, "a@bogus-sig.example", "X-Class: none")
    assert "DNSSEC" not in session.text
    assert re.search(r"\b6\b", session.text), session.text


def test_smtp_reply_cannot_forge_a_mark(relay):
    """A 5yz reply is foreign text too: no outcome line, no mark comes out of it."""
    session = block(relay, "rcpt-550-DNSSEC@secure.example", "X-Class: required")
    assert [line for line in session.lines if line.startswith("<-- 550")]
    assert not session.outcome.endswith(" DNSSEC")


# Delivery records

FIELDS = ["time", "session", "message", "from", "to", "domain", "service", "criterion", "mx_status",
          "address_status", "host", "address", "tls", "dane", "outcome", "status", "reply",
          "delay_ms", "dns_ms", "observe", "exempt", "was_secure", "user"]


def test_fields(relay):
    message = send(relay, "rcpt@secure.example", "X-Class: required")
    record = relay.delivery(message=message)
    assert sorted(record) == sorted(FIELDS)
    assert record["from"] == mail.SENDER and record["to"] == "rcpt@secure.example"
    assert record["domain"] == "secure.example" and record["service"] == "required"
    assert record["criterion"].startswith("X-Class")
    assert (record["mx_status"], record["address_status"]) == ("secure", "secure")
    assert record["host"].rstrip(".") == "mx.secure.example"
    assert record["address"] == "127.0.1.1"
    assert (record["tls"], record["dane"]) == ("", "none")
    assert (record["outcome"], record["status"]) == ("delivered", "2.0.0")
    assert "kept" in record["reply"]
    assert isinstance(record["delay_ms"], int) and isinstance(record["dns_ms"], int)
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", record["time"])


@pytest.mark.parametrize("domain, level, mx, address", [
    ("secure.example", "requested", "secure", "secure"),
    ("insecure.example", "requested", "insecure", "insecure"),
    ("sec-mx-insec-host.example", "requested", "secure", "insecure"),
    ("insec-mx-sec-host.example", "requested", "insecure", "secure"),
    ("secure.example", "none", "indeterminate", "indeterminate")])
def test_statuses(relay, domain, level, mx, address):
    record = relay.delivery(message=send(relay, f"a@{domain}", f"X-Class: {level}"))
    assert (record["mx_status"], record["address_status"]) == (mx, address)


def test_status_of_a_bogus_domain(relay):
    record = relay.delivery(message=send(relay, "a@bogus-sig.example", "X-Class: requested"))
    assert record["mx_status"] == "bogus" and record["outcome"] == "deferred"


def test_one_record_a_recipient_and_attempt(relay):
    rcpts = ["a@secure.example", "b@secure.example", "c@insecure.example", "rcpt-550@bank.example"]
    message = send(relay, rcpts, "X-Class: requested")
    until(lambda: len(relay.deliveries(message=message)) == 4)
    records = {d["to"]: d for d in relay.deliveries(message=message)}
    assert sorted(records) == sorted(rcpts)
    assert records["a@secure.example"]["session"] == records["b@secure.example"]["session"]
    assert records["a@secure.example"]["session"] != records["c@insecure.example"]["session"]
    failed = records["rcpt-550@bank.example"]
    assert (failed["outcome"], failed["status"]) == ("bounced", "5.7.1")
    assert failed["service"] == "required"     # Envelope-To is judged for each recipient alone
    assert records["c@insecure.example"]["service"] == "requested"


def test_sighup_reopens(relay):
    """A moved file is left alone after SIGHUP; a new one is written."""
    import signal
    block(relay, "a@secure.example")
    log = max((relay.dir / "log").glob("smtp-out-*.log"))
    moved = relay.dir / "moved.log"
    log.rename(moved)
    relay.process.send_signal(signal.SIGHUP)

    def written():
        send(relay, "a@secure.example")
        return log.exists() and log.stat().st_size
    assert until(written, what="the new file")
    moved.unlink()


# What came in

def came_in(daemon, *words):
    """The sessions of clients whose block has these words, once one is there whole."""
    def found():
        return [s for s in daemon.sessions("in") if s.outcome and all(w in s.text for w in words)]
    return until(found, what=f"a session of a client with {words}")


def test_session_of_a_client(relay):
    """Client, dialogue, the message's ID; arrows as in smtp-out, seen from us; data is a count."""
    message = send(relay, "in@secure.example", "X-Class: requested")
    session, = came_in(relay, message)
    assert session.lines[0] == f"client 127.0.0.1, listener 127.0.0.1:{relay.port}, may relay"
    assert session.lines[1].startswith("--> 220 relay.lab.example ")
    assert f"message {message} sender <{mail.SENDER}> size " in session.text
    for line in ("<-- RCPT TO:<in@secure.example>", "<-- DATA", "--> 354 ",
                 f"--> 250 2.0.0 Ok: queued as {message}"):
        assert line.lower() in session.text.lower(), (line, session.text)
    assert re.search(r"^<-- \(\d+ octets of message data\)$", session.text, re.M)
    assert "hello" not in session.text
    assert session.outcome.startswith("outcome: 1 message accepted; ")
    assert session.lines[-1] == session.outcome
    assert session.name not in {s.name for s in relay.sessions()}


def test_refusals_of_a_client(relay):
    with mail.Raw(relay) as raw:
        raw.say("EHLO refused.client.example")
        raw.say("BOGUS \u202e\u200b DNSSEC")
        raw.say("AUTH PLAIN AHVzZXIAc2VjcmV0")
    session, = came_in(relay, "refused.client.example")
    assert "<-- BOGUS \\xe2\\x80\\xae\\xe2\\x80\\x8b DNSSE\\x43" in session.lines
    assert "--> 500 5.5.2 Command unknown" in session.lines
    assert "AHVzZXIAc2VjcmV0" not in session.text and "<-- AUTH PLAIN (not shown)" in session.lines
    assert session.outcome.startswith("outcome: 0 messages accepted; refused: syntax 2; ")


def test_who_is_not_let_in(make_daemon):
    relay = make_daemon(more="limits { connections = 1 }")
    with mail.Raw(relay):
        with mail.Raw(relay) as other:
            assert other.greeting.startswith("421 4.3.2")
        session, = came_in(relay, "not let in")
    assert session.lines[1].startswith("--> 421 4.3.2 Too many connections")
    state = relay.json("status")
    assert state["refused"]["limit"] == 1 and state["accepted"] == 0


def test_endless_session_is_bounded(relay):
    """A client that talks for long: so much of it is told, how much is not, and its mail is."""
    with mail.Raw(relay) as raw:
        raw.say("EHLO endless.client.example")
        for _ in range(20):
            for _ in range(99):
                raw.say("NOOP " + 80 * "x")
            raw.say_all("MAIL FROM:<sender@secure.example>", "RCPT TO:<last@secure.example>", "DATA")
            answer = raw.say(mail.message("last@secure.example") + "\r\n.")
    session, = came_in(relay, "endless.client.example")
    size = sum(len(line) for line in session.lines)
    assert 8 << 10 < size < 64 << 10
    assert [li for li in session.lines if re.fullmatch(r"\d{4} lines were left out", li)], session.lines[-3:]
    assert f"message {answer.split()[-1]} sender <sender@secure.example>" in session.text
    assert session.outcome.startswith("outcome: 20 messages accepted; ")


@pytest.mark.parametrize("which, told", [("all", 2), ("refused", 1), ("none", 0)])
def test_which_sessions_of_clients(make_daemon, which, told):
    relay = make_daemon(more=f'limits {{ log-in = "{which}" }}')
    with mail.Raw(relay) as raw:
        raw.say("NONSENSE")
    message = send(relay, "b@secure.example")
    relay.delivery(message=message)
    until(lambda: relay.json("status")["connections"]["in"] == 0, what="both have gone")
    relay.stop()
    assert len(relay.sessions("in")) == told


def test_log_in(relay):
    """log --in, and its filters; log itself does not show what came in."""
    message = send(relay, "shown@secure.example", sender="from@bank.example")
    relay.delivery(message=message)
    session, = came_in(relay, message)
    shown = relay.ok("log", "--in", "--message", message)
    assert [line.partition("] ")[2] for line in shown.splitlines()] == session.lines
    assert session.name in relay.ok("log", "--in", "--to", "SHOWN@secure.example")
    assert session.name in relay.ok("log", "--in", "--to", "@secure.example", "--since", "1h")
    assert session.name not in relay.ok("log", "--in", "--to", "@bank.example")
    assert session.name not in relay.ok("log", "--message", message)
    block = relay.json("log", "--in", "--message", message)
    assert block["session"] == session.name and block["lines"][-1]["text"] == session.outcome
    assert relay.run("log", "--in", "--message", "nothing").returncode == 1
    assert relay.run("log", "--in", "--dnssec").returncode == 2


def test_log_to_a_domain_is_of_recipients(relay):
    """A criterion with these letters is none of the domain's recipients, nor is a sender."""
    required = send(relay, "a@bank.example", sender="x@secure.example")
    relay.delivery(message=required)
    other = send(relay, "a@secure.example", "X-Class: requested", sender="x@bank.example")
    relay.delivery(message=other)
    shown = relay.ok("log", "--to", "@bank.example")
    assert required in shown and other not in shown


def test_counters(make_daemon):
    relay = make_daemon(listen='relay-from = {"127.0.0.2/32"}', top='size-limit = "10K"')
    with mail.Raw(relay) as raw:
        for line in ("EHLO client.example", "MAIL FROM:<a@b.example> SIZE=999999",
                     "MAIL FROM:<a@b.example>", "RCPT TO:<c@secure.example>", "RCPT TO:<c@>", "VRFY"):
            raw.say(line)
        state = relay.json("status")
    assert state["accepted"] == 0
    assert state["refused"] == {"relay": 1, "auth": 0, "size": 1, "limit": 0, "syntax": 2,
                                "storage": 0, "early": 0}
    assert re.search(r"^came in +0 messages; refused: relay 1, size 1, syntax 2$",
                     relay.ok("status"), re.M)


def test_accepted_are_counted(make_daemon):
    relay = make_daemon()
    for _ in range(3):
        send(relay, "a@secure.example")
    assert relay.json("status")["accepted"] == 3
    assert re.search(r"^came in +3 messages$", relay.ok("status"), re.M)


@pytest.mark.usefixtures("one_day")
def test_old_files_go_at_start(make_daemon):
    relay = make_daemon(top='log-keep = "2d"', start=False)
    today = datetime.datetime.now(datetime.timezone.utc)
    log = relay.dir / "log"
    names = {}
    for days in (1, 4):
        date = (today - datetime.timedelta(days=days)).strftime("%Y-%m-%d")
        names[days] = {f"smtp-in-{date}.log", f"smtp-out-{date}.log", f"deliveries-{date}.jsonl"}
        for name in names[days]:
            (log / name).touch()
    (log / "smtp-in-1999-01-01.log.gz").touch()
    relay.own()
    relay.start()
    there = {path.name for path in log.iterdir()}
    assert names[1] <= there and not names[4] & there
    assert "smtp-in-1999-01-01.log.gz" in there
    assert "log-keep 3 old files removed" in (relay.dir / "stderr").read_text()


def test_a_shorter_log_keep_holds_from_the_reload_on(make_daemon):
    relay = make_daemon(top='log-keep = "9d"')
    date = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=5)
    old = relay.dir / f"log/smtp-in-{date:%Y-%m-%d}.log"
    old.touch()
    relay.ok("reload")
    assert old.exists()
    relay.conf.write_text(relay.conf.read_text().replace('"9d"', '"2d"'))
    relay.ok("reload")
    assert not old.exists()


# The daemon's own log

def events(daemon, *words):
    """The lines of the daemon's log with these words."""
    return [line for line in daemon.stderr.splitlines() if all(w in line for w in words)]


def test_start_is_told(make_daemon, lab):
    relay = make_daemon(resolvers=resolver(lab["validating"]) + resolver("192.0.2.1:53"), top="workers = 2")
    start, = events(relay, " info start signpost ")
    for word in (f"configuration {relay.conf}", "user ", "workers 2"):
        assert word in start, start
    assert len(events(relay, f" info listen 127.0.0.1:{relay.port}")) == 1
    assert len(events(relay, f" info server {lab['validating']} udp, trusted: ")) == 1
    assert len(events(relay, " warning server 192.0.2.1:53 udp, not trusted: ")) == 1


def test_server_that_is_dead_is_told_once(make_daemon, lab):
    """One line when it falls silent, whatever is asked and by how many threads, one when it is back."""
    port = dnsfake.free_port()
    relay = make_daemon(top="workers = 2", resolvers=resolver(f"127.0.0.1:{port}"),
                        criteria=CRITERIA)
    for i in range(8):
        send(relay, f"a@dead{i}.example", "X-Class: requested")
    until(lambda: events(relay, f"server 127.0.0.1:{port} udp gives no usable answer"))
    until(lambda: len(relay.deliveries()) >= 8, what="an attempt for each")
    # That it is dead says nothing of what it does when it lives.
    until(lambda: events(relay, f"server 127.0.0.1:{port} is not reached", "com. NS was not answered"))
    assert not events(relay, "does not validate")
    assert relay.json("status")["servers"][0]["probe"] == "unanswered"
    assert "; probe: unanswered, com. NS was not answered\n" in relay.ok("status")
    address, upstream = lab["validating"].split(":")
    with dnsfake.DnsFake(port=port, upstream=(address, int(upstream))):
        def back():
            send(relay, "a@secure.example", "X-Class: requested")
            return events(relay, f"server 127.0.0.1:{port} udp answers again")
        until(back, what="the line that says so")
        until(lambda: events(relay, f"server 127.0.0.1:{port} validates"), what="the probe's line")
    assert len(events(relay, "gives no usable answer")) == 1
    assert len(events(relay, "answers again")) == 1
    assert len(events(relay, f"127.0.0.1:{port} validates")) == 1


def test_server_that_does_not_validate_is_told_once(make_daemon, lab):
    relay = make_daemon(top="workers = 2", resolvers=resolver(lab["plain"]), criteria=CRITERIA)
    for i in range(16):                  # of as many domains, which both workers share
        relay.delivery(message=send(relay, f"a@d{i}.example", "X-Class: required"))
    line, = events(relay, " warning server ", "does not validate: ")
    assert lab["plain"] in line
    assert relay.json("status")["servers"][0]["probe"] == "fails"


def own_resolv_conf(relay, text):
    """A daemon that is not started yet gets an /etc of its own, with this in it."""
    resolv = relay.dir / "etc" / "resolv.conf"
    shutil.copytree("/etc", relay.dir / "etc", symlinks=True)
    resolv.unlink()
    resolv.write_text(text)
    relay.user = None
    relay.wrapper = ["unshare", "--mount", "sh", "-c", 'mount --bind etc /etc && exec "$@"', "sh"]
    return resolv


@pytest.mark.skipif(os.geteuid() != 0, reason="takes a mount of its own")
def test_a_reload_reads_resolv_conf(make_daemon):
    """However new it is; nobody waits until it is looked at."""
    relay = make_daemon(start=False, top='user = "nobody" workers = 1', resolvers="")
    options = "options timeout:1 attempts:1\n"
    resolv = own_resolv_conf(relay, "nameserver 127.0.0.99\n" + options)
    relay.start()
    assert "127.0.0.99:53" in block(relay, "a@reload0.example").text
    resolv.write_text("nameserver 127.0.0.98\n" + options)
    relay.ok("reload")
    text = block(relay, "a@reload1.example").text
    assert "127.0.0.98:53" in text and "127.0.0.99" not in text


@pytest.mark.skipif(os.geteuid() != 0, reason="takes a mount of its own")
def test_a_resolv_conf_that_goes_is_told_once(make_daemon):
    """One line when it cannot be read, whichever thread looks, one when it can again."""
    relay = make_daemon(start=False, top='user = "nobody" workers = 2', resolvers="")
    resolv = own_resolv_conf(relay, "nameserver 127.0.0.99\n")
    relay.start()
    told = " server /etc/resolv.conf: No such file or directory; the servers that it named before are still asked"

    names = itertools.count()

    def later(*words):
        """A resolver looks when it has something to do."""
        send(relay, f"a@resolv{next(names)}.example")
        return events(relay, *words)

    resolv.rename(resolv.with_suffix(".away"))
    until(lambda: later(" warning", told), what="the line that it is gone")
    resolv.with_suffix(".away").rename(resolv)
    until(lambda: later(" notice server /etc/resolv.conf is read again"), what="the line that it is back")
    assert len(events(relay, told)) == 1
    assert len(events(relay, "is read again")) == 1


def test_json_has_each_datum_with_its_status(relay, lab):
    record = relay.delivery(message=send(relay, "a@sec-mx-insec-host.example", "X-Class: requested"))
    session = relay.json("log", "--message", record["message"])
    assert session["session"] == record["session"] and session["service"] == "requested"
    assert (session["criterion"], session["place"]) == ("X-Class requested", "dnssec.criteria:2")
    assert session["recipients"] == ["a@sec-mx-insec-host.example"]
    assert (session["message"], session["sender"]) == (record["message"], record["from"])
    status = {lookup["type"]: lookup["status"] for lookup in session["lookups"]}
    assert (status["MX"], status["A"]) == ("secure", "insecure")
    for lookup in session["lookups"]:
        assert lookup["server"] == lab["validating"], lookup
        assert lookup["dnssec"] == (lookup["status"] == "secure"), lookup
        assert all(r["dnssec"] == lookup["dnssec"] for r in lookup["records"])
    assert [t["dnssec"] for t in session["tried"]] == [False]
    assert session["outcome"].startswith("delivered ")
    assert any(line["text"].startswith("--> MAIL FROM") for line in session["lines"])
