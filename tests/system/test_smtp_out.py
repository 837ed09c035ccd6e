"""SMTP out: what leaves, to whom, in which order, and what a host's answer leads to."""

import re

import pytest

import mail
from daemon import PATIENT, until
from mail import Raw, send, submit

FAST = PATIENT + ' retry = {"1s", "2s"}'


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(criteria="X-Class requested\nX-Class required SECURE\n")


@pytest.fixture(scope="module")
def fast(make_module_daemon):
    return make_module_daemon(delivery=FAST)


def test_greets_by_its_name(relay, received):
    submit(relay, "a@secure.example", mail.message("a@secure.example", mark="greeting"))
    assert received.wait("greeting")[0]["ehlo"] == "relay.lab.example"


def test_data_is_not_changed(relay, received):
    """Nothing but Received is added: not the order, not the case, not the folding of a field."""
    text = "X-b:1\r\nx-A:\tfolded\r\n  more\r\nSubject: unchanged\r\n\r\nbody\r\n\r\n\r\n"
    submit(relay, "a@secure.example", text)
    data = received.wait("unchanged")[0]["data"]
    assert data.startswith("Received: ") and data.endswith(text)


def test_large_message_arrives_whole(relay, received):
    body = "".join(f"{i:08d} {'z' * 60}\r\n" for i in range(40000))
    submit(relay, "a@secure.example", mail.message("a@secure.example", body=body, mark="large-one"))
    assert received.wait("large-one")[0]["data"].endswith(body)


def test_recipients_of_one_domain_share_a_transaction(relay, received):
    to = [f"r{i}@secure.example" for i in range(5)] + [f"r{i}@bank.example" for i in range(3)]
    submit(relay, to, mail.message("many", mark="shared"))
    until(lambda: len(received.having("shared")) == 2)
    assert sorted(len(e["rcpts"]) for e in received.having("shared")) == [3, 5]


def test_a_domain_is_one_in_whatever_form(relay, received):
    """Those that need SMTPUTF8 in one transaction, those that do not in another; one destination."""
    spelled = ["bücher", "BÜCHER", "xn--bcher-kva", "XN--Bcher-KVA"]
    with Raw(relay) as raw:
        raw.say("EHLO client.example")
        raw.say_all("MAIL FROM:<s@secure.example> SMTPUTF8",
                    *(f"RCPT TO:<a@{name}.example>" for name in spelled), "DATA")
        assert raw.say("Subject: one-domain\r\nX-Class: requested\r\n\r\nx\r\n.").startswith("250")
    until(lambda: len(relay.deliveries(**{"from": "s@secure.example"})) == 4)
    records = relay.deliveries(**{"from": "s@secure.example"})
    assert {d["domain"] for d in records} == {"xn--bcher-kva.example"}
    assert {d["to"] for d in records} == {f"a@{name}.example" for name in spelled}
    assert [len(e["rcpts"]) for e in received.having("one-domain")] == [2, 2]
    row, = [d for d in relay.json("criteria", "report")["domains"] if "cher" in d["domain"].lower()]
    assert (row["domain"], row["messages"], row["delivered"]) == ("xn--bcher-kva.example", 1, 4)


def test_dsn_parameters_travel(relay, received):
    submit(relay, "a@secure.example", mail.message("a", mark="dsn-travels"),
           mail=["RET=HDRS", "ENVID=QQ314159"],
           rcpt=["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;orig@secure.example"])
    entry = received.wait("dsn-travels")[0]
    assert {"RET=HDRS", "ENVID=QQ314159"} <= set(entry["mail_params"])
    assert set(entry["rcpts"][0][1]) == {"NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;orig@secure.example"}


def test_size_is_announced(relay, received):
    submit(relay, "a@secure.example", mail.message("a", mark="size-told"))
    entry = received.wait("size-told")[0]
    size, = [int(p[5:]) for p in entry["mail_params"] if p.startswith("SIZE=")]
    assert abs(size - len(entry["data"])) < 200


