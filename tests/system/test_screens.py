"""The console's pages in a real browser: every screen, every action, every error, by keyboard.

Against tests/console/fake.py, which has any answer at will; that its answers have the shapes of
the program's own is the last test here.
"""

import pathlib
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "console"))
import browser as browsers  # noqa: E402
import canned  # noqa: E402
import fake  # noqa: E402
from browser import Keys  # noqa: E402

SCREENS = ("dnssec", "overview", "queue", "sessions", "resolvers", "domain")
ADDRESSES = (*SCREENS, "dnssec/add", "dnssec/edit/6", "overview?span=week", "queue?state=held",
             "queue/1M8NKFG7Z03", "sessions?outcome=bounced", "sessions/1M8NKFS0001",
             "domain/bank.example", "domain/old.partner.example", "domain/bogus.example")


@pytest.fixture(scope="module")
def chromium():
    one = browsers.Browser()
    yield one
    one.close()


@pytest.fixture(scope="module")
def console():
    server, state = fake.serve()
    yield state, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


class Page:
    """A browser at the console, logged in."""

    def __init__(self, chromium, state, url):
        self.browser, self.state, self.url = chromium, state, url
        self.forgiven = ()               # statuses that the test lets a request have

    def __getattr__(self, name):
        return getattr(self.browser, name)

    def log_in(self, role):
        self.state.roles["test"] = role
        self.driver.execute_cdp_cmd("Network.setCookie", {
            "name": "session", "value": "test", "url": self.url})

    def at(self, address):
        def there():
            self.browser.open(f"{self.url}#/{address}")
            self.driver.refresh()        # where only what follows # differs, it would stay
            return True
        self.until(there, f"the page of {address}")
        self.settled()
        return self

    def asked(self, method, path):
        """The requests of this kind since the last reset: (query, body)."""
        return [(query, body) for m, p, query, body in self.state.asked if (m, p) == (method, path)]

    def fails(self, method, path, status, message, **more):
        self.state.failing[f"{method} {path}"] = fake.Answer(status, message, **more)
        self.forgiven += (status,)

    def hash(self):
        return self.run("return location.hash")


@pytest.fixture
def page(chromium, console):
    state, url = console
    state.reset()
    chromium.open("about:blank")
    chromium.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.wide()
    chromium.theme("light")
    chromium.complaints()
    chromium.requests()
    one = Page(chromium, state, url)
    one.log_in("admin")
    yield one
    assert chromium.complaints(but=one.forgiven) == []
    assert [u for u in chromium.requests() if not u.startswith((url, "about:", "chrome"))] == []


# The frame

@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_in_anybodys_way(page, address):
    """Names, roles, labels, heads, contrast, size, width: of every screen, in each width and
    theme, which the page takes on as it stands there."""
    page.at(address)
    if address == "resolvers":
        page.press("Run doctor")
        page.says("What doctor finds")
    if address.startswith("queue"):
        page.press("Keys")
    found = {}
    for width in (360, 900, 1600):
        page.size(width, 900)
        page.until(lambda w=width: page.run("return innerWidth") == w, f"a width of {width}")
        for theme in ("light", "dark"):
            page.theme(theme)
            found[width, theme] = page.audit()
    assert {view: words for view, words in found.items() if words} == {}


@pytest.mark.parametrize("address", SCREENS)
def test_tab_goes_through_a_screen_as_it_is_read(page, address):
    """All that can be used is reached, in the order of the page, and is seen to have the focus."""
    page.at(address)
    page.run("document.activeElement.blur(); getSelection().removeAllRanges();"
             "window.reached = []; document.addEventListener('focusin', e => reached.push(e.target))")
    wanted = page.run(
        "return [...document.querySelectorAll('a[href], button, input, select, textarea, summary,"
        "[tabindex=\"0\"]')].filter(e => !e.disabled && e.checkVisibility()).length")
    unseen = []
    for _ in range(wanted):
        page.keys(Keys.TAB)
        unseen += page.run(
            "const s = getComputedStyle(document.activeElement);"
            "return s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 1.5"
            " ? [document.activeElement.outerHTML.slice(0, 99)] : []")
    assert unseen == []
    assert page.run("return reached.length") == wanted
    assert page.run("return reached.every((e, i) => i === 0 ||"
                    "reached[i - 1].compareDocumentPosition(e) & 4)")


def test_links_have_the_names_of_the_screens_and_back_goes_back(page):
    page.at("dnssec")
    for name in ("Overview", "Queue", "Sessions", "Resolvers", "Domain", "DNSSEC"):
        link = page.seen(f"//nav//a[normalize-space()='{name}']")[0]
        link.send_keys(Keys.ENTER)
        page.until(lambda: page.one("h1").text == name, f"the screen {name}")
        page.until(lambda: page.driver.title == f"Signpost: {name}")
        assert page.hash() == f"#/{name.lower()}"
        assert page.one("nav [aria-current=page]").text == name
    page.driver.back()
    page.until(lambda: page.one("h1").text == "Domain", "back at Domain")
    page.driver.back()
    page.until(lambda: page.one("h1").text == "Resolvers", "back at Resolvers")


def test_a_path_leads_where_its_address_does(page):
    page.browser.open(f"{page.url}queue?state=held")
    page.until(lambda: page.hash() == "#/queue?state=held")
    page.settled()
    assert page.field("State").get_attribute("value") == "held"


