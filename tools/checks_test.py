#!/usr/bin/python3
"""The checks, checked: checks_test.py CC...

Each row is a small tree that keeps a rule or breaks it, and the words with which its
check must refuse it; no words: it must pass."""
import pathlib, subprocess, sys, tempfile

TOOLS, CC = pathlib.Path(__file__).resolve().parent, sys.argv[1:]
ARGUMENTS = {
    "calls": ["pure", "archive"],
    "circles": ["root", "archive"],
    "comments": ["root"],
    "docs": ["root"],
    "layers": ["root"],
    "names": ["archive"],
    "pages": ["root"],
    "shape": ["root"],
}
failed = []


def archive(root, folder):
    """libFOLDER.a of the folder's files but its tests, its objects named as Meson names them."""
    objects = []
    for path in sorted((root / "src" / folder).rglob("*.c")):
        if not path.stem.endswith("_test"):
            objects.append(root / (str(path.relative_to(root / "src")).replace("/", "_") + ".o"))
            subprocess.run([*CC, f"-I{root}/src", "-c", path, "-o", objects[-1]], check=True)
    subprocess.run(["ar", "rcs", root / f"lib{folder}.a", *objects], check=True)
    return root / f"lib{folder}.a"


def run(label, check, files, wanted):
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        args = [root if a == "root" else archive(root, "room") if a == "archive" else a for a in ARGUMENTS[check]]
        done = subprocess.run([sys.executable, TOOLS / f"check_{check}.py", *args], capture_output=True, text=True)
        said = done.stdout + done.stderr
        if done.returncode != (1 if wanted else 0):
            failed.append(f"{check}: {label}: exit status {done.returncode}, said: {said}")
        failed.extend(f"{check}: {label}: does not say `{w}` but: {said}" for w in wanted if w not in said)


def room(allowed="", **files):
    """src/room with these files, a_h for a.h; and tools/circles.allowed."""
    names = {"tools/circles.allowed": allowed}
    return names | {f"src/room/{name[:-2]}.{name[-1]}": text for name, text in files.items()}


CALLS_B = 'void room_b(void);\nvoid room_a(void);\nvoid room_a(void)\n{\n\troom_b();\n}\n'
CALLS_A = 'void room_b(void);\nvoid room_a(void);\nvoid room_b(void)\n{\n\troom_a();\n}\n'
CALLS_C = 'void room_b(void);\nvoid room_c(void);\nvoid room_b(void)\n{\n\troom_c();\n}\n'
ALONE_B = 'void room_b(void);\nvoid room_b(void)\n{\n}\n'
BACK_TO_A = 'void room_c(void);\nvoid room_a(void);\nvoid room_c(void)\n{\n\troom_a();\n}\n'
BY_PRIV = '#include "room/a_priv.h"\nvoid room_b(void)\n{\n\troom_a();\n}\n'
PRIV = "void room_a(void);\nvoid room_b(void);\n"
PAIR = "room: b -> a: one machine\n"
TYPE = "struct room_a;\n"

