"""Bounces: RFC 3464 reports with the explanation that SPEC section 3 asks for."""

import quopri
import re
import socket

import pytest

import mail
from daemon import PATIENCE, until
from mail import send, status_fields, submit

CRITERIA = "X-Class  requested\nX-Class  required  SECURE\nTo  *@null.example  SECURE\n"


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria=CRITERIA)


def bounce_of(relay, received, mark, to, *headers, **more):
    rcpts = [to] if isinstance(to, str) else to
    more_text = {k: more.pop(k) for k in ("body",) if k in more}
    submit(relay, rcpts, mail.message(", ".join(rcpts), *headers, mark=mark, **more_text), **more)
    return received.bounce(mark)


def explanation(bounce):
    part = next(bounce.iter_parts())
    assert part.get_content_type() == "text/plain"
    return re.sub(r"\s+", " ", part.get_content())


def test_shape(relay, received):
    bounce = bounce_of(relay, received, "b-shape", "a@insecure.example", "X-Class: required")
    assert bounce.get_content_type() == "multipart/report"
    assert bounce.get_param("report-type") == "delivery-status"
    kinds = [p.get_content_type() for p in bounce.iter_parts()]
    assert kinds == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert bounce["To"] == mail.SENDER or mail.SENDER in bounce["To"]
    assert "MAILER-DAEMON" in bounce["From"].upper()
    assert bounce["Subject"] and bounce["Date"] and bounce["Message-ID"]
    assert bounce["Auto-Submitted"] == "auto-replied"
    assert bounce["MIME-Version"] == "1.0"


def test_envelope(relay, received):
    mark = "b-envelope"
    bounce_of(relay, received, mark, "a@insecure.example", "X-Class: required")
    entry, = [e for e in received.having(f"{mark}@test.example") if e["from"] == ""]
    assert [r[0] for r in entry["rcpts"]] == [mail.SENDER]


def test_fields(relay, received):
    bounce = bounce_of(relay, received, "b-fields", "a@insecure.example", "X-Class: required",
                       mail=["ENVID=env+2B1"], rcpt=["ORCPT=rfc822;o@other.example"])
    message, (recipient,) = status_fields(bounce)
    assert message["Reporting-MTA"].replace(" ", "") == "dns;relay.lab.example"
    assert message["Original-Envelope-Id"] == "env+1"
    assert message["Arrival-Date"]
    assert recipient["Final-Recipient"].replace(" ", "") == "rfc822;a@insecure.example"
    assert recipient["Original-Recipient"].replace(" ", "") == "rfc822;o@other.example"
    assert recipient["Action"] == "failed"
    assert recipient["Status"].split()[0] == "5.7.4"


@pytest.mark.parametrize("domain, name, rdtype", [
    ("insecure.example", "insecure.example", "MX"),
    ("sec-mx-insec-host.example", "mx.insecure.example", "A"),
    ("implicit-mixed.example", "implicit-mixed.example", "A"),
    ("implicit-insec.example", "implicit-insec.example", "MX"),
    ("nope.insecure.example", "nope.insecure.example", "MX"),
    ("null-insec.example", "null-insec.example", "MX")])
def test_plain_words(relay, received, lab, domain, name, rdtype):
    """Which criterion asked, which name and type was not authenticated, by which server."""
    text = explanation(bounce_of(relay, received, f"b-words-{domain}", f"a@{domain}",
                                 "X-Class: required"))
    assert "X-Class required SECURE" in text
    assert name in text and re.search(rf"\b{rdtype}\b", text), text
    assert lab["validating"].split(":")[0] in text, text
    assert f"a@{domain}" in text
    assert len(text.split()) > 30        # also what can be done


def test_headers_only_for_required(relay, received):
    bounce = bounce_of(relay, received, "b-headers", "a@insecure.example", "X-Class: required",
                       body="the secret body\r\n")
    assert "the secret body" not in bounce.as_string()
    assert "b-headers" in bounce.as_string()


