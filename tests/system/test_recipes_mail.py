"""docs/operations.md, where Signpost stands: mail goes through the programs that it sets up.

What configures them is the page's own text; ports alone are others, which are free.
"""

import grp
import os
import pwd
import shutil
import smtplib
import socket
import ssl
import subprocess

import pytest

import dnsfake
import mail
import mailers
import postfix
import unpacked
from daemon import DELIVERY, PATIENCE, ROOT, until
from recipes import swap, the, typed

SECURE, BANK = "secure.example", "bank.example"


def tree_of(package):
    why = unpacked.why_no_room()
    if why:
        pytest.skip(f"{package}: {why}")
    try:
        return unpacked.fetch(ROOT / "build/peers", package)
    except unpacked.Missing as e:
        pytest.skip(str(e))


def hand_in(port, to, mark, *headers):
    with smtplib.SMTP("127.0.0.1", port, "client.example", timeout=PATIENCE) as smtp:
        smtp.sendmail(mail.SENDER, [to], mail.message(to, *headers, mark=mark))


def passed_by(relay, received, to, mark):
    """It arrived, and Signpost was on its way."""
    entry, = received.wait(f"<{mark}@")
    until(lambda: relay.deliveries(to=to, outcome="delivered"), what=f"the record for {to}")
    assert "by relay.lab.example" in entry["data"]
    return entry


# Behind other mail servers.

@pytest.fixture
def behind_postfix(place, make_daemon, request):
    """A Postfix with these lines, before a Signpost."""
    if postfix.missing():
        pytest.skip(postfix.missing())
    started = []

    def start(relay, lines):
        one = postfix.Postfix(place / request.node.name, relay.port, lines)
        started.append(one)
        return one.start()
    yield start
    for one in started:
        one.stop()


def test_behind_postfix(make_daemon, received, behind_postfix):
    relay = make_daemon(criteria="To * SECURE\n")
    peer = behind_postfix(relay, swap(the("main.cf", "Behind Postfix"), {"2525": relay.port}))
    hand_in(peer.full, f"a@{SECURE}", "postfix-all")
    passed_by(relay, received, f"a@{SECURE}", "postfix-all")
    hand_in(peer.full, "a@insecure.example", "postfix-refused")
    report = received.bounce("postfix-refused")
    assert "relay.lab.example" in mail.status_fields(report)[0]["Reporting-MTA"]


def test_behind_postfix_for_some(make_daemon, lab, place, received, behind_postfix):
    relay = make_daemon()
    table = place / "transport"
    table.write_text(swap(the("transport", "Behind Postfix"), {"2525": relay.port}))
    peer = behind_postfix(relay, f"transport_maps = texthash:{table}\n"
                                 f"relayhost = [127.0.1.1]:{lab['smtp_port']}\n")
    for domain in (BANK, f"branch.{BANK}", SECURE):
        hand_in(peer.full, f"a@{domain}", f"some-{domain}")
    passed_by(relay, received, f"a@{BANK}", f"some-{BANK}")
    assert relay.delivery(domain=f"branch.{BANK}")["status"] == "5.1.2"
    entry, = received.wait(f"<some-{SECURE}@")
    assert "by relay.lab.example" not in entry["data"]


class Behind(mailers.Mailer):
    """One that stands before Signpost, with the configuration of its own package."""

    def __init__(self, lab, directory):
        super().__init__(lab, directory, tree_of(self.package), {})
        self.room.resolve_by("127.0.4.53")

    def prepare(self, relay):
        raise NotImplementedError


