"""One measurement: a relay between the source and the sink, and what it cost.

CPU is exact: a live thread's from the scheduler in nanoseconds, that of dead
children from what their parent has reaped.  Memory is the sum of PSS over all
processes, so shared pages count once; it is looked at as often as costs at
most a thirtieth of one processor's time, and once at the end.
"""
import dataclasses
import os
import pathlib
import queue
import statistics
import subprocess
import threading
import time

import world
import zone

HZ = os.sysconf("SC_CLK_TCK")
PORT = 25  # of the sink
SETTLE = 0.3  # seconds after the last delivery: its removal from the queue is part of the cost


def _stat(pid):
    """The fields of /proc/PID/stat from the third on, or None."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def alive(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] != "Z"


def tree(root):
    """The process root and its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(entry)):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _cpu(pid):
    """Seconds of one process and of its dead children."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    threads = 0
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            threads += int(task.read_text().split()[0])
        except OSError:
            pass
    user, system, dead_user, dead_system = (int(f) / HZ for f in fields[11:15])
    # user and system, in ticks, still have the threads that ended.
    return max(threads / 1e9, user + system) + dead_user + dead_system


def cpu(pids):
    """Seconds that the processes pids() and their dead children have used.

    One that ends between its parent's turn and its own would be missed: then
    all is read again."""
    for _ in range(20):
        now = pids()
        total = sum(map(_cpu, now))
        if pids() == now:
            break
    return total


def memory(pids):
    """Their PSS in MB."""
    total = 0
    for pid in pids:
        try:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total / 1024


class Peak(threading.Thread):
    """The most memory that a relay was seen to use."""

    def __init__(self, relay):
        super().__init__(daemon=True)
        self.relay = relay
        self.mb = 0.0
        self.done = threading.Event()
        self.start()

    def look(self):
        began = time.monotonic()
        self.mb = max(self.mb, memory(self.relay.pids()))
        return time.monotonic() - began

    def run(self):
        while not self.done.wait(max(0.2, 30 * self.look())):
            pass

    def stop(self):
        self.done.set()
        self.join()
        self.look()
        return self.mb


class Sink:
    """bench/sink on all mail host addresses, with the goals to be waited for."""

    def __init__(self, args, goals, hosts=tuple(zone.host_address(i, world.HOSTS) for i in range(world.HOSTS))):
        addresses = [x for host in hosts for x in ("-a", host)]
        secure = ("-C", args.pair[0], "-K", args.pair[1]) if getattr(args, "pair", None) else ()
        self.process = subprocess.Popen([args.build / "bench/sink", "-p", str(PORT), *addresses, "-T", "3600", *secure,
                                         *(x for g in goals for x in ("-k", str(g)))],
                                        stdout=subprocess.PIPE, text=True)
        self.said = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._line(20)

    def _listen(self):
        for line in self.process.stdout:
            self.said.put(line)
        self.said.put("")

    def _line(self, seconds):
        try:
            return self.said.get(timeout=seconds)
        except queue.Empty:
            return ""

    def reached(self, goal, seconds):
        """When GOAL messages had come; trouble where they do not."""
        words = self._line(seconds).split()
        if words[:2] != ["reached", str(goal)]:
            raise world.Trouble(f"only part of {goal} messages came: {self.stop()}")
        return float(words[2])

    def stop(self):
        """Its counts."""
        self.process.terminate()
        while line := self._line(20):
            if line.startswith("messages="):
                self.process.wait()
                return {k: int(v) for k, v in (word.split("=") for word in line.split())}
        return {}


def source(args, port, connections, messages, first, seconds, listener=world.LISTENER):
    """bench/source: what it said, and its CPU seconds."""
    process = subprocess.Popen([args.build / "bench/source", "-a", listener, "-p", str(port),
                                "-c", str(connections), "-n", str(messages), "-s", str(args.size), "-f", str(first),
                                "-t", "sink@d%.com", "-d", str(args.domains), "-T", str(seconds),
                                *(("-S",) if getattr(args, "pair", None) else ()),
                                *(("-P",) if getattr(args, "pipelining", False) else ())],
                               stdout=subprocess.PIPE, text=True)
    line = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    said = {k: float(v) for k, v in (word.split("=") for word in line.split())}
    if said.get("accepted") != messages:
        raise world.Trouble(f"not all were accepted: {line}")
    return said, usage.ru_utime + usage.ru_stime


@dataclasses.dataclass
class Result:
    """Of one run.  Rates a second; CPU in seconds a thousand messages."""

    accepted: float
    end_to_end: float
    p50_ms: float
    p99_ms: float
    cpu: float  # the relay's, all its processes
    cpu_dns: float  # resolver and authoritative server
    cpu_bench: float  # source and sink
    busy: float  # share of the machine's processor time that these used, 0 to 1
    memory: float  # MB


def median(results):
    """Field by field."""
    return Result(*(statistics.median(column) for column in zip(*map(dataclasses.astuple, results))))


def columns(table):
    """The rows of strings below their head, aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(row, widths)) for row in table)


def run(args, relay, dns, connections, messages):
    """Start the relay, warm it up, measure, stop it.  Trouble where one message is lost or comes twice."""
    warm = max(100, 5 * connections)
    seconds = 60 + messages // 20
    sink = Sink(args, [warm, warm + messages])
    try:
        relay.start()
        source(args, relay.port, connections, warm, 0, seconds)
        sink.reached(warm, seconds)
        time.sleep(SETTLE)
        result = _measured(args, relay, dns, sink, (connections, messages, warm, seconds))
        relay.stop()
        relay.verify(warm + messages)
        return result
    except world.Trouble as trouble:
        raise world.Trouble(f"{relay.name}, {connections} connections: {trouble}\n{relay.lines()}") from None
    finally:
        relay.stop()
        sink.process.kill()


def _measured(args, relay, dns, sink, plan):
    connections, messages, warm, seconds = plan
    groups = [relay.pids, dns.pids, lambda: [sink.process.pid]]
    peak = Peak(relay)
    before = [cpu(pids) for pids in groups]
    said, cpu_source = source(args, relay.port, connections, messages, warm, seconds)
    end = sink.reached(warm + messages, seconds)
    time.sleep(SETTLE)
    cpu_relay, cpu_dns, cpu_sink = (cpu(pids) - b for pids, b in zip(groups, before))
    mb = peak.stop()
    counts = sink.stop()
    if counts["messages"] != warm + messages:
        raise world.Trouble(f"more came than were sent: {counts}")
    total = max(end, said["end"]) - said["start"]
    used = cpu_relay + cpu_dns + cpu_sink + cpu_source
    thousands = messages / 1000
    return Result(accepted=messages / (said["end"] - said["start"]), end_to_end=messages / (end - said["start"]),
                  p50_ms=said["p50_ms"], p99_ms=said["p99_ms"], cpu=cpu_relay / thousands, cpu_dns=cpu_dns / thousands,
                  cpu_bench=(cpu_sink + cpu_source) / thousands, busy=used / total / os.cpu_count(), memory=mb)
