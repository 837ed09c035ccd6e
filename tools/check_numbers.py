#!/usr/bin/python3
"""Check the numbers of the resolver's tests: each number that docs/resolver-tests.md
lists begins a label of some test ("T7: ..."), and no label has another number."""
import collections, pathlib, re, sys

root = pathlib.Path(sys.argv[1])
listed = set(re.findall(r"^\| (T\d+) \|", (root / "docs/resolver-tests.md").read_text(), re.M))
found = collections.defaultdict(set)
for pattern in ("src/**/*_test.c", "src/**/*_fuzz.c", "src/**/*.h", "tests/**/*.py", "tests/**/*.c"):
    for path in root.glob(pattern):
        for number in re.findall(r"[\"'](T\d+):", path.read_text()):
            found[number].add(path.relative_to(root))

bad = [f"{n}: no test has a label that begins with it" for n in listed - set(found)]
bad += [f"{p}: {n} is not in docs/resolver-tests.md" for n in set(found) - listed for p in found[n]]
print("\n".join(sorted(bad)))
sys.exit(1 if bad else 0)
