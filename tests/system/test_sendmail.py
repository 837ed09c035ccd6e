"""The sendmail command, as the programs of a machine call it."""

import os
import re
import socket
import subprocess
import threading

import pytest

import mail
from daemon import until

SECURE = "secure.example"
EX_USAGE, EX_DATAERR, EX_UNAVAILABLE, EX_TEMPFAIL, EX_CONFIG = 64, 65, 69, 75, 78


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(listen='relay-from = {"127.0.0.0/8"}')


def called(relay, name):
    """The program under another name, as a link in the file system."""
    link = relay.dir.parent / name
    if not link.is_symlink():
        link.symlink_to(relay.program)
    return str(link)


def call(relay, name, *words, stdin="", **by):
    env = {**relay.env, "SIGNPOST_CONF": str(relay.conf)}
    return subprocess.run([called(relay, name), *words], input=stdin, env=env, text=True,
                          capture_output=True, **by)


def sent(received, mark, to=None):
    entry = received.wait(mark, to)[0]
    return entry, mail.parse(entry)


def test_cron(relay, received):
    """Recipient on the command line, no Date, and addresses that no other host could answer."""
    text = 'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@x> cronmark\n\n50%\r100%\n.\nend\n'
    done = call(relay, "sendmail", "-FCronDaemon", "-i", "-B8BITMIME", "-oem", f"root@{SECURE}",
                stdin=text)
    assert done.returncode == 0, done.stderr
    entry, message = sent(received, "cronmark")
    assert message["Date"] and message["Message-ID"].endswith("@relay.lab.example>")
    assert "\r\nFrom: root@relay.lab.example (Cron Daemon)\r\n" in entry["data"]
    assert message["To"] == "root@relay.lab.example"
    assert "50% 100%" in entry["data"] and "\nend" in entry["data"]


def test_php(relay, received):
    """-t -i: the recipients of the header, and Bcc goes nowhere but to its own."""
    text = (f"To: a@{SECURE}, Two <b@{SECURE}>\nCc: c@{SECURE}\nBcc: hidden@{SECURE}\n"
            "Subject: phpmark\nFrom: web@secure.example\n\nhello\n")
    done = call(relay, "sendmail", "-t", "-i", stdin=text)
    assert done.returncode == 0, done.stderr
    entry, message = sent(received, "phpmark")
    assert sorted(r[0] for r in entry["rcpts"]) == \
        [f"{n}@{SECURE}" for n in ("a", "b", "c", "hidden")]
    assert message["Bcc"] is None and "hidden" not in entry["data"]
    assert message["From"] == "web@secure.example"


def test_a_dot_ends_the_message(relay, received):
    done = call(relay, "sendmail", "-f", mail.SENDER, f"a@{SECURE}",
                stdin="Subject: dotmark\n\nin\n.\nout\n")
    assert done.returncode == 0
    entry, _ = sent(received, "dotmark")
    assert "in" in entry["data"].split("dotmark")[1] and "out" not in entry["data"]
    assert entry["from"] == mail.SENDER


def test_who_sends(relay, received):
    done = call(relay, "sendmail", "-F", "Full Name", f"a@{SECURE}", stdin="Subject: whomark\n\n")
    assert done.returncode == 0
    entry, message = sent(received, "whomark")
    assert entry["from"].endswith("@relay.lab.example")
    assert message["From"] == f"Full Name <{entry['from']}>"
    assert call(relay, "sendmail", "-f", "<>", f"a@{SECURE}",
                stdin="Subject: nullmark\n\n").returncode == 0
    assert sent(received, "nullmark")[0]["from"] == ""


def test_dsn(relay, received):
    done = call(relay, "sendmail", "-N", "failure,delay", "-R", "hdrs", "-V", "env1",
                "-f", mail.SENDER, f"a@{SECURE}", stdin="Subject: dsnmark\n\n")
    assert done.returncode == 0
    entry, _ = sent(received, "dsnmark")
    assert entry["rcpts"][0][1] == ["NOTIFY=FAILURE,DELAY"]
    assert {"RET=HDRS", "ENVID=env1"} <= set(entry["mail_params"])


def test_smtp_on_standard_input(relay, received):
    text = (f"EHLO x\r\nMAIL FROM:<{mail.SENDER}>\r\nRCPT TO:<a@{SECURE}>\r\nDATA\r\n"
            "Subject: bsmark\r\n\r\nhi\r\n.\r\nQUIT\r\n")
    done = call(relay, "sendmail", "-bs", stdin=text)
    assert done.returncode == 0 and "2.0.0 Ok: queued as" in done.stdout, done
    assert done.stdout.rstrip().splitlines()[-1].startswith("221 ")
    sent(received, "bsmark")


def test_the_command_of_signpost(relay, received):
    done = relay.run("sendmail", f"a@{SECURE}", stdin="Subject: commandmark\n\n")
    assert done.returncode == 0, done.stderr
    sent(received, "commandmark")
    assert "-t " in relay.ok("sendmail", "--help")


