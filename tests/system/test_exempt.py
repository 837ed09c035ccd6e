"""Exemptions: required mail to a domain is treated as requested, until a day begins."""

import datetime
import re

import pytest

from daemon import until
from mail import send

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
SOON = (TODAY + datetime.timedelta(days=10)).isoformat()
LATER = (TODAY + datetime.timedelta(days=400)).isoformat()
EXEMPT = f"""
exempt "insecure.example" {{ reason = "moves to a new DNS host" until = "{LATER}" }}
exempt "*.alias.example" {{ reason = "soon" until = "{SOON}" }}
exempt "insec-mx-sec-host.example" {{ reason = "was, once" until = "{TODAY}" }}
"""


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria="X-Class required SECURE\n", more=EXEMPT)


def required(relay, domain):
    return relay.delivery(message=send(relay, f"a@{domain}", "X-Class: required"))


def test_required_is_requested(relay):
    record = required(relay, "insecure.example")
    assert (record["outcome"], record["service"], record["exempt"]) == \
        ("delivered", "requested", "insecure.example")
    assert record["criterion"] == "X-Class required SECURE" and record["mx_status"] == "insecure"
    block = relay.block(record)
    assert block.lines[0] == \
        'DNSSEC service requested (criterion "X-Class required SECURE", dnssec.criteria:1)'
    assert f"exempt: insecure.example until {LATER}: moves to a new DNS host" in block.lines


def test_others_are_not(relay):
    record = required(relay, "sec-mx-insec-host.example")
    assert (record["outcome"], record["service"], record["exempt"]) == ("bounced", "required", "")
    record = relay.delivery(message=send(relay, "a@insecure.example"))
    assert (record["outcome"], record["service"], record["exempt"]) == ("delivered", "off", "")


def test_one_that_has_ended_has_no_effect(relay):
    record = required(relay, "insec-mx-sec-host.example")
    assert (record["service"], record["exempt"]) == ("required", "")


def test_explain_says_the_same(relay):
    message = "X-Class: required\r\n\r\nhello\r\n"
    done = relay.run("explain", "--json", "--from", "a@b.example", "--to", "a@insecure.example",
                     stdin=message)
    assert done.returncode == 0 and '"exempt":"insecure.example"' in done.stdout.replace(" ", "")
    done = relay.run("explain", "--from", "a@b.example", "--to", "a@insecure.example",
                     stdin=message)
    assert f"insecure.example until {LATER}: moves" in done.stdout


def test_route_says_it_too(relay):
    way = relay.ok("route", "insecure.example")
    assert f"exempt, so that required mail goes as requested: insecure.example until {LATER}: " \
        "moves" in way
    assert relay.json("route", "x.alias.example")["exempt"] == "*.alias.example"
    assert "exempt" not in relay.ok("route", "insec-mx-sec-host.example")
    assert relay.json("route", "insec-mx-sec-host.example")["exempt"] == ""


@pytest.mark.parametrize("level, word", [("required", "required"), ("dane", "with DANE")])
def test_route_and_connect_judge_by_it(relay, level, word):
    """As mail would get it now: exempt or, where the exemption has ended, not."""
    services = relay.json("route", "insecure.example")["services"]
    assert services[level] == services["requested"] and services[level]["action"] == "deliver"
    assert re.search(rf"^{word} +deliver", relay.ok("route", "insecure.example"), re.M)
    done = relay.run("connect", "insecure.example", "--level", level)
    assert done.returncode == 0, done.stdout
    assert "exempt, so that required mail goes as requested" in done.stdout
    ended = relay.json("route", "insec-mx-sec-host.example")["services"]
    assert ended[level]["action"] == "bounce"
    assert relay.run("connect", "insec-mx-sec-host.example", "--level", level).returncode == 1


def test_what_was_exempt_would_not_have_bounced(make_daemon):
    """Neither by OBSERVE, which requires nothing, nor in the report; a domain that is not exempt would."""
    relay = make_daemon(criteria="X-Class required SECURE\nX-Class observed OBSERVE\n", more=EXEMPT)
    exempt = [required(relay, "insecure.example"),
              relay.delivery(message=send(relay, "b@insecure.example", "X-Class: observed"))]
    assert [(r["outcome"], r["observe"]) for r in exempt] == [("delivered", ""),
                                                              ("delivered", "delivered")]
    assert "observe: SECURE would have delivered" in relay.block(exempt[1]).lines
    other = relay.delivery(message=send(relay, "b@sec-mx-insec-host.example", "X-Class: observed"))
    assert other["observe"] == "bounced 5.7.4"
    rows = {r["domain"]: r["would_bounce"] for r in relay.json("criteria", "report")["domains"]}
    assert rows == {"insecure.example": 0, "sec-mx-insec-host.example": 1}


def test_status_and_doctor_tell(relay):
    ends, = relay.json("status")["exemptions"]
    assert (ends["domain"], ends["until"]) == ("*.alias.example", SOON)
    assert "*.alias.example" in relay.ok("status")
    said = relay.run("doctor").stdout
    assert f'exempt "*.alias.example" ends when {SOON} begins' in said
    assert 'exempt "insec-mx-sec-host.example"' in said and "has no effect" in said
    assert "insecure.example\" ends" not in said


def test_an_end_is_a_must(relay):
    conf = relay.dir / "bad.conf"
    conf.write_text('exempt "a.example" {\n reason = "r"\n}\n')
    done = relay.run("-c", conf, "config", conf=False)
    assert done.returncode == 2 and "bad.conf:1: " in done.stderr and "until" in done.stderr


def test_reload_lifts_it(make_daemon):
    daemon = make_daemon(criteria="X-Class required SECURE\n", more=EXEMPT)
    assert required(daemon, "insecure.example")["outcome"] == "delivered"
    daemon.configure(criteria="X-Class required SECURE\n")
    daemon.ok("reload")
    until(lambda: required(daemon, "insecure.example")["outcome"] == "bounced")
