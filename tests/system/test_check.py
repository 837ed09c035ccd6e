"""tests/check: a test that failed, and passes alone, holds up nobody and is told; no other is.

In a project that is built in a second.
"""

import pathlib
import shutil
import subprocess
import sys

import pytest

import daemon
import unpacked

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import again  # noqa: E402

MESON = """\
project('small', 'c')
custom_target('program', output: 'program', command: ['touch', '@OUTPUT@'])
subdir('examples')
"""
EXAMPLES = "custom_target('sshfp', output: 'sshfp', command: ['touch', '@OUTPUT@'])\n"
OPTIONS = "option('embedded', type: 'feature')\n"

GOOD = "def test_good():\n    pass\n"
RACES = """
import pathlib
import pytest

@pytest.mark.parametrize("a", ["x::[y] z"])
def test_races(a):
    mark = pathlib.Path(__file__).with_suffix(".seen")
    seen = mark.exists()
    mark.touch()
    assert seen, "%s"
"""
FAILS = "def test_fails():\n    assert False\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    tree = tmp_path_factory.mktemp("project")
    for name in ("tests/lab", "tests/system", "examples"):
        (tree / name).mkdir(parents=True)
    for name in ("tests/check", "tests/again.py", "tests/system/daemon.py",
                 *(p.relative_to(ROOT) for p in ROOT.glob("tests/lab/*.py"))):
        shutil.copy(ROOT / name, tree / name)
    for package in unpacked.PACKAGES:    # or it would fetch them
        (tree / "build/peers" / package).mkdir(parents=True)
    (tree / "meson.build").write_text(MESON)
    (tree / "meson_options.txt").write_text(OPTIONS)
    (tree / "examples/meson.build").write_text(EXAMPLES)
    return tree


@pytest.fixture
def check(project, tmp_path):
    """check({name of a file: what is in it}, ...): the exit status, and what was printed."""
    def run(files, *words):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        done = subprocess.run(["/usr/bin/python3", project / "tests/check", *words, "system",
                               *(tmp_path / name for name in files)], capture_output=True,
                              text=True, check=False)
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout
    return run


def test_what_passes_alone_has_passed_and_is_told(check, project):
    status, said = check({"test_a.py": GOOD + RACES % "in the way"})
    assert status == 0 and said.endswith("\n2 passed, 0 failed\n"), said
    told = [line for line in said.splitlines() if line.startswith("UNSTABLE")]
    logs = ["build/check/system/test_a.log", "build/check/system/test_a.again-test-races-x-y-z-.log"]
    assert told == ["UNSTABLE system: test_a.py::test_races[x::[y] z] (failed, then passed alone: "
                    f"see {', '.join(logs)})"]
    assert "in the way" in (project / logs[0]).read_text()
    assert "1 passed" in (project / logs[1]).read_text()


def test_what_fails_again_has_failed(check):
    status, said = check({"test_a.py": GOOD + RACES % "x", "test_b.py": FAILS})
    assert status == 1 and said.endswith("\n2 passed, 1 failed\n"), said
    assert "once more, alone: test_b.py::test_fails" in said
    assert "\nFAILED system: test_b.py::test_fails\n" in said
    assert "\nUNSTABLE system: test_a.py::test_races" in said


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


def test_it_is_believed_at_once(check):
    status, said = check({"test_a.py": RACES % "ERROR: LeakSanitizer: detected memory leaks"})
    assert status == 1 and said.endswith("\n0 passed, 1 failed\n"), said
    assert "once more, alone" not in said and "looks like a sanitizer's report" in said


def test_neither_is_more_than_three(check):
    status, said = check({f"test_{n}.py": RACES % "x" for n in range(4)})
    assert status == 1 and said.endswith("\n0 passed, 4 failed\n"), said
    assert "none is run again: more than 3 failed" in said


def test_strict(check):
    status, said = check({"test_a.py": RACES % "x"}, "--strict")
    assert status == 1 and said.endswith("\n0 passed, 1 failed\n"), said
    assert "once more" not in said


def test_a_file_that_cannot_be_run_is_no_test(check):
    status, said = check({"test_a.py": "import nothing_like_it\n", "test_b.py": RACES % "x"})
    assert status == 1 and said.endswith("\n0 passed, 2 failed\n"), said
    assert "once more, alone" not in said
