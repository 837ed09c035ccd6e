"""The lab is what it says it is: asked without any Signpost, with dnspython and smtplib."""

import concurrent.futures
import gc
import json
import os
import pathlib
import smtplib
import socket
import ssl

import pytest

import dnsfake
import labnet
import table as zones_table
import truth
from ask import ask

TABLE = zones_table.read()

# (name, type, what the validating server says, data)
SAYS = [
    ("com", "NS", "NOERROR AD", ["ns.lab.example."]),
    (".", "NS", "NOERROR AD", ["ns.lab.example."]),
    ("nope.com", "A", "NXDOMAIN AD", []),
    ("secure.example", "MX", "NOERROR AD", ["10 mx.secure.example."]),
    ("mx.secure.example", "A", "NOERROR AD", ["127.0.1.1"]),
    ("mx.secure.example", "AAAA", "NOERROR AD", []),
    ("mx.dual.example", "AAAA", "NOERROR AD", ["::1"]),
    ("insecure.example", "MX", "NOERROR", ["10 mx.insecure.example."]),
    ("island.example", "MX", "NOERROR", ["10 mx.island.example."]),
    ("wild-unsigned.example", "MX", "NOERROR", ["10 any.hosts.wild-unsigned.example."]),
    ("any.hosts.wild-unsigned.example", "A", "NOERROR", ["127.0.2.3"]),
    ("sec-mx-insec-host.example", "MX", "NOERROR AD", ["10 mx.insecure.example."]),
    ("mx.insecure.example", "A", "NOERROR", ["127.0.2.1"]),
    ("bogus-sig.example", "MX", "SERVFAIL 6", []),
    ("bogus-expired.example", "MX", "SERVFAIL 7", []),
    ("bogus-ds.example", "MX", "SERVFAIL 9", []),
    ("mx.aaaa-bogus.example", "A", "NOERROR AD", ["127.0.1.13"]),
    ("mx.aaaa-bogus.example", "AAAA", "SERVFAIL 6", []),
    ("mx.aaaa-servfail.example", "A", "NOERROR AD", ["127.0.1.14"]),
    ("mx.aaaa-servfail.example", "AAAA", "SERVFAIL", []),
    ("mx.a-sec-aaaa-insec.example", "A", "NOERROR AD", ["127.0.1.11"]),
    ("mx.a-sec-aaaa-insec.example", "AAAA", "NOERROR", ["::1"]),
    ("mx.a-insec-aaaa-sec.example", "A", "NOERROR", ["127.0.1.12"]),
    ("mx.a-insec-aaaa-sec.example", "AAAA", "NOERROR AD", ["::1"]),
    ("mx.a-insec-aaaa-servfail.example", "A", "NOERROR", ["127.0.1.15"]),
    ("mx.a-insec-aaaa-servfail.example", "AAAA", "SERVFAIL", []),
    ("mx.both-bogus.example", "A", "SERVFAIL 6", []),
    ("mx.both-bogus.example", "AAAA", "SERVFAIL 6", []),
    ("mx.neither-sec.example", "A", "NOERROR", ["127.0.1.16"]),
    ("mx.neither-sec.example", "AAAA", "NOERROR", ["::1"]),
    ("servfail.example", "MX", "SERVFAIL", []),
    ("to-secure.alias.example", "MX", "NOERROR AD", ["10 mx.secure.example."]),
    ("to-insecure.alias.example", "MX", "NOERROR", ["10 mx.insecure.example."]),
    ("back.insecure.example", "MX", "NOERROR", ["10 mx.secure.example."]),
    ("long.alias.example", "MX", "NOERROR", ["10 mx.secure.example."]),
    ("loop.alias.example", "MX", "SERVFAIL", []),
    ("to-nothing.alias.example", "MX", "NXDOMAIN AD", []),
    ("mail.old.dname.example", "MX", "NOERROR AD", ["10 mx.dname.example."]),
    ("mail.gone.dname.example", "MX", "NOERROR", ["10 mx.insecure-tree.example."]),
    ("mx.mx-cname.example", "A", "NOERROR AD", ["127.0.1.1"]),
    ("mx.mx-cname-insec.example", "A", "NOERROR", ["127.0.2.1"]),
    ("implicit.example", "MX", "NOERROR AD", []),
    ("implicit.example", "A", "NOERROR AD", ["127.0.1.18"]),
    ("implicit-insec.example", "MX", "NOERROR", []),
    ("implicit-mixed.example", "MX", "NOERROR AD", []),
    ("implicit-mixed.example", "A", "NOERROR", ["127.0.1.19"]),
    ("null.example", "MX", "NOERROR AD", ["0 ."]),
    ("null-insec.example", "MX", "NOERROR", ["0 ."]),
    ("nope.com", "MX", "NXDOMAIN AD", []),
    ("nope.insecure.example", "MX", "NXDOMAIN", []),
    ("nope.optout.example", "MX", "NXDOMAIN", []),
    ("any.wild.example", "MX", "NOERROR AD", ["10 mx.wild.example."]),
    ("empty.insecure.example", "A", "NOERROR", []),
    ("null-host.secure.example", "A", "NOERROR AD", []),
]


