"""Static routes: which one is taken, and that what it says holds for its destinations alone."""

from datetime import datetime, timedelta

import pytest

import mail
from daemon import PATIENT, until
from mail import send, submit


@pytest.fixture(scope="module")
def relay(make_module_daemon, lab):
    port = lab["smtp_port"]
    return make_module_daemon(
        delivery=PATIENT + ' retry = {"1h"}',
        more=f'route ".routed.example" {{ via = "[127.0.1.2]:{port}" bind4 = "127.0.0.9" }}\n'
             f'route "exact.routed.example" {{ via = "[127.0.1.1]:{port}" recipients = 1 }}\n'
             f'route ".far.routed.example" {{ via = "[IPv6:::ffff:127.0.1.1]" port = {port} }}\n'
             f'route "quick.example" {{ via = "[127.0.1.1]:{port}" retry = {{"200ms"}} }}\n'
             f'route "short.example" {{ via = "[127.0.1.1]:{port}" lifetime = 0s }}\n'
             f'route ".paced.example" {{ via = "[127.0.1.1]:{port}" rate = "2/1s" }}\n'
             f'route "hourly.example" {{ via = "[127.0.1.1]:{port}" rate = "1/1h" }}\n'
             f'route "*" {{ via = "mx.secure.example:{port}" }}\n')


@pytest.mark.parametrize("domain, address", [
    ("a.routed.example", "127.0.1.2"), ("A.B.Routed.Example", "127.0.1.2"),
    ("exact.routed.example", "127.0.1.1"), ("x.exact.routed.example", "127.0.1.2"),
    ("x.far.routed.example", "127.0.1.1"), ("far.routed.example", "127.0.1.2"),
    ("routed.example", "127.0.1.1"), ("nowhere.example", "127.0.1.1"),
    ("[127.0.1.2]", "127.0.1.2")])
def test_the_most_specific_is_taken(relay, domain, address):
    record = relay.delivery(message=send(relay, f"a@{domain}"))
    assert (record["outcome"], record["address"]) == ("delivered", address)


def test_from_its_own_address(relay, received):
    for domain in ("bound.routed.example", "exact.routed.example"):
        submit(relay, f"a@{domain}", mail.message("a", mark=f"bound-{domain}"))
    assert received.wait("bound-bound")[0]["peer"].startswith("127.0.0.9")
    assert not received.wait("bound-exact")[0]["peer"].startswith("127.0.0.9")


def test_its_own_number_of_recipients(relay, received):
    submit(relay, [f"r{i}@exact.routed.example" for i in range(3)], mail.message("a", mark="ones"))
    until(lambda: len(received.having("ones")) == 3)
    submit(relay, [f"r{i}@a.routed.example" for i in range(3)], mail.message("a", mark="threes"))
    assert len(received.wait("threes")[0]["rcpts"]) == 3


def test_its_own_schedule(relay):
    """The section's first wait is an hour; the route's is over soon."""
    name = send(relay, "once-450-quick@quick.example")
    until(lambda: len(relay.deliveries(message=name)) == 2)
    assert [r["outcome"] for r in relay.deliveries(message=name)] == ["deferred", "delivered"]
    assert relay.delivery(message=send(relay, "rcpt-450@a.routed.example"))["outcome"] == "deferred"


def test_its_own_lifetime(relay):
    record = relay.delivery(message=send(relay, "rcpt-450@short.example"))
    assert record["outcome"] == "bounced" and "given up" in record["reply"]
    record = relay.delivery(message=send(relay, "rcpt-450@long.routed.example"))
    assert record["outcome"] == "deferred"


def test_config_shows_what_holds(relay):
    rows = {(r["title"], r["key"]): r for r in relay.json("config") if r["section"] == "route"}
    assert rows["quick.example", "retry"]["value"] == ["200ms"]
    assert rows["short.example", "retry"]["value"] == ["1h"]
    assert not rows["short.example", "retry"]["changed"]
    assert rows["short.example", "recipients"]["from"] == "default"


