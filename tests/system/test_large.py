"""Large mail is spooled as it comes, and read as it goes: SPEC sections 7 and 9."""

import contextlib
import email
import quopri
import socketserver
import threading

import pytest

import mail
from daemon import DELIVERY, until
from mail import Raw, submit

BLOCK, FROM = 65536, 256 << 10
TO = "a@secure.example"
LINES = [b".", b"..", b". a point is doubled on its way", b"x" * 998, b"", b"a line as others are"]


def body(octets):
    """Lines of any length, with dots where they hurt; so many octets."""
    some = b"\r\n".join(LINES) + b"\r\n"
    text = (some * (octets // len(some) + 1))[:octets - 2]
    return text.rstrip(b"\r\n").ljust(octets - 2, b"y") + b"\r\n"


def large(mark, octets=3 * FROM, to=TO, head=()):
    start = mail.message(to, *head, mark=mark, body="").encode()
    return start + body(octets)


def quoted(text):
    """As it goes by DATA."""
    return text.replace(b"\r\n.", b"\r\n..")


def came(entry):
    """A message as it came to its host, but for what is ours of it."""
    text = entry["data"].encode("latin-1")
    return text[text.index(b"From: " + mail.SENDER.encode()):]


def spooled(daemon):
    return sorted(path.name for path in (daemon.dir / "state/queue.db-spool").iterdir())


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(top='workers = 2', delivery=DELIVERY)


def nothing_left(daemon):
    until(lambda: not spooled(daemon), what="no file in the spool")


@pytest.mark.parametrize("octets", [FROM - 2000, FROM, FROM + 1, 8 * BLOCK + 1, 3000003])
def test_it_comes_out_as_it_went_in(relay, received, octets):
    mark = f"large-{octets}"
    text = large(mark, octets)
    submit(relay, TO, text)
    entry, = received.wait(mark)
    assert came(entry) == text
    assert entry["data"].startswith("Received: from client.example")
    nothing_left(relay)


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_in_chunks_wherever_they_are_cut(relay, received, told):
    """With SIZE it goes to disk once its head is there; without, once it is large."""
    mark = f"large-chunks-{told}"
    text = large(mark, 2 * FROM + 7)
    with Raw(relay) as raw:
        raw.say_all("EHLO client.example",
                    f"MAIL FROM:<{mail.SENDER}>" + (f" SIZE={len(text)}" if told else ""),
                    f"RCPT TO:<{TO}>")
        left, sizes = text, [1, 70, 100000, BLOCK, BLOCK - 1]
        while left:
            size = sizes[len(left) % len(sizes)]
            raw.send(b"BDAT %d\r\n" % len(left[:size]) + left[:size])
            assert raw.reply().startswith("250 2.0.0 ")
            left = left[size:]
        raw.send(b"BDAT 0 LAST\r\n")
        assert raw.reply().startswith("250 2.0.0 Ok: queued as ")
    entry, = received.wait(mark)
    assert came(entry) == text
    nothing_left(relay)


def test_several_on_one_connection(relay, received):
    with mail.connect(relay) as smtp:
        for n in range(3):
            submit(relay, TO, large(f"large-one-of-three-{n}", FROM + 5 + n), smtp=smtp)
        submit(relay, TO, mail.message(TO, mark="small-behind-large"), smtp=smtp)
    for n in range(3):
        entry, = received.wait(f"large-one-of-three-{n}")
        assert came(entry) == large(f"large-one-of-three-{n}", FROM + 5 + n)
    assert received.wait("small-behind-large")


def test_a_client_that_goes_leaves_nothing(relay):
    with Raw(relay) as raw:
        raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}> SIZE={8 * FROM}",
                    f"RCPT TO:<{TO}>", "DATA")
        raw.send(quoted(large("large-half", 4 * FROM)))
        until(lambda: spooled(relay), what="what has come is on disk")
    nothing_left(relay)
    until(lambda: relay.json("queue", "list", "--state", "active") == [], what="that nothing is under way")