def test_verbose(relay):
    done = call(relay, "sendmail", "-v", f"a@{SECURE}", stdin="Subject: x\n\n")
    assert done.returncode == 0
    assert "--> MAIL FROM:<" in done.stdout and "<-- 250 2.0.0 Ok: queued as" in done.stdout


def test_mailq_and_newaliases(make_daemon):
    """Of a queue that nothing moves in."""
    relay = make_daemon()
    message = mail.send(relay, f"rcpt-450@{SECURE}")
    assert relay.delivery(message=message)["outcome"] == "deferred"
    until(lambda: "deferred" in relay.ok("queue", "list"), what="that it waits")
    listed = relay.ok("queue", "list", "--json")
    assert message in listed and message in call(relay, "mailq").stdout
    assert message in call(relay, "sendmail", "-bp").stdout
    done = call(relay, "newaliases")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert call(relay, "sendmail", "-q").returncode == 0


@pytest.mark.parametrize("words, stdin, code, word", [
    (["-Z"], "", EX_USAGE, "-Z"),
    ([], "Subject: x\n\n", EX_USAGE, "no recipients"),
    (["-t"], "Subject: x\n\n", EX_DATAERR, "names no recipients"),
    (["-f", "a b c", "x@y.example"], "", EX_USAGE, "-f"),
    (["-bd"], "", EX_USAGE, "signpost serve"),
    (["-c", "/nowhere/x.conf", "a@b.example"], "", EX_CONFIG, "/nowhere/x.conf"),
    (["-c", "/nowhere/x.conf", "-bp"], "", EX_CONFIG, "/nowhere/x.conf"),
    (["-V", "a RET=FULL", "a@b.example"], "", EX_USAGE, "-V"),
])
def test_wrong(relay, words, stdin, code, word):
    done = call(relay, "sendmail", *words, stdin=stdin)
    assert done.returncode == code and word in done.stderr, done
    assert len(done.stderr.splitlines()) == 1


def test_what_is_no_address_is_told(relay, received):
    """The others get the message; nobody would ever hear of this one."""
    text = f"To: a@{SECURE}, b@@c\nCc: \"bro ken\nSubject: slipmark\n\nx\n"
    done = call(relay, "sendmail", "-t", stdin=text)
    assert done.returncode == EX_UNAVAILABLE
    line, = done.stderr.splitlines()
    assert "b@@c, and 1 more" in line
    assert [r[0] for r in sent(received, "slipmark")[0]["rcpts"]] == [f"a@{SECURE}"]
    done = call(relay, "sendmail", "-t", stdin="To: b@@c\n\nx\n")
    assert done.returncode == EX_DATAERR and len(done.stderr.splitlines()) == 1, done
    done = call(relay, "sendmail", f"a@{SECURE}, b@@c", stdin="Subject: x\n\nx\n")
    assert done.returncode == EX_USAGE and "'b@@c'" in done.stderr, done


def test_refused(make_daemon, received):
    """What the daemon does not take is told, by recipient."""
    daemon = make_daemon(listen='relay-from = {"192.0.2.1"}')
    done = call(daemon, "sendmail", f"a@{SECURE}", f"b@{SECURE}", stdin="Subject: x\n\n")
    assert done.returncode == EX_UNAVAILABLE
    assert [li.split()[1] for li in done.stderr.splitlines()] == [f"<a@{SECURE}>", f"<b@{SECURE}>"]
    assert "5.7.1" in done.stderr


def test_more_recipients_than_a_transaction_takes(make_daemon, received):
    daemon = make_daemon(more="limits { recipients = 3 }")
    to = [f"r{i}@{SECURE}" for i in range(8)]
    done = call(daemon, "sendmail", *to, to[0], stdin="Subject: manymark\n\n")
    assert done.returncode == 0, done.stderr
    until(lambda: sorted(r[0] for e in received.having("manymark") for r in e["rcpts"]) == to,
          what="each recipient once")


def test_nobody_is_there(make_daemon):
    daemon = make_daemon(start=False)
    done = call(daemon, "sendmail", f"a@{SECURE}", stdin="Subject: x\n\n")
    assert done.returncode == EX_TEMPFAIL and "nothing was taken" in done.stderr, done
    done = call(daemon, "sendmail", "-bs", stdin="QUIT\r\n")
    assert done.returncode == EX_TEMPFAIL and done.stdout.startswith("421 4.3.2 "), done
    for name, *words in ["sendmail", "-bp"], ["sendmail", "-q"], ["mailq"]:
        done = call(daemon, name, *words)
        assert done.returncode == EX_TEMPFAIL and "not there" in done.stderr, done


