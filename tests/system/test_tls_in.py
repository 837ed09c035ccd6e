"""TLS and AUTH for who comes in: SPEC sections 6, 7, 8 and 12."""

import base64
import concurrent.futures
import contextlib
import os
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import threading
from datetime import datetime, timedelta

import pytest

import dnsfake
import mail
from daemon import PATIENCE, until
from mail import Raw

RIGHT = base64.b64encode(b"\0alice\0sesame").decode()
WRONG = base64.b64encode(b"\0alice\0guess").decode()
EVERYBODY = 'relay-from = {"127.0.0.0/8"}'
NOBODY = "relay-from = {}"


def make_certificate(folder, name, common="relay.lab.example"):
    """A certificate and its key; the certificate is its own authority."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={common}",
                    "-addext", f"subjectAltName=DNS:{common},IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def trusting(certificate):
    return ssl.create_default_context(cafile=certificate)


class Doors:
    """A daemon with three listeners: STARTTLS, TLS from the start, TLS and AUTH a must."""

    def __init__(self, make, **options):
        self.daemon = make(start=False)
        self.folder = self.daemon.dir
        make_certificate(self.folder, "relay")
        self.users = self.folder / "users"
        self.users.write_text(self.daemon.ok("passwd", "alice", stdin="sesame\n", conf=False))
        self.users.chmod(0o600)
        self.implicit, self.strict = dnsfake.free_port(), dnsfake.free_port()
        self.options = options
        self.configure()
        self.daemon.own()
        self.daemon.start()
        self.context = trusting(self.folder / "relay.pem")

    def configure(self):
        pair = 'tls-certificate = "relay.pem" tls-key = "relay.key"'
        auth = 'auth-file = "users"'
        self.daemon.configure(
            listen=f"{NOBODY} {pair} {auth}",
            more=f'listen "127.0.0.1:{self.implicit}" {{ {EVERYBODY} {pair} tls = "implicit" }}\n'
                 f'listen "127.0.0.1:{self.strict}" {{ {EVERYBODY} {pair} {auth} tls = "require" '
                 f'require-auth = true }}\n' + self.options.get("more", ""))

    def plain(self, port=None):
        return smtplib.SMTP("127.0.0.1", port or self.daemon.port, "client.example",
                            timeout=PATIENCE)

    def tls(self, port=None):
        smtp = self.plain(port)
        smtp.ehlo()
        smtp.starttls(context=self.context)
        smtp.ehlo()
        return smtp

    def smtps(self):
        return smtplib.SMTP_SSL("127.0.0.1", self.implicit, "client.example", timeout=PATIENCE,
                                context=self.context)

    def block(self, *words):
        """The first session that came in with a line that has these words."""
        return until(lambda: [s for s in self.daemon.sessions("in") if s.with_word(*words)],
                     what=f"a session with {words}")[0]


@pytest.fixture(scope="module")
def doors(make_module_daemon):
    return Doors(make_module_daemon)


def features(smtp):
    smtp.ehlo()
    return {name.upper() for name in smtp.esmtp_features}


# What is offered

def test_starttls_is_offered_before_tls_and_auth_inside(doors):
    with doors.plain() as smtp:
        before = features(smtp)
        smtp.starttls(context=doors.context)
        after = features(smtp)
        assert smtp.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
        assert smtp.docmd("STARTTLS")[0] == 503
    assert "STARTTLS" in before and "AUTH" not in before
    assert "AUTH" in after and "STARTTLS" not in after


def test_implicit(doors):
    with doors.smtps() as smtp:
        assert not {"STARTTLS", "AUTH"} & features(smtp)
        assert smtp.docmd("MAIL FROM:<sender@secure.example>") == (250, b"2.1.0 Ok")


def test_ehlo_is_forgotten(doors):
    with doors.plain() as smtp:
        smtp.ehlo()
        smtp.starttls(context=doors.context)
        assert smtp.docmd("MAIL FROM:<sender@secure.example>")[0] == 503


def test_require(doors):
    with doors.plain(doors.strict) as smtp:
        for line in ("HELO c", "MAIL FROM:<a@b.example>", "RSET", "AUTH PLAIN " + RIGHT, "HELP",
                     "VRFY a", "NONSENSE"):
            code, text = smtp.docmd(line)
            assert (code, text[:5]) == (530, b"5.7.0"), (line, code, text)
        assert smtp.docmd("EHLO c")[0] == 250 and smtp.docmd("NOOP")[0] == 250
        smtp.starttls(context=doors.context)
        smtp.ehlo()
        assert smtp.docmd("MAIL FROM:<a@b.example>")[0] == 530
        assert smtp.login("alice", "sesame")[0] == 235
        assert smtp.docmd("MAIL FROM:<a@b.example>")[0] == 250


def test_versions(doors):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = trusting(doors.folder / "relay.pem")
        context.minimum_version = context.maximum_version = version
        with doors.plain() as smtp:
            smtp.starttls(context=context)
            assert smtp.sock.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2",
                                           ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]
            assert smtp.noop()[0] == 250


def resumed(doors, session=None):
    with doors.plain() as smtp:
        smtp.ehlo()
        smtp.docmd("STARTTLS")
        sock = doors.context.wrap_socket(smtp.sock, server_hostname="relay.lab.example",
                                         session=session)
        sock.sendall(b"NOOP\r\n")
        sock.recv(100)                   # a ticket comes before it
        return sock.session_reused, sock.session


def test_tickets_are_good_for_another_connection(doors):
    context, doors.context = doors.context, trusting(doors.folder / "relay.pem")
    doors.context.maximum_version = ssl.TLSVersion.TLSv1_2  # Python resumes no other by a client's word
    try:
        again, session = resumed(doors)
        assert not again
        assert all(resumed(doors, session)[0] for _ in range(4)), "whichever thread takes it"
    finally:
        doors.context = context


# Before the handshake

def ends(raw):
    """What still comes until the other side hangs up."""
    octets = b""
    while True:
        try:
            more = raw.recv(4096)
        except ConnectionError:
            return octets
        if not more:
            return octets
        octets += more


@pytest.mark.parametrize("behind", [b"NOOP\r\n", b"EHLO c\r\nMAIL FROM:<a@b.example>\r\n", b"\r\n",
                                    b"R", b"AUTH PLAIN " + RIGHT.encode() + b"\r\n"])
def test_what_stands_behind_starttls_ends_the_session(doors, behind):
    with Raw(doors.daemon) as raw:
        raw.say("EHLO client.example")
        raw.socket.sendall(b"STARTTLS\r\n" + behind)
        answer = ends(raw.socket)
    assert answer in (b"", b"220 2.0.0 Begin TLS\r\n")
    block = doors.block("(octets behind STARTTLS, before TLS)")
    assert "syntax 1" in block.outcome


def test_what_comes_in_place_of_a_handshake(doors):
    for octets in (b"EHLO c\r\nNOOP\r\n" * 10, bytes(range(256)) * 40, b"\x16\x03\x01\xff\xff" * 99):
        with socket.create_connection(("127.0.0.1", doors.implicit), PATIENCE) as raw:
            raw.sendall(octets)
            raw.shutdown(socket.SHUT_WR)
            assert b"250" not in ends(raw)
    doors.block("TLS failed: ")
    with doors.smtps() as smtp:
        assert smtp.noop()[0] == 250


def test_a_handshake_that_stalls_has_a_deadline(make_daemon):
    stalled = Doors(make_daemon, more='limits { idle = "300ms" }')
    with socket.create_connection(("127.0.0.1", stalled.implicit), PATIENCE) as silent:
        assert ends(silent) == b""
    with Raw(stalled.daemon) as raw:
        raw.say("STARTTLS")
        raw.socket.sendall(b"\x16\x03\x01\x02\x00")
        assert ends(raw.socket) == b""
    assert stalled.block("timeout").outcome == "outcome: 0 messages accepted; timeout"


# AUTH

def test_not_without_tls(doors):
    with doors.plain() as smtp:
        smtp.ehlo()
        code, text = smtp.docmd("AUTH PLAIN " + RIGHT)
        assert (code, text[:7]) == (538, b"5.7.11 ")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("at_once", [True, False])
def test_mechanisms(doors, mechanism, at_once):
    with doors.tls() as smtp:
        smtp.user, smtp.password = "alice", "sesame"
        way = getattr(smtp, "auth_" + mechanism.lower())
        assert smtp.auth(mechanism, way, initial_response_ok=at_once)[0] == 235
        assert smtp.docmd("AUTH PLAIN " + RIGHT)[0] == 503


@pytest.mark.parametrize("lines, code", [
    (["AUTH PLAIN", "*"], 501), (["AUTH LOGIN", "*"], 501), (["AUTH PLAIN !!!"], 501),
    (["AUTH PLAIN " + base64.b64encode(b"alice").decode()], 501), (["AUTH CRAM-MD5"], 504),
    (["AUTH"], 501), (["MAIL FROM:<a@b.example>", "AUTH PLAIN " + RIGHT], 503)])
def test_replies(doors, lines, code):
    with doors.tls() as smtp:
        for line in lines:
            got, text = smtp.docmd(line)
        assert got == code and re.match(rb"[245]\.\d+\.\d+ ", text), (got, text)


def test_wrong_is_answered_later_and_later(make_daemon):
    """The log has the times; the daemon's own, so nothing depends on this machine's haste."""
    doors = Doors(make_daemon)
    with doors.tls() as smtp:
        for _ in range(3):
            assert smtp.docmd("AUTH PLAIN " + WRONG) == (535, b"5.7.8 Wrong user name or password")
    with doors.tls() as smtp:           # another connection of the same address
        assert smtp.docmd("AUTH PLAIN " + WRONG)[0] == 535
        assert smtp.docmd("AUTH PLAIN " + RIGHT)[0] == 235
    pauses = []                         # milliseconds
    for session in until(lambda: len(doors.daemon.sessions("in")) == 2
                         and doors.daemon.sessions("in"), what="two sessions"):
        asked = None
        for when, line in zip(session.times, session.lines):
            if line.startswith("<-- AUTH PLAIN"):
                asked = datetime.fromisoformat(when)
            elif line.startswith("--> 535"):
                pauses.append((datetime.fromisoformat(when) - asked) // timedelta(milliseconds=1))
    assert len(pauses) == 4
    assert all(pause >= least for pause, least in zip(pauses, (500, 1000, 2000, 4000))), pauses


def test_a_password_that_is_judged_stops_nobody_else(make_daemon):
    doors = Doors(make_daemon)
    begun, over = threading.Event(), threading.Event()

    def guess():
        with doors.tls() as smtp:
            begun.set()
            while not over.is_set() and smtp.docmd("AUTH PLAIN " + WRONG)[0] == 535:
                pass

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        guesses = [pool.submit(guess) for _ in range(8)]
        begun.wait(PATIENCE)
        with doors.smtps() as smtp:     # all the while
            for _ in range(50):
                assert smtp.noop()[0] == 250
        over.set()
        for one in guesses:
            one.result()


def test_who_logged_in_may_relay_and_is_named(doors, received):
    with doors.tls() as smtp:
        assert smtp.docmd("MAIL FROM:<sender@secure.example>")[0] == 250
        assert smtp.docmd("RCPT TO:<a@secure.example>")[0] == 554
        smtp.rset()
        smtp.login("alice", "sesame")
        queued = mail.submit(doors.daemon, "a@secure.example", mail.message(
            "a@secure.example", mark="login"), smtp=smtp, mail=["AUTH=<>"])
    entry, = received.wait("login@test.example")
    head = re.sub(r"\r\n[ \t]+", " ", entry["data"].partition("From: ")[0])
    assert re.search(r"\(using TLSv1\.3 with cipher TLS_\S+ \(\d+/\d+ bits\)\) "
                     r"\(Authenticated sender: alice\) by relay\.lab\.example \(Signpost\) "
                     rf"with ESMTPSA id {queued}", head), head
    block = doors.block(f"message {queued}")
    assert [line for line in block.lines if re.match(r"TLS TLSv1\.3, cipher TLS_\S+$", line)]
    assert "user alice" in block.lines
    assert doors.daemon.delivery(message=queued)["user"] == "alice"


def test_esmtps_without_a_login(doors, received):
    with doors.smtps() as smtp:
        queued = mail.submit(doors.daemon, "a@secure.example", mail.message(
            "a@secure.example", mark="esmtps"), smtp=smtp)
    entry, = received.wait("esmtps@test.example")
    assert f"with ESMTPS id {queued}" in re.sub(r"\s+", " ", entry["data"])
    assert doors.daemon.delivery(message=queued)["user"] == ""


def test_no_secret_is_written_down(doors):
    with doors.tls() as smtp:
        smtp.docmd("AUTH LOGIN")
        smtp.docmd(base64.b64encode(b"alice").decode())
        smtp.docmd(base64.b64encode(b"sesame").decode())
    with doors.plain() as smtp:          # who does not listen gives it away in the clear
        smtp.ehlo()
        for line in ("AUTH LOGIN", base64.b64encode(b"alice").decode(),
                     base64.b64encode(b"sesame").decode()):
            smtp.docmd(line)
    doors.block("<-- (not shown)")
    text = doors.daemon.stderr + "".join(p.read_text() for p in (doors.folder / "log").iterdir())
    for secret in ("sesame", base64.b64encode(b"sesame").decode(), RIGHT, "$y$"):
        assert secret not in text


def test_large_messages_and_many_at_once(doors, received):
    body = "x" * 70 + "\r\n"
    with doors.smtps() as smtp:
        mail.submit(doors.daemon, "a@secure.example", mail.message(
            "a@secure.example", mark="large", body=body * 20000), smtp=smtp)
    entry, = received.wait("large@test.example")
    assert entry["data"].count("x" * 70) == 20000


def resident(daemon):
    """KiB"""
    with open(f"/proc/{daemon.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def test_a_thousand_sessions(make_daemon):
    doors = Doors(make_daemon, more='limits { connections = 2000 idle = "1h" }')
    with contextlib.ExitStack() as held:
        def hold():
            smtp = doors.smtps()
            held.callback(smtp.close)
            return smtp
        hold()
        before = resident(doors.daemon)
        sessions = [hold() for _ in range(1000)]
        assert all(smtp.noop()[0] == 250 for smtp in sessions)
        each = (resident(doors.daemon) - before) / 1000
        print(f"{each:.1f} KiB for a session inside TLS")
        assert each <= 40 or b"__asan" in doors.daemon.program.read_bytes()


def test_shutting_down_is_told_inside(make_daemon):
    doors = Doors(make_daemon)
    with doors.smtps() as smtp:
        smtp.ehlo()
        doors.daemon.process.terminate()
        assert smtp.getreply()[0] == 421
        assert smtp.sock.recv(1) == b""   # good-bye of TLS, or Python would complain
    doors.daemon.stop()


# Files

def test_a_changed_certificate_is_read_by_reload_and_without(make_daemon):
    doors = Doors(make_daemon)

    def common():
        with socket.create_connection(("127.0.0.1", doors.implicit), PATIENCE) as raw:
            with ssl._create_unverified_context().wrap_socket(raw) as sock:
                der = sock.getpeercert(True)
        return next(n for n in (b"relay.lab.example", b"second.example", b"third.example") if n in der)

    def renew(name):
        pair = make_certificate(doors.folder, "new", name)
        for path, to in zip(pair, ("relay.pem", "relay.key")):
            shutil.copyfile(path, doors.folder / to)

    def complaints():
        return doors.daemon.stderr.count("certificates changed, and cannot be used")

    assert common() == b"relay.lab.example"
    renew("second.example")
    doors.daemon.ok("reload")
    assert common() == b"second.example"
    renew("third.example")
    until(lambda: common() == b"third.example", what="the third certificate")
    users = doors.users.read_text()
    doors.users.write_text("bob:secret\n")   # a reload that is refused has read nothing
    renew("second.example")
    assert doors.daemon.run("reload").returncode != 0
    until(lambda: common() == b"second.example", what="the certificate, though not by a reload")
    doors.users.write_text(users)
    renew("third.example")
    until(lambda: common() == b"third.example", what="the third certificate again")
    told = complaints()                  # one, where it read the new one beside the old one's key
    (doors.folder / "relay.pem").write_text("nonsense")
    until(lambda: complaints() > told, what="a word about it")
    assert common() == b"third.example"
    refused = doors.daemon.run("reload")
    assert refused.returncode != 0 and "tls-certificate" in refused.stderr
    assert complaints() == told + 1


def test_a_changed_auth_file(make_daemon):
    doors = Doors(make_daemon)
    doors.users.write_text(doors.daemon.ok("passwd", "bob", stdin="sesame\n", conf=False))
    with doors.tls() as smtp:
        assert smtp.docmd("AUTH PLAIN " + RIGHT)[0] == 235
    doors.daemon.ok("reload")
    with doors.tls() as smtp:
        assert smtp.docmd("AUTH PLAIN " + RIGHT)[0] == 535
        assert smtp.login("bob", "sesame")[0] == 235
    doors.users.write_text("bob:secret\n")
    refused = doors.daemon.run("reload")
    assert refused.returncode != 0 and f"{doors.users}:1: " in refused.stderr
    assert "secret" not in refused.stderr
    with doors.tls() as smtp:
        assert smtp.login("bob", "sesame")[0] == 235


@pytest.mark.parametrize("spoil, line, words", [
    (lambda d: d.users.chmod(0o604), r"\d+", "auth-file: others may read or write"),
    (lambda d: d.users.write_text("alice\n"), None, "users:1: no colon in the line"),
    (lambda d: (d.folder / "relay.key").write_text("x"), r"\d+", "tls-key: "),
    (lambda d: shutil.copy(make_certificate(d.folder, "other")[0], d.folder / "relay.pem"), r"\d+",
     "tls-key: "),
    (lambda d: (d.folder / "relay.pem").unlink(), r"\d+", "tls-certificate: cannot read")])
def test_what_will_not_do_is_refused_with_its_line(make_daemon, spoil, line, words):
    doors = Doors(make_daemon)
    doors.daemon.stop()
    spoil(doors)
    doors.daemon.own()
    checked = doors.daemon.run("serve", "--check")
    assert checked.returncode == 2, checked.stderr
    assert words in checked.stderr
    if line:
        assert re.match(rf"{re.escape(str(doors.daemon.conf))}:{line}: ", checked.stderr)


def test_nobody_is_asked_for_the_pass_phrase_of_a_key(make_daemon):
    """A daemon that asked at its terminal would wait for ever, at a reload with all its mail."""
    doors = Doors(make_daemon)
    key = doors.folder / "relay.key"
    clear = key.read_bytes()
    for how in (["pkcs8", "-topk8"], ["ec", "-aes128"]):
        subprocess.run(["openssl", *how, "-passout", "pass:sesame", "-out", key], input=clear,
                       check=True, capture_output=True)
        doors.daemon.own()
        checked = doors.daemon.run("serve", "--check", stdin="sesame\n")
        assert checked.returncode == 2 and f"{key}: it is encrypted" in checked.stderr, checked.stderr
        assert "Enter PEM" not in checked.stderr


def test_a_key_that_others_may_read_is_told(make_daemon):
    doors = Doors(make_daemon)
    (doors.folder / "relay.key").chmod(0o644)
    doors.daemon.ok("reload")
    assert "tls-key: others may read" in doors.daemon.stderr


# Other programs

def test_swaks(doors):
    if not shutil.which("swaks"):
        pytest.skip("swaks is not here: tools/deps installs it")
    for extra in (["-tls", "-p", str(doors.daemon.port), "-a", "LOGIN", "-au", "alice", "-ap", "sesame"],
                  ["-tls", "-p", str(doors.strict), "-a", "PLAIN", "-au", "alice", "-ap", "sesame"],
                  ["-tlsc", "-p", str(doors.implicit)]):
        done = subprocess.run(["swaks", "-s", "127.0.0.1", "-f", "sender@secure.example", "-t",
                               "a@secure.example", *extra], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C"})
        assert done.returncode == 0 and "queued as" in done.stdout, done.stdout + done.stderr


# passwd

def test_passwd(make_daemon):
    daemon = make_daemon(start=False)
    line = daemon.ok("passwd", "alice", stdin="sesame\n", conf=False)
    assert re.fullmatch(r"alice:\$y\$\S+\n", line)
    assert re.fullmatch(r"joe:admin:\$y\$\S+\n",
                        daemon.ok("passwd", "--role", "admin", "joe", stdin="sesame", conf=False))
    for words, stdin in ((["alice"], "\n"), (["alice"], ""), (["a:b"], "x\n"), ([], "x\n"),
                         (["--role", "root", "alice"], "x\n"), (["alice"], "x" * 512)):
        done = daemon.run("passwd", *words, stdin=stdin, conf=False)
        assert done.returncode == 2 and done.stdout == "" and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("second, code", [(b"sesame\n", 0), (b"sesam\n", 1)])
def test_passwd_asks_twice_on_a_terminal(make_daemon, second, code):
    daemon = make_daemon(start=False)
    near, far = os.openpty()
    process = daemon.popen("passwd", "alice", stdin=far, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    shown = b""
    for prompt, typed in ((b"alice: ", b"sesame\n"), (b"more: ", second)):
        while not shown.endswith(prompt):
            octet = process.stderr.read(1)
            assert octet, shown
            shown += octet
        os.write(near, typed)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    os.set_blocking(near, False)
    try:
        echoed = os.read(near, 1000)
    except BlockingIOError:
        echoed = b""
    assert b"sesam" not in echoed
    assert out.startswith(b"alice:$y$") if code == 0 else out == b""
    os.close(near)
    os.close(far)
