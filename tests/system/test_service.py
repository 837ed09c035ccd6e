"""Under a service manager: what it is told, and the sockets that it hands over (SPEC section 9).

The units themselves are looked at here, too; test_package.py runs what they start.
"""

import os
import re
import shutil
import socket
import subprocess

import pytest

import mail
from daemon import PATIENCE, program, until

EXPOSED = 1.5                            # what `systemd-analyze security` may say at most


class Manager:
    """The socket of sd_notify(3)."""

    def __init__(self, path):
        self.path, self.heard = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(PATIENCE)
        path.chmod(0o777)

    def hear(self, *words):
        """The first message from now on with a line that begins with each of these."""
        while True:
            lines = self.socket.recv(4096).decode().splitlines()
            self.heard.append(lines)
            if all(any(line.startswith(w) for line in lines) for w in words):
                return lines


@pytest.fixture
def managed(make_daemon, place):
    def make(watchdog_us=None, **options):
        daemon = make_daemon(start=False, **options)
        manager = Manager(daemon.dir / "notify")
        daemon.env["NOTIFY_SOCKET"] = str(manager.path)
        if watchdog_us:
            daemon.env["WATCHDOG_USEC"] = str(watchdog_us)
        daemon.start()
        return daemon, manager
    return make


def test_a_life(managed):
    daemon, manager = managed()
    assert manager.hear("READY=1") == ["READY=1"]
    daemon.ok("reload")
    began = manager.hear("RELOADING=1")
    assert re.fullmatch(r"MONOTONIC_USEC=\d+", began[1])
    manager.hear("READY=1")
    daemon.criteria("To\n")
    assert daemon.run("reload").returncode == 2
    manager.hear("RELOADING=1")
    manager.hear("READY=1")              # as it was: a refusal is no end
    daemon.stop()
    manager.hear("STOPPING=1")
    assert not [lines for lines in manager.heard if "WATCHDOG=1" in lines]


def test_watchdog(managed):
    """All threads have answered before it is said that all is well; what is said is true."""
    daemon, manager = managed(watchdog_us=200000, top="workers = 2")
    manager.hear("WATCHDOG=1")
    daemon.delivery(message=mail.send(daemon, "rcpt-450@secure.example"))
    told = until(lambda: [li for li in manager.hear("WATCHDOG=1", "STATUS=") if "1 deferred" in li],
                 what="the message in the status")
    assert told == ["STATUS=1 accepted; in the queue: 0 active, 1 deferred, 0 held, 0 failed"]


# Python has no way to give a child its sockets by number, but by a shell.
HAND_OVER = 'exec 3<&$1; shift; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'


@pytest.mark.parametrize("workers", [1, 2])
def test_sockets_that_are_handed_over(make_daemon, workers):
    """No other is bound at that address: all workers accept on the one."""
    listening = socket.create_server(("127.0.0.1", 0))
    os.set_inheritable(listening.fileno(), True)
    port = listening.getsockname()[1]
    daemon = make_daemon(start=False, top=f"workers = {workers}")
    daemon.port = port
    daemon.configure(top=f"workers = {workers}")
    daemon.own()
    daemon.wrapper = ["bash", "-c", HAND_OVER, "bash", str(listening.fileno())]
    popen = daemon.popen
    daemon.popen = lambda *words, **more: popen(*words, **more, pass_fds=[listening.fileno()])
    daemon.start()
    daemon.wrapper, daemon.popen = [], popen
    listening.close()
    for _ in range(4):
        daemon.delivery(message=mail.send(daemon, "user@secure.example"))


def test_exposure():
    """Every option that the units can bear."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    units = list((program().parent / "packaging").glob("*.service"))
    assert len(units) == 2
    for unit in units:
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", str(unit)],
                              capture_output=True, text=True)
        level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        assert level and float(level.group(1)) <= EXPOSED, done.stdout + done.stderr
