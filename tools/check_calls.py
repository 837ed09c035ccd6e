#!/usr/bin/python3
"""Check the libc calls an archive makes: check_calls.py pure|any lib.a ...

any   no archive may call what is banned outright.
pure  nor may the protocol folders touch the world: no sockets, files, clock,
      environment, randomness or output.  Time and octets come in as arguments.
"""
import re, subprocess, sys

BANNED = "strcpy strcat sprintf vsprintf strtok strncpy strncat atoi atol gets system alloca setjmp longjmp gethostbyname"
WORLD = ("socket connect bind listen accept accept4 send sendto sendmsg recv recvfrom recvmsg poll epoll_wait select "
         "open openat creat fopen read write close rename unlink stat fsync time gettimeofday clock_gettime nanosleep "
         "sleep getenv setenv rand random getrandom printf fprintf vfprintf puts perror syslog exit _exit fork")
kind, archives = sys.argv[1], sys.argv[2:]
forbidden = set(BANNED.split()) | (set(WORLD.split()) if kind == "pure" else set())
bad = []
for a in archives:
    member = ""
    for line in subprocess.run(["nm", "-u", a], capture_output=True, text=True, check=True).stdout.splitlines():
        if line.endswith(".o:"):
            member = line[:-1]
        elif m := re.match(r"\s+U (?:__)?(\w+?)(?:_chk)?(?:@.*)?$", line):
            if m.group(1) in forbidden:
                bad.append(f"{a}({member}) calls {m.group(1)}")
print("\n".join(bad))
sys.exit(1 if bad else 0)
