"""What the conversions are made of, and the plainest of them.

Return annotations of conversions are read as text by tools/make_stub.py: they use only words that
the stub knows, _Text among them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, Union, cast

_Text = Union[bytes, str]
Function = TypeVar("Function", bound=Callable[..., Any])

_SHOWN = 200  # characters of a reply in a message


def _conversion(function: Function, server_text: bool) -> Function:
    @functools.wraps(function)
    def convert(reply: Any, **options: Any) -> Any:
        try:
            return function(reply, **options)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            shown = repr(reply)
            shown = shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."
            raise ValueError(
                f"{function.__name__}: the server's reply has not the shape that is known of it, "
                f"so it cannot be converted: {shown}"
            ) from error

    setattr(convert, "server_text", server_text)  # noqa: B010 - functions have no such attribute
    return cast(Function, convert)


def server_text(function: Function) -> Function:
    """Marks a conversion of the server's own words: bytes in, str out."""
    return _conversion(function, True)


def users_text(function: Function) -> Function:
    """Marks a conversion that hands on users' texts as they are given: bytes or str."""
    return _conversion(function, False)


def as_str(value: _Text) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def deep_str(value: Any) -> Any:
    """The value with every text in it as str; lists in lists, too, deeper than Python recurses."""
    whole = [value]
    waiting = [whole]
    while waiting:
        level = waiting.pop()
        for index, element in enumerate(level):
            if isinstance(element, list):
                level[index] = list(element)
                waiting.append(level[index])
            elif isinstance(element, bytes):
                level[index] = as_str(element)
    return whole[0]


def array(value: Any) -> list[Any]:
    """The value, which has to be a list: a text or a number has no elements to convert."""
    if not isinstance(value, list):
        raise TypeError(f"a list belongs here, not {value!r:.{_SHOWN}}")
    return value


def integer(value: Any) -> int:
    """The value, which has to be an integer reply."""
    if not isinstance(value, int):
        raise TypeError(f"an integer belongs here, not {value!r:.{_SHOWN}}")
    return value


def pairs(value: Any) -> Iterator[tuple[Any, Any]]:
    """Neighbours in a flat list: the way RESP2 writes a map."""
    elements = array(value)
    if len(elements) % 2:
        raise ValueError(f"a key has no value in {value!r:.{_SHOWN}}")
    return zip(elements[::2], elements[1::2])


def fields(value: Any) -> dict[str, Any]:
    """A map of the server's: the names of its fields are str, their values as they are."""
    return {as_str(name): field for name, field in pairs(value)}


@server_text
def native(reply: Any) -> str:
    """A text of the server's own."""
    return as_str(reply)


@server_text
def native_or_none(reply: Any) -> str | None:
    return None if reply is None else as_str(reply)


@server_text
def natives(reply: Any) -> list[str]:
    return [as_str(element) for element in array(reply)]


@server_text
def natives_with_none(reply: Any) -> list[str | None]:
    return [None if element is None else as_str(element) for element in array(reply)]


@users_text
def list_of_dicts(reply: Any) -> list[dict[str, Any]]:
    """XINFO GROUPS, XINFO CONSUMERS: maps whose values may be users' texts."""
    return [fields(element) for element in array(reply)]
