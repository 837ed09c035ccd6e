"""log-compress: files of days that are over, compressed by the daemon, and read as they are."""

import datetime
import json
import shutil
import subprocess

import pytest

from daemon import until

SESSIONS = 4000
pytestmark = pytest.mark.usefixtures("one_day")


def day(ago):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.timedelta(days=ago)).strftime("%Y-%m-%d")


def name_of(n):
    """As queue IDs look."""
    return f"1T{n:09}"


def session(date, n, way="out"):
    at = f"{date}T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.000Z [S{n}]"
    said, told = ("-->", "<--") if way == "out" else ("<--", "-->")
    lines = [f"message {name_of(n)} sender <me@a.example> size 12", f"recipient <user{n}@d{n % 7}.example>",
             f"{said} RCPT TO:<user{n}@d{n % 7}.example>", f"{told} 250 {n * 7919} of what was said", "outcome: delivered"]
    return "".join(f"{at} {line}\n" for line in lines)


def record(date, n, **more):
    return json.dumps({
        "time": f"{date}T12:00:00.000Z", "session": f"S{n}", "message": name_of(n), "from": "me@a.example",
        "to": f"user{n}@d{n % 7}.example", "domain": f"d{n % 7}.example", "service": "requested",
        "criterion": "To *", "mx_status": "insecure", "address_status": "insecure",
        "outcome": "delivered", "status": "2.0.0", **more}, separators=(",", ":")) + "\n"


def write(relay, ago, sessions=SESSIONS, **more):
    """A day's logs, as if they had been written then, more in each record; {name: text}."""
    date = day(ago)
    texts = {f"smtp-out-{date}.log": "".join(session(date, n) for n in range(sessions)),
             f"smtp-in-{date}.log": "".join(session(date, n, "in") for n in range(sessions)),
             f"deliveries-{date}.jsonl": "".join(record(date, n, **more) for n in range(sessions))}
    for name, text in texts.items():
        (relay.dir / "log" / name).write_text(text)
    relay.own()
    return texts


def same(a, b):
    """Of so much text nobody wants to see the difference."""
    return a == b


def log_names(relay):
    return {path.name for path in (relay.dir / "log").iterdir()}


def compressed(relay, names):
    until(lambda: {f"{n}.zst" for n in names} <= log_names(relay) and not names & log_names(relay),
          what="the compressed files")


def started(make_daemon, *days, record=None, **more):
    relay = make_daemon(start=False, **more)
    texts = {}
    for ago in days:
        texts.update(write(relay, ago, **record or {}))
    relay.start()
    compressed(relay, set(texts))
    return relay, texts


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return started(make_module_daemon, 4, 5)


def test_they_become_small_and_are_the_same(relay):
    daemon, texts = relay
    for name, text in texts.items():
        path = daemon.dir / "log" / f"{name}.zst"
        assert path.stat().st_size < len(text) / 5
        if shutil.which("zstdcat"):
            done = subprocess.run(["zstdcat", path], capture_output=True, check=True)
            assert same(done.stdout.decode(), text)
    assert f"log-compress smtp-out-{day(4)}.log compressed, " in daemon.stderr


def test_log_reads_them(relay):
    daemon, _ = relay
    assert daemon.ok("log").startswith("".join(session(day(5), n) for n in range(SESSIONS)))
    assert daemon.ok("log", "--in").startswith("".join(session(day(5), n, "in") for n in range(SESSIONS)))


@pytest.mark.parametrize("n", [0, 1, 2000, SESSIONS - 1])
def test_a_message_is_found(relay, n):
    daemon, _ = relay
    assert daemon.ok("log", "--message", name_of(n)) == session(day(5), n) + session(day(4), n)
    assert daemon.ok("log", "--message", name_of(n).lower()) == session(day(5), n) + session(day(4), n)
    assert daemon.ok("log", "--to", f"user{n}@D{n % 7}.example") == session(day(5), n) + session(day(4), n)
    assert daemon.ok("log", "--in", "--message", name_of(n), "--since", f"{day(4)}T00:00:00Z") == \
        session(day(4), n, "in")


def test_what_is_not_there_is_not_found(relay):
    daemon, _ = relay
    done = daemon.run("log", "--message", name_of(SESSIONS))
    assert done.returncode == 1 and name_of(SESSIONS) in done.stderr and not done.stdout


def test_the_report_counts_them(relay):
    daemon, _ = relay
    rows = daemon.json("criteria", "report")["domains"]
    assert sum(r["delivered"] for r in rows) == 2 * SESSIONS
    assert sum(r["messages"] for r in rows) == SESSIONS    # the same on both days
    rows = daemon.json("criteria", "report", "--since", f"{day(4)}T00:00:00Z")["domains"]
    assert sum(r["delivered"] for r in rows) == SESSIONS