@pytest.mark.parametrize("params, whole", [([], None), (["RET=HDRS"], False), (["RET=FULL"], True)])
def test_return_of_the_content(relay, received, params, whole):
    mark = f"b-ret-{params}"
    bounce = bounce_of(relay, received, mark, "rcpt-550@secure.example", body="the plain body\r\n",
                       mail=params)
    if whole is not None:
        assert ("the plain body" in bounce.as_string()) == whole
    kinds = [p.get_content_type() for p in bounce.iter_parts()]
    assert kinds[2] in ("message/rfc822", "text/rfc822-headers")


@pytest.mark.parametrize("to", ["a@insecure.example", "rcpt-550@secure.example", "a@nope.com"])
def test_required_beats_ret_full(relay, received, to):
    """Whatever it failed for: the bounce goes with `requested` at most."""
    bounce = bounce_of(relay, received, "b-full-" + to.replace("@", "-"), to, "X-Class: required",
                       body="the secret body\r\n", mail=["RET=FULL"])
    assert "the secret body" not in bounce.as_string()
    assert [p.get_content_type() for p in bounce.iter_parts()][2] == "text/rfc822-headers"


def test_a_report_of_no_failure_returns_headers(relay, received):
    """RFC 3461 section 4.3: RET is for failures."""
    bounce = bounce_of(relay, received, "b-no-failure", "a@plain.example", body="the plain body\r\n",
                       mail=["RET=FULL"], rcpt=["NOTIFY=SUCCESS"])
    assert "the plain body" not in bounce.as_string()


def test_refusal_by_a_host(relay, received):
    bounce = bounce_of(relay, received, "b-remote", "rcpt-550@secure.example")
    _, (recipient,) = status_fields(bounce)
    assert recipient["Status"].split()[0] == "5.7.1"
    assert "smtp" in recipient["Diagnostic-Code"] and "550 5.7.1" in recipient["Diagnostic-Code"]
    assert "mx.secure.example" in recipient["Remote-MTA"]


@pytest.mark.parametrize("to, kind, words", [
    ("rcpt-450@secure.example", "smtp", "450 4.7.1 not now, says the test"),
    ("drop-rcpt@secure.example", "X-Signpost", "the host closed the connection")])
def test_at_the_end_of_life_a_host_is_ascribed_what_it_said(relay, received, to, kind, words):
    mark = f"b-end-{kind}"
    message = submit(relay, to, mail.message("a", mark=mark))
    assert relay.delivery(message=message)["outcome"] == "deferred"
    relay.ok("queue", "bounce", message)
    bounce = received.bounce(mark)
    _, (recipient,) = status_fields(bounce)
    diagnostic, _, text = recipient["Diagnostic-Code"].partition("; ")
    assert diagnostic == kind and words in text
    assert (text == words) == (kind == "smtp")
    assert re.search(rf"given up after \S+, by order of an administrator: "
                     rf"mx\.secure\.example: {words}", explanation(bounce))


def test_one_bounce_for_all_that_failed(relay, received):
    to = ["a@insecure.example", "b@nope.com", "rcpt-550@secure.example", "c@null.example",
          "fine@bank.example"]
    mark = "b-together"
    bounce = bounce_of(relay, received, mark, to)
    _, recipients = status_fields(bounce)
    got = {r["Final-Recipient"].split(";")[1].strip(): r["Status"].split()[0] for r in recipients}
    # The To field has an address at null.example: the whole message is required.
    assert got == {"a@insecure.example": "5.7.4", "b@nope.com": "5.1.2",
                   "rcpt-550@secure.example": "5.7.1", "c@null.example": "5.1.10"}
    assert len(received.bounces(mark)) == 1


def test_notify_never(relay, received):
    mark = "b-never"
    message = submit(relay, "a@nope.com", mail.message("a", mark=mark), rcpt=["NOTIFY=NEVER"])
    assert relay.delivery(message=message)["outcome"] == "bounced"
    bounce_of(relay, received, "b-after-never", "a@nope.com")
    assert not received.bounces(mark)


def test_notify_success(relay, received):
    """Relayed to a host that knows DSN: that host is told, and no report comes from here."""
    submit(relay, "a@secure.example", mail.message("a", mark="b-success"), rcpt=["NOTIFY=SUCCESS"])
    assert received.wait("b-success")[0]["rcpts"][0][1] == ["NOTIFY=SUCCESS"]
    submit(relay, "a@plain.example", mail.message("a", mark="b-relayed"), rcpt=["NOTIFY=SUCCESS"])
    _, (recipient,) = status_fields(received.bounce("b-relayed"))
    assert recipient["Action"] == "relayed" and recipient["Status"].startswith("2.")


