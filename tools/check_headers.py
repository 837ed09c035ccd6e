#!/usr/bin/python3
"""Check that every header compiles on its own, in any order, and twice.

Those under include/ are for any program: C99 and C++11 without extensions, and
all that the compiler can warn of."""
import pathlib, subprocess, sys, tempfile

root = pathlib.Path(sys.argv[1])
OURS = ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wno-unused", f"-I{root}/src"]
THEIRS = [
    ["-std=c99", "-D_DEFAULT_SOURCE", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wcast-qual", "-Wstrict-prototypes"],
    ["-xc++", "-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wcast-qual"],
    ["-xc++", "-std=c++17", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow"],
]
bad = 0


def compile_twice(header, options):
    with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
        f.write(f"#include {header}\n" * 2)
        f.flush()
        return subprocess.run(sys.argv[2:] + options + ["-Werror", "-fsyntax-only", f"-I{root}/include", f.name]).returncode


for h in sorted((root / "src").rglob("*.h")):
    bad |= compile_twice(f'"{h.relative_to(root / "src")}"', OURS)
for h in sorted((root / "include").rglob("*.h")):
    for options in THEIRS:
        bad |= compile_twice(f"<{h.relative_to(root / 'include')}>", options)
sys.exit(bad)
