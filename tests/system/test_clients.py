"""Programs of other people that hand in mail: what they send arrives as they meant it."""

import os
import shutil
import subprocess

import pytest

import dnsfake
import mail
from test_tls_in import make_certificate

SECURE = "secure.example"


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon()


@pytest.fixture(scope="module")
def door(make_module_daemon):
    """Who comes in has to do TLS, and to log in: alice, with sesame."""
    one = make_module_daemon(start=False)
    one.door = dnsfake.free_port()
    make_certificate(one.dir, "relay")
    (one.dir / "users").write_text(one.ok("passwd", "alice", stdin="sesame\n", conf=False))
    (one.dir / "users").chmod(0o600)
    one.configure(more=f"""listen "127.0.0.1:{one.door}" {{ tls = "require" require-auth = true
    tls-certificate = "relay.pem" tls-key = "relay.key" auth-file = "users" }}""")
    one.own()
    return one.start()


def run(relay, *words, stdin=""):
    """With a home of its own, and so with no settings but these."""
    home = relay.dir / "home"
    home.mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "SIGNPOST_CONF": str(relay.conf)}
    done = subprocess.run([str(w) for w in words], input=stdin, cwd=home, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done
    return done.stdout


def need(program):
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not installed: tools/deps test")
    return path


def sendmail(relay):
    link = relay.dir.parent / "sendmail"
    if not link.is_symlink():
        link.symlink_to(relay.program)
    return link


def git(relay, *words):
    return run(relay, need("git"), "-c", "user.name=Dävid Ex", "-c", f"user.email={mail.SENDER}",
               *words)


def test_git_send_email(relay, received):
    """Two patches, threaded, by way of sendmail."""
    if "send-email" not in run(relay, need("git"), "help", "-a"):
        pytest.skip("git send-email is not installed: tools/deps test")
    home = relay.dir / "home"
    git(relay, "init", "-q", "tree")
    for n in (1, 2):
        (home / "tree" / "file").write_text(f"line {n}\n.\nß\n")
        git(relay, "-C", "tree", "add", "file")
        git(relay, "-C", "tree", "commit", "-q", "-m", f"gitmark {n}: it is so")
    git(relay, "-C", "tree", "format-patch", "-q", "-o", home / "patches", "--root")
    git(relay, "send-email", "--quiet", f"--sendmail-cmd={sendmail(relay)}", "--confirm=never",
        "--suppress-cc=all", f"--to=a@{SECURE}", f"--cc=b@{SECURE}",
        *sorted((home / "patches").glob("*.patch")))
    first, second = (mail.parse(received.wait(f"gitmark {n}")[0]) for n in (1, 2))
    assert second["In-Reply-To"] == first["Message-ID"]
    assert "Dävid Ex" in str(first["From"])
    assert "\n+.\n+ß\n" in first.get_content().replace("\r\n", "\n")
    assert sorted(r[0] for r in received.having("gitmark 1")[0]["rcpts"]) == \
        [f"a@{SECURE}", f"b@{SECURE}"]


@pytest.mark.parametrize("words", [
    [], ["--pipeline"], ["--protocol", "SMTP"], ["--body", "x\n.\n..y\n"], ["--attach", "@/etc/passwd"],
], ids=lambda words: words[0] if words else "plain")
def test_swaks(relay, received, words):
    mark = f"swaksmark{next(mail.numbers)}"
    out = run(relay, need("swaks"), "--server", f"127.0.0.1:{relay.port}", "--ehlo", "x.example",
              "--from", mail.SENDER, "--to", f"a@{SECURE},b@{SECURE}", "--header",
              f"Subject: {mark}", *words)
    assert "2.0.0 Ok: queued as" in out
    entry = received.wait(mark)[0]
    assert sorted(r[0] for r in entry["rcpts"]) == [f"a@{SECURE}", f"b@{SECURE}"]
    if "--body" in words:
        assert mail.parse(entry).get_content().replace("\r\n", "\n").strip() == "x\n.\n..y"


def test_msmtp(relay, received):
    """Dots, a long line, and 8-bit text."""
    text = "Subject: msmtpmark\n\n.\n..\nß\n" + "x" * 2000 + "\n"
    run(relay, need("msmtp"), "--host=127.0.0.1", f"--port={relay.port}", "--auto-from=off",
        f"--from={mail.SENDER}", "--domain=x.example", f"a@{SECURE}",
        stdin=text)
    entry = received.wait("msmtpmark")[0]
    body = entry["data"].split("\r\n\r\n", 1)[1]
    assert body.encode("latin-1").decode() == text.split("\n\n", 1)[1].replace("\n", "\r\n")


def came_in(received, mark):
    entry, = received.wait(mark)
    assert "with ESMTPSA " in entry["data"], entry["data"]


@pytest.mark.parametrize("kind", ["PLAIN", "LOGIN"])
def test_swaks_in_tls(door, received, kind):
    """It verifies the certificate, and logs in."""
    mark = f"swakstls-{kind.lower()}"
    out = run(door, need("swaks"), "--server", f"127.0.0.1:{door.door}", "--ehlo", "x.example",
              "--from", mail.SENDER, "--to", f"a@{SECURE}", "--header", f"Subject: {mark}",
              "--tls", "--tls-verify", "--tls-ca-path", door.dir / "relay.pem",
              "--auth", kind, "--auth-user", "alice", "--auth-password", "sesame")
    assert "2.0.0 Ok: queued as" in out and "TLS started" in out
    came_in(received, mark)


@pytest.mark.parametrize("kind", ["plain", "login"])
def test_msmtp_in_tls(door, received, kind):
    mark = f"msmtptls-{kind}"
    run(door, need("msmtp"), "--host=127.0.0.1", f"--port={door.door}", "--auto-from=off",
        f"--from={mail.SENDER}", "--domain=x.example", "--tls=on", "--tls-starttls=on",
        f"--tls-trust-file={door.dir / 'relay.pem'}", f"--auth={kind}", "--user=alice",
        "--passwordeval=echo sesame", f"a@{SECURE}", stdin=f"Subject: {mark}\n\nhi\n")
    came_in(received, mark)
