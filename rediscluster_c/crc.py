"""The hash slot of a key, as the cluster computes it."""

from __future__ import annotations

from typing import Union

from rediscluster_c._core import key_slot
from rediscluster_c.exceptions import DataError

Key = Union[bytes, str, int, float, memoryview]


def keyslot(key: Key, encoding: str = "utf-8", errors: str = "strict") -> int:
    """Return the slot (0 to 16383) that *key* belongs to.

    What stands between the first '{' and the next '}', if it is not empty, is hashed alone; so keys
    with the same tag share a slot. DataError for a type that cannot be a key.
    """
    if isinstance(key, str):
        # str's own encode, like the C side, whatever a subclass says.
        return key_slot(str.encode(key, encoding, errors))
    if isinstance(key, bytes):
        return key_slot(key)
    if isinstance(key, memoryview):
        return key_slot(bytes(key))
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        # What goes to the wire, whatever a subclass says of itself.
        plain = int.__repr__(key) if isinstance(key, int) else float.__repr__(key)
        return key_slot(plain.encode())
    raise DataError(
        f"Invalid input of type: '{type(key).__name__}'. "
        "Convert to a bytes, string, int or float first."
    )
