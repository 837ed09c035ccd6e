"""Hosts that say what nobody asked for, once each: every message arrives, and arrives once.

A host says it at one place of the dialogue, in place of its reply or behind that in the same packet,
with the first message of a connection or a later one; then it is well.  The table is the product of
all that: a case that nobody thought of is in it, too.
"""

import collections
import itertools
import socket
import ssl
import struct

import pytest

import mail
import scripted
from daemon import PATIENT, until
from scripted import Hangup, Session

QUICK = PATIENT + ' retry = {"1s"} per-destination = 1'
MESSAGES = 3
SAID = ("421 4.3.2 closing", "452 4.4.5 enough", "250 2.0.0 well", "354 go on", "what?", "25", "", "reset")
# heard last, what is said, whether behind the reply, with which message of the connection, PIPELINING
CASES = [(heard, said, behind, nth, pipelining)
         for heard, said, behind, nth, pipelining in itertools.product(
             ("connect", "EHLO", "MAIL", "RCPT", "DATA", "content"), SAID, (False, True), (0, 1, 2), (False, True))
         if (nth == 0) == (heard in ("connect", "EHLO"))]


def address(n):
    return f"127.0.{40 + n // 200}.{n % 200 + 1}"


CASE_AT = {address(n): case for n, case in enumerate(CASES)}


class Skip(Exception):
    """There is no content."""


class Odd(Session):
    nth = 0                              # the message of this connection, from 1
    stage = ""                           # what was heard last
    instead = ""                         # what was said in place of the last reply

    def ehlo(self):
        return super().ehlo() if CASE_AT[self.at][4] else "250 plain"

    def note(self, what, more=None):
        super().note(what, more)
        self.stage = what
        self.nth += what == "MAIL"

    def end(self, data):
        return f"250 2.0.0 {self.rcpts[0]} is welcome"

    async def do_data(self, rest):
        try:
            await super().do_data(rest)
        except Skip:
            self.reset()

    async def answer(self, reply):
        """What it refuses it has not taken: with PIPELINING the next command is there already."""
        self.instead = ""
        return await super().answer(reply) and not self.instead.startswith("4")

    async def say(self, reply):
        heard, said, behind, nth, _ = CASE_AT[self.at]
        if (self.stage, self.nth) != (heard, nth) or self.at in self.hosts.done:
            return await super().say(reply)
        self.hosts.done.add(self.at)
        if heard == "content" and not behind and not said.startswith("250"):
            self.hosts.refused.append(self.hosts.messages.pop())
        self.instead = "" if behind else said
        ends = said in ("", "25", "reset")
        text = f"{reply}\r\n" * behind + said * (said != "reset") + "\r\n" * (not ends)
        self.writer.write(text.encode())
        if said == "reset":
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        if ends or said.startswith("421"):
            raise Hangup
        if heard == "DATA" and not behind and not said.startswith("354"):
            raise Skip


def is_a_lie(case):
    """A reply too many that looks like one to the next command: what the host then does, nobody can know."""
    _, said, behind, _, _ = case
    return behind and said[:3] in ("250", "354")


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
def test_once(make_daemon, lab, tls):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab["tls"]["certificate"], lab["tls"]["key"])
    with scripted.Hosts(Odd, addresses=tuple(CASE_AT), tls=context if tls else None) as hosts:
        hosts.done = set()
        via = [hosts.via(at).replace('"[', '"smtps://[') if tls else hosts.via(at) for at in CASE_AT]
        daemon = make_daemon(delivery=QUICK, more="\n".join(
            f'route "h{n}.example" {{ {v} }}' for n, v in enumerate(via)))
        sent = {f"u{k}@h{n}.example": case for n, case in enumerate(CASES) for k in range(MESSAGES)}
        with mail.connect(daemon) as smtp:
            for to in sent:
                mail.submit(daemon, to, smtp=smtp)
        until(lambda: len(daemon.deliveries(outcome="delivered")) == len(sent), what="that all is delivered")
        assert len(hosts.done) == len(CASES)
        count = collections.Counter(hosts.accepted())
        assert [(to, case, count[to]) for to, case in sent.items()
                if count[to] < 1 or (count[to] > 1 and not is_a_lie(case))] == []
        assert not daemon.deliveries(outcome="bounced")
        records = {r["to"]: r for r in daemon.deliveries(outcome="delivered")}
        assert [(to, case, records[to]["reply"]) for to, case in sent.items() if not is_a_lie(case)
                and f"{to} is welcome" not in records[to]["reply"] and records[to]["reply"] != "250 2.0.0 well"] == []
