"""What README and manual pages show a newcomer is typed as it stands, and does what is said."""

import os
import pathlib
import pwd
import re
import subprocess

import pytest

import dnsfake
from mail import send

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MAN = (ROOT / "docs/man/signpost.1.scd").read_text()
CRITERIA = (ROOT / "docs/man/signpost-criteria.5.scd").read_text()
FOREGROUND = ("signpost serve", "signpost console")  # they run while the others are typed
CONF = (ROOT / "docs/man/signpost.conf.5.scd").read_text()


def shown(text, after):
    """The indented block that follows those words."""
    block = re.search(r"\n((?:(?:    |\t).*\n|\n)+)", text[text.index(after):]).group(1)
    return [re.sub(r"^(    |\t)", "", line) for line in block.splitlines()]


def fenced(text):
    return re.search(r"\t```\n(.*?)\t```", text, re.S).group(1).replace("\n\t", "\n").lstrip("\t")


def commands():
    """Each command line, without what is said of it beside it."""
    examples = re.search(r"\n# EXAMPLES\n(.*?)\n# ", MAN, re.S).group(1)
    lines = [re.split(r"   +", line.strip())[0] for line in README.splitlines()
             if line.startswith("    signpost ")]
    lines += [line.strip().replace("\\*", "*") for line in examples.splitlines() if line.strip()]
    return [line for line in lines if line not in FOREGROUND]


@pytest.fixture(scope="module")
def relay(make_module_daemon, lab):
    """With the files of the README, where this test may write, ask and send."""
    daemon = make_module_daemon(start=False)
    text = "\n".join(shown(README, "`/etc/signpost/signpost.conf`:"))
    text += "\n" + next(line for line in shown(README, "## To look rather") if "{" in line)
    for old, new in (("127.0.0.1:53", lab["validating"]), (":2525", f":{daemon.port}"),
                     (":8025", f":{dnsfake.free_port()}")):
        assert old in text
        text = text.replace(old, new)
    daemon.conf.write_text(f"""{text}
state-directory = "{daemon.dir}/state"
log-directory = "{daemon.dir}/log"
delivery {{ port = {lab["smtp_port"]} ignore-targets = {{}} }}
""")
    daemon.criteria("\n".join(shown(README, "`/etc/signpost/dnssec.criteria`:")) + "\n")
    (daemon.dir / "message.eml").write_text("From: a@from.example\nTo: b@to.example\n\nHello\n")
    (daemon.dir / "FILE").write_text((daemon.dir / "message.eml").read_text())
    daemon.env["PATH"] = f"{daemon.program.parent}:{os.environ['PATH']}"
    daemon.env["SIGNPOST_CONF"] = str(daemon.conf)
    daemon.own()
    daemon.start()
    for to in ("rcpt@bank.example", "postmaster@example.net"):
        daemon.block(daemon.delivery(message=send(daemon, to)))
    console = daemon.popen("console", "-c", daemon.conf, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE)
    assert console.stdout.readline().startswith(b"signpost console: ready http://127.0.0.1:")
    yield daemon
    console.terminate()
    assert console.wait() == 0
    console.stdout.close()


def typed(daemon, line):
    who = {}
    if daemon.user:
        found = pwd.getpwnam(daemon.user)
        who = {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return subprocess.run(["sh", "-c", line], env=daemon.env, cwd=daemon.dir, text=True,
                          capture_output=True, check=False, **who)


@pytest.mark.parametrize("line", commands())
def test_a_command_that_is_shown(relay, lab, line):
    away = "9.9.9.9" in line             # nobody on the Internet is asked
    done = typed(relay, line.replace("9.9.9.9", lab["dead"]))
    assert done.returncode == (1 if away else 0), done
    assert done.stdout or "reload" in line
    assert done.stderr == "", done


def test_there_are_commands():
    assert len(commands()) >= 10 and {c.split()[0] for c in commands()} == {"signpost"}


def test_the_criteria_of_the_manual(relay):
    path = relay.dir / "manual.criteria"
    path.write_text(fenced(CRITERIA).replace("\\*", "*"))
    done = relay.run("criteria", "check", path)
    assert done.returncode == 0 and done.stdout.startswith(f"{path}: 5 criteria\n"), done
    assert "note:" not in done.stdout, done


def test_the_configuration_of_the_manual(relay):
    path = relay.dir / "manual.conf"
    path.write_text(fenced(CONF))
    done = relay.run("config", "-c", path, conf=False)
    assert done.returncode == 0 or "dnssec.criteria" in done.stderr, done
