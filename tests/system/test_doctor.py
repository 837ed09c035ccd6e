"""`signpost doctor`: what it finds at servers that validate, and at those that do not."""

import datetime
import os
import shlex
import shutil
import socket
import subprocess

import pytest

import dnsfake
from daemon import HASTY, RESOLVER, read_json, resolver
from dnsfake import answer, drop, nodata, refused
from mail import happened, send

NS = "ns.lab.example."


def doctor(make_daemon, where=None, dnssec="", options=RESOLVER, resolvers=None):
    relay = make_daemon(start=False, dnssec=dnssec, resolvers=resolvers or resolver(where, options))
    done = relay.run("doctor")
    found = relay.json("doctor")
    return done, found, {f["code"]: f for f in found["findings"]}


def codes(found, *parts):
    return {f["code"] for f in found["findings"] if f["part"] in (parts or ("dns",))}


def by_do(without, with_do):
    def act(query):
        return (with_do if query.do else without)(query)
    return act


@pytest.fixture
def fake(lab):
    """Says what the validating server says, but for what a test spoils."""
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(upstream=(address, int(port))) as one:
        yield one


def test_a_server_that_validates(make_daemon, lab):
    done, found, by_code = doctor(make_daemon, lab["validating"])
    assert done.returncode == 0 and done.stderr == ""
    assert lab["validating"] in done.stdout and "loopback" in done.stdout
    assert found["required"] is True
    assert "good" in by_code and "unprivileged-port" in by_code
    assert not [f for f in found["findings"] if f["part"] == "dns"
                and f["level"] in ("warning", "problem")]
    server, = found["servers"]
    assert server["trusted"] and server["validates"] and server["ad"] and server["ad_of_denial"]


def test_a_server_that_does_not(make_daemon, lab):
    done, found, by_code = doctor(make_daemon, lab["plain"])
    assert done.returncode == 1
    assert by_code["does-not-validate"]["level"] == "problem"
    assert by_code["does-not-validate"]["remedy"]
    assert found["required"] is False and by_code["required"]["level"] == "problem"
    assert "4.3.5" in by_code["required"]["text"]


def test_every_finding_has_its_remedy(make_daemon, lab):
    done, found, _ = doctor(make_daemon, lab["plain"])
    for finding in found["findings"]:
        assert finding["level"] in ("ok", "note", "warning", "problem")
        assert "\n" not in finding["text"] + finding["remedy"]
        if finding["level"] != "ok":
            assert finding["remedy"], finding
            assert finding["remedy"] in done.stdout


def test_ad_with_do_alone(make_daemon, fake):
    fake.on("com", "NS", by_do(answer(NS), answer(NS, ad=True)))
    fake.on("com", "SSHFP", by_do(nodata(), nodata(ad=True)))
    where = f"127.0.0.1:{fake.port}"
    done, _, by_code = doctor(make_daemon, where)
    assert done.returncode == 1 and "set-do = true" in by_code["ad-only-with-do"]["remedy"]
    done, found, by_code = doctor(make_daemon, where, "set-do = true")
    assert done.returncode == 0 and "good" in by_code, found


def test_denials_without_ad(make_daemon, fake):
    fake.on("com", "SSHFP", nodata())
    done, _, by_code = doctor(make_daemon, f"127.0.0.1:{fake.port}")
    assert done.returncode == 0 and by_code["denial-without-ad"]["level"] == "warning"


def test_denials_that_decide(make_daemon, fake, lab):
    fake.on("nope.com", "NS", dnsfake.nxdomain())
    given = 'probe-denial = "nope.com"'
    done, _, by_code = doctor(make_daemon, f"127.0.0.1:{fake.port}", given)
    assert done.returncode == 1 and by_code["denial-without-ad"]["level"] == "problem"
    assert doctor(make_daemon, lab["validating"], given)[0].returncode == 0


def test_a_bogus_name(make_daemon, fake, lab):
    given = 'probe-bogus = "bogus-ds.example"'
    done, found, _ = doctor(make_daemon, lab["validating"], given)
    assert done.returncode == 0, found
    fake.on("bogus-ds.example", "A", answer("127.0.1.1"))
    done, _, by_code = doctor(make_daemon, f"127.0.0.1:{fake.port}", given)
    assert done.returncode == 1 and by_code["bogus-answered"]["level"] == "problem"


def test_an_authoritative_server(make_daemon, lab):
    done, _, by_code = doctor(make_daemon, lab["authority"])
    assert done.returncode == 1 and "authoritative" in by_code["authoritative"]["text"]


def test_refused(make_daemon, fake):
    fake.on("*", "*", refused())
    done, _, by_code = doctor(make_daemon, f"127.0.0.1:{fake.port}")
    assert done.returncode == 1 and "access-control" in by_code["refused"]["remedy"]


