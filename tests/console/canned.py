"""What the fake console has to say: values in the shapes of the program's own --json.

tests/system/test_screens.py holds these shapes against what the program prints.
"""

import time

SERVER = "127.0.0.1:53"
HOSTILE = "<img src=x onerror=alert(1)><b>&amp;"     # of a mail, a DNS record, a host


def ago(seconds):
    at = time.time() - seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03}Z"


def answer(name, rdtype, status, *data, outcome=None, **more):
    """data: rdata of as many records"""
    outcome = outcome or ("data" if data else "nodata")
    rcode = {"nxdomain": "NXDOMAIN", "failed": "SERVFAIL", "no answer": ""}.get(outcome, "NOERROR")
    return {
        "name": name, "name_unicode": name, "type": rdtype, "status": status, "outcome": outcome,
        "rcode": rcode, "server": SERVER, "channel": "udp", "trusted": True,
        "trust_reason": "loopback", "probe": "validates", "probe_reason": "",
        "authoritative": False, "ttl": 300, "cached": False, "elapsed_us": 1540,
        "extended_errors": [], "extended_error_text": "", "why": "",
        "records": [{"owner": name, "ttl": 300, "type": rdtype, "data": d} for d in data], **more}


def host(name, preference, address, status, tlsa=()):
    lookups = [answer(f"_25._tcp.{name}", "TLSA", "secure", *tlsa)] if status == "secure" else []
    return {
        "host": name, "preference": preference, "a": answer(name, "A", status, address),
        "aaaa": answer(name, "AAAA", status), "cname": None, "tlsa": lookups,
        "addresses": [{"address": address, "port": 25, "status": status, "self": False,
                       "ignored": False}]}


def target(of, dnssec, tls="may"):
    at = of["addresses"][0]
    return {"host": of["host"], "address": at["address"], "port": at["port"], "dnssec": dnssec,
            "tls": tls}


def verdict(action, *targets, status="", text="", advice="", note="", mx="secure", at="secure"):
    return {"action": action, "status": status, "text": text, "advice": advice, "note": note,
            "mx_status": mx, "address_status": at, "targets": list(targets)}


def path(domain, mx, hosts, **more):
    return {"kind": "domain", "name": f"{domain}.", "mx": mx, "null_mx": False,
            "implicit_mx": False, "self": False, "hosts": hosts, **more}


def bank():
    hosts = [host("mx1.bank.example.", 10, "192.0.2.10", "secure",
                  ["3 1 1 " + "8c" * 32, "3 1 1 " + "4f" * 32]),
             host("mx2.bank.example.", 20, "192.0.2.20", "insecure")]
    mx = answer("bank.example.", "MX", "secure", "10 mx1.bank.example.", "20 mx2.bank.example.")
    first, second = target(hosts[0], True, "dane"), target(hosts[1], False)
    return {"domain": "bank.example", "route_section": "", "exempt": "",
            "route": path("bank.example", mx, hosts), "services": {
        "off": verdict("deliver", target(hosts[0], False), second, mx="indeterminate",
                       at="indeterminate"),
        "requested": verdict("deliver", first, second, at="insecure",
                             note="not marked: A of mx2.bank.example. is not authenticated"),
        "required": verdict("deliver", first), "dane": verdict("deliver", first)}}


def partner():
    mx = answer("old.partner.example.", "MX", "insecure", "10 mx.old.partner.example.")
    hosts = [host("mx.old.partner.example.", 10, "192.0.2.30", "insecure")]
    bounce = verdict("bounce", status="5.7.4", mx="insecure", at="insecure",
                     text="DNSSEC is required, and MX of old.partner.example. is not authenticated",
                     advice="Whoever runs the DNS of old.partner.example. can sign it with DNSSEC.")
    go = verdict("deliver", target(hosts[0], False), mx="insecure", at="insecure")
    return {"domain": "old.partner.example", "route": path("old.partner.example", mx, hosts),
            "services": {"off": go, "requested": go, "required": bounce, "dane": bounce}}


def bogus():
    mx = answer("bogus.example.", "MX", "bogus", outcome="failed",
                extended_errors=[{"code": 6, "purpose": "DNSSEC Bogus"}],
                extended_error_text=HOSTILE)
    wait = verdict("defer", status="4.7.5", mx="bogus", at="none",
                   text="DNSSEC validation failed for MX of bogus.example.",
                   advice="Whoever runs the DNS of bogus.example. has to repair its "
                          "signatures or keys.")
    return {"domain": "bogus.example", "route_section": ".example", "exempt": "bogus.example",
            "route": path("bogus.example", mx, []),
            "services": dict.fromkeys(("off", "requested", "required", "dane"), wait)}


