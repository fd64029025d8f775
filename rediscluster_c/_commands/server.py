"""Replies about a server as a whole: INFO, CONFIG GET, ROLE, TIME, LASTSAVE."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Union

from rediscluster_c._commands.parsing import array, as_str, deep_str, integer, pairs, server_text

Number = Union[int, float, str]
InfoValue = Union[Number, dict[str, Number]]


def _number(value: str) -> Number:
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        return value


def _info_value(value: str) -> InfoValue:
    """One "name=number" alone stays a text: that is how redis-py-cluster has it, too."""
    parts = value.split(",")
    if len(parts) == 1 or not all("=" in part for part in parts):
        return _number(value)
    named = (part.rpartition("=") for part in parts)
    return {name: _number(number) for name, _, number in named}


@server_text
def info(reply: Any) -> dict[str, Any]:
    """INFO's lines as a dict; "db0:keys=1,expires=0" becomes a dict of its own.

    Several lines may begin with "module": the dict's "modules" has them all, "module" the last one.
    Lines without a colon are in the list "__raw__".
    """
    found: dict[str, Any] = {}
    for line in as_str(reply).splitlines():
        if not line or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if name == "cmdstat_host":
            name, _, value = line.rpartition(":")
        if not colon:
            found.setdefault("__raw__", []).append(line)
            continue
        found[name] = _info_value(value)
        if name == "module":
            found.setdefault("modules", []).append(found[name])
    return found


@server_text
def config_get(reply: Any) -> dict[str, str | None]:
    return {as_str(name): None if value is None else as_str(value) for name, value in pairs(reply)}


@server_text
def time(reply: Any) -> tuple[int, int]:
    """Seconds since 1970, and microseconds."""
    seconds, microseconds = array(reply)
    return int(seconds), int(microseconds)


@server_text
def lastsave(reply: Any) -> datetime | None:
    """Local time; None for a server that has not saved yet."""
    seconds = integer(reply)
    return datetime.fromtimestamp(seconds) if seconds else None


@server_text
def role(reply: Any) -> list[Any]:
    """["master", offset, [[host, port, offset], ...]] or ["slave", host, port, state, offset]."""
    converted: list[Any] = deep_str(array(reply))
    return converted
