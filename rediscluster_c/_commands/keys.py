"""Replies of commands on keys: SORT, LCS, the GEO commands, DEBUG OBJECT."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import array, as_str, fields, integer, server_text, users_text

_NUMBERS = ("refcount", "serializedlength", "lru", "lru_seconds_idle")


@users_text
def sort(reply: Any, *, groups: int = 0) -> Any:
    """A list of elements, of tuples of so many as groups says; with a store the length (int)."""
    if not groups or not isinstance(reply, list):
        return reply
    if len(reply) % groups:
        raise ValueError(f"{len(reply)} elements make no groups of {groups}")
    return list(zip(*[iter(reply)] * groups))


def _match(entry: Any) -> list[Any]:
    """Two ranges; before them, their length, if it was asked for and stands behind them."""
    *ranges, length = entry if isinstance(entry[-1], int) else [*entry, None]
    found: list[Any] = [(integer(first), integer(last)) for first, last in map(array, ranges)]
    return found if length is None else [length, *found]


@users_text
def lcs(reply: Any, **_options: Any) -> Any:
    """The text; its length (int); or, as the reply itself shows, its places.

    These are {"matches": [[(first, last), (first, last)], ...], "len": n}.
    """
    if not isinstance(reply, list):
        return reply
    found = fields(reply)
    matches = [_match(array(entry)) for entry in array(found["matches"])]
    return {**found, "matches": matches, "len": integer(found["len"])}


def _coordinates(value: Any) -> tuple[float, float]:
    longitude, latitude = array(value)
    return float(longitude), float(latitude)


@server_text
def geopos(reply: Any) -> list[tuple[float, float] | None]:
    return [None if place is None else _coordinates(place) for place in array(reply)]


def _about_place(value: Any) -> Any:
    """A distance is a text, a hash a number, and coordinates are a list."""
    if isinstance(value, list):
        return _coordinates(value)
    return value if isinstance(value, int) else float(value)


@users_text
def georadius(reply: Any, **_options: Any) -> Any:
    """Members; [member, distance, hash, coordinates] with what was asked for; or a count (int).

    The reply shows what was asked for, so the options need not be known.
    """
    if not isinstance(reply, list):
        return integer(reply)
    return [
        [place[0], *map(_about_place, place[1:])] if isinstance(place, list) else place
        for place in reply
    ]


@server_text
def debug_object(reply: Any) -> dict[str, Any]:
    """{"type": "Value", "at": "0x...", "refcount": 1, ...}."""
    found: dict[str, Any] = {}
    for word in ("type:" + as_str(reply)).split():
        name, colon, value = word.partition(":")
        if not colon:
            raise ValueError(f"no name: {word!r:.200}")
        found[name] = int(value) if name in _NUMBERS else value
    return found
