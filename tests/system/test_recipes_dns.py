"""docs/operations.md, whom Signpost asks: required mail goes by servers that the page sets up.

Each runs with the configuration of its Debian package and the page's own text, at their places in
an /etc of its own.  What is the lab's: the port, its root's key in the place of the world's, and
where its zones are served.
"""

import os
import pathlib
import pwd
import re
import shutil
import subprocess

import pytest

import daemon as daemons
import dnsfake
import internet as internets
import mail
import peers as others
import unpacked
from daemon import ROOT, until
from recipes import PAGE, recipes, swap, the

HERE = the("signpost.conf", "unbound")       # `resolver "127.0.0.1:53" { }`


class Live(others.Peer):
    """A server of tests/lab/peers.py, by the page's configuration."""

    bogus = ("4.7.5", "extended error")      # of mail to a bogus domain: status, words of the reply

    def __init__(self, lab, directory):
        super().__init__(lab, directory, None, iter(dnsfake.free_port, None))
        self.room = unpacked.Room(directory)

    def text(self):
        return the(self.conf, self.heading)

    def give(self, user, *names):
        for name in names:
            (self.dir / name).mkdir(parents=True, exist_ok=True)
            shutil.chown(self.dir / name, user, user)

    def start(self):
        self.configure()
        self.process = self.room.start(*self.command())

        def answers():
            assert self.process.poll() is None, self.said()
            return self.ready()
        until(answers, what=f"{self.program} answers")
        return self

    def said(self):
        return (self.dir / "said").read_text(errors="replace")[-3000:]

    def stop(self):
        self.room.kill(self.process)


class Unbound(Live):
    program, package = "unbound", "unbound"
    conf, heading = "unbound.conf", "unbound"

    def configure(self):
        zones = "".join(f'forward-zone:\n    name: "{n}"\n    forward-addr: 127.0.0.1@{port}\n'
                        for n, port in self.upstreams())
        self.room.write("etc/unbound/unbound.conf.d/signpost.conf", self.text())
        self.room.write("etc/unbound/unbound.conf.d/zz-lab.conf", "server:\n"
                        f"    port: {self.port}\n    do-not-query-localhost: no\n{zones}")
        self.give("unbound", "var/lib/unbound")
        shutil.chown(self.room.write("var/lib/unbound/root.key", self.anchor() + "\n"), "unbound")

    def command(self):
        return [others.unconfined("unbound", self.dir), "-d", "-p"]


class Bind(Live):
    program, package = "named", "bind9"
    conf, heading = "named.conf", "BIND"
    bogus = ("4.4.3", "SERVFAIL")            # 9.18 does not say why
    key = ""

    def configure(self):
        zones = "".join(f'zone "{n}" {{ type forward; forward only; forwarders {{ 127.0.0.1 port '
                        f'{port}; }}; }};\n' for n, port in self.upstreams())
        *tag, digest = self.anchor_ds().split()
        self.room.write("etc/bind/named.conf.options", self.text())
        self.room.write("etc/bind/named.conf.default-zones", zones)
        self.room.write("etc/bind/named.conf.local", f"controls {{ }};\n{self.key}")
        self.room.write("etc/bind/bind.keys", "trust-anchors { . initial-ds "
                        f'{" ".join(tag)} "{digest}"; }};\n')
        self.give("bind", "var/cache/bind", "run/named")

    def command(self):
        return [others.unconfined("named", self.dir), "-g", "-u", "bind", "-p", self.port]


class Knot(Live):
    program, package = "kresd", "knot-resolver"
    conf, heading = "kresd.conf", "Knot Resolver"

    def configure(self):
        rules = "".join(f"policy.add(policy.suffix(policy.FORWARD({{'127.0.0.1@{port}'}}), "
                        f"policy.todnames({{'{name}'}})))\n"
                        for name, port in sorted(self.upstreams(), reverse=True))
        self.room.write("etc/knot-resolver/kresd.conf", swap(self.text(), {"53": self.port}))
        self.room.write("lab.conf", "modules.unload('priming')\nmodules.unload('ta_update')\n"
                        f"modules.unload('ta_signal_query')\n{rules}")
        self.room.lay(self.room.write("anchor", self.anchor() + "\n"), "/usr/share/dns/root.key")
        self.give("knot-resolver", "var/cache/knot-resolver", "run/knot-resolver/control")

    def command(self):
        before, = pathlib.Path("/usr/lib").glob("*/knot-resolver/distro-preconfig.lua")
        return [others.find("kresd"), "-n", "-c", before, "-c", "/etc/knot-resolver/kresd.conf",
                "-c", self.dir / "lab.conf"]


