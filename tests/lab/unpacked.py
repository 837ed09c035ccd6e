"""Debian's programs whose packages exclude what is installed: unpacked, never installed.

A package is fetched once, where there is a network, and its tree kept (build/peers).  Its programs
look for users, spools and helpers where the package would have put them; so each runs in a mount
namespace, in which directories of the test's own lie over the machine's, a copy of /etc among
them.  That takes root.

    tree = unpacked.fetch(place, "opensmtpd")     the tree; Missing says why there is none
    room = unpacked.Room(directory)               directories and users
    room.lay(tree / "usr/libexec", "/usr/libexec")
    room.write("etc/smtpd.conf", text)
    room.inside(program, ...)                     the command that runs there

benchmarks have a namespace for themselves, and take what lies over what from mounts().
"""

import atexit
import functools
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile

import labnet

# Numbers that Debian gives to nobody; the names are compiled in.
UIDS = {"Debian-exim": 64990, "opensmtpd": 64991, "opensmtpq": 64992, "smmta": 64993,
        "smmsp": 64994, "systemd-resolve": 64995}
ACCOUNTS = {"passwd": "{0}:x:{1}:{1}::/nonexistent:/bin/false\n", "group": "{0}:x:{1}:\n"}
DIRECTORIES = ("/var/lib", "/var/spool", "/var/cache", "/var/log", "/run")
# Of every test that may want one: whoever makes namespaces without a network fetches these before.
PACKAGES = ("systemd-resolved", "exim4-daemon-light", "exim4-config", "opensmtpd", "sendmail-bin",
            "sendmail-base", "sendmail-cf")

ALONE = ("--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


class Missing(Exception):
    """A package that cannot be had, and why."""


@functools.cache
def public(tree):
    """The tree, where all users can reach it; else a copy, for as long as this process lives.

    A program that gives up root executes itself and its helpers anew, and Debian's homes are closed
    to others.
    """
    if all(parent.stat().st_mode & 0o001 for parent in tree.parents):
        return tree
    copies = pathlib.Path(tempfile.mkdtemp(prefix="signpost-tree-"))
    atexit.register(shutil.rmtree, copies)
    copies.chmod(0o755)
    return pathlib.Path(shutil.copytree(tree, copies / tree.name, symlinks=True))


def fetch(place, package):
    """The tree of a package below `place`, fetched where it is not there yet, or its public()."""
    place = pathlib.Path(place).resolve()
    tree, new = place / package, place / f"{package}.{os.getpid()}"
    if tree.exists():
        return public(tree)
    new.mkdir(parents=True)
    try:
        done = subprocess.run(["apt-get", "download", "-q", package], cwd=new, timeout=300,
                              capture_output=True, text=True)
        debs = list(new.glob("*.deb"))
        if done.returncode or not debs:
            raise Missing(f"apt-get download {package}: {done.stderr.strip()}")
        subprocess.run(["dpkg-deb", "-x", debs[0], new / "tree"], check=True)
        if not tree.exists():                # or another run was quicker
            (new / "tree").rename(tree)
    except (OSError, subprocess.SubprocessError) as e:
        raise Missing(f"{package}: {e}") from e
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return public(tree)


def fetch_all(place):
    """What can be had; a test that misses one says so itself.  Nobody but root could run any."""
    for package in PACKAGES if os.geteuid() == 0 else ():
        try:
            fetch(place, package)
        except Missing:
            return                           # no network: the others will not come either


def why_no_room():
    """Why nothing can be laid over the machine's directories; None: it can."""
    if os.geteuid() != 0:
        return "it needs root for a mount namespace of its own"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        return "it needs a mount namespace, which this machine does not grant"
    return None


def make_accounts(directory):
    """passwd and group, the machine's and those that the programs look for."""
    for name, form in ACCOUNTS.items():
        text = pathlib.Path("/etc", name).read_text()
        present = {line.partition(":")[0] for line in text.splitlines()}
        added = (form.format(*u) for u in UIDS.items() if u[0] not in present)
        (directory / name).write_text(text + "".join(added))


def make_directories(directory):
    """[(of the directory, where that lies)]: empty places to keep things in."""
    for path in DIRECTORIES:
        (directory / path[1:]).mkdir(parents=True)
    return [(directory / path[1:], path) for path in DIRECTORIES]


def mounts(directory):
    """[(of the directory, where that lies)], for a world in which nothing else lives."""
    make_accounts(directory)
    return [(directory / name, f"/etc/{name}") for name in ACCOUNTS] + make_directories(directory)


class Room:
    """A new directory, and the namespace in which it lies over the machine's."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True)
        subprocess.run(["cp", "-a", "/etc", self.dir], check=True)
        make_accounts(self.dir / "etc")
        self.mounts = [(self.dir / "etc", "/etc"), *make_directories(self.dir)]

    def lay(self, own, there):
        """This file or directory in place of that one."""
        self.mounts.append((pathlib.Path(own), os.path.realpath(there)))
        return self

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def resolve_by(self, address):
        """Its programs ask there, on port 53, and believe what it says of DNSSEC."""
        (self.dir / "etc/resolv.conf").unlink(missing_ok=True)
        self.write("etc/resolv.conf", f"nameserver {address}\noptions trust-ad\n")
        return self

    def inside(self, *words, namespaces=("--mount",)):
        binds = "".join(shlex.join(["mount", "--bind", str(own), there]) + " && "
                        for own, there in self.mounts)
        return ["unshare", *namespaces, "sh", "-c", binds + '"$@"; exit $?', "sh", *map(str, words)]

    def run(self, *words, **more):
        return subprocess.run(self.inside(*words), cwd=self.dir, capture_output=True, text=True,
                              env={**os.environ, "PATH": labnet.PATH}, **more)

    def start(self, *words):
        """A program that stays, with all that it starts in a process namespace; what it says is
        in DIR/said.  To be ended by kill(), and ended with us."""
        with open(self.dir / "said", "ab") as log:
            return subprocess.Popen(
                self.inside(*words, namespaces=ALONE), cwd=self.dir, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={**os.environ, "PATH": labnet.PATH},
                preexec_fn=labnet.die_with_parent)

    @staticmethod
    def kill(process):
        """A program and all that it has started, wherever that went; gone when this returns.

        The first process of the namespace is the child of the one that made it, and ends last."""
        if process and process.poll() is None:
            first = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            for pid in map(int, first.split()):
                os.kill(pid, signal.SIGKILL)
            process.wait()
