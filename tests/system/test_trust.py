"""The last two rows of SPEC section 3, and trust: our resolver's faults never bounce mail."""

import contextlib
import json
import os
import shutil

import pytest

import dnsfake
import mail
import table as zones_table
from daemon import HASTY, PATIENT, RESOLVER, resolver, until
from mail import happened, send

TABLE = zones_table.read()
CRITERIA = "X-Class requested\nX-Class required SECURE\n"
SOME = [r for r in TABLE.rows if r.domain in (
    "secure.example", "insecure.example", "null-insec.example", "nope.com", "nope.insecure.example",
    "bogus-sig.example", "implicit.example", "null.example", "mixed-hosts.example")]


@pytest.fixture(scope="module")
def plain(make_module_daemon, lab):
    """Its resolver does not validate."""
    return make_module_daemon(criteria=CRITERIA, resolvers=resolver(lab["plain"]))


@pytest.fixture(scope="module")
def untrusted(make_module_daemon, lab):
    """Its resolver validates, but the administrator does not trust the channel."""
    return make_module_daemon(criteria=CRITERIA, resolvers=resolver(
        lab["validating"], RESOLVER + ' trust = "never"'))


@pytest.mark.parametrize("row", SOME, ids=lambda row: row.domain)
@pytest.mark.parametrize("which", ["plain", "untrusted"])
def test_required_defers(request, which, row, received):
    daemon = request.getfixturevalue(which)
    message = send(daemon, f"rcpt@{row.domain}", "X-Class: required")
    record = daemon.delivery(message=message)
    assert (record["outcome"], record["status"]) == ("deferred", "4.3.5")
    assert not received.having(message) and not received.bounces(message)


FAILURES = {"servfail": (dnsfake.servfail(), "4.4.3"), "refused": (dnsfake.refused(), "4.4.3"),
            "bogus": (dnsfake.servfail(6), "4.7.5"), "silent": (dnsfake.drop(), "4.4.3")}


@pytest.fixture(scope="module")
def failing(lab):
    """Stands before a resolver, and fails some domains in each way: the one and the other server."""
    with contextlib.ExitStack() as stack:
        fakes = {}
        for which, upstream in (("plain", "plain"), ("untrusted", "validating")):
            address, port = lab[upstream].split(":")
            fakes[which] = stack.enter_context(dnsfake.DnsFake(upstream=(address, int(port))))
            for name, (action, _) in FAILURES.items():
                fakes[which].on(f"{name}.example", "*", action)
        yield fakes


@pytest.mark.parametrize("which, trust", [("plain", "auto"), ("untrusted", "never")])
def test_whatever_fails_of_those_not_believed(make_daemon, failing, which, trust):
    """No answer at all, too: for required mail the last two rows go before all others."""
    def server(options):
        return resolver(f"127.0.0.1:{failing[which].port}", f'{options} trust = "{trust}"')
    patient = make_daemon(criteria=CRITERIA, resolvers=server(RESOLVER))
    hasty = make_daemon(criteria=CRITERIA, resolvers=server(HASTY))

    def result(name, level):
        daemon = hasty if name == "silent" else patient
        return daemon.delivery(message=send(daemon, f"rcpt@{name}.example", f"X-Class: {level}"))
    for name, (_, status) in FAILURES.items():
        for level in ("off", "requested"):
            record = result(name, level)
            assert (record["outcome"], record["status"]) == ("deferred", status), record
        # Of who is silent it is known that it does not validate only where its probe came in time.
        record = until(lambda: (r := result(name, "required"))["status"] == "4.3.5" and r,
                       what=f"{name}: deferred for our own fault")
        assert record["outcome"] == "deferred"
        assert "not trusted" in record["reply"] or "not to validate" in record["reply"], record


