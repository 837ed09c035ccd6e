"""TLS out: opportunistic, demanded by delivery.tls, and by a route."""

import contextlib
import ssl

import pytest

import mail
import scripted
from daemon import PATIENT

HASTE = PATIENT + ' retry = {"1h"}'


def deliver(relay, domain, mark, *header):
    to = f"rcpt@{domain}"
    message = mail.submit(relay, to, mail.message(to, *header, mark=mark))
    record = relay.delivery(message=message)
    return record, relay.block(record)


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon()


def test_offered(relay, received):
    record, block = deliver(relay, "dane-absent.example", "tls-offered")
    assert (record["tls"], record["dane"]) == ("TLSv1.3", "none"), block.text
    line, = [x for x in block.lines if x.startswith("TLS: ")]
    assert line == f"TLS: TLSv1.3, {line.split(', ')[1]}, not authenticated: " \
                   "no TLSA record was asked for"
    entry = received.wait("tls-offered")[0]
    assert entry["tls"] and entry["sni"] == "mx.dane-absent.example"
    assert entry["ehlo"] == "relay.lab.example"
    # EHLO is said anew, behind the handshake.
    assert len(block.with_word("--> EHLO")) == 2


def test_not_offered(relay, received):
    record, block = deliver(relay, "secure.example", "tls-not-offered")
    assert record["outcome"] == "delivered" and record["tls"] == "", block.text
    assert not received.wait("tls-not-offered")[0]["tls"]


def test_a_failed_handshake_is_tried_again_in_clear(relay, received):
    record, block = deliver(relay, "tls-broken.example", "again-in-clear")
    assert record["outcome"] == "delivered" and record["tls"] == "", block.text
    line, = [x for x in block.lines if x.startswith("TLS failed: ")]
    assert line.endswith("; again without TLS")
    assert len(block.tried("127.0.3.11")) == 2
    assert [e["tls"] for e in received.wait("again-in-clear")] == [False]


class Wants(scripted.Session):
    """A host that takes no TLS from whom it does not know."""
    version = None

    def ehlo(self):
        return "250-far\r\n250 STARTTLS"

    async def do_starttls(self, rest):
        await self.say("220 2.0.0 go ahead")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.hosts.pair)
        context.verify_mode = ssl.CERT_REQUIRED
        context.minimum_version = context.maximum_version = self.version
        with contextlib.suppress(ssl.SSLError):
            await self.writer.start_tls(context)
        raise scripted.Hangup


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_host_that_wants_our_certificate(make_daemon, lab, version):
    """In TLS 1.3 it says so when our side of the handshake is over."""
    with scripted.Hosts(type("Wants", (Wants,), {"version": version})) as hosts:
        hosts.pair = lab["tls"]["certificate"], lab["tls"]["key"]
        daemon = make_daemon(more=f'route "far.example" {{ {hosts.via()} }}\n')
        record, block = deliver(daemon, "far.example", f"wants-{version.name}")
        connects = hosts.connections
        said = daemon.run("connect", "far.example", "--level", "off")
    assert record["outcome"] == "delivered" and record["tls"] == "", block.text
    assert block.with_word("TLS failed: ", "; again without TLS") and connects == 2
    assert said.returncode == 0 and "deliver in clear, as TLS failed: " in said.stdout, said.stdout


def test_a_refused_starttls_goes_on(relay, received):
    record, block = deliver(relay, "tls-refused.example", "tls-refused")
    assert record["outcome"] == "delivered" and record["tls"] == "", block.text
    assert block.with_word("TLS failed: 454 4.7.0 no TLS now; again without TLS")


def test_what_stands_behind_the_220_is_not_used(relay, received):
    record, block = deliver(relay, "tls-injected.example", "tls-injected")
    assert block.with_word("TLS failed: ", "in clear behind the reply to STARTTLS")
    assert record["outcome"] == "delivered"
    assert len(block.tried("127.0.3.12")) == 2


