"""An internet for a validator that recurses by itself: from the real root servers' addresses down.

It lives in a network namespace of its own, where these addresses, and those of the servers
below, are put on loopback; NSD listens there on port 53.  There are three: one has the root,
one the top level domain, one all below, so that every delegation is followed.  internet.table
is what they serve.

The namespace has an owner, a `cat` that waits for us to close its input.  It is the first
process of a process namespace, too: with it the kernel ends every server.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

import labnet
import signed
import table as zones_table

FILE = pathlib.Path(__file__).with_name("internet.table")
PROGRAMS = ("unshare", "nsenter", "ip", "nsd", "drill", "ldns-keygen", "ldns-signzone")
HERE = "127.0.0.1"                       # on every loopback by itself
TRY_SIX = "ip link set lo up && ip address add 2001:db8::1/128 dev lo nodad"
LEVELS = ("root", "top", "below")        # each has the zones of one more label
LONG = " ".join(f'"{letter * 250}"' for letter in "abcdefgh")


def find(program):
    return shutil.which(program, path=labnet.PATH)


def why_not():
    """Why this machine cannot have one; None: it can."""
    if os.geteuid() != 0:
        return "an internet of our own needs root for its network namespace"
    missing = [p for p in PROGRAMS if not find(p)]
    if missing:
        return f"an internet of our own needs {', '.join(missing)}"
    if not works_in_namespace("ip link set lo up"):
        return "an internet of our own needs namespaces, which this machine does not grant"
    return None


def unshare(script, **more):
    """A shell script in a new network, as the first process of its kind."""
    return subprocess.Popen(
        [find("unshare"), "--net", "--pid", "--fork", "--kill-child", "sh", "-c", script],
        env={**os.environ, "PATH": labnet.PATH}, stdin=subprocess.PIPE, **more)


def works_in_namespace(script):
    process = unshare(script, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process.communicate()
    return process.returncode == 0


def level_of(zone):
    return LEVELS[len(list(filter(None, zone.name.split("."))))]


def is_six(address):
    return ":" in address


def at_loopback(address):
    """The words of `ip address` for it."""
    return f"{address}/{128 if is_six(address) else 32} dev lo"


class Internet:
    """Directory: a new one.  anchor is the key of the root there, other_anchor is not."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.table = zones_table.read(FILE)
        self.has_six = works_in_namespace(TRY_SIX)
        self.owner = None

    def start(self):
        self.dir.mkdir()
        self.make()
        try:
            self.launch()
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def make(self):
        zones = self.dir / "zones"
        signer = signed.Signer(self.table, zones, {"LONG": LONG}, int(time.time()))
        signer.make()
        other_key = signer.new_key(self.table.zone_of("."))
        self.anchor = self.write("anchor", signer.anchor())
        self.other_anchor = self.write("other-anchor", (zones / f"{other_key}.key").read_text())
        for level in LEVELS:
            (self.dir / level).mkdir()
            self.write(f"{level}/nsd.conf", labnet.nsd_conf(
                self.dir / level, self.addresses(level), zones, self.zones(level)))

    def write(self, name, text):
        path = self.dir / name
        path.write_text(text)
        return path

    def zones(self, level):
        """Those that the server of this level has."""
        return [zone for zone in self.table.zones if level_of(zone) == level]

    def addresses(self, level):
        """Of every server that a zone of this level names."""
        servers = {server for zone in self.zones(level) for server in zone.servers}
        records = [(zone.fqdn(owner), data) for zone in self.table.zones
                   for owner, rdtype, data, *_ in map(str.split, zone.records)
                   if rdtype in ("A", "AAAA") and (self.has_six or not is_six(data))]
        return sorted({data for owner, data in records if owner in servers})

    def launch(self):
        script = ["set -e", "ip link set lo up"]
        for address in {a for level in LEVELS for a in self.addresses(level)} - {HERE}:
            script.append(f"ip address add {at_loopback(address)} {'nodad' * is_six(address)}")
        script += [f"nsd -d -c {self.dir}/{level}/nsd.conf &" for level in LEVELS]
        script.append("exec cat")
        with open(self.dir / "log", "ab") as log:
            self.owner = unshare("\n".join(script), stdout=log, stderr=log, cwd=self.dir,
                                 start_new_session=True)

    def inside(self, *options):
        """What stands before a command for it to run in the namespace; it takes root."""
        return [find("nsenter"), f"--net=/proc/{self.owner.pid}/ns/net", *options, "--"]

    def run(self, program, *words):
        return subprocess.run([*self.inside(), find(program), *words], capture_output=True,
                              text=True, timeout=300)

    def wait(self):
        """Until each server answers at each of its addresses."""
        deadline = time.monotonic() + 300
        waiting = [(address, self.zones(level)[0].fqdn())
                   for level in LEVELS for address in self.addresses(level)]
        while waiting:
            if self.owner.poll() is not None:
                raise RuntimeError(f"the namespace ended: {self.tail()}")
            waiting = [w for w in waiting if not self.answers(*w)]
            if waiting and time.monotonic() > deadline:
                raise RuntimeError(f"not ready: {waiting}: {self.tail()}")
            time.sleep(0.02)

    def answers(self, address, zone):
        """Asked over TCP, as who does not listen yet is found out at once."""
        done = self.run("drill", "-t", f"@{address}", zone, "SOA")
        return done.returncode == 0 and "rcode: NOERROR" in done.stdout

    @contextlib.contextmanager
    def without(self, family):
        """As on a machine that has IPv4 (6), or IPv6 (4), alone."""
        gone = [a for level in LEVELS for a in self.addresses(level)
                if is_six(a) == (family == 6) and a != HERE]
        for address in gone:
            self.change("del", address)
        try:
            yield
        finally:
            for address in gone:
                self.change("add", address)

    def change(self, what, address):
        nodad = ["nodad"] if what == "add" and is_six(address) else []
        done = self.run("ip", "address", what, *at_loopback(address).split(), *nodad)
        if done.returncode:
            raise RuntimeError(f"ip address {what} {address}: {done.stderr.strip()}")

    def tail(self):
        return (self.dir / "log").read_text(errors="replace")[-1000:].strip()

    def stop(self):
        """Stopping twice is no error."""
        if not self.owner:
            return
        self.owner.stdin.close()
        try:
            self.owner.wait(10)
        except subprocess.TimeoutExpired:
            self.owner.kill()
            self.owner.wait()
        self.owner = None
