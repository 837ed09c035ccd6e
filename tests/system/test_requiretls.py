"""What a sender says of TLS (RFC 8689): SPEC sections 3 and 12."""

import json
import ssl

import pytest

import mail
from daemon import DELIVERY, until
from mail import happened, submit
from test_tls_in import make_certificate

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


@pytest.mark.parametrize("domain, service, silent, waived", [
    ("dane-servfail.example", "requested", 75, 0), ("dane-servfail.example", "required", 75, 0),
    ("dane-servfail.example", "dane", 75, 75), ("insecure.example", "required", 69, 69)])
def test_explain_says_what_a_delivery_does(relay, domain, service, silent, waived):
    to = f"a@{domain}"
    for header, status in (("X-None: 1", silent), (WAIVED, waived)):
        text = mail.message(to, f"X-Class: {service}", header)
        done = relay.run("explain", "--json", "--from", "me@test.example", "--to", to, stdin=text)
        assert done.returncode == status, done.stdout
        told, = json.loads(done.stdout)["recipients"]
        assert told["waives_tls"] == (header == WAIVED)
        said = relay.run("explain", "--from", "me@test.example", "--to", to, stdin=text).stdout
        assert ("\n  TLS-Required  No: " in said) == (header == WAIVED)


def test_waived_mail_uses_tls_where_it_is(relay, received):
    """It is no wish for clear text; and the other mail shares no connection with it."""
    to = "a@dane-good.example"
    submit(relay, to, mail.message(to, "X-Class: requested", WAIVED, mark="waived-tls"))
    entry, = received.wait("waived-tls")
    assert entry["tls"]
    record = until(lambda: [r for r in relay.deliveries() if r["to"] == to])[0]
    assert record["tls"] and record["dane"] == "none"


# REQUIRETLS: handed in within TLS, as it is offered nowhere else.

class Requiring:
    """A daemon whose listener has TLS; hosts prove their names by the lab's CA."""

    def __init__(self, make, lab, dnssec="", delivery=""):
        self.daemon = make(start=False)
        make_certificate(self.daemon.dir, "relay")
        ca = self.daemon.dir / "mail-ca.crt"
        ca.write_text(open(lab["tls"]["ca"]).read())
        self.daemon.configure(
            listen='tls-certificate = "relay.pem" tls-key = "relay.key"', dnssec=dnssec,
            delivery=f"{DELIVERY} {delivery}", more=f"""
route "routed.example" {{ via = "mx.secure.example:{lab['smtp_port']}" tls = "verify" }}
route "named.example" {{ via = "mx.dane-ta.example:{lab['smtp_port']}" tls-ca-file = "{ca}" }}
route "misnamed.example" {{ via = "mx.dane-ta-name.example:{lab['smtp_port']}"
    tls-ca-file = "{ca}" }}
""")
        self.daemon.own()
        self.daemon.start()
        self.context = ssl.create_default_context(cafile=self.daemon.dir / "relay.pem")

    def submit(self, to, mark, **more):
        with mail.connect(self.daemon) as smtp:
            assert not (smtp.ehlo() and smtp.has_extn("requiretls"))
            smtp.starttls(context=self.context)
            smtp.ehlo()
            assert smtp.has_extn("requiretls")
            text = mail.message(to, mark=mark, body="the secret body\r\n")
            return submit(self.daemon, to, text, mail=["REQUIRETLS"], smtp=smtp, **more)

    def deliver(self, domain, mark):
        return self.daemon.delivery(message=self.submit(f"a@{domain}", mark))


@pytest.fixture(scope="module")
def requiring(make_module_daemon, lab):
    return Requiring(make_module_daemon, lab)


@pytest.fixture(scope="module")
def without_dane(make_module_daemon, lab):
    return Requiring(make_module_daemon, lab, "dane = false")


def test_requiretls_goes_to_a_host_that_dane_speaks_for(requiring, received):
    """TLSA is asked for though the service is off; nothing in the session has the mark."""
    record = requiring.deliver("dane-good.example", "requiretls-dane")
    assert (record["outcome"], record["dane"], record["service"]) == ("delivered", "dane-ee", "off")
    assert (record["mx_status"], record["address_status"]) == ("secure", "secure")
    entry, = received.wait("requiretls-dane")
    assert entry["tls"] and "REQUIRETLS" in entry["mail_params"]
    assert not requiring.daemon.block(record).with_word("DNSSEC")