def test_keys(page):
    page.at("queue")
    page.keys("3")
    page.keys("?")
    page.until(lambda: page.all("dialog[open]"), "the list of keys")
    assert page.audit() == []
    page.keys("2")                       # no key of a screen while a dialog is open
    page.keys(Keys.ESCAPE)
    page.until(lambda: not page.all("dialog"), "the dialog is closed")
    assert page.hash() == "#/queue"
    page.keys("/")
    assert page.focused() == "text"
    page.keys("1?/")                     # are letters there
    assert page.field("Text").get_attribute("value") == "1?/"
    page.press("Keys")
    page.press("Close")
    page.until(lambda: page.focused() == "Keys", "the focus is back")
    page.keys("4")
    page.until(lambda: page.one("h1").text == "Sessions")
    assert page.focused() == "Sessions"  # a new screen is told by its heading


def test_the_content_is_one_step_away(page):
    page.at("queue")
    page.run("document.activeElement.blur()")
    page.keys(Keys.TAB, Keys.ENTER)
    assert page.run("return document.activeElement.id") == "main"
    assert page.hash() == "#/queue"


# Who is there

def test_login(page):
    page.state.roles.clear()
    page.forgiven = (401, 429)
    page.browser.open(f"{page.url}#/queue/1M8NKFG7Z01")
    page.write("Name", "admin")
    page.write("Password", "wrong")
    page.press("Log in")
    page.says("Name or password is wrong.")
    assert page.audit() == []
    assert page.field("Name").get_attribute("value") == "admin"    # it is not typed again
    assert page.run("return document.activeElement.id") == "password"
    page.write("Password", "secret").send_keys(Keys.ENTER)
    page.says("Message 1M8NKFG7Z01")     # where he was going
    page.says("admin (admin)")


def test_login_too_often(page):
    page.state.roles.clear()
    page.state.wrong_passwords = 5
    page.forgiven = (429,)
    page.browser.open(page.url)
    page.write("Name", "admin")
    page.write("Password", "secret")
    page.press("Log in")
    page.says("Too many wrong passwords")


def test_login_once(page):
    page.state.roles.clear()
    page.browser.open(f"{page.url}login?token=once")
    assert page.audit() == []
    page.press("Log in")
    page.settled()
    page.state.roles.clear()
    page.browser.open(f"{page.url}login?token=once")
    page.says("This address has been used.")


def test_a_session_that_ended_leads_to_the_login_page(page):
    page.at("dnssec")
    page.forgiven = (401,)
    page.state.roles.clear()
    page.keys("3")
    page.field("Password")
    assert page.hash() == "#/queue"


def test_log_out(page):
    page.at("overview")
    page.press("Log out")
    page.field("Password")
    assert page.state.roles == {}


def test_role_view_finds_what_changes_something_disabled(page):
    page.log_in("view")
    page.at("dnssec")
    for name in ("Add criterion", "Edit", "Move up", "Move down", "Remove"):
        assert not page.button(name).is_enabled(), name
    page.write("Message", "Subject: payroll\n\nx")
    page.press("Try")                    # which it may
    page.says("by Subject *payroll* SECURE")
    page.at("queue/1M8NKFG7Z01")
    for name in ("Retry", "Hold", "Release", "Remove", "Bounce"):
        assert not page.button(name).is_enabled(), name


def test_nothing_from_elsewhere_is_markup(page):
    for address in ("queue", "queue/1M8NKFG7Z03", "sessions", "sessions/1M8NKFS0001",
                    "domain/bogus.example"):
        page.at(address)
        page.says(canned.HOSTILE)
        assert page.all("img, #screen b") == [], address
    page.at("resolvers")
    page.press("Run doctor")
    page.says(canned.HOSTILE)
    assert page.all("img, #screen b") == []


def test_nothing_from_elsewhere_turns_a_line_round(page):
    """Who sends it would have his address read as another's."""
    page.state.messages[0]["from"] = "a\u202eelpmaxe.knab@evil.example"
    for address in ("queue", f"queue/{page.state.messages[0]['id']}"):
        page.at(address)
        page.says("a\\xe2\\x80\\xaeelpmaxe.knab@evil.example")


# The daemon is down

def test_down_and_up_again(page):
    page.at("dnssec")
    page.state.down = True
    page.forgiven = (503,)
    page.keys("3")
    page.says("The daemon is down since 2026-11-24 03:04:05 (UTC)")
    page.says("control.sock: Connection refused")
    assert "no message waits" not in page.text().lower()
    page.keys("1")
    page.says("*payroll*")               # criteria are still there
    page.press("Add criterion")
    page.write("Header", "Cc")
    page.write("Value", "*@down.example")
    page.says("What it would have done is not known: control.sock: Connection refused")
    page.press("Save")
    page.says("Saved: Cc *@down.example")
    assert page.state.criteria.endswith("Cc *@down.example\n")
    page.keys("3")
    page.says("Try again")
    page.state.down = False
    page.until(lambda: "The daemon is down" not in page.text(), "the banner is gone")
    page.says("1M8NKFG7Z01")             # what failed for want of it was asked again


def test_a_console_that_has_too_much_to_do_is_not_the_daemon_that_is_down(page):
    page.at("overview")
    page.fails("GET", "/api/queue", 503, "the console has too much to do")
    page.keys("3")
    page.says("the console has too much to do")
    assert "is down" not in page.text()


# DNSSEC

def form(page, header, value, service="Requested"):
    page.write("Header", header)
    page.write("Value", value)
    page.choose("Service", service)


def test_add_a_criterion_with_foresight(page):
    page.at("dnssec")
    page.says("127.0.0.1:53 (udp, loopback) is trusted and validates.")
    page.says("contract of 2026, section 4")
    page.press("Add criterion")
    assert page.hash() == "#/dnssec/add"
    form(page, "Envelope-To", "*@partner.example", "SECURE")
    page.says("148")
    page.says("SECURE would have bounced: old.partner.example")
    page.says("2\nwould be held to SECURE")
    page.says("1\nSECURE would bounce: plain.example")
    page.says("1\ngo to domains of which nothing is known yet")
    page.says("Envelope-To *@partner.example SECURE")
    before = page.state.criteria
    page.press("Save")
    page.says("Saved: Envelope-To *@partner.example SECURE")
    assert page.state.criteria == before + "Envelope-To *@partner.example SECURE\n"
    page.until(lambda: page.seen("//td//code[.='*@partner.example']"), "its row")
    assert page.hash() == "#/dnssec"


