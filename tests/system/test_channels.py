"""Channels that prove something, as users meet them: lookup, doctor, route, status, mail."""

import asyncio
import base64
import hashlib
import json
import socket
import ssl
import subprocess
import threading
import time
import unittest.mock

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.tsig
import pytest

from daemon import HASTY, RESOLVER, resolver, until
from mail import happened, send

NAME = "dns.lab.example"


def openssl(where, *words):
    subprocess.run(["openssl", *words], cwd=where, check=True, capture_output=True)


def make_certificates(where):
    """A CA (ca.pem), a server's key and certificate (dns.key, dns.pem), and the pin of its key."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(where, "req", "-x509", *curve, "-days", "30", "-subj", "/CN=CA of the lab",
            "-keyout", "ca.key", "-out", "ca.pem")
    openssl(where, "req", *curve, "-subj", "/CN=server", "-keyout", "dns.key", "-out", "dns.csr")
    (where / "ext").write_text(f"subjectAltName=DNS:{NAME},IP:127.0.0.1\n")
    openssl(where, "x509", "-req", "-in", "dns.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "30", "-extfile", "ext", "-out", "dns.pem")
    openssl(where, "pkey", "-in", "dns.key", "-pubout", "-outform", "DER", "-out", "dns.der")
    return base64.b64encode(hashlib.sha256((where / "dns.der").read_bytes()).digest()).decode()


class Front:
    """Speaks TLS before a server that speaks TCP, octet by octet."""

    def __init__(self, where, upstream):
        self.upstream, self.where = upstream, where
        self.loop = asyncio.new_event_loop()
        self.up = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.up.wait(60)

    def run(self):
        async def pump(reader, writer):
            try:
                while octets := await reader.read(65536):
                    writer.write(octets)
            except OSError:
                pass
            writer.close()

        async def serve(reader, writer):
            try:
                there, back = await asyncio.open_connection(*self.upstream)
            except OSError:
                writer.close()
                return
            await asyncio.gather(pump(reader, back), pump(there, writer))

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.where / "dns.pem", self.where / "dns.key")
        context.set_alpn_protocols(["dot"])
        server = self.loop.run_until_complete(
            asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))
        self.at = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        self.up.set()
        self.loop.run_forever()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)


@pytest.fixture(scope="module")
def tls(lab, place):
    where = place / "tls"
    where.mkdir()
    pin = make_certificates(where)
    for name in ("ca.pem",):
        (where / name).chmod(0o644)
    address, port = lab["validating"].split(":")
    front = Front(where, (address, int(port)))
    front.pin, front.ca = pin, str(where / "ca.pem")
    yield front
    front.stop()


WRONG_PIN = base64.b64encode(b"x" * 32).decode()


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(start=False)


def test_lookup_over_tls(relay, tls):
    server = ["--server", tls.at]
    name = ["--tls", NAME, "--tls-ca", tls.ca]
    for words in (name, ["--tls", "127.0.0.1", "--tls-ca", tls.ca], ["--pin", tls.pin],
                  [*name, "--pin", tls.pin], ["--pin", WRONG_PIN, "--pin", tls.pin]):
        done = relay.run("lookup", "--require", *server, *words, "secure.example", "MX")
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        assert "over tls, trusted" in done.stdout, done.stdout
    for words in (["--tls", "other.lab.example", "--tls-ca", tls.ca], ["--tls", NAME],
                  ["--pin", WRONG_PIN], [*name, "--pin", WRONG_PIN]):
        done = relay.run("lookup", *server, *words, "secure.example", "MX")
        assert done.returncode == 1 and "10 mx" not in done.stdout, (words, done.stdout)
        # Whoever has pinned another key can compare.
        assert (tls.pin in done.stdout) == (WRONG_PIN in words), (words, done.stdout)


def test_trace_over_tls(relay, tls):
    shown = relay.ok("lookup", "--trace", "--server", tls.at, "--pin", tls.pin, "secure.example",
                     "MX")
    assert "sent" in shown and "accepted" in shown and " tls " in shown
    told = json.loads(relay.ok("lookup", "--trace", "--json", "--server", tls.at, "--pin", tls.pin,
                               "secure.example", "MX"))
    mine = [e for e in told["trace"] if e["name"] == "secure.example."]
    assert [e["fate"] for e in mine] == ["sent", "accepted"], told["trace"]
    assert mine[0]["id"] == mine[1]["id"] and mine[1]["octets"] > 12
    assert {(e["channel"], e["server"]) for e in mine} == {("tls", tls.at)}
    assert told["answers"][0]["status"] == "secure"


def tls_resolver(tls, more=""):
    return resolver(tls.at, RESOLVER + f' channel = "tls" {more}')


def test_mail_over_tls(make_daemon, tls):
    relay = make_daemon(
        criteria="To * SECURE\n",
        resolvers=tls_resolver(tls, f'tls-name = "{NAME}" tls-ca-file = "{tls.ca}"'))
    record = relay.delivery(message=send(relay, "rcpt@secure.example"))
    assert happened(record) == "127.0.1.1 DNSSEC"
    server, = relay.json("status")["servers"]
    assert (server["channel"], server["trusted"]) == ("tls", True) and server["trust_reason"]
    assert server["trust_reason"] in relay.ok("route", "secure.example")
    done = relay.run("doctor")
    assert done.returncode == 0 and "good" in relay.run("doctor", "--json").stdout, done.stdout


@pytest.mark.parametrize("more, code", [
    ("", "not-trusted"), (f'tls-pin = {{"{WRONG_PIN}"}}', "tls-not-authenticated"),
    ('tls-name = "other.lab.example" tls-ca-file = "$CA"', "tls-not-authenticated")])
def test_doctor_over_tls(make_daemon, tls, more, code):
    relay = make_daemon(start=False, resolvers=tls_resolver(tls, more.replace("$CA", tls.ca)))
    assert relay.run("doctor").returncode == 1
    found = relay.json("doctor")["findings"]
    assert code in {f["code"] for f in found}, found
    assert (tls.pin in str(found)) == (WRONG_PIN in more), found


# (what is said of the server, the finding, a word of its remedy, what is said when it is done)
NAMED, PINNED = f'tls-name = "{NAME}" tls-ca-file = "$CA"', 'tls-pin = {"$PIN"}'
TLS_REMEDIES = [
    ("", "not-trusted", "add tls-name", NAMED),
    ("", "not-trusted", "tls-pin", PINNED),
    (f'tls-pin = {{"{WRONG_PIN}"}}', "tls-not-authenticated", "tls-pin", PINNED),
    ('tls-name = "other.lab.example" tls-ca-file = "$CA"', "tls-not-authenticated", "tls-name",
     NAMED),
    (f'tls-name = "{NAME}"', "tls-not-authenticated", "tls-ca-file", NAMED),
    (PINNED + ' tls-ca-file = "$CA"', "ca-without-name", "add tls-name", PINNED + NAMED),
    (PINNED + ' tls-ca-file = "$CA"', "ca-without-name", "leave tls-ca-file out", PINNED),
]


def warned(relay):
    return {f["code"]: f for f in relay.json("doctor")["findings"]
            if f["part"] == "dns" and f["level"] != "ok"}


def done_as_told(make_daemon, wrong, code, word, mended):
    """What the remedy of that finding says, done: the finding is gone, and mail can be required."""
    relay = make_daemon(start=False, resolvers=wrong)    # hasty, some: an answer may come too late
    until(lambda: word in warned(relay).get(code, {"remedy": ""})["remedy"], what=f"{code}: {word}")
    relay = make_daemon(start=False, resolvers=mended)
    assert code not in warned(relay)
    assert relay.run("doctor").returncode == 0


@pytest.mark.parametrize("wrong, code, word, mended", TLS_REMEDIES)
def test_remedies_for_tls_work(make_daemon, tls, wrong, code, word, mended):
    wrong, mended = [tls_resolver(tls, more.replace("$CA", tls.ca).replace("$PIN", tls.pin))
                     for more in (wrong, mended)]
    done_as_told(make_daemon, wrong, code, word, mended)


def test_the_remedy_for_a_port_without_tls(make_daemon, lab, tls):
    pinned = f'channel = "tls" tls-pin = {{"{tls.pin}"}}'
    done_as_told(make_daemon, resolver(lab["validating"], f"{HASTY} {pinned}"), "no-answer",
                 "speaks TLS on this port", resolver(tls.at, f"{RESOLVER} {pinned}"))


# The validator inside

WITHOUT = "which this program was built without"


def embedded(lab, more=""):
    return f'resolver "embedded" {{ trust-anchor-file = "{lab["dir"]}/anchor" ' \
           f'forward = {{"{lab["plain"]}"}} {more} }}'


@pytest.fixture(scope="module")
def anchored(lab, place):
    """The anchor where an ordinary user can read it."""
    (place / "anchor").write_bytes(open(lab["dir"] + "/anchor", "rb").read())
    (place / "anchor").chmod(0o644)
    return {**lab, "dir": str(place)}


@pytest.fixture(scope="module")
def inside(make_module_daemon, anchored):
    relay = make_module_daemon(start=False, resolvers=embedded(anchored))
    done = relay.run("lookup", "com", "NS")
    if WITHOUT in done.stderr:
        pytest.skip("libunbound was not built in")
    return relay


def test_a_program_without_the_validator_says_so(make_daemon, anchored):
    relay = make_daemon(start=False, resolvers=embedded(anchored))
    for words in (["lookup", "com", "NS"], ["doctor"]):
        done = relay.run(*words)
        if WITHOUT not in done.stderr:
            pytest.skip("libunbound was built in")
        assert done.returncode == 2
        assert f"{relay.conf}:" in done.stderr and "-Dembedded=enabled" in done.stderr
    done = relay.run("lookup", "--embedded", "com", "NS", conf=False)
    assert done.returncode == 2 and WITHOUT in done.stderr


@pytest.mark.parametrize("name, rdtype, status", [
    ("secure.example", "MX", "secure"), ("insecure.example", "MX", "insecure"),
    ("bogus-sig.example", "MX", "bogus"), ("nope.com", "A", "secure"),
    ("implicit.example", "MX", "secure")])
def test_lookup_by_the_validator_inside(inside, anchored, name, rdtype, status):
    options = ["--embedded", "--server", anchored["plain"], "--anchor", anchored["dir"] + "/anchor"]
    for words in ([], options):
        answer, = json.loads(inside.run("lookup", "--json", *words, name, rdtype).stdout)
        assert answer["status"] == status and answer["trusted"], answer
        assert answer["channel"] == answer["server"] == "embedded"


def test_doctor_of_the_validator_inside(inside):
    done = inside.run("doctor")
    assert done.returncode == 0 and "embedded" in done.stdout, done.stdout + done.stderr


def test_status_of_the_validator_inside(inside, make_daemon, anchored):
    relay = make_daemon(criteria="To * SECURE\n", resolvers=embedded(anchored))
    assert happened(relay.delivery(message=send(relay, "rcpt@secure.example"))) \
        == "127.0.1.1 DNSSEC"
    server, = relay.json("status")["servers"]
    assert (server["server"], server["channel"], server["trusted"]) == \
        ("embedded", "embedded", True)


# TSIG, before the validating server

KEY = "k.example:hmac-sha256:" + base64.b64encode(b"s" * 32).decode()


class Signing:
    """Forwards what is signed with KEY, signs the answers; skew is what its clock is off."""

    def __init__(self, upstream, skew=0):
        self.upstream, self.skew = upstream, skew
        name, algorithm, secret = KEY.split(":")
        self.keyring = {dns.name.from_text(name): dns.tsig.Key(name, secret, algorithm + ".")}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.at = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def reply(self, octets):
        query = dns.message.from_wire(octets, keyring=self.keyring)
        if not query.had_tsig:
            return None
        asked = dns.message.make_query(query.question[0].name, query.question[0].rdtype)
        asked.flags = query.flags
        answer = dns.query.tcp(asked, self.upstream[0], port=self.upstream[1], timeout=30)
        out = dns.message.make_response(query, recursion_available=True)
        out.flags, out.answer, out.authority = answer.flags, answer.answer, answer.authority
        out.set_rcode(answer.rcode())
        with unittest.mock.patch("time.time", lambda now=time.time(): now + self.skew):
            return out.to_wire()

    def run(self):
        while True:
            try:
                octets, peer = self.socket.recvfrom(65535)
            except OSError:
                return
            try:
                wire = self.reply(octets)
            except dns.exception.DNSException:
                continue
            if wire:
                self.socket.sendto(wire, peer)


@pytest.fixture
def signing(lab):
    address, port = lab["validating"].split(":")
    made = []

    def make(skew=0):
        made.append(Signing((address, int(port)), skew))
        return made[-1]
    yield make
    for one in made:
        one.socket.close()


def test_lookup_with_a_key(relay, signing):
    server = signing()
    done = relay.run("lookup", "--require", "--trace", "--server", server.at, "--tsig", KEY,
                     "secure.example", "MX")
    assert done.returncode == 0 and "accepted" in done.stdout, done.stdout
    assert KEY.split(":")[2] not in done.stdout + done.stderr
    other = KEY[:-6] + "AAAAA="
    done = relay.run("lookup", "--server", server.at, "--tsig", other, "secure.example", "MX")
    assert done.returncode == 1 and "10 mx" not in done.stdout


@pytest.mark.parametrize("skew, code", [(0, "good"), (3600, "tsig-clock")])
def test_doctor_with_a_key(make_daemon, signing, skew, code):
    """What a clock that is off signs is no answer: hasty, and so asked again on a busy machine."""
    server = signing(skew)
    relay = make_daemon(start=False, resolvers=resolver(
        server.at, (HASTY if skew else RESOLVER) + f' tsig-key = "{KEY}"'))
    until(lambda: code in {f["code"] for f in relay.json("doctor")["findings"]}, what=code)


def test_remedies_for_a_key_work(make_daemon, lab, signing):
    """Of a server that does not have it; and one whose clock is off."""
    def keyed(where, options=RESOLVER):
        return resolver(where, f'{options} tsig-key = "{KEY}"')
    good = keyed(signing().at)
    done_as_told(make_daemon, keyed(lab["validating"], HASTY), "tsig-key", "the key that the server",
                 good)
    relay = make_daemon(start=False, resolvers=keyed(signing(3600).at, HASTY))
    until(lambda: "by NTP" in warned(relay).get("tsig-clock", {"remedy": ""})["remedy"],
          what="the clock that is off")
    assert "tsig-clock" not in warned(make_daemon(start=False, resolvers=good))
