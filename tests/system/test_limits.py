"""Limits hold, and nobody waits for another: SPEC section 9, on the way in."""

import contextlib
import signal
import socket
import time

import pytest

import mail
from daemon import PATIENCE, PATIENT, until
from mail import Raw

START = ["EHLO client.example", "MAIL FROM:<sender@secure.example>", "RCPT TO:<a@secure.example>"]
IDLE = 996


def wrapped(limit):
    return ["prlimit", f"--nofile={limit}"]


@contextlib.contextmanager
def idlers(daemon, count):
    """Connections that never say anything, of ten addresses."""
    with contextlib.ExitStack() as stack:
        all_of_them = []
        for n in range(count):
            source = (f"127.0.0.{n % 10 + 10}", 0)
            s = socket.create_connection(("127.0.0.1", daemon.port), PATIENCE, source)
            all_of_them.append(stack.enter_context(s))
        yield all_of_them


def greeting(s):
    s.settimeout(PATIENCE)
    return s.recv(1000).decode()


# Descriptors

@pytest.mark.parametrize("limit", ["1024:1024", "1024:8192"])
@pytest.mark.parametrize("who", ["those who may relay", "strangers"])
def test_idle_connections_keep_no_mail_out(make_daemon, received, limit, who):
    """With a limit that can be raised, and one that cannot."""
    relay_from = "127.0.0.0/8" if who == "those who may relay" else "127.0.0.9/32"
    daemon = make_daemon(listen=f'relay-from = {{"{relay_from}"}}', wrapper=wrapped(limit))
    mark = f"beside-{limit}-{who}".replace(" ", "-")
    with idlers(daemon, IDLE) as sockets:
        assert greeting(sockets[-1])[:3] in ("220", "421")
        with Raw(daemon, source="127.0.0.9") as raw:
            raw.say_all(*START, "DATA")
            assert raw.say(mail.message("a@secure.example", mark=mark) + "\r\n.").startswith("250")
        assert received.wait(mark)
        daemon.ok("status")
        daemon.delivery(outcome="delivered")
    assert len(daemon.stderr.splitlines()) <= 10, daemon.stderr


def test_what_is_lowered_is_said(make_daemon):
    daemon = make_daemon(wrapper=wrapped("256:256"))
    said, = [line for line in daemon.stderr.splitlines() if " descriptors " in line]
    assert "256 may be open" in said and "LimitNOFILE" in said and "connections=" in said
    daemon.ok("reload")
    with Raw(daemon) as raw:
        raw.say_all(*START)
    finding, = [f for f in daemon.json("doctor")["findings"] if f["code"] == "descriptors"]
    assert finding["level"] == "warning" and "LimitNOFILE" in finding["remedy"]
    daemon.stop()
    daemon.wrapper = wrapped("8192:8192")    # of what would be started from here
    finding, = [f for f in daemon.json("doctor")["findings"] if f["code"] == "descriptors"]
    assert finding["level"] == "ok"


def test_a_limit_that_can_be_raised_is_raised(make_daemon):
    daemon = make_daemon(wrapper=wrapped("256:8192"))
    assert " descriptors " not in daemon.stderr


# Who is let in

def test_strangers_of_one_address(make_daemon):
    daemon = make_daemon(listen='relay-from = {"127.0.0.9/32"}',
                         more="limits { connections = 20 per-client = 3 }")
    raws = [Raw(daemon) for _ in range(3)]
    with Raw(daemon) as one_more:
        assert one_more.greeting.startswith("421 4.7.0")
    with Raw(daemon, source="127.0.0.2") as other:
        assert other.greeting.startswith("220")
    raws[0].say("QUIT")
    raws[0].close()

    def again():
        with Raw(daemon) as raw:
            return raw.greeting.startswith("220")
    until(again, what="room for a new connection")
    for raw in raws[1:]:
        raw.close()


def test_who_may_relay_has_no_limit_of_an_address(make_daemon):
    daemon = make_daemon(more="limits { connections = 20 per-client = 3 }")
    raws = [Raw(daemon) for _ in range(20)]
    assert all(raw.greeting.startswith("220") for raw in raws)
    with Raw(daemon) as one_more:
        assert one_more.greeting.startswith("421 4.3.2")
    for raw in raws:
        raw.close()


def test_a_tenth_is_kept_for_who_may_relay(make_daemon):
    daemon = make_daemon(listen='relay-from = {"127.0.0.9/32"}',
                         more="limits { connections = 20 }")
    raws = [Raw(daemon) for _ in range(18)]
    assert all(raw.greeting.startswith("220") for raw in raws)
    with Raw(daemon) as one_more:
        assert one_more.greeting.startswith("421 4.3.2")
    with Raw(daemon, source="127.0.0.9") as raw:
        raw.say_all(*START)
    for raw in raws:
        raw.close()