@pytest.mark.parametrize("name, rdtype, words, data", SAYS,
                         ids=[f"{name}-{rdtype}" for name, rdtype, _, _ in SAYS])
def test_validating(lab, name, rdtype, words, data):
    said = ask(lab["validating"], name, rdtype)
    assert said.words == words
    assert said.texts == data


@pytest.mark.parametrize("name, rdtype, words, data", SAYS,
                         ids=[f"{name}-{rdtype}" for name, rdtype, _, _ in SAYS])
def test_truth(name, rdtype, words, data):
    """What truth.py reads off the table is what the validating server says."""
    said = truth.of(TABLE, name, rdtype)
    rcode, *more = words.split()
    assert said.status == ("bogus" if rcode == "SERVFAIL" and more else
                           "indeterminate" if rcode == "SERVFAIL" else
                           "secure" if more else "insecure")
    assert said.data == data
    assert (said.outcome == "failed") == (rcode == "SERVFAIL")
    assert (said.outcome == "nxdomain") == (rcode == "NXDOMAIN")


def test_no_ad_where_none_was_asked(lab):
    said = ask(lab["validating"], "secure.example", "MX", ad=False)
    assert (said.words, said.texts) == ("NOERROR", ["10 mx.secure.example."])


@pytest.mark.parametrize("name, data", [
    ("secure.example", "10 mx.secure.example."),
    ("bogus-sig.example", "10 mx.secure.example."),
    ("bogus-expired.example", "10 mx.secure.example.")])
def test_plain_does_not_validate(lab, name, data):
    said = ask(lab["plain"], name, "MX")
    assert (said.words, said.texts) == ("NOERROR", [data])


@pytest.mark.parametrize("name", ["dead.example", "silent.example"])
def test_no_answer(lab, name):
    assert ask(lab["validating"], name, "MX", timeout=1.5).rcode in ("timeout", "SERVFAIL")


def test_large_answer_needs_tcp(lab):
    said = ask(lab["validating"], "big.example", "MX")
    assert said.tcp and said.words == "NOERROR AD" and len(said.texts) == 22


@pytest.mark.parametrize("host, words, data", [
    ("good", "NOERROR AD", "3 1 1 {spki}"),
    ("wrong", "NOERROR AD", "3 1 1 " + "0" * 64),
    ("unusable", "NOERROR AD", "9 1 1 {spki}"),
    ("insec", "NOERROR", "3 1 1 {spki}"),
    ("absent", "NXDOMAIN AD", None)])
def test_tlsa(lab, host, words, data):
    said = ask(lab["validating"], f"_{lab['smtp_port']}._tcp.mx.dane-{host}.example", "TLSA")
    assert said.words == words
    assert said.texts == ([data.format(spki=lab["tls"]["spki"])] if data else [])


def test_every_row_has_a_zone_and_a_cell_for_each_level():
    for row in TABLE.rows:
        assert TABLE.zone_of(row.domain).name != ".", row.domain
        assert set(row.cells) == set(zones_table.LEVELS)