def test_by_a_unix_socket(make_daemon, received):
    daemon = make_daemon(more='listen "unix:submit.sock" { mode = "0666" }',
                         listen='relay-from = {"192.0.2.1"}')
    os.chmod(daemon.dir / "state", 0o755)
    assert call(daemon, "sendmail", f"a@{SECURE}", stdin="Subject: unixmark\n\n").returncode == 0
    assert "from local user" in sent(received, "unixmark")[0]["data"]


@pytest.mark.skipif(os.geteuid() != 0, reason="keeps a socket from a user")
def test_who_may_not_connect_is_told_so(make_daemon):
    """The daemon is there: to start it would help nobody."""
    daemon = make_daemon(start=False)
    text = daemon.conf.read_text()
    daemon.conf.write_text(re.sub(r"^listen [^}]*}", 'listen "unix:submit.sock" { mode = "0600" }', text, flags=re.M))
    daemon.start()
    for words in ([f"a@{SECURE}"], ["-bs"]):
        done = call(daemon, "sendmail", *words, stdin="Subject: x\n\n", user="games", group="games",
                    extra_groups=[])
        assert done.returncode == EX_TEMPFAIL, done
        assert "no right to hand the daemon mail: unix:submit.sock: Permission denied: be in the group" in done.stderr


def test_a_broken_file_takes_nothing(relay, received):
    """Nothing goes to a listener that the file does not name: 78, and where the mistake is."""
    text = relay.conf.read_text()
    relay.conf.write_text(f"colour = 1\n{text}")
    try:
        for words in (["-bs"], [f"a@{SECURE}"]):
            done = call(relay, "sendmail", *words, stdin="Subject: brokenmark\n\n")
            assert done.returncode == EX_CONFIG, done
            line, = done.stderr.splitlines()
            assert f"{relay.conf}:1: " in line and "colour" in line
    finally:
        relay.conf.write_text(text)


@pytest.mark.parametrize("listen", ["require-auth = true", 'tls = "require"', 'tls = "implicit"'])
def test_no_listener_takes_it(make_daemon, listen):
    """It is no matter of the daemon, which may well run."""
    daemon = make_daemon(start=False, listen=listen)
    for name in ("chain.pem", "key.pem"):
        (daemon.dir / name).write_text("")
    text = daemon.conf.read_text()
    more = 'tls-certificate = "chain.pem" tls-key = "key.pem" auth-file = "key.pem"'
    daemon.conf.write_text(text.replace(listen, f"{listen} {more}"))
    done = call(daemon, "sendmail", f"a@{SECURE}", stdin="Subject: x\n\n")
    assert done.returncode == EX_CONFIG, done
    line, = done.stderr.splitlines()
    assert f"{daemon.conf}:" in line and 'add listen "unix:submit.sock"' in line
    assert "is not there" not in line


@pytest.mark.skipif(os.geteuid() != 0, reason="keeps files from a user")
def test_secrets_of_others_are_no_matter(make_daemon):
    """Who hands in mail may read the configuration, and not the passwords that it names."""
    daemon = make_daemon(start=False, more='route "far.example" { via = "[192.0.2.1]" user = "u" '
                         'password-file = "password" tls-name = "far.example" }\n'
                         'resolver "127.0.0.99" { tsig-key = "tsig" }')
    for name, text in (("password", "p\n"), ("tsig", "k:hmac-sha256:aaaa\n")):
        (daemon.dir / name).write_text(text)
        (daemon.dir / name).chmod(0o600)
    done = daemon.run("sendmail", f"a@{SECURE}", stdin="Subject: x\n\n")
    assert done.returncode == EX_TEMPFAIL and f"127.0.0.1:{daemon.port}: " in done.stderr, done
    done = daemon.run("config")
    assert done.returncode == 2 and "Permission denied" in done.stderr, done


def take_one(listener):
    """One session, in which all is taken; then nobody listens."""
    client, _ = listener.accept()
    listener.close()
    with client, client.makefile("rwb", buffering=0) as f:
        f.write(b"220 x\r\n")
        in_data = False
        for line in f:
            if in_data and line != b".\r\n":
                continue
            f.write(b"354 x\r\n" if line == b"DATA\r\n" else b"250 2.0.0 x\r\n")
            in_data = line == b"DATA\r\n"


def test_the_daemon_goes_between_two_transactions(make_daemon):
    """Who has been taken is not among those of whom nothing was."""
    daemon = make_daemon(start=False, more="limits { recipients = 2 }")
    listener = socket.create_server(("127.0.0.1", daemon.port))
    server = threading.Thread(target=take_one, args=(listener,), daemon=True)
    server.start()
    done = call(daemon, "sendmail", *(f"r{i}@{SECURE}" for i in range(4)), stdin="Subject: x\n\n")
    assert done.returncode == EX_TEMPFAIL, done
    assert f"nothing was taken from <r2@{SECURE}> on: " in done.stderr, done
    server.join()
