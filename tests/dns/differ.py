#!/usr/bin/python3
"""T16: the same messages, read by us and by dnspython.

    differ.py DNS_READ [CASES [SEED]]

Real messages, as dnspython writes them, are mutated, always in the same way for
one seed.  Whatever both accept must be read alike: header, question, and of each
record owner, type, class, TTL, rdata without compression and, of the types that
we write as text, that text.  Where we alone refuse, a reason of those in
docs/differences.md must hold.
"""

import collections
import json
import random
import struct
import subprocess
import sys

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rdata
import dns.rdatatype
import dns.rrset

TEXT = {1, 2, 5, 6, 12, 15, 16, 17, 18, 21, 26, 28, 33, 35, 36, 39, 44, 52}
NAMES = {2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 17, 18, 21, 24, 26, 30, 33, 35, 36, 39}
ZONE = [
    ("a.example.", "A", "192.0.2.1"),
    ("a.example.", "AAAA", "2001:db8::1"),
    ("a.example.", "AAAA", "::ffff:192.0.2.1"),
    ("a.example.", "MX", "10 mx.example."),
    ("a.example.", "MX", "0 ."),
    ("www.example.", "CNAME", "a.example."),
    ("d.example.", "DNAME", "example.net."),
    ("example.", "NS", "ns\\.1.example."),
    ("example.", "SOA", "ns.example. host\\@master.example. 1 7200 3600 1209600 300"),
    ("1.2.0.192.in-addr.arpa.", "PTR", "a.example."),
    ("_s._tcp.example.", "SRV", "1 2 465 mx.example."),
    ("a.example.", "TXT", '"v=spf1 -all" "" "q\\"b\\\\ \\000\\255;"'),
    ("_25._tcp.mx.example.", "TLSA", "3 1 1 " + "0123456789abcdef" * 4),
    ("a.example.", "SSHFP", "4 2 " + "fedcba9876543210" * 4),
    ("a.example.", "HINFO", '"a" "b"'),
    ("a.example.", "RP", "b.example. c.example."),
    ("a.example.", "AFSDB", "1 b.example."),
    ("a.example.", "NAPTR", '10 20 "S" "SIP+D2U" "" _sip._udp.example.'),
    ("a.example.", "PX", "1 b.example. c.example."),
    ("a.example.", "KX", "1 b.example."),
    ("a.example.", "CAA", '0 issue "ca.example"'),
    ("a.example.", "NSEC", "b.example. A MX"),
    ("a.example.", "TYPE4711", "\\# 2 0102"),
]


def real(rng):
    """A message as it comes from a server."""
    owner, kind, _ = rng.choice(ZONE)
    query = dns.message.make_query(owner, kind, use_edns=rng.choice([False, 0]))
    answer = dns.message.make_response(query)
    answer.id = rng.getrandbits(16)
    answer.set_rcode(rng.choice([0, 0, 0, 2, 3, 5]))
    answer.flags |= rng.choice([0, dns.flags.AD, dns.flags.AA, dns.flags.CD])
    for section in (answer.answer, answer.authority, answer.additional):
        for _ in range(rng.choice([0, 1, 1, 2, 4])):
            name, kind, text = rng.choice(ZONE)
            section.append(dns.rrset.from_text(name, rng.choice([0, 60, 86400]), "IN", kind, text))
    if query.edns >= 0 and rng.random() < 0.5:
        answer.use_edns(0, 0, 1232, options=[dns.edns.GenericOption(15, b"\0\6why")])
    return answer.to_wire(max_size=65535)


