"""A small DNS server that says what a test tells it to, honest or hostile.

    fake = DnsFake()                       # 127.0.0.1, a free port, UDP and TCP
    fake.on("mx.example", "A", answer("127.0.1.1", ad=True))
    fake.on("x.example", "A", drop(), wrong_id(answer("127.0.6.6")), answer("127.0.1.1"))
    fake.start() ... fake.stop()           # or: with DnsFake() as fake
    fake.asked("x.example", "A")           # the queries, each with its flags

A question has a list of actions: the first query for it meets the first
action, and so on; the last one stays.  "*" stands for any name or type.  What
no rule names is forwarded to `upstream` (address, port) where there is one,
else answered REFUSED.

An action is a function (query) -> [(delay, octets, way)]; way is "same" for the
socket that the query came to, "other" for another one.  The ones below return
such functions and some take one, so they combine: after(0.5, wrong_id(answer(..))).
"""

import asyncio
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


@dataclass
class Query:
    """A query as it came; `wire` has the octets."""
    name: str            # lower case, without the final dot; "." for the root
    type: str
    transport: str       # "udp" or "tcp"
    port: int            # the asker's
    time: float
    wire: bytes
    message: object

    @property
    def id(self):
        return self.message.id

    def flag(self, flag):
        return bool(self.message.flags & flag)

    @property
    def ad(self):
        return self.flag(dns.flags.AD)

    @property
    def cd(self):
        return self.flag(dns.flags.CD)

    @property
    def rd(self):
        return self.flag(dns.flags.RD)

    @property
    def do(self):
        return self.message.edns >= 0 and bool(self.message.ednsflags & dns.flags.DO)

    @property
    def edns(self):
        """The payload size in OPT, or None without OPT."""
        return self.message.payload if self.message.edns >= 0 else None


def read_query(wire, transport, port):
    message = dns.message.from_wire(wire)
    question = message.question[0]
    name = question.name.to_text().lower()
    return Query(name if name == "." else name.rstrip("."), dns.rdatatype.to_text(question.rdtype),
                 transport, port, time.time(), wire, message)


# Actions

def drop():
    return lambda query: []


def raw(octets):
    """Octets as they are; with two zero octets in front, the query's ID is put there."""
    def act(query):
        head = query.wire[:2] if octets[:2] == b"\0\0" else octets[:2]
        return [(0, head + octets[2:], "same")]
    return act


def answer(*records, ad=False, aa=False, tc=False, rcode="NOERROR", ede=None, edns=True,
           authority=(), additional=(), ttl=60):
    """Each record is rdata of the type asked ("127.0.1.1"), or "NAME [TTL] TYPE RDATA"; in that order."""
    def act(query):
        reply = dns.message.make_response(query.message, recursion_available=True)
        reply.set_rcode(dns.rcode.from_text(rcode))
        for flag, wanted in ((dns.flags.AD, ad), (dns.flags.AA, aa), (dns.flags.TC, tc)):
            reply.flags = reply.flags | flag if wanted else reply.flags & ~flag
        reply.flags &= ~dns.flags.CD
        for section, texts in ((reply.answer, records), (reply.authority, authority),
                               (reply.additional, additional)):
            for text in texts:
                add_record(section, query, text, ttl)
        if not edns or query.edns is None:
            reply.use_edns(-1)
        elif ede is not None:
            reply.use_edns(0, 0, 1232, options=[ede_option(ede)])
        return [(0, reply.to_wire(max_size=65535), "same")]
    return act


def ede_option(ede):
    code, text = ede if isinstance(ede, tuple) else (ede, "")
    return dns.edns.GenericOption(15, struct.pack(">H", code) + text.encode())


