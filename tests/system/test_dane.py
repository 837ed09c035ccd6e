"""DANE (RFC 7672): each cell end to end, against hosts with real certificates; SECURE DANE.

zones.table has what becomes of mail with the service off, requested and required, which
test_table.py walks.  Here is what DANE has to say besides: how the host was authenticated, or
why it was not, and what becomes of mail that demands it.
"""

import re

import dns.flags
import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

import dnsfake
import mail
from daemon import resolver, until
from mail import happened

CRITERIA = """\
X-Class requested
X-Class required SECURE
X-Class dane SECURE DANE
X-Class observe OBSERVE
"""


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria=CRITERIA)


@pytest.fixture(scope="module")
def port(lab):
    return lab["smtp_port"]


def deliver(relay, domain, service, mark):
    """The record and the session of one message."""
    to = f"rcpt@{domain}"
    message = mail.submit(relay, to, mail.message(to, f"X-Class: {service}", mark=mark))
    record = relay.delivery(message=message)
    return record, relay.block(record)


# domain, what mail gets with the service requested: dane of the record, whether there is TLS, and
# what SECURE DANE makes of it
CELLS = [
    ("dane-good.example", "dane-ee", True, "127.0.3.2 DNSSEC"),
    ("dane-ta.example", "dane-ta", True, "127.0.3.6 DNSSEC"),
    ("dane-expired.example", "dane-ee", True, "127.0.3.8 DNSSEC"),
    ("dane-rollover.example", "dane-ee", True, "127.0.3.2 DNSSEC"),
    ("dane-second.example", "dane-ee", True, "127.0.3.2 DNSSEC"),
    ("dane-next.example", "dane-ee", True, "127.0.3.2 DNSSEC"),
    ("dane-alias.example", "dane-ee", True, "127.0.3.2 DNSSEC"),
    ("dane-alias-own.example", "dane-ee", True, "127.0.3.1 DNSSEC"),
    ("dane-alias-insec.example", "dane-ee", True, "5.7.4"),
    ("dane-insec-mx.example", "dane-ee", True, "5.7.4"),
    ("dane-absent.example", "none", True, "5.7.10"),
    ("dane-insec.example", "none", True, "5.7.4"),
    ("dane-unusable.example", "none", True, "5.7.10"),
    ("dane-pkix.example", "none", True, "5.7.10"),
    ("dane-digest.example", "none", True, "5.7.10"),
    ("secure.example", "none", False, "5.7.10"),
    ("mixed-dead-host.example", "none", False, "4.4.3"),
    ("tls-broken.example", "none", False, "5.7.10"),
    ("null.example", None, None, "5.1.10"),
    ("dane-wrong.example", None, None, "4.7.5"),
    ("dane-ta-name.example", None, None, "4.7.5"),
    ("dane-clear.example", None, None, "4.7.5"),
    ("dane-refused.example", None, None, "4.7.5"),
    ("dane-broken.example", None, None, "4.7.5"),
    ("dane-unusable-clear.example", None, None, "5.7.10"),
    ("dane-servfail.example", None, None, "4.4.3"),
    ("dane-bogus.example", None, None, "4.7.5"),
    ("dane-alias-servfail.example", None, None, "4.4.3"),
]


@pytest.mark.parametrize("domain, dane, tls, _", [c for c in CELLS if c[1]],
                         ids=[c[0] for c in CELLS if c[1]])
def test_requested(relay, received, domain, dane, tls, _):
    record, block = deliver(relay, domain, "requested", f"req-{domain}")
    assert record["outcome"] == "delivered", block.text
    assert record["dane"] == dane, block.text
    assert bool(record["tls"]) == tls, block.text
    entry = received.wait(f"req-{domain}")[0]
    assert entry["tls"] == tls
    lines = [line for line in block.lines if line.startswith("TLS: ")]
    assert len(lines) == tls
    if tls:
        assert record["tls"] in lines[0] and "TLS_" in lines[0]
        words = {"dane-ee": "authenticated by DANE-EE (TLSA 3 1 1 of ",
                 "dane-ta": "authenticated by DANE-TA (TLSA 2 1 1 of ", "none": "not authenticated: "}
        assert words[dane] in lines[0]


