"""The Debian packages, in a root of Debian's own: from nothing to the first message, and back to nothing.

`tests/check package` makes the packages and the root (packaging/root), and tells where they are.
No systemd boots in there, so what the unit starts is started as it says: the same words, the same
user.  Whatever else happens is what happens to anybody who types the commands of README.md.
"""

import pathlib
import re
import signal
import subprocess

import pytest

import dnsfake
import roots
from daemon import PATIENCE, ROOT, until

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(not roots.MADE, reason="packages and a root: tests/check package")]


class Started(roots.Root):
    """With a daemon in it that is started as the unit says."""

    def __init__(self, name):
        super().__init__(name)
        self.process = None
        self.stderr = self.root / "srv/stderr"

    def unit(self, key):
        text = (self.root / "lib/systemd/system/signpost.service").read_text()
        return re.search(rf"^{key}=(.*)$", text, re.M).group(1)

    def start(self):
        """What systemd would do: the words of ExecStart, as User."""
        user = self.unit("User")
        with open(self.stderr, "w") as out:
            self.process = self.popen(
                "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
                "--no-new-privs", *self.unit("ExecStart").split(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        until(lambda: "signpost: ready" in self.said() or self.process.poll() is not None,
              what="signpost: ready")
        assert self.process.poll() is None, self.said()

    def said(self):
        return self.stderr.read_text()

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(PATIENCE) == 0, self.said()
        self.process = None


@pytest.fixture(scope="module")
def debian(lab):
    one = Started("tried")
    address, port = lab["validating"].split(":")
    with dnsfake.DnsFake(port=53, upstream=(address, int(port))):
        yield one
        if one.process:
            one.process.kill()
    one.remove()


def test_from_nothing_to_the_first_message(debian, lab):
    install, send, look = roots.three_commands()
    before = debian.ok("cut -d: -f1 /etc/passwd")
    assert "signpost" not in before
    debian.ok(f"cd /srv && {install}")
    assert debian.ok("signpost --version").startswith("signpost ")
    debian.append(roots.DELIVERY.format(lab["smtp_port"]))
    debian.start()
    debian.ok(roots.to_the_lab(send))
    look = roots.to_the_lab(look)
    log = until(lambda: (said := debian.ok(look)) and "outcome: delivered" in said and said,
                what="the delivery")
    assert roots.HERE in log


def test_what_monitors_is_there(debian):
    """Alert rules and dashboard, as they are in the source; test_prometheus.py tries them."""
    for file in (ROOT / "packaging/monitoring").iterdir():
        assert (debian.root / "usr/share/signpost/monitoring" / file.name).read_bytes() \
            == file.read_bytes()


def test_it_runs_as_its_user_and_confined(debian):
    status = pathlib.Path(f"/proc/{debian.process.pid}/status").read_text()
    uid = debian.ok("id -u signpost").strip()
    assert re.search(rf"^Uid:\s+{uid}\s+{uid}\s+{uid}\s+{uid}$", status, re.M)
    assert re.search(r"^Seccomp:\s+2$", status, re.M)
    assert " confined " in debian.said()


def test_sendmail_is_another_package(debian):
    assert not (debian.root / "usr/sbin/sendmail").exists()
    debian.ok("apt-get install -y ./srv/signpost-sendmail_*.deb")
    debian.ok("sendmail -f root@secure.example user@secure.example", "Subject: by sendmail\n\nhello\n")
    until(lambda: len(re.findall("outcome: delivered", debian.ok("signpost log"))) >= 2,
          what="the second message")
    assert "0 messages" in debian.ok("mailq")


def test_upgrade_and_downgrade_keep_the_queue(debian):
    """Mail that waits, and what the administrator wrote, survive both."""
    debian.ok("sendmail -f root@secure.example rcpt-450@secure.example", "Subject: waits\n\nhello\n")
    until(lambda: "1 deferred" in debian.ok("signpost queue list"), what="the message that waits")
    for package in (debian.repacked("99"), debian.repacked("0.0.1")):
        debian.stop()
        debian.ok(f"dpkg -i {package}")
        debian.start()
        assert "1 deferred" in debian.ok("signpost queue list")
        assert "ignore-targets = {}" in (debian.root / "etc/signpost/signpost.conf").read_text()


def test_remove_keeps_and_purge_leaves_nothing(debian):
    debian.stop()
    debian.ok("apt-get remove -y signpost signpost-sendmail")
    assert (debian.root / "var/lib/signpost/queue.db").exists()
    assert (debian.root / "etc/signpost/signpost.conf").exists()
    debian.ok("dpkg --purge signpost signpost-sendmail")
    assert debian.left() == []
    assert "signpost" not in debian.ok("cat /etc/passwd /etc/group")


def test_the_library_is_usable(debian):
    debian.ok("apt-get install -y ./srv/libsignpost-dns1_*.deb ./srv/libsignpost-dns-dev_*.deb")
    assert (debian.root / "usr/include/signpost/dns.h").exists()
    assert "libsignpost-dns.so.1" in debian.ok("ldconfig -p")
