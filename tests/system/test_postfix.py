"""Postfix as client and as mail host: DSN, 8BITMIME, CHUNKING, SMTPUTF8, with and without.

Mail for postfix.example goes to a Postfix that offers what it has, for old-postfix.example to
the same without extensions.  What Postfix sends itself goes through Signpost to the lab.
"""

import email
import smtplib

import pytest

import dnsfake
import mail
import postfix as others
from daemon import PATIENCE, until
from mail import Raw, submit

EIGHT = (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
         b"Content-Transfer-Encoding: 8bit\r\n\r\n--b\r\n"
         b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
         b"na\xc3\xafve\r\n--b\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: 8bit\r\n"
         b"\r\n\xff\xd8\r\n--b--\r\n")


@pytest.fixture(scope="module")
def both(make_module_daemon, place):
    """(Signpost, Postfix), each the way to the other."""
    if others.missing():
        pytest.skip(others.missing())
    port = dnsfake.free_port()
    peer = others.Postfix(place / "postfix", port)
    relay = make_module_daemon(top='size-limit = "100K"', more=f"""
listen "127.0.0.1:{port}" {{ }}
route "{others.DOMAIN}" {{ via = "[127.0.0.1]:{peer.full}" }}
route "{others.PLAIN_DOMAIN}" {{ via = "[127.0.0.1]:{peer.old}" }}
""")
    try:
        yield relay, peer.start()
    finally:
        peer.stop()


def text(mark, rest=b"\r\nhello\r\n"):
    return b"Subject: %s\r\nMessage-ID: <%s@test.example>\r\n" % (mark.encode(), mark.encode()) + rest


def kept(peer, mark):
    return until(lambda: peer.kept(f"{mark}@test.example".encode()), what=f"{mark} at Postfix")[0]


def parts(octets):
    return [(p.get_content_type(), p.get_payload(decode=True).strip())
            for p in email.message_from_bytes(octets).walk() if not p.is_multipart()]


def hand_to_postfix(peer, to, octets, mail_options=(), rcpt_options=()):
    with smtplib.SMTP("127.0.0.1", peer.full, "client.example", timeout=PATIENCE) as smtp:
        smtp.sendmail(mail.SENDER, [to], octets, mail_options, rcpt_options)


# Postfix as the mail host.

def test_postfix_reports_what_it_delivered(both, received):
    """All that was asked of DSN reaches it: its report, which comes back through us, shows that."""
    relay, peer = both
    submit(relay, f"a@{others.DOMAIN}", text("dsn-delivered"), mail=["RET=HDRS", "ENVID=QQ+2B1"],
           rcpt=["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;first@other.example"])
    kept(peer, "dsn-delivered")
    message, (recipient,) = mail.status_fields(received.bounce("dsn-delivered"))
    assert recipient["Action"] == "delivered"
    assert message["Original-Envelope-Id"] == "QQ+1" and "postfix" in message["Reporting-MTA"]
    assert recipient["Original-Recipient"].replace(" ", "") == "rfc822;first@other.example"


def test_we_report_what_an_old_postfix_took(both, received):
    relay, peer = both
    submit(relay, f"a@{others.PLAIN_DOMAIN}", text("dsn-relayed"), mail=["ENVID=QQ2"],
           rcpt=["NOTIFY=SUCCESS"])
    kept(peer, "dsn-relayed")
    message, (recipient,) = mail.status_fields(received.bounce("dsn-relayed"))
    assert recipient["Action"] == "relayed" and message["Original-Envelope-Id"] == "QQ2"
    assert len(received.bounces("dsn-relayed")) == 1


def test_eight_bits_to_postfix(both):
    relay, peer = both
    submit(relay, f"a@{others.DOMAIN}", text("eight-full", EIGHT), mail=["BODY=8BITMIME"])
    assert parts(kept(peer, "eight-full")) == parts(EIGHT)
    assert b"na\xc3\xafve" in kept(peer, "eight-full")
    submit(relay, f"a@{others.PLAIN_DOMAIN}", text("eight-old", EIGHT), mail=["BODY=8BITMIME"])
    octets = kept(peer, "eight-old")
    assert octets.isascii() and parts(octets) == parts(EIGHT)


