"""Other people's servers before the lab: validating resolvers, proxies and plain forwarders.

Each is a Peer: a name, a way to write its configuration, and a command.  They
listen on loopback, on ports chosen at start, ask the lab's authoritative
servers and know the lab's trust anchor.  Started by root they run as nobody.
`Peers` starts many at once, ends them by pid, and keeps what they wrote.

    peer.udp, peer.tls    "127.0.0.1:PORT"; TCP is at peer.udp, tls may be None
    peer.reasons          whether it lays a SERVFAIL to DNSSEC (RFC 8914)
    peer.overrides        those data of zones.table that it has as its own
"""

import base64
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import ssl
import subprocess
import time

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata

import dnsfake
import labnet
import signed
import table as zones_table
import unpacked

TABLE = zones_table.read()
TLS_NAME = "dns.lab.example"
KEY_NAME = "key.lab.example"
KEY_SECRET = base64.b64encode(b"no secret at all, but a long one").decode()
ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512")


def find(program):
    return shutil.which(program, path=labnet.PATH)


def unconfined(program, directory):
    """The program, or a copy of it where AppArmor is on: Debian's profiles of named and unbound
    go by the path, and let them read their configuration in /etc alone."""
    enabled = pathlib.Path("/sys/module/apparmor/parameters/enabled")
    if not enabled.exists() or enabled.read_text().strip() != "Y":
        return find(program)
    return shutil.copy2(find(program), directory / program)


class Authority:
    """A small CA, and one certificate for every server: DIR/ca.pem, server.pem, server.key."""

    def __init__(self, directory, name=TLS_NAME):
        self.ca, self.cert = directory / "ca.pem", directory / "server.pem"
        self.key = directory / "server.key"
        ca_key = directory / "ca.key"
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        signed.run("openssl", "req", "-x509", *key, "-days", "30", "-subj", "/CN=CA of the lab",
                   "-addext", "keyUsage=critical,keyCertSign", "-keyout", ca_key, "-out", self.ca)
        request = directory / "server.csr"
        signed.run("openssl", "req", "-new", *key, "-subj", "/CN=not a name of any server",
                   "-keyout", self.key, "-out", request)
        names = directory / "server.ext"
        names.write_text(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\n"
                         "basicConstraints=critical,CA:FALSE\n")
        signed.run("openssl", "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key,
                   "-set_serial", "1", "-days", "30", "-extfile", names, "-out", self.cert)
        self.pin = base64.b64encode(bytes.fromhex(signed.spki(self.cert))).decode()


class Peer:
    program = None                   # the executable; the class is for one that is not there
    package = None                   # the Debian package it is in
    speaks_tls = False
    reasons = True
    overrides = TABLE.overrides
    validates = True
    needs_root = False
    believes_islands = False         # may say AD for a denial in one, see PowerDns
    speaks_for_whole_names = False   # its own data hide the other types of a name

    def __init__(self, lab, directory, authority, ports):
        self.lab, self.dir, self.authority = lab, directory, authority
        self.port = next(ports)
        self.udp, self.tls = f"127.0.0.1:{self.port}", None
        if self.speaks_tls:
            self.tls_port = next(ports)
            self.tls = f"127.0.0.1:{self.tls_port}"
        self.process = None

    @classmethod
    def why_not(cls):
        """Why it cannot run on this machine; None where it can."""
        if find(cls.program) is None:
            return f"{cls.program} is not here: tools/deps test installs {cls.package}"
        return None

    def upstreams(self, every=False):
        """(zone, port) for every zone that is not NSD's alone, or for every one; "." is NSD."""
        spoiled = {TABLE.zone_of(name).name for name, _, _ in TABLE.faults}
        ports = {n: self.lab[n].split(":")[1] for n in ("authority", "spoiler", "dead")}
        yield ".", ports["authority"]
        for zone in TABLE.zones:
            if zone.how == "dead":
                yield zone.fqdn(), ports["dead"]
            elif zone.name in spoiled:
                yield zone.fqdn(), ports["spoiler"]
            elif every and zone.name != ".":
                yield zone.fqdn(), ports["authority"]

    def anchor(self):
        """The root's DNSKEY as text."""
        text = (pathlib.Path(self.lab["dir"]) / "anchor").read_text()
        return text.partition(";")[0].strip().replace("\t", " ")

    def anchor_ds(self):
        key = dns.rdata.from_text("IN", "DNSKEY", self.anchor().partition(" DNSKEY ")[2])
        return dns.dnssec.make_ds(dns.name.root, key, "SHA256").to_text()

    def write(self, name, text):
        (self.dir / name).write_text(text)

    def configure(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    @property
    def log(self):
        return (self.dir / "log").read_text(errors="replace")

    def spawn(self, user):
        self.dir.mkdir()
        self.configure()
        more = {}
        if user:
            for path in (self.dir, *self.dir.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)
            if not self.needs_root:
                more = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with open(self.dir / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(c) for c in self.command()], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.dir, start_new_session=True,
                env={**os.environ, "PATH": labnet.PATH}, preexec_fn=labnet.die_with_parent, **more)

    def ready(self):
        """Whether it answers as it is meant to, over each of its channels."""
        wanted = {"NOERROR", "AD"} if self.validates else {"NOERROR"}
        return all(wanted <= says(self.port, tls) for tls in {None, self.tls and self.tls_port})

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def says(port, tls_port=None, name="com.", rdtype="NS", timeout=1):
    """The flags and the rcode of an answer, as a set of words; empty while there is none."""
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=1232)
    query.flags |= dns.flags.AD
    try:
        if tls_port:
            reply = dns.query.tls(query, "127.0.0.1", port=tls_port, timeout=timeout,
                                  ssl_context=any_tls())
        else:
            reply = dns.query.udp(query, "127.0.0.1", port=port, timeout=timeout)
    except (dns.exception.DNSException, OSError, EOFError):
        return set()
    return {dns.rcode.to_text(reply.rcode()), *dns.flags.to_text(reply.flags).split()}


