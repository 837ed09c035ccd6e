"""A small signed DNS: the root, com, and d1.com to dN.com, each a zone of its own.

    . -> com. -> dI.com.    MX 10 mx.dI.com.    mx.dI.com. A 127.0.1.x

One server holds them all; every delegation leads to it, so that a resolver
walks and validates as in the real DNS.  Each zone has one key (ECDSA P-256).
"""
import concurrent.futures
import pathlib
import subprocess

SERVER = "127.0.0.2"  # where the zones are served, port 53
TTL = 3600


def name(number):
    return f"d{number}.com."


def host_address(number, hosts):
    """Where the mail host of domain NUMBER listens; there are HOSTS of them."""
    return f"127.0.1.{number % hosts + 1}"


def _run(directory, *command):
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


def _sign(directory, zone, records):
    """Write the zone and sign it; its DS and DNSKEY records."""
    file = zone.strip(".") or "root"
    ns = "ns." if zone == "." else f"ns.{zone}"
    text = f"""$ORIGIN {zone}
$TTL {TTL}
@ SOA {ns} hostmaster.invalid. 1 3600 900 604800 900
@ NS {ns}
{ns} A {SERVER}
{records}
"""
    (directory / f"{file}.zone").write_text(text)
    key = _run(directory, "ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone)
    _run(directory, "ldns-signzone", "-f", f"{file}.signed", f"{file}.zone", key)
    return (directory / f"{key}.ds").read_text(), (directory / f"{key}.key").read_text()


def _delegate(zone, ds):
    return f"{zone} NS ns.{zone}\nns.{zone} A {SERVER}\n{ds}"


def make(directory, domains, hosts):
    """The zones, signed, under DIRECTORY: (zone, file) of each, and the root's DNSKEY record."""
    directory = pathlib.Path(directory)
    directory.mkdir()

    def domain(i):
        zone = name(i)
        records = f"@ MX 10 mx.{zone}\nmx A {host_address(i, hosts)}"
        return _delegate(zone, _sign(directory, zone, records)[0])

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        below = "".join(pool.map(domain, range(1, domains + 1)))
    com = _delegate("com.", _sign(directory, "com.", below)[0])
    root_key = _sign(directory, ".", com)[1]
    zones = [".", "com."] + [name(i) for i in range(1, domains + 1)]
    return [(z, directory / f"{z.strip('.') or 'root'}.signed") for z in zones], root_key
