"""Addresses of a mail host that say nothing (RFC 8305): who is tried beside them, and who is not."""

import contextlib
import socket

import pytest

import dnsfake
import scripted
from daemon import resolver
from dnsfake import answer, nodata
from mail import send

SILENT, GOOD = "127.0.0.31", "127.0.0.32"
TIMEOUT_MS = 300000                      # connect-timeout: what the first alone would cost
SLOW = 'connect-timeout = "5m" retry = {"1h"}'


@contextlib.contextmanager
def silent(address, port):
    """A port that is full: the kernel answers nobody who would connect."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((address, port))
        yield listener


@pytest.fixture
def fake():
    with dnsfake.DnsFake() as one:
        one.on("*", "*", nodata())
        yield one


@pytest.fixture
def hosts(lab):
    some = scripted.Hosts(addresses=(GOOD,))
    some.port = lab["smtp_port"]         # which is delivery.port
    with some:
        yield some


def relay_for(make_daemon, fake, delivery):
    return make_daemon(delivery=delivery, resolvers=resolver(f"127.0.0.1:{fake.port}"))


def dialled(block):
    return [line.split()[-1].rsplit(":", 1)[0] for line in block.lines
            if line.startswith("connecting to ")]


def test_the_second_address_is_tried_beside_a_silent_one(make_daemon, fake, hosts):
    fake.on("race.example", "MX", answer("10 mx.race.example."))
    fake.on("mx.race.example", "A", answer(SILENT, GOOD))
    relay = relay_for(make_daemon, fake, SLOW)
    with silent(SILENT, hosts.port):
        record = relay.delivery(message=send(relay, "a@race.example"))
        assert (record["outcome"], record["address"]) == ("delivered", GOOD)
        assert record["delay_ms"] < TIMEOUT_MS
        block = relay.block(record)
        assert dialled(block) == [SILENT, GOOD]
        assert [line for line in block.lines if line.startswith(f"given up: {SILENT}:")]
        # The connection to the second is open: nobody is dialled for the next, nor is the first missed.
        block = relay.block(relay.delivery(message=send(relay, "b@race.example")))
        assert dialled(block) in ([], [SILENT, GOOD])
        assert "a moment ago" not in block.text
    # It was not held against the first: it is dialled as before.
    fake.on("mx2.race.example", "A", answer(SILENT))
    fake.on("again.race.example", "MX", answer("10 mx2.race.example."))
    record = relay.delivery(message=send(relay, "c@again.race.example"))
    assert dialled(relay.block(record)) == [SILENT]


def test_no_preference_is_raced_past(make_daemon, fake, hosts):
    """The better host is waited for as long as the configuration says."""
    fake.on("two.example", "MX", answer("10 mx1.two.example.", "20 mx2.two.example."))
    fake.on("mx1.two.example", "A", answer(SILENT))
    fake.on("mx2.two.example", "A", answer(GOOD))
    relay = relay_for(make_daemon, fake, 'connect-timeout = "10s" retry = {"1h"}')
    with silent(SILENT, hosts.port):
        record = relay.delivery(message=send(relay, "a@two.example"))
    block = relay.block(record)
    assert (record["outcome"], record["host"]) == ("delivered", "mx2.two.example")
    at = [next(i for i, line in enumerate(block.lines) if what in line)
          for what in ("connecting to mx1", "failed: connecting took too long", "connecting to mx2")]
    assert at == sorted(at)


def test_a_silent_host_with_two_addresses(make_daemon, fake, hosts):
    """Both were tried, each is told of by its address, and mail is put off."""
    fake.on("both.example", "MX", answer("10 mx.both.example."))
    fake.on("mx.both.example", "A", answer(SILENT, "127.0.0.33"))
    relay = relay_for(make_daemon, fake, 'connect-timeout = "10s" retry = {"1h"}')
    with silent(SILENT, hosts.port), silent("127.0.0.33", hosts.port):
        record = relay.delivery(message=send(relay, "a@both.example"))
        assert (record["outcome"], record["status"]) == ("deferred", "4.4.1")
        block = relay.block(record)
    assert dialled(block) == [SILENT, "127.0.0.33"]
    for address in (SILENT, "127.0.0.33"):
        assert block.with_word(f"failed: {address}:", "connecting took too long")


def test_without_permits_nobody_is_dialled_beside(make_daemon, fake, hosts):
    """One connection in all: the first is waited for."""
    fake.on("few.example", "MX", answer("10 mx.few.example."))
    fake.on("mx.few.example", "A", answer(SILENT, GOOD))
    relay = relay_for(make_daemon, fake,
                      'connect-timeout = "10s" retry = {"1h"} total = 1 per-destination = 1')
    with silent(SILENT, hosts.port):
        block = relay.block(relay.delivery(message=send(relay, "a@few.example")))
    assert not block.with_word("given up:")
    assert block.with_word("failed: connecting took too long")
    assert dialled(block) == [SILENT, GOOD]