def test_a_spool_that_cannot_be_written_is_told(make_daemon):
    """451, and the log says of what, and why.  Made anew it serves again."""
    daemon = make_daemon()
    place = daemon.dir / "state/queue.db-spool"
    place.rmdir()
    with Raw(daemon) as raw:
        raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}>", f"RCPT TO:<{TO}>", "DATA")
        raw.send(quoted(large("no-spool")) + b".\r\n")
        assert raw.reply().startswith("451 4.3.0 ")
    line, = [li for li in daemon.stderr.splitlines() if "cannot store what comes in" in li]
    assert "state/queue.db: No such file or directory" in line
    place.mkdir(0o700)
    daemon.own()
    submit(daemon, "rcpt-450@secure.example", large("spool-anew"))
    message, = spooled(daemon)
    until(lambda: daemon.json("queue", "list")[0]["state"] == "deferred", what="that it was read and tried")
    assert daemon.run("queue", "show", message, "--content").stdout.count("\n") > 1


def test_too_large_is_refused(make_daemon):
    daemon = make_daemon(top='size-limit = "1M"')
    for told in ("", f" SIZE={1 << 19}"):
        with Raw(daemon) as raw:
            raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}>{told}",
                        f"RCPT TO:<{TO}>", "DATA")
            raw.send(quoted(large("too-large", 2 << 20)) + b".\r\n")
            assert raw.reply().startswith("552 5.3.4 ")
    nothing_left(daemon)


def test_a_head_without_end_is_refused(relay):
    with Raw(relay) as raw:
        raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}>", f"RCPT TO:<{TO}>", "DATA")
        raw.send(b"X-Field: and so on\r\n" * 40000 + b"\r\nbody\r\n.\r\n")
        assert raw.reply().startswith("552 5.3.4 Message header too big")
        raw.say_all("NOOP")
    nothing_left(relay)


def test_eight_bits_become_seven_all_the_same(relay, received):
    """Of a large message, too; and where they may stay they stay."""
    text = large("large-eight", 2 * FROM, head=["MIME-Version: 1.0", "Content-Type: text/plain"])
    text = text.replace(b"as others are", b"caf\xe9")
    submit(relay, "a@plain.example", text, mail=["BODY=8BITMIME"])
    submit(relay, TO, text, mail=["BODY=8BITMIME"])
    plain, eight = sorted(received.wait("large-eight", count=2), key=lambda e: e["data"].isascii(),
                          reverse=True)
    assert plain["data"].isascii() and plain["mail_params"] == []
    parsed = email.message_from_bytes(plain["data"].encode())
    assert parsed.get_payload(decode=True) == text.partition(b"\r\n\r\n")[2]
    assert came(eight) == text and "BODY=8BITMIME" in eight["mail_params"]
    nothing_left(relay)


