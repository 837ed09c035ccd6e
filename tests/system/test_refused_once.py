"""What a host refused a recipient for good stays refused, whatever becomes of the connection then: it is
not asked again, and all others get the message, once.

A host refuses one recipient, and then does something else than to answer the next command, once; then
it is well.  The table is the product of what it does, where, on which connection, and how the commands
come.
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
from scripted import EXTENSIONS, Hangup, Session

QUICK = PATIENT + ' retry = {"1s"} per-destination = 1'
ENDS = ("421 4.3.2 closing", "what?", "25", "", "reset", "silence")
# what the host does, in place of which reply, on a connection that was used before, the commands
CASES = list(itertools.product(ENDS, ("RCPT", "DATA"), (False, True), ("one by one", "pipelined", "binary")))
BINARY = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n\0"


def address(n):
    return f"127.0.{60 + n // 200}.{n % 200 + 1}"


CASE_AT = {address(n): case for n, case in enumerate(CASES)}


class Refuser(Session):
    def ehlo(self):
        words = {"one by one": ("DSN",), "pipelined": EXTENSIONS,
                 "binary": EXTENSIONS + ("CHUNKING", "BINARYMIME")}[CASE_AT[self.at][3]]
        return f"250-{self.at} is here\r\n" + "".join(f"250-{word}\r\n" for word in words) + "250 SIZE 0"

    async def rcpt(self, to):
        if to.startswith("good"):
            await self.end_at("RCPT")
        if not to.startswith("bad"):
            return scripted.OK
        self.hosts.asked[to] += 1
        return "550 5.1.1 nobody of that name"

    async def end_at(self, where):
        """The end, where it is to be."""
        said, at, used, _ = CASE_AT[self.at]
        if at != where or self.at in self.hosts.done or (self.taken > 0) != used:
            return
        self.hosts.done.add(self.at)
        if said == "silence":
            await self.reader.read()
        elif said == "reset":
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        else:
            self.writer.write((said if said in ("", "25") else said + "\r\n").encode())
        raise Hangup

    def is_second(self):
        return any(to.startswith("good") for to in self.rcpts)

    async def do_data(self, rest):
        if self.is_second():
            await self.end_at("DATA")
        await super().do_data(rest)

    async def do_bdat(self, rest):
        octets = await self.reader.readexactly(int(rest.split()[0]))
        if self.is_second():
            await self.end_at("DATA")
        self.taken += 1
        self.hosts.messages.append({"rcpts": self.rcpts, "data": octets})
        await self.say(scripted.OK)
        self.reset()


def hand_in(raw, recipients, binary):
    raw.say_all(f"MAIL FROM:<{mail.SENDER}>" + " BODY=BINARYMIME" * binary,
                *(f"RCPT TO:<{to}>" for to in recipients))
    octets = b"MIME-Version: 1.0\r\n" + BINARY if binary else mail.message(recipients[0]).encode()
    raw.send(b"BDAT %d LAST\r\n" % len(octets) + octets)
    assert raw.reply().startswith("250")


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
def test_refused_once(make_daemon, lab, tls):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab["tls"]["certificate"], lab["tls"]["key"])
    with scripted.Hosts(Refuser, addresses=tuple(CASE_AT), tls=context if tls else None) as hosts:
        hosts.done, hosts.asked = set(), collections.Counter()
        routes = [f'route "h{n}.example" {{ {hosts.via(at)}'
                  + ' command-timeout = "3s"' * (case[0] == "silence") + " }"
                  for n, (at, case) in enumerate(CASE_AT.items())]
        daemon = make_daemon(delivery=QUICK, more="\n".join(routes).replace('"[', '"smtps://[' if tls else '"['))
        good, bad = {}, {}
        with mail.Raw(daemon) as raw:
            raw.say("EHLO client.example")
            for n, case in enumerate(CASES):
                names = [f"{who}@h{n}.example" for who in ("bad1", "bad2", "good", "bad3")]
                if case[2]:
                    hand_in(raw, [f"first@h{n}.example"], case[3] == "binary")
                hand_in(raw, names, case[3] == "binary")
                good[names[2]] = case
                bad.update((name, case) for name in names if name != names[2])

        def told(outcome):
            return {r["to"] for r in daemon.deliveries(outcome=outcome)}
        until(lambda: told("delivered") >= set(good) and told("bounced") >= set(bad), what="that all is settled")
        assert len(hosts.done) == len(CASES)
        taken = collections.Counter(hosts.accepted())
        assert [(to, case, taken[to]) for to, case in good.items() if taken[to] != 1] == []
        assert [(to, case, hosts.asked[to]) for to, case in bad.items() if hosts.asked[to] != 1] == []
        assert {r["reply"] for r in daemon.deliveries(outcome="bounced")} == {"550 5.1.1 nobody of that name"}
