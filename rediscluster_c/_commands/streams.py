"""Replies about streams; those that carry entries only are converted in C."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import _Text, array, fields, integer, pairs, users_text

_PENDING = ("message_id", "consumer", "time_since_delivered", "times_delivered")


def _entry(value: Any) -> tuple[_Text, dict[_Text, _Text]]:
    identity, content = array(value)
    return identity, {} if content is None else dict(pairs(content))


def _group(value: Any) -> dict[str, Any]:
    group = fields(value)
    group["consumers"] = [fields(consumer) for consumer in array(group["consumers"])]
    return group


@users_text
def xinfo_stream(reply: Any, **_options: Any) -> dict[str, Any]:
    """XINFO STREAM: "first-entry" and "last-entry" are (id, fields), or None.

    With FULL, as the reply itself shows, "entries" is {id: fields}, "groups" a list of dicts.
    """
    found = fields(reply)
    for name in ("first-entry", "last-entry"):
        if found.get(name) is not None:
            found[name] = _entry(found[name])
    if "entries" in found:
        found["entries"] = dict(map(_entry, array(found["entries"])))
        found["groups"] = [_group(group) for group in array(found["groups"])]
    return found


def _summary(reply: list[Any]) -> dict[str, Any]:
    pending, least, greatest, consumers = reply
    return {
        "pending": pending,
        "min": least,
        "max": greatest,
        "consumers": [{"name": name, "pending": int(count)} for name, count in consumers or []],
    }


def _delivery(entry: Any) -> dict[str, Any]:
    identity, consumer, age, deliveries = array(entry)
    return dict(zip(_PENDING, (identity, consumer, integer(age), integer(deliveries))))


def _pending(reply: Any) -> Any:
    """One command has two replies: only the summary begins with a number."""
    if array(reply) and isinstance(reply[0], int):
        return _summary(reply)
    return [_delivery(entry) for entry in reply]


@users_text
def xpending(reply: Any, **_options: Any) -> dict[str, Any]:
    """{"pending": n, "min": id, "max": id, "consumers": [{"name": ..., "pending": n}, ...]}."""
    found: dict[str, Any] = _pending(reply)
    return found


@users_text
def xpending_range(reply: Any, **_options: Any) -> list[dict[str, Any]]:
    """One dict per entry: its id, its consumer, milliseconds and number of deliveries."""
    found: list[dict[str, Any]] = _pending(reply)
    return found
