"""What a sender says of TLS (RFC 8689): SPEC sections 3 and 12."""

import pytest

import mail
from daemon import until
from mail import happened, submit

CRITERIA = """\
X-Class requested
X-Class required SECURE
X-Class dane SECURE DANE
"""
WAIVED = "TLS-Required: No"


@pytest.fixture(scope="module")
def relay(make_module_daemon, lab):
    return make_module_daemon(criteria=CRITERIA, more=f"""
route "routed.example" {{ via = "mx.dane-wrong.example:{lab['smtp_port']}" tls = "dane" }}
""")


def deliver(relay, domain, service, *headers):
    to = f"a@{domain}"
    message = submit(relay, to, mail.message(to, f"X-Class: {service}", *headers))
    return relay.delivery(message=message)


@pytest.mark.parametrize("domain, service, silent, waived", [
    ("dane-wrong.example", "requested", "4.7.5", "127.0.3.3 DNSSEC"),
    ("dane-wrong.example", "required", "4.7.5", "127.0.3.3 DNSSEC"),
    ("dane-clear.example", "requested", "4.7.5", "127.0.3.9 DNSSEC"),
    ("dane-unusable-clear.example", "requested", "4.7.5", "127.0.3.9 DNSSEC"),
    ("dane-servfail.example", "requested", "4.4.3", "127.0.3.2 DNSSEC"),
    # What an administrator demanded stays demanded.
    ("dane-wrong.example", "dane", "4.7.5", "4.7.5"),
    ("routed.example", "requested", "4.7.5", "4.7.5"),
    ("insecure.example", "required", "5.7.4", "5.7.4")])
def test_tls_required_no_lifts_what_nobody_demanded(relay, domain, service, silent, waived):
    assert happened(deliver(relay, domain, service)) == silent
    assert happened(deliver(relay, domain, service, WAIVED)) == waived
    assert happened(deliver(relay, domain, service, "TLS-Required: Yes")) == silent


def test_waived_mail_uses_tls_where_it_is(relay, received):
    """It is no wish for clear text; and the other mail shares no connection with it."""
    to = "a@dane-good.example"
    submit(relay, to, mail.message(to, "X-Class: requested", WAIVED, mark="waived-tls"))
    entry, = received.wait("waived-tls")
    assert entry["tls"]
    record = until(lambda: [r for r in relay.deliveries() if r["to"] == to])[0]
    assert record["tls"] and record["dane"] == "none"
