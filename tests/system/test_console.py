"""The web console: every request of SPEC section 10 with every status, and what keeps strangers out."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

import consoles
import daemon as daemons
import mail

CRITERIA = """\
# every message is asked for
To *

# far away

# the contract,
# section 4
Envelope-To *@secure.example SECURE
"""


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria=CRITERIA)


@pytest.fixture(scope="module")
def console(relay):
    one = consoles.Console(relay).start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def admin(console):
    return console.user("adam")


@pytest.fixture(scope="module")
def view(console):
    return console.user("vera")


@pytest.fixture
def made():
    all_of_them = []
    yield all_of_them
    for one in all_of_them:
        one.stop()


@pytest.fixture
def own(make_daemon, made):
    """A daemon with a console of its own: for what changes either."""
    def make(start=True, criteria=CRITERIA, **options):
        relay = make_daemon(start=start, criteria=criteria)
        one = consoles.Console(relay, **options)
        made.append(one)
        return one.start()
    return make


@pytest.fixture(scope="module")
def waiting(relay):
    """Messages that wait: nobody answers for their domain."""
    sent = [mail.submit(relay, f"user{i}@bogus-sig.example") for i in range(5)]
    for one in sent:
        relay.waits(one)
    return sorted(sent)


# Logging in

def test_who_is_not_logged_in_gets_the_login_page(console):
    answer = console.ask("GET", "/")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'name="password"' in answer.text and 'name="name"' in answer.text


def test_login(console):
    answer = console.login("adam")
    assert answer.status == 303
    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert re.match(r"signpost=[0-9a-f]{64};", cookie)
    assert {w.strip() for w in cookie.split(";")[1:]} == {
        "Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"}
    user = consoles.User(console, cookie.partition(";")[0])
    assert 'name="password"' not in user.get("/").text
    assert user.get("/api/me").json == {"name": "adam", "role": "admin",
                                        "hostname": "relay.lab.example"}


def test_a_name_may_be_long(own):
    """What is counted of it is cut; who is logged in is not."""
    name = 125 * "ä" + "vera"
    one = own(start=False, users=f"{name}:view:{consoles.HASH}\n")
    user = one.user(name)
    assert user.get("/api/me").json["name"] == name
    one.process.send_signal(signal.SIGHUP)
    daemons.until(lambda: "users are read anew" in one.stderr, what="its line")
    assert user.get("/api/me").status == 200


def test_wrong_password(console):
    answer = console.login("adam", "open barley")
    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers
    assert 'name="password"' in answer.text and "wrong" in answer.text
    assert console.login("nobody").status == 401


def test_bad_form(console):
    assert console.ask("POST", "/login", "name=%zz").status == 400
    assert console.ask("POST", "/login", "x" * 10000).status == 413


def test_logout(console):
    user = console.user("vera")
    assert user.get("/api/me").status == 200
    answer = user.post("/logout")
    assert answer.status == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert user.get("/api/me").status == 401


def test_an_address_that_logs_in_once(console):
    path = console.once()
    for _ in range(2):                   # looking uses nothing up
        answer = console.ask("GET", path)
        assert answer.status == 200
        assert re.search(r'<form method="post"', answer.text)
    answer = console.ask("POST", path)
    assert answer.status == 303
    user = consoles.User(console, answer.headers["Set-Cookie"].partition(";")[0])
    assert user.get("/api/me").json["role"] == "admin"
    assert console.ask("POST", path).status == 401
    assert console.ask("GET", path).status == 401
    assert console.ask("POST", "/login?token=" + "0" * 64).status == 401


def test_the_log_says_what_confines(console):
    said = [line for line in console.stderr.splitlines() if " confined " in line]
    assert len(said) == 2 and "files: " in said[0] and "system calls: " in said[1]
    status = pathlib.Path(f"/proc/{console.process.pid}/status").read_text()
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)


def test_without_a_users_file_only_that_lets_in(own):
    one = own(start=False, users=None)
    assert one.login("adam").status == 401
    assert one.ask("POST", one.once()).status == 303


def test_five_wrong_passwords(own):
    one = own(start=False)
    for _ in range(5):
        assert one.login("vera", "wrong").status == 401
    assert one.login("vera").status == 429    # the right one neither
    assert one.login("adam").status == 429    # from there, whoever it is
    assert one.ask("GET", "/metrics", Authorization=consoles.basic("adam")).status == 429
    assert one.ask("POST", one.once()).status == 303


def test_that_address_as_json(console):
    said = console.daemon.json("console", "login")
    assert set(said) == {"url"}
    path = re.fullmatch(r"https?://[^/]+(/\S+)", said["url"]).group(1)
    assert console.ask("POST", path).status == 303
    done = console.daemon.run("console", "--json")
    assert done.returncode == 2 and "--json is for login" in done.stderr


def test_login_needs_the_console(relay, own):
    """Exit 3, as where the daemon is not there."""
    one = own(start=False)
    one.stop()
    assert one.daemon.run("console", "login").returncode == 3


# What keeps strangers out

API = ["/api/status", "/api/servers", "/api/doctor", "/api/criteria", "/api/queue", "/api/queue/x",
       "/api/sessions", "/api/sessions/live", "/api/sessions/x", "/api/route?domain=x",
       "/api/lookup?name=x", "/api/series?name=queue", "/api/me", "/api/nothing"]
CHANGES = [("PUT", "/api/criteria")] + [
    ("POST", f"/api/queue/1M8NNMZAM01/{what}")
    for what in ("retry", "hold", "release", "remove", "bounce")]


@pytest.mark.parametrize("path", API)
def test_api_is_for_who_is_logged_in(console, path):
    answer = console.ask("GET", path, Cookie="signpost=" + "0" * 64)
    assert answer.status == 401
    assert answer.json["message"]


@pytest.mark.parametrize("method,path", CHANGES)
def test_role_view_changes_nothing(view, method, path):
    answer = view.ask(method, path, "", If_Match="*")
    assert answer.status == 403 and "view" in answer.json["message"]


@pytest.mark.parametrize("method,path", CHANGES)
def test_what_changes_something_needs_the_header(admin, method, path):
    for value in ("", "0", "yes"):
        answer = admin.ask(method, path, "", If_Match="*", X_Signpost=value)
        assert answer.status == 403 and "X-Signpost" in answer.json["message"]


@pytest.mark.parametrize("path", ["/", "/api/me", "/assets/style.css", "/metrics"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1", ""])
def test_a_host_that_is_not_ours(admin, path, host):
    assert admin.ask("GET", path, Host=host).status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_an_origin_that_is_not_ours(console, admin, origin):
    assert admin.ask("GET", "/api/me", Origin=origin).status == 403
    assert admin.put("To *\n", "*", Origin=origin).status == 403
    assert console.ask("POST", "/login", "name=adam&password=x", Origin=origin).status == 403


def spoken(console, *lines):
    """The status of a request in these words, to which nothing is added."""
    with socket.create_connection(("127.0.0.1", console.port), daemons.PATIENCE) as s:
        s.sendall("".join(line + "\r\n" for line in (*lines, "Connection: close", "")).encode())
        return int(s.makefile("rb").readline().split()[1])


def test_a_target_in_absolute_form(console):
    """RFC 9112 section 3.2.2: it is accepted, and counts in the place of Host."""
    here = f"127.0.0.1:{console.port}"
    for host in (here, "evil.example"):
        assert spoken(console, f"GET http://{here}/assets/app.js HTTP/1.1", f"Host: {host}") == 200
        assert spoken(console, f"GET HTTP://{here} HTTP/1.1", f"Host: {host}") == 200
        assert spoken(console, "GET http://evil.example/ HTTP/1.1", f"Host: {host}") == 403
    assert spoken(console, f"GET https://{here}/ HTTP/1.1", f"Host: {here}") == 403
    assert spoken(console, f"GET http://{here}/api/status?x HTTP/1.1", f"Host: {here}") == 401
    assert spoken(console, "GET http:/x HTTP/1.1", f"Host: {here}") == 400


@pytest.mark.parametrize("name,mine", (("Host", ""), ("Origin", "http://")))
def test_one_host_and_one_origin(console, name, mine):
    """Whoever stands before the console may go by the other one."""
    here = f"{mine}127.0.0.1:{console.port}"
    first = [f"Host: 127.0.0.1:{console.port}"] if name == "Origin" else []
    assert spoken(console, "GET / HTTP/1.1", *first, f"{name}: {here}") == 200
    for other in (here, "evil.example"):
        assert spoken(console, "GET / HTTP/1.1", *first, f"{name}: {here}", f"{name.lower()}: {other}") == 400


@pytest.mark.parametrize("lines", (
    ("Content-Length: 5", "Content-Length: 6"), ("Content-Length: 5", "Content-Length: 5"),
    ("Transfer-Encoding: xchunked",), ("Transfer-Encoding: identity", "Content-Length: 5"),
    ("Transfer-Encoding: chunked", "Content-Length: 5"), ("Transfer-Encoding: gzip, chunked",)))
def test_where_a_request_ends_is_plain(console, lines):
    """RFC 9112 section 6.3: what a proxy may read as two requests is refused."""
    assert spoken(console, "POST /login HTTP/1.1", f"Host: 127.0.0.1:{console.port}", *lines) == 400


def test_the_head_of_a_stream(console, view):
    """It has no body, not the end of one either: what follows it would be taken for an answer."""
    with socket.create_connection(("127.0.0.1", console.port), daemons.PATIENCE) as s:
        lines = (f"Host: 127.0.0.1:{console.port}", f"Cookie: {view.cookie}")
        said = s.makefile("rb")
        for first in ("HEAD /api/sessions/live HTTP/1.1", "GET /api/me HTTP/1.1"):
            s.sendall("".join(line + "\r\n" for line in (first, *lines, "")).encode())
            head = list(iter(said.readline, b"\r\n"))
            assert head[0] == b"HTTP/1.1 200 OK\r\n"
            assert (b"Content-Type: text/event-stream\r\n" in head) == first.startswith("HEAD")


def test_hosts_and_origins_that_are(own):
    one = own(start=False, more='hosts = {"console.example"}')
    for host in (f"127.0.0.1:{one.port}", f"localhost:{one.port}", "console.example"):
        assert one.ask("GET", "/", Host=host).status == 200
        assert one.ask("GET", "/", Host=host, Origin="http://" + host).status == 200
    # A proxy in front of it speaks TLS.
    assert one.ask("GET", "/", Host="console.example", Origin="https://console.example").status == 200


def test_a_cookie_behind_a_proxy_that_speaks_tls(own):
    """Is Secure: that the browser came by https is in its Origin."""
    one = own(start=False, more='hosts = {"console.example"}')
    form = f"name=adam&password={consoles.PASSWORD.replace(' ', '+')}"
    for origin, secure in (("https://console.example", True), ("http://console.example", False)):
        answer = one.ask("POST", "/login", form, Host="console.example", Origin=origin)
        assert answer.status == 303
        assert ("; Secure" in answer.headers["Set-Cookie"]) == secure
        user = consoles.User(one, answer.headers["Set-Cookie"].partition(";")[0])
        gone = user.post("/logout", Origin=origin).headers["Set-Cookie"]
        assert ("; Secure" in gone) == secure


def headers(answer):
    policy = dict(part.strip().partition(" ")[::2]
                  for part in answer.headers["Content-Security-Policy"].split(";"))
    return policy, answer.headers


def test_headers_of_every_answer(console, admin):
    for answer in (console.ask("GET", "/"), console.ask("GET", "/assets/style.css"),
                   console.ask("GET", "/api/me"), admin.get("/api/me"), admin.get("/"),
                   console.ask("GET", "/nothing"), console.ask("GET", "/", Host="evil.example"),
                   admin.post("/api/me")):
        policy, fields = headers(answer)
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert set(policy.values()) <= {"'none'", "'self'"}  # nothing inline, nothing foreign
        assert fields["X-Content-Type-Options"] == "nosniff"
        assert fields["X-Frame-Options"] == "DENY"
    assert admin.get("/api/me").headers["Cache-Control"] == "no-store"


def test_a_body_that_is_too_large_is_not_waited_for(console, admin, view):
    """The answer comes before the body: who is not logged in has nothing kept for him."""
    def asked(method, path, length, **more):
        connection = console.connection()
        connection.putrequest(method, path)
        for name, value in {"Content-Length": str(length), "X-Signpost": "1", **more}.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    cookie = {"Cookie": admin.cookie}
    assert asked("POST", "/api/explain", 1 << 30) == 401
    assert asked("POST", "/login", 1 << 20) == 413
    assert asked("PUT", "/api/criteria", (1 << 20) + 1, **cookie) == 413
    assert asked("POST", "/api/criteria/try", (1 << 20) + 1, **cookie) == 413
    assert asked("POST", "/api/explain", (64 << 20) + 1, **cookie) == 413
    assert asked("GET", "/api/status", 1, **cookie) == 413


MANY = b"x" * (20 << 20)                 # more than the kernel takes on its own


@pytest.mark.parametrize("method, path, logged_in, status", [
    ("PUT", "/api/criteria", True, 413), ("POST", "/api/criteria/try", True, 413),
    ("POST", "/login", False, 413), ("PUT", "/api/criteria", False, 401),
    ("POST", "/api/queue/x/hold", "view", 403), ("POST", "/api/nope", True, 404),
    ("POST", "/api/status", True, 405)])
@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_all_before_he_reads_gets_the_answer(admin, view, method, path, logged_in, status,
                                                      chunked):
    """As most clients do: what is too much is taken and dropped, and nothing is reset."""
    connection = admin.console.connection()
    user = view if logged_in == "view" else admin
    fields = {"X-Signpost": "1"} | ({"Cookie": user.cookie} if logged_in else {})
    body = iter([MANY]) if chunked else MANY
    connection.request(method, path, body, fields, encode_chunked=chunked)
    answer = consoles.Answer(connection.getresponse())
    assert answer.status == status and answer.json["message"]
    connection.close()


def test_what_follows_such_a_body_is_no_request(admin):
    """The connection is over with the answer, however many more there are."""
    connection = admin.console.connection()
    connection.request("GET", "/api/status", MANY + b"GET /api/me HTTP/1.1\r\n\r\n",
                       {"Cookie": admin.cookie})
    response = connection.getresponse()
    assert response.status == 413 and response.headers["Connection"] == "close"


def test_a_body_of_unknown_length_is_bounded(admin):
    body = (b"x" * 65536 for _ in range(20))
    connection = admin.console.connection()
    connection.request("POST", "/api/criteria/try", body, {"Cookie": admin.cookie},
                       encode_chunked=True)
    assert connection.getresponse().status == 413


@pytest.mark.parametrize("path", ["/%00", "/a%2fb", "/%zz", "/a//b", "/?a=1&a=2", "/?a=%ff"])
def test_a_target_that_is_none(console, path):
    answer = console.ask("GET", path)
    assert answer.status == 400 and answer.json["message"]


def test_over_tls(own, tmp_path_factory):
    where = tmp_path_factory.mktemp("tls")
    tls = {"certificate": where / "cert.pem", "key": where / "key.pem"}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=console",
                    "-keyout", tls["key"], "-out", tls["certificate"]], check=True,
                   capture_output=True)
    one = own(start=False, tls=tls)
    assert one.url.startswith("https://127.0.0.1:")
    answer = one.login("adam")
    assert answer.status == 303 and "; Secure" in answer.headers["Set-Cookie"]
    assert one.daemon.ok("console", "login").startswith("https://")


@pytest.mark.parametrize("users,mode,words", [
    (consoles.USERS, 0o644, "users: take that from them (chmod o=)"),
    (consoles.USERS, 0o602, "users: take that from them (chmod o=)"),
    ("adam:root:" + consoles.HASH, 0o600, "users:1: no role"),
    ("adam:admin:secret", 0o600, "users:1: what follows the name is no hash"),
])
def test_users_that_are_refused(make_daemon, users, mode, words):
    one = consoles.Console(make_daemon(start=False), users=users, mode=mode)
    done = one.daemon.run("console")
    assert done.returncode == 2 and words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_users_that_cannot_be_read(make_daemon):
    """Of a user whom they are not for; the place is the key's."""
    one = consoles.Console(make_daemon(start=False))
    (one.daemon.dir / "users").chmod(0o604)
    line = [n for n, text in enumerate(one.daemon.conf.read_text().splitlines(), 1) if "users-file" in text]
    done = one.daemon.run("console")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{one.daemon.conf}:{line[0]}: users-file: "), done.stderr