def test_who_was_relayed_is_told_whatever_comes(make_daemon, received):
    """While another is being tried: a crash then loses no word of it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        port = silent.getsockname()[1]
        daemon = make_daemon(more=f'route "silent.example" {{ via = "[127.0.0.1]:{port}" }}\n')
        mark = "b-relayed-early"
        message = submit(daemon, ["a@plain.example", "b@silent.example"],
                         mail.message("a", mark=mark), rcpt=["NOTIFY=SUCCESS,FAILURE"])
        waiting, _ = silent.accept()
        until(lambda: re.search(r"a@plain\.example.*delivered", daemon.ok("queue", "show", message)),
              what="its record")
        daemon.kill()
        daemon.start()
        _, (recipient,) = status_fields(received.bounce(mark))
        assert recipient["Final-Recipient"] == "rfc822; a@plain.example"
        assert recipient["Action"] == "relayed"
        assert daemon.ok("queue", "show", message)
        waiting.close()


def test_null_sender_causes_none(relay, received):
    """It is kept as failed, and logged."""
    mark = "b-null"
    message = submit(relay, "a@nope.com", mail.message("a", mark=mark), sender="")
    record = relay.delivery(message=message)
    assert record["outcome"] == "bounced" and record["from"] == ""
    bounce_of(relay, received, "b-after-null", "a@nope.com")
    assert not received.having(f"{mark}@test.example")
    assert relay.run("queue", "show", message).returncode == 0
    assert "failed" in relay.ok("queue", "show", message).lower()


def test_a_bounce_gets_the_service_it_matches_but_never_more_than_requested(make_daemon, received):
    daemon = make_daemon(criteria="To *@insecure.example SECURE\nTo *@bank.example SECURE\n")
    sender = "s@insecure.example"        # its bounces match the first criterion
    message = submit(daemon, "a@nope.com", mail.message("a@nope.com", mark="b-service"),
                     sender=sender)
    assert daemon.delivery(message=message)["outcome"] == "bounced"
    record = daemon.delivery(to=sender)
    assert (record["outcome"], record["service"]) == ("delivered", "requested")
    assert received.bounce("b-service", to=sender)


def test_eight_bit_and_utf8(relay, received):
    with mail.Raw(relay) as raw:
        raw.say_all("EHLO x.example", f"MAIL FROM:<{mail.SENDER}> SMTPUTF8",
                    "RCPT TO:<j\u00f6rg@nope.com>", "DATA")
        assert raw.say("Message-ID: <b-utf8@test.example>\r\nSubject: \u00e4\r\n\r\nx\r\n."
                       ).startswith("250")
    until(lambda: received.bounces("b-utf8"))
    raw_text = [e for e in received.having("b-utf8@test.example")][0]["data"]
    assert "j\u00f6rg" in raw_text.encode("latin-1").decode() or "j=C3=B6rg" in raw_text \
        or "\\x{F6}" in raw_text


def test_many_lines_of_reply_do_not_break_the_fields(relay, received):
    bounce = bounce_of(relay, received, "b-lines", "end-554-x@secure.example")
    _, (recipient,) = status_fields(bounce)
    assert set(recipient.keys()) >= {"Final-Recipient", "Action", "Status", "Diagnostic-Code"}


def test_bounce_is_asked_for_once(relay, received):
    """The recipient's failure is final: no second bounce comes later."""
    mark = "b-once"
    bounce_of(relay, received, mark, "a@nope.com")
    send(relay, "z@secure.example")
    assert len(received.bounces(mark)) == 1


def refused_by(relay, received, mark, sender, *headers, body="hello\r\n", params=()):
    """A message that cannot be delivered, and its report, which goes to that sender's host."""
    submit(relay, "a@nope.com", mail.message("a@nope.com", *headers, mark=mark, body=body,
                                             sender=sender), sender=sender, mail=list(params))
    entry = until(lambda: [e for e in received.having(f"{mark}@test.example", sender)
                           if e["from"] == ""], what=f"a report of {mark}")[0]
    return entry["data"], mail.parse(entry)