# How long, and how often

def test_octets_do_not_make_a_command_longer(make_daemon):
    """One octet after the other, never silent for as long as is allowed: it ends all the same."""
    daemon = make_daemon(more='limits { idle = "2s" }')
    with Raw(daemon) as raw:
        raw.socket.settimeout(0.1)
        began, answer = time.monotonic(), b""
        while not answer and time.monotonic() - began < PATIENCE:
            try:
                raw.send("N")
                answer = raw.socket.recv(1000)
            except TimeoutError:
                pass
            except OSError:
                break
    assert answer.startswith(b"421 4.4.2"), answer


def test_replies_that_nobody_reads(make_daemon):
    daemon = make_daemon(more='limits { idle = "2s" }')
    with Raw(daemon) as raw:
        raw.socket.setblocking(False)

        def ended():
            try:
                raw.send("HELP\r\n" * 100)
            except BlockingIOError:
                return False
            except OSError:
                return True
            return False
        until(ended, what="the end of a session whose client does not read")


def test_commands_that_hand_in_nothing_have_an_end(make_daemon):
    daemon = make_daemon()
    with Raw(daemon) as raw:
        raw.say_all("EHLO client.example")
        answers = []
        for _ in range(300):
            try:
                answers.append(raw.say("NOOP"))
            except OSError:
                break
            if not answers[-1].startswith("250"):
                break
    assert answers[-1].startswith("421 4.7.0"), answers[-1]
    assert 90 <= len(answers) <= 110


def test_mail_between_them_begins_anew(make_daemon):
    daemon = make_daemon()
    with Raw(daemon) as raw:
        raw.say_all("EHLO client.example")
        for n in range(3):
            raw.say_all(*["NOOP"] * 60, *START[1:], "DATA")
            assert raw.say(mail.message("a@secure.example") + "\r\n.").startswith("250"), n


# Memory

def hold_in_data(daemon, octets):
    """A client that has sent so much of a message, and not its end."""
    raw = Raw(daemon)
    raw.say_all(*START, "DATA")
    line = "x" * 998 + "\r\n"
    raw.send("Subject: without an end\r\n\r\n")
    raw.send(line * (octets // len(line)))
    return raw


def test_messages_that_are_broken_off_stop_no_retries(make_daemon):
    """Some clients hold most of the memory in DATA, and break off.

    What is larger is on disk, and so holds none.
    """
    daemon = make_daemon(top='memory = "4M"', delivery=PATIENT + ' retry = {"1s"}')
    mail.send(daemon, "rcpt-450@secure.example")

    def goes_on():
        seen = len(daemon.deliveries(outcome="deferred"))
        until(lambda: len(daemon.deliveries(outcome="deferred")) > seen + 1, what="retries")
    goes_on()
    raws = [hold_in_data(daemon, 245 << 10) for _ in range(12)]
    goes_on()
    said = set()

    def refused():
        """Once it has read what they sent."""
        with hold_in_data(daemon, 245 << 10) as one_more:
            said.add(one_more.say(".")[:9])
        return "452 4.3.1" in said
    until(refused, what="a refusal for want of memory")
    assert said <= {"452 4.3.1", "250 2.0.0"}
    for raw in raws:
        raw.close()
    goes_on()

    def room_again():
        with hold_in_data(daemon, 245 << 10) as raw:
            return raw.say(".").startswith("250")
    until(room_again, what="room for what was refused")


# The end

def test_at_sigterm_who_is_idle_hears_it_at_once_and_who_hands_in_may_finish(make_daemon):
    daemon = make_daemon()
    with Raw(daemon) as idle, Raw(daemon) as busy:
        idle.say_all("EHLO client.example")
        busy.say_all(*START, "DATA")
        daemon.process.send_signal(signal.SIGTERM)
        assert idle.reply().startswith("421 4.3.2")
        text = mail.message("a@secure.example", mark="at-the-last-moment")
        assert busy.say(text + "\r\n.").startswith("250 2.0.0 Ok: queued as ")
        assert busy.reply().startswith("421 4.3.2")
    daemon.stop()


def test_at_sigterm_who_does_not_finish_hears_421(make_daemon):
    daemon = make_daemon()
    with Raw(daemon) as raw:
        raw.say_all(*START, "DATA")
        daemon.process.send_signal(signal.SIGTERM)
        assert raw.reply().startswith("421 4.3.2")
    daemon.stop()