def test_the_parsers_own_words_stand_at_the_field(page):
    page.at("dnssec")
    page.forgiven = (400, 422)
    page.press("Add criterion")
    form(page, "To", "*@bank.example SECUER")
    page.says('"SECUER" is one letter away from a modifier')
    assert page.field("Value").get_attribute("aria-invalid") == "true"
    page.press("Save")                   # the file's own check says the same, and nothing is lost
    page.says("/etc/signpost/dnssec.criteria:8:")
    assert page.field("Value").get_attribute("value") == "*@bank.example SECUER"
    assert page.state.criteria == fake.CRITERIA
    form(page, "To", "*@bank.example SECURE")
    page.says("it ends with SECURE, which is a service")
    form(page, "Subject", "*order*", "OBSERVE")
    page.says("What it would have done is not known: no delivery record there holds the field")
    page.says("Of the first 5 that wait; the header of 5 was read.")
    assert page.field("Value").get_attribute("aria-invalid") == "false"


def test_a_field_that_the_records_do_not_hold_can_be_removed(page):
    page.at("dnssec")
    page.forgiven = (422,)
    page.press("Remove", row_of(page, "*payroll*"))
    page.says("no delivery record there holds the field")
    page.says("would be held to SECURE")
    page.press("Remove")
    page.says("Removed: Subject *payroll* SECURE")


def test_escape_closes_the_form_and_back_does(page):
    page.at("dnssec")
    page.press("Add criterion")
    page.field("Header").send_keys(Keys.ESCAPE)
    page.until(lambda: not page.all("#criterion"), "the form is closed")
    assert page.focused() == "Add criterion"
    page.press("Add criterion")
    page.field("Header")
    page.driver.back()
    page.until(lambda: not page.all("#criterion"), "the form is closed")


@pytest.mark.parametrize("close", ("Escape", "Cancel", "Save"))
def test_back_after_the_form_is_one_step(page, close):
    """However it was closed, and another opened behind it at once."""
    page.at("overview")
    page.keys("1")
    page.settled()
    for _ in range(2):
        page.press("Add criterion")
        form(page, "Subject", "*urgent*")
        if close == "Escape":
            page.field("Value").send_keys(Keys.ESCAPE)
        else:
            page.press(close)
        page.until(lambda: not page.all("#criterion"), "the form is closed")
    page.until(lambda: page.hash() == "#/dnssec", "the address of the screen")
    page.driver.back()
    page.until(lambda: page.hash() == "#/overview", "the screen before")
    page.says("What needs attention")


def test_a_form_that_was_typed_as_an_address_is_closed_where_it_is(page):
    page.at("dnssec/add")
    page.press("Cancel")
    page.until(lambda: page.hash() == "#/dnssec", "the address of the screen")
    page.driver.refresh()
    page.settled()
    assert not page.all("#criterion")


def test_edit_another_while_one_is_open(page):
    page.at("overview")
    page.keys("1")
    page.settled()
    page.press("Add criterion")
    page.press("Edit", within=row_of(page, "*payroll*"))
    page.says("Edit line 7")
    page.driver.back()
    page.until(lambda: not page.all("#criterion"), "the form is closed")
    assert page.hash() == "#/dnssec"
    page.driver.forward()
    page.says("Edit line 7")
    page.press("Cancel")
    page.until(lambda: page.hash() == "#/dnssec", "the address of the screen")
    page.driver.back()
    page.until(lambda: page.hash() == "#/overview", "the screen before")


def row_of(page, value):
    return page.until(lambda: page.seen(f"//tr[td//code[.={browsers.quoted(value)}]]")[0])


def test_edit(page):
    page.at("dnssec")
    page.press("Edit", row_of(page, "*@bank.example"))
    assert page.hash() == "#/dnssec/edit/6"
    assert page.field("Header").get_attribute("value") == "Envelope-To"
    assert page.field("Service").get_attribute("value") == "SECURE DANE"
    page.write("Value", "*@*.bank.example")
    page.choose("Service", "SECURE")
    page.press("Save")
    page.says("Saved: Envelope-To *@*.bank.example SECURE")
    assert page.state.criteria == fake.CRITERIA.replace(
        "Envelope-To *@bank.example SECURE DANE", "Envelope-To *@*.bank.example SECURE")


def test_edit_a_line_in_columns(page):
    """As people write them, and SPEC section 2 does: it is that line which is changed."""
    page.state.criteria = 'To       *\nX-Class\t"top  secret"   SECURE\n'
    page.at("dnssec")
    page.press("Edit", row_of(page, "X-Class"))
    assert page.field("Value").get_attribute("value") == '"top  secret"'
    page.choose("Service", "OBSERVE")
    page.press("Save")
    page.says("Saved: X-Class")
    assert page.state.criteria == 'To       *\nX-Class "top  secret" OBSERVE\n'


def test_move(page):
    page.at("dnssec")
    assert not page.button("Move up", row_of(page, "*")).is_enabled()
    assert not page.button("Move down", row_of(page, "*payroll*")).is_enabled()
    page.press("Move down", row_of(page, "*"))
    page.says("Moved: To *")
    assert page.state.criteria.index("contract") < page.state.criteria.index("every message")
    page.until(lambda: page.focused() == "Move down", "the focus goes with the row")
    page.press("Move up", row_of(page, "*"))
    page.until(lambda: page.state.criteria == fake.CRITERIA, "as it was")


