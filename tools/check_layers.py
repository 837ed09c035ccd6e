#!/usr/bin/python3
"""Check every #include "x/y.h" under src/ against src/LAYERS.

A folder may include itself and what its line names; a line may name only
folders above it, so the graph is acyclic by construction.  A header called
*_priv.h is its folder's own, and that of folders below it.  Test and fuzz files obey the same rules.
"""
import pathlib, re, sys

src = pathlib.Path(sys.argv[1]) / "src"
bad, allowed = [], {}
for n, line in enumerate((src / "LAYERS").read_text().splitlines(), 1):
    line = line.split("#")[0].strip()
    if not line:
        continue
    folder, deps = line.split(":")
    deps = deps.split()
    bad += [f"src/LAYERS:{n}: {folder} names {d}, which is not above it" for d in deps if d not in allowed]
    allowed[folder.strip()] = set(deps)

for path in sorted(src.rglob("*.[ch]")):
    folder = path.relative_to(src).parts[0]
    where = path.relative_to(src.parent)
    if folder not in allowed:
        bad.append(f"{where}: folder {folder} has no line in src/LAYERS")
        continue
    for n, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not m:
            continue
        target = m.group(1)
        if not (src / target).is_file():
            bad.append(f'{where}:{n}: "{target}" is not a path from src/')
            continue
        other = target.split("/")[0]
        if other != folder and other not in allowed[folder]:
            bad.append(f"{where}:{n}: {folder} may not include {other}")
        home = pathlib.Path(target).parent
        if target.endswith("_priv.h") and not path.relative_to(src).is_relative_to(home):
            bad.append(f"{where}:{n}: {target} is private to {home}")

print("\n".join(bad))
sys.exit(1 if bad else 0)
