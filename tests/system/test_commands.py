"""Commands: --help, --json, exit status; lookup and route."""

import json

import pytest

import dnsfake
from daemon import HASTY, RESOLVER, leaves, read_json, resolver

COMMANDS = ["serve", "lookup", "route", "connect", "explain", "queue", "config", "criteria", "log", "status",
            "console", "passwd", "doctor", "reload"]


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    """Not started: these commands ask for themselves."""
    return make_module_daemon(start=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_help(relay, command):
    done = relay.run(command, "--help", conf=False)
    assert done.returncode == 0
    assert f"signpost {command}" in done.stdout and done.stderr == ""


def test_help_of_all(relay):
    done = relay.run("--help", conf=False)
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)
    for words in (["help"], ["help", "help"], ["help", "--help"], ["help", "-h"]):
        assert relay.run(*words, conf=False).stdout == done.stdout, words


def test_help_in_front(relay):
    """As --help behind the command, also of one that reads its words itself."""
    for command in (*COMMANDS, "sendmail"):
        said = relay.run(command, "--help", conf=False).stdout
        for words in (["help", command], ["--help", command], ["help", command, "list"]):
            done = relay.run(*words, conf=False)
            assert (done.returncode, done.stdout, done.stderr) == (0, said, ""), words


@pytest.mark.parametrize("words", [[], ["fly"], ["--fly"], ["lookup"], ["lookup", "--fly", "x"],
                                   ["route"], ["route", "a", "b", "c"], ["criteria"],
                                   ["criteria", "fly"], ["lookup", "x.example", "NOTATYPE"],
                                   ["lookup", "a..b"], ["lookup", "--server", "300.0.0.1", "x"],
                                   ["lookup", "--tls", "dns.example", "x"],
                                   ["lookup", "--server", "::1", "--tls", "", "x"],
                                   ["lookup", "--server", "::1", "--pin", "QQ==", "x"],
                                   ["lookup", "--server", "::1", "--tls-ca", "gone", "x"],
                                   ["lookup", "--server", "::1", "--tcp", "--tls", "a", "x"],
                                   ["lookup", "--server", "::1", "--tsig", "k:QQ==", "x"],
                                   ["lookup", "--tsig", "k:hmac-sha256:QQ==", "x"],
                                   ["lookup", "--anchor", "gone", "x"],
                                   ["doctor", "x", "y"]],
                         ids=" ".join)
def test_usage(relay, words):
    done = relay.run(*words, conf=False)
    assert done.returncode == 2 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("how, why", [(">/dev/full", "No space left on device"),
                                      (">&-", "Bad file descriptor"),
                                      ("<&- >&-", "Bad file descriptor")])
@pytest.mark.parametrize("words", [["--help"], ["lookup", "pair.example"], ["route", "pair.example"],
                                   ["connect", "pair.example"], ["connect", "pair.example", "--json"],
                                   ["config"]], ids=" ".join)
def test_output_that_cannot_be_written_is_told_once(relay, words, how, why):
    """Nor is it written to what else is open: to a mail host, say."""
    relay.wrapper = ["sh", "-c", f'exec "$@" {how}', "sh"]
    done = relay.run(*words, conf=words != ["--help"])
    relay.wrapper = []
    assert (done.returncode, done.stderr) == (1, f"signpost: cannot write to standard output: {why}\n")


# (name, type, status, some of what is shown, exit status, exit status with --require)
LOOKUPS = [
    ("secure.example", "MX", "secure", "10 mx.secure.example", 0, 0),
    ("insecure.example", "MX", "insecure", "10 mx.insecure.example", 0, 1),
    ("mx.dual.example", "AAAA", "secure", "::1", 0, 0),
    ("bogus-sig.example", "MX", "bogus", "error ", 1, 1),
    ("bogus-expired.example", "MX", "bogus", "error ", 1, 1),  # 6 or 7 by unbound
    ("bogus-ds.example", "MX", "bogus", "error ", 1, 1),       # 6 or 9 by unbound
    ("servfail.example", "MX", "indeterminate", "SERVFAIL", 1, 1),
    ("nope.com", "A", "secure", "NXDOMAIN", 0, 0),
    ("nope.insecure.example", "A", "insecure", "NXDOMAIN", 0, 1),
    ("implicit.example", "MX", "secure", "NODATA", 0, 0),
    ("to-insecure.alias.example", "MX", "insecure", "10 mx.insecure.example", 0, 1),
    ("to-secure.alias.example", "MX", "secure", "10 mx.secure.example", 0, 0),
    ("mail.old.dname.example", "MX", "secure", "10 mx.dname.example", 0, 0),
    ("big.example", "MX", "secure", "10 a-long-label", 0, 0),
]


@pytest.mark.parametrize("name, rdtype, status, shown, code, strict", LOOKUPS,
                         ids=[row[0] for row in LOOKUPS])
def test_lookup(relay, lab, name, rdtype, status, shown, code, strict):
    done = relay.run("lookup", name, rdtype)
    words = done.stdout.replace(",", " ").replace("(", " ").replace(")", " ").split()
    # A SERVFAIL is an answer that says nothing; SPEC leaves its exit status to 0 or 1.
    assert done.returncode == code or "SERVFAIL" in done.stdout and done.returncode in (0, 1)
    assert status in words and shown in done.stdout, done.stdout
    for other in {"secure", "insecure", "bogus", "indeterminate"} - {status}:
        assert other not in words, done.stdout
    assert lab["validating"] in done.stdout and "loopback" in done.stdout
    assert relay.run("lookup", "--require", name, rdtype).returncode == strict
    values = [str(v) for v in leaves(read_json(relay.run("lookup", "--json", name, rdtype).stdout))]
    assert status in values, values


