"""Disturbs a cluster at random while threads write, for SOAK_SECONDS (600), and checks every write.

SOAK_SEED repeats a run's choice of disturbances; it is printed at the beginning. Ends with status 1
when a write was lost, ran twice or out of order, or when descriptors or threads are left over.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import threading
import time

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster
from tests.support import chaos
from tests.support.chaos import Workload
from tests.support.checker import Fate, Verdict

DISTURBANCES = [chaos.reshard, chaos.fail_over, chaos.add_and_remove, chaos.kill, chaos.pause]


def one_round(cluster: LocalCluster, number: int, dice: random.Random) -> Verdict:
    handovers = []
    with RedisCluster(startup_nodes=cluster.startup_nodes) as client:
        with Workload(client, f"r{number}") as load:
            for _ in range(3):
                handover = dice.choice(DISTURBANCES)(cluster, load.keys, dice)
                handovers += [] if handover is None else [handover]
    with RedisCluster(startup_nodes=cluster.startup_nodes) as reader:
        verdict = load.verdict(reader, handovers)
        for key in load.keys:
            reader.delete(key)
    return verdict


def state() -> tuple[int, int, int]:
    """Open descriptors, threads, and the most memory used so far, in MiB."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return len(os.listdir("/proc/self/fd")), threading.active_count(), memory


def main() -> int:
    seconds = float(os.environ.get("SOAK_SECONDS", "600"))
    seed = int(os.environ.get("SOAK_SEED", random.randrange(10**9)))
    dice = random.Random(seed)
    print(f"SOAK_SEED={seed}", flush=True)
    total = Verdict()
    config = {"cluster-require-full-coverage": "no"}
    with LocalCluster(3, 1, node_timeout=1000, config=config) as cluster:
        end = time.monotonic() + seconds
        before = state()
        number = 0
        while time.monotonic() < end and not total.violations:
            total.add(one_round(cluster, number, dice))
            number += 1
            told = {fate.value: total.fates[fate] for fate in Fate}
            print(f"round {number}: {told}, {len(total.lost)} lost by the servers", flush=True)
        after = state()
    print(total)
    print(f"descriptors, threads, MiB: before {before}, after {after}")
    return 1 if total.violations or after[:2] > before[:2] else 0


if __name__ == "__main__":
    sys.exit(main())
