"""What the console's process that speaks HTTP shuts itself out of, and what it can still do."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import threading

import pytest

import consoles
import mail
from daemon import PATIENCE, kernel_says, resolver, until
from test_docs import keys
from test_fence import hold, may_trace, rows
from test_tls_in import make_certificate

CALL = re.compile(r"^(\d\S+) (\w+)\((.*)", re.M)


@pytest.fixture
def make_console(make_daemon):
    made = []

    def make(start=True, wrapper=(), **options):
        relay = make_daemon(start=False)
        make_certificate(relay.dir, "relay")
        relay.configure(criteria="To *\nTo *@bank.example SECURE\n",
                        listen='tls-certificate = "relay.pem" tls-key = "relay.key"')
        relay.own()
        relay.start()
        if options.pop("tls", None):
            options["tls"] = {"certificate": relay.dir / "relay.pem", "key": relay.dir / "relay.key"}
        one = consoles.Console(relay, **options)
        made.append(one)
        relay.wrapper = list(wrapper)
        one.start()
        relay.wrapper = []
        return one
    yield make
    for one in made:
        one.stop()


def is_closed(console):
    lines = [li for li in console.stderr.splitlines() if " confined system calls: " in li]
    return bool(lines) and "are left, by seccomp" in lines[-1]


def children(pid):
    """Of a process that is there."""
    return [int(one) for one in
            pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def a_day(console):
    """All that is asked of a console between its start and its end."""
    relay, admin = console.daemon, console.user("adam")
    assert console.login("adam", "wrong").status == 401
    message = mail.submit(relay, "user@secure.example")
    session = relay.delivery(message=message)["session"]
    waits = mail.submit(relay, "user@bogus-sig.example")
    relay.delivery(message=waits)
    events = admin.live()
    mail.send(relay, "user@bank.example")
    events.next()
    events.close()
    for path in ("/", "/assets/style.css", "/api/me", "/api/status", "/api/servers", "/api/doctor",
                 "/api/queue", f"/api/queue/{waits}", "/api/sessions", f"/api/sessions/{session}",
                 "/api/route?domain=bank.example", "/api/lookup?name=bank.example",
                 "/api/series?name=accepted", "/metrics"):
        assert admin.get(path).status == 200, path
    said = admin.post("/api/explain", {"message": "To: a@bank.example\r\n\r\n" + "hello\r\n" * 100000,
                                       "to": ["a@bank.example"]})
    assert said.status == 200, said.text
    assert admin.post("/api/criteria/try", {"line": "To *@bank.example SECURE"}).status == 200
    criteria = admin.get("/api/criteria")
    assert admin.put(criteria.json["text"] + "To *@six.example\n",
                     criteria.headers["ETag"]).status == 204
    (relay.dir / "dnssec.criteria").unlink()
    etag = admin.get("/api/criteria").headers["ETag"]
    assert admin.put("To *\n", etag).status == 204
    assert admin.post(f"/api/queue/{waits}/hold").status == 204
    console.process.send_signal(signal.SIGHUP)
    until(lambda: "users are read anew" in console.stderr, what="its line")
    once = console.once()
    assert console.ask("POST", once).status == 303
    assert console.ask("POST", "/logout", Cookie=admin.cookie, X_Signpost="1").status == 204


def calls_of(folder, tids):
    """{call: what it was asked, many} of these threads, after the filter was in force."""
    text = [(folder / f"trace.{tid}").read_text(errors="replace") for tid in tids]
    begun = min(float(m.group(1)) for one in text
                if (m := re.search(r"^(\S+) seccomp\(SECCOMP_SET_MODE_FILTER, .*= 0$", one, re.M)))
    found = {}
    for at, call, asked in (m.groups() for one in text for m in CALL.finditer(one)):
        if float(at) > begun:
            found.setdefault(call, set()).add(asked)
    return found


@pytest.mark.slow
@pytest.mark.skipif(bool(may_trace()), reason=str(may_trace()))
def test_nothing_in_the_list_is_unused(make_console, place):
    seen = {}
    for name, options in (("clear", {}), ("tls", {"tls": True})):
        folder = place / f"trace-{name}"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        console = make_console(wrapper=["strace", "-D", "-ff", "-ttt", "-qq", "-o",
                                        str(folder / "trace")], **options)
        if not is_closed(console):
            pytest.skip("it was built without libseccomp, or the kernel has no filter")
        a_day(console)
        tids = os.listdir(f"/proc/{console.process.pid}/task")
        console.stop()
        for call, asked in calls_of(folder, tids).items():
            seen.setdefault(call, set()).update(asked)
    hold(seen, rows("console.def"))


def test_nothing_of_another_kind_is_in_the_list():
    """What a console that was taken over would ask for first."""
    listed = {call for _, call, _ in rows("console.def")}
    assert not listed & {"execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "kill",
                         "bind", "listen", "socketpair", "mount", "chroot", "setuid", "setresuid",
                         "bpf", "process_vm_readv", "io_uring_setup", "keyctl", "link", "symlinkat"}
    assert [value for _, call, value in rows("console.def") if call == "socket"] == ["AF_UNIX"]


def test_the_kernel_says_so_too(make_console):
    """Of what speaks HTTP; the spawner, which runs commands, has no filter."""
    console = make_console()
    if not is_closed(console):
        pytest.skip("it was built without libseccomp, or the kernel has no filter")
    tasks = kernel_says(console.process)
    assert len(tasks) >= 2
    for task in tasks:
        assert task["Seccomp"].strip() == "2" and task["NoNewPrivs"].strip() == "1", task
    spawner, = children(console.process.pid)
    status = pathlib.Path(f"/proc/{spawner}/status").read_text()
    ours = pathlib.Path("/proc/self/status").read_text()     # a container may have filters of its own
    for filters in re.findall(r"^Seccomp.*$", ours, re.M):
        assert f"\n{filters}\n" in status
    assert re.search(r"^NoNewPrivs:\s1$", status, re.M)
    assert re.search(r"^Name:\ssignpost-spawn$", status, re.M)


def test_nobody_looks_into_a_command(make_daemon, program):
    """Not even a process of its user: its files in /proc are root's."""
    if b"__asan_" in program.read_bytes():
        pytest.skip("the sanitizer traces")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        relay = make_daemon(start=False, resolvers=resolver(address, 'timeout = "1m" attempts = 1'))
        console = consoles.Console(relay)
        console.start()
        try:
            admin = console.user("adam")
            asks = threading.Thread(target=admin.get, args=("/api/lookup",),
                                    kwargs={"name": "bank.example"})
            asks.start()
            spawner, = children(console.process.pid)
            command, = until(lambda: children(spawner), what="a command")
            # Before it is executed it is the spawner, which is shut, too.
            until(lambda: b"\0lookup\0" in pathlib.Path(f"/proc/{command}/cmdline").read_bytes(),
                  what="its being executed")
            until(lambda: os.stat(f"/proc/{command}/mem").st_uid == 0, what="its being shut")
            os.kill(command, signal.SIGKILL)
            asks.join()
        finally:
            console.stop()


