"""Sessions with mail hosts that have limits of their own, or none of our patience."""

import asyncio

import pytest

import mail
import scripted
from daemon import PATIENT, until
from scripted import OK, Session

NEVER = PATIENT + ' retry = {"1h"}'      # what is put off stays so for the test
QUICK = PATIENT + ' retry = {"1s"}'
DOMAIN = "far.example"


@pytest.fixture
def relay_to(make_daemon):
    """relay_to(hosts, delivery, ...): mail to DOMAIN goes to the first of the hosts."""
    def make(hosts, delivery=NEVER, more="", domain=DOMAIN, **options):
        more = f'route "{domain}" {{ {hosts.via()} }}\n' + more
        return make_daemon(delivery=delivery, more=more, **options)
    return make


def submit_many(daemon, to):
    with mail.connect(daemon) as smtp:
        return [mail.submit(daemon, recipient, smtp=smtp) for recipient in to]


def people(count, domain=DOMAIN):
    return [f"u{n}@{domain}" for n in range(count)]


def attempt_that_says(daemon, words):
    """The first record whose session has these words; others may have been too slow for other reasons."""
    return until(lambda: [r for r in daemon.deliveries() if words in daemon.block(r).text],
                 what=words)[0]


def outcomes(daemon, count, **fields):
    """What became of each, once all have a record."""
    until(lambda: len(daemon.deliveries(**fields)) >= count, what=f"{count} outcomes")
    return [d["outcome"] for d in daemon.deliveries(**fields)]


# How much a host takes of a session

@pytest.mark.parametrize("enough", ["452 4.4.5 enough of this session", "550 5.7.0 one too many"])
def test_a_host_that_takes_ten_messages_a_session(relay_to, enough):
    class Ten(Session):
        def mail(self, sender, params):
            return enough if self.taken == 10 else OK

    with scripted.Hosts(Ten) as hosts:
        daemon = relay_to(hosts, NEVER + " per-destination = 2")
        submit_many(daemon, people(60))
        assert outcomes(daemon, 60) == ["delivered"] * 60
        assert sorted(hosts.accepted()) == sorted(people(60))


@pytest.mark.parametrize("takes", [100, 10])
def test_a_host_that_takes_so_many_recipients(relay_to, takes):
    class Few(Session):
        def rcpt(self, to):
            return OK if len(self.rcpts) < takes else "452 4.5.3 too many recipients"

    with scripted.Hosts(Few) as hosts:
        daemon = relay_to(hosts)
        mail.submit(daemon, people(300))
        assert outcomes(daemon, 300) == ["delivered"] * 300
        assert sorted(hosts.accepted()) == sorted(people(300))


def test_we_do_not_offer_a_host_more_recipients_than_we_may(relay_to):
    with scripted.Hosts() as hosts:
        daemon = relay_to(hosts)
        mail.submit(daemon, people(300))
        assert outcomes(daemon, 300) == ["delivered"] * 300
        assert [len(m["rcpts"]) for m in hosts.messages] == [100] * 3


def test_an_idle_connection_is_ended_by_quit(relay_to):
    with scripted.Hosts() as hosts:
        daemon = relay_to(hosts)
        mail.submit(daemon, people(1))
        until(lambda: "over" in hosts.said(1), what="the end of the connection")
        assert hosts.said(1)[-2:] == ["QUIT", "over"]


def test_a_greeting_whose_last_line_sends_us_away(relay_to):
    class Away(Session):
        def greeting(self):
            return "220-welcome to far.example\r\n521 no mail is taken here"

    with scripted.Hosts(Away) as hosts:
        daemon = relay_to(hosts)
        record = daemon.delivery(message=mail.submit(daemon, people(1)))
        assert record["outcome"] == "deferred", record
        text = daemon.block(record).text
        assert "220-welcome to far.example" in text and "521 no mail is taken here" in text
        assert record["reply"].startswith("521 ") and "no mail is taken here" in record["reply"]


# Who said what

def test_each_outcome_names_the_host_that_said_it(make_daemon):
    """The first host, insecure, takes one and puts the other off, and so does the second."""
    daemon = make_daemon(criteria="X-Class requested\n")
    to = ["taken@mixed-hosts.example", "rcpt-450@mixed-hosts.example"]
    message = mail.submit(daemon, to, mail.message("two", "X-Class: requested"))
    until(lambda: len(daemon.deliveries(message=message)) == 2)
    found = {d["to"]: (d["outcome"], d["host"], d["address"], d["address_status"])
             for d in daemon.deliveries(message=message)}
    assert found == {
        to[0]: ("delivered", "mx.insecure.example", "127.0.2.1", "insecure"),
        to[1]: ("deferred", "mx.secure.example", "127.0.1.1", "secure")}


