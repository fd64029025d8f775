"""Replies about connections: CLIENT LIST, INFO, KILL, TRACKINGINFO."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import as_str, deep_str, fields, server_text

_NUMBERS = frozenset(
    "age argv-mem db id idle multi obl oll omem psub qbuf qbuf-free sub tot-mem".split()
)


def client_fields(line: str) -> dict[str, str]:
    """The "name=value" of a line; the path of a Unix socket may have spaces."""
    found: dict[str, str] = {}
    name = None
    for word in line.rstrip().split(" "):
        before, equals, value = word.partition("=")
        if equals:
            name = before
            found[name] = value
        elif name is not None:
            found[name] += " " + word
        else:
            raise ValueError(f"a line begins with no name: {line!r:.200}")
    return found


def client_numbers(line: str) -> dict[str, Any]:
    """The same, with int for what is a number in every server."""
    found = client_fields(line)
    return {name: int(value) if name in _NUMBERS else value for name, value in found.items()}


@server_text
def client_list(reply: Any) -> list[dict[str, str]]:
    """One dict per connection, with every value a str."""
    return [client_fields(line) for line in as_str(reply).splitlines() if line]


@server_text
def client_info(reply: Any) -> dict[str, Any]:
    return client_numbers(as_str(reply))


@server_text
def client_kill(reply: Any) -> bool | int:
    """How many connections a filter has ended; True for the one of an address."""
    return reply if isinstance(reply, int) else as_str(reply) == "OK"


@server_text
def client_trackinginfo(reply: Any) -> dict[str, Any]:
    """{"flags": [...], "redirect": the client that is told, or -1 or 0, "prefixes": [...]}."""
    return fields(deep_str(reply))
