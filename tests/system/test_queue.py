"""The queue and its commands; reload; what survives a restart."""

import contextlib
import json
import os
import pty
import pwd
import shlex
import signal
import smtplib
import socket
import struct
import subprocess
import threading

import pytest

import mail
from daemon import HASTY, PATIENCE, leaves, resolver, until
from mail import send, submit

WAITS = "rcpt-450@secure.example"        # deferred for an hour


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria="X-Class required SECURE\n")


def deferred(daemon, to=WAITS, *headers, **more):
    message = send(daemon, to, *headers, **more)
    daemon.waits(message)
    return message


def test_empty(make_daemon):
    daemon = make_daemon()
    assert daemon.run("queue", "list").returncode == 0
    assert leaves(daemon.json("queue", "list")) == []


def test_list(relay):
    message = deferred(relay)
    line, = [li for li in relay.ok("queue", "list").splitlines() if message in li]
    assert mail.SENDER in relay.ok("queue", "list")
    assert message in leaves(relay.json("queue", "list"))
    relay.ok("queue", "remove", message)
    assert message not in relay.ok("queue", "list")
    assert line


def test_list_is_a_line_a_message_and_a_sum(make_daemon):
    daemon = make_daemon(start=True)
    assert daemon.ok("queue", "list") == "0 messages\n"
    first = deferred(daemon, [WAITS, "rcpt-450-two@bank.example"])
    second = deferred(daemon, "rcpt-450-" + "x" * 50 + "@secure.example", sender="long@b.example")
    lines = daemon.ok("queue", "list").splitlines()
    assert [li.split()[0] for li in lines[:2]] == [first, second] and len(lines) == 3, lines
    assert lines[2].startswith("2 messages, 3 recipients, ") and "2 deferred" in lines[2]
    assert "4.7.1" in lines[0] and " +1" in lines[0] and "x" * 50 in lines[1]
    daemon.env["COLUMNS"] = "72"
    assert all(len(li) <= 72 for li in daemon.ok("queue", "list").splitlines())


def test_list_counts_who_waits(make_daemon):
    """One waits, one has it, and of one the sender was told: as status counts them."""
    daemon = make_daemon()
    gone = "rcpt-550@secure.example"
    message = submit(daemon, [gone, "rcpt@secure.example", "rcpt-450@bank.example"])
    assert daemon.delivery(message=message, to=gone)["outcome"] == "bounced"
    daemon.waits(message)                # and there is the report
    until(lambda: len(daemon.json("queue", "list")) == 1, what="that the report is delivered")
    assert daemon.json("status")["queue"]["recipients"] == 1
    line, end = daemon.ok("queue", "list").splitlines()
    assert "to rcpt-450@bank.example: " in line, line
    assert end.startswith("1 message, 1 recipient, "), end
    only, = daemon.json("queue", "list", "--summary")
    assert (only["domain"], only["status"], only["recipients"]) == ("bank.example", "4.7.1", 1)
    for words in (["--status", "5"], ["--status", "2"], ["--to", gone], ["--to", "rcpt@secure.example"],
                  ["--to", "@bank.example", "--status", "5"], ["--to", "@secure.example"]):
        assert found(daemon, *words) == [], words        # it is past, and no reason to remove it
        assert daemon.ok("queue", "remove", *words, "--yes") == "0 messages removed\n"
    assert found(daemon, "--to", "@bank.example", "--status", "4") == [message]


def test_one_is_one(make_daemon):
    """A number and its word."""
    daemon = make_daemon(start=True)
    assert "queue          0 messages, 0 recipients wait, " in daemon.ok("status")
    message = deferred(daemon)
    assert daemon.ok("queue", "list").splitlines()[-1].startswith("1 message, 1 recipient, ")
    status = daemon.ok("status")
    assert "queue          1 message, 1 recipient waits, " in status, status
    assert "came in        1 message\n" in status, status
    assert daemon.ok("queue", "hold", message) == "1 message held\n"


def found(daemon, *words):
    return sorted(m["id"] for m in daemon.json("queue", "list", *words))