SAYINGS = {"greylisted": "450 4.7.1 come back later", "full": "452 4.2.2 the box is full",
           "gone": "550 5.1.1 nobody of that name", "fine": "250 2.1.5 fine"}


class Sayings(Session):
    def rcpt(self, to):
        return SAYINGS[to.partition("@")[0]]


def replies(daemon, message):
    return {d["to"].partition("@")[0]: d["reply"] for d in daemon.deliveries(message=message)}


def delayed(received, mark):
    """The report about the delay: its fields for each recipient."""
    def found():
        for report in received.bounces(mark):
            _, fields = mail.status_fields(report)
            if fields[0]["Action"] == "delayed":
                return fields
        return None
    return until(found, what="a report about the delay")


def test_each_recipient_is_told_what_was_said_of_it(relay_to, received):
    to = [f"{who}@{DOMAIN}" for who in SAYINGS]
    with scripted.Hosts(Sayings) as hosts:
        daemon = relay_to(hosts, QUICK + ' lifetime = "1h" warn-after = "1s"')
        message = mail.submit(daemon, to, mail.message("four", mark="four-sayings"))
        until(lambda: len(daemon.deliveries(message=message)) >= 4)
        said = replies(daemon, message)
        assert {who: said[who] for who in ("greylisted", "full", "gone")} == {
            who: SAYINGS[who] for who in ("greylisted", "full", "gone")}
        assert said["fine"].startswith("250"), said
        told = {f["Final-Recipient"].split(";")[1].strip().partition("@")[0]:
                (f["Status"].strip(), f["Diagnostic-Code"]) for f in delayed(received, "four-sayings")}
    assert told == {who: (SAYINGS[who].split()[1], "smtp; " + SAYINGS[who])
                    for who in ("greylisted", "full")}


# How many at once

def test_never_more_connections_than_the_total(relay_to):
    class Thoughtful(Session):
        """Time enough for all of them to connect."""
        async def greeting(self):
            await asyncio.sleep(0.1)
            return Session.greeting(self)

    with scripted.Hosts(Thoughtful) as hosts:
        daemon = relay_to(hosts, NEVER + " total = 2", domain="*")
        mail.submit(daemon, [f"u@d{n}.example" for n in range(40)])
        assert outcomes(daemon, 40) == ["delivered"] * 40
        assert hosts.most <= 2


def test_an_idle_connection_makes_room_for_another_host(relay_to):
    """Where one connection is all there may be, mail comes in the order in which it was sent."""
    near, other = "127.0.0.21", "127.0.0.22"
    to = [f"u{n}@{'other.example' if n % 2 else DOMAIN}" for n in range(20)]
    with scripted.Hosts(addresses=(near, other)) as hosts:
        daemon = relay_to(hosts, NEVER + " total = 1",
                          f'route "other.example" {{ {hosts.via(other)} }}\n')
        submit_many(daemon, to)
        until(lambda: len(hosts.accepted()) == 20)
        assert hosts.accepted() == to and hosts.most == 1
        assert [at for _, at, what, _ in hosts.events if what == "QUIT"][:19] == [
            other if n % 2 else near for n in range(19)]


# Patience

async def trickle(session, octets):
    """One octet now and then, for as long as the other side bears it."""
    while True:
        session.writer.write(octets)
        await session.writer.drain()
        await asyncio.sleep(0.2)


def test_a_reply_octet_by_octet_has_an_end(relay_to):
    class Endless(Session):
        async def mail(self, sender, params):
            self.writer.write(b"250-")
            await trickle(self, b"x")

    with scripted.Hosts(Endless) as hosts:
        daemon = relay_to(hosts, 'command-timeout = "2s" retry = {"1s"}')
        mail.submit(daemon, people(1))
        record = attempt_that_says(daemon, "the host did not come to the end of its reply")
        assert (record["outcome"], record["status"]) == ("deferred", "4.4.2"), record


@pytest.mark.parametrize("half", ["25", "250-first\r\n", "250 ok"])
def test_a_host_that_goes_amid_its_reply(relay_to, half):
    """It is told that it went, and that what it said was not all."""
    class Half(Session):
        async def mail(self, sender, params):
            self.writer.write(half.encode())
            await self.writer.drain()
            raise scripted.Hangup

    with scripted.Hosts(Half) as hosts:
        daemon = relay_to(hosts)
        mail.submit(daemon, people(1))
        words = f"the host closed the connection, after half a reply: {half.strip()}"
        record = attempt_that_says(daemon, words)
        assert (record["outcome"], record["status"]) == ("deferred", "4.4.2"), record


