"""MULTI and EXEC for scripted nodes."""

from __future__ import annotations

from tests.support.resp import Simple, key_slot
from tests.support.scripted import Call, Connection, Error, Failure, Reply, ScriptedCluster, Step
from tests.support.steps import Args

OK = Simple("OK")
QUEUED = Simple("QUEUED")
ABORTED = Failure("EXECABORT Transaction discarded because of previous errors.")


def teach_multi(cluster: ScriptedCluster) -> None:
    """Teach the nodes MULTI: what they queue is told by their slots, and runs with EXEC."""
    queues: dict[Connection, list[Args]] = {}
    broken: set[Connection] = set()

    def multi(connection: Connection, args: Args) -> Step:
        queues[connection] = []
        return Reply(OK)

    def queue(connection: Connection, args: Args) -> Step | None:
        if connection not in queues:
            return Reply(None) if args[0].upper() == b"GET" else Reply(OK)
        owner = cluster.owner(args[1])
        if owner is not connection.node:
            broken.add(connection)
            return Error(f"MOVED {key_slot(args[1])} {owner.address}")
        queues[connection].append(args)
        return Reply(QUEUED)

    def execute(connection: Connection, args: Args) -> Step:
        commands = queues.pop(connection)
        if connection in broken:
            broken.discard(connection)
            return Reply(ABORTED)
        return Reply([OK] * len(commands))

    def discard(connection: Connection, args: Args) -> Step:
        queues.pop(connection)
        return Reply(OK)

    cluster.on("MULTI", Call(multi))
    cluster.on("SET", Call(queue))
    cluster.on("GET", Call(queue))
    cluster.on("EXEC", Call(execute))
    cluster.on("DISCARD", Call(discard))
    cluster.on("WATCH", Reply(OK))
    cluster.on("UNWATCH", Reply(OK))