def test_remove_is_confirmed(page):
    page.at("dnssec")
    page.press("Remove", row_of(page, "*@bank.example"))
    page.says("212 messages of the last 24 hours matched.")
    page.says("148")                     # of thirty days
    assert page.focused() == "Cancel"
    assert page.audit() == []
    page.keys(Keys.ESCAPE)
    page.until(lambda: not page.all("dialog"))
    assert page.state.criteria == fake.CRITERIA
    page.press("Remove", row_of(page, "*@bank.example"))
    page.until(lambda: page.all("dialog[open]"))
    page.press("Remove")
    page.says("Removed: Envelope-To *@bank.example SECURE DANE")
    assert page.state.criteria == fake.CRITERIA.replace(
        "Envelope-To *@bank.example SECURE DANE\n", "\n")    # its comment stays, and is no note
    page.press("Remove", row_of(page, "*"))
    page.field("Its note, too: every message is asked for").send_keys(Keys.SPACE)
    page.press("Remove")
    page.says("Removed: To *")
    assert "every message" not in page.state.criteria


def test_nothing_is_saved_over_another_change_and_nothing_typed_is_lost(page):
    page.at("dnssec")
    page.forgiven = (412, 422)
    page.press("Edit", row_of(page, "*payroll*"))
    page.write("Value", "*wages*")
    page.state.criteria = "From *@new.example\n" + fake.CRITERIA
    page.press("Save")
    page.says("The file changed meanwhile: nothing was saved")
    assert "*wages*" not in page.state.criteria
    page.press("Read it again")
    page.says("*@new.example")
    assert page.field("Value").get_attribute("value") == "*wages*"
    page.press("Save")
    page.says("Saved: Subject *wages* SECURE")
    assert page.state.criteria == "From *@new.example\n" + \
        fake.CRITERIA.replace("*payroll*", "*wages*")


def test_a_refusal_without_a_form_is_told_too(page):
    page.at("dnssec")
    page.fails("PUT", "/api/criteria", 403, "the role view changes nothing")
    page.press("Move down", row_of(page, "*"))
    page.says("the role view changes nothing")


def test_no_criteria_yet(page):
    page.state.criteria = "# nothing\n"
    page.at("dnssec")
    page.says("No criteria yet")
    assert page.texts(".choices button") == [
        "Envelope-To *@DOMAIN OBSERVE", "Envelope-To *@DOMAIN SECURE", "To *"]
    page.press("Envelope-To *@DOMAIN OBSERVE")
    assert page.focused() == "value"
    page.write("Value", "*@bank.example")
    page.press("Save")
    page.says("Saved")
    assert page.state.criteria == "# nothing\n\nEnvelope-To *@bank.example OBSERVE\n"


def test_very_many_criteria(page):
    """So many are drawn, more on demand, and one is found by its text; what is done hits the right one."""
    page.state.criteria = "".join(f"Envelope-To *@d{n}.example SECURE\n" for n in range(450))
    page.at("dnssec")

    def shown():
        return len(page.all("table tbody tr"))
    assert shown() == 200
    page.press("Show 200 more")
    page.until(lambda: shown() == 400)
    page.press("Show 200 more")
    page.until(lambda: shown() == 450)
    page.write("Find", "@D317.")
    page.until(lambda: shown() == 1)
    assert page.run("return document.activeElement.id") == "criteria-search"
    assert page.audit() == []
    page.press("Move up")
    page.says("Moved: Envelope-To *@d317.example SECURE")
    assert page.state.criteria.splitlines()[316] == "Envelope-To *@d317.example SECURE"
    page.write("Find", "nothing like it")
    page.until(lambda: shown() == 0)


def test_attempts_are_not_taken_for_messages(page, monkeypatch):
    monkeypatch.setattr(fake, "COUNTS", (("matched", 3), ("delivered", 1), ("deferred", 6),
                                         ("bounced", 0)))
    page.at("dnssec")
    page.says("3 messages")
    page.says("7 attempts: 1 delivered, 6 deferred")


def test_numbers_that_are_not_known_yet(page, monkeypatch):
    """Not in the way of a form that is open, which holds to the file that was seen."""
    known = fake.COUNTS
    monkeypatch.setattr(fake, "COUNTS", tuple((name, None) for name, _ in known))
    page.at("dnssec")
    page.says("not known")
    page.press("Add criterion")
    form(page, "Subject", "*urgent*")
    monkeypatch.setattr(fake, "COUNTS", known)
    page.press("Cancel")
    page.says("212 messages")
    assert "not known" not in page.text()


def test_a_file_that_cannot_be_read_is_shown_as_it_is(page):
    page.state.problem = {"line": 2, "message": "no value"}
    page.at("dnssec")
    page.says("/etc/signpost/dnssec.criteria:2: no value")
    page.says("# contract of 2026, section 4")


def test_try_a_message(page):
    page.at("dnssec")
    page.press("Try")
    page.forgiven = (400,)
    page.says("not a message: it is empty")
    page.write("Message", "From: ann@sender.example\nSubject: October payroll\n\nx\n")
    page.write("Sender", "ann@sender.example")
    page.write("Recipients", "bob@bank.example, eve@old.partner.example")
    page.press("Try")
    page.says("bounce 5.7.4")
    page.says("Subject *payroll* SECURE")
    page.says("deliver to 1 address")
    assert len(page.all("svg[role=img] .box")) > 5
    query, body = page.asked("POST", "/api/explain")[-1]
    assert '"to":["bob@bank.example","eve@old.partner.example"]' in body
    assert '"from":"ann@sender.example"' in body
    assert page.audit() == []


