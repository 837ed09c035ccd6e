#!/usr/bin/python3
"""Check that every header compiles on its own, in any order, and twice."""
import pathlib, subprocess, sys, tempfile

src = pathlib.Path(sys.argv[1]) / "src"
bad = 0
for h in sorted(src.glob("*/*.h")):
    line = f'#include "{h.relative_to(src)}"\n'
    with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
        f.write(line * 2)
        f.flush()
        bad |= subprocess.run(sys.argv[2:] + ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wno-unused", "-Werror", "-fsyntax-only", f"-I{src}", f.name]).returncode
sys.exit(bad)
