#!/usr/bin/python3
"""Check that clang-format (14, as in Debian 12) would change nothing.

`check_format.py ROOT CLANG-FORMAT --fix` rewrites instead."""
import pathlib, subprocess, sys

root = pathlib.Path(sys.argv[1])
files = sorted(str(p) for d in ("src", "include", "bench", "tools", "examples") for p in (root / d).rglob("*.[ch]"))
mode = ["-i"] if "--fix" in sys.argv else ["--dry-run", "-Werror"]
sys.exit(subprocess.run([sys.argv[2], *mode, *files]).returncode)