def test_a_message_is_dropped(page):
    page.at("dnssec")
    page.run("""
        const data = new DataTransfer();
        data.items.add(new File(["Subject: dropped\\n\\nx"], "a.eml"));
        document.querySelector("textarea").dispatchEvent(
            new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));""")
    page.until(lambda: "Subject: dropped" in page.field("Message").get_attribute("value"))


FAILS = {"probe": "fails", "probe_reason": "AD clear"}
SILENT = {"answering": False, "probe": "unanswered"}


@pytest.mark.parametrize("changes,words", (
    (({"trusted": False},), "No server is trusted: required mail is deferred, 4.3.5."),
    ((FAILS,), "does not validate: AD clear."),
    (({"probe": "unknown"},), "whether it validates is asked when mail needs it"),
    ((FAILS, {"probe": "unknown"}), "whether it validates is asked when mail needs it"),
    ((FAILS, {}), "is trusted and validates. Probed "),
    (({"answering": False}, {"probe": "unknown"}), "whether it validates is asked"),
    (({"answering": False}, FAILS), "does not validate: AD clear."),
    (({"answering": False, **FAILS},), "does not validate: AD clear. Required mail is deferred, 4.3.5."),
    ((SILENT, {"answering": False, **FAILS}), "is trusted and does not answer: mail waits for it, 4.4.3."),
    ((SILENT,), "is trusted and does not answer: mail waits for it, 4.4.3."),
    (({"probe": "unanswered"},), "answers, but not the probe. Required mail is deferred, 4.3.5."),
))
def test_whether_the_protection_is_in_force(page, monkeypatch, changes, words):
    servers = [canned.server(**change) for change in changes]
    good = canned.status
    monkeypatch.setattr(canned, "status", lambda *a: {**good(*a), "servers": servers})
    page.at("dnssec")
    page.says(words)


@pytest.mark.parametrize("on", (True, False))
def test_the_switch_says_what_to_write_where(page, monkeypatch, on):
    """The console writes no configuration; what the switch would do stands beside how."""
    good = canned.status

    def status(*a):
        told = good(*a)
        return {**told, "criteria": {**told["criteria"], "enabled": on}}
    monkeypatch.setattr(canned, "status", status)
    page.at("dnssec")
    page.press("Service on" if on else "Service off")
    page.says("Switch the service off" if on else "Switch the service on")
    page.says(f"enabled = {'false' if on else 'true'}")
    page.says("/etc/signpost/signpost.conf")
    page.says("signpost reload")
    page.says("goes whatever the DNS says" if on else "come into force")
    assert page.audit() == []
    page.press("Close")
    page.until(lambda: not page.all("dialog"), "it is closed")
    assert not page.asked("PUT", "/api/criteria")


# Overview

def test_overview(page):
    page.at("overview")
    page.says("192.0.2.53:53 (udp): plain udp to another host")
    page.says("old.partner.example was secure until")
    page.says("exempt old.partner.example ends when 2026-12-09 begins")
    assert len(page.all("figure svg[role=img]")) == 5
    for details in page.all("figure details"):
        page.all("summary", details)[0].send_keys(Keys.ENTER)
        assert len(page.all("tbody tr", details)) == 60
    assert page.audit() == []
    page.follow("Last week")
    page.until(lambda: page.hash() == "#/overview?span=week")
    page.until(lambda: {"name": "answers", "since": "7d"}
               in [q for q, _ in page.asked("GET", "/api/series")])
    page.settled()
    page.follow("held")
    page.until(lambda: page.hash() == "#/queue?state=held")


def test_overview_goes_on_while_somebody_is_elsewhere_on_it(page):
    """Its heading has the focus of who came by the keyboard or a link."""
    page.at("dnssec")
    page.keys("2")
    page.says("1\nheld")
    page.state.messages = page.state.messages[:1]
    page.says("0\nheld")


def test_overview_that_is_chosen_whole_stays(page):
    """To be copied; that the daemon goes away meanwhile is told by the banner alone."""
    page.at("overview")
    page.says("1\nheld")
    page.run("getSelection().selectAllChildren(document.body)")
    before = len(page.asked("GET", "/api/sessions"))
    page.state.down = True
    page.forgiven = (503,)
    page.until(lambda: len(page.asked("GET", "/api/sessions")) > before, "it is read again")
    page.says("The daemon is down since")
    assert "1\nheld" in page.text()


def test_overview_says_what_failed_at_its_place(page):
    page.fails("GET", "/api/series", 404, "no such series")
    page.at("overview")
    page.says("no such series")
    page.says("was secure until")        # the rest is there
    del page.state.failing["GET /api/series"]
    for n in range(1, 6):
        page.press("Try again")
        page.until(lambda: len(page.all("figure")) == n)


def test_a_calm_overview(page, monkeypatch):
    good = canned.status
    monkeypatch.setattr(canned, "status", lambda *a: {
        **good(*a), "servers": [canned.server()], "exemptions": [], "deliveries": []})
    page.state.records = []
    page.at("overview")
    page.says("Nothing: servers are trusted and answer, disk and queue are well.")
    page.says("None since the start.")


# Queue

def ids(page):
    return page.texts("tbody a.mono")


def choose(page, *numbers):
    for number in numbers:
        page.one(f"input[aria-label='1M8NKFG7Z0{number}']").send_keys(Keys.SPACE)


def test_filter(page):
    page.at("queue")
    assert len(ids(page)) == 5
    page.choose("State", "held")
    page.until(lambda: ids(page) == ["1M8NKFG7Z02"])
    assert page.hash() == "#/queue?state=held"
    page.driver.back()
    page.until(lambda: len(ids(page)) == 5)
    page.write("Domain", "bogus.example").send_keys(Keys.ENTER)
    page.until(lambda: ids(page) == ["1M8NKFG7Z03"])
    page.settled()
    assert page.focused() == "domain"    # the focus stays where it was
    page.write("Sender", "nobody").send_keys(Keys.ENTER)
    page.says("No message is all of this.")
    page.follow("The whole queue")
    page.until(lambda: len(ids(page)) == 5)
    page.keys("/")
    page.keys("validation", Keys.ENTER)
    page.until(lambda: ids(page) == ["1M8NKFG7Z03"])
    assert page.hash() == "#/queue?text=validation"


