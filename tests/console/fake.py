"""A console that is none: the pages as they are, and canned answers in the shapes of the real one.

What the browser tests need of it, and a real one cannot do at will: any error of any
request, a file that changes meanwhile, a daemon that is down, a session that ends now.

    fake.py [PORT]      serves until it is stopped; admin and view log in with "secret"
"""

import hashlib
import http.server
import json
import pathlib
import queue
import re
import sys
import threading
import time
import urllib.parse

import canned

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "src/console/assets"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript",
         ".svg": "image/svg+xml"}
CRITERIA = """\
# dnssec.criteria of relay.example.net

# every message is asked for
To *
# contract of 2026, section 4
Envelope-To *@bank.example SECURE DANE
Subject *payroll* SECURE
"""
SINCE = "2026-11-24T03:04:05.678Z"        # the daemon is down
COUNTS = (("matched", 212), ("delivered", 205), ("deferred", 4), ("bounced", 3))


class Answer(Exception):
    """Ends a request with a status other than 200."""

    def __init__(self, status, message=None, fields=None, **more):
        super().__init__(status)
        self.status, self.fields = status, fields or {}
        self.body = None if message is None else {"message": message, **more}


def wrong(line):
    """What the parser would say of a line; a few of its complaints."""
    if re.search(r"\s(SECUER|SECUR|secure)$", line):
        return f'"{line.split()[-1]}" is one letter away from a modifier; where it is part of ' \
               "the value, write it in quotes; else write SECURE"
    if len(line.split()) < 2:
        return "no value: write HEADER VALUE [SECURE]"
    return ""


def read_line(number, text, note):
    m = re.match(r"(\S+?):?\s+(.*?)(?:\s+(SECURE DANE|SECURE|OBSERVE))?$", text)
    service = "required" if (m.group(3) or "").startswith("SECURE") else "requested"
    return {"line": number, "text": text, "header": m.group(1), "value": m.group(2),
            "service": service, "note": note, **dict(COUNTS)}


