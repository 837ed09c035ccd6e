"""The world of a benchmark: namespaces of its own, a directory, and a DNS.

enter() puts the script into private mount, network and process namespaces:
loopback is empty, port 25 and 53 are free, /etc/resolv.conf is ours, and when
the script ends, however it ends, the kernel ends all that it had started.
"""
import argparse
import ctypes
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import dns.message
import dns.query
import dns.flags

import zone

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESOLVER = "127.0.0.1"
LISTENER = "127.0.0.1"  # of the relays
INSIDE = "SIGNPOST_BENCH_DIRECTORY"
HOSTS = 4  # mail host addresses, all of one sink
PR_SET_PDEATHSIG = 1


class Trouble(Exception):
    """What ends a benchmark with one line."""


def options(doc):
    """The parser of a benchmark, with what all have."""
    p = argparse.ArgumentParser(description=doc.splitlines()[0])
    p.add_argument("--rounds", type=int, default=3, help="how often everything is measured (3)")
    p.add_argument("--size", type=int, default=4096, help="octets of a message (4096)")
    p.add_argument("--domains", type=int, default=1, help="recipient domains (1)")
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="build directory (build)")
    p.add_argument("--directory", default="/var/tmp", help="for queues; on the disk that is to be measured (/var/tmp)")
    p.add_argument("--keep", action="store_true", help="leave queues and logs behind, and say where")
    return p


def _need(programs):
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        raise Trouble(f"not installed: {', '.join(missing)}")


def _remove(directory):
    """The processes that had files open in it may need a moment to end."""
    for _ in range(50):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(0.1)
    print(f"left behind: {directory}", file=sys.stderr)


def _outside(args):
    directory = tempfile.mkdtemp(prefix="signpost-bench-", dir=args.directory)
    os.chmod(directory, 0o755)  # the relays' users must get at their queues

    def die_with_parent():
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def ended(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)
    inside = None
    try:
        inside = subprocess.Popen(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
                                   sys.executable, *sys.argv],
                                  env={**os.environ, INSIDE: directory}, preexec_fn=die_with_parent, start_new_session=True)
        return inside.wait()
    except KeyboardInterrupt:
        return 130
    finally:
        if inside and inside.poll() is None:
            inside.kill()
            inside.wait()
        if args.keep:
            print(f"kept: {directory}")
        else:
            _remove(directory)


def _inside(directory):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    resolv = directory / "resolv.conf"
    resolv.write_text(f"nameserver {RESOLVER}\noptions trust-ad\n")
    subprocess.run(["mount", "--bind", resolv, os.path.realpath("/etc/resolv.conf")], check=True)
    if os.path.exists("/dev/log"):  # nobody's log but its own may slow a relay down
        subprocess.run(["mount", "--bind", "/dev/null", "/dev/log"], check=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def enter(args, benchmark, programs=(), built=(), before=lambda: None):
    """Run benchmark(args, directory) in a world of its own, then exit with its status.

    It needs these programs: of the system, and of the build directory.  before() is
    run where there still is a network."""
    try:
        directory = os.environ.get(INSIDE)
        if directory:
            _inside(pathlib.Path(directory))
            sys.exit(benchmark(args, pathlib.Path(directory)))
        if os.geteuid() != 0:
            raise Trouble("needs root, for network, mount and process namespaces of its own: use sudo")
        if not os.path.exists("/etc/resolv.conf"):
            raise Trouble("there is no /etc/resolv.conf to put the benchmark's own over")
        _need(["unshare", "ip", "mount", "nsd", "unbound", "ldns-keygen", "ldns-signzone", *programs])
        for program in ("bench/source", "bench/sink", *built):
            if not (args.build / program).exists():
                raise Trouble(f"{args.build / program}: not there; build first")
        before()
        sys.exit(_outside(args))
    except Trouble as trouble:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {trouble}")


def await_port(address, port, process=None, seconds=20):
    """Until somebody listens there; trouble where the process ends or time runs out."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process and process.poll() is not None:
            raise Trouble(f"{process.args[0]} ended with status {process.returncode}")
        try:
            socket.create_connection((address, port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Trouble(f"nothing listens on {address}:{port}")


class Dns:
    """The signed zones on an authoritative server, behind a validating resolver."""

    def __init__(self, directory, domains):
        self.directory = directory / "dns"
        self.domains = domains
        self.directory.mkdir()
        zones, root_key = zone.make(self.directory / "zones", domains, HOSTS)
        (self.directory / "root.key").write_text(root_key)
        (self.directory / "root.hints").write_text(f". 3600000 NS ns.\nns. 3600000 A {zone.SERVER}\n")
        (self.directory / "nsd.conf").write_text(self._nsd_conf(zones))
        (self.directory / "unbound.conf").write_text(self._unbound_conf())
        self.processes = [self._start("nsd", "-d", "-c"), self._start("unbound", "-d", "-c")]
        await_port(zone.SERVER, 53, self.processes[0])
        await_port(RESOLVER, 53, self.processes[1])
        self._fill_cache()

    def _start(self, program, *arguments):
        log = open(self.directory / f"{program}.log", "w")
        return subprocess.Popen([program, *arguments, self.directory / f"{program}.conf"], stdout=log, stderr=log,
                                start_new_session=True)

    def _nsd_conf(self, zones):
        d = self.directory
        server = f"""server:
  ip-address: {zone.SERVER}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{d}"
  database: ""
  zonelistfile: "{d}/zone.list"
  xfrdfile: "{d}/xfrd.state"
  pidfile: "{d}/nsd.pid"
remote-control:
  control-enable: no
"""
        return server + "".join(f'zone:\n  name: "{z}"\n  zonefile: "{f}"\n' for z, f in zones)

    def _unbound_conf(self):
        d = self.directory
        return f"""server:
  interface: {RESOLVER}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{d}"
  pidfile: "{d}/unbound.pid"
  use-syslog: no
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor-file: "{d}/root.key"
  root-hints: "{d}/root.hints"
  num-threads: 1
  msg-cache-size: 64m
  rrset-cache-size: 128m
remote-control:
  control-enable: no
"""

    def _fill_cache(self):
        """Ask all once, so that no relay pays for another's validation; all must be secure."""
        for i in range(1, self.domains + 1):
            for name, kind in ((zone.name(i), "MX"), ("mx." + zone.name(i), "A"), ("com.", "NS")):
                query = dns.message.make_query(name, kind, flags=dns.flags.RD | dns.flags.AD)
                answer = dns.query.udp(query, RESOLVER, timeout=10)
                if not answer.flags & dns.flags.AD or not answer.answer:
                    raise Trouble(f"{name} {kind} is not secure in the benchmark's own DNS:\n{answer}")

    def pids(self):
        return [p.pid for p in self.processes]
