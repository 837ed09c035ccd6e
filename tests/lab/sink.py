"""Mail hosts that record what they get.

One process listens at many loopback addresses, on one port.  Every message
that was answered 250 is one JSON line in the record file, written before the
250 leaves, so that a test may count what a sender was promised:

    host, peer       the address that received it, and the sender's
    ehlo, tls        the name in EHLO or HELO; whether STARTTLS was done, and with
    resumed          whether its TLS session was that of an earlier connection
    sni              which name the host was asked for; "" for none
    connection, n    number of the connection, and of the message on it
    from, mail_params, rcpts: [[address, [params]], ...]
    data             the octets after unstuffing, as latin-1 text
    time             seconds since the epoch

A host behaves oddly by its address (zones.table, "host"):

    greet-421 greet-554 greet-drop    the greeting, or none
    helo-only                         refuses EHLO, has no extension
    small                             SIZE 2000
    starttls                          offers STARTTLS, with the certificate that zones.table says,
                                      and within it REQUIRETLS
    starttls-bare                     offers STARTTLS, and no REQUIRETLS
    starttls-no                       offers it, and refuses it: 454
    starttls-broken                   offers it, says 220, and hangs up on what comes
    starttls-injected                 offers it, and puts a reply behind the 220, in clear
    refuse                            nobody listens (left out by the caller)

and any host does so for one message by the first words of a local part: of
the sender for MAIL, else of the recipient.  "KEYWORD-CODE...":

    mail-451...   the answer to MAIL (in the sender's local part)
    rcpt-550...   the answer to RCPT
    bare-550...   likewise, without an enhanced code
    data-554...   the answer to DATA
    end-451...    the answer to the end of the data
    drop-rcpt... drop-data... drop-end...   hangs up there, the last without an answer
    once-450...   RCPT is answered so the first time that this address is seen
    slow-...      the answer to the end of the data comes after a second
"""

import asyncio
import json
import re
import ssl
import time

EXTENSIONS = ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME",
              "ENHANCEDSTATUSCODES"]
TEXTS = {"4": "{0} 4.7.1 not now, says the test", "5": "{0} 5.7.1 never, says the test"}


class Hangup(Exception):
    pass


def local_part(address):
    return address.rpartition("@")[0]


def wanted_code(address, keyword):
    m = re.match(rf"{keyword}-(\d\d\d)", local_part(address))
    return m and m.group(1)


def refusal(code):
    return TEXTS[code[0]].format(code)


def parse_path(text):
    """'FROM:<a@b> SIZE=1' -> ('a@b', ['SIZE=1']); None where it is no path."""
    m = re.match(r"(?:from|to):\s*<([^>]*)>(.*)$", text, re.I)
    return (m.group(1), m.group(2).split()) if m else None


