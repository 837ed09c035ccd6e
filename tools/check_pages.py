#!/usr/bin/python3
"""Check the console's pages: check_pages.py ROOT.

Nothing in src/console/assets is read as markup, set inline or fetched from elsewhere, as the
policy of the console demands; every file that a page or a module names is there; all of it is
at most 150 KB as it travels; no module is over 600 lines, no function over 60."""
import gzip, pathlib, re, sys

root = pathlib.Path(sys.argv[1]) / "src/console/assets"
MOST, LINES, LONGEST = 150 * 1024, 600, 60
SENT = (".html", ".css", ".js", ".svg")
FORBIDDEN = {
    ".js": [(r"innerHTML|outerHTML|insertAdjacentHTML|DOMParser|document\.write|createContextualFragment|setHTML", "reads markup"),
            (r"\beval\(|new Function\(|javascript:", "runs text"), (r"setAttribute\(\"style\"|\bstyle:", "sets a style inline")],
    ".html": [(r"<script(?![^>]*\bsrc=)", "has a script inline"), (r"<style|\sstyle=", "has a style inline"), (r"\son[a-z]+=", "has a handler inline")],
    ".css": [(r"@import|url\(", "fetches")], ".svg": [(r"<script|\son[a-z]+=|href=", "does more than draw")],
}
ELSEWHERE = re.compile(r"""["'(=]\s*(?:[a-z]+:)?//[a-z0-9]""")
bad = []


def named(path, text):
    """What it wants to be there beside it."""
    if path.suffix == ".js":
        return re.findall(r"""(?:from|import)\s+"\./([^"]+)\"""", text)
    return re.findall(r"""(?:src|href)="/assets/([\w.-]+)\"""", text) if path.suffix == ".html" else []


def functions(text):
    """(line, length) of what begins with a brace at the end of a line and ends at its indent."""
    rows = text.split("\n")
    for i, row in enumerate(rows):
        m = re.match(r"( *)(?:export )?(?:async )?(?:function\b.*|(?!if|for|while|switch|class|else|return)\w+\(.*\)|(?:const|let) \w+ = .*=>) \{$", row)
        if m:
            end = next((j for j in range(i + 1, len(rows)) if re.match(m.group(1) + r"\}", rows[j])), len(rows))
            yield i + 1, end - i + 1


files = sorted(p for p in root.iterdir() if p.suffix in SENT)
for path in files:
    text = path.read_text()
    for number, line in enumerate(text.split("\n"), 1):
        found = [why for pattern, why in FORBIDDEN[path.suffix] if re.search(pattern, line)]
        if ELSEWHERE.search(line) and "http://www.w3.org/2000/svg" not in line:
            found.append("names another place")
        bad += [f"{path.name}:{number}: {why}" for why in found]
    bad += [f"{path.name}: {name} is not there" for name in named(path, text) if not (root / name).exists()]
    if path.suffix == ".js":
        bad += [f"{path.name}:{at}: a function of {n} lines; {LONGEST} are allowed" for at, n in functions(text) if n > LONGEST]
        if text.count("\n") > LINES:
            bad.append(f"{path.name}: has {text.count(chr(10))} lines; {LINES} are allowed")
size = sum(len(gzip.compress(p.read_bytes(), 9)) for p in files)
if size > MOST:
    bad.append(f"all of it takes {size} octets; {MOST} are allowed")

print("\n".join(bad))
sys.exit(1 if bad else 0)