def any_tls():
    return ssl._create_unverified_context()


class Unbound(Peer):
    program, package = "unbound", "unbound"
    speaks_tls = True

    def configure(self):
        local = "".join(f'    local-zone: "{n}." typetransparent\n'
                        for n in {n for n, _, _ in TABLE.overrides})
        local += "".join(f'    local-data: "{n}. {signed.TTL} {t} {d}"\n'
                         for n, t, d in TABLE.overrides)
        zones = "".join(f'forward-zone:\n    name: "{name}"\n'
                        f'    forward-addr: 127.0.0.1@{port}\n'
                        for name, port in self.upstreams())
        self.write("conf", f"""\
server:
    interface: 127.0.0.1@{self.port}
    interface: 127.0.0.1@{self.tls_port}
    tls-port: {self.tls_port}
    tls-service-key: "{self.authority.key}"
    tls-service-pem: "{self.authority.cert}"
    access-control: 127.0.0.0/8 allow
    do-ip6: no
    username: ""
    chroot: ""
    directory: "{self.dir}"
    pidfile: ""
    use-syslog: no
    verbosity: 1
    val-log-level: 2
    ede: yes
    do-not-query-localhost: no
    trust-anchor: "{self.anchor()}"
{local}{zones}remote-control:
    control-enable: no
""")

    def command(self):
        return [unconfined("unbound", self.dir), "-d", "-c", self.dir / "conf"]


class Bind(Peer):
    """Its own data are a response policy zone, which speaks for whole names alone."""
    program, package = "named", "bind9"
    speaks_tls = True
    speaks_for_whole_names = True
    reasons = False                  # 9.18 has no RFC 8914 code for DNSSEC
    overrides = [o for o in TABLE.overrides
                 if {"A", "AAAA"} <= {t for n, t, _ in TABLE.overrides if n == o[0]}]

    def configure(self):
        zones = "".join(f'zone "{name}" {{ type forward; forward only; '
                        f'forwarders {{ 127.0.0.1 port {port}; }}; }};\n'
                        for name, port in self.upstreams() if name != ".")
        root = dict(self.upstreams())["."]
        self.write("rpz", f"$TTL {signed.TTL}\n@ SOA . . 1 3600 600 86400 60\n@ NS .\n"
                   + "".join(f"{n} {t} {d}\n" for n, t, d in self.overrides))
        *tag, digest = self.anchor_ds().split()
        keys = "".join(f'key "{KEY_NAME}.{a}" {{ algorithm {a}; secret "{KEY_SECRET}"; }};\n'
                       for a in ALGORITHMS)
        self.write("conf", f"""\
{keys}
tls lab {{ cert-file "{self.authority.cert}"; key-file "{self.authority.key}"; }};
trust-anchors {{ "." static-ds {" ".join(tag)} "{digest}"; }};
controls {{ }};
options {{
    directory "{self.dir}";
    pid-file none;
    session-keyfile none;
    managed-keys-directory "{self.dir}";
    listen-on port {self.port} {{ 127.0.0.1; }};
    listen-on port {self.tls_port} tls lab {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    allow-query {{ 127.0.0.0/8; }};
    recursion yes;
    dnssec-validation yes;
    empty-zones-enable no;
    forward only;
    forwarders {{ 127.0.0.1 port {root}; }};
    resolver-query-timeout 3000;
    response-policy {{ zone "rpz"; }};
}};
zone "rpz" {{ type primary; file "{self.dir}/rpz"; }};
{zones}""")

    def command(self):
        return [unconfined("named", self.dir), "-g", "-n", "1", "-c", self.dir / "conf"]