@pytest.mark.parametrize("host", ["plain.example", "secure.example"])
@pytest.mark.parametrize("params, body", [
    (["BODY=8BITMIME"], "hello\r\n"), (["SMTPUTF8"], "hello\r\n"),
    (["BODY=8BITMIME", "RET=FULL"], "gr\u00fc\u00dfe\r\n")])
def test_a_report_asks_for_nothing_that_it_can_do_without(relay, received, params, body, host):
    """plain.example has no extension, secure.example has all: the report is the same."""
    mark = f"b-{host}-{len(params)}-{len(body)}-{params[0][0]}"
    data, bounce = refused_by(relay, received, mark, f"me@{host}", params=params, body=body)
    assert data.isascii()
    entry, = received.having(f"{mark}@test.example", f"me@{host}")
    assert not [p for p in entry["mail_params"] if not p.startswith("SIZE=")]
    last = list(bounce.iter_parts())[2]
    assert last.get_content_type() == "message/rfc822"
    assert last.get_payload(0).get_payload(decode=True).decode() == body


@pytest.mark.parametrize("host", ["plain.example", "secure.example"])
def test_a_report_of_what_cannot_be_made_to_fit_goes_with_the_header_alone(relay, received, host):
    """What is signed may not be changed."""
    data, bounce = refused_by(
        relay, received, f"b-signed-{host}", f"me@{host}", "MIME-Version: 1.0",
        "Content-Type: multipart/signed; boundary=b", params=["BODY=8BITMIME", "RET=FULL"],
        body="--b\r\n\r\ngr\u00fc\u00dfe\r\n--b--\r\n")
    assert data.isascii()
    assert [p.get_content_type() for p in bounce.iter_parts()][2] == "text/rfc822-headers"


@pytest.mark.parametrize("host", ["plain.example", "secure.example"])
@pytest.mark.parametrize("where, large", [("header", 0), ("part", 0), ("within", 0), ("within", 300000)])
def test_a_report_is_ascii_whatever_headers_hold(relay, received, host, where, large):
    """Octets over 127 in headers stay where bodies are encoded; what is not UTF-8 no type of message may
    hold, and the header comes back alone."""
    mark = f"b-raw-{where}-{large}-{host}"
    part = {"header": "Content-Type: text/plain\n\nx", "within": "Content-Type: message/rfc822\n\nX-N: \xe9\n\nx",
            "part": "Content-Disposition: attachment; filename=\xe9\n\nx"}[where]
    text = mail.message("a@nope.com", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b",
                        *(["X-Name: Ren\xe9"] if where == "header" else []), mark=mark,
                        body=f"--b\n\n{'y' * 70 + chr(10)}".ljust(large, "\n") + f"\n--b\n{part}\n--b--\n")
    text = "\r\n".join(text.replace("\r\n", "\n").split("\n")).encode("latin-1")
    submit(relay, "a@nope.com", text, sender=f"me@{host}", mail=["BODY=8BITMIME", "RET=FULL"])
    received.bounce(mark, f"me@{host}")
    entry, = [e for e in received.having(f"{mark}@test.example", f"me@{host}") if e["from"] == ""]
    assert entry["data"].isascii() and not [p for p in entry["mail_params"] if "BODY" in p]
    last = list(mail.parse(entry).iter_parts())[2]
    assert last.get_content_type() == "text/rfc822-headers"
    raw = last.get_payload(decode=True)
    assert mark.encode() in raw and (b"Ren\xe9" in raw) == (where == "header")


