"""criteria report and criteria report --try (SPEC sections 5 and 12): what the records say."""

import collections
import json

import pytest

from daemon import until
from mail import send

CRITERIA = """\
# all that says so
X-Class       requested
X-Class       observed      OBSERVE
Envelope-To   *@insec-mx-sec-host.example   SECURE
Envelope-To   nobody@*      SECURE
"""
MAIL = (("a@secure.example", "requested"), ("b@insecure.example", "requested"),
        ("c@insecure.example", "requested"), ("d@insecure.example", "observed"),
        ("e@secure.example", "observed"), ("f@insec-mx-sec-host.example", "none"),
        ("g@insecure.example", "off"))
COUNTS = {"messages", "delivered", "deferred", "bounced", "would_bounce"}


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    relay = make_module_daemon(criteria=CRITERIA)
    for to, header in MAIL:
        relay.delivery(message=send(relay, to, f"X-Class: {header}"))
    return relay


def row(report, text):
    return next(row for row in report["criteria"] if row["text"] == text)


def test_report(relay):
    report = relay.json("criteria", "report")
    assert set(report) == {"since", "criteria", "domains"}
    assert all(set(r) == {"line", "text"} | COUNTS for r in report["criteria"])
    assert all(set(r) == {"domain"} | COUNTS for r in report["domains"])
    assert [r["line"] for r in report["criteria"]] == [2, 3, 4, 5]
    assert row(report, "X-Class requested") == {
        "line": 2, "text": "X-Class requested", "messages": 3, "delivered": 3, "deferred": 0,
        "bounced": 0, "would_bounce": 2}
    observed = row(report, "X-Class observed OBSERVE")
    assert (observed["messages"], observed["would_bounce"]) == (2, 1)
    required = row(report, "Envelope-To *@insec-mx-sec-host.example SECURE")
    assert (required["bounced"], required["would_bounce"]) == (1, 1)
    assert set(row(report, "Envelope-To nobody@* SECURE").values()) == {
        5, "Envelope-To nobody@* SECURE", 0}


def test_report_is_exact_over_the_records(relay):
    records = [r for r in relay.deliveries() if r["criterion"]]
    report = relay.json("criteria", "report")
    for rows, key, field in ((report["criteria"], "text", "criterion"),
                             (report["domains"], "domain", "domain")):
        outcomes = collections.Counter((r[field], r["outcome"]) for r in records)
        for r in rows:
            assert all(r[o] == outcomes[r[key], o] for o in ("delivered", "deferred", "bounced")), r
            assert r["messages"] == len({x["message"] for x in records if x[field] == r[key]})
        assert {r[field] for r in records} <= {r[key] for r in rows}


def test_for_people(relay):
    text = relay.ok("criteria", "report")
    assert "dnssec.criteria:2  X-Class requested" in text
    assert "would bounce" in text and "insecure.example" in text


@pytest.mark.parametrize("line, counts", [
    ("Envelope-To *@insecure.example SECURE",
     {"messages": 4, "delivered": 4, "deferred": 0, "bounced": 0, "would_bounce": 3, "not_known": 1}),
    ("To ?@secure.example",
     {"messages": 2, "delivered": 2, "deferred": 0, "bounced": 0, "would_bounce": 0, "not_known": 0}),
    ("Envelope-From nobody@else.example",
     {"messages": 0, "delivered": 0, "deferred": 0, "bounced": 0, "would_bounce": 0, "not_known": 0}),
])
def test_try(relay, line, counts):
    tried = relay.json("criteria", "report", "--try", line)
    assert tried["criteria"] == [{"line": 0, "text": line, **counts}]
    assert sum(r["messages"] for r in tried["domains"]) == counts["messages"]


def test_try_what_the_records_do_not_hold(relay):
    for more in ((), ("--json",)):
        done = relay.run("criteria", "report", "--try", "Subject *payroll* SECURE", *more)
        assert done.returncode == 1 and done.stdout == ""
        assert "Subject" in done.stderr and "keep-headers" in done.stderr