def test_a_connection_is_used_again(relay, received):
    seen = []
    for i in range(2):
        record, block = deliver(relay, "dane-absent.example", f"tls-again-{i}")
        seen.append(received.wait(f"tls-again-{i}")[0])
        assert record["tls"] == "TLSv1.3"
        assert len([x for x in block.lines if x.startswith("TLS: ")]) == 1
    assert len(block.with_word("using the open connection")) == \
        (seen[0]["connection"] == seen[1]["connection"])


def test_never(make_daemon, received):
    daemon = make_daemon(delivery=HASTE + ' tls = "none"', criteria="X-Class on\n")
    for header in ("X-Class: off", "X-Class: on"):
        mark = f"tls-never-{header[-2:]}"
        record, block = deliver(daemon, "dane-good.example", mark, header)
        assert record["outcome"] == "delivered" and record["tls"] == "", block.text
        assert not block.with_word("STARTTLS", "-->") and not received.wait(mark)[0]["tls"]


@pytest.fixture(scope="module")
def strict(make_module_daemon, lab):
    return make_module_daemon(delivery=HASTE + ' tls = "encrypt" tls-minimum = "1.3"')


@pytest.mark.parametrize("domain, status", [
    ("dane-absent.example", "2.0.0"), ("dane-wrong.example", "2.0.0"),
    ("secure.example", "4.7.5"), ("tls-refused.example", "4.7.5"), ("tls-broken.example", "4.7.5"),
    ("plain.example", "4.7.5"),
])
def test_encrypt(strict, domain, status):
    record, block = deliver(strict, domain, f"tls-encrypt-{domain}")
    assert record["status"] == status, block.text
    assert "again without TLS" not in block.text


def test_encrypt_at_the_end_of_its_life(make_daemon):
    daemon = make_daemon(delivery=PATIENT + ' retry = {"1h"} lifetime = "0s" tls = "encrypt"')
    for domain in ("secure.example", "tls-refused.example", "tls-broken.example"):
        record, block = deliver(daemon, domain, f"tls-end-{domain}")
        assert (record["outcome"], record["status"]) == ("bounced", "5.7.5"), block.text


ROUTES = """
route "verified.example" {{ via = "mx.dane-ta.example:{port}" tls = "verify" tls-ca-file = "{ca}" }}
route "named.example" {{ via = "[127.0.3.6]:{port}" tls = "verify" tls-name = "mx.dane-ta.example"
    tls-ca-file = "{ca}" }}
route "misnamed.example" {{ via = "[127.0.3.6]:{port}" tls = "verify" tls-name = "my.example"
    tls-ca-file = "{ca}" }}
route "unknown.example" {{ via = "mx.dane-ta.example:{port}" tls = "verify" }}
route "encrypted.example" {{ via = "mx.dane-wrong.example:{port}" tls = "encrypt" }}
route "clear.example" {{ via = "mx.secure.example:{port}" tls = "encrypt" }}
route "dane.example" {{ via = "mx.dane-good.example:{port}" tls = "dane" }}
route "dane-wrong.route" {{ via = "mx.dane-wrong.example:{port}" tls = "dane" }}
route "dane-none.route" {{ via = "mx.dane-absent.example:{port}" tls = "dane" }}
route "dane-servfail.route" {{ via = "mx.dane-servfail.example:{port}" tls = "dane" }}
route "dane-address.route" {{ via = "[127.0.3.2]:{port}" tls = "dane" }}
"""


@pytest.fixture(scope="module")
def routed(make_module_daemon, lab, place):
    ca = place / "mail-ca.crt"
    ca.write_text(open(lab["tls"]["ca"]).read())
    ca.chmod(0o644)
    return make_module_daemon(more=ROUTES.format(port=lab["smtp_port"], ca=ca),
                              delivery=HASTE, criteria="X-Class on\n")