def test_a_message_that_is_taken_octet_by_octet_has_an_end(relay_to):
    class Slow(Session):
        async def content(self):
            while await self.reader.read(1):
                await asyncio.sleep(0.2)
            raise scripted.Hangup

    with scripted.Hosts(Slow) as hosts:
        daemon = relay_to(hosts, 'command-timeout = "2s" retry = {"1s"}')
        body = "x" * 76 + "\r\n"
        mail.submit(daemon, people(1), mail.message("large", body=body * 300000))
        record = attempt_that_says(daemon, "the host took the message too slowly")
        assert (record["outcome"], record["status"]) == ("deferred", "4.4.2"), record


def test_a_host_that_takes_so_many_connections(relay_to):
    """It turns few away: there are no more than it has shown that it takes, and it is not left alone."""
    class Three(Session):
        turned_away = 0

        def greeting(self):
            if len(self.hosts.inside) <= 3:
                return Session.greeting(self)
            Three.turned_away += 1
            self.hosts.one_too_many.set()
            return "421 4.7.0 too many connections"

        async def end(self, data):
            await self.hosts.one_too_many.wait()
            return OK

    with scripted.Hosts(Three) as hosts:
        hosts.one_too_many = asyncio.Event()
        daemon = relay_to(hosts, QUICK + " per-destination = 20")
        submit_many(daemon, people(60))
        outcomes(daemon, 60, outcome="delivered")
        assert sorted(hosts.accepted()) == sorted(people(60))
        assert 0 < Three.turned_away < 20
        assert not daemon.deliveries(reply="it could not be reached a moment ago")


# Whoever cannot be reached, or is slow, stops nobody else

def test_mail_of_a_dead_domain_costs_few_connections(relay_to):
    class Dead(Session):
        up = False

        def greeting(self):
            return Session.greeting(self) if Dead.up else None

    with scripted.Hosts(Dead) as hosts:
        daemon = relay_to(hosts, NEVER + " per-destination = 5")
        submit_many(daemon, people(200))
        outcomes(daemon, 200, outcome="deferred")
        at_first = hosts.connections
        assert at_first <= 10
        daemon.ok("queue", "retry", "--all")
        until(lambda: hosts.connections > at_first, what="another attempt")
        outcomes(daemon, 201, outcome="deferred")
        assert hosts.connections <= at_first + 10
        Dead.up = True
        daemon.ok("queue", "retry", "--all")
        outcomes(daemon, 200, outcome="delivered")
        assert sorted(hosts.accepted()) == sorted(people(200))


def test_a_dead_host_is_left_alone_by_all_domains_that_use_it(relay_to):
    """A worker knows it by its address: one dial tells all its domains."""
    class Dead(Session):
        def greeting(self):
            return None

    with scripted.Hosts(Dead) as hosts:
        daemon = relay_to(hosts, domain="*", top="workers = 1")
        for n in range(5):
            daemon.delivery(message=mail.submit(daemon, f"u@d{n}.example"))
        assert hosts.connections == 1
        for record in daemon.deliveries()[1:]:
            block = daemon.block(record)
            assert block.with_word("not tried, as it could not be reached a moment ago", "127.0.0.21")


def test_a_host_that_never_ends_stops_no_retries_of_others(relay_to):
    """There is more for it than memory would hold."""
    class Silent(Session):
        async def end(self, data):
            await trickle(self, b"")

    with scripted.Hosts(Silent) as hosts:
        daemon = relay_to(hosts, QUICK, top='size-limit = "1M"\nmemory = "4M"')
        text = mail.message("large", body=("x" * 76 + "\r\n") * 6000)
        with mail.connect(daemon) as smtp:
            for to in people(30):
                mail.submit(daemon, to, text, smtp=smtp)
            for n in range(10):
                mail.submit(daemon, f"once-450-beside-{n}@secure.example", smtp=smtp)
        outcomes(daemon, 10, domain="secure.example", outcome="delivered")
        assert not hosts.messages and daemon.deliveries(domain="secure.example", outcome="deferred")
        daemon.kill()                    # it would wait for what is under way


