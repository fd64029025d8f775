"""Takes the measurements: contenders in turn, round after round, and what is made of the samples.

The machine's speed drifts, so ratios are taken between samples of the same round, which lie
within a second or two of each other, and the median over the rounds is what is told.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.contenders import Contender, ContenderError, PythonContender, Sample
from bench.resp import Cluster
from bench.workloads import MEMORY_COMMANDS, Workload


@dataclass
class Results:
    """workload -> contender -> one sample per round; contender -> bytes per queued command."""

    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)


def wall(sample: Sample) -> float:
    return sample.wall / sample.ops


def cpu(sample: Sample) -> float:
    return sample.cpu / sample.ops


COST = {"wall": wall, "cpu": cpu}


def median_cost(samples: Sequence[Sample], of: str) -> float:
    """Seconds per command."""
    return statistics.median(map(COST[of], samples))


def median_ratio(above: Sequence[Sample], below: Sequence[Sample], of: str) -> float:
    """How many times the cost of `below` the cost of `above` is, pair by pair of one round."""
    cost = COST[of]
    return statistics.median(cost(a) / cost(b) for a, b in zip(above, below))


def spread(samples: Sequence[Sample], of: str) -> float:
    """Half the distance between the quartiles, as a part of the median."""
    costs = [COST[of](sample) for sample in samples]
    if len(costs) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(costs, n=4, method="inclusive")
    return (high - low) / 2 / middle


def prepare(workload: Workload, contender: Contender, cluster: Cluster) -> None:
    """Lays the keys, lets the contender check its replies, and looks after its writes."""
    cluster.run(workload.lay())
    contender.prepare(workload)
    if workload.verb == "SET":
        for index in range(workload.keys):
            if cluster.get(workload.key(index).encode()) != workload.value(index):
                raise ContenderError(f"{contender.name}: {workload.title}: a value was not written")


def measure_group(
    units: Sequence[tuple[Workload, Contender]],
    cluster: Cluster,
    rounds: int,
    seconds: float,
    results: Results,
) -> None:
    """Takes all units once per round, a different one first in each; leaves no keys behind."""
    try:
        for workload, contender in units:
            prepare(workload, contender, cluster)
            results.samples.setdefault(workload.name, {})[contender.name] = []
        for turn in range(rounds):
            first = turn % len(units)
            for workload, contender in [*units[first:], *units[:first]]:
                sample = contender.run(workload, seconds)
                results.samples[workload.name][contender.name].append(sample)
    finally:
        for workload in {workload for workload, _ in units}:
            cluster.run(workload.clear())


def measure_memory(names: Sequence[str], host: str, port: int, results: Results) -> None:
    """Each in a process of its own, whose memory nothing else has grown before."""
    for name in names:
        contender = PythonContender(name, host, port)
        try:
            results.memory[name] = contender.memory(MEMORY_COMMANDS[name])
        finally:
            contender.close()
