#!/usr/bin/python3
"""Mail made 7-bit means what it meant, says Python's email package.

    parts.py MIME_SEVENBIT

Makes messages of every structure by chance, always the same ones, and compares before and after:
the tree, the type of each part, the octets that it stands for.  A message that holds a signed or
encrypted part that is not 7-bit must be refused, and no other.
"""

import base64
import email
import email.policy
import quopri
import random
import subprocess
import sys

COUNT = 3000
WORDS = [b"plain", b"caf\xe9", b"\xd0\xb0\xd0\xb1", b"=", b"x" * 90, b"--b", b"--b1", b"tail ",
         b"\t", b".", b"From me", b"-", b"\xff\xfe", b"a=3D", b"~" * 71]
BARE = [b"caf\xe9 no colon", b"caf\xe9: no name", b"no colon", b"two words: x", b"\xff" * 5000]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sealed = False              # something 8-bit was signed
        self.boundaries = 0

    def maybe(self, part):
        return self.random.random() < part

    def lines(self):
        lines = [b"".join(self.random.choices(WORDS, k=self.random.randrange(4)))
                 for _ in range(self.random.randrange(6))]
        return b"\r\n".join(lines)

    def octets(self):
        return self.random.choice([self.lines(), self.random.randbytes(self.random.randrange(300)),
                                   b"\xe9\n\r\r\n\0", b""])

    def leaf(self):
        """(fields, body)"""
        kind = self.random.choice([None, b"text/plain", b"text/html; charset=iso-8859-1",
                                   b"image/x", b"application/octet-stream; name=\"a;b\""])
        coding = self.random.choice([None, b"7bit", b"8bit", b"8bit", b"binary", b"base64",
                                     b"quoted-printable"])
        body = self.octets() if coding in (b"binary", b"base64") else self.lines()
        if coding == b"base64":
            body = base64.encodebytes(body).replace(b"\n", b"\r\n")
        if coding == b"quoted-printable":
            body = quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        fields = [b"Content-Type: " + kind] if kind else []
        fields += [b"Content-Transfer-Encoding: " + coding] if coding else []
        self.random.shuffle(fields)
        return fields, body

    def multipart(self, depth):
        subtype = self.random.choice([b"mixed", b"alternative", b"mixed", b"digest", b"signed"])
        self.boundaries += 1
        boundary = b"=_%d?" % self.boundaries
        parts = [self.message(depth + 1) if subtype == b"digest" else self.inner(self.sealed, self.part(depth + 1))
                 for _ in range(self.random.randrange(1, 4))]
        body = self.random.choice([b"", b"\r\n", b"pr\xe9amble\r\n"])
        for part in parts:
            body += b"--" + boundary + b"\r\n"
            if subtype == b"digest":
                body += b"\r\n"
            body += part + b"\r\n"
        body += b"--" + boundary + b"--"
        body += self.random.choice([b"", b"\r\n", b"\r\n\xe9pilogue\r\n"])
        if subtype == b"signed":
            self.sealed |= self.is_eight(body)
        fields = [b"Content-Type: multipart/" + subtype + b";\r\n boundary=\"" + boundary + b"\""]
        if self.maybe(0.5):
            fields.append(b"Content-Transfer-Encoding: " + self.random.choice([b"8bit", b"binary"]))
        return fields, body

    @staticmethod
    def is_eight(text):
        rest = text.replace(b"\r\n", b"")
        return not text.isascii() or any(c in rest for c in b"\r\n\0")

    def part(self, depth):
        if depth < 5 and self.maybe(0.4):
            return self.multipart(depth)
        if depth < 5 and self.maybe(0.15):
            return [b"Content-Type: message/rfc822"], self.message(depth + 1)
        return self.leaf()

    def message(self, depth=0):
        sealed = self.sealed
        fields, body = self.part(depth)
        fields.append(b"Subject: hello")
        if self.maybe(0.7):
            fields.append(b"MIME-Version: 1.0")
        self.random.shuffle(fields)
        return self.inner(sealed, (fields, body)) if depth else self.join((fields, body))

    def inner(self, sealed, part):
        """At times text begins where a field might, without an empty line; a message is then text."""
        fields, body = part
        if b"Content-Transfer-Encoding: base64" in fields or self.maybe(0.9):
            return self.join(part)
        if b"Content-Type: message/rfc822" in fields:
            self.sealed = sealed
        bare = self.random.choice(BARE)
        self.sealed |= any(b"multipart/signed" in f for f in fields) and not bare.isascii()
        return b"".join(f + b"\r\n" for f in fields + [bare]) + body

    @staticmethod
    def join(part):
        fields, body = part
        return b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body


def tree(octets):
    """[(depth, type, octets)], as Python reads them."""
    def walk(message, depth):
        found.append((depth, message.get_content_type(),
                      None if message.is_multipart() else message.get_payload(decode=True)))
        for inner in message.get_payload() if message.is_multipart() else []:
            walk(inner, depth + 1)
    found = []
    walk(email.message_from_bytes(octets, policy=email.policy.compat32), 0)
    return found


def run(program, messages):
    given = b"".join(b"%d\n" % len(m) + m for m in messages)
    out = subprocess.run([program], input=given, stdout=subprocess.PIPE, check=True).stdout
    for _ in messages:
        line, _, out = out.partition(b"\n")
        result, size = map(int, line.split())
        yield result, out[:size]
        out = out[size:]
    assert not out


def wrong_with(maker, before, result, after):
    if result != int(maker.sealed):
        return f"result {result}, wanted {int(maker.sealed)}"
    if result:
        return None
    if Maker.is_eight(after):
        return "it is not 7-bit"
    if tree(before) != tree(after):
        return f"was {tree(before)}\nis {tree(after)}"
    return None


def main():
    makers = [Maker(seed) for seed in range(COUNT)]
    messages = [m.message() + m.random.choice([b"", b"\r\n"]) for m in makers]
    wrong = done = 0
    for maker, before, (result, after) in zip(makers, messages, run(sys.argv[1], messages)):
        said = wrong_with(maker, before, result, after)
        done += result == 0 and before != after
        if said:
            wrong += 1
            print(f"{before!r}\nbecame\n{after!r}\n{said}\n")
    print(f"{COUNT} messages, {done} were changed, {wrong} wrongly")
    sys.exit(wrong > 0 or done < COUNT / 4)


main()