class Knot(Peer):
    program, package = "kresd", "knot-resolver"
    speaks_tls = True

    def configure(self):
        rules = "".join(
            f"policy.add(policy.domains(policy.ANSWER({{[kres.type.{t}] = "
            f"{{ rdata = kres.str2ip('{d}'), ttl = {signed.TTL} }}}}), {{todname('{n}.')}}))\n"
            for n, t, d in self.overrides)
        rules += "".join(f"policy.add(policy.suffix(policy.FORWARD({{'127.0.0.1@{port}'}}), "
                        f"policy.todnames({{'{name}'}})))\n"
                        for name, port in self.upstreams() if name != ".")
        root = dict(self.upstreams())["."]
        self.write("anchor", self.anchor() + "\n")
        self.write("conf", f"""\
net.ipv6 = false
net.listen('127.0.0.1', {self.port}, {{ kind = 'dns' }})
net.listen('127.0.0.1', {self.tls_port}, {{ kind = 'tls' }})
net.tls('{self.authority.cert}', '{self.authority.key}')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
modules.load('policy')
modules.load('extended_error')
trust_anchors.remove('.')
trust_anchors.add_file('{self.dir}/anchor', true)
cache.size = 10 * MB
{rules}policy.add(policy.all(policy.FORWARD({{'127.0.0.1@{root}'}})))
""")

    def command(self):
        return [find("kresd"), "-n", "-c", self.dir / "conf", self.dir]


class PowerDns(Peer):
    program, package = "pdns_recursor", "pdns-recursor"
    # 4.8 says AD for a denial in a signed zone without DS once that is in its cache
    # (seen with dig: the first answer has none, the second has).
    believes_islands = True

    def configure(self):
        own = "".join(f"  if q.qtype == pdns.{t} and q.qname:equal('{n}') then "
                      f"q:addAnswer(pdns.{t}, '{d}'); return true end\n"
                      for n, t, d in self.overrides)
        self.write("own.lua", f"function preresolve(q)\n{own}  return false\nend\n")
        # Each by name: an NS record in the cache would win over a forwarded parent.
        zones = ",".join(f"{name}=127.0.0.1:{port}" for name, port in self.upstreams(every=True))
        self.write("anchor.lua", f"clearTA('.')\naddTA('.', \"{self.anchor_ds()}\")\n")
        self.write("recursor.conf", f"""\
local-address=127.0.0.1
local-port={self.port}
allow-from=127.0.0.0/8
dont-query=
daemon=no
disable-syslog=yes
write-pid=no
socket-dir={self.dir}
threads=1
dnssec=validate
dnssec-log-bogus=yes
lua-config-file={self.dir}/anchor.lua
lua-dns-script={self.dir}/own.lua
server-down-max-fails=0
forward-zones={zones}
hint-file=no
serve-rfc1918=no
security-poll-suffix=
extended-resolution-errors=yes
query-local-address=127.0.0.1
export-etc-hosts=no
""")

    def command(self):
        return [find("pdns_recursor"), f"--config-dir={self.dir}"]


class DnsDist(Peer):
    """A proxy before the lab's validating server."""
    program, package = "dnsdist", "dnsdist"
    speaks_tls = True

    def configure(self):
        self.write("conf", f"""\
setLocal('127.0.0.1:{self.port}')
addTLSLocal('127.0.0.1:{self.tls_port}', '{self.authority.cert}', '{self.authority.key}')
setACL('127.0.0.0/8')
setSecurityPollSuffix('')
newServer({{ address = '{self.lab["validating"]}', healthCheckMode = 'up' }})
""")

    def command(self):
        return [find("dnsdist"), "--supervised", "--disable-syslog", "-C", self.dir / "conf"]


VALIDATING = (Unbound, Bind, Knot, PowerDns, DnsDist)

# Names that a forwarder makes up itself: from a hosts file, and without one.
HOSTS = "127.0.7.7 printer.lan\n127.0.7.8 mx.secure.example\n"


