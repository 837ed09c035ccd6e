"""Orders about mail that waits in memory for its turn, as a mail host is slow: it is called back."""

import asyncio
import collections

import pytest

import mail
import scripted
from daemon import PATIENT, until
from scripted import OK, Session

MANY = 300                               # more than one request of `queue` names
SLOW, OTHER, QUICK = "slow.example", "other.example", "quick.example"
ALL_AT_ONCE = 100000                     # the hosts wait for nobody any more


class Waits(Session):
    """Takes a message when the test lets it; at the second address, at once."""

    async def end(self, data):
        if self.at == self.hosts.addresses[0]:
            await self.hosts.gate.acquire()
        return OK


@pytest.fixture
def hosts():
    with scripted.Hosts(Waits, ("127.0.0.21", "127.0.0.22")) as hosts:
        hosts.gate = asyncio.Semaphore(0)
        yield hosts
        let(hosts, ALL_AT_ONCE)


@pytest.fixture
def relay(make_daemon, hosts):
    slow, quick = (hosts.via(a) for a in hosts.addresses)
    return make_daemon(
        delivery=PATIENT + ' retry = {"1h"} per-destination = 1',
        more=f'route "{SLOW}" {{ {slow} }}\nroute "{OTHER}" {{ {slow} }}\nroute "{QUICK}" {{ {quick} }}')


def let(hosts, n):
    def release():
        for _ in range(n):
            hosts.gate.release()
    hosts.loop.call_soon_threadsafe(release)


def people(n, domain=SLOW):
    return [f"u{i}@{domain}" for i in range(n)]


def submit(daemon, to):
    with mail.connect(daemon) as smtp:
        return [mail.submit(daemon, one, smtp=smtp) for one in to]


def under_way(hosts, n=1):
    """So many messages are with the host that waits, whole."""
    until(lambda: sum(at == hosts.addresses[0] and what == "content"
                      for _, at, what, _ in list(hosts.events)) >= n, what="that mail is under way")


def states(daemon, *words):
    return collections.Counter(m["state"] for m in daemon.json("queue", "list", *words))


def empty(daemon):
    until(lambda: daemon.json("queue", "list") == [], what="that the queue is empty")


def others_go(daemon, hosts):
    """Mail to who is quick goes out, whatever the slow one does."""
    to = f"u{len(hosts.messages)}@{QUICK}"
    mail.submit(daemon, to)
    until(lambda: to in hosts.accepted(), what="that the others' mail goes out")


def test_hold_and_release(relay, hosts):
    submit(relay, people(MANY))
    under_way(hosts)
    assert relay.ok("queue", "hold", "--to", f"@{SLOW}") == f"{MANY} messages held\n"
    assert states(relay) == {"held": MANY - 1, "active": 1}
    others_go(relay, hosts)
    let(hosts, ALL_AT_ONCE)
    until(lambda: len(hosts.messages) == 2, what="that what was under way is delivered")
    assert states(relay, "--state", "held") == {"held": MANY - 1}
    others_go(relay, hosts)
    assert len(hosts.messages) == 3
    relay.ok("queue", "release", "--to", f"@{SLOW}")
    until(lambda: len(hosts.messages) >= MANY + 2, what="that all is delivered")
    empty(relay)
    assert sorted(a for a in hosts.accepted() if SLOW in a) == sorted(people(MANY))


def test_hold_all(relay, hosts):
    """Whatever its destination; `retry` of it is refused then, and `release` undoes it."""
    submit(relay, people(20) + people(20, OTHER))
    under_way(hosts, 2)
    assert relay.ok("queue", "hold", "--all") == "40 messages held\n"
    assert states(relay) == {"held": 38, "active": 2}
    let(hosts, ALL_AT_ONCE)
    until(lambda: states(relay) == {"held": 38}, what="that what was under way is delivered")
    assert relay.run("queue", "retry", "--all").returncode == 1
    relay.ok("queue", "release", "--all")
    empty(relay)
    assert sorted(hosts.accepted()) == sorted(people(20) + people(20, OTHER))