def looked_through(relay):
    """A look through old logs is over: the one after it has written down how far it came."""
    path = relay.dir / "state/headers-removed"
    for _ in range(2):
        path.unlink(missing_ok=True)
        over = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=25)  # by an hour
        relay.ok("reload")
        until(lambda: path.exists() and path.read_text() >= over.strftime("%Y-%m-%d"), what="the last day that is over")


def test_which_stay(make_daemon):
    """Those of yesterday and of today, small ones, and all where it is off."""
    relay = make_daemon(start=False)
    stay = set(write(relay, 1)) | set(write(relay, 6, sessions=5))
    go = set(write(relay, 3))
    relay.start()
    compressed(relay, go)
    assert stay <= log_names(relay)

    relay.stop()
    relay.conf.write_text('log-compress = "0d"\n' + relay.conf.read_text())
    stay |= set(write(relay, 4))
    relay.start()
    looked_through(relay)
    assert stay <= log_names(relay)
    relay.conf.write_text(relay.conf.read_text().replace('"0d"', '"1h"'))
    relay.ok("reload")
    compressed(relay, {name for name in stay if day(4) in name})
    relay.stop()


def test_what_a_crash_left(make_daemon):
    """Both forms, or half of one: nothing is told twice, and the next start puts it in order."""
    relay = make_daemon(start=False)
    texts = write(relay, 4)
    relay.start()
    compressed(relay, set(texts))
    relay.stop()
    write(relay, 4)
    name = f"smtp-out-{day(4)}.log"
    (relay.dir / f"log/{name}.zst.new").write_text("half of it")
    relay.own()
    assert same(relay.ok("log"), texts[name])
    relay.start()
    compressed(relay, set(texts))
    until(lambda: not [n for n in log_names(relay) if n.endswith(".new")])
    assert same(relay.ok("log"), texts[name])


def test_headers_go_from_them(make_daemon):
    relay, texts = started(make_daemon, 4, dnssec='keep-headers = "9d"', record={"headers": ["Subject: secret"]})
    name = f"deliveries-{day(4)}.jsonl"
    assert relay.json("criteria", "report", "--try", "Subject *secret*")["criteria"][0]["messages"] == SESSIONS
    relay.conf.write_text(relay.conf.read_text().replace('"9d"', '"2d"'))
    relay.ok("reload")
    until(lambda: (relay.dir / "state/headers-removed").exists(), what="the day that is done")
    done = relay.run("criteria", "report", "--try", "Subject *secret*")
    assert done.returncode == 1 and "Subject" in done.stderr
    rows = relay.json("criteria", "report")["domains"]
    assert sum(r["messages"] for r in rows) == SESSIONS
    assert f"{name}.zst" in log_names(relay) and name not in log_names(relay)


def test_they_go_after_log_keep(make_daemon):
    relay, texts = started(make_daemon, 4, top='log-keep = "9d"')
    relay.conf.write_text(relay.conf.read_text().replace('"9d"', '"2d"'))
    relay.ok("reload")
    assert not {f"{n}.zst" for n in texts} & log_names(relay)


@pytest.mark.parametrize("what, words", [
    ("damaged", "is damaged: a part of it is missing here"), ("cut", "is cut short"),
    ("foreign", ""), ("foreign, cut", "is cut short: its end is missing")])
def test_what_is_damaged_is_said_and_the_rest_is_read(make_daemon, what, words):
    relay, texts = started(make_daemon, 4, 5)
    relay.stop()
    name = f"smtp-out-{day(5)}.log"
    path = relay.dir / "log" / f"{name}.zst"
    if "foreign" in what:
        if not shutil.which("zstd"):
            pytest.skip("zstd is not installed")
        path.write_bytes(subprocess.run(["zstd", "-c"], input=texts[name].encode(), capture_output=True, check=True).stdout)
    octets = bytearray(path.read_bytes())
    if what == "damaged":
        octets[len(octets) // 2] ^= 1
    elif "cut" in what:
        octets = octets[:len(octets) // 2]
    path.write_bytes(octets)
    done = relay.run("log")
    assert done.returncode == 0
    assert done.stdout.endswith(texts[f"smtp-out-{day(4)}.log"])
    if not words:
        assert done.stdout.startswith(texts[name]) and not done.stderr
        return
    assert f"{path} {words}" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    rest = done.stdout[:-len(texts[f"smtp-out-{day(4)}.log"])]
    assert 0 < len(rest) < len(texts[name]) and rest.startswith(session(day(5), 0))
    if what == "damaged":
        assert rest.endswith(session(day(5), SESSIONS - 1))
