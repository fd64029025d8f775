"""The exceptions of redis-py-cluster 2.1.3, by the same names and in the same hierarchy.

Where redis-py is installed each class also derives from its namesake in ``redis.exceptions``, so
that ``except redis.ResponseError`` goes on catching; without redis-py nothing is missing. What the
C core has to report becomes an exception here: ``from_reply`` and ``from_failure``.
"""

from __future__ import annotations

import builtins
import re
from typing import Any

from rediscluster_c._interop.redis_py import exceptions as _redis_exceptions

_redis = _redis_exceptions()


def _bases(name: str, *own: type[BaseException]) -> tuple[type[BaseException], ...]:
    """Our own bases first, then the namesake in redis-py if there is one."""
    namesake = getattr(_redis, name, None)
    bases = own if namesake is None else (*own, namesake)
    # A base that another one derives from already would make the order of bases impossible.
    return tuple(
        base
        for index, base in enumerate(bases)
        if not any(
            issubclass(other, base) for position, other in enumerate(bases) if position != index
        )
    )


class RedisError(*_bases("RedisError", Exception)):  # type: ignore[misc]
    """Base of the errors that redis-py has as well.

    ``node`` ("host:port"), ``slot``, ``outcome`` ("not sent", "refused", "replied", "unknown") and
    ``command`` say what is known; None where it is not. Of the command's arguments only the first
    key is shown (up to 64 bytes): the error may go where values must not. ``element`` is what a
    move between lists of different slots had taken from the first, and may not have put into any.
    """

    __repr__ = BaseException.__repr__  # redis-py's, from 8 on, leaves the text out

    node: str | None = None
    slot: int | None = None
    outcome: str | None = None
    command: str | None = None
    element: bytes | None = None


class ConnectionError(*_bases("ConnectionError", RedisError)):  # type: ignore[misc]
    """A connection could not be made, or was lost."""


class TimeoutError(*_bases("TimeoutError", RedisError)):  # type: ignore[misc]
    """No answer came within socket_timeout, or within the time of the call (command_timeout)."""


class AuthenticationError(*_bases("AuthenticationError", ConnectionError)):  # type: ignore[misc]
    """The server refused the password or user name."""


class AuthenticationWrongNumberOfArgsError(
    *_bases("AuthenticationWrongNumberOfArgsError", AuthenticationError)  # type: ignore[misc]
):
    """The server does not take a user name with AUTH (before 6.0)."""


class BusyLoadingError(*_bases("BusyLoadingError", ConnectionError)):  # type: ignore[misc]
    """The server is still loading its data."""


class InvalidResponse(*_bases("InvalidResponse", ConnectionError)):  # type: ignore[misc]
    """What the server sent is not RESP; the connection was dropped."""


class ReplyLimitError(*_bases("ReplyLimitError", RedisError)):  # type: ignore[misc]
    """The reply was larger than max_reply_bytes or max_reply_items allow, or nested too deeply.

    The command has run, and its reply was thrown away.
    """


class ResponseError(*_bases("ResponseError", RedisError)):  # type: ignore[misc]
    """The server's error reply to a command."""


class DataError(*_bases("DataError", RedisError)):  # type: ignore[misc]
    """An argument is of a type that a server cannot take."""


class PubSubError(*_bases("PubSubError", RedisError)):  # type: ignore[misc]
    """Publish and subscribe was used wrongly."""


class WatchError(*_bases("WatchError", RedisError)):  # type: ignore[misc]
    """A watched key changed."""


class NoScriptError(*_bases("NoScriptError", ResponseError)):  # type: ignore[misc]
    """The server does not have the script."""


class ExecAbortError(*_bases("ExecAbortError", ResponseError)):  # type: ignore[misc]
    """A transaction was not carried out."""


class ReadOnlyError(*_bases("ReadOnlyError", ResponseError)):  # type: ignore[misc]
    """A replica was asked to write."""


class NoPermissionError(*_bases("NoPermissionError", ResponseError)):  # type: ignore[misc]
    """The user may not run this command."""


class OutOfMemoryError(*_bases("OutOfMemoryError", ResponseError)):  # type: ignore[misc]
    """The server has reached maxmemory and takes no writes that grow."""


class ModuleError(*_bases("ModuleError", ResponseError)):  # type: ignore[misc]
    """A server module could not be loaded or unloaded."""


