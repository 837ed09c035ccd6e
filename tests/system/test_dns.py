"""The stub resolver as mail sees it: flags, hostile answers, EDE, TC, CNAME, cache, servers.

One fake server stands before the real validating one; rules spoil single names.
"""

import itertools
import time
from datetime import datetime, timedelta

import pytest

import dnsfake
import mail
from daemon import HASTY, RESOLVER, resolver, until
from dnsfake import (after, answer, both, by_transport, cut, drop, from_elsewhere, nodata,
                     no_question, not_a_response, nxdomain, raw, reflected, refused, servfail,
                     truncated, wrong_id, wrong_question)
from mail import happened, send

CRITERIA = "X-Class requested\nX-Class required SECURE\n"
GOOD = "10 mx.secure.example."
EVIL = "10 mx.insecure.example."


@pytest.fixture(scope="module")
def fake(lab):
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as one:
        yield one


@pytest.fixture(scope="module")
def relay(make_module_daemon, fake):
    return make_module_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"))


@pytest.fixture(scope="module")
def hasty(make_module_daemon, fake):
    """For what is not answered at all: it gives up soon, and so may an answer come too late.

    Not its probe's, which has passed: else mail would wait for that.
    """
    daemon = make_module_daemon(criteria=CRITERIA, resolvers=resolver(
        f"127.0.0.1:{fake.port}", HASTY))
    in_time(daemon, "secure.example")
    return daemon


def result(daemon, domain, level="required", **more):
    message = send(daemon, f"rcpt@{domain}", f"X-Class: {level}", **more)
    return daemon.delivery(message=message)


def in_time(daemon, domain):
    """The result of a hasty daemon, which an answer that came at once may have come too late for:
    then again."""
    def made():
        record = result(daemon, domain)
        return record["outcome"] != "deferred" and record
    return until(made, what=f"an answer for {domain} in time")


# Flags

def test_flags_with_the_service_on(relay, fake):
    for level in ("requested", "required"):
        fake.on(f"flags-{level}.example", "MX", answer(GOOD, ad=True))
        assert result(relay, f"flags-{level}.example", level)["outcome"] == "delivered"
        query = fake.asked(f"flags-{level}.example", "MX")[0]
        assert query.ad and query.rd and not query.cd and not query.do and query.edns == 1232


def test_flags_with_the_service_off(relay, fake):
    fake.on("flags-off.example", "MX", answer(GOOD))
    assert result(relay, "flags-off.example", "off")["outcome"] == "delivered"
    query = fake.asked("flags-off.example", "MX")[0]
    assert not query.ad and query.rd and not query.cd and not query.do


def test_cd_is_never_set(relay, fake):
    """Not after a SERVFAIL either: nothing is asked again to get around a failure."""
    fake.on("never-cd.example", "MX", servfail(6))
    assert result(relay, "never-cd.example")["status"] == "4.7.5"
    assert fake.asked() and not [q for q in fake.asked() if q.cd or q.do]
    assert all(q.ad for q in fake.asked("never-cd.example"))


def test_set_do(make_daemon, fake):
    daemon = make_daemon(criteria=CRITERIA, dnssec="set-do = true",
                         resolvers=resolver(f"127.0.0.1:{fake.port}"))
    fake.on("with-do.example", "MX", answer(GOOD, ad=True))
    assert result(daemon, "with-do.example")["outcome"] == "delivered"
    query = fake.asked("with-do.example", "MX")[0]
    assert query.do and query.ad and not query.cd


def test_ad_that_was_not_asked_for_does_not_count(relay, fake):
    fake.on("unasked.example", "MX", answer(GOOD, ad=True))
    record = result(relay, "unasked.example", "off")
    assert record["mx_status"] == "indeterminate"
    assert "DNSSEC" not in relay.block(record).text


