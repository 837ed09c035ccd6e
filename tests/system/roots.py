"""A root of Debian's own with the packages in /srv (packaging/root), and commands in it."""

import os
import pathlib
import re
import shutil
import subprocess

import labnet
from daemon import PATIENCE, ROOT

MADE = os.environ.get("SIGNPOST_PACKAGES")
NOBODY, HERE = "postmaster@example.net", "user@secure.example"
# The lab's mail hosts are on loopback, at a port of their own.
DELIVERY = "delivery {{ port = {} ignore-targets = {{}} }}\n"


class Root:
    """The root, and what is typed in it."""

    def __init__(self, name):
        """A copy, so called, whose /etc/resolv.conf leads to 127.0.0.1."""
        self.root = pathlib.Path(MADE) / name
        self.remove()
        subprocess.run(["cp", "-a", f"{MADE}/root", str(self.root)], check=True)
        (self.root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def into(self):
        """What stands before a command for it to be run in there."""
        return ["chroot", str(self.root)]

    def popen(self, *words, **more):
        return subprocess.Popen([*self.into(), *words],
                                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                                     "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
                                preexec_fn=labnet.die_with_parent, text=True, **more)

    def run(self, line, stdin=""):
        """(status, what it printed)"""
        process = self.popen("sh", "-c", line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, cwd=str(self.root))
        said, _ = process.communicate(stdin, PATIENCE)
        return process.returncode, said

    def ok(self, line, stdin=""):
        status, said = self.run(line, stdin)
        assert status == 0, f"{line}: {said}"
        return said

    def append(self, lines):
        with open(self.root / "etc/signpost/signpost.conf", "a") as f:
            f.write(lines)

    def repacked(self, version):
        """The same package, called that version."""
        self.ok("cd /srv && rm -rf again && dpkg-deb -R signpost_*_*.deb again && "
                f"sed -i 's/^Version: .*/Version: {version}/' again/DEBIAN/control && "
                f"dpkg-deb --root-owner-group -b again /srv/other-{version}.deb && rm -rf again")
        return f"/srv/other-{version}.deb"

    def left(self):
        """Files that are ours, but packages, the library and logs of who installs."""
        left = self.ok("find / -xdev -not -path '/srv/*' -not -path '/var/cache/*' -not -path "
                       "'/var/lib/apt/*' -not -path '/var/log/*.log' -not -path '/proc/*' "
                       "-not -path '/var/log/apt/*' -iname '*signpost*'").split()
        return [path for path in left if "libsignpost" not in path]


def three_commands():
    """Those of README.md, below "From Debian"."""
    text = (ROOT / "README.md").read_text()
    block = re.search(r"^## From a Debian root.*?\n((?:    [^\n]+\n)+)", text, re.S | re.M).group(1)
    lines = [line.strip().partition("   #")[0].strip() for line in block.splitlines()]
    assert len(lines) == 3
    return lines


def to_the_lab(line):
    """The same command, with somebody of the lab for whom README.md writes to."""
    assert NOBODY in line
    return line.replace(NOBODY, HERE)
