"""Real servers of other people: what Signpost makes of their answers.

Validating ones are asked for names of every kind that the lab has, over every
channel of theirs; what must come is read off zones.table alone (tests/lab/truth.py).  Then
forwarders: what they copy, what they strip, what they make up.  A server that
this machine lacks is skipped with the reason.
"""

import contextlib
import socket
import ssl
import subprocess

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import pytest

import daemon as daemons
import peers as others
import truth
from daemon import HASTY, resolver

PROBE = 'probe = "secure.example." probe-type = "MX"'
PATIENT = 'timeout = "60s" attempts = 1'
SOON = 'timeout = "3s" attempts = 1'     # some of many names have no answer
BOGUS = ("bogus-sig.example", "bogus-expired.example", "bogus-ds.example")
ROUTES = ("secure.example", "insecure.example", "mixed-hosts.example", "bogus-sig.example",
          "null.example", "nope.com")
CHANNELS = [(kind, channel) for kind in others.VALIDATING
            for channel in ("udp", "tcp", "tls") if channel != "tls" or kind.speaks_tls]


@pytest.fixture(scope="module")
def table(lab):
    return truth.read(lab["words"])


@pytest.fixture(scope="module")
def running(lab, place):
    """All of them, started at once."""
    others.Resolved.unpack(daemons.ROOT / "build" / "peers")
    started = others.Peers(lab, place / "peers", others.VALIDATING + others.FORWARDERS)
    try:
        yield started.start()
    finally:
        started.stop()


def get(running, kind):
    if kind in running.missing:
        pytest.skip(running.missing[kind])
    return running.all[kind]


def supports(program, word):
    """Whether this build's lookup knows an option; the configuration's key came with it."""
    return word in program.run("lookup", "--help", conf=False).stdout


def key(name, rdtype):
    return name.rstrip(".").lower() or ".", rdtype


# The program, the configuration and a directory; a question a line comes in.
ALL = '''PROGRAM=$1 CONF=$2 WHERE=$3 xargs -L 1 -P 6 sh -c '
"$PROGRAM" lookup -c "$CONF" --json "$@" >"$WHERE/asked-$1"; test $? -le 1' sh'''


