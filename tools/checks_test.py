#!/usr/bin/python3
"""The checks, checked: checks_test.py CC...

Each row is a small tree that keeps a rule or breaks it, and the words with which its
check must refuse it; no words: it must pass."""
import pathlib, subprocess, sys, tempfile

TOOLS, CC = pathlib.Path(__file__).resolve().parent, sys.argv[1:]
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
        args = [root] + ([archive(root, "room")] if check == "circles" else [])
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
    ("a pair without a reason", room("room: b -> a:\n", a_c=CALLS_B, a_priv_h=PRIV, b_c=BY_PRIV), ["circles.allowed:1: neither"]),
    ("a pair that knows more", room(PAIR, a_c=CALLS_B, a_h=TYPE, a_priv_h=PRIV, b_c='#include "room/a.h"\n' + BY_PRIV), ["b includes room/a.h, too"]),
    ("a pair that calls more", room(PAIR, a_c=CALLS_B, a_priv_h="void room_b(void);\n", b_c="void room_a(void);\n" + BY_PRIV),
     ["b calls room_a, which room/a_priv.h does not declare"]),
    ("a pair without a _priv.h", room(PAIR, a_c=CALLS_B, b_c=CALLS_A), ["there is no src/room/a_priv.h"]),
    ("a pair that is none", room(PAIR, a_c=CALLS_B, a_priv_h=PRIV, b_c=ALONE_B), ["is in no circle"]),
    ("a pair within a greater circle", room(PAIR, a_c=CALLS_B + "void room_c(void)\n{\n}\n", a_priv_h=PRIV, b_c=BY_PRIV, d_c=BACK_TO_A.replace("room_c", "room_d"),
                                            b_h='#include "room/d.h"\n', d_h=""), ["a circle of 3: a, b, d"]),
    ("not yet", room("not yet: room\n", a_c=CALLS_B, b_c=CALLS_A), []),
    ("not yet, but it is", room("not yet: room\n", a_c=CALLS_B, b_c=ALONE_B), ["no circle any more"]),
]

for label, files, wanted in CIRCLES:
    run(label, "circles", files, wanted)

print("\n".join(failed))
sys.exit(1 if failed else 0)