def test_an_answer_without_ad_never_serves_one_with(relay, fake):
    """The name was cached for mail with the service off; required mail asks anew."""
    fake.on("cached-off.example", "MX", answer(GOOD, ad=True))
    assert result(relay, "cached-off.example", "off")["outcome"] == "delivered"
    record = result(relay, "cached-off.example", "required")
    assert happened(record) == "127.0.1.1 DNSSEC"
    assert [q.ad for q in fake.asked("cached-off.example", "MX")] == [False, True]


# Answers that are none: they are dropped, and the wait goes on.

LIES = {
    "wrong-id": wrong_id(answer(EVIL, ad=True)),
    "no-response": not_a_response(answer(EVIL, ad=True)),
    "other-name": wrong_question(answer(EVIL, ad=True), "elsewhere.example"),
    "other-type": wrong_question(answer("127.0.6.6", ad=True), None, "A"),
    "no-question": no_question(answer(EVIL, ad=True)),
    "short": cut(answer(EVIL, ad=True), 30),
    "header-only": raw(b"\0\0\x81\x80" + b"\0" * 8),
    "junk": raw(b"\0\0\xff\xff\xff"),
    "elsewhere": from_elsewhere(answer(EVIL, ad=True)),
    "reflected": reflected(),
    "empty": raw(b"\0\0"),
}


@pytest.mark.parametrize("name", LIES)
def test_lies_are_dropped(relay, fake, name):
    """A forged datagram comes first, the true answer shortly after, on UDP or on TCP."""
    domain = f"lie-{name}.example"
    fake.on(domain, "MX", both(LIES[name], after(0.1, answer(GOOD, ad=True))))
    record = result(relay, domain)
    assert happened(record) == "127.0.1.1 DNSSEC", relay.block(record).text


@pytest.mark.parametrize("name", [n for n in LIES if n not in ("elsewhere",)])
def test_lies_alone_defer(hasty, fake, name):
    """Nothing but lies, on TCP too: no usable answer."""
    domain = f"only-{name}.example"
    fake.on(domain, "MX", LIES[name])
    record = result(hasty, domain)
    assert (record["outcome"], record["status"]) == ("deferred", "4.4.3"), record
    assert record["mx_status"] == "indeterminate"


def test_an_id_mismatch_goes_on_over_tcp(relay, fake):
    fake.on("to-tcp.example", "MX", by_transport(
        both(wrong_id(answer(EVIL, ad=True)), after(0.5, drop())), answer(GOOD, ad=True)))
    assert happened(result(relay, "to-tcp.example")) == "127.0.1.1 DNSSEC"
    assert "tcp" in [q.transport for q in fake.asked("to-tcp.example", "MX")]


def test_ports_and_ids_are_fresh(relay, fake):
    for i in range(30):
        fake.on(f"fresh-{i}.example", "MX", answer(GOOD, ad=True))
        send(relay, f"a@fresh-{i}.example", "X-Class: required")
    asked = until(lambda: len([q for q in fake.asked() if q.name.startswith("fresh-")]) >= 30
                  and [q for q in fake.asked() if q.name.startswith("fresh-")])
    assert len({q.port for q in asked}) > 7 and len({q.id for q in asked}) > 25
    ids = [q.id for q in asked]
    assert [b - a for a, b in zip(ids, ids[1:])].count(1) < 5


# rcodes and extended errors

@pytest.mark.parametrize("code, status", [
    *[(n, "4.7.5") for n in (1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25, 27)],
    *[(n, "4.4.3") for n in (0, 3, 4, 13, 22, 23, 24, 26, 4711)]])
def test_servfail_with_a_code(relay, fake, code, status):
    fake.on(f"ede-{code}.example", "MX", servfail(code))
    record = result(relay, f"ede-{code}.example")
    assert (record["outcome"], record["status"]) == ("deferred", status)
    assert record["mx_status"] == ("bogus" if status == "4.7.5" else "indeterminate")


def test_a_code_beside_success_changes_nothing(relay, fake):
    fake.on("ede-noerror.example", "MX", answer(GOOD, ad=True, ede=6))
    assert happened(result(relay, "ede-noerror.example")) == "127.0.1.1 DNSSEC"


