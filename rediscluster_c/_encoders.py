"""Arguments of commands that the words of the command table cannot say: rare and intricate ones.

A row of commands.def names a function of this module; it is called with all parameters of the
method, by position, and returns the words that follow the command's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rediscluster_c.exceptions import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed import SupportsItems

    from rediscluster_c._core import _Key, _Value

Words = list[Any]

# ---- bits and hashes ----


def bitfield_ro(
    key: _Key, encoding: str, offset: _Value, items: Iterable[tuple[str, _Value]] | None
) -> Words:
    """GET for each further pair; the first one is written by the row."""
    words: Words = []
    for pair in items or ():
        try:
            further_encoding, further_offset = pair
        except (TypeError, ValueError):
            raise DataError(
                f"'items' of bitfield_ro must be pairs of encoding and offset, not {pair!r:.200}"
            ) from None
        words += ["GET", further_encoding, further_offset]
    return words


def hsetex_condition(*parameters: Any) -> Words:
    """FNX or FXX: as text, or as an enum's member that has it for its value."""
    option = parameters[-2]
    return [getattr(option, "value", option)] if option else []


def hsetex(
    name: _Key,
    key: _Value | None,
    value: _Value | None,
    mapping: SupportsItems[_Value, _Value] | None,
    items: Iterable[_Value] | None,
    *expiry: Any,
) -> Words:
    """The number of pairs, and the pairs, in the order of hset()."""
    if key is None and not mapping and not items:
        raise DataError("'hsetex' with no key value pairs")
    words: Words = list(items or ())
    if len(words) % 2 != 0:
        raise DataError(
            "'hsetex' with odd number of items. 'items' must contain a list of key/value pairs."
        )
    if key is not None:
        words += [key, value]
    for pair in mapping.items() if mapping else ():
        words += pair
    return [len(words) // 2, *words]
