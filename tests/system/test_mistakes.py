"""The mistakes of newcomers in mistakes.table: what each is told, where, and what to do about it."""

import os
import pathlib
import shlex
import socket

import pytest

import dnsfake

TABLE = pathlib.Path(__file__).with_name("mistakes.table")


def rows(section):
    """The rows of a section as lists of columns, line ends in their places."""
    _, _, rest = TABLE.read_text().partition(f"\n[{section}]\n")
    for line in rest.partition("\n[")[0].splitlines():
        if line and not line.startswith("#"):
            yield [c.strip() for c in line.split(" | ")]


def table(section):
    return pytest.mark.parametrize("row", list(rows(section)), ids=lambda r: r[0] or "nothing")


def says(text, words):
    missing = [w for w in words.split("; ") if w not in text]
    assert not missing, f"{missing} not in {text!r}"


def one_line(done, place=""):
    """It is said in one line, which begins with the place, or with who speaks."""
    line, = done.stderr.splitlines()
    assert line.startswith(place or "signpost: "), line
    return line


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    """Not started, and of a user who has nothing yet."""
    daemon = make_module_daemon(start=False)
    (daemon.dir / "home").mkdir()
    daemon.env = {"PATH": os.environ["PATH"], "HOME": str(daemon.dir / "home")}
    daemon.own()
    return daemon


@table("configuration")
def test_configuration(relay, row):
    text, number, words = row
    conf = relay.dir / "mistake.conf"
    conf.write_text(text.replace("\\n", "\n") + "\n")
    for command in (["config"], ["serve", "--check"]):
        done = relay.run(*command, "-c", conf, conf=False)
        assert done.returncode == 2 and done.stdout == "", done
        says(one_line(done, f"{conf}:{number}: "), words)


@table("criteria")
def test_criteria(relay, row):
    text, number, words = row
    relay.criteria(text.replace("\\n", "\n") + "\n")
    done = relay.run("criteria", "check")
    assert done.returncode == 2, done
    says(done.stderr, f":{number}: ")
    says(done.stderr, words)


@table("command line")
def test_command_line(relay, row):
    words, statuses, said = row
    done = relay.run(*shlex.split(words), conf=False)
    assert done.returncode in [int(s) for s in statuses.split(",")], done
    assert done.stdout == ""
    says(one_line(done, "/" if done.stderr.startswith("/") else ""), said)


def mode(path, bits):
    path.chmod(bits)


def replace(daemon, old, new):
    text = daemon.conf.read_text()
    assert old in text
    daemon.conf.write_text(text.replace(old, new))


def directory(path):
    path.unlink()
    path.mkdir()


def queue_of_something_else(daemon):
    (daemon.dir / "state/queue.db").write_bytes(b"SQLite format 2\0" + bytes(4096))


def taken(daemon):
    daemon.kept = socket.create_server(("127.0.0.1", daemon.port))


def queue_in_use(daemon):
    """Nothing else is in the way of the second: it has a port and a control socket of its own."""
    daemon.start()
    text = daemon.conf.read_text().replace(f":{daemon.port}", f":{dnsfake.free_port()}")
    assert "control" not in text
    daemon.conf = daemon.dir / "other.conf"
    daemon.conf.write_text(text + 'control { socket = "other.sock" }\n')


MADE = {
    "the criteria file is a directory": lambda d: (directory(d.dir / "dnssec.criteria"), replace(
        d, "dnssec {", 'dnssec { criteria = "dnssec.criteria"')),
    "the criteria file is UTF-16":
        lambda d: (d.dir / "dnssec.criteria").write_bytes("To *@bank.example SECURE\r\n".encode("utf-16")),
    "the criteria file may not be read": lambda d: mode(d.dir / "dnssec.criteria", 0),
    "the configuration may not be read": lambda d: mode(d.conf, 0),
    "the configuration is a directory": lambda d: directory(d.conf),
    "the configuration is a picture": lambda d: d.conf.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "the configuration has Windows line ends":
        lambda d: d.conf.write_bytes(d.conf.read_bytes().replace(b"\n", b"\r\n")),
    "the configuration has a byte order mark":
        lambda d: d.conf.write_bytes(b"\xef\xbb\xbf" + d.conf.read_bytes()),
    "the log directory is not there": lambda d: (d.dir / "log").rmdir(),
    "the state directory may not be written": lambda d: mode(d.dir / "state", 0o500),
    "the log directory may not be written": lambda d: mode(d.dir / "log", 0o500),
    "the log directory is a file": lambda d: ((d.dir / "log").rmdir(), (d.dir / "log").write_text("")),
    "the control socket is a directory":
        lambda d: replace(d, "dnssec {", 'control { socket = "/tmp" }\ndnssec {'),
    "a listener in a directory that is not there":
        lambda d: replace(d, "dnssec {", 'listen "unix:/nonexistent/in.sock" { }\ndnssec {'),
    "the queue is a directory":
        lambda d: replace(d, "dnssec {", 'queue { store = "sqlite:/tmp" }\ndnssec {'),
    "the port is taken": taken,
    "the port needs root": lambda d: replace(d, f'listen "127.0.0.1:{d.port}"',
                                             'listen "127.0.0.1:25"'),
    "the queue is of something else": queue_of_something_else,
    "another daemon has the queue": queue_in_use,
    "SIGNPOST_CONF names nothing that is there":
        lambda d: d.env.__setitem__("SIGNPOST_CONF", "/nonexistent/signpost.conf"),
}


@table("environment")
def test_environment(make_daemon, row):
    made, command, status, *words = row
    daemon = make_daemon(start=False)
    MADE[made](daemon)
    daemon.own()
    done = daemon.run(*shlex.split(command), conf="SIGNPOST_CONF" not in daemon.env)
    assert done.returncode == int(status), done
    if words and words[0]:
        says(one_line(done, "/" if done.stderr.startswith("/") else ""), words[0])
    elif status == "0":
        assert done.stderr == ""


def test_there_are_enough():
    assert sum(len(list(rows(s))) for s in
               ("configuration", "criteria", "command line", "environment")) >= 120
