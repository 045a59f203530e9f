#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast mailcart is, beside others and beside the limit; see README.md.

    tests/bench/run.py                      all of it; half an hour and more
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
import again  # noqa: E402
import cases  # noqa: E402
import chart  # noqa: E402
import large  # noqa: E402
import local  # noqa: E402
import report  # noqa: E402
import verdict  # noqa: E402
from cases import Setting  # noqa: E402
from scene import ROOT, filesystem, prefer_to_all  # noqa: E402

PEERS = {"mpop": "mpop", "fetchmail": "fetchmail", "getmail": "getmail6",
         "mbsync": "isync", "mailutil": "uw-mailutils"}
WIRE = ("pop3", "push", "imap")
LOCAL = ("mbox", "attachment", "nothing", "migrate")
LARGE = ("large", "giant")


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
    add("--cases", type=words, default=list(WIRE + LOCAL),
        help="of " + ", ".join(WIRE + LOCAL + LARGE))
    add("--large", action="store_true",
        help="add " + " and ".join(LARGE) + ": up to 1,000,000 messages, and "
        "one of 1 GiB")
    add("--mails", type=numbers, default=[10000, 50000],
        help="the first number for everything; what is more for what should "
        "not grow")
    add("--delay", type=numbers, default=[0, 20, 50],
        help="round trips in ms")
    add("--link", type=numbers, default=[40, 117],
        help="MB/s of links on which migrate is measured, too; 117 is a "
        "gigabit line; 0: none")
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
    add("--nice", type=int, default=0,
        help="priority of clients and servers; below 0 keeps out what others "
        "do on the machine, and wants root")
    add("--realtime", action="store_true",
        help="keeps out everything else while it measures: two processors "
        "then show nearly what a quiet machine does; wants root")
    add("--warm", action=argparse.BooleanOptionalAction, default=True,
        help="touch memory before each run, which a virtual machine may have "
        "given away; wants 1.5 GB more below --tmpfs")
    add("--svg", help="a chart of what went over the wire, into this file")
    add("--json", help="every run, into this file")
    found = options.parse_args(argv)
    if found.quick:
        found.mails, found.runs, found.limit = [1000], 1, 2
        found.delay = [0, 20]
        found.warm = False
    if found.large:
        found.cases += LARGE
    unknown = set(found.cases) - set(WIRE + LOCAL + LARGE)
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
                    "bench_raw", "bench_delay", "bench_meter",
                    "bench_ceiling"],
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


def settings(options):
    """For what goes over the wire: not every product of what is asked for."""
    count = options.mails[0]
    yield from (Setting(count, rtt=rtt) for rtt in options.delay)
    if options.tls:
        yield Setting(count, tls=True)
    if options.fsync:
        yield Setting(count, place="disk")
    yield from (Setting(more) for more in options.mails[1:])


def run(bench, options):
    wire = [case for case in options.cases if case in WIRE]
    for setting in settings(options) if wire else ():
        bench.wire(wire, setting)
    one = Setting(options.mails[0])
    far = Setting(options.mails[0], rtt=max(options.delay))
    if "mbox" in options.cases:
        local.stores(bench, one)
        if options.fsync:
            local.stores(bench, Setting(options.mails[0], place="disk"))
    if "attachment" in options.cases:
        local.attachment(bench)
    if "migrate" in options.cases:
        links = [Setting(options.mails[0], rtt=far.rtt, rate=rate)
                 for rate in options.link if far.rtt]
        for setting in dict.fromkeys((one, far, *links)):
            again.halves(bench, setting)
    if "nothing" in options.cases:
        for count in options.mails:
            again.nothing(bench, Setting(count))
        if far.rtt:
            again.nothing(bench, far)
    if "large" in options.cases:
        large.growth(bench)
    if "giant" in options.cases:
        large.giant(bench)


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
            took = bench.measure([bench.tools.delay, "--try", "1000",
                                  str(rtt)])
            speeds[rtt] = int(took.out)
    return speeds


def page(facts, bench, found, verdicts):
    """What it prints, as Markdown."""
    lines = [f"- {name}: " + (", ".join(value) if isinstance(value, list)
                             else str(value))
             for name, value in facts.items()]
    slow = [f"{speed} MB/s at {rtt} ms"
            for rtt, speed in facts["proxy MB/s"].items() if speed < 300]
    if slow:
        lines.append("- THE PROXY ITSELF IS A LIMIT: " + ", ".join(slow))
    missing = [name for name in PEERS if not shutil.which(name)]
    if missing:
        lines.append("- not installed, so left out: " + ", ".join(missing))
    return "\n".join(lines + [
        "", report.overview(found), report.tables(found),
        report.ceilings(bench.facts, os.cpu_count()), verdict.shown(verdicts)])


def main(argv):
    options = parse(argv)
    if options.install:
        install()
    if options.make:
        make(options)
    os.makedirs(options.keep, exist_ok=True)
    bench = cases.Bench(options)
    facts = machine(options)
    if options.realtime:
        prefer_to_all()
    with bench.open():
        facts["proxy MB/s"] = proxy_speeds(bench, options.delay)
        try:
            run(bench, options)
        except KeyboardInterrupt:
            facts["interrupted"] = "not everything was measured"
    found = report.medians(bench.rows)
    verdicts = verdict.judge(found, bench.facts)
    print(page(facts, bench, found, verdicts))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"machine": facts,
                       "runs": [row.plain() for row in bench.rows],
                       "facts": [[name, str(setting), value] for
                                 (name, setting), value
                                 in bench.facts.items()],
                       "verdicts": [vars(row) for row in verdicts]}, out,
                      indent=1)
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as out:
            out.write(chart.draw(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