def test_smtputf8_to_postfix(both, received):
    relay, peer = both
    for domain, mark in ((others.DOMAIN, "utf8-full"), (others.PLAIN_DOMAIN, "utf8-old")):
        with Raw(relay) as raw:
            raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}> SMTPUTF8",
                        f"RCPT TO:<j\u00f6rg@{domain}>", "DATA")
            raw.send(text(mark) + b".\r\n")
            assert raw.reply().startswith("250")
    assert "j\u00f6rg".encode() in kept(peer, "utf8-full")
    _, (recipient,) = mail.status_fields(received.bounce("utf8-old"))
    assert recipient["Status"] == "5.6.7" and "\\x{F6}" in recipient["Final-Recipient"]
    assert not peer.kept(b"utf8-old@")


def test_binary_to_postfix(both):
    """It takes chunks, and no BINARYMIME: our chunks come to it as lines."""
    relay, peer = both
    octets = text("binary-postfix", b"MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
                                    b"Content-Transfer-Encoding: binary\r\n\r\n\0\n.\r\n\xff!")
    with Raw(relay) as raw:
        raw.say_all("EHLO client.example", f"MAIL FROM:<{mail.SENDER}> BODY=BINARYMIME",
                    f"RCPT TO:<a@{others.DOMAIN}>")
        raw.send(b"BDAT %d LAST\r\n" % len(octets) + octets)
        assert raw.reply().startswith("250 2.0.0 Ok: queued as ")
    assert parts(kept(peer, "binary-postfix")) == parts(octets)


# Postfix as the client.

def test_postfix_hands_in_what_it_was_asked(both, received):
    _, peer = both
    hand_to_postfix(peer, "a@secure.example", text("from-postfix"), ["RET=FULL", "ENVID=QQ3"],
                    ["NOTIFY=DELAY,FAILURE", "ORCPT=rfc822;first@other.example"])
    entry, = received.wait("from-postfix")
    assert {"RET=FULL", "ENVID=QQ3"} <= set(entry["mail_params"])
    notify, orcpt = sorted(entry["rcpts"][0][1])
    assert set(notify.removeprefix("NOTIFY=").split(",")) == {"DELAY", "FAILURE"}
    assert orcpt == "ORCPT=rfc822;first@other.example"


def test_eight_bits_from_postfix(both, received):
    _, peer = both
    hand_to_postfix(peer, "a@secure.example", text("eight-from", EIGHT), ["BODY=8BITMIME"])
    hand_to_postfix(peer, "a@plain.example", text("eight-from-old", EIGHT), ["BODY=8BITMIME"])
    entry, = received.wait("eight-from@")
    assert "BODY=8BITMIME" in entry["mail_params"]
    assert entry["data"].encode("latin-1").endswith(EIGHT.partition(b"\r\n\r\n")[2])
    entry, = received.wait("eight-from-old@")
    assert parts(entry["data"].encode("ascii")) == parts(EIGHT)


def test_smtputf8_from_postfix(both, received):
    _, peer = both
    with smtplib.SMTP("127.0.0.1", peer.full, "client.example", timeout=PATIENCE) as smtp:
        smtp.ehlo()
        smtp.command_encoding = "utf-8"
        smtp.mail(mail.SENDER, ["SMTPUTF8"])
        smtp.rcpt("j\u00f6rg@secure.example")
        assert smtp.data(text("utf8-from"))[0] == 250
    entry, = received.wait("utf8-from")
    assert entry["rcpts"][0][0] == "j\u00f6rg@secure.example"
    assert "SMTPUTF8" in entry["mail_params"]


def test_postfix_is_told_of_a_refusal(both, received):
    """Our 5yz to MAIL (larger than the limit) becomes its report, with our words."""
    _, peer = both
    hand_to_postfix(peer, "a@secure.example", text("refused-large", b"\r\n" + b"x" * 70 + b"\r\n"
                                                   + (b"y" * 70 + b"\r\n") * 2000))
    _, (recipient,) = mail.status_fields(received.bounce("refused-large", timeout=PATIENCE))
    assert recipient["Status"] == "5.3.4"