def mixed(mark, octets, kind="multipart/mixed"):
    """Of several parts, one of them in a message; so many octets each."""
    text = body(octets).replace(b"as others are", b"caf\xe9")
    head = mail.message("a@plain.example", "MIME-Version: 1.0",
                        f'Content-Type: {kind}; boundary="--b b"', mark=mark, body="").encode()
    parts = [b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n" + text,
             b"\r\n" + body(octets),
             b"caf\xe9: no field\r\n" + body(octets),
             b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
             b"Subject: within\r\n\r\n" + text,
             b"Content-Type: application/x-octets\r\n\r\n" + b"\xff\xfe" * (octets // 2)]
    return head + b"".join(b"----b b\r\n" + part + b"\r\n" for part in parts) + b"----b b--\r\n"


def leaves(text):
    """What its parts are, and stand for."""
    return [(part.get_content_type(), part.get_payload(decode=True))
            for part in email.message_from_bytes(text).walk() if not part.is_multipart()]


def test_parts_become_seven_each_for_itself(relay, received):
    """What Python's email package reads is the same before and after."""
    text = mixed("large-parts", FROM // 2 + 3)
    submit(relay, "a@plain.example", text, mail=["BODY=8BITMIME"])
    entry, = received.wait("large-parts")
    assert entry["data"].isascii()
    assert leaves(came(entry)) == leaves(text)
    assert received.wait("large-parts")[0]["mail_params"] == []
    log = relay.ok("log", "--to", "a@plain.example")
    assert "converted: to 7-bit parts, as the host takes no others" in log
    nothing_left(relay)


def test_what_is_signed_comes_back(relay, received):
    submit(relay, "a@plain.example", mixed("large-signed", FROM, kind="multipart/signed"),
           mail=["BODY=8BITMIME"])
    bounce = received.bounce("large-signed")
    assert "Status: 5.6.3" in bounce.as_string()
    assert "signed or encrypted" in bounce.as_string()
    nothing_left(relay)


def test_it_waits_on_disk(make_daemon, received):
    """Put off, shown, killed, tried again: it is the same message."""
    daemon = make_daemon()
    text = large("large-waits", 2 * FROM, to="rcpt-450@secure.example")
    message = submit(daemon, "rcpt-450@secure.example", text)
    daemon.delivery(message=message, outcome="deferred")
    until(lambda: daemon.json("queue", "show", message)["state"] == "deferred")
    assert spooled(daemon) == [message]
    shown = daemon.ok("queue", "show", message, "--content").encode()
    assert shown.endswith(text) and daemon.json("queue", "show", message)["size"] == len(shown)
    daemon.kill()
    (daemon.dir / "state/queue.db-spool/00000000001").write_text("of a message that never was")
    daemon.own()
    daemon.start()
    assert spooled(daemon) == [message]
    assert daemon.ok("queue", "show", message, "--content").encode() == shown
    daemon.ok("queue", "remove", message)
    nothing_left(daemon)


@pytest.mark.parametrize("params", [[], ["RET=HDRS"]], ids=["unasked", "asked"])
def test_a_bounce_has_its_header(relay, received, params):
    mark = f"large-bounces-{len(params)}"
    submit(relay, "rcpt-550@secure.example", large(mark), mail=params)
    bounce = received.bounce(mark)
    returned = list(bounce.iter_parts())[-1]
    assert returned.get_content_type() == "text/rfc822-headers"
    assert f"Message-ID: <{mark}@test.example>" in returned.get_payload()
    nothing_left(relay)


def report_about(received, mark, to=mail.SENDER):
    """As it came to the sender's host: its octets, and its last part."""
    entry = until(lambda: [e for e in received.having(mark, to) if e["from"] == ""],
                  what="the report")[0]
    return entry["data"].encode("latin-1"), list(mail.parse(entry).iter_parts())[-1]


@pytest.mark.parametrize("octets", [3 * FROM, 4 * FROM, 30 * FROM + 1],
                         ids=["small", "1-MiB", "7-MiB"])
def test_a_bounce_has_all_of_it(relay, received, octets):
    """Where its sender asked for that, whatever its size."""
    mark = f"large-returns-{octets}"
    text = large(mark, octets)
    submit(relay, "rcpt-550@secure.example", text, mail=["RET=FULL"])
    data, returned = report_about(received, mark)
    assert returned.get_content_type() == "message/rfc822"
    assert text in data and data.endswith(b"--\r\n")
    nothing_left(relay)


def test_a_bounce_has_all_eight_bits_of_it(relay, received):
    """Part by part, whether the sender's host takes eight bits or not."""
    text = large("large-returns-8", head=["MIME-Version: 1.0", "Content-Type: text/plain"])
    text = text.replace(b"as others are", b"caf\xe9")
    for sender in (mail.SENDER, "me@plain.example"):
        submit(relay, "rcpt-550@secure.example", text, mail=["RET=FULL", "BODY=8BITMIME"],
               sender=sender)
        data, returned = report_about(received, "large-returns-8", sender)
        assert returned.get_content_type() == "message/rfc822"
        whole = returned.get_payload(0).get_payload(decode=True)
        assert data.isascii() and whole == text.partition(b"\r\n\r\n")[2]
    nothing_left(relay)


def test_a_bounce_has_all_of_what_is_in_utf8(relay, received):
    """Encoded, as its header may not stand in a report for hosts without SMTPUTF8."""
    text = large("large-returns-utf8").replace(b"Subject: ", b"Subject: \xc3\xa4")
    submit(relay, "rcpt-550@secure.example", text, mail=["RET=FULL", "SMTPUTF8"])
    data, returned = report_about(received, "large-returns-utf8")
    assert data.isascii() and returned["Content-Type"] == "message/global"
    encoded = data.rpartition(b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")[2]
    encoded = encoded.rpartition(b"\r\n--")[0]
    assert quopri.decodestring(encoded).endswith(text[-BLOCK:]) and text in quopri.decodestring(encoded)
    nothing_left(relay)


def test_a_boundary_that_is_in_it(relay, received):
    """Whatever report's it might be: those of the IDs that come next."""
    message = submit(relay, "a@secure.example", mail.message("a", mark="before-boundaries"))
    ours = f"=_{message[:6]}".encode()
    text = large("large-boundaries") + (b"\r\n--" + ours) * 1000 + b"\r\n"
    submit(relay, "rcpt-550@secure.example", text, mail=["RET=FULL"])
    data, _ = report_about(received, "large-boundaries")
    boundary = email.message_from_bytes(data).get_boundary().encode()
    assert boundary.startswith(ours) and boundary not in text and text in data


def test_a_bounce_that_would_be_too_large_has_its_header(make_daemon, received):
    """It may not be larger than size-limit, as no mail may."""
    daemon = make_daemon(top='size-limit = "1M"')
    text = large("large-limit", (1 << 20) - 1000)
    submit(daemon, "rcpt-550@secure.example", text, mail=["RET=FULL"])
    data, returned = report_about(received, "large-limit")
    assert returned.get_content_type() == "text/rfc822-headers" and len(data) < 10000
    nothing_left(daemon)
    assert "store-failed" not in daemon.stderr


def test_a_bounce_that_is_refused_goes_with_its_header(relay, received):
    """small.example takes 2000 octets."""
    submit(relay, "a@nope.com", large("large-small"), mail=["RET=FULL"], sender="me@small.example")
    data, returned = report_about(received, "large-small", "me@small.example")
    assert returned.get_content_type() == "text/rfc822-headers" and len(data) < 10000
    nothing_left(relay)


def damage(daemon, message):
    """An octet of its file is another one."""
    path = daemon.dir / "state/queue.db-spool" / message
    with open(path, "r+b") as file:
        file.seek(5 * BLOCK)
        octet = file.read(1)
        file.seek(5 * BLOCK)
        file.write(bytes([octet[0] ^ 1]))


def test_of_what_is_damaged_the_header_comes_back(make_daemon, received):
    daemon = make_daemon()
    message = submit(daemon, "rcpt-450@secure.example", large("large-damaged-bounce"),
                     mail=["RET=FULL"])
    daemon.delivery(message=message, outcome="deferred")
    until(lambda: daemon.json("queue", "show", message)["state"] == "deferred")
    damage(daemon, message)
    daemon.ok("queue", "bounce", message)
    _, returned = report_about(received, "large-damaged-bounce")
    assert returned.get_content_type() == "text/rfc822-headers"
    assert f"message={message} is damaged: the report about it has its header alone" in daemon.stderr
    nothing_left(daemon)


@pytest.mark.parametrize("domain", ["secure.example", "plain.example"])
def test_what_is_damaged_is_held(make_daemon, received, domain):
    """An octet that has changed on disk is not sent, nor converted, and what stands before it is no message."""
    daemon = make_daemon()
    to, mark = f"once-451@{domain}", f"large-damaged-{domain}"
    message = submit(daemon, to, large(mark, 2 * FROM, to=to) + "café\r\n".encode(),
                     mail=["BODY=8BITMIME"])
    daemon.delivery(message=message, outcome="deferred")
    until(lambda: daemon.json("queue", "show", message)["state"] == "deferred")
    damage(daemon, message)
    assert daemon.run("queue", "show", message, "--content").returncode != 0
    daemon.ok("queue", "retry", message)
    until(lambda: daemon.json("queue", "show", message)["state"] == "held", what="it is held")
    assert f"message={message} is damaged, and is held" in daemon.stderr
    assert not received.having(mark)
    assert spooled(daemon) == [message]


class Swallows(socketserver.StreamRequestHandler):
    """A mail host that takes all, and counts what it got."""

    def handle(self):
        with contextlib.suppress(ConnectionError):
            self.talk()

    def talk(self):
        self.wfile.write(b"220 host\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                tail = b""
                while not tail.endswith(b"\r\n.\r\n"):
                    some = self.rfile.read1(1 << 16)
                    if not some:
                        return
                    self.server.octets += len(some)
                    tail = (tail + some)[-5:]
                self.server.messages += 1
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


class Host(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 200
    octets = messages = 0


@pytest.fixture
def host():
    with Host(("127.0.0.1", 0), Swallows) as one:
        threading.Thread(target=one.serve_forever).start()
        yield one
        one.shutdown()


def hand_in(daemon, octets, line=b"x" * 70 + b"\r\n"):
    """A message of so many octets, without ever having it."""
    with Raw(daemon) as raw:
        raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}>", "RCPT TO:<a@large.example>",
                    "DATA")
        raw.send(b"Subject: large\r\n\r\n")
        for _ in range(octets // (len(line) * 1000) + 1):
            raw.send(line * 1000)
        raw.send(b".\r\n")
        assert raw.reply().startswith("250 2.0.0 Ok: queued as ")


def memory(pid):
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


class Watch(threading.Thread):
    """The most that a process has in memory meanwhile, beyond what it had before; KiB."""

    def __init__(self, daemon):
        super().__init__()
        self.pid, self.over = daemon.process.pid, threading.Event()
        self.before = self.most = memory(self.pid)

    def run(self):
        while not self.over.wait(0.005):
            self.most = max(self.most, memory(self.pid))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *ignored):
        self.over.set()
        self.join()

    @property
    def more(self):
        return self.most - self.before


def test_memory(make_daemon, host):
    """One costs less than 1 MiB, converted or not, a hundred at once less than 64 MiB, whatever their size."""
    daemon = make_daemon(
        top='workers = 2', more=f'route "large.example" {{ via = "[127.0.0.1]:'
        f'{host.server_address[1]}" per-destination = 100 }}')
    if b"__asan_" in daemon.program.read_bytes() or b"__tsan_" in daemon.program.read_bytes():
        pytest.skip("the sanitizer has memory of its own")
    hand_in(daemon, 3 * FROM)
    until(lambda: host.messages == 1, what="the first")
    with Watch(daemon) as alone:
        hand_in(daemon, 49 << 20)
        until(lambda: host.messages == 2, what="the second")
    with Watch(daemon) as converted:
        hand_in(daemon, 49 << 20, line=b"caf\xe9 " * 12 + b"\r\n")
        until(lambda: host.messages == 3, what="what was converted")
    with Watch(daemon) as many:
        clients = [threading.Thread(target=hand_in, args=(daemon, 3 << 20)) for _ in range(100)]
        for one in clients:
            one.start()
        for one in clients:
            one.join()
        until(lambda: host.messages == 103, what="a hundred")
    assert host.octets > 2 * (49 << 20) + 100 * (3 << 20)
    nothing_left(daemon)
    assert alone.more < 1024, f"one costs {alone.more} KiB"
    assert converted.more < 1024, f"one that is converted costs {converted.more} KiB"
    assert many.more < 64 << 10, f"a hundred cost {many.more} KiB"
    print(f"one: {alone.more} KiB, converted: {converted.more} KiB, a hundred: {many.more} KiB")
