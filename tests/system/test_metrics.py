"""SPEC section 11: status --openmetrics, read by a parser that is strict, and held against what happened."""

import re

import pytest

from daemon import HASTY, resolver, until
from mail import Raw, send

parser = pytest.importorskip("prometheus_client.openmetrics.parser")

CRITERIA = "X-Class  requested\nX-Class  required  SECURE\n"

# Each sample's name, and the labels that it has from the start, each with all its values.
LABELS = {
    "signpost_build_info": None,
    "signpost_accepted_messages_total": [{}],
    "signpost_refused_total": [{"reason": r} for r in (
        "relay", "auth", "size", "limit", "syntax", "storage", "early")],
    "signpost_deliveries_total": [
        {"service": s, "outcome": o} for s in ("off", "requested", "required")
        for o in ("delivered", "deferred", "bounced")],
    "signpost_tls_total": [{"result": r} for r in ("clear", "encrypted", "verified", "dane")],
    "signpost_cache_hits_total": [{}],
    "signpost_cache_entries": [{}],
    "signpost_queue_messages": [{"state": s} for s in ("active", "deferred", "held", "failed")],
    "signpost_queue_oldest_seconds": [{}],
    "signpost_connections": [{"direction": d} for d in ("in", "out")],
    "signpost_delivery_seconds_count": [{}],
    "signpost_delivery_seconds_sum": [{}],
    "signpost_delivery_seconds_bucket": None,
    "signpost_dns_seconds_count": [{}],
    "signpost_dns_seconds_sum": [{}],
    "signpost_dns_seconds_bucket": None,
}
TYPES = {"signpost_build": "info", "signpost_accepted_messages": "counter",
         "signpost_queue_oldest_seconds": "gauge", "signpost_delivery_seconds": "histogram",
         "signpost_dns_seconds": "histogram", "signpost_server_trusted": "gauge"}


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria=CRITERIA)


def scrape(daemon):
    return list(parser.text_string_to_metric_families(daemon.ok("status", "--openmetrics")))


def samples(daemon):
    """{(name, labels): value}; the parser refuses what is there twice."""
    return {(s.name, frozenset(s.labels.items())): s.value
            for family in scrape(daemon) for s in family.samples}


def value(found, name, **labels):
    return found[name, frozenset(labels.items())]


def test_every_series_is_there_from_the_start(make_daemon, lab):
    found = samples(make_daemon())
    for name, all_labels in LABELS.items():
        assert [n for n, _ in found if n == name], name
        for labels in all_labels or []:
            assert value(found, name, **labels) == 0, (name, labels)
        if all_labels is not None:
            assert len([n for n, _ in found if n == name]) == len(all_labels), name
    server = lab["validating"]
    for status in ("secure", "insecure", "bogus", "indeterminate"):
        value(found, "signpost_answers_total", server=server, status=status)
    assert value(found, "signpost_server_trusted", server=server) == 1
    assert [dict(labels) for name, labels in found if name == "signpost_server_validates"] == [
        {"server": server}]


def test_no_counter_falls_at_a_reload(make_daemon):
    daemon = make_daemon()

    def finds_answers_in_the_cache():
        daemon.delivery(message=send(daemon, "a@secure.example"))
        return value(samples(daemon), "signpost_cache_hits_total")

    until(finds_answers_in_the_cache)
    before = samples(daemon)
    counters = [key for key in before if re.search("_(total|count|sum|bucket)$", key[0])]
    answers = [k for k in counters if k[0] == "signpost_answers_total" and before[k] > 0]
    assert answers
    daemon.ok("reload")
    after = samples(daemon)
    assert not [key for key in counters if after[key] < before[key]]


def test_text(relay):
    text = relay.ok("status", "--openmetrics")
    assert text.endswith("\n# EOF\n")
    families = {family.name: family for family in scrape(relay)}
    for name, kind in TYPES.items():
        assert families[name].type == kind, name
        assert families[name].documentation, name
    assert families["signpost_dns_seconds"].unit == "seconds"
    assert all(re.match(r"signpost_[a-z_]+$", name) for name in families)


def test_what_happens_is_counted(relay, lab):
    before = samples(relay)

    def more(name, **labels):
        return value(samples(relay), name, **labels) - value(before, name, **labels)

    for to, header in (("a@secure.example", "required"), ("b@insecure.example", "requested"),
                       ("c@insecure.example", "required"), ("d@secure.example", "off")):
        relay.delivery(message=send(relay, to, f"X-Class: {header}"))
    assert more("signpost_accepted_messages_total") == 4
    assert more("signpost_deliveries_total", service="required", outcome="delivered") == 1
    assert more("signpost_deliveries_total", service="requested", outcome="delivered") == 1
    assert more("signpost_deliveries_total", service="required", outcome="bounced") == 1
    assert more("signpost_answers_total", server=lab["validating"], status="secure") >= 2
    assert more("signpost_answers_total", server=lab["validating"], status="insecure") >= 1
    assert more("signpost_tls_total", result="clear") >= 2
    assert more("signpost_delivery_seconds_count") >= 3
    assert more("signpost_dns_seconds_count") >= 4
    assert value(samples(relay), "signpost_server_validates", server=lab["validating"]) == 1
    assert value(samples(relay), "signpost_cache_entries") > 0


def test_refusals_are_counted_by_reason(relay):
    before = value(samples(relay), "signpost_refused_total", reason="syntax")
    with Raw(relay) as wire:
        wire.say("NONSENSE")
    until(lambda: value(samples(relay), "signpost_refused_total", reason="syntax") == before + 1)


def test_the_oldest_waits(make_daemon, lab):
    relay = make_daemon(resolvers=resolver(lab["dead"], HASTY))
    send(relay, "a@secure.example")
    until(lambda: value(samples(relay), "signpost_queue_messages", state="deferred") == 1)
    assert value(samples(relay), "signpost_queue_oldest_seconds") > 0


def test_use(relay):
    assert relay.run("status", "--openmetrics", "--json").returncode == 2
    assert relay.run("status", "--openmetrics", "word").returncode == 2


def test_no_daemon(make_daemon):
    done = make_daemon(start=False).run("status", "--openmetrics")
    assert done.returncode == 3 and done.stdout == ""
