"""scan_iter on a cluster that is only thought of: whatever changes, no key that stays is missed."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rediscluster_c._scan import keyspace
from rediscluster_c._scan.views import View
from rediscluster_c.exceptions import ClusterError, ConnectionError

SLOTS = 8  # the others have no keys, and stay on the first node
NODES = ["a:1", "b:2", "c:3"]
KEYS = [(slot, number) for slot in range(SLOTS) for number in range(4)]

CHANGES = ["open", "carry", "close", "restart", "fail over", "nothing"]


class Cluster:
    """Nodes with slots and keys. As a client it is asked for parts, and changes in between."""

    decode_responses = False
    encoding_errors = "strict"

    def __init__(self, changes: list[tuple[str, int, int]], seed: int) -> None:
        self.changes = iter(changes)
        self.random = random.Random(seed)
        self.names = [*NODES]
        self.owner = {slot: NODES[slot % 3] for slot in range(SLOTS)}
        self.target: dict[int, str] = {}  # of slots that are on their way
        self.place = {key: self.owner[key[0]] for key in KEYS}
        self.alive = dict.fromkeys(NODES, True)
        self.order = {name: self.shuffled() for name in NODES}  # of a process
        self.processes = dict.fromkeys(NODES, 0)
        self.table = dict(self.owner)
        self.passes = 0
        self.imports = True  # a slot's target knows that it is one
        self.epochs = {name: number for number, name in enumerate(NODES)}

    def shuffled(self) -> list[tuple[int, int]]:
        return self.random.sample(KEYS, len(KEYS))

    # ---- what happens ----

    def change(self) -> None:
        kind, slot, number = next(self.changes, ("nothing", 0, 0))
        name = self.names[number % 3]
        if kind in ("carry", "close"):
            slot = sorted(self.target)[slot % len(self.target)] if self.target else slot
        if kind == "open" and slot not in self.target and self.owner[slot] != name:
            self.target[slot] = name
        elif kind == "carry" and slot in self.target:
            self.place[slot, number % 4] = self.target[slot]
        elif kind == "close" and slot in self.target:
            self.owner[slot] = self.target.pop(slot)
            self.grow(self.owner[slot])
            for key in KEYS:
                if key[0] == slot:
                    self.place[key] = self.owner[slot]
        elif kind == "restart":
            self.processes[name] += 1
            self.order[name] = self.shuffled()
        elif kind == "fail over":
            self.fail_over(name, f"{name}1")

    def grow(self, name: str) -> None:
        """A node that takes a slot over has the greatest epoch from then on."""
        greatest = max(self.epochs.values())
        if self.epochs[name] != greatest:
            self.epochs[name] = greatest + 1

    def fail_over(self, old: str, new: str) -> None:
        """The node's replica goes on under another name; its keys are all there."""
        self.names = [new if name == old else name for name in self.names]
        self.owner = {slot: new if name == old else name for slot, name in self.owner.items()}
        self.target = {slot: new if name == old else name for slot, name in self.target.items()}
        self.place = {key: new if name == old else name for key, name in self.place.items()}
        self.alive |= {old: False, new: True}
        self.processes[new] = 0
        self.epochs[new] = max(self.epochs.values()) + 1
        self.order[new] = self.shuffled()

    # ---- as a client and its pool ----

    def _pool(self) -> Any:
        return self

    def ranges(self) -> list[tuple[int, int, list[tuple[str, int]]]]:
        return [(slot, slot, [(name[0], int(name[2:]))]) for slot, name in self.table.items()]

    def refresh(self) -> None:
        self.table = dict(self.owner)

    def keyslot(self, key: tuple[int, int]) -> int:
        return key[0]

    def scan(self, cursor: int, *, target_nodes: str) -> tuple[int, list[tuple[int, int]]]:
        self.change()
        if not self.alive[target_nodes]:
            raise ConnectionError("gone")
        order = self.order[target_nodes]
        part = [key for key in order[cursor : cursor + 3] if self.place[key] == target_nodes]
        following = cursor + 3
        return (0 if following >= len(order) else following), part

    def view(self, name: str) -> View:
        self.change()
        self.passes += 1
        assert self.passes < 1000, "no end"
        if not self.alive[name]:
            raise ConnectionError("gone")
        mine = frozenset(slot for slot, owner in self.owner.items() if owner == name)
        leaving = {slot: to for slot, to in self.target.items() if slot in mine}
        arriving = frozenset(slot for slot, to in self.target.items() if to == name)
        arriving = arriving if self.imports else frozenset()
        return View(str(self.processes[name]), mine, leaving, arriving, self.epochs[name])


changes = st.lists(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, SLOTS - 1), st.integers(0, 11)),
    max_size=120,
)


@settings(max_examples=300)
@given(changes, st.integers(0, 1000))
@example(
    [("open", 0, 1), ("open", 4, 0), *[("open", 0, 0)] * 2, ("open", 1, 0), ("close", 1, 0)], 0
)
@example(
    [("open", 0, 0), ("open", 0, 1), ("close", 0, 0), ("open", 0, 0), ("close", 0, 0)],
    0,
)
@example(
    [*[("open", 0, 0)] * 4, ("open", 0, 1), ("close", 0, 0), ("open", 0, 0), ("close", 0, 0)], 0
)
def test_no_key_is_missed(happening: list[tuple[str, int, int]], seed: int) -> None:
    cluster: Any = Cluster(happening, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyspace, "view", Cluster.view)
        patch.setattr(time, "sleep", lambda seconds: None)
        assert set(keyspace.keys_of_shards(cluster, {})) == set(KEYS)


def test_each_key_comes_once_when_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster: Any = Cluster([], 1)
    monkeypatch.setattr(keyspace, "view", Cluster.view)
    assert sorted(keyspace.keys_of_shards(cluster, {})) == sorted(KEYS)
    assert cluster.passes == 6


def test_a_slot_that_is_to_go_where_nobody_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What half a command of an administrator leaves."""
    cluster: Any = Cluster([("open", 0, 1), ("open", 1, 2)], 1)
    cluster.imports = False
    monkeypatch.setattr(keyspace, "view", Cluster.view)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    assert set(keyspace.keys_of_shards(cluster, {})) == set(KEYS)


def test_an_end_is_made_of_a_node_that_serves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table says for ever that it should."""
    cluster: Any = Cluster([], 1)
    now = iter(range(10_000))
    monkeypatch.setattr(
        keyspace, "view", lambda client, name: View("1", frozenset(), {}, frozenset(), 1)
    )
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with pytest.raises(ClusterError, match="a:1 serves none of the slots that it should"):
        list(keyspace.keys_of_shards(cluster, {}))


def test_slots_that_nobody_serves_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster: Any = Cluster([], 1)
    monkeypatch.setattr(keyspace, "view", Cluster.view)
    del cluster.owner[0], cluster.table[0]
    found = set(keyspace.keys_of_shards(cluster, {}))
    assert found >= {key for key in KEYS if key[0] != 0}


def test_other_errors_end_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster: Any = Cluster([], 1)
    monkeypatch.setattr(keyspace, "view", Cluster.view)
    monkeypatch.setattr(cluster, "scan", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(keyspace.keys_of_shards(cluster, {}))


def test_a_node_that_slots_never_cease_to_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster: Any = Cluster([], 1)
    epochs = iter(range(10_000))
    monkeypatch.setattr(
        keyspace,
        "view",
        lambda client, name: Cluster.view(client, name)._replace(epoch=next(epochs)),
    )
    with pytest.raises(ClusterError, match="slots came to .* during each of 64 passes"):
        list(keyspace.keys_of_shards(cluster, {}))
