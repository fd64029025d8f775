"""Replies about what a server can do: COMMAND, COMMAND DOCS, MODULE LIST."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.parsing import array, deep_str, fields, server_text

_MORE = ("acl_categories", "tips", "key_specifications", "subcommands")


def _key_specification(value: Any) -> dict[str, Any]:
    """Where keys are: maps of a map, "spec" in "begin_search" among them."""
    whole = fields(value)
    waiting = [whole]
    while waiting:
        found = waiting.pop()
        for name, field in found.items():
            if isinstance(field, list) and name != "flags":
                found[name] = fields(field)
                waiting.append(found[name])
    return whole


def _command(entry: Any) -> dict[str, Any]:
    name, arity, flags, first, last, step, *more = array(entry)
    found = {
        "name": name,
        "arity": arity,
        "flags": array(flags),
        "first_key_pos": first,
        "last_key_pos": last,
        "step_count": step,
        **dict(zip(_MORE, more)),
    }
    if "key_specifications" in found:
        found["key_specifications"] = list(map(_key_specification, found["key_specifications"]))
    return found


def _by_name(entries: Any) -> dict[str, dict[str, Any]]:
    known = (_command(entry) for entry in array(entries) if entry is not None)
    return {found["name"]: found for found in known}


def _commands(entries: Any) -> dict[str, dict[str, Any]]:
    whole = _by_name(entries)
    waiting = list(whole.values())
    while waiting:
        found = waiting.pop()
        if "subcommands" in found:
            found["subcommands"] = _by_name(found["subcommands"])
            waiting += found["subcommands"].values()
    return whole


@server_text
def command(reply: Any) -> dict[str, dict[str, Any]]:
    """COMMAND and COMMAND INFO by name; a command that the server does not have is not there."""
    return _commands(deep_str(reply))


def _docs_by_name(entries: Any) -> dict[str, dict[str, Any]]:
    return {name: fields(entry) for name, entry in fields(entries).items()}


def _docs(entries: Any) -> dict[str, dict[str, Any]]:
    """Arguments have arguments, and commands have subcommands; both are as deep as it comes."""
    whole = _docs_by_name(entries)
    waiting = list(whole.values())
    while waiting:
        docs = waiting.pop()
        if "arguments" in docs:
            docs["arguments"] = [fields(argument) for argument in array(docs["arguments"])]
            waiting += docs["arguments"]
        if "subcommands" in docs:
            docs["subcommands"] = _docs_by_name(docs["subcommands"])
            waiting += docs["subcommands"].values()
    return whole


@server_text
def command_docs(reply: Any) -> dict[str, dict[str, Any]]:
    """{name: {"summary": ..., "since": ..., "arguments": [{"name": ...}, ...]}}."""
    return _docs(deep_str(reply))


@server_text
def module_list(reply: Any) -> list[dict[str, Any]]:
    """One dict per module: "name", "ver" (a number), and since server 7.0 "path" and "args"."""
    return [fields(deep_str(module)) for module in array(reply)]