def test_cells():
    row = zones_table.parse_row("d | x | 127.0.1.1, ::1 DNSSEC | 4.4.* | -", "here")
    assert row.fits("off", "127.0.1.1") and row.fits("off", "::1 DNSSEC")
    assert not row.fits("off", "127.0.1.1 DNSSEC") and not row.fits("off", "::1")
    assert row.fits("requested", "4.4.3") and not row.fits("requested", "5.4.4")
    assert row.cells["required"] == []
    assert [o.delivers for o in row.cells["off"] + row.cells["requested"]] == [True, True, False]


# The mail hosts

def received(lab, marker):
    lines = pathlib.Path(lab["record"]).read_text().splitlines()
    return [e for e in map(json.loads, lines) if marker in e["data"]]


def test_mail_is_recorded(lab):
    body = "Subject: lab\r\n\r\nunique-one\r\n..dot\r\n.\x41\r\n"
    with smtplib.SMTP("127.0.1.1", lab["smtp_port"], "me.example", timeout=60) as smtp:
        smtp.sendmail("a@x.example", ["b@y.example", "c@y.example"], body,
                      ["BODY=8BITMIME"], ["NOTIFY=NEVER"])
    entry, = received(lab, "unique-one")
    assert entry["data"] == body
    assert entry["host"] == "127.0.1.1" and entry["ehlo"] == "me.example"
    assert entry["from"] == "a@x.example" and "BODY=8BITMIME" in entry["mail_params"]
    assert entry["rcpts"] == [["b@y.example", ["NOTIFY=NEVER"]], ["c@y.example", ["NOTIFY=NEVER"]]]


def test_every_address_answers(lab):
    for address in lab["addresses"] + ["::1"]:
        with socket.create_connection((address, lab["smtp_port"]), 60) as s:
            first = s.recv(200).decode()
        wanted = {"greet-421": "421", "greet-554": "554", "greet-drop": ""}
        assert first[:3] == wanted.get(TABLE.hosts.get(address), "220"), address


def test_nobody_listens_where_connections_are_refused(lab):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.9.1", lab["smtp_port"]), 60)


def test_without_extensions(lab):
    with smtplib.SMTP("127.0.9.3", lab["smtp_port"], timeout=60) as smtp:
        assert smtp.ehlo()[0] == 502
        assert smtp.helo()[0] == 250
        assert smtp.docmd("MAIL FROM:<a@x.example> BODY=8BITMIME")[0] == 555


def test_starttls(lab):
    with smtplib.SMTP("127.0.3.2", lab["smtp_port"], timeout=60) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("starttls")
        context = ssl._create_unverified_context()
        smtp.starttls(context=context)
        smtp.sendmail("a@x.example", ["b@y.example"], "unique-tls\r\n")
    assert received(lab, "unique-tls")[0]["tls"] is True


@pytest.mark.parametrize("sender, rcpt, where, code", [
    ("mail-451@x.example", "b@y.example", "mail", 451),
    ("a@x.example", "rcpt-550@y.example", "rcpt", 550),
    ("a@x.example", "data-554@y.example", "data", 554),
    ("a@x.example", "end-452-a@y.example", "end", 452)])
def test_odd_local_parts(lab, sender, rcpt, where, code):
    with smtplib.SMTP("127.0.1.1", lab["smtp_port"], timeout=60) as smtp:
        smtp.ehlo()
        steps = [("mail", lambda: smtp.mail(sender)), ("rcpt", lambda: smtp.rcpt(rcpt)),
                 ("data", lambda: smtp.docmd("DATA")), ("end", lambda: (smtp.send("x\r\n.\r\n"), smtp.getreply())[1])]
        for name, step in steps:
            got = step()[0]
            if name == where:
                assert got == code
                break
            assert got in (250, 354)


@pytest.mark.parametrize("rcpt", ["drop-rcpt@y.example", "drop-data@y.example",
                                  "drop-end@y.example"])
def test_hangs_up(lab, rcpt):
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        with smtplib.SMTP("127.0.1.1", lab["smtp_port"], timeout=60) as smtp:
            smtp.sendmail("a@x.example", [rcpt], "unique-drop\r\n")
            smtp.noop()
    assert not received(lab, "unique-drop")


def test_once(lab):
    with smtplib.SMTP("127.0.1.1", lab["smtp_port"], timeout=60) as smtp:
        smtp.ehlo()
        smtp.mail("a@x.example")
        assert smtp.rcpt("once-450-lab@y.example")[0] == 450
        assert smtp.rcpt("once-450-lab@y.example")[0] == 250