def add_record(section, query, text, ttl):
    question = query.message.question[0]
    words = text.split()
    for i in (1, 2):
        if len(words) > i and words[i].isupper() and words[i].isalnum() and not words[i].isdigit():
            name = words[0] if words[0].endswith(".") else words[0] + "."
            if i == 2:
                ttl = int(words[1])
            found = dns.rrset.from_text(name, ttl, "IN", words[i], " ".join(words[i + 1:]))
            break
    else:
        found = dns.rrset.from_text(question.name, ttl, "IN", query.type, text)
    section.append(found)                # each a set of its own: the records of one would be shuffled


SOA = "example. 60 SOA ns.example. host.example. 1 60 60 60 60"


def nodata(**more):
    return answer(authority=[SOA], **more)


def nxdomain(**more):
    return answer(authority=[SOA], rcode="NXDOMAIN", **more)


def servfail(ede=None, *records):
    return answer(*records, rcode="SERVFAIL", ede=ede)


def refused():
    return answer(rcode="REFUSED")


def changed(action, change):
    """What action says, its octets passed through change(bytearray, query)."""
    def act(query):
        out = []
        for delay, octets, way in action(query):
            octets = bytearray(octets)
            out.append((delay, bytes(change(octets, query) or octets), way))
        return out
    return act


def wrong_id(action):
    def change(octets, query):
        octets[1] ^= 1
    return changed(action, change)


def not_a_response(action):
    """QR = 0."""
    def change(octets, query):
        octets[2] &= 0x7F
    return changed(action, change)


def question_end(octets):
    at = 12
    while octets[at]:
        at += octets[at] + 1
    return at + 5


def no_question(action):
    """QDCOUNT = 0, the answer there (its names must not point into the question)."""
    def change(octets, query):
        message = dns.message.from_wire(bytes(octets))
        message.question = []
        return message.to_wire()
    return changed(action, change)


def wrong_question(action, name=None, rdtype=None):
    """The answer echoes another question, and answers it."""
    def act(query):
        other = dns.message.make_query(name or query.name, rdtype or query.type)
        other.id = query.id
        twin = Query(query.name, rdtype or query.type, query.transport, query.port, query.time,
                     query.wire, other)
        return action(twin)
    return act


def cut(action, length):
    """Only the first octets: malformed, as the counts promise more."""
    return changed(action, lambda octets, query: octets[:length])


def reflected():
    """The query itself, sent back."""
    return lambda query: [(0, query.wire, "same")]


def after(delay, action):
    return lambda query: [(d + delay, octets, way) for d, octets, way in action(query)]


def from_elsewhere(action):
    return lambda query: [(d, octets, "other") for d, octets, _ in action(query)]


def both(*actions):
    """Several datagrams for one query, in this order."""
    return lambda query: [sent for action in actions for sent in action(query)]


def by_transport(udp, tcp):
    return lambda query: (udp if query.transport == "udp" else tcp)(query)


def truncated(action):
    """UDP gets an empty answer with TC; TCP gets what action says."""
    return by_transport(answer(tc=True), action)