def test_pages_of_a_long_queue(page):
    page.state.messages = [{**canned.message(1), "id": f"1M8NKF{n:05}"} for n in range(150)]
    page.at("queue")
    assert len(ids(page)) == 100
    page.follow("Those after these")
    page.until(lambda: len(ids(page)) == 50)
    assert page.hash() == "#/queue?after=1M8NKF00099"


def test_what_is_rare_in_a_long_queue(page):
    """Each answer looks at some; the screen asks on until a page is full, or long enough."""
    page.state.messages = [{**canned.message(1), "id": f"1M8NKF{n:05}"} for n in range(150)]
    page.state.messages[70]["state"] = page.state.messages[140]["state"] = "held"
    page.state.look = 10
    page.at("queue?state=held")
    assert ids(page) == ["1M8NKF00070", "1M8NKF00140"]
    assert not page.seen("//a[.='Those after these']")
    page.state.look = 2
    page.at("queue?state=held&after=1M8NKF00080")
    page.says("None so far.")
    page.follow("Those after these")
    page.until(lambda: ids(page) == ["1M8NKF00140"])


def test_actions_on_many(page):
    page.at("queue")
    assert not page.button("Retry").is_enabled()
    choose(page, 1, 3)
    page.says("2 messages chosen")
    page.press("Hold")
    page.says("Hold: 2 messages")
    assert [m["state"] for m in page.state.messages][:3] == ["held", "held", "held"]
    page.press("Release")                # they are still chosen
    page.says("Release: 2 messages")
    page.press("Retry")
    page.says("Retry: 2 messages")
    assert page.asked("POST", "/api/queue/1M8NKFG7Z03/retry")


@pytest.mark.parametrize("action", ("Remove", "Bounce"))
def test_dangerous_ones_are_confirmed(page, action):
    page.at("queue")
    choose(page, 1, 2)
    page.press(action)
    page.says(f"{action} 2 messages?")
    assert page.audit() == []
    page.press("Cancel")
    page.until(lambda: not page.all("dialog"))
    assert len(page.state.messages) == 5
    page.press(action)
    page.until(lambda: page.all("dialog[open]"))
    page.press(action)
    page.says(f"{action}: 2 messages")
    page.until(lambda: ids(page) == ["1M8NKFG7Z03", "1M8NKFG7Z04", "1M8NKFG7Z05"])


def test_one_under_way_is_refused_and_the_rest_is_done(page):
    page.at("queue")
    page.forgiven = (409, 404)
    choose(page, 1, 4)
    page.press("Remove")
    page.until(lambda: page.all("dialog[open]"))
    page.press("Remove")
    page.says("1M8NKFG7Z04: 1M8NKFG7Z04 is being delivered at this moment")
    page.says("Remove: 1 message")
    choose(page, 3)
    page.state.messages = [m for m in page.state.messages if m["id"] != "1M8NKFG7Z03"]
    page.press("Retry")
    page.says("1M8NKFG7Z03: no message 1M8NKFG7Z03")


def test_one_message(page):
    page.at("queue")
    page.follow("1M8NKFG7Z03")
    page.says("Message 1M8NKFG7Z03")
    page.says("Subject: " + canned.HOSTILE)
    page.says("b@bogus.example")
    page.press("Hold")
    page.says("Hold: 1 message")
    page.until(lambda: "held" in page.one("dl").text)
    page.press("Bounce")
    page.press("Cancel")
    page.press("Remove")
    page.until(lambda: page.all("dialog[open]"))
    page.press("Remove")
    page.until(lambda: page.hash() == "#/queue")
    page.until(lambda: len(ids(page)) == 4)


def test_a_message_that_is_not_there(page):
    page.forgiven = (404,)
    page.at("queue/NONE")
    page.says("It is not in the queue")
    assert not page.seen("//button[.='Retry']")
    page.until(lambda: page.seen("//a[.='What was said about it']"))[0].click()
    page.until(lambda: page.hash() == "#/sessions?message=NONE", "its sessions")


def test_a_message_that_leaves_while_it_is_seen(page):
    page.forgiven = (404,)
    page.at("queue/1M8NKFG7Z01")
    page.says("Next attempt")
    page.state.messages = page.state.messages[1:]
    page.says("It is not in the queue")


def test_all_that_are_shown_are_chosen(page):
    page.forgiven = (409,)               # one is under way
    page.at("queue")
    page.until(lambda: len(page.all("td input")) == 5)
    box = page.field("All shown")
    box.send_keys(" ")
    page.says("5 messages chosen")
    page.all("td input")[0].send_keys(" ")
    page.says("4 messages chosen")
    assert not box.is_selected()
    page.press("Hold")
    page.until(lambda: len(page.asked("POST", "/api/queue/1M8NKFG7Z05/hold")) == 1, "the last is held")
    assert not page.asked("POST", "/api/queue/1M8NKFG7Z01/hold")


def test_the_list_is_read_again(page):
    page.at("queue")
    page.says("5 messages, in the order of their coming")
    page.state.messages = page.state.messages[:2]
    page.says("2 messages, in the order of their coming")


@pytest.fixture
def late(page):
    """late(path): GET of it is answered once the event that comes back is set."""
    events = []

    def make(path):
        events.append(threading.Event())
        page.state.late[f"GET {path}"] = events[-1]
        return events[-1]
    yield make
    page.state.late.clear()
    for one in events:
        one.set()


