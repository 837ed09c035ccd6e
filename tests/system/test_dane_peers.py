"""DANE between Signpost and other people's servers: Postfix and Exim, as mail host and as client.

Both sides find each other by the lab's signed zone peers.example.  At one address of each the
certificate is that of the TLSA record, at another it is not.  Theirs ask the lab's validating
server as they ask any: on port 53, by /etc/resolv.conf.
"""

import shutil
import smtplib

import pytest

import dnsfake
import mail
import mailers
import postfix
import unpacked
from daemon import PATIENCE, ROOT, until
from mail import submit
from mailers import PEERS

RESOLVER = "127.0.4.53"
TLS = 'tls-certificate = "{0}.crt" tls-key = "{0}.key"'

# A client that must have TLS authenticated by DANE, where there are TLSA records; and a host with
# two faces.
MAIN = """
virtual_mailbox_domains = postfix.peers.example, wrong-postfix.peers.example
smtp_host_lookup = dns
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
smtp_tcp_port = {port}
smtp_tls_loglevel = 1
relayhost =
"""
MASTER = """
127.0.4.1:{port} inet n - n - - smtpd -o smtpd_tls_security_level=may
  -o smtpd_tls_chain_files={right}
127.0.4.2:{port} inet n - n - - smtpd -o smtpd_tls_security_level=may
  -o smtpd_tls_chain_files={wrong}
"""


@pytest.fixture(scope="module")
def resolver(lab):
    """The lab's validating server, where programs look for one that /etc/resolv.conf names."""
    fake = dnsfake.DnsFake(RESOLVER, 53, ("127.0.0.1", int(lab["validating"].split(":")[1])))
    try:
        fake.start()
    except OSError as e:
        pytest.skip(f"no server at {RESOLVER} port 53: {e}")
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def relay(make_module_daemon, lab):
    """With two listeners that clients find by DNS; what is for their names goes to the lab."""
    one = make_module_daemon(start=False)
    for name in ("mail", "other"):
        certificate, key = lab["tls"]["all"][name]
        shutil.copyfile(certificate, one.dir / f"{name}.crt")
        shutil.copyfile(key, one.dir / f"{name}.key")
        (one.dir / f"{name}.key").chmod(0o600)
    port = lab["smtp_port"]
    one.configure(criteria="X-Class requested\nX-Class dane SECURE DANE\n", more=f"""
listen "127.0.4.6:{port}" {{ {TLS.format("mail")} }}
listen "127.0.4.7:{port}" {{ {TLS.format("other")} }}
route "signpost.{PEERS}" {{ via = "[127.0.1.1]:{port}" }}
route "wrong-signpost.{PEERS}" {{ via = "[127.0.1.1]:{port}" }}
""")
    one.own()
    return one.start()


class Postfix(postfix.Postfix):
    name = "postfix"

    def __init__(self, lab, place):
        room = unpacked.Room(place / "room").resolve_by(RESOLVER)
        chains = {}
        for face, name in (("right", "mail"), ("wrong", "other")):
            chains[face] = room.dir / f"{face}.pem"
            certificate, key = lab["tls"]["all"][name]
            chains[face].write_text(open(key).read() + open(certificate).read())
        super().__init__(place / "dane-postfix", 25, MAIN.format(port=lab["smtp_port"]),
                         MASTER.format(port=lab["smtp_port"], **chains), room.inside)
        self.submit = self.full

    def ready(self):
        return True                      # `postfix start` has waited

    kill = postfix.Postfix.stop


def exim(lab, place):
    try:
        tree = unpacked.fetch(ROOT / "build/peers", mailers.Exim.package)
    except unpacked.Missing as e:
        pytest.skip(str(e))
    one = mailers.Exim(lab, place / "dane-exim", tree, {"*": 1})
    one.room.resolve_by(RESOLVER)
    return one


@pytest.fixture(scope="module", params=[Postfix, exim], ids=["postfix", "exim"])
def peer(request, lab, place, relay, resolver):
    why = unpacked.why_no_room() or (request.param is Postfix and postfix.missing())
    if why:
        pytest.skip(why)
    one = request.param(lab, place)
    try:
        one.start()
        until(one.ready, what="it listens")
        yield one
    finally:
        one.kill()


def test_the_mail_host_has_the_certificate(relay, peer):
    for service in ("requested", "dane"):
        to, mark = f"a@{peer.name}.{PEERS}", f"host-{peer.name}-{service}"
        message = submit(relay, to, mail.message(to, f"X-Class: {service}", mark=mark))
        record = relay.delivery(message=message)
        block = relay.block(record)
        assert (record["outcome"], record["dane"]) == ("delivered", "dane-ee"), block.text
        assert block.with_word("TLS: ", f"authenticated by DANE-EE (TLSA 3 1 1 of mx.{peer.name}.")
        until(lambda m=mark: peer.kept(f"<{m}@".encode()), what=f"{mark} at its host")


def test_the_mail_host_has_another(relay, peer):
    """With the service off nothing is asked of it."""
    for service, outcome in (("off", "delivered"), ("requested", "deferred"), ("dane", "deferred")):
        to, mark = f"a@wrong-{peer.name}.{PEERS}", f"wrong-{peer.name}-{service}"
        message = submit(relay, to, mail.message(to, f"X-Class: {service}", mark=mark))
        record = relay.delivery(message=message)
        assert record["outcome"] == outcome, relay.block(record).text
        if outcome == "deferred":
            assert record["status"] == "4.7.5" and "DANE" in record["reply"], record
            assert not peer.kept(f"<{mark}@".encode())
        else:
            until(lambda m=mark: peer.kept(f"<{m}@".encode()), what=f"{mark} at its host")


def hand_in(peer, to, mark):
    with smtplib.SMTP("127.0.0.1", peer.submit, "client.example", timeout=PATIENCE) as smtp:
        smtp.sendmail(mail.SENDER, [to], mail.message(to, mark=mark))


VERIFIED = {"postfix": f"Verified TLS connection established to mx.signpost.{PEERS}",
            "exim": "CV=dane"}
REFUSED = {"postfix": "Server certificate not verified", "exim": "DANE attempt failed"}


def test_we_have_the_certificate(peer, received):
    """The client's own log says how it came to trust us."""
    hand_in(peer, f"a@signpost.{PEERS}", f"to-us-{peer.name}")
    entry, = received.wait(f"<to-us-{peer.name}@")
    assert "with ESMTPS " in entry["data"]
    until(lambda: VERIFIED[peer.name] in peer.log(), what="its own word for that")


def test_we_have_another(peer, received):
    hand_in(peer, f"a@wrong-signpost.{PEERS}", f"not-to-us-{peer.name}")
    until(lambda: REFUSED[peer.name] in peer.log(), what="its own word for that")
    assert not received.having(f"<not-to-us-{peer.name}@")