def test_too_large_for_the_host(relay, received):
    """The host announces SIZE 2000: the message is bounced without being sent."""
    body = ("x" * 70 + "\r\n") * 100
    record = relay.delivery(message=submit(
        relay, "a@small.example", mail.message("a", body=body, mark="too-large")))
    assert (record["outcome"], record["status"]) == ("bounced", "5.3.4")
    assert received.bounce("too-large")
    submit(relay, "a@small.example", mail.message("a", mark="small-enough"))
    assert received.wait("small-enough")


def test_without_extensions_no_parameters(relay, received):
    submit(relay, "a@plain.example", mail.message("a", mark="plain-host"), mail=["RET=HDRS"])
    entry = received.wait("plain-host")[0]
    assert entry["mail_params"] == [] and entry["rcpts"][0][1] == []


def test_smtputf8_needs_the_extension(relay, received):
    """An internationalised address cannot go to a host that does not know SMTPUTF8."""
    with mail.Raw(relay) as raw:
        raw.say_all("EHLO x.example", "MAIL FROM:<sender@secure.example> SMTPUTF8",
                    "RCPT TO:<j\u00f6rg@plain.example>", "DATA")
        answer = raw.say("Subject: utf8-plain\r\nMessage-ID: <utf8-plain@test.example>\r\n\r\nx\r\n.")
        assert answer.startswith("250")
    record = relay.delivery(message=answer.split()[-1])
    assert (record["outcome"], record["status"]) == ("bounced", "5.6.7")


def test_smtputf8_that_is_not_needed_is_not_asked_for(relay, received):
    """Senders that have the extension say it always; it is for what is not ASCII."""
    for to, mark in (("a@plain.example", "utf8-ascii-plain"), ("a@secure.example", "utf8-ascii")):
        submit(relay, to, mail.message(to, mark=mark), mail=["SMTPUTF8", "BODY=8BITMIME"])
        params = received.wait(mark)[0]["mail_params"]
        assert "SMTPUTF8" not in params and "BODY=8BITMIME" not in params


@pytest.mark.parametrize("name, said", [("j\u00f6rg".encode(), True), (b"j\xf6rg", False)],
                         ids=["utf-8", "latin-1"])
def test_smtputf8_is_said_where_the_header_needs_it(relay, received, name, said):
    """Whether its sender said so or not; a host without takes it as it came."""
    for to in ("a@secure.example", "a@plain.example"):
        mark = f"head-{said}-{to}"
        text = mail.message(to, "X-Name: ?", mark=mark).encode().replace(b"X-Name: ?",
                                                                         b"X-Name: " + name)
        submit(relay, to, text)
        entry, = received.wait(mark)
        assert ("SMTPUTF8" in entry["mail_params"]) is (said and to == "a@secure.example")
        assert b"\r\nX-Name: " + name + b"\r\n" in entry["data"].encode("latin-1")


@pytest.mark.parametrize("sender, local", [
    ("mail-550@secure.example", "a"), (mail.SENDER, "rcpt-550"), (mail.SENDER, "data-554"),
    (mail.SENDER, "end-554")])
def test_permanent_refusal_bounces(relay, sender, local):
    record = relay.delivery(message=send(relay, f"{local}@bank.example", sender=sender))
    assert (record["outcome"], record["status"]) == ("bounced", "5.7.1")
    assert "never, says the test" in record["reply"]


@pytest.mark.parametrize("sender, local", [
    ("mail-451@secure.example", "a"), (mail.SENDER, "rcpt-450"), (mail.SENDER, "data-451"),
    (mail.SENDER, "end-451")])
def test_temporary_refusal_defers(relay, sender, local):
    record = relay.delivery(message=send(relay, f"{local}@bank.example", sender=sender))
    assert (record["outcome"], record["status"]) == ("deferred", "4.7.1")
    assert "not now, says the test" in record["reply"]


@pytest.mark.parametrize("code, outcome, status", [("550", "bounced", "5.0.0"),
                                                   ("451", "deferred", "4.0.0"),
                                                   ("552", "deferred", "4.0.0")])
