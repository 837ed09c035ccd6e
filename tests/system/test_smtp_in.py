"""SMTP in: SPEC section 7."""

import re
import socket
import time

import pytest

import mail
from daemon import PATIENCE, until
from mail import Raw

START = ["EHLO client.example", "MAIL FROM:<sender@secure.example>", "RCPT TO:<a@secure.example>"]


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(
        top='size-limit = "100K"', listen='relay-from = {"127.0.0.0/8", "::1/128"}',
        more='limits { recipients = 5 header-size = "8K" errors = 10 }')


def test_ehlo_names_its_extensions(relay):
    with Raw(relay) as raw:
        assert raw.greeting.startswith("220 relay.lab.example ESMTP")
        words = [line[4:] for line in raw.say("EHLO client.example").split("\n")]
    assert words[0].split()[0] == "relay.lab.example"
    assert {"PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8", "DSN",
            f"SIZE {100 * 1024}"} <= set(words)


def test_message_goes_through_with_received_on_top(relay, received):
    text = mail.message("a@secure.example", mark="through")
    with Raw(relay) as raw:
        raw.say_all(*START, "DATA")
        answer = raw.say(text + "\r\n.")
        assert re.fullmatch(r"250 2\.0\.0 Ok: queued as \S+", answer)
    entry, = received.wait("through")
    head, _, rest = entry["data"].partition("From: ")
    assert "From: " + rest.rstrip("\r\n") == text.rstrip("\r\n")
    unfolded = re.sub(r"\r\n[ \t]+", " ", head)
    assert unfolded.startswith("Received: from client.example ")
    assert "127.0.0.1" in unfolded and "by relay.lab.example" in unfolded
    assert f"id {answer.split()[-1]}" in unfolded and "ESMTP" in unfolded
    assert unfolded.count("\r\n") == 1


@pytest.mark.parametrize("line, code", [
    ("NOOP", "250 2."), ("RSET", "250 2."), ("VRFY a", "252 2."), ("HELP", "214 2."),
    ("FOO", "500 5.5."), ("RCPT TO:<a@secure.example>", "503 5.5.1"), ("DATA", "503 5.5.1"),
    ("MAIL FROM:a", "501 5."), ("MAIL FROM:<a@b.example> FOO=1", "555 5.5.4"),
    ("MAIL FROM:<a@b.example> SIZE=999999999", "552 5.3.4"),
    ("MAIL FROM:<a b@c.example>", "501 5."), ("MAIL FROM:<>", "250 2.1.0"),
    ("MAIL FROM:<\"a b\"@c.example>", "250 2.1.0"), ("EHLO", "501 5.5."),
    ("MAIL FROM:<a@b.example> BODY=8BITMIME", "250 2.1.0"),
    ("MAIL FROM:<a@b.example> RET=HDRS ENVID=x", "250 2.1.0"),
    ("mail from:<a@b.example>", "250 2.1.0")])
def test_replies(relay, line, code):
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        assert raw.say(line).startswith(code)


@pytest.mark.parametrize("path, code", [
    ("<a@secure.example>", "250 2.1.5"), ("<a@secure.example> NOTIFY=NEVER", "250 2.1.5"),
    ("<a@secure.example> NOTIFY=NEVER,DELAY", "501 5.5.4"),
    ("<a@[127.0.1.1]>", "250 2.1.5"), ("<>", "501 5."), ("<a@>", "501 5."),
    ("<a@secure..example>", "501 5."), ("<@x.example:a@secure.example>", "250 2.1.5"),
    ("<a@" + "x" * 64 + ".example>", "501 5.")])
def test_recipients(relay, path, code):
    with Raw(relay) as raw:
        raw.say_all(*START[:2])
        assert raw.say(f"RCPT TO:{path}").startswith(code)


def test_no_mail_without_greeting_and_no_nested_mail(relay):
    with Raw(relay) as raw:
        assert raw.say("MAIL FROM:<a@b.example>").startswith("503 5.5.1")
        raw.say_all(*START[:2])
        assert raw.say(START[1]).startswith("503 5.5.1")


def test_pipelining(relay, received):
    text = mail.message("a@secure.example", mark="pipelined")
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        raw.send("".join(f"{li}\r\n" for li in START[1:] + ["RCPT TO:<b@secure.example>", "DATA"]))
        assert [raw.reply()[:3] for _ in range(4)] == ["250", "250", "250", "354"]
        raw.send(text + "\r\n.\r\nMAIL FROM:<x@y.example>\r\nQUIT\r\n")
        assert [raw.reply()[:3] for _ in range(3)] == ["250", "250", "221"]
    assert len(received.wait("pipelined")) == 1


