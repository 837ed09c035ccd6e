"""Starts and stops the lab: NSD, two unbounds, the spoiler, the mail hosts.

Everything is on loopback, on ports chosen at start, in one directory, and runs
as the user who starts it.  lab.json in that directory tells the rest:

    validating, plain     "127.0.0.1:PORT" of the two recursive servers
    authority, spoiler    of NSD, and of the one that injects faults before it
    smtp_port             where all mail hosts listen
    addresses             the IPv4 addresses of those that do
    record                the file with one JSON line a message received
    zones, table          the folder of master files; zones.table
    control               unbound's control socket, by name of the server
    tls                   certificate, key and hash of the key (SPKI, SHA-256, hex) of the mail
                          hosts that have no other; the file of their CA; all, by name
    pids                  by name of the process
"""

import ctypes
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import time

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode

import dnsfake
import signed
import table as zones_table

HERE = pathlib.Path(__file__).parent
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
# Who started us may want to hear when we are ready (a unit, systemd-nspawn): a server of the lab
# would tell him, or fail to.
os.environ.pop("NOTIFY_SOCKET", None)

NSD = """\
server:
{addresses}
    server-count: 1
    username: "{user}"
    database: ""
    zonesdir: "{zones}"
    zonelistfile: "{dir}/nsd.zones"
    xfrdfile: "{dir}/nsd.xfrd"
    xfrdir: "{dir}"
    pidfile: "{dir}/nsd.pid"
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    hide-version: yes
remote-control:
    control-enable: no
"""

UNBOUND = """\
server:
    interface: 127.0.0.1@{port}
    access-control: 127.0.0.0/8 allow
    do-ip6: no
    username: ""
    chroot: ""
    directory: "{dir}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    verbosity: 1
    val-log-level: 2
    ede: yes
    module-config: "{modules}"
    num-threads: 1
    outgoing-range: 4096
    num-queries-per-thread: 2048
    # Of ten, as it is by itself, it hangs up on some when tests ask at once.
    incoming-num-tcp: 1024
    do-not-query-localhost: no
    hide-version: yes
    edns-buffer-size: 1232
    minimal-responses: yes
    infra-host-ttl: 5
    infra-keep-probing: yes
    # The zones are made for one run: nothing here is worth a long memory.
    val-bogus-ttl: 5
    cache-max-negative-ttl: 60
    {anchor}
remote-control:
    control-enable: yes
    control-interface: {dir}/{name}.sock
    control-use-cert: no
"""

STUB = """\
stub-zone:
    name: "{name}"
    stub-addr: 127.0.0.1@{port}
    stub-prime: no
    stub-no-cache: no
"""


PR_SET_PDEATHSIG = 1