class PowerDns(Live):
    program, package = "pdns_recursor", "pdns-recursor"
    conf, heading = "recursor.conf", "PowerDNS Recursor"

    def configure(self):
        zones = ",".join(f"{n}=127.0.0.1:{port}" for n, port in self.upstreams(every=True))
        self.room.write("etc/powerdns/recursor.d/signpost.conf", self.text())
        self.room.write("etc/powerdns/recursor.d/zz-lab.conf", f"local-port={self.port}\n"
                        f"forward-zones={zones}\ndont-query=\nhint-file=no\nserve-rfc1918=no\n")
        self.room.lay(self.room.write("anchor", self.anchor() + "\n"), "/usr/share/dns/root.key")
        (self.dir / "run/pdns-recursor").mkdir()

    def command(self):
        return [others.find("pdns_recursor"), "--daemon=no", "--write-pid=no", "--disable-syslog"]


class Dnsmasq(Live):
    """Before the lab's validating server."""
    program, package = "dnsmasq", "dnsmasq-base"
    conf, heading = "dnsmasq.conf", "dnsmasq"
    bogus = ("4.", "SERVFAIL")

    def configure(self):
        self.room.write("etc/dnsmasq.conf", self.text())

    def command(self):
        address, port = self.lab["validating"].split(":")
        return [others.find("dnsmasq"), "--keep-in-foreground", "--no-resolv",
                f"--port={self.port}", "--listen-address=127.0.0.1", "--bind-interfaces",
                "--pid-file=", f"--server={address}#{port}", "--log-facility=-"]


class Resolved(Live):
    """Without dbus: it says so, and answers."""
    program, package = "systemd-resolved", "systemd-resolved"
    conf, heading = "resolved.conf", "systemd-resolved"
    bogus = ("4.", "SERVFAIL")

    why_not = others.Resolved.why_not

    def configure(self):
        self.room.write("etc/systemd/resolved.conf.d/signpost.conf", swap(
            self.text(), {"192.0.2.53": self.lab["validating"]}))
        self.room.write("etc/systemd/resolved.conf.d/zz-lab.conf", "[Resolve]\nDomains=~.\n"
                        f"DNSStubListener=no\nDNSStubListenerExtra=127.0.0.1:{self.port}\n")
        self.room.write("etc/dnssec-trust-anchors.d/lab.positive", f". IN DS {self.anchor_ds()}\n")
        (self.dir / "run/systemd/resolve").mkdir(parents=True)
        os.chown(self.dir / "run/systemd/resolve", *2 * [unpacked.UIDS["systemd-resolve"]])

    def command(self):
        return others.Resolved.tree.glob("lib*/systemd/systemd-resolved")


@pytest.fixture
def live(lab, place, request):
    """live(kind): it runs."""
    started = []

    def start(kind, **fields):
        why = unpacked.why_no_room() or kind.why_not()
        if why:
            pytest.skip(f"{kind.program}: {why}")
        one = kind(lab, place / f"live-{kind.__name__}-{len(list(place.iterdir()))}")
        vars(one).update(fields)
        started.append(one)
        return one.start()
    yield start
    for one in started:
        one.stop()


def required(relay, domain):
    """The record of a message whose every criterion is the hardest."""
    return relay.delivery(message=mail.send(relay, f"a@{domain}"))


def asking(make_daemon, page, words):
    return make_daemon(criteria="To * SECURE\n", resolvers=swap(page, words))


@pytest.mark.parametrize("kind", [Unbound, Bind, Knot, PowerDns, Dnsmasq, Resolved],
                         ids=lambda kind: kind.__name__)
def test_required_mail(make_daemon, received, live, kind):
    if kind is Resolved:
        others.Resolved.unpack(ROOT / "build/peers")
    server = live(kind)
    relay = asking(make_daemon, HERE, {":53": f":{server.port}"})
    record = required(relay, "secure.example")
    assert (record["outcome"], record["mx_status"]) == ("delivered", "secure"), server.said()
    assert required(relay, "insecure.example")["status"] == "5.7.4"
    record = required(relay, "bogus-sig.example")
    status, words = kind.bogus
    assert record["status"].startswith(status) and words in record["reply"], record


