"""What the daemon shuts itself out of: SPEC section 9."""

import re
import shutil
import signal
import smtplib
import subprocess

import pytest

import mail
from daemon import ROOT, PATIENCE, kernel_says, program, until
from test_tls_in import make_certificate, trusting

DEFINED = re.compile(r"FENCE_(CALL_IF|CALL|SELDOM)(?:_IF)?\((\w+)(?:, \d, \S+ (\w+))?")
TRACED = re.compile(r"\d+ +(?:<\.\.\. )?(\w+)[( ](.*)")


def confined(daemon):
    return [li for li in daemon.stderr.splitlines() if " confined " in li]


def test_the_log_says_what_confines(make_daemon):
    files, calls = confined(make_daemon())
    if "Landlock" not in files or "no Landlock" in files:
        pytest.skip("this kernel has no Landlock")
    assert "files: state, logs, and the directories of what the configuration names" in files
    assert re.search(r"system calls: \d+ are left, by seccomp$", calls)


def test_the_kernel_says_so_too(make_daemon):
    """Of each thread: none is begun before."""
    daemon = make_daemon(top="workers = 2")
    mail.send(daemon, "user@secure.example")
    tasks = kernel_says(daemon.process)
    assert len(tasks) >= 3
    for task in tasks:
        assert task["Seccomp"].strip() == "2" and task["NoNewPrivs"].strip() == "1", task


def test_a_reload_reaches_what_it_did(make_daemon, place):
    """What lies beside the files of the start is read; of any other it is said how."""
    daemon = make_daemon(dnssec='criteria = "dnssec.criteria"')
    if "no Landlock" in confined(daemon)[0]:
        pytest.skip("this kernel has no Landlock")
    (daemon.dir / "other.criteria").write_text("To *@bank.example SECURE\n")
    daemon.configure(dnssec='criteria = "other.criteria"', criteria="")
    daemon.own()
    daemon.ok("reload")
    beyond = place / "beyond"
    beyond.mkdir(exist_ok=True)
    (beyond / "dnssec.criteria").write_text("To *\n")
    daemon.configure(dnssec=f'criteria = "{beyond}/dnssec.criteria"')
    daemon.own()
    done = daemon.run("reload")
    assert done.returncode == 2 and "Permission denied" in done.stderr
    assert "restart it" in done.stderr


@pytest.mark.parametrize("where, key", [
    ("dnssec", "criteria"), ("delivery", "tls-ca-file"), ("listen", "tls-certificate")])
def test_it_says_so_in_one_line(make_daemon, place, where, key):
    """Of each kind of file; the log's line has no more of it."""
    relay = make_daemon()
    if "no Landlock" in confined(relay)[0]:
        pytest.skip("this kernel has no Landlock")
    beyond = place / f"{relay.dir.name}.beyond"
    beyond.mkdir()
    make_certificate(beyond, "it")
    (beyond / "it.key").chmod(0o644)
    more = f'{key} = "{beyond}/it.pem"'
    if key == "tls-certificate":
        more += f' tls-key = "{beyond}/it.key"'
    relay.configure(**{where: more})
    relay.own()
    done = relay.run("reload")
    assert done.returncode == 2
    assert re.fullmatch(rf"{relay.conf}:\d+: [^\n]*{beyond}/it[^\n]*: Permission denied[^\n]*"
                        r": see that [^\n]*restart it then\n", done.stderr), done.stderr
    log, = [li for li in relay.stderr.splitlines() if " reload refused" in li]
    assert done.stderr.strip() in log


# A day under strace