def die_with_parent():
    """For Popen's preexec_fn: a test run that is killed leaves nothing behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def nsd_conf(directory, addresses, where, zones):
    """For an NSD in this directory; where: the folder of master files."""
    text = NSD.format(addresses="\n".join(f"    ip-address: {a}" for a in addresses),
                      dir=directory, zones=where, user=pwd.getpwuid(os.getuid()).pw_name)
    for zone in zones:
        text += f'zone:\n    name: "{zone.fqdn()}"\n    zonefile: ' \
                f'"{signed.file_name(zone)}"\n'
    return text


def sign(directory, port):
    """Certificates and signed zones of a lab whose mail hosts listen at this port.

    They are most of what it takes to start one: where LAB_SIGNED names a folder of them and the
    port is free, a lab has a copy of it, and makes none itself.
    """
    certificates, words = signed.make_mail_certificates(directory)
    words["PORT"] = port
    signer = signed.Signer(zones_table.read(), directory / "zones", words, int(time.time()))
    signer.make()
    (directory / "anchor").write_text(signer.anchor())
    (directory / "signed.json").write_text(json.dumps({
        "words": words,
        "certificates": {name: [p.name for p in pair] for name, pair in certificates.items()}}))


class Lab:
    def __init__(self, directory, stays):
        self.dir = pathlib.Path(directory).absolute()
        self.stays = stays
        self.table = zones_table.read()
        self.processes = {}

    def start(self):
        self.dir.mkdir(parents=True, exist_ok=True)
        if (self.dir / "lab.json").exists():
            raise RuntimeError(f"{self.dir}: a lab is there already")
        try:
            self.make()
            self.write_facts()           # our own parts read it
            self.launch()
            self.write_facts()           # now with the pids
            self.wait()
        except BaseException:
            self.kill()
            raise
        return self.facts

    def make(self):
        self.ports = {name: dnsfake.free_port() for name in (
            "nsd", "spoiler", "dead", "validating", "plain")}
        self.ports["mail"] = self.have_signed(os.environ.get("LAB_SIGNED"))
        made = json.loads((self.dir / "signed.json").read_text())
        self.words = made["words"]
        self.certificates = {name: [self.dir / file for file in pair]
                             for name, pair in made["certificates"].items()}
        self.configure_nsd()
        self.configure_unbound("validating", "validator iterator",
                               f'trust-anchor-file: "{self.dir}/anchor"')
        self.configure_unbound("plain", "iterator", "")

    def have_signed(self, ready):
        """What sign() makes, from that folder where it will do; returns the port that it is for."""
        there = ready and pathlib.Path(ready, "signed.json").exists()
        made = json.loads(pathlib.Path(ready, "signed.json").read_text()) if there else None
        wish = made["words"]["PORT"] if made else None
        port = dnsfake.free_port(wish)
        if port == wish:
            shutil.copytree(ready, self.dir, dirs_exist_ok=True)
        else:
            sign(self.dir, port)
        return port

    def configure_nsd(self):
        (self.dir / "nsd.conf").write_text(nsd_conf(
            self.dir, [f"127.0.0.1@{self.ports['nsd']}"], self.dir / "zones",
            [zone for zone in self.table.zones if zone.how != "dead"]))

    def authority_port(self, zone):
        if zone.how == "dead":
            return self.ports["dead"]
        spoiled = {self.table.zone_of(name).name for name, _, _ in self.table.faults}
        return self.ports["spoiler" if zone.name in spoiled else "nsd"]

    def configure_unbound(self, name, modules, anchor):
        text = UNBOUND.format(port=self.ports[name], dir=self.dir, modules=modules,
                              anchor=anchor, name=name)
        local = ""
        for owner, rdtype, data in self.table.overrides:
            local += f'    local-zone: "{owner}." typetransparent\n' \
                     f'    local-data: "{owner}. {signed.TTL} {rdtype} {data}"\n'
        text = text.replace("remote-control:", local + "remote-control:")
        for zone in self.table.zones:
            text += STUB.format(name=zone.fqdn(), port=self.authority_port(zone))
        (self.dir / f"{name}.conf").write_text(text)

    def launch(self):
        self.spawn("nsd", "nsd", "-d", "-c", f"{self.dir}/nsd.conf")
        self.spawn("validating", "unbound", "-d", "-c", f"{self.dir}/validating.conf")
        self.spawn("plain", "unbound", "-d", "-c", f"{self.dir}/plain.conf")
        for part in ("spoiler", "mail"):
            self.spawn(part, sys.executable, str(HERE / "lab"), "run-" + part, str(self.dir))

    def spawn(self, name, *command):
        log = open(self.dir / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.dir,
            start_new_session=True, env={**os.environ, "PATH": PATH},
            preexec_fn=None if self.stays else die_with_parent)
        log.close()

    def write_facts(self):
        at = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        self.facts = {
            "dir": str(self.dir), "validating": at["validating"], "plain": at["plain"],
            "authority": at["nsd"], "spoiler": at["spoiler"], "smtp_port": self.ports["mail"],
            "dead": at["dead"], "words": self.words,
            "addresses": self.table.addresses(), "record": str(self.dir / "mail.jsonl"),
            "zones": str(self.dir / "zones"), "table": str(zones_table.FILE),
            "control": {n: str(self.dir / f"{n}.sock") for n in ("validating", "plain")},
            "tls": {"certificate": str(self.certificates["mail"][0]),
                    "key": str(self.certificates["mail"][1]), "spki": self.words["SPKI"],
                    "ca": str(self.dir / "mail-ca.crt"),
                    "all": {n: [str(p) for p in pair] for n, pair in self.certificates.items()}},
            "pids": {name: p.pid for name, p in self.processes.items()},
        }
        (self.dir / "mail.jsonl").touch()
        (self.dir / "lab.new").write_text(json.dumps(self.facts, indent=2) + "\n")
        (self.dir / "lab.new").rename(self.dir / "lab.json")

    def wait(self):
        """Until every part answers; a part that ended is an error with its log's end."""
        deadline = time.monotonic() + 300
        waiting = {
            "validating": lambda: authenticates(self.ports["validating"], True),
            "plain": lambda: authenticates(self.ports["plain"], False),
            "spoiler": lambda: "ready" in (self.dir / "spoiler.log").read_text(),
            "mail": lambda: "ready" in (self.dir / "mail.log").read_text(),
        }
        while waiting:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended: {self.tail(name)}")
            waiting = {n: ready for n, ready in waiting.items() if not ready()}
            if waiting and time.monotonic() > deadline:
                raise RuntimeError("not ready: " + "; ".join(
                    f"{n}: {self.tail(n)}" for n in waiting))
            time.sleep(0.02)

    def tail(self, name):
        return (self.dir / f"{name}.log").read_text(errors="replace")[-500:].strip()

    def kill(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def authenticates(port, expected):
    query = dns.message.make_query("com.", "NS")
    query.flags |= dns.flags.AD
    try:
        reply = dns.query.udp(query, "127.0.0.1", port=port, timeout=0.5)
    except (dns.exception.DNSException, OSError):
        return False
    return reply.rcode() == dns.rcode.NOERROR and bool(reply.flags & dns.flags.AD) == expected


def start(directory, stays=False):
    """Starts a lab in a new or empty directory; returns what lab.json says.

    It ends with the process that starts it, unless it stays.
    """
    return Lab(directory, stays).start()


def facts(directory):
    return json.loads((pathlib.Path(directory) / "lab.json").read_text())


def ours(pid, directory):
    """A process of this lab, and not another one that got the number later."""
    try:
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return str(directory).encode() in command


def stop(directory):
    """Ends every process of the lab; its files stay.  Stopping twice is no error."""
    directory = pathlib.Path(directory).absolute()
    file = directory / "lab.json"
    if not file.exists():
        return
    pids = list(json.loads(file.read_text())["pids"].values())
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = [p for p in pids if ours(p, directory)]
        for pid in left:                 # each leads a process group of its own
            os.killpg(pid, number)
        deadline = time.monotonic() + 5
        while any(ours(p, directory) for p in left) and time.monotonic() < deadline:
            for pid in left:
                reap(pid)
            time.sleep(0.02)
    file.unlink()


def reap(pid):
    """A lab that this very process started leaves zombies, whose command line is empty."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def run_spoiler(directory):
    """The server that spoils what NSD says, as zones.table tells."""
    here = facts(directory)
    address, port = here["authority"].split(":")
    own = int(here["spoiler"].split(":")[1])
    fake = dnsfake.DnsFake(port=own, upstream=(address, int(port)))
    acts = {"servfail": dnsfake.servfail(), "silent": dnsfake.drop()}
    for name, rdtype, what in zones_table.read().faults:
        fake.on(name.replace("$PORT", str(here["smtp_port"])), rdtype, acts[what])
    fake.start()
    print("ready", flush=True)
    signal.pause()


def run_mail(directory):
    import sink
    here = facts(directory)
    table = zones_table.read()
    sink.main(here["record"], table.hosts, here["addresses"] + ["::1"], here["smtp_port"],
              (table.certificates, here["tls"]["all"]))
