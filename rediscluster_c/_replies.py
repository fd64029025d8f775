"""Reply conversions that are written in Python: rare, long and intricate ones.

A row of commands.def names a function of this module; it gets the plain reply (bytes, or str with
decode_responses) and returns what the command's method returns.
"""

from __future__ import annotations

from typing import Any, Union

Text = Union[bytes, str]
InfoValue = Union[int, float, str, list[str], dict[str, Union[int, float, str]]]


def _text(value: Text) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _number(value: str) -> int | float | str:
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        return value


def _info_value(value: str) -> InfoValue:
    if "," not in value and "=" not in value:
        return _number(value)
    if "=" not in value:
        return [part for part in value.split(",") if part]
    fields: dict[str, int | float | str] = {}
    for part in value.split(","):
        name, _, number = part.rpartition("=")
        fields[name] = _number(number)
    return fields


def info(reply: Text) -> dict[str, Any]:
    """INFO's lines as a dict; "key0:keys=1,expires=0" becomes a dict of its own."""
    fields: dict[str, Any] = {}
    for line in _text(reply).splitlines():
        if not line or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if name == "cmdstat_host":
            name, _, value = line.rpartition(":")
        if colon:
            fields[name] = _info_value(value)
    return fields
