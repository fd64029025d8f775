"""Lists of several slots: an element is taken from one and put into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rediscluster_c._commands.cross_slot.steps import replies, run, text
from rediscluster_c._safe_repr import bad_value
from rediscluster_c.exceptions import DataError, RedisClusterException, RedisError, UnknownOutcome

if TYPE_CHECKING:
    from rediscluster_c.client import RedisCluster

_ENDS = {"LEFT": "L", "RIGHT": "R"}


def _end(method: str, name: str, value: Any) -> str:
    """L or R, as commands' names begin."""
    word = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    end = _ENDS.get(word.upper()) if isinstance(word, str) else None
    if end is None:
        raise DataError(f"{method}: " + bad_value(name, "'LEFT' or 'RIGHT'", value))
    return end


def _check(client: RedisCluster, src: Any, dst: Any) -> bool:
    """Whether src has elements; the server's error if either is no list."""
    length, _ = replies(client, [("LLEN", src), ("LLEN", dst)])
    return bool(length)


def _did_not_run(error: Exception) -> bool:
    """Errors that are not the client's own, an override's or a handler's, say nothing of that."""
    if isinstance(error, UnknownOutcome) or not isinstance(
        error, (RedisError, RedisClusterException)
    ):
        return False
    return error.outcome != "unknown"


def _hold(error: Exception, element: bytes, what: str) -> Exception:
    """The error, which now says what became of the element, and has it."""
    error.args = (f"{error}: {what}: {element!r}", *error.args[1:])
    if isinstance(error, (RedisError, RedisClusterException)):
        error.element = element
    return error


def _put(client: RedisCluster, element: bytes, src: Any, dst: Any, back: str, push: str) -> None:
    """Put the element into dst, or where it came from if that is not possible."""
    try:
        run(client, push, dst, element)
    except Exception as error:
        if not _did_not_run(error):
            what = f"an element was taken from {src!r}, and whether it is in {dst!r} is not known"
            _hold(error, element, what)
            raise
        _put_back(client, element, src, back, error)
        raise


def _put_back(client: RedisCluster, element: bytes, src: Any, back: str, reason: Exception) -> None:
    try:
        run(client, back, src, element)
    except Exception as error:
        what = f"an element was taken from {src!r}, and whether it is there again is not known"
        if _did_not_run(error):
            what = f"an element was taken from {src!r}, and could not be put anywhere"
        raise _hold(error, element, what) from reason


def lmove(client: RedisCluster, first_list: Any, second_list: Any, src: Any, dest: Any) -> Any:
    from_end, to_end = _end("lmove", "src", src), _end("lmove", "dest", dest)
    return _move(client, first_list, second_list, from_end, to_end)


def rpoplpush(client: RedisCluster, src: Any, dst: Any) -> Any:
    return _move(client, src, dst, "R", "L")


def _move(client: RedisCluster, src: Any, dst: Any, from_end: str, to_end: str) -> Any:
    if not _check(client, src, dst):
        return None
    element = run(client, f"{from_end}POP", src)
    if element is None:
        return None
    _put(client, element, src, dst, f"{from_end}PUSH", f"{to_end}PUSH")
    return text(client, element)


def blmove(
    client: RedisCluster, first_list: Any, second_list: Any, timeout: Any, src: Any, dest: Any
) -> Any:
    from_end, to_end = _end("blmove", "src", src), _end("blmove", "dest", dest)
    return _wait_and_move(client, first_list, second_list, timeout, from_end, to_end)


def brpoplpush(client: RedisCluster, src: Any, dst: Any, timeout: Any) -> Any:
    return _wait_and_move(client, src, dst, 0 if timeout is None else timeout, "R", "L")


def _wait_and_move(
    client: RedisCluster, src: Any, dst: Any, timeout: Any, from_end: str, to_end: str
) -> Any:
    _check(client, src, dst)
    taken = run(client, f"B{from_end}POP", src, timeout)
    if taken is None:
        return None
    element = taken[1]
    _put(client, element, src, dst, f"{from_end}PUSH", f"{to_end}PUSH")
    return text(client, element)
