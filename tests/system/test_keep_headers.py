"""keep-headers (SPEC sections 6 and 12): records hold fields, for as long as they may."""

import datetime
import json

import pytest

from daemon import until
from mail import send

pytestmark = pytest.mark.usefixtures("one_day")
CRITERIA = "X-Class  requested\nSubject  *payroll*\n"


def day(ago):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.timedelta(days=ago)).strftime("%Y-%m-%d")


def path(relay, ago):
    return relay.dir / "log" / f"deliveries-{day(ago)}.jsonl"


def record(relay, ago, headers):
    """A record of that day, as if it had been written then."""
    path(relay, ago).write_text(json.dumps({
        "time": f"{day(ago)}T12:00:00.000Z", "session": "S", "message": f"OLD{ago}",
        "to": "a@secure.example", "domain": "secure.example", "service": "requested",
        "outcome": "delivered", "headers": headers}, separators=(",", ":")) + "\n")
    relay.own()


def test_off_by_default(make_daemon):
    relay = make_daemon(criteria=CRITERIA)
    assert "headers" not in relay.delivery(
        message=send(relay, "a@secure.example", "X-Class: requested"))


def test_records_hold_fields(make_daemon):
    relay = make_daemon(criteria=CRITERIA, dnssec='keep-headers = "7d"')
    kept = relay.delivery(message=send(
        relay, "a@secure.example", "X-Class: requested", "Subject: October\r\n payroll",
        "X-Other: not kept"))["headers"]
    assert "X-Class: requested" in kept and "Subject: October payroll" in kept
    assert any(field.startswith("From: ") for field in kept)
    assert any(field.startswith("To: ") for field in kept)
    assert "Cc" in kept
    assert not any(field.startswith("X-Other") for field in kept)


def test_a_line_can_be_tried_on_them(make_daemon):
    relay = make_daemon(criteria=CRITERIA, dnssec='keep-headers = "7d"')
    for to, subject in (("a@secure.example", "payroll of October"), ("b@insecure.example", "=?utf-8?q?PAYROLL?="),
                        ("c@insecure.example", "lunch")):
        relay.delivery(message=send(relay, to, f"Subject: {subject}"))
    tried = relay.json("criteria", "report", "--try", "Subject *payroll* SECURE")["criteria"][0]
    assert (tried["messages"], tried["delivered"], tried["would_bounce"]) == (2, 2, 1)
    tried = relay.json("criteria", "report", "--try", "Cc *")["criteria"][0]
    assert tried["messages"] == 0
    done = relay.run("criteria", "report", "--try", "X-Other *")
    assert done.returncode == 1 and "X-Other" in done.stderr


def test_they_go_after_their_time(make_daemon):
    relay = make_daemon(criteria=CRITERIA, dnssec='keep-headers = "3d"', start=False)
    for ago in (1, 3, 5, 9):
        record(relay, ago, ["Subject: secret"])
    relay.start()
    until(lambda: "secret" not in path(relay, 9).read_text() + path(relay, 5).read_text())
    for ago in (1, 3):
        assert "secret" in path(relay, ago).read_text(), ago
    for ago in (5, 9):
        assert json.loads(path(relay, ago).read_text())["message"] == f"OLD{ago}"
    until(lambda: (relay.dir / "state" / "headers-removed").read_text() == day(5))
    names = {p.name for p in (relay.dir / "log").iterdir()}
    assert not [n for n in names if not n.endswith((".log", ".jsonl"))], names


def test_turned_off_they_go(make_daemon):
    relay = make_daemon(criteria=CRITERIA, dnssec='keep-headers = "30d"', start=False)
    record(relay, 3, ["Subject: secret"])
    relay.start()
    assert "secret" in path(relay, 3).read_text()
    relay.configure(criteria=CRITERIA, dnssec='keep-headers = "0d"')
    relay.own()
    relay.ok("reload")
    until(lambda: "secret" not in path(relay, 3).read_text())
