"""Answers that hold more than is looked at: what is left out never makes mail bounce."""

import dns.message
import dns.query
import pytest

import dnsfake
import mail
from daemon import resolver
from mail import happened, send

CRITERIA = "X-Class requested\nX-Class required SECURE\n"
LEVELS = ("off", "requested", "required")
DELIVERED = {"off": "127.0.1.1", "requested": "127.0.1.1 DNSSEC", "required": "127.0.1.1 DNSSEC"}
FULL = range(1, 41)


@pytest.fixture(scope="module")
def fake(lab):
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as one:
        yield one


@pytest.fixture(scope="module")
def relay(make_module_daemon, fake):
    """Of the lab's mail hosts none is ignored; what is, is where nobody listens."""
    return make_module_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"),
                              ignore='ignore-targets = {"127.8.0.0/16"}')


def deliver(relay, domain, level):
    record = relay.delivery(message=send(relay, f"a@{domain}", f"X-Class: {level}"))
    return record, relay.block(record)


@pytest.mark.parametrize("level", LEVELS)
def test_addresses_that_are_ignored_hide_no_other(relay, fake, level):
    fake.on("crowd.example", "MX", dnsfake.answer("10 mx.crowd.example.", ad=True))
    fake.on("mx.crowd.example", "AAAA", dnsfake.nodata(ad=True))
    fake.on("mx.crowd.example", "A",
            dnsfake.answer(*(f"127.8.0.{n}" for n in FULL), "127.0.1.1", ad=True))
    record, block = deliver(relay, "crowd.example", level)
    assert happened(record) == DELIVERED[level], block.text
    assert len(block.with_word("ignored: ", "127.8.0.")) == 31


@pytest.mark.parametrize("level", LEVELS)
def test_more_mail_hosts_than_are_asked(relay, fake, level):
    """Those that are asked have no address; whether another has is not known: no bounce."""
    hosts = [f"h{n}.hosts.example" for n in range(21)]
    fake.on("hosts.example", "MX", dnsfake.answer(*(f"10 {h}." for h in hosts), ad=True))
    for host in hosts:
        fake.on(host, "A", dnsfake.nodata(ad=True))
        fake.on(host, "AAAA", dnsfake.nodata(ad=True))
    record, block = deliver(relay, "hosts.example", level)
    assert (record["outcome"], record["status"]) == ("deferred", "4.4.3"), block.text
    note, = block.with_word("note: ", "more than 20 mail hosts")
    assert note == "note: hosts.example. has more than 20 mail hosts: none is asked but the best 20"
    assert "hosts.example. has more than 20 mail hosts" in relay.ok("route", "hosts.example")


def test_what_all_lack_of_those_that_are_asked(relay, fake):
    """127.0.9.3 has no SMTPUTF8; what the host that was left out has nobody knows."""
    hosts = [f"h{n}.lack.example" for n in range(21)]
    fake.on("lack.example", "MX", dnsfake.answer(*(f"10 {h}." for h in hosts), ad=True))
    for host in hosts:
        fake.on(host, "A", dnsfake.answer("127.0.9.3", ad=True))
        fake.on(host, "AAAA", dnsfake.nodata(ad=True))
    with mail.Raw(relay) as raw:
        raw.say_all("EHLO x.example", f"MAIL FROM:<{mail.SENDER}> SMTPUTF8",
                    "RCPT TO:<j\u00f6rg@lack.example>", "DATA")
        answer = raw.say("Subject: lack\r\n\r\nx\r\n.")
    record = relay.delivery(message=answer.split()[-1])
    assert (record["outcome"], record["status"]) == ("deferred", "4.6.7"), relay.block(record).text


def test_any_tlsa_record_may_be_the_one_that_fits(relay, fake, lab):
    fake.on("keys.example", "MX", dnsfake.answer("10 mx.dane-good.example.", ad=True))
    name = f"_{lab['smtp_port']}._tcp.mx.dane-good.example"
    address, port = lab["validating"].split(":")
    said = dns.query.tcp(dns.message.make_query(name, "TLSA"), address, port=int(port))
    good = said.answer[0][0].to_text()
    fake.on(name, "TLSA", dnsfake.truncated(
        dnsfake.answer(*(f"3 1 1 {n:064x}" for n in FULL), good, ad=True)))
    record, block = deliver(relay, "keys.example", "requested")
    assert (record["outcome"], record["dane"]) == ("delivered", "dane-ee"), block.text
