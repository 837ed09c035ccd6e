"""The recipes of docs/operations.md, by the programs that they are for."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import dnsfake
import mail
from daemon import ROOT

PAGE = (ROOT / "docs/operations.md").read_text()
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def recipes(kind):
    """[(the heading it stands below, its text)]"""
    found, heading = [], ""
    for m in re.finditer(r"^#+ ([^\n]*)$|^```(\S+)\n(.*?)^```$", PAGE, re.S | re.M):
        heading = m.group(1) or heading
        if m.group(2) == kind:
            found.append((heading, m.group(3)))
    return found


def the(kind, heading=None):
    text, = [text for below, text in recipes(kind) if heading in (None, below)]
    return text


def needs(name):
    found = shutil.which(name, path=PATH)
    return found or pytest.skip(f"{name} is not installed")


def test_every_recipe_is_tried():
    """One that nobody runs is no recipe."""
    kinds = set(re.findall(r"^```(\S+)$", PAGE, re.M))
    text = pathlib.Path(__file__).read_text()
    assert kinds and all(f'"{kind}"' in text for kind in kinds)


# Signpost's own

@pytest.mark.parametrize("heading,text", recipes("signpost.conf"))
def test_configuration(make_daemon, heading, text):
    """Read as it stands, with the files that it names."""
    daemon = make_daemon(start=False)
    for name in re.findall(r'"([\w.]+\.(?:password|key))"', text):
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
    daemon = make_daemon(start=False, criteria=the("dnssec.criteria"))
    assert f"{the('dnssec.criteria').count(chr(10))} criteria" in daemon.ok("criteria", "check")


def test_console_saves_criteria_of_its_folder(make_daemon):
    """The commands, but for systemd's, as whoever runs the test; criteria are found where they are then."""
    daemon = make_daemon(start=False, criteria="To *\n")
    lines = the("sh", "The web console").splitlines()
    assert [line.split()[0] for line in lines] == ["install", "mv", "systemctl", "signpost"]
    for line in lines[:2]:
        line = line.replace("/etc/signpost", str(daemon.dir)).replace("signpost-console", "root")
        subprocess.run(line.split(), check=True)
    assert (daemon.dir / "criteria").stat().st_mode & 0o7777 == 0o2775
    daemon.conf.write_text(the("signpost.conf", "The web console"))
    daemon.own()
    assert "1 criterion" in daemon.ok("criteria", "check")


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


# Mail servers

def test_behind_postfix(tmp_path):
    """As Postfix reads it; that such a Postfix hands mail over, test_postfix.py has."""
    postconf = needs("postconf")
    (tmp_path / "master.cf").write_text("smtp unix - - n - - smtp\n")
    (tmp_path / "main.cf").write_text("compatibility_level = 3.6\n" + the("main.cf"))
    done = subprocess.run([postconf, "-c", str(tmp_path), "-n"], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert "relayhost = [127.0.0.1]:2525\n" in done.stdout


def test_behind_postfix_for_some(tmp_path):
    """The map, looked up as Postfix does."""
    postmap = needs("postmap")
    (tmp_path / "main.cf").write_text("compatibility_level = 3.6\n")
    (tmp_path / "transport").write_text(the("transport"))
    for name in ("bank.example", ".bank.example"):
        done = subprocess.run([postmap, "-c", str(tmp_path), "-q", name,
                               f"texthash:{tmp_path}/transport"], capture_output=True, text=True)
        assert done.stdout == "smtp:[127.0.0.1]:2525\n", done.stderr


EXIM = """exim_path = {exim}
domainlist local_domains = local.example
begin routers
{router}
begin transports
remote_smtp:
  driver = smtp
"""


def test_behind_exim(tmp_path):
    exim = needs("exim4")
    conf = tmp_path / "exim.conf"
    conf.write_text(EXIM.format(exim=exim, router=the("exim.router")))
    done = subprocess.run([exim, "-C", str(conf), "-bt", "user@secure.example"],
                          capture_output=True, text=True)
    assert "router = signpost, transport = remote_smtp" in done.stdout, done.stdout + done.stderr


def test_behind_sendmail(tmp_path):
    cf = pathlib.Path("/usr/share/sendmail/cf/m4/cf.m4")
    if not cf.exists():
        pytest.skip("sendmail-cf is not installed")
    source = tmp_path / "sendmail.mc"
    source.write_text(f"include(`{cf}')dnl\nOSTYPE(`linux')dnl\n{the('sendmail.mc')}MAILER(`smtp')dnl\n")
    made = subprocess.run([needs("m4"), str(source)], check=True, capture_output=True, text=True)
    assert "DSrelay:[127.0.0.1]" in made.stdout and "A=TCP $h 2525" in made.stdout


# Resolvers: what they then do, test_peers.py has

def checked(tmp_path, name, *command):
    path = tmp_path / name
    path.write_text(the(name))
    words = [needs(command[0]), *[w.format(path=path, dir=tmp_path) for w in command[1:]]]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_unbound(tmp_path):
    checked(tmp_path, "unbound.conf", "unbound-checkconf", "{path}")


def test_bind(tmp_path):
    checked(tmp_path, "named.conf", "named-checkconf", "{path}")


def test_dnsmasq(tmp_path):
    checked(tmp_path, "dnsmasq.conf", "dnsmasq", "--test", "--conf-file={path}")


def test_powerdns(tmp_path):
    checked(tmp_path, "recursor.conf", "pdns_recursor", "--config-dir={dir}", "--config=check")


def test_knot(tmp_path):
    """It has no way to check a file: it reads it, and ends, as the last line says."""
    kresd = needs("kresd")
    text = the("kresd.conf").replace("53", str(dnsfake.free_port())).replace("100 * MB", "1 * MB")
    (tmp_path / "conf").write_text(text + "\nquit()\n")
    done = subprocess.run([kresd, "-n", "-c", str(tmp_path / "conf"), str(tmp_path)],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0 and "error" not in done.stderr.lower(), done.stdout + done.stderr
