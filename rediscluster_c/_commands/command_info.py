"""Commands that the command table does not have: where their keys stand, says the server.

A command's slot decides where it goes and which others it may not overtake; so the place of its
first key matters even where a redirect would repair the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from weakref import WeakKeyDictionary

from rediscluster_c import _core
from rediscluster_c.crc import encode
from rediscluster_c.exceptions import RedisClusterException, ResponseError

if TYPE_CHECKING:
    from rediscluster_c._commands.node_api import NodeMethods
    from rediscluster_c.connection import ClusterConnectionPool


class _Facts(NamedTuple):
    first_key: int  # among the words; 0: no key
    movable: bool  # each command has to be looked at by itself
    read: bool


_UNKNOWN = _Facts(0, False, False)
_GUESS = _Facts(1, False, False)  # nearly always right, where the server may not be asked

# What changes a connection for whoever gets it next, or is not answered by one reply: it has a
# method of another kind, or no place in this client. No row of the table is among it.
_TAKERS = (
    {
        (name,)
        for name in """
            ASKING AUTH HELLO MONITOR MULTI PSUBSCRIBE PSYNC PUNSUBSCRIBE QUIT READONLY READWRITE
            REPLCONF RESET SELECT SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SYNC UNSUBSCRIBE WATCH
        """.split()
    }
    | {
        ("CLIENT", name)
        for name in "CACHING CAPA IMPORT-SOURCE NO-EVICT NO-TOUCH REPLY TRACKING".split()
    }
    | {("CLUSTER", "SYNCSLOTS"), ("SCRIPT", "DEBUG")}
)

_known: WeakKeyDictionary[ClusterConnectionPool, dict[tuple[str, ...], _Facts]]
_known = WeakKeyDictionary()


def _text(value: Any) -> str:
    # A memoryview need not be contiguous, as text has to be.
    return value if isinstance(value, str) else str(bytes(value), "ascii", "replace")


def _words(args: tuple[Any, ...]) -> list[Any]:
    """The words as they go out: a name like "XGROUP CREATE" is two of them."""
    return [*_text(args[0]).split(" "), *args[1:]]


def _name(word: Any) -> str:
    """A word that may belong to the command's name; "" for what cannot."""
    return _text(word).upper() if isinstance(word, (str, bytes, memoryview)) else ""


def _is_info(info: Any) -> bool:
    """Whether it has the shape that a server gives: name, arity, flags, first key, ..."""
    return (
        isinstance(info, list)
        and len(info) > 3
        and isinstance(info[0], (str, bytes))
        and isinstance(info[2], list)
        and isinstance(info[3], int)
    )


def _ask(client: _core.Client, words: list[Any]) -> tuple[_Facts, int]:
    """COMMAND INFO: the facts, and whether they hold for the first word alone or for two words."""
    with_parts = 1
    try:
        reply = client.execute_command("COMMAND", "INFO", words[0])
    except ResponseError:
        return _GUESS, with_parts
    if reply == [None]:
        return _UNKNOWN, with_parts  # the server will say so, too
    info: Any = reply[0] if isinstance(reply, list) and len(reply) == 1 else None
    if not _is_info(info):
        return _GUESS, with_parts
    parts = info[9] if len(info) > 9 else []  # of a container command, since server 7.0
    if parts and isinstance(parts, list):
        with_parts = 2
        second = f"{_text(info[0])}|{_name(words[1])}".lower()
        named = (part for part in parts if _is_info(part) and _text(part[0]) == second)
        info = next(named, info)
    flags = {_text(flag) for flag in info[2]}
    return _Facts(info[3], "movablekeys" in flags, "readonly" in flags), with_parts


def _find(client: _core.Client, words: list[Any]) -> int:
    """COMMAND GETKEYS; 0 when the command, as it is given, has no key."""
    try:
        keys = client.execute_command("COMMAND", "GETKEYS", *words)
    except (ResponseError, UnicodeDecodeError):
        keys = []
    if not keys or not isinstance(keys, list):
        return 0  # a redirect leads it to where it belongs
    pool: Any = client.connection_pool
    texts = [encode(word, pool.encoding, pool.encoding_errors) for word in (*words, keys[0])]
    return texts.index(texts[-1])


def refuse(name: str) -> NoReturn:
    """Raise RedisClusterException, as the command would change a connection that is shared."""
    raise RedisClusterException(
        f"{name} would change the state of a connection that other commands share"
    )


def key_place(
    user: NodeMethods, args: tuple[Any, ...], seconds: float | None = None
) -> tuple[int, bool]:
    """(the first key's place among the words, or 0; whether the command only reads).

    Asks a server about each command once; the answer is kept as long as the client's pool. Each
    question may take so many seconds (None: no limit).
    """
    words = _words(args)
    name = tuple(_name(word) for word in words[:2])
    if name in _TAKERS or name[:1] in _TAKERS:
        shown = name if name in _TAKERS else name[:1]  # what follows AUTH is a password
        refuse(" ".join(shown))
    if len(words) == 1:
        return 0, False
    pool = user.connection_pool
    # Of a plain type: the user's may queue commands, or convert replies.
    client = _core.Client(pool)
    client.command_timeout = seconds
    known = _known.setdefault(pool, {})
    facts = known.get(name[:1]) or known.get(name)
    if facts is None:
        facts, length = _ask(client, words)
        known[name[:length]] = facts
    return _find(client, words) if facts.movable else facts.first_key, facts.read
