#!/usr/bin/python3
"""Check the documents against the tree: check_docs.py ROOT.

A relative link of a *.md leads to a file, and its #anchor to a heading there; every page
of docs/ is linked from some other page; and where a comment cites "SPEC section 3" (or
DESIGN or STYLE), docs/spec.md (design.md, style.md) has that section.  Each manual page
of ours that is named is there.  Each folder of src/LAYERS has a README.md, and a row in
docs/design.md, in that order."""
import os, pathlib, re, sys

root = pathlib.Path(sys.argv[1])
CITED = {"SPEC": "docs/spec.md", "DESIGN": "docs/design.md", "STYLE": "docs/style.md"}
CITING = (".c", ".h", ".py", ".md", ".build", ".table", ".scd", "")
bad, linked = [], set()


def ours(pattern):
    """Files of the tree, build folders and what is hidden left out."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "build", "__")) and f != "corpus")
        yield from (pathlib.Path(folder) / n for n in sorted(names) if n.endswith(pattern))


def prose(path):
    """The page without its code, where [a](b) is no link."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(), flags=re.S)


def anchors(path):
    heads = re.findall(r"^#+ +(.+?) *$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}


def check_links(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        to = (page.parent / name).resolve() if name else page.resolve()
        if not to.exists():
            bad.append(f"{page.relative_to(root)}: the link {target} leads nowhere")
        elif anchor and anchor not in anchors(to):
            bad.append(f"{page.relative_to(root)}: {target}: there is no such heading")
        elif to != page.resolve():
            linked.add(to)


def check_cites(path, sections):
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return
    for m in re.finditer(r"\b(SPEC|DESIGN|STYLE)[\s*#/]+sections?\s+(\d+(?:\.\d+)*)", text):
        if m.group(2) not in sections[m.group(1)]:
            line = text.count("\n", 0, m.start()) + 1
            bad.append(f"{path.relative_to(root)}:{line}: {CITED[m.group(1)]} has no section {m.group(2)}")


def check_manual(page):
    text = page.read_text()
    for m in re.finditer(r"\b(signpost[\w.-]*)\*?\((\d)\)", text):
        if not (root / f"docs/man/{m.group(1)}.{m.group(2)}.scd").is_file():
            line = text.count("\n", 0, m.start()) + 1
            bad.append(f"{page.relative_to(root)}:{line}: there is no manual page {m.group(1)}({m.group(2)})")


def check_rooms():
    law = re.findall(r"^(\w+):", (root / "src/LAYERS").read_text(), re.M)
    rows = re.findall(r"^\| \[(\w+)\]\(\.\./src/\1/README\.md\) \|", (root / "docs/design.md").read_text(), re.M)
    bad.extend(f"src/{room}: has no README.md" for room in law if not (root / "src" / room / "README.md").is_file())
    if rows != law:
        bad.append(f"docs/design.md: its rooms are {' '.join(rows)}, those of src/LAYERS {' '.join(law)}")


for page in ours(".md"):
    check_links(page)
for page in ours((".md", ".scd", ".conf", ".criteria", ".service", ".socket", "NEWS")):
    check_manual(page)
check_rooms()
for page in sorted((root / "docs").glob("*.md")):
    if page.resolve() not in linked:
        bad.append(f"{page.relative_to(root)}: no page links to it")
sections = {word: set(re.findall(r"^#+ (\d+(?:\.\d+)*)\.? ", (root / name).read_text(), re.M)) if (root / name).exists() else set() for word, name in CITED.items()}
for path in ours(""):
    if path.suffix in CITING and path.name != "checks_test.py":  # whose rows cite what is not there
        check_cites(path, sections)

print("\n".join(bad))
sys.exit(1 if bad else 0)