@pytest.mark.parametrize("words", [
    ("--try", "Subject"), ("--try", "To * secure"), ("--try", "# To *"), ("--try", ""),
    ("--since", "yesterday"), ("--since", ""), ("word",)])
def test_use(relay, words):
    done = relay.run("criteria", "report", *words)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("words", [("list", "--since", "1h"), ("check", "--try", "To *")])
def test_its_options_are_its_own(relay, words):
    assert relay.run("criteria", *words).returncode == 2


def test_since(make_daemon):
    relay = make_daemon(criteria="To *\n")
    record = relay.delivery(message=send(relay, "a@secure.example"))
    old = dict(record, time="2026-01-01T12:00:00.000Z", message="OLD")
    (relay.dir / "log" / "deliveries-2026-01-01.jsonl").write_text(json.dumps(old) + "\n")
    for since, messages, shown in (
            (None, 2, None), ("1h", 1, ...), ("2026-01-01", 2, "2026-01-01T00:00:00.000Z"),
            ("2026-01-01T12:00:00Z", 2, "2026-01-01T12:00:00.000Z"),
            ("2026-01-01T12:00:00.001Z", 1, "2026-01-01T12:00:00.001Z")):
        report = relay.json("criteria", "report", *(["--since", since] if since else []))
        assert report["criteria"][0]["messages"] == messages, since
        assert shown is ... or report["since"] == shown


def test_a_criterion_that_is_gone(make_daemon):
    relay = make_daemon(criteria="To *\n")
    relay.delivery(message=send(relay, "a@secure.example"))
    relay.criteria("Cc *\n")
    rows = relay.json("criteria", "report")["criteria"]
    assert [(r["line"], r["text"], r["messages"]) for r in rows] == [(1, "Cc *", 0), (0, "To *", 1)]


def test_put_off_counts_once(make_daemon, lab):
    """Attempts are each counted; the message, and that it would have bounced, once."""
    relay = make_daemon(criteria="To *\n", delivery='connect-timeout = "5m" retry = {"1h"}')
    queue_id = send(relay, "rcpt-450@insecure.example")
    relay.delivery(message=queue_id)
    relay.ok("queue", "retry", queue_id)
    until(lambda: len(relay.deliveries(message=queue_id)) == 2)
    row = relay.json("criteria", "report")["criteria"][0]
    outcomes = {r["outcome"] for r in relay.deliveries()}
    assert outcomes == {"deferred"}
    assert (row["messages"], row["deferred"], row["would_bounce"]) == (1, 2, 1)


def test_report_of_a_line_that_is_tried_behind_one_that_decides(make_daemon):
    """What OBSERVE observed is told in its own row, whichever line asked for the service."""
    tried = "Envelope-To *@insecure.example OBSERVE"
    relay = make_daemon(criteria=f"To *\n{tried}\n")
    records = [relay.delivery(message=send(relay, to))
               for to in ("a@insecure.example", "b@insecure.example", "c@secure.example")]
    assert {r["criterion"] for r in records} == {"To *"}
    assert [r.get("observed") for r in records] == [tried, tried, None]
    report = relay.json("criteria", "report")
    assert row(report, tried) == {"line": 2, "text": tried, "messages": 2, "delivered": 2,
                                  "deferred": 0, "bounced": 0, "would_bounce": 2}
    assert (row(report, "To *")["messages"], row(report, "To *")["would_bounce"]) == (3, 2)
    assert sum(r["messages"] for r in report["domains"]) == 3


def test_report_counts_a_line_that_decides_and_is_tried_once(make_daemon):
    relay = make_daemon(criteria="To * OBSERVE\n")
    record = relay.delivery(message=send(relay, "a@insecure.example"))
    assert "observed" not in record and record["observe"] == "bounced 5.7.4"
    only, = relay.json("criteria", "report")["criteria"]
    assert (only["messages"], only["would_bounce"]) == (1, 1)
