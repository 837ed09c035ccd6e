#!/usr/bin/python3
"""Check that libsignpost-dns is what its header says it is.

check_library.py HEADER lib.so lib.a FOLDER.a...

Both export the functions that the header declares, under its prefix, and nothing
else; the shared one with a version.  The object has no data that can be written,
so no state that contexts share, and calls nothing that the header promises not to
call.  The folders that have sockets write to them with send, where MSG_NOSIGNAL
can be said."""
import re, subprocess, sys

header, shared, static = sys.argv[1:4]
FORBIDDEN = ("printf vprintf fprintf vfprintf puts putchar fputs fputc fwrite perror syslog vsyslog stdout stderr exit _exit "
             "atexit quick_exit fork vfork execve system popen posix_spawn signal sigaction getenv secure_getenv setenv putenv "
             "pthread_create thrd_create setlocale chdir umask sleep usleep nanosleep pause").split()
# Tables that nobody writes: libunbound's structs have pointers to tables that are not const.
CONSTANT = r"(base_)?table(\.\d+)?"
bad = []


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def symbols(*options):
    return [(m.group(1), m.group(2)) for line in run("nm", *options).splitlines() if (m := re.match(r"\S* *([A-Za-z]) (\S+)$", line))]


text = re.sub(r"/\*.*?\*/", "", open(header).read(), flags=re.S)
text = re.sub(r"\{[^{}]*\}", ";", text)
declared = set(re.findall(r"\b(signpost_dns_\w+)\(", text)) - set(re.findall(r"typedef[^;]*?\b(signpost_dns_\w+)\(", text))
dynamic = {name for kind, name in symbols("-D", "--defined-only", shared) if kind != "A"}
for name in dynamic:
    if "@@SIGNPOST_DNS_1" not in name:
        bad.append(f"{shared}: {name} has no version")
exported = {"shared": {name.split("@")[0] for name in dynamic}, "static": {name for _, name in symbols("-g", "--defined-only", static)}}
for which, names in exported.items():
    bad += [f"{which}: {n} is exported, and not in the header" for n in sorted(names - declared)]
    bad += [f"{which}: {n} is in the header, and not exported" for n in sorted(declared - names)]
if len(declared) < 20:
    bad.append(f"{header}: only {len(declared)} functions found in it")
soname = re.search(r"\(SONAME\).*\[(.*)\]", run("readelf", "-d", shared))
if not soname or soname.group(1) != "libsignpost-dns.so.1":
    bad.append(f"{shared}: its name is not libsignpost-dns.so.1")
for section, name in re.findall(r"^\S+ .{7} (\S+)\s+[0-9a-f]+ +(?:\.hidden )?(\S+)$", run("objdump", "-t", static), re.M):
    if re.match(r"\.t?(data|bss)(?!\.rel\.ro)", section) and name != section and not re.fullmatch(CONSTANT, name):
        bad.append(f"{static}: {name} in {section} can be written")
for _, name in symbols("-u", static):
    if re.sub(r"^__(\w+?)_chk$", r"\1", name) in FORBIDDEN:
        bad.append(f"{static}: calls {name}")
for folder in sys.argv[4:]:
    bad += [f"{folder}: calls {name}" for _, name in symbols("-u", folder) if name in ("write", "writev", "sendfile", "splice")]
print("\n".join(bad))
sys.exit(1 if bad else 0)
