"""Replies about scripts, functions and channels."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import (
    _Text,
    array,
    deep_str,
    fields,
    integer,
    pairs,
    server_text,
    users_text,
)


@server_text
def script_exists(reply: Any) -> list[bool]:
    return [bool(integer(known)) for known in array(reply)]


def _library(value: Any) -> dict[str, Any]:
    library = fields(value)
    library["functions"] = [fields(function) for function in array(library["functions"])]
    return library


@users_text
def function_list(reply: Any, **_options: Any) -> list[dict[str, Any]]:
    """One dict per library: "library_name", "engine", "functions" (dicts), "library_code"."""
    return [_library(library) for library in array(reply)]


@server_text
def function_stats(reply: Any) -> dict[str, Any]:
    """{"running_script": None or a dict, "engines": {name: {"libraries_count": n, ...}}}."""
    stats = fields(deep_str(reply))
    if stats["running_script"] is not None:
        stats["running_script"] = fields(stats["running_script"])
    engines = fields(stats["engines"])
    stats["engines"] = {name: fields(engine) for name, engine in engines.items()}
    return stats


@users_text
def pubsub_numsub(reply: Any, **_options: Any) -> list[tuple[_Text, int]]:
    """(channel, subscribers of this node)."""
    return [(channel, integer(count)) for channel, count in pairs(reply)]