def test_silent(make_daemon, fake, lab):
    fake.on("*", "*", drop())
    done, _, by_code = doctor(make_daemon, f"127.0.0.1:{fake.port}", options=HASTY)
    assert done.returncode == 1 and by_code["no-answer"]["level"] == "problem"
    done, _, by_code = doctor(make_daemon, lab["dead"])
    assert done.returncode == 1 and "nothing listens" in by_code["no-answer"]["remedy"]
    assert "4.4.3" in by_code["required"]["text"] and "4.3.5" not in by_code["required"]["text"]


def test_tcp_alone(make_daemon, fake):
    fake.on("com", "*", dnsfake.by_transport(drop(), answer(NS, ad=True)))
    done, _, by_code = doctor(make_daemon, f"127.0.0.1:{fake.port}",
                              options='timeout = "3s" attempts = 1')
    assert done.returncode == 1 and 'channel = "tcp"' in by_code["no-udp"]["remedy"]


def test_one_of_two_validates(make_daemon, lab):
    """Doctor judges by the order in which mail asks: what it says can be honoured is."""
    daemon = make_daemon(criteria="X-Class required SECURE\n", resolvers="\n".join(
        [resolver(lab["plain"]), resolver(lab["validating"])]))
    done = daemon.run("doctor", "--json")
    by_code = {f["code"]: f for f in read_json(done.stdout)["findings"]}
    assert done.returncode == 0 and by_code["required"]["level"] == "ok"
    assert lab["plain"] in by_code["passed-over"]["text"]
    message = send(daemon, "rcpt@bank.example", "X-Class: required")
    assert happened(daemon.delivery(message=message)) == "127.0.1.2 DNSSEC"
    message = send(daemon, "rcpt@insecure.example", "X-Class: required")
    assert daemon.delivery(message=message)["status"] == "5.7.4"


def test_a_server_that_is_not_trusted(make_daemon, lab):
    done, _, by_code = doctor(make_daemon, lab["validating"], options=RESOLVER + ' trust = "never"')
    assert done.returncode == 1 and by_code["not-trusted"]["level"] == "warning"
    assert "never" in by_code["not-trusted"]["remedy"]


def test_one_good_server_is_enough(make_daemon, lab):
    done, found, _ = doctor(make_daemon, resolvers="\n".join(
        [resolver(lab["dead"]), resolver(lab["plain"]), resolver(lab["validating"])]))
    assert done.returncode == 0 and [s["validates"] for s in found["servers"]] == \
        [False, False, True]


def test_other_parts(make_daemon, lab):
    relay = make_daemon(criteria="To *\n")
    found = relay.json("doctor")
    by_code = {f["code"]: f for f in found["findings"]}
    assert by_code["daemon"]["level"] == by_code["criteria"]["level"] == "ok"
    assert {f["part"] for f in found["findings"]} == \
        {"configuration", "criteria", "daemon", "disk", "names", "dns", "clock", "ports"}


def test_the_remedy_where_there_are_no_criteria(make_daemon):
    """It is run as it is printed, by a user who has no directory of criteria yet."""
    relay = make_daemon(start=False)
    relay.conf.write_text(relay.conf.read_text().replace(
        "dnssec {", 'dnssec { criteria = "made/by/add.criteria"'))
    (relay.dir / "made/by").mkdir(parents=True)
    (relay.dir / "made/by/add.criteria").write_text("")
    relay.own()
    finding, = [f for f in relay.json("doctor")["findings"] if f["code"] == "no-criteria"]
    name, *words = shlex.split(finding["remedy"])
    assert name == "signpost" and words[:2] == ["-c", str(relay.conf)], finding
    assert relay.run(*words, conf=False).returncode == 0
    assert "no-criteria" not in codes(relay.json("doctor"), "criteria")
    home = make_daemon(start=False)      # nothing is there: neither file nor directory
    home.env = {"PATH": os.environ["PATH"], "HOME": str(home.dir / "nobody")}
    (home.dir / "nobody").mkdir()
    home.own()
    finding, = [f for f in read_json(home.run("doctor", "--json", conf=False).stdout)["findings"]
                if f["code"] == "no-criteria"]
    assert home.run(*shlex.split(finding["remedy"])[1:], conf=False).returncode == 0
    assert "To" in home.ok("criteria", "list", conf=False)


# (what is wrong in the configuration, its finding, what its remedy is about, so mended)
REMEDIES = [
    ({"dnssec": "enabled = false"}, "not-enabled", "enabled = false", {"dnssec": ""}),
    ({"dnssec": 'probe = "nope.com"'}, "no-data", "dnssec.probe", {"dnssec": 'probe = "com."'}),
    ({"dnssec": 'probe-denial = "com" probe-type = "NS"'}, "no-denial", "probe-denial",
     {"dnssec": 'probe-denial = "nope.com"'}),
    ({"options": 'trust = "never"'}, "not-trusted", 'trust = "never"', {"options": ""}),
    ({"where": "plain"}, "does-not-validate", "unbound", {"where": "validating"}),
    ({"where": "authority"}, "authoritative", "unbound", {"where": "validating"}),
    ({"where": "dead"}, "no-answer", "name another", {"where": "validating"}),
    ({"name": "localhost"}, "hostname", "set hostname", {"name": "mx.secure.example"}),
    ({"many": True}, "descriptors", "lower", {}),
]


