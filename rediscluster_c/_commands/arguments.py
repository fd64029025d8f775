"""Arguments of commands that the words of the command table cannot say: rare and intricate ones.

A row of commands.def names a function of this module; it is called with all parameters of the
method, by position, and returns the words that follow the command's name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rediscluster_c._commands.server_arguments import (  # noqa: F401 - the table finds them here, too
    acl_genpass,
    acl_log,
    acl_setuser,
    client_kill_filter,
    client_list,
    client_pause,
    client_unblock,
    cluster_failover,
    cluster_replicate,
    cluster_reset,
    cluster_setslot,
    cluster_slot_stats,
    command_list,
    lolwut,
    module_loadex,
    replicaof,
)
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
    """FNX, FXX, or several: as texts, or as an enum's members that have them for their values."""
    option = parameters[-2]
    options = option if isinstance(option, (list, tuple)) else [option] if option else []
    return [_word_of(word) for word in options]


def _word_of(option: Any) -> Any:
    """A word as text, or as an enum's member that has it for its value."""
    return getattr(option, "value", option)


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
    if items and not hasattr(items, "__iter__"):
        kind = type(items).__name__
        raise DataError(f"'items' of hsetex must be a list of fields and values, not '{kind}'")
    words: Words = list(items or ())
    if len(words) % 2 != 0:
        raise DataError(
            "'hsetex' with odd number of items. 'items' must contain a list of key/value pairs."
        )
    if key is not None:
        words += [key, value]
    if mapping:
        words += _words_of_mapping(mapping)
    return [len(words) // 2, *words]


def _words_of_mapping(mapping: SupportsItems[_Value, _Value]) -> Words:
    if not hasattr(mapping, "items"):
        kind = type(mapping).__name__
        raise DataError(f"'mapping' of hsetex must be a mapping, not '{kind}'")
    pairs = [tuple(pair) if hasattr(pair, "__iter__") else () for pair in mapping.items()]
    if any(len(pair) != 2 for pair in pairs):
        raise DataError("'mapping' of hsetex has an item that is no pair")
    return [word for pair in pairs for word in pair]


def msetex_condition(*parameters: Any) -> Words:
    """NX or XX."""
    option = parameters[1]
    return [_word_of(option)] if option else []


# ---- vector sets ----


def _vector(vector: Any) -> Words:
    """A vector's bytes, or its numbers behind how many they are."""
    if isinstance(vector, (bytes, memoryview)):
        return ["FP32", vector]
    return ["VALUES", len(vector), *vector]


def _attributes(attributes: Any) -> Any:
    """The JSON of a dict; a text is that already."""
    return json.dumps(attributes) if isinstance(attributes, dict) else attributes


def vadd(
    key: _Key,
    vector: Iterable[float] | bytes,
    element: _Value,
    reduce_dim: int | None,
    cas: bool,
    quantization: Any,
    ef: int | None,
    attributes: Any,
    numlinks: int | None,
) -> Words:
    if not isinstance(vector, (bytes, memoryview)):
        vector = list(vector)
    if not vector or not element:
        raise DataError("'vadd' needs a vector that is not empty, and an element")
    words: Words = ["REDUCE", reduce_dim] if reduce_dim else []
    words += [*_vector(vector), element]
    words += ["CAS"] if cas else []
    words += [_word_of(quantization)] if quantization else []
    words += ["EF", ef] if ef else []
    words += ["SETATTR", _attributes(attributes)] if attributes else []
    return words + (["M", numlinks] if numlinks else [])


def vsetattr(key: _Key, element: _Value, attributes: Any) -> Words:
    """None, and what is empty, takes them away."""
    return [_attributes(attributes) if attributes else ""]


def vsim(key: _Key, input: _Value | Iterable[float], *options: Any) -> Words:
    """What is searched for: a list is a vector, and so are bytes; a text is an element."""
    if isinstance(input, str):
        words: Words = ["ELE", input] if input else []
    else:
        vector: Any = input if isinstance(input, (bytes, memoryview)) else list(input)  # type: ignore[arg-type]
        words = _vector(vector) if vector else []
    if not words:
        raise DataError("'input' of vsim is empty")
    return words


# ---- streams ----

_REF_POLICIES = ("KEEPREF", "DELREF", "ACKED")


def _removal(name: str, ref_policy: Any, ids: tuple[_Value, ...]) -> Words:
    if not ids:
        raise DataError(f"{name} requires at least one message ID")
    if ref_policy not in _REF_POLICIES:
        raise DataError(f"{name} ref_policy must be one of: {', '.join(_REF_POLICIES)}")
    return [ref_policy]


def xackdel(name: _Key, groupname: _Value, ref_policy: str, *ids: _Value) -> Words:
    return _removal("XACKDEL", ref_policy, ids)


def xdelex(name: _Key, ref_policy: str, *ids: _Value) -> Words:
    return _removal("XDELEX", ref_policy, ids)


def xclaim(
    name: _Key,
    groupname: _Value,
    consumername: _Value,
    min_idle_time: int,
    message_ids: Iterable[_Value],
    idle: int | None,
    time: int | None,
    retrycount: int | None,
    force: bool,
    justid: bool,
) -> Words:
    """The ids, and what follows them but for JUSTID."""
    if not isinstance(message_ids, (list, tuple)) or not message_ids:
        raise DataError(
            "XCLAIM message_ids must be a non empty list or tuple of message IDs to claim"
        )
    words: Words = list(message_ids)
    for option, value in (("idle", idle), ("time", time), ("retrycount", retrycount)):
        if value is not None:
            if not isinstance(value, int):
                raise DataError(f"XCLAIM {option} must be an integer")
            words += [option.upper(), value]
    for option, flag in (("force", force), ("justid", justid)):
        if flag and not isinstance(flag, bool):
            raise DataError(f"XCLAIM {option} must be a boolean")
    return [*words, "FORCE"] if force else words


def xpending_range(
    name: _Key,
    groupname: _Value,
    min: _Value | None,
    max: _Value | None,
    count: int | None,
    consumername: _Value | None,
    idle: int | None,
) -> Words:
    """Without a range there is nothing to write: that asks for the summary."""
    missing = [value is None for value in (min, max, count)]
    if any(missing):
        if not all(missing):
            raise DataError(
                "XPENDING must be provided with min, max and count parameters, or none of them. "
            )
        for option, value in (("consumername", consumername), ("idle", idle)):
            if value is not None:
                raise DataError(
                    f"if XPENDING is provided with {option}, it must be provided with min, max "
                    "and count parameters"
                )
        return []
    if not isinstance(count, int) or count < -1:
        raise DataError("XPENDING count must be a integer >= -1")
    words: Words = [] if idle is None else ["IDLE", idle]
    words += [min, max, count]
    return words if consumername is None else [*words, consumername]


# ---- places ----


def _check_unit(command: str, unit: str) -> None:
    if unit not in ("m", "km", "mi", "ft"):
        raise DataError(f"{command} invalid unit")


def _count(command: str, count: int | None, any: bool) -> Words:
    if any and not count:
        raise DataError(f"{command} ``any`` can't be provided without ``count``")
    words: Words = ["COUNT", count] if count else []
    return [*words, "ANY"] if any else words


def _order(command: str, sort: str | None) -> Words:
    if sort and sort not in ("ASC", "DESC"):
        raise DataError(f"{command} invalid sort")
    return [sort] if sort else []


def _details(withdist: bool, withcoord: bool, withhash: bool) -> Words:
    flags = (("WITHDIST", withdist), ("WITHCOORD", withcoord), ("WITHHASH", withhash))
    return [word for word, flag in flags if flag]


def georadiusbymember(
    name: _Key,
    member: _Value,
    radius: float,
    unit: str | None,
    withdist: bool,
    withcoord: bool,
    withhash: bool,
    count: int | None,
    sort: str | None,
    store: _Key | None,
    store_dist: _Key | None,
    any: bool,
) -> Words:
    """What follows the radius."""
    if unit:
        _check_unit("GEORADIUS", unit)
    words = [unit or "m", *_details(withdist, withcoord, withhash)]
    words += _count("GEORADIUS", count, any) + _order("GEORADIUS", sort)
    if store and store_dist:
        raise DataError("GEORADIUS store and store_dist cant be set together")
    words += ["STORE", store] if store else []
    words += ["STOREDIST", store_dist] if store_dist else []
    return words


def georadius(
    name: _Key,
    longitude: float,
    latitude: float,
    radius: float,
    unit: str | None,
    withdist: bool,
    withcoord: bool,
    withhash: bool,
    count: int | None,
    sort: str | None,
    store: _Key | None,
    store_dist: _Key | None,
    any: bool,
) -> Words:
    """What follows the radius."""
    options = (unit, withdist, withcoord, withhash, count, sort, store, store_dist, any)
    return georadiusbymember(name, "", radius, *options)


def _middle(
    command: str, member: _Value | None, longitude: float | None, latitude: float | None
) -> Words:
    coordinates = (longitude, latitude)
    if member is not None:
        if coordinates != (None, None):
            raise DataError(f"{command} member and longitude or latitude cant be set together")
        return ["FROMMEMBER", member]
    if coordinates == (None, None):
        raise DataError(f"{command} must have member or longitude and latitude")
    if None in coordinates:
        raise DataError(f"{command} longitude and latitude must be set together")
    return ["FROMLONLAT", *coordinates]


def _shape(
    command: str, radius: float | None, width: float | None, height: float | None, unit: str
) -> Words:
    _check_unit(command, unit)
    sides = (width, height)
    if radius is not None:
        if sides != (None, None):
            raise DataError(f"{command} radius and width or height cant be set together")
        return ["BYRADIUS", radius, unit]
    if sides == (None, None):
        raise DataError(f"{command} must have radius or width and height")
    if None in sides:
        raise DataError(f"{command} width and height must be set together")
    return ["BYBOX", *sides, unit]


def geosearch(
    name: _Key,
    member: _Value | None,
    longitude: float | None,
    latitude: float | None,
    unit: str,
    radius: float | None,
    width: float | None,
    height: float | None,
    sort: str | None,
    count: int | None,
    any: bool,
    withcoord: bool,
    withdist: bool,
    withhash: bool,
) -> Words:
    """What follows the key."""
    return [
        *_middle("GEOSEARCH", member, longitude, latitude),
        *_shape("GEOSEARCH", radius, width, height, unit),
        *_order("GEOSEARCH", sort),
        *_count("GEOSEARCH", count, any),
        *_details(withdist, withcoord, withhash),
    ]


def geosearchstore(
    dest: _Key,
    name: _Key,
    member: _Value | None,
    longitude: float | None,
    latitude: float | None,
    unit: str,
    radius: float | None,
    width: float | None,
    height: float | None,
    sort: str | None,
    count: int | None,
    any: bool,
    storedist: bool,
) -> Words:
    """What follows the keys."""
    return [
        *_middle("GEOSEARCHSTORE", member, longitude, latitude),
        *_shape("GEOSEARCHSTORE", radius, width, height, unit),
        *_order("GEOSEARCHSTORE", sort),
        *_count("GEOSEARCHSTORE", count, any),
        *(["STOREDIST"] if storedist else []),
    ]
