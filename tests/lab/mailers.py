"""Exim and OpenSMTPD, as Debian builds them, as mail hosts and as clients of a relay.

Each is unpacked, and runs in a mount namespace of its own (unpacked.py).  It is the mail host of
NAME.peers.example (zones.table), offers STARTTLS there with the lab's certificate, and keeps what
comes, a file a message.  All other mail it hands to a relay.

    host.submit          a port of 127.0.0.1 for mail that it shall relay; it offers no TLS there
    host.clear           another, for its own mail, without TLS
    host.hold()          from now on the end of DATA gets no answer; held() says whether one waits
"""

import os
import pathlib
import pwd
import shutil
import socket

import dnsfake
import unpacked

PEERS = "peers.example"
OURS = ("signpost", "wrong-signpost")        # of PEERS: Signpost's, which a client finds by DNS
OWN = ("must", "clear")                      # of PEERS: the mailer's, to which tests have routes


class Mailer:
    """relay: {a domain or "*": the port of 127.0.0.1 that its mail goes to}."""

    name = package = user = None

    def __init__(self, lab, directory, tree, relay):
        self.lab, self.dir, self.tree, self.relay = lab, pathlib.Path(directory), tree, relay
        self.domain = f"{self.name}.{PEERS}"
        self.own = [f"{n}.{PEERS}" for n in (self.name, f"wrong-{self.name}", *OWN)]
        self.submit, self.clear = dnsfake.free_port(), dnsfake.free_port()
        self.room = unpacked.Room(self.dir)
        self.process = None

    def certificate(self, name):
        """A copy of one of the lab's, for its user: (certificate, key)."""
        pair = []
        for path in map(pathlib.Path, self.lab["tls"]["all"][name]):
            pair.append(self.dir / path.name)
            shutil.copyfile(path, pair[-1])
            pair[-1].chmod(0o600)
            os.chown(pair[-1], self.reads_keys, -1)
        return pair

    @property
    def owner(self):
        return unpacked.UIDS[self.user]

    @property
    def reads_keys(self):
        return self.owner

    def give(self, *names):
        """Directories that its user may write to."""
        for name in names:
            (self.dir / name).mkdir(parents=True, exist_ok=True)
            os.chown(self.dir / name, self.owner, self.owner)

    def hold(self, on=True):
        (self.dir / "held").unlink(missing_ok=True)
        (self.dir / "hold").touch() if on else (self.dir / "hold").unlink()

    def held(self):
        return (self.dir / "held").exists()

    def start(self):
        self.process = self.room.start(*self.command())
        return self

    def ready(self):
        """Whether it listens; an error where it ended."""
        assert self.process.poll() is None, self.log()
        try:
            socket.create_connection(("127.0.0.1", self.submit), 1).close()
            return True
        except OSError:
            return False

    def log(self):
        return (self.dir / "said").read_text(errors="replace")

    def kill(self):
        """All of it at once, as when the power fails; what it has stored stays."""
        self.room.kill(self.process)

    def kept(self, text):
        """The messages with these octets that it took for itself, as they lie there."""
        files = (self.dir / "mail").glob("**/new/*")
        return [octets for octets in (f.read_bytes() for f in files) if text in octets]