def configured(make_daemon, lab, where="validating", options="", dnssec="", name=None, many=False):
    relay = make_daemon(start=False, dnssec=dnssec, resolvers=resolver(lab[where], options))
    if name:
        relay.conf.write_text(relay.conf.read_text().replace("relay.lab.example", name))
    if many:
        relay.conf.write_text(relay.conf.read_text() + "limits { connections = 100000 }\n")
    return relay


@pytest.mark.parametrize("wrong, code, word, mended", REMEDIES, ids=[r[1] for r in REMEDIES])
def test_remedies_work(make_daemon, lab, wrong, code, word, mended):
    """What is printed, done: the finding is gone."""
    def warned(made):
        return {f["code"]: f for f in configured(make_daemon, lab, **made).json("doctor")["findings"]
                if f["level"] != "ok"}
    assert word in warned(wrong)[code]["remedy"]
    assert code not in warned(mended)


def test_the_remedy_where_no_daemon_runs(make_daemon):
    relay = make_daemon(start=False)
    finding, = [f for f in relay.json("doctor")["findings"] if f["code"] == "no-daemon"]
    assert finding["remedy"] == f"signpost -c {relay.conf} serve"
    relay.start()
    assert [f["level"] for f in relay.json("doctor")["findings"] if f["part"] == "daemon"
            and f["code"] == "daemon"] == ["ok"]


@pytest.mark.parametrize("name", ["it's.conf", "a b.conf", "a;b.conf", "{a,b}.conf"])
def test_a_remedy_is_a_command_for_a_shell(make_daemon, name):
    relay = make_daemon(start=False)
    relay.conf = relay.conf.rename(relay.dir / name)
    finding, = [f for f in relay.json("doctor")["findings"] if f["code"] == "no-daemon"]
    echoed = subprocess.run(["bash", "-c", "printf '%s\\n' " + finding["remedy"]],
                            capture_output=True, text=True, check=False)
    assert echoed.stdout.splitlines() == ["signpost", "-c", str(relay.conf), "serve"], finding


def test_bad_files_are_findings(make_daemon):
    """Each with its place and a remedy, and all else is checked."""
    relay = make_daemon(start=False)
    good = relay.conf.read_text()

    def fault(code, place, *words):
        done = relay.run("doctor", "--json")
        line, = done.stderr.splitlines()
        found = read_json(done.stdout)
        bad, = [f for f in found["findings"] if f["level"] == "problem"]
        assert done.returncode == 2 and bad["code"] == code and bad["remedy"], done
        assert bad["text"] == line and line.startswith(place) and all(w in line for w in words)
        assert line in relay.run("doctor").stdout
        assert {f["part"] for f in found["findings"]} >= {"configuration", "criteria", "daemon", "disk"}
        return bad

    path = relay.dir / "dnssec.criteria"
    relay.criteria("To *\nSubject\n")
    fault("criteria", f"{path}:2: ", "no value")
    relay.criteria("To *\n")
    relay.conf.write_text(good + 'resolver "192.0.2.1" { channel = "tls" tls-name = "a.example"'
                          ' tls-ca-file = "signpost.conf" }\n')
    fault("resolver", f"{relay.conf}:{len(good.splitlines()) + 1}: ", "tls-ca-file")
    relay.conf.write_text(good.replace("dnssec {", 'dnssec { criteria = "gone.criteria"'))
    number = [line.startswith("dnssec") for line in good.splitlines()].index(True) + 1
    bad = fault("criteria", f"{relay.conf}:{number}: ", "gone.criteria", "No such file")
    assert relay.run(*shlex.split(bad["remedy"])[1:], conf=False).returncode == 0
    assert relay.run("doctor").returncode == 0


@pytest.mark.parametrize("listen, more", [
    ('tls-certificate = "a.pem" tls-key = "b.key"', ""),
    ('tls-certificate = "a.pem" tls-key = "a.key" auth-file = "bad"', ""),
    ("", 'route "a.example" { via = "mx.insecure.example" tls-ca-file = "bad" }')])
def test_what_a_start_would_refuse_is_a_finding(make_daemon, listen, more):
    """In the words of serve: a key of another certificate, users and authorities that are none."""
    relay = make_daemon(start=False, listen=listen, more=more)
    for name in ("a", "b"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=relay.lab.example",
                        "-keyout", relay.dir / f"{name}.key", "-out", relay.dir / f"{name}.pem"],
                       check=True, capture_output=True)
    (relay.dir / "bad").write_text("nothing of the kind\n")
    (relay.dir / "bad").chmod(0o600)
    relay.own()
    said, = relay.run("serve", "--check").stderr.splitlines()
    done = relay.run("doctor", "--json")
    bad, = [f for f in read_json(done.stdout)["findings"] if f["level"] == "problem"]
    assert (bad["code"], bad["text"]) == ("unusable", said) and bad["remedy"], bad
    assert done.returncode == 2 and done.stderr.splitlines() == [said]