def test_the_password_of_a_route_is_not_for_the_console(make_daemon):
    """It logs in nowhere, nor does what it has others do: it is there all the same."""
    relay = make_daemon(start=False, more=(
        'route "partner.example" { via = "smtps://mx.secure.example" user = "u" password-file = "secret" }\n'))
    (relay.dir / "secret").write_text("sesame\n")
    (relay.dir / "secret").chmod(0)
    one = consoles.Console(relay).start()
    try:
        answer = one.user("adam").ask("GET", "/api/route?domain=partner.example")
        assert answer.status == 200 and "mx.secure.example" in answer.text
    finally:
        one.stop()


def test_users_that_nobody_may_read(make_daemon):
    """What is wrong is told with what to do."""
    one = consoles.Console(make_daemon(start=False), mode=0)
    done = one.daemon.run("console")
    assert done.returncode == 2
    assert done.stderr.endswith("Permission denied: name a file that the console's user may read\n"), done.stderr


def test_users_are_read_anew_at_sighup(own):
    one = own(start=False)
    assert one.login("eve").status == 401
    (one.daemon.dir / "users").write_text(consoles.USERS + f"eve:view:{consoles.HASH}\n")
    one.process.send_signal(1)
    daemons.until(lambda: "read anew" in one.stderr, what="the users, read anew")
    assert one.login("eve").status == 303
    (one.daemon.dir / "users").write_text("nonsense\n")
    one.process.send_signal(1)
    daemons.until(lambda: "stay as they were" in one.stderr, what="a word about the users")
    assert one.login("eve").status == 303


