"""Mail that a host does not take as it is: SPEC section 7, RFC 6152, RFC 3030, RFC 1428.

The mail host of plain.example has no extension at all; that of secure.example has all.
"""

import email

import pytest

import mail
from mail import Raw, submit

HEAD = b"Subject: %s\r\nMessage-ID: <%s@test.example>\r\n"
PLAIN, ALL = "a@plain.example", "a@secure.example"


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon()


def text(mark, rest):
    return HEAD % (mark.encode(), mark.encode()) + rest


def parts(octets):
    """[(type, octets)] of the leaves, as Python reads them."""
    return [(p.get_content_type(), p.get_payload(decode=True))
            for p in email.message_from_bytes(octets).walk() if not p.is_multipart()]


MIXED = (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b 1\"\r\n"
         b"Content-Transfer-Encoding: 8bit\r\n\r\n--=_b 1\r\n"
         b"Content-Type: text/plain; charset=utf-8\r\n\r\nna\xc3\xafve\r\n--=_b 1\r\n"
         b"Content-Type: image/x\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xff\xd8\r\n--=_b 1\r\n"
         b"caf\xe9: no field\r\n\r\ncaf\xe9\r\n--=_b 1\r\n"
         b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ncaf\xe9\r\n--=_b 1--\r\n")


@pytest.mark.parametrize("declared", [["BODY=8BITMIME"], []], ids=["declared", "undeclared"])
def test_eight_bits_become_seven(relay, received, declared):
    mark = f"seven-bit-{len(declared)}"
    message = submit(relay, PLAIN, text(mark, MIXED), mail=declared)
    entry, = received.wait(mark)
    assert entry["data"].isascii() and entry["mail_params"] == []
    assert parts(entry["data"].encode()) == parts(text(mark, MIXED))
    block = relay.block(relay.delivery(message=message))
    assert "converted: to 7-bit parts, as the host takes no others" in block.text


def test_eight_bits_stay_where_they_may(relay, received):
    submit(relay, ALL, text("stays-eight", MIXED))
    entry, = received.wait("stays-eight")
    assert entry["data"].encode("latin-1").endswith(MIXED)
    assert "BODY=8BITMIME" in entry["mail_params"]


def test_what_nobody_labelled(relay, received):
    submit(relay, PLAIN, text("unlabelled", b"\r\ncaf\xe9\r\n"))
    entry, = received.wait("unlabelled")
    message = email.message_from_string(entry["data"])
    assert message["MIME-Version"] == "1.0"
    assert message["Content-Type"] == "text/plain; charset=unknown-8bit"
    assert message.get_payload(decode=True) == b"caf\xe9\r\n"


@pytest.mark.parametrize("kind", ["signed", "encrypted"])
def test_what_is_sealed_bounces(relay, received, kind):
    rest = (b"MIME-Version: 1.0\r\nContent-Type: multipart/%s; boundary=b\r\n\r\n--b\r\n\r\n"
            b"caf\xe9\r\n--b\r\n\r\nx\r\n--b--\r\n" % kind.encode())
    record = relay.delivery(message=submit(relay, PLAIN, text(f"sealed-{kind}", rest)))
    assert (record["outcome"], record["status"]) == ("bounced", "5.6.3")
    bounce = received.bounce(f"sealed-{kind}")
    _, (recipient,) = mail.status_fields(bounce)
    assert recipient["Status"] == "5.6.3" and recipient["Action"] == "failed"
    submit(relay, ALL, text(f"sealed-goes-{kind}", rest))
    assert received.wait(f"sealed-goes-{kind}")


def test_what_has_no_part_bounces(relay, received):
    """Nobody knows what the octets are: none of them is thrown away unsaid."""
    rest = (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            b"caf\xe9\r\n--c\r\n\r\nx\r\n")
    record = relay.delivery(message=submit(relay, PLAIN, text("partless", rest)))
    assert (record["outcome"], record["status"]) == ("bounced", "5.6.3")
    submit(relay, ALL, text("partless-goes", rest))
    entry, = received.wait("partless-goes")
    assert entry["data"].encode("latin-1").endswith(rest)


BINARY = (b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
          b"Content-Transfer-Encoding: binary\r\n\r\n\0\n.\r\n\r\xff")


def hand_in_chunks(relay, to, octets):
    with Raw(relay) as raw:
        assert "BINARYMIME" in raw.say("EHLO client.example")
        raw.say_all(f"MAIL FROM:<{mail.SENDER}> BODY=BINARYMIME", f"RCPT TO:<{to}>")
        assert raw.say("DATA").startswith("503 5.5.1")
        raw.send(b"BDAT 100\r\n" + octets[:100] + b"BDAT %d LAST\r\n" % (len(octets) - 100)
                 + octets[100:])
        assert raw.reply().startswith("250 2.0.0")
        return mail.queue_id(raw.reply()[4:])


def test_binary_goes_as_it_is(relay, received):
    octets = text("binary-goes", BINARY)
    hand_in_chunks(relay, ALL, octets)
    entry, = received.wait("binary-goes")
    assert entry["data"].encode("latin-1").endswith(octets)
    assert "BODY=BINARYMIME" in entry["mail_params"]


def test_binary_becomes_lines(relay, received):
    octets = text("binary-converted", BINARY)
    hand_in_chunks(relay, PLAIN, octets)
    entry, = received.wait("binary-converted")
    assert entry["data"].isascii() and entry["mail_params"] == []
    assert parts(entry["data"].encode()) == parts(octets)


def test_binary_with_a_long_line_becomes_lines(relay, received):
    """All ASCII as it is: DATA has no such line."""
    octets = text("binary-long", b"\r\n" + b"w" * 3000 + b"\r\n")
    hand_in_chunks(relay, PLAIN, octets)
    entry, = received.wait("binary-long")
    assert max(map(len, entry["data"].split("\r\n"))) <= 998
    assert parts(entry["data"].encode()) == parts(octets)


def test_binary_that_bounces(relay, received):
    """What is told of it is made of lines, whatever was in it."""
    octets = text("binary-bounces", BINARY)
    record = relay.delivery(message=hand_in_chunks(relay, "rcpt-550@bank.example", octets))
    assert record["outcome"] == "bounced"
    bounce = received.bounce("binary-bounces")
    assert "rcpt-550@bank.example" in bounce.as_string()