@pytest.mark.parametrize("domain, status, tls, dane", [
    ("verified.example", "2.0.0", True, "none"),
    ("named.example", "2.0.0", True, "none"),
    ("misnamed.example", "4.7.5", False, "none"),
    ("unknown.example", "4.7.5", False, "none"),
    ("encrypted.example", "2.0.0", True, "none"),
    ("clear.example", "4.7.5", False, "none"),
    ("dane.example", "2.0.0", True, "dane-ee"),
    ("dane-wrong.route", "4.7.5", False, "none"),
    ("dane-none.route", "5.7.10", False, "none"),
    ("dane-servfail.route", "4.4.3", False, "none"),
    ("dane-address.route", "5.7.10", False, "none"),
])
def test_route(routed, domain, status, tls, dane):
    record, block = deliver(routed, domain, f"tls-route-{domain}", "X-Class: off")
    assert record["status"] == status, block.text
    assert (bool(record["tls"]), record["dane"]) == (tls, dane), block.text
    # The service is off, whatever a route asks for: neither first line nor marks.
    assert "DNSSEC" not in block.text and record["service"] == "off"


@pytest.mark.parametrize("domain, outcome, address", [
    ("dane.example", "delivered", "secure"), ("dane-none.route", "bounced", "secure"),
    ("dane-address.route", "bounced", "none"), ("encrypted.example", "delivered", "indeterminate")])
def test_record_of_a_route_that_asks_with_ad(routed, domain, outcome, address):
    """The status of the answers as they were asked, whatever became of the mail."""
    record, _ = deliver(routed, domain, f"tls-status-{domain}", "X-Class: off")
    assert (record["outcome"], record["service"]) == (outcome, "off")
    assert (record["mx_status"], record["address_status"]) == ("none", address)


def test_an_unknown_issuer_has_its_remedy(routed):
    """For the chain of a host, not where TLSA records say whose it is to be."""
    record, block = deliver(routed, "unknown.example", "tls-unknown-issuer")
    assert block.with_word("certificate verify failed", "; tls-ca-file names a CA of one's own")
    assert "tls-ca-file" in record["reply"]
    for domain in ("misnamed.example", "dane-wrong.route"):
        _, block = deliver(routed, domain, f"tls-no-remedy-{domain}")
        assert "tls-ca-file" not in block.text, block.text


def test_verified_says_so(routed):
    _, block = deliver(routed, "named.example", "tls-verified-words")
    assert block.with_word("TLS: ", "authenticated by its certificate, for mx.dane-ta.example")


def test_ca_file_that_is_none(make_daemon, place):
    bad = place / "no-ca.pem"
    bad.write_text("nothing\n")
    bad.chmod(0o644)
    daemon = make_daemon(start=False, delivery=f'tls-ca-file = "{bad}"')
    done = daemon.run("serve", "--check")
    assert done.returncode == 2 and "tls-ca-file: " in done.stderr
    assert f"{daemon.conf}:" in done.stderr


def test_tls_at_once(make_daemon, lab, place):
    """smtps://: TLS is there before the greeting, and STARTTLS is not asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*lab["tls"]["all"]["ta"])
    ca = place / "smtps-ca.crt"
    ca.write_text(open(lab["tls"]["ca"]).read())
    ca.chmod(0o644)
    with scripted.Hosts(tls=context) as hosts:
        at = f"smtps://[{hosts.addresses[0]}]:{hosts.port}"
        daemon = make_daemon(delivery=HASTE, more=f"""
route "once.example" {{ via = "{at}" }}
route "verified.example" {{ via = "{at}" tls = "verify" tls-name = "mx.dane-ta.example"
    tls-ca-file = "{ca}" }}
route "misnamed.example" {{ via = "{at}" tls = "verify" tls-name = "my.example"
    tls-ca-file = "{ca}" }}