@pytest.mark.parametrize("name, action, status", [
    ("servfail", servfail(), "4.4.3"), ("refused", refused(), "4.4.3"),
    ("notimp", answer(rcode="NOTIMP"), "4.4.3"), ("formerr", answer(rcode="FORMERR"), "4.4.3"),
    ("servfail-with-records", servfail(None, GOOD), "4.4.3"),
    ("bogus-with-records", servfail(6, GOOD), "4.7.5"),
    ("servfail-ad", answer(GOOD, ad=True, rcode="SERVFAIL"), "4.4.3"),
    ("refused-with-records", answer(GOOD, ad=True, rcode="REFUSED"), "4.4.3"),
    ("timeout", drop(), "4.4.3")])
@pytest.mark.parametrize("level", ["off", "requested", "required"])
def test_failures_defer(relay, hasty, fake, name, action, status, level):
    """On every level, and what an error carries is not used."""
    fake.on(f"{name}-{level}.example", "MX", action)
    record = result(hasty if name == "timeout" else relay, f"{name}-{level}.example", level)
    assert (record["outcome"], record["status"]) == ("deferred", status), record


def test_nxdomain_and_nodata_by_their_ad(relay, fake):
    for name, action, status in (
            ("nx-sec", nxdomain(ad=True), "5.1.2"), ("nx-insec", nxdomain(), "5.7.4"),
            ("none-sec", nodata(ad=True), "5.4.4"), ("none-insec", nodata(), "5.7.4")):
        fake.on(f"{name}.example", "*", action)
        assert result(relay, f"{name}.example")["status"] == status, name


# MX hosts and addresses

def test_additional_is_never_used(relay, fake):
    """Addresses beside the MX answer are not covered by AD: they are asked for."""
    fake.on("extra.example", "MX", answer(GOOD, ad=True,
                                          additional=["mx.secure.example. 60 A 127.0.2.1"]))
    assert result(relay, "extra.example")["address"] == "127.0.1.1"


def test_address_families_are_judged_apart(relay, hasty, fake):
    for family, other in (("A", "AAAA"), ("AAAA", "A")):
        data = {"A": "127.0.1.1", "AAAA": "::1"}
        for name, action in (("insec", answer(data[other])), ("servfail", servfail()),
                             ("bogus", servfail(6)), ("timeout", drop()), ("none", nodata())):
            host = f"h-{name}-{family.lower()}.example"
            fake.on(f"{name}-{family.lower()}.example", "MX", answer(f"10 {host}.", ad=True))
            fake.on(host, family, answer(data[family], ad=True))
            fake.on(host, other, action)
            domain = f"{name}-{family.lower()}.example"
            record = in_time(hasty, domain) if name == "timeout" else result(relay, domain)
            assert happened(record) == data[family] + " DNSSEC", (family, name, record)


def test_nothing_secure_left_and_something_not_known_defers(hasty, fake):
    fake.on("unknown.example", "MX", answer("10 h-unknown.example.", ad=True))
    fake.on("h-unknown.example", "A", answer("127.0.1.1"))
    fake.on("h-unknown.example", "AAAA", drop())
    record = result(hasty, "unknown.example")
    assert (record["outcome"], record["status"]) == ("deferred", "4.4.3")


# Chains

def test_an_open_chain_is_followed(relay, fake):
    """The answer stops at the CNAME; the stub asks on, and each link must be secure."""
    for name, first, second, expected in (
            ("both", True, True, "127.0.1.1 DNSSEC"), ("first", True, False, "5.7.4"),
            ("second", False, True, "5.7.4")):
        fake.on(f"open-{name}.example", "MX", answer(
            f"open-{name}.example 60 CNAME end-{name}.example.", ad=first))
        fake.on(f"end-{name}.example", "MX", answer(GOOD, ad=second))
        assert happened(result(relay, f"open-{name}.example")) == expected, name


