"""No memory, at one point after the other of a message's way: it is not lost, goes once, is never
bounced for that, and nobody has it whose certificate would not do."""

import itertools
import pathlib
import smtplib
import struct
import subprocess

import dns.message
import pytest

import dnsfake
import mail
from daemon import PATIENT, resolver, until

SHIM = pathlib.Path(__file__).with_name("no_memory.c")
ROUNDS = 25                              # points where it fails, in each test


class Fresh(dnsfake.DnsFake):
    """What the lab's validating server says, to be kept by nobody: each message asks anew."""

    async def forward(self, query):
        said = []
        for delay, octets, way in await super().forward(query):
            message = dns.message.from_wire(octets)
            for rrset in itertools.chain(message.answer, message.authority):
                rrset.ttl = 0
            said.append((delay, message.to_wire(), way))
        return said


class Memory:
    """Of a daemon: the n-th allocation from now on fails."""

    def __init__(self, daemon):
        self.file = daemon.dir / "state/left"
        self.file.parent.mkdir(exist_ok=True)
        self.fails_at(0)
        self.file.chmod(0o666)
        library = daemon.dir / "no_memory.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SHIM], check=True)
        self.env = {"LD_PRELOAD": str(library), "NO_MEMORY": str(self.file)}

    def fails_at(self, n):
        with open(self.file, "r+b" if self.file.exists() else "wb") as f:
            f.write(struct.pack("q", n))


@pytest.fixture
def short(make_daemon, lab):
    """A daemon, and its memory.  Each message has a connection of its own."""
    address, port = lab["validating"].rsplit(":", 1)
    with Fresh(upstream=(address.strip("[]"), int(port))) as fake:
        daemon = make_daemon(start=False, criteria="X-Class dane SECURE DANE\n",
                             delivery=PATIENT + ' reuse = 1 retry = {"1h"}',
                             resolvers=resolver(f"127.0.0.1:{fake.port}"))
        if any(word in daemon.program.read_bytes() for word in (b"__asan_", b"__tsan_")):
            pytest.skip("the sanitizer has to come before")
        memory = Memory(daemon)
        clean, daemon.env = daemon.env, {**daemon.env, **memory.env}
        daemon.start()
        daemon.env = clean               # of the commands
        yield daemon, memory
        daemon.stop()                    # while it has its servers


def submit(daemon, memory, domain, mark, n):
    """The ID of a message that was taken, though the n-th allocation failed meanwhile."""
    to = f"rcpt@{domain}"
    text = mail.message(to, "X-Class: dane", mark=mark)
    memory.fails_at(n)
    try:
        return mail.submit(daemon, to, text)
    except (smtplib.SMTPException, OSError, AssertionError):  # 4yz, or cut off: once more
        daemon.check_alive()
        memory.fails_at(0)
        return mail.submit(daemon, to, text)


def try_until(daemon, message, done):
    """The administrator has it tried, again and again."""
    def tried():
        daemon.run("queue", "retry", message)
        daemon.check_alive()
        return done()
    until(tried, what=f"another attempt with {message}")


@pytest.mark.slow
def test_it_arrives_once(short, received):
    """Between one allocation and the twelve hundred that a message with TLS both ways takes."""
    daemon, memory = short
    sent = {}
    for n in range(1, 1200, 1200 // ROUNDS):
        mark = f"no-memory-{n:04}"
        sent[mark] = submit(daemon, memory, "dane-ta.example", mark, n)
        try_until(daemon, sent[mark],
                  lambda: daemon.deliveries(message=sent[mark], outcome="delivered"))
        memory.fails_at(0)
    assert not daemon.deliveries(outcome="bounced")
    for mark in sent:
        assert len(received.having(mark)) == 1, mark


@pytest.mark.slow
def test_nobody_else_has_it(short, received):
    """A host whose certificate, of the right issuer, is another's."""
    daemon, memory = short
    message = submit(daemon, memory, "dane-ta-name.example", "no-memory-other", 0)
    daemon.delivery(message=message)
    for n in range(1, 200, 200 // ROUNDS):
        before = len(daemon.deliveries(message=message))
        memory.fails_at(n)
        try_until(daemon, message, lambda: len(daemon.deliveries(message=message)) > before)
    memory.fails_at(0)
    tried = daemon.deliveries(message=message)
    assert {d["outcome"] for d in tried} == {"deferred"}
    assert not [d for d in tried if "time" in d["reply"]]  # nobody waits for what nobody says
    assert not received.having("no-memory-other")
