"""Where no mail host can be: with the default of ignore-targets, that is the lab itself."""

import pytest

import mail
from mail import SENDER, happened, send, status_fields

CRITERIA = """\
X-Class  requested
X-Class  required  SECURE
"""
CASES = [
    # domain, off, requested, required; what the session says of each address
    ("secure.example", "5.4.4", "5.4.4", "5.4.4", ["mx.secure.example. 127.0.1.1 is in 127.0.0.0/8"]),
    ("insecure.example", "5.4.4", "5.4.4", "5.7.4", ["mx.insecure.example. 127.0.2.1 is in"]),
    ("neither-sec.example", "5.4.4", "5.4.4", "5.7.4", [" ::1 is in ::1/128", " 127.0.1.16 is in"]),
    ("implicit.example", "5.4.4", "5.4.4", "5.4.4", ["implicit.example. 127.0.1.18 is in"]),
    ("[127.0.1.1]", "5.4.4", "5.4.4", "5.7.4", ["ignored: 127.0.1.1 is in 127.0.0.0/8"]),
]
LEVELS = ("off", "requested", "required")


@pytest.fixture(scope="module")
def relay(make_module_daemon, lab):
    """Bounces still arrive: a static route to an address may name any."""
    return make_module_daemon(criteria=CRITERIA, ignore="", more=(
        f'route "sender.example" {{ via = "[127.0.1.1]:{lab["smtp_port"]}" }}\n'
        f'route "named.example" {{ via = "mx.secure.example:{lab["smtp_port"]}" }}\n'))


@pytest.mark.parametrize("domain,off,requested,required,lines", CASES, ids=[c[0] for c in CASES])
def test_no_other(relay, domain, off, requested, required, lines):
    for level, expected in zip(LEVELS, (off, requested, required)):
        message = send(relay, f"a@{domain}", f"X-Class: {level}", sender="me@sender.example")
        record = relay.delivery(message=message)
        block = relay.block(record)
        assert (record["outcome"], record["status"]) == ("bounced", expected), block.text
        for line in lines:
            assert len(block.with_word("ignored: ", line)) == 1, block.text
        assert not block.with_word("connecting to") and (record["host"], record["address"]) == ("", "")


def test_the_sender_is_told(relay, received):
    text = mail.message("a@secure.example", mark="ignored-told", sender="me@sender.example")
    mail.submit(relay, "a@secure.example", text, sender="me@sender.example")
    bounce = received.bounce("ignored-told", to="me@sender.example")
    _, (recipient,) = status_fields(bounce)
    assert recipient["Status"] == "5.4.4"
    words = " ".join(bounce.get_body(("plain",)).get_content().split())
    assert "mx.secure.example. 127.0.1.1 is in 127.0.0.0/8" in words, words


def test_the_administrators_word(relay):
    """An address is; what the DNS says of a name is not."""
    assert happened(relay.delivery(message=send(relay, "a@sender.example"))) == "127.0.1.1"
    assert happened(relay.delivery(message=send(relay, "a@named.example"))) == "5.4.4"


def test_commands(relay):
    text = relay.ok("route", "secure.example")
    assert "127.0.1.1:" in text and "(ignored: 127.0.1.1 is in 127.0.0.0/8" in text, text
    route = relay.json("route", "secure.example")
    assert [a["ignored"] for h in route["route"]["hosts"] for a in h["addresses"]] == [True]
    assert {s["status"] for s in route["services"].values()} == {"5.4.4"}
    done = relay.run("explain", "--from", SENDER, "--to", "a@secure.example",
                     stdin=mail.message("a@secure.example"))
    assert done.returncode == 69 and "(ignored: 127.0.1.1 is in" in done.stdout, done.stdout


def test_another_list(make_daemon):
    """One's own list is instead of the default; IPv6 is not in it, and 127.0.1.16 is."""
    relay = make_daemon(ignore='ignore-targets = {"127.0.1.16/28"}')
    record = relay.delivery(message=send(relay, "a@neither-sec.example"))
    assert happened(record) == "::1"
    assert len(relay.block(record).with_word("ignored: ", "127.0.1.16 is in 127.0.1.16/28")) == 1
