"""What is asked of a relay that stops: it answers, and ends as it should."""

import contextlib
import signal
import socket
import sqlite3
import subprocess

import pytest

import mail
from daemon import PATIENCE, until

WAITS = "rcpt-450@secure.example"        # deferred for an hour


class Client:
    """A client in the midst of its message, for whom a stop waits."""

    def __init__(self, daemon):
        address = "127.0.0.1", daemon.port
        self.file = socket.create_connection(address, PATIENCE).makefile("rwb")
        assert self.file.readline().startswith(b"220 ")
        self.says("HELO client.example", b"250 ")
        self.says(f"MAIL FROM:<{mail.SENDER}>", b"250 ")
        self.says(f"RCPT TO:<{WAITS}>", b"250 ")
        self.says("DATA", b"354 ")

    def says(self, line, reply):
        self.file.write(line.encode() + b"\r\n")
        self.file.flush()
        said = self.file.readline()
        assert said.startswith(reply), said


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def stopping(request, make_daemon):
    """A relay that was told to stop and cannot yet, and the client for whom it waits."""
    daemon = make_daemon(top=f"workers = {request.param}")
    mail.send(daemon, WAITS)
    assert daemon.delivery(outcome="deferred")
    client = Client(daemon)
    daemon.process.send_signal(signal.SIGTERM)
    until(lambda: "no new mail is taken" in daemon.stderr)
    return daemon, client


def ends(daemon, client):
    client.says("Subject: late\r\n\r\nlate\r\n.", b"250 ")
    until(lambda: not daemon.running, what="the end")    # without being told again
    daemon.stop()


@pytest.mark.parametrize("words", [
    ["queue", "retry", "--all"], ["queue", "hold", "--all"], ["queue", "release", "--all"],
    ["queue", "list"], ["status"]])
def test_commands_are_answered(stopping, words):
    daemon, client = stopping
    daemon.ok(*words)
    ends(daemon, client)


def test_nothing_is_reloaded(stopping):
    daemon, client = stopping
    done = daemon.run("reload")
    assert done.returncode == 1 and "stopping" in done.stderr
    ends(daemon, client)


def test_files_are_opened_anew(stopping):
    daemon, client = stopping
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: "opened anew" in daemon.stderr)
    ends(daemon, client)


def ended(process):
    """Waits a moment: a program that hears one signal after the other does nothing else."""
    try:
        return process.wait(0.01) is not None
    except subprocess.TimeoutExpired:
        return False


def test_sighup_never_ends_it(make_daemon):
    """Not before it is ready, when nobody opens logs yet, nor when nobody does any more."""
    daemon = make_daemon()
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.dir / "state/queue.db",
                                            isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")         # it waits until this is over
        with open(daemon.dir / "stderr", "wb") as out:
            serve = daemon.popen("serve", "-c", str(daemon.conf), stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=out)
        until(lambda: (daemon.dir / "state/queue.db-lock").read_text() == f"{serve.pid}\n"
              or serve.poll() is not None)
        serve.send_signal(signal.SIGHUP)
        other.execute("ROLLBACK")
    until(lambda: "signpost: ready\n" in daemon.stderr or serve.poll() is not None)
    serve.send_signal(signal.SIGTERM)
    while not ended(serve):
        serve.send_signal(signal.SIGHUP)
    assert serve.returncode == 0, daemon.stderr


def test_who_rests_hears_it_at_once_and_who_does_not_in_the_end(make_daemon):
    """The one while the other is waited for; who never finishes is told when that is over."""
    daemon = make_daemon()
    rests = socket.create_connection(("127.0.0.1", daemon.port), PATIENCE).makefile("rwb")
    assert rests.readline().startswith(b"220 ")
    busy = Client(daemon)
    daemon.process.send_signal(signal.SIGTERM)
    assert rests.readline().startswith(b"421 4.3.2 ")
    assert daemon.running
    assert busy.file.readline().startswith(b"421 4.3.2 ")
    daemon.stop()


def test_a_delivery_that_is_cut_is_written_down(make_daemon):
    """A host that never says a word: the session has its block and its record, and the mail waits
    for the next start alone, not for a schedule (1h) that a host had no part in."""
    with socket.create_server(("127.0.0.1", 0)) as host:
        host.settimeout(PATIENCE)
        daemon = make_daemon(more=f'route "silent.example" {{'
                                  f' via = "[127.0.0.1]:{host.getsockname()[1]}" }}')
        message = mail.submit(daemon, "a@silent.example")
        silent, _ = host.accept()
        with silent:
            daemon.stop()
        record, = daemon.deliveries(message=message)
        assert (record["outcome"], record["status"]) == ("deferred", "4.3.2")
        block = daemon.session(record["session"])
        assert block.with_word("stopped: ") and "the daemon was stopped" in block.outcome
        daemon.start()
        again, _ = host.accept()
        again.close()
    daemon.delivery(message=message, status="4.4.2")
