"""Configuration: defaults, FILE:LINE for what is wrong, and who may be what."""

import contextlib
import datetime
import grp
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import stat

import pytest

import dnsfake
from daemon import PATIENCE, kernel_says, read_json, until, whole_lines
from mail import send

PIN = "A" * 43 + "="
SECRET = "c2VjcmV0LW9mLXRoZS1rZXk="

# (a line put into the file, a word of the complaint)
BAD = [
    ('colour = "red"', "colour"),
    ('size-limit = "many"', "size-limit"),
    ('workers = -1', "workers"),
    ('workers = "two"', "workers"),
    ('dnssec { colour = 1 }', "colour"),
    ('dnssec { on-untrusted = "perhaps" }', "on-untrusted"),
    ('dnssec { probe-type = "NOTATYPE" }', "probe-type"),
    ('delivery { retry = {"1x"} }', "retry"),
    ('delivery { lifetime = "-5d" }', "lifetime"),
    ('delivery { port = 70000 }', "port"),
    ('delivery { ip = "ipv5" }', "ip"),
    ('delivery { bind4 = "300.1.1.1" }', "bind4"),
    ('listen "127.0.0.1" { colour = 1 }', "colour"),
    ('listen "not an address:25" { }', "not an address"),
    ('listen "127.0.0.1:2526" { relay-from = {"127.0.0.0/33"} }', "relay-from"),
    ('resolver "127.0.0.1:99999" { }', "99999"),
    ('resolver "127.0.0.1:0" { }', "127.0.0.1:0"),
    ('resolver "127.0.0.1:53" { channel = "pigeon" }', "channel"),
    ('resolver "127.0.0.1:53" { trust = "perhaps" }', "trust"),
    ('resolver "127.0.0.1:53" { timeout = "soon" }', "timeout"),
    ('resolver "127.0.0.1" { tls-name = "dns.example" }', "tls-name"),
    ('resolver "127.0.0.1" { channel = "tls" tls-name = "a b" }', "tls-name"),
    (f'resolver "127.0.0.1" {{ channel = "tcp" tls-pin = {{"{PIN}"}} }}', "tls-pin"),
    ('resolver "127.0.0.1" { channel = "tls" tls-pin = {"QQ=="} }', "tls-pin"),
    (f'resolver "127.0.0.1" {{ channel = "tls" tls-pin = {{"{PIN}A"}} }}', "tls-pin"),
    ('resolver "127.0.0.1" { channel = "tls" tls-ca-file = "gone.pem" }', "gone.pem"),
    ('resolver "127.0.0.1" { tls-ca-file = "signpost.conf" }', "tls-ca-file"),
    (f'resolver "127.0.0.1" {{ tsig-key = "k:hmac-md5:{SECRET}" }}', "algorithm"),
    (f'resolver "127.0.0.1" {{ tsig-key = "k:hmac-sha256:{SECRET}!" }}', "base64"),
    (f'resolver "127.0.0.1" {{ tsig-key = "{SECRET}" }}', "tsig-key"),
    (f'resolver "127.0.0.1" {{ tsig-key = "a:{SECRET}" }}', "tsig-key"),
    (f'resolver "127.0.0.1" {{ channel = "tls" tsig-key = "k:hmac-sha256:{SECRET}" }}', "tsig-key"),
    (f'resolver "embedded" {{ tsig-key = "k:hmac-sha256:{SECRET}" }}', "tsig-key"),
    (f'resolver "127.0.0.1" {{ tsig-key "k:hmac-sha256:{SECRET}" }}', "tsig-key"),
    ('resolver "127.0.0.1" { channel = "tcp" mix-case = true }', "mix-case"),
    ('resolver "127.0.0.1" { mix-case = "some" }', "mix-case"),
    ('resolver "127.0.0.1" { trust-anchor-file = "signpost.conf" }', "trust-anchor-file"),
    ('resolver "127.0.0.1" { forward = {"127.0.0.2"} }', "forward"),
    ('resolver "embedded" { trust-anchor-file = "gone.key" }', "gone.key"),
    ('resolver "embedded" { channel = "udp" }', "channel"),
    ('resolver "embedded" { forward = {"ns1.example"} }', "forward"),
    ('dnssec { probe-denial = "a..b" }', "probe-denial"),
    ('dnssec { probe-bogus = "a b" }', "probe-bogus"),
    ('route "x.example" { via = "[192.0.2.1" }', "via"),
    ('queue { store = "floppy:a" }', "store"),
    ('limits { recipients = "all" }', "recipients"),
    ('dnssec {', None),
]


