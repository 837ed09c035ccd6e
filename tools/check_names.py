#!/usr/bin/python3
"""Check that what src/<folder>/<module>.o exports is called <folder>_<module>_...
(base/ drops the folder: str_eq), from the archives named on the command line.
What a public header declares has a prefix of its own: PUBLIC."""
import re, subprocess, sys

PUBLIC = {"library": "signpost_dns_"}  # include/signpost/dns.h

bad = []
for archive in sys.argv[1:]:
    member = ""
    for line in subprocess.run(["nm", "-g", "--defined-only", archive], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.endswith(".o:"):
            member = line[:-1]
            continue
        m = re.match(r"\S+ [TDBRVW] (\w+)$", line)
        if not m:
            continue
        folder = re.match(r"(?:.*/)?lib([a-z]+)\.a$", archive).group(1)
        module = re.search(rf"{folder}_([a-z0-9_]+)\.c\.o$", member).group(1)
        prefix = f"{module}_" if folder == "base" else f"{folder}_"
        if not m.group(1).startswith((prefix, PUBLIC.get(folder, prefix))):
            bad.append(f"{member}: {m.group(1)} should begin with {prefix}")
print("\n".join(bad))
sys.exit(1 if bad else 0)
