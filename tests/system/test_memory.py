"""What is remembered of domains: one that was secure and is no more is told, over a restart too."""

import re

import pytest

import dnsfake
import mail
from daemon import resolver, until
from dnsfake import answer
from mail import send

NOTE = re.compile(r"note: moved\.example was secure until (\S+Z)$")


@pytest.fixture
def fake(lab):
    """Whatever it does not know the lab's validating server does; so it validates, too."""
    address, port = lab["validating"].rsplit(":", 1)
    with dnsfake.DnsFake(upstream=(address.strip("[]"), int(port))) as one:
        yield one


def domain(fake, ad):
    fake.on("moved.example", "MX", answer("10 mx.moved.example.", ad=ad, ttl=0))
    fake.on("mx.moved.example", "A", answer("127.0.1.1", ad=ad, ttl=0))
    fake.on("mx.moved.example", "AAAA", dnsfake.nodata(ad=ad))


def deliver(daemon, *headers):
    record = daemon.delivery(message=send(daemon, "a@moved.example", *headers))
    notes = [m for m in map(NOTE.match, daemon.block(record).lines) if m]
    return record, notes[0].group(1) if notes else ""


def test_it_is_told(make_daemon, fake, received):
    domain(fake, ad=True)
    daemon = make_daemon(criteria="X-Class required SECURE\nX-Class asked\n",
                         resolvers=resolver(f"127.0.0.1:{fake.port}"))
    record, note = deliver(daemon, "X-Class: asked")
    assert (record["mx_status"], record["was_secure"], note) == ("secure", "", "")
    first = record["time"]

    domain(fake, ad=False)
    until(lambda: deliver(daemon, "X-Class: asked")[0]["mx_status"] == "insecure")
    record, note = deliver(daemon, "X-Class: asked")
    assert record["outcome"] == "delivered" and record["was_secure"] == note <= first
    assert deliver(daemon)[1] == ""          # the service is off: nothing was asked with AD

    daemon.stop()                            # what is known is in the store
    daemon.start()
    record, again = deliver(daemon, "X-Class: required")
    assert (record["outcome"], record["status"]) == ("bounced", "5.7.4")
    assert again == note == record["was_secure"]
    assert record["reply"].endswith(f"the requirement. moved.example was secure until {note}")

    domain(fake, ad=True)
    until(lambda: deliver(daemon, "X-Class: required")[0]["mx_status"] == "secure")
    assert deliver(daemon, "X-Class: asked")[1] == ""


def test_who_is_refused_early_is_told(make_daemon, fake):
    domain(fake, ad=True)
    daemon = make_daemon(criteria="X-Class required SECURE\n",
                         dnssec='reject-early = true reject-within = "1m"',
                         resolvers=resolver(f"127.0.0.1:{fake.port}"))
    deliver(daemon, "X-Class: required")
    domain(fake, ad=False)
    with mail.connect(daemon) as smtp:
        smtp.ehlo()
        smtp.mail(mail.SENDER)
        smtp.rcpt("a@moved.example")
        code, reply = smtp.data(mail.message("a@moved.example", "X-Class: required"))
    said = " ".join(line.removeprefix("5.7.4 ") for line in reply.decode().splitlines())
    assert code == 550 and "the requirement. moved.example was secure until 20" in said


def test_others_are_not(make_daemon):
    daemon = make_daemon(criteria="X-Class asked\n")
    record = daemon.delivery(message=send(daemon, "a@insecure.example", "X-Class: asked"))
    assert record["was_secure"] == "" and "was secure" not in daemon.block(record).text


def test_a_server_that_does_not_validate_feeds_nothing(make_daemon, fake):
    """To it all is insecure: what was known stays, and is told once a server that validates says so."""
    domain(fake, ad=True)
    daemon = make_daemon(criteria="X-Class asked\n", resolvers=resolver(f"127.0.0.1:{fake.port}"))
    first, _ = deliver(daemon, "X-Class: asked")
    assert first["mx_status"] == "secure"

    domain(fake, ad=False)
    fake.on("com", "NS", answer("a.gtld.example.", ad=False, ttl=0))
    daemon.ok("reload")                      # probes anew
    until(lambda: daemon.json("status")["servers"][0]["probe"] == "fails")
    record, note = deliver(daemon, "X-Class: asked")
    assert (record["mx_status"], record["was_secure"], note) == ("insecure", "", "")

    fake.forget("com", "NS")
    daemon.ok("reload")
    until(lambda: daemon.json("status")["servers"][0]["probe"] == "validates")
    record, note = deliver(daemon, "X-Class: asked")
    assert record["was_secure"] == note and note >= first["time"][:19]