def test_a_broken_configuration_is_a_finding(make_daemon):
    """What it says of servers is not known: the rest goes by the defaults."""
    relay = make_daemon(start=False)
    relay.env = {**relay.env, "HOME": str(relay.dir / "home")}
    good = relay.conf.read_text()
    relay.conf.write_text(good + "colour = 1\n")
    for conf, place in ((relay.conf, f"{relay.conf}:{len(good.splitlines()) + 1}: "),
                        (relay.dir / "gone.conf", f"signpost: {relay.dir}/gone.conf: cannot be")):
        done = relay.run("-c", conf, "doctor", "--json", conf=False)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done
        assert done.stderr.startswith(place), done
        found = read_json(done.stdout)["findings"]
        assert found[0]["level"] == "problem" and found[0]["text"] in done.stderr
        assert found[0]["remedy"] and {"criteria", "daemon", "names"} <= {f["part"] for f in found}
        assert "user" not in [f["code"] for f in found]     # the defaults' is not the file's
        assert "not known" in [f["text"] for f in found if f["code"] == "resolv-conf"][0]


def test_criteria_that_hardly_anybody_means(make_daemon, lab):
    """All mail required; and something required while nothing is held to it."""
    relay = make_daemon(start=False, criteria="To * SECURE\n", resolvers=resolver(lab["validating"]))
    found, = [f for f in relay.json("doctor")["findings"] if f["code"] == "requires-everything"]
    assert found["level"] == "warning" and "OBSERVE" in found["remedy"], found
    assert "dnssec.criteria:1: To * SECURE" in found["text"]
    relay.configure(criteria="To * SECURE\n", dnssec="enabled = false",
                    resolvers=resolver(lab["validating"]))
    found, = [f for f in relay.json("doctor")["findings"] if f["code"] == "secure-while-off"]
    assert found["level"] == "warning" and "enabled = false" in found["remedy"], found
    relay.configure(criteria="To * OBSERVE\n", resolvers=resolver(lab["validating"]))
    assert not [f for f in relay.json("doctor")["findings"]
                if f["code"] in ("requires-everything", "secure-while-off")]


@pytest.mark.parametrize("days, code, level", [
    ("-1", "certificate-ended", "problem"), ("3", "certificate-ends", "warning"),
    ("90", "certificate", "ok")])
def test_a_certificate_that_ends(make_daemon, lab, days, code, level):
    relay = make_daemon(start=False, listen='tls-certificate = "a.pem" tls-key = "a.key"',
                        resolvers=resolver(lab["validating"]), more=(
        'console "127.0.0.1:8025" { tls-certificate = "a.pem" tls-key = "a.key" }\n'))
    folder = relay.dir
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", "/CN=relay.lab.example", "-keyout", folder / "a.key",
                    "-out", folder / "a.csr"], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", folder / "a.csr", "-signkey", folder / "a.key",
                    "-days", days, "-out", folder / "a.pem"], check=True, capture_output=True)
    relay.own()
    all_found = [f for f in relay.json("doctor")["findings"] if f["part"] == "tls"]
    assert [f["text"].split()[0] for f in all_found] == ["listen", "console"]
    for found in all_found:
        assert (found["code"], found["level"]) == (code, level), found
        assert str(folder / "a.pem") in found["text"] and bool(found["remedy"]) == (level != "ok")


NOW = datetime.datetime.now(datetime.UTC)


def signed(begins, ends, ad=True):
    """The probe's answer, and a signature over it that holds from begins to ends, in days from now."""
    times = [(NOW + datetime.timedelta(days=d)).strftime("%Y%m%d%H%M%S") for d in (ends, begins)]
    return by_do(answer(NS, ad=ad), answer(
        NS, f"com. RRSIG NS 13 1 60 {' '.join(times)} 1 com. {'A' * 86}==", ad=ad))


@pytest.mark.parametrize("begins, ends, ad, level, word", [
    (-30, -10, True, "problem", "10d"), (11, 30, True, "problem", "begin at"),
    (-30, -10, False, "warning", "or they are old"), (-4, 5, True, "ok", "ahead by 4d")])
def test_a_clock_that_is_off(make_daemon, fake, begins, ends, ad, level, word):
    """What a server that validates finds good is not good by this host's clock."""
    fake.on("com", "NS", signed(begins, ends, ad))
    done, _, by_code = doctor(make_daemon, f"127.0.0.1:{fake.port}")
    assert by_code["clock"]["level"] == level and word in by_code["clock"]["text"], by_code["clock"]
    assert ("NTP" in done.stdout) == (level != "ok")


