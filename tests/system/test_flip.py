"""A resolver that validates now and then bounces no mail (SPEC section 3).

Behind one address stand the lab's two servers, the one that validates and the one
that does not.  Which of them meets a question is what the tests are about.  All
mail is required, all domains are signed, and each is asked for once.
"""

import os
import random
import time

import pytest

import dnsfake
import mail
from daemon import resolver, until

CRITERIA = "X-Class required SECURE\n"
MESSAGES = int(os.environ.get("FLIP_MESSAGES", "1000"))
PERIOD = 2.0                             # seconds
ROUNDS = 3                               # src/resolve/evidence.h


class Pool(dnsfake.DnsFake):
    """deal() says by which server a question is met; dealt remembers."""

    def __init__(self, lab, deal):
        super().__init__()
        self.deal, self.dealt = deal, []
        self.servers = {}
        for which in ("validating", "plain"):
            address, port = lab[which].split(":")
            self.servers[which] = self.upstream = (address, int(port))

    async def forward(self, query):
        which = self.deal(len(self.dealt))
        self.dealt.append((query.name, query.type, which))
        self.upstream = self.servers[which]
        return await super().forward(query)

    def row(self, domain):
        """The longest row of answers of the plain server to one of the domain's questions."""
        longest = 0
        for rdtype in ("MX", "A", "AAAA"):
            here = 0
            for name, asked, which in self.dealt:
                if asked == rdtype and (name == domain or asked != "MX"):
                    here = here + 1 if which == "plain" else 0
                    longest = max(longest, here)
        return longest

    def count(self, which):
        return sum(w == which for _, _, w in self.dealt)


def flips(n):
    return "plain" if int(time.monotonic() / PERIOD) % 2 else "validating"


def in_turn(n):
    return "plain" if n % 2 else "validating"


def by_chance(seed):
    dice = random.Random(seed)
    return lambda n: dice.choice(("plain", "validating"))


def deliver(daemon, label, seconds):
    """MESSAGES required ones, spread over so much time; the records of their first attempts."""
    began = time.monotonic()
    with mail.connect(daemon) as smtp:
        for i in range(MESSAGES):
            pause = began + seconds * i / MESSAGES - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            mail.send(daemon, f"r@{label}{i}.wild.example", "X-Class: required", smtp=smtp)

    def all_tried():
        first = {}
        for record in daemon.deliveries():
            if record["from"]:           # no report of ours
                first.setdefault(record["message"], record)
        return list(first.values()) if len(first) == MESSAGES else None
    return until(all_tried, what="an attempt for each message")


def run(make_daemon, lab, deal, label, seconds=0.0):
    with Pool(lab, deal) as pool:
        daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{pool.port}"))
        records = deliver(daemon, label, seconds)
        said = {}
        for record in records:
            what = f"{record['outcome']} {record['status']}"
            said[what] = said.get(what, 0) + 1
        print(label, said, f"plain {pool.count('plain')}, validating {pool.count('validating')}")
        return pool, records


def bounced(records):
    return [r for r in records if r["outcome"] == "bounced"]


def test_a_server_that_flips(make_daemon, lab):
    """Restarted every two seconds, with its validator and without."""
    pool, records = run(make_daemon, lab, flips, "flip", seconds=max(6 * PERIOD, MESSAGES / 30))
    assert not bounced(records)
    assert {r["status"][:1] for r in records} <= {"2", "4"}
    assert pool.count("plain") and pool.count("validating")


def test_a_pool_in_turn(make_daemon, lab):
    pool, records = run(make_daemon, lab, in_turn, "turn")
    for record in bounced(records):
        assert pool.row(record["domain"]) > ROUNDS, record


@pytest.mark.parametrize("seed", [20261129, 7])
def test_a_pool_by_chance(make_daemon, lab, seed):
    """Bounced only where the plain one answered so often in a row that it looks like proof."""
    pool, records = run(make_daemon, lab, by_chance(seed), f"chance{seed}-")
    wrong = bounced(records)
    for record in wrong:
        assert pool.row(record["domain"]) > ROUNDS, record
    assert len(wrong) <= MESSAGES / 20


def test_what_waits_is_deferred_for_our_fault(make_daemon, lab):
    """Nothing but 4.3.5 comes of the resolver's fault."""
    _, records = run(make_daemon, lab, lambda n: "plain" if n else "validating", "late")
    assert {(r["outcome"], r["status"]) for r in records} == {("deferred", "4.3.5")}


def test_what_waits_for_our_resolver_is_due_when_it_is_well(make_daemon, lab, received):
    """4.3.5 does not sit out its back-off (an hour) once a probe turns good."""
    which = ["plain"]
    with Pool(lab, lambda n: which[0]) as pool:
        daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{pool.port}"))
        mail.send(daemon, "a@well.wild.example", "X-Class: required")
        assert daemon.delivery(outcome="deferred")["status"] == "4.3.5"
        which[0] = "validating"
        record = daemon.delivery(outcome="delivered")
        assert record["mx_status"] == record["address_status"] == "secure"


def waits_for_our_resolver(make_daemon, pool, mark):
    """A daemon whose required mail was just put off, 4.3.5."""
    daemon = make_daemon(criteria=CRITERIA, resolvers=resolver(f"127.0.0.1:{pool.port}"))
    mail.send(daemon, f"a@{mark}.wild.example", "X-Class: required")
    assert daemon.delivery(outcome="deferred")["status"] == "4.3.5"
    return daemon


def test_a_reload_probes_anew(make_daemon, lab):
    """What waits is due when the new configuration's server validates, though no mail comes."""
    with Pool(lab, lambda n: "plain") as pool:
        daemon = waits_for_our_resolver(make_daemon, pool, "reloaded")
        daemon.configure(criteria=CRITERIA)
        daemon.ok("reload")
        daemon.delivery(outcome="delivered")


def test_what_waited_before_the_start_is_due_when_our_resolver_is_well(make_daemon, lab):
    """After a restart no mail has to come for it, nor its ordinary turn."""
    which = ["plain"]
    with Pool(lab, lambda n: which[0]) as pool:
        daemon = waits_for_our_resolver(make_daemon, pool, "restarted")
        daemon.stop()
        which[0] = "validating"
        daemon.start()
        daemon.delivery(outcome="delivered")


def test_doctor_does_not_end_the_probes(make_daemon, lab):
    """doctor probes anew, and who fails then is tried again as before."""
    which = ["plain"]
    with Pool(lab, lambda n: which[0]) as pool:
        daemon = waits_for_our_resolver(make_daemon, pool, "doctored")
        assert daemon.run("doctor").returncode
        which[0] = "validating"
        daemon.delivery(outcome="delivered")
