"""The pieces of configuration in docs/operations.md, as they stand there."""

import grp
import os
import pwd
import re
import subprocess

from daemon import ROOT

PAGE = (ROOT / "docs/operations.md").read_text()


def recipes(kind=None):
    """[(kind, the heading it stands below, its text)]"""
    found, heading = [], ""
    for m in re.finditer(r"^#+ ([^\n]*)$|^```(\S+)\n(.*?)^```$", PAGE, re.S | re.M):
        heading = m.group(1) or heading
        if m.group(2) and kind in (None, m.group(2)):
            found.append((m.group(2), heading, m.group(3)))
    return found


def the(kind, heading, word=""):
    text, = [text for _, below, text in recipes(kind) if below == heading and word in text]
    return text


def typed(text, relay, password):
    """Commands as they stand, but for a daemon's start and reload: in its directory, for its user's group."""
    who = pwd.getpwnam(relay.user) if relay.user else pwd.getpwuid(os.geteuid())
    group = grp.getgrgid(who.pw_gid).gr_name
    text = re.sub(r"^(systemctl .*|signpost reload)$", ":", text, flags=re.M)
    for old, new in (("chgrp signpost ", f"chgrp {group} "), ("-g signpost ", f"-g {group} ")):
        text = text.replace(old, new)
    subprocess.run(["sh", "-ec", text.replace("/etc/signpost", str(relay.dir))], check=True, text=True,
                   input=f"{password}\n", env={**relay.env, "PATH": f"{relay.program.parent}:{os.environ['PATH']}"})


def swap(text, words):
    """Other words for those that must be there: a port that is free, a name of the lab."""
    for old, new in words.items():
        assert old in text, (old, text)
        text = text.replace(old, str(new))
    return text