class DnsFake:
    def __init__(self, address="127.0.0.1", port=0, upstream=None):
        self.address, self.port, self.upstream = address, port, upstream
        self.rules = {}                  # (name, type) -> list of actions left
        self.queries = []
        self.lock = threading.Lock()
        self.up = threading.Event()
        self.loop = None
        self.thread = None
        self.failed = None
        self.broken = []                 # errors of actions: faults of the test itself
        self.tasks = set()               # the loop holds them weakly

    # What tests call, from their own thread.

    def on(self, name, rdtype, *actions):
        name = name.lower()
        key = (name if name in (".", "*") else name.rstrip("."), rdtype)
        with self.lock:
            self.rules[key] = list(actions)
        return self

    def forget(self, name, rdtype):
        with self.lock:
            self.rules.pop((name.lower().rstrip(".") or ".", rdtype), None)

    def asked(self, name=None, rdtype=None):
        """Each once: who waits long for an answer sends the same octets again, from the same port."""
        found = {}
        with self.lock:
            for q in self.queries:
                if name in (None, q.name) and rdtype in (None, q.type):
                    found.setdefault((q.transport, q.port, q.wire), q)
        return list(found.values())

    def start(self):
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.up.wait(60)
        if self.failed:
            raise self.failed
        return self

    def stop(self):
        if self.loop and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(60)
        if self.broken:
            raise self.broken[0]

    def __enter__(self):
        return self.start()

    def __exit__(self, *ignored):
        self.stop()

    # What runs in the server's thread.

    def run(self):
        self.loop = asyncio.new_event_loop()
        try:
            self.loop.run_until_complete(self.open())
        except OSError as e:
            self.failed = e
        self.up.set()
        if not self.failed:
            self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    async def open(self):
        fake = self

        class Udp(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, peer):
                fake.spawn(fake.serve_udp(self.transport, data, peer))

        for _ in range(50):              # the same number must be free for UDP and TCP
            self.tcp = await asyncio.start_server(self.serve_tcp, self.address, self.port)
            port = self.tcp.sockets[0].getsockname()[1]
            try:
                self.udp, _ = await self.loop.create_datagram_endpoint(
                    Udp, local_addr=(self.address, port))
                self.port = port
                break
            except OSError:
                self.tcp.close()
                if self.port:
                    raise
        self.other, _ = await self.loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=(self.address, 0))

    def spawn(self, coroutine):
        task = self.loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def action_for(self, query):
        with self.lock:
            self.queries.append(query)
            for key in ((query.name, query.type), (query.name, "*"), ("*", query.type), ("*", "*")):
                actions = self.rules.get(key)
                if actions:
                    return actions.pop(0) if len(actions) > 1 else actions[0]
        return None

    async def replies(self, data, transport, port):
        try:
            query = read_query(data, transport, port)
        except Exception:                # not a query; nothing to say
            return []
        action = self.action_for(query)
        try:
            if action:
                return action(query)
            if self.upstream:
                return await self.forward(query)
        except Exception as e:
            self.broken.append(e)
        return refused()(query)

    async def forward(self, query):
        """Over TCP, always: what comes back is whole, and UDP's limit is put on it here."""
        reader, writer = await asyncio.open_connection(*self.upstream)
        try:
            writer.write(struct.pack(">H", len(query.wire)) + query.wire)
            size, = struct.unpack(">H", await reader.readexactly(2))
            octets = await reader.readexactly(size)
        finally:
            writer.close()
        if query.transport == "udp" and size > (query.edns or 512):
            return answer(tc=True)(query)
        return [(0, octets, "same")]

    async def serve_udp(self, transport, data, peer):
        for delay, octets, way in await self.replies(data, "udp", peer[1]):
            if delay:
                await asyncio.sleep(delay)
            (self.other if way == "other" else transport).sendto(octets, peer)

    async def serve_tcp(self, reader, writer):
        port = writer.get_extra_info("peername")[1]
        try:
            while True:
                size, = struct.unpack(">H", await reader.readexactly(2))
                data = await reader.readexactly(size)
                self.spawn(self.answer_tcp(writer, data, port))
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    async def answer_tcp(self, writer, data, port):
        for delay, octets, _ in await self.replies(data, "tcp", port):
            if delay:
                await asyncio.sleep(delay)
            writer.write(struct.pack(">H", len(octets)) + octets)


given = set()                            # by free_port(), to whoever asked in this process


def free_port(wish=None):
    """A port that is free for UDP and TCP on every loopback address, below the ephemeral range.

    The one that is wished for, where it is such a one.
    Ephemeral ports are left alone: a connection of another program could take
    the number between the choice and its use.  Nor is one given twice: the first
    may not be listened at yet, or is to stay without a listener.
    """
    while True:
        port, wish = wish or random.randint(20000, 32000), None
        if port in given:
            continue
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
                    with socket.socket(family, kind) as s:
                        s.bind((address, port))
            given.add(port)
            return port
        except OSError:
            continue