class State:
    """All that it knows, and what a test changes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.criteria, self.problem = CRITERIA, None
        self.messages = canned.messages()
        self.look = None                 # messages that one answer looks at; None: all
        self.records = canned.records()
        self.failing = {}                # "GET /api/status": Answer
        self.late = {}                   # "GET /api/status": threading.Event that its answer waits for
        self.asked = []                  # (method, path, query, body)
        self.live = []                   # a queue.Queue each stream
        self.roles = {}                  # by cookie
        self.wrong_passwords = 0
        self.invited = True
        self.down = False

    @property
    def etag(self):
        return '"' + hashlib.sha256(self.criteria.encode()).hexdigest()[:16] + '"'

    def tell(self, record, event=None):
        """To all who listen; returns how many these are."""
        text = (f"event: {event}\n" if event else "") + f"data: {json.dumps(record)}\n\n"
        for stream in list(self.live):
            stream.put(text.encode())
        return len(self.live)

    def file(self):
        lines, note = [], ""
        for number, text in enumerate(self.criteria.splitlines(), 1):
            if text.startswith("#"):
                note = f"{note} {text[1:].strip()}".strip()
            elif text.strip():
                lines.append(read_line(number, " ".join(text.split()), note))
                note = ""
            else:
                note = ""
        found = {"etag": self.etag, "enabled": True, "file": "/etc/signpost/dnssec.criteria",
                 "lines": lines, "text": self.criteria}
        return found | ({"problem": self.problem, "lines": []} if self.problem else {})

    # Requests of the API: method, pattern, what answers it

    def get_status(self, ask):
        return canned.status(self.messages, len(self.file()["lines"]))

    def get_servers(self, ask):
        return self.get_status(ask)["servers"]

    def get_doctor(self, ask):
        return canned.DOCTOR

    def get_me(self, ask):
        return {"name": ask.role, "role": ask.role, "hostname": "relay.example.net"}

    def get_criteria(self, ask):
        return self.file()

    def put_criteria(self, ask):
        if "If-Match" not in ask.headers:
            raise Answer(428, "If-Match is a must")
        if ask.headers["If-Match"] != self.etag:
            raise Answer(412, "the file changed meanwhile")
        for number, line in enumerate(ask.text.splitlines(), 1):
            if line.strip() and not line.startswith("#") and wrong(line):
                raise Answer(422, wrong(line), line=number)
        self.criteria = ask.text
        raise Answer(204)

    def post_criteria_try(self, ask):
        line = json.loads(ask.text)["line"]
        if wrong(line):
            raise Answer(422, wrong(line))
        return canned.tried(line, held=not line.startswith("Subject"))

    def post_explain(self, ask):
        given = json.loads(ask.text)
        if not given["message"].strip():
            raise Answer(400, "not a message: it is empty")
        if "payroll" in given["message"]:
            by, service = "Subject *payroll* SECURE", "required"
        else:
            by, service = "To *", "requested"
        return {"from": given["from"], "recipients": [canned.explained(to, by, service)
                                                      for to in given["to"] or ["b@bank.example"]]}

    def get_queue(self, ask):
        limit = int(ask.given("limit") or 100)

        def fits(m):
            said = json.dumps(m)
            return (ask.given("state") in ("", m["state"]) and ask.given("text") in said
                    and ask.given("from") in m["from"] and m["id"] > ask.given("after")
                    and any(r["to"].endswith(ask.given("domain")) for r in m["recipients"]))
        rest = [m for m in self.messages if m["id"] > ask.given("after")]
        looked = rest[:self.look]
        found = [m for m in looked if fits(m)]
        if len(found) > limit:
            ask.more = {"X_Signpost_After": found[limit - 1]["id"]}
        elif len(looked) < len(rest):
            ask.more = {"X_Signpost_After": looked[-1]["id"]}
        return found[:limit]

    def found(self, identity):
        for m in self.messages:
            if m["id"] == identity:
                return m
        raise Answer(404, f"no message {identity}")

    def get_queue_one(self, ask, identity):
        return {**self.found(identity), "header": canned.HEADER}

    def post_queue(self, ask, identity, action):
        m = self.found(identity)
        if m["state"] == "active":
            raise Answer(409, f"{identity} is being delivered at this moment")
        if action in ("remove", "bounce"):
            self.messages.remove(m)
        else:
            m["state"] = "held" if action == "hold" else "deferred"
        raise Answer(204)

    def get_sessions(self, ask):
        def fits(r):
            to = ask.given("to")
            return (ask.given("outcome") in ("", r["outcome"])
                    and ask.given("message") in ("", r["message"])
                    and (to == "" or r["to"] == to or f"@{r['domain']}" == to)
                    and (ask.given("dnssec") == "" or r["service"] != "off")
                    and (ask.given("was_secure") == "" or r["was_secure"]))
        before = ask.given("before") or "3"
        found = [r for r in self.records if fits(r) and r["time"] < before]
        limit = int(ask.given("limit") or 100)
        if len(found) > limit:
            ask.more = {"X_Signpost_Before": found[limit - 1]["time"]}
        return found[:limit]

    def get_session(self, ask, name):
        if all(r["session"] != name for r in self.records):
            raise Answer(404, f"no session {name}")
        return canned.session(name)

    def get_route(self, ask):
        domain = ask.given("domain")
        if " " in domain:
            raise Answer(400, f"{domain} is no domain")
        return canned.ROUTES.get(domain) or {**canned.bogus(), "domain": domain}

    def get_series(self, ask):
        return canned.series(ask.given("name"), ask.given("since"))


API = [(method, re.compile(pattern), name) for method, pattern, name in (
    ("GET", "/api/status", "get_status"), ("GET", "/api/servers", "get_servers"),
    ("GET", "/api/doctor", "get_doctor"), ("GET", "/api/me", "get_me"),
    ("GET", "/api/criteria", "get_criteria"), ("PUT", "/api/criteria", "put_criteria"),
    ("POST", "/api/criteria/try", "post_criteria_try"), ("POST", "/api/explain", "post_explain"),
    ("GET", "/api/queue", "get_queue"), ("GET", "/api/queue/([^/]+)", "get_queue_one"),
    ("POST", "/api/queue/([^/]+)/(retry|hold|release|remove|bounce)", "post_queue"),
    ("GET", "/api/sessions", "get_sessions"), ("GET", "/api/sessions/([^/]+)", "get_session"),
    ("GET", "/api/route", "get_route"), ("GET", "/api/series", "get_series"))]
WITHOUT_DAEMON = ("/api/me", "/api/criteria")
VIEW_MAY = ("/api/explain", "/api/criteria/try")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None                         # set by serve()

    def log_message(self, *words):
        pass

    def given(self, name):
        return self.query.get(name, "")

    @property
    def role(self):
        m = re.search(r"session=(\w+)", self.headers.get("Cookie", ""))
        return self.state.roles.get(m.group(1)) if m else None

    def reply(self, status, body=b"", kind="application/json", **headers):
        self.send_response(status)
        for name, value in {"Content-Security-Policy": POLICY, "X-Frame-Options": "DENY",
                            "X-Content-Type-Options": "nosniff", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        if body:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def page(self, name, status=200, say="", **headers):
        path = ASSETS / name
        if not path.is_file() or path.parent != ASSETS or path.suffix not in TYPES:
            self.reply(404, b'{"message":"no such file"}')
            return
        body = path.read_bytes().replace(b"<!--say-->", say.encode())
        self.reply(status, body, TYPES[path.suffix], **headers)

    def handle_one(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        self.text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with self.state.lock:
            self.state.asked.append((self.command, url.path, self.query, self.text))
            late = self.state.late.get(f"{self.command} {url.path}")
        if late:
            late.wait()
        if url.path == "/api/sessions/live" and self.role:
            self.stream()
        elif url.path.startswith("/api/"):
            self.api(url.path)
        elif url.path.startswith("/assets/"):
            self.page(url.path.removeprefix("/assets/"))
        else:
            self.door(url)

    do_GET = do_POST = do_PUT = handle_one

    def door(self, url):
        if (self.command, url.path) == ("POST", "/login"):
            self.log_in(urllib.parse.parse_qs(self.text))
        elif url.path == "/login" and self.given("token") and self.state.invited:
            self.page("once.html")
        elif url.path == "/login":
            self.page("login.html", say="This address has been used." if url.query else "")
        elif (self.command, url.path) == ("POST", "/logout"):
            self.state.roles.clear()
            self.reply(204)
        else:
            self.page("index.html" if self.role else "login.html")

    def log_in(self, form):
        name, password = form.get("name", [""])[0], form.get("password", [""])[0]
        if self.given("token") and self.state.invited:
            self.state.invited = False
            self.let_in("admin")
        elif self.state.wrong_passwords >= 5:
            self.page("login.html", 429, "Too many wrong passwords: wait a minute.")
        elif name not in ("admin", "view") or password != "secret":
            self.state.wrong_passwords += 1
            self.page("login.html", 401, "Name or password is wrong.")
        else:
            self.let_in(name)

    def let_in(self, role):
        cookie = f"{role}{len(self.state.roles)}{time.monotonic_ns()}"
        self.state.roles[cookie] = role
        self.reply(303, Location="/", Set_Cookie=f"session={cookie}; HttpOnly; SameSite=Strict")

    def api(self, path):
        self.more = {}
        try:
            with self.state.lock:
                value = self.answer(path)
            etag = {"ETag": value["etag"]} if isinstance(value, dict) and "etag" in value else {}
            self.reply(200, json.dumps(value).encode(), **etag, **self.more)
        except Answer as a:
            self.reply(a.status, b"" if a.body is None else json.dumps(a.body).encode(), **a.fields)

    def answer(self, path):
        state = self.state
        if self.role is None:
            raise Answer(401, "log in first")
        if f"{self.command} {path}" in state.failing:
            raise state.failing[f"{self.command} {path}"]
        if self.command != "GET" and self.headers.get("X-Signpost") != "1":
            raise Answer(403, "X-Signpost: 1 is missing")
        if self.command != "GET" and self.role == "view" and path not in VIEW_MAY:
            raise Answer(403, "role view changes nothing")
        if state.down and path not in WITHOUT_DAEMON:
            raise Answer(503, "control.sock: Connection refused", {"X-Signpost-Since": SINCE})
        for method, pattern, name in API:
            m = pattern.fullmatch(path)
            if m and method == self.command:
                return getattr(state, name)(self, *map(urllib.parse.unquote, m.groups()))
        raise Answer(404, f"no such request: {path}")

    def stream(self):
        mine = queue.Queue()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.close_connection = True
        self.state.live.append(mine)
        try:
            self.wfile.write(b": here\n\n")
            while (text := mine.get()) is not None:
                self.wfile.write(text)
        except OSError:
            pass
        finally:
            if mine in self.state.live:
                self.state.live.remove(mine)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], OSError):  # a browser that went away is no news
            super().handle_error(request, address)


def serve(port=0):
    """(server, state); the server runs in a thread of its own."""
    state = State()
    handler = type("Bound", (Handler,), {"state": state})
    server = Server(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, state


def main(words):
    server, _ = serve(int(words[0]) if words else 8025)
    print(f"fake console: http://127.0.0.1:{server.server_port}/", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