def test_octet_by_octet(relay, received):
    text = mail.message("a@secure.example", mark="by-octet")
    with Raw(relay) as raw:
        raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for line in START + ["DATA"]:
            for octet in (line + "\r\n").encode():
                raw.send(bytes([octet]))
            assert raw.reply()[0] in "23"
        for octet in (text + "\r\n.\r\n").encode():
            raw.send(bytes([octet]))
        assert raw.reply().startswith("250 2.0.0 Ok: queued as ")
    assert received.wait("by-octet")


def test_dots_and_eight_bits(relay, received):
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        raw.say_all("MAIL FROM:<s@secure.example> BODY=8BITMIME", START[2], "DATA")
        raw.send(mail.message("a@secure.example", mark="dots").encode()
                 + b"\r\n..x\r\n...\r\n\xe9\xff\r\n.\r\n")
        assert raw.reply().startswith("250")
    entry, = received.wait("dots")
    assert entry["data"].endswith("\r\n.x\r\n..\r\n\xe9\xff\r\n")
    assert "BODY=8BITMIME" in entry["mail_params"]


@pytest.mark.parametrize("text, between", [
    ("  Dear opening-space,", "\r\n"), ("\tDear opening-tab,", "\r\n"),
    ("From opening-mailbox Sun Nov 29 10:00:00 2026\r\nSubject: x\r\n", "X-Mailbox-Line: "),
    ("Dear opening-text,", ""),
    ("Subject: opening-field\r\nno field\r\nTo: a@secure.example\r\n", "")])
def test_an_opening_that_is_no_field(relay, received, text, between):
    """It does not continue our Received; the text stays whole."""
    text += "\r\nthe text\r\n"
    with Raw(relay) as raw:
        raw.say_all("EHLO client.example", "MAIL FROM:<s@secure.example>", START[2], "DATA")
        assert raw.say(text + ".").startswith("250")
    data = received.wait(re.search(r"opening-\w+", text).group())[0]["data"]
    field = re.match(r"Received: from [^;]*;\r\n\t[^\n]*\n", data)
    assert data[field.end():] == between + text, data


SMUGGLED = (b"\r\nMAIL FROM:<evil@secure.example>\r\nRCPT TO:<b@secure.example>\r\n"
            b"DATA\r\nsmuggled\r\n.\r\n")


def replies_to_the_end(raw):
    replies = []
    while not replies or (replies[-1] and not replies[-1].startswith("221")):
        replies.append(raw.reply())
    return replies


@pytest.mark.parametrize("end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r",
                                 b"\r.\r\n"], ids=repr)
def test_no_smuggling(relay, received, end):
    """Only CRLF . CRLF ends the data; what others might take for an end refuses the message."""
    name = f"smuggle-{end.hex()}"
    with Raw(relay) as raw:
        raw.say_all(*START, "DATA")
        raw.send(mail.message("a@secure.example", mark=name).encode() + b"x" + end + SMUGGLED
                 + b"QUIT\r\n")
        replies = replies_to_the_end(raw)
    assert replies[0].startswith(("550 5.", "554 5.", "500 5.", "521 5.")), replies
    assert not [r for r in replies if "queued as" in r], replies
    assert not received.having("smuggled") and not received.having(name)


@pytest.mark.parametrize("text", [b"a\nb", b"a\rb", b"a\r\r\nb", b"\nb", b"a\n", b"a\r", b"a\n.\r\nb"],
                         ids=repr)
def test_bare_line_ends_in_data(relay, received, text):
    """The message is refused where it ends, and the connection may go on."""
    with Raw(relay) as raw:
        raw.say_all(*START, "DATA")
        raw.send(b"Subject: bare-one\r\n\r\n" + text + b"\r\n.\r\nQUIT\r\n")
        replies = replies_to_the_end(raw)
    assert replies[0][:1] == "5" and len(replies) == 2, replies
    assert not received.having("bare-one")


