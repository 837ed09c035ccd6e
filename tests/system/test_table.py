"""SPEC section 3, every row of zones.table at every level, end to end.

All messages go in at the start; each test then looks at what became of one.
"""

import pytest

import mail
import table as zones_table
from daemon import until
from mail import happened, send, status_fields

TABLE = zones_table.read()
CRITERIA = """\
X-Class  requested
X-Class  required  SECURE
"""
CELLS = [(row, level) for row in TABLE.rows for level in zones_table.LEVELS if row.cells[level]]


def mark_of(row, level):
    return f"table-{level}-{row.domain}"


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    daemon = make_module_daemon(criteria=CRITERIA)
    with mail.connect(daemon) as smtp:
        for row, level in CELLS:
            to = f"rcpt@{row.domain}"
            text = mail.message(to, f"X-Class: {level}", mark=mark_of(row, level))
            daemon.ids = getattr(daemon, "ids", {})
            daemon.ids[row.domain, level] = mail.submit(daemon, to, text, smtp=smtp)
    return daemon


@pytest.mark.parametrize("row, level", CELLS, ids=[f"{r.domain}-{lv}" for r, lv in CELLS])
def test_cell(relay, received, row, level):
    message = relay.ids[row.domain, level]
    record = relay.delivery(message=message)
    assert row.fits(level, happened(record)), \
        f"{happened(record)}, expected {row.expected(level)}: {relay.block(record).text}"
    assert record["service"] == level
    mark = mark_of(row, level)
    check = {"delivered": delivered, "bounced": bounced, "deferred": deferred}
    check[record["outcome"]](relay, received, record, mark)


def delivered(relay, received, record, mark):
    arrived = received.wait(mark)
    assert [e["host"] for e in arrived] == [record["address"]]
    assert not received.bounces(mark)
    marked = [line.endswith(" DNSSEC") for line in relay.block(record).tried(record["address"])]
    secure = happened(record).endswith(" DNSSEC")
    assert marked and all(m == secure for m in marked), relay.block(record).text


def bounced(relay, received, record, mark):
    _, (recipient,) = status_fields(received.bounce(mark))
    assert recipient["Action"] == "failed"
    assert recipient["Status"].split()[0] == record["status"]
    assert recipient["Final-Recipient"].endswith(f"rcpt@{record['domain']}")
    assert not [e for e in received.having(mark) if e["from"] != ""]


def deferred(relay, received, record, mark):
    assert not received.having(mark)
    assert record["status"].startswith("4.")
    assert record["message"] in relay.ok("queue", "list")


def test_off_leaves_no_trace_of_the_service(relay):
    """With the service off, the session has no word DNSSEC and no line that names a criterion."""
    for row in TABLE.rows:
        if row.cells["off"] and row.fits("off", "127.0.1.1"):
            record = relay.delivery(message=relay.ids[row.domain, "off"])
            assert "DNSSEC" not in relay.block(record).text
            assert record["criterion"] == ""


def test_each_of_equal_hosts_is_used(relay, received):
    """Hosts of equal preference are shuffled: of 40 messages, neither host gets all."""
    hosts = set()
    for _ in range(40):
        message = send(relay, "rcpt@pair.example", "X-Class: required")
        hosts.add(relay.delivery(message=message)["address"])
        if len(hosts) == 2:
            break
    assert hosts == {"127.0.1.4", "127.0.1.5"}


def test_self_is_not_dialled(relay):
    """Its own host name stands at preference 20: that host and those beyond are dropped."""
    for level in zones_table.LEVELS:
        record = relay.delivery(message=relay.ids["self.example", level])
        text = relay.block(record).text
        assert "127.0.2.9" not in "\n".join(relay.block(record).tried("127.0.2.9")), text


def test_deferred_mail_stays_deferred_and_is_not_lost(relay):
    """What is not known defers: nothing deferred was bounced or delivered meanwhile."""
    listed = until(lambda: relay.ok("queue", "list"))
    for (domain, level), message in relay.ids.items():
        record = relay.delivery(message=message)
        assert (message in listed.split() or message in listed) == (record["outcome"] == "deferred"), \
            (domain, level, record)
