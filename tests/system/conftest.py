"""Fixtures of the system tests.  SIGNPOST names the program (default build/signpost)."""

import datetime
import itertools
import os
import pathlib
import resource
import shutil
import tempfile

import pytest

import daemon as daemons
import mail
import terminal

names = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def nobody_to_ask():
    """What a program asks at the terminal nobody answers; without one it does not ask."""
    terminal.leave()


@pytest.fixture(scope="session", autouse=True)
def descriptors():
    """Tests hold a thousand connections and more, beyond what a login has (1,024)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="session")
def place():
    """A directory that another user can reach; pytest's own ones are for one user alone."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-"))
    directory.chmod(0o755)
    yield directory
    if not os.environ.get("KEEP"):
        shutil.rmtree(directory)


MIDNIGHT_S = 600                         # what takes a module of tests, by far


@pytest.fixture(scope="module")
def one_day():
    """Today stays today for who names files of days: midnight (UTC) is not near, or over."""
    def far():
        now = datetime.datetime.now(datetime.timezone.utc)
        return (now + datetime.timedelta(seconds=MIDNIGHT_S)).date() == now.date()
    daemons.until(far, 2 * MIDNIGHT_S, "midnight")


@pytest.fixture(scope="session")
def program():
    path = daemons.program()
    assert path.exists(), f"{path} is not there: make build"
    return path


@pytest.fixture(scope="session")
def received(lab):
    return mail.Received(lab)


def maker(lab, place, made):
    def make(start=True, **options):
        one = daemons.Daemon(lab, place / str(next(names)), **options)
        made.append(one)
        return one.start() if start else one
    return make


def stop_all(made):
    """All are stopped even where one complains; the first complaint counts."""
    failures = []
    for one in made:
        try:
            one.stop()
        except AssertionError as e:
            failures.append(e)
            one.kill()
    if failures:
        raise failures[0]


@pytest.fixture
def make_daemon(lab, place, program):
    """make_daemon(criteria="...", ...) gives a running Daemon; it is stopped after the test."""
    made = []
    yield maker(lab, place, made)
    stop_all(made)


@pytest.fixture(scope="module")
def make_module_daemon(lab, place, program):
    """The same for all tests of a module."""
    made = []
    yield maker(lab, place, made)
    stop_all(made)
