"""Nothing accepted is lost: kill -9 under load, many threads at once, and valgrind."""

import collections
import os
import pathlib
import random
import re
import signal
import smtplib
import ssl
import threading
import time

import pytest

import mail
from daemon import PATIENCE, PATIENT, leaves, until
from test_tls_in import make_certificate

ROUNDS = int(os.environ.get("KILL_ROUNDS", "25"))
CRITERIA = "X-Class requested\nX-Class required SECURE\n"
LARGE = 5000                             # lines of 62 octets: beyond what is held in memory
OCTETS = re.compile(r"\r\nX-Octets: (\d+)\r\n")
FAST = PATIENT + ' retry = {"1s"}'
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite,possible",
            "--show-leak-kinds=definite,possible", "--error-exitcode=9", "--child-silent-after-fork=yes",
            f"--suppressions={pathlib.Path(__file__).parent.parent / 'valgrind.supp'}"]


class Loader(threading.Thread):
    """Sends until it is stopped or cut off; remembers the marks that were answered 250."""

    context, large = None, 0             # inside TLS; of so many messages one is large

    def __init__(self, daemon, name, to, limit=None):
        super().__init__(daemon=True)
        self.relay, self.label, self.to, self.limit = daemon, name, to, limit
        self.accepted, self.end = [], threading.Event()

    def run(self):
        try:
            with mail.connect(self.relay) as smtp:
                self.send_all(smtp)
        except (smtplib.SMTPException, OSError):
            pass                         # the relay was killed

    def send_all(self, smtp):
        n = 0
        smtp.ehlo()
        if self.context:
            smtp.starttls(context=self.context)
            smtp.ehlo()
        while not self.end.is_set() and n != self.limit:
            mark = f"{self.label}-{n}."
            n += 1
            large = self.large and n % self.large == 0
            body = f"{mark:60}\r\n" * LARGE if large else "hello\r\n"
            text = mail.message(self.to, f"X-Class: {('off', 'requested', 'required')[n % 3]}",
                                f"X-Octets: {len(body)}", mark=mark, body=body)
            code, _ = smtp.mail(mail.SENDER)
            code, _ = smtp.rcpt(self.to)
            code, _ = smtp.data(text.encode())
            if code == 250:
                self.accepted.append(mark)


class Safely(Loader):
    """Inside TLS, and with large mail among the rest."""

    context, large = ssl._create_unverified_context(), int(os.environ.get("KILL_LARGE", "4"))


def load(relay, label, count, limit=None, kind=Loader):
    domains = ["secure.example", "bank.example", "any.wild.example", "dual.example"]
    loaders = [kind(relay, f"{label}-{i}", f"r{i}@{domains[i % 4]}", limit) for i in range(count)]
    for loader in loaders:
        loader.start()
    return loaders


def accepted(loaders):
    for loader in loaders:
        loader.end.set()
    for loader in loaders:
        loader.join(PATIENCE)
        assert not loader.is_alive()
    return [mark for loader in loaders for mark in loader.accepted]


def arrivals(received, label):
    """Which lives of the relay each mark came from, by the name in EHLO: mark -> names."""
    names = collections.defaultdict(list)
    for entry in received.all():
        octets = OCTETS.search(entry["data"])
        if octets:
            assert len(entry["data"].partition("\r\n\r\n")[2]) == int(octets.group(1)), "not whole"
        at = entry["data"].find(f"Subject: {label}-")
        if at >= 0:
            names[entry["data"][at + 9:].split("\r\n")[0]].append(entry["ehlo"])
    return names


def counts(received, label):
    return {mark: len(names) for mark, names in arrivals(received, label).items()}


def begin_life(relay, n):
    """Each has a name of its own, that the mail hosts are told."""
    relay.conf.write_text(re.sub(r'hostname = "[^"]*"', f'hostname = "life-{n}.lab.example"',
                                 relay.conf.read_text()))
    relay.start()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Loader, Safely], ids=["small-in-clear", "large-in-tls"])