def test_lookup_of_several_types(relay):
    shown = relay.ok("lookup", "mx.dual.example", "A", "AAAA")
    assert "127.0.1.3" in shown and "::1" in shown
    assert relay.run("lookup", "--require", "mx.a-sec-aaaa-insec.example", "A", "AAAA"
                     ).returncode == 1
    assert relay.run("lookup", "--require", "mx.a-sec-aaaa-insec.example", "A").returncode == 0


def test_lookup_takes_name_and_types_in_any_order(relay):
    def asked(*words):
        return [(a["name"], a["type"]) for a in json.loads(relay.ok("lookup", "--json", *words))]

    assert asked("A", "mx.dual.example", "AAAA") == asked("mx.dual.example", "A", "AAAA")
    assert asked("192.0.2.1") == [("1.2.0.192.in-addr.arpa.", "PTR")]
    assert asked("mx", "user@secure.example") == asked("secure.example", "MX")


def test_lookup_of_a_mail_address_says_what_is_asked(relay):
    done = relay.run("lookup", "--json", "user@secure.example", "MX")
    assert done.returncode == 0 and json.loads(done.stdout)
    assert "user@secure.example is a mail address: its domain secure.example is asked" in done.stderr


def test_lookup_without_an_answer(make_daemon, lab):
    hasty = make_daemon(start=False, resolvers=resolver(lab["validating"], HASTY))
    done = hasty.run("lookup", "silent.example", "MX")
    assert done.returncode == 1 and "indeterminate" in done.stdout + done.stderr


def test_lookup_at_a_server(relay, lab):
    done = relay.run("lookup", "--server", lab["plain"], "secure.example", "MX")
    assert done.returncode == 0 and lab["plain"] in done.stdout
    assert "insecure" in done.stdout.split()


def test_lookup_of_an_authoritative_server_says_so(relay, lab):
    done = relay.run("lookup", "--server", lab["authority"], "secure.example", "MX")
    assert "insecure" in done.stdout and "authoritative" in done.stdout


def test_lookup_of_an_untrusted_server(relay, make_daemon, lab):
    daemon = make_daemon(start=False, resolvers=resolver(
        lab["validating"], RESOLVER + ' trust = "never"'))
    done = daemon.run("lookup", "secure.example", "MX")
    assert done.returncode == 0
    assert "indeterminate" in done.stdout and "not trusted" in done.stdout


def test_lookup_flags(relay):
    with dnsfake.DnsFake() as fake:
        fake.on("flags.example", "*", dnsfake.answer("127.0.1.1", ad=True))
        server = f"127.0.0.1:{fake.port}"
        for options, ad, do in (([], True, False), (["--no-ad"], False, False),
                                (["--do"], True, True)):
            fake.queries.clear()
            done = relay.run("lookup", "--server", server, *options, "flags.example", "A")
            query, = fake.asked("flags.example", "A")
            assert (query.ad, query.do, query.cd, query.rd) == (ad, do, False, True), options
            assert query.edns == 1232
            assert ("indeterminate" in done.stdout) == (not ad)   # AD not asked for does not count


def test_lookup_over_tcp(relay):
    with dnsfake.DnsFake() as fake:
        fake.on("tcp.example", "*", dnsfake.answer("127.0.1.1", ad=True))
        done = relay.run("lookup", "--server", f"127.0.0.1:{fake.port}", "--tcp", "tcp.example", "A")
        assert done.returncode == 0 and "over tcp" in done.stdout
        assert {q.transport for q in fake.asked("tcp.example")} == {"tcp"}


def test_lookup_shows_an_idn_in_both_forms(relay):
    answer, = json.loads(relay.ok("lookup", "--json", "bücher.example", "MX"))
    assert (answer["name"], answer["name_unicode"]) == ("xn--bcher-kva.example.", "bücher.example.")


def test_lookup_does_not_tell_the_secret(relay):
    done = relay.run("lookup", "--server", "127.0.0.1", "--tsig", "k:hmac-sha256:c2VjcmV0!", "x")
    assert done.returncode == 2 and "c2VjcmV0" not in done.stderr + done.stdout


def test_lookup_escapes_what_it_shows(relay):
    with dnsfake.DnsFake() as fake:
        fake.on("escape.example", "TXT", dnsfake.answer(r'"\027[31mred\010line"'))
        done = relay.run("lookup", "--server", f"127.0.0.1:{fake.port}", "escape.example", "TXT")
        assert "\x1b" not in done.stdout and "red\nline" not in done.stdout and "red" in done.stdout


ROUTES = [
    ("secure.example", ["mx.secure.example", "127.0.1.1"], ["deliver"]),
    ("insecure.example", ["mx.insecure.example", "127.0.2.1"], ["5.7.4"]),
    ("mixed-hosts.example", ["127.0.2.1", "127.0.1.1", "insecure"], ["deliver"]),
    ("null.example", [], ["5.1.10"]),
    ("nope.com", [], ["5.1.2"]),
    ("bogus-sig.example", [], ["4.7.5"]),
    ("servfail.example", [], ["4.4.3"])]


@pytest.mark.parametrize("domain, words, outcomes", ROUTES, ids=[r[0] for r in ROUTES])
def test_route(relay, domain, words, outcomes):
    shown = relay.ok("route", domain) if domain.startswith(("secure", "mixed")) else \
        relay.run("route", domain).stdout
    for word in words + outcomes + ["off", "requested", "required"]:
        assert word in shown, (word, shown)
    text = json.dumps(relay.json("route", domain))
    assert all(word in text for word in outcomes if word != "deliver"), text


def test_route_in_order_of_preference(relay):
    shown = relay.ok("route", "order.example")
    assert shown.index("first.order.example") < shown.index("second.order.example")
