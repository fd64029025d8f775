"""ClusterPipeline: commands queued by C, and what a cluster's pipeline does not take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Callable

from rediscluster_c import _core
from rediscluster_c._commands.queued import PipelineCommand
from rediscluster_c._copies import refuse_to_copy
from rediscluster_c._legacy import command_tables
from rediscluster_c._legacy.connection_classes import NodeCommands
from rediscluster_c._legacy.module_names import lookup
from rediscluster_c._options import checks
from rediscluster_c.client import READ_COMMANDS, Callbacks, RedisCluster
from rediscluster_c.exceptions import (
    AskError,
    ConnectionError,
    MovedError,
    RedisClusterException,
    TimeoutError,
    TryAgainError,
)
from rediscluster_c.script import ScriptQueue

if TYPE_CHECKING:
    from rediscluster_c.connection import ClusterConnectionPool, StartupNode

__all__ = [
    "ERRORS_ALLOW_RETRY",
    "ClusterPipeline",
    "NodeCommands",
    "PipelineCommand",
    "READ_COMMANDS",
    "block_pipeline_command",
]

# After these redis-py-cluster ran a command again; here the command's outcome decides.
ERRORS_ALLOW_RETRY = (ConnectionError, TimeoutError, MovedError, AskError, TryAgainError)


class ClusterPipeline(_core.Pipeline, RedisCluster):
    """Queues commands for any keys, and runs them together, all nodes at the same time.

    Commands return the pipeline, for chaining; execute() returns their replies in order. A
    pipeline can be used again after execute() and reset(); as a context manager it resets itself.
    It is no transaction: other clients' commands may run in between.
    """

    def __init__(
        self,
        connection_pool: ClusterConnectionPool,
        result_callbacks: Callbacks | None = None,
        response_callbacks: Callbacks | None = None,
        startup_nodes: Iterable[StartupNode] | None = None,
        read_from_replicas: bool | str = False,
        cluster_down_retry_attempts: int = 3,
    ) -> None:
        # startup_nodes and cluster_down_retry_attempts are the pool's: the old client's were, too.
        _core.Pipeline.__init__(
            self,
            connection_pool,
            checks.callbacks("result_callbacks", result_callbacks),
            {
                **command_tables.changed(self.RESPONSE_CALLBACKS, RedisCluster.RESPONSE_CALLBACKS),
                **checks.callbacks("response_callbacks", response_callbacks),
            },
            read_from_replicas or connection_pool.read_from_replicas,
        )
        self.command_timeout = connection_pool.command_timeout

    __copy__ = __deepcopy__ = __reduce__ = refuse_to_copy  # type: ignore[assignment]

    @property
    def startup_nodes(self) -> list[dict[str, Any]]:
        """The nodes that the client was given, as the pool's node manager has them."""
        return self.connection_pool.nodes.startup_nodes

    def execute(self, raise_on_error: bool = True, *, timeout: float | None = None) -> list[Any]:
        """Run all queued commands, and return their replies in the order of queueing (list).

        The pipeline is empty afterwards, also after a failure. With *raise_on_error* the first
        command that failed, in that order, is raised when all have run; without it, exceptions
        stand in the list in the place of the replies. *timeout*: seconds for the whole call, all
        waits and tries included, in the place of command_timeout; then each command that has no
        reply fails with a TimeoutError, whose outcome tells whether it may have run.
        """
        # A function of Python's: who wraps it on one object finds no object behind one of C's.
        return super().execute(raise_on_error, timeout=timeout)

    def close(self) -> None:
        """Forget all queued commands. The connections are the client's, and stay open."""
        self.reset()

    def __repr__(self) -> str:
        return type(self).__name__


class CrossSlotPipeline(ScriptQueue, ClusterPipeline):
    """A pipeline that takes commands over many slots and nodes as well, and scripts."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cross_slot = True


def _refuse(name: str, message: str) -> None:
    def method(self: ClusterPipeline, *args: Any, **kwargs: Any) -> None:
        raise RedisClusterException(message.format(name))

    method.__name__ = name
    method.__qualname__ = f"ClusterPipeline.{name}"
    method.__doc__ = "Not possible in a cluster's pipeline: raises RedisClusterException."
    setattr(ClusterPipeline, name, method)


_BLOCKED = (
    "ERROR: Calling pipelined function {} is blocked when running redis in cluster mode... "
    "Call it on the client"
)
_ABSENT = "method {}() is not implemented"
_TRANSACTIONAL = f"{_ABSENT}: pipeline(transaction=True) has it"


def block_pipeline_command(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that refuses what *func* does, for a pipeline of one's own."""

    def inner(*args: Any, **kwargs: Any) -> None:
        raise RedisClusterException(_BLOCKED.format(func.__name__))

    return inner


# What no row of commands.def refuses by itself.
for _name in """
    cluster_reset_all_nodes monitor psubscribe pubsub punsubscribe subscribe unsubscribe
""".split():
    _refuse(_name, _BLOCKED)
_refuse("with_timeout", "{}() is a client's: give the pipeline's execute() the timeout")
for _name in """
    _execute_transaction discard exec immediate_execute_command load_scripts
    script_load_for_pipeline
""".split():
    _refuse(_name, _ABSENT)
for _name in "multi unwatch watch".split():
    _refuse(_name, _TRANSACTIONAL)
_refuse("transaction", "method RedisCluster.{}() is not implemented: call it on the client")

# Of what a client does around these rows nothing is left in a pipeline: the rows refuse.
for _name in ("cluster_delslots", "cluster_delslotsrange", "shutdown"):
    setattr(ClusterPipeline, _name, getattr(_core.Client, _name))


if not TYPE_CHECKING:
    __getattr__ = lookup(__name__)