def rows(of="calls.def"):
    """(how, call, the value of an argument) of each row of a list."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "src/fence" / of).read_text(), flags=re.S)
    return [m.groups() for m in DEFINED.finditer(text)]


def may_trace():
    if not shutil.which("strace"):
        return "strace is not installed"
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"]).returncode:
        return "this machine lets nobody trace"
    if b"__asan_" in program().read_bytes():
        return "the sanitizer makes calls of its own"
    return None


def traced(path):
    """{call: what it was asked, many}, after the filter was in force."""
    found, closed = {}, False
    for line in path.read_text(errors="replace").splitlines():
        m = TRACED.match(line)
        if m and closed:
            found.setdefault(m.group(1), set()).add(m.group(2))
        closed = closed or bool(m) and m.group(1) == "seccomp" and "SET_MODE_FILTER" in line
    return found


class Day:
    """All that a relay does between its start and its end."""

    def __init__(self, make_daemon):
        self.daemon = daemon = make_daemon(start=False)
        self.trace = daemon.dir / "trace"
        make_certificate(daemon.dir, "relay")
        users = daemon.dir / "users"
        users.write_text(daemon.ok("passwd", "alice", stdin="sesame\n", conf=False))
        users.chmod(0o600)
        (daemon.dir / "log/smtp-out-2020-01-01.log").write_text("")
        daemon.configure(
            top='workers = 2 log-keep = "1d"', criteria="To *\nTo *@bank.example SECURE\n",
            listen='relay-from = {"127.0.0.0/8"} tls-certificate = "relay.pem" '
                   'tls-key = "relay.key" auth-file = "users"',
            more='listen "unix:submit.sock" { }\n'
                 'route "six.example" { via = "[::1]:9" }')
        daemon.own()
        daemon.wrapper = ["strace", "-D", "-f", "-qq", "-s", "64", "-o", str(self.trace)]
        daemon.start()
        daemon.wrapper = []

    def login(self):
        with smtplib.SMTP("127.0.0.1", self.daemon.port, timeout=PATIENCE) as smtp:
            smtp.starttls(context=trusting(self.daemon.dir / "relay.pem"))
            smtp.login("alice", "sesame")

    def mail(self):
        daemon = self.daemon
        for to in ("user@secure.example", "user@bank.example", "user@six.example",
                   "rcpt-450@secure.example"):
            daemon.delivery(message=mail.send(daemon, to))
        large = mail.message("user@secure.example", body="x" * 70 + "\r\n" * 2)
        large += ("y" * 70 + "\r\n") * 60000
        daemon.delivery(message=mail.submit(daemon, "user@secure.example", large))

    def commands(self):
        daemon = self.daemon
        waits = daemon.delivery(outcome="deferred")["message"]
        daemon.waits(waits)              # or it could not be removed
        for words in (("status",), ("queue", "list"), ("queue", "show", waits),
                      ("queue", "hold", waits), ("queue", "remove", waits),
                      ("reload",)):
            daemon.ok(*words)

    def reopen(self):
        """The logs, once somebody has moved them away."""
        (self.daemon.dir / "log").rename(self.daemon.dir / "log.old")
        self.daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "log files are opened anew" in self.daemon.stderr, what="its line")
        self.daemon.delivery(message=mail.send(self.daemon, "user@secure.example"))


@pytest.mark.slow
@pytest.mark.skipif(bool(may_trace()), reason=str(may_trace()))
def test_nothing_in_the_list_is_unused(make_daemon):
    day = Day(make_daemon)
    if "seccomp" not in confined(day.daemon)[1]:
        pytest.skip("it was built without libseccomp, or the kernel has no filter")
    day.login()
    day.mail()
    day.commands()
    day.reopen()
    day.daemon.stop()
    assert len(rows()) > 60
    refused = {"clone3", "seccomp"}      # the C library tries, and goes another way
    hold(traced(day.trace), rows(), refused)


def hold(seen, listed, refused=frozenset()):
    """What was seen, {call: what it was asked, many}, against the rows of a list."""
    unused = [(call, value) for how, call, value in listed if how != "SELDOM" and not any(
        how == "CALL" or call in ("mmap", "mprotect") or (value or "") in asked
        for asked in seen.get(call, ()))]
    assert not unused, f"no day needs them: {unused}"
    strangers = set(seen) - {call for _, call, _ in listed} - refused
    assert not strangers, f"they are not in the list: {strangers}"


@pytest.mark.parametrize("of", ["calls.def", "console.def"])
def test_who_is_seldom_is_said_why(of):
    text = (ROOT / "src/fence" / of).read_text()
    seldom = [call for how, call, _ in rows(of) if how == "SELDOM"]
    assert seldom and len(re.findall(
        r'FENCE_SELDOM(?:_IF)?\(\w+, (?:\d, \S+, \w+, )?"[^"]{5,}"\)', text)) == len(seldom)


def test_nothing_of_another_kind_is_in_the_list():
    """What a daemon that was taken over would ask for first."""
    listed = {call for _, call, _ in rows()}
    assert not listed & {"execve", "execveat", "fork", "vfork", "clone3", "ptrace", "kill", "listen",
                         "socketpair", "mount", "chroot", "setuid", "setresuid", "bpf",
                         "process_vm_readv", "io_uring_setup", "keyctl", "memfd_create"}


@pytest.mark.parametrize("unit", ["signpost", "signpost-console"])
def test_the_unit_leaves_what_confines(unit):
    """Neither seccomp nor Landlock is in systemd's @system-service; @privileged has chown()."""
    text = (ROOT / f"packaging/systemd/{unit}.service").read_text()
    left = re.search(r"^SystemCallFilter=(@system-service .*)$", text, re.M).group(1).split()
    assert set(left) >= {"seccomp", "landlock_create_ruleset", "landlock_add_rule",
                         "landlock_restrict_self"}
    assert re.search(r"^SystemCallFilter=~@privileged.*\nSystemCallFilter=@chown$",
                     re.sub(r"^#.*\n", "", text, flags=re.M), re.M)