def test_filters(make_daemon):
    daemon = make_daemon()
    here = deferred(daemon, WAITS)
    there = deferred(daemon, "rcpt-450@bank.example", sender="else@partner.example")
    held = deferred(daemon, WAITS)
    daemon.ok("queue", "hold", held)
    for words, ids in [(["--to", WAITS.upper()], [here, held]), (["--to", "@bank.example"], [there]),
                       (["--to", "bank.example"], []), (["--from", "@partner.example"], [there]),
                       (["--from", ""], []), (["--state", "held"], [held]),
                       (["--state", "deferred", "--to", "@secure.example"], [here]),
                       (["--status", "4.7"], [here, there, held]), (["--status", "5"], []),
                       (["--older", "1h"], []), (["--older", "1ms"], [here, there, held])]:
        assert found(daemon, *words) == sorted(ids), words
        done = daemon.run("queue", "list", *words)
        assert done.returncode == 0 and done.stdout.splitlines()[-1].startswith(f"{len(ids)} messag")
    shown = daemon.ok("queue", "list", "--summary").splitlines()
    assert shown[0].split() == ["2", "recipients", "2", "messages", "4.7.1", "secure.example"], shown
    rows = daemon.json("queue", "list", "--summary")
    assert {(r["domain"], r["status"], r["recipients"]) for r in rows} == \
        {("secure.example", "4.7.1", 2), ("bank.example", "4.7.1", 1)}


def test_a_filter_that_is_no_address_is_told(relay):
    """It is looked for as it stands: nothing is found, and a note says what to write."""
    message = deferred(relay)
    for command, option in (("queue list", "--to"), ("queue list", "--from"), ("log", "--to"),
                            ("queue remove", "--to")):
        done = relay.run(*command.split(), option, "secure.example")
        note, = done.stderr.splitlines()
        assert done.returncode == 0 and message not in done.stdout, done
        assert note.startswith("signpost: a note: ") and "write @secure.example" in note
        assert relay.run(*command.split(), option, "nobody@secure.example").stderr == ""
    relay.ok("queue", "remove", message)


def test_errands_by_filter(make_daemon):
    daemon = make_daemon()
    three = sorted(deferred(daemon, WAITS) for _ in range(3))
    other = deferred(daemon, "rcpt-450@bank.example")
    assert daemon.ok("queue", "hold", "--to", "@secure.example") == "3 messages held\n"
    assert found(daemon, "--state", "held") == three
    done = daemon.run("queue", "retry", "--state", "held")
    assert done.returncode == 1 and "queue release" in done.stderr
    assert done.stdout == "0 messages to be tried now\n"
    for verb in ("remove", "bounce"):
        done = daemon.run("queue", verb, "--state", "held")
        assert done.returncode == 2 and "--yes" in done.stderr and "3 messages" in done.stderr
    assert found(daemon) == sorted([*three, other])
    assert daemon.ok("queue", "remove", "--to", "@bank.example") == "1 message removed\n"
    assert daemon.ok("queue", "remove", "--older", "1h") == "0 messages removed\n"
    assert daemon.ok("queue", "remove", "--state", "held", "--yes") == "3 messages removed\n"
    assert found(daemon) == []
    assert daemon.json("queue", "bounce", "--all", "--yes") == {"count": 0}


@pytest.mark.parametrize("option", ["--to", "--status", "--state", "--older"])
def test_an_empty_filter_finds_nothing(relay, option):
    """As where the variable of a script is not set: it removed the whole queue."""
    message = deferred(relay)
    for verb in ("list", "hold", "remove"):
        done = relay.run("queue", verb, option, "", *["--yes"] * (verb == "remove"))
        assert done.returncode == 2 and option in done.stderr, done
        assert done.stdout == ""
    assert message in found(relay, "--state", "deferred")
    relay.ok("queue", "remove", message)


