"""Mail hosts that do as a test tells them, and remember in which order things happened.

    class Ten(scripted.Session):
        def mail(self, sender, params):
            return "452 4.4.5 enough" if self.taken == 10 else OK

    with scripted.Hosts(Ten) as hosts:
        ... mail goes to hosts.via ...
        hosts.accepted()                 # the messages that were answered 250

One thread with one loop serves them all, so .events is in the order in which the
sender did things: what it said on one connection before it opened another comes
first.  A hook gives the reply, or None to hang up; one that is `async` may wait.
"""

import asyncio
import threading

import dnsfake

OK = "250 2.0.0 ok"
EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
SETTLED = 10                             # turns of the loop; by then what had come is dealt with


class Hangup(Exception):
    pass


def path_of(text):
    """'FROM:<a@b> SIZE=1' -> ('a@b', ['SIZE=1'])."""
    path, _, params = text.partition(">")
    return path.partition("<")[2], params.split()


class Session:
    """One connection; a test overrides what it is about."""

    def __init__(self, hosts, reader, writer, number):
        self.hosts, self.reader, self.writer, self.number = hosts, reader, writer, number
        self.at = writer.get_extra_info("sockname")[0]
        self.taken = 0                   # messages of this connection that were answered 250
        self.reset()

    def reset(self):
        self.sender, self.rcpts = None, []

    # What a test may say

    def greeting(self):
        return f"220 {self.at} ESMTP scripted"

    def ehlo(self):
        return f"250-{self.at} is here\r\n" + "".join(f"250-{word}\r\n" for word in EXTENSIONS) + "250 SIZE 0"

    def mail(self, sender, params):
        return OK

    def rcpt(self, to):
        return OK

    def end(self, data):
        """All of the message is there."""
        return OK

    async def content(self):
        """The message, up to its end."""
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise Hangup
            lines.append(line)
        return b"".join(lines).decode("latin-1")

    async def say(self, reply):
        self.writer.write(reply.encode() + b"\r\n")
        await self.writer.drain()

    # What happens

    def note(self, what, more=None):
        self.hosts.events.append((self.number, self.at, what, more))

    async def hear(self, reply):
        """What a hook gives, waited for where it is to be."""
        if asyncio.iscoroutine(reply):
            reply = await reply
        if reply is None:
            raise Hangup
        return reply

    async def answer(self, reply):
        """Says what a hook gives; True: it is a good one."""
        reply = await self.hear(reply)
        await self.say(reply)
        return reply.startswith("2")

    async def do_ehlo(self, rest):
        self.reset()
        await self.answer(self.ehlo())

    async def do_mail(self, rest):
        sender, params = path_of(rest)
        if await self.answer(self.mail(sender, params)):
            self.sender = sender

    async def do_rcpt(self, rest):
        if self.sender is None:
            return await self.say("503 5.5.1 MAIL first")
        to, _ = path_of(rest)
        if await self.answer(self.rcpt(to)):
            self.rcpts.append(to)

    async def do_data(self, rest):
        if not self.rcpts:
            return await self.say("503 5.5.1 nobody to have it")
        await self.say("354 go on")
        data = await self.content()
        self.note("content")
        message = {"at": self.at, "connection": self.number, "from": self.sender,
                   "rcpts": self.rcpts, "data": data}
        reply = await self.hear(self.end(data))
        good = reply.startswith("2")
        self.taken += good
        # Before it is said: whoever hears it may look at once.
        (self.hosts.messages if good else self.hosts.refused).append(message)
        await self.say(reply)
        self.reset()

    async def do_rset(self, rest):
        self.reset()
        await self.say(OK)

    async def do_quit(self, rest):
        await self.say("221 2.0.0 bye")
        raise Hangup

    async def talk(self):
        await self.answer(self.greeting())
        while True:
            line = (await self.reader.readline()).decode("utf-8", "surrogateescape")
            if not line:
                raise Hangup
            verb, _, rest = line.rstrip("\r\n").partition(" ")
            self.note(verb.upper(), rest)
            if verb.upper() == "QUIT":
                self.hosts.leave(self)
            await getattr(self, "do_" + verb.lower())(rest)


class Hosts:
    """Listens at some loopback addresses, on one port; ends with its `with`."""

    def __init__(self, session=Session, addresses=("127.0.0.21",), tls=None):
        """tls: a context of the ssl module, where TLS begins before the greeting."""
        self.session, self.addresses, self.port = session, addresses, dnsfake.free_port()
        self.tls = tls
        self.events, self.messages, self.refused = [], [], []
        self.connections, self.most, self.inside = 0, 0, set()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.ready, self.failed = threading.Event(), None

    def via(self, address=None):
        """Where a static route goes."""
        return f'via = "[{address or self.addresses[0]}]:{self.port}"'

    def accepted(self):
        """The recipients of all messages that were answered 250."""
        return [to for m in list(self.messages) for to in m["rcpts"]]

    def said(self, number):
        """The commands of a connection."""
        return [what for n, _, what, _ in list(self.events) if n == number]

    def leave(self, session):
        self.inside.discard(session)

    async def serve(self, reader, writer):
        for _ in range(SETTLED):
            await asyncio.sleep(0)
        self.connections += 1
        session = self.session(self, reader, writer, self.connections)
        self.inside.add(session)
        self.most = max(self.most, len(self.inside))
        session.note("connect")
        try:
            await session.talk()
        except (Hangup, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.leave(session)
            writer.close()
            session.note("over")

    async def listen(self):
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        servers = [await asyncio.start_server(self.serve, address, self.port, limit=1 << 20,
                                              backlog=1024, ssl=self.tls)
                   for address in self.addresses]
        self.ready.set()
        await self.over.wait()
        for server in servers:
            server.close()

    def run(self):
        try:
            asyncio.run(self.listen())   # ends by cancelling what is still under way
        except OSError as e:             # who waits for it is told
            self.failed = e
            self.ready.set()

    def __enter__(self):
        self.thread.start()
        self.ready.wait()
        if self.failed:
            raise self.failed
        return self

    def __exit__(self, *ignored):
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join()
