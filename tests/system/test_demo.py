"""`make demo` goes as zones.table expects, and shows what it should."""

import os
import pathlib
import re
import subprocess
import sys

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
