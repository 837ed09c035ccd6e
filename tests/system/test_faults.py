"""Mail hosts that die, lie, or talk nonsense: docs/semantics.md, "When something fails".

A host dies once, on its first connection, at a point that its address stands for; then it is
well.  Whatever the point, its message arrives, and it is handed in again only where nobody
can know that it had arrived.
"""

import itertools
import socket
import ssl
import struct

import pytest

import mail
import scripted
from daemon import PATIENT, until
from scripted import Hangup, Session

QUICK = PATIENT + ' retry = {"1s"}'

# What was heard last, how much of the reply to that is said, and how the connection ends.
HEARD = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "content", "QUIT")
POINTS = [(heard, said, end) for heard, said, end in itertools.product(
    HEARD, ("nothing", "half", "all"), ("closed", "reset"))] + [("half the content", "all", end)
                                                                for end in ("closed", "reset")]
NAMES = [" ".join(point).replace(" ", "-") for point in POINTS]


def address(n):
    return f"127.0.4.{n + 1}"


class Mortal(Session):
    """What is true before note() is called: stage is what was heard last."""
    stage = ""

    @property
    def point(self):
        return POINTS[int(self.at.rsplit(".", 1)[1]) - 1]

    def note(self, what, more=None):
        self.stage = what
        super().note(what, more)

    @property
    def dies(self):
        return self.hosts.lives[self.at] == 1

    def die(self):
        if self.point[2] == "reset":
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        raise Hangup

    async def talk(self):
        self.hosts.lives[self.at] = self.hosts.lives.get(self.at, 0) + 1
        await super().talk()

    async def say(self, reply):
        heard, said, _ = self.point
        if not self.dies or self.stage != heard:
            return await super().say(reply)
        if said == "half":
            self.writer.write(reply[:len(reply) // 2].encode())
            await self.writer.drain()
        elif said == "all":
            await super().say(reply)
        self.die()

    async def content(self):
        if self.dies and self.point[0] == "half the content":
            await self.reader.readline()
            self.die()
        return await super().content()


@pytest.fixture(scope="module")
def deaths(make_module_daemon):
    """All of them at once, each to its own domain: the daemon, the hosts, the messages."""
    with scripted.Hosts(Mortal, [address(n) for n in range(len(POINTS))]) as hosts:
        hosts.lives = {}
        routes = "\n".join(f'route "d{n}.example" {{ {hosts.via(address(n))} }}'
                           for n in range(len(POINTS)))
        daemon = make_module_daemon(delivery=QUICK, more=routes)
        with mail.connect(daemon) as smtp:
            messages = [mail.submit(daemon, f"u@d{n}.example", smtp=smtp)
                        for n in range(len(POINTS))]
        until(lambda: len(daemon.deliveries(outcome="delivered")) >= len(POINTS),
              what="that all is delivered")
        yield daemon, hosts, messages


@pytest.mark.parametrize("n", range(len(POINTS)), ids=NAMES)
def test_a_host_that_dies(deaths, n):
    daemon, hosts, messages = deaths
    heard, said, _ = POINTS[n]
    is_taken = heard == "QUIT" or (heard, said) == ("content", "all")
    records = daemon.deliveries(message=messages[n])
    *before, last = records
    assert last["outcome"] == "delivered" and last["status"].startswith("2."), records
    assert {r["outcome"] for r in before} == (set() if is_taken else {"deferred"}), records
    assert all(r["status"].startswith("4.") for r in before), records
    taken = [m for m in hosts.messages if m["at"] == address(n)]
    # It was there, and nobody said so: the one case in which it is there twice.
    assert len(taken) == (2 if heard == "content" and said != "all" else 1)
    assert len({m["data"].partition("\r\n\r\n")[2] for m in taken}) == 1


# Hosts that talk nonsense

def endless(reply, octets=64 << 20):
    async def say(session):
        for _ in range(octets // len(reply)):
            session.writer.write(reply)
            await session.writer.drain()
        return "250 2.0.0 ok"            # who has waited for that has no bound
    return say


NONSENSE = [
    ("binary", b"\x00\xff\xfe\x80\x0d\x00\r\n"), ("no-code", b"all is well\r\n"),
    ("a-code-of-two", b"25 ok\r\n"), ("a-code-of-four", b"2500 ok\r\n"),
    ("a-code-out-of-range", b"950 ok\r\n"), ("nothing", b"\r\n"),
]


def nonsense_host(at, octets):
    """Says that once, where it was asked for `at`; later it says what others say."""
    class Nonsense(Session):
        stage = ""

        def note(self, what, more=None):
            self.stage = what
            super().note(what, more)

        async def say(self, reply):
            if self.number > 1 or self.stage != at:
                return await super().say(reply)
            if callable(octets):
                await octets(self)
            else:
                self.writer.write(octets)
                await self.writer.drain()
            return None
    return Nonsense


@pytest.mark.parametrize("at", ["connect", "EHLO", "RCPT", "content"])
@pytest.mark.parametrize("octets", [o for _, o in NONSENSE], ids=[name for name, _ in NONSENSE])
def test_a_reply_that_is_none(make_daemon, at, octets):
    """Puts off what it was said of, and bounces nothing; it is told as it was said, escaped."""
    with scripted.Hosts(nonsense_host(at, octets)) as hosts:
        daemon = make_daemon(delivery=QUICK, more=f'route "far.example" {{ {hosts.via()} }}')
        message = mail.submit(daemon, "u@far.example")
        assert daemon.delivery(message=message, outcome="delivered")
        records = daemon.deliveries(message=message)
        assert {r["outcome"] for r in records[:-1]} == {"deferred"}, records
        log = b"".join(p.read_bytes() for p in (daemon.dir / "log").glob("smtp-out-*"))
        assert b"\x00" not in log and b"\xff" not in log


@pytest.mark.parametrize("at", ["connect", "EHLO", "RCPT", "content"])
@pytest.mark.parametrize("line", [b"250-" + b"x" * 100 + b"\r\n", b"x" * 1000],
                         ids=["lines", "a-line"])
def test_a_reply_without_an_end(make_daemon, at, line):
    """Is cut off long before it has used up memory; the mail is put off."""
    with scripted.Hosts(nonsense_host(at, endless(line))) as hosts:
        daemon = make_daemon(delivery=QUICK, more=f'route "far.example" {{ {hosts.via()} }}')
        message = mail.submit(daemon, "u@far.example")
        assert daemon.delivery(message=message, outcome="delivered")
        assert daemon.deliveries(message=message)[0]["outcome"] == "deferred"
        log = sum(p.stat().st_size for p in (daemon.dir / "log").glob("smtp-out-*"))
        assert log < 2 << 20


# Hosts that lie about what they can do

class Refuses(Session):
    """Offers it all, and refuses what uses it: it takes nothing but the bare commands."""
    def mail(self, sender, params):
        return "555 5.5.4 parameters are not supported" if params else scripted.OK


def test_a_host_that_refuses_what_it_offered(make_daemon):
    """Its word counts: a 5yz bounces, with what it said."""
    with scripted.Hosts(Refuses) as hosts:
        daemon = make_daemon(more=f'route "far.example" {{ {hosts.via()} }}')
        message = mail.submit(daemon, "u@far.example",
                              mail.message("u@far.example", body="\xe4\r\n"), mail=["BODY=8BITMIME"])
        record = daemon.delivery(message=message)
        assert record["outcome"] == "bounced" and record["status"] == "5.5.4", record
        assert "555 5.5.4 parameters are not supported" in record["reply"]


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
def test_a_host_that_refuses_amid_the_message_and_goes(make_daemon, lab, tls):
    """What it said is heard, though it was gone before it was read, and what was written is lost."""
    class Leaves(Session):
        async def content(self):
            await self.reader.readexactly(400000)
            await self.say("552 5.3.4 that is too big")
            raise Hangup

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab["tls"]["certificate"], lab["tls"]["key"])
    with scripted.Hosts(Leaves, tls=context if tls else None) as hosts:
        via = hosts.via().replace('"[', '"smtps://[') if tls else hosts.via()
        daemon = make_daemon(more=f'route "far.example" {{ {via} }}')
        for _ in range(5):
            message = mail.submit(daemon, "u@far.example",
                                  mail.message("u@far.example", body=("x" * 78 + "\r\n") * 200000))
            record = daemon.delivery(message=message)
            assert record["outcome"] == "bounced" and record["status"] == "5.3.4", record
            assert "552 5.3.4 that is too big" in record["reply"]


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
@pytest.mark.parametrize("behind", ["421 4.3.2 closing down", "452 4.4.5 enough", "what?", "", "reset"],
                         ids=["421", "452", "junk", "nothing", "reset"])
def test_a_host_that_takes_the_message_and_has_enough(make_daemon, lab, tls, behind):
    """What comes with the 250 is about the connection: nobody gets his mail twice, used or not."""
    class Enough(Session):
        def end(self, data):
            self.last = self.number < 4 and self.taken == 1
            return scripted.OK

        async def say(self, reply):
            if not getattr(self, "last", False):
                return await super().say(reply)
            said = behind not in ("", "reset")
            self.writer.write(f"{reply}\r\n{behind * said}{said * chr(13)}{said * chr(10)}".encode())
            if behind == "reset":
                self.writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.writer.transport.abort()
            raise Hangup

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab["tls"]["certificate"], lab["tls"]["key"])
    with scripted.Hosts(Enough, tls=context if tls else None) as hosts:
        via = hosts.via().replace('"[', '"smtps://[') if tls else hosts.via()
        daemon = make_daemon(delivery=QUICK + " per-destination = 1",
                             more=f'route "far.example" {{ {via} }}')
        with mail.connect(daemon) as smtp:
            for n in range(8):
                mail.submit(daemon, f"u{n}@far.example", smtp=smtp)
        until(lambda: len(daemon.deliveries(outcome="delivered")) == 8, what="that all is delivered")
        assert sorted(hosts.accepted()) == [f"u{n}@far.example" for n in range(8)]
        assert not daemon.deliveries(outcome="deferred")


@pytest.mark.parametrize("lines", [3, 100000])      # all of it in one write; more than buffers hold
@pytest.mark.parametrize("reads", [0, 1000], ids=["nothing", "some"])
def test_a_host_that_says_250_before_it_has_the_message(make_daemon, reads, lines):
    """Nothing is delivered by a reply that comes before the last dot has gone."""
    class Hasty(Session):
        stage = ""

        def note(self, what, more=None):
            self.stage = what
            super().note(what, more)

        async def say(self, reply):
            hasty = self.number == 1 and self.stage == "DATA"
            await super().say(reply + ("\r\n250 2.0.0 ok" if hasty else ""))

        async def content(self):
            if self.number == 1:
                await self.reader.read(reads)
                raise Hangup
            return await super().content()

    with scripted.Hosts(Hasty) as hosts:
        daemon = make_daemon(delivery=QUICK, more=f'route "far.example" {{ {hosts.via()} }}')
        body = ("x" * 70 + "\r\n") * lines
        message = mail.submit(daemon, "u@far.example", mail.message("u@far.example", body=body))
        assert daemon.delivery(message=message, outcome="delivered")
        assert daemon.deliveries(message=message)[0]["outcome"] == "deferred"
        taken, = hosts.messages
        assert taken["connection"] > 1 and taken["data"].count("x" * 70) == lines
