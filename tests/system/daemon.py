"""One Signpost: its directory, its configuration, the process, its commands and its logs."""

import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time

import dnsfake
import labnet

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPLAINTS = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|Assertion .* failed")
LINE = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) \[([^\]\s]+)\] (.*)$")

CONF = """\
hostname = "relay.lab.example"
state-directory = "{dir}/state"
log-directory = "{dir}/log"
{top}
listen "127.0.0.1:{port}" {{ {listen} }}
{resolvers}
dnssec {{ {dnssec} }}
delivery {{ port = {smtp_port}  {ignore}  {delivery} }}
{more}
"""
# Nothing here is a limit that a test is about: each ends sooner, where all is well, and a machine
# that is busy with other things, or pauses, reaches none of them.
PATIENCE = 300
PATIENT = 'connect-timeout = "5m" command-timeout = "5m"'
DELIVERY = PATIENT + ' retry = {"1h"}'
NOTHING_IGNORED = "ignore-targets = {}"  # mail hosts of the lab are on 127.0.0.0/8
RESOLVER = 'timeout = "10s" attempts = 2'
HASTY = 'timeout = "1s" attempts = 1'    # where silence is the point


def program():
    return pathlib.Path(os.environ.get("SIGNPOST", ROOT / "build/signpost")).resolve()


in_vain = []                             # what was waited for, and did not come


def until(probe, timeout=PATIENCE, what="what was waited for"):
    """Polls; returns the first true value of probe().

    Once something has not come a test has failed, and others need less patience to fail, too.
    """
    deadline = time.monotonic() + (timeout / 10 if in_vain else timeout)
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            in_vain.append(what)
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.02)


def resolver(where, options=RESOLVER):
    return f'resolver "{where}" {{ {options} }}'


class Session:
    """One block of smtp-out-*.log, or of smtp-in-*.log."""

    def __init__(self, name):
        self.name, self.times, self.lines = name, [], []

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def outcome(self):
        return next((line for line in self.lines if line.startswith("outcome: ")), None)

    def with_word(self, *words):
        return [line for line in self.lines if all(w in line for w in words)]

    def tried(self, address):
        """The lines that say that an address is tried: no record, no dialogue."""
        return [line for line in self.lines if address in line
                and re.match(r"(connecting to|using the open connection to) ", line)]