CIRCLES = [
    ("a calls b", room(a_c=CALLS_B, b_c=ALONE_B), []),
    ("each calls the other, and no header says so", room(a_c=CALLS_B, b_c=CALLS_A),
     ["src/room: a circle of 2: a, b", "a -> b: calls room_b", "b -> a: calls room_a"]),
    ("around three", room(a_c=CALLS_B, b_c=CALLS_C, c_c=BACK_TO_A), ["a circle of 3: a, b, c", "c -> a: calls room_a"]),
    ("a circle of headers", room(a_c=ALONE_B, a_h='#include "room/b.h"\n', b_h='#include "room/a.h"\n'),
     ["a -> b: includes room/b.h", "b -> a: includes room/a.h"]),
    ("one way by call, back by a type", room(a_c=CALLS_B, a_h=TYPE, b_c='#include "room/a.h"\n' + ALONE_B),
     ["a -> b: calls room_b", "b -> a: includes room/a.h"]),
    ("in a folder below", {"tools/circles.allowed": "", "src/room/a.c": CALLS_B, "src/room/deep/b.c": CALLS_A}, ["a circle of 2: a, deep/b"]),
    ("a test may know all", room(a_c=CALLS_B, a_h=TYPE, b_c=ALONE_B, b_test_c='#include "room/a.h"\n'), []),
    ("a pair", room(PAIR, a_c=CALLS_B, a_priv_h=PRIV, b_c=BY_PRIV), []),
    ("a pair without a reason", room("room: b -> a:\n", a_c=CALLS_B, a_priv_h=PRIV, b_c=BY_PRIV), ["circles.allowed:1: not `folder"]),
    ("a pair that knows more", room(PAIR, a_c=CALLS_B, a_h=TYPE, a_priv_h=PRIV, b_c='#include "room/a.h"\n' + BY_PRIV), ["b includes room/a.h, too"]),
    ("a pair that calls more", room(PAIR, a_c=CALLS_B, a_priv_h="void room_b(void);\n", b_c="void room_a(void);\n" + BY_PRIV),
     ["b calls room_a, which room/a_priv.h does not declare"]),
    ("a pair without a _priv.h", room(PAIR, a_c=CALLS_B, b_c=CALLS_A), ["there is no src/room/a_priv.h"]),
    ("a pair in no folder", room("attic: b -> a: one machine\n", a_c=CALLS_B, b_c=ALONE_B), ["there is no folder attic"]),
    ("a pair that is none", room(PAIR, a_c=CALLS_B, a_priv_h=PRIV, b_c=ALONE_B), ["is in no circle"]),
    ("a pair within a greater circle", room(PAIR, a_c=CALLS_B + "void room_c(void)\n{\n}\n", a_priv_h=PRIV, b_c=BY_PRIV, d_c=BACK_TO_A.replace("room_c", "room_d"),
                                            b_h='#include "room/d.h"\n', d_h=""), ["a circle of 3: a, b, d"]),
]

LAW = "base:\nroom: base\nhall: base room\n"


def house(law=LAW, **files):
    """src/LAYERS, and a file b_str_h for src/b/str.h."""
    names = {name: "/".join(name.split("_", 1)) for name in files}
    return {"src/LAYERS": law} | {f"src/{names[name][:-2]}.{name[-1]}": text for name, text in files.items()}


LAYERS = [
    ("a room knows the rooms above it", house(base_str_h="", room_a_c='#include "base/str.h"\n', hall_b_c='#include "base/str.h"\n'), []),
    ("a room knows one below it", house(room_a_c='#include "hall/b.h"\n', hall_b_h=""), ["src/room/a.c:1: room may not include hall"]),
    ("a line names a folder below it", house("room: base\nbase:\n"), ["src/LAYERS:1: room names base, which is not above it"]),
    ("no path from src/", house(room_a_c='#include "b.h"\n', room_b_h=""), ['"b.h" is not a path from src/']),
    ("a folder without a line", house(attic_a_c=""), ["folder attic has no line"]),
    ("what is private stays at home", house(base_x_priv_h="", room_a_c='#include "base/x_priv.h"\n'), ["base/x_priv.h is private to base"]),
    ("what is private to a folder below", {"src/LAYERS": LAW, "src/room/a.c": '#include "room/deep/x_priv.h"\n', "src/room/deep/x_priv.h": ""},
     ["room/deep/x_priv.h is private to room/deep"]),
    ("what is private to a folder above", {"src/LAYERS": LAW, "src/room/deep/a.c": '#include "room/x_priv.h"\n', "src/room/x_priv.h": ""}, []),
    ("in a folder below", house(hall_b_h="") | {"src/room/deep/a.c": '#include "hall/b.h"\n'}, ["src/room/deep/a.c:1: room may not include hall"]),
]


def function(name, lines):
    """A function of so many lines."""
    return f"void {name}(int *n);\nvoid {name}(int *n)\n{{\n" + "\t*n += 1;\n" * (lines - 3) + "}\n"


def functions(*lengths):
    return "".join(function(f"room_a{i}", n) for i, n in enumerate(lengths))


