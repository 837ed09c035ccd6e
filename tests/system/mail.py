"""Handing mail in, and looking at what came out."""

import email
import email.policy
import itertools
import json
import pathlib
import re
import smtplib
import socket

from daemon import PATIENCE, until

SENDER = "sender@secure.example"         # bounces arrive at 127.0.1.1
numbers = itertools.count(1)


def message(to, *headers, body="hello\r\n", sender=SENDER, mark=None):
    """A message with a Message-ID of its own; headers are whole lines."""
    mark = mark or f"m{next(numbers)}"
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {mark}", f"Message-ID: <{mark}@test.example>",
             "Date: Tue, 24 Nov 2026 10:00:00 +0000", *headers, "", body]
    return "\r\n".join(lines)


def queue_id(reply):
    m = re.match(r"2\.0\.0 Ok: queued as (\S+)$", reply)
    assert m, reply
    return m.group(1)


def connect(daemon, name="client.example"):
    daemon.check_alive()
    return smtplib.SMTP("127.0.0.1", daemon.port, name, timeout=PATIENCE)


def submit(daemon, to, text=None, sender=SENDER, mail=(), rcpt=(), smtp=None):
    """Hands one message in over SMTP; returns its queue ID."""
    recipients = [to] if isinstance(to, str) else to
    if text is None:
        text = message(", ".join(recipients))
    if isinstance(text, str):
        text = text.encode()
    if smtp is None:
        with connect(daemon) as own:
            return submit(daemon, to, text, sender, mail, rcpt, own)
    smtp.ehlo_or_helo_if_needed()
    code, reply = smtp.mail(sender, list(mail))
    assert code == 250, reply
    for recipient in recipients:
        code, reply = smtp.rcpt(recipient, list(rcpt))
        assert code == 250, reply
    code, reply = smtp.data(text)
    assert code == 250, reply
    return queue_id(reply.decode())


def send(daemon, to, *headers, **more):
    """submit() with header lines added."""
    return submit(daemon, to, message(to if isinstance(to, str) else ", ".join(to), *headers),
                  **more)


def happened(record):
    """A delivery record in the words of zones.table."""
    if record["outcome"] != "delivered":
        return record["status"]
    secure = record["mx_status"] == "secure" and record["address_status"] == "secure"
    return record["address"] + (" DNSSEC" if secure else "")


class Received:
    """What the mail hosts of the lab got.  Reads on from where it stopped."""

    def __init__(self, lab):
        self.path, self.at, self.entries = pathlib.Path(lab["record"]), 0, []

    def all(self):
        with open(self.path, "rb") as f:
            f.seek(self.at)
            whole, newline, _ = f.read().rpartition(b"\n")
        self.at += len(whole) + len(newline)
        self.entries += [json.loads(line) for line in whole.splitlines()]
        return self.entries

    def having(self, text, to=None):
        return [e for e in self.all() if text in e["data"]
                and (to is None or to in [r[0] for r in e["rcpts"]])]

    def wait(self, text, to=None, count=1, timeout=PATIENCE):
        return until(lambda: len(self.having(text, to)) >= count and self.having(text, to),
                     timeout, f"mail with {text!r}")

    def bounces(self, mark, to=SENDER):
        """The delivery status notifications about the message with this mark."""
        return [parse(e) for e in self.having(f"{mark}@test.example", to) if e["from"] == ""]

    def bounce(self, mark, to=SENDER, timeout=PATIENCE):
        return until(lambda: self.bounces(mark, to), timeout, f"a bounce about {mark}")[0]


def parse(entry):
    return email.message_from_bytes(entry["data"].encode("latin-1"), policy=email.policy.default)


def status_fields(bounce):
    """(per-message fields, [per-recipient fields]) of a multipart/report."""
    parts = [p for p in bounce.iter_parts() if p.get_content_type() == "message/delivery-status"]
    assert len(parts) == 1, bounce.as_string()
    blocks = parts[0].get_payload()
    return blocks[0], blocks[1:]


class Raw:
    """An SMTP conversation by hand."""

    def __init__(self, daemon, timeout=PATIENCE, source="127.0.0.1"):
        daemon.check_alive()
        self.socket = socket.create_connection(("127.0.0.1", daemon.port), timeout, (source, 0))
        self.file = self.socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def reply(self):
        """One reply, its lines joined; '' where the other side hung up."""
        lines = []
        while True:
            try:
                line = self.file.readline().decode()
            except ConnectionError:
                return ""
            if not line:
                return ""
            assert line.endswith("\r\n"), line
            lines.append(line[:-2])
            if line[3:4] != "-":
                return "\n".join(lines)

    def send(self, octets):
        self.socket.sendall(octets.encode() if isinstance(octets, str) else octets)

    def say(self, line):
        self.send(line + "\r\n")
        return self.reply()

    def say_all(self, *lines):
        """Each must be answered with 2yz or 3yz."""
        for line in lines:
            answer = self.say(line)
            assert answer[:1] in ("2", "3"), (line, answer)