def test_the_clock_of_signatures_that_are_there(make_daemon, lab):
    found = doctor(make_daemon, lab["validating"])[2]["clock"]
    assert (found["level"], found["part"]) == ("ok", "clock") and lab["validating"] in found["text"]


def test_a_hostname_that_leads_nowhere_back(make_daemon, fake):
    """The addresses have a name: another, none, one that cannot be had; then the host's."""
    def found():
        all_of = doctor(make_daemon, f"127.0.0.1:{fake.port}")[1]["findings"]
        return [f for f in all_of if f["part"] == "names"]
    v4, v6 = "1.2.0.192.in-addr.arpa", "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"
    fake.on("relay.lab.example", "A", answer("192.0.2.1", "127.0.0.9"))
    fake.on("relay.lab.example", "AAAA", answer("2001:db8::1"))
    fake.on(v4, "PTR", answer("host1.provider.example."))
    fake.on(v6, "PTR", dnsfake.nxdomain())
    by_text = {f["text"].split("address ")[1].split(",")[0]: f for f in found()
               if f["code"] == "hostname-backward"}
    assert set(by_text) == {"192.0.2.1", "2001:db8::1"}
    assert "host1.provider.example" in by_text["192.0.2.1"]["text"]
    assert "no name" in by_text["2001:db8::1"]["text"]
    assert all("relay.lab.example" in f["remedy"] and f["level"] == "warning"
               for f in by_text.values())
    fake.forget(v4, "PTR")
    fake.forget(v6, "PTR")
    fake.on(v4, "PTR", answer("host1.provider.example.", "Relay.Lab.example."))
    fake.on(v6, "PTR", dnsfake.servfail())
    backward, good = sorted(found(), key=lambda f: f["level"])
    assert backward["level"] == "note" and "could not" in backward["text"]
    fake.forget(v6, "PTR")
    fake.on(v6, "PTR", answer(f"{v6}. CNAME 1.a.example.", "1.a.example. PTR relay.lab.example."))
    good, = found()
    assert good["level"] == "ok" and "leads back" in good["text"]


def test_files_that_others_may_read_or_write(make_daemon, lab):
    """Secrets, and what decides about mail; a password is refused with the configuration."""
    relay = make_daemon(start=False, criteria="To *\n", resolvers=resolver(lab["validating"]),
                        listen='tls-certificate = "a.pem" tls-key = "a.key" auth-file = "users"')
    relay.conf.write_text(relay.conf.read_text() + 'console "127.0.0.1:8025" { users-file = "web" }\n')
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=relay.lab.example", "-days",
                    "90", "-keyout", relay.dir / "a.key", "-out", relay.dir / "a.pem"],
                   check=True, capture_output=True)
    for name in ("users", "web"):
        (relay.dir / name).write_text("")
    relay.own()

    def found():
        return {f["text"].split(":")[0]: (f["code"], f["level"])
                for f in relay.json("doctor")["findings"] if f["part"] == "files"}
    modes = {"users": 0o600, "web": 0o600, "a.key": 0o600, "dnssec.criteria": 0o644,
             relay.conf.name: 0o644}
    for name, mode in modes.items():
        (relay.dir / name).chmod(mode)
    assert found() == {}
    for name, mode in modes.items():
        (relay.dir / name).chmod(mode | 0o006)
    assert found() == {"users-file": ("file-mode", "problem"), "auth-file": ("file-mode", "problem"),
                       "tls-key": ("file-mode", "warning"), "criteria": ("file-mode", "warning"),
                       "configuration": ("file-mode", "warning")}
    (relay.dir / "pass").write_text("secret\n")
    (relay.dir / "pass").chmod(0o644)
    relay.conf.write_text(relay.conf.read_text() + 'route "a.example" { via = "smtps://b.example"'
                          ' user = "u" password-file = "pass" }\n')
    bad, = [f for f in relay.json("doctor")["findings"] if f["code"] == "configuration"]
    assert bad["level"] == "problem" and "password-file: others may read" in bad["text"]


NO_HASH = "boss:admin:sesame\n"


@pytest.mark.parametrize("users, mode, words", [
    (NO_HASH, 0o600, "users:1: "), ("", 0o604, "others may read or write"),
    ("# nobody\nboss:king:$6$a$b\n", 0o600, "users:2: ")])
def test_users_of_the_console(make_daemon, lab, users, mode, words):
    """In the words with which the console does not start; a good file is none."""
    relay = make_daemon(start=False, resolvers=resolver(lab["validating"]),
                        more='console "127.0.0.1:8025" { users-file = "users" }\n')
    (relay.dir / "users").write_text(users)
    (relay.dir / "users").chmod(mode)
    relay.own()
    done = relay.run("doctor", "--json")
    found, = [f for f in read_json(done.stdout)["findings"] if f["part"] == "console"]
    assert done.returncode == 2 and found["level"] == "problem" and found["remedy"], found
    assert words in found["text"] and "sesame" not in done.stdout
    assert relay.run("console").stderr.strip() == found["text"] == done.stderr.strip()
    (relay.dir / "users").write_text("")
    (relay.dir / "users").chmod(0o600)
    relay.own()
    assert not [f for f in relay.json("doctor")["findings"] if f["part"] == "console"]