SHORT = [4] * 9
SHAPE = [
    ("a function of 60 lines", room(a_c=functions(*SHORT, 60)), []),
    ("a function of 61 lines", room(a_c=functions(*SHORT, 61)), ["src/room/a.c:", "room_a9 has 61 lines"]),
    ("61 lines and why", room(a_c=functions(*SHORT) + "/* long: one table */\n" + function("room_b", 61).split("\n", 1)[1]), []),
    ("a file of 600 lines", room(a_c="\n" * 600), []),
    ("a file of 601 lines", room(a_c="\n" * 601), ["src/room/a.c: 601 lines"]),
    ("half of 11 lines, nine of ten of 25", room(a_c=functions(*[11] * 5, *[25] * 4, 60)), []),
    ("half of 12 lines", room(a_c=functions(*[11] * 4, *[12] * 6)), ["50 of a hundred functions have up to 12 lines"]),
    ("nine of ten of 26 lines", room(a_c=functions(*[4] * 8, 26, 26)), ["90 of a hundred functions have up to 26 lines"]),
    ("a test may be long", room(a_test_c=functions(*[26] * 9)), []),
]

COMMENTS = [
    ("100 columns", room(a_c=f"/* {'a' * 94} */\n"), []),
    ("101 columns", room(a_c=f"\n/* {'a' * 95} */\n"), ["src/room/a.c:2: a comment beyond 100 columns"]),
    ("a tab is eight of them", room(a_h=f"struct a {{\n\tint a; /* {'a' * 80} */\n}};\n"), ["src/room/a.h:2: "]),
    ("within one", room(a_c=f"/*\n * {'a' * 98}\n */\n"), ["src/room/a.c:2: "]),
    ("octets are no columns", room(a_c="/* " + "\u00e4" * 94 + " */\n"), []),
    ("a string is none", room(a_c=f'char *a = "/* {"a" * 99} */";\nchar b = \'"\'; /* " */\n'), []),
    ("behind a string that ends in a quote", room(a_c=f'char a[] = "\\""; /* {"a" * 90} */\n'), ["src/room/a.c:1: "]),
    ("a test, too", {"tests/a.c": f"/* {'a' * 95} */\n"}, ["tests/a.c:1: "]),
]

NAMES = [
    ("the folder leads", room(a_c="int room_a_n;\n" + ALONE_B), []),
    ("it does not", room(a_c="int a_room;\n"), ["room_a.c.o: a_room should begin with room_"]),
    ("static names are free", room(a_c="static int a_room;\nint room_a(void);\nint room_a(void)\n{\n\treturn a_room;\n}\n"), []),
]

CALLS = [
    ("calls nothing", room(a_c=ALONE_B), []),
    ("asks the time", room(a_c="#include <time.h>\nlong room_a(void);\nlong room_a(void)\n{\n\treturn time(0);\n}\n"), ["room_a.c.o) calls time"]),
]

PAGES = {"README.md": "[a](docs/spec.md) [b](docs/design.md)\n", "docs/spec.md": "# A\n\n## 1. Words\n\n### 3.2 More\n",
         "src/LAYERS": "base:\nroom: base\n", "src/base/README.md": "", "src/room/README.md": "",
         "docs/design.md": "| [base](../src/base/README.md) | a |\n| [room](../src/room/README.md) | b |\n"}

