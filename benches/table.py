#!/usr/bin/env python3
"""table.py [--runs N] [--facts FILE] [--per flows] NAME COMMAND [NAME COMMAND …]: runs the commands with
hyperfine, each once more for its peak memory, and prints rows of a Markdown table: wall time and CPU time
(user + system), medians; what that makes of the numbers in FILE (`flows=10 packets=200 …`) per second.

Standard library only; needs hyperfine. `--head` prints the table's head too."""
import argparse, json, os, shlex, subprocess, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--facts", help="file with what is in the capture")
parser.add_argument("--columns", default="packets,MB,handshakes,exchanges", help="of the facts, per second")
parser.add_argument("--per", help="one of the facts: time and memory for each, instead of columns")
parser.add_argument("--milliseconds", action="store_true")
parser.add_argument("--head", action="store_true")
parser.add_argument("commands", nargs="+")
a = parser.parse_args()
commands = list(zip(a.commands[::2], a.commands[1::2]))

facts = {}
if a.facts:
    facts = {k: int(v) for k, v in (word.split("=") for word in open(a.facts).read().split())}
    facts["MB"] = facts.get("bytes", 0) / 1e6
columns = [c for c in a.columns.split(",") if facts.get(c)] if not a.per else []

def peak(command):
    """Peak memory of one run, in MiB: the kernel's high-water mark, looked at until the process is gone.
    (What `wait` tells begins with the memory of whoever forked, which is more than some programs need.)"""
    most = 0
    with open(os.devnull, "wb") as nothing:
        child = subprocess.Popen(shlex.split(command), stdout=nothing, stderr=nothing)
        while child.poll() is None:
            try:
                with open(f"/proc/{child.pid}/status") as status:
                    marks = [line.split()[1] for line in status if line.startswith("VmHWM")]
            except OSError:
                continue
            most = max(most, *(int(mark) for mark in marks)) if marks else most
            time.sleep(0.0005)
    return most / 1024

with tempfile.NamedTemporaryFile(suffix=".json") as out:
    options = ["--warmup", "1" if a.runs > 1 else "0", "--runs", str(max(a.runs, 2) if a.runs > 1 else 1)]
    words = ["hyperfine", "-N", "--style", "none", "--ignore-failure", *options, "--export-json", out.name]
    for name, command in commands:
        words += ["--command-name", name, command]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = json.load(open(out.name))["results"]

unit, scale = ("ms", 1000) if a.milliseconds else ("s", 1)
if a.head:
    extra = [f"µs/{a.per[:-1]}", f"bytes/{a.per[:-1]}"] if a.per else [f"{c}/s" for c in columns]
    head = ["program", f"wall {unit}", f"CPU {unit}", *extra, "peak MiB"]
    print("| " + " | ".join(head) + " |\n|" + " --- |" * len(head))
for (name, command), result in zip(commands, results):
    wall, cpu, memory = result["median"], result["user"] + result["system"], peak(command)
    row = [name, f"{wall * scale:.2f}", f"{cpu * scale:.2f}"]
    if a.per:
        count = facts[a.per]
        row += [f"{cpu / count * 1e6:.2f}", f"{memory * 2**20 / count:.0f}"]
    row += [f"{facts[c] / wall:,.0f}" for c in columns]
    row.append(f"{memory:.0f}")
    print("| " + " | ".join(row) + " |", flush=True)
