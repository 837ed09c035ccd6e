"""`signpost connect`: as far as a delivery goes, and no mail."""

import json

import pytest


@pytest.fixture(scope="module")
def relay(make_module_daemon):
    return make_module_daemon(start=False)


def connect(relay, domain, *words):
    done = relay.run("connect", domain, "--json", *words)
    return done.returncode, json.loads(done.stdout)


# domain, and at which levels some address would take mail
CELLS = [
    ("secure.example", {"off", "requested", "required"}),
    ("insecure.example", {"off", "requested"}),
    ("mixed-hosts.example", {"off", "requested", "required"}),
    ("dane-good.example", {"off", "requested", "required", "dane"}),
    ("dane-ta.example", {"off", "requested", "required", "dane"}),
    ("dane-wrong.example", {"off"}),
    ("dane-unusable.example", {"off", "requested", "required"}),
    ("dane-clear.example", {"off"}),
    ("dane-broken.example", {"off"}),
    ("dane-second.example", {"off", "requested", "required", "dane"}),
    ("tls-broken.example", {"off", "requested", "required"}),
    ("tls-refused.example", {"off", "requested", "required"}),
    ("null.example", set()),
    ("bogus-sig.example", set()),
]


@pytest.mark.parametrize("domain, levels", CELLS, ids=lambda v: v if isinstance(v, str) else "")
def test_levels(relay, domain, levels):
    for level in ("off", "requested", "required", "dane"):
        code, said = connect(relay, domain, "--level", level)
        assert (code, said["takes"]) == ((0, True) if level in levels else (1, False)), said
        assert said["takes"] == any(a["levels"][level]["takes"] for a in said["addresses"])


def test_what_is_shown(relay, received):
    before = len(received.all())
    code, said = connect(relay, "dane-good.example")
    one, = said["addresses"]
    assert (code, one["host"], one["status"]) == (0, "mx.dane-good.example", "secure")
    strong = one["connections"][0]
    assert strong["greeted"] and strong["tls"] == "TLSv1.3"
    assert "authenticated by DANE-EE (TLSA 3 1 1 of " in strong["authenticated"]
    assert set(strong["certificate"]) == {"subject", "issuer", "names", "from", "until", "pin"}
    assert strong["dialogue"][0].startswith("<-- 220 ")
    assert [li for li in strong["dialogue"] if li.startswith("--> ")] == \
        ["--> EHLO relay.lab.example", "--> STARTTLS", "--> EHLO relay.lab.example", "--> QUIT"]
    text = relay.ok("connect", "dane-good.example")
    assert "    TLS: TLSv1.3, " in text and "    certificate of CN" in text
    assert "\n    dane        deliver over TLS, authenticated by DANE-EE\n" in text
    assert len(received.all()) == before


def test_a_handshake_that_fails(relay):
    _, said = connect(relay, "tls-broken.example")
    one, = said["addresses"]
    assert one["levels"]["requested"]["text"].startswith("deliver in clear, as TLS failed: ")
    _, said = connect(relay, "dane-broken.example", "--level", "dane")
    assert said["addresses"][0]["levels"]["dane"]["text"].startswith("not used: ")


def test_a_host_that_refuses(relay):
    """Its words are whole, as in the log."""
    _, said = connect(relay, "greet-554.example")
    one, = said["addresses"][0]["connections"]
    assert one["error"] == one["dialogue"][0].removeprefix("<-- ")
    assert one["error"].startswith("554 5.3.2 ")


def test_nobody_is_there(relay):
    _, said = connect(relay, "order.example")
    errors = [c["error"] for a in said["addresses"] for c in a["connections"]]
    assert "Connection refused" in errors


def test_a_static_route(relay, lab):
    relay.conf.write_text(relay.conf.read_text()
                          + f'route "static.example" {{ via = "[127.0.3.2]:{lab["smtp_port"]}" '
                            'tls = "encrypt" }\n')
    code, said = connect(relay, "static.example", "--level", "off")
    one, = said["addresses"]
    assert code == 0 and one["address"] == f"127.0.3.2:{lab['smtp_port']}"
    assert one["levels"]["off"]["text"] == "deliver over TLS, not authenticated"


@pytest.mark.parametrize("words", [[], ["a.example", "b.example"], ["a.example", "--level", "most"]])
def test_bad_usage(relay, words):
    done = relay.run("connect", *words)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done
