"""HyperLogLogs of several slots."""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

from rediscluster_c._commands.cross_slot.steps import replies, run
from rediscluster_c.crc import encode, keyslot
from rediscluster_c.exceptions import ResponseError

if TYPE_CHECKING:
    from rediscluster_c.client import RedisCluster

_REGISTERS = 1 << 14
_HIGHEST = 64 - 14 + 1  # what a register of 64-bit hashes can hold
_HEADER = 16
_DENSE_SIZE = _REGISTERS * 6 // 8
_ALPHA = 0.5 / math.log(2)

# KEYS are the destination and one name for each of ARGV, which exist in here only.
_MERGE = """
for i = 1, #ARGV do redis.call('SET', KEYS[i + 1], ARGV[i]) end
local reply = redis.pcall('PFMERGE', unpack(KEYS))
for i = 1, #ARGV do redis.call('DEL', KEYS[i + 1]) end
return reply
"""


def _invalid() -> ResponseError:
    return ResponseError("WRONGTYPE Key is not a valid HyperLogLog string value.")


def _read(client: RedisCluster, sources: tuple[Any, ...], replicas: bool) -> list[bytes]:
    """The HyperLogLogs that exist; one that does not has seen nothing."""
    found = replies(client, [("GET", source) for source in sources], replicas)
    return [value for value in found if value is not None]


# ---- merging into one ----


def _tag_beside(key: bytes) -> bytes:
    """What between braces gives a name the key's slot: mostly what gives it to the key."""
    wanted = keyslot(key)
    start = key.find(b"{") + 1
    end = key.find(b"}", start)
    tag = key[start:end] if 0 < start < end else key
    if keyslot(b"{%b}" % tag) == wanted:
        return tag
    # A key with a brace, or an empty one, cannot be a tag; of 16384 numbers about one fits.
    return next(tag for tag in map(b"%d".__mod__, count()) if keyslot(tag) == wanted)


def _names_beside(client: RedisCluster, key: Any, number: int) -> list[bytes]:
    """Names of the key's slot that nobody else has."""
    pool = client.connection_pool
    tag = _tag_beside(encode(key, pool.encoding, pool.encoding_errors))
    unique = secrets.token_hex(16).encode()
    return [b"{%b}%b:%d" % (tag, unique, i) for i in range(number)]


def pfmerge(client: RedisCluster, dest: Any, *sources: Any) -> bool:
    values = _read(client, sources, False)
    names = _names_beside(client, dest, len(values))
    run(client, "EVAL", _MERGE, 1 + len(names), dest, *names, *values)
    return True


# ---- counting ----


def _sparse_runs(data: bytes) -> Iterator[tuple[int, int]]:
    """(value, how many registers in a row have it), as the sparse form tells it."""
    codes = iter(data)
    for code in codes:
        if code & 0x80:
            yield (code >> 2 & 0x1F) + 1, (code & 3) + 1
        elif code & 0x40:
            yield 0, ((code & 0x3F) << 8 | next(codes, 0)) + 1
        else:
            yield 0, code + 1


def _sparse(data: bytes) -> bytes:
    return b"".join(bytes([value]) * length for value, length in _sparse_runs(data))


def _dense(data: bytes) -> bytes:
    """Four registers of six bits are three bytes, the lowest bits first."""
    registers = bytearray()
    for i in range(0, len(data), 3):
        four = int.from_bytes(data[i : i + 3], "little")
        registers += bytes((four & 63, four >> 6 & 63, four >> 12 & 63, four >> 18))
    return bytes(registers)


def _registers(value: bytes) -> bytes:
    """The registers, a byte each."""
    form, data = value[4:5], value[_HEADER:]
    if value[:4] != b"HYLL" or form not in (b"\0", b"\1"):
        raise _invalid()
    if form == b"\0" and len(data) != _DENSE_SIZE:
        raise _invalid()
    registers = _dense(data) if form == b"\0" else _sparse(data)
    if len(registers) != _REGISTERS or max(registers) > _HIGHEST:
        raise _invalid()
    return registers


def _sigma(x: float) -> float:
    """x plus the sum of x**(2**k) * 2**(k-1) over k = 1, 2, ...; for the registers of 0."""
    if x == 1:
        return math.inf
    weight, total, before = 1.0, x, -1.0
    while total != before:
        before = total
        x *= x
        total += x * weight
        weight *= 2
    return total


def _tau(x: float) -> float:
    """(1 - x - the sum of (1 - x**(2**-k))**2 * 2**-k over k = 1, 2, ...) / 3; for full ones."""
    if x in (0, 1):
        return 0.0
    weight, total, before = 1.0, 1 - x, -1.0
    while total != before:
        before = total
        x = math.sqrt(x)
        weight *= 0.5
        total -= (1 - x) ** 2 * weight
    return total / 3


def _estimate(registers: bytes) -> int:
    """Otmar Ertl's improved estimator, which servers use since 4.0.10 and 5.0."""
    numbers = [registers.count(value) for value in range(_HIGHEST + 1)]
    total = _REGISTERS * _tau((_REGISTERS - numbers[_HIGHEST]) / _REGISTERS)
    for number in reversed(numbers[1:_HIGHEST]):
        total = (total + number) * 0.5
    total += _REGISTERS * _sigma(numbers[0] / _REGISTERS)
    return math.floor(_ALPHA * _REGISTERS * _REGISTERS / total + 0.5)


def pfcount(client: RedisCluster, *sources: Any) -> int:
    values = _read(client, sources, True)
    if not values:
        return 0
    return _estimate(bytes(map(max, bytes(_REGISTERS), *map(_registers, values))))
