"""tests/check: a test that failed, and passes alone, holds up nobody and is told; no other is."""

import pathlib
import sys

import pytest

import daemon

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import again  # noqa: E402


@pytest.mark.parametrize("name, said, why", [
    ("test_a.py", "==7==ERROR: AddressSanitizer: heap-use-after-free", "a sanitizer's report"),
    ("test_a.py", "src/a.c:7:2: runtime error: signed integer overflow", "a sanitizer's report"),
    ("test_a.py", "signpost: src/a.c:9: f: Assertion `x' failed.", "a sanitizer's report"),
    ("test_a.py", "serve ended with -11: ", "a crash"),
    ("test_a.py", "ended with 1: ", "a crash"),
    ("test_a.py", "(('status',), -6, '', '')", "a crash"),
    ("test_a.py", "assert 134 == 0", "a crash"),
    ("test_a.py", "CompletedProcess(args=['x'], returncode=-11)", "a crash"),
    ("test_a.py", "did not end on SIGTERM: ", "a crash"),
    ("test_a.py", "not within 300 s: a delivery record with {'to': 'a@b.example'}", "lost mail"),
    ("test_a.py", "2 messages are lost", "lost mail"),
    ("test_a.py", "assert len(received.having(mark)) == 1", "lost mail"),
    ("test_load.py", "x", "about mail that must not be lost"),
    ("test_a.py", "FileNotFoundError: [Errno 2] '/proc/7/task/9/status'", None),
    ("test_a.py", "(('status',), 1, '', 'signpost: not there')", None),
])
def test_what_may_be_a_fault_of_the_program(name, said, why):
    told = again.why_not([(name, "test_it", said)], daemon.COMPLAINTS)
    assert why in told if why else told is None, told
