"""Early refusal: what would bounce for everybody is refused before it is taken, and nothing else."""

import pytest

import dnsfake
import mail
from daemon import resolver
from mail import submit

CRITERIA = "X-Class required SECURE\nEnvelope-To *@insecure.example SECURE\n"
REQUIRED = "X-Class: required"


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria=CRITERIA, dnssec="reject-early = true",
                              more='exempt "sec-mx-insec-host.example" '
                                   '{ reason = "r" until = "2999-01-01" }\n')


def refused(daemon, to, *headers):
    """Code and text of the answer to the data, or None where it was taken."""
    with mail.connect(daemon) as smtp:
        smtp.ehlo_or_helo_if_needed()
        smtp.mail(mail.SENDER)
        for recipient in to:
            assert smtp.rcpt(recipient)[0] == 250
        code, text = smtp.data(mail.message("a", *headers, mark="early"))
    return None if code == 250 else (code, text.decode())


@pytest.mark.parametrize("to, status", [
    (["a@insecure.example"], "5.7.4"),
    (["a@insecure.example", "b@insecure.example"], "5.7.4"),
    (["a@nope.secure.example", "b@insecure.example"], "5.1.2"),
    (["b@insecure.example", "a@nope.secure.example"], "5.7.4"),
    (["a@[127.0.1.1]"], "5.7.4"),
])
def test_refused(relay, to, status):
    before = relay.json("status")
    code, text = refused(relay, to, REQUIRED)
    assert code == 550 and text.startswith(status + " "), text
    after = relay.json("status")
    assert after["refused"]["early"] == before["refused"]["early"] + 1
    assert after["accepted"] == before["accepted"]


def test_words_are_those_of_the_bounce(relay, make_daemon):
    later = make_daemon(criteria=CRITERIA)
    submit(later, "a@insecure.example", mail.message("a", REQUIRED, mark="late-words"))
    reply = later.delivery(to="a@insecure.example")["reply"]
    _, text = refused(relay, ["a@insecure.example"], REQUIRED)
    said = " ".join(li.removeprefix("5.7.4 ") for li in text.splitlines())
    assert all(li.startswith("5.7.4 ") for li in text.splitlines()), text
    assert said == reply, (said, reply)
    assert 'criterion "X-Class required SECURE", dnssec.criteria:1' in said
    assert "What can be done: " in said


@pytest.mark.parametrize("to, headers", [
    (["a@secure.example"], [REQUIRED]),
    (["a@secure.example", "a@insecure.example"], [REQUIRED]),      # one would be delivered
    (["a@mixed-bogus-host.example"], [REQUIRED]),                             # deferred
    (["a@insecure.example", "a@sec-mx-insec-host.example"], []),   # the second is not required
    (["a@sec-mx-insec-host.example"], [REQUIRED]),                 # exempt
    (["a@nope.secure.example"], []),                               # not required
])
def test_taken(relay, to, headers):
    assert refused(relay, to, *headers) is None


def test_off_by_default(make_daemon):
    daemon = make_daemon(criteria=CRITERIA)
    assert refused(daemon, ["a@insecure.example"], REQUIRED) is None


def test_no_later_than_it_may(make_daemon):
    """A server that says nothing delays nobody for longer than that, and the mail is taken."""
    with dnsfake.DnsFake() as fake:
        fake.on("*", "*", dnsfake.drop())
        daemon = make_daemon(
            criteria=CRITERIA, dnssec='reject-early = true reject-within = "200ms"',
            resolvers=resolver(f"127.0.0.1:{fake.port}", 'trust = "always" timeout = "30s"'))
        assert refused(daemon, ["a@insecure.example"], REQUIRED) is None
