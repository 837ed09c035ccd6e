"""The real console in a real browser: what the fake one of test_screens.py promises is kept.

There is each error at will; here is that pages, console, daemon and mail fit together.
"""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "console"))
import browser as browsers  # noqa: E402
import consoles  # noqa: E402
import daemon as daemons  # noqa: E402
import mail  # noqa: E402
from browser import Keys  # noqa: E402

CRITERIA = """\
# every message is asked for
To *
Subject *payroll* SECURE
"""
WAITING = "someone@bogus-sig.example"


@pytest.fixture(scope="module")
def eye():
    one = browsers.Browser()
    yield one
    one.close()


@pytest.fixture
def relay(make_daemon):
    return make_daemon(start=False, criteria=CRITERIA)


@pytest.fixture
def console(relay, eye):
    """Logged in as adam, who may change things; the browser's console has said nothing in the end."""
    one = consoles.Console(relay)
    relay.start()
    one.start()
    eye.wide()
    eye.complaints()
    eye.requests()
    eye.open(one.url)
    eye.write("Name", "adam")
    eye.write("Password", consoles.PASSWORD).send_keys(Keys.ENTER)
    eye.settled()
    one.forgiven = ()
    yield one
    complaints, requests = eye.complaints(but=one.forgiven), eye.requests()
    eye.open("about:blank")              # or it asks on
    one.stop()
    assert complaints == []
    assert [u for u in requests if not u.startswith((one.url, "about:", "chrome"))] == []


def at(eye, console, address):
    eye.open(f"{console.url}#/{address}")
    eye.driver.refresh()
    eye.settled()


def sent(relay, to, subject):
    text = mail.message(to, mark="seen").replace("Subject: seen", f"Subject: {subject}")
    return mail.submit(relay, to, text)


def test_every_screen(eye, relay, console):
    waits, done = sent(relay, WAITING, "payroll"), sent(relay, "a@secure.example", "an order")
    session = relay.delivery(message=done)["session"]
    relay.delivery(message=waits)
    found = {}
    for address in ("dnssec", "dnssec/add", "overview", "queue", f"queue/{waits}", "sessions",
                    f"sessions/{session}", "resolvers", "domain/mixed-hosts.example"):
        at(eye, console, address)
        if address == "resolvers":
            eye.press("Run doctor")
            eye.says("What doctor finds")
        for theme, width in (("light", 1600), ("dark", 360)):
            eye.theme(theme)
            eye.size(width)
            eye.until(lambda w=width: eye.run("return innerWidth") == w, f"a width of {width}")
            found[theme, address] = eye.audit()
    assert {k: words for k, words in found.items() if words} == {}
    eye.theme("light")


def test_criteria(eye, relay, console):
    console.forgiven = (400, 412, 422)
    sent(relay, "a@insecure.example", "an order")
    relay.delivery(to="a@insecure.example")
    at(eye, console, "dnssec")
    eye.says("is trusted and validates")
    eye.press("Add criterion")
    eye.write("Header", "Envelope-To")
    eye.write("Value", "*@insecure.example SECUER")
    eye.says('"SECUER" is one letter away from a modifier')
    eye.write("Value", "*@insecure.example")
    eye.choose("Service", "SECURE")
    eye.says("SECURE would have bounced: insecure.example")
    (relay.dir / "dnssec.criteria").write_text(CRITERIA + "Cc *\n")
    eye.press("Save")
    eye.says("The file changed meanwhile: nothing was saved")
    eye.press("Read it again")
    eye.says("Save puts your line into it")
    eye.press("Save")
    eye.says("Saved: Envelope-To *@insecure.example SECURE")
    assert (relay.dir / "dnssec.criteria").read_text() == \
        CRITERIA + "Cc *\nEnvelope-To *@insecure.example SECURE\n"
    daemons.until(lambda: relay.json("status")["criteria"]["count"] == 4, what="it is in force")
    eye.write("Message", "Subject: an order\n\nx\n")
    eye.write("Sender", "a@b.example")
    eye.write("Recipients", "a@insecure.example")
    eye.press("Try")
    eye.says("bounce 5.7.4")
    sent(relay, "b@insecure.example", "an order")
    assert relay.delivery(to="b@insecure.example")["status"] == "5.7.4"


def test_queue(eye, relay, console):
    first, second = sent(relay, WAITING, "one"), sent(relay, WAITING, "two")
    relay.delivery(message=first)
    relay.delivery(message=second)
    state = lambda: [m["state"] for m in relay.json("queue", "list")]  # noqa: E731
    at(eye, console, "queue?domain=bogus-sig.example")
    for one in (first, second):
        eye.one(f"input[aria-label='{one}']").send_keys(Keys.SPACE)
    eye.press("Hold")
    eye.says("Hold: 2 messages")
    assert state() == ["held", "held"]
    eye.press("Release")
    eye.says("Release: 2 messages")
    at(eye, console, f"queue/{first}")
    eye.says("Subject: one")
    eye.press("Remove")
    eye.until(lambda: eye.all("dialog[open]"))
    eye.press("Remove")
    eye.until(lambda: eye.run("return location.hash") == "#/queue")
    daemons.until(lambda: first not in relay.ok("queue", "list"), what="it is removed")


def test_live(eye, relay, console):
    at(eye, console, "sessions?domain=secure.example")
    sent(relay, "live@secure.example", "an order")
    eye.says("live@secure.example")
    eye.all("#screen tbody a")[0].send_keys(Keys.ENTER)
    eye.says("outcome: delivered")
    assert eye.all("ol.log .tag")


def test_down_and_up(eye, relay, console):
    console.forgiven = (503,)
    at(eye, console, "queue")
    relay.stop()
    eye.says("The daemon is down since")
    eye.keys("1")
    eye.says("*payroll*")
    relay.start()
    eye.until(lambda: "The daemon is down" not in eye.text(), "the banner is gone")
    eye.says("is trusted")


def test_login_once(eye, relay, console):
    eye.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    eye.open(relay.ok("console", "login").strip())
    assert eye.audit() == []
    eye.press("Log in")
    eye.settled()
    console.forgiven = (401,)
    eye.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    eye.open(f"{console.url}#/domain")
    eye.driver.refresh()
    eye.write("Name", "vera")
    eye.write("Password", "wrong").send_keys(Keys.ENTER)
    eye.says("Name or password is wrong.")
    assert eye.audit() == []
    eye.write("Name", "vera")
    eye.write("Password", consoles.PASSWORD).send_keys(Keys.ENTER)
    eye.settled()
    assert eye.run("return location.hash") == "#/domain"
    eye.says("view")