def test_more_messages_than_one_answer_has(make_daemon):
    """The list and what acts on it go on where the daemon's answer ends, after 256."""
    daemon = make_daemon()
    with mail.connect(daemon) as smtp:
        ids = [submit(daemon, WAITS, smtp=smtp) for _ in range(300)]
    until(lambda: len(found(daemon, "--state", "deferred")) == 300, what="300 that are deferred")
    assert found(daemon) == sorted(ids)
    assert daemon.ok("queue", "list").splitlines()[-1].startswith("300 messages, 300 recipients")
    assert daemon.ok("queue", "hold", "--to", WAITS) == "300 messages held\n"
    assert daemon.ok("queue", "remove", "--state", "held", "--yes") == "300 messages removed\n"
    assert found(daemon) == []


def frame(**value):
    octets = json.dumps(value).encode()
    return struct.pack(">I", len(octets)) + octets


def make_room(listener, asked):
    """A daemon that ends who has his answer, as others come: two messages, one to a conversation."""
    for last in (1, 2):
        client, _ = listener.accept()
        with client, client.makefile("rb") as request:
            asked.append(json.loads(request.read(struct.unpack(">I", request.read(4))[0])))
            client.sendall(frame(id=f"{last:011d}") + frame(end=True, more=last == 1, last=f"{last:011d}"))


def test_a_list_goes_on_where_the_daemon_made_room_for_others(make_daemon):
    """As between two parts of it, while its reader is slow."""
    daemon = make_daemon(start=False)
    path, = [row["value"] for row in daemon.json("config") if row["key"] == "socket"]
    asked = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        listener.settimeout(PATIENCE)
        other = threading.Thread(target=make_room, args=(listener, asked), daemon=True)
        other.start()
        done = daemon.run("queue", "list", "--json")
    assert done.returncode == 0, done.stderr
    assert [n for n in (1, 2) if f"{n:011d}" in done.stdout] == [1, 2]
    assert [request.get("after") for request in asked] == [None, f"{1:011d}"]


def silent(path):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(PATIENCE)
    peer.connect(path)
    return peer


def test_who_says_nothing_keeps_nobody_from_the_daemon(make_daemon):
    """However many they are, and half of them have begun to ask."""
    daemon = make_daemon()
    message = deferred(daemon)
    path, = [row["value"] for row in daemon.json("config") if row["key"] == "socket"]
    with contextlib.ExitStack() as stack:
        for n in range(400):
            peer = stack.enter_context(silent(path))
            if n % 2:
                peer.sendall(b"\0")
        assert message in daemon.ok("queue", "list")
        assert daemon.ok("queue", "hold", message) == "1 message held\n"
        asked = stack.enter_context(silent(path))
        for n in range(40):
            asked.sendall(frame(command="status"))
            assert b"uptime" in asked.recv(1) + asked.recv(1 << 20)
            stack.enter_context(silent(path))


def answer(listener, messages):
    """A daemon that lists so many messages, does what it is asked to 256 of them, and is gone."""
    client, _ = listener.accept()
    with client, client.makefile("rb") as asked:
        for answer_to in (b"".join(frame(id=f"{i:011d}") for i in range(1, messages + 1)) + frame(end=True),
                          frame(end=True, count=256)):
            asked.read(struct.unpack(">I", asked.read(4))[0])
            client.sendall(answer_to)
        asked.read(struct.unpack(">I", asked.read(4))[0])


def test_what_was_done_is_told_where_the_daemon_goes_away(make_daemon):
    daemon = make_daemon(start=False)
    path, = [row["value"] for row in daemon.json("config") if row["key"] == "socket"]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        listener.settimeout(PATIENCE)
        other = threading.Thread(target=answer, args=(listener, 300))
        other.start()
        done = daemon.run("queue", "remove", "--state", "held", "--yes")
        other.join()
    assert done.returncode == 3 and done.stdout == "256 messages removed\n", done
    assert len(done.stderr.splitlines()) == 1


