"""The validator inside, over the lab: it forwards to the recursive server that does not validate.

What it says is held against what the lab's validating server says: no false secure, no false
insecure.  Only the recursive server's own data (`override` in zones.table) differs: from a server
that vouches for nothing it is data without signatures in a signed zone, and so bogus.
"""

import shutil

import pytest

import table as zones_table
from daemon import HASTY, resolver
from mail import happened, send

TABLE = zones_table.read()
MADE_UP = {(name.rstrip("."), rdtype) for name, rdtype, *_ in TABLE.overrides}
CRITERIA = "X-Class requested\nX-Class required SECURE\n"


UNANSWERED = {"dead.example", "silent.example"}   # whoever is asked waits, and waits in vain


def embedded(lab, anchor, options='timeout = "10s" attempts = 2'):
    return (f'resolver "embedded" {{ trust-anchor-file = "{anchor}" '
            f'forward = {{"{lab["plain"]}"}} {options} }}')


@pytest.fixture(scope="module")
def anchor(lab, place):
    """The key of the lab's root, where another user can read it."""
    return shutil.copy(f"{lab['dir']}/anchor", place / "anchor")


def answer(daemon, name, rdtype):
    said = daemon.json("lookup", name, rdtype)
    return said[0] if isinstance(said, list) else said


@pytest.fixture(scope="module")
def one(make_module_daemon, lab, anchor):
    return make_module_daemon(criteria=CRITERIA, resolvers=embedded(lab, anchor))


@pytest.fixture(scope="module")
def reference(make_module_daemon, lab):
    return make_module_daemon(start=False, resolvers=resolver(
        lab["validating"], 'timeout = "10s" attempts = 2'))


@pytest.fixture(scope="module")
def hasty(make_module_daemon, lab, anchor):
    """Both again, that give up soon."""
    return [make_module_daemon(start=False, resolvers=r)
            for r in (embedded(lab, anchor, HASTY), resolver(lab["validating"], HASTY))]


def records(said):
    """What the records say; TTLs run down."""
    return sorted(str(sorted((k, v) for k, v in r.items() if "ttl" not in k))
                  for r in said["records"])


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.domain)
def test_status(one, reference, hasty, row):
    """T4: the MX of every mail domain, and its own address."""
    for rdtype in ("MX", "A"):
        both = hasty if row.domain in UNANSWERED else (one, reference)
        ours, theirs = (answer(d, row.domain, rdtype) for d in both)
        if (row.domain, rdtype) in MADE_UP:
            assert ours["status"] == "bogus"
            continue
        assert ours["status"] == theirs["status"], (ours, theirs)
        if theirs["status"] in ("secure", "insecure"):
            assert records(ours) == records(theirs)
            assert ours["channel"] == "embedded" and ours["server"] == "embedded"


def test_reason(one):
    said = answer(one, "bogus-sig.example", "MX")
    assert said["status"] == "bogus"
    assert not said.get("records")
    assert "validation failure" in str(said)


@pytest.mark.parametrize("domain, verdict", [
    ("secure.example", "secure"), ("insecure.example", "insecure"), ("bogus-sig.example", "bogus")])
def test_trace(one, domain, verdict):
    told = one.json("lookup", "--trace", domain, "MX")["trace"]
    mine = [e for e in told if e["name"] == f"{domain}."][:2]  # asked anew once a probe has passed
    assert [(e["fate"], e["channel"], e["why"]) for e in mine] == [
        ("sent", "embedded", ""), ("accepted", "embedded", verdict)], mine


def test_what_the_server_makes_up_is_bogus(one):
    assert answer(one, "mx.neither-sec.example", "A")["status"] == "bogus"


@pytest.mark.parametrize("domain, expected", [
    ("secure.example", "127.0.1.1 DNSSEC"), ("insecure.example", "5.7.4"),
    ("bogus-sig.example", "4.7.5"), ("nope.com", "5.1.2"), ("big.example", "127.0.1.8 DNSSEC")])
def test_mail(one, domain, expected):
    message = send(one, f"rcpt@{domain}", "X-Class: required")
    record = one.delivery(message=message)
    assert happened(record) == expected, one.block(record).text


def test_another_anchor(make_daemon, lab):
    """The key of another root: everything under it is bogus, nothing insecure."""
    daemon = make_daemon(start=False, resolvers=embedded(lab, "/usr/share/dns/root.key"))
    for name in ("secure.example", "insecure.example"):
        assert answer(daemon, name, "MX")["status"] == "bogus"


def test_no_anchor(make_daemon, lab):
    daemon = make_daemon(start=False, resolvers=embedded(lab, "/nonexistent"))
    result = daemon.run("lookup", "secure.example", "MX")
    assert result.returncode in (1, 2)
    assert "/nonexistent" in result.stdout + result.stderr