def test_conf_without_a_console(make_daemon):
    one = make_daemon(start=False)
    for words in (("console",), ("console", "login")):
        done = one.run(*words)
        assert done.returncode == 2 and "there is no console" in done.stderr


def test_off_loopback_it_needs_tls(make_daemon):
    one = make_daemon(start=False, more='console "192.0.2.1:8025" { }')
    done = one.run("console")
    assert done.returncode == 2
    assert re.match(r"\S+signpost.conf:\d+: .*needs tls-certificate", done.stderr)


# Files

def test_assets(console):
    answer = console.ask("GET", "/assets/style.css")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    again = console.ask("GET", "/assets/style.css", If_None_Match=answer.headers["ETag"])
    assert again.status == 304 and again.body == b""
    packed = console.ask("GET", "/assets/style.css", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(answer.body)
    assert console.ask("GET", "/assets/nothing.css").status == 404
    assert console.ask("GET", "/assets/index.html").status == 404


# The daemon's state

def test_status(relay, view):
    answer = view.get("/api/status")
    assert answer.status == 200
    said = relay.json("status")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json.keys() == said.keys()
    assert answer.json["pid"] == relay.process.pid
    servers = view.get("/api/servers")
    assert [s["server"] for s in servers.json] == [s["server"] for s in said["servers"]]
    assert view.ask("GET", "/api/status?x=1").status == 400
    assert view.post("/api/status").status == 405
    assert view.post("/api/status").headers["Allow"] == "GET, HEAD"
    assert view.get("/api/nothing").status == 404


def test_doctor(relay, view):
    answer = view.get("/api/doctor")
    assert answer.status == 200
    assert answer.json.keys() == relay.json("doctor").keys()


def test_half_a_document_is_none(own):
    """A daemon that tells more than the console takes."""
    one = own(start=False)
    told = b'{"a":"' + b"x" * (17 << 20) + b'"}'
    end = b'{"end":true}'

    def answer(listener):
        while True:
            with contextlib.suppress(OSError):
                client, _ = listener.accept()
                with client:
                    client.sendall(b"".join(struct.pack("!I", len(f)) + f for f in (end, told, end)))
                    client.recv(1)

    path = one.daemon.dir / "state" / "control.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        assert one.user("vera").get("/api/status").status == 503


def test_the_daemon_is_down(own):
    one = own(start=False)
    user = one.user("adam")
    since = user.get("/api/status").headers["X-Signpost-Since"]
    assert re.match(r"20..-..-..T..:..:..\....Z$", since)
    for path in ("/api/status", "/api/servers", "/api/queue", "/api/queue/1M8NNMZAM01"):
        answer = user.get(path)
        assert answer.status == 503 and "the daemon is not there" in answer.json["message"], path
        assert answer.headers["X-Signpost-Since"] == since
    assert user.post("/api/queue/1M8NNMZAM01/hold").status == 503
    assert one.ask("GET", "/metrics", Authorization=consoles.basic("vera")).status == 503
    # What needs no daemon works.
    assert user.get("/api/sessions").json == []
    assert user.get("/api/series", name="queue").json["points"] == []
    assert user.get("/api/route", domain="secure.example").status == 200
    assert user.get("/api/doctor").status == 200
    seen = user.get("/api/criteria").json
    assert user.put("Cc *\n", seen["etag"]).status == 204
    assert (one.daemon.dir / "dnssec.criteria").read_text() == "Cc *\n"
    one.daemon.start()
    assert one.daemon.json("status")["criteria"]["count"] == 1
    assert user.get("/api/status").status == 200


# The queue

def test_queue(relay, view, waiting):
    said = {m["id"]: m for m in relay.json("queue", "list")}
    listed = view.get("/api/queue").json
    assert [m["id"] for m in listed] == sorted(said)
    assert set(waiting) <= set(said)
    assert listed[0].keys() == said[listed[0]["id"]].keys()


def test_queue_in_pages(view, waiting):
    first = view.get("/api/queue", limit=2, domain="bogus-sig.example")
    assert [m["id"] for m in first.json] == waiting[:2]
    assert first.headers["X-Signpost-After"] == waiting[1]
    rest = view.get("/api/queue", after=waiting[1], domain="bogus-sig.example")
    assert [m["id"] for m in rest.json] == waiting[2:]
    assert "X-Signpost-After" not in rest.headers


@pytest.mark.parametrize("query,found", [
    ({"text": "USER3@"}, [3]), ({"text": "user"}, [0, 1, 2, 3, 4]), ({"text": "nobody"}, []),
    ({"domain": "bogus-sig.example", "text": "user1"}, [1]), ({"domain": "a.example"}, []),
    ({"state": "deferred", "text": "user4"}, [4]), ({"state": "failed"}, []),
    ({"from": mail.SENDER, "text": "user2"}, [2]), ({"from": "other@a.example"}, []),
    ({"text": "user", "limit": 1}, [0])])
def test_queue_filtered(view, waiting, query, found):
    assert [m["id"] for m in view.get("/api/queue", **query).json] == [waiting[i] for i in found]


@pytest.mark.parametrize("query", [{"state": "lost"}, {"limit": "0"}, {"limit": "x"},
                                   {"limit": "1001"}, {"after": "?"}, {"colour": "red"}])
def test_queue_bad_parameter(view, query):
    answer = view.get("/api/queue", **query)
    assert answer.status == 400 and answer.json["message"]


@pytest.mark.parametrize("path", ["/api/me", "/api/status", "/api/servers", "/api/doctor", "/api/criteria",
                                  "/api/queue/{}", "/api/sessions/x"])
def test_where_there_are_no_parameters(view, waiting, path):
    answer = view.get(path.format(waiting[0]), colour="red")
    assert answer.status == 400 and "colour" in answer.json["message"]


@pytest.mark.parametrize("method, path", [
    ("POST", "/api/explain"), ("POST", "/api/criteria/try"), ("PUT", "/api/criteria"),
    ("POST", "/api/queue/NONE/hold")])
def test_where_there_is_none_beside_a_body(admin, method, path):
    answer = admin.ask(method, path + "?colour=red", "{}")
    assert answer.status == 400 and "colour" in answer.json["message"]


def test_message(relay, view, waiting):
    answer = view.get("/api/queue/" + waiting[0]).json
    said = relay.json("queue", "show", waiting[0])
    header = answer.pop("header")
    assert answer == said
    assert "\nTo: user0@bogus-sig.example" in header.replace("\r\n", "\n")
    assert "hello" not in header         # of the body, nothing
    assert view.get("/api/queue/00000000007").status == 404
    assert view.get("/api/queue/x").status == 404


def test_errands(relay, admin):
    one = mail.submit(relay, "errand@bogus-sig.example")
    relay.waits(one)
    path = "/api/queue/" + one
    state = lambda: relay.json("queue", "show", one)["state"]
    assert admin.post(path + "/release").status == 409   # it is not held
    answer = admin.post(path + "/hold")
    assert answer.status == 204 and answer.body == b""
    assert state() == "held"
    answer = admin.post(path + "/retry")
    assert answer.status == 409 and "held" in answer.json["message"]
    assert admin.post(path + "/release").status == 204
    assert state() != "held"
    assert admin.post(path + "/hold").status == 204
    assert admin.post(path + "/remove").status == 204
    for what in ("retry", "hold", "release", "remove", "bounce"):
        answer = admin.post(f"{path}/{what}")
        assert answer.status == 404 and answer.json["message"], what
        assert admin.post(f"/api/queue/x/{what}").status == 404
    assert admin.post(path + "/eat").status == 404
    assert admin.get(path + "/hold").status == 405


def test_bounce(relay, admin, received):
    one = mail.submit(relay, "gone@bogus-sig.example")
    relay.delivery(message=one)
    assert admin.post(f"/api/queue/{one}/bounce").status == 204
    relay.delivery(message=one, outcome="bounced")


def test_retry(relay, admin):
    one = mail.submit(relay, "again@bogus-sig.example")
    relay.delivery(message=one)
    assert admin.post(f"/api/queue/{one}/retry").status == 204
    daemons.until(lambda: len(relay.deliveries(message=one)) == 2, what="another attempt")


# Criteria

def test_criteria(console, view, relay):
    answer = view.get("/api/criteria")
    seen = answer.json
    assert answer.headers["ETag"] == seen["etag"]
    assert seen["enabled"] is True
    assert seen["file"] == str(relay.dir / "dnssec.criteria")
    assert seen["text"] == CRITERIA
    lines = [{k: line[k] for k in ("line", "text", "header", "value", "service", "note")}
             for line in seen["lines"]]
    assert lines == [
        {"line": 2, "text": "To *", "header": "To", "value": "*", "service": "requested",
         "note": "every message is asked for"},
        {"line": 8, "text": "Envelope-To *@secure.example SECURE", "header": "Envelope-To",
         "value": "*@secure.example", "service": "required", "note": "the contract, section 4"}]
    assert {"matched", "delivered", "deferred", "bounced"} <= seen["lines"][0].keys()


def test_criteria_saved(own):
    one = own()
    user, path = one.user("adam"), one.daemon.dir / "dnssec.criteria"
    seen = user.get("/api/criteria").json
    text = seen["text"] + "Cc boss@secure.example SECURE DANE\n"
    answer = user.put(text, seen["etag"])
    assert answer.status == 204 and answer.body == b""
    assert path.read_text() == text
    assert one.daemon.json("status")["criteria"]["count"] == 3  # at once
    after = user.get("/api/criteria")
    assert after.headers["ETag"] == answer.headers["ETag"] != seen["etag"]
    assert user.put("To *\n", seen["etag"]).status == 412       # it was changed meanwhile
    assert user.put("To *\n").status == 428
    answer = user.put("To *\nCc * secure\n", after.json["etag"])
    assert answer.status == 422
    assert answer.json["line"] == 2 and "SECURE" in answer.json["message"]
    assert path.read_text() == text
    path.write_text("Bcc *\n")                                  # by another hand
    assert user.put(text, after.json["etag"]).status == 412
    assert path.read_text() == "Bcc *\n"
    assert user.put(text, user.get("/api/criteria").json["etag"].strip('"')).status == 204


def test_criteria_through_a_link(own):
    one = own(start=False)
    user, path = one.user("adam"), one.daemon.dir / "dnssec.criteria"
    path.rename(one.daemon.dir / "elsewhere")
    path.symlink_to("elsewhere")
    assert user.put("Cc *\n", user.get("/api/criteria").json["etag"]).status == 204
    assert path.is_symlink() and (one.daemon.dir / "elsewhere").read_text() == "Cc *\n"


def test_criteria_of_another_owner(own):
    """The package's console has a user of its own, and the file was made by root."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    one = own(start=False)
    user, path = one.user("adam"), one.daemon.dir / "dnssec.criteria"
    os.chown(path, 0, 0)
    path.chmod(0o644)
    assert user.put("Cc *\n", user.get("/api/criteria").json["etag"]).status == 204
    assert path.read_text() == "Cc *\n" and path.stat().st_mode & 0o777 == 0o644


def test_criteria_that_are_not_there(own):
    one = own(start=False)
    path = one.daemon.dir / "dnssec.criteria"
    path.unlink()
    user = one.user("adam")
    seen = user.get("/api/criteria").json
    assert seen["lines"] == [] and seen["text"] == ""
    said = user.put("To *\n", seen["etag"])
    assert said.status == 204, said.text
    assert path.stat().st_mode & 0o777 == 0o644


def test_criteria_that_cannot_be_read(own):
    one = own(start=False, criteria="To *\nSubject\n")
    seen = one.user("adam").get("/api/criteria").json
    assert seen["problem"]["line"] == 2 and seen["lines"] == []


def test_enabled_is_what_the_file_says(own):
    one = own(start=False)
    user = one.user("vera")
    assert user.get("/api/criteria").json["enabled"] is True
    conf = one.daemon.conf.read_text()
    one.daemon.conf.write_text(conf.replace("dnssec { ", "dnssec { enabled = false "))
    assert user.get("/api/criteria").json["enabled"] is False


# What commands say

def test_explain(view, relay):
    text = "From: ann@x.example\nTo: bob@secure.example\nSubject: caf\u00e9 \u2713\n\nhello\n"
    answer = view.post("/api/explain", {"message": text, "from": "ann@x.example",
                                        "to": ["bob@secure.example", "eve@insecure.example"]})
    assert answer.status == 200
    assert [(r["to"], r["service"]) for r in answer.json["recipients"]] == [
        ("bob@secure.example", "required"), ("eve@insecure.example", "requested")]
    done = relay.run("explain", "--json", "--from=ann@x.example", "--to=bob@secure.example",
                     "--to=eve@insecure.example", stdin=text)
    assert answer.json.keys() == json.loads(done.stdout).keys()


@pytest.mark.parametrize("body", ["", "{", "[]", '{"to":["a@b.example"]}', '{"message":7}',
                                  '{"message":"To: a@b.example","to":"a@b.example"}',
                                  '{"message":"To: a@b.example","from":[]}'])
def test_explain_bad_body(view, body):
    answer = view.ask("POST", "/api/explain", body)
    assert answer.status == 400 and answer.json["message"]


def test_words_are_no_options(view):
    """Whatever somebody types, it is one word of the command."""
    answer = view.post("/api/explain", {"message": "To: a@b.example\n\nx", "from": "--help",
                                        "to": ["--help", "-c/etc/passwd"]})
    assert "usage" not in answer.text
    for query in ({"domain": "--help"}, {"domain": "-c/etc/passwd"}):
        answer = view.get("/api/route", **query)
        assert answer.status in (200, 400) and "usage:" not in answer.text


def test_route(view, relay):
    answer = view.get("/api/route", domain="secure.example")
    assert answer.status == 200
    assert answer.json.keys() == relay.json("route", "secure.example").keys()
    assert view.get("/api/route").status == 400


def test_lookup(view, relay):
    answer = view.get("/api/lookup", name="secure.example", type="MX")
    assert answer.status == 200
    said = relay.json("lookup", "secure.example", "MX")
    assert [a["status"] for a in answer.json] == ["secure"] == [a["status"] for a in said]
    assert view.get("/api/lookup", name="secure.example", type="NIX").status == 400
    assert view.get("/api/lookup", type="MX").status == 400
    answer = view.get("/api/lookup", name="@127.0.0.1:1", type="secure.example")  # no server to ask
    assert answer.status == 400 and "not a record type" in answer.json["message"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"line":7}', '{"line":"To *","since":7}'])
def test_try_bad_body(view, body):
    answer = view.ask("POST", "/api/criteria/try", body)
    assert answer.status == 400 and answer.json["message"]


def test_try(relay, view, waiting):
    line = "Envelope-To *@bogus-sig.example SECURE"
    answer = view.post("/api/criteria/try", {"line": line, "since": "1h"})
    assert answer.status == 200
    assert answer.json["criteria"][0]["messages"] >= len(waiting)
    said = relay.json("criteria", "report", "--since=1h", "--try", line)
    assert answer.json.keys() == {*said.keys(), "waiting"}
    assert view.post("/api/criteria/try", {"line": line}).status == 200
    answer = view.post("/api/criteria/try", {"line": "To * secure"})
    assert answer.status == 422 and answer.json["message"].startswith('"secure" is no modifier')
    answer = view.post("/api/criteria/try", {"line": "Subject *x* SECURE"})
    assert answer.status == 200 and "keep-headers" in answer.json["note"]
    assert view.post("/api/criteria/try", {"line": line, "since": "x"}).status == 400


def waits(user, line):
    answer = user.post("/api/criteria/try", {"line": line, "since": "1h"})
    assert answer.status == 200, answer.text
    return answer.json["waiting"]


def test_try_on_mail_that_waits(view, admin, waiting):
    """By its envelope, and by its header, where the records hold none."""
    n = len(waiting)
    domain = {"domain": "bogus-sig.example", "messages": n, "would_bounce": 0, "not_known": n}
    found = waits(view, "Envelope-To user?@bogus-sig.example SECURE")
    looked = found.pop("looked")
    assert looked >= n and found.pop("headers") == n  # `To *` is in force, and asks for a field
    assert found == {"messages": n, "recipients": n, "requested": 0, "required": n,
                     "would_bounce": 0, "not_known": n, "more": False, "domains": [domain]}
    found = waits(admin, "Subject *nothing-like-it* SECURE")
    assert (found["looked"], found["headers"], found["messages"]) == (looked, looked, 0)
    found = waits(view, "From * OBSERVE")
    assert found["headers"] == found["messages"] == looked
    assert found["requested"] == 0       # `To *` asks for as much already


def test_try_on_mail_to_a_domain_that_is_known(own):
    """SECURE would bounce it, as its MX was insecure when it was asked; of another it was secure."""
    one = own(criteria="To *\n")
    relay, user = one.daemon, one.user("vera")
    for domain in ("insecure.example", "secure.example"):
        relay.waits(mail.submit(relay, f"rcpt-451@{domain}"))

    def known():
        found = waits(user, "Envelope-To rcpt-451@* SECURE")
        return found if found["not_known"] == 0 else None
    found = daemons.until(known, what="both domains are kept")
    assert (found["messages"], found["would_bounce"], found["required"]) == (2, 1, 2)
    assert {row["domain"]: row["would_bounce"] for row in found["domains"]} == {
        "insecure.example": 1, "secure.example": 0}


def test_a_console_that_is_there_before_the_daemon_ever_was(own):
    """Logs that are made later are read all the same."""
    one = own(start=False, criteria="To *\n")
    for name in ("log", "state"):
        shutil.rmtree(one.daemon.dir / name, ignore_errors=True)
    one.stop()
    one.start()
    # Whom a socket of the daemon lets in has to come to it.
    assert (one.daemon.dir / "state").stat().st_mode & 0o777 == 0o751
    one.daemon.start()
    sent = mail.submit(one.daemon, "a@secure.example")
    one.daemon.delivery(message=sent)
    user = one.user("vera")
    daemons.until(lambda: [r["message"] for r in user.get("/api/sessions").json] == [sent],
                  what="its record is shown")


def test_try_while_the_daemon_is_down(own):
    one = own(start=False)
    (one.daemon.dir / "log").mkdir(exist_ok=True)
    answer = one.user("vera").post("/api/criteria/try", {"line": "To *"})
    assert answer.status == 200 and answer.json["waiting"] is None


def test_what_became_of_mail_by_each_criterion(relay, view, waiting):
    """It is the report's to say; the page does not wait for it, and has it when it is asked again."""
    said = {c["text"]: c for c in relay.json("criteria", "report", "--since=24h")["criteria"]}
    def counted():
        lines = view.get("/api/criteria").json["lines"]
        return all(one["matched"] is not None and one["matched"] >= said[one["text"]]["messages"]
                   for one in lines)
    daemons.until(counted, what="the numbers of the report")
    assert said["To *"]["messages"] >= len(waiting)


# Sessions

def record(i, at="2026-11-30T01:00:00.000Z", **more):
    return json.dumps({"time": at, "session": f"s{i}", "message": f"m{i}", "from": "", "to":
                       f"u{i}@a.example", "domain": "a.example", "service": "off",
                       "outcome": "delivered", **more}, separators=(",", ":"))


def test_sessions(relay, view, waiting):
    mine = view.get("/api/sessions", message=waiting[0])
    assert mine.status == 200
    assert mine.json == relay.deliveries(message=waiting[0])
    times = [r["time"] for r in view.get("/api/sessions").json]
    assert times == sorted(times, reverse=True)
    for query in ({"to": "user1@bogus-sig.example"}, {"outcome": "deferred", "limit": 3},
                  {"dnssec": 1, "to": "@bogus-sig.example"}):
        found = view.get("/api/sessions", **query).json
        assert found and all(r["domain"] == "bogus-sig.example" for r in found)
    assert view.get("/api/sessions", since="2100-01-01").json == []
    for query in ({"outcome": "lost"}, {"since": "x"}, {"limit": 0}, {"x": 1}, {"dnssec": 2}):
        assert view.get("/api/sessions", **query).status == 400


def test_one_session(relay, view, waiting):
    name = view.get("/api/sessions", message=waiting[0]).json[0]["session"]
    shown = view.get("/api/sessions/" + name)
    assert shown.status == 200
    assert [line["text"] for line in shown.json["lines"]] == [
        line[:-7] if line.endswith(" DNSSEC") else line for line in relay.session(name).lines]
    assert view.get("/api/sessions/nothing").status == 404


def test_a_day_of_many_records_in_pages(own):
    one = own(start=False)
    lines = [record(i, f"2026-11-30T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}.000Z")
             for i in range(20000)]
    (one.daemon.dir / "log/deliveries-2026-11-30.jsonl").write_text("\n".join(lines) + "\n")
    user = one.user("vera")
    first = user.get("/api/sessions")
    assert [r["session"] for r in first.json] == [f"s{i}" for i in range(19999, 19899, -1)]
    before = first.headers["X-Signpost-Before"]
    second = user.get("/api/sessions", before=before)
    assert [r["session"] for r in second.json] == [f"s{i}" for i in range(19899, 19799, -1)]
    assert len(user.get("/api/sessions", to="u17@a.example").json) == 1


def test_the_queue_by_age(own):
    """From the last count of what waits, and again when it is gone."""
    one = own(criteria="To *\n")
    relay, user = one.daemon, one.user("vera")
    sent = mail.submit(relay, "a@bogus-sig.example")
    relay.waits(sent)
    assert relay.json("status")["queue"]["ages"] == {"hour": 1, "four_hours": 0, "day": 0,
                                                     "older": 0}

    def ages():
        parts = user.get("/api/series", name="queue", since="1h").json["by"]["age"]
        return {name: values[-1:] for name, values in parts.items()}
    young = {"up to 1 hour": [1], "1 to 4 hours": [0], "4 to 24 hours": [0],
             "over 24 hours": [0]}
    daemons.until(lambda: ages() == young, what="it is young")
    relay.stop()
    relay.start()
    assert relay.json("status")["queue"]["ages"]["hour"] == 1
    relay.ok("queue", "remove", sent)
    daemons.until(lambda: ages()["up to 1 hour"] == [0], what="it is gone")


def test_live(own, received):
    one = own()
    events = one.user("vera").live()
    some = one.user("vera").live("?to=second@bogus-sig.example")
    for name in ("first", "second"):
        sent = mail.submit(one.daemon, f"{name}@bogus-sig.example")
        kind, told = events.next()
        assert kind == "message" and told == one.daemon.delivery(message=sent)
    assert some.next()[1]["to"] == "second@bogus-sig.example"
    events.close()
    some.close()


@pytest.mark.usefixtures("one_day")
def test_live_is_thinned_and_says_so(own):
    """A thousand sessions at once: some are told, the others counted, and none is lost."""
    one = own(start=False)
    events = one.user("vera").live()
    day = time.strftime("%Y-%m-%d", time.gmtime())
    path = one.daemon.dir / f"log/deliveries-{day}.jsonl"
    with open(path, "a", encoding="utf-8") as out:
        out.write("".join(record(i) + "\n" for i in range(1000)))
    told = left_out = 0
    while told + left_out < 1000:
        kind, data = events.next()
        told += kind == "message"
        left_out += data["left_out"] if kind == "thinned" else 0
    assert told + left_out == 1000 and 0 < told < 500
    with open(path, "a", encoding="utf-8") as out:
        out.write(record(1000) + "\n")
    assert events.next() == ("message", json.loads(record(1000)))
    events.close()


def test_live_bad_parameter(view):
    assert view.get("/api/sessions/live", outcome="lost").status == 400


def test_live_ends_with_the_console(own):
    one = own(start=False)
    events = one.user("vera").live()
    one.stop()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        events.response.read()


# Series and metrics

@pytest.mark.parametrize("name", ["accepted", "deliveries", "answers", "queue"])
def test_series(relay, view, waiting, name):
    def measured():
        answer = view.get("/api/series", name=name, since="1h")
        assert answer.status == 200
        assert answer.json["name"] == name and answer.json["step_s"] == 5
        return answer.json["points"]
    at, value = daemons.until(measured, what="a point")[-1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at) and value >= 0


def test_series_fall_into_parts(own):
    one = own()
    user = one.user("vera")
    # What came before the console first asked is no growth.
    daemons.until(lambda: user.get("/api/series", name="deliveries").json["points"], what="a point")
    sent = mail.submit(one.daemon, "someone@bogus-sig.example")
    one.daemon.delivery(message=sent)
    def parts():
        return user.get("/api/series", name="deliveries").json["by"]
    daemons.until(lambda: sum(parts()["outcome"]["deferred"]) == 1, what="the delivery")
    assert sum(parts()["service"]["requested"]) == 1
    answers = user.get("/api/series", name="answers").json
    assert sum(v for _, v in answers["points"]) == sum(
        sum(v) for v in answers["by"]["status"].values()) > 0


def test_series_of_longer_times(view):
    assert view.get("/api/series", name="queue", since="1d").json["step_s"] == 60
    assert view.get("/api/series", name="queue", since="7d").json["step_s"] == 600
    for query in ({"name": "nothing"}, {}, {"name": "queue", "since": "x"},
                  {"name": "queue", "x": 1}):
        assert view.get("/api/series", **query).status == 400


def test_metrics(console, admin):
    assert console.ask("GET", "/metrics").status == 401
    assert "Basic" in console.ask("GET", "/metrics").headers["WWW-Authenticate"]
    for field in (consoles.basic("vera"), f"Bearer vera:{consoles.PASSWORD}",
                  consoles.basic("vera").replace("Basic", "Bearer")):
        answer = console.ask("GET", "/metrics", Authorization=field)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")
    assert console.ask("GET", "/metrics",
                       Authorization=consoles.basic("vera", "wrong")).status == 401
    assert admin.get("/metrics").status == 200


class Short:
    """The console has not one descriptor more than it holds now."""

    def __init__(self, console):
        self.pid = console.process.pid
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        self.user = {} if os.geteuid() else {
            kind: int(re.search(rf"^{letter}id:\s+(\d+)", status, re.M).group(1))
            for kind, letter in (("user", "U"), ("group", "G"))}

    def __enter__(self):
        held = {int(p.name) for p in pathlib.Path(f"/proc/{self.pid}/fd").iterdir()}
        limits = pathlib.Path(f"/proc/{self.pid}/limits").read_text()
        self.before = re.search(r"^Max open files\s+(\d+)", limits, re.M).group(1)
        self.limit(next(n for n in range(len(held) + 1) if n not in held))

    def __exit__(self, *why):
        self.limit(self.before)

    def limit(self, n):
        """As its user: root is not let in a container."""
        subprocess.run(["prlimit", f"--pid={self.pid}", f"--nofile={n}:"], check=True, **self.user)


def test_short_of_descriptors_is_not_the_daemon_that_is_down(own):
    one = own()
    user, held = one.user("adam"), one.connection()

    def ask(path):
        held.request("GET", path, headers={"Cookie": user.cookie})
        return consoles.Answer(held.getresponse())
    assert ask("/api/status").status == 200
    with Short(one):
        answer = ask("/api/status")
    assert answer.status == 503 and "X-Signpost-Since" not in answer.headers, answer.text
    assert ask("/api/status").status == 200
    one.daemon.stop()
    assert "X-Signpost-Since" in ask("/api/status").headers
    held.close()


def spawner(console):
    """The process that begins the commands of the console."""
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue                     # it has gone meanwhile
        if text.startswith("Name:\tsignpost-spawn\n") and f"\nPPid:\t{console.process.pid}\n" in text:
            return int(status.parent.name)
    raise AssertionError("no spawner")


def test_who_begins_commands_holds_nobody_up(own):
    """It takes no order for a while: more of them than its socket holds wait, and the console does not."""
    one = own(start=False)
    user, pid = one.user("adam"), spawner(one)
    long = 60_000 * "x" + "@secure.example"

    def waiting():
        fds = pathlib.Path(f"/proc/{one.process.pid}/fd")
        return sum("memfd:input" in os.path.realpath(fd) for fd in fds.iterdir())
    body = json.dumps({"message": "Subject: x\n\nx\n", "from": long, "to": [long]})
    asked = [one.connection() for _ in range(5)]
    os.kill(pid, signal.SIGSTOP)
    try:
        for connection in asked:
            connection.request("POST", "/api/explain", body,
                               {"Cookie": user.cookie, "X-Signpost": "1"})
        daemons.until(lambda: waiting() >= 2, what="messages that wait for a command")
        assert user.get("/api/me").status == 200
    finally:
        os.kill(pid, signal.SIGCONT)
    answers = [consoles.Answer(connection.getresponse()) for connection in asked]
    assert [(a.status, a.text) for a in answers] == 5 * [(200, answers[0].text)]
    for connection in asked:
        connection.close()


def test_on_a_unix_socket(own):
    one = own(address="unix:web.sock")
    assert one.url == f"unix:{one.daemon.dir}/state/web.sock"
    assert one.ask("GET", "/metrics").status == 200             # openly
    assert one.ask("GET", "/api/status").status == 401
    assert one.user("vera").get("/api/status").status == 200
    assert one.ask("GET", "/", Host="evil.example").status == 403
    one.stop()
    assert not (one.daemon.dir / "state/web.sock").exists()
    assert not (one.daemon.dir / "state/console.sock").exists()