class Session:
    """One connection.  self.rcpts belongs to the transaction under way, and so do the others."""

    def __init__(self, sink, reader, writer, number):
        self.sink, self.reader, self.writer, self.number = sink, reader, writer, number
        self.host = writer.get_extra_info("sockname")[0]
        self.peer = writer.get_extra_info("peername")[0]
        self.how = sink.hosts.get(self.host, "")
        self.ehlo, self.tls, self.sni, self.count = "", False, "", 0
        self.resumed = False
        self.reset()

    def reset(self):
        self.sender, self.params, self.rcpts, self.chunks = None, [], [], []

    async def say(self, text):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def line(self):
        raw = await self.reader.readuntil(b"\n")
        if not raw.endswith(b"\r\n"):
            await self.say("500 5.5.2 bare LF")
            raise Hangup
        return raw[:-2].decode("utf-8", "surrogateescape")

    async def run(self):
        if self.how == "greet-drop":
            raise Hangup
        if self.how.startswith("greet-"):
            code = self.how[6:]
            await self.say(f"{code} {code[0]}.3.2 {self.host} takes no mail")
            raise Hangup
        await self.say(f"220 {self.host} ESMTP sink")
        while True:
            verb, _, rest = (await self.line()).partition(" ")
            handler = getattr(self, "do_" + verb.lower(), None)
            if handler is None or not verb.isalpha():
                await self.say("500 5.5.1 what?")
            else:
                await handler(rest.strip())

    async def do_helo(self, rest):
        self.ehlo = rest
        self.reset()
        await self.say(f"250 {self.host}")

    async def do_ehlo(self, rest):
        if self.how == "helo-only":
            return await self.say("502 5.5.1 not here")
        self.ehlo = rest
        self.reset()
        words = [self.host] + EXTENSIONS + ["SIZE " + ("2000" if self.how == "small" else "0")]
        if self.how.startswith("starttls") and not self.tls:
            words.append("STARTTLS")
        if self.tls and self.how != "starttls-bare":
            words.append("REQUIRETLS")
        for word in words[:-1]:
            self.writer.write(f"250-{word}\r\n".encode())
        await self.say(f"250 {words[-1]}")

    async def do_starttls(self, rest):
        if not self.how.startswith("starttls") or self.tls:
            return await self.say("502 5.5.1 not here")
        if self.how == "starttls-no":
            return await self.say("454 4.7.0 no TLS now")
        if self.how == "starttls-injected":
            return await self.say("220 2.0.0 go ahead\r\n250 2.0.0 and be deceived")
        await self.say("220 2.0.0 go ahead")
        if self.how == "starttls-broken":
            await self.reader.read(64)
            raise Hangup
        await self.writer.start_tls(self.sink.tls_context(self.host))
        session = self.writer.get_extra_info("ssl_object")
        self.sni, self.resumed = session.asked_for, session.session_reused
        self.tls, self.ehlo = True, ""
        self.reset()

    async def do_mail(self, rest):
        path = parse_path(rest)
        if path is None:
            return await self.say("501 5.5.4 MAIL FROM:<address>")
        if self.how == "helo-only" and path[1]:
            return await self.say("555 5.5.4 no parameters here")
        code = wanted_code(path[0], "mail")
        if code:
            return await self.say(refusal(code))
        self.sender, self.params = path
        await self.say("250 2.1.0 sender ok")

    async def do_rcpt(self, rest):
        path = parse_path(rest)
        if path is None:
            return await self.say("501 5.5.4 RCPT TO:<address>")
        if self.sender is None:
            return await self.say("503 5.5.1 MAIL first")
        local = local_part(path[0])
        if local.startswith("drop-rcpt"):
            raise Hangup
        once = wanted_code(path[0], "once")
        if once and path[0] not in self.sink.seen:
            self.sink.seen.add(path[0])
            return await self.say(refusal(once))
        code = wanted_code(path[0], "rcpt")
        if code:
            return await self.say(refusal(code))
        code = wanted_code(path[0], "bare")
        if code:
            return await self.say(f"{code} no more than this")
        self.rcpts.append(list(path))
        await self.say("250 2.1.5 recipient ok")

    def of_a_recipient(self, keyword):
        codes = [wanted_code(address, keyword) for address, _ in self.rcpts]
        return next((c for c in codes if c), None)

    def starts(self, prefix):
        return any(local_part(address).startswith(prefix) for address, _ in self.rcpts)

    async def do_data(self, rest):
        if not self.rcpts:
            return await self.say("503 5.5.1 no valid recipients")
        code = self.of_a_recipient("data")
        if code:
            self.reset()
            return await self.say(refusal(code))
        await self.say("354 go on")
        if self.starts("drop-data"):
            await self.reader.read(64)
            raise Hangup
        await self.ends(await self.content())

    async def do_bdat(self, rest):
        size, _, last = rest.partition(" ")
        self.chunks.append(await self.reader.readexactly(int(size)))
        if not self.rcpts:
            return await self.say("503 5.5.1 no valid recipients")
        if last.upper() != "LAST":
            return await self.say(f"250 2.0.0 {size} octets")
        await self.ends(b"".join(self.chunks))

    async def ends(self, data):
        if self.starts("drop-end"):
            raise Hangup
        if self.starts("slow-"):
            await asyncio.sleep(1)
        code = self.of_a_recipient("end")
        if code:
            self.reset()
            return await self.say(refusal(code))
        self.record(data)
        self.reset()
        await self.say("250 2.0.0 kept")

    async def content(self):
        lines = []
        while True:
            raw = await self.reader.readuntil(b"\n")
            if raw == b".\r\n":
                return b"".join(lines)
            lines.append(raw[1:] if raw.startswith(b".") else raw)

    def record(self, data):
        self.count += 1
        self.sink.write({
            "time": time.time(), "host": self.host, "peer": self.peer, "ehlo": self.ehlo,
            "tls": self.tls, "resumed": self.resumed, "sni": self.sni,
            "connection": self.number, "n": self.count, "from": self.sender,
            "mail_params": self.params, "rcpts": self.rcpts,
            "data": data.decode("latin-1")})

    async def do_rset(self, rest):
        self.reset()
        await self.say("250 2.0.0 ok")

    async def do_noop(self, rest):
        await self.say("250 2.0.0 ok")

    async def do_quit(self, rest):
        await self.say("221 2.0.0 bye")
        raise Hangup


class Sink:
    def __init__(self, record, hosts, certificates=({}, {})):
        self.file = open(record, "a", encoding="ascii")
        self.hosts = hosts               # address -> behaviour
        self.seen = set()                # addresses that were answered "once"
        self.connections = 0
        self.certificate_of = certificates[0]  # address -> name
        self.contexts = {name: self.context(*pair) for name, pair in certificates[1].items()}

    @staticmethod
    def context(certificate, key):
        def note(session, name, context):
            session.asked_for = name or ""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.sni_callback = note
        return context

    def tls_context(self, host):
        return self.contexts[self.certificate_of.get(host, "mail")]

    def write(self, entry):
        self.file.write(json.dumps(entry) + "\n")
        self.file.flush()

    async def serve_one(self, reader, writer):
        self.connections += 1
        try:
            await Session(self, reader, writer, self.connections).run()
        except (Hangup, OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def listen(self, addresses, port):
        for address in addresses:
            await asyncio.start_server(self.serve_one, address, port, limit=1 << 20,
                                       backlog=1024)


def main(record, hosts, addresses, port, certificates):
    """Serves until it is killed.  Says 'ready' when all addresses are listened at."""
    async def forever():
        sink = Sink(record, hosts, certificates)
        await sink.listen(addresses, port)
        print("ready", flush=True)
        await asyncio.Event().wait()
    asyncio.run(forever())
