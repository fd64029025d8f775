"""Replies of vector sets."""

from __future__ import annotations

import json
from typing import Any

from rediscluster_c._commands.parsing import (
    _Text,
    array,
    as_str,
    deep_str,
    fields,
    pairs,
    server_text,
    users_text,
)


def _number(text: _Text) -> int | float:
    """As redis-py has it: what looks like an integer is one."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _attributes(text: _Text | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found


@server_text
def vemb(reply: Any, *, raw: bool = False) -> list[float] | dict[str, Any] | None:
    """The vector's numbers; with *raw* how the server keeps them: bytes, and what they mean."""
    if reply is None:
        return None
    if not raw:
        return [_number(text) for text in array(reply)]
    quantization, data, norm, *more = array(reply)
    facts = {"quantization": as_str(quantization), "raw": data, "l2": float(norm)}
    return {**facts, "range": float(more[0])} if more else facts


@users_text
def vgetattr(reply: Any) -> dict[str, Any] | None:
    return _attributes(reply)


@server_text
def vinfo(reply: Any) -> dict[str, Any] | None:
    return fields(deep_str(reply)) if reply is not None else None


@users_text
def vlinks(reply: Any, *, with_scores: bool = False) -> list[Any] | None:
    """The neighbours on each level."""
    if reply is None or not with_scores:
        return reply if reply is None else array(reply)
    return [{name: float(score) for name, score in pairs(level)} for level in array(reply)]


@users_text
def vsim(
    reply: Any, *, with_scores: bool = False, with_attribs: bool = False
) -> list[_Text] | dict[_Text, Any]:
    """The elements, alone or with their similarity, their attributes, or both."""
    elements = array(reply)
    if with_scores and with_attribs:
        thirds = [elements[at : at + 3] for at in range(0, len(elements), 3)]
        return {
            name: {"score": float(score), "attributes": _attributes(attributes)}
            for name, score, attributes in thirds
        }
    if with_scores:
        return {name: float(score) for name, score in pairs(elements)}
    if with_attribs:
        return {name: _attributes(attributes) for name, attributes in pairs(elements)}
    return elements
