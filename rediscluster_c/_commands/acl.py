"""Replies of ACL commands."""

from __future__ import annotations

from typing import Any

from rediscluster_c._commands.clients import client_numbers
from rediscluster_c._commands.parsing import (
    _Text,
    array,
    as_str,
    deep_str,
    fields,
    server_text,
    users_text,
)


def _patterns(value: Any) -> list[_Text]:
    """A list of patterns up to server 6.2, one text of them since 7.0."""
    return value if isinstance(value, list) else value.split()


def _rules(selector: Any) -> dict[str, Any]:
    """Who may do what: the command rules are the server's words, the patterns are users' texts."""
    rules = fields(selector)
    rules["commands"] = as_str(rules["commands"])
    for name in ("keys", "channels"):
        if name in rules:
            rules[name] = _patterns(rules[name])
    return rules


@users_text
def acl_getuser(reply: Any) -> dict[str, Any] | None:
    """None for no such user. "categories" are the rules with "@", "commands" all others."""
    if reply is None:
        return None
    user = _rules(reply)
    user["flags"] = [as_str(flag) for flag in array(user["flags"])]
    user["passwords"] = [as_str(password) for password in array(user["passwords"])]
    rules = user["commands"].split(" ")
    user["commands"] = [rule for rule in rules if "@" not in rule]
    user["categories"] = [rule for rule in rules if "@" in rule]
    user["enabled"] = "on" in user["flags"]
    if "selectors" in user:
        user["selectors"] = [_rules(selector) for selector in array(user["selectors"])]
    return user


def _denial(entry: Any) -> dict[str, Any]:
    denial = fields(deep_str(entry))
    denial["age-seconds"] = float(denial["age-seconds"])
    denial["client-info"] = client_numbers(denial["client-info"])
    return denial


@server_text
def acl_log(reply: Any) -> list[dict[str, Any]] | bool:
    """One dict per refused command or login; True after a reset."""
    if isinstance(reply, list):
        return [_denial(entry) for entry in reply]
    return as_str(reply) == "OK"
