"""`make demo` goes as zones.table expects, and shows what it should."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from daemon import ROOT


@pytest.mark.slow
def test_demo(program):
    done = subprocess.run([sys.executable, str(ROOT / "tests/demo/demo")], capture_output=True,
                          text=True, env={**os.environ, "SIGNPOST": str(program)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "10 of 10 messages went as expected" in done.stdout
    for words in ("bounced 5.7.4", "deferred 4.7.5", "deferred 4.3.5", "127.0.1.1 DNSSEC",
                  "DNSSEC service required", "outcome: delivered", "payroll"):
        assert words in done.stdout
    assert len(done.stdout.splitlines()) < 80
    whole = pathlib.Path(re.search(r"The whole of each session: (.*)", done.stdout).group(1))
    assert whole.read_text().count("outcome: ") == 10 and "--> EHLO" in whole.read_text()


@pytest.mark.slow
def test_demo_offers_the_console(program):
    """It goes on: the address logs in once, and mail comes by."""
    process = subprocess.Popen([sys.executable, str(ROOT / "tests/demo/demo"), "--console"],
                               stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "SIGNPOST": str(program)})
    url = next(line.strip() for line in process.stdout if "/login?token=" in line)
    request = urllib.request.Request(url, method="POST")
    jar = urllib.request.HTTPCookieProcessor()
    opener = urllib.request.build_opener(jar)
    page = opener.open(request).read().decode()
    assert 'name="password"' not in page
    live = opener.open(url.partition("login")[0] + "api/sessions/live")
    assert any(line.startswith(b"data: ") for line in live)
    live.close()
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()
    assert process.wait() == 0, rest
    assert "10 of 10 messages went as expected" in rest