@pytest.fixture
def relay(make_daemon):
    return make_daemon(start=False)


@pytest.mark.parametrize("line, word", BAD, ids=[b[0] for b in BAD])
def test_bad_configuration(relay, line, word):
    """serve and every other command say it in one line, with file and line; exit 2."""
    text = relay.conf.read_text().rstrip("\n")
    relay.conf.write_text(text + "\n" + line + "\n")
    number = len(text.split("\n")) + 1
    for command in (["serve"], ["criteria", "list"]):
        done = relay.run(*command)
        assert done.returncode == 2, (command, done.stderr)
        assert f"signpost.conf:{number}" in done.stderr or word is None \
            and "signpost.conf:" in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert SECRET not in done.stderr
        if word:
            assert word in done.stderr


# What is found only as the daemon starts: (a line, what it takes the place of, words).
AT_START = [
    ('listen "192.0.2.1:2525" { }', None, ["192.0.2.1:2525", "assign"]),
    ('listen "unix:{dir}/gone/in.sock" { }', None, ["gone/in.sock", "No such file"]),
    ('log-directory = "/proc/gone"', "log-directory", ["log-directory", "/proc/gone"]),
    ('log-directory = "{dir}/signpost.conf"', "log-directory", ["log", "Not a directory"]),
    ('state-directory = "/proc/gone"', "state-directory", ["state-directory", "/proc/gone"]),
    ('control { socket = "/proc/gone.sock" }', None, ["/proc/gone.sock"]),
    ('queue { store = "sqlite:/proc/gone/queue.db" }', None, ["/proc/gone/queue.db"]),
    ('dnssec { criteria = "state" }', "dnssec {", ["criteria", "Is a directory"]),
]


@pytest.mark.parametrize("line, instead, words", AT_START, ids=[a[0] for a in AT_START])
def test_what_is_found_at_start_has_its_line(relay, line, instead, words):
    line = line.replace("{dir}", str(relay.dir))
    kept = [li for li in relay.conf.read_text().splitlines()
            if not instead or not li.startswith(instead)]
    relay.conf.write_text("\n".join([*kept, line]) + "\n")
    done = relay.run("serve")
    assert done.returncode == 2
    said = done.stderr.splitlines()[-1]
    assert said.startswith(f"{relay.conf}:{len(kept) + 1}: "), done.stderr
    assert all(w in said for w in words), said


def test_a_user_who_is_not_there_has_its_line(relay):
    if os.geteuid() != 0:
        pytest.skip("only root becomes somebody else")
    text = relay.conf.read_text()
    relay.conf.write_text(text + 'user = "nobody-of-this-name"\n')
    relay.user = None
    done = relay.run("serve")
    assert done.returncode == 2
    line = len(text.splitlines()) + 1
    assert f"{relay.conf}:{line}: user " in done.stderr, done.stderr


def test_an_address_in_use_has_its_line(relay):
    with socket.create_server(("127.0.0.1", relay.port)):
        done = relay.run("serve")
    lines = relay.conf.read_text().splitlines()
    number = next(i for i, li in enumerate(lines, 1) if li.startswith("listen "))
    assert done.returncode == 2
    assert f"{relay.conf}:{number}: cannot listen on " in done.stderr, done.stderr


@pytest.mark.parametrize("line", ["colour = 1", "dnssec {", "}", 'hostname = "x', "workers = many"])
def test_commands_that_need_but_a_path_go_on(make_daemon, line):
    daemon = make_daemon()
    daemon.delivery(message=send(daemon, "a@secure.example"))
    text = daemon.conf.read_text()
    daemon.conf.write_text(f"{line}\n{text}")
    for command in (["status"], ["queue", "list"], ["log"]):
        done = daemon.run(*command)
        warning, = done.stderr.splitlines()
        assert done.returncode == 0 and done.stdout, (command, done)
        assert f"{daemon.conf}:" in warning and "goes on" in warning, warning
    for command in (["reload"], ["doctor"], ["criteria", "list"]):
        done = daemon.run(*command)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, (command, done)
    assert daemon.run("queue", "-c", "/nonexistent", "list", conf=False).returncode == 2


