"""Debian's Postfix as a mail host, and as a client that hands all other mail to a relay.

It runs beside whatever Postfix the machine has, in a directory of its own, with two ports: at one
it offers all that it can, at the other what its oldest forebears could.  Mail for DOMAIN it keeps,
a file a message; everything else goes to the relay.
"""

import os
import pathlib
import pwd
import shutil
import subprocess

import dnsfake

DOMAIN = "postfix.example"
PLAIN_DOMAIN = "old-postfix.example"

MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/log
maillog_file_prefixes = {dir}
myhostname = mx.{domain}
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{relay}
smtp_host_lookup = native
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = yes
virtual_mailbox_domains = {domain}, {plain}
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:box/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
"""

MASTER = """
127.0.0.1:{full} inet n - n - - smtpd
127.0.0.1:{old} inet n - n - - smtpd
  -o smtpd_discard_ehlo_keywords=8bitmime,smtputf8,dsn,chunking,pipelining,size
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
pickup unix n - n 60 1 pickup
postlog unix-dgram n - n - 1 postlogd
"""


def missing():
    """Why there can be none here; None: there can."""
    if not shutil.which("postfix", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        return "Postfix is not installed"
    return None if os.geteuid() == 0 else "Postfix is started by root alone"


class Postfix:
    """ports: full and old, of its two listeners; relay: where its other mail goes.

    main, master: further lines of its configuration, of which the last of a name counts; inside:
    a command with what stands before it, to be run elsewhere."""

    def __init__(self, directory, relay, main="", master="", inside=lambda *words: words):
        self.dir, self.relay = pathlib.Path(directory), relay
        self.main, self.master, self.inside = main, master, inside
        self.full, self.old = dnsfake.free_port(), dnsfake.free_port()

    def run(self, command):
        done = subprocess.run(
            self.inside("/usr/sbin/postfix", "-c", str(self.dir / "config"), command),
            capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self):
        nobody = pwd.getpwnam("nobody")
        for sub in ("config", "queue", "data", "mail"):
            (self.dir / sub).mkdir(parents=True)
        shutil.chown(self.dir / "data", "postfix")
        os.chown(self.dir / "mail", nobody.pw_uid, -1)
        values = dict(dir=self.dir, domain=DOMAIN, plain=PLAIN_DOMAIN, uid=nobody.pw_uid,
                      relay=self.relay, full=self.full, old=self.old)
        last = {line.partition("=")[0].strip(): line     # it would complain of each, each time
                for line in (MAIN.format(**values) + self.main).splitlines()}
        (self.dir / "config/main.cf").write_text("\n".join(last.values()) + "\n")
        (self.dir / "config/master.cf").write_text(MASTER.format(**values) + self.master)
        self.run("start")
        return self

    def stop(self):
        self.run("stop")

    def kept(self, text):
        """The messages with these octets that are for itself, as they lie there."""
        files = (self.dir / "mail/box/new").glob("*")
        return [octets for octets in (f.read_bytes() for f in files) if text in octets]

    def log(self):
        return (self.dir / "log").read_text(errors="replace")