def rooted(path, mode=0o600, group=0):
    """As somebody leaves it who made it as root."""
    os.chown(path, 0, group)
    path.chmod(mode)


def closed_above(relay):
    (relay.dir / "keys").mkdir()
    for name in ("a.key", "a.pem"):
        (relay.dir / name).rename(relay.dir / "keys" / name)
        (relay.dir / name).symlink_to(f"keys/{name}")
        rooted(relay.dir / "keys" / name)
    rooted(relay.dir / "keys", 0o700)


def used_as_root(relay):
    for name in ("queue.db", "queue.db-wal"):
        (relay.dir / "state" / name).write_bytes(b"")
        rooted(relay.dir / "state" / name, 0o640)


def lines_of_today(relay):
    for day in (0, 1):
        name = f"smtp-out-{NOW + datetime.timedelta(days=day):%Y-%m-%d}.log"
        (relay.dir / "log" / name).write_text("")
        rooted(relay.dir / "log" / name, 0o640)


# What the daemon's user cannot do: how it came to that, the key, and the words for it.
OUT_OF_REACH = {
    "the configuration": (lambda r: rooted(r.conf), "configuration", "read"),
    "the criteria": (lambda r: rooted(r.dir / "dnssec.criteria"), "criteria", "read"),
    "who may log in": (lambda r: rooted(r.dir / "users"), "auth-file", "read"),
    "the key": (lambda r: rooted(r.dir / "a.key"), "tls-key", "read"),
    "a group's key": (lambda r: rooted(r.dir / "a.key", 0o640, 4), "tls-key", "read"),
    "the password": (lambda r: rooted(r.dir / "pass"), "password-file", "read"),
    "the key of TSIG": (lambda r: rooted(r.dir / "tsig"), "tsig-key", "read"),
    "behind a link, in a closed directory": (closed_above, "tls-", "read"),
    "the state": (lambda r: rooted(r.dir / "state", 0o755), "state-directory", "make files in"),
    "the logs": (lambda r: rooted(r.dir / "log", 0o700), "log-directory", "make files in"),
    "a log of today": (lines_of_today, "log-directory", "read and write"),
    "the queue, as root had it": (used_as_root, "store", "read and write"),
}
OUT_OF_REACH["a queue in no directory"] = (
    lambda r: r.conf.write_text(r.conf.read_text() + 'queue { store = "sqlite:other/q.db" }\n'),
    "store", "make files in")
for what, lines in (
        ("a listener in no directory", 'listen "unix:{other}/in.sock" {{ }}\n'),
        ("a control socket in no directory", 'control {{ socket = "{other}/c.sock" }}\n')):
    OUT_OF_REACH[what] = (
        lambda r, lines=lines: r.conf.write_text(
            r.conf.read_text() + lines.format(other=r.dir / "other")),
        "socket" if "control" in what else "listen", "make files in")
NOT_BY_ROOT = ("the criteria", "the key", "the state")


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root cannot make a file another's")
@pytest.mark.parametrize("what, who", [(w, "root") for w in OUT_OF_REACH] +
                         [(w, "daemon") for w in NOT_BY_ROOT])
def test_what_the_daemons_user_cannot_reach(make_daemon, lab, what, who):
    """Whoever asks; the remedies are run as they stand, and then the daemon starts."""
    spoil, key, deed = OUT_OF_REACH[what]
    relay = make_daemon(
        start=False, top='user = "nobody"', criteria="To *\n",
        resolvers=resolver(lab["validating"]) +
        ('resolver "127.0.0.1:5399" { tsig-key = "tsig" }\n' if key == "tsig-key" else ""),
        listen='tls-certificate = "a.pem" tls-key = "a.key" auth-file = "users"',
        more='route "a.example" { via = "smtps://b.example" user = "u" password-file = "pass" }\n'
        if key == "password-file" else "")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=relay.lab.example", "-days",
                    "90", "-keyout", relay.dir / "a.key", "-out", relay.dir / "a.pem"],
                   check=True, capture_output=True)
    for name, text in (("users", ""), ("pass", "secret\n"),
                       ("tsig", "k:hmac-sha256:c2VjcmV0LW9mLXRoZS1rZXk=\n")):
        (relay.dir / name).write_text(text)
        (relay.dir / name).chmod(0o640)
    relay.own()
    relay.user = who if who != "root" else None
    etc = relay.dir.parent / f"{relay.dir.name}.etc"
    shutil.copytree("/etc", etc, symlinks=True)      # in which a remedy may change groups
    mounted = ["unshare", "--mount", "sh", "-c", f'mount --bind {etc} /etc && exec "$@"', "sh"]
    relay.wrapper = mounted if who == "root" else []

    def found():
        return [f for f in relay.json("doctor")["findings"] if f["code"] == "file-reach"]
    assert found() == []
    spoil(relay)
    bad = found()
    assert bad
    for one in bad:
        assert one["level"] == "problem" and key in one["text"], one
        assert f": user nobody may not {deed} " in one["text"] or "is no dir" in one["text"], one
        subprocess.run([*mounted, "sh", "-ec", one["remedy"]], check=True)
    assert len(bad) == len({one["remedy"] for one in bad}) and found() == []
    if who == "root":
        for empty in (relay.dir / "state").glob("queue.db*"):
            empty.unlink()
        relay.start()


