"""docs/operations.md on Signpost itself; what it has for others is in test_recipes_*.py."""

import pathlib
import re
import shutil
import subprocess

import pytest

import consoles
import mail
from recipes import recipes, the, typed


def test_every_recipe_is_tried():
    """One that nobody runs is no recipe: its kind and its heading are in a test."""
    here = pathlib.Path(__file__).parent
    text = "".join((here / f"test_{name}.py").read_text()
                   for name in ("operations", "recipes_mail", "recipes_dns"))
    untried = [(kind, heading) for kind, heading, _ in recipes()
               if f'"{kind}"' not in text or f'"{heading}"' not in text]
    assert recipes() and not untried


# Signpost's own

@pytest.mark.parametrize("kind,heading,text", recipes("signpost.conf"))
def test_configuration(make_daemon, kind, heading, text):
    """Read as it stands, with the files that it names."""
    daemon = make_daemon(start=False)
    for name in re.findall(r'"(users|[\w.]+\.(?:password|key|pem))"', text):
        path = daemon.dir / name
        path.write_text("relay:hmac-sha256:c2VzYW1lIHNlc2FtZSBzZXNhbWUgc2VzYW1l\n")
        path.chmod(0o600)
    for name in re.findall(r'"([\w./]+\.criteria)"', text):
        path = daemon.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("To *\n")
    daemon.conf.write_text(text)
    daemon.own()
    changed = daemon.ok("config", "--changed")
    assert changed.count("{") >= text.count("{ ") - text.count("{\"")


def test_criteria(make_daemon):
    lines = the("dnssec.criteria", "In the place of MDaemon's DNSSEC page")
    daemon = make_daemon(start=False, criteria=lines)
    assert f"{lines.count(chr(10))} criteria" in daemon.ok("criteria", "check")


def test_console_saves_criteria_of_its_folder(make_daemon):
    """The commands, but for systemd's, as whoever runs the test; criteria are found where they are then."""
    daemon = make_daemon(start=False, criteria="To *\n")
    lines = the("sh", "The web console", "install").splitlines()
    assert [line.split()[0] for line in lines] == ["install", "mv", "systemctl", "signpost"]
    for line in lines[:2]:
        line = line.replace("/etc/signpost", str(daemon.dir)).replace("signpost-console", "root")
        subprocess.run(line.split(), check=True)
    assert (daemon.dir / "criteria").stat().st_mode & 0o7777 == 0o2775
    daemon.conf.write_text(the("signpost.conf", "The web console"))
    daemon.own()
    assert "1 criterion" in daemon.ok("criteria", "check")


def test_users_of_the_console(make_daemon):
    """The commands, but for systemd's; then the console is there, and lets them in."""
    one = consoles.Console(make_daemon(start=False), users=None, more='users-file = "console.users"')
    typed(the("sh", "The web console", "passwd"), one.daemon, "sesame")
    one.start()
    try:
        assert one.login("joe", "sesame").status == 303
    finally:
        one.stop()


def test_backup(make_daemon, place):
    """The commands, but for systemd's, which are the daemon's stop and start here."""
    lines = the("sh", "Backup").splitlines()
    assert [line.split()[0] for line in lines] == ["systemctl", "cp", "systemctl"]
    daemon = make_daemon()
    daemon.delivery(message=mail.send(daemon, "rcpt-450@secure.example"))
    daemon.stop()
    saved = place / "backups"
    saved.mkdir()
    command = lines[1].replace("/var/lib/signpost", str(daemon.dir / "state"))
    subprocess.run(command.replace("/var/backups/", f"{saved}/").split(), check=True)
    shutil.rmtree(daemon.dir / "state")
    shutil.copytree(saved / "state", daemon.dir / "state")
    daemon.own()
    daemon.start()
    assert "1 message" in daemon.ok("queue", "list")