def test_loops_and_endless_chains_defer(relay, fake):
    fake.on("loop-a.example", "*", answer("loop-a.example 60 CNAME loop-b.example."))
    fake.on("loop-b.example", "*", answer("loop-b.example 60 CNAME loop-a.example."))
    fake.on("self-loop.example", "*", answer("self-loop.example 60 CNAME self-loop.example."))
    for i in range(100):
        fake.on(f"long-{i}.example", "*", answer(f"long-{i}.example 60 CNAME long-{i + 1}.example."))
    for domain in ("loop-a.example", "self-loop.example", "long-0.example"):
        record = result(relay, domain)
        assert record["outcome"] == "deferred", (domain, record)
    assert len([q for q in fake.asked() if q.name.startswith("long-")]) < 60


def test_strangers_in_the_answer_are_not_used(relay, fake):
    """Records of other names beside the ones that the chain leads to."""
    fake.on("stranger.example", "MX", answer("other.example 60 MX 5 mx.insecure.example.", GOOD,
                                             ad=True))
    record = result(relay, "stranger.example")
    assert record["outcome"] == "deferred" or record["address"] == "127.0.1.1"


# TC, cache, servers

def test_tc_goes_to_tcp(relay, fake):
    fake.on("tc.example", "MX", truncated(answer(GOOD, ad=True)))
    assert happened(result(relay, "tc.example")) == "127.0.1.1 DNSSEC"
    assert [q.transport for q in fake.asked("tc.example", "MX")] == ["udp", "tcp"]


def test_tc_is_not_used_as_it_is(hasty, fake):
    """What a truncated datagram holds is no answer, even with AD."""
    fake.on("tc-evil.example", "MX", by_transport(answer(EVIL, ad=True, tc=True), drop()))
    record = result(hasty, "tc-evil.example")
    assert record["outcome"] == "deferred"


def test_answers_are_cached_to_their_ttl(relay, fake):
    fake.on("ttl.example", "MX", answer(GOOD, ad=True, ttl=2))
    began = time.monotonic()
    for _ in range(3):
        assert happened(result(relay, "ttl.example")) == "127.0.1.1 DNSSEC"
    assert len(fake.asked("ttl.example", "MX")) in (1, 2) or time.monotonic() - began > 2
    asked = len(fake.asked("ttl.example", "MX"))

    def expired():
        result(relay, "ttl.example")
        return len(fake.asked("ttl.example", "MX")) > asked
    assert until(expired)


def test_ttl_zero_is_asked_each_time(relay, fake):
    fake.on("ttl0.example", "MX", answer(GOOD, ad=True, ttl=0))
    for _ in range(2):
        result(relay, "ttl0.example")
    assert len(fake.asked("ttl0.example", "MX")) == 2


def test_failures_are_cached_for_seconds(relay, fake):
    """The first failure is kept for one: who asks again within it is not heard of."""
    numbers = itertools.count()

    def within_the_second():
        """By the daemon's clock: from the one outcome to the other."""
        name = f"fails{next(numbers)}.example"
        fake.on(name, "MX", servfail())
        first = result(relay, name, smtp=smtp)
        asked = len(fake.asked(name, "MX"))   # twice where it is the worker's first question
        second = result(relay, name, smtp=smtp)
        assert first["status"] == second["status"] == "4.4.3"
        later = datetime.fromisoformat(second["time"]) - datetime.fromisoformat(first["time"])
        return later < timedelta(seconds=1) and (asked, len(fake.asked(name, "MX")))
    with mail.connect(relay) as smtp:
        before, after_all = until(within_the_second)
    assert before == after_all


def test_equal_questions_in_flight_are_asked_once(relay, fake):
    fake.on("same.example", "MX", after(0.5, answer(GOOD, ad=True)))
    ids = [send(relay, f"r{i}@same.example", "X-Class: required") for i in range(8)]
    for message in ids:
        assert relay.delivery(message=message)["outcome"] == "delivered"
    assert len(fake.asked("same.example", "MX")) == 1