class Dnsmasq(Peer):
    """A forwarder as home routers have it: asks the lab's validating server, hides its AD."""
    program, package = "dnsmasq", "dnsmasq-base"
    validates = False
    options = ()

    def configure(self):
        self.write("hosts", HOSTS)

    def command(self):
        address, port = self.lab["validating"].split(":")
        return [find("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
                "--no-hosts", f"--addn-hosts={self.dir}/hosts", f"--port={self.port}",
                "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=", "--no-poll",
                f"--server={address}#{port}", "--log-facility=-", *self.options]


class DnsmasqProxy(Dnsmasq):
    """The same with --proxy-dnssec: the AD of the server behind is copied.

    Its cache does not keep AD, as its manual says, so it has none here."""
    validates = True
    options = ("--proxy-dnssec", "--cache-size=0")


class DnsmasqCache(DnsmasqProxy):
    """--proxy-dnssec with a cache, as its manual advises against."""
    options = ("--proxy-dnssec",)


class Resolved(Peer):
    """systemd-resolved, from a package that is unpacked and never installed.

    It reads /etc and /run alone, so it gets a mount namespace, which takes root;
    there, the user that it becomes is nobody by another name."""
    program, package = "systemd-resolved", "systemd-resolved"
    validates = False
    dnssec = "no"
    tree = None                      # of the package, see unpack()
    needs_root = True

    @classmethod
    def why_not(cls):
        if cls.tree is None:
            return "systemd-resolved could not be fetched with apt-get download"
        if unpacked.why_no_room():
            return f"systemd-resolved: {unpacked.why_no_room()}"
        if not signed.run(find("ip"), "-o", "address", "show", "up", "scope", "global"):
            return "systemd-resolved answers nothing while no network but loopback is up"
        return None

    @classmethod
    def unpack(cls, directory):
        """Fetches the package once, into a folder that is kept."""
        with contextlib.suppress(unpacked.Missing):
            cls.tree = unpacked.fetch(directory, cls.package)

    def configure(self):
        for path in ("systemd", "run/systemd/resolve", "run/dnssec-trust-anchors.d"):
            (self.dir / path).mkdir(parents=True)
        self.write("hosts", HOSTS)
        user = pwd.getpwnam("nobody")
        self.write("passwd", pathlib.Path("/etc/passwd").read_text()
                   + f"systemd-resolve:x:{user.pw_uid}:{user.pw_gid}::/:/bin/false\n")
        self.write("group", pathlib.Path("/etc/group").read_text()
                   + f"systemd-resolve:x:{user.pw_gid}:\n")
        self.write("run/dnssec-trust-anchors.d/lab.positive", f". IN DS {self.anchor_ds()}\n")
        self.write("systemd/resolved.conf", f"""\
[Resolve]
DNS={self.lab["validating"]}
Domains=~.
DNSSEC={self.dnssec}
LLMNR=no
MulticastDNS=no
DNSStubListener=no
DNSStubListenerExtra=127.0.0.1:{self.port}
""")

    def command(self):
        binary, = self.tree.glob("lib*/systemd/systemd-resolved")
        mounts = "".join(f"mount --bind {self.dir}/{own} {there} && " for own, there in (
            ("systemd", "/etc/systemd"), ("hosts", "/etc/hosts"), ("passwd", "/etc/passwd"),
            ("group", "/etc/group"), ("run", "/run")))
        return [find("unshare"), "-m", "sh", "-c", f"{mounts}exec {binary}"]


class ResolvedDnssec(Resolved):
    """systemd-resolved that validates itself."""
    validates = True
    dnssec = "yes"


FORWARDERS = (Dnsmasq, DnsmasqProxy, DnsmasqCache, Resolved, ResolvedDnssec)


class Peers:
    """Several at once; those that this machine lacks are in .missing, with the reason."""

    def __init__(self, lab, directory, kinds=VALIDATING, name=TLS_NAME):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(exist_ok=True)
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.authority = Authority(self.dir, name)
        for path in self.dir.iterdir():
            path.chmod(0o644)            # a test's key: every server reads it as its own user
        self.missing = {k: k.why_not() for k in kinds if k.why_not()}
        ports = iter(dnsfake.free_port, None)
        self.all = {k: k(lab, self.dir / k.__name__.lower(), self.authority, ports)
                    for k in kinds if k not in self.missing}

    def start(self, timeout=300):
        try:
            for peer in self.all.values():
                peer.spawn(self.user)
            self.wait(time.monotonic() + timeout)
        except BaseException:
            self.stop()
            raise
        return self

    def wait(self, deadline):
        waiting = list(self.all.values())
        while waiting:
            for peer in waiting:
                assert peer.process.poll() is None, f"{peer.program} ended: {peer.log[-3000:]}"
            waiting = [p for p in waiting if not p.ready()]
            assert not waiting or time.monotonic() < deadline, \
                "not ready: " + "\n".join(f"{p.program}: {p.log[-3000:]}" for p in waiting)
            time.sleep(0.02)

    def stop(self):
        for peer in self.all.values():
            peer.stop()
