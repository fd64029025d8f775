"""The keys of a cluster, shard by shard, so that none is missed while slots and roles change.

A pass is a whole SCAN of one primary. It counts for the slots that the same process has served from
its beginning to its end: a key of theirs that was there all the time has come. What it does not
count for is looked for again, where the slot is then. A slot that was on its way to another node
counts when a later pass of that node has found what has gone there. A pass counts for nothing when
the node's epoch has changed in it: a slot may have gone and come back, behind the cursor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rediscluster_c._commands.target_nodes import resolve
from rediscluster_c._nodes import SLOTS, node_name
from rediscluster_c._scan.patience import Patience
from rediscluster_c._scan.views import View, view
from rediscluster_c.exceptions import ClusterError

if TYPE_CHECKING:
    from rediscluster_c._commands.node_api import NodeMethods

Options = dict[str, Any]

_DOUBTS = 64


def _pass(client: NodeMethods, node: str, options: Options) -> Iterator[list[Any]]:
    """The parts of a whole SCAN of one node."""
    cursor: Any = 0
    while True:
        part: Any = client.scan(cursor, target_nodes=node, **options)  # of one node: bare
        cursor, keys = part
        yield keys
        if int(cursor) == 0:
            return


def keys_of_nodes(client: Any, targets: Any, options: Options) -> Iterator[Any]:
    """The keys of the nodes that the caller has chosen, whatever becomes of them meanwhile."""
    addresses, _ = resolve(client, targets)
    return (
        key
        for address in addresses
        for keys in _pass(client, node_name(*address), options)
        for key in keys
    )


def keys_of_shards(client: NodeMethods, options: Options) -> Iterator[Any]:
    """The keys of all slots."""
    return _Keyspace(client, options).keys()


class _Keyspace:
    """What has been covered, and what is still to be looked at."""

    def __init__(self, client: NodeMethods, options: Options) -> None:
        self._client = client
        self._options = options
        self._pool = client._pool()
        self._lost = Patience(self._pool)  # with nodes that do not answer
        self._idle = Patience(self._pool)  # with those that answer for slots they do not have
        self._open = set(range(SLOTS))
        self._gone_to: dict[int, str] = {}  # slots of which only that node's part is missing
        self._not_taken: dict[int, str] = {}  # slots that never went where they were to go
        self._doubted: dict[str, int] = {}  # how many passes in a row did not count, by node

    def keys(self) -> Iterator[Any]:
        while (node := self._next_node()) is not None:
            try:
                before = view(self._client, node)
                yield from self._keys_of(node, before)
                after = view(self._client, node)
            except Exception as error:
                # Its slots stay open, and the table says who has them by now.
                self._forget(node)
                self._lost.wait_out(error)
                continue
            if self._count(node, before, after):
                self._idle.renew()
            else:
                self._idle.wait_out(ClusterError(f"{node} serves none of the slots that it should"))

    def _next_node(self) -> str | None:
        """A node that open slots are on; None when there are no more that anybody serves."""
        for attempt in range(2):
            owners = self._owners()
            for slot in self._open:
                node = self._gone_to.get(slot) or owners.get(slot)
                if node is not None:
                    return node
            if not self._open or attempt > 0:
                return None
            self._pool.refresh()
        return None

    def _owners(self) -> dict[int, str]:
        return {
            slot: node_name(*addresses[0])
            for first, last, addresses in self._pool.ranges()
            for slot in range(first, last + 1)
        }

    def _keys_of(self, node: str, before: View) -> Iterator[Any]:
        """The keys of a pass, but for those of slots that other passes have counted for."""
        again = (before.slots | before.arriving) - self._open
        for keys in _pass(self._client, node, self._options):
            self._lost.renew()
            if again and self._knows_slots():
                keys = [key for key in keys if self._client.keyslot(key) in self._open]
            yield from keys

    def _knows_slots(self) -> bool:
        """A text that was not decoded strictly may not encode to the key that it was."""
        return not self._pool.decode_responses or self._pool.encoding_errors == "strict"

    def _count(self, node: str, before: View, after: View) -> bool:
        """Close the slots that the pass counts for; whether there were any."""
        if before.process != after.process:
            return False
        if before.epoch != after.epoch:
            self._doubt(node)
            return True
        self._doubted.pop(node, None)
        served = before.slots & after.slots & self._open
        held = (before.slots | before.arriving) & (after.slots | after.arriving)
        awaited = self._forget(node)
        self._not_taken.update(dict.fromkeys(awaited - held, node))
        leaving = {
            slot: to
            for slot, to in {**before.leaving, **after.leaving}.items()
            if self._not_taken.get(slot) != to
        }
        counted = served | (held & awaited)
        closed = counted - leaving.keys()
        gone = {slot: leaving[slot] for slot in counted - closed}
        news = closed or gone.items() - self._gone_to.items()
        for slot in closed:
            self._gone_to.pop(slot, None)
        self._open -= closed
        self._gone_to.update(gone)
        return bool(news)

    def _doubt(self, node: str) -> None:
        """Let its slots be looked for again, unless that has been in vain for very long."""
        self._forget(node)
        self._doubted[node] = self._doubted.get(node, 0) + 1
        if self._doubted[node] > _DOUBTS:
            raise ClusterError(f"slots came to {node} during each of {_DOUBTS} passes over it")

    def _forget(self, node: str) -> set[int]:
        """The slots of which only this node's part was missing; they are open as a whole again."""
        slots = {slot for slot, name in self._gone_to.items() if name == node}
        for slot in slots:
            del self._gone_to[slot]
        return slots