class Asker:
    """A Signpost, not started, that asks one server over one channel; it keeps the answers."""

    def __init__(self, make, where, options="", dnssec=PROBE, patience=PATIENT):
        self.daemon = make(start=False, dnssec=dnssec,
                           resolvers=resolver(where, f"{patience} {options}"))
        self.answers = {}

    def ask(self, name, *types):
        """The answer to the last type."""
        done = self.daemon.run("lookup", "--json", name, *types)
        assert done.returncode in (0, 1) and not done.stderr, done.stderr
        self.keep(done.stdout)
        return self.answers[key(name, types[-1])]

    def ask_all(self, questions):
        """{name: types}, several at a time, by a shell: a thousand forks of Python take long."""
        where, conf = self.daemon.dir / "state", self.daemon.dir / "soon.conf"
        conf.write_text(self.daemon.conf.read_text().replace(PATIENT, SOON))
        self.daemon.wrapper = ["sh", "-c", ALL, "sh"]
        process = self.daemon.popen(str(conf), str(where), stdin=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
        self.daemon.wrapper = []
        _, err = process.communicate("".join(f"{n} {' '.join(t)}\n" for n, t in questions.items()),
                                     timeout=10 * daemons.PATIENCE)
        assert not err, err
        for name in questions:
            self.keep((where / f"asked-{name}").read_text())

    def keep(self, text):
        for answer in daemons.read_json(text):
            self.answers[key(answer["name"], answer["type"])] = answer


def questions(channel, table):
    """Names of each kind; over UDP more of them, those for which one waits first."""
    slow = [n for n in truth.questions(table) if n.startswith("silent.") or "dead.example" in n]
    some = truth.kinds(table, 3 if channel == "udp" else 1)
    some.update({n: ["MX"] for n in BOGUS})
    if channel == "udp":
        return {n: ["MX"] for n in slow} | {n: t for n, t in some.items() if n not in slow}
    return {n: t for n, t in some.items() if n not in slow}


def mistaken(kind, table, question, answer):
    """What is wrong with an answer, in words; None where nothing is."""
    want = truth.of(table, *question, overrides=kind.overrides)
    status = want.status_of(kind.reasons)
    got = answer["outcome"] if answer["outcome"] in ("data", "nodata", "nxdomain") else "failed"
    if kind.believes_islands and table.zone_of(question[0]).how == "island" \
            and got == want.outcome != "data" and answer["status"] == "secure":
        return None                      # the server's own mistake: its AD is all there is to see
    data = sorted(r["data"].lower() for r in answer["records"] if r["type"] == question[1])
    if (answer["status"], got) != (status, want.outcome):
        return f"{answer['status']}, {got}; the table says {status}, {want.outcome}: {answer}"
    if got == "data" and data != sorted(d.lower() for d in want.data):
        return f"{data}; the table says {want.data}"
    return None


FAILURES = ("indeterminate", "bogus")


def patiently(kind, table, question, one):
    """What is wrong with an answer once its server has recovered, in words; None.

    On a busy machine a server gives up on its own upstream, and remembers that a while: what it
    could not fetch the proof of it calls bogus for a minute.  That is of no use, but no mail goes
    astray by it; a false "secure" or "insecure" is never asked again.
    """
    def settled():
        answer = one.ask(*question)
        said.append(mistaken(kind, table, question, answer))
        return not said[-1] or answer["status"] not in FAILURES

    said = []
    with contextlib.suppress(AssertionError):
        daemons.until(settled)
    return said[-1]


@pytest.fixture(scope="module")
def asked(running, make_module_daemon, table):
    """asked(kind, channel): an Asker that has asked everything."""
    kept = {}

    def ask(kind, channel):
        peer = get(running, kind)
        if (kind, channel) not in kept:
            options = {"udp": "", "tcp": 'channel = "tcp"', "tls": tls_options(running)}[channel]
            one = Asker(make_module_daemon, peer.tls if channel == "tls" else peer.udp, options)
            if channel == "tls" and not supports(one.daemon, "--pin"):
                pytest.skip("this build does not speak TLS to resolvers")
            one.ask_all(questions(channel, table))
            kept[kind, channel] = one
        return kept[kind, channel]
    return ask


def tls_options(running):
    return f'channel = "tls" tls-name = "{others.TLS_NAME}" tls-ca-file = "{running.authority.ca}"'


@pytest.mark.parametrize("kind, channel", CHANNELS, ids=lambda v: getattr(v, "__name__", v))
def test_every_kind_of_name(asked, table, kind, channel):
    """No false secure, no false insecure; bogus where the server says why, else not known."""
    one, wrong = asked(kind, channel), []
    assert one.answers.keys() == {(n, t) for n, types in questions(channel, table).items()
                                  for t in types}
    hidden = {n for n, _, _ in kind.overrides} if kind.speaks_for_whole_names else set()
    for (name, rdtype), answer in list(one.answers.items()):
        if name in hidden and rdtype not in ("A", "AAAA"):
            continue
        said = mistaken(kind, table, (name, rdtype), answer)
        if said and answer["status"] in FAILURES:
            said = patiently(kind, table, (name, rdtype), one)
        if said:
            wrong.append(f"{name} {rdtype}: {said}")
    assert not wrong, f"{len(wrong)} of {len(one.answers)}\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("kind, channel", CHANNELS, ids=lambda v: getattr(v, "__name__", v))
def test_channel_trust_and_probe_are_told(asked, kind, channel):
    answer = asked(kind, channel).answers["secure.example", "MX"]
    assert answer["channel"] == channel and answer["trusted"]
    assert (answer["trust_reason"] == "loopback") == (channel != "tls")
    assert asked(kind, channel).ask("insecure.example", "MX")["probe"] == "validates"


@pytest.mark.parametrize("kind", others.VALIDATING, ids=lambda k: k.__name__)
def test_who_validates_does_not_speak_as_an_authority(asked, kind):
    """AD and AA together are the sign of an answer that a server made up: see below."""
    one = asked(kind, "udp")
    assert not [a for a in one.answers.values() if a["status"] == "secure" and a["authoritative"]]


@pytest.mark.parametrize("kind", others.VALIDATING, ids=lambda k: k.__name__)
def test_a_bogus_name_is_never_used(asked, kind):
    """The records that a plain server gives do not come with it; the code of RFC 8914 does."""
    one = asked(kind, "udp")
    for name in BOGUS:
        answer = one.answers[name, "MX"]
        assert answer["rcode"] == "SERVFAIL" and not answer["records"]
        codes = {e["code"] for e in answer["extended_errors"]}
        assert bool(codes & {1, 2, *range(5, 13), 25, 27}) == kind.reasons, codes


@pytest.mark.parametrize("domain", ROUTES)
@pytest.mark.parametrize("kind", others.VALIDATING, ids=lambda k: k.__name__)
def test_end_verdicts(asked, table, kind, domain):
    """`signpost route` comes to what zones.table says, whoever validates."""
    one = asked(kind, "udp")
    shown = one.daemon.run("route", domain).stdout
    for level in ("off", "requested", "required"):
        expected = [o.text for o in table.row(domain).cells[level]]
        verdict = next(line for line in shown.splitlines() if line.startswith(f"{level} "))
        if not kind.reasons:             # without a reason, a SERVFAIL is one like any other
            expected = [e.replace("4.7.5", "4.4.3") for e in expected]
        for word in expected:
            if word[0] in "45":
                assert word in verdict, (level, shown)
            else:
                assert "deliver" in verdict and word.split()[0] in shown, (level, shown)


# TLS and TSIG: first that the servers do it, with other people's clients; then Signpost.

TLS_KINDS = [k for k in others.VALIDATING if k.speaks_tls]


@pytest.mark.parametrize("kind", TLS_KINDS, ids=lambda k: k.__name__)
def test_the_servers_speak_tls(running, kind):
    peer = get(running, kind)
    context = ssl.create_default_context(cafile=running.authority.ca)
    query = dns.message.make_query("secure.example", "MX", use_edns=0)
    query.flags |= dns.flags.AD
    address, port = peer.tls.split(":")
    reply = dns.query.tls(query, address, port=int(port), timeout=60, ssl_context=context,
                          server_hostname=others.TLS_NAME)
    assert reply.flags & dns.flags.AD and reply.rcode() == dns.rcode.NOERROR
    with pytest.raises(ssl.SSLCertVerificationError):
        dns.query.tls(query, address, port=int(port), timeout=60, ssl_context=context,
                      server_hostname="other.lab.example")


WRONG_PIN = "A" * 43 + "="
TLS_SETTINGS = [
    ("name", 'tls-name = "{name}" tls-ca-file = "{ca}"', True),
    ("pin", 'tls-pin = {{"{pin}"}}', True),
    ("name-and-pin", 'tls-name = "{name}" tls-ca-file = "{ca}" tls-pin = {{"{pin}"}}', True),
    ("one-pin-of-two", f'tls-pin = {{{{"{WRONG_PIN}", "{{pin}}"}}}}', True),
    ("other-name", 'tls-name = "other.lab.example" tls-ca-file = "{ca}"', False),
    ("common-name", 'tls-name = "not a name of any server" tls-ca-file = "{ca}"', False),
    ("unknown-ca", 'tls-name = "{name}"', False),
    ("other-pin", f'tls-pin = {{{{"{WRONG_PIN}"}}}}', False),
    ("name-and-other-pin", f'tls-name = "{{name}}" tls-ca-file = "{{ca}}" '
                           f'tls-pin = {{{{"{WRONG_PIN}"}}}}', False),
    ("other-name-and-pin", 'tls-name = "other.lab.example" tls-ca-file = "{ca}" '
                           'tls-pin = {{"{pin}"}}', False)]


@pytest.mark.parametrize("setting, good", [row[1:] for row in TLS_SETTINGS],
                         ids=[row[0] for row in TLS_SETTINGS])
@pytest.mark.parametrize("kind", TLS_KINDS, ids=lambda k: k.__name__)
def test_tls_authentication(running, make_daemon, kind, setting, good):
    """Strict: no authentication, no question."""
    peer = get(running, kind)
    keys = running.authority
    text = setting.format(name=others.TLS_NAME, ca=keys.ca, pin=keys.pin)
    one = make_daemon(start=False)
    if not supports(one, "--pin"):
        pytest.skip("this build does not speak TLS to resolvers")
    one.configure(dnssec=PROBE, resolvers=resolver(
        peer.tls, f'{PATIENT if good else HASTY} channel = "tls" {text}'))
    done = one.run("lookup", "--json", "secure.example", "MX")
    if done.returncode == 2:             # no name of a server at all: the configuration says so
        assert not good and "tls-name" in done.stderr
        return
    answer, = daemons.read_json(done.stdout)
    if good:
        assert (answer["status"], answer["channel"]) == ("secure", "tls"), answer
    else:
        assert (answer["status"], answer["outcome"]) == ("indeterminate", "no answer"), answer


@pytest.mark.parametrize("kind", TLS_KINDS, ids=lambda k: k.__name__)
def test_tls_by_options(running, make_daemon, kind):
    peer = get(running, kind)
    one = make_daemon(start=False)
    if not supports(one, "--pin"):
        pytest.skip("this build does not speak TLS to resolvers")
    by_name = ("--tls", others.TLS_NAME, "--tls-ca", running.authority.ca)
    by_pin = ("--pin", running.authority.pin)
    for words in (by_name, by_pin, by_name + by_pin):
        answer, = one.json("lookup", "--server", peer.tls, *words, "secure.example", "MX")
        assert (answer["status"], answer["channel"]) == ("secure", "tls"), (words, answer)


def test_tls_to_a_server_that_speaks_plain_dns(running, make_daemon):
    """No fall to TCP or UDP at that port."""
    peer = get(running, others.Unbound)
    one = make_daemon(start=False)
    if not supports(one, "--pin"):
        pytest.skip("this build does not speak TLS to resolvers")
    one.configure(resolvers=resolver(peer.udp, f"{HASTY} {tls_options(running)}"))
    answer, = daemons.read_json(one.run("lookup", "--json", "secure.example", "MX").stdout)
    assert (answer["status"], answer["outcome"]) == ("indeterminate", "no answer"), answer


def signed_query(algorithm, secret=others.KEY_SECRET):
    name = f"{others.KEY_NAME}.{algorithm}"
    query = dns.message.make_query("secure.example", "MX", use_edns=0)
    query.use_tsig(dns.tsigkeyring.from_text({name: secret}), name,
                   algorithm=dns.name.from_text(algorithm))
    return query


@pytest.mark.parametrize("algorithm", others.ALGORITHMS)
def test_bind_signs_with_tsig(running, algorithm):
    address, port = get(running, others.Bind).udp.split(":")
    for ask in (dns.query.udp, dns.query.tcp):
        assert ask(signed_query(algorithm), address, port=int(port), timeout=60).had_tsig
    with pytest.raises(dns.tsig.PeerBadSignature):
        dns.query.udp(signed_query(algorithm, "b3RoZXI="), address, port=int(port), timeout=60)


@pytest.mark.parametrize("channel", ["udp", "tcp"])
@pytest.mark.parametrize("algorithm", others.ALGORITHMS)
def test_tsig(running, make_daemon, table, algorithm, channel):
    """BIND signs what Signpost accepts; trust is by the key, not by loopback."""
    peer = get(running, others.Bind)
    key = f"{others.KEY_NAME}.{algorithm}:{algorithm}:{others.KEY_SECRET}"
    one = make_daemon(start=False)
    if not supports(one, "--tsig"):
        pytest.skip("this build does not know TSIG")
    asker = Asker(make_daemon, peer.udp, f'channel = "{channel}" tsig-key = "{key}"')
    for name in ("secure.example", "insecure.example", "bogus-sig.example", "big.example",
                 "nope.com", "implicit.example", "to-insecure.alias.example"):
        answer = asker.ask(name, "MX")
        assert not mistaken(others.Bind, table, (name, "MX"), answer), answer
        assert "tsig" in answer["trust_reason"].lower(), answer
    options = ["--tcp"] if channel == "tcp" else []
    answer, = one.json("lookup", "--server", peer.udp, "--tsig", key, *options,
                       "secure.example", "MX")
    assert answer["status"] == "secure" and "tsig" in answer["trust_reason"].lower(), answer


@pytest.mark.parametrize("channel", ["udp", "tcp"])
@pytest.mark.parametrize("key", [
    f"{others.KEY_NAME}.hmac-sha256:hmac-sha256:b3RoZXIgc2VjcmV0IG9mIG5vYm9keQ==",
    f"{others.KEY_NAME}.hmac-sha256:hmac-sha512:{others.KEY_SECRET}",
    f"unknown.lab.example:hmac-sha256:{others.KEY_SECRET}"],
    ids=["other-secret", "other-algorithm", "other-name"])
def test_tsig_that_bind_refuses(running, make_daemon, key, channel):
    peer = get(running, others.Bind)
    one = make_daemon(start=False)
    if not supports(one, "--tsig"):
        pytest.skip("this build does not know TSIG")
    answer = Asker(make_daemon, peer.udp, f'channel = "{channel}" tsig-key = "{key}"',
                   patience=HASTY).ask("secure.example", "MX")
    assert answer["status"] == "indeterminate" and not answer["records"], answer


def test_tsig_to_a_server_that_knows_none(running, make_daemon):
    """An answer without the signature is no answer, though the server is on loopback."""
    peer = get(running, others.Unbound)
    one = make_daemon(start=False)
    if not supports(one, "--tsig"):
        pytest.skip("this build does not know TSIG")
    key = f"{others.KEY_NAME}:hmac-sha256:{others.KEY_SECRET}"
    answer = Asker(make_daemon, peer.udp, f'tsig-key = "{key}"', patience=HASTY).ask(
        "secure.example", "MX")
    assert answer["status"] == "indeterminate" and not answer["records"], answer


# Forwarders

@pytest.fixture
def forwarder(running, make_daemon):
    return lambda kind, **more: Asker(make_daemon, get(running, kind).udp, **more)


@pytest.mark.parametrize("kind", others.VALIDATING + others.FORWARDERS, ids=lambda k: k.__name__)
def test_probe(forwarder, kind):
    """It tells who validates (or has it done) from who strips AD."""
    answer = forwarder(kind).ask("insecure.example", "MX")
    assert answer["status"] == "insecure"
    assert answer["probe"] == ("validates" if kind.validates else "fails"), answer
    assert kind.validates or "not authenticated" in answer["probe_reason"]


@pytest.mark.parametrize("kind", [others.Dnsmasq, others.Resolved], ids=lambda k: k.__name__)
def test_a_forwarder_that_strips_ad(forwarder, kind):
    """Nothing of the world is secure, over UDP and TCP, and required mail waits."""
    for options in ("", 'channel = "tcp"'):
        one = forwarder(kind, options=options)
        for name in ("secure.example", "nope.com", "implicit.example", "insecure.example"):
            assert one.ask(name, "MX")["status"] == "insecure", name
    for domain in ("secure.example", "insecure.example"):
        assert "4.3.5" in one.daemon.run("route", domain).stdout


@pytest.mark.parametrize("kind", [others.DnsmasqProxy, others.ResolvedDnssec],
                         ids=lambda k: k.__name__)
def test_a_forwarder_with_ad(forwarder, kind):
    """--proxy-dnssec passes on what the server behind it found; systemd-resolved validates."""
    one = forwarder(kind)
    for name, rdtype, status in (("secure.example", "MX", "secure"), ("nope.com", "A", "secure"),
                                 ("insecure.example", "MX", "insecure"),
                                 ("implicit.example", "MX", "secure"),
                                 ("to-insecure.alias.example", "MX", "insecure")):
        assert one.ask(name, rdtype)["status"] == status, name
    answer = one.ask("bogus-sig.example", "MX")
    assert answer["status"] in ("bogus", "indeterminate") and not answer["records"]


@pytest.mark.parametrize("kind", [others.Dnsmasq, others.DnsmasqProxy, others.DnsmasqCache],
                         ids=lambda k: k.__name__)
@pytest.mark.parametrize("name", ["printer.lan", "mx.secure.example"])
def test_dnsmasq_vouches_for_no_address_of_its_own(forwarder, kind, name):
    """Names of a hosts file come with AA and without AD, those of a signed zone too."""
    answer = forwarder(kind).ask(name, "A")
    assert answer["status"] == "insecure" and answer["authoritative"]
    assert answer["records"][0]["data"].startswith("127.0.7.")


@pytest.mark.parametrize("name", ["printer.lan", "mx.secure.example", "localhost", "any.localhost",
                                  socket.gethostname()])
@pytest.mark.parametrize("kind", [others.Resolved, others.ResolvedDnssec], ids=lambda k: k.__name__)
def test_resolved_vouches_for_what_it_makes_up(running, kind, name):
    """Names of the hosts file, localhost, the host's own: with AD, though it does not validate,
    and with AA.  What Signpost makes of it is for its documentation; that it is so, is here."""
    said = others.says(get(running, kind).port, name=name, rdtype="A", timeout=60)
    assert {"NOERROR", "AD", "AA"} <= said


@pytest.mark.parametrize("domain", ["secure.example", "insecure.example", "printer.lan"])
def test_resolved_that_does_not_validate_carries_no_required_mail(forwarder, domain):
    """Its AD for a host of the hosts file helps nobody: the probe tells."""
    shown = forwarder(others.Resolved).daemon.run("route", domain).stdout
    required = next(line for line in shown.splitlines() if line.startswith("required"))
    assert "4.3.5" in required and "DNSSEC\n" not in shown, shown


def test_dnsmasq_copies_ad_onto_a_denial_of_its_own(running):
    """A name of the hosts file has no MX there: NODATA is its word, AD that of another server's
    NXDOMAIN."""
    said = others.says(get(running, others.DnsmasqProxy).port, name="printer.lan", rdtype="MX",
                       timeout=60)
    assert {"NOERROR", "AD", "AA"} <= said


def test_a_cache_that_forgets_ad(forwarder):
    """--proxy-dnssec with a cache: AD may be lost, never gained."""
    one = forwarder(others.DnsmasqCache)
    for _ in range(3):
        assert one.ask("secure.example", "A", "MX")["status"] in ("secure", "insecure")
        assert one.ask("insecure.example", "A", "MX")["status"] == "insecure"
        assert one.ask("mx.insecure.example", "A")["status"] == "insecure"