class BehindExim(Behind):
    name, package, user = "exim", "exim4-daemon-light", "Debian-exim"
    # What Debian's questions at installation leave.
    ANSWERS = """dc_eximconfig_configtype='internet'
dc_other_hostnames='local.example'
dc_local_interfaces='127.0.0.1.{port}'
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='true'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""

    def prepare(self, relay):
        config = tree_of("exim4-config")
        shutil.copytree(config / "etc/exim4", self.dir / "etc/exim4")
        self.room.write("etc/exim4/update-exim4.conf.conf", self.ANSWERS.format(port=self.submit))
        self.room.write("etc/mailname", "local.example\n")
        macros = self.dir / "etc/exim4/conf.d/main/01_exim4-config_listmacrosdefs"
        macros.write_text(swap(macros.read_text(), {"/usr/sbin/exim4": self.command()[0]}))
        self.room.write("etc/exim4/conf.d/router/150_signpost", swap(
            the("exim.router", "Behind Exim"), {"2525": relay.port}))
        self.give("var/spool/exim4", "var/log/exim4", "var/lib/exim4")
        done = self.room.run(config / "usr/sbin/update-exim4.conf")
        assert done.returncode == 0, done.stdout + done.stderr

    def command(self):
        return [self.tree / "usr/sbin/exim4", "-bdf", "-q30m"]


class BehindSendmail(Behind):
    name, package, user = "sendmail", "sendmail-bin", "smmsp"
    # It would ask the DNS for the name of every address of the machine; and where that has much to do
    # it does not listen.
    QUIET = ("define(`confDONT_PROBE_INTERFACES', `True')dnl\n"
             "define(`confREFUSE_LA', `10000')dnl\ndefine(`confQUEUE_LA', `10000')dnl\n")

    def prepare(self, relay):
        """m4 as /etc/mail/Makefile calls it, over Debian's own sendmail.mc and the page's lines."""
        cf = self.dir / "cf"
        shutil.copytree(tree_of("sendmail-cf") / "usr/share/sendmail/cf", cf)
        for path in cf.rglob("*.m[4c]"):
            path.write_bytes(path.read_bytes().replace(b"/usr/share/sendmail/cf", bytes(cf)))
        debian = (cf / "debian/sendmail.mc").read_text()
        debian = swap(debian, {"Port=smtp,": f"Port={self.submit},",
                               "Port=submission,": f"Port={self.clear},",
                               "`greet_pause', `1000'": "`greet_pause', `0'"})
        before, line, after = debian.partition("MAILER_DEFINITIONS\n")
        page = swap(the("sendmail.mc", "Behind sendmail"), {"2525": relay.port})
        source = self.room.write("etc/mail/sendmail.mc", before + page + self.QUIET + line + after)
        for name in ("m4/dialup.m4", "m4/provider.m4", "local-host-names", "trusted-users",
                     "relay-domains"):
            self.room.write(f"etc/mail/{name}", "")
        shutil.copy2(tree_of("sendmail-base") / "etc/mail/service.switch", self.dir / "etc/mail")
        # It waits a minute where its host has no name with a dot.
        names = f"mx.local.example {socket.gethostname()} localhost"
        self.room.write("etc/hosts", f"127.0.0.1 {names}\n")
        for name in ("mqueue", "mqueue-client"):
            (self.dir / "var/spool" / name).mkdir(mode=0o700)
        (self.dir / "var/lib/sendmail/host_status").mkdir(parents=True)
        made = self.room.run("m4", source)
        assert made.returncode == 0 and made.stdout, made.stderr
        self.room.write("etc/mail/sendmail.cf", made.stdout)
        makemap = self.tree / "usr/libexec/sendmail/makemap"
        done = self.room.run(makemap, "hash", "/etc/mail/access", stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr

    def command(self):
        return [self.tree / "usr/libexec/sendmail/sendmail", "-bD", "-q30m"]


@pytest.fixture(scope="module")
def asked(lab):
    """What programs ask that know /etc/resolv.conf alone."""
    fake = dnsfake.DnsFake("127.0.4.53", 53, ("127.0.0.1", int(lab["validating"].split(":")[1])))
    try:
        fake.start()
    except OSError as e:
        pytest.skip(f"no DNS server on port 53: {e}")
    yield fake
    fake.stop()


@pytest.mark.parametrize("kind", [BehindExim, BehindSendmail], ids=["exim", "sendmail"])
def test_behind(make_daemon, lab, place, received, asked, kind):
    relay = make_daemon(criteria="To * SECURE\n")
    peer = kind(lab, place / f"behind-{kind.name}")
    try:
        peer.prepare(relay)
        peer.start()
        until(peer.ready, what=f"{kind.name} listens")
        hand_in(peer.submit, f"a@{SECURE}", f"behind-{kind.name}")
        passed_by(relay, received, f"a@{SECURE}", f"behind-{kind.name}")
    finally:
        peer.kill()


# In the place of others, and before them.

HAND_IN = """
import socket, sys
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1])
lines = peer.makefile("rw", newline="\\r\\n")
for word in [None, "EHLO x", *sys.argv[2:]]:
    if word:
        print(word, file=lines, flush=True)
    while (reply := lines.readline())[3:4] == "-":
        pass
    assert reply[0] in "23", (word, reply)
"""


def test_in_the_place_of_a_local_mta(make_daemon, received):
    """The socket's mode and group say who may: here by who is in the group, and who is not."""
    if os.geteuid():
        pytest.skip("the socket's group is another one by root alone")
    port, page = dnsfake.free_port(), the("signpost.conf", "In the place of a local MTA")
    relay = make_daemon(start=False, top='user = "nobody"', listen="relay-from = {}",
                        more=swap(page, {"2525": port}))
    relay.own()
    (relay.dir / "state").rmdir()
    relay.user = None                    # root, until it has bound
    relay.start()
    assert (relay.dir / "state").stat().st_mode & 0o777 == 0o751
    hand_in(port, f"a@{SECURE}", "local-port")
    passed_by(relay, received, f"a@{SECURE}", "local-port")
    who = pwd.getpwnam("games")
    text = mail.message(f"b@{SECURE}", mark="local-socket").replace("\r\n", "\n")
    words = [f"MAIL FROM:<{mail.SENDER}>", f"RCPT TO:<b@{SECURE}>", "DATA", text + ".", "QUIT"]

    def as_one_of(group):
        return subprocess.run(["/usr/bin/python3", "-c", HAND_IN, relay.dir / "state/submit.sock",
                               *words], user=who.pw_uid, group=group, extra_groups=[],
                              capture_output=True, text=True)
    refused = as_one_of(who.pw_gid)
    assert refused.returncode and "PermissionError" in refused.stderr, refused
    done = as_one_of(grp.getgrnam("mail").gr_gid)
    assert done.returncode == 0, done.stderr
    entry = passed_by(relay, received, f"b@{SECURE}", "local-socket")
    assert f"from local user {who.pw_uid} " in entry["data"]