""")
        for domain, status in (("once.example", "2.0.0"), ("verified.example", "2.0.0"),
                               ("misnamed.example", "4.7.5")):
            record, block = deliver(daemon, domain, f"smtps-{domain}")
            assert record["status"] == status, block.text
            assert record["tls"] == ("TLSv1.3" if status == "2.0.0" else ""), block.text
            assert not block.with_word("STARTTLS", "-->")
        assert sorted(hosts.accepted()) == ["rcpt@once.example", "rcpt@verified.example"]


class Leaves(scripted.Session):
    """A host that says the good-bye of TLS behind a reply, both at once, and waits for ours."""

    async def leave(self, reply):
        session = self.writer.get_extra_info("ssl_object")
        session.write(reply.encode() + b"\r\n")
        with contextlib.suppress(ssl.SSLWantReadError):
            session.unwrap()
        self.writer.transport._ssl_protocol._process_outgoing()    # both in one
        await self.reader.read()


@pytest.fixture
def tls_hosts(lab):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab["tls"]["certificate"], lab["tls"]["key"])
    return lambda session: scripted.Hosts(session, tls=context)


def test_a_good_bye_of_tls_behind_the_reply(make_daemon, tls_hosts):
    """It carries no further message."""
    class LeavesWithTheMessage(Leaves):
        async def end(self, data):
            self.hosts.messages.append({"rcpts": self.rcpts})
            await self.leave("250 2.0.0 ok")

    with tls_hosts(LeavesWithTheMessage) as hosts:
        daemon = make_daemon(delivery=HASTE, more=f"""
route "once.example" {{ via = "smtps://[{hosts.addresses[0]}]:{hosts.port}" }}
""")
        for n in range(3):
            record, block = deliver(daemon, "once.example", f"good-bye-{n}")
            assert record["status"] == "2.0.0", block.text
            assert "using the open connection" not in block.text, block.text
        assert hosts.connections == 3 and len(hosts.accepted()) == 3


def test_a_good_bye_of_tls_before_any_mail(make_daemon, tls_hosts):
    """What cannot be said to it any more is not waited for."""
    class LeavesBefore(Leaves):
        async def do_ehlo(self, rest):
            await self.leave(self.ehlo())

    with tls_hosts(LeavesBefore) as hosts:
        daemon = make_daemon(delivery='command-timeout = "2h" retry = {"1h"}', more=f"""
route "once.example" {{ via = "smtps://[{hosts.addresses[0]}]:{hosts.port}" }}
""")
        record, block = deliver(daemon, "once.example", "good-bye")
        assert (record["outcome"], record["status"]) == ("deferred", "4.4.2"), block.text
        assert "the host closed the connection" in record["reply"], block.text


def test_tls_at_once_is_never_tried_in_clear(make_daemon):
    """A host that speaks without TLS where it is to be there from the start gets nothing."""
    with scripted.Hosts() as hosts:
        daemon = make_daemon(delivery=HASTE, more=f"""
route "once.example" {{ via = "smtps://[{hosts.addresses[0]}]:{hosts.port}" }}
""")
        record, block = deliver(daemon, "once.example", "smtps-clear")
        assert record["status"] == "4.7.5" and "again without TLS" not in block.text, block.text
        assert not hosts.accepted()


def test_sessions_are_counted_by_how_mail_left(make_daemon, lab):
    """By the connection that mail went over; a session that found nobody to take it counts for nothing."""
    daemon = make_daemon(start=False)
    ca = daemon.dir / "mail-ca.crt"
    ca.write_text(open(lab["tls"]["ca"]).read())
    daemon.configure(more=ROUTES.format(port=lab["smtp_port"], ca=ca))
    daemon.own()
    daemon.start()
    for domain, times in (("secure.example", 1), ("tls-refused.example", 1), ("tls-broken.example", 1),
                          ("dane-absent.example", 2), ("verified.example", 1), ("dane.example", 2),
                          ("misnamed.example", 1), ("dane-wrong.route", 1)):
        for _ in range(times):
            deliver(daemon, domain, f"counted-{domain}")
    assert daemon.json("status")["tls"] == {"clear": 3, "encrypted": 2, "verified": 1, "dane": 2}
    assert "by TLS       clear 3, encrypted 2, verified 1, dane 2\n" in daemon.ok("status")
