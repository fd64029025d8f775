"""Arguments of commands that manage servers, connections, users and the cluster: see arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rediscluster_c._safe_repr import bad_value
from rediscluster_c.exceptions import DataError, RedisError

if TYPE_CHECKING:
    from rediscluster_c._core import _Target, _Text, _Value

Words = list[Any]

# ---- servers ----


def cluster_slot_stats(
    start_slot: int, end_slot: int, orderby: str | None, limit: int | None, asc: bool
) -> Words:
    if orderby is None:
        return ["SLOTSRANGE", start_slot, end_slot]
    words: Words = ["ORDERBY", orderby, *([] if limit is None else ["LIMIT", limit])]
    return [*words, "ASC" if asc else "DESC"]


def command_list(module: _Value | None, category: _Value | None, pattern: _Value | None) -> Words:
    filters = (("MODULE", module), ("ACLCAT", category), ("PATTERN", pattern))
    words = [word for name, value in filters if value is not None for word in (name, value)]
    return ["FILTERBY", *words] if words else []


def lolwut(*version_numbers: _Value) -> Words:
    return ["VERSION", *version_numbers] if version_numbers else []


def module_loadex(
    path: _Value,
    options: Mapping[_Value, _Value] | Iterable[_Value] | None,
    args: Iterable[_Value] | None,
) -> Words:
    """What follows the path."""
    words: Words = []
    if isinstance(options, Mapping):
        words += [word for item in options.items() for word in ("CONFIG", *item)]
    elif options is not None:
        words += ["CONFIG", *options]
    return words if args is None else [*words, "ARGS", *args]


def replicaof(host: _Value | None, port: int | None) -> Words:
    return ["NO", "ONE"] if host is None and port is None else [host, port]


# ---- connections ----


def _check_type(what: str, kind: Any, known: tuple[str, ...]) -> None:
    if str(kind).lower() not in known:
        raise DataError(f"{what} must be one of {known!r}")


def client_kill_filter(
    _id: int | None,
    _type: str | None,
    addr: str | None,
    skipme: bool | None,
    laddr: str | None,
    user: _Value | None,
    maxage: int | None,
) -> Words:
    words: Words = []
    if _type is not None:
        _check_type("CLIENT KILL type", _type, ("normal", "master", "slave", "pubsub"))
        words += ["TYPE", _type]
    if skipme is not None:
        if not isinstance(skipme, bool):
            raise DataError("CLIENT KILL skipme must be a bool")
        words += ["SKIPME", "YES" if skipme else "NO"]
    conditions = (
        ("ID", _id),
        ("ADDR", addr),
        ("LADDR", laddr),
        ("USER", user),
        ("MAXAGE", maxage),
    )
    words += [word for name, value in conditions if value is not None for word in (name, value)]
    if not words:
        raise DataError(
            "CLIENT KILL <filter> <value> ... ... <filter> <value> must specify at least one filter"
        )
    return words


def client_list(_type: str | None, client_id: Iterable[int]) -> Words:
    words: Words = []
    if _type is not None:
        _check_type("CLIENT LIST _type", _type, ("normal", "master", "replica", "pubsub"))
        words += ["TYPE", _type]
    if not isinstance(client_id, (list, tuple)):
        raise DataError("client_id must be a list")
    return [*words, "ID", *client_id] if client_id else words


def client_pause(timeout: int, all: bool) -> Words:
    if not isinstance(timeout, int):
        raise DataError("CLIENT PAUSE timeout must be an integer")
    return [timeout] if all else [timeout, "WRITE"]


def client_unblock(client_id: int, error: bool) -> Words:
    return [int(client_id), "ERROR"] if error else [int(client_id)]


# ---- access control ----


def acl_genpass(bits: int | None) -> Words:
    if bits is None:
        return []
    try:
        number = int(bits)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= 4096:
        raise DataError("genpass optionally accepts a bits argument, between 0 and 4096.")
    return [number]


def acl_log(count: int | None) -> Words:
    if count is not None and not isinstance(count, int):
        raise DataError("ACL LOG count must be an integer")
    return [] if count is None else [count]


def _text(value: Any) -> Any:
    """str stays str, as the client says how it is encoded."""
    if not isinstance(value, (str, bytes)):
        raise DataError(bad_value("each rule of an ACL user", "a str or bytes", value))
    return value


def _listed(values: Any) -> Words:
    alone = isinstance(values, (str, bytes))
    return [_text(value) for value in ([values] if alone else values or ())]


def _begins(value: Any, signs: str) -> str:
    """The one of the signs that the text begins with, or ""."""
    first = value[:1] if isinstance(value, str) else value[:1].decode("latin-1")
    return first if first in signs else ""


def _behind(sign: str, value: Any) -> Any:
    return sign + value if isinstance(value, str) else sign.encode() + value


def _signed(values: Any, plus: str, minus: str, what: str) -> Words:
    """Passwords: the sign that callers write is not the server's."""
    signs = {"+": plus, "-": minus}
    words = []
    for number, value in enumerate(_listed(values)):
        sign = _begins(value, "+-")
        if not sign:
            raise DataError(
                f'{what} {number} must be prefixed with a "+" to add or a "-" to remove'
            )
        words.append(_behind(signs[sign], value[1:]))
    return words