def test_config_shows_what_is_in_force(relay):
    relay.conf.write_text(relay.conf.read_text() + 'limits { errors = 7 idle = "300s" }\n'
                          'resolver "::1" { tsig-key = "k:hmac-sha256:%s" }\n' % SECRET)
    line = len(relay.conf.read_text().splitlines()) - 1
    shown = [li.split() for li in relay.ok("config").splitlines()]
    assert ["errors", "=", '"7"', "#", f"{relay.conf}:{line}"] in shown
    assert ["idle", "=", '"300s"', "#", f"{relay.conf}:{line}"] in shown
    assert ["workers", "=", '"0"', "#", "default"] in shown
    changed = relay.ok("config", "--changed")
    assert "errors" in changed and "idle" not in changed and "workers" not in changed
    assert SECRET not in relay.ok("config") + json.dumps(relay.json("config"))
    row, = [r for r in relay.json("config", "--changed") if r["key"] == "errors"]
    assert (row["section"], row["value"], row["from"]) == ("limits", "7", f"{relay.conf}:{line}")
    again = relay.dir / "again.conf"    # what it prints can be read; of a secret it cannot
    for options in ([], ["--changed"]):
        again.write_text(relay.ok("config", *options).replace("(not shown)", f"k:hmac-sha256:{SECRET}"))
        done = relay.run("criteria", "-c", str(again), "list", conf=False)
        assert done.returncode == 0, done.stderr


def test_config_shows_values_that_can_be_read_again(relay):
    first, again = relay.dir / "first.conf", relay.dir / "again.conf"
    first.write_text('log-directory = "/a\\${b}$c\\"d\\\\e"\n')
    again.write_text(relay.run("config", "-c", first, "--changed", conf=False).stdout)
    for file in (first, again):
        row, = read_json(relay.run("config", "-c", file, "--changed", "--json", conf=False).stdout)
        assert (row["key"], row["value"]) == ("log-directory", '/a${b}$c"d\\e'), again.read_text()


def test_a_ca_file_without_a_certificate(make_daemon):
    """serve refuses at start what could never work, and reload what is in force."""
    good = make_daemon()
    bad = make_daemon(start=False)
    for relay in (good, bad):
        relay.conf.write_text(
            relay.conf.read_text()
            + 'resolver "192.0.2.1" { channel = "tls" tls-name = "a.example"'
              ' tls-ca-file = "signpost.conf" }\n')
    done = bad.run("serve")
    assert done.returncode == 2 and "signpost.conf:" in done.stderr
    assert "tls-ca-file" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    done = good.run("reload")
    assert done.returncode == 2 and "tls-ca-file" in done.stderr, done.stderr
    assert good.json("status")["servers"]


def test_a_key_in_a_file(make_daemon):
    """By itself, or as tsig-keygen writes it; relative to the configuration file."""
    for text in (f"k.example:hmac-sha256:{SECRET}\n",
                 f'key "k.example" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n'):
        relay = make_daemon(start=False, resolvers='resolver "127.0.0.1" { tsig-key = "tsig.key" }')
        done = relay.run("criteria", "list")
        assert done.returncode == 2 and "tsig-key" in done.stderr
        (relay.dir / "tsig.key").write_text(text)
        (relay.dir / "tsig.key").chmod(0o644)
        relay.ok("criteria", "list")


def test_missing_file(relay):
    done = relay.run("serve", "-c", "/nonexistent/x.conf", conf=False)
    assert done.returncode == 2 and "/nonexistent/x.conf" in done.stderr


def test_missing_criteria_file_that_is_named(relay):
    (relay.dir / "dnssec.criteria").unlink()
    text = relay.conf.read_text().replace("dnssec {", 'dnssec { criteria = "gone.criteria" ')
    relay.conf.write_text(text)
    done = relay.run("serve")
    assert done.returncode == 2 and "gone.criteria" in done.stderr


def test_bad_criteria_at_start(relay):
    relay.criteria("To *\nSubject\n")
    done = relay.run("serve")
    assert done.returncode == 2 and "dnssec.criteria:2: " in done.stderr


def test_option_before_or_after_the_command(relay):
    for words in (["-c", str(relay.conf), "criteria", "list"],
                  ["criteria", "list", "-c", str(relay.conf)],
                  ["criteria", "-c", str(relay.conf), "list"]):
        assert relay.run(*words, conf=False).returncode == 0, words


def test_configuration_by_environment(relay):
    relay.criteria("X-Env * SECURE\n")
    relay.env["SIGNPOST_CONF"] = str(relay.conf)
    assert "X-Env" in relay.ok("criteria", "list", conf=False)


