"""The hash slot of a key, as the cluster computes it."""

from __future__ import annotations

from binascii import crc_hqx
from typing import Union

from rediscluster_c._core import key_slot
from rediscluster_c.exceptions import DataError

Key = Union[bytes, str, int, float, memoryview]

# What the checksum of a single byte is: the table that checksums of longer texts are made with.
x_mode_m_crc16_lookup = [crc_hqx(bytes([byte]), 0) for byte in range(256)]


def crc16(data: bytes) -> int:
    """Return the CRC16 (XMODEM) of *data*, 0 to 65535. keyslot() is this, modulo 16384."""
    return crc_hqx(data, 0)


def encode(value: Key, encoding: str = "utf-8", errors: str = "strict") -> bytes:
    """Return *value* as it goes to the wire. DataError for a type that cannot go there."""
    if isinstance(value, str):
        # str's own encode, like the C side, whatever a subclass says.
        return str.encode(value, encoding, errors)
    if isinstance(value, bytes):
        return value
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # What goes to the wire, whatever a subclass says of itself.
        plain = int.__repr__(value) if isinstance(value, int) else float.__repr__(value)
        return plain.encode()
    raise DataError(
        f"Invalid input of type: '{type(value).__name__}'. "
        "Convert to a bytes, string, int or float first."
    )


def keyslot(key: Key, encoding: str = "utf-8", errors: str = "strict") -> int:
    """Return the slot (0 to 16383) that *key* belongs to.

    What stands between the first '{' and the next '}', if it is not empty, is hashed alone; so keys
    with the same tag share a slot. DataError for a type that cannot be a key.
    """
    return key_slot(encode(key, encoding, errors))
