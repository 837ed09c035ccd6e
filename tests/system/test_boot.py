"""The packages under a systemd that boots: installed, sent mail through, and purged by an administrator.

`tests/check boot` makes the packages and the root, as for test_package.py.  A container of
systemd-nspawn has this network, so the lab is within its reach; it keeps nspawn's filter of system
calls, but for Landlock's, which that filter has not.
"""

import contextlib
import ctypes
import os
import re
import shutil
import smtplib
import socket
import subprocess
import urllib.request

import pytest

import dnsfake
import labnet
import roots
from daemon import PATIENCE, until

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(not roots.MADE, reason="packages and a root: tests/check boot")]

LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
UNITS = ("signpost", "signpost-console")
EXPOSURE = 1.5                           # of systemd-analyze security, at most


def landlock():
    """Whether this kernel has it: landlock_create_ruleset(), asked for its version."""
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint(1)) > 0


def no_container():
    """Why this machine boots none, or nothing."""
    if os.geteuid() != 0:
        return "not root"
    if not shutil.which("systemd-nspawn"):
        return "no systemd-nspawn (package systemd-container)"
    if not os.path.ismount("/sys/fs/cgroup"):
        return "no cgroups"
    return ""


class Booted(roots.Root):
    """A root with a systemd, once it has booted."""

    def __init__(self, name):
        super().__init__(name)
        self.machine = self.leader = None
        self.console = self.root.with_suffix(".console")
        self.ok("apt-get install -y systemd-sysv dbus")

    def into(self):
        if not self.leader:
            return super().into()
        return ["nsenter", f"--target={self.leader}", "--all", "--root", "--wd"]

    def boot(self):
        """What the machine says where it boots none.  By nspawn's notices its first process is known,
        and when that has done."""
        address = self.root.with_suffix(".told")
        address.unlink(missing_ok=True)
        # Where no systemd runs there is nobody to be asked for a unit and a name.
        alone = [] if os.path.isdir("/run/systemd/system") else ["--register=no", "--keep-unit"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, \
                open(self.console, "wb") as console:
            notices.bind(str(address))
            notices.setblocking(False)
            self.machine = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", *alone,
                 f"--machine=signpost-{os.getpid()}", "--console=pipe", "--resolv-conf=off",
                 "--notify-ready=yes", f"--system-call-filter={LANDLOCK}"],
                env={**os.environ, "NOTIFY_SOCKET": str(address)}, stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, preexec_fn=labnet.die_with_parent)
            told = []

            def ready():
                with contextlib.suppress(BlockingIOError):
                    told.extend(notices.recv(4096).decode().split())
                return "READY=1" in told or self.machine.poll() is not None
            until(ready, what="the container")
        if self.machine.poll() is not None:
            return self.console.read_text(errors="replace")[-500:]
        self.leader = next(word.partition("=")[2] for word in told
                           if word.startswith("X_NSPAWN_LEADER_PID="))
        return ""

    def show(self, unit, key):
        return self.ok(f"systemctl show --value -p {key} {unit}").strip()

    def journal(self, unit="signpost"):
        return self.ok(f"journalctl --no-pager -o cat -u {unit}")

    def off(self):
        """Its exit status."""
        self.ok("systemctl poweroff")
        return self.machine.wait(PATIENCE)

    def end(self):
        if self.machine and self.machine.poll() is None:
            self.machine.kill()
            self.machine.wait()
        self.leader = None
        for path in (self.console, self.root.with_suffix(".told")):
            path.unlink(missing_ok=True)
        self.remove()


@pytest.fixture(scope="module")
def debian(lab):
    if no_container():
        pytest.skip(f"this machine boots no container: {no_container()}")
    one = Booted("booted")
    address, port = lab["validating"].split(":")
    try:
        why = one.boot()
        if why:
            pytest.skip(f"this machine boots no container: {why}")
        with dnsfake.DnsFake(port=53, upstream=(address, int(port))):
            yield one
    finally:
        one.end()


def test_the_package_starts_it(debian):
    """Nothing but the first of README.md's three commands."""
    debian.ok(f"cd /srv && {roots.three_commands()[0]}")
    assert debian.show("signpost", "ActiveState") == "active"
    assert debian.show("signpost", "Type") == "notify"
    assert debian.ok("systemctl is-enabled signpost").strip() == "enabled"


def test_it_tells_how_it_is(debian):
    until(lambda: "0 accepted; in the queue: 0 active" in debian.show("signpost", "StatusText"),
          what="the status")


def confined(debian, unit):
    """The lines of a unit's journal that say what it gave up."""
    return until(lambda: "seccomp" in (said := debian.journal(unit)) and
                 re.findall("confined.*", said), what="what it gave up")