def test_paths_are_relative_to_the_file(make_daemon):
    daemon = make_daemon(start=False)
    text = daemon.conf.read_text().replace(f"{daemon.dir}/state", "state").replace(
        f"{daemon.dir}/log", "log")
    daemon.conf.write_text(text)
    daemon.start()
    assert daemon.ok("queue", "list") is not None
    until(lambda: list((daemon.dir / "state").iterdir()))
    assert (daemon.dir / "state/queue.db").exists()
    assert (daemon.dir / "state/control.sock").exists()


def test_address_in_use(make_daemon):
    daemon = make_daemon(start=False)
    with socket.create_server(("127.0.0.1", daemon.port)):
        done = daemon.run("serve")
    assert done.returncode != 0 and str(daemon.port) in done.stderr


def test_a_second_daemon_on_the_same_port_is_refused(make_daemon):
    """Though each has its own queue, and its workers share the port among themselves."""
    first = make_daemon(top="workers = 2")
    second = make_daemon(start=False, top="workers = 2")
    second.conf.write_text(second.conf.read_text().replace(f":{second.port}", f":{first.port}"))
    done = second.run("serve")
    assert done.returncode == 2 and f"127.0.0.1:{first.port}" in done.stderr
    assert "another signpost" in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (second.dir / "state/control.sock").exists()
    first.ok("status")


