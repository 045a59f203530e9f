#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast mailcart is, beside others and beside the limit; see README.md.

    tests/bench/run.py                      all of it; an hour and more
    tests/bench/run.py --quick              1,000 mails, one round
    tests/bench/run.py --cases pop3,push --mails 10000 --delay 0,50 --runs 3
"""
import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402
import report  # noqa: E402
import verdict  # noqa: E402
from scene import ROOT, filesystem  # noqa: E402

PEERS = {"mpop": "mpop", "fetchmail": "fetchmail", "getmail": "getmail6",
         "mbsync": "isync", "mailutil": "uw-mailutils"}
CASES = ("pop3", "push", "imap")


def numbers(text):
    return [int(part.replace("_", "")) for part in text.split(",")]


def words(text):
    return text.split(",")


def parse(argv):
    build = os.path.join(ROOT, "build", "release")
    options = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = options.add_argument
    add("--cases", type=words, default=list(CASES))
    add("--mails", type=numbers, default=[10000])
    add("--delay", type=numbers, default=[0, 20, 50],
        help="round trips in ms")
    add("--runs", type=int, default=3)
    add("--tls", action=argparse.BooleanOptionalAction, default=True,
        help="also with TLS, on loopback")
    add("--fsync", action=argparse.BooleanOptionalAction, default=True,
        help="also with everything on the disk")
    add("--clients", type=words, default=[],
        help="only those whose names begin so")
    add("--limit", type=int, default=30,
        help="seconds after which a client that takes a round trip a mail is "
        "stopped, and what arrived counted")
    add("--quick", action="store_true", help="1,000 mails, one round")
    add("--install", action=argparse.BooleanOptionalAction, default=True,
        help="install the peers that are missing, by apt-get")
    add("--build", default=build, help="where it is, or will be, built")
    add("--bin", help="another mailcart than the one built there")
    add("--make", action=argparse.BooleanOptionalAction, default=True,
        help="build it first")
    add("--tmpfs", default="/dev/shm")
    add("--disk", default="/var/tmp")
    add("--keep", default=os.path.join(ROOT, "build", "bench"),
        help="where the corpus is kept for the next time")
    add("--json", help="every run, into this file")
    found = options.parse_args(argv)
    if found.quick:
        found.mails, found.runs, found.limit = [1000], 1, 5
        found.delay = [0, 20]
    unknown = set(found.cases) - set(CASES)
    if unknown:
        options.error(f"no such case: {', '.join(sorted(unknown))}")
    return found


def install():
    """The peers; the benchmark alone needs them."""
    if all(map(shutil.which, PEERS)):
        return
    script = '. "$0"; install_missing "$@"'
    subprocess.run(["bash", "-c", script,
                    os.path.join(ROOT, "tests", "packages.sh"),
                    *PEERS.values()], stdout=sys.stderr, check=True)


def make(options):
    """The program as it is released."""
    subprocess.run(["cmake", "-B", options.build, "-S", ROOT, "-G", "Ninja",
                    "-DCMAKE_BUILD_TYPE=RelWithDebInfo"],
                   stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["cmake", "--build", options.build, "--target", "mailcart",
                    "bench_raw", "bench_delay", "bench_meter"],
                   stdout=subprocess.DEVNULL, check=True)


def versions():
    """Of everything that is compared."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n",
                           "dovecot-core", *PEERS.values()],
                          capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[:-1]


def machine(options):
    model = ""
    with open("/proc/cpuinfo", encoding="utf-8") as facts:
        for line in facts:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return {"processor": model, "processors": os.cpu_count(),
            "kernel": platform.release(),
            "load before": os.getloadavg()[0],
            "tmpfs": filesystem(options.tmpfs),
            "disk": filesystem(options.disk),
            "versions": versions(),
            "commit": commit(),
            "when": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())}


def commit():
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", ROOT, "log", "-1",
         "--format=%h"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def proxy_speeds(bench, delays):
    """What the delay itself can carry, in MB/s."""
    speeds = {}
    for rtt in delays:
        if rtt:
            done = subprocess.run(
                [bench.tools.delay, "--try", "1000", str(rtt)],
                capture_output=True, text=True, check=True)
            speeds[rtt] = int(done.stdout)
    return speeds


def main(argv):
    options = parse(argv)
    if options.install:
        install()
    if options.make:
        make(options)
    os.makedirs(options.keep, exist_ok=True)
    bench = cases.Bench(options)
    facts = machine(options)
    with bench.open():
        facts["proxy MB/s"] = proxy_speeds(bench, options.delay)
        cases.run(bench, options)
    found = report.medians(bench.rows)
    verdicts = verdict.judge(found)
    for name, value in facts.items():
        print(f"- {name}: {value}")
    missing = [name for name in PEERS if not shutil.which(name)]
    if missing:
        print(f"- not installed, so left out: {', '.join(missing)}")
    print()
    print(report.tables(found))
    print(verdict.shown(verdicts))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"machine": facts,
                       "runs": [row.plain() for row in bench.rows],
                       "verdicts": [vars(row) for row in verdicts]}, out,
                      indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