def test_a_reply_without_an_enhanced_code(relay, received, code, outcome, status):
    """Its status is made up by its class; what the host said is shown as it came."""
    mark = f"bare-{code}"
    message = mail.submit(relay, f"{mark}@bank.example", mail.message("a", mark=mark))
    record = relay.delivery(message=message)
    assert (record["outcome"], record["status"]) == (outcome, status)
    assert record["reply"] == f"{code} no more than this"
    assert relay.block(record).outcome.endswith(f" {status} {code} no more than this")
    if outcome == "bounced":
        _, (recipient,) = mail.status_fields(received.bounce(mark))
        assert recipient["Diagnostic-Code"] == f"smtp; {code} no more than this"


@pytest.mark.parametrize("local", ["drop-rcpt", "drop-data", "drop-end"])
def test_a_lost_connection_defers(relay, local):
    record = relay.delivery(message=send(relay, f"{local}@bank.example"))
    assert record["outcome"] == "deferred" and record["status"].startswith("4.4.")


def test_each_recipient_for_itself(relay, received):
    to = ["fine@secure.example", "rcpt-550@secure.example", "rcpt-450@secure.example"]
    message = submit(relay, to, mail.message("mixed", mark="mixed-rcpts"))
    until(lambda: len(relay.deliveries(message=message)) == 3)
    got = {d["to"].split("@")[0]: d["outcome"] for d in relay.deliveries(message=message)}
    assert got == {"fine": "delivered", "rcpt-550": "bounced", "rcpt-450": "deferred"}
    arrived = [e for e in received.wait("mixed-rcpts") if e["from"]]
    assert [[r[0] for r in e["rcpts"]] for e in arrived] == [["fine@secure.example"]]


def test_retry_by_schedule(fast, received):
    message = send(fast, "once-450-retry@secure.example")
    first = fast.delivery(message=message)
    assert first["outcome"] == "deferred"
    assert fast.delivery(message=message, outcome="delivered")
    arrived = received.wait("once-450-retry", to="once-450-retry@secure.example")
    assert len(arrived) == 1


def test_only_those_left_are_tried_again(fast, received):
    message = submit(fast, ["ok-one@secure.example", "once-450-left@secure.example"],
                     mail.message("two", mark="two-rcpts"))
    until(lambda: len(fast.deliveries(message=message, outcome="delivered")) == 2)
    rcpts = [[r[0] for r in e["rcpts"]] for e in received.having("two-rcpts")]
    assert sorted(rcpts) == [["ok-one@secure.example"], ["once-450-left@secure.example"]]


def test_lifetime_ends_in_a_bounce(make_daemon, received):
    daemon = make_daemon(delivery=PATIENT + ' retry = {"1s"} lifetime = "2s"')
    text = mail.message("a", mark="end-of-life")
    message = submit(daemon, "rcpt-450@secure.example", text)
    record = daemon.delivery(message=message, outcome="bounced")
    assert record["status"].startswith(("5.4.7", "4.4.7", "5.7.1"))
    assert received.bounce("end-of-life")
    assert message not in daemon.ok("queue", "list")


def test_end_of_life_of_bogus_mail(make_daemon, received):
    """Bogus, at the end of its life: 5.7.5."""
    daemon = make_daemon(criteria="X-Class required SECURE\n",
                         delivery='retry = {"1s"} lifetime = "2s"')
    message = submit(daemon, "a@bogus-sig.example",
                     mail.message("a", "X-Class: required", mark="bogus-life"))
    assert daemon.delivery(message=message, outcome="bounced")["status"] == "5.7.5"
    # None where the first attempt came when the two seconds were over.
    assert {d["status"] for d in daemon.deliveries(message=message, outcome="deferred")} <= {"4.7.5"}
    assert "5.7.5" in received.bounce("bogus-life").as_string()


def test_delay_warning(make_daemon, received):
    daemon = make_daemon(delivery='retry = {"1s"} lifetime = "1h" warn-after = "1s"')
    submit(daemon, "rcpt-450@secure.example", mail.message("a", mark="warned"))
    _, (recipient,) = mail.status_fields(received.bounce("warned"))
    assert recipient["Action"] == "delayed" and recipient["Status"].startswith("4.7.1")


