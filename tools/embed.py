#!/usr/bin/env python3
"""Make one C file of all files of a folder, each as it is and compressed by gzip, with an ETag.

    tools/embed.py FOLDER OUT.c DEPFILE

Whatever stands in the folder is in the program, without a list of it: the depfile names the folder
and its files, so that a new one is seen.
"""
import gzip
import hashlib
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
         ".json": "application/json", ".txt": "text/plain; charset=utf-8", ".png": "image/png",
         ".ico": "image/x-icon"}
HEAD = '''/* Made by tools/embed.py. */
#include "console/asset.h"

'''


def octets(name, data):
    rows = [", ".join(map(str, data[i:i + 24])) for i in range(0, len(data), 24)]
    return f"static const unsigned char {name}[] = {{\n" + ",\n".join(rows or ["0"]) + "\n};\n"


def row(i, folder, path, data, packed):
    name = path.relative_to(folder).as_posix()
    etag = '\\"' + hashlib.sha256(data).hexdigest()[:24] + '\\"'
    return (f'\t{{ STR_INIT("{name}"), "{TYPES[path.suffix]}", STR_INIT("{etag}"), '
            f"{{ (const char *)plain{i}, {len(data)} }}, {{ (const char *)packed{i}, {len(packed)} }} }},\n")


def main(folder, out, depfile):
    folder = pathlib.Path(folder)
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in TYPES)
    text, rows = HEAD, ""
    for i, path in enumerate(files):
        data = path.read_bytes()
        packed = gzip.compress(data, 9, mtime=0)
        text += octets(f"plain{i}", data) + octets(f"packed{i}", packed)
        rows += row(i, folder, path, data, packed)
    text += f"\nconst struct console_asset console_assets[] = {{\n{rows}}};\n"
    text += f"const size_t console_assets_n = {len(files)};\n"
    pathlib.Path(out).write_text(text)
    folders = [folder, *(p for p in folder.rglob("*") if p.is_dir())]
    pathlib.Path(depfile).write_text(f"{out}: " + " ".join(map(str, [*folders, *files])) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
