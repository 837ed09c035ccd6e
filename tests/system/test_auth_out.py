"""AUTH to a static route: another Signpost that wants it, over TLS alone."""

import pytest

import mail
from daemon import PATIENT
from mail import send, submit
from test_tls_in import Doors, make_certificate

SECRETS = ("sesame", "c2VzYW1l", "AGFsaWNlAHNlc2FtZQ")


@pytest.fixture(scope="module")
def doors(make_module_daemon):
    return Doors(make_module_daemon)


@pytest.fixture
def client(make_daemon, doors):
    """A daemon whose mail goes to the other by a route with these keys."""
    def make(keys, password="sesame\n", port=None):
        one = make_daemon(start=False, delivery=PATIENT + ' retry = {"1h"}')
        folder = one.dir
        (folder / "ca.pem").write_bytes((doors.folder / "relay.pem").read_bytes())
        make_certificate(folder, "other")
        (folder / "password").write_text(password)
        (folder / "password").chmod(0o600)
        one.configure(delivery=PATIENT + ' retry = {"1h"}', more=(
            f'route "*" {{ via = "[127.0.0.1]:{port or doors.daemon.port}" user = "alice"\n'
            f'password-file = "password" {keys} }}\n'))
        one.own()
        return one.start()
    return make


GOOD = 'tls-name = "relay.lab.example" tls-ca-file = "ca.pem"'


def test_logs_in(client, received):
    one = client(GOOD)
    submit(one, "a@secure.example", mail.message("a", mark="logged-in"))
    received.wait("logged-in")
    block = one.block(one.delivery(to="a@secure.example"))
    assert block.with_word("--> AUTH PLAIN (not shown)") and block.with_word("<-- 235")
    for path in (one.dir / "log").iterdir():
        assert not any(secret in path.read_text() for secret in SECRETS), path
    assert "sesame" not in one.ok("config") and "sesame" not in one.stderr


@pytest.mark.parametrize("keys, password, status, words", [
    (GOOD, "guess\n", "4.7.8", "535"),                              # refused
    (GOOD.replace("ca.pem", "other.pem"), "sesame\n", "4.7.5", ""),  # not who it should be
])
def test_does_not(client, keys, password, status, words):
    one = client(keys, password)
    record = one.delivery(message=send(one, "a@secure.example"))
    assert (record["outcome"], record["status"]) == ("deferred", status), record
    assert words in record["reply"]


@pytest.mark.parametrize("host", ["127.0.1.1", "127.0.1.1 in clear"])
def test_not_offered(client, lab, host):
    """A host without TLS, and so without AUTH: by the default that is no host at all, by may a wrong one."""
    keys, status = (GOOD, "4.7.5") if " " not in host else ("tls = may", "4.7.8")
    one = client(keys, port=lab["smtp_port"])
    conf = one.conf.read_text().replace("[127.0.0.1]", "[127.0.1.1]")
    one.conf.write_text(conf)
    one.ok("reload")
    record = one.delivery(message=send(one, "a@secure.example"))
    assert (record["outcome"], record["status"]) == ("deferred", status), record
    assert not one.block(record).with_word("--> AUTH")


@pytest.mark.parametrize("host", ["127.0.3.10", "127.0.3.11"])   # refuses STARTTLS; hangs up
def test_no_password_and_no_second_try_in_clear(client, lab, host):
    one = client("tls = may", port=lab["smtp_port"])
    one.conf.write_text(one.conf.read_text().replace("[127.0.0.1]", f"[{host}]"))
    one.ok("reload")
    record = one.delivery(message=send(one, "a@secure.example"))
    assert (record["outcome"], record["status"]) == ("deferred", "4.7.5"), record
    block = one.block(record)
    assert len(block.with_word("--> EHLO")) == 1
    assert not block.with_word("--> AUTH") and not block.with_word("again without TLS")


def test_a_password_that_others_may_read(client):
    one = client(GOOD)
    (one.dir / "password").chmod(0o644)
    done = one.run("reload")
    assert done.returncode == 2 and "others may read" in done.stdout + done.stderr
    assert one.delivery(message=send(one, "b@secure.example"))["outcome"] == "delivered"


def test_who_may_not_read_the_password_asks_all_the_same(make_daemon, lab):
    """What logs in nowhere needs none; the daemon does."""
    relay = make_daemon(start=False, criteria="To *\n", more=(
        'route "partner.example" { via = "smtps://mx.secure.example" user = "u" password-file = "secret" }\n'))
    (relay.dir / "secret").write_text("sesame\n")
    relay.own()
    (relay.dir / "secret").chmod(0)
    for words in (["lookup", "secure.example", "MX"], ["route", "partner.example"], ["criteria", "list"],
                  ["config"], ["log"]):
        done = relay.run(*words)
        assert (done.returncode, done.stderr) == (0, ""), (words, done)
    assert "password-file: cannot read" in relay.run("serve", "--check").stderr
    (relay.dir / "secret").unlink()
    assert relay.run("config").returncode == 2


def test_who_may_not_log_in_stops_nobody_else(client, doors, received):
    """The host is there: mail that goes to it by another route is heard (and refused by it)."""
    one = client(GOOD, "guess\n")
    one.conf.write_text(one.conf.read_text() +
                        f'route "plain.example" {{ via = "[127.0.0.1]:{doors.daemon.port}" }}\n')
    one.run("reload")
    for i in range(2):
        record = one.delivery(message=send(one, f"a{i}@secure.example"))
        assert (record["outcome"], record["status"]) == ("deferred", "4.7.8"), record
        record = one.delivery(message=send(one, f"a{i}@plain.example"))
        assert (record["outcome"], record["status"]) == ("bounced", "5.7.1"), record
