#!/usr/bin/python3
"""Source and sink count every message right: count_test.py SOURCE SINK.

First they speak to each other; then each to a peer that misbehaves, where the
right count is known.
"""
import signal
import socket
import subprocess
import sys
import tempfile
import threading

SOURCE, SINK = sys.argv[1:3]
failures = []


def check(label, got, want):
    if got != want:
        failures.append(f"{label}: got {got}, want {want}")


def fields(line):
    return dict(word.split("=") for word in line.split())


def run_source(port, *options):
    """Its five counts, in the order of its manual."""
    out = subprocess.run([SOURCE, "-a", "127.0.0.1", "-p", str(port), "-T", "20", *options],
                         capture_output=True, text=True, timeout=30).stdout
    f = fields(out)
    return [int(f[k]) for k in ("accepted", "refused", "cut", "unknown", "unsent")]


class Sink:
    def __init__(self, *options):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.process = subprocess.Popen([SINK, "-a", "127.0.0.1", "-p", str(self.port), "-T", "60", *options],
                                        stdout=subprocess.PIPE, text=True)
        check("sink", self.process.stdout.readline(), "ready\n")

    def stop(self):
        """What it reached, and its counts: messages, distinct, duplicates, others."""
        self.process.send_signal(signal.SIGTERM)
        *reached, last = self.process.communicate(timeout=30)[0].splitlines()
        f = fields(last)
        return ([int(line.split()[1]) for line in reached],
                [int(f[k]) for k in ("messages", "distinct", "duplicates", "others")])


def serve(script):
    """A server that runs script(connection number, file, socket) for each; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def loop():
        n = 0
        while True:
            s = listener.accept()[0]
            with s, s.makefile("rwb", buffering=0) as f:
                f.write(b"220 test\r\n")
                f.readline()
                f.write(b"250-test\r\n250 PIPELINING\r\n")
                script(n, f)
            n += 1

    threading.Thread(target=loop, daemon=True).start()
    return listener.getsockname()[1]


def take(f, reply):
    """One transaction up to its final reply; False where there was none to take."""
    for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
        if f.readline()[:4] not in (b"MAIL", b"RCPT", b"DATA"):
            return False
        f.write(answer)
    while f.readline() not in (b".\r\n", b""):
        pass
    if reply:
        f.write(reply)
    return True


def source_and_sink():
    for connections in (1, 7):
        for size in (350, 351, 4096, 300000):
            for more in ((), ("-P",)):
                sink = Sink("-k", "10", "-k", "200")
                counts = run_source(sink.port, "-n", "200", "-c", str(connections), "-s", str(size), "-f", "5",
                                    "-t", "a@d%.example", "-d", "3", *more)
                check(f"source {connections} {size} {more}", counts, [200, 0, 0, 0, 0])
                check(f"sink {connections} {size} {more}", sink.stop(), ([10, 200], [200, 200, 0, 0]))


def inside_tls():
    """The same counts; and a sink with a certificate takes mail in clear as well."""
    with tempfile.TemporaryDirectory() as where:
        pair = f"{where}/c", f"{where}/k"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=sink", "-out", pair[0], "-keyout", pair[1]], check=True, capture_output=True)
        for size in (350, 4096, 300000):
            for more, connections in (("-S",), 1), (("-S", "-P"), 7), ((), 7):
                sink = Sink("-k", "200", "-C", pair[0], "-K", pair[1])
                counts = run_source(sink.port, "-n", "200", "-c", str(connections), "-s", str(size), *more)
                check(f"source {connections} {size} {more}", counts, [200, 0, 0, 0, 0])
                check(f"sink {connections} {size} {more}", sink.stop(), ([200], [200, 200, 0, 0]))
    sink = Sink()
    check("no STARTTLS there", run_source(sink.port, "-n", "3", "-S"), [0, 0, 0, 0, 3])
    sink.stop()


def every_size_is_clean():
    """No bare CR or LF at any size, no line of a single dot, and the size is right."""
    sizes = []

    def script(n, f):
        for answer in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            f.readline()
            f.write(answer)
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            data += f.read(65536)
        text = data[:-3]
        check("bare CR or LF", text.replace(b"\r\n", b"").count(b"\r") + text.replace(b"\r\n", b"").count(b"\n"), 0)
        check("a dot that begins a line", b"\n." in text, False)
        sizes.append(len(text))
        f.write(b"250 ok\r\n")
        f.readline()

    port = serve(script)
    for size in range(400, 480):
        check(f"size {size}", run_source(port, "-n", "1", "-s", str(size)), [1, 0, 0, 0, 0])
    check("sizes", sizes, list(range(400, 480)))


def sink_knows_its_own():
    """Numbers twice, no number, a number in the body alone; and a goal of different numbers."""
    sink = Sink("-k", "2")
    for head in (b"X-Bench: 7\r\n\r\n", b"X-Bench: 7\r\n\r\n", b"Subject: bounce\r\n\r\nX-Bench: 9\r\n",
                 b"X-Bench: 1x\r\n\r\n", b"X-Bench: 100000000\r\n\r\n", b"A: b\r\nx-bench: 8\r\nC: d\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", sink.port)) as s:
            # A command at a time, and the rest octet by octet.
            f = s.makefile("rb")
            f.readline()
            for line in (b"MAIL FROM:<>\r\n", b"RCPT TO:<a@b>\r\n", b"DATA\r\n"):
                s.sendall(line)
                f.readline()
            for octet in head + b".\r\n":
                s.sendall(bytes([octet]))
            check("sink", f.readline(), b"250 2.0.0 Ok\r\n")
            s.sendall(b"DATA\r\n")
            check("DATA without recipients", f.readline()[:4], b"503 ")
    check("sink knows its own", sink.stop(), ([2], [6, 2, 1, 3]))


def source_and_bad_servers():
    def refuse_third(n, f):
        i = 0
        while take(f, b"452 4.3.1 full\r\n" if i == 2 else b"250 ok\r\n"):
            i += 1

    def vanish(n, f):
        """Three transactions, the last without a reply."""
        if take(f, b"250 ok\r\n"):
            if take(f, b"250 ok\r\n"):
                take(f, None)

    def vanish_at_data(n, f):
        if take(f, b"250 ok\r\n"):
            f.readline(), f.write(b"250 ok\r\n"), f.readline()

    def refuse_rcpt(n, f):
        f.readline(), f.write(b"250 ok\r\n"), f.readline(), f.write(b"550 5.1.1 no\r\n"), f.readline()

    # Each connection: two taken and one refused, until nine have begun.
    check("refused", run_source(serve(refuse_third), "-n", "9"), [6, 3, 0, 0, 0])
    check("unknown", run_source(serve(vanish), "-n", "9"), [6, 0, 0, 3, 0])
    check("cut", run_source(serve(vanish_at_data), "-n", "6"), [3, 0, 3, 0, 0])
    check("nothing taken", run_source(serve(refuse_rcpt), "-n", "6"), [0, 1, 0, 0, 5])
    check("nobody there", run_source(1, "-n", "6", "-c", "3"), [0, 0, 0, 0, 6])
    check("silence", run_source(serve(lambda n, f: f.read()), "-n", "6", "-T", "1"), [0, 0, 1, 0, 5])


source_and_sink()
inside_tls()
every_size_is_clean()
sink_knows_its_own()
source_and_bad_servers()
print("\n".join(failures))
sys.exit(1 if failures else 0)
