"""The command table as the mappings that the old client had as attributes of its class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Callable

from rediscluster_c import _core
from rediscluster_c._commands import merges, replies
from rediscluster_c.crc import encode
from rediscluster_c.exceptions import RedisClusterException

_Row = dict[str, Any]
_Callback = Callable[..., Any]

_ROWS: list[_Row] = _core.commands()
_FLAGS = {
    "nodes": "all-nodes",
    "primaries": "all-masters",
    "any": "random",
    "slot": "slot-id",
    "blocked": "blocked",
}


@cache
def _ops() -> dict[str, list[_Row]]:
    """What the rows' encodings were compiled to, by method."""
    return {row["method"]: row["ops"] for row in _core.commands(compiled=True)}


def _resp(value: Any) -> bytes:
    """A plain reply as a server sends it."""
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, (list, tuple)):
        return b"*%d\r\n%b" % (len(value), b"".join(map(_resp, value)))
    data = encode(value)
    return b"$%d\r\n%b\r\n" % (len(data), data)


def _has_str(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, (list, tuple)) and any(map(_has_str, value))
    )


def _in_c(row: _Row) -> _Callback:
    """A conversion that is written in C reads replies as they come from a server."""

    def convert(reply: Any, **options: Any) -> Any:
        ops = _ops()[row["method"]]
        bits = {op["param"]: op["option"] for op in ops if op["option"]}
        extra = next((op["param"] for op in ops if op["kind"] == "extra"), None)
        chosen = sum(bit for name, bit in bits.items() if options.get(name))
        cast = options.get(extra) if extra is not None else None
        return _core.convert(row["reply"], _resp(reply), _has_str(reply), chosen, cast)

    convert.__name__ = convert.__qualname__ = row["reply"]
    return convert


def _response_callback(row: _Row) -> _Callback:
    function: _Callback | None = getattr(replies, row["reply"], None)
    return _in_c(row) if function is None else function


def _unchanged(command: str, by_node: Mapping[str, Any]) -> Any:
    return by_node


def _first_of_each(make: Callable[[_Row], Any]) -> dict[str, Any]:
    """By wire name; where several methods share one, the first row speaks for it."""
    table: dict[str, Any] = {}
    for row in _ROWS:
        value = make(row)
        if value is not None:
            table.setdefault(row["wire"], value)
    return table


def _result_callback(row: _Row) -> _Callback | None:
    if row["route"] not in ("nodes", "primaries", "blocked"):
        return None
    named: _Callback = getattr(merges, row["merge"], _unchanged)
    return named


# {command: where it goes}, of those that go elsewhere than to the owner of their key.
NODES_FLAGS: dict[str, str] = _first_of_each(lambda row: _FLAGS.get(row["route"]))

# {command: f(plain reply, **options)}: what the command's method makes of one server's reply.
RESPONSE_CALLBACKS: dict[str, _Callback] = _first_of_each(_response_callback)

# Those of the CLUSTER commands, which the old client had as a mapping of their own.
CLUSTER_COMMANDS_RESPONSE_CALLBACKS: dict[str, _Callback] = {
    name: each for name, each in RESPONSE_CALLBACKS.items() if name.startswith("CLUSTER ")
}

# {command: f(command, {node name: reply})}: what it makes of the replies of several nodes.
RESULT_CALLBACKS: dict[str, _Callback] = _first_of_each(_result_callback)

# ---- what a class has changed ----

# Flags, and target_nodes that mean the same.
_TARGETS = {"all-nodes": "all", "all-masters": "primaries", "random": "random"}


def changed(given: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """What *given*, a copy of *table* that was edited perhaps, says otherwise than it."""
    if given is table or given == table:
        return {}
    return {name: value for name, value in given.items() if table.get(name) is not value}


def target_of(flags: Mapping[str, str], command: str) -> str | None:
    """The target_nodes that edited flags say for a command, or None: as its row says.

    RedisClusterException if they block the command, or name no way to go.
    """
    name = command.upper()
    flag = flags.get(name)
    if flag is None or flag == NODES_FLAGS.get(name):
        return None
    if flag == "blocked":
        raise RedisClusterException(f"Command: {command} is blocked in redis cluster mode")
    if flag not in _TARGETS:
        known = ", ".join(repr(each) for each in (*_TARGETS, "blocked"))
        raise RedisClusterException(f"nodes_flags[{name!r}] is {flag!r}, and has to be of {known}")
    return _TARGETS[flag]