def test_a_message_to_two_thousand_domains_keeps_no_other_client_waiting(relay_to):
    class Holds(Session):
        """It greets one half of them, and no more before the other client has its answer."""
        async def greeting(self):
            if self.number > 1000:
                await self.hosts.answered.wait()
            return Session.greeting(self)

    with scripted.Hosts(Holds) as hosts:
        hosts.answered = asyncio.Event()
        daemon = relay_to(hosts, domain="*", more='limits { recipients = 2000 }')
        many = [f"u@d{n}.example" for n in range(2000)]
        with mail.connect(daemon) as other:
            mail.submit(daemon, many)
            mail.submit(daemon, "late@beside.example", smtp=other)
        hosts.loop.call_soon_threadsafe(hosts.answered.set)
        assert outcomes(daemon, 2001) == ["delivered"] * 2001


def test_what_is_retried_while_it_is_under_way_is_tried_again_at_once(relay_to):
    class Held(Session):
        go = False

        async def rcpt(self, to):
            if Held.go:
                return OK
            while not Held.go:
                await asyncio.sleep(0.02)
            return "450 4.7.1 not now"

    with scripted.Hosts(Held) as hosts:
        daemon = relay_to(hosts)
        message = mail.submit(daemon, people(1))
        until(lambda: "RCPT" in hosts.said(1), what="an attempt")
        daemon.ok("queue", "retry", message)
        Held.go = True
        daemon.delivery(message=message, outcome="delivered")
        assert [d["outcome"] for d in daemon.deliveries(message=message)] == ["deferred", "delivered"]


# What a host can bear

def test_mail_that_needs_smtputf8_finds_the_host_that_has_it(make_daemon, received):
    daemon = make_daemon()
    with mail.Raw(daemon) as raw:
        raw.say_all("EHLO x.example", "MAIL FROM:<sender@secure.example> SMTPUTF8",
                    "RCPT TO:<j\u00f6rg@second-utf8.example>", "DATA")
        answer = raw.say("Subject: utf8-second\r\n\r\nx\r\n.")
    record = daemon.delivery(message=answer.split()[-1])
    assert (record["outcome"], record["host"]) == ("delivered", "mx.secure.example"), record
    text = daemon.block(record).text
    assert "127.0.9.3" in text and "SMTPUTF8" in received.wait("utf8-second")[0]["mail_params"]


def test_a_report_that_is_refused_whole_comes_shorter(relay_to):
    class Small(Session):
        def end(self, data):
            return "552 5.3.4 too much of it" if "THE-BODY" in data else OK

    with scripted.Hosts(Small) as hosts:
        daemon = relay_to(hosts)
        sender = f"sender@{DOMAIN}"
        mail.submit(daemon, "rcpt-550@secure.example",
                    mail.message("x", "X-Mark: the-header", body="THE-BODY\r\n"), sender,
                    mail=["RET=FULL"])
        record = daemon.delivery(to=sender)
        assert record["outcome"] == "delivered", record
        refused, = hosts.refused
        taken, = hosts.messages
        assert "THE-BODY" in refused["data"] and "THE-BODY" not in taken["data"]
        assert "X-Mark: the-header" in taken["data"] and "550 5.7.1" in taken["data"]


@pytest.mark.parametrize("behind", ["421 4.3.2 bye\r\n", ""], ids=["421", "nothing"])
@pytest.mark.parametrize("at", ["MAIL", "RCPT", "content"])
def test_a_report_that_is_refused_whole_comes_shorter_though_the_host_goes(relay_to, at, behind):
    class Small(Session):
        def mail(self, sender, params):
            self.large = any(int(p[5:]) > 400000 for p in params if p.startswith("SIZE="))
            return self.refuse() if at == "MAIL" and self.large else OK

        def rcpt(self, to):
            return self.refuse() if at == "RCPT" and self.large else OK

        async def content(self):
            if at == "content" and self.large:
                await self.reader.readexactly(200000)
                await self.refuse()
            return await super().content()

        async def refuse(self):
            self.hosts.refused.append(at)
            self.writer.write(f"552 5.3.4 too much of it\r\n{behind}".encode())
            await self.writer.drain()
            raise scripted.Hangup

    with scripted.Hosts(Small) as hosts:
        daemon = relay_to(hosts)
        sender = f"sender@{DOMAIN}"
        mail.submit(daemon, "rcpt-550@secure.example",
                    mail.message("x", "X-Mark: the-header", body=("x" * 78 + "\r\n") * 10000), sender,
                    mail=["RET=FULL"])
        record = daemon.delivery(to=sender)
        assert record["outcome"] == "delivered", record
        taken, = hosts.messages
        assert hosts.refused == [at] and "xxxx" not in taken["data"] and "X-Mark: the-header" in taken["data"]
