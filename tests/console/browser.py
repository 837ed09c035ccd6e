"""A real browser for tests: Debian's chromium, steered by selenium.

Nothing waits for a time: each step waits for what it needs, as long as a slow machine takes.
"""

import json
import os
import pathlib
import tempfile

from selenium import webdriver
from selenium.common.exceptions import (ElementClickInterceptedException,
                                        ElementNotInteractableException, NoSuchElementException,
                                        StaleElementReferenceException, TimeoutException)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = float(os.environ.get("PATIENCE", 300))
AUDIT = pathlib.Path(__file__).parent / "audit.js"
QUIET = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-default-apps", "--disable-extensions", "--disable-sync",
         "--hide-scrollbars", "--force-color-profile=srgb", "--window-size=1600,1000")
PASSING = (StaleElementReferenceException, NoSuchElementException,
           ElementClickInterceptedException, ElementNotInteractableException, IndexError,
           AssertionError,
           TimeoutException)             # the driver's: one navigation overtook another


def quoted(text):
    return json.dumps(text)


class Browser:
    def __init__(self):
        self.in_vain = []                # what was waited for, and did not come
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        self.profile = tempfile.TemporaryDirectory(prefix="signpost-chromium-")
        for word in (*QUIET, f"--user-data-dir={self.profile.name}"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver", env={
            **os.environ, "HOME": self.profile.name}), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        self.driver.set_script_timeout(PATIENCE)
        self.wide()

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    # What it looks like

    def size(self, width, height=1000):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def wide(self):
        self.size(1600)

    def narrow(self):
        self.size(360, 800)

    def theme(self, name, media=""):
        """dark or light; media: "print" """
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": media, "features": [{"name": "prefers-color-scheme", "value": name},
                                         {"name": "prefers-reduced-motion", "value": "reduce"}]})

    # Waiting and finding

    def until(self, probe, what="what was waited for"):
        """The first true value of probe(), which may look at what goes away meanwhile.

        Once something has not come a test has failed, and others need less patience to fail, too.
        """
        patience = PATIENCE / 10 if self.in_vain else PATIENCE
        wait = WebDriverWait(self.driver, patience, poll_frequency=0.02,
                             ignored_exceptions=PASSING)
        try:
            return wait.until(lambda _: probe(), what)
        except TimeoutException:
            self.in_vain.append(what)
            raise AssertionError(f"not within {patience} s: {what}; {self.text()[:2000]}") from None

    def all(self, css, within=None):
        return (within or self.driver).find_elements(By.CSS_SELECTOR, css)

    def one(self, css):
        return self.until(lambda: self.all(css)[0], css)

    def seen(self, xpath, within=None):
        """The elements of an XPath that are shown."""
        return [e for e in (within or self.driver).find_elements(By.XPATH, xpath)
                if e.is_displayed()]

    def button(self, name, within=None):
        """In the dialog, where one is open: all else is out of reach then."""
        def found():
            place = within or next(iter(self.all("dialog[open]")), None)
            return self.seen(f".//button[normalize-space()={quoted(name)}]", place)[0]
        return self.until(found, f"button {name}")

    def field(self, name, within=None):
        def found():
            label = self.seen(f".//label[normalize-space()={quoted(name)}]", within)[0]
            return self.driver.find_element(By.ID, label.get_attribute("for"))
        return self.until(found, f"field {name}")

    def texts(self, css):
        """Of all that it finds, at one moment: a list may be made anew meanwhile."""
        return self.run("return Array.from(document.querySelectorAll(arguments[0]),"
                        " (e) => e.innerText.trim())", css)

    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def says(self, text):
        return self.until(lambda: text in self.text(), f"{text!r} on the page")

    def settled(self):
        """Nothing is being waited for on this screen."""
        return self.until(lambda: self.run(
            "return document.querySelector('#screen h1')"
            " && !document.querySelector('[aria-busy=true], .waiting')"), "the screen is there")

    # Doing

    def open(self, url):
        self.driver.get(url)

    def follow(self, link):
        """A link by its words, followed by the keyboard."""
        def follow():
            self.seen(f"//a[normalize-space()={quoted(link)}]")[0].send_keys(Keys.ENTER)
            return True
        self.until(follow, f"link {link}")

    def press(self, button, within=None):
        """A button by its name, pressed by the keyboard."""
        def press():
            found = self.button(button, within)
            assert found.is_enabled()
            found.send_keys(Keys.ENTER)
            return True
        return self.until(press, f"button {button} can be pressed")

    def write(self, field, text, within=None):
        found = self.field(field, within)
        found.send_keys(Keys.CONTROL, "a")
        found.send_keys(Keys.DELETE)
        found.send_keys(text)
        return found

    def choose(self, field, word):
        """Of a list, as by its letters; the page may make itself anew for it.

        On a busy machine a click now and then chooses nothing: a person would see that, too.
        """
        def chosen():
            option = next(o for o in self.all("option", self.field(field)) if o.text == word)
            if not option.is_selected():
                option.click()
            # A driver that was interrupted has chosen, and told nobody: a browser does both.
            return self.run("arguments[0].dispatchEvent(new Event('input', { bubbles: true }));"
                            "return arguments[0].selected", option)
        self.until(chosen, f"{word} is chosen of {field}")

    def keys(self, *keys):
        """To whatever has the focus."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def run(self, script, *words):
        return self.driver.execute_script(script, *words)

    def focused(self):
        """What a screen reader would say of what has the focus."""
        return self.run("const e = document.activeElement;"
                        "return e.getAttribute('aria-label') || e.textContent.trim() || e.name")

    # What went wrong

    def complaints(self, but=()):
        """What the browser's console has said since it was asked; a request that a test let
        fail (its status in but) is told there, too."""
        return [e["message"] for e in self.driver.get_log("browser")
                if e["level"] in ("SEVERE", "WARNING")
                and not any(f"status of {status}" in e["message"] for status in but)]

    def requests(self):
        """The addresses that were asked for since this was called last."""
        found = []
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                found.append(event["params"]["request"]["url"])
        return found

    def audit(self):
        """What is wrong for who does not see, or not well: none, on every screen."""
        tree = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return nameless(tree) + self.run(AUDIT.read_text())


NAMED = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "switch", "image",
         "dialog", "table", "navigation", "region", "search", "group", "heading", "radio"}
MAY_BE_NAMELESS = {"group"}                      # <details>, <g> of a drawing


def nameless(tree):
    """By the browser's own reckoning: what has a role that needs a name, and has none."""
    found = []
    for node in tree:
        role = node.get("role", {}).get("value", "")
        name = node.get("name", {}).get("value", "").strip()
        if node.get("ignored") or role not in NAMED - MAY_BE_NAMELESS or name:
            continue
        found.append(f"{role} without a name")
    return found