@pytest.mark.parametrize("host", ["plain.example", "secure.example"])
@pytest.mark.parametrize("within", [False, True], ids=["part", "within"])
@pytest.mark.parametrize("large", [0, 300000], ids=["small", "large"])
def test_a_report_has_all_of_what_is_in_utf8(relay, received, host, within, large):
    """In headers of parts, too: it is message/global then, which may be encoded (RFC 6532 section 3.7)."""
    mark = f"b-parts-{within}-{large}-{host}"
    part = "Content-Type: message/rfc822\n\nX-N: \u00e9\n\nx" if within else \
        "Content-Disposition: attachment; filename=\u00e9\n\n\u00e9"
    text = mail.message("a@nope.com", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", mark=mark,
                        body=f"--b\n\n{'y' * 70 + chr(10)}".ljust(large, "\n") + f"\n--b\n{part}\n--b--\n")
    text = "\r\n".join(text.replace("\r\n", "\n").split("\n")).encode()
    submit(relay, "a@nope.com", text, sender=f"me@{host}", mail=["BODY=8BITMIME", "RET=FULL"])
    received.bounce(mark, f"me@{host}")
    entry, = [e for e in received.having(f"{mark}@test.example", f"me@{host}") if e["from"] == ""]
    assert entry["data"].isascii() and not [p for p in entry["mail_params"] if "BODY" in p]
    fields, _, encoded = entry["data"].rpartition("Content-Description: Your message\r\n")[2].partition("\r\n\r\n")
    assert fields == "Content-Type: message/global\r\nContent-Transfer-Encoding: quoted-printable"
    assert quopri.decodestring(encoded.rpartition("\r\n--")[0].encode()).rstrip(b"\r\n").endswith(text.rstrip(b"\r\n"))


def test_a_report_that_is_too_large_goes_with_the_header_alone(relay, received):
    """small.example takes 2000 octets."""
    mark = "b-small"
    data, bounce = refused_by(relay, received, mark, "me@small.example", params=["RET=FULL"],
                              body="the plain body\r\n" * 500)
    assert "the plain body" not in data
    assert [p.get_content_type() for p in bounce.iter_parts()][2] == "text/rfc822-headers"
    assert "header" in explanation(bounce)


def test_no_line_of_a_report_is_too_long(relay, received):
    data, bounce = refused_by(relay, received, "b-long", mail.SENDER, params=["RET=FULL"],
                              body="x" * 1500 + "\r\n")
    assert max(len(line) for line in data.split("\r\n")) <= 998


def report_of_utf8_mail(relay, received, mark, sender):
    """The report about mail to an address that is not ASCII, as it came."""
    with mail.Raw(relay) as raw:
        raw.say_all("EHLO x.example", f"MAIL FROM:<{sender}> SMTPUTF8",
                    "RCPT TO:<j\u00f6rg@nope.com> ORCPT=rfc822;j+C3+B6rg@nope.com", "DATA")
        assert raw.say(f"Message-ID: <{mark}@test.example>\r\nSubject: \u00e4\r\n\r\nx\r\n."
                       ).startswith("250")
    return until(lambda: received.having(f"{mark}@test.example", sender))[0]


@pytest.mark.parametrize("sender", ["me@plain.example", "me@secure.example"])
def test_a_report_of_utf8_mail_is_ascii(relay, received, sender):
    """It asks for nothing that it does not need, whether the host has SMTPUTF8 or not."""
    entry = report_of_utf8_mail(relay, received, f"b-forms-{sender}", sender)
    assert "SMTPUTF8" not in entry["mail_params"] and "BODY" not in str(entry["mail_params"])
    assert entry["data"].isascii()
    _, (recipient,) = status_fields(mail.parse(entry))
    assert recipient["Final-Recipient"] == "utf-8; j\\x{F6}rg@nope.com"
    assert recipient["Original-Recipient"] == "utf-8; j\\x{F6}rg@nope.com"


def test_a_report_of_utf8_mail_is_global(relay, received):
    """To an address that needs it: RFC 6533."""
    entry = report_of_utf8_mail(relay, received, "b-global", "m\u00fc@secure.example")
    data = entry["data"].encode("latin-1").decode()
    assert "BODY=8BITMIME" in entry["mail_params"]
    assert "\r\nContent-Type: message/global-delivery-status\r\n" \
           "Content-Transfer-Encoding: 8bit\r\n" in data
    assert "\r\nFinal-Recipient: utf-8; j\u00f6rg@nope.com\r\n" in data
    assert "\r\nOriginal-Recipient: utf-8; j\u00f6rg@nope.com\r\n" in data
    assert "\r\nContent-Type: message/global\r\n" in data
    head = data[:data.index("\r\n\r\n")]
    assert head.endswith("\r\nContent-Transfer-Encoding: 8bit")
