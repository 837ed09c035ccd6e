"""The validator inside, without a forwarder: it recurses from the root.

The root servers that libunbound knows are there, in a network namespace of the
test's own (tests/lab/internet.py); so it takes root.  Each lookup is a process that knows
nothing yet: it finds the root's servers, then the keys of each zone on its way.
"""

import pwd

import pytest

import internet as internets

SECONDS = 60                             # for one lookup, at most; no resolver may have more
NOTHING = []


@pytest.fixture(scope="module")
def internet(place):
    why = internets.why_not()
    if why:
        pytest.skip(why)
    made = internets.Internet(place / "internet")
    try:
        yield made.start()
    finally:
        made.stop()


def inside(daemon, internet):
    """It gives root up when it is there."""
    who = pwd.getpwnam(daemon.user)
    daemon.wrapper = internet.inside(f"--setuid={who.pw_uid}", f"--setgid={who.pw_gid}")
    daemon.user = None
    return daemon


def recursing(anchor):
    return f'resolver "embedded" {{ trust-anchor-file = "{anchor}" ' \
           f'timeout = "{SECONDS}s" attempts = 1 }}'


@pytest.fixture(scope="module")
def one(make_module_daemon, internet):
    daemon = inside(make_module_daemon(start=False, resolvers=recursing(internet.anchor)),
                    internet)
    if "built without" in daemon.run("lookup", "com", "NS", timeout=4 * SECONDS).stderr:
        pytest.skip("libunbound was not built in")
    return daemon


@pytest.fixture(scope="module")
def misled(make_module_daemon, internet, one):
    """It has the key of another root."""
    return inside(make_module_daemon(start=False, resolvers=recursing(internet.other_anchor)),
                  internet)


def ask(daemon, name, *types):
    return daemon.json("lookup", name, *types, timeout=4 * SECONDS)


def data(said):
    return [record["data"] for record in said["records"]]


@pytest.mark.parametrize("name, rdtype, status, outcome, expected", [
    ("com", "NS", "secure", "data", ["ns.com."]),
    ("secure.com", "MX", "secure", "data", ["10 mx.secure.com."]),
    ("mx.secure.com", "A", "secure", "data", ["203.0.113.1"]),
    ("mx.secure.com", "AAAA", "secure", "nodata", NOTHING),
    ("nope.secure.com", "A", "secure", "nxdomain", NOTHING),
    ("nope", "A", "secure", "nxdomain", NOTHING),
    ("www.bogus-sig.com", "A", "secure", "data", ["203.0.113.3"]),
    ("insecure.com", "MX", "insecure", "data", ["10 mx.insecure.com."]),
    ("mx.insecure.com", "A", "insecure", "data", ["203.0.113.2"]),
    ("mx.insecure.com", "AAAA", "insecure", "nodata", NOTHING),
    ("nope.insecure.com", "A", "insecure", "nxdomain", NOTHING),
    ("island.com", "MX", "insecure", "data", ["10 mx.secure.com."]),
    ("to-insecure.secure.com", "A", "insecure", "data", ["mx.insecure.com.", "203.0.113.2"]),
    # Opt-out: there may be an unsigned zone of this name.
    ("nope.com", "MX", "insecure", "nxdomain", NOTHING)])
def test_status(one, name, rdtype, status, outcome, expected):
    said, = ask(one, name, rdtype)
    assert (said["status"], said["outcome"], data(said)) == (status, outcome, expected), said
    assert said["server"] == said["channel"] == "embedded" and said["trusted"], said
    assert said["probe"] == "validates", said


@pytest.mark.parametrize("name, why", [
    ("bogus-ds.com", "bogus-ds.com"), ("bogus-sig.com", "signature"),
    ("bogus-expired.com", "expired")])
def test_bogus(one, name, why):
    said, = ask(one, name, "MX")
    assert (said["status"], said["outcome"], data(said)) == ("bogus", "failed", NOTHING), said
    assert [e["code"] for e in said["extended_errors"]] == [6], said
    assert "validation failure" in said["extended_error_text"], said
    assert why in said["extended_error_text"], said


def test_several_at_once(one):
    """Three walks down the same path, by one validator."""
    said = ask(one, "secure.com", "MX", "A", "AAAA")
    assert [(s["type"], s["status"], s["outcome"]) for s in said] == [
        ("MX", "secure", "data"), ("A", "secure", "nodata"), ("AAAA", "secure", "nodata")], said


def test_more_than_a_datagram_takes(one):
    said, = ask(one, "long.secure.com", "TXT")
    assert (said["status"], data(said)) == ("secure", [internets.LONG]), said


def test_a_server_with_ipv6_alone(one, internet):
    if not internet.has_six:
        pytest.skip("no IPv6 in a network namespace of this machine")
    said, = ask(one, "six.com", "MX")
    assert (said["status"], data(said)) == ("secure", ["10 mx.secure.com."]), said


@pytest.mark.parametrize("family", [4, 6])
def test_one_family_is_missing(one, internet, family):
    """What cannot be reached is passed over: the answer comes well within one attempt."""
    if not internet.has_six:
        pytest.skip("no IPv6 in a network namespace of this machine")
    with internet.without(family):
        said, = ask(one, "secure.com", "MX")
    assert (said["status"], data(said)) == ("secure", ["10 mx.secure.com."]), said


def test_no_name_server_leads_to_this_host(one):
    """The zone is served at 127.0.0.1, and sound; but nobody else may send us there."""
    said, = ask(one, "here.com", "MX")
    assert (said["status"], said["outcome"], data(said)) == \
        ("indeterminate", "failed", NOTHING), said


@pytest.mark.parametrize("name, rdtype", [
    ("com", "NS"), ("secure.com", "MX"), ("mx.secure.com", "AAAA"), ("nope.secure.com", "A"),
    ("insecure.com", "MX"), ("nope.com", "MX")])
def test_another_anchor(misled, name, rdtype):
    """Without the root's key nothing is proved, and nothing passes as unsigned, either."""
    said, = ask(misled, name, rdtype)
    assert (said["status"], said["outcome"], data(said)) == ("bogus", "failed", NOTHING), said
    assert "trust anchor" in said["extended_error_text"], said