class Daemon:
    """A Signpost that belongs to one test or to one module.

    Started as root, it runs as nobody, so that the tests see what an ordinary
    user sees; `user` is what is handed to Popen.
    """

    def __init__(self, lab, directory, **options):
        self.lab, self.dir = lab, pathlib.Path(directory)
        self.port = dnsfake.free_port()
        self.options = options
        self.process = None
        self.wrapper = options.pop("wrapper", [])
        self.env = {**os.environ, "SIGNPOST_CONF": ""}
        self.env.pop("SIGNPOST_CONF")
        self.user = "nobody" if os.geteuid() == 0 else None
        for name in ("state", "log"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        self.program = self.dir.parent / "signpost"
        if not self.program.exists():        # nobody may not reach where it was built
            shutil.copy2(program(), self.program)
        self.configure(**options)
        self.own()

    def own(self):
        if self.user:
            who = pwd.getpwnam(self.user)
            for path in [self.dir, *self.dir.rglob("*")]:
                os.chown(path, who.pw_uid, who.pw_gid)

    # Configuration

    def configure(self, criteria="", resolvers=None, top="", listen="", dnssec="",
                  delivery=DELIVERY, more="", ignore=NOTHING_IGNORED):
        if resolvers is None:
            resolvers = resolver(self.lab["validating"])
        self.conf = self.dir / "signpost.conf"
        self.conf.write_text(CONF.format(
            dir=self.dir, port=self.port, listen=listen, resolvers=resolvers, top=top,
            dnssec=dnssec, delivery=delivery, smtp_port=self.lab["smtp_port"], more=more,
            ignore=ignore))
        self.criteria(criteria)

    def criteria(self, text):
        (self.dir / "dnssec.criteria").write_text(text)

    # The process

    def popen(self, *words, **more):
        if self.user:
            who = pwd.getpwnam(self.user)
            more.update(user=who.pw_uid, group=who.pw_gid, extra_groups=[])
        return subprocess.Popen([*self.wrapper, str(self.program), *words], env=self.env,
                                cwd=self.dir, preexec_fn=labnet.die_with_parent, **more)

    def start(self, timeout=PATIENCE):
        self.out = open(self.dir / "stderr", "ab")
        began = len(self.stderr)
        self.process = self.popen("serve", "-c", str(self.conf), stdin=subprocess.DEVNULL,
                                  stdout=self.out, stderr=self.out)
        self.out.close()

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"serve ended with {self.process.returncode}: {self.stderr}")
            return "signpost: ready" in self.stderr[began:].splitlines()
        try:
            until(ready, timeout, "signpost: ready")
        except BaseException:
            self.kill()
            raise
        return self

    @property
    def stderr(self):
        return (self.dir / "stderr").read_text(errors="replace")

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def check_alive(self):
        """A relay that crashed is better reported here than as a refused connection."""
        assert self.process is None or self.running, \
            f"serve ended with {self.process.returncode}: {self.stderr[-3000:]}"

    def stop(self, timeout=PATIENCE):
        """SIGTERM; must end with status 0, and no sanitizer may have complained."""
        if self.process is None:
            return
        if self.running:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end on SIGTERM: {self.stderr[-2000:]}") from None
        self.process = None
        found = COMPLAINTS.search(self.stderr)
        assert not found, self.stderr[max(0, found.start() - 200):][:6000]
        assert code == 0, f"ended with {code}: {self.stderr[-2000:]}"

    def kill(self):
        if self.running:
            self.process.kill()
        if self.process:
            self.process.wait()
        self.process = None

    # Commands

    def run(self, *words, stdin=None, conf=True, timeout=PATIENCE):
        """A command of the program, as text; -c is put after the command's name."""
        words = [str(w) for w in words]
        if conf:
            words[1:1] = ["-c", str(self.conf)]
        process = self.popen(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = process.communicate(data or b"", timeout)
        done = subprocess.CompletedProcess(words, process.returncode, out.decode(), err.decode())
        assert not COMPLAINTS.search(done.stderr), done.stderr
        return done

    def ok(self, *words, **more):
        done = self.run(*words, **more)
        assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def json(self, *words, **more):
        """What a command says with --json: one value, or a list of those that stand one a line."""
        return read_json(self.run(*words, "--json", **more).stdout)

    # Logs

    def sessions(self, way="out"):
        """The session blocks, in the order in which they were written; the outcome is the end of one."""
        found = []
        for path in sorted((self.dir / "log").glob(f"smtp-{way}-*.log")):
            for line in whole_lines(path):
                m = LINE.match(line)
                assert m, f"{path.name}: {line!r}"
                if not found or found[-1].name != m.group(2):
                    found.append(Session(m.group(2)))
                found[-1].times.append(m.group(1))
                found[-1].lines.append(m.group(3))
        return [s for s in found if s.outcome]

    def session(self, name):
        found = [s for s in self.sessions() if s.name == name]
        assert len(found) == 1, f"session {name} has {len(found)} blocks"
        return found[0]

    def deliveries(self, **fields):
        """The records of deliveries-*.jsonl that have these fields."""
        found = []
        for path in sorted((self.dir / "log").glob("deliveries-*.jsonl")):
            found += [json.loads(line) for line in whole_lines(path)]
        return [d for d in found if all(d.get(k) == v for k, v in fields.items())]

    def delivery(self, timeout=PATIENCE, **fields):
        """The first record with these fields, waited for."""
        def found():
            records = self.deliveries(**fields)
            if not records:
                self.check_alive()
            return records
        return until(found, timeout, f"a delivery record with {fields}")[0]

    def waits(self, message):
        """The record that puts a message off, once the queue knows of it, which is later."""
        record = self.delivery(message=message, outcome="deferred")
        until(lambda: self.json("queue", "show", message)["state"] == "deferred",
              what=f"that {message} waits")
        return record

    def block(self, record):
        """The session block of a delivery record."""
        return until(lambda: [s for s in self.sessions() if s.name == record["session"]],
                     what=f"the block of session {record['session']}")[0]


def kernel_says(process):
    """What /proc says of a process and of each of its threads: a dictionary each.

    A thread may end between the listing and its turn (the one that tidies the logs does):
    it has nothing to say, then.
    """
    said = []
    at = pathlib.Path(f"/proc/{process.pid}")
    for task in [at, *(at / "task").iterdir()]:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            lines = (task / "status").read_text().splitlines()
            said.append(dict(li.split(":\t", 1) for li in lines))
    return said


def whole_lines(path):
    """The lines of a file that is being written, but for one that has no end yet.

    A file that was made a moment ago has none at all.
    """
    whole, end, _ = path.read_bytes().rpartition(b"\n")
    return whole.decode().split("\n") if end else []


def read_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def leaves(value):
    """All values in a JSON value that are neither lists nor objects."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]
