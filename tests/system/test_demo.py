"""`make demo` goes as zones.table expects, and shows what it should."""

import os
import subprocess
import sys

import pytest

from daemon import ROOT


@pytest.mark.slow
def test_demo(program):
    done = subprocess.run([sys.executable, str(ROOT / "tests/demo/demo")], text=True, timeout=120,
                          capture_output=True, env={**os.environ, "SIGNPOST": str(program)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "10 of 10 messages went as expected" in done.stdout
    for words in ("bounced 5.7.4", "deferred 4.7.5", "deferred 4.3.5", "127.0.1.1 DNSSEC",
                  "DNSSEC service required", "outcome: delivered", "payroll"):
        assert words in done.stdout
