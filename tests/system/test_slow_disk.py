"""A disk on which a sync does not end, or fails: docs/semantics.md, "When something fails"."""

import asyncio
import contextlib
import os
import pathlib
import select
import signal
import subprocess
import threading

import pytest

import mail
import scripted
from daemon import DELIVERY, PATIENCE, until
from scripted import OK, Session
from test_large import FROM, large, nothing_left, spooled

SHIM = pathlib.Path(__file__).with_name("slow_disk.c")


class Holds(Session):
    """A mail host that has the message, and does not say so yet; it does not notify."""

    def ehlo(self):
        return "250 " + self.at

    async def end(self, data):
        self.hosts.asked.set()
        await asyncio.to_thread(self.hosts.go.wait)
        return OK


@contextlib.contextmanager
def stuck(gate):
    """Meanwhile no sync ends; those that wait end with it."""
    os.mkfifo(gate)
    gate.chmod(0o666)
    try:
        yield
    finally:
        fd = os.open(gate, os.O_RDWR)
        os.unlink(gate)
        os.close(fd)


@pytest.fixture
def slow(make_daemon):
    """A daemon, its gate, and a host that holds what it is given."""
    with scripted.Hosts(Holds) as hosts:
        hosts.asked, hosts.go = threading.Event(), threading.Event()
        daemon = make_daemon(delivery=DELIVERY,
                             more=f'route "far.example" {{ {hosts.via()} }}')
        if b"__asan_" in daemon.program.read_bytes() or b"__tsan_" in daemon.program.read_bytes():
            pytest.skip("the sanitizer has to come before")
        daemon.stop()
        library = daemon.dir / "slow_disk.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SHIM], check=True)
        gate = daemon.dir / "state/slow"
        daemon.env.update(LD_PRELOAD=str(library), SLOW_DISK=str(gate),
                          SLOW_SPOOL=str(daemon.dir / "state/slow-spool"),
                          BAD_DISK=str(daemon.dir / "state/bad"))
        daemon.start()
        yield daemon, gate, hosts
        hosts.go.set()


def has_heard_nothing(raw):
    return not select.select([raw.socket], [], [], 0)[0]


def test_a_sync_that_does_not_end(slow):
    """Nothing is told as stored meanwhile; what goes out, and whoever asks, does not wait."""
    daemon, gate, hosts = slow
    first = mail.submit(daemon, "u@far.example")
    assert hosts.asked.wait(PATIENCE)
    with mail.Raw(daemon) as raw:
        with stuck(gate):
            raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}>",
                        "RCPT TO:<v@far.example>", "DATA")
            raw.send(mail.message("v@far.example").encode() + b".\r\n")
            hosts.go.set()
            assert daemon.delivery(message=first, outcome="delivered")
            with mail.Raw(daemon) as other:
                other.say_all("EHLO client.example", "NOOP")
            assert daemon.json("status")
            assert has_heard_nothing(raw)
        reply = raw.reply()
    assert reply.startswith("250 2.0.0 Ok: queued as ")
    assert daemon.delivery(message=reply.split()[-1], outcome="delivered")


def test_a_sync_of_large_mail_that_does_not_end(slow):
    """The same: other mail goes out, and comes in as far as it can without the disk."""
    daemon, gate, hosts = slow
    first = mail.submit(daemon, "u@far.example")
    assert hosts.asked.wait(PATIENCE)
    with mail.Raw(daemon) as raw:
        with stuck(gate):
            raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}>",
                        "RCPT TO:<v@far.example>", "DATA")
            raw.send(mail.message("v@far.example", body="x" * 70 + "\r\n").encode())
            raw.send((b"x" * 70 + b"\r\n") * 10000 + b".\r\n")
            hosts.go.set()
            assert daemon.delivery(message=first, outcome="delivered")
            assert daemon.json("status")
            assert has_heard_nothing(raw)
        reply = raw.reply()
    assert reply.startswith("250 2.0.0 Ok: queued as ")
    assert daemon.delivery(message=reply.split()[-1], outcome="delivered")


@pytest.mark.parametrize("lines", [1, 10000], ids=["small", "large"])
def test_a_sync_that_fails(slow, lines):
    """Is told as what it is, and not as stored."""
    daemon, _, _ = slow
    bad = daemon.dir / "state/bad"
    bad.touch()
    with mail.Raw(daemon) as raw:
        raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}>", "RCPT TO:<v@far.example>",
                    "DATA")
        raw.send(mail.message("v@far.example").encode() + (b"x" * 70 + b"\r\n") * lines + b".\r\n")
        assert raw.reply().startswith("451 4.3.0 ")
        assert raw.say("NOOP").startswith("250")
    assert "cannot store what comes in" in daemon.stderr
    bad.unlink()
    daemon.kill()
    daemon.start()
    assert mail.submit(daemon, "u@far.example")


def crash(daemon):
    daemon.kill()


def asked_to_stop(daemon):
    """It knows, and so do its workers."""
    told = daemon.stderr.count("no new mail is taken")
    daemon.process.send_signal(signal.SIGTERM)
    until(lambda: daemon.stderr.count("no new mail is taken") > told, what="it was heard")
    assert daemon.json("status")


def stop_at_once(daemon):
    """Asked twice, it waits for nobody."""
    asked_to_stop(daemon)
    daemon.stop()


@pytest.mark.parametrize("end", [crash, stop_at_once, asked_to_stop])
def test_it_ends_while_a_report_is_written(slow, received, end):
    """Who has the message by then does not get it again; its sender is told once of each."""
    daemon, _, hosts = slow
    mark = f"report-{end.__name__}"
    text = large(mark, 20 * FROM)
    mail.submit(daemon, ["u@far.example", "rcpt-550@secure.example"], text, mail=["RET=FULL"],
                rcpt=["NOTIFY=SUCCESS,FAILURE"])
    assert hosts.asked.wait(PATIENCE)
    with stuck(daemon.dir / "state/slow-spool"):
        hosts.go.set()
        until(lambda: len(spooled(daemon)) == 2, what="the report has begun")
        until(lambda: received.bounces(mark) and len(daemon.json("queue", "list")) == 1,
              what="that the other report is done with")
        end(daemon)
    until(lambda: not daemon.running, what="the end")
    daemon.stop()
    daemon.start()
    until(lambda: len(received.bounces(mark)) == 2, what="both reports")
    told = [(fields["Final-Recipient"], fields["Action"]) for bounce in received.bounces(mark)
            for fields in mail.status_fields(bounce)[1]]
    assert sorted(told) == [("rfc822; rcpt-550@secure.example", "failed"),
                            ("rfc822; u@far.example", "relayed")]
    assert any(text in e["data"].encode("latin-1") for e in received.having(mark, mail.SENDER))
    until(lambda: daemon.json("queue", "list") == [], what="that all is done")
    nothing_left(daemon)
    assert hosts.accepted() == ["u@far.example"]
    assert len(received.bounces(mark)) == 2