def _check_sign(what: str, value: Any) -> Any:
    if not _begins(value, "+-"):
        shown = value if isinstance(value, str) else value.decode("utf-8", "replace")
        raise DataError(f'{what} "{shown}" must be prefixed with "+" or "-"')
    return value


def _category(value: Any) -> Any:
    sign = _begins(_check_sign("Category", value), "+-")
    return value if _begins(value[1:], "@") else _behind(sign + "@", value[1:])


def _pattern(value: Any) -> Any:
    return value if _begins(value, "%~") else _behind("~", value)


def _selector(command: Any, key: Any) -> Any:
    rule, pattern = _check_sign("Command", _text(command)), _pattern(_text(key))
    if isinstance(rule, str) and isinstance(pattern, str):
        return f"({rule} {pattern})"
    both = (text.encode() if isinstance(text, str) else text for text in (rule, pattern))
    return b"(%b %b)" % tuple(both)


def acl_setuser(
    username: _Text,
    enabled: bool,
    nopass: bool,
    passwords: _Text | Iterable[_Text] | None,
    hashed_passwords: _Text | Iterable[_Text] | None,
    categories: Iterable[_Text] | None,
    commands: Iterable[_Text] | None,
    keys: Iterable[_Text] | None,
    reset: bool,
    reset_keys: bool,
    reset_passwords: bool,
    channels: Iterable[_Text] | None,
    selectors: Iterable[tuple[_Text, _Text]] | None,
    reset_channels: bool,
) -> Words:
    """What follows the name: resets come before what is added."""
    if nopass and (passwords or hashed_passwords):
        raise DataError("Cannot set 'nopass' and supply 'passwords' or 'hashed_passwords'")
    resets = (
        ("reset", reset),
        ("resetkeys", reset_keys),
        ("resetchannels", reset_channels),
        ("resetpass", reset_passwords),
    )
    return [
        *(word for word, flag in resets if flag),
        "on" if enabled else "off",
        *_signed(passwords, ">", "<", "Password"),
        *_signed(hashed_passwords, "#", "!", "Hashed password"),
        *(["nopass"] if nopass else []),
        *map(_category, _listed(categories)),
        *(_check_sign("Command", command) for command in _listed(commands)),
        *map(_pattern, _listed(keys)),
        *(_behind("&", channel) for channel in _listed(channels)),
        *(_selector(command, key) for command, key in selectors or ()),
    ]


# ---- the cluster ----


def cluster_failover(node_id: _Target, option: str | None) -> Words:
    if option and str(option).upper() not in ("FORCE", "TAKEOVER"):
        raise RedisError(f"Invalid option for CLUSTER FAILOVER command: {option}")
    return [option] if option else []


def cluster_replicate(target_node_id: _Target, node_id: _Text | None) -> Words:
    if node_id is None:
        raise DataError(
            "cluster_replicate() needs two nodes: the one that becomes a replica, and node_id, the "
            "id of the primary that it copies"
        )
    return [node_id]


def cluster_reset(node_id: _Target, soft: bool) -> Words:
    return ["SOFT" if soft else "HARD"]


def cluster_setslot(
    node_id: _Target, slot_id: int, state: str, bind_to_node_id: _Text | None
) -> Words:
    """What follows the slot: the other node is the one that is told, unless another is named."""
    word = str(state).upper()
    if word == "STABLE":
        return ["STABLE"]
    if word not in ("IMPORTING", "MIGRATING", "NODE"):
        raise RedisError(f"Invalid slot state: {state}")
    return [state, node_id if bind_to_node_id is None else bind_to_node_id]