def test_the_socket_of_a_daemon_that_is_never_root(make_daemon):
    """It is told beforehand that its user is not in the group; he is put into it, as the page says."""
    if os.geteuid():
        pytest.skip("only root puts a user into a group")
    lines = the("sh", "In the place of a local MTA").splitlines()
    assert lines == ["usermod -aG mail signpost", "systemctl restart signpost"]
    relay = make_daemon(start=False, more=swap(the("signpost.conf", "In the place of a local MTA"),
                                               {"2525": dnsfake.free_port()}))
    done = relay.run("serve", "--check")
    assert done.returncode == 2 and 'into the group "mail" (usermod -aG)' in done.stderr, done
    popen, mail_group = relay.popen, grp.getgrnam("mail").gr_gid
    who = pwd.getpwnam(relay.user)

    def in_the_group(*words, **more):
        return subprocess.Popen([str(relay.program), *words], env=relay.env, cwd=relay.dir, user=who.pw_uid,
                                group=who.pw_gid, extra_groups=[mail_group], **more)
    relay.popen = in_the_group
    relay.start()
    relay.popen = popen
    made = (relay.dir / "state/submit.sock").stat()
    assert (made.st_gid, made.st_mode & 0o777) == (mail_group, 0o660)


def test_for_clients_that_log_in(make_daemon, lab, received):
    """With the files that it names, made as it says; nobody else may relay there."""
    port, page = dnsfake.free_port(), the("signpost.conf", "For clients that log in")
    relay = make_daemon(start=False, more=swap(page, {"192.0.2.1:587": f"127.0.0.1:{port}"}))
    shutil.copyfile(lab["tls"]["certificate"], relay.dir / "relay.pem")
    shutil.copyfile(lab["tls"]["key"], relay.dir / "relay.key")
    typed(the("sh", "For clients that log in"), relay, "sesame")
    relay.start()
    with smtplib.SMTP("127.0.0.1", port, "client.example", timeout=PATIENCE) as smtp:
        assert smtp.mail(mail.SENDER)[0] == 530
        smtp.starttls(context=ssl._create_unverified_context())
        smtp.ehlo("client.example")
        assert smtp.mail(mail.SENDER)[0] == 250 and smtp.rcpt(f"a@{SECURE}")[0] == 554
        smtp.rset()
        smtp.login("joe", "sesame")
        smtp.sendmail(mail.SENDER, [f"a@{SECURE}"], mail.message(f"a@{SECURE}", mark="logged-in"))
    passed_by(relay, received, f"a@{SECURE}", "logged-in")
    assert "others may read" not in relay.stderr


def test_in_the_place_of_mdaemon(make_daemon, received):
    """Its lines, and mail for each of them."""
    relay = make_daemon(criteria=the("dnssec.criteria", "In the place of MDaemon's DNSSEC page"))
    for to, header, sender, service, status in (
            (f"a@{BANK}", (), mail.SENDER, "required", "2.0.0"),
            ("a@insecure.example", ("X-Mailer: MDaemon",), mail.SENDER, "off", "2.0.0"),
            ("b@insecure.example", (), "x@example.net", "requested", "2.0.0"),
            ("c@insecure.example", ("Subject: the payroll of May",), mail.SENDER, "required",
             "5.7.4")):
        message = mail.submit(relay, to, mail.message(to, *header, sender=sender), sender=sender)
        record = relay.delivery(message=message)
        assert (record["service"], record["status"]) == (service, status), record


def test_before_a_smart_host(make_daemon, lab, place, received):
    """The provider is an Exim, which says in its log who logged in, and over what."""
    provider = mailers.Exim(lab, place / "provider", tree_of("exim4-daemon-light"), {"*": 1})
    page = the("signpost.conf", "Before a provider's smart host")
    relay = make_daemon(start=False, criteria="X-Class required SECURE\n",
                        delivery=DELIVERY + ' tls-ca-file = "ca.crt"',
                        more=swap(page, {":587": f":{lab['smtp_port']}"}))
    shutil.copyfile(lab["tls"]["ca"], relay.dir / "ca.crt")
    relay.own()
    typed(the("sh", "Before a provider's smart host"), relay, "sesame")
    try:
        provider.start()
        until(provider.ready, what="the provider listens")
        relay.start()
        for word in ("off", "required"):
            to, mark = f"{word}@{provider.domain}", f"provider-{word}"
            message = mail.submit(relay, to, mail.message(to, f"X-Class: {word}", mark=mark))
            record = relay.delivery(message=message)
            assert (record["outcome"], record["tls"]) == ("delivered", "TLSv1.3"), record
            assert (record["address_status"] == "secure") == (word == "required"), record
            until(lambda m=mark: provider.kept(f"<{m}@".encode()), what=f"{mark} at its host")
        assert provider.log().count(" A=plain:relay ") == 2
    finally:
        provider.kill()
