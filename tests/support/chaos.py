"""Threads that write through one client, and what may happen to their cluster meanwhile.

A disturbance changes a LocalCluster and leaves it whole again. It returns the handovers in which
acknowledged writes may have been lost by the servers; None where nothing may be lost.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Optional

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import RedisClusterException, RedisError
from rediscluster_c.localcluster import LocalCluster, Node
from tests.support.checker import Fate, Handover, History, Verdict, Write
from tests.support.resp import key_slot

Disturbance = Callable[[LocalCluster, Sequence[str], random.Random], Optional[Handover]]

THREADS = 4
LISTS = 6  # of each thread
COUNTERS = 8
BATCH = 24


class Workload:
    """A context manager: while it is open, threads push to lists and count counters up."""

    def __init__(self, client: RedisCluster, prefix: str) -> None:
        self.client = client
        self.own = [[f"{prefix}:l{t}:{i}" for i in range(LISTS)] for t in range(THREADS)]
        self.counters = [f"{prefix}:c{i}" for i in range(COUNTERS)]
        self.history = History([key for keys in self.own for key in keys], self.counters)
        self.faults: list[BaseException] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(keys,), daemon=True) for keys in self.own
        ]

    @property
    def keys(self) -> list[str]:
        return [*self.history.lists, *self.counters]

    def __enter__(self) -> Workload:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a call never ended"
        if self.faults:
            raise self.faults[0]

    def _run(self, keys: list[str]) -> None:
        try:
            number = 0
            while not self._over.is_set():
                number = self._write(keys, number)
        except BaseException as fault:
            self.faults.append(fault)

    def _write(self, keys: list[str], number: int) -> int:
        pipe: Any = self.client.pipeline()
        queued: list[tuple[list[Write], int]] = []
        for i in range(BATCH):
            key = keys[number % len(keys)]
            pipe.rpush(key, number)
            queued.append((self.history.lists[key], number))
            number += 1
            if i % 4 == 0:
                counter = random.choice(self.counters)
                pipe.incr(counter)
                queued.append((self.history.counters[counter], 0))
        began = time.monotonic()
        results = pipe.execute(raise_on_error=False)
        ended = time.monotonic()
        for (writes, of), result in zip(queued, results):
            if isinstance(result, (RedisError, RedisClusterException)) and result.outcome:
                writes.append(Write(of, Fate(result.outcome), 0, began, ended))
            else:
                writes.append(Write(of, Fate.ACKNOWLEDGED, result, began, ended))
        return number

    def verdict(self, reader: RedisCluster, handovers: Sequence[Handover]) -> Verdict:
        """Read everything back with a client of its own, and check it."""
        lists = {
            key: [int(each) for each in reader.lrange(key, 0, -1)] for key in self.history.lists
        }
        counters = {key: int(reader.get(key) or 0) for key in self.counters}
        return self.history.check(lists, counters, handovers)


# ---- nothing may be lost ----


def reshard(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """Move slots that are written to, key by key; some come back at once."""
    for key in dice.sample(list(keys), 4):
        slot = key_slot(key.encode())
        owner = cluster.node_for_slot(slot)
        target = dice.choice([node for node in cluster.masters if node is not owner])
        cluster.move_slot(slot, target)
        if dice.random() < 0.5:
            cluster.wait_ok()
            cluster.move_slot(slot, owner)
        cluster.wait_ok()


def fail_over(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """A replica takes over from a primary that is well."""
    masters = [node for node in cluster.masters if cluster.replicas_of(node)]
    cluster.failover(dice.choice(cluster.replicas_of(dice.choice(masters))))
    cluster.wait_ok()


def add_and_remove(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """A new primary gets slots, gives them back, and goes."""
    node = cluster.add_node()
    slots = {key_slot(key.encode()) for key in dice.sample(list(keys), 3)}
    owners = {slot: cluster.node_for_slot(slot) for slot in slots}
    for slot in slots:
        cluster.move_slot(slot, node)
    cluster.wait_ok()
    for slot, owner in owners.items():
        cluster.move_slot(slot, owner)
    cluster.wait_ok()
    cluster.remove_node(node)


# ---- what was acknowledged last may be lost ----


def kill(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> Handover:
    """A primary is killed outright, and comes back as a replica."""
    return _lose(cluster, keys, dice, Node.kill, Node.restart)


def pause(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> Handover:
    """A primary stands still until it has been replaced, and then goes on."""
    return _lose(cluster, keys, dice, Node.pause, Node.resume)


def _lose(
    cluster: LocalCluster,
    keys: Sequence[str],
    dice: random.Random,
    lose: Callable[[Node], object],
    bring_back: Callable[[Node], object],
) -> Handover:
    masters = [node for node in cluster.masters if cluster.replicas_of(node)]
    lost = dice.choice(masters)
    replicas = cluster.replicas_of(lost)
    mine = frozenset(key for key in keys if cluster.node_for_slot(key_slot(key.encode())) is lost)
    tag = next(iter(mine), None)
    if tag is not None:
        # All that was acknowledged before this write is on the replica when WAIT returns.
        _, passed_on = lost.pipeline([("SET", f"{{{tag}}}mark", "x"), ("WAIT", 1, 3000)])
        assert passed_on >= 1
    began = time.monotonic()
    lose(lost)
    limit = time.monotonic() + 30
    while not any(node.role == "master" for node in replicas):
        assert time.monotonic() < limit, "no replica took over"
        time.sleep(0.02)
    bring_back(lost)
    while lost.role == "master":
        assert time.monotonic() < limit, "the old primary does not give in"
        time.sleep(0.02)
    ended = time.monotonic()
    cluster.wait_ok()
    return Handover(began, ended, mine)
