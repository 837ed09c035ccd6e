#!/usr/bin/python3
"""Check that the modules of a folder know each other in one direction only:
check_circles.py ROOT lib<folder>.a ...

A module is name.c with name.h and name_priv.h.  One knows another of its folder
when it includes a header of it, or when its object leaves undefined what the
other's defines.  Modules that know each other, directly or around, are a circle
and one module in truth: an error, told with the names that tie it.  Test and fuzz
files may know all: no module includes them, and the library holds no object of theirs.

ROOT/tools/circles.allowed holds the exceptions and says what its lines mean.
"""
import collections, pathlib, re, subprocess, sys

root, archives = pathlib.Path(sys.argv[1]), sys.argv[2:]
ALLOWED = root / "tools/circles.allowed"
bad = []


def read_allowed():
    """{(folder, child, parent)}"""
    pairs = set()
    for n, line in enumerate(ALLOWED.read_text().splitlines(), 1):
        line = line.strip()
        if m := re.fullmatch(r"(\w+): (\S+) -> (\S+): \S.*", line):
            pairs.add(m.groups())
        elif line and not line.startswith("#"):
            bad.append(f"tools/circles.allowed:{n}: not `folder: child -> parent: reason`")
    return pairs


def module(path, folder):
    """src/queue/db_priv.h is db of queue, src/queue/sqlite/db.c is sqlite/db."""
    return re.sub(r"(_priv)?\.[ch]$", "", str(path.relative_to(root / "src" / folder)))


def includes(folder):
    """{(module, module): {header}} of the folder's files."""
    edges = collections.defaultdict(set)
    for path in sorted((root / "src" / folder).rglob("*.[ch]")):
        for header in re.findall(rf'^\s*#\s*include\s+"({folder}/[^"]+)"', path.read_text(), re.M):
            a, b = module(path, folder), module(root / "src" / header, folder)
            if a != b:
                edges[a, b].add(header)
    return edges


def calls(folder, archive):
    """{(module, module): {symbol}}: who leaves undefined what who defines."""
    members = {str(p.relative_to(root / "src")).replace("/", "_") + ".o": module(p, folder)
               for p in (root / "src" / folder).rglob("*.c")}
    defines, wants, member = {}, collections.defaultdict(set), None
    for line in subprocess.run(["nm", "-g", archive], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.endswith(".o:"):
            name = line[:-1].rsplit("/", 1)[-1]
            if name.startswith("meson-generated_"):  # made by the build: it calls nobody
                member = None
            elif (member := members.get(name)) is None:
                bad.append(f"{archive}: {name} comes from no file of src/{folder}")
        elif member and (m := re.match(r"\S* +([A-Za-z]) (\w+)$", line)):
            if m.group(1) in "Uw":
                wants[m.group(2)].add(member)
            else:
                defines[m.group(2)] = member
    if not defines:
        bad.append(f"{archive}: nm shows nothing")
    edges = collections.defaultdict(set)
    for symbol in sorted(wants.keys() & defines.keys()):
        for a in wants[symbol] - {defines[symbol]}:
            edges[a, defines[symbol]].add(symbol)
    return edges


def circles(edges):
    """The sets of more than one module that all reach each other."""
    nodes = {n for edge in edges for n in edge}
    reach = {}
    for start in nodes:
        seen, todo = set(), [start]
        while todo:
            at = todo.pop()
            new = {b for a, b in edges if a == at} - seen
            seen |= new
            todo += new
        reach[start] = seen
    found = {frozenset(b for b in nodes if b in reach[a] and a in reach[b]) for a in nodes}
    return sorted((sorted(c) for c in found if len(c) > 1), key=lambda c: (-len(c), c))


def told(folder, circle, included, called):
    lines = [f"src/{folder}: a circle of {len(circle)}: {', '.join(circle)}"]
    for a, b in sorted(included.keys() | called.keys()):
        if a in circle and b in circle:
            why = [f"includes {', '.join(sorted(included[a, b]))}"] if (a, b) in included else []
            why += [f"calls {', '.join(sorted(called[a, b]))}"] if (a, b) in called else []
            lines.append(f"    {a} -> {b}: {'; '.join(why)}")
    return lines


def hold_pair(folder, child, parent, included, called):
    """What a child may know of its parent stands in the parent's one _priv.h."""
    where = f"tools/circles.allowed: {folder}: {child} -> {parent}"
    header = f"{folder}/{parent}_priv.h"
    if not (root / "src" / header).is_file():
        bad.append(f"{where}: there is no src/{header}")
        return
    said = (root / "src" / header).read_text()
    bad.extend(f"{where}: {child} includes {h}, too" for h in sorted(included[child, parent] - {header}))
    bad.extend(f"{where}: {child} calls {s}, which {header} does not declare"
               for s in sorted(called[child, parent]) if not re.search(rf"\b{s}\b", said))


pairs = read_allowed()
libraries = {re.match(r"(?:.*/)?lib([a-z]+)\.a$", a).group(1): a for a in archives}
bad += [f"tools/circles.allowed: there is no folder {f}" for f in sorted({f for f, *_ in pairs} - libraries.keys())]
for folder, archive in libraries.items():
    included, called = includes(folder), calls(folder, archive)
    edges = included.keys() | called.keys()
    own = {(child, parent) for f, child, parent in pairs if f == folder}
    for child, parent in sorted(own):
        if not any({child, parent} <= set(c) for c in circles(edges - (own - {(child, parent)}))):
            bad.append(f"tools/circles.allowed: {folder}: {child} -> {parent}: is in no circle; remove the line")
        else:
            hold_pair(folder, child, parent, included, called)
    for circle in circles(edges - own):
        bad += told(folder, circle, included, called)

print("\n".join(bad))
sys.exit(1 if bad else 0)
