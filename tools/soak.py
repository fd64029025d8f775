"""Disturbs a cluster at random while threads write, for SOAK_SECONDS (600), and checks every write.

SOAK_SEED repeats a run's choice of disturbances; it is printed at the beginning. Ends with status 1
when a write was lost, ran twice or out of order, when a call never ended, or when memory,
descriptors or threads have grown.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster
from tests.leaks.measure import descriptors, heap_bytes
from tests.support import chaos
from tests.support.chaos import Disturbance
from tests.support.checker import Fate, Handover, Verdict
from tests.support.network import Network, client_without_door
from tests.support.workloads import Workload

DISTURBANCES: list[Disturbance] = [
    chaos.reshard,
    chaos.to_and_fro,
    chaos.fail_over,
    chaos.add_and_remove,
    chaos.hang_up,
    chaos.kill,
    chaos.pause,
    chaos.pause_for_long,
    chaos.shut_down,
]

# Those that neither start nor end a node: a network knows only the nodes that it began with.
IN_NETWORK: list[Disturbance] = [
    chaos.reshard,
    chaos.to_and_fro,
    chaos.fail_over,
    chaos.hang_up,
    chaos.pause,
]

REPORT_SECONDS = 10
WARM_ROUNDS = 3  # caches are full by then
# Losses are kept, a few hundred of them; a leak of one byte for each command would be far more.
GROWTH = 2 << 20
BLOCKS = 50_000


class Held(NamedTuple):
    """What the process has after a round, when its client and its history are gone."""

    heap: int
    blocks: int
    descriptors: int
    threads: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        heap = heap_bytes()
        return cls(heap, sys.getallocatedblocks(), descriptors(), threading.active_count())

    def grew(self, since: Held) -> bool:
        return (
            self.heap > since.heap + GROWTH
            or self.blocks > since.blocks + BLOCKS
            or self.descriptors > since.descriptors
            or self.threads > since.threads
        )


class Soak:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.total = Verdict()
        self.rounds = 0
        self.what = ""
        self.load: Workload | None = None

    def one_round(self, cluster: LocalCluster) -> None:
        """Three disturbances of one client, and the check of all that it wrote."""
        with contextlib.ExitStack() as stack:
            self.what = "open"
            client, disturbances = self.open_client(cluster, stack)
            with Workload(client, f"r{self.rounds}") as load:
                self.load = load
                handovers = [self.disturb(cluster, load, each) for each in disturbances]
        self.what = "check"
        with RedisCluster(startup_nodes=cluster.startup_nodes) as reader:
            verdict = load.verdict(reader, [each for each in handovers if each is not None])
            reader.delete(*load.keys)
        self.load = None
        self.total.add(verdict)
        self.rounds += 1

    def open_client(
        self, cluster: LocalCluster, stack: contextlib.ExitStack
    ) -> tuple[RedisCluster, list[Disturbance]]:
        """A client as most are, one whose startup nodes are dead, or one that can be cut off."""
        kind = self.dice.randrange(4)
        if kind == 0:
            network = stack.enter_context(Network(cluster))
            cut_off = chaos.cut_off_by(network, self.dice.choice([0, chaos.UNTIL_NOTICED]))
            disturbances = [cut_off, *self.dice.choices(IN_NETWORK, k=2)]
            return stack.enter_context(network.client()), disturbances
        disturbances = self.dice.choices(DISTURBANCES, k=3)
        if kind == 1:
            return stack.enter_context(client_without_door(cluster)), disturbances
        client = RedisCluster(startup_nodes=cluster.startup_nodes)
        return stack.enter_context(client), disturbances

    def disturb(
        self, cluster: LocalCluster, load: Workload, disturbance: Disturbance
    ) -> Handover | None:
        self.what = disturbance.__name__
        return disturbance(cluster, load.keys, self.dice)

    def line(self) -> str:
        fates = self.total.fates.copy()
        load = self.load  # it may be gone in the next moment
        if load is not None:
            fates.update(write.fate for write in load.writes())
        counts = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate])
        lost = len(self.total.lost)
        return f"round {self.rounds} ({self.what}): {counts or 0}; {lost} lost by the servers"

    @contextlib.contextmanager
    def reporting(self) -> Iterator[None]:
        """Print a line now and then."""
        over = threading.Event()
        begun = time.monotonic()

        def report() -> None:
            while not over.wait(REPORT_SECONDS):
                print(f"{time.monotonic() - begun:5.0f} s  {self.line()}", flush=True)

        thread = threading.Thread(target=report, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def main() -> int:
    seconds = float(os.environ.get("SOAK_SECONDS", "600"))
    seed = int(os.environ.get("SOAK_SEED", random.randrange(10**9)))
    print(f"SOAK_SEED={seed}", flush=True)
    soak = Soak(seed)
    config = {"cluster-require-full-coverage": "no", "protected-mode": "no"}
    held: list[Held] = []
    with LocalCluster(3, 1, node_timeout=1000, config=config) as cluster, soak.reporting():
        end = time.monotonic() + seconds
        while not held or (time.monotonic() < end and not soak.total.violations):
            soak.one_round(cluster)
            held.append(Held.now())
    print(soak.total)
    first, last = held[min(WARM_ROUNDS, len(held)) - 1], held[-1]
    print(f"after {len(held)} rounds: {last}\nwhen warm: {first}")
    grew = last.grew(first)
    print("something has grown" if grew else "nothing has grown")
    return 1 if soak.total.violations or grew else 0


if __name__ == "__main__":
    sys.exit(main())
