#!/usr/bin/python3
"""What is escaped, of all characters, against Python's unicodedata.

    walk.py UNICODE_WALK

Escaped are controls, and what shows nothing or turns the line: categories Cc, Cf, Zl, Zp, Zs,
and those of BLANK, whose category does not tell.  All else stands as it is.  What this Python
does not know yet (Cn) may be either.
"""

import json
import subprocess
import sys
import unicodedata

CATEGORIES = {"Cc", "Cf", "Zl", "Zp", "Zs"}

# Default_Ignorable_Code_Point of other categories, and the braille pattern without a dot.
BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0,
         *range(0x180B, 0x1810), *range(0xFE00, 0xFE10),
         *range(0x2060, 0x2070), *range(0xFFF0, 0xFFFC), *range(0xE0000, 0xE1000)}


def main():
    lines = subprocess.run(sys.argv[1:2], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    escaped = {}
    for line in lines:
        code, in_text, in_json, text = line.split(" ", 3)
        escaped[int(code, 16)] = (in_text, in_json)
        if json.loads(text) != chr(int(code, 16)):
            sys.exit(f"U+{code}: JSON has {text}")
    wrong = 0
    for code in range(0x80, 0x110000):
        category = unicodedata.category(chr(code))
        if category in ("Cn", "Cs") and code not in BLANK:
            continue
        wanted = ("0", "0") if category in CATEGORIES or code in BLANK else ("1", "1")
        if escaped.get(code, ("1", "1")) != wanted:
            wrong += 1
            print(f"U+{code:04X} {category}: as it is in text, in JSON: {escaped.get(code, ('1', '1'))}, wanted {wanted}")
    print(f"{len(escaped)} of all characters are escaped; Unicode {unicodedata.unidata_version}")
    sys.exit(wrong > 0)


main()