def test_whom_a_sockets_directory_keeps_out(make_daemon):
    """Who is in the group of a socket has to come to it; the remedy is run as it stands."""
    relay = make_daemon(start=False, more='listen "unix:submit.sock" { group = "mail" }\n')
    state = relay.dir / "state"

    def found():
        return [f for f in relay.json("doctor")["findings"]
                if f["code"] == "file-reach" and f"{state}:" in f["text"]]
    state.chmod(0o751)
    assert found() == []
    state.chmod(0o750)
    bad, = found()
    line = relay.conf.read_text().splitlines().index('listen "unix:submit.sock" { group = "mail" }') + 1
    assert bad["level"] == "warning", bad
    assert bad["text"].startswith(f"{relay.conf}:{line}: listen: user of group mail may not go through {state}: ")
    subprocess.run(["sh", "-ec", bad["remedy"]], check=True)
    assert found() == [] and state.stat().st_mode & 0o777 == 0o751


def test_criteria_that_never_match_or_change_nothing(make_daemon, lab):
    relay = make_daemon(start=False, resolvers=resolver(lab["validating"]), criteria=(
        "Envelope-To bank.example SECURE\nSubject *pay*\nSubject *payroll*\nX-Class a\n"))
    found = [(f["text"].split(":")[1], f["code"], f["level"], bool(f["remedy"]))
             for f in relay.json("doctor")["findings"] if f["code"].startswith("criterion")]
    assert found == [("1", "criterion-never", "warning", True),
                     ("3", "criterion-covered", "note", True)]


def test_tlsa_records_of_our_own(make_daemon, fake):
    """None; of another certificate, with what to publish; that published."""
    relay = make_daemon(start=False, listen='tls-certificate = "a.pem" tls-key = "a.key"',
                        resolvers=resolver(f"127.0.0.1:{fake.port}"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=relay.lab.example", "-days",
                    "90", "-keyout", relay.dir / "a.key", "-out", relay.dir / "a.pem"],
                   check=True, capture_output=True)
    relay.own()
    owner = f"_{relay.port}._tcp.relay.lab.example"

    def found(*records, ad=True):
        fake.forget(owner, "TLSA")
        fake.on(owner, "TLSA", answer(*records, ad=ad) if records else nodata(ad=True))
        return {f["code"]: f for f in relay.json("doctor")["findings"]
                if f["code"].startswith("tlsa")}
    assert found() == {}
    wrong = found(f"3 1 1 {'00' * 32}")
    assert set(wrong) == {"tlsa-mismatch"} and wrong["tlsa-mismatch"]["level"] == "problem"
    right = wrong["tlsa-mismatch"]["remedy"].split("TLSA ")[1].split(",")[0]
    assert owner in wrong["tlsa-mismatch"]["remedy"]
    assert found(right)["tlsa"]["level"] == "ok"
    assert set(found(right, ad=False)) == {"tlsa", "tlsa-not-secure"}
    assert set(found(f"1 1 1 {'00' * 32}")) == {"tlsa-unusable"}


def test_the_host_of_a_route_that_is_not_there(make_daemon):
    """Else each message that goes by it bounces, and everything is called good."""
    relay = make_daemon(start=False, more='route "*" {\n via = "nope.insecure.example:25"\n}\n'
                                          'route "a.example" { via = "mx.insecure.example" }')
    vias = {f["level"]: f for f in relay.json("doctor")["findings"] if f["code"] == "route-via"}
    assert set(vias) == {"problem", "ok"} and vias["problem"]["remedy"] == "correct via"
    line = relay.conf.read_text().splitlines().index(' via = "nope.insecure.example:25"') + 1
    assert vias["problem"]["text"] == (f'{relay.conf}:{line}: route "*": nope.insecure.example '
                                       "has no address: mail for it bounces")


def test_an_open_relay(make_daemon):
    relay = make_daemon(start=False, more='listen "0.0.0.0:2599" { relay-from = {"0.0.0.0/0"} }')
    found, = [f for f in relay.json("doctor")["findings"] if f["code"] == "open-relay"]
    assert found["level"] == "warning" and found["text"].startswith(f"{relay.conf}:")
    assert 'listen "0.0.0.0:2599"' in found["text"]


