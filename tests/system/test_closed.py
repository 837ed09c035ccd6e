"""A destination whose hosts are down: what is known of them is not what the DNS says."""

import re

import pytest

import dnsfake
from mail import send

CRITERIA = """\
X-Class  requested
X-Class  required  SECURE
X-Class  dane      SECURE DANE
X-Class  observed  OBSERVE
"""


@pytest.fixture
def relay(make_daemon):
    """Nobody is at the port at which it tries all hosts."""
    daemon = make_daemon(start=False, criteria=CRITERIA)
    conf, n = re.subn(r"\bport = \d+", f"port = {dnsfake.free_port()}", daemon.conf.read_text())
    assert n == 1
    daemon.conf.write_text(conf)
    return daemon.start()


def record_of(relay, domain, level):
    return relay.delivery(message=send(relay, f"a@{domain}", f"X-Class: {level}"))


@pytest.mark.parametrize("domain, level, status", [
    ("insecure.example", "required", "5.7.4"),
    ("secure.example", "dane", "5.7.10"),
])
def test_what_bounces_for_want_of_dnssec_does_so_at_once(relay, domain, level, status):
    for other in ("off", "requested"):
        record = record_of(relay, domain, other)
        assert (record["outcome"], record["status"]) == ("deferred", "4.4.1"), record
    for _ in range(2):
        record = record_of(relay, domain, level)
        assert (record["outcome"], record["status"]) == ("bounced", status), record


def test_each_service_is_told_of_its_own_dns(relay):
    for level, mx in (("off", "indeterminate"), ("requested", "secure"), ("required", "secure")):
        record = record_of(relay, "secure.example", level)
        assert (record["outcome"], record["status"], record["mx_status"]) == \
            ("deferred", "4.4.1", mx), record
        again = record_of(relay, "secure.example", level)
        assert again["mx_status"] == "none" and "just tried" in again["reply"], again


def test_what_is_observed_is_found_out_each_time(relay):
    for _ in range(3):
        record = record_of(relay, "insecure.example", "observed")
        assert (record["outcome"], record["observe"]) == ("deferred", "bounced 5.7.4"), record