# Starting and stopping

def test_stop_ends_every_process(tmp_path):
    facts = labnet.start(tmp_path)
    labnet.stop(tmp_path)
    assert not [p for p in facts["pids"].values() if labnet.ours(p, tmp_path)]
    labnet.stop(tmp_path)
    assert not (tmp_path / "lab.json").exists() and (tmp_path / "mail.jsonl").exists()


def test_stop_spares_a_stranger_with_the_number(tmp_path):
    facts = {"pids": {"nsd": os.getppid()}}
    (tmp_path / "lab.json").write_text(json.dumps(facts))
    labnet.stop(tmp_path)
    os.kill(os.getppid(), 0)


# The fake server

def test_fake_says_what_it_is_told():
    with dnsfake.DnsFake() as fake:
        server = f"127.0.0.1:{fake.port}"
        fake.on("a.example", "A", dnsfake.servfail(6), dnsfake.answer("127.0.1.1", ad=True))
        assert ask(server, "a.example", "A").words == "SERVFAIL 6"
        assert ask(server, "A.example", "A").words == "NOERROR AD"
        assert ask(server, "b.example", "A").words == "REFUSED"
        fake.on("c.example", "MX", dnsfake.truncated(dnsfake.answer("10 mx.c.example.")))
        said = ask(server, "c.example", "MX")
        assert said.tcp and said.texts == ["10 mx.c.example."]
        fake.on("d.example", "A", dnsfake.answer("d.example CNAME e.example.",
                                                 "e.example 5 A 127.0.1.1"))
        said = ask(server, "d.example", "A")
        assert said.chain == ["e.example."] and said.texts == ["127.0.1.1"]
        query = fake.asked("a.example", "A")[0]
        assert query.ad and query.rd and not query.cd and not query.do and query.edns == 1232


@pytest.mark.parametrize("action", [
    dnsfake.wrong_id(dnsfake.answer("127.0.6.6")),
    dnsfake.not_a_response(dnsfake.answer("127.0.6.6")),
    dnsfake.wrong_question(dnsfake.answer("127.0.6.6"), "other.example"),
    dnsfake.no_question(dnsfake.answer("127.0.6.6")),
    dnsfake.cut(dnsfake.answer("127.0.6.6"), 20),
    dnsfake.from_elsewhere(dnsfake.answer("127.0.6.6")),
    dnsfake.raw(b"\0\0junk"),
    dnsfake.reflected()])
def test_fake_lies(action):
    with dnsfake.DnsFake() as fake:
        fake.on("a.example", "A", dnsfake.both(action, dnsfake.after(0.05, dnsfake.answer("127.0.1.1"))))
        import dns.message
        query = dns.message.make_query("a.example", "A")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(60)
            s.sendto(query.to_wire(), ("127.0.0.1", fake.port))
            first, peer = s.recvfrom(4096)
            s.recvfrom(4096)
        try:
            honest = query.is_response(dns.message.from_wire(first)) and peer[1] == fake.port
        except Exception:
            honest = False
        assert not honest


def test_fake_forwards(lab):
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as fake:
        fake.on("mx.secure.example", "A", dnsfake.answer("127.0.1.1"))
        server = f"127.0.0.1:{fake.port}"
        assert ask(server, "secure.example", "MX").words == "NOERROR AD"
        assert ask(server, "mx.secure.example", "A").words == "NOERROR"
        assert ask(server, "big.example", "MX").tcp


def test_fake_forwards_while_the_collector_runs():
    """The event loop knows its tasks weakly: one that nobody holds can vanish while it waits."""
    late = dnsfake.after(0.5, dnsfake.answer("127.0.1.1"))
    with dnsfake.DnsFake().on("*", "*", late) as upstream, \
            dnsfake.DnsFake(upstream=("127.0.0.1", upstream.port)) as fake, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        said = pool.submit(ask, f"127.0.0.1:{fake.port}", "a.example", "A")
        while not concurrent.futures.wait([said], 0.01).done:
            gc.collect()
        assert said.result().texts == ["127.0.1.1"]