def test_the_section_that_is_taken_is_named(relay):
    lines = relay.conf.read_text().splitlines()
    for domain, title in (("x.routed.example", ".routed.example"), ("a.example", "*"),
                          ("exact.routed.example", "exact.routed.example")):
        at = 1 + next(i for i, li in enumerate(lines) if li.startswith(f'route "{title}"'))
        said = f'by route "{title}" ({relay.conf}:{at})'
        assert said in relay.ok("route", domain).splitlines()
        assert relay.json("route", domain)["route_section"] == title
        done = relay.run("explain", "--from", "a@b.example", "--to", f"a@{domain}", stdin="A: b\n\n")
        assert said in " ".join(done.stdout.split()), done.stdout
    assert relay.json("route", "[127.0.1.2]")["route_section"] == ""


def test_an_address_cannot_have_dane(relay):
    """Nobody can publish TLSA records for it: no such thing is advised."""
    dane = relay.json("route", "exact.routed.example")["services"]["dane"]
    assert dane["status"] == "5.7.10" and "name the mail host" in dane["advice"], dane
    assert "publish" not in dane["advice"]


def ends(records):
    return sorted(datetime.fromisoformat(r["time"]) for r in records)


def test_its_rate_holds_in_every_window(relay):
    """Of all that share it, on all workers, and over a reload: who came two before is a second older."""
    sent = []
    for i in range(4):
        sent += [send(relay, f"a{i}@x.paced.example"), send(relay, f"b{i}@y.paced.example")]
        if i == 2:
            relay.ok("reload")
    records = [relay.delivery(message=m) for m in sent]
    assert {r["outcome"] for r in records} == {"delivered"}
    times = ends(records)
    assert all(late - early >= timedelta(seconds=1) for early, late in zip(times, times[2:])), times


def test_a_rate_holds_up_nobody_else(relay):
    two = [send(relay, f"c{i}@hourly.example") for i in range(2)]
    first = relay.delivery(domain="hourly.example")
    relay.delivery(message=send(relay, "a@quick.example"))
    assert [first] == [r for m in two for r in relay.deliveries(message=m)]


def test_what_was_never_sent_takes_no_place(make_daemon, lab):
    """A host that is not there uses up no rate of an hour."""
    daemon = make_daemon(delivery=PATIENT + ' retry = {"1h"}', more='route ".paced.example" { '
                         f'via = "[127.0.1.1]:{lab["smtp_port"]}" rate = "2/1h" tls = "verify" '
                         'tls-name = "nobody.example" }')
    for i in range(4):
        assert daemon.delivery(message=send(daemon, f"a@d{i}.paced.example"))["outcome"] == "deferred"


def test_a_route_without_via_goes_where_the_dns_leads(make_daemon):
    """And as it says there."""
    daemon = make_daemon(delivery=PATIENT, more='route "secure.example" { rate = "1/1h" }')
    two = [send(daemon, f"d{i}@secure.example") for i in range(2)]
    first = daemon.delivery(domain="secure.example")
    assert (first["outcome"], first["host"]) == ("delivered", "mx.secure.example"), first
    daemon.delivery(message=send(daemon, "a@insecure.example"))
    assert [first] == [r for m in two for r in daemon.deliveries(message=m)]
    assert 'by route "secure.example"' in daemon.ok("route", "secure.example")


def test_without_via_a_secure_mx_names_who_is_verified(make_daemon, lab, place):
    """For mail with the service off, too: the certificate is of the mail host's name alone."""
    ca = place / "routes-ca.crt"
    ca.write_text(open(lab["tls"]["ca"]).read())
    daemon = make_daemon(delivery=PATIENT + ' retry = {"1h"}',
                         more=f'route ".example" {{ tls = "verify" tls-ca-file = "{ca}" }}')
    record = daemon.delivery(message=send(daemon, "a@dane-ta.example"))
    assert (record["outcome"], record["service"]) == ("delivered", "off"), record
    block = daemon.block(record)
    assert block.with_word("TLS: ", "authenticated by its certificate") and "DNSSEC" not in block.text
    record = daemon.delivery(message=send(daemon, "a@dane-insec.example"))
    assert (record["outcome"], record["status"]) == ("deferred", "4.7.5"), record
    for domain, status in ("dane-ta.example", 0), ("dane-insec.example", 1):
        assert daemon.run("connect", domain, "--level", "off").returncode == status