def test_requiretls_goes_to_a_host_that_proves_its_name(without_dane, received):
    record = without_dane.deliver("named.example", "requiretls-name")
    assert (record["outcome"], record["dane"]) == ("delivered", "none")
    entry, = received.wait("requiretls-name")
    assert "REQUIRETLS" in entry["mail_params"]


@pytest.mark.parametrize("domain, why", [
    ("misnamed.example", "hostname mismatch"), ("dane-absent.example", "self-signed certificate"),
    ("dane-wrong.example", "self-signed certificate")])
def test_a_host_that_is_not_authenticated_is_waited_for(without_dane, received, domain, why):
    mark = f"requiretls-{domain}"
    message = without_dane.submit(f"a@{domain}", mark)
    record = without_dane.daemon.delivery(message=message)
    assert (record["outcome"], record["status"]) == ("deferred", "4.7.5"), record
    line, = without_dane.daemon.block(record).with_word("TLS: ", "; nor by its certificate: ")
    assert why in line
    without_dane.daemon.ok("queue", "bounce", message)
    _, (recipient,) = mail.status_fields(received.bounce(mark))
    assert recipient["Status"] == "5.7.5"
    assert not received.having(mark, f"a@{domain}")


@pytest.mark.parametrize("domain", ["secure.example", "plain.example", "dane-expired.example"])
def test_hosts_that_lack_it_get_nothing(requiring, received, domain):
    """Not TLS alone counts: dane-expired.example has that, and no REQUIRETLS."""
    mark = f"requiretls-lacks-{domain}"
    record = requiring.deliver(domain, mark)
    assert (record["outcome"], record["status"]) == ("bounced", "5.7.30"), record
    bounce = received.bounce(mark)           # the sender's host has no TLS: it goes all the same
    assert "the secret body" not in bounce.as_string()
    assert not received.having(mark, f"a@{domain}")


@pytest.mark.parametrize("domain, status", [
    ("secure.example", "5.7.30"), ("routed.example", "5.7.30"), ("dane-clear.example", "4.7.5")])
def test_who_has_no_tls_lacks_it_where_tls_is_demanded_too(make_daemon, lab, domain, status):
    """Of a host of which DANE says that it has TLS that is not believed."""
    demanding = Requiring(make_daemon, lab, delivery='tls = "encrypt"')
    record = demanding.deliver(domain, f"requiretls-demanded-{domain}")
    assert record["status"] == status, record


def test_a_host_that_is_not_known_may_have_it(requiring):
    """The first has no TLS; the addresses of the second are not known: no bounce."""
    record = requiring.deliver("mixed-dead-host.example", "requiretls-unknown")
    assert (record["outcome"], record["status"]) == ("deferred", "4.7.30"), record
    assert record["address"] == "127.0.2.1"


@pytest.mark.parametrize("domain", ["tls-refused.example", "tls-broken.example"])
def test_a_host_whose_tls_failed_is_not_known_to_lack_it(requiring, received, domain):
    """STARTTLS was offered: what would be offered behind it nobody has seen."""
    mark = f"requiretls-{domain}"
    message = requiring.submit(f"a@{domain}", mark)
    record = requiring.daemon.delivery(message=message)
    assert (record["outcome"], record["status"]) == ("deferred", "4.7.5"), record
    assert not requiring.daemon.block(record).with_word("again without TLS")
    requiring.daemon.ok("queue", "bounce", message)
    _, (recipient,) = mail.status_fields(received.bounce(mark))
    assert recipient["Status"] == "5.7.5"
    assert not received.having(mark, f"a@{domain}")


def test_a_report_asks_for_it_where_it_is_offered(requiring, received):
    mark, sender = "requiretls-report", "me@dane-good.example"
    requiring.submit("a@secure.example", mark, sender=sender)
    received.bounce(mark, sender)
    entry, = [e for e in received.having(f"{mark}@test.example", sender) if e["from"] == ""]
    assert entry["tls"] and "REQUIRETLS" in entry["mail_params"]