@pytest.mark.parametrize("octets", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\r\r\n"], ids=repr)
def test_bare_line_ends_in_commands(relay, octets):
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        raw.send(octets + b"\r\nQUIT\r\n")
        assert raw.reply()[:1] == "5"


def test_size_limit(relay):
    with Raw(relay) as raw:
        raw.say_all(*START, "DATA")
        raw.send(mail.message("a@secure.example") + "\r\n" + ("x" * 76 + "\r\n") * 1500 + ".\r\n")
        assert raw.reply().startswith("552 5.3.4")
        raw.say_all("RSET", *START[1:])


def test_header_limit(relay):
    with Raw(relay) as raw:
        raw.say_all(*START, "DATA")
        raw.send("".join(f"X-{i}: {'y' * 60}\r\n" for i in range(300)) + "\r\nbody\r\n.\r\n")
        assert raw.reply()[:3] in ("552", "554", "550")


def test_too_many_recipients(relay, received):
    with Raw(relay) as raw:
        raw.say_all(*START)
        for i in range(4):
            assert raw.say(f"RCPT TO:<r{i}@secure.example>").startswith("250")
        assert raw.say("RCPT TO:<r5@secure.example>").startswith("452 4.5.3")
        raw.say_all("DATA")
        assert raw.say(mail.message("many", mark="five-at-once") + "\r\n.").startswith("250")
    entry = received.wait("five-at-once")[0]
    assert len(entry["rcpts"]) == 5      # recipients of one domain share a transaction


def test_no_relaying_for_strangers(make_daemon):
    daemon = make_daemon(listen='relay-from = {"192.0.2.0/24"}')
    with Raw(daemon) as raw:
        raw.say_all(*START[:2])
        answer = raw.say(START[2])
    assert re.match(r"55[04] 5\.7\.1 ", answer)


def test_too_many_errors_end_it(relay):
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        answers = []
        for _ in range(40):
            try:
                raw.send("FOO\r\n")
            except OSError:
                break
            answers.append(raw.reply())
            if not answers[-1] or answers[-1].startswith("421"):
                break
    assert answers[-1] == "" or answers[-1].startswith("421 4.7.0")
    assert 8 <= len(answers) <= 14


def test_long_lines(relay):
    with Raw(relay) as raw:
        assert raw.say("NOOP " + "x" * 20000).startswith("500 5.5.")
        raw.say_all("EHLO client.example")


def test_loop_is_refused(relay, received):
    hop = "Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0000"
    for hops, code in ((99, "250"), (100, "554 5.4.6")):
        with Raw(relay) as raw:
            raw.say_all(*START, "DATA")
            text = "\r\n".join([hop] * hops) + "\r\n" + mail.message("a", mark=f"hops{hops}")
            assert raw.say(text + "\r\n.").startswith(code), hops
    assert received.wait("hops99") and not received.having("hops100")


def test_smtputf8(relay, received):
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        raw.say_all("MAIL FROM:<s@secure.example> SMTPUTF8", "RCPT TO:<j\u00f6rg@secure.example>", "DATA")
        assert raw.say("Subject: utf8-one\r\n\r\nx\r\n.").startswith("250")
        assert raw.say("MAIL FROM:<j\u00f6rg@secure.example>")[:1] == "5"
    entry, = received.wait("utf8-one")
    assert entry["rcpts"][0][0] == "j\u00f6rg@secure.example"
    assert "SMTPUTF8" in entry["mail_params"]


def test_u_label_domain(relay, received):
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        raw.say_all("MAIL FROM:<s@secure.example> SMTPUTF8", "RCPT TO:<a@b\u00fccher.example>", "DATA")
        assert raw.say("Subject: utf8-two\r\n\r\nx\r\n.").startswith("250")
    assert received.wait("utf8-two")[0]["host"] == "127.0.1.7"


def test_disconnect_in_data_keeps_nothing(relay, received):
    with Raw(relay) as raw:
        raw.say_all(*START, "DATA")
        raw.send(mail.message("a@secure.example", mark="cut-off") + "\r\n")
    mail.send(relay, "after@secure.example")
    assert "cut-off" not in relay.ok("queue", "list") and not received.having("cut-off")


def test_idle_is_ended(make_daemon):
    daemon = make_daemon(more='limits { idle = "1s" }')
    began = time.monotonic()             # before it can have begun to count
    with Raw(daemon) as raw:
        assert raw.reply().startswith("421 4.4.2")
    assert 0.9 < time.monotonic() - began < 60    # without a limit it would be five minutes


def test_ready_only_when_it_accepts(make_daemon):
    with Raw(make_daemon()) as raw:
        assert raw.greeting.startswith("220")


def test_two_listeners_and_ipv6(make_daemon):
    import dnsfake
    port = dnsfake.free_port()
    make_daemon(more=f'listen "[::1]:{port}" {{ }}')
    with socket.create_connection(("::1", port), PATIENCE) as s:
        assert s.recv(100).startswith(b"220")


def test_unix_listener(make_daemon):
    daemon = make_daemon(more='listen "unix:smtp.sock" { }')
    paths = [p for p in daemon.dir.rglob("smtp.sock")]
    assert paths
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(PATIENCE)
        s.connect(str(paths[0]))
        assert s.recv(100).startswith(b"220")