def test_it_is_confined_twice(debian):
    """By the unit, and by itself within what the unit leaves."""
    said = "\n".join(confined(debian, "signpost"))
    assert re.search(r"system calls: [1-9]\d* are left, by seccomp", said)
    assert re.search(r"by Landlock \d", said) or not landlock(), said


def test_reload_takes_what_was_written(debian, lab):
    debian.append(roots.DELIVERY.format(lab["smtp_port"]))
    debian.ok("systemctl reload signpost")
    assert debian.show("signpost", "ActiveState") == "active"
    assert debian.show("signpost", "ReloadResult") == "success"
    assert "reload" in debian.journal()


def test_a_message_is_delivered_and_one_waits(debian):
    send, look = (roots.to_the_lab(line) for line in roots.three_commands()[1:])
    debian.ok(send)
    until(lambda: "outcome: delivered" in debian.ok(look), what="the delivery")
    debian.ok(send.replace(roots.HERE, "rcpt-450@secure.example"))
    until(lambda: "1 deferred" in debian.show("signpost", "StatusText"), what="the message that waits")


def test_systemd_hands_over_port_25(debian):
    debian.append('listen "127.0.0.1:25" { }\n')
    debian.ok("systemctl stop signpost && systemctl enable --now signpost.socket && "
              "systemctl start signpost")
    with smtplib.SMTP("127.0.0.1", 25, timeout=PATIENCE) as smtp:
        assert smtp.noop()[0] == 250


def test_the_console_answers(debian):
    """As docs/operations.md says it is set up."""
    debian.append('console "127.0.0.1:8025" { login-socket = "/run/signpost-console/login.sock" }\n')
    debian.ok("systemctl reload signpost && systemctl enable --now signpost-console")
    url = until(lambda: re.search(r"http://\S+", debian.run("signpost console login")[1]),
                what="an address to log in").group(0)
    with urllib.request.urlopen(url, timeout=PATIENCE) as page:
        assert b"Signpost" in page.read()
    said = "\n".join(confined(debian, "signpost-console"))
    assert "Landlock" in said and ("no Landlock" not in said or not landlock()), said
    assert debian.show("signpost-console", "NRestarts") == "0"


@pytest.mark.parametrize("unit", UNITS)
def test_little_is_exposed(debian, unit):
    """As the systemd that runs them has it."""
    said = debian.ok(f"systemd-analyze security --no-pager {unit}.service")
    assert float(re.search(r"exposure level for \S+: ([0-9.]+)", said).group(1)) <= EXPOSURE, said


def test_the_watchdog_restarts_it(debian):
    """Its time is short in this test alone: on a slow machine it comes by itself, too."""
    debian.ok("mkdir -p /run/systemd/system/signpost.service.d && printf '[Service]\\nWatchdogSec=5\\n' "
              ">/run/systemd/system/signpost.service.d/short.conf && systemctl daemon-reload && "
              "systemctl restart signpost")
    debian.ok(f"kill -STOP {debian.show('signpost', 'MainPID')}")
    until(lambda: "watchdog" in debian.journal().lower(), what="the watchdog")
    debian.ok("rm -r /run/systemd/system/signpost.service.d && systemctl daemon-reload")
    until(lambda: debian.show("signpost", "ActiveState") == "active", what="the restart")
    assert "1 deferred" in debian.ok("signpost queue list")


def test_an_upgrade_restarts_what_runs(debian):
    """Both, not the daemon alone; the ports stay open, and the queue is kept."""
    def processes():
        return [debian.show(unit, "MainPID") for unit in UNITS]
    before = processes()
    assert "0" not in before
    debian.ok(f"dpkg -i {debian.repacked('99')}")
    assert [debian.show(unit, "ActiveState") for unit in (*UNITS, "signpost.socket")] == ["active"] * 3
    assert not set(before) & set(processes())
    assert "1 deferred" in debian.ok("signpost queue list")


def test_stop_is_clean(debian):
    debian.ok("systemctl stop signpost.socket signpost signpost-console")
    for unit in UNITS:
        assert debian.show(unit, "ActiveState") == "inactive"
        assert debian.show(unit, "Result") == "success"
        assert debian.show(unit, "ExecMainStatus") == "0"
    assert debian.ok("systemctl list-units --failed --plain --no-legend 'signpost*'") == ""


def test_purge_leaves_nothing(debian):
    """While all that it has runs: none of it is left running, with the files of a user who is gone."""
    debian.ok("systemctl start signpost.socket signpost signpost-console")
    debian.ok("apt-get purge -y signpost")
    assert debian.ok("systemctl list-units --state=active --plain --no-legend 'signpost*'") == ""
    assert debian.left() == []
    assert "signpost" not in debian.ok("cat /etc/passwd /etc/group")


def test_it_goes_off(debian):
    assert debian.off() == 0
