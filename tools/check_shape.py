#!/usr/bin/python3
"""Check that functions stay within 60 lines and files within 600 (universal-ctags).
A longer function must say why just above it: /* long: one table, one row a command */"""
import json, pathlib, subprocess, sys

LINES_FN, LINES_FILE = 60, 600
root = pathlib.Path(sys.argv[1])
files = sorted(str(p) for p in (root / "src").glob("*/*.c"))
bad = [f"{f}: {n} lines" for f in files if (n := sum(1 for _ in open(f))) > LINES_FILE]
out = subprocess.run(["ctags", "--languages=C", "--kinds-C=f", "--fields=+ne", "--output-format=json", "-f", "-", *files], capture_output=True, text=True, check=True).stdout
for tag in map(json.loads, out.splitlines()):
    n = tag["end"] - tag["line"] + 1
    above = open(tag["path"]).read().splitlines()[max(0, tag["line"] - 4) : tag["line"] - 1]
    if n > LINES_FN and not any("long:" in line for line in above):
        bad.append(f'{tag["path"]}:{tag["line"]}: {tag["name"]} has {n} lines')
print("\n".join(bad))
sys.exit(1 if bad else 0)