DOCS = [
    ("links and cites lead somewhere", PAGES | {"src/room/a.c": "/* SPEC section 1,\n * SPEC\n * section 3.2 */\n"}, []),
    ("a link to no file", PAGES | {"src/room/README.md": "[a](../spec.md)\n"}, ["src/room/README.md: the link ../spec.md leads nowhere"]),
    ("a link to no heading", PAGES | {"a.md": "[a](docs/spec.md#2-other)\n"}, ["a.md: docs/spec.md#2-other: there is no such heading"]),
    ("a link to a heading", PAGES | {"a.md": "[a](docs/spec.md#1-words)\n"}, []),
    ("a link away, and one that is code", PAGES | {"a.md": "[a](https://example.org/b.md) `[a](b.md)`\n"}, []),
    ("a cite of no section", PAGES | {"src/room/a.c": "\n/* SPEC section 2 */\n"}, ["src/room/a.c:2: docs/spec.md has no section 2"]),
    ("a cite over two lines", PAGES | {"src/room/a.c": "/* As SPEC\n * section 4 says. */\n"}, ["src/room/a.c:1: docs/spec.md has no section 4"]),
    ("a cite of a page that is not there", PAGES | {"src/room/a.c": "/* STYLE section 1 */\n"}, ["docs/style.md has no section 1"]),
    ("a room without a row", PAGES | {"src/LAYERS": "base:\nroom: base\nhall:\n", "src/hall/README.md": ""}, ["those of src/LAYERS base room hall"]),
    ("rooms in another order", PAGES | {"src/LAYERS": "room:\nbase:\n"}, ["its rooms are base room, those of src/LAYERS room base"]),
    ("a room without a README", PAGES | {"src/LAYERS": "base:\nroom: base\nhall:\n"}, ["src/hall: has no README.md"]),
    ("a manual page that is there", PAGES | {"docs/man/signpost.1.scd": "*signpost*(1), zstdcat*(1)\n"}, []),
    ("one that is not", PAGES | {"docs/man/signpost.1.scd": "\n*signpost-queue*(1)\n"}, ["docs/man/signpost.1.scd:2: there is no manual page signpost-queue(1)"]),
    ("a page that nothing links", PAGES | {"docs/other.md": ""}, ["docs/other.md: no page links to it"]),
]



def assets(**files):
    """src/console/assets with these files, a_js for a.js."""
    return {f"src/console/assets/{name.replace('_', '.')}": text for name, text in files.items()}


CONSOLE = [
    ("a page that keeps the rules", assets(a_html='<link rel="icon" href="/assets/a.svg">\n', a_svg='<svg xmlns="http://www.w3.org/2000/svg"/>\n', a_js="// https is fine in words\n"), []),
    ("a style inline", assets(a_html='<p style="a">\n'), ["a.html:1: has a style inline"]),
    ("a script inline", assets(a_html="<p>\n<script>\n"), ["a.html:2: has a script inline"]),
    ("a handler inline", assets(a_html='<p onclick="a()">\n'), ["a.html:1: has a handler inline"]),
    ("a script from elsewhere", assets(a_html='<script src="https://example.org/a.js">\n'), ["a.html:1: names another place"]),
    ("a request to elsewhere", assets(a_js='fetch("//example.org/");\n'), ["a.js:1: names another place"]),
    ("markup that is read", assets(a_js="a.innerHTML = b;\n"), ["a.js:1: reads markup"]),
    ("text that is run", assets(a_js='eval("a");\n'), ["a.js:1: runs text"]),
    ("a sheet that fetches", assets(a_css="a { background: url(b.png) }\n"), ["a.css:1: fetches"]),
    ("a module that is not there", assets(a_js='import { b } from "./b.js";\n'), ["a.js: b.js is not there"]),
    ("a file that is not there", assets(a_html='<link rel="stylesheet" href="/assets/a.css">\n'), ["a.html: a.css is not there"]),
    ("a long function", assets(a_js="function a() {\n" + "  b();\n" * 59 + "}\n"), ["a.js:1: a function of 61 lines"]),
    ("a long method", assets(a_js="class A {\n  a(b) {\n" + "    b();\n" * 59 + "  }\n}\n"), ["a.js:2: a function of 61 lines"]),
    ("60 lines are fine", assets(a_js="function a() {\n" + "  b();\n" * 58 + "}\n"), []),
    ("a long module", assets(a_js="a();\n" * 601), ["a.js: has 601 lines"]),
]

for check, rows in (("calls", CALLS), ("circles", CIRCLES), ("comments", COMMENTS), ("docs", DOCS), ("layers", LAYERS), ("names", NAMES), ("pages", CONSOLE), ("shape", SHAPE)):
    for label, files, wanted in rows:
        run(label, check, files, wanted)

print("\n".join(failed))
sys.exit(1 if failed else 0)
