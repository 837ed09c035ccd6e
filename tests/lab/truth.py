"""What a validating server must say of any name of the lab, read off zones.table alone.

truth.of(TABLE, name, type) walks the table as a resolver walks the real zones:
delegations, aliases, wildcards, denials.  The statuses are those of SPEC
section 1, so a server that lays no SERVFAIL to DNSSEC is to be read with
Truth.status_of(reasons=False).
"""

import string
from dataclasses import dataclass, field

import table as zones_table

CHAIN_MAX = 16
WORST = ("indeterminate", "bogus", "insecure", "secure")


@dataclass
class Truth:
    status: str
    outcome: str                     # data, nodata, nxdomain, failed
    data: list = field(default_factory=list)      # rdata as the table writes it, names in full

    def status_of(self, reasons=True):
        return self.status if reasons or self.status != "bogus" else "indeterminate"


@dataclass
class Step:
    """One name of a chain: what its own zone says of it."""
    status: str
    outcome: str
    data: list
    target: str = None               # where the chain goes on


def security(table, zone):
    """What the chain of trust from the root to this zone is worth."""
    labels = zone.name.split(".") if zone.name != "." else []
    for i in range(len(labels), -1, -1):
        above = next((z for z in table.zones if z.name == (".".join(labels[i:]) or ".")), None)
        if above is None:
            continue
        if above.how in ("unsigned", "island"):
            return "insecure"
        if above.how in ("expired", "wrong-ds"):
            return "bogus"
        if above.how == "dead":
            return "indeterminate"
    return "secure"


def absolute(zone, owner):
    """An owner or a target as written in a zone; without the final dot."""
    name = owner[:-1] if owner.endswith(".") else zone.fqdn(owner)[:-1]
    return name.lower()


def full_rdata(zone, rdtype, words):
    words = list(words)
    if rdtype in ("MX", "CNAME", "DNAME", "NS"):
        words[-1] = absolute(zone, words[-1]) + "."
    return " ".join(words)


def contents(table, zone):
    """owner -> type -> [rdata]; the records that signing adds are left out."""
    found = {absolute(zone, "@"): {"NS": ["ns.lab.example."], "SOA": ["-"]}}
    for record in zone.records:
        owner, rdtype, *words = record.split()
        sets = found.setdefault(absolute(zone, owner), {})
        sets.setdefault(rdtype, []).append(full_rdata(zone, rdtype, words))
    for child in table.zones:            # a delegation makes its parent's names exist
        if child.name != "." and table.zone_of(child.name.partition(".")[2] or ".") is zone:
            found.setdefault(child.name, {})
    return found


def ancestors(name, zone):
    """The names between this one and the zone's apex, the nearest first, the apex last."""
    while name != zone.name and name:
        name = name.partition(".")[2]
        yield name


def closest(names, zone, name):
    """The owner that answers: itself, an empty non-terminal, or a wildcard's; else None."""
    if name in names or any(n.endswith("." + name) for n in names):
        return name
    for above in ancestors(name, zone):
        if f"*.{above}" in names:
            return f"*.{above}"
        if above in names or any(n.endswith("." + above) for n in names):
            return None
    return None


def step(table, name, rdtype, overrides):
    """One link of a chain."""
    zone = table.zone_of(name)
    status = security(table, zone)
    fault = any((n, t) == (name, rdtype) for n, t, _ in table.faults)
    own = [d for n, t, d in overrides if (n, t) == (name, rdtype)]
    if own:
        return Step("insecure", "data", own)
    if fault or status in ("bogus", "indeterminate"):
        return Step(status if status == "bogus" else "indeterminate", "failed", [])
    names = contents(table, zone)
    for above in ancestors(name, zone):
        for target in names.get(above, {}).get("DNAME", []):
            return Step(status, "data", [], name[:-len(above)] + target.rstrip("."))
    owner = closest(names, zone, name)
    if owner is None:
        weak = status == "secure" and zone.how == "optout"
        return Step("insecure" if weak else status, "nxdomain", [])
    return answer(zone, status, owner, names.get(owner, {}), rdtype)


def answer(zone, status, owner, sets, rdtype):
    for t in (rdtype, "CNAME"):
        if t not in sets:
            continue
        if any((absolute(zone, o), bt) == (owner, t) for o, bt in zone.broken):
            return Step("bogus", "failed", [])
        target = sets[t][0].rstrip(".") if t == "CNAME" != rdtype else None
        return Step(status, "data", [] if target else sets[t], target)
    return Step(status, "nodata", [])


def of(table, name, rdtype, overrides=None):
    """overrides: the server's own data, where it has not all that the table names."""
    overrides = table.overrides if overrides is None else overrides
    name, steps = name.rstrip(".").lower(), []
    while name is not None and len(steps) < CHAIN_MAX:
        steps.append(step(table, name, rdtype, overrides))
        name = steps[-1].target
    last = steps[-1]
    if last.target is not None:
        return Truth("indeterminate", "failed")
    return Truth(min((s.status for s in steps), key=WORST.index), last.outcome, last.data)


def read(words):
    """The table, its words in place: {"PORT": ..., "SPKI": ...}."""
    table = zones_table.read()
    for zone in table.zones:
        zone.records = [string.Template(r).substitute(words) for r in zone.records]
    return table


def questions(table):
    """Every name of the table, and one in each zone that does not exist, with its types."""
    asked = {}
    for zone in table.zones:
        names = contents(table, zone) if zone.how != "dead" else {}
        for owner, sets in names.items():
            asked.setdefault(owner.replace("*", "any") or ".", set()).update(sets)
        missing = zone.fqdn("nope").rstrip(".")
        asked.setdefault(missing, set())
    for name in [row.domain for row in table.rows] + [n for n, _, _ in table.overrides]:
        asked.setdefault(name, set())
    usual = ["MX", "A", "AAAA"]
    return {name: usual + sorted(types - {*usual, "NS", "SOA"}) for name, types in asked.items()}


def kinds(table, number):
    """The same, but so many names alone of all that are alike in what is said of each type."""
    kept, seen = {}, {}
    for name, types in questions(table).items():
        alike = tuple((t, of(table, name, t).status, of(table, name, t).outcome) for t in types)
        seen[alike] = seen.get(alike, 0) + 1
        if seen[alike] <= number:
            kept[name] = types
    return kept
