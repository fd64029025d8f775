"""Commands that manage the servers and take more than a row of the command table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

from rediscluster_c import _core
from rediscluster_c._commands.node_api import NodeMethods
from rediscluster_c._commands.target_nodes import resolve
from rediscluster_c._nodes import SLOTS, ClusterNode
from rediscluster_c.exceptions import ConnectionError, DataError, RedisError

if TYPE_CHECKING:
    from rediscluster_c._core import _Text, _Value


def _check_slot(slot: Any) -> int:
    if not isinstance(slot, int) or isinstance(slot, bool) or not 0 <= slot < SLOTS:
        raise DataError(f"a slot must be an int from 0 to {SLOTS - 1}: {slot!r}")
    return slot


def _within(bounds: tuple[Any, ...]) -> Iterator[int]:
    """All slots of the ranges first, last, first, last, ..."""
    if len(bounds) % 2:
        raise DataError("ranges of slots must be given as first, last, first, last, ...")
    for first, last in zip(bounds[::2], bounds[1::2]):
        if _check_slot(first) > _check_slot(last):
            raise DataError(f"a range of slots must not end before it begins: {first}, {last}")
        yield from range(first, last + 1)


def _bounds(slots: Iterable[int]) -> list[int]:
    """The ranges, again."""
    bounds: list[int] = []
    for slot in sorted(set(slots)):
        if bounds and bounds[-1] == slot - 1:
            bounds[-1] = slot
        else:
            bounds += [slot, slot]
    return bounds


class ManagementMethods(NodeMethods):
    """Part of RedisCluster."""

    def _owners(self, slots: Iterable[int]) -> dict[str, list[int]]:
        """{node name: its slots}, as the cluster says now; SlotNotCoveredError for a free one."""
        self.connection_pool.refresh()
        table = self.connection_pool.node_table()
        owners: dict[str, list[int]] = {}
        for slot in slots:
            owners.setdefault(table.at(slot)[0]["name"], []).append(slot)
        return owners

    if not TYPE_CHECKING:  # their types are those of the commands, and other ones in a pipeline

        @wraps(_core.Client.shutdown)
        def shutdown(
            self,
            save=False,
            nosave=False,
            now=False,
            force=False,
            abort=False,
            *,
            target_nodes=None,
        ):
            if save and nosave:
                raise DataError("SHUTDOWN save and nosave cannot both be set")
            run = super().shutdown
            options = (save, nosave, now, force, abort)
            if target_nodes is None or abort:
                return run(*options, target_nodes=target_nodes)
            addresses, _ = resolve(self, target_nodes)
            for address in addresses:
                try:
                    run(*options, target_nodes=ClusterNode(*address))
                except ConnectionError:
                    continue  # that is how it says yes
                raise RedisError("SHUTDOWN seems to have failed.")
            return None

        @wraps(_core.Client.cluster_delslots)
        def cluster_delslots(self, *slots, target_nodes=None):
            if target_nodes is None:
                for name, owned in self._owners(list(map(_check_slot, slots))).items():
                    super().cluster_delslots(*owned, target_nodes=name)
            elif slots:
                super().cluster_delslots(*slots, target_nodes=target_nodes)
            return [True] * len(slots)

        @wraps(_core.Client.cluster_delslotsrange)
        def cluster_delslotsrange(self, *slots, target_nodes=None):
            if target_nodes is not None:
                return super().cluster_delslotsrange(*slots, target_nodes=target_nodes)
            for name, owned in self._owners(list(_within(slots))).items():
                super().cluster_delslotsrange(*_bounds(owned), target_nodes=name)
            return True

    def cluster(self, cluster_arg: str, *args: _Value, target_nodes: Any = None) -> Any:
        """Run the CLUSTER command that *cluster_arg* names, as its own method would.

        One that has no method of its own is run by some primary, or by *target_nodes*.
        """
        return self.execute_command(
            f"CLUSTER {cluster_arg.upper()}", *args, target_nodes=target_nodes
        )

    def cluster_reset_all_nodes(self, soft: bool = True) -> list[bool]:
        """Let all nodes forget their slots and each other: cluster_reset(), at the same time.

        Returns [True, ...], one for each node. ResponseError if a primary has keys: it stays as it
        is, and the others are reset nevertheless. The cluster is gone afterwards.
        """
        plain = _core.Client(self.connection_pool)
        plain.command_timeout = self.command_timeout
        nodes = plain.cluster_nodes()
        names = [node["id"] for node in nodes if node["host"]]
        addresses, _ = resolve(self, names)
        word = "SOFT" if soft else "HARD"
        targets = [ClusterNode(*address) for address in addresses]
        self.execute_command("CLUSTER RESET", word, target_nodes=targets)
        return [True] * len(targets)

    def cluster_setslot_stable(self, slot_id: int) -> bool:
        """End the migration of a slot, as its primary sees it. Returns True.

        The node at the other end has to be told by cluster_setslot(node, slot, "STABLE").
        """
        [name] = self._owners([_check_slot(slot_id)])
        done: bool = self.execute_command("CLUSTER SETSLOT", slot_id, "STABLE", target_nodes=name)
        return done

    # What would change a connection for whoever gets it next: execute_command() refuses it.

    def client_reply(self, reply: _Text) -> Any:
        """Not possible: raises RedisClusterException, as other commands share the connections."""
        return self.execute_command("CLIENT REPLY", reply)

    def psync(self, replicationid: _Text, offset: int) -> Any:
        """Not possible: raises RedisClusterException, as other commands share the connections."""
        return self.execute_command("PSYNC", replicationid, offset)

    def sync(self) -> Any:
        """Not possible: raises RedisClusterException, as other commands share the connections."""
        return self.execute_command("SYNC")