def test_remove_asks_on_a_terminal(make_daemon):
    daemon = make_daemon()
    for _ in range(2):
        deferred(daemon, WAITS)
    for answer, left in ((b"n\n", 2), (b"y\n", 0)):
        ours, theirs = pty.openpty()
        process = daemon.popen("queue", "-c", str(daemon.conf), "remove", "--all",
                               stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            said += os.read(ours, 1000)
        assert b"remove 2 messages?" in said
        os.write(ours, answer)
        assert process.wait(PATIENCE) == (1 if left else 0)
        os.close(ours)
        assert len(found(daemon)) == left


def test_show(relay):
    message = deferred(relay, [WAITS, "fine@bank.example"])
    shown = relay.ok("queue", "show", message)
    for word in (message, mail.SENDER, WAITS, "4.7.1", "not now, says the test"):
        assert word in shown, (word, shown)
    assert message in leaves(relay.json("queue", "show", message))
    relay.ok("queue", "remove", message)


@pytest.mark.parametrize("command", ["show", "retry", "remove"])
def test_unknown(relay, command):
    for name in ("nonesuch", "0", "ffffffffffffffff"):
        assert relay.run("queue", command, name).returncode == 1


@pytest.mark.parametrize("words", [[], ["fly"], ["show"], ["retry"], ["remove"], ["list", "--bad"],
                                   ["remove", "--all"], ["bounce", "--all"], ["list", "x"],
                                   ["list", "--all"], ["retry", "x", "--all"], ["show", "--all"],
                                   ["hold", "x", "--to", "a@b"], ["list", "--state", "waiting"],
                                   ["list", "--older", "soon"], ["list", "--status", "4" * 20]])
def test_usage(relay, words):
    done = relay.run("queue", *words)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_retry(relay, received):
    to = "once-450-queue-retry@secure.example"
    message = deferred(relay, to)
    relay.ok("queue", "retry", message)
    assert relay.delivery(message=message, outcome="delivered")
    assert len(received.having("", to)) == 1
    until(lambda: message not in relay.ok("queue", "list"))


def test_retry_all(relay):
    ids = [deferred(relay, f"once-450-all-{i}@secure.example") for i in range(3)]
    relay.ok("queue", "retry", "--all")
    for message in ids:
        assert relay.delivery(message=message, outcome="delivered")


def proposed(daemon, done):
    """The words of the command with which an error ends, to be run as it is printed."""
    words = shlex.split(done.stderr[done.stderr.index(": signpost ") + 2:])
    assert words[:2] == ["signpost", "-c"], words
    return words[3:]


def test_hold_and_release_all(relay):
    """Held mail is not tried, whatever is asked of all; the others go on."""
    message = deferred(relay, "once-450-held@secure.example")
    relay.ok("queue", "hold", "--all")
    assert relay.json("queue", "show", message)["state"] == "held"
    done = relay.run("queue", "retry", message)
    assert done.returncode == 1 and done.stdout == "", done
    assert done.stderr.startswith("signpost: the message is held: "), done
    assert proposed(relay, done) == ["queue", "release", message]
    done = relay.run("queue", "retry", "--to", "once-450-held@secure.example")
    assert done.returncode == 1 and proposed(relay, done) == ["queue", "release", message], done
    done = relay.run("queue", "retry", "--all")
    assert done.returncode == 1 and done.stdout == "", done
    assert "all that waits is held" in done.stderr
    release = proposed(relay, done)
    assert release == ["queue", "release", "--all"]
    assert relay.delivery(message=send(relay, "after-hold@secure.example"), outcome="delivered")
    assert len(relay.deliveries(message=message)) == 1
    relay.ok(*release)
    assert relay.delivery(message=message, outcome="delivered")


def test_release_of_what_is_not_held(relay):
    message = deferred(relay, WAITS)
    done = relay.run("queue", "release", message)
    assert done.returncode == 1 and done.stdout == "", done
    assert "not held" in done.stderr and proposed(relay, done) == ["queue", "retry", message]
    relay.ok("queue", "remove", message)


def test_bounce(relay, received):
    """Given up without another attempt, which would succeed; the sender is told."""
    message = deferred(relay, "once-450-bounced@secure.example", sender="giveup@secure.example")
    relay.ok("queue", "hold", message)
    relay.ok("queue", "bounce", message)
    record = relay.delivery(message=message, outcome="bounced")
    assert "by order of an administrator: mx.secure.example: 450 4.7.1" in record["reply"], record
    assert record["status"] == "5.4.7" and len(relay.deliveries(message=message)) == 2
    assert until(lambda: [e for e in received.having(message, "giveup@secure.example")
                          if e["from"] == ""])
    assert not received.having(message, "once-450-bounced@secure.example")
    assert relay.run("queue", "show", message).returncode == 1


def test_bounce_of_what_nobody_could_be_reached_for(make_daemon):
    """The report has what was found at the attempt that was made, and nothing of others."""
    daemon = make_daemon(criteria="To * SECURE\n")
    message = deferred(daemon, "a@mixed-refused.example")
    found, = daemon.deliveries(message=message)
    daemon.ok("queue", "bounce", message)
    record = daemon.delivery(message=message, outcome="bounced")
    assert record["reply"].endswith(": " + found["reply"]), (record, found)
    assert "another message" not in record["reply"] and "a moment ago" not in record["reply"]


def state(daemon, message):
    done = daemon.run("queue", "show", message, "--json")
    return json.loads(done.stdout)["state"] if done.returncode == 0 else None


def test_failed_is_kept(relay):
    """A message from <> whose recipients all failed: nobody is told, it is kept as failed."""
    message = submit(relay, ["rcpt-550@secure.example", "nobody@nope.com"], sender="")
    assert until(lambda: state(relay, message) == "failed")
    assert relay.json("status")["queue"]["failed"] == 1
    assert "1 failed" in relay.ok("status")
    for command, words in (("bounce", "nobody is to be told"), ("hold", "queue retry"),
                           ("release", "queue retry")):
        done = relay.run("queue", command, message)
        assert done.returncode == 1 and words in done.stderr, done
    relay.ok("queue", "hold", "--all")
    relay.ok("queue", "release", "--all")
    assert state(relay, message) == "failed"
    relay.ok("queue", "retry", message)
    until(lambda: len(relay.deliveries(message=message, to="rcpt-550@secure.example")) == 2)
    assert until(lambda: state(relay, message) == "failed")
    relay.ok("queue", "remove", message)
    assert relay.json("status")["queue"]["failed"] == 0


def test_failed_is_forgotten(make_daemon):
    daemon = make_daemon(more='queue { keep-failed = "1s" }')
    message = submit(daemon, "rcpt-550@secure.example", sender="")
    assert daemon.delivery(message=message, outcome="bounced")
    assert until(lambda: state(daemon, message) is None)


def test_one_that_waits_is_not_held_by_one_that_failed(relay):
    message = submit(relay, ["rcpt-550@secure.example", "once-450-null@secure.example"], sender="")
    relay.waits(message)
    relay.ok("queue", "retry", message)
    assert relay.delivery(message=message, outcome="delivered")
    assert until(lambda: state(relay, message) == "failed")
    relay.ok("queue", "remove", message)


def test_remove_is_final_and_silent(relay, received):
    message = deferred(relay, "once-450-removed@secure.example")
    relay.ok("queue", "remove", message)
    assert relay.run("queue", "show", message).returncode == 1
    relay.ok("queue", "retry", "--all")
    send(relay, "z@secure.example")
    assert not received.having("", "once-450-removed@secure.example")
    assert not [e for e in received.all() if e["from"] == "" and message in e["data"]]


def test_survives_a_restart(make_daemon, received):
    daemon = make_daemon()
    message = deferred(daemon, "once-450-restart@secure.example", "X-Mark: restart-mark")
    shown = json.dumps(daemon.json("queue", "show", message))
    daemon.stop()
    daemon.start()
    assert message in daemon.ok("queue", "list")
    assert mail.SENDER in shown
    daemon.ok("queue", "retry", message)
    assert daemon.delivery(message=message, outcome="delivered")
    assert "restart-mark" in received.wait("", to="once-450-restart@secure.example")[0]["data"]


def test_what_waits_is_in_the_database_when_nothing_happens(make_daemon):
    """Not in its log alone, for as long as the daemon has nothing to do: it is emptied."""
    daemon = make_daemon()
    message = deferred(daemon)
    log = daemon.dir / "state/queue.db-wal"
    until(lambda: log.stat().st_size == 0)
    assert message in daemon.ok("queue", "list")
    daemon.kill()
    log.unlink()
    daemon.start()
    assert message in daemon.ok("queue", "list")


def transactions(log):
    """How many end in a log of SQLite's: their last frame has the size of the database."""
    frame = 24 + 16384
    return sum(any(log[at + 4:at + 8]) for at in range(32, len(log) - frame + 1, frame))


def test_a_flipped_bit_in_the_log_is_told(make_daemon):
    """SQLite reads up to there and says nothing: what was taken later is lost, and a copy kept."""
    daemon = make_daemon()
    log = daemon.dir / "state/queue.db-wal"
    until(lambda: log.stat().st_size == 0)
    octets = bytearray()
    while transactions(octets) < 3:      # on a slow machine it is empty again by then
        daemon.process.send_signal(signal.SIGCONT)
        messages = [deferred(daemon) for _ in range(3)]
        daemon.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, daemon.process.pid, os.WSTOPPED)    # each thread of it, by now
        octets = bytearray(log.read_bytes())
    daemon.kill()
    octets[32 + 24 + 100] ^= 1
    log.write_bytes(octets)
    daemon.start()
    line, = [li for li in daemon.stderr.splitlines() if "queue.db-wal: damaged at octet 32:" in li]
    assert " error queue " in line and "transactions" in line
    assert (daemon.dir / "state/queue.db-wal-damaged").read_bytes() == bytes(octets)
    assert not [m for m in messages if m in daemon.ok("queue", "list")]


