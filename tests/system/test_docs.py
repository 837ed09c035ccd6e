"""What docs/spec.md says of the program is true today: all is there but what it lists as planned."""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = (ROOT / "docs/spec.md").read_text()
MAN = (ROOT / "docs/man/signpost.conf.5.scd").read_text()
PLANNED = SPEC.partition("\n## Planned\n")[2].partition("\n## ")[0]
NOT_THERE = re.compile(r"no such option|is not supported by this version|unknown (command|option)")
# Where the contract's own example is the default, and taken by a program without the key's effect.
OTHERWISE = {"tls-certificate": '"cert.pem"', "tls-key": '"key.pem"', "auth-file": '"users"',
             "tls": '"require"'}


def planned(what):
    """The words in `quotes` of the list's lines that begin with what."""
    items = re.sub(r"\n  +", " ", PLANNED).splitlines()
    return {w for i in items if i.startswith(f"- {what}: ") for w in re.findall(r"`([^`]+)`", i)}


def section(number):
    return re.search(rf"\n## {number}\. .*?(?=\n## |\Z)", SPEC, re.S).group(0)


def keys():
    """(section, its title, key, value) of all that stand in section 6; "" is no section."""
    block = re.search(r"```\n(.*?)```", section(6), re.S).group(1)
    name = title = ""
    for line in re.sub(r"#.*", "", block).splitlines():
        opens = re.match(r'([a-z]+) *("[^"]*")? *\{', line)
        if opens:
            name, title = opens.group(1), opens.group(2) or ""
            line = line[opens.end():]
        for key, value in re.findall(r'([a-z][a-z0-9-]*)\s*=\s*(\{[^}]*\}|"[^"]*"|[^\s}]+)', line):
            yield name, title, key, value
        if re.search(r"(^|[^{])\}\s*$", re.sub(r"=\s*\{[^}]*\}", "", line)):
            name = title = ""


def takes(program, tmp_path, text):
    (tmp_path / "signpost.conf").write_text(text + "\n")
    done = subprocess.run([program, "-c", tmp_path / "signpost.conf", "config"], capture_output=True,
                          text=True)
    return not NOT_THERE.search(done.stderr), done.stderr


@pytest.mark.parametrize("name,title,key,value", list(keys()))
def test_keys(program, tmp_path, name, title, key, value):
    value = OTHERWISE.get(key, value)
    text = f"{name} {title} {{ {key} = {value} }}" if name else f"{key} = {value}"
    there, said = takes(program, tmp_path, text)
    absent = key in planned(f"keys of {name or 'no section'}") or name in planned("sections")
    assert there != absent, f"{text}: {said or 'taken'}"


def test_no_key_is_left_out(program, tmp_path):
    """The program names the keys it knows; the contract has them, and so has the manual."""
    there = {}
    for name, title, key, value in keys():
        there.setdefault(name, (title, set()))[1].add(key)
    there["route"][1].update(there["delivery"][1])  # any key of it may stand in a route
    more = set(re.findall(r"`([a-z-]+)`", section(6).partition("keys more")[2]))
    for name, (title, listed) in there.items():
        if name in planned("sections"):
            continue
        text = f"{name} {title} {{ colour = 1 }}" if name else "colour = 1"
        _, said = takes(program, tmp_path, text)
        known = set(said.partition("known here are ")[2].split()) - set(there)
        assert known, said
        assert known <= listed | more
        assert [k for k in known if f"*{k}*" not in MAN] == []


def rows():
    """(command, the options that its row names) of section 5."""
    for row in re.findall(r"^\| `([a-z]+)[^`]*` \| (.*) \|$", section(5), re.M):
        yield row[0], sorted(set(re.findall(r"(--[a-z-]+)", row[0] + row[1])))


@pytest.mark.parametrize("command,options", list(rows()))
def test_commands(program, command, options):
    done = subprocess.run([program, command, "--help"], capture_output=True, text=True)
    there = not NOT_THERE.search(done.stderr)
    assert there == (command not in planned("commands")), done.stderr
    if there:
        assert done.returncode == 0
        absent = {o for o in options if not re.search(rf"{o}\b", done.stdout)}
        assert absent == {o for o in options if f"{command} {o}" in planned("options")}


def test_modifiers(program, tmp_path):
    for modifier in ("SECURE", "SECURE DANE", "OBSERVE"):
        (tmp_path / "criteria").write_text(f"To * {modifier}\n")
        done = subprocess.run([program, "criteria", "check", tmp_path / "criteria"],
                              capture_output=True, text=True)
        assert (done.returncode == 0) == (modifier not in planned("modifiers")), done.stderr


FAULTS = (ROOT / "docs/semantics.md").read_text().partition("\n## When something fails\n")[2]


@pytest.mark.parametrize("row", [li for li in FAULTS.splitlines() if li.startswith("| ")][2:],
                         ids=lambda row: row.split("|")[1].strip()[:40])
def test_what_shows_a_promise_is_there(row):
    """Each fault of docs/semantics.md names tests that exist."""
    shown = re.findall(r"`([^`]+)`", row.split("|")[3])
    assert shown
    for name in shown:
        path, _, test = name.partition("::")
        assert not test or f"\ndef {test}(" in (ROOT / path).read_text(), name
        assert (ROOT / path).is_file(), name
