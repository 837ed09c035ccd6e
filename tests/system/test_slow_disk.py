"""A disk on which a sync does not end, or fails: docs/semantics.md, "When something fails"."""

import asyncio
import contextlib
import os
import pathlib
import select
import subprocess
import threading

import pytest

import mail
import scripted
from daemon import DELIVERY, PATIENCE
from scripted import OK, Session

SHIM = pathlib.Path(__file__).with_name("slow_disk.c")


class Holds(Session):
    """A mail host that has the message, and does not say so yet."""

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