def test_a_flipped_bit_in_the_database_is_told(make_daemon):
    """Which message, and why: at the start, and when it is its turn; it is held, others go on."""
    daemon = make_daemon()
    good = deferred(daemon, "once-450-beside@secure.example")
    bad = deferred(daemon, WAITS, "X-Mark: marked-to-be-flipped")
    daemon.stop()
    path = daemon.dir / "state/queue.db"
    octets = bytearray(path.read_bytes())
    octets[octets.index(b"marked-to-be-flipped")] ^= 1
    path.write_bytes(octets)
    daemon.start()
    line, = [li for li in daemon.stderr.splitlines() if f"message {bad}" in li]
    assert " error queue " in line and "content is damaged" in line
    daemon.ok("queue", "retry", "--all")
    assert daemon.delivery(message=good, outcome="delivered")
    assert until(lambda: state(daemon, bad) == "held")
    assert [li for li in daemon.stderr.splitlines() if f"message={bad} is damaged" in li]
    assert len(daemon.deliveries(message=bad)) == 1


def test_the_waiting_do_not_begin_early_after_a_restart(make_daemon):
    daemon = make_daemon()
    message = deferred(daemon)
    daemon.stop()
    daemon.start()
    assert daemon.delivery(message=send(daemon, "a@secure.example"))
    assert len(daemon.deliveries(message=message)) == 1