def delivers_securely(relay):
    record = required(relay, "secure.example")
    assert (record["outcome"], record["mx_status"]) == ("delivered", "secure"), record
    return relay.json("lookup", "secure.example", "MX")[0]


def test_tsig(make_daemon, received, live, lab):
    """The command that the page names makes one key, and both sides read it."""
    command, = re.findall(r"`(tsig-keygen [^`]*)`", PAGE)
    program, *words = command.split()
    found = others.find(program) or pytest.skip(f"{program} is not installed")
    key = subprocess.run([found, *words], check=True, capture_output=True, text=True).stdout
    server = live(Bind, key=key)
    relay = make_daemon(start=False, criteria="To * SECURE\n", resolvers=swap(
        the("signpost.conf", "BIND"), {"192.0.2.53:53": server.udp}))
    (relay.dir / "relay.key").write_text(key)
    (relay.dir / "relay.key").chmod(0o600)
    relay.own()
    answer = delivers_securely(relay.start())
    assert answer["server"] == server.udp and "tsig" in answer["trust_reason"].lower()


# TLS: an unbound of the lab is the public resolver, with a certificate for its name.

PUBLIC = "A public resolver over TLS"


def page_of(word):
    """Of the two pieces below one heading, that with this word."""
    text, = [text for _, heading, text in recipes("signpost.conf")
             if heading == PUBLIC and word in text]
    return text


@pytest.fixture(scope="module")
def public(lab, place):
    made = others.Peers(lab, place / "public", [others.Unbound], "dns.quad9.net")
    if made.missing:
        pytest.skip(str(made.missing))
    try:
        yield made.start()
    finally:
        made.stop()


def test_public_resolver_by_name(make_daemon, received, public):
    """Where the certificate is another's, nothing is asked, and required mail waits."""
    where = {'"9.9.9.9"': f'"{public.all[others.Unbound].tls}"',
             '"149.112.112.112"': f'"127.0.0.1:{dnsfake.free_port()}"'}   # of two, one answers
    page = swap(page_of("tls-name"), where)
    trusting = {"dns.quad9.net\"": f'dns.quad9.net" tls-ca-file = "{public.authority.ca}"'}
    answer = delivers_securely(asking(make_daemon, page, trusting))
    assert answer["channel"] == "tls" and "dns.quad9.net" in answer["trust_reason"]
    record = required(asking(make_daemon, page, {}), "secure.example")
    assert record["status"] == "4.4.3", record


def test_public_resolver_by_pin(make_daemon, received, public):
    """The page's command finds the pin that it shows an example of."""
    server = public.all[others.Unbound]
    command, = re.findall(r"`(openssl s_client [^`]*)`", PAGE, re.S)
    command = swap(command, {"192.0.2.53:853": server.tls, "\n": " "})
    pin = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout
    assert pin.strip() == public.authority.pin
    page = page_of("tls-pin")
    example, = re.findall(r'tls-pin = \{"([^"]*)"\}', page)
    for shown, status in ((pin.strip(), "2.0.0"), (example, "4.4.3")):
        relay = asking(make_daemon, page, {'"192.0.2.53"': f'"{server.tls}"', example: shown})
        assert required(relay, "secure.example")["status"] == status


def test_the_validator_inside(make_daemon, place):
    """It has its anchor from where the page leaves it, and recurses from the root."""
    why = internets.why_not() or unpacked.why_no_room()
    if why:
        pytest.skip(why)
    internet = internets.Internet(place / "world")
    try:
        internet.start()
        relay = make_daemon(start=False, resolvers=the("signpost.conf", "systemd-resolved"))
        who = pwd.getpwnam(relay.user)
        binds = f"mount --bind {internet.anchor} /usr/share/dns/root.key && exec \"$@\""
        relay.wrapper = ["unshare", "--mount", "sh", "-c", binds, "sh", *internet.inside(
            f"--setuid={who.pw_uid}", f"--setgid={who.pw_gid}")]
        relay.user = None
        said = relay.run("lookup", "secure.com", "MX", "--json")
        if "built without" in said.stderr:
            pytest.skip("libunbound was not built in")
        answer, = daemons.read_json(said.stdout)
        assert (answer["status"], answer["server"]) == ("secure", "embedded"), answer
    finally:
        internet.stop()
