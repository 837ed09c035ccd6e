#!/usr/bin/python3
"""Check that functions stay within 60 lines and files within 600 (universal-ctags), and
that over the whole tree half the functions have at most 11 lines and nine of ten at most 25.

A longer function must say why just above it: /* long: one table, one row a command */.
`check_shape.py ROOT --report` prints the figures, by folder too.  Tests are left out of
them: a table of cases is no function's length."""
import collections, json, pathlib, subprocess, sys

LINES_FN, LINES_FILE = 60, 600
MEDIAN, P90 = 11, 25
root = pathlib.Path(sys.argv[1])
files = sorted(str(p) for p in (root / "src").rglob("*.c"))
bad = [f"{f}: {n} lines" for f in files if (n := sum(1 for _ in open(f))) > LINES_FILE]
lengths = collections.defaultdict(list)


def rank(folder, percent):
    """The length that so many of a hundred functions do not exceed."""
    ordered = sorted(lengths[folder])
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


out = subprocess.run(["ctags", "--languages=C", "--kinds-C=f", "--fields=+ne", "--output-format=json", "-f", "-", *files], capture_output=True, text=True, check=True).stdout
for tag in map(json.loads, out.splitlines()):
    n = tag["end"] - tag["line"] + 1
    above = open(tag["path"]).read().splitlines()[max(0, tag["line"] - 4) : tag["line"] - 1]
    if n > LINES_FN and not any("long:" in line for line in above):
        bad.append(f'{tag["path"]}:{tag["line"]}: {tag["name"]} has {n} lines')
    path = pathlib.Path(tag["path"])
    if not path.stem.endswith(("_test", "_fuzz")):
        lengths["src"].append(n)
        lengths[str(path.parent.relative_to(root))].append(n)

if "--report" in sys.argv:
    for folder in sorted(lengths):
        print(f"{folder}: {len(lengths[folder])} functions, median {rank(folder, 50)}, p90 {rank(folder, 90)}, longest {max(lengths[folder])}")
for percent, most in ((50, MEDIAN), (90, P90)):
    if lengths["src"] and (n := rank("src", percent)) > most:
        bad.append(f"src: {percent} of a hundred functions have up to {n} lines, wanted: {most}")
print("\n".join(bad))
sys.exit(1 if bad else 0)
