"""Exim and OpenSMTPD as mail hosts and as clients, with TLS and without, and when they die."""

import smtplib

import pytest

import dnsfake
import mail
import mailers
import unpacked
from daemon import PATIENCE, PATIENT, ROOT, resolver, until
from mail import submit

KINDS = (mailers.Exim, mailers.OpenSmtpd)
CRITERIA = "X-Class requested\nX-Class required SECURE\nX-Class dane SECURE DANE\n"
SECURE, IN_CLEAR = "secure.example", "plain.example"


class Both:
    """Signpost and one of them, each the way to the other."""

    def __init__(self, kind, make, lab, place, tree):
        self.fake = dnsfake.DnsFake(upstream=("127.0.0.1", int(lab["validating"].split(":")[1])))
        self.fake.start()
        tls, clear = dnsfake.free_port(), dnsfake.free_port()
        self.relay = make(start=False)
        for path in lab["tls"]["all"]["mail"]:
            text = open(path).read()
            (self.relay.dir / path.rpartition("/")[2]).write_text(text)
        (self.relay.dir / "mail.key").chmod(0o600)
        self.peer = kind(lab, place / kind.name, tree, {"*": tls, IN_CLEAR: clear})
        self.relay.configure(criteria=CRITERIA, resolvers=resolver(
            f"127.0.0.1:{self.fake.port}", 'timeout = "2s" attempts = 3'),
            delivery=PATIENT + ' retry = {"1s"}', dnssec='reject-early = true reject-within = "1m"',
            more=f"""
listen "127.0.0.1:{tls}" {{ tls-certificate = "mail.crt" tls-key = "mail.key" }}
listen "127.0.0.1:{clear}" {{ }}
route "clear.{mailers.PEERS}" {{ via = "[127.0.0.1]:{self.peer.clear}" }}
route "must.{mailers.PEERS}" {{ via = "mx.{self.peer.domain}:{lab["smtp_port"]}" tls = "encrypt" }}
""")
        self.relay.own()

    def start(self):
        self.relay.start()
        self.peer.start()
        until(self.peer.ready, what=f"{self.peer.name} listens")
        return self

    def stop(self):
        self.peer.kill()
        self.fake.stop()


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def both(request, make_module_daemon, lab, place):
    kind, why = request.param, unpacked.why_no_room()
    if why:
        pytest.skip(f"{kind.name}: {why}")
    try:
        tree = unpacked.fetch(ROOT / "build/peers", kind.package)
    except unpacked.Missing as e:
        pytest.skip(str(e))
    made = Both(kind, make_module_daemon, lab, place, tree)
    try:
        yield made.start()
    finally:
        made.stop()


# The mail host: domain, service; what the record says of outcome, tls and dane; words of the block.

FALLS_BACK = "TLS failed: tlsv1 alert internal error; again without TLS"
HOST = {
    "exim": [("exim", "off", "delivered", "TLSv1.3", "none", "not authenticated"),
             ("must", "off", "delivered", "TLSv1.3", "none", "not authenticated"),
             ("clear", "off", "delivered", "", "none", ""),
             ("exim", "requested", "delivered", "TLSv1.3", "dane-ee", "authenticated by DANE-EE"),
             ("exim", "dane", "delivered", "TLSv1.3", "dane-ee", "authenticated by DANE-EE")],
    # See mailers.OpenSmtpd: its handshake fails, and what Signpost makes of that is here.
    "opensmtpd": [("opensmtpd", "off", "delivered", "", "none", FALLS_BACK),
                  ("must", "off", "deferred", "", "none", "4.7.5 tlsv1 alert internal error"),
                  ("clear", "off", "delivered", "", "none", ""),
                  ("opensmtpd", "requested", "deferred", "", "none", "4.7.5 DANE does not"),
                  ("opensmtpd", "dane", "deferred", "", "none", "4.7.5 DANE does not")]}


@pytest.mark.parametrize("row", range(5))
def test_as_mail_host(both, row):
    name, service, outcome, tls, dane, words = HOST[both.peer.name][row]
    to, mark = f"a@{name}.{mailers.PEERS}", f"host-{both.peer.name}-{row}"
    message = submit(both.relay, to, mail.message(to, f"X-Class: {service}", mark=mark))
    record = both.relay.delivery(message=message)
    block = both.relay.block(record)
    assert (record["outcome"], record["tls"], record["dane"]) == (outcome, tls, dane), block.text
    assert words in block.text, block.text
    if outcome == "delivered":
        octets, = kept(both, mark)
        assert octets.replace(b"\r\n", b"\n").endswith(b"\n\nhello\n")


def kept(both, mark):
    return until(lambda: both.peer.kept(f"<{mark}@".encode()), what=f"{mark} at its host")


def hand_in(both, to, mark, *headers):
    with smtplib.SMTP("127.0.0.1", both.peer.submit, "client.example", timeout=PATIENCE) as smtp:
        smtp.sendmail(mail.SENDER, [to], mail.message(to, *headers, mark=mark))


@pytest.mark.parametrize("domain, tls", [(SECURE, True), (IN_CLEAR, False)])
def test_as_client(both, received, domain, tls):
    name = f"client-{both.peer.name}-{domain}"
    hand_in(both, f"a@{domain}", name)
    entry, = received.wait(f"<{name}@")
    session = until(lambda: [s for s in both.relay.sessions("in") if f"<a@{domain}>" in s.text])[0]
    assert bool(session.with_word("TLS TLSv1.3, cipher ")) == tls, session.text
    assert ("with ESMTPS " in entry["data"]) == tls and "hello" in entry["data"]


def test_a_mail_host_that_dies_before_its_answer(both):
    """It had all of the message, and is killed: nobody has it but we, and it comes once."""
    to, mark = f"a@clear.{mailers.PEERS}", f"dies-{both.peer.name}"
    both.peer.hold()
    message = submit(both.relay, to, mail.message(to, mark=mark))
    until(both.peer.held, what="the end of DATA at the mail host")
    both.peer.kill()
    both.peer.hold(False)
    record = both.relay.delivery(message=message)
    assert (record["outcome"], record["status"]) == ("deferred", "4.4.2"), record
    both.peer.start()
    both.relay.delivery(message=message, outcome="delivered")
    assert len(kept(both, mark)) == 1


def test_a_client_that_dies_before_our_answer(both, received):
    """It has sent the last dot, and we are looking for the way before we say 250: it comes again.

    What we had is ours by then, too, as with every server: RFC 5321 section 6.1."""
    mark = f"lost-{both.peer.name}"
    both.fake.on(SECURE, "MX", dnsfake.drop())
    hand_in(both, f"a@{SECURE}", mark, "X-Class: required")
    until(lambda: both.fake.asked(SECURE, "MX"), what="the question for its way")
    both.peer.kill()
    both.fake.forget(SECURE, "MX")
    both.peer.start()
    until(lambda: len([s for s in both.relay.sessions("in") if s.with_word("sender <sender@")
                       and f"RCPT TO:<a@{SECURE}>" in s.text]) > 1, what="a second session")
    assert 1 <= len(received.wait(f"<{mark}@")) <= 2