def test_kill_9_loses_nothing(make_daemon, received, kind):
    """Load from several connections, kill -9 at a random instant, start again; many times.

    Connections to mail hosts are kept and used again, inside TLS where they offer it.  Every message that was answered 250 arrives.  One may arrive twice where the
    kill fell between the mail host's 250 and the commit that records it: never
    twice in one life.
    """
    relay = make_daemon(start=False, criteria=CRITERIA, delivery=FAST, top="workers = 2",
                        listen='tls-certificate = "relay.pem" tls-key = "relay.key"')
    make_certificate(relay.dir, "relay")
    relay.own()
    promised, seed, lives = [], random.randrange(1 << 32), 0
    chance = random.Random(seed)
    while lives < ROUNDS:
        begin_life(relay, lives)
        loaders = load(relay, f"kill-{seed}-{lives}", 6, kind=kind)
        enough = chance.randrange(100)
        until(lambda: sum(len(x.accepted) for x in loaders) >= enough)
        time.sleep(chance.uniform(0, 0.1))   # not a wait for something: the random instant
        os.kill(relay.process.pid, signal.SIGKILL)
        relay.process.wait()
        promised += accepted(loaders)
        lives += 1
    begin_life(relay, lives)
    assert len(promised) > ROUNDS * 5, "too little load to say anything"
    label = f"kill-{seed}"
    until(lambda: set(promised) <= set(arrivals(received, label)),
          what=f"all of {len(promised)} messages that were accepted")
    found = arrivals(received, label)
    twice = sum(len(names) - 1 for names in found.values())
    print(f"{lives} kills, {len(promised)} accepted, all arrived, {twice} arrived again")
    wrong = {mark: names for mark, names in found.items() if len(set(names)) < len(names)}
    assert not wrong, f"twice in one life: {wrong}"
    until(lambda: not [leaf for leaf in leaves(relay.json("queue", "list"))
                       if leaf == mail.SENDER], what="an empty queue")
    until(lambda: not list((relay.dir / "state/queue.db-spool").iterdir()), what="an empty spool")


@pytest.mark.slow
def test_kill_9_while_idle_repeats_nothing(make_daemon, received):
    """What was delivered and recorded before the kill is not delivered again."""
    relay = make_daemon(delivery=FAST)
    loaders = load(relay, "idle-kill", 3, limit=20)
    for loader in loaders:
        loader.join(PATIENCE)
    promised = accepted(loaders)
    until(lambda: len(relay.deliveries(outcome="delivered")) == 60)
    until(lambda: relay.json("queue", "list") == [], what="that each delivery is committed")
    os.kill(relay.process.pid, signal.SIGKILL)
    relay.process.wait()
    relay.start()
    relay.delivery(message=mail.send(relay, "b@secure.example"))
    assert counts(received, "idle-kill") == dict.fromkeys(promised, 1)


@pytest.mark.threads
def test_many_connections(make_daemon, received):
    """600 messages from 12 connections: all arrive once, with the marks they should have."""
    relay = make_daemon(criteria=CRITERIA, delivery=FAST, top="workers = 4")
    loaders = load(relay, "many-threads", 12, limit=50)
    for loader in loaders:
        loader.join(PATIENCE)
    promised = accepted(loaders)
    assert len(promised) == 600
    until(lambda: len(relay.deliveries(outcome="delivered")) >= 600, what="600 deliveries")
    assert counts(received, "many-threads") == dict.fromkeys(promised, 1)
    assert {d["outcome"] for d in relay.deliveries()} == {"delivered"}
    relay.ok("status")
    relay.ok("reload")
    relay.stop()


@pytest.mark.threads
def test_stopping_under_load_loses_nothing(make_daemon, received):
    """SIGTERM in the midst of it: it ends in good time, and what was promised arrives later."""
    relay = make_daemon(delivery=FAST)
    loaders = load(relay, "sigterm", 6)
    until(lambda: sum(len(x.accepted) for x in loaders) > 60)
    relay.stop()
    promised = accepted(loaders)
    relay.start()
    until(lambda: set(promised) <= set(arrivals(received, "sigterm")))


@pytest.mark.slow
@pytest.mark.valgrind
def test_no_leak_in_1000_messages(make_daemon, received):
    relay = make_daemon(start=False, criteria=CRITERIA, delivery=FAST, wrapper=VALGRIND)
    relay.start()
    loaders = load(relay, "valgrind", 4, limit=250)
    for loader in loaders:
        loader.join(PATIENCE)
    assert len(accepted(loaders)) == 1000
    for to, count in (("a@insecure.example", 3), ("a@bogus-sig.example", 3), ("a@nope.com", 3),
                      ("rcpt-450@secure.example", 3)):
        for _ in range(count):
            mail.send(relay, to, "X-Class: required")
    until(lambda: len(relay.deliveries(outcome="delivered")) >= 1000, what="1000 deliveries")
    until(lambda: len({d["to"] for d in relay.deliveries()}) >= 8)
    relay.wrapper = []                   # the commands need not run so slowly
    relay.ok("reload")
    relay.ok("status")
    relay.ok("queue", "list")
    relay.stop()                         # ends with 9 where valgrind found anything
