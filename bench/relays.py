"""The relays that are measured, each started fresh, with an empty queue.

start() returns when the relay takes mail on 127.0.0.1:port, stop() when all
its processes are gone; pids() are those that live now.
"""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time

import measure
import world


class Relay:
    tls = None  # (certificate, key), files in PEM: TLS in and out is a must then
    tls_port = 4650  # where TLS comes at once, then
    in_tls = ""  # the lines of the configuration for that, with {certificate} and {key}
    in_clear = ""

    def __init__(self, directory):
        self.directory = directory / self.name
        self.pid = None  # the first process; the others descend from it

    def security(self):
        """Of the configuration, what says whether there is TLS."""
        if not self.tls:
            return self.in_clear
        return self.in_tls.format(certificate=self.tls[0], key=self.tls[1])

    def pids(self):
        return measure.tree(self.pid)

    def stop(self):
        """Ask, wait, insist; then reap whatever became ours."""
        pids = measure.tree(self.pid) if self.pid else []
        self.pid = None
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            if pids:
                os.kill(pids[0], signal.SIGTERM)
        end = time.monotonic() + 15
        while pids and time.monotonic() < end:
            pids = [p for p in pids if measure.alive(p)]
            time.sleep(0.02)
        for p in pids:
            os.kill(p, signal.SIGKILL)
        try:
            while os.waitpid(-self._group, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass

    def verify(self, messages):
        """Once stopped: trouble where what it did with so many messages is not what was to be measured."""

    def lines(self):
        """The end of what the relay has said, for whoever looks for the reason of a failure."""
        return ""


class Postfix(Relay):
    """Debian's Postfix as an outbound relay of its own, tuned as its TUNING_README says."""

    name = "postfix"
    port = 2525
    programs = ["postfix"]
    built = []

    main = """
compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
maillog_file = {log}
maillog_file_prefixes = /
myhostname = relay.bench.invalid
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4

# No work that was not asked for.
biff = no
{security}
smtp_host_lookup = dns
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_recipient_restrictions =
smtpd_relay_restrictions = permit_mynetworks, reject
receive_override_options = no_unknown_recipient_checks, no_header_body_checks, no_address_mappings
disable_mime_input_processing = yes

# Concurrency.
default_process_limit = 1300
qmgr_message_active_limit = 100000
qmgr_message_recipient_limit = 100000
in_flow_delay = 0
initial_destination_concurrency = 20
default_destination_concurrency_limit = 20
smtp_connection_cache_on_demand = yes
"""
    in_clear = """smtp_tls_security_level = none
smtpd_tls_security_level = none"""
    # Sessions are resumed, and connections kept inside TLS, as TLS_README has it.
    in_tls = """smtp_tls_security_level = encrypt
smtp_tls_connection_reuse = yes
smtp_tls_session_cache_database = btree:${{data_directory}}/smtp_scache
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {key}, {certificate}"""
    master = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
tlsproxy  unix  -       -       n       -       0       tlsproxy
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""

    def __init__(self, directory, settings=(), log=False):
        """SETTINGS: further lines of main.cf.  Without LOG it logs to nobody, which is quicker."""
        super().__init__(directory)
        self.settings = settings
        self.log = log

    at_once = "127.0.0.1:{port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"

    def start(self):
        d = self.directory
        shutil.rmtree(d, ignore_errors=True)
        for sub in ("config", "queue", "data"):
            (d / sub).mkdir(parents=True)
        shutil.chown(d / "data", "postfix")
        log = d / "log" if self.log else ""
        (d / "config/main.cf").write_text(self.main.format(d=d, log=log, security=self.security()) + "\n".join(self.settings) + "\n")
        at_once = self.at_once.format(port=self.tls_port) if self.tls else ""
        (d / "config/master.cf").write_text(self.master.format(port=self.port) + at_once)
        done = subprocess.run(["postfix", "-c", d / "config", "start"], capture_output=True, text=True)
        if done.returncode:
            raise world.Trouble(f"postfix does not start:\n{done.stdout}{done.stderr}")
        self.pid = int((d / "queue/pid/master.pid").read_text())
        self._group = self.pid
        world.await_port(world.LISTENER, self.port)

    def lines(self):
        file = self.directory / "log"
        return "\n".join(file.read_text(errors="replace").splitlines()[-20:]) if file.is_file() else ""


class Signpost(Relay):
    """Signpost with its defaults; SERVICE is off, requested or required for all mail."""

    name = "signpost"
    port = 2525
    programs = []
    built = ["signpost"]
    criteria = {"off": "", "requested": "To *\n", "required": "To * SECURE\n"}
    under = []  # a command that runs the program
    in_tls = 'tls = "require" tls-certificate = "{certificate}" tls-key = "{key}"'
    at_once = 'listen "127.0.0.1:{port}" {{ tls = "implicit" tls-certificate = "{pair[0]}" tls-key = "{pair[1]}" }}\n'

    conf = """
hostname = "relay.bench.invalid"
state-directory = "{d}/state"
log-directory = "{d}/log"
user = "{user}"
listen "127.0.0.1:{port}" {{
  relay-from = {{"127.0.0.0/8"}}
  {security}
}}
resolver "127.0.0.1:53" {{
}}
dnssec {{
  enabled = true
  criteria = "dnssec.criteria"
}}
delivery {{
  ip = "ipv4"
  ignore-targets = {{}}
  per-destination = 20
  tls = "{level}"
}}
limits {{
  connections = 2000
  per-client = 2000
  log-in = "{log_in}"
}}
"""

    def __init__(self, directory, build, service, user="nobody", log_in="all", name="signpost"):
        self.name = name
        self.log_in = log_in
        super().__init__(directory)
        self.program = pathlib.Path(build) / "signpost"
        self.service = service
        self.user = user
        self._process = None

    def start(self):
        self.prepare()
        self.launch()

    def prepare(self):
        """Its directories, with nothing in them, and its configuration."""
        d = self.directory
        shutil.rmtree(d, ignore_errors=True)
        for sub in ("state", "log"):
            (d / sub).mkdir(parents=True)
        (d / "signpost.conf").write_text(self.conf.format(
            d=d, user=self.user, port=self.port, log_in=self.log_in, security=self.security(),
            level="encrypt" if self.tls else "may")
            + (self.at_once.format(port=self.tls_port, pair=self.tls) if self.tls else ""))
        (d / "dnssec.criteria").write_text(self.criteria[self.service])
        self.own()

    def own(self):
        """What is in its directories is its user's, as if it had made all that."""
        group = pwd.getpwnam(self.user).pw_gid
        for path in [*self.directory.glob("state/**"), *self.directory.glob("state/*"), self.directory / "log"]:
            shutil.chown(path, self.user, group)

    def launch(self):
        d = self.directory
        with open(d / "stderr", "w") as err:
            self._process = subprocess.Popen([*self.under, self.program, "serve", "-c", d / "signpost.conf"],
                                             stdout=err, stderr=err, start_new_session=True)
        self.pid = self._group = self._process.pid
        world.await_port(world.LISTENER, self.port, self._process)

    def verify(self, messages):
        """Its own records say that each was delivered at the service level in question, and over secure DNS."""
        status = {"off": "indeterminate"}.get(self.service, "secure")
        expected = {"outcome": "delivered", "service": self.service, "mx_status": status, "address_status": status}
        if self.tls:
            expected["tls"] = "TLSv1.3"
        good = 0
        for file in self.directory.glob("log/deliveries-*.jsonl"):
            for line in file.open():
                record = json.loads(line)
                good += all(record.get(k) == v for k, v in expected.items())
        if good != messages:
            raise world.Trouble(f"{good} of {messages} records of delivery have {expected}")

    def lines(self):
        file = self.directory / "stderr"
        return "\n".join(file.read_text(errors="replace").splitlines()[-20:]) if file.is_file() else ""
