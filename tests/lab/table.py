"""Reads zones.table: the mail domains with their outcomes, the odd mail hosts, the zones."""

import fnmatch
import pathlib
import re
from dataclasses import dataclass, field

FILE = pathlib.Path(__file__).with_name("zones.table")
LEVELS = ("off", "requested", "required")


@dataclass
class Outcome:
    """One alternative of a cell: delivered to an address (marked or not), or a status code."""
    text: str

    @property
    def delivers(self):
        return not re.fullmatch(r"[45](\.[\d*]+)*", self.text)

    @property
    def address(self):
        return self.text.split()[0]

    @property
    def marked(self):
        return self.text.endswith(" DNSSEC")

    def fits(self, happened):
        """happened is written like a cell: '127.0.1.1 DNSSEC' or '5.7.4'."""
        return fnmatch.fnmatchcase(happened, self.text)


@dataclass
class Row:
    domain: str
    says: str
    cells: dict                      # level -> list of Outcome; empty where not judged

    def fits(self, level, happened):
        return any(o.fits(happened) for o in self.cells[level])

    def expected(self, level):
        return ", ".join(o.text for o in self.cells[level])


@dataclass
class Zone:
    name: str                        # without the final dot; the root is "."
    how: str
    broken: list = field(default_factory=list)    # (owner, type)
    records: list = field(default_factory=list)   # text, owner first
    servers: list = field(default_factory=list)   # names with the final dot; none: the lab's own

    def add(self, record):
        words = record.split()
        if words[:2] == ["@", "NS"]:
            self.servers.append(words[2])
        else:
            self.records.append(record)

    @property
    def signed(self):
        return self.how not in ("unsigned", "dead")

    def fqdn(self, owner="@"):
        if owner == "@":
            return self.name.rstrip(".") + "."
        return f"{owner}.{self.name}".rstrip(".") + "."


@dataclass
class Table:
    rows: list = field(default_factory=list)
    hosts: dict = field(default_factory=dict)      # address -> behaviour
    certificates: dict = field(default_factory=dict)  # address -> name; none: "mail"
    zones: list = field(default_factory=list)
    overrides: list = field(default_factory=list)  # (name, type, data)
    faults: list = field(default_factory=list)     # (name, type, what)

    def row(self, domain):
        return next(r for r in self.rows if r.domain == domain)

    def zone_of(self, name):
        """The zone that a name lives in: the longest zone name that ends it."""
        labels = name.rstrip(".").split(".")
        names = {z.name: z for z in self.zones}
        for i in range(len(labels)):
            if ".".join(labels[i:]) in names:
                return names[".".join(labels[i:])]
        return names["."]

    def addresses(self):
        """Every IPv4 address of a mail host that somebody listens at."""
        found = {d for _, t, d in self.overrides if t == "A"}
        for zone in self.zones:
            for record in zone.records:
                words = record.split()
                if words[1] == "A":
                    found.add(words[2])
        found |= set(self.hosts)
        found.discard("127.0.0.1")
        refuse = {a for a, how in self.hosts.items() if how == "refuse"}
        return sorted(found - refuse, key=lambda a: tuple(map(int, a.split("."))))


def parse_row(line, where):
    parts = [p.strip() for p in line.split("|")]
    if len(parts) != 5:
        raise ValueError(f"{where}: a mail domain has five columns")
    cells = {}
    for level, cell in zip(LEVELS, parts[2:]):
        cells[level] = [] if cell == "-" else [Outcome(c.strip()) for c in cell.split(",")]
    return Row(parts[0], parts[1], cells)


def parse_zone(words, where):
    if len(words) < 3:
        raise ValueError(f"{where}: zone NAME HOW")
    broken = [tuple(w.split("/")) for w in words[3:]]
    return Zone(words[1], words[2], broken)


def read(path=FILE):
    table = Table()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path.name}:{number}"
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if line[0].isspace():
            table.zones[-1].add(line.strip())
        elif "|" in line:
            table.rows.append(parse_row(line, where))
        elif words[0] == "host":
            table.hosts[words[1]] = words[2]
            table.certificates[words[1]] = words[3] if len(words) > 3 else "mail"
        elif words[0] == "zone":
            table.zones.append(parse_zone(words, where))
        elif words[0] == "override":
            table.overrides.append(tuple(words[1:4]))
        elif words[0] == "fault":
            table.faults.append(tuple(words[1:4]))
        else:
            raise ValueError(f"{where}: {words[0]}?")
    return table