def test_logs_that_the_disk_will_not_hold(make_daemon):
    """By the days that are over: what they were, and how many are to be kept."""
    relay = make_daemon(start=False)
    log = relay.dir / "log"
    log.mkdir(exist_ok=True)

    def found():
        return [f for f in relay.json("doctor")["findings"] if f["code"] == "log-keep"]
    today, before = (f"{NOW - datetime.timedelta(days=d):%Y-%m-%d}" for d in (-1, 30))
    (log / f"smtp-out-{today}.log").write_text("x")
    assert found() == []
    for name in (f"smtp-out-{before}.log", f"deliveries-{before}.jsonl"):
        (log / name).write_text("x" * 512)
    good, = found()
    assert good["level"] == "ok" and " 1K a day" in good["text"], good
    (log / f"smtp-out-{before}.log").rename(log / f"smtp-out-{before}.log.zst")    # as log-compress does
    assert " 1K a day" in found()[0]["text"]
    os.truncate(log / f"deliveries-{before}.jsonl", 1 << 40)    # a hole: nothing is written
    bad, = found()
    assert bad["level"] == "warning" and "log-keep of 90d" in bad["text"] and bad["remedy"], bad


def ports(relay):
    return [f for f in relay.json("doctor")["findings"] if f["part"] == "ports"]


def test_a_port_that_another_has(make_daemon, lab):
    relay = make_daemon(start=False)
    free = [f for f in ports(relay) if f["code"] == "listen"]
    assert free and all(f["level"] == "ok" for f in free)
    with socket.create_server(("127.0.0.1", relay.port)):
        taken, = [f for f in ports(relay) if f["code"] == "listen"]
    assert taken["level"] == "warning" and "ss -ltnp" in taken["remedy"]
    assert taken["text"].startswith(f"cannot listen on 127.0.0.1:{relay.port}: ")
    relay.start()
    assert not [f for f in ports(relay) if f["code"] == "listen"]


def test_an_address_of_no_interface(make_daemon):
    relay = make_daemon(start=False, more='listen "192.0.2.77:2525" { }')
    bad, = [f for f in ports(relay) if f["code"] == "listen" and f["level"] != "ok"]
    assert bad["level"] == "problem" and "192.0.2.77" in bad["text"], bad
    assert "an address of this host" in bad["remedy"] and "ss -l" not in bad["remedy"]


def test_what_is_there_is_of_another_kind(make_daemon):
    """Nobody is told to give the daemon's user rights to it."""
    relay = make_daemon(start=False)
    (relay.dir / "log").rmdir()
    (relay.dir / "log").write_text("")
    relay.conf.write_text(relay.conf.read_text() + 'queue { store = "sqlite:/tmp" }\n')
    relay.own()
    found = [f for f in relay.json("doctor")["findings"] if f["code"] == "file-kind"]
    assert [f["text"].rpartition(": ")[2] for f in found] == [
        f"{relay.dir}/log is no directory", "/tmp is no regular file"], found
    assert all("move " in f["remedy"] and f["level"] == "problem" for f in found)


@pytest.mark.parametrize("to, code, level, word, remedy", [
    ("*@secure.example", "outward", "ok", "(secure.example) takes a connection", None),
    ("*@null.example", "outward-untried", "note", "null.example: ", "DOMAIN, with one "),
    ("*@bogus-sig.example", "outward-untried", "note", "bogus-sig.example: ", "bogus-sig.example"),
])
def test_mail_hosts_that_criteria_name(make_daemon, to, code, level, word, remedy):
    relay = make_daemon(start=False)
    relay.criteria(f"Envelope-To {to} SECURE\n")
    found, = [f for f in ports(relay) if f["code"].startswith("outward")]
    assert (found["code"], found["level"]) == (code, level) and word in found["text"], found
    assert found["remedy"].startswith(f"signpost -c {relay.conf} connect {remedy}") if remedy \
        else found["remedy"] == "", found
    if remedy == "bogus-sig.example":      # run as it stands, it tells more of it
        done = relay.run(*shlex.split(found["remedy"])[1:], conf=False)
        assert done.returncode == 1 and remedy in done.stdout, done


def test_no_mail_host_takes_a_connection(make_daemon):
    relay = make_daemon(start=False)
    relay.criteria("To *@secure.example SECURE\n")
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    relay.conf.write_text(relay.conf.read_text() +
                          f'route "secure.example" {{ via = "[127.0.0.1]:{port}" }}\n')
    found, = [f for f in ports(relay) if f["code"] == "outward"]
    assert found["level"] == "warning" and found["remedy"].startswith("have the provider ")
    assert f"127.0.0.1:{port} (secure.example): Connection refused" in found["text"]
