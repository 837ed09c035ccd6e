"""A web console of the program, and who asks it."""

import base64
import http.client
import json
import re
import socket
import ssl
import subprocess
import urllib.parse

import daemon as daemons
import dnsfake

PASSWORD = "open sesame"
# MD5 of old: a strong hash takes its time, and this is not about hashes.
HASH = "$1$salt$F/1p4euZe7FzHhgkm6r8e0"
USERS = f"vera:view:{HASH}\nadam:admin:{HASH}\n"


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


class Console:
    """`signpost console` of a daemon's directory."""

    def __init__(self, one, address=None, users=USERS, more="", tls=None, mode=0o600):
        self.daemon = one
        self.port = dnsfake.free_port()
        self.address = address or f"127.0.0.1:{self.port}"
        self.tls = {name: self.held(path) for name, path in tls.items()} if tls else None
        keys = more
        if users is not None:
            (one.dir / "users").write_text(users)
            (one.dir / "users").chmod(mode)
            keys += ' users-file = "users"'
        if tls:
            keys += "".join(f' tls-{name} = "{path}"' for name, path in self.tls.items())
        with open(one.conf, "a", encoding="utf-8") as conf:
            conf.write(f'console "{self.address}" {{ {keys} }}\n')
        one.own()
        self.process = None

    def held(self, path):
        """A copy that none but the daemon's user may read."""
        copy = self.daemon.dir / path.name
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
        return copy

    def start(self):
        self.process = self.daemon.popen("console", "-c", str(self.daemon.conf),
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=open(self.daemon.dir / "console.err", "ab"))
        line = self.process.stdout.readline().decode()
        assert line.startswith("signpost console: ready "), (line, self.stderr)
        self.url = line.split()[-1]
        return self

    @property
    def stderr(self):
        return (self.daemon.dir / "console.err").read_text()

    def stop(self):
        if not self.process:
            return
        self.process.terminate()
        code = self.process.wait(daemons.PATIENCE)
        self.process.stdout.close()
        self.process = None
        assert not daemons.COMPLAINTS.search(self.stderr), self.stderr
        assert code == 0, self.stderr

    def connection(self):
        if self.address.startswith("unix:"):
            return Unix(self.daemon.dir / "state" / self.address[5:])
        if self.tls:
            context = ssl.create_default_context(cafile=self.tls["certificate"])
            context.check_hostname = False
            return http.client.HTTPSConnection("127.0.0.1", self.port, context=context,
                                               timeout=daemons.PATIENCE)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=daemons.PATIENCE)

    def ask(self, method, path, body=None, **headers):
        """Header names have "_" for "-"."""
        connection = self.connection()
        connection.request(method, path, body,
                           {k.replace("_", "-"): v for k, v in headers.items()})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def login(self, name, password=PASSWORD):
        return self.ask("POST", "/login", urllib.parse.urlencode(
            {"name": name, "password": password}))

    def user(self, name):
        answer = self.login(name)
        assert answer.status == 303, answer.text
        return User(self, answer.headers["Set-Cookie"].partition(";")[0])

    def once(self):
        """The path of an address that `console login` prints."""
        url = self.daemon.ok("console", "login").strip()
        return re.fullmatch(r"https?://[^/]+(/\S+)", url).group(1)


class User:
    def __init__(self, console, cookie):
        self.console, self.cookie = console, cookie

    def ask(self, method, path, body=None, **headers):
        if method != "GET":
            headers.setdefault("X_Signpost", "1")
        return self.console.ask(method, path, body, Cookie=self.cookie, **headers)

    def get(self, path, **parameters):
        return self.ask("GET", path + ("?" + urllib.parse.urlencode(parameters)
                                       if parameters else ""))

    def post(self, path, value=None, **headers):
        return self.ask("POST", path, None if value is None else json.dumps(value), **headers)

    def put(self, text, etag=None, **headers):
        if etag is not None:
            headers["If_Match"] = etag
        return self.ask("PUT", "/api/criteria", text, **headers)

    def live(self, query=""):
        """The events of a stream, as they come: (name, data)."""
        connection = self.console.connection()
        connection.request("GET", "/api/sessions/live" + query, headers={"Cookie": self.cookie})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        assert response.headers["Content-Type"] == "text/event-stream"
        return Events(connection, response)


class Events:
    def __init__(self, connection, response):
        self.connection, self.response = connection, response
        assert self.response.readline().startswith(b":")  # it listens
        assert self.response.readline() == b"\n"

    def next(self):
        name = "message"
        for line in iter(self.response.readline, b""):
            if line.startswith(b"event: "):
                name = line[7:].decode().strip()
            elif line.startswith(b"data: "):
                return name, json.loads(line[6:])
        raise AssertionError("the stream has ended")

    def close(self):
        self.connection.close()


def basic(name, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