@pytest.mark.parametrize("domain, outcome", [(c[0], c[3]) for c in CELLS], ids=[c[0] for c in CELLS])
def test_demanded(relay, received, domain, outcome):
    record, block = deliver(relay, domain, "dane", f"dane-{domain}")
    assert happened(record) == outcome, block.text
    assert record["service"] == "required"
    assert record["criterion"] == "X-Class dane SECURE DANE"
    assert block.lines[0] == 'DNSSEC service required (criterion "X-Class dane SECURE DANE", ' \
                             'dnssec.criteria:3)'
    if record["outcome"] == "delivered":
        assert record["dane"] in ("dane-ee", "dane-ta")
        assert received.wait(f"dane-{domain}")[0]["tls"]
    if outcome == "5.7.10":
        assert "DANE is required" in record["reply"]


def test_off_asks_for_no_tlsa(relay, received):
    """With the service off TLSA is not asked for: a wrong one keeps nothing back."""
    record, block = deliver(relay, "dane-wrong.example", "off", "dane-off")
    assert record["outcome"] == "delivered" and record["dane"] == "none" and record["tls"]
    assert "TLSA" not in "".join(block.with_word("lookup")) and "DNSSEC" not in block.text


def test_lookups_and_records_are_lines(relay, port):
    _, block = deliver(relay, "dane-good.example", "requested", "dane-lines")
    name = f"_{port}._tcp.mx.dane-good.example."
    lookup, = [x for x in block.with_word("lookup", name, "TLSA")]
    record, = [x for x in block.lines if x.startswith(f"record {name}")]
    assert lookup.endswith(" DNSSEC") and record.endswith(" DNSSEC") and "3 1 1" in record
    _, block = deliver(relay, "dane-insec.example", "requested", "dane-lines-insec")
    assert not block.with_word("lookup", "TLSA")


def test_tlsa_is_asked_for_secure_addresses_alone(relay):
    """Many servers fail on TLSA: it is asked for where it can count, and nowhere else."""
    for domain, asked in (("sec-mx-insec-host.example", 0), ("insec-mx-sec-host.example", 1),
                          ("a-sec-aaaa-insec.example", 1), ("dane-alias-insec.example", 1)):
        _, block = deliver(relay, domain, "requested", f"asked-{domain}")
        assert len(block.with_word("lookup", " TLSA: ")) == asked, block.text


def test_alias_is_asked_for_alone(relay):
    """A secure alias whose end is not signed is found by a question of its own (2.2.2)."""
    _, block = deliver(relay, "dane-alias-insec.example", "requested", "dane-alias-cname")
    line, = block.with_word("lookup mx.dane-alias-insec.example. CNAME: ")
    assert line.endswith(" DNSSEC")
    _, block = deliver(relay, "dane-alias.example", "requested", "dane-alias-no-cname")
    assert not block.with_word("lookup", " CNAME: ")


def test_host_is_asked_for_by_its_base_domain(relay, received):
    for domain, sni in (("dane-good.example", "mx.dane-good.example"),
                        ("dane-alias.example", "mx.dane-good.example"),
                        ("dane-absent.example", "mx.dane-absent.example")):
        deliver(relay, domain, "requested", f"sni-{domain}")
        assert received.wait(f"sni-{domain}")[0]["sni"] == sni


def test_a_host_that_is_not_used_says_why(relay):
    _, block = deliver(relay, "dane-next.example", "requested", "dane-skipped")
    line, = block.with_word("first.dane-next.example. is not used: ")
    assert "SERVFAIL" in line and not line.endswith(" DNSSEC")


@pytest.mark.parametrize("domain", ["dane-wrong.example", "dane-clear.example",
                                    "dane-refused.example", "dane-broken.example"])