def test_no_daemon_exit_3(make_daemon):
    daemon = make_daemon(start=False)
    for words in (["queue", "list"], ["queue", "retry", "--all"], ["status"], ["reload"]):
        done = daemon.run(*words)
        assert done.returncode == 3, (words, done.stderr)
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_no_right_to_ask_is_not_absence(make_daemon):
    """Neither where the socket nor where its directory is closed to who asks."""
    daemon = make_daemon(more='control { mode = "0600" }')
    asks = pwd.getpwnam("daemon")
    for mode in (0o755, 0o700):
        (daemon.dir / "state").chmod(mode)
        for words in (["status"], ["queue", "list"], ["reload"]):
            done = subprocess.run([daemon.program, *words, "-c", daemon.conf], user=asks.pw_uid,
                                  group=asks.pw_gid, extra_groups=[], capture_output=True, text=True)
            assert done.returncode == 2, done
            # Where coverage is counted, this user may not add to it, and gcov says so.
            said, = [s for s in done.stderr.splitlines() if not s.startswith("profiling:")]
            assert "no right" in said and "control.sock" in said and "group" in said


def test_ids_are_unique(relay):
    with mail.connect(relay) as smtp:
        ids = [submit(relay, "a@secure.example", smtp=smtp) for _ in range(50)]
    assert len(set(ids)) == 50


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_short_disk_is_told(make_daemon):
    """With path, number and remedy: at start, by status and doctor, and where mail is refused."""
    daemon = make_daemon(start=False, top='user = "nobody"',
                         more='control { socket = "../control.sock" }')
    daemon.user = None
    daemon.wrapper = ["unshare", "--mount", "sh", "-c",
                      'mount -t tmpfs -o size=40m,mode=0777 none state && exec "$@"', "sh"]
    daemon.start()
    daemon.wrapper = ["nsenter", "--mount", "--target", str(daemon.process.pid)]
    words = ["state/queue.db", "MiB are free", "64 MiB", "452", "make room"]

    def told(text):
        return [li for li in text.splitlines() if all(w in li for w in words)]
    assert len(told(daemon.stderr)) == 1, daemon.stderr
    assert told(daemon.ok("status"))
    disk = daemon.json("status")["disk"]
    assert disk["short"] and disk["free"] < 40 << 20 and disk["reserve"] == 64 << 20
    assert told(daemon.run("doctor").stdout)
    with mail.connect(daemon) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail(mail.SENDER, "a@secure.example", mail.message("a@secure.example"))
    assert refused.value.smtp_code == 452 and b"4.3.1" in refused.value.smtp_error
    line, = [li for li in told(daemon.stderr) if "cannot store what comes in" in li]
    assert "limit" not in line
    subprocess.run([*daemon.wrapper, "mount", "-o", "remount,size=200m", daemon.dir / "state"], check=True)
    until(lambda: [li for li in daemon.stderr.splitlines()
                   if "state/queue.db: 1" in li and li.endswith("MiB are free on its disk")],
          what="that there is room again, with no mail")


