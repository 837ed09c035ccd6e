"""`signpost doctor NAME`: at which zone a chain of trust breaks, and how."""

import pytest

import dnsfake
from daemon import HASTY, resolver
from dnsfake import answer, nodata

SAID = [
    # name, status, where it breaks, code, level
    ("secure.example", "secure", "", "secure", "ok"),
    ("mx.secure.example", "secure", "", "secure", "ok"),
    ("insecure.example", "insecure", "insecure.example.", "not-signed", "warning"),
    ("island.example", "insecure", "island.example.", "no-ds", "warning"),
    ("bogus-ds.example", "bogus", "bogus-ds.example.", "ds-without-key", "problem"),
    ("bogus-expired.example", "bogus", "bogus-expired.example.", "signature-expired", "problem"),
    ("bogus-sig.example", "bogus", "bogus-sig.example.", "bogus", "problem"),
    ("nope.secure.example", "secure", "nope.secure.example.", "no-name", "problem"),
    ("to-secure.alias.example", "secure", "", "secure", "ok"),
    ("mail.old.dname.example", "secure", "", "secure", "ok"),
    ("to-insecure.alias.example", "insecure", "insecure.example.", "not-signed", "warning"),
    ("long.alias.example", "insecure", "insecure.example.", "not-signed", "warning"),
    ("mail.gone.dname.example", "insecure", "insecure-tree.example.", "not-signed", "warning"),
    ("to-nothing.alias.example", "secure", "nope.com.", "no-name", "problem"),
    ("loop.alias.example", "indeterminate", "loop2.alias.example.", "alias-loop", "problem"),
    ("dead.example", "indeterminate", "dead.example.", "no-answer", "problem"),
]


@pytest.fixture(scope="module")
def relay(make_module_daemon, lab):
    return make_module_daemon(start=False, resolvers=resolver(lab["validating"]))


@pytest.mark.parametrize("name, status, where, code, level", SAID)
def test_where_it_breaks(relay, name, status, where, code, level):
    found = relay.json("doctor", name)
    assert (found["domain"], found["status"], found["breaks_at"]) == (name + ".", status, where), found
    last = found["findings"][-1]
    assert (last["code"], last["level"]) == (code, level), found
    assert bool(last["remedy"]) == (level != "ok")
    assert [f["text"].split(":")[0] for f in found["findings"]][0].startswith("example.")
    done = relay.run("doctor", name)
    assert done.returncode == (0 if status == "secure" and not where else 1) and done.stderr == ""
    assert ": ".join(last["text"].split(": ")[:2]) in done.stdout and f"{name}. is {status}" in done.stdout
    assert where == "" or f"ends at {where}" in done.stdout or code == "no-name"


def test_it_says_how(relay):
    text = relay.run("doctor", "bogus-expired.example").stdout
    assert "is over since 20" in text and "sign the zone anew" in text
    text = relay.run("doctor", "bogus-ds.example").stdout
    assert "is of none of its keys" in text and "(algorithm 13)" in text
    text = relay.run("doctor", "bogus-sig.example").stdout
    assert "extended error 6" in text


def test_of_an_alias_it_says_what_leads_where(relay):
    text = relay.run("doctor", "to-nothing.alias.example").stdout
    assert "to-nothing.alias.example. is an alias of nope.com." in text
    assert "nope.com. does not exist, and the alias to-nothing.alias.example. leads there" in text
    found = relay.json("doctor", "loop.alias.example")["findings"]
    assert [f["code"] for f in found] == ["zone", "zone", "alias", "alias-loop"]
    assert "loop2.alias.example. is an alias of loop.alias.example., which leads back" in found[-1]["text"]
    found = relay.json("doctor", "mail.old.dname.example")["findings"]
    assert [f["code"] for f in found] == ["zone", "zone", "alias", "secure"]


@pytest.fixture
def fake(lab):
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as one:
        yield one


def asks(fake):
    return resolver(f"127.0.0.1:{fake.port}")


def test_cd_is_set_to_diagnose_alone(make_daemon, fake):
    """DO and CD for what is told; for what counts, and for all other commands, neither."""
    relay = make_daemon(start=False, resolvers=asks(fake))
    relay.ok("doctor", "secure.example")
    queries = fake.asked()
    assert {q.type for q in queries if q.cd} == {"DS", "DNSKEY", "SOA", "MX", "CNAME"}
    assert all(q.do for q in queries if q.cd)
    assert all(q.ad and not q.do for q in queries if not q.cd)
    before = len(queries)
    for words in (["lookup", "secure.example", "MX"], ["route", "secure.example"], ["doctor"]):
        relay.run(*words)
    others = fake.asked()[before:]
    assert others and not [q for q in others if q.cd]


# What the DS of a signed zone is replaced by, and what is said of it.
OTHER = "0" * 64


@pytest.mark.parametrize("ds, code, status", [
    (f"12345 200 2 {OTHER}", "algorithm-unknown", "insecure"),
    (f"12345 13 200 {OTHER}", "algorithm-unknown", "insecure"),
    (f"12345 13 2 {OTHER}", "ds-without-key", "bogus"),
])
def test_of_another_ds(make_daemon, fake, ds, code, status):
    fake.on("secure.example", "DS", answer(f"secure.example. DS {ds}"))
    found = make_daemon(start=False, resolvers=asks(fake)).json("doctor", "secure.example")
    assert (found["status"], found["breaks_at"]) == (status, "secure.example."), found
    last = found["findings"][-1]
    assert last["code"] == code and "12345" in last["text"] and last["remedy"], last


def test_keys_and_signatures_that_are_gone(make_daemon, fake):
    relay = make_daemon(start=False, resolvers=asks(fake))
    fake.on("secure.example", "DNSKEY", nodata())
    last = relay.json("doctor", "secure.example")["findings"][-1]
    assert last["code"] == "ds-without-key" and "has no key" in last["text"], last
    fake.forget("secure.example", "DNSKEY")
    fake.on("secure.example", "SOA", answer("secure.example. SOA . . 1 2 3 4 5"))
    last = relay.json("doctor", "secure.example")["findings"][-1]
    assert last["code"] == "no-signature" and "SOA" in last["text"], last


def test_a_resolver_that_does_not_validate(make_daemon, lab):
    relay = make_daemon(start=False, resolvers=resolver(lab["plain"]))
    found = relay.json("doctor", "secure.example")
    assert found["status"] == "insecure" and found["findings"][-1]["code"] == "not-authenticated"


def test_a_server_that_is_dead(make_daemon):
    relay = make_daemon(start=False, resolvers=resolver(f"127.0.0.1:{dnsfake.free_port()}", HASTY))
    found = relay.json("doctor", "secure.example")
    assert (found["status"], found["breaks_at"]) == ("indeterminate", "example."), found
    assert found["findings"][-1]["code"] == "no-answer"


def test_usage(relay):
    assert relay.run("doctor", "a.example", "b.example").returncode == 2
    assert relay.run("doctor", "https://a.example/").returncode == 2
    assert relay.run("doctor", ".").returncode == 2
    for address in ("192.0.2.1", "[192.0.2.1]", "2001:db8::1", "[IPv6:2001:db8::1]"):
        done = relay.run("doctor", address)
        assert done.returncode == 2 and "is an address, which has no chain of trust" in done.stderr
