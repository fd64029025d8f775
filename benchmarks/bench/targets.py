"""What the project sets out to show, and what of it a run has measured."""

from __future__ import annotations

from typing import NamedTuple

from bench.measure import Results, median_ratio
from bench.workloads import BY_NAME, FLOOR, LONG_PIPELINES, OURS, REDIS_PY, RPC


class Target(NamedTuple):
    """At least `limit` times better than `other`, or (`at_most`) at most `limit` times as dear."""

    workload: str
    of: str  # wall: throughput; cpu: the client's processor time
    other: str
    limit: float
    at_most: bool = False


TARGETS = (
    Target("get1000", "cpu", RPC, 10),
    Target("get1000", "cpu", REDIS_PY, 25),
    Target("get1000", "wall", RPC, 5),
    Target("get1000", "wall", REDIS_PY, 12),
    Target("get1000", "wall", FLOOR, 0.6),
    Target("set100", "wall", RPC, 3.5),
    Target("set100", "wall", REDIS_PY, 7),
    Target("single-get", "cpu", RPC, 2),
    Target("single-get", "cpu", FLOOR, 1.4, at_most=True),
    Target("mget100", "wall", RPC, 8),
    Target("mget100", "wall", REDIS_PY, 4),
    Target("lrange50", "cpu", RPC, 2),
    Target("get64k", "cpu", RPC, 2),
)
LONG_LIMIT = 1.3  # a command of the longest pipeline against one of the shorter
MEMORY_LIMIT = 120.0  # bytes


class Verdict(NamedTuple):
    subject: str
    target: str
    measured: str
    met: bool


def judge(target: Target, results: Results) -> Verdict | None:
    samples = results.samples.get(target.workload, {})
    ours, other = samples.get(OURS), samples.get(target.other)
    if not ours or not other:
        return None
    title = BY_NAME[target.workload].title
    what = "client CPU" if target.of == "cpu" else "throughput"
    if target.at_most:
        measured = median_ratio(ours, other, target.of)
        text = f"{what} at most {target.limit:g} of {target.other}"
        return Verdict(title, text, f"{measured:.2f}", measured <= target.limit)
    measured = median_ratio(other, ours, target.of)
    how = f"{target.limit:g}x less than" if target.of == "cpu" else f"{target.limit:g}x"
    text = f"{what} {how} {target.other}"
    return Verdict(title, text, f"{measured:.2f}x", measured >= target.limit)


def judge_long(results: Results) -> Verdict | None:
    short, long = LONG_PIPELINES
    if long.name not in results.samples:
        return None
    measured = median_ratio(
        results.samples[long.name][OURS], results.samples[short.name][OURS], "wall"
    )
    text = f"time per command at most {LONG_LIMIT:g} of that in a {short.title}"
    return Verdict(long.title, text, f"{measured:.2f}", measured <= LONG_LIMIT)


def judge_memory(results: Results) -> Verdict | None:
    measured = results.memory.get(OURS)
    if measured is None:
        return None
    text = f"at most {MEMORY_LIMIT:g} bytes"
    return Verdict(
        "queued GET of a 10-byte key", text, f"{measured:.0f} bytes", measured <= MEMORY_LIMIT
    )


def verdicts(results: Results) -> list[Verdict]:
    """The targets that this run can speak of; what it did not measure is left out."""
    found = [judge(target, results) for target in TARGETS]
    found += [judge_long(results), judge_memory(results)]
    return [verdict for verdict in found if verdict is not None]
