"""The real Prometheus over a real Signpost, with the files of packaging/monitoring."""

import json
import re
import shutil
import socket
import subprocess
import threading
import urllib.parse
import urllib.request

import pytest

import consoles
import dnsfake
import mail
from daemon import ROOT, until

FILES = ROOT / "packaging/monitoring"
METRIC = re.compile(r"\bsignpost_[a-z_]+")
SUFFIXES = ("_bucket", "_count", "_sum")

pytestmark = pytest.mark.skipif(not shutil.which("prometheus") or not shutil.which("promtool"),
                                reason="Debian's prometheus is not installed: tools/deps test")


class Prometheus:
    """A server of its own, with its data where the test has its files."""

    def __init__(self, place, jobs):
        self.port = dnsfake.free_port()
        self.place = place
        config = {"global": {"scrape_interval": "5s", "evaluation_interval": "1s"},
                  "rule_files": [str(FILES / "signpost.rules.yml")], "scrape_configs": jobs}
        (place / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML, too
        with open(place / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={place}/prometheus.yml",
                 f"--storage.tsdb.path={place}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def api(self, path, **parameters):
        """What it answers; None while it does not."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        assert self.process.poll() is None, (self.place / "prometheus.log").read_text()
        try:
            with urllib.request.urlopen(url) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code != 503:            # it starts
                raise AssertionError(f"{path} {parameters}: {error.read()!r}") from None
            return None
        except urllib.error.URLError:
            return None

    def values(self, expression):
        """{labels but job and instance: value}, of an instant."""
        found = self.api("query", query=expression)
        return {tuple(sorted((k, v) for k, v in row["metric"].items()
                             if k not in ("__name__", "job", "instance"))): float(row["value"][1])
                for row in found["result"]} if found else {}

    def up(self):
        """{job: whether it was scraped, and what was wrong}, this time: it gives up after five seconds."""
        found = self.api("targets", state="active")
        return {t["labels"]["job"]: (t["health"], t["lastError"])
                for t in found["activeTargets"]} if found else {}


class Carrier:
    """From a port of loopback to a unix socket, as a proxy does it for who knows no such socket."""

    def __init__(self, path):
        self.path = path
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                one = self.server.accept()[0]
            except OSError:
                return
            other = socket.socket(socket.AF_UNIX)
            other.connect(str(self.path))
            for a, b in ((one, other), (other, one)):
                threading.Thread(target=self.carry, args=(a, b), daemon=True).start()

    @staticmethod
    def carry(source, target):
        try:
            while octets := source.recv(65536):
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.server.close()


def job(name, port, **more):
    return {"job_name": name, "static_configs": [{"targets": [f"localhost:{port}"]}], **more}


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return tmp_path_factory.mktemp("prometheus")


@pytest.fixture(scope="module")
def watched(make_module_daemon, ground):
    """Daemons whose consoles are at a port and at a unix socket, and Prometheus at each."""
    inet, unix = (make_module_daemon(criteria="To *\n") for _ in range(2))
    made = [consoles.Console(inet).start(),
            consoles.Console(unix, address="unix:web.sock", users=None).start()]
    carrier = Carrier(unix.dir / "state/web.sock")
    basic = {"username": "vera", "password": consoles.PASSWORD}
    bearer = {"type": "Bearer", "credentials": f"vera:{consoles.PASSWORD}"}
    server = Prometheus(ground, [
        job("signpost", made[0].port, basic_auth=basic),
        job("bearer", made[0].port, authorization=bearer),
        job("unix", carrier.port),
        job("nobody", made[0].port)])
    yield inet, unix, server
    server.stop()
    carrier.stop()
    for one in made:
        one.stop()


def test_it_scrapes_by_basic_bearer_and_unix_socket(watched):
    _, _, server = watched

    def as_they_should():
        up = server.up()
        return {name: health for name, (health, _) in up.items()} == {
            "signpost": "up", "bearer": "up", "unix": "up", "nobody": "down"} \
            and "401" in up["nobody"][1]
    until(as_they_should, what="all were scraped, but for who has no password")


def deliveries(relay):
    """As Prometheus has them, but out of the status."""
    found = {}
    for row in relay.json("status")["deliveries"]:
        labels = (("outcome", row["outcome"]), ("service", row["service"]))
        found[labels] = found.get(labels, 0) + row["count"]
    return found


def test_it_has_the_values_of_the_daemon(watched):
    inet, unix, server = watched
    for relay in (inet, unix):
        for to in ("user@secure.example", "user@insecure.example", "rcpt-550@secure.example"):
            relay.delivery(message=mail.submit(relay, to))
    for name, relay in (("signpost", inet), ("bearer", inet), ("unix", unix)):
        until(lambda name=name, relay=relay: server.values(
            f'signpost_deliveries_total{{job="{name}"}} > 0') == deliveries(relay),
            what=f"the values by {name}")
        assert {dict(labels)["outcome"] for labels in deliveries(relay)} == {"delivered", "bounced"}
    told = {(s["server"], s["trusted"]) for s in inet.json("status")["servers"]}
    kept = until(lambda: server.values('signpost_server_trusted{job="signpost"}'))
    assert {(dict(labels)["server"].split()[0], bool(v)) for labels, v in kept.items()} == told
    held = until(lambda: server.values('signpost_queue_messages{job="signpost",state="held"}'))
    assert held == {(("state", "held"),): 0}


def families(text):
    """The names of what a daemon tells, as samples have them."""
    return set(re.findall(r"^(signpost_[a-z_]+)[{ ]", text, re.M))


def expressions():
    """(where, expression) of each rule and each panel."""
    board = json.loads((FILES / "grafana.json").read_text())
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], re.match(r"label_values\((.*), \w+\)$", variable["query"])[1]


def filled(expression):
    """As Grafana puts the choices in."""
    for name, value in (("$__rate_interval", "1m"), ("$job", ".*"), ("$instance", ".*")):
        expression = expression.replace(name, value)
    return expression


def test_the_dashboard_shows_what_there_is(watched):
    """Each expression is one to Prometheus, names metrics of the daemon, and finds something."""
    inet, _, server = watched
    there = families(inet.ok("status", "--openmetrics"))
    until(lambda: server.values("signpost_dns_seconds_count > 0"), what="it was scraped")
    for title, expression in expressions():
        strange = set(METRIC.findall(expression)) - there
        assert not strange, f"{title}: {strange}"
        until(lambda shown=filled(expression): server.values(shown), what=f"{title}: {expression}")


def test_the_dashboard_is_in_order():
    board = json.loads((FILES / "grafana.json").read_text())
    titles = [panel["title"] for panel in board["panels"]]
    assert len(set(titles)) == len(titles)
    assert len({panel["id"] for panel in board["panels"]}) == len(titles)
    taken = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24 and not cells & taken, panel["title"]
        taken |= cells


def test_the_rules_name_what_there_is(watched):
    inet, _, _ = watched
    there = families(inet.ok("status", "--openmetrics"))
    named = set(METRIC.findall(re.sub(r"#.*", "", (FILES / "signpost.rules.yml").read_text())))
    assert named and named <= there


def test_the_rules_are_loaded_and_well(watched):
    _, _, server = watched
    loaded = until(lambda: server.api("rules"), what="the rules")
    rules = [rule for group in loaded["groups"] for rule in group["rules"]]
    assert len(rules) == len(re.findall(r"- alert:", (FILES / "signpost.rules.yml").read_text()))
    until(lambda: all(rule["health"] == "ok" for group in server.api("rules")["groups"]
                      for rule in group["rules"]), what="each was evaluated")


@pytest.mark.parametrize("words", [("check", "rules", "signpost.rules.yml"),
                                   ("test", "rules", "signpost.test.yml")])
def test_promtool(words):
    done = subprocess.run(["promtool", *words], cwd=FILES, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_of_a_scrape(tmp_path):
    """As it stands, and with what is commented out; the files of passwords need not be there."""
    text = (FILES / "scrape.yml").read_text()
    other = re.sub(r"^  # (?! )?", "  ", text.partition("# Or by Bearer")[2], flags=re.M)
    for n, one in enumerate((text, "scrape_configs:\n" + other.partition("\n")[2])):
        path = tmp_path / f"{n}.yml"
        path.write_text(one)
        done = subprocess.run(["promtool", "check", "config", "--syntax-only", path],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