def point_at(page, element):
    browsers.webdriver.ActionChains(page.driver).move_to_element(element).perform()


def comes_under_a_hand(page, late, path):
    """What was asked for before somebody pointed at the table is there, and is not shown."""
    event, before = late(path), len(page.asked("GET", path))
    page.until(lambda: len(page.asked("GET", path)) > before, "it is read again")
    point_at(page, page.one("#screen table"))
    page.state.late.clear()
    event.set()
    page.until(lambda: not page.all("[aria-busy]"), "the answer is there")


def test_the_list_stays_under_a_hand(page, late):
    page.at("queue")
    page.says("5 messages, in the order of their coming")
    page.state.messages = page.state.messages[:2]
    comes_under_a_hand(page, late, "/api/queue")
    assert "5 messages, in the order of their coming" in page.text()
    point_at(page, page.one("h1"))
    page.says("2 messages, in the order of their coming")


def test_the_list_stays_while_one_is_chosen(page, late):
    """By the keyboard, which leaves the list for the buttons."""
    page.at("queue")
    event, before = late("/api/queue"), len(page.asked("GET", "/api/queue"))
    page.until(lambda: len(page.asked("GET", "/api/queue")) > before, "it is read again")
    page.state.messages = page.state.messages[:2]
    page.field("All shown").send_keys(" ")
    event.set()
    page.until(lambda: not page.all("[aria-busy]"), "the answer is there")
    page.says("5 messages chosen")


def test_resolvers_stay_under_a_hand(page, late, monkeypatch):
    page.at("resolvers")
    good = canned.status
    monkeypatch.setattr(canned, "status", lambda *a: {**good(*a), "servers": [canned.server()]})
    rows = len(page.all("#screen tbody tr"))
    comes_under_a_hand(page, late, "/api/servers")
    assert rows > 1 and len(page.all("#screen tbody tr")) == rows
    point_at(page, page.one("h1"))
    page.until(lambda: len(page.all("#screen tbody tr")) == 1, "it goes on")


def test_a_skeleton_does_not_stay_under_a_hand(page, late):
    event = late("/api/queue")
    page.browser.open(f"{page.url}#/queue")
    page.driver.refresh()
    point_at(page, page.one(".waiting"))
    event.set()
    page.says("5 messages, in the order of their coming")


def test_an_empty_queue(page):
    page.state.messages = []
    page.at("queue")
    page.says("Nothing waits: all mail that was accepted is delivered, or was sent back.")


# Sessions

def sessions(page):
    return page.texts("#screen tbody .note a.mono")


def test_sessions_are_filtered(page):
    page.at("sessions")
    assert len(sessions(page)) == 4
    assert len(page.seen("//td//span[.='DNSSEC']")) == 1
    page.choose("Outcome", "bounced")
    page.until(lambda: sessions(page) == ["1M8NKFM0003"])
    page.at("sessions")
    page.write("Domain", "bogus.example").send_keys(Keys.ENTER)
    page.until(lambda: sessions(page) == ["1M8NKFM0002"])
    assert page.asked("GET", "/api/sessions")[-1][0]["to"] == "@bogus.example"
    page.at("sessions")
    page.write("Message", "1M8NKFM0004")
    page.write("Since", "1h")
    page.press("Filter")
    page.until(lambda: sessions(page) == ["1M8NKFM0004"])
    assert page.asked("GET", "/api/sessions")[-1][0]["since"] == "1h"
    page.field("DNSSEC only").send_keys(Keys.SPACE)
    page.press("Filter")
    page.says("No session is all of this.")
    page.at("sessions")
    page.write("Recipient", "eve@old.partner.example").send_keys(Keys.ENTER)
    page.until(lambda: sessions(page) == ["1M8NKFM0003"])


def test_older_sessions(page):
    page.state.records = [canned.record(n) for n in range(1, 151)]
    page.at("sessions")
    assert len(sessions(page)) == 100
    page.follow("Older ones")
    page.until(lambda: len(sessions(page)) == 50)
    assert "live=0" in page.hash()       # what is new does not belong there


def test_live(page):
    page.at("sessions")
    page.until(lambda: page.state.tell(canned.record(90)))
    page.until(lambda: sessions(page)[:1] == ["1M8NKFM0090"], "the new one is at the top")
    page.state.tell({"left_out": 1250}, "thinned")
    page.says("1,250 left out: more came than can be read")
    # Nothing moves while somebody is at the list.
    page.seen("//a[.='1M8NKFM0001']")[0].send_keys(Keys.SHIFT)
    page.state.tell(canned.record(91))
    page.says("1 line more, shown when you let go of the list")
    assert sessions(page)[0] == "1M8NKFM0090"
    page.run("document.activeElement.blur()")
    page.until(lambda: sessions(page)[0] == "1M8NKFM0091")
    page.field("Live").send_keys(Keys.SPACE)
    page.until(lambda: page.hash() == "#/sessions?live=0")
    page.until(lambda: page.state.tell(canned.record(92)) == 0, "nobody listens")
    assert page.audit() == []


def test_a_stream_that_ends_is_taken_up_again(page):
    page.at("sessions")
    page.until(lambda: page.state.live)
    old = list(page.state.live)
    for stream in old:
        stream.put(None)
    page.until(lambda: page.state.live and not any(s in page.state.live for s in old))
    page.state.tell(canned.record(93))
    page.until(lambda: "1M8NKFM0093" in sessions(page))


def test_the_first_session(page):
    page.state.records = []
    page.at("sessions")
    page.says("No session yet.")
    page.until(lambda: page.state.tell(canned.record(1)))
    page.until(lambda: sessions(page) == ["1M8NKFM0001"])
    assert "No session yet." not in page.text()