def test_a_connection_is_reused(make_daemon, received):
    daemon = make_daemon(delivery="per-destination = 1")  # so each finds the one before it idle
    with mail.connect(daemon) as smtp:
        for i in range(12):
            submit(daemon, f"r{i}@any.wild.example",
                   mail.message("a", mark=f"reused-{i}-"), smtp=smtp)
    until(lambda: all(received.having(f"reused-{i}-") for i in range(12)))
    connections = {received.having(f"reused-{i}-")[0]["connection"] for i in range(12)}
    assert len(connections) < 12


def test_static_route(make_daemon, lab, received):
    port = lab["smtp_port"]
    daemon = make_daemon(
        criteria="X-Class required SECURE\n",
        more=f'route "routed.example" {{ via = "[127.0.1.2]:{port}" }}\n'
             f'route "named.example" {{ via = "mx.secure.example:{port}" }}\n'
             f'route "named-insec.example" {{ via = "mx.insecure.example:{port}" }}\n')
    for domain, expected in (("routed.example", "127.0.1.2"), ("named.example", "127.0.1.1"),
                             ("named-insec.example", "5.7.4")):
        record = daemon.delivery(message=send(daemon, f"a@{domain}", "X-Class: required"))
        assert (record["address"] if record["outcome"] == "delivered" else record["status"]) \
            == expected, record
    record = daemon.delivery(message=send(daemon, "a@routed.example"))
    assert record["address"] == "127.0.1.2"


@pytest.mark.parametrize("level, expected", [("none", "delivered"), ("requested", "delivered"),
                                             ("required", "5.7.4")])
def test_address_literal(relay, level, expected):
    record = relay.delivery(message=send(relay, "a@[127.0.1.1]", f"X-Class: {level}"))
    assert expected in (record["outcome"], record["status"])
    if expected == "delivered":
        assert record["address"] == "127.0.1.1"
        assert (record["mx_status"], record["address_status"]) == ("none", "none")


def test_per_destination_limit(make_daemon, received):
    """Never more sessions at a time to one destination than the limit says."""
    daemon = make_daemon(delivery=PATIENT + ' per-destination = 2 retry = {"1h"}')
    with mail.connect(daemon) as smtp:
        for i in range(6):
            submit(daemon, f"slow-{i}@order.example", mail.message("a", mark=f"limited-{i}-"),
                   smtp=smtp)
    until(lambda: all(received.having(f"limited-{i}-") for i in range(6)))
    ends = sorted(received.having(f"limited-{i}-")[0]["time"] for i in range(6))
    for a, b in zip(ends, ends[2:]):
        assert b - a > 0.8               # each takes a second: three never end together


def test_ip_family(make_daemon):
    for family, expected in (("ipv4", "127.0.1.3"), ("ipv6", "::1")):
        daemon = make_daemon(delivery=f'ip = "{family}" retry = {{"1h"}}')
        assert daemon.delivery(message=send(daemon, "a@dual.example"))["address"] == expected


def test_bind_address(make_daemon, received):
    daemon = make_daemon(delivery='bind4 = "127.0.8.8" ip = "ipv4" retry = {"1h"}')
    submit(daemon, "a@secure.example", mail.message("a", mark="own-address"))
    assert received.wait("own-address")[0]["peer"] == "127.0.8.8"


def test_loop_to_itself_is_no_delivery(make_daemon, lab):
    """Its own listening address is the only host: nothing is left to go to."""
    daemon = make_daemon(start=False)
    daemon.configure(delivery='retry = {"1h"}')
    text = daemon.conf.read_text().replace(f'port = {lab["smtp_port"]} ', f'port = {daemon.port} ')
    daemon.conf.write_text(text.replace(f'listen "127.0.0.1:{daemon.port}"',
                                        f'listen "127.0.1.1:{daemon.port}"').replace(
        "delivery {", f'listen "127.0.0.1:{daemon.port}" {{ }}\ndelivery {{'))
    daemon.own()
    daemon.start()
    record = daemon.delivery(message=send(daemon, "a@secure.example"))
    assert record["outcome"] == "bounced" and re.match(r"5\.4\.[46]", record["status"])