def test_retransmission(relay, fake):
    fake.on("lost.example", "MX", drop(), answer(GOOD, ad=True))
    assert happened(result(relay, "lost.example")) == "127.0.1.1 DNSSEC"


def test_the_next_server(make_daemon, fake, lab):
    """The first is dead: the second answers."""
    daemon = make_daemon(criteria=CRITERIA, resolvers="\n".join([
        resolver(lab["dead"]), resolver(f"127.0.0.1:{fake.port}")]))
    assert happened(result(daemon, "secure.example")) == "127.0.1.1 DNSSEC"


def test_servfail_does_not_demote(make_daemon, fake, lab):
    """Bogus domains say nothing about the server: the next names still go to it alone."""
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as second:
        daemon = make_daemon(criteria=CRITERIA, resolvers="\n".join([
            resolver(f"127.0.0.1:{fake.port}"), resolver(f"127.0.0.1:{second.port}")]))
        for i in range(5):
            fake.on(f"poison-{i}.example", "MX", servfail(6))
            second.on(f"poison-{i}.example", "MX", answer(GOOD))
            assert result(daemon, f"poison-{i}.example")["status"] == "4.7.5"
            assert not second.asked(f"poison-{i}.example")   # nobody talks us out of it
        assert happened(result(daemon, "secure.example")) == "127.0.1.1 DNSSEC"
        assert fake.asked("secure.example", "MX") and not second.asked("secure.example")


def test_tcp_channel(make_daemon, fake):
    daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(
        f"127.0.0.1:{fake.port}", RESOLVER + ' channel = "tcp"'))
    fake.on("by-tcp.example", "MX", answer(GOOD, ad=True))
    assert happened(result(daemon, "by-tcp.example")) == "127.0.1.1 DNSSEC"
    assert {q.transport for q in fake.asked("by-tcp.example")} == {"tcp"}


def test_the_probe_that_is_configured(make_daemon, lab):
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as one:
        daemon = make_daemon(criteria=CRITERIA,
                             dnssec='probe = "secure.example." probe-type = "MX"',
                             resolvers=resolver(f"127.0.0.1:{one.port}"))
        assert happened(result(daemon, "bank.example")) == "127.0.1.2 DNSSEC"
        assert one.asked("secure.example", "MX") and not one.asked("com", "NS")


def test_a_probe_without_ad_defers(make_daemon, lab):
    """The domain's answers have AD, the probe's has not: the server is not believed."""
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as one:
        one.on("com", "NS", answer("ns.lab.example."))
        daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{one.port}"))
        assert result(daemon, "insecure.example")["status"] == "4.3.5"


def test_many_names_at_once(relay, fake):
    """300 domains in flight at a time, each with an answer that comes late."""
    for i in range(300):
        fake.on(f"many-{i}.example", "MX", after(0.5, answer(GOOD, ad=True)))
    with mail.connect(relay) as smtp:
        ids = [mail.submit(relay, [f"r@many-{i}.example" for i in range(n, n + 50)], mail.message(
            "many", "X-Class: required"), smtp=smtp) for n in range(0, 300, 50)]
    until(lambda: sum(len(relay.deliveries(message=m, outcome="delivered")) for m in ids) == 300,
          what="300 deliveries")


@pytest.mark.parametrize("address, shown", [("0.0.0.0", "127.0.0.1"), ("[::]", "[::1]")])
def test_no_address_is_loopback(make_daemon, lab, address, shown):
    """There the kernel connects, and from there it is answered."""
    upstream, port = lab["validating"].split(":")
    with dnsfake.DnsFake(shown.strip("[]"), upstream=(upstream, int(port))) as fake:
        daemon = make_daemon(start=False, resolvers=resolver(f"{address}:{fake.port}"))
        said, = daemon.json("lookup", "secure.example", "MX")
        assert (said["server"], said["status"]) == (f"{shown}:{fake.port}", "secure")
