"""CHUNKING (RFC 3030): SPEC section 7."""

import pytest

import mail
from mail import Raw

START = ["EHLO client.example", "MAIL FROM:<sender@secure.example>", "RCPT TO:<a@secure.example>"]


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(top='size-limit = "100K"')


def chunk(octets, last=""):
    return b"BDAT %d%s\r\n" % (len(octets), last.encode()) + octets


def test_chunks_become_a_message(relay, received):
    """In one piece or in many, split within a line end too, with dots that are but dots."""
    text = mail.message("a@secure.example", mark="chunked", body=".\r\n..\r\nQUIT\r\nthe end").encode()
    with Raw(relay) as raw:
        assert "CHUNKING" in raw.say(START[0])
        for cut in (len(text), 1, text.index(b"\r") + 1):
            raw.say_all(*START[1:])
            raw.send(chunk(text[:cut]))
            assert raw.reply() == f"250 2.0.0 {cut} octets received"
            raw.send(chunk(b"") + chunk(text[cut:], " LAST"))
            assert raw.reply().startswith("250 2.0.0 ")
            assert raw.reply().startswith("250 2.0.0 Ok: queued as ")
    for entry in received.wait("chunked", count=3):
        assert entry["data"].partition("\r\nFrom: ")[2] == text.decode()[6:] + "\r\n"


def test_pipelined_with_all_else(relay, received):
    text = mail.message("a@secure.example", mark="chunks-pipelined").encode()
    with Raw(relay) as raw:
        raw.say(START[0])
        raw.send("".join(line + "\r\n" for line in START[1:]).encode() + chunk(text[:50])
                 + chunk(text[50:], " LAST") + b"QUIT\r\n")
        assert [raw.reply()[:3] for _ in range(5)] == ["250", "250", "250", "250", "221"]
    assert received.wait("chunks-pipelined")


def test_too_big_is_read_and_refused(relay, received):
    """The reply comes behind the chunk; what is behind it in the pipeline is no message."""
    text = mail.message("a@secure.example", mark="chunks-too-big").encode()
    with Raw(relay) as raw:
        raw.say_all(*START)
        raw.send(chunk(text) + chunk(b"x" * 102400) + chunk(b"QUIT\r\n", " LAST") + b"NOOP\r\n")
        assert [raw.reply()[:9] for _ in range(4)] == ["250 2.0.0", "552 5.3.4", "503 5.5.1",
                                                       "250 2.0.0"]
        raw.say_all(*START[1:])
    assert not received.having("chunks-too-big")


@pytest.mark.parametrize("before, code", [((), "503 5.5.1"), (START[:1], "503 5.5.1"),
                                          (START[:2], "554 5.5.1")])
def test_out_of_order_is_read_and_refused(relay, before, code):
    with Raw(relay) as raw:
        raw.say_all(*before)
        raw.send(chunk(b"QUIT\r\n", " LAST"))
        assert raw.reply().startswith(code)
        raw.say_all("NOOP")


def test_data_and_chunks_do_not_mix(relay):
    with Raw(relay) as raw:
        raw.say_all(*START)
        raw.send(chunk(b"Subject: x\r\n"))
        assert raw.reply().startswith("250 2.0.0")
        assert raw.say("DATA").startswith("503 5.5.1")
        raw.say_all("RSET", *START[1:], "DATA")


@pytest.mark.parametrize("text", [b"a\nb", b"a\rb", b"a\0b", b"\n.\n", b"end\r"], ids=repr)
def test_bare_line_ends_in_chunks(relay, received, text):
    with Raw(relay) as raw:
        raw.say_all(*START)
        raw.send(chunk(b"Subject: bare-chunk\r\n\r\n" + text, " LAST"))
        assert raw.reply().startswith("554 5.5.2")
        assert raw.reply() == ""
    assert not received.having("bare-chunk")


def test_a_size_that_is_none(relay):
    """Nobody can tell what follows: the session ends."""
    with Raw(relay) as raw:
        raw.say_all(*START)
        assert raw.say("BDAT some LAST").startswith("501 5.5.4")
        assert raw.reply() == ""