def test_the_only_server_is_dead_and_not_trusted(make_daemon, lab):
    daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(
        lab["dead"], RESOLVER + ' trust = "never"'))
    for level, status in (("requested", "4.4.3"), ("required", "4.3.5")):
        message = send(daemon, "rcpt@secure.example", f"X-Class: {level}")
        record = daemon.delivery(message=message)
        assert (record["outcome"], record["status"]) == ("deferred", status), record
    found = {f["code"]: f["text"] for f in json.loads(daemon.run("doctor", "--json").stdout)["findings"]}
    assert "4.3.5" in found["required"]


@pytest.mark.parametrize("level", ["off", "requested"])
@pytest.mark.parametrize("which", ["plain", "untrusted"])
def test_the_rest_is_delivered_without_marks(request, which, level):
    daemon = request.getfixturevalue(which)
    message = send(daemon, "rcpt@secure.example", f"X-Class: {level}")
    record = daemon.delivery(message=message)
    assert happened(record) == "127.0.1.1"
    assert record["service"] == level
    session = daemon.block(record)
    assert not [line for line in session.lines if line.endswith(" DNSSEC")]


def test_the_log_says_why_there_is_none(untrusted, plain):
    for daemon, words in ((untrusted, ("trust",)), (plain, ("validat", "authenticat"))):
        message = send(daemon, "rcpt@secure.example", "X-Class: requested")
        session = daemon.block(daemon.delivery(message=message))
        rest = [line.lower() for line in session.lines
                if not line.startswith(("DNSSEC service", "-->", "<--"))]
        assert any(word in line for word in words for line in rest), session.text


def test_statuses_of_the_untrusted_are_indeterminate(untrusted, plain):
    message = send(untrusted, "rcpt@secure.example", "X-Class: requested")
    record = untrusted.delivery(message=message)
    assert (record["mx_status"], record["address_status"]) == ("indeterminate", "indeterminate")
    message = send(plain, "rcpt@secure.example", "X-Class: requested")
    record = plain.delivery(message=message)
    assert record["mx_status"] == "insecure"


def test_strict_reading_bounces(make_daemon, lab, received):
    daemon = make_daemon(criteria=CRITERIA, dnssec='on-untrusted = "bounce"',
                         resolvers=resolver(lab["plain"]))
    message = send(daemon, "rcpt@secure.example", "X-Class: required")
    record = daemon.delivery(message=message)
    assert record["outcome"] == "bounced" and record["status"].startswith("5.7.")


def test_trust_by_word(make_daemon, lab):
    """trust = "always" on a channel that auto trusts too changes nothing; the route is secure."""
    daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(
        lab["validating"], RESOLVER + ' trust = "always"'))
    message = send(daemon, "rcpt@secure.example", "X-Class: required")
    assert happened(daemon.delivery(message=message)) == "127.0.1.1 DNSSEC"


