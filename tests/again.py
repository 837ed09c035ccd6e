"""Which failed system tests are run once more, alone, before they count.

Some four thousand tests run side by side on whatever machine there is, and one that races with it
must not hold up a change that has nothing to do with it.  It must not hide a fault either: what
looks like one of the program, or like lost mail, is believed at once.  Where in doubt, it is.
"""

import re

AT_MOST = 3                              # of a run; more is no accident
# Files about mail that must not be lost, nor sent twice.
KEEPERS = {"test_faults.py", "test_flip.py", "test_large.py", "test_load.py", "test_queue.py",
           "test_recall.py", "test_slow_disk.py", "test_stop.py"}
# What the tests say of a process that ended as it must not, and how Python shows one that a signal
# ended; 134 and 139 are what a shell makes of these.
CRASH = re.compile(r"ended with -?\d|did not end on SIGTERM|returncode[ =]+-\d|[)\]], -\d+, ['\"]|"
                   r"\b(134|139)\b|core dumped|Segmentation fault|SIGSEGV|SIGABRT|"
                   r"stack smashing|double free|malloc\(\)|corrupted")
# How they wait for mail and look at it (tests/system/mail.py and daemon.py), and their names.
MAIL = re.compile(r"\blost\b|_lost_|loses|twice|received\.|"
                  r"a delivery record with|mail with|a bounce about")


def why_not(failures, complaints, before=0):
    """Why none of them is run again; None: each is.

    failures: [(name of the file, name of the test, what it said)], of one stage; complaints: the
    pattern of a sanitizer's; before: so many of the same run had their second chance.
    """
    if len(failures) + before > AT_MOST:
        return f"more than {AT_MOST} failed"
    for file, test, said in failures:
        name = f"{file}::{test}"
        if file in KEEPERS:
            return f"{name} is about mail that must not be lost"
        for what, pattern in (("a sanitizer's report", complaints), ("a crash", CRASH),
                              ("lost mail", MAIL)):
            found = pattern.search(f"{test}\n{said}")
            if found:
                return f"{name} looks like {what}: {found.group()!r}"
    return None
