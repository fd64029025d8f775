"""Replies that say what a server has been busy with: SLOWLOG, LATENCY, MEMORY STATS."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import (
    _Text,
    array,
    as_str,
    deep_str,
    fields,
    integer,
    pairs,
    server_text,
    users_text,
)


def _joined(words: Any) -> _Text:
    if all(isinstance(word, str) for word in array(words)):
        return " ".join(words)
    return b" ".join(words)


def _slow_call(entry: Any) -> dict[str, Any]:
    call: dict[str, Any] = {
        "id": entry[0],
        "start_time": int(entry[1]),
        "duration": int(entry[2]),
    }
    if not isinstance(entry[3], list):
        # Redis Enterprise says before the command how many elements it worked on.
        call["complexity"] = entry[3]
        entry = [*entry[:3], *entry[4:]]
    call["command"] = _joined(entry[3])
    if len(entry) > 5:
        call["client_address"], call["client_name"] = entry[4:6]
    return call


@users_text
def slowlog_get(reply: Any) -> list[dict[str, Any]]:
    """One dict per slow call; the duration is in microseconds, the start in Unix time."""
    return [_slow_call(array(entry)) for entry in array(reply)]


@server_text
def memory_stats(reply: Any) -> dict[str, Any]:
    """MEMORY STATS; what it says of a database ("db.0") is a dict of its own."""
    stats = fields(reply)
    for name, value in stats.items():
        is_map = name.startswith("db.") and isinstance(value, list)
        stats[name] = deep_str(value) if not is_map else fields(deep_str(value))
    return stats


@server_text
def latency_latest(reply: Any) -> list[tuple[Any, ...]]:
    """(event, Unix time, latest milliseconds, highest milliseconds), and what servers add."""
    return [(as_str(event), *map(integer, more)) for event, *more in map(array, array(reply))]


@server_text
def latency_history(reply: Any) -> list[tuple[int, int]]:
    """(Unix time, milliseconds) of each spike."""
    return [(integer(moment), integer(spike)) for moment, spike in map(array, array(reply))]


@server_text
def latency_histogram(reply: Any) -> dict[str, dict[str, Any]]:
    """{command: {"calls": n, "histogram_usec": {up to so many microseconds: calls}}}."""
    histograms = {name: fields(histogram) for name, histogram in fields(reply).items()}
    for histogram in histograms.values():
        for name, value in histogram.items():
            histogram[name] = dict(pairs(value)) if isinstance(value, list) else value
    return histograms