ROUTES = {r["domain"]: r for r in (bank(), partner(), bogus())}


def explained(to, by, service="required"):
    found = ROUTES.get(to.partition("@")[2], ROUTES["bank.example"])
    level = {"off": "off", "requested": "requested"}.get(service, "required")
    return {"to": to, "service": service, "exempt": "", "criterion": by, "observe": False,
            "matches": [{"file": "dnssec.criteria", "line_number": 4, "line": by, "decides": True}],
            "route": found["route"], **found["services"][level]}


def server(name=SERVER, **more):
    return {"server": name, "channel": "udp", "trusted": True, "trust_reason": "loopback",
            "probe": "validates", "probe_reason": "", "probe_time": ago(14), "answering": True, "questions": 1204,
            "answers": 1201, "dropped": 0, "timeouts": 3, "rtt_us": 442, **more}


UNTRUSTED = server("192.0.2.53:53", trusted=False, trust_reason="plain udp to another host",
                   probe="unknown", probe_time=None, answering=None, questions=0, answers=0, timeouts=0, rtt_us=0)


def status(messages, criteria):
    states = [m["state"] for m in messages]
    return {
        "version": "0.9.0", "hostname": "relay.example.net", "config": "/etc/signpost/signpost.conf",
        "pid": 812, "uptime_ms": 93_784_000, "workers": 2,
        "criteria": {"file": "/etc/signpost/dnssec.criteria", "enabled": True, "count": criteria},
        "queue": {"messages": len(messages), "recipients": len(messages) + 1, "octets": 48213,
                  "oldest": messages[0]["arrived"] if messages else None,
                  "ages": {"hour": len(messages), "four_hours": 0, "day": 0, "older": 0},
                  **{s: states.count(s) for s in ("active", "deferred", "held", "failed")}},
        "disk": {"path": "/var/lib/signpost/queue.db", "free": 83212603392, "reserve": 67108864,
                 "short": False, "text": "/var/lib/signpost/queue.db: 79357 MiB are free"},
        "accepted": 18416, "refused": {"relay": 4, "auth": 0, "size": 1, "limit": 0, "syntax": 0,
                                       "storage": 0, "early": 0},
        "deliveries": [
            {"service": "requested", "outcome": "delivered", "status": "secure", "count": 11120},
            {"service": "requested", "outcome": "delivered", "status": "insecure", "count": 7084},
            {"service": "required", "outcome": "bounced", "status": "insecure", "count": 2}],
        "servers": [server(), UNTRUSTED],
        "cache": {"entries": 180, "octets": 100615, "asked": 2900, "hits": 1000, "misses": 1900,
                  "evictions": 0, "prefetches": 3},
        "connections": {"in": 2, "out": 3, "in_limit": 1000, "out_limit": 2000},
        "exemptions": [{"domain": "old.partner.example", "until": "2026-12-09",
                        "reason": "moves to a new DNS host"}]}


def message(number, state="deferred", to="bob@bank.example", sender="ann@sender.example", **more):
    rcpt = {"to": to, "state": "waiting", "attempts": 1, "status": "4.4.3",
            "text": "no server answers", "remote": ""}
    return {"id": f"1M8NKFG7Z{number:02}", "from": sender, "arrived": ago(3600 * (40 - number)),
            "next": None if state == "held" else ago(-600), "size": 3480 + number,
            "attempts": 1, "state": state, "report": False, "recipients": [rcpt], **more}


HEADER = f"From: ann@sender.example\r\nTo: bob@bank.example\r\nSubject: {HOSTILE}\r\n"


def messages():
    several = [{"to": to, "state": "waiting", "attempts": 2, "status": "4.7.5",
                "text": "DNSSEC validation failed for MX of bogus.example.: " + HOSTILE,
                "remote": "mx.bogus.example"} for to in ("a@bogus.example", "b@bogus.example")]
    return [message(1), message(2, "held", sender=""), message(3, recipients=several),
            message(4, "active", to="eve@old.partner.example"), message(5, "failed", report=True)]


