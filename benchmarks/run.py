"""The benchmark: `python benchmarks/run.py` sets all contenders side by side on one cluster.

benchmarks/README.md tells the method and how to read the results.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.contenders import Contender, ContenderError, FloorContender, PythonContender
from bench.measure import Results, measure_group, measure_memory
from bench.report import text_report, write_json
from bench.resp import Cluster
from bench.svg import write_svg
from bench.workloads import (
    CHOICES,
    CONTENDERS,
    FLOOR,
    LONG,
    LONG_PIPELINES,
    MEMORY,
    MEMORY_COMMANDS,
    WORKLOADS,
    Workload,
)

QUICK = (3, 0.05)  # rounds, seconds


def names_among(choices: tuple[str, ...]) -> Any:
    """An argparse type: a comma-separated choice, kept in the order of the choices."""

    def parse(text: str) -> list[str]:
        asked = text.split(",")
        unknown = set(asked) - set(choices)
        if unknown:
            raise argparse.ArgumentTypeError(
                f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(choices)}"
            )
        return [choice for choice in choices if choice in asked]

    return parse


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("--rounds", type=int, default=9, help="rounds per workload (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=0.3, help="length of a timed run (%(default)s)"
    )
    parser.add_argument(
        "--workloads",
        type=names_among(CHOICES),
        default=list(CHOICES),
        metavar="NAMES",
        help="some of " + ",".join(CHOICES),
    )
    parser.add_argument(
        "--contenders",
        type=names_among(CONTENDERS),
        default=list(CONTENDERS),
        metavar="NAMES",
        help="some of " + ",".join(CONTENDERS),
    )
    parser.add_argument("--out", type=Path, help="folder for results.json, .txt and .svg")
    parser.add_argument("--url", help="redis://HOST:PORT of a cluster to use instead of an own one")
    parser.add_argument(
        "--pin", action="store_true", help="clients on the last processor, servers on the others"
    )
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = QUICK
    return arguments


@contextlib.contextmanager
def startup_node(url: str | None) -> Iterator[tuple[str, int]]:
    """A node of the cluster to measure on: the given one, or one of three started here."""
    if url:
        parts = urlsplit(url)
        yield parts.hostname or "127.0.0.1", parts.port or 6379
        return
    # Measuring on another cluster takes no local one, nor even this project.
    from rediscluster_c.localcluster import LocalCluster

    with LocalCluster(masters=3, replicas=0) as cluster:
        node = cluster.startup_nodes[0]
        yield str(node["host"]), int(node["port"])


@contextlib.contextmanager
def contenders(
    names: list[str], host: str, port: int, cluster: Cluster
) -> Iterator[dict[str, Contender]]:
    with contextlib.ExitStack() as stack:
        started: dict[str, Contender] = {}
        for name in names:
            contender: Contender = (
                FloorContender(cluster) if name == FLOOR else PythonContender(name, host, port)
            )
            stack.callback(contender.close)
            started[name] = contender
        yield started


def groups(names: list[str]) -> list[tuple[Workload, ...]]:
    """The workloads that are measured together: each alone, and the long pipelines."""
    found: list[tuple[Workload, ...]] = [(w,) for w in WORKLOADS if w.name in names]
    return [*found, LONG_PIPELINES] if LONG in names else found


def measure(arguments: argparse.Namespace, host: str, port: int) -> tuple[Results, dict[str, Any]]:
    results = Results()
    with contextlib.closing(Cluster(host, port)) as cluster:
        with contenders(arguments.contenders, host, port, cluster) as started:
            versions = {name: contender.versions for name, contender in started.items()}
            for group in groups(arguments.workloads):
                units = [
                    (workload, contender)
                    for workload in group
                    for name, contender in started.items()
                    if name in workload.contenders
                ]
                if units:
                    print(f"measuring: {group[-1].title}", file=sys.stderr)
                    measure_group(units, cluster, arguments.rounds, arguments.seconds, results)
        about = {"server": cluster.server, "masters": len(cluster.nodes), "contenders": versions}
    if MEMORY in arguments.workloads:
        queueing = [name for name in arguments.contenders if name in MEMORY_COMMANDS]
        measure_memory(queueing, host, port, results)
    return results, about


def about_run(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processors": os.cpu_count(),
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "pinned": arguments.pin,
    }


def report(results: Results, about: dict[str, Any], out: Path | None) -> None:
    text = text_report(results)
    print(text, end="")
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "results.txt").write_text(text, encoding="utf-8")
        write_json(out / "results.json", results, about)
        write_svg(out / "results.svg", results, about)


def main() -> int:
    arguments = parse_arguments()
    processors = sorted(os.sched_getaffinity(0))
    if arguments.pin and len(processors) < 2:
        print("--pin needs two processors", file=sys.stderr)
        return 2
    try:
        # Children inherit the processors, so servers and clients get theirs by when they start.
        if arguments.pin:
            os.sched_setaffinity(0, processors[:-1])
        with startup_node(arguments.url) as (host, port):
            if arguments.pin:
                os.sched_setaffinity(0, processors[-1:])
            results, about = measure(arguments, host, port)
    except (ContenderError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"the benchmark failed: {error}", file=sys.stderr)
        return 1
    report(results, {**about_run(arguments), **about}, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
