"""Makes the zones of a Table: keys, DS records, master files, signatures, and the damage."""

import base64
import concurrent.futures
import hashlib
import re
import subprocess

TTL = 300
SERVER = "ns.lab.example."
YEAR = 365 * 86400


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def file_name(zone):
    return "root" if zone.name == "." else zone.name


class Signer:
    def __init__(self, table, where, words, now):
        """words: what $NAME in a record stands for.  now: seconds since the epoch."""
        self.table, self.where, self.words, self.now = table, where, words, now
        self.keys = {}                   # zone name -> base name of its key
        self.ds = {}                     # zone name -> DS rdata, as published

    def make(self):
        self.where.mkdir()
        signed = [z for z in self.table.zones if z.signed]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self.make_key, signed))
            list(pool.map(self.make_zone, [z for z in self.table.zones if z.how != "dead"]))

    def new_key(self, zone):
        """One key for all, with the SEP flag: some validators take no other as an anchor."""
        return run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", zone.fqdn(),
                   cwd=self.where).strip()

    def ds_of(self, key):
        text = run("ldns-key2ds", "-f", "-n", "-2", f"{key}.key", cwd=self.where)
        return text.split("DS", 1)[1].strip()

    def make_key(self, zone):
        self.keys[zone.name] = self.new_key(zone)
        if zone.how == "wrong-ds":
            self.ds[zone.name] = self.ds_of(self.new_key(zone))
        elif zone.how != "island":
            self.ds[zone.name] = self.ds_of(self.keys[zone.name])

    def children(self, zone):
        """Zones whose closest enclosing zone is this one."""
        for child in self.table.zones:
            parent = child.name.partition(".")[2] or "."
            if child.name != "." and self.table.zone_of(parent).name == zone.name:
                yield child

    def master(self, zone):
        lines = [f"$ORIGIN {zone.fqdn()}", f"$TTL {TTL}",
                 f"@ SOA {SERVER} hostmaster.lab.example. 1 3600 600 86400 60",
                 *(f"@ NS {server}" for server in zone.servers or [SERVER])]
        for child in self.children(zone):
            lines += [f"{child.fqdn()} NS {server}" for server in child.servers or [SERVER]]
            if child.name in self.ds:
                lines.append(f"{child.fqdn()} DS {self.ds[child.name]}")
        for record in zone.records:
            lines.append(self.filled_in(record))
        return "\n".join(lines) + "\n"

    def make_zone(self, zone):
        path = self.where / file_name(zone)
        path.write_text(self.master(zone))
        if not zone.signed:
            return
        end = self.now + YEAR * (-1 if zone.how == "expired" else 1)
        options = ["-n", "-p"] if zone.how == "optout" else []
        run("ldns-signzone", *options, "-i", str(end - YEAR), "-e", str(end), "-f", path.name,
            path.name, self.keys[zone.name], cwd=self.where)
        for owner, rdtype in zone.broken:
            damage(path, zone.fqdn(self.filled_in(owner)), rdtype)

    def filled_in(self, text):
        return re.sub(r"\$([A-Z]+)", lambda m: str(self.words[m.group(1)]), text)

    def anchor(self):
        return (self.where / f"{self.keys['.']}.key").read_text()


def damage(path, owner, rdtype):
    """Turns one bit of each signature over the records of one name and type."""
    out, hits = [], 0
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) > 5 and words[0] == owner and words[3:5] == ["RRSIG", rdtype]:
            signature = bytearray(base64.b64decode("".join(words[12:])))
            signature[10] ^= 1
            line = " ".join(words[:12] + [base64.b64encode(signature).decode()])
            hits += 1
        out.append(line)
    if not hits:
        raise RuntimeError(f"{path}: no signature over {owner} {rdtype}")
    path.write_text("\n".join(out) + "\n")


def make_certificate(where):
    """A key and a certificate for the mail hosts; returns both paths and the hash of the key."""
    key, cert = where / "mail.key", where / "mail.crt"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "30", "-subj", "/CN=mail hosts of the lab", "-keyout", str(key), "-out", str(cert))
    return cert, key, spki(cert)


def make_mail_certificates(where):
    """Certificates that zones.table names, each a chain and its key; and $WORDS of their keys.

    mail        no CA, no names: what DANE-EE alone can authenticate
    old         likewise, and its time is over
    ta          of the CA below, sent with it, for mx.dane-ta.example and *.dane-ta.example
    other       of that CA, sent with it, for a name that nobody asks for
    provider    of that CA, sent with it, for smtp.provider.example
    """
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    ca, ca_key = where / "mail-ca.crt", where / "mail-ca.key"
    run("openssl", "req", "-x509", *curve, "-days", "30", "-subj", "/CN=CA of the mail hosts",
        "-addext", "keyUsage=critical,keyCertSign", "-keyout", ca_key, "-out", ca)
    made = {"mail": make_certificate(where)[:2]}

    def make(name, days, sign, text):
        cert, key = where / f"mail-{name}.crt", where / f"mail-{name}.key"
        request, extensions = where / f"mail-{name}.csr", where / f"mail-{name}.ext"
        run("openssl", "req", "-new", *curve, "-subj", f"/CN=the {name} certificate", "-keyout",
            key, "-out", request)
        extensions.write_text(text)
        signer = sign or ("-signkey", key)
        run("openssl", "x509", "-req", "-in", request, *signer, "-set_serial", "1", "-days",
            str(days), "-extfile", extensions, "-out", cert)
        if sign:
            cert.write_text(cert.read_text() + ca.read_text())
        made[name] = cert, key

    by_ca = ("-CA", ca, "-CAkey", ca_key)
    make("old", -1, None, "basicConstraints=critical,CA:FALSE\n")
    make("ta", 30, by_ca, "subjectAltName=DNS:mx.dane-ta.example,DNS:*.dane-ta.example\n")
    make("other", 30, by_ca, "subjectAltName=DNS:other.example\n")
    make("provider", 30, by_ca, "subjectAltName=DNS:smtp.provider.example\n")
    return made, {"SPKI": spki(made["mail"][0]), "OLD": spki(made["old"][0]), "CA": spki(ca)}


def spki(cert):
    """SHA-256 over the public key of a certificate, in hex."""
    pem = run("openssl", "x509", "-in", str(cert), "-noout", "-pubkey")
    return hashlib.sha256(base64.b64decode("".join(pem.splitlines()[1:-1]))).hexdigest()