def test_a_demanded_handshake_is_never_tried_in_clear(relay, received, domain):
    record, block = deliver(relay, domain, "requested", f"clear-{domain}")
    assert record["status"] == "4.7.5" and "again without TLS" not in block.text
    assert len(block.tried(record["address"])) == 1
    assert not received.having(f"clear-{domain}")


def test_at_the_end_of_its_life_5_7_5(make_daemon, received):
    daemon = make_daemon(criteria=CRITERIA, delivery='retry = {"1h"} lifetime = "0s"')
    for domain in ("dane-wrong.example", "dane-clear.example", "dane-bogus.example"):
        record, block = deliver(daemon, domain, "requested", f"end-{domain}")
        assert (record["outcome"], record["status"]) == ("bounced", "5.7.5"), block.text


def test_dane_is_off(make_daemon, received):
    """dane = false: no TLSA for mail that does not demand it."""
    daemon = make_daemon(criteria=CRITERIA, dnssec="dane = false")
    record, block = deliver(daemon, "dane-wrong.example", "requested", "dane-false")
    assert record["outcome"] == "delivered" and "TLSA" not in "".join(block.with_word("lookup"))
    record, _ = deliver(daemon, "dane-wrong.example", "dane", "dane-false-demanded")
    assert record["status"] == "4.7.5"


def test_observe_says_what_secure_would_have_done(relay):
    for domain, observed in (("dane-good.example", "delivered"),
                             ("dane-wrong.example", "deferred 4.7.5"),
                             ("dane-servfail.example", "deferred 4.4.3")):
        record, block = deliver(relay, domain, "observe", f"observe-{domain}")
        assert record["observe"] == observed, block.text


def test_a_connection_is_shared_where_trust_is_the_same(relay, received):
    """Mail of another domain with the same host, demand and records goes on the open connection."""
    text = [mail.message(f"a@{d}", "X-Class: requested", mark="dane-shared")
            for d in ("dane-good.example", "dane-good.example")]
    for i, body in enumerate(text):
        message = mail.submit(relay, "a@dane-good.example", body)
        record = relay.delivery(message=message)
        block = relay.block(record)
        assert record["dane"] == "dane-ee", block.text
        assert len([x for x in block.lines if x.startswith("TLS: ")]) == 1
    until(lambda: len(received.having("dane-shared")) == 2)


def test_commands_show_it(relay, port, tmp_path):
    text = relay.ok("route", "dane-good.example")
    assert re.search(rf"TLSA.*_{port}\._tcp\.mx\.dane-good\.example\.", text), text
    services = relay.json("route", "dane-wrong.example")["services"]
    assert set(services) == {"off", "requested", "required", "dane"}
    assert services["requested"]["targets"][0]["tls"] == "dane"
    assert relay.json("route", "dane-absent.example")["services"]["dane"]["status"] == "5.7.10"
    message = "From: a@b\r\nTo: x@dane-absent.example\r\nX-Class: dane\r\n\r\nhi\r\n"
    done = relay.run("explain", stdin=message)
    assert done.returncode == 69 and "5.7.10" in done.stdout and "SECURE DANE" in done.stdout
    assert "SECURE DANE" in relay.ok("criteria", "list")


def rdata_of(octets):
    """An authenticated TLSA record that has these octets, whatever they are."""
    def act(query):
        reply = dns.message.make_response(query.message, recursion_available=True)
        reply.flags |= dns.flags.AD
        tlsa = dns.rdata.GenericRdata(dns.rdataclass.IN, dns.rdatatype.TLSA, octets)
        rrset = dns.rrset.RRset(reply.question[0].name, dns.rdataclass.IN, dns.rdatatype.TLSA)
        rrset.add(tlsa, 300)
        reply.answer.append(rrset)
        return [(0, reply.to_wire(), "same")]
    return act


