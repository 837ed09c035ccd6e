"""TLS sessions to mail hosts are resumed: among connections of one host, demand and trust alone."""

import dns.flags
import dns.message
import dns.rrset
import pytest

import dnsfake
import mail
from daemon import PATIENT, resolver

CRITERIA = "X-Class requested\nX-Class required SECURE\n"
ROUTES = """
route "verified.example" {{ via = "mx.dane-ta.example:{port}" tls = "verify" tls-ca-file = "{ca}" }}
route "encrypted.example" {{ via = "mx.dane-ta.example:{port}" tls = "encrypt" }}
"""
ALONE = PATIENT + ' retry = {"1h"} reuse = 1'


@pytest.fixture
def relay(make_daemon, lab, place):
    """Each message has a connection of its own, and one worker has all."""
    ca = place / "mail-ca.crt"
    ca.write_text(open(lab["tls"]["ca"]).read())
    return make_daemon(criteria=CRITERIA, delivery=ALONE,
                       more=ROUTES.format(port=lab["smtp_port"], ca=ca) + "workers = 1\n")


def send(relay, domain, service, mark):
    """The record, its session, and whether the host says that the TLS session was resumed."""
    to = f"rcpt@{domain}"
    text = mail.message(to, f"X-Class: {service}", mark=mark)
    record = relay.delivery(message=mail.submit(relay, to, text))
    return record, relay.block(record)


@pytest.mark.parametrize("domain, service, dane, words", [
    ("dane-absent.example", "off", "none", "not authenticated: "),
    ("dane-good.example", "requested", "dane-ee", "authenticated by DANE-EE (TLSA 3 1 1 of "),
    ("dane-ta.example", "required", "dane-ta", "authenticated by DANE-TA (TLSA 2 1 1 of "),
    ("verified.example", "off", "none", "authenticated by its certificate"),
    ("verified.example", "requested", "dane-ta", "and by its certificate"),
    ("encrypted.example", "off", "none", "not authenticated: "),
])
def test_the_same_demand(relay, received, domain, service, dane, words):
    for i in range(3):
        mark = f"resume-{domain}-{service}-{i}-"
        record, block = send(relay, domain, service, mark)
        assert (record["outcome"], record["dane"]) == ("delivered", dane), block.text
        assert block.with_word("TLS: ", words), block.text
        entry, = received.wait(mark)
        assert entry["resumed"] == (i > 0), block.text
        assert bool(block.with_word("TLS was resumed")) == (i > 0)
    told = relay.json("status")["tls"]
    assert sum(told.values()) == 3 and told["dane"] == 3 * (dane != "none")


def test_another_demand(relay, received):
    """One host, and the same certificate: what was earned by one demand serves no other."""
    way = [("dane-ta.example", "off"), ("dane-ta.example", "requested"), ("dane-ta.example", "required"),
           ("verified.example", "off"), ("encrypted.example", "off"), ("verified.example", "requested")]
    for i in range(2):
        for domain, service in way:
            mark = f"other-{domain}-{service}-{i}-"
            send(relay, domain, service, mark)
            entry, = received.wait(mark)
            assert entry["host"] == "127.0.3.6" and entry["resumed"] == (i > 0), (domain, service)


def test_records_that_have_changed(make_daemon, lab, received):
    """A ticket stands on the records of its day: after a rollover the host shows its certificate anew."""
    address, upstream = lab["validating"].split(":")
    name = f"_{lab['smtp_port']}._tcp.mx.dane-absent.example"
    key = lab["tls"]["spki"]
    records = []

    def act(query):
        reply = dns.message.make_response(query.message, recursion_available=True)
        reply.flags |= dns.flags.AD
        reply.answer.append(dns.rrset.from_text_list(name + ".", 0, "IN", "TLSA", records))
        return [(0, reply.to_wire(), "same")]

    with dnsfake.DnsFake(upstream=(address, int(upstream))) as fake:
        fake.on(name, "TLSA", act)
        daemon = make_daemon(criteria=CRITERIA, delivery=ALONE,
                             resolvers=resolver(f"127.0.0.1:{fake.port}"))
        for i, (now, resumed) in enumerate(((["3 1 1 " + key], False), (["3 1 1 " + key], True),
                                            (["3 1 1 " + key, "3 1 1 " + "00" * 32], False),
                                            (["3 1 1 " + key, "3 1 1 " + "00" * 32], True),
                                            (["3 1 1 " + "00" * 32], None))):
            records[:] = now
            mark = f"rolled-{i}-"
            record, block = send(daemon, "dane-absent.example", "requested", mark)
            if resumed is None:
                assert record["status"] == "4.7.5", block.text
                continue
            assert record["dane"] == "dane-ee", block.text
            entry, = received.wait(mark)
            assert entry["resumed"] == resumed, block.text
