"""Replies of SENTINEL commands: a monitored server, as a dict."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import (
    _Text,
    array,
    deep_str,
    fields,
    server_text,
    users_text,
)

_NUMBERS = frozenset(
    """can-failover-its-master config-epoch down-after-milliseconds failover-timeout info-refresh
    last-hello-message last-ok-ping-reply last-ping-reply last-ping-sent master-link-down-time
    master-port num-other-sentinels num-slaves o-down-time parallel-syncs pending-commands port
    quorum role-reported-time s-down-time slave-priority slave-repl-offset voted-leader-epoch
    """.split()
)
_FLAGS = ("master", "slave", "sdown", "odown", "sentinel", "disconnected", "master_down")
_SPELLED = {"sdown": "s_down", "odown": "o_down"}


def _number(value: str) -> int | str:
    try:
        return int(value)
    except ValueError:
        return value


def _state(entry: Any) -> dict[str, Any]:
    state = fields(deep_str(entry))
    flags = state["flags"].split(",")
    for name in _NUMBERS.intersection(state):
        state[name] = _number(state[name])
    for flag in _FLAGS:
        state[f"is_{flag}"] = _SPELLED.get(flag, flag) in flags
    return state


@server_text
def sentinel_master(reply: Any) -> dict[str, Any]:
    return _state(reply)


@server_text
def sentinel_masters(reply: Any) -> dict[str, dict[str, Any]]:
    """By the name of the service."""
    states = map(_state, array(reply))
    return {state["name"]: state for state in states}


@server_text
def sentinel_others(reply: Any) -> list[dict[str, Any]]:
    """The replicas, or the other sentinels."""
    return [_state(entry) for entry in array(reply)]


@users_text
def sentinel_get_master(reply: Any) -> tuple[_Text, int] | None:
    """(host, port), or None for a service that is not known."""
    if reply is None:
        return None
    host, port = array(reply)
    return host, int(port)