def test_a_resolver_that_begins_to_validate(make_daemon, lab, received):
    """Deferred while it does not validate; delivered, marked, once it does."""
    address, port = lab["plain"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as fake:
        daemon = make_daemon(
            criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"),
            delivery=PATIENT + ' retry = {"1s"}')
        message = send(daemon, "rcpt@bank.example", "X-Class: required")
        assert daemon.delivery(message=message)["status"] == "4.3.5"
        address, port = lab["validating"].split(":")
        fake.upstream = (address, int(port))
        daemon.ok("reload")              # probes anew
        record = daemon.delivery(message=message, outcome="delivered")
        assert happened(record) == "127.0.1.2 DNSSEC"


def test_doctor_has_the_daemon_probe_anew(make_daemon, lab):
    """What doctor finds and what the daemon does agree at once, not after 10 seconds."""
    address, port = lab["plain"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as fake:
        daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"))
        message = send(daemon, "rcpt@bank.example", "X-Class: required")
        assert daemon.delivery(message=message)["status"] == "4.3.5"
        address, port = lab["validating"].split(":")
        fake.upstream = (address, int(port))
        daemon.ok("doctor")
        message = send(daemon, "rcpt@bank.example", "X-Class: required")
        assert happened(daemon.delivery(message=message)) == "127.0.1.2 DNSSEC"


def test_servers_are_probed_at_the_start(make_daemon, lab):
    """Before any mail, once: status says what they are."""
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as fake:
        daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"))
        until(lambda: [s["probe"] for s in daemon.json("status")["servers"]] == ["validates"],
              what="that it is known to validate")
        assert len(fake.asked("com", "NS")) == 1


def test_a_failed_probe_is_tried_again(make_daemon, lab):
    """Without any reload: every 10 seconds, by each worker that needs to know."""
    address, port = lab["plain"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as fake:
        daemon = make_daemon(
            criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{fake.port}"), top="workers = 1",
            delivery=PATIENT + ' retry = {"2s"}')
        message = send(daemon, "rcpt@bank.example", "X-Class: required")
        assert daemon.delivery(message=message)["status"] == "4.3.5"
        address, port = lab["validating"].split(":")
        fake.upstream = (address, int(port))
        # The 4.3.5 came before any question about the domain, or its answer
        # lives no longer than this wait.
        assert daemon.delivery(message=message, outcome="delivered")
        probes = [q.time for q in fake.asked("com", "NS")]
        assert len(probes) >= 2 and probes[1] - probes[0] > 5


def test_one_of_two_servers_validates(make_daemon, lab):
    """Trust is per server: the untrusted second one never answers for required mail."""
    daemon = make_daemon(criteria=CRITERIA, resolvers="\n".join([
        resolver(lab["validating"]),
        resolver(lab["plain"], RESOLVER + ' trust = "never"')]))
    message = send(daemon, "rcpt@secure.example", "X-Class: required")
    assert happened(daemon.delivery(message=message)) == "127.0.1.1 DNSSEC"
    message = send(daemon, "rcpt@bogus-sig.example", "X-Class: required")
    assert daemon.delivery(message=message)["status"] == "4.7.5"
    session = daemon.block(daemon.deliveries(message=message)[0])
    assert lab["plain"].split(":")[1] not in session.text


def test_no_fall_to_a_lower_tier(make_daemon, lab, received):
    """The trusted server is dead: the untrusted one is no substitute, mail defers."""
    daemon = make_daemon(criteria=CRITERIA, resolvers="\n".join([
        resolver(lab["dead"]), resolver(lab["plain"], RESOLVER + ' trust = "never"')]))
    message = send(daemon, "rcpt@insecure.example", "X-Class: required")
    record = daemon.delivery(message=message)
    assert (record["outcome"], record["status"]) == ("deferred", "4.4.3")


def test_status_shows_trust_and_probe(plain, untrusted, lab):
    send(plain, "rcpt@secure.example", "X-Class: requested")
    shown = plain.ok("status")
    assert lab["plain"] in shown and "loopback" in shown
    shown = untrusted.ok("status")
    assert lab["validating"] in shown
    assert "not trusted" in shown


@pytest.mark.skipif(os.geteuid() != 0, reason="takes a mount of its own")
def test_trust_ad_is_named_with_its_file(make_daemon):
    """Wherever the server is shown: by commands, by the daemon, and in what it says at start."""
    relay = make_daemon(start=False, top='user = "nobody"', resolvers="")
    shutil.copytree("/etc", relay.dir / "etc", symlinks=True)
    resolv = relay.dir / "etc/resolv.conf"
    resolv.unlink()
    resolv.write_text("nameserver 127.0.0.99\noptions trust-ad timeout:1 attempts:1\n")
    relay.user = None
    relay.wrapper = ["unshare", "--mount", "sh", "-c", 'mount --bind etc /etc && exec "$@"', "sh"]
    relay.start()
    reason = "options trust-ad in /etc/resolv.conf"
    assert relay.json("status")["servers"][0]["trust_reason"] == reason
    for words in (("status",), ("doctor",)):
        assert reason in relay.run(*words).stdout, words
    assert any(reason in line for line in (relay.dir / "stderr").read_text().splitlines()
               if "127.0.0.99:53" in line)
