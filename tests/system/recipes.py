"""The pieces of configuration in docs/operations.md, as they stand there."""

import re

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


def the(kind, heading):
    text, = [text for _, below, text in recipes(kind) if below == heading]
    return text


def swap(text, words):
    """Other words for those that must be there: a port that is free, a name of the lab."""
    for old, new in words.items():
        assert old in text, (old, text)
        text = text.replace(old, str(new))
    return text