@pytest.mark.parametrize("octets", [b"", b"\3", b"\3\1", b"\3\1\1", b"\3\1\1\0", b"\3\1\0\x30\x82"],
                         ids=lambda octets: f"{len(octets)} octets")
def test_malformed_records_are_unusable(make_daemon, lab, port, received, octets):
    address, upstream = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(upstream))) as fake:
        fake.on(f"_{port}._tcp.mx.dane-absent.example", "TLSA", rdata_of(octets))
        daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"))
        record, block = deliver(daemon, "dane-absent.example", "requested", "malformed")
        assert (record["outcome"], record["tls"], record["dane"]) == \
            ("delivered", "TLSv1.3", "none"), block.text
        assert block.with_word("TLS: ", "none of its TLSA records can be used")
        record, block = deliver(daemon, "dane-absent.example", "dane", "malformed")
        assert record["status"] == "5.7.10", block.text


def test_tls_required_no(relay, received):
    """It lifts what the service alone asks for, the TLS of unusable records too; no criterion's."""
    def sent(domain, service, mark):
        to = f"rcpt@{domain}"
        text = mail.message(to, f"X-Class: {service}", "TLS-Required: No", mark=mark)
        record = relay.delivery(message=mail.submit(relay, to, text))
        return record, relay.block(record)
    for domain in ("dane-wrong.example", "dane-clear.example", "dane-unusable-clear.example",
                   "dane-servfail.example"):
        record, block = sent(domain, "requested", f"waived-{domain}")
        assert record["outcome"] == "delivered" and record["dane"] == "none", block.text
    record, block = sent("dane-wrong.example", "required", "waived-required")
    assert record["outcome"] == "delivered", block.text
    record, block = sent("dane-wrong.example", "dane", "waived-not")
    assert record["status"] == "4.7.5", block.text


# A route's `verify` is a demand of its own: DANE for mail with the service on stands beside it.
BOTH = """
route "both.route" {{ via = "mx.dane-ta.example:{port}" tls = "verify" tls-ca-file = "{ca}" }}
route "chain.route" {{ via = "mx.dane-ta-name.example:{port}" tls = "verify"
    tls-name = "other.example" tls-ca-file = "{ca}" }}
route "record.route" {{ via = "mx.dane-good.example:{port}" tls = "verify" tls-ca-file = "{ca}" }}
route "lost.route" {{ via = "mx.dane-servfail.example:{port}" tls = "verify" tls-ca-file = "{ca}" }}
"""


@pytest.fixture(scope="module")
def verifying(make_module_daemon, lab, place):
    ca = place / "mail-ca.crt"
    ca.write_text(open(lab["tls"]["ca"]).read())
    return make_module_daemon(criteria=CRITERIA, more=BOTH.format(port=lab["smtp_port"], ca=ca))


@pytest.mark.parametrize("domain, off, requested, demanded, words", [
    ("both.route", "127.0.3.6", "127.0.3.6", "127.0.3.6", ""),
    ("chain.route", "127.0.3.7", "4.7.5", "4.7.5", "certificate verify failed"),
    ("record.route", "4.7.5", "4.7.5", "4.7.5", "a TLSA record fits, but certificate verify failed"),
    ("lost.route", "4.7.5", "4.4.3", "4.4.3", ""),
])
def test_verify_and_dane(verifying, domain, off, requested, demanded, words):
    for service, outcome in (("off", off), ("requested", requested), ("dane", demanded)):
        record, block = deliver(verifying, domain, service, f"both-{service}-{domain}")
        assert happened(record) == outcome, block.text
        if service == "requested":
            assert words in record["reply"], block.text


def test_verify_and_dane_are_told(verifying):
    record, block = deliver(verifying, "both.route", "requested", "both-told")
    assert record["dane"] == "dane-ta"
    line, = [line for line in block.lines if line.startswith("TLS: ")]
    assert line.endswith("authenticated by DANE-TA (TLSA 2 1 1 of mx.dane-ta.example.), and by its "
                         "certificate"), line