# reload

def test_reload_applies_to_the_next_message(make_daemon):
    daemon = make_daemon(criteria="")
    assert daemon.delivery(message=send(daemon, "a@insecure.example"))["outcome"] == "delivered"
    daemon.criteria("To * SECURE\n")
    daemon.ok("reload")
    assert daemon.delivery(message=send(daemon, "a@insecure.example"))["status"] == "5.7.4"
    assert "SECURE" in daemon.ok("criteria", "list")


def test_reload_applies_to_mail_already_queued(make_daemon):
    """From its next attempt."""
    daemon = make_daemon(criteria="")
    message = deferred(daemon, "once-450-reload@insecure.example")
    daemon.criteria("To * SECURE\n")
    daemon.ok("reload")
    daemon.ok("queue", "retry", message)
    record = daemon.delivery(message=message, outcome="bounced")
    assert (record["status"], record["service"]) == ("5.7.4", "required")


@pytest.mark.parametrize("line", ["colour = 1", "dnssec {", 'hostname = "x', "workers = many"])
def test_a_bad_configuration_is_refused_by_the_daemon(make_daemon, line):
    """Its log has it, as each reload; who asked hears the same, once."""
    daemon = make_daemon(criteria="")
    text = daemon.conf.read_text()
    daemon.conf.write_text(f"{line}\n{text}")
    done = daemon.run("reload")
    said, = done.stderr.splitlines()
    assert done.returncode == 2 and said.startswith(f"{daemon.conf}:"), done
    logged, = [li for li in daemon.stderr.splitlines() if " reload " in li]
    assert " error reload refused" in logged and f"{daemon.conf}:" in logged, logged
    daemon.conf.write_text(text)
    daemon.ok("reload")
    other = daemon.dir / "other.conf"            # leads to the daemon, which has nothing against its own
    other.write_text(f"{line}\n{text}")
    done = daemon.run("reload", "-c", str(other), conf=False)
    assert done.returncode == 2 and done.stderr.startswith(f"{other}:"), done
    daemon.stop()
    daemon.conf.write_text(f"{line}\n{text}")
    assert daemon.run("reload").returncode == 2