def mutate(rng, octets):
    octets = bytearray(octets)
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        at = rng.randrange(len(octets))
        kind = rng.randrange(6)
        if kind == 0:
            octets[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            octets[at] = rng.choice([0, 1, 12, 63, 64, 127, 128, 191, 192, 255])
        elif kind == 2:
            octets[at:at + 1] = bytes(rng.getrandbits(8) for _ in range(rng.randrange(4)))
        elif kind == 3:
            octets[at:at + 2] = bytes([0xC0, rng.randrange(256)])
        elif kind == 4:
            end = min(len(octets), at + rng.randrange(1, 24))
            to = rng.randrange(len(octets))
            octets[to:to] = octets[at:end]
        else:
            del octets[max(at, 12):]
        if not octets:
            return b""
    return bytes(octets)


def theirs(octets):
    try:
        return dns.message.from_wire(octets, one_rr_per_rrset=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError, NotImplementedError, struct.error):
        return None


def records(section):
    for rrset in section:
        for rdata in rrset:
            yield rrset, rdata


def plain(kind, text):
    """Their text as we write it: hexadecimal in one word."""
    if kind in (44, 52):
        head, n = (2, 3) if kind == 44 else (3, 4)
        words = text.split()
        return " ".join(words[:head] + ["".join(words[head:])]) if len(words) >= n else text
    return text


def compare_record(ours, rrset, rdata):
    kind = int(rdata.rdtype)
    if ours["owner"] is None:
        return "owner refused"
    want = (rrset.name.to_wire().hex(), kind, int(rdata.rdclass), rrset.ttl)
    got = (ours["owner"], ours["type"], ours["class"], ours["ttl"])
    if want[:3] != got[:3] or (want[3] != got[3] and got[3] < 1 << 31):
        return f"record {got} and {want}"
    if int(rdata.rdclass) != 1 or not (kind in TEXT or kind in NAMES):
        return ""
    if isinstance(rdata, dns.rdata.GenericRdata):        # MD, MB, MINFO and the like
        return ""
    if ours["rdata"] is None:
        return f"rdata of type {kind} refused"
    if ours["rdata"] != rdata.to_wire().hex():
        return f"rdata {ours['rdata']} and {rdata.to_wire().hex()}"
    if kind not in TEXT or ours["text"].startswith("\\#"):
        return ""
    if ours["text"] != plain(kind, rdata.to_text()):
        return f"text {ours['text']} and {rdata.to_text()}"
    if kind == 35 and any(f"\\{n}" in ours["text"] for n in range(128, 256)):   # they read \DDD as a character
        return ""
    back = dns.rdata.from_text(1, kind, ours["text"])
    return "" if back.to_wire().hex() == ours["rdata"] else f"text {ours['text']} read back"


def compare(ours, other):
    """What differs, or nothing."""
    question = other.question[0]
    want = (other.id, int(other.flags), int(other.rcode()), question.name.to_wire().hex(),
            int(question.rdtype), int(question.rdclass))
    got = tuple(ours[k] for k in ("id", "flags", "rcode", "name", "type", "class"))
    if want != got:
        return f"header {got} and {want}"
    for key in ("answer", "authority", "additional"):
        mine = [r for r in ours[key] if r["type"] != dns.rdatatype.OPT]
        rest = list(records(getattr(other, key)))
        if len(mine) != len(rest):
            return f"{key}: {len(mine)} and {len(rest)} records"
        for record, (rrset, rdata) in zip(mine, rest):
            difference = compare_record(record, rrset, rdata)
            if difference:
                return f"{key}: {difference}"
    return ""


def points(octets):
    """Whether the question's name has a pointer."""
    at = 12
    while at < len(octets) and 0 < octets[at] < 64:
        at += octets[at] + 1
    return at < len(octets) and octets[at] >= 192


def runs_over(octets):
    """Whether there may be a pointer to labels that run over the pointer itself: they read on behind the labels."""
    for i in range(12, len(octets) - 1):
        at = (octets[i] & 63) << 8 | octets[i + 1]
        while octets[i] >= 192 and at < i and 0 < octets[at] < 64:
            at += octets[at] + 1
            if at > i:
                return True
    return False


def reason(octets, other):
    """Why we may refuse what they accept."""
    if int.from_bytes(octets[4:6], "big") != 1:
        return "not one question"
    if points(octets):
        return "the question is compressed"
    if runs_over(octets):
        return "a name runs over its pointer"
    return ""


def main():
    tool = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    cases = [mutate(rng, real(rng)) for _ in range(count)]
    lines = "".join(octets.hex() + "\n" for octets in cases)
    done = subprocess.run([tool], input=lines, capture_output=True, text=True, check=True)
    counts, failed = collections.Counter(), 0
    for octets, line in zip(cases, done.stdout.splitlines(), strict=True):
        ours, other = json.loads(line), theirs(octets)
        difference = ""
        if ours is None or other is None:
            counts["refused by " + ("both" if ours is other else "us" if ours is None else "them")] += 1
            if ours is None and other is not None:
                why = reason(octets, other)
                counts["  because " + why] += 1
                difference = "" if why else "refused without a reason"
        elif int(other.flags) & 0x7800:
            counts["not a query's response"] += 1
        else:
            counts["read by both"] += 1
            difference = compare(ours, other)
        if difference:
            failed += 1
            if failed <= 10:
                print(f"{difference}\n    {octets.hex()}")
    for what, n in sorted(counts.items()):
        print(f"{n:6} {what}")
    sys.exit(1 if failed or counts["read by both"] < count / 4 else 0)


main()
