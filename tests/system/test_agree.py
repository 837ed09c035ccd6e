"""What the program says of itself agrees: help, manual pages, completions, sample configuration."""

import json
import re
import shutil
import subprocess

import pytest

from daemon import ROOT, program

PAGE = (ROOT / "docs/man/signpost.1.scd").read_text()
CONF_PAGE = (ROOT / "docs/man/signpost.conf.5.scd").read_text()
SAMPLE = ROOT / "packaging/signpost.conf"
CRITERIA = ROOT / "packaging/dnssec.criteria"
COMMON = {"conf", "help"}
# What a sample sets, since it has no default or takes the host's.
WITHOUT = {("", "hostname"), ("exempt", "reason"), ("exempt", "until"), ("route", "via"),
           ("listen", "mode"), ("listen", "group"), ("resolver", "trust-anchor-file"), ("route", "tls")}


def said(*words):
    return subprocess.run([str(program()), *words], check=True, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin"}).stdout


def commands():
    block = re.search(r"^commands\n(.*?)\n\n", said("--help"), re.S | re.M).group(1)
    return [line.split()[0] for line in block.splitlines()]


def options(command):
    """The long names of a command's own options; sendmail has those of sendmail."""
    text = said(command, "--help")
    return set(re.findall(r"^  (?:-\w, |    )?--([\w-]+)", text, re.M)) - COMMON


COMMANDS = commands()


def uncommented(path):
    """What a sample is where all of it is wanted."""
    return re.sub(r"^#(?=[^ \n])", "", path.read_text(), flags=re.M)


@pytest.fixture
def sample(tmp_path):
    """The configuration in force by the sample, once plain and once with nothing a comment."""
    def read(text):
        path = tmp_path / "signpost.conf"
        path.write_text(text)
        (tmp_path / "dnssec.criteria").write_text("")
        return json.loads(said("config", "--json", "-c", str(path)))
    return read


# Commands and options

def test_commands_are_in_the_page():
    assert {"serve", "lookup", "queue"} <= set(COMMANDS) and "tls" in options("lookup")
    for command in COMMANDS:
        assert re.search(rf"^\*{command}[* ]", PAGE, re.M), command


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_in_the_page(command):
    for name in options(command):
        assert re.search(rf"\*(-\w\*, \*)?--{name}[* ]", PAGE), f"{command} --{name}"


def test_letters_of_sendmail_are_in_the_page():
    """Its own options, which are of one dash."""
    block = re.search(r"^  -t .*?\n\n", said("sendmail", "--help"), re.S | re.M).group(0)
    letters = re.findall(r"(?:^  |, )(-\w+)", block, re.M)
    text = re.search(r"^\*sendmail\*.*?^\*queue list\*", PAGE, re.S | re.M).group(0)
    assert {"-t", "-oi", "-bs"} <= set(letters)
    assert [x for x in letters if f"*{x}*" not in text] == []


def test_the_page_invents_none():
    known = set().union(*map(options, COMMANDS)) | COMMON | {"version"}
    assert set(re.findall(r"--([a-z][\w-]+)", PAGE)) <= known


@pytest.mark.parametrize("command", COMMANDS)
def test_completions(command):
    """What bash, zsh and fish complete of a command are its options, no more and no less."""
    made = program().parent / "packaging"
    want = options(command) | COMMON if command != "sendmail" else COMMON
    line = re.search(rf"^    {command}\) words='(.*)' ;;$", (made / "signpost.bash").read_text(), re.M)
    assert set(re.findall(r"--([\w-]+)", line.group(1))) == want
    line = re.search(rf"^{command}\) _arguments (.*)$", (made / "_signpost").read_text(), re.M)
    assert set(re.findall(r"(?:'|,)--([\w-]+)[\[}]", line.group(1))) == want
    fish = (made / "signpost.fish").read_text()
    own = re.findall(rf"__fish_seen_subcommand_from {command}' -l ([\w-]+)", fish)
    assert set(own) | COMMON == want


SHELLS = {"bash": "signpost.bash", "zsh": "_signpost", "fish": "signpost.fish"}


@pytest.mark.parametrize("shell", SHELLS)
def test_shells_can_read_them(shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n", str(program().parent / "packaging" / SHELLS[shell])], check=True)


COMPLETE = """source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _signpost
printf '%s\\n' "${COMPREPLY[@]}" """


@pytest.mark.parametrize("words,found", [
    (["sig", "lo"], {"lookup", "log"}),
    (["sig", "-c", "/a/file", "lo"], {"lookup", "log"}),
    (["sig", "queue", "re"], {"retry", "release", "remove"}),
    (["sig", "log", "--d"], {"--dnssec"}),
    (["sig", "route", "--color", "a"], {"auto", "always"}),
    (["sig", "serve", "--"], {"--check", "--conf", "--help"}),
])
def test_bash_completes(words, found):
    done = subprocess.run(["bash", "-c", COMPLETE, "bash",
                           str(program().parent / "packaging/signpost.bash"), *words],
                          capture_output=True, text=True, check=True, cwd="/")
    assert set(done.stdout.split()) == found


# Keys

def test_the_sample_changes_nothing(sample):
    assert [row for row in sample(SAMPLE.read_text()) if row["changed"]] == []


def test_the_sample_has_every_default(sample):
    wrong = {(row["section"], row.get("key")): row["value"]
             for row in sample(uncommented(SAMPLE)) if row.get("key") and row["changed"]}
    assert set(wrong) <= WITHOUT, wrong


def test_the_sample_has_every_key(sample):
    """Written, with a comment: in each section all that the program takes there."""
    rows = sample(uncommented(SAMPLE))
    written, section = {}, ""
    for line in SAMPLE.read_text().splitlines():
        if opening := re.match(r"#(\w+)(?: \"[^\"]*\")? \{$", line):
            section = opening.group(1)
        elif line == "#}":
            section = ""
        elif key := re.match(r"#\t?([\w-]+) = .*\S +# \S", line):
            written.setdefault(section, set()).add(key.group(1))
    shared = written["delivery"] - {"total"}         # "and any key of delivery"
    for row in rows:
        if key := row.get("key"):
            section = row["section"]
            assert key in written[section] | (shared if section == "route" else set()), row
    known = {(row["section"], row["key"]) for row in rows if row.get("key")}
    of_unix = {("listen", "mode"), ("listen", "group")}
    assert {(s, k) for s, keys in written.items() for k in keys} - known <= of_unix


def paragraph(section, key):
    """Of signpost.conf(5): the text below the heading that names the key."""
    heading = {"": "GLOBAL KEYS"}.get(section, section)
    parts = re.findall(rf"^# {heading}\b[^\n]*\n(.*?)(?=^# )", CONF_PAGE, re.S | re.M)
    found = [p for part in parts for p in re.findall(r"(?:^|\n)(\*[^\n]*\n(?:\t[^\n]*\n|\n(?=\t))+)", part)
             if re.search(rf"\*{key}\*", p.split("\n")[0])]
    return " ".join("".join(found).replace("_", "").split())


def test_defaults_are_in_the_page(sample):
    """Each that is a number, a time, a size or a word of its own."""
    wrong = []
    for row in sample(""):
        key, value = row.get("key"), row["value"]
        if not key or not isinstance(value, str) or value in ("", "0") or value.startswith("/") \
                or (row["section"], key) in WITHOUT:
            continue
        text = paragraph(row["section"], key)
        bare = value.removeprefix("sqlite:")
        if bare.rpartition("/")[2] not in re.sub(r"[*\"]", "", text) or "efault" not in text:
            wrong.append((row["section"], key, value, text))
    assert not wrong


def sample_keys():
    """(section, how it opens, key, whether its value is a list) of all that the sample has."""
    section = opens = ""
    for line in SAMPLE.read_text().splitlines():
        if opening := re.match(r"#((\w+)(?: \"[^\"]*\")? \{)$", line):
            opens, section = opening.groups()
        elif line == "#}":
            opens = section = ""
        elif key := re.match(r"#\t?([\w-]+) = (\{?)", line):
            yield section, opens, key.group(1), bool(key.group(2))


def test_bounds_are_in_the_page(tmp_path):
    """Those that a refusal names: "from 1d to 36500d"."""
    path, seen, wrong = tmp_path / "signpost.conf", 0, []
    for section, opens, key, many in sample_keys():
        path.write_text(f"{opens}\n{key} = {'{' if many else ''}\"x\"{'}' if many else ''}\n{'}' if opens else ''}\n")
        done = subprocess.run([str(program()), "config", "-c", str(path)], capture_output=True, text=True)
        if bounds := re.search(r"from (\S+ to \S+)$", done.stderr.strip()):
            seen += 1
            text = paragraph(section, key) + ("The counts go from 1 to 100000." if section == "limits" else "")
            if bounds.group(1) not in text:
                wrong.append((section, key, bounds.group(1), text))
    assert seen > 20 and not wrong
    assert "\nThe counts go from 1 to 100000.\n" in CONF_PAGE


def test_the_criteria_are_examples(tmp_path):
    (tmp_path / "all").write_text(uncommented(CRITERIA))
    assert "0 criteria" in said("criteria", "check", str(CRITERIA))
    told = said("criteria", "check", str(tmp_path / "all"))
    assert "6 criteria" in told
    notes = [line for line in told.splitlines() if "note:" in line]
    assert all("it changes nothing beside line" in line for line in notes), told   # it is tried, and a must