def test_one_session(page):
    page.at("sessions")
    page.all("#screen tbody a")[0].send_keys(Keys.ENTER)
    page.says("outcome: delivered")
    lines = page.all("ol.log li")
    assert ["DNSSEC" in [t.text for t in page.all(".tag", line)] for line in lines] == \
        [dnssec for _, dnssec in canned.SESSION]
    page.forgiven = (404,)
    page.at("sessions/NONE")
    page.says("no session NONE")


# Resolvers, Domain

def test_resolvers(page):
    page.at("resolvers")
    page.says("plain udp to another host")
    page.says("not asked yet")
    page.says("probed at ")
    page.says("not probed yet")
    page.press("Run doctor")
    page.says("Required mail can be honoured.")
    page.says("reach it over TLS with tls-name, or by TSIG")
    assert page.texts("div[aria-live] table tbody td:first-child") == \
        ["problem", "warning", "note", "ok"]
    assert page.seen("//span[contains(@class, 'bogus')][.='problem']")
    page.fails("GET", "/api/doctor", 409, "doctor is under way")
    page.press("Run doctor")
    page.says("doctor is under way")


def test_domain(page):
    page.at("domain")
    page.write("Domain", "somebody@bank.example")
    page.press("Look")
    page.until(lambda: page.hash() == "#/domain/bank.example")
    page.settled()
    drawn = page.one(".drawing svg").get_attribute("aria-label")
    for word in ("bank.example.", "10 mx1.bank.example.", "192.0.2.10 secure",
                 "192.0.2.20 insecure", "TLSA _25._tcp.mx1.bank.example. secure"):
        assert word in drawn
    assert len(page.all(".drawing .wire.insecure")) == 1
    page.one(".drawing + details summary").send_keys(Keys.ENTER)
    assert "3 1 1 " + "8c" * 32 in page.one("ul.tree").text
    outcomes = page.texts(".verdict strong")
    assert outcomes == ["deliver to 2 addresses, in this order"] * 2 + ["deliver to 1 address"] * 2
    assert page.audit() == []


def test_domain_tells_the_extended_error(page):
    page.at("domain/bogus.example")
    page.says("extended error 6 (DNSSEC Bogus)")
    page.says("defer 4.7.5")
    page.says('by route ".example"')
    page.says("exempt, so that required mail goes as requested: bogus.example")
    page.forgiven = (400,)
    page.at("domain/no%20domain")
    page.says("no domain is no domain")


def test_domain_prints(page):
    page.theme("light", "print")
    page.at("domain/bank.example")
    page.driver.set_window_size(800, 1000)
    page.size(800)
    for css in ("nav", ".drawing svg", "form", "button"):
        seen = [e.is_displayed() for e in page.all(css)]
        assert all(seen) if "svg" in css else not any(seen), css
    assert page.audit() == []


# What the fake says is what the program says

def shape(value):
    """What has names and kinds, without the values."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) \
        else type(value).__name__


def lacks(told, fits, path=""):
    """What the program says otherwise than the fake; null and empty lists fit all."""
    if isinstance(told, dict) and isinstance(fits, dict):
        missing = [f"{path}.{key}" for key in told if key not in fits]
        return missing + [w for key in told.keys() & fits.keys()
                          for w in lacks(told[key], fits[key], f"{path}.{key}")]
    if isinstance(told, list) and isinstance(fits, list):
        return lacks(told[0], fits[0], f"{path}[]") if told and fits else []
    return [] if told == fits or "NoneType" in (told, fits) else [f"{path}: {told}, {fits}"]


def of_the_console(relay, line):
    """What the program's console tells of a line, of the file, and of one that is broken."""
    import consoles
    console = consoles.Console(relay).start()
    user, file = console.user("vera"), relay.dir / "dnssec.criteria"
    kept = file.read_text()
    said = [user.post("/api/criteria/try", {"line": line}).json, user.get("/api/criteria").json]
    file.write_text(kept + "X\n")
    said.append(user.get("/api/criteria").json)
    file.write_text(kept)
    console.stop()
    return said


def broken():
    state = fake.State()
    state.problem = {"line": 3, "message": "no value"}
    return state.file()


def test_the_fake_speaks_as_the_program_does(make_module_daemon, lab):
    import mail
    relay = make_module_daemon(criteria="To *\nSubject *payroll* SECURE\n")
    text = mail.message("a@bogus-sig.example", mark="shapes")
    sent = mail.submit(relay, "a@bogus-sig.example", text)
    record = relay.delivery(message=sent)
    explained = relay.json("explain", "--from", "a@b.example", "--to", "a@secure.example",
                           stdin="Subject: payroll\n\nx\n")
    tried, criteria, problem = of_the_console(relay, "To *@bogus-sig.example")
    session = [s for s in relay.json("log") if s["session"] == record["session"]] \
        if isinstance(relay.json("log"), list) else [relay.json("log")]
    pairs = {
        "status": (canned.status(canned.messages(), 2), relay.json("status")),
        "criteria": (fake.State().file(), criteria),
        "broken criteria": (broken(), problem),
        "queue": (canned.messages(), relay.json("queue", "list")),
        "route": (canned.bank(), relay.json("route", "secure.example")),
        "doctor": (canned.DOCTOR, relay.json("doctor")),
        "record": (canned.record(1), record),
        "session": (canned.session("x"), session[0]),
        "try": (canned.tried("To *"), tried),
        "explain": ({"from": "", "recipients": [canned.explained("a@bank.example", "To *")]},
                    explained)}
    assert {what: lacks(shape(told), shape(said)) for what, (told, said) in pairs.items()
            if lacks(shape(told), shape(said))} == {}
