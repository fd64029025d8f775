"""What may happen to a cluster while threads write to it.

A disturbance changes a LocalCluster and leaves it whole again. It returns the handovers in which
acknowledged writes may have been lost by the servers; None where nothing may be lost.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Optional

from rediscluster_c.localcluster import LocalCluster, Node, ServerError
from tests.support.checker import Handover
from tests.support.network import Network
from tests.support.resp import key_slot

Disturbance = Callable[[LocalCluster, Sequence[str], random.Random], Optional[Handover]]

# So long after a takeover clients have given up what a silent primary was asked.
UNTIL_NOTICED = 8

# ---- nothing may be lost ----


def _slots_of(keys: Sequence[str]) -> list[int]:
    return sorted({key_slot(key.encode()) for key in keys})


def _move_slowly(cluster: LocalCluster, slot: int, target: Node, seconds: float) -> None:
    """Move a slot, which is open for a while: with all of its keys, some and none."""
    cluster.open_slot(slot, target)
    time.sleep(seconds)
    for _ in range(3):
        cluster.migrate_keys(slot, target, 1)
        time.sleep(seconds)
    cluster.migrate_keys(slot, target)
    time.sleep(seconds)
    cluster.close_slot(slot, target)


def reshard(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """Move slots that are written to, key by key; some come back at once."""
    for slot in dice.sample(_slots_of(keys), 4):
        owner = cluster.node_for_slot(slot)
        target = dice.choice([node for node in cluster.masters if node is not owner])
        _move_slowly(cluster, slot, target, dice.choice([0, 0.01, 0.1]))
        if dice.random() < 0.5:
            cluster.move_slot(slot, owner)
    cluster.wait_ok()


def to_and_fro(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """Move a slot between two nodes as fast as it goes."""
    (slot,) = dice.sample(_slots_of(keys), 1)
    owner = cluster.node_for_slot(slot)
    target = dice.choice([node for node in cluster.masters if node is not owner])
    for _ in range(20):
        cluster.move_slot(slot, target)
        owner, target = target, owner
    cluster.wait_ok()


def fail_over(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """A replica takes over from a primary that is well."""
    masters = [node for node in cluster.masters if cluster.replicas_of(node)]
    cluster.failover(dice.choice(cluster.replicas_of(dice.choice(masters))))
    cluster.wait_ok()


def add_and_remove(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """A new primary gets slots, gives them back, and goes."""
    node = cluster.add_node()
    slots = dice.sample(_slots_of(keys), 3)
    owners = {slot: cluster.node_for_slot(slot) for slot in slots}
    for slot in slots:
        cluster.move_slot(slot, node)
    cluster.wait_ok()
    for slot, owner in owners.items():
        cluster.move_slot(slot, owner)
    cluster.wait_ok()
    cluster.remove_node(node)


def hang_up(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> None:
    """Primaries close all connections, again and again, also behind commands that they have run."""
    for _ in range(30):
        dice.choice(cluster.masters).command("CLIENT", "KILL", "TYPE", "normal")
        time.sleep(dice.uniform(0, 0.04))


# ---- what was acknowledged last may be lost ----


def kill(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> Handover:
    """A primary is killed outright, and comes back as a replica."""
    return _lose(cluster, keys, dice, Node.kill, Node.restart)


def pause(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> Handover:
    """A primary stands still until it has been replaced, and then goes on."""
    return _lose(cluster, keys, dice, Node.pause, Node.resume)


def pause_for_long(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> Handover:
    """The same, but clients have turned from it by then."""
    return _lose(cluster, keys, dice, Node.pause, Node.resume, UNTIL_NOTICED)


def shut_down(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> Handover:
    """A primary is told to end, and comes back as a replica."""
    return _lose(cluster, keys, dice, end, Node.restart)


def cut_off_by(network: Network, seconds: float = 0) -> Disturbance:
    """Of clients that come through the network; it is around the cluster that is disturbed."""

    def cut_off(cluster: LocalCluster, keys: Sequence[str], dice: random.Random) -> Handover:
        """A primary is cut off from clients and nodes until it has been replaced, and longer."""
        return _lose(cluster, keys, dice, network.cut_off, lambda _: network.restore(), seconds)

    return cut_off


def end(node: Node) -> None:
    """SHUTDOWN; returns when the process is gone."""
    with contextlib.suppress(OSError):
        node.command("SHUTDOWN", "NOSAVE", timeout=15)
    _await(lambda: not node.alive, "the server does not end")


def _await(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


def _reach(replica: Node, keys: Sequence[str]) -> Mapping[str, int]:
    """How far each key has come on a replica that has lost its primary, and has not replaced it.

    It has taken in what was on its way when its offset stands still. If it is a primary by now,
    nothing is known: anything may have been lost.
    """
    states: list[str] = []
    while len(states) < 3 or len(set(states[-3:])) > 1:
        states.append(repr(replica.command("ROLE")))
        time.sleep(0.02)
    looks = [(word, key) for key in keys for word in ("LLEN", "GET")]
    _, *replies, role = replica.pipeline([("READONLY",), *looks, ("ROLE",)])
    if role[0] == b"master":
        return dict.fromkeys(keys, 0)
    found = dict.fromkeys(keys, 0)
    for (_, key), reply in zip(looks, replies):
        if not isinstance(reply, ServerError):  # of a key of the other type
            found[key] = max(found[key], int(reply or 0))
    return found


def _move_elsewhere(
    cluster: LocalCluster, keys: Sequence[str], dice: random.Random, lost: Node
) -> None:
    """Move slots between the shards that are well."""
    well = [node for node in cluster.masters if node is not lost]
    for slot in dice.sample(_slots_of(keys), 2):
        owner = cluster.node_for_slot(slot)
        if owner in well:
            cluster.move_slot(slot, dice.choice([node for node in well if node is not owner]))


def _lose(
    cluster: LocalCluster,
    keys: Sequence[str],
    dice: random.Random,
    lose: Callable[[Node], object],
    bring_back: Callable[[Node], object],
    seconds: float = 0,
) -> Handover:
    lost = dice.choice([node for node in cluster.masters if cluster.replicas_of(node)])
    (heir,) = cluster.replicas_of(lost)
    slots = {slot for slot in _slots_of(keys) if cluster.node_for_slot(slot) is lost}
    mine = [key for key in keys if key_slot(key.encode()) in slots]
    began = time.monotonic()
    if mine:
        # All that was acknowledged before this write is on the replica when WAIT returns.
        _, passed_on = lost.pipeline([("SET", f"mark:{mine[0]}", "x"), ("WAIT", 1, 3000)])
        assert passed_on >= 1
    lose(lost)
    gone = None if lost.alive else time.monotonic()
    had = _reach(heir, mine)
    _move_elsewhere(cluster, keys, dice, lost)
    _await(lambda: heir.role == "master", "no replica took over")
    time.sleep(seconds)
    bring_back(lost)
    # One that was paused acknowledges what it has been sent, until it hears of the new primary.
    _await(lambda: lost.role == "replica", "the old primary does not give in")
    ended = time.monotonic() if gone is None else gone
    cluster.wait_ok()
    return Handover(began, ended, had)
