"""A command on a terminal of its own: a pseudo terminal of a given width, read to its end."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

COLOUR = re.compile(r"\x1b\[(?:0|1|31|32|33|35)m")
ERASE = "\r\x1b[K"                       # before and after what shows progress


class Screen:
    """What was written there, and the exit status."""

    def __init__(self, octets, code):
        self.octets, self.code = octets, code
        self.raw = octets.decode().replace("\r\n", "\n")

    @property
    def text(self):
        """Without colours."""
        return COLOUR.sub("", self.raw)

    @property
    def lines(self):
        return self.text.splitlines()

    def tones(self, word):
        """The colours in which a word stands, "" where it stands in none."""
        found = re.findall(rf"((?:\x1b\[\d+m)?){re.escape(word)}(?:\x1b\[0m)?", self.raw)
        return {m.strip("\x1b[m") for m in found}


def columns(line):
    """Columns that it takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


def environment(given, **more):
    env = {k: v for k, v in given.items() if k not in ("COLUMNS", "NO_COLOR", "LC_CTYPE", "LANG")}
    return {**env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **more}


def read_all(master):
    octets = b""
    while True:
        try:
            some = os.read(master, 65536)
        except OSError:                  # EIO: the last who had it open is gone
            return octets
        if not some:
            return octets
        octets += some


def run(relay, *words, width=80, conf=True, stdin=None, env=None, keep=(), streams=()):
    """`signpost WORDS`, standard output and error a terminal but for those in keep, which are dropped,
    and those in streams."""
    words = [str(w) for w in words]
    if conf:
        words[1:1] = ["-c", str(relay.conf)]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    given, relay.env = relay.env, environment(relay.env, **(env or {}))
    try:
        out = {"stdout": slave, "stderr": slave, **{k: subprocess.DEVNULL for k in keep}, **dict(streams)}
        process = relay.popen(*words, stdin=stdin or slave, **out)
    finally:
        relay.env = given
        os.close(slave)
    octets = read_all(master)
    os.close(master)
    return Screen(octets, process.wait())


def leave():
    """That of who called the tests, for us and all that we start: git send-email, for one, asks there
    whatever it reads, and nobody answers.  Its signals come all the same (tty_ioctl(4))."""
    with contextlib.suppress(OSError), open("/dev/tty") as tty:
        fcntl.ioctl(tty, termios.TIOCNOTTY)