def test_without_its_spawner_it_ends(make_console):
    """To be begun anew: it could not do half of what it is asked."""
    console = make_console()
    spawner, = children(console.process.pid)
    os.kill(spawner, signal.SIGKILL)
    assert console.process.wait(PATIENCE) == 1
    assert "the process that runs commands is gone" in console.stderr
    console.process.stdout.close()
    console.process = None


def test_a_signal_to_all_of_it_ends_it_well(make_console):
    """As systemd and a terminal send it."""
    console = make_console()
    for pid in (*children(console.process.pid), console.process.pid):
        os.kill(pid, signal.SIGTERM)
    assert console.process.wait(PATIENCE) == 0
    assert "is gone" not in console.stderr


def has_ended(pid):
    """Also where the first process of a container reaps nobody."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return bool(re.search(r"^State:\sZ", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M))
    return True


def test_nothing_stays_behind(make_console):
    """Where it was killed, what it began ends, too."""
    console = make_console()
    spawner, = children(console.process.pid)
    console.process.kill()
    console.process.wait(PATIENCE)
    console.process.stdout.close()
    console.process = None
    until(lambda: has_ended(spawner), what="the spawner's end")


# Files of the configuration, each far from the others

TSIG = "k:hmac-sha256:c2VjcmV0LW9mLXRoZS1rZXk=\n"
TEXTS = {                                # PEM comes from a certificate that is made
    ("listen", "auth-file"): "", ("resolver", "tsig-key"): TSIG, ("dnssec", "criteria"): "To *\n",
    ("route", "password-file"): "sesame\n", ("console", "users-file"): consoles.USERS}
EMBEDDED = ("resolver", "trust-anchor-file")     # instead of other resolvers


def named_files():
    """(section, key) of each that takes a file, by the contract."""
    return {(name, key) for name, _, key, _ in keys()
            if re.search(r"-(file|key|certificate)$|^criteria$", key)}


class Apart:
    """A file for each key: what is named is a link in a directory of its own, to another such."""

    def __init__(self, relay):
        self.relay, self.at = relay, relay.dir.parent / f"{relay.dir.name}.apart"
        self.at.mkdir()
        pem, key = make_certificate(self.at, "relay")
        self.texts = {(section, key_): (key if key_.endswith("key") else pem).read_text()
                      for section, key_ in named_files()} | TEXTS
        self.texts[EMBEDDED] = pathlib.Path("/usr/share/dns/root.key").read_text()

    def name(self, section, *names):
        """The keys of that section."""
        return " ".join(f'{name} = "{self.put(section, name)}"' for name in names)

    def put(self, section, name):
        link, target = (self.at / f"{section}.{name}.{way}" for way in ("link", "target"))
        link.mkdir()
        target.mkdir()
        (target / "it").write_text(self.texts.pop((section, name)))
        (target / "it").chmod(0o600)
        if self.relay.user:
            shutil.chown(target / "it", self.relay.user)
        (link / "it").symlink_to(target / "it")
        return link / "it"


def test_each_file_that_is_named_may_have_a_directory_of_its_own(make_daemon, lab):
    """Those that are read after the start, and those of the commands that it runs."""
    relay = make_daemon(start=False)
    apart = Apart(relay)
    options = {
        "listen": apart.name("listen", "tls-certificate", "tls-key", "auth-file"),
        "dnssec": apart.name("dnssec", "criteria"),
        "more": f"""route "far.example" {{ via = "smtps://b.example" user = "u"
                 {apart.name("route", "password-file")} }}"""}
    own = {"users": None, "more": apart.name("console", "users-file", "tls-certificate", "tls-key")}
    over_tls = f'channel = "tls" tls-name = "a.example" {apart.name("resolver", "tls-ca-file")}'
    outside = (resolver(lab["validating"], apart.name("resolver", "tsig-key")) + "\n" +
               resolver("127.0.0.1:853", over_tls))
    delivery = apart.name("delivery", "tls-ca-file")
    inside = resolver("embedded", apart.name(*EMBEDDED))
    assert not apart.texts, "keys that nobody tried"
    for resolvers in (outside, inside):
        relay.configure(resolvers=resolvers, delivery=delivery, **options)
        console = consoles.Console(relay, **own)
        console.tls = {"certificate": apart.at / "relay.pem"}
        console.start()
        try:
            admin = console.user("adam")
            assert admin.get("/api/criteria").json["text"] == "To *\n"
            said = admin.post("/api/explain", {"message": "To: a@b.example\r\n\r\n"})
            assert said.status == 200, said.text
        finally:
            console.stop()


@pytest.mark.parametrize("key", ["tls-certificate", "tls-key"])
def test_a_file_that_cannot_be_read_is_said_with_its_line(make_daemon, key):
    relay = make_daemon(start=False)
    apart = Apart(relay)
    console = consoles.Console(relay, users=None,
                               more=apart.name("console", "tls-certificate", "tls-key"))
    (apart.at / f"console.{key}.target/it").unlink()
    done = relay.run("console")
    line = len(relay.conf.read_text().splitlines())
    assert done.returncode == 2 and console.process is None
    assert done.stderr.startswith(f"{relay.conf}:{line}: {key}: "), done.stderr
    assert done.stderr.count("\n") == 1