class Exim(Mailer):
    name, package, user = "exim", "exim4-daemon-light", "Debian-exim"

    CONF = """
exim_path = {exim}
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {dir}/spool
log_file_path = {dir}/log/%slog
pid_file_path = {dir}/pid
primary_hostname = mx.{domain}
local_interfaces = 127.0.0.1.{submit} : 127.0.0.1.{clear} : {faces}
disable_ipv6 = true
keep_environment =
tls_certificate = ${{extract{{$received_ip_address}}{{{certificates}}}}}
tls_privatekey = ${{extract{{$received_ip_address}}{{{keys}}}}}
tls_advertise_hosts = ${{if eq{{$received_port}}{{{port}}}{{*}}}}
host_lookup =
rfc1413_query_timeout = 0s
dns_dnssec_ok = 1
accept_8bitmime = true
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
acl_smtp_rcpt = take
acl_smtp_data = perhaps
begin acl
take:
  accept
perhaps:
  warn condition = ${{if exists{{{dir}/hold}}}}
       set acl_m_held = ${{run{{/bin/sh -c "touch {dir}/held; exec sleep 3600"}}}}
  accept
begin routers
own:
  driver = accept
  domains = {own}
  transport = keep
direct:
  driver = dnslookup
  domains = {ours}
  transport = dane
  dnssec_request_domains = *
  ignore_target_hosts = :
  self = send
  no_more
relays:
  driver = manualroute
  transport = smtp
  route_data = 127.0.0.1::${{extract{{$domain}}{{{relays}}}{{$value}}{{{otherwise}}}}}
  self = send
  no_more
begin transports
keep:
  driver = appendfile
  directory = {dir}/mail
  maildir_format
  user = Debian-exim
  group = Debian-exim
smtp:
  driver = smtp
  hosts_try_fastopen =
dane:
  driver = smtp
  port = {port}
  hosts_require_dane = *
  hosts_try_fastopen =
begin retry
* * F,1h,1s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${{if def:tls_in_cipher}}
  server_condition = ${{if eq{{$auth2:$auth3}}{{relay:sesame}}}}
  server_set_id = $auth2
"""
    # Where it offers TLS: address, and which of the lab's certificates it shows there.
    FACES = {"127.0.4.3": "mail", "127.0.4.4": "other", "127.0.4.8": "provider"}

    def command(self):
        return [self.tree / "usr/sbin/exim4", "-bdf", "-q1s"]

    def start(self):
        if not (self.dir / "log").exists():
            self.give(".", "spool", "log", "mail")
            port = self.lab["smtp_port"]
            pairs = {address: self.certificate(name) for address, name in self.FACES.items()}
            self.room.write("var/lib/exim4/config.autogenerated", self.CONF.format(
                exim=self.command()[0], dir=self.dir, domain=self.domain, submit=self.submit,
                clear=self.clear, port=port, own=" : ".join(self.own),
                faces=" : ".join(f"{address}.{port}" for address in pairs),
                certificates=" ".join(f"{a}={pair[0]}" for a, pair in pairs.items()),
                keys=" ".join(f"{a}={pair[1]}" for a, pair in pairs.items()),
                ours=" : ".join(f"{n}.{PEERS}" for n in OURS),
                relays=" ".join(f"{d}={p}" for d, p in self.relay.items() if d != "*"),
                otherwise=self.relay["*"]))
        return super().start()

    def log(self):
        return super().log() + "".join(f.read_text() for f in (self.dir / "log").glob("*"))


class OpenSmtpd(Mailer):
    """Debian 12's offers TLS and cannot do it: it was written for OpenSSL 1.1, whose handshakes ask
    its own process for the private key, and OpenSSL 3 does not ("missing private key").  As a
    client, which needs no key, it does TLS."""

    name, package, user = "opensmtpd", "opensmtpd", "opensmtpd"

    CONF = """
pki lab cert "{certificate}"
pki lab key "{key}"
filter hold proc-exec "{dir}/hold.sh"
listen on 127.0.4.5 port {port} hostname mx.{domain} tls pki lab filter hold
listen on 127.0.0.1 port {clear} hostname mx.{domain} filter hold
listen on 127.0.0.1 port {submit} hostname mx.{domain}
mta limit session-keepalive 0
mta limit conn-delay-route 0
mta limit conn-delay-host 0
mta limit conn-delay-source 0
mta limit session-transaction-delay 0
action "keep" maildir "{dir}/mail" virtual {{ "@" = "nobody" }}
match from any for domain {{ {own} }} action "keep"
{relays}
"""

    RELAY = """action "out {number}" relay host smtp://127.0.0.1:{port} helo mx.{domain}
match from any for {whom} action "out {number}"
"""

    # The filter protocol of smtpd-filters(7): one phase is ours, the end of DATA.
    HOLD = """#!/bin/sh
while IFS='|' read -r kind _ _ _ _ session token; do
    case $kind in
    config) [ -n "$ready" ] || printf 'register|filter|smtp-in|commit\\nregister|ready\\n'
            ready=1 ;;
    filter) if [ -e {dir}/hold ]; then touch {dir}/held
            else echo "filter-result|$session|$token|proceed"; fi ;;
    esac
done
"""

    reads_keys = 0                       # before it gives root up

    def command(self):
        return [self.tree / "usr/sbin/smtpd", "-d", "-f", self.dir / "smtpd.conf"]

    def start(self):
        if not (self.dir / "smtpd.conf").exists():
            self.configure()
        return super().start()

    def configure(self):
        self.room.lay(self.tree / "usr/libexec", "/usr/libexec")
        for path in ("var/spool/smtpd", "var/lib/opensmtpd/empty"):
            (self.dir / path).mkdir(parents=True)
            (self.dir / path).chmod(0o711)
        self.give(".", "mail")
        os.chown(self.dir / "mail", pwd.getpwnam("nobody").pw_uid, -1)
        self.room.write("hold.sh", self.HOLD.format(dir=self.dir)).chmod(0o755)
        certificate, key = self.certificate("mail")
        relays = [self.RELAY.format(number=n, port=p, domain=self.domain,
                                    whom="any" if d == "*" else f'domain "{d}"')
                  for n, (d, p) in enumerate(sorted(self.relay.items(), reverse=True))]
        self.room.write("smtpd.conf", self.CONF.format(
            certificate=certificate, key=key, dir=self.dir, port=self.lab["smtp_port"],
            clear=self.clear, submit=self.submit, domain=self.domain, relays="".join(relays),
            own=" ".join(f'"{d}"' for d in self.own)))