def test_remove(relay, hosts):
    ids = submit(relay, people(MANY))
    under_way(hosts)
    done = relay.run("queue", "remove", "--to", f"@{SLOW}", "--yes")
    assert done.returncode == 1 and f"{MANY - 1} messages removed\n" in done.stdout, done
    assert "is being delivered at this moment" in done.stderr, done
    left, = relay.json("queue", "list")
    assert left["state"] == "active" and left["id"] in ids
    others_go(relay, hosts)
    let(hosts, ALL_AT_ONCE)
    empty(relay)
    assert len(hosts.messages) == 2


def test_remove_of_one(relay, hosts):
    ids = submit(relay, people(3))
    under_way(hosts)
    assert relay.ok("queue", "remove", ids[2]) == "1 message removed\n"
    let(hosts, ALL_AT_ONCE)
    empty(relay)
    assert sorted(hosts.accepted()) == people(2)


def test_bounce(relay, hosts):
    submit(relay, people(20))
    under_way(hosts)
    relay.ok("queue", "bounce", "--to", f"@{SLOW}", "--yes")
    let(hosts, ALL_AT_ONCE)
    empty(relay)                         # what was under way was delivered, and the reports as well
    assert len(hosts.messages) == 1
    gone = relay.deliveries(outcome="bounced")
    assert sorted(hosts.accepted() + [d["to"] for d in gone]) == sorted(people(20))
    assert {d["status"] for d in gone} == {"5.4.7"} and "order of an administrator" in gone[0]["reply"]


def test_parted_over_two_domains(relay, hosts):
    """One part is under way, the other waits: that does not go out before it is released."""
    submit(relay, [f"first@{SLOW}"])
    under_way(hosts)
    both = mail.submit(relay, [f"both@{SLOW}", f"both@{OTHER}"])
    under_way(hosts, 2)
    done = relay.run("queue", "remove", both)
    assert done.returncode == 1 and "is being delivered" in done.stderr
    assert relay.ok("queue", "hold", both) == "1 message held\n"
    let(hosts, ALL_AT_ONCE)
    until(lambda: states(relay) == {"held": 1}, what="that the part that was under way is delivered")
    assert sorted(hosts.accepted()) == [f"both@{OTHER}", f"first@{SLOW}"]
    relay.ok("queue", "release", both)
    empty(relay)
    assert sorted(hosts.accepted()) == [f"both@{OTHER}", f"both@{SLOW}", f"first@{SLOW}"]


def test_a_remove_that_is_refused_delays_nothing(relay, hosts):
    """What was called back for it is as due as before, though the next attempt was an hour away."""
    submit(relay, [f"first@{SLOW}"])
    under_way(hosts)
    both = mail.submit(relay, [f"both@{SLOW}", f"both@{OTHER}"])
    under_way(hosts, 2)
    assert relay.run("queue", "remove", both).returncode == 1
    let(hosts, ALL_AT_ONCE)
    empty(relay)
    assert sorted(hosts.accepted()) == [f"both@{OTHER}", f"both@{SLOW}", f"first@{SLOW}"]


def test_nothing_is_lost_between_orders(relay, hosts):
    """While all goes out one by one it is held and released, reloaded, and the daemon ends once."""
    submit(relay, people(MANY))
    let(hosts, ALL_AT_ONCE)
    for turn in range(8):
        relay.ok("queue", "hold", "--all" if turn % 2 else f"--to=@{SLOW}")
        relay.ok("reload")
        if turn == 5:
            relay.stop()
            relay.start()
        relay.ok("queue", "release", "--all")
    empty(relay)
    assert sorted(hosts.accepted()) == sorted(people(MANY))


def test_the_end_while_an_order_is_carried_out(relay, hosts):
    """Whatever of it was done, nothing is lost."""
    submit(relay, people(MANY))
    under_way(hosts)
    hold = relay.popen("queue", "hold", "-c", str(relay.conf), "--all")
    let(hosts, ALL_AT_ONCE)              # or the end would cut one, which comes twice then
    relay.stop()
    hold.wait()
    relay.start()
    relay.run("queue", "release", "--all")
    empty(relay)
    assert sorted(hosts.accepted()) == sorted(people(MANY))