class LockError(*_bases("LockError", RedisError, ValueError)):  # type: ignore[misc]
    """A lock could not be taken or released. lock_name is its name, as it was given, or None."""

    def __init__(self, message: str | None = None, lock_name: Any = None) -> None:
        Exception.__init__(self, *([] if message is None else [message]))
        self.message = message
        self.lock_name = lock_name


class LockNotOwnedError(*_bases("LockNotOwnedError", LockError)):  # type: ignore[misc]
    """The lock is not, or no longer, held by this client."""


class ChildDeadlockedError(*_bases("ChildDeadlockedError", Exception)):  # type: ignore[misc]
    """Kept for programs that name it; never raised: a fork leaves no lock behind."""


# ---- of the cluster ----


class RedisClusterException(*_bases("RedisClusterException", Exception)):  # type: ignore[misc]
    """A command or option that a cluster does not allow, or a cluster that cannot be used."""

    __repr__ = BaseException.__repr__  # redis-py's, from 8 on, leaves the text out

    node: str | None = None
    slot: int | None = None
    outcome: str | None = None
    command: str | None = None
    element: bytes | None = None


class RedisClusterError(*_bases("RedisClusterError", Exception)):  # type: ignore[misc]
    """Kept for programs that name it; never raised."""


class ClusterDownException(*_bases("ClusterDownException", Exception)):  # type: ignore[misc]
    """Kept for programs that name it; never raised."""


class RedisClusterConfigError(*_bases("RedisClusterConfigError", Exception)):  # type: ignore[misc]
    """An option of the constructor is wrong."""


class SlotNotCoveredError(*_bases("SlotNotCoveredError", RedisClusterException)):  # type: ignore[misc]
    """No node serves the slot."""


class ClusterError(*_bases("ClusterError", RedisError)):  # type: ignore[misc]
    """The cluster did not come to an end with a command."""


class ClusterDownError(*_bases("ClusterDownError", ClusterError, ResponseError)):  # type: ignore[misc]
    """The cluster says that it is down."""


class MasterDownError(*_bases("MasterDownError", ClusterDownError)):  # type: ignore[misc]
    """The replica's link to its primary is down."""


class ClusterCrossSlotError(*_bases("ClusterCrossSlotError", ResponseError)):  # type: ignore[misc]
    """Keys of one command are in different slots."""

    message = "Keys in request don't hash to the same slot"


class CrossSlotTransactionError(
    *_bases("CrossSlotTransactionError", RedisClusterException)  # type: ignore[misc]
):
    """The keys of a transaction, or of WATCH, are in different slots. Nothing was sent."""


class TryAgainError(*_bases("TryAgainError", ResponseError)):  # type: ignore[misc]
    """A slot is being moved, and not all keys of the command are in one place."""


_TARGETS = re.compile(r"([0-9]{1,5}) (\S*):([0-9]{1,5})(?!\S)")


class AskError(*_bases("AskError", ResponseError)):  # type: ignore[misc]
    """The key may be on another node already: "12 1.2.3.4:5"."""

    def __init__(self, resp: str) -> None:
        self.args = (resp,)
        self.message = resp
        # A pipeline puts words before the target, and copies and pickles are made from such args.
        targets = _TARGETS.findall(resp)
        slot, host, port = targets[-1] if targets else ("-1", "", "0")
        self.slot_id = int(slot)
        self.host: str = host
        self.port = int(port)
        self.node_addr = (self.host, self.port)


class MovedError(*_bases("MovedError", AskError)):  # type: ignore[misc]
    """The slot is served by another node."""


# ---- outcomes that are not known ----


class UnknownOutcome(Exception):
    """Mixed into errors of a write that was sent and not answered: it may have run, or not.

    Such a command is not sent again by itself, unless the client was made with retry_writes=True.
    """


class OutcomeUnknownConnectionError(UnknownOutcome, ConnectionError):
    """The write was sent and its reply lost, with the connection or for another reason."""


class OutcomeUnknownTimeoutError(UnknownOutcome, TimeoutError):
    """The write was sent, and no reply came in time."""


class OutcomeUnknownResponseError(UnknownOutcome, ResponseError):
    """A transaction's MULTI was refused, so its commands, if they ran, did so one by one."""


# ---- from the C core ----