def says(path, *lines):
    """A session over a socket in the file system, one line after the other; the replies."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(PATIENCE)
        s.connect(str(path))
        file = s.makefile("rwb")
        replies = [file.readline()]
        for line in lines:
            file.write(line.encode() + b"\r\n")
            file.flush()
            replies.append(file.readline())
        return replies


def greets(path):
    return says(path)[0].startswith(b"220 ")


def test_received_says_which_local_user(make_daemon, received):
    daemon = make_daemon(more='listen "unix:submit.sock" { }')
    replies = says(daemon.dir / "state/submit.sock", "HELO me.example", "MAIL FROM:<a@b.example>",
                   "RCPT TO:<x@secure.example>", "DATA", "Subject: local\r\n\r\nx\r\n.")
    message = replies[-1].split()[-1].decode()
    assert daemon.delivery(message=message, outcome="delivered")
    data = received.having(message, "x@secure.example")[0]["data"]
    assert f"Received: from local user {os.geteuid()} (me.example)" in data


def test_a_listener_in_the_file_system(make_daemon):
    """Below the state directory, as its mode says from the first; it goes with the daemon."""
    daemon = make_daemon(more='listen "unix:submit.sock" { mode = "0620" }')
    path = daemon.dir / "state/submit.sock"
    assert path.stat().st_mode & 0o777 == 0o620
    assert greets(path)
    other = daemon.dir / "second.conf"
    other.write_text(daemon.conf.read_text().replace(f":{daemon.port}", f":{dnsfake.free_port()}"))
    daemon.own()
    done = daemon.run("serve", "-c", str(other), conf=False)
    assert done.returncode == 2 and "submit.sock" in done.stderr, done.stderr
    assert greets(path)                  # the one that lives was left alone
    daemon.kill()
    assert path.exists()
    daemon.start()                       # what a dead one has left is in nobody's way
    assert greets(path)
    daemon.stop()
    assert list((daemon.dir / "state").glob("*.sock")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a socket away")
def test_whose_the_sockets_are(make_daemon):
    daemon = make_daemon(start=False, top='user = "nobody"',
                         more='listen "unix:submit.sock" { group = "mail" }\n'
                              'control { mode = "0600" group = "adm" }')
    daemon.user = None
    daemon.start()
    for name, mode, group in (("submit.sock", 0o660, "mail"), ("control.sock", 0o600, "adm")):
        st = (daemon.dir / "state" / name).stat()
        assert (st.st_mode & 0o777, st.st_uid) == (mode, pwd.getpwnam("nobody").pw_uid), name
        assert st.st_gid == grp.getgrnam(group).gr_gid, name


def test_ends_on_sigterm_and_sigint(make_daemon):
    for number in (signal.SIGTERM, signal.SIGINT):
        daemon = make_daemon()
        daemon.process.send_signal(number)
        assert daemon.process.wait(PATIENCE) == 0


def test_a_second_daemon_on_the_same_queue_is_refused(make_daemon):
    first = make_daemon()
    text = first.conf.read_text().replace(f":{first.port}", f":{dnsfake.free_port()}")
    other = first.dir / "second.conf"
    other.write_text(text + 'control { socket = "second.sock" }\n')
    first.own()
    done = first.run("serve", "-c", str(other), conf=False)
    assert done.returncode == 2 and "queue.db: in use by process" in done.stderr, done.stderr
    assert first.ok("queue", "list") is not None


def test_user(make_daemon):
    """As root it becomes the user that is named; else it says, once, that it cannot."""
    daemon = make_daemon(start=False, top='user = "nobody"')
    as_root = os.geteuid() == 0
    daemon.user = None
    daemon.start()
    assert daemon.ok("queue", "list") is not None
    if as_root:
        who = pwd.getpwnam("nobody")
        for task in kernel_says(daemon.process):
            assert task["Uid"].split() == [str(who.pw_uid)] * 4
            assert task["Gid"].split() == [str(who.pw_gid)] * 4
            assert int(task["CapBnd"], 16) == 0
    else:
        assert len([li for li in daemon.stderr.splitlines() if "user" in li]) == 1


NAMELESS = pytest.mark.skipif(os.geteuid() != 0, reason="who is not root becomes nobody else")


def refused_as_root(daemon, words):
    daemon.user = None
    done = daemon.run("serve")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert not (daemon.dir / "state/queue.db").exists()
    return done.stderr


@NAMELESS
def test_root_does_not_stay_root(make_daemon):
    """Unless that is written: neither for want of the user, nor of a word."""
    def configured(top):
        return make_daemon(start=False, top=top)
    words = ["no such user", "useradd", 'user = "root"']
    refused_as_root(configured('user = "nonesuch"'), words + ["nonesuch"])
    refused_as_root(configured('user = "nonesuch; reboot"'), ["no such user", 'user = "root"'])
    refused_as_root(configured('user = ""'), ["empty", 'user = "root"'])
    if "signpost" not in [who.pw_name for who in pwd.getpwall()]:
        refused_as_root(configured(""), words + ["signpost"])
    daemon = configured('user = "root"')
    daemon.user = None
    daemon.start()
    assert kernel_says(daemon.process)[0]["NoNewPrivs"].strip() == "1"


@NAMELESS
def test_the_remedy_makes_the_user(make_daemon):
    """The command that is named is run, where /etc is a copy, and then it starts."""
    daemon = make_daemon(start=False, top='user = "spuser"')
    said = refused_as_root(daemon, ["no such user"])
    command = re.search(r'make it with "([^"]*)"', said).group(1)
    shutil.copytree("/etc", daemon.dir / "etc", symlinks=True)
    (daemon.dir / "state").rmdir()
    (daemon.dir / "log").rmdir()
    daemon.wrapper = ["unshare", "--mount", "sh", "-c",
                      f'mount --bind etc /etc && {command} && exec "$@"', "sh"]
    daemon.start()
    uid = kernel_says(daemon.process)[0]["Uid"].split()[0]
    assert uid != "0" and (daemon.dir / "state/queue.db").stat().st_uid == int(uid)


@NAMELESS
def test_files_are_read_as_the_user_it_becomes(make_daemon):
    """What a reload could not read fails at start."""
    daemon = make_daemon(start=False, top='user = "nobody"', criteria="To *\n")
    for path in (daemon.conf, daemon.dir / "dnssec.criteria"):
        os.chown(path, 0, 0)
        path.chmod(0o600)
        said = refused_as_root(daemon, [path.name, "Permission denied"])
        assert "nobody" in said or path != daemon.conf
        path.chmod(0o644)
    daemon.start()
    assert daemon.ok("queue", "list") is not None


def hang_up(daemon):
    """SIGHUP; what the log says of it."""
    began = len(whole_lines(daemon.dir / "stderr"))
    daemon.process.send_signal(signal.SIGHUP)
    return until(lambda: [li for li in whole_lines(daemon.dir / "stderr")[began:] if " reopen " in li],
                 what="how it went")[0]


def test_sighup_says_what_cannot_be_opened(make_daemon):
    """The file, then the directory: what is open goes on, and the next write tries again."""
    daemon = make_daemon(top="workers = 1")
    log = daemon.dir / "log"

    def delivered(*where):
        """One more message; in which of these directories and files the block of it is."""
        message = send(daemon, "user@secure.example")
        found = until(lambda: [w for w in where for f in ([w] if w.is_file() else w.glob("smtp-out*"))
                               if f.is_file() and f"message {message}" in f.read_text()],
                      what="its block")
        return found[0]

    delivered(log)
    assert " info reopen log files are opened anew" in hang_up(daemon)
    old, = log.glob("smtp-out-*.log")
    moved = old.rename(daemon.dir / "moved.log")
    today = datetime.datetime.now(datetime.UTC)      # which may end meanwhile
    days = [log / f"smtp-out-{today + datetime.timedelta(days=d):%Y-%m-%d}.log" for d in (0, 1)]
    for day in days:
        day.mkdir()
    for _ in range(2):
        said = hang_up(daemon)
        assert " error reopen not all log files are opened anew: " in said
        assert f"log file {log}/smtp-out-" in said and ": Is a directory" in said
    assert delivered(moved, log) == moved
    for day in days:
        day.rmdir()
    assert delivered(moved, log) == log
    log.rename(daemon.dir / "log.old")
    log.write_text("")
    assert f"log directory {log}: Not a directory" in hang_up(daemon)
    assert delivered(daemon.dir / "log.old") == daemon.dir / "log.old"
    log.unlink()
    assert delivered(daemon.dir / "log.old", log) == log
    assert " info reopen log files are opened anew" in hang_up(daemon)


def test_each_kind_of_log_file_has_trouble_of_its_own(make_daemon, one_day):
    """That one kind cannot be written is told once, whatever becomes of the others."""
    daemon = make_daemon(start=False)
    log = daemon.dir / "log"
    today = datetime.datetime.now(datetime.UTC)
    for name in ("smtp-in-%Y-%m-%d.log", "deliveries-%Y-%m-%d.jsonl"):
        (log / today.strftime(name)).mkdir(parents=True)
    daemon.own()
    daemon.start()

    def told():
        return [li for li in whole_lines(daemon.dir / "stderr") if " error journal " in li]

    for _ in range(3):
        message = send(daemon, "user@secure.example")
        until(lambda: any(f"message {message}" in f.read_text() for f in log.glob("smtp-out*")),
              what="its block")
    until(lambda: len(told()) >= 2, what="both")
    daemon.stop()
    assert sorted(re.findall(r"\((\S+)\) in", "".join(told()))) == ["deliveries", "smtp-in"], told()


def test_a_reload_says_where_it_needs_a_restart(make_daemon):
    """To the command, and in the log: what is new, what is another, and what is gone."""
    daemon = make_daemon()
    good = daemon.conf.read_text()
    lines = len(good.splitlines())
    listen = good.splitlines().index(f'listen "127.0.0.1:{daemon.port}" {{  }}') + 1
    for text, said in (
            (good + 'listen "127.0.0.1:2599" { }\n',
             f'{daemon.conf}:{lines + 1}: listen "127.0.0.1:2599" is new'),
            (good + 'workers = 7\n', f"{daemon.conf}:{lines + 1}: workers has changed"),
            (good.replace(f"127.0.0.1:{daemon.port}", "127.0.0.1:2599"),
             f'{daemon.conf}:{listen}: listen "127.0.0.1:2599" is new')):
        daemon.conf.write_text(text)
        done = daemon.run("reload")
        assert done.returncode == 2 and done.stderr == f"{said}: that needs a restart, " \
            "nothing was reloaded\n", done
        assert said.replace("\\", "\\\\") in daemon.stderr.splitlines()[-1], daemon.stderr
    daemon.conf.write_text(good)
    daemon.ok("reload")


def test_check(make_daemon):
    """All that would be read is read, nothing is made, and who runs is not in the way."""
    daemon = make_daemon(start=False)
    daemon.ok("serve", "--check")
    assert list((daemon.dir / "state").iterdir()) == []
    daemon.start()
    daemon.ok("serve", "--check")
    daemon.stop()
    before = everything(daemon.dir)
    daemon.ok("serve", "--check")
    assert everything(daemon.dir) == before
    good = daemon.conf.read_text()
    for more, words in (
            ('colour = 1', ["colour"]),
            ('control { group = "nonesuch" }', ["nonesuch", "no such group"]),
            ('listen "unix:a" { group = "nonesuch" }', ["nonesuch", "no such group"]),
            ('resolver "192.0.2.1" { channel = "tls" tls-name = "a.example"'
             ' tls-ca-file = "signpost.conf" }', ["tls-ca-file"]),
            ('queue { store = "sqlite:../signpost.conf" }', ["not a queue"])):
        daemon.conf.write_text(good + more + "\n")
        done = daemon.run("serve", "--check")
        where = f"{daemon.conf}:{len(good.splitlines()) + 1}: "
        assert done.returncode == 2 and done.stderr.startswith(where), done.stderr
        assert all(word in done.stderr for word in words), done.stderr
        assert len(done.stderr.splitlines()) == 1
    daemon.conf.write_text(good)
    daemon.criteria("To *\nSubject\n")
    done = daemon.run("serve", "--check")
    assert done.returncode == 2 and "dnssec.criteria:2: " in done.stderr


def locked(daemon):
    (daemon.dir / "locked").mkdir(mode=0o500)
    return daemon.dir / "locked"


def move(daemon, key, where):
    daemon.conf.write_text(re.sub(f'(?m)^{key} = .*$', f'{key} = "{where}"',
                                  daemon.conf.read_text()))


def add(daemon, text):
    daemon.conf.write_text(daemon.conf.read_text() + text + "\n")


def used_queue(daemon):
    daemon.start()
    daemon.stop()
    (daemon.dir / "state/queue.db").chmod(0o400)


# What the daemon could not make or write, and words of its complaint.
PLACES = {
    "state, which cannot be made": (
        lambda d: move(d, "state-directory", locked(d) / "a/b"), "state-directory: cannot make"),
    "logs, which cannot be made": (
        lambda d: move(d, "log-directory", locked(d) / "log"), "log-directory: cannot make"),
    "state below a file": (
        lambda d: move(d, "state-directory", d.conf / "state"), "Not a directory"),
    "state that may not be written": (
        lambda d: (d.dir / "state").chmod(0o500), "control.sock: Permission denied"),
    "state that may not be entered": (
        lambda d: (move(d, "state-directory", locked(d)), locked_out(d)), "Permission denied"),
    "logs that may not be written": (
        lambda d: (d.dir / "log").chmod(0o500), "log directory"),
    "a control socket in no directory": (
        lambda d: add(d, 'control { socket = "gone/c.sock" }'), "gone/c.sock: No such file"),
    "a control socket where a file is": (
        lambda d: add(d, 'control { socket = "../signpost.conf" }'), "no socket"),
    "a listener in no directory": (
        lambda d: add(d, 'listen "unix:gone/l.sock" { }'), "gone/l.sock: No such file"),
    "a listener with a long name": (
        lambda d: add(d, f'listen "unix:{"x" * 110}" {{ }}'), "too long"),
    "an address of another host": (
        lambda d: add(d, 'listen "192.0.2.1:2525" { }'), "no interface of this host"),
    "a queue in no directory": (
        lambda d: add(d, 'queue { store = "sqlite:gone/q.db" }'), "gone/q.db: "),
    "a queue that may not be written": (used_queue, "queue.db"),
}


def locked_out(daemon):
    (daemon.dir / "locked").chmod(0o600)


def everything(directory):
    return sorted((str(p), p.lstat().st_mode, p.lstat().st_uid) for p in directory.rglob("*"))


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("who", ["who runs it", pytest.param("the user of root", marks=NAMELESS)])
def test_check_says_no_where_serve_would_fail(make_daemon, name, who):
    """In a place that it could not make or write; and it leaves nothing behind."""
    spoil, words = PLACES[name]
    daemon = make_daemon(start=False, top='user = "nobody"' if "root" in who else "")
    spoil(daemon)
    daemon.own()
    if "root" in who:
        daemon.user = None
    before = everything(daemon.dir)
    checked = daemon.run("serve", "--check")
    assert everything(daemon.dir) == before
    made = "root" in who and "cannot be made" in name    # root may make what its user may not
    assert checked.returncode == (0 if made else 2), checked
    assert made or (words in checked.stderr and len(checked.stderr.splitlines()) == 1), checked
    if not made:
        done = daemon.run("serve")
        assert done.returncode == 2 and words in done.stderr, done


@NAMELESS
def test_check_reads_as_the_user(make_daemon):
    daemon = make_daemon(start=False, top='user = "nobody"', criteria="To *\n")
    daemon.user = None
    daemon.ok("serve", "--check")
    for path in (daemon.conf, daemon.dir / "dnssec.criteria"):
        os.chown(path, 0, 0)
        path.chmod(0o600)
        done = daemon.run("serve", "--check")
        assert done.returncode == 2 and "Permission denied" in done.stderr
        assert path.name in done.stderr
        path.chmod(0o644)


@NAMELESS
def test_a_user_who_is_missing_hides_nothing(make_daemon):
    """And doctor, which knows what serve would say, tells how he is made."""
    daemon = make_daemon(start=False, top='user = "nonesuch"', listen='auth-file = "bad.users"'
                         ' tls-certificate = "bad.pem" tls-key = "bad.key"', criteria="To *\nTo\n",
                         more='route "a.example" { via = "[192.0.2.1]" tls-ca-file = "bad.ca" }\n'
                         'listen "unix:x.sock" { group = "nonesuch" }\n')
    for name in ("bad.users", "bad.pem", "bad.key", "bad.ca"):
        (daemon.dir / name).write_text("no such thing\n")
        (daemon.dir / name).chmod(0o600)
    daemon.user = None
    done = daemon.run("serve", "--check")
    assert done.returncode == 2
    for words in ("there is no such user", "bad.users", "bad.pem", "bad.ca", "dnssec.criteria:2: ",
                  "there is no such group"):
        told = [li for li in done.stderr.splitlines() if words in li]
        assert len(told) == 1, (words, done.stderr)
    assert len(done.stderr.splitlines()) == 6, done.stderr
    user, = [f for f in daemon.json("doctor")["findings"] if f["code"] == "user"]
    assert user["level"] == "problem" and user["remedy"].startswith("useradd --system"), user
    assert f"{daemon.conf}:" in user["text"] and "nonesuch" in user["text"]
    done = daemon.run("doctor")
    assert done.returncode == 2 and "no such user" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="is another user than who runs it")
def test_who_is_not_root_is_told_of_a_missing_user(make_daemon):
    """serve would go on as who he is; systemd starts it as root."""
    daemon = make_daemon(start=False, top='user = "nonesuch"')
    user, = [f for f in daemon.json("doctor")["findings"] if f["code"] == "user"]
    assert user["level"] == "note" and user["remedy"].startswith("useradd --system"), user
    daemon.configure(top='user = "nobody"')
    assert not [f for f in daemon.json("doctor")["findings"] if f["code"] == "user"]


def test_rights_are_given_up(make_daemon):
    """Nothing that it executes gains a right, nothing is inherited, and it is where its files are."""
    daemon = make_daemon()
    for task in kernel_says(daemon.process):
        assert task["NoNewPrivs"].strip() == "1"
        assert [int(task[f"Cap{which}"], 16) for which in ("Inh", "Prm", "Eff", "Amb")] == [0] * 4
        assert task["Umask"].strip() == "0027"
    assert os.readlink(f"/proc/{daemon.process.pid}/cwd") == str(daemon.dir / "state")
    daemon.ok("reload")                  # from a directory that is not the one it was started in


def test_without_any_configuration(relay):
    """An ordinary user's `serve` works, in directories of his own."""
    import subprocess
    home = relay.dir / "home"
    home.mkdir()
    relay.own()
    relay.env = {"PATH": os.environ["PATH"], "HOME": str(home)}
    if os.path.exists("/etc/signpost/signpost.conf"):
        pytest.fail("this machine has a configuration in /etc/signpost")
    said = relay.dir / "out"

    def begun():
        """Again while another run of these tests has the port, which is always the same."""
        with open(said, "wb") as out:
            process = relay.popen("serve", stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        until(lambda: "signpost: ready" in said.read_text() or process.poll() is not None)
        return process if process.poll() is None or "in use" not in said.read_text() else None

    process = until(begun, what="port 2525")
    try:
        assert process.poll() is None, said.read_text()
        with socket.create_connection(("127.0.0.1", 2525), PATIENCE) as s:
            assert s.recv(100).startswith(b"220 ")
        assert relay.run("queue", "list", conf=False).returncode == 0
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_service_files_are_private(make_daemon):
    """What others may not read: the queue; what others may not write: everything."""
    daemon = make_daemon()
    for path in (daemon.dir / "state").rglob("*"):
        with contextlib.suppress(FileNotFoundError):    # one that was there for a moment
            mode = path.lstat().st_mode
            group = 0 if stat.S_ISSOCK(mode) else 0o020  # the socket's group may be the administrators'
            assert not mode & (0o002 | group), path
            assert not path.suffix.startswith(".db") or not mode & 0o044, path
