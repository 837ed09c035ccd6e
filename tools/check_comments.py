#!/usr/bin/python3
"""Check that no line of a comment runs beyond 100 columns, a tab to the next eighth: clang-format leaves
comments as they are (ReflowComments is off, as it tears tables apart)."""
import pathlib, re, sys

COLUMNS = 100
FOLDERS = ("src", "include", "bench", "tools", "examples", "tests")
# A string or a character, in which nothing begins a comment; or one.
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?(?:\*/|\Z)', re.S)

root = pathlib.Path(sys.argv[1])
bad = []
for path in sorted(p for f in FOLDERS for end in ("c", "h", "def") for p in (root / f).rglob(f"*.{end}")):
    text = path.read_text()
    lines = text.split("\n")
    for token in TOKEN.finditer(text):
        if token[0].startswith("/*"):
            first = text.count("\n", 0, token.start())
            for n in range(first, first + token[0].count("\n") + 1):
                if len(lines[n].expandtabs(8)) > COLUMNS:
                    bad.append(f"{path.relative_to(root)}:{n + 1}: a comment beyond {COLUMNS} columns: wrap it, or say less")
print("\n".join(dict.fromkeys(bad)))
sys.exit(1 if bad else 0)