# The code that begins an error reply; the message is what stands behind it.
_BY_CODE: dict[str, type[Exception]] = {
    "ASK": AskError,
    "CLUSTERDOWN": ClusterDownError,
    "CROSSSLOT": ClusterCrossSlotError,
    "EXECABORT": ExecAbortError,
    "LOADING": BusyLoadingError,
    "MASTERDOWN": MasterDownError,
    "MOVED": MovedError,
    "NOAUTH": AuthenticationError,
    "NOPERM": NoPermissionError,
    "NOSCRIPT": NoScriptError,
    "READONLY": ReadOnlyError,
    "TRYAGAIN": TryAgainError,
    "WRONGPASS": AuthenticationError,
}

# How messages of the code ERR begin.
_BY_MESSAGE: list[tuple[str, type[Exception]]] = [
    ("max number of clients ", ConnectionError),
    ("Client sent AUTH, but no password is set", AuthenticationError),  # before 6.0
    ("AUTH <password> called without any password configured", AuthenticationError),
    ("invalid password", AuthenticationError),
    (
        "wrong number of arguments for 'auth' command",
        AuthenticationWrongNumberOfArgsError,
    ),
]

_SHARED_SLOT = (
    "keyslot(key) of the client is a key's slot, and keys with the same {hash tag} share one"
)

# Slot and address, as AskError takes them apart; whatever else is no redirect.
_TARGET = re.compile(r"[0-9]{1,5} [^ ]*:[0-9]{1,5}( .*)?", re.DOTALL)


def from_reply(text: str) -> Exception:
    """The exception for an error reply, given without its leading '-'. Never raises."""
    code, _, rest = text.partition(" ")
    if code == "ERR":
        for message, kind in _BY_MESSAGE:
            if rest.startswith(message):
                return kind(rest)
        return ResponseError(rest)
    if code == "CROSSSLOT":
        return ClusterCrossSlotError(f"{rest}; {_SHARED_SLOT}")
    if code == "OOM":
        return OutOfMemoryError(text)  # a ResponseError, whose text has always had its code
    found = _BY_CODE.get(code)
    if found is None or (issubclass(found, AskError) and not _TARGET.fullmatch(rest)):
        return ResponseError(text)
    return found(rest)


def _class_of(name: str) -> type[Exception]:
    return globals().get(name) or getattr(builtins, name)  # type: ignore[no-any-return]


def from_failure(
    name: str,
    message: str,
    host: str,
    port: int,
    slot: int,
    outcome: str,
    read: bool,
    cause: str = "",
    cause_text: str = "",
) -> Exception:
    """The exception for what the core reports: no reply, or no cluster at all.

    *cause* is the class of its ``__cause__``, if it has one.
    """
    kind = _class_of(name)
    node = f"{host}:{port}" if port else None
    if outcome == "unknown" and not read:
        # Whatever the last try ended with, what counts is that an earlier one may have run.
        late = kind is TimeoutError
        kind = OutcomeUnknownTimeoutError if late else OutcomeUnknownConnectionError
        message += "; the command was sent, and whether it ran is not known"
    if kind is SlotNotCoveredError:
        message = f'Slot "{slot}" not covered by the cluster. "skip_full_coverage_check=True"'
    elif node is not None:
        message = f"{message} ({node})"
    error: Any = kind(message)
    error.node = node
    error.slot = slot if slot >= 0 else None
    error.outcome = outcome
    if cause:
        error.__cause__ = _class_of(cause)(cause_text)
    return error  # type: ignore[no-any-return]


def explain_decoding(error: UnicodeDecodeError, command: str) -> None:
    """Put the command whose reply is no text of the encoding into the error that says so."""
    error.reason += (
        f", in the reply to {command}: decode_responses=True takes every reply for a text; "
        "a client without it returns bytes"
    )
    error.command = command  # type: ignore[attr-defined]


def annotate(error: Exception, number: int, text: str, command: str) -> Exception:
    """Put the number and text of a pipeline's command into its exception.

    *command* is the text without values, as exceptions carry it.
    """
    before = str(error)
    args = error.args
    message = f"Command # {number} ({text}) of pipeline caused error: {before}"
    error.args = (message, *args[1:])
    if isinstance(error, UnicodeDecodeError):
        error.args = args
        error.reason += f" (command # {number} of the pipeline)"
    elif str(error) == before:
        # UnicodeDecodeError, OSError and the like, from a callback: their text is not their args.
        error.args = args
        if hasattr(error, "add_note"):  # Python 3.11
            error.add_note(message)
    error.command = command  # type: ignore[attr-defined]
    return error