def record(number, outcome="delivered", mx="secure", at="secure", **more):
    return {"time": ago(60 * number), "session": f"1M8NKFS{number:04}",
            "message": f"1M8NKFM{number:04}", "from": "ann@sender.example",
            "to": "bob@bank.example", "domain": "bank.example", "service": "requested",
            "criterion": "To *", "mx_status": mx, "address_status": at,
            "host": "mx1.bank.example", "address": "192.0.2.10", "tls": "TLSv1.3",
            "dane": "dane-ee", "outcome": outcome, "status": "2.0.0", "reply": "250 2.0.0 kept",
            "delay_ms": 17, "dns_ms": 14, "observe": "", "exempt": "", "was_secure": "",
            "user": "", **more}


def records():
    return [record(1), record(2, "deferred", "bogus", "none", status="4.7.5", host="", address="",
                              tls="", dane="none", to="a@bogus.example", domain="bogus.example",
                              reply=HOSTILE),
            record(3, "bounced", "insecure", "insecure", status="5.7.4", service="required",
                   domain="old.partner.example", to="eve@old.partner.example",
                   was_secure=ago(86400 * 3), reply="DNSSEC is required"),
            record(4, service="off", mx="indeterminate", at="indeterminate", criterion="",
                   dane="none", **{"from": ""})]


SESSION = [
    ('DNSSEC service requested (criterion "To *", dnssec.criteria:2)', False),
    ("lookup bank.example. MX: 2 records, secure, server 127.0.0.1:53, channel udp", True),
    ("connecting to mx1.bank.example. 192.0.2.10:25", True),
    (f"<-- 250 {HOSTILE}", False),
    ("outcome: delivered <bob@bank.example> 2.0.0 250 2.0.0 kept", False)]


def session(name):
    return {"session": name, "lines": [{"time": ago(60), "text": text, "dnssec": dnssec}
                                       for text, dnssec in SESSION]}


DOCTOR = {"required": True, "findings": [
    {"part": "configuration", "level": "ok", "code": "configuration",
     "text": "/etc/signpost/signpost.conf is good", "remedy": ""},
    {"part": "dns", "level": "warning", "code": "untrusted",
     "text": "192.0.2.53:53 is not trusted: plain udp to another host",
     "remedy": "reach it over TLS with tls-name, or by TSIG"},
    {"part": "daemon", "level": "note", "code": "descriptors", "text": HOSTILE, "remedy": ""},
    {"part": "dns", "level": "problem", "code": "validation",
     "text": "192.0.2.53:53 does not validate", "remedy": "turn validation on there"}],
    "servers": []}

BY = {"accepted": {}, "deliveries": {"outcome": ("delivered", "deferred", "bounced"),
                                     "service": ("off", "requested", "required")},
      "answers": {"status": ("secure", "insecure", "bogus", "indeterminate")},
      "queue": {"age": ("up to 1 hour", "1 to 4 hours", "4 to 24 hours", "over 24 hours")}}


def series(name, since):
    step = {"1h": 60, "1d": 1440}.get(since, 10080)
    now = int(time.time())
    values = [(i * 7) % 23 + i // 3 for i in range(60)]
    return {"name": name, "step_s": step,
            "points": [[now - step * (60 - i), v] for i, v in enumerate(values)],
            "by": {key: {part: [v // (n + 1) for v in values] for n, part in enumerate(parts)}
                   for key, parts in BY[name].items()}}


def tried(line, held=True):
    """As far as the records hold its field, else what waits alone."""
    rows = {"criteria": [{"line": 0, "text": line, "messages": 148, "delivered": 141,
                          "deferred": 0, "bounced": 7, "would_bounce": 7, "not_known": 3}],
            "domains": [{"domain": "old.partner.example", "messages": 7, "delivered": 0,
                         "deferred": 0, "bounced": 7, "would_bounce": 7, "not_known": 0}]} \
        if held else {"criteria": [], "domains": [],
                      "note": "no delivery record there holds the field Subject"}
    return {"since": ago(86400 * 30), **rows,
            "waiting": {"looked": 5, "headers": 0 if held else 5, "messages": 2, "recipients": 3,
                        "requested": 0, "required": 2, "would_bounce": 1, "not_known": 1,
                        "more": not held,
                        "domains": [{"domain": "plain.example", "messages": 2, "would_bounce": 1,
                                     "not_known": 0}]}}