def test_bad_criteria_leave_the_old_in_force(make_daemon):
    daemon = make_daemon(criteria="To * SECURE\n")
    daemon.criteria("To * SECURE\nSubject\n")
    done = daemon.run("reload")
    assert done.returncode == 2 and "dnssec.criteria:2: " in done.stderr
    line, = [li for li in daemon.stderr.splitlines() if " reload " in li]
    assert " error reload refused" in line and "dnssec.criteria:2: " in line
    assert daemon.delivery(message=send(daemon, "a@insecure.example"))["status"] == "5.7.4"


def test_bad_configuration_leaves_the_old_in_force(make_daemon):
    daemon = make_daemon(criteria="To * SECURE\n")
    good = daemon.conf.read_text()
    daemon.conf.write_text(good + "colour = 1\n")
    daemon.criteria("")                  # would be good by itself: whole or not at all
    assert daemon.run("reload").returncode == 2
    daemon.conf.write_text(good)
    assert daemon.delivery(message=send(daemon, "a@insecure.example"))["status"] == "5.7.4"


def test_reload_of_routes(make_daemon, lab):
    daemon = make_daemon()
    text = daemon.conf.read_text()
    daemon.conf.write_text(
        text + f'route "routed.example" {{ via = "[127.0.1.2]:{lab["smtp_port"]}" }}\n')
    daemon.ok("reload")
    assert daemon.delivery(message=send(daemon, "a@routed.example"))["address"] == "127.0.1.2"


# status, log

def test_status(relay, lab):
    relay.delivery(message=send(relay, "a@secure.example", "X-Class: required"))
    shown = relay.ok("status")
    assert lab["validating"] in shown
    until(lambda: lab["validating"] in [str(v) for v in leaves(relay.json("status"))]
          or lab["validating"] in json.dumps(relay.json("status")))
    for word in ("required", "secure", "queue"):
        assert word in shown.lower(), (word, shown)


def test_status_says_what_is_known_of_a_server(make_daemon, lab):
    daemon = make_daemon(resolvers=resolver(lab["dead"], HASTY))
    daemon.delivery(message=send(daemon, "a@secure.example"), outcome="deferred")
    shown = daemon.ok("status")
    assert "has never answered" in shown and " answering" not in shown, shown
    assert [s["answering"] for s in daemon.json("status")["servers"]] == [False]
    other = make_daemon(resolvers=resolver(lab["validating"]))
    other.delivery(message=send(other, "a@secure.example"))
    assert "      answering, " in other.ok("status")


def test_log(relay):
    message = send(relay, "log-me@secure.example", "X-Class: required")
    record = relay.delivery(message=message)
    block = relay.block(record)
    shown = relay.ok("log", "--message", message)
    assert [li for li in shown.splitlines() if record["session"] in li] and block.lines[-1] in shown
    assert "log-me@secure.example" in relay.ok("log", "--to", "log-me@secure.example")
    assert message not in relay.ok("log", "--to", "nobody-else@secure.example")
    other = send(relay, "other@secure.example")
    relay.delivery(message=other)
    shown = relay.ok("log", "--dnssec")
    assert message in shown and other not in shown
    assert message in relay.ok("log", "--since", "1h")


def test_log_follows(relay):
    """It goes on with what is written while it runs."""
    with open(relay.dir / "followed", "wb") as out:
        process = relay.popen("log", "-c", str(relay.conf), "--follow", stdin=subprocess.DEVNULL,
                              stdout=out, stderr=subprocess.STDOUT)
    try:
        def seen():
            """Sent anew each time: when it has begun to follow cannot be seen from here."""
            relay.delivery(message=send(relay, "followed@secure.example"))
            assert process.poll() is None
            return "followed@secure.example" in (relay.dir / "followed").read_text()
        assert until(seen)
    finally:
        process.terminate()
        process.wait(PATIENCE)
