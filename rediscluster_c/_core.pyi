"""Types of rediscluster_c._core: written by tools/make_stub.py (make stub), not by hand.

A client's command returns its reply; a pipeline's returns the pipeline, for chaining, or never
returns, where a pipeline refuses the command. So a pipeline is a client in its methods, not in what
they return: that is redis-py-cluster's design, and the one place where an override here is not
compatible. Take a client where replies are used, a pipeline where commands are queued.

Text is bytes, or str with decode_responses. A response or result callback, or an execute_command of
your own, can make a command return something else than is said here.
"""

# mypy: disable-error-code="override"
# pyright: reportIncompatibleMethodOverride=false

import builtins
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn, TypeVar, final, overload

from _typeshed import SupportsItems
from typing_extensions import Self, TypeAlias

from rediscluster_c._commands.queued import PipelineCommand

_Text: TypeAlias = bytes | str
_Key: TypeAlias = bytes | str | int | float | memoryview
_Value: TypeAlias = bytes | str | int | float | memoryview
_Target: TypeAlias = Any  # what names a node: see target_nodes in the documentation
_Callback: TypeAlias = Callable[..., Any]
_Score = TypeVar("_Score")

def key_slot(key: bytes | bytearray | memoryview, /) -> int:
    """Return the hash slot of a key given as bytes (int)."""

def is_host(text: str, /) -> bool:
    """Return whether a server may name this as a node's host."""

def commands(*, compiled: bool = False) -> list[dict[str, Any]]:
    """Return the command table: a list of dicts, one per row.

    *compiled*: with "params" (name, kind, type, default) and "ops", what the row's parameters
    and encoding were compiled to.
    """

def options() -> dict[str, str]:
    """Return the keywords of Cluster(): {name: type, as the stub says it}."""

def convert(
    name: str,
    data: bytes,
    decode: bool = False,
    options: int = 0,
    extra: Callable[[Any], Any] | None = None,
    /,
) -> Any:
    """Return what a row whose reply is *name* makes of *data*, one reply in RESP.

    *options* are the bits that the row's words set; *extra* is what score_cast_func is.
    """

class Cluster:
    """One client's connections, nodes and slot table."""

    def __init__(
        self,
        *,
        startup: list[tuple[str, int]] = ...,
        remaps: list[tuple[str | None, str | None, int, int]] = ...,
        address_remap: Callable[[str, int], tuple[str, int]] | None = ...,
        observer: Callable[[str, str | None, str | None, int, str], object] | None = ...,
        encoding: str = ...,
        errors: str = ...,
        decode: bool = ...,
        hide_values: bool = ...,
        username: str | bytes | None = ...,
        password: str | bytes | None = ...,
        client_name: str | None = ...,
        database: int = ...,
        socket_timeout_ms: int = ...,
        connect_timeout_ms: int = ...,
        pool_timeout_ms: int = ...,
        failover_timeout_ms: int = ...,
        keepalive: bool | int = ...,
        keepalive_idle: int = ...,
        keepalive_interval: int = ...,
        keepalive_count: int = ...,
        max_connections: int = ...,
        max_connections_per_node: int = ...,
        max_reply_bytes: int = ...,
        max_reply_items: int = ...,
        retry_rounds: int = ...,
        down_rounds: int = ...,
        lost_rounds: int = ...,
        timeout_rounds: int = ...,
        refresh_after_moved: int = ...,
        retry_writes: bool = ...,
        allow_uncovered: bool = ...,
        report_redirects: bool = ...,
        redirect_only_to_known_nodes: bool = ...,
        tls: bool = ...,
        tls_check_hostname: bool = ...,
        tls_verify: bool = ...,
        tls_ca_file: str | None = ...,
        tls_ca_path: str | None = ...,
        tls_ca_data: str | None = ...,
        tls_cert_file: str | None = ...,
        tls_key_file: str | None = ...,
        tls_key_password: str | None = ...,
        tls_crl_file: str | None = ...,
        tls_ciphers: str | None = ...,
        tls_ciphersuites: str | None = ...,
        tls_min_version: int = ...,
    ) -> None: ...
    @property
    def decode_responses(self) -> bool:
        """Whether replies are str, not bytes."""

    def open(self) -> None:
        """Fetch the slot table and check that it covers all slots."""

    def refresh(self) -> None:
        """Fetch the slot table again."""

    def disconnect(self) -> None:
        """Close the idle connections; the next command opens new ones."""

    def owner(self, slot: int, timeout_ms: int = -1, /) -> tuple[str, int] | None:
        """Return (host, port) of the primary of a slot as it is known, or None.

        If that has failed since the slot table was fetched, wait for a fresh one: half a second
        at most, and three quarters of timeout_ms.
        """

    def doubt(self, host: str, port: int, /) -> None:
        """Note that a node refuses what it should serve: who needs it next looks at a fresh slot
        table.
        """

    def ranges(self) -> list[tuple[int, int, list[tuple[str, int]]]]:
        """Return [(first slot, last slot, [(host, port), ...]), ...] as it is known, the primary
        first.
        """

    def reports(self) -> dict[str, dict[str, Any]]:
        """Return {node: numbers of what was done with it}, see RedisCluster.stats()."""

    def changes(self) -> tuple[int, int]:
        """Return (how often the slot table has changed, how many MOVED replies came since it was
        fetched).
        """

@final
class Session:
    """One conversation with one node, on a connection of its own.

    It counts among the cluster's connections, and is opened as they are.
    """

    def __new__(cls, cluster: Cluster, host: str, port: int, readonly: bool = False) -> Self: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
    @property
    def closed(self) -> bool:
        """Whether it is of no more use: closed, lost as far as is known, or of the parent
        process.
        """

    def call(self, *args: _Value, timeout: float | None = None) -> Any:
        """Send one command and return its reply as it came.

        An error reply is raised. TimeoutError after *timeout* seconds, or the client's
        socket_timeout without progress; a reply may come yet, so that the session is to be
        closed. RuntimeError in a signal handler, if its thread is in call() or receive()
        already.
        """

    def call_ok(self, *args: _Value, timeout: float | None = None) -> None:
        """Send one command, named by a str, that has to be answered with +OK.

        InvalidResponse for any other reply that is no error: the session is to be closed then.
        All else is as in call().
        """

    def send(self, *args: _Value) -> None:
        """Send one command, and do not wait for what it answers.

        Another thread may be in receive() meanwhile. TimeoutError after the client's
        socket_timeout without progress; the session is of no more use then.
        """

    def receive(self, timeout: float | None = None, default: Any = None) -> Any:
        """Return the next reply or message as it came; an error reply is raised.

        Wait no longer than *timeout* seconds (None: any time), then return *default*; what has
        come of a reply until then is kept for the next call. ConnectionError when the connection
        is lost, and after that.
        """

    def close(self, clean: bool = False) -> None:
        """End the conversation; threads that wait in it get a ConnectionError.

        With *clean* the connection goes back to the pool, if each command has had its one reply:
        the server must remember nothing of what was done on it.
        """

    @classmethod
    def wait(cls, sessions: Iterable[Self], timeout: float | None = None) -> bool:
        """Wait until one of several may have something to receive (bool: False after *timeout*).

        First take from each, with receive(0), what is there already. One that is closed ends the
        wait as well.
        """

class Client:
    """Runs commands on a cluster."""

    read_from_replicas: bool | str
    command_timeout: float | None
    bounds_waits: bool
    _node_flags: dict[str, str] | None
    def __init__(
        self,
        connection_pool: Cluster,
        result_callbacks: Mapping[str, _Callback] | None = None,
        response_callbacks: Mapping[str, _Callback] | None = None,
        read_from_replicas: bool | str = False,
    ) -> None: ...
    @property
    def connection_pool(self) -> Cluster:
        """The connections, nodes and slot table; shared with the pipelines."""

    @property
    def _response_callbacks(self) -> dict[str, _Callback]:
        """{command: callback} of set_response_callback; the table's own may stand there as well."""

    @property
    def result_callbacks(self) -> dict[str, _Callback]:
        """{command: callback} of set_result_callback."""

    def set_response_callback(self, command: str, callback: _Callback) -> None:
        """Let callback(reply) convert the replies of *command*, on this client only."""

    def set_result_callback(self, command: str, callback: _Callback) -> None:
        """Let callback(command, {node name: reply}) merge what several nodes answer to
        *command*.
        """

    def execute_command(self, *args: _Value, **options: Any) -> Any:
        """Run the command whose name and arguments are given; on a pipeline, queue it.

        The reply is converted as the command's own method does, if it has one, with that
        method's options as keywords. *target_nodes*: the nodes to send it to. *NEVER_DECODE*
        (whatever it is): the reply as bytes, past the response callbacks. *read_from_replicas*
        (False): a read goes to the primary whatever the client does. *command_timeout*: seconds
        for all of this call (None: any time), in the place of the client's own; not on a
        pipeline.
        """

    def append(self, key: _Key, value: _Value) -> int:
        """Append *value* to the string at *key*, which is made if it does not exist.

        Returns the string's new length in bytes (int).

        Server command: APPEND, since version 2.0.0: https://valkey.io/commands/append/
        """

    def decr(self, name: _Key, amount: int = 1) -> int:
        """Subtract *amount* from the integer at *name* (0 if there is none).

        Returns the new value (int). ResponseError if the value is not an integer.

        Server command: DECRBY, since version 1.0.0: https://valkey.io/commands/decrby/
        """

    def decrby(self, name: _Key, amount: int = 1) -> int:
        """The same as decr().

        Server command: DECRBY, since version 1.0.0: https://valkey.io/commands/decrby/
        """

    def delex(
        self,
        name: _Key,
        ifeq: _Value | None = None,
        ifne: _Value | None = None,
        ifdeq: _Value | None = None,
        ifdne: _Value | None = None,
    ) -> int:
        """Delete *name* if its value is *ifeq*, is not *ifne*, or if its digest is *ifdeq*, is
        not *ifdne*.

        One of these may be given; without any it is deleted. Returns 1, or 0 if it was not
        (int).

        Server command: DELEX, since version 8.4.0: https://redis.io/docs/latest/commands/delex/
        """

    def delifeq(self, name: _Key, value: _Value) -> int:
        """Delete *name* if its value is *value*. Returns 1, or 0 if it was not (int).

        Server command: DELIFEQ, since version Valkey 9.0.0: https://valkey.io/commands/delifeq/
        """

    def digest(self, name: _Key) -> _Text | None:
        """Return the XXH3 digest of the string at *name* in hexadecimal digits, or None.

        Server command: DIGEST, since version 8.4.0:
        https://redis.io/docs/latest/commands/digest/
        """

    def get(self, name: _Key) -> _Text | None:
        """Return the value of *name* (bytes, or str with decode_responses), or None.

        Server command: GET, since version 1.0.0: https://valkey.io/commands/get/
        """

    def getdel(self, name: _Key) -> _Text | None:
        """Return the value of *name*, and delete it. None if it does not exist.

        Server command: GETDEL, since version 6.2.0: https://valkey.io/commands/getdel/
        """

    def getex(
        self,
        name: _Key,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        persist: bool = False,
    ) -> _Text | None:
        """Return the value of *name*, or None, and change its expiry: one of these may be given.

        *ex*, *px*: to seconds, milliseconds from now. *exat*, *pxat*: to a Unix time. *persist*:
        to none.

        Server command: GETEX, since version 6.2.0: https://valkey.io/commands/getex/
        """

    def getrange(self, key: _Key, start: int, end: int) -> _Text:
        """Return the bytes of the string at *key* from *start* to *end*, both included.

        Negative offsets count from the end.

        Server command: GETRANGE, since version 2.4.0: https://valkey.io/commands/getrange/
        """

    def getset(self, name: _Key, value: _Value) -> _Text | None:
        """Set *name* to *value*, without expiry. Returns the value that it had, or None.

        Server command: GETSET, since version 1.0.0: https://valkey.io/commands/getset/
        """

    def incr(self, name: _Key, amount: int = 1) -> int:
        """Add *amount* to the integer at *name* (0 if there is none).

        Returns the new value (int). ResponseError if the value is not an integer.

        Server command: INCRBY, since version 1.0.0: https://valkey.io/commands/incrby/
        """

    def incrby(self, name: _Key, amount: int = 1) -> int:
        """The same as incr().

        Server command: INCRBY, since version 1.0.0: https://valkey.io/commands/incrby/
        """

    def incrbyfloat(self, name: _Key, amount: float = 1.0) -> float:
        """Add *amount* to the number at *name* (0 if there is none).

        Returns the new value (float). ResponseError if the value is no number.

        Server command: INCRBYFLOAT, since version 2.6.0: https://valkey.io/commands/incrbyfloat/
        """

    def increx(
        self,
        name: _Key,
        byfloat: _Value | None = None,
        byint: _Value | None = None,
        lbound: _Value | None = None,
        ubound: _Value | None = None,
        saturate: bool = False,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        persist: bool = False,
        enx: bool = False,
    ) -> Any:
        """Add to the number at *name*, 1 if nothing else is said. Returns [new value, what was
        added].

        *lbound*, *ubound*: beyond these it is not changed, or with *saturate* only up to them.
        *ex*, *px*: expiry in seconds, milliseconds; *exat*, *pxat*: at a Unix time; *enx*: if it
        has none yet; *persist*: none any more. With *byfloat* both are texts.

        Server command: INCREX, since version 8.8.0:
        https://redis.io/docs/latest/commands/increx/
        """

    @overload
    def lcs(
        self,
        key1: _Key,
        key2: _Key,
        len: Literal[False] = False,
        idx: Literal[False] = False,
        minmatchlen: int = 0,
        withmatchlen: bool = False,
    ) -> _Text:
        """Return the longest common subsequence of two strings, which must be of one slot.

        With *len* its length (int). With *idx* where it is: {'matches': [[(first, last) in the
        first string, (first, last) in the second], ...], 'len': int}, the last match first;
        matches shorter than *minmatchlen* are left out, and *withmatchlen* puts each one's
        length before its places.

        Server command: LCS, since version 7.0.0: https://valkey.io/commands/lcs/
        """
    @overload
    def lcs(
        self,
        key1: _Key,
        key2: _Key,
        len: Literal[True],
        idx: Literal[False] = False,
        minmatchlen: int = 0,
        withmatchlen: bool = False,
    ) -> int: ...
    @overload
    def lcs(
        self,
        key1: _Key,
        key2: _Key,
        len: Literal[False] = False,
        *,
        idx: Literal[True],
        minmatchlen: int = 0,
        withmatchlen: bool = False,
    ) -> dict[str, Any]: ...
    @overload
    def lcs(
        self,
        key1: _Key,
        key2: _Key,
        len: bool = False,
        idx: bool = False,
        minmatchlen: int = 0,
        withmatchlen: bool = False,
    ) -> Any: ...
    def mget(self, keys: _Key | Iterable[_Key], *args: _Key) -> list[_Text | None]:
        """Return the values of all keys in their order, None for those that do not exist.

        Atomic per slot only: each slot's keys are read by one MGET, all in one round trip.

        Server command: MGET, since version 1.0.0: https://valkey.io/commands/mget/
        """

    def mget_nonatomic(self, keys: _Key | Iterable[_Key], *args: _Key) -> list[_Text | None]:
        """The same as mget().

        Server command: MGET, since version 1.0.0: https://valkey.io/commands/mget/
        """

    def mset(self, *args: SupportsItems[_Key, _Value], **kwargs: _Value) -> bool:
        """Set each key of a mapping, or of the keywords, to its value. Returns True.

        Atomic per slot only: each slot's keys are set by one MSET, all in one round trip.

        Server command: MSET, since version 1.0.1: https://valkey.io/commands/mset/
        """

    def mset_nonatomic(self, *args: SupportsItems[_Key, _Value], **kwargs: _Value) -> bool:
        """The same as mset().

        Server command: MSET, since version 1.0.1: https://valkey.io/commands/mset/
        """

    def msetnx(self, *args: SupportsItems[_Key, _Value], **kwargs: _Value) -> bool:
        """Set each key of a mapping, or of the keywords, if none of them exists. Returns whether
        it did.

        Not atomic across slots: then each slot's keys are set by one MSETNX, and if keys of one
        slot have come into being meanwhile, or an error stops it, those that were set are
        deleted again, unless they were changed. After a lost connection some may stay.

        Server command: MSETNX, since version 1.0.1: https://valkey.io/commands/msetnx/
        """

    def msetex(
        self,
        mapping: SupportsItems[_Key, _Value],
        data_persist_option: _Value | None = None,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        keepttl: bool = False,
    ) -> int:
        """Set each key of *mapping* to its value, all or none, with an expiry: one of these may
        be given.

        *ex*, *px*: in seconds, milliseconds. *exat*, *pxat*: at a Unix time. *keepttl*: that
        they had. *data_persist_option*: 'NX' only if none of the keys exists, 'XX' only if all
        do. Returns 1, or 0 if the condition was not met (int). RedisClusterException if the keys
        are of several slots.

        Server command: MSETEX, since version 8.4.0, Valkey 9.1.0:
        https://valkey.io/commands/msetex/
        """

    def psetex(self, name: _Key, time_ms: int | timedelta, value: _Value) -> bool:
        """Set *name* to *value*, to expire in *time_ms* milliseconds (int or timedelta). Returns
        True.

        Server command: PSETEX, since version 2.6.0: https://valkey.io/commands/psetex/
        """

    @overload
    def set(
        self,
        name: _Key,
        value: _Value,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: Literal[False] = False,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        ifeq: _Value | None = None,
        ifne: _Value | None = None,
        ifdeq: _Value | None = None,
        ifdne: _Value | None = None,
    ) -> bool | None:
        """Set *name* to *value*. Returns True, or None when a condition kept it from being set.

        *ex*, *px*: expiry in seconds, milliseconds. *exat*, *pxat*: as Unix time (server 6.2).
        *keepttl* (6.0) keeps the expiry. *get* (6.2) returns the old value instead of True.
        Conditions: *nx*, *xx*: there is none, or one. *ifeq* (Redis 8.4, Valkey 8.1), *ifne*
        (8.4): its value is this, or another; *ifdeq*, *ifdne* (8.4): its digest is.

        Server command: SET, since version 1.0.0: https://valkey.io/commands/set/
        """
    @overload
    def set(
        self,
        name: _Key,
        value: _Value,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        *,
        get: Literal[True],
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        ifeq: _Value | None = None,
        ifne: _Value | None = None,
        ifdeq: _Value | None = None,
        ifdne: _Value | None = None,
    ) -> _Text | None: ...
    @overload
    def set(
        self,
        name: _Key,
        value: _Value,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        *,
        get: bool,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        ifeq: _Value | None = None,
        ifne: _Value | None = None,
        ifdeq: _Value | None = None,
        ifdne: _Value | None = None,
    ) -> Any: ...
    def setex(self, name: _Key, time: int | timedelta, value: _Value) -> bool:
        """Set *name* to *value*, to expire in *time* seconds (int or timedelta). Returns True.

        Server command: SETEX, since version 2.0.0: https://valkey.io/commands/setex/
        """

    def setnx(self, name: _Key, value: _Value) -> bool:
        """Set *name* to *value* if it does not exist. Returns whether it did (bool).

        Server command: SETNX, since version 1.0.0: https://valkey.io/commands/setnx/
        """

    def setrange(self, name: _Key, offset: int, value: _Value) -> int:
        """Overwrite the string at *name* from byte *offset* on; zero bytes fill what is missing
        before it.

        Returns the string's new length in bytes (int).

        Server command: SETRANGE, since version 2.2.0: https://valkey.io/commands/setrange/
        """

    def strlen(self, name: _Key) -> int:
        """Return the length in bytes of the string at *name* (int), 0 if there is none.

        Server command: STRLEN, since version 2.2.0: https://valkey.io/commands/strlen/
        """

    def substr(self, name: _Key, start: int, end: int = -1) -> _Text:
        """The same as getrange(), by the name that it had at first.

        Server command: SUBSTR, since version 1.0.0: https://valkey.io/commands/substr/
        """

    def clusterscan(
        self,
        cursor: _Key = 0,
        match: _Value | None = None,
        count: int | None = None,
        _type: _Value | None = None,
        slot: _Value | None = None,
    ) -> Any:
        """Return [next cursor (a text, '0' at the end), [key, ...]] of the keys of all the
        cluster.

        The cursor itself says which node is next. *match*: names like this pattern; *count*:
        looks at about so many at once; *_type*: only values of this type; *slot*: only of this
        slot.

        Server command: CLUSTERSCAN, since version Valkey 9.1.0:
        https://valkey.io/commands/clusterscan/
        """

    def copy(
        self,
        source: _Key,
        destination: _Key,
        destination_db: _Value | None = None,
        replace: bool = False,
    ) -> bool:
        """Copy the value at *source*, with its expiry, to *destination*. Returns whether it did
        (bool).

        It does not if *source* does not exist, or *destination* does and *replace* is false. Not
        atomic across slots: then the value is read first, and written afterwards (DUMP,
        RESTORE). *destination_db* is not possible in a cluster.

        Server command: COPY, since version 6.2.0: https://valkey.io/commands/copy/
        """

    def delete(self, *names: _Key) -> int:
        """Delete keys. Returns how many existed (int). Atomic per slot only.

        Server command: DEL, since version 1.0.0: https://valkey.io/commands/del/
        """

    def dump(self, name: _Key) -> bytes | None:
        """Return the value at *name* as the server serialises it (bytes always), or None.

        Server command: DUMP, since version 2.6.0: https://valkey.io/commands/dump/
        """

    def exists(self, *names: _Key) -> int:
        """Return how many of the keys exist (int); a key given twice counts twice.

        Server command: EXISTS, since version 1.0.0: https://valkey.io/commands/exists/
        """

    def expire(
        self,
        name: _Key,
        time: int | timedelta,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """Let *name* expire in *time* seconds (int or timedelta).

        Returns True, or False if it does not exist or a condition (server 7.0) was not met.

        Server command: EXPIRE, since version 1.0.0: https://valkey.io/commands/expire/
        """

    def expireat(
        self,
        name: _Key,
        when: int | datetime,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """Let *name* expire at the Unix time *when* in seconds (int or datetime).

        Returns True, or False if it does not exist or a condition (server 7.0) was not met.

        Server command: EXPIREAT, since version 1.2.0: https://valkey.io/commands/expireat/
        """

    def expiretime(self, key: _Key) -> int:
        """Return the Unix time in seconds when *key* expires (int): -1 without expiry, -2 if it
        does not exist.

        Server command: EXPIRETIME, since version 7.0.0: https://valkey.io/commands/expiretime/
        """

    def migrate(
        self,
        host: _Value,
        port: _Value,
        keys: _Key | Iterable[_Key],
        destination_db: _Value,
        timeout: float,
        copy: bool = False,
        replace: bool = False,
        auth: _Value | None = None,
    ) -> _Text:
        """Move keys of one slot from their node to the server at *host* and *port*: b'OK', or
        b'NOKEY'.

        *keys*: one or a list. *timeout*: milliseconds. *copy* leaves them where they are, too
        (3.0). *replace*: overwrites what is there (3.0). *auth*: that server's password (4.0.7).
        RedisClusterException for keys of several slots; ResponseError if the server is not
        reached, or is a cluster's node that does not serve the slot.

        Server command: MIGRATE, since version 2.6.0: https://valkey.io/commands/migrate/
        """

    @overload
    def move(self, name: _Value, db: _Value, *, target_nodes: None = None) -> dict[str, bool]:
        """Move *name* to another database of its node, which a cluster does not have.

        RedisClusterException unless *target_nodes* names a node; then {node name: bool}.

        Server command: MOVE, since version 1.0.0: https://valkey.io/commands/move/
        """
    @overload
    def move(self, name: _Value, db: _Value, *, target_nodes: _Target) -> Any: ...
    def object(self, infotype: _Value, key: _Key) -> int | _Text | None:
        """Return what the server knows of the value at *key*, or None if it does not exist.

        *infotype*: 'ENCODING' (bytes, or str with decode_responses), 'REFCOUNT', 'IDLETIME',
        'FREQ' (int).

        Server command: OBJECT, since version 2.2.3: https://valkey.io/commands/object/
        """

    def object_encoding(self, key: _Key) -> _Text | None:
        """Return how the value at *key* is stored: b'int', b'listpack', ...; None if it does not
        exist.

        Server command: OBJECT ENCODING, since version 2.2.3:
        https://valkey.io/commands/object-encoding/
        """

    def object_freq(self, key: _Key) -> int | None:
        """Return how often *key* is used, on a logarithmic scale (int), or None if it does not
        exist.

        ResponseError unless the server's maxmemory-policy is one of the LFU policies.

        Server command: OBJECT FREQ, since version 4.0.0: https://valkey.io/commands/object-freq/
        """

    def object_idletime(self, key: _Key) -> int | None:
        """Return for how many seconds *key* was not used (int), or None if it does not exist.

        ResponseError if the server's maxmemory-policy is one of the LFU policies.

        Server command: OBJECT IDLETIME, since version 2.2.3:
        https://valkey.io/commands/object-idletime/
        """

    def object_refcount(self, key: _Key) -> int | None:
        """Return how many references there are to the value at *key* (int), or None if it does
        not exist.

        Server command: OBJECT REFCOUNT, since version 2.2.3:
        https://valkey.io/commands/object-refcount/
        """

    def persist(self, name: _Key) -> bool:
        """Take the expiry from *name*. Returns whether it had one (bool).

        Server command: PERSIST, since version 2.2.0: https://valkey.io/commands/persist/
        """

    def pexpire(
        self,
        name: _Key,
        time: int | timedelta,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> int:
        """Let *name* expire in *time* milliseconds (int or timedelta).

        Returns 1, or 0 if it does not exist or a condition (server 7.0) was not met.

        Server command: PEXPIRE, since version 2.6.0: https://valkey.io/commands/pexpire/
        """

    def pexpireat(
        self,
        name: _Key,
        when: int | datetime,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> int:
        """Let *name* expire at the Unix time *when* in milliseconds (int or datetime).

        Returns 1, or 0 if it does not exist or a condition (server 7.0) was not met.

        Server command: PEXPIREAT, since version 2.6.0: https://valkey.io/commands/pexpireat/
        """

    def pexpiretime(self, key: _Key) -> int:
        """Return the Unix time in milliseconds when *key* expires (int): -1 without expiry, -2
        if it does not exist.

        Server command: PEXPIRETIME, since version 7.0.0: https://valkey.io/commands/pexpiretime/
        """

    def pttl(self, name: _Key) -> int:
        """Return the milliseconds that *name* has to live (int): -1 without expiry, -2 if it
        does not exist.

        Server command: PTTL, since version 2.6.0: https://valkey.io/commands/pttl/
        """

    def rename(self, src: _Key, dst: _Key, replace: bool = False) -> bool:
        """Give the key *src* the name *dst*, with its expiry; what *dst* held is gone. Returns
        True.

        ResponseError if *src* does not exist, or is *dst*. *replace* has no effect: *dst* is
        always replaced.

        Not atomic across slots: then the value is read, written to *dst*, and *src* is deleted
        at last (DUMP, RESTORE, DEL). A failure or lost connection in between leaves both keys;
        what others write to *src* in between is lost.

        Server command: RENAME, since version 1.0.0: https://valkey.io/commands/rename/
        """

    def renamenx(self, src: _Key, dst: _Key) -> bool:
        """Do what rename() does, unless *dst* exists. Returns whether it did (bool).

        ResponseError if *src* does not exist. Not atomic across slots, as rename(), but *dst* is
        never overwritten.

        Server command: RENAMENX, since version 1.0.0: https://valkey.io/commands/renamenx/
        """

    def restore(
        self,
        name: _Key,
        ttl: int | timedelta,
        value: _Value,
        replace: bool = False,
        absttl: bool = False,
        idletime: int | None = None,
        frequency: int | None = None,
    ) -> _Text:
        """Make *name* of what dump() returned. Returns b'OK' (str with decode_responses).

        *ttl*: milliseconds to live, 0 for ever; with *absttl* (server 5.0) a Unix time in
        milliseconds. *replace* (3.0) overwrites a key that exists; without it that is a
        ResponseError (BUSYKEY). *idletime*, *frequency* (5.0): what object_idletime() and
        object_freq() are to begin with.

        Server command: RESTORE, since version 2.6.0: https://valkey.io/commands/restore/
        """

    @overload
    def scan(
        self,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        _type: _Value | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, tuple[int, list[_Text]]]:
        """Take a step of iterating over the keys of each primary: {node name: (cursor, [key,
        ...])}.

        A cursor means something to its own node only: scan_iter() takes care of that. *match*: a
        pattern. *count*: about so many keys in a step. *_type* (server 6.0): 'string', 'list',
        ...

        Server command: SCAN, since version 2.8.0: https://valkey.io/commands/scan/
        """
    @overload
    def scan(
        self,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        _type: _Value | None = None,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def sort(
        self,
        name: _Key,
        start: int | None = None,
        num: int | None = None,
        by: _Value | None = None,
        get: _Value | Iterable[_Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
        store: None = None,
        groups: Literal[False] = False,
    ) -> list[_Text | None]:
        """Return the elements of the list, set or sorted set at *name* in order (list).

        *start*, *num*: only so many from there on. *by*, *get*: patterns of keys whose values to
        sort by, and to return; *groups* returns a tuple per element, of a value for each of
        several *get*. *desc*: the greatest first. *alpha*: sort texts, not numbers. *store*: a
        key of the same slot to put the result into, whose length is returned (int). A cluster
        takes patterns since server 7.4, of keys in the same slot only.

        Server command: SORT, since version 1.0.0: https://valkey.io/commands/sort/
        """
    @overload
    def sort(
        self,
        name: _Key,
        start: int | None = None,
        num: int | None = None,
        by: _Value | None = None,
        get: _Value | Iterable[_Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
        store: None = None,
        *,
        groups: Literal[True],
    ) -> list[tuple[_Text | None, ...]]: ...
    @overload
    def sort(
        self,
        name: _Key,
        start: int | None = None,
        num: int | None = None,
        by: _Value | None = None,
        get: _Value | Iterable[_Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
        *,
        store: _Key,
        groups: Literal[False] = False,
    ) -> int: ...
    @overload
    def sort(
        self,
        name: _Key,
        start: int | None = None,
        num: int | None = None,
        by: _Value | None = None,
        get: _Value | Iterable[_Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
        store: _Value | None = None,
        groups: bool = False,
    ) -> Any: ...
    def sort_ro(
        self,
        key: _Key,
        start: int | None = None,
        num: int | None = None,
        by: _Value | None = None,
        get: _Value | Iterable[_Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
    ) -> list[_Text | None]:
        """The same as sort(), without storing the result; it may run on a replica. Returns a
        list.

        Server command: SORT_RO, since version 7.0.0: https://valkey.io/commands/sort_ro/
        """

    def touch(self, *args: _Key) -> int:
        """Mark keys as just used. Returns how many exist (int). Atomic per slot only.

        Server command: TOUCH, since version 3.2.1: https://valkey.io/commands/touch/
        """

    def ttl(self, name: _Key) -> int:
        """Return the seconds that *name* has to live (int): -1 without expiry, -2 if it does not
        exist.

        Server command: TTL, since version 1.0.0: https://valkey.io/commands/ttl/
        """

    def type(self, name: _Key) -> _Text:
        """Return the type of the value at *name*: b'string', b'list', ..., b'none'.

        Server command: TYPE, since version 1.0.0: https://valkey.io/commands/type/
        """

    def unlink(self, *names: _Key) -> int:
        """Delete keys, and let the server free their memory in the background.

        Returns how many existed (int). Atomic per slot only.

        Server command: UNLINK, since version 4.0.0: https://valkey.io/commands/unlink/
        """

    def hdel(self, name: _Key, *keys: _Value) -> int:
        """Delete fields of the hash at *name*. Returns how many there were (int).

        Server command: HDEL, since version 2.0.0: https://valkey.io/commands/hdel/
        """

    def hexists(self, name: _Key, key: _Value) -> bool:
        """Return whether the hash at *name* has the field *key* (bool).

        Server command: HEXISTS, since version 2.0.0: https://valkey.io/commands/hexists/
        """

    def hexpire(
        self,
        name: _Key,
        seconds: int | timedelta,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> list[int]:
        """Let fields of the hash at *name* expire in so many *seconds* (int or timedelta).

        *nx*, *xx*, *gt*, *lt*: only without an expiry, with one, to a later or an earlier time.
        Returns for each field (list of int): 1 if it is set, 0 if the condition was not met, 2
        if it was deleted, as the time is over, -2 if it does not exist.

        Server command: HEXPIRE, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hexpire/
        """

    def hexpireat(
        self,
        name: _Key,
        unix_time_seconds: int | datetime,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> list[int]:
        """Let fields of the hash at *name* expire at a Unix time in seconds (int or datetime).

        *nx*, *xx*, *gt*, *lt*: only without an expiry, with one, to a later or an earlier time.
        Returns for each field (list of int): 1 if it is set, 0 if the condition was not met, 2
        if it was deleted, as the time is over, -2 if it does not exist.

        Server command: HEXPIREAT, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hexpireat/
        """

    def hexpiretime(self, key: _Key, *fields: _Value) -> list[int]:
        """Return the Unix time in seconds when each of the fields expires, of the hash at *key*
        (list of int): -1 without expiry, -2 if it does not exist.

        Server command: HEXPIRETIME, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hexpiretime/
        """

    def hget(self, name: _Key, key: _Value) -> _Text | None:
        """Return the value of the field *key* of the hash at *name*, or None.

        Server command: HGET, since version 2.0.0: https://valkey.io/commands/hget/
        """

    def hgetall(self, name: _Key) -> dict[_Text, _Text]:
        """Return all fields and values of the hash at *name* (dict).

        Server command: HGETALL, since version 2.0.0: https://valkey.io/commands/hgetall/
        """

    def hgetdel(self, name: _Key, *keys: _Value) -> list[_Text | None]:
        """Return the values of fields of the hash at *name* in their order, None where there is
        none, and delete the fields (list).

        Server command: HGETDEL, since version 8.0.0, Valkey 9.1.0:
        https://valkey.io/commands/hgetdel/
        """

    def hgetex(
        self,
        name: _Key,
        *keys: _Value,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        persist: bool = False,
    ) -> list[_Text | None]:
        """Return the values of fields of the hash at *name* in their order, None where there is
        none (list), and change the fields' expiry: one of these may be given.

        *ex*, *px*: to seconds, milliseconds from now. *exat*, *pxat*: to a Unix time. *persist*:
        to none.

        Server command: HGETEX, since version 8.0.0, Valkey 9.0.0:
        https://valkey.io/commands/hgetex/
        """

    def hincrby(self, name: _Key, key: _Value, amount: int = 1) -> int:
        """Add *amount* to the integer in field *key* of the hash at *name*. Returns the new
        value (int).

        Server command: HINCRBY, since version 2.0.0: https://valkey.io/commands/hincrby/
        """

    def hincrbyfloat(self, name: _Key, key: _Value, amount: float = 1.0) -> float:
        """Add *amount* to the number in field *key* of the hash at *name*. Returns the new value
        (float).

        Server command: HINCRBYFLOAT, since version 2.6.0:
        https://valkey.io/commands/hincrbyfloat/
        """

    def hkeys(self, name: _Key) -> list[_Text]:
        """Return the fields of the hash at *name* (list).

        Server command: HKEYS, since version 2.0.0: https://valkey.io/commands/hkeys/
        """

    def hlen(self, name: _Key) -> int:
        """Return how many fields the hash at *name* has (int).

        Server command: HLEN, since version 2.0.0: https://valkey.io/commands/hlen/
        """

    def hmget(
        self,
        name: _Key,
        keys: _Value | Iterable[_Value],
        *args: _Value,
    ) -> list[_Text | None]:
        """Return the values of fields of the hash at *name* in their order, None where there is
        none.

        Server command: HMGET, since version 2.0.0: https://valkey.io/commands/hmget/
        """

    def hmset(self, name: _Key, mapping: SupportsItems[_Value, _Value]) -> bool:
        """Set each field of *mapping* in the hash at *name*. Returns True.

        Warns that it is deprecated (DeprecationWarning): hset() does it.

        Server command: HMSET, since version 2.0.0: https://valkey.io/commands/hmset/
        """

    def hpersist(self, name: _Key, *fields: _Value) -> list[int]:
        """Take the expiry from fields of the hash at *name*.

        Returns for each field (list of int): 1 if it is taken, -1 if it had none, -2 if it does
        not exist.

        Server command: HPERSIST, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hpersist/
        """

    def hpexpire(
        self,
        name: _Key,
        milliseconds: int | timedelta,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> list[int]:
        """Let fields of the hash at *name* expire in so many *milliseconds* (int or timedelta).

        *nx*, *xx*, *gt*, *lt*: only without an expiry, with one, to a later or an earlier time.
        Returns for each field (list of int): 1 if it is set, 0 if the condition was not met, 2
        if it was deleted, as the time is over, -2 if it does not exist.

        Server command: HPEXPIRE, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hpexpire/
        """

    def hpexpireat(
        self,
        name: _Key,
        unix_time_milliseconds: int | datetime,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> list[int]:
        """Let fields of the hash at *name* expire at a Unix time in milliseconds (int or
        datetime).

        *nx*, *xx*, *gt*, *lt*: only without an expiry, with one, to a later or an earlier time.
        Returns for each field (list of int): 1 if it is set, 0 if the condition was not met, 2
        if it was deleted, as the time is over, -2 if it does not exist.

        Server command: HPEXPIREAT, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hpexpireat/
        """

    def hpexpiretime(self, key: _Key, *fields: _Value) -> list[int]:
        """Return the Unix time in milliseconds when each of the fields expires, of the hash at
        *key* (list of int): -1 without expiry, -2 if it does not exist.

        Server command: HPEXPIRETIME, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hpexpiretime/
        """

    def hpttl(self, key: _Key, *fields: _Value) -> list[int]:
        """Return the milliseconds that each of the fields has to live, of the hash at *key*
        (list of int): -1 without expiry, -2 if it does not exist.

        Server command: HPTTL, since version 7.4.0, Valkey 9.0.0:
        https://valkey.io/commands/hpttl/
        """

    @overload
    def hrandfield(self, key: _Key, count: None = None) -> _Text | None:
        """Return a random field of the hash at *key*, or None; with *count* a list of so many.

        A negative *count* allows the same field several times. *withvalues*, which needs a
        *count*, returns a list of (field, value).

        Server command: HRANDFIELD, since version 6.2.0: https://valkey.io/commands/hrandfield/
        """
    @overload
    def hrandfield(
        self,
        key: _Key,
        count: int,
        withvalues: Literal[False] = False,
    ) -> list[_Text]: ...
    @overload
    def hrandfield(
        self,
        key: _Key,
        count: int,
        withvalues: Literal[True],
    ) -> list[tuple[_Text, _Text]]: ...
    @overload
    def hrandfield(self, key: _Key, count: int, withvalues: bool) -> Any: ...
    @overload
    def hscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        no_values: Literal[False] = False,
    ) -> tuple[int, dict[_Text, _Text]]:
        """Take a step of iterating over the hash at *name*: (next cursor, {field: value}).

        It begins and ends with cursor 0. *match*: a pattern. *count*: about so many in a step.
        *no_values* (server 7.4) returns (next cursor, [field, ...]).

        Server command: HSCAN, since version 2.8.0: https://valkey.io/commands/hscan/
        """
    @overload
    def hscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        *,
        no_values: Literal[True],
    ) -> tuple[int, list[_Text]]: ...
    @overload
    def hscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        *,
        no_values: bool,
    ) -> Any: ...
    def hset(
        self,
        name: _Key,
        key: _Value | None = None,
        value: _Value | None = None,
        mapping: SupportsItems[_Value, _Value] | None = None,
        items: Iterable[_Value] | None = None,
    ) -> int:
        """Set the field *key* of the hash at *name* to *value*, and each field of *mapping*, and
        those of *items*, a list of fields and values in turn. Several at once: server 4.0.

        Returns how many fields are new (int).

        Server command: HSET, since version 2.0.0: https://valkey.io/commands/hset/
        """

    def hsetex(
        self,
        name: _Key,
        key: _Value | None = None,
        value: _Value | None = None,
        mapping: SupportsItems[_Value, _Value] | None = None,
        items: Iterable[_Value] | None = None,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        data_persist_option: _Value | None = None,
        keepttl: bool = False,
    ) -> int:
        """Set fields of the hash at *name*, as hset() does, with an expiry: one of these may be
        given.

        *ex*, *px*: in seconds, milliseconds. *exat*, *pxat*: at a Unix time. *keepttl*: that
        they had. *data_persist_option*: 'FNX' sets them only if none of them exists, 'FXX' only
        if all do; on Valkey also 'NX' or 'XX', if the hash does not exist or does, alone or in a
        list with one of these. Returns 1, or 0 if the condition was not met (int).

        Server command: HSETEX, since version 8.0.0, Valkey 9.0.0:
        https://valkey.io/commands/hsetex/
        """

    def hsetnx(self, name: _Key, key: _Value, value: _Value) -> int:
        """Set the field *key* of the hash at *name* to *value* if it does not exist.

        Returns 1, or 0 if it does (int).

        Server command: HSETNX, since version 2.0.0: https://valkey.io/commands/hsetnx/
        """

    def hstrlen(self, name: _Key, key: _Value) -> int:
        """Return the length in bytes of the value of the field *key* of the hash at *name*
        (int).

        Server command: HSTRLEN, since version 3.2.0: https://valkey.io/commands/hstrlen/
        """

    def httl(self, key: _Key, *fields: _Value) -> list[int]:
        """Return the seconds that each of the fields has to live, of the hash at *key* (list of
        int): -1 without expiry, -2 if it does not exist.

        Server command: HTTL, since version 7.4.0, Valkey 9.0.0: https://valkey.io/commands/httl/
        """

    def hvals(self, name: _Key) -> list[_Text]:
        """Return the values of the hash at *name* (list).

        Server command: HVALS, since version 2.0.0: https://valkey.io/commands/hvals/
        """

    def blmove(
        self,
        first_list: _Key,
        second_list: _Key,
        timeout: float,
        src: _Value = "LEFT",
        dest: _Value = "RIGHT",
    ) -> _Text | None:
        """Do what lmove() does, and wait up to *timeout* seconds (0: for ever) for an element.

        Returns it, or None. Not atomic across slots, as lmove().

        Server command: BLMOVE, since version 6.2.0: https://valkey.io/commands/blmove/
        """

    def blmpop(
        self,
        timeout: float,
        numkeys: int,
        *args: _Key,
        direction: str,
        count: int = 1,
    ) -> tuple[_Text, list[_Text]] | None:
        """Do what lmpop() does, and wait up to *timeout* seconds (0: for ever) for an element.

        Returns (key, [element, ...]), or None.

        Server command: BLMPOP, since version 7.0.0: https://valkey.io/commands/blmpop/
        """

    def blpop(self, keys: _Key | Iterable[_Key], timeout: float = 0) -> tuple[_Text, _Text] | None:
        """Take the first element of the first list that has one.

        *keys*: one or a list, all of one slot. Waits up to *timeout* seconds (0 or None: for
        ever). Returns (key, element), or None when the time is over.

        Server command: BLPOP, since version 2.0.0: https://valkey.io/commands/blpop/
        """

    def brpop(self, keys: _Key | Iterable[_Key], timeout: float = 0) -> tuple[_Text, _Text] | None:
        """Take the last element of the first list that has one.

        *keys*: one or a list, all of one slot. Waits up to *timeout* seconds (0 or None: for
        ever). Returns (key, element), or None when the time is over.

        Server command: BRPOP, since version 2.0.0: https://valkey.io/commands/brpop/
        """

    def brpoplpush(self, src: _Key, dst: _Key, timeout: float = 0) -> _Text | None:
        """Do what rpoplpush() does, and wait up to *timeout* seconds (0 or None: for ever) for
        an element.

        Returns it, or None. Not atomic across slots, as lmove().

        Server command: BRPOPLPUSH, since version 2.2.0: https://valkey.io/commands/brpoplpush/
        """

    def lindex(self, name: _Key, index: int) -> _Text | None:
        """Return the element at *index* of the list at *name*, or None. -1 is the last.

        Server command: LINDEX, since version 1.0.0: https://valkey.io/commands/lindex/
        """

    def linsert(self, name: _Key, where: str, refvalue: _Value, value: _Value) -> int:
        """Put *value* before or after the first *refvalue* of the list at *name*.

        *where*: 'BEFORE' or 'AFTER'. Returns the list's new length (int): -1 if *refvalue* is
        not in it, 0 if there is no list.

        Server command: LINSERT, since version 2.2.0: https://valkey.io/commands/linsert/
        """

    def llen(self, name: _Key) -> int:
        """Return the length of the list at *name* (int).

        Server command: LLEN, since version 1.0.0: https://valkey.io/commands/llen/
        """

    def lmove(
        self,
        first_list: _Key,
        second_list: _Key,
        src: _Value = "LEFT",
        dest: _Value = "RIGHT",
    ) -> _Text | None:
        """Move an element from the *src* end of *first_list* to the *dest* end of *second_list*.

        Returns it, or None if there is none. *src*, *dest*: 'LEFT' or 'RIGHT'.

        Not atomic across slots: then it is taken first, and for a moment in neither list. If it
        cannot be put into the second one it is put back where it was. Only when the connection
        is lost while it is being put there is it not known whether it is there, and it is not
        put back: the error is an UnknownOutcome whose *element* is the element. If the reply to
        the taking is lost, it is lost.

        Server command: LMOVE, since version 6.2.0: https://valkey.io/commands/lmove/
        """

    def lmpop(
        self,
        num_keys: int,
        *args: _Key,
        direction: str,
        count: int = 1,
    ) -> tuple[_Text, list[_Text]] | None:
        """Take up to *count* elements of the first of *num_keys* lists that has any; all are of
        one slot.

        *direction*: 'LEFT' takes them from the head, 'RIGHT' from the end. Returns (key,
        [element, ...]), or None.

        Server command: LMPOP, since version 7.0.0: https://valkey.io/commands/lmpop/
        """

    @overload
    def lpop(self, name: _Key, count: None = None) -> _Text | None:
        """Take the first element of the list at *name*; with *count* (server 6.2) a list of
        them.

        None if the list does not exist.

        Server command: LPOP, since version 1.0.0: https://valkey.io/commands/lpop/
        """
    @overload
    def lpop(self, name: _Key, count: int) -> list[_Text] | None: ...
    @overload
    def lpos(
        self,
        name: _Key,
        value: _Value,
        rank: int | None = None,
        count: None = None,
        maxlen: int | None = None,
    ) -> int | None:
        """Return where *value* stands in the list at *name* (int), or None.

        *rank*: the second, third, ... such element is meant; -1 is the last. With *count* a list
        of so many places, 0 of all. *maxlen*: looks at so many elements only.

        Server command: LPOS, since version 6.0.6: https://valkey.io/commands/lpos/
        """
    @overload
    def lpos(
        self,
        name: _Key,
        value: _Value,
        rank: int | None = None,
        *,
        count: int,
        maxlen: int | None = None,
    ) -> list[int]: ...
    def lpush(self, name: _Key, *values: _Value) -> int:
        """Put values at the head of the list at *name*. Returns its new length (int).

        Server command: LPUSH, since version 1.0.0: https://valkey.io/commands/lpush/
        """

    def lpushx(self, name: _Key, value: _Value, *values: _Value) -> int:
        """Put values at the head of the list at *name*, if it exists (several: server 4.0).

        Returns its new length (int), 0 if there is no list.

        Server command: LPUSHX, since version 2.2.0: https://valkey.io/commands/lpushx/
        """

    def lrange(self, name: _Key, start: int, end: int) -> list[_Text]:
        """Return the elements of the list at *name* from *start* to *end*, both included (list).

        Server command: LRANGE, since version 1.0.0: https://valkey.io/commands/lrange/
        """

    def lrem(self, name: _Key, count: int, value: _Value) -> int:
        """Remove *count* elements that are *value* from the list at *name*.

        Those nearest to the head; with a negative *count*, to the end; 0 removes all. Returns
        how many were removed (int).

        Server command: LREM, since version 1.0.0: https://valkey.io/commands/lrem/
        """

    def lset(self, name: _Key, index: int, value: _Value) -> bool:
        """Set the element at *index* of the list at *name*. Returns True.

        ResponseError if there is no list, or *index* is out of its range.

        Server command: LSET, since version 1.0.0: https://valkey.io/commands/lset/
        """

    def ltrim(self, name: _Key, start: int, end: int) -> bool:
        """Keep only the elements from *start* to *end*, both included. Returns True.

        Server command: LTRIM, since version 1.0.0: https://valkey.io/commands/ltrim/
        """

    @overload
    def rpop(self, name: _Key, count: None = None) -> _Text | None:
        """Take the last element of the list at *name*; with *count* (server 6.2) a list of them.

        None if the list does not exist.

        Server command: RPOP, since version 1.0.0: https://valkey.io/commands/rpop/
        """
    @overload
    def rpop(self, name: _Key, count: int) -> list[_Text] | None: ...
    def rpoplpush(self, src: _Key, dst: _Key) -> _Text | None:
        """Move the last element of the list at *src* to the head of the one at *dst*.

        Returns it, or None if there is none. Not atomic across slots, as lmove().

        Server command: RPOPLPUSH, since version 1.2.0: https://valkey.io/commands/rpoplpush/
        """

    def rpush(self, name: _Key, *values: _Value) -> int:
        """Put values at the end of the list at *name*. Returns its new length (int).

        Server command: RPUSH, since version 1.0.0: https://valkey.io/commands/rpush/
        """

    def rpushx(self, name: _Key, value: _Value, *values: _Value) -> int:
        """Put values at the end of the list at *name*, if it exists (several: server 4.0).

        Returns its new length (int), 0 if there is no list.

        Server command: RPUSHX, since version 2.2.0: https://valkey.io/commands/rpushx/
        """

    def sadd(self, name: _Key, *values: _Value) -> int:
        """Add members to the set at *name*. Returns how many are new (int).

        Server command: SADD, since version 1.0.0: https://valkey.io/commands/sadd/
        """

    def scard(self, name: _Key) -> int:
        """Return how many members the set at *name* has (int).

        Server command: SCARD, since version 1.0.0: https://valkey.io/commands/scard/
        """

    def sdiff(self, keys: _Key | Iterable[_Key], *args: _Key) -> builtins.set[_Text]:
        """Return the members of the first set that none of the others has (set).

        Not atomic across slots: then the sets are read in one parallel round, each by itself.

        Server command: SDIFF, since version 1.0.0: https://valkey.io/commands/sdiff/
        """

    def sdiffstore(self, dest: _Key, keys: _Key | Iterable[_Key], *args: _Key) -> int:
        """Store what sdiff() returns at *dest*, in place of what is there. Returns its size
        (int).

        Not atomic across slots: then the sets are read first, each by itself, and *dest* is
        replaced in a transaction. A failure before that leaves it as it was.

        Server command: SDIFFSTORE, since version 1.0.0: https://valkey.io/commands/sdiffstore/
        """

    def sinter(self, keys: _Key | Iterable[_Key], *args: _Key) -> builtins.set[_Text]:
        """Return the members that all the sets have (set).

        Not atomic across slots: then the sets are read in one parallel round, each by itself.

        Server command: SINTER, since version 1.0.0: https://valkey.io/commands/sinter/
        """

    def sintercard(self, numkeys: int, keys: _Key | Iterable[_Key], limit: int = 0) -> int:
        """Return how many members all the sets have (int), at most *limit* unless that is 0.

        *keys*: one or a list of *numkeys* keys, all of one slot.

        Server command: SINTERCARD, since version 7.0.0: https://valkey.io/commands/sintercard/
        """

    def sinterstore(self, dest: _Key, keys: _Key | Iterable[_Key], *args: _Key) -> int:
        """Store what sinter() returns at *dest*, in place of what is there. Returns its size
        (int).

        Not atomic across slots: then the sets are read first, each by itself, and *dest* is
        replaced in a transaction. A failure before that leaves it as it was.

        Server command: SINTERSTORE, since version 1.0.0: https://valkey.io/commands/sinterstore/
        """

    def sismember(self, name: _Key, value: _Value) -> bool:
        """Return whether *value* is a member of the set at *name* (bool).

        Server command: SISMEMBER, since version 1.0.0: https://valkey.io/commands/sismember/
        """

    def smembers(self, name: _Key) -> builtins.set[_Text]:
        """Return the members of the set at *name* (set).

        Server command: SMEMBERS, since version 1.0.0: https://valkey.io/commands/smembers/
        """

    def smismember(self, name: _Key, values: _Value | Iterable[_Value], *args: _Value) -> list[int]:
        """Return for each of the values whether it is a member of the set at *name* (list of 1
        and 0).

        Server command: SMISMEMBER, since version 6.2.0: https://valkey.io/commands/smismember/
        """

    def smove(self, src: _Key, dst: _Key, value: _Value) -> int:
        """Move *value* from the set at *src* to the one at *dst*. Returns 1, or 0 if *src* has
        it not.

        Not atomic across slots: then it is added to *dst* first, and for a moment is a member of
        both, or for good when a connection is lost in between.

        Server command: SMOVE, since version 1.0.0: https://valkey.io/commands/smove/
        """

    @overload
    def spop(self, name: _Key, count: None = None) -> _Text | None:
        """Take a random member of the set at *name*, None if there is none; with *count* a list
        of so many.

        Server command: SPOP, since version 1.0.0: https://valkey.io/commands/spop/
        """
    @overload
    def spop(self, name: _Key, count: int) -> list[_Text] | None: ...
    @overload
    def srandmember(self, name: _Key, number: None = None) -> _Text | None:
        """Return a random member of the set at *name*, or None; with *number* a list of so many.

        A negative *number* allows the same member several times.

        Server command: SRANDMEMBER, since version 1.0.0: https://valkey.io/commands/srandmember/
        """
    @overload
    def srandmember(self, name: _Key, number: int) -> list[_Text]: ...
    def srem(self, name: _Key, *values: _Value) -> int:
        """Remove members from the set at *name*. Returns how many there were (int).

        Server command: SREM, since version 1.0.0: https://valkey.io/commands/srem/
        """

    def sscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
    ) -> tuple[int, list[_Text]]:
        """Take a step of iterating over the set at *name*: (next cursor, [member, ...]).

        It begins and ends with cursor 0. *match*: a pattern. *count*: about so many in a step.

        Server command: SSCAN, since version 2.8.0: https://valkey.io/commands/sscan/
        """

    def sunion(self, keys: _Key | Iterable[_Key], *args: _Key) -> builtins.set[_Text]:
        """Return the members that any of the sets has (set).

        Not atomic across slots: then the sets are read in one parallel round, each by itself.

        Server command: SUNION, since version 1.0.0: https://valkey.io/commands/sunion/
        """

    def sunionstore(self, dest: _Key, keys: _Key | Iterable[_Key], *args: _Key) -> int:
        """Store what sunion() returns at *dest*, in place of what is there. Returns its size
        (int).

        Not atomic across slots: then the sets are read first, each by itself, and *dest* is
        replaced in a transaction. A failure before that leaves it as it was.

        Server command: SUNIONSTORE, since version 1.0.0: https://valkey.io/commands/sunionstore/
        """

    def bitcount(
        self,
        key: _Key,
        start: int | None = None,
        end: int | None = None,
        mode: str | None = None,
    ) -> int:
        """Return how many bits of the string at *key* are 1 (int).

        *start*, *end*: only those of the bytes from there to there, both included; give both or
        none. *mode* (server 7.0): 'BIT' if these count bits, else 'BYTE'.

        Server command: BITCOUNT, since version 2.6.0: https://valkey.io/commands/bitcount/
        """

    def bitfield_ro(
        self,
        key: _Key,
        encoding: str,
        offset: _Value,
        items: Iterable[tuple[str, _Value]] | None = None,
    ) -> list[int]:
        """Return integers that are packed in the string at *key* (list of int); it may run on a
        replica.

        *encoding*: 'u8' is eight bits without sign, 'i5' five with. *offset*: in bits, or '#2'
        for twice the encoding's width. *items*: further pairs of encoding and offset.

        Server command: BITFIELD_RO, since version 6.0.0: https://valkey.io/commands/bitfield_ro/
        """

    def bitop(self, operation: _Value, dest: _Key, *keys: _Key) -> int:
        """Combine strings bit by bit, and store the result at *dest*. Returns its length in
        bytes (int).

        *operation*: 'AND', 'OR', 'XOR', or 'NOT' of one string; since server 8.2 of the first
        and the others 'DIFF' (in the first alone), 'DIFF1' (in others alone), 'ANDOR' (in the
        first and another), and 'ONE' (in just one). All keys must be of one slot
        (ClusterCrossSlotError).

        Server command: BITOP, since version 2.6.0: https://valkey.io/commands/bitop/
        """

    def bitpos(
        self,
        key: _Key,
        bit: _Value,
        start: int | None = None,
        end: int | None = None,
        mode: str | None = None,
    ) -> int:
        """Return the place of the first bit that is *bit*, 0 or 1, in the string at *key* (int),
        or -1.

        *start*, *end*: looks at the bytes from there to there only, both included. *mode*
        (server 7.0): 'BIT' if these count bits, else 'BYTE'.

        Server command: BITPOS, since version 2.8.7: https://valkey.io/commands/bitpos/
        """

    def getbit(self, name: _Key, offset: int) -> int:
        """Return the bit at *offset* of the string at *name* (int); beyond its end all are 0.

        Server command: GETBIT, since version 2.2.0: https://valkey.io/commands/getbit/
        """

    def setbit(self, name: _Key, offset: int, value: _Value) -> int:
        """Set the bit at *offset* of the string at *name* to whether *value* is true.

        Returns the bit that was there (int).

        Server command: SETBIT, since version 2.2.0: https://valkey.io/commands/setbit/
        """

    def pfadd(self, name: _Key, *values: _Value) -> int:
        """Add values to the HyperLogLog at *name*. Returns 1 if its estimate changed, else 0.

        Server command: PFADD, since version 2.8.9: https://valkey.io/commands/pfadd/
        """

    def pfcount(self, *sources: _Key) -> int:
        """Return about how many different values all the HyperLogLogs have seen together (int).

        Not atomic across slots: then they are read in one parallel round, and counted here by
        the server's own formula.

        Server command: PFCOUNT, since version 2.8.9: https://valkey.io/commands/pfcount/
        """

    def pfmerge(self, dest: _Key, *sources: _Key) -> bool:
        """Merge HyperLogLogs into the one at *dest*. Returns True.

        Not atomic across slots: then they are read first, each by itself, and merged into *dest*
        at once, by a script. A failure before that leaves it as it was; to repeat it does no
        harm.

        Server command: PFMERGE, since version 2.8.9: https://valkey.io/commands/pfmerge/
        """

    def bzmpop(
        self,
        timeout: float,
        numkeys: int,
        keys: _Key | Iterable[_Key],
        min: bool = False,
        max: bool = False,
        count: int = 1,
    ) -> tuple[_Text, list[tuple[_Text, float]]] | None:
        """Pop up to *count* members from the first of the sorted sets *keys* that has any.

        Waits up to *timeout* seconds (0: for ever) until one has. *min* or *max* says from which
        end. Returns (key, [(member, score), ...]), or None when the time is over. All keys must
        be of one slot.

        Server command: BZMPOP, since version 7.0.0: https://valkey.io/commands/bzmpop/
        """

    def bzpopmax(
        self,
        keys: _Key | Iterable[_Key],
        timeout: float = 0,
    ) -> tuple[_Text, _Text, float] | None:
        """Pop the member of the highest score from the first of the sorted sets *keys* that has
        any.

        Waits up to *timeout* seconds (0 or None: for ever) until one has. Returns (key, member,
        score), or None when the time is over. All keys must be of one slot.

        Server command: BZPOPMAX, since version 5.0.0: https://valkey.io/commands/bzpopmax/
        """

    def bzpopmin(
        self,
        keys: _Key | Iterable[_Key],
        timeout: float = 0,
    ) -> tuple[_Text, _Text, float] | None:
        """The same as bzpopmax() for the lowest score.

        Server command: BZPOPMIN, since version 5.0.0: https://valkey.io/commands/bzpopmin/
        """

    @overload
    def zadd(
        self,
        name: _Key,
        mapping: SupportsItems[_Value, float],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        incr: Literal[False] = False,
        gt: bool = False,
        lt: bool = False,
    ) -> int:
        """Set the scores of members, given as {member: score}.

        *nx*: only new ones; *xx*: only old ones; *gt*, *lt* (server 6.2): only if greater, less.
        Returns how many are new, with *ch* how many changed (int); with *incr*, which adds the
        score of a single member, its new score (float), None if a condition was not met.

        Server command: ZADD, since version 1.2.0: https://valkey.io/commands/zadd/
        """
    @overload
    def zadd(
        self,
        name: _Key,
        mapping: SupportsItems[_Value, float],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        *,
        incr: Literal[True],
        gt: bool = False,
        lt: bool = False,
    ) -> float | None: ...
    @overload
    def zadd(
        self,
        name: _Key,
        mapping: SupportsItems[_Value, float],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        *,
        incr: bool,
        gt: bool = False,
        lt: bool = False,
    ) -> Any: ...
    def zcard(self, name: _Key) -> int:
        """Return how many members the sorted set at *name* has (int).

        Server command: ZCARD, since version 1.2.0: https://valkey.io/commands/zcard/
        """

    def zcount(self, name: _Key, min: _Value, max: _Value) -> int:
        """Return how many members have scores from *min* to *max* (int).

        Both are included, unless they are texts like '(5'; '-inf' and '+inf' have no bound.

        Server command: ZCOUNT, since version 2.0.0: https://valkey.io/commands/zcount/
        """

    @overload
    def zdiff(
        self,
        keys: _Key | Iterable[_Key],
        withscores: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> list[_Text]:
        """Return the members of the first of the sorted sets *keys* that no other one has
        (list).

        *withscores*: [(member, score), ...], the score as *score_cast_func* (None: float) makes
        it of the server's text. All keys must be of one slot.

        Server command: ZDIFF, since version 6.2.0: https://valkey.io/commands/zdiff/
        """
    @overload
    def zdiff(
        self,
        keys: _Key | Iterable[_Key],
        withscores: Literal[True],
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zdiff(
        self,
        keys: _Key | Iterable[_Key],
        withscores: Literal[True],
        score_cast_func: Callable[[Any], _Score],
    ) -> list[tuple[_Text, _Score]]: ...
    @overload
    def zdiff(
        self,
        keys: _Key | Iterable[_Key],
        withscores: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    def zdiffstore(self, dest: _Key, keys: _Key | Iterable[_Key]) -> int:
        """Store what zdiff() returns as the sorted set *dest*. Returns its size (int).

        Server command: ZDIFFSTORE, since version 6.2.0: https://valkey.io/commands/zdiffstore/
        """

    def zincrby(self, name: _Key, amount: float, value: _Value) -> float:
        """Add *amount* to the score of *value* in the sorted set at *name*. Returns the new
        score (float).

        Server command: ZINCRBY, since version 1.2.0: https://valkey.io/commands/zincrby/
        """

    @overload
    def zinter(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> list[_Text]:
        """Return the members that all sorted sets *keys* have, lowest score first (list).

        *keys* is a list, or {key: weight}; scores are multiplied by the weights. *aggregate*,
        'SUM', 'MIN', 'MAX', or 'COUNT' (server 8.8), says how a member's scores become one.
        *withscores*: [(member, score), ...], the score as *score_cast_func* (None: float) makes
        it of the server's text. All keys must be of one slot.

        Server command: ZINTER, since version 6.2.0: https://valkey.io/commands/zinter/
        """
    @overload
    def zinter(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        *,
        withscores: Literal[True],
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zinter(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[Any], _Score],
    ) -> list[tuple[_Text, _Score]]: ...
    @overload
    def zinter(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        *,
        withscores: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    def zintercard(self, numkeys: int, keys: _Key | Iterable[_Key], limit: int = 0) -> int:
        """Return how many members all sorted sets *keys* have (int).

        Counts no further than *limit* (0: there is none). All keys must be of one slot.

        Server command: ZINTERCARD, since version 7.0.0: https://valkey.io/commands/zintercard/
        """

    def zinterstore(
        self,
        dest: _Key,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
    ) -> int:
        """Store the members that all sorted sets *keys* have as *dest*. Returns its size (int).

        *keys* and *aggregate* are those of zinter(). All keys, *dest* too, must be of one slot.

        Server command: ZINTERSTORE, since version 2.0.0: https://valkey.io/commands/zinterstore/
        """

    def zlexcount(self, name: _Key, min: _Value, max: _Value) -> int:
        """Return how many members of equal scores are from *min* to *max* by their bytes (int).

        Bounds are texts: '[a' includes a, '(a' does not; '-' and '+' have no bound.

        Server command: ZLEXCOUNT, since version 2.8.9: https://valkey.io/commands/zlexcount/
        """

    def zmpop(
        self,
        num_keys: int,
        keys: _Key | Iterable[_Key],
        min: bool = False,
        max: bool = False,
        count: int = 1,
    ) -> tuple[_Text, list[tuple[_Text, float]]] | None:
        """Pop up to *count* members from the first of the sorted sets *keys* that has any.

        *min* or *max* says from which end. Returns (key, [(member, score), ...]), or None. All
        keys must be of one slot.

        Server command: ZMPOP, since version 7.0.0: https://valkey.io/commands/zmpop/
        """

    def zmscore(self, key: _Key, members: _Value | Iterable[_Value]) -> list[float | None]:
        """Return the scores of *members* in their order (list), None for those that are not
        there.

        Server command: ZMSCORE, since version 6.2.0: https://valkey.io/commands/zmscore/
        """

    def zpopmax(self, name: _Key, count: int | None = None) -> list[tuple[_Text, float]]:
        """Pop the *count* (None: one) members of the highest scores.

        Returns [(member, score), ...], highest first (list).

        Server command: ZPOPMAX, since version 5.0.0: https://valkey.io/commands/zpopmax/
        """

    def zpopmin(self, name: _Key, count: int | None = None) -> list[tuple[_Text, float]]:
        """Pop the *count* (None: one) members of the lowest scores.

        Returns [(member, score), ...], lowest first (list).

        Server command: ZPOPMIN, since version 5.0.0: https://valkey.io/commands/zpopmin/
        """

    @overload
    def zrandmember(self, key: _Key, count: None = None) -> _Text | None:
        """Return a random member, None if there is none; with *count* a list of so many.

        A negative *count* may choose a member more than once. *withscores*, which needs a
        *count*: [(member, score), ...].

        Server command: ZRANDMEMBER, since version 6.2.0: https://valkey.io/commands/zrandmember/
        """
    @overload
    def zrandmember(
        self,
        key: _Key,
        count: int,
        withscores: Literal[False] = False,
    ) -> list[_Text]: ...
    @overload
    def zrandmember(
        self,
        key: _Key,
        count: int,
        withscores: Literal[True],
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zrandmember(self, key: _Key, count: int, withscores: bool) -> Any: ...
    @overload
    def zrange(
        self,
        name: _Key,
        start: int,
        end: int,
        desc: bool = False,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
        byscore: bool = False,
        bylex: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> list[_Text]:
        """Return the members from rank *start* to *end*, both included, lowest score first
        (list).

        *desc*: highest first. *withscores*: [(member, score), ...], the score as
        *score_cast_func* (None: float) makes it of the server's text. Server 6.2: with *byscore*
        or *bylex*, *start* and *end* are bounds as of zrangebyscore() or zrangebylex(), the
        greater one first with *desc*; *num* members are returned, after *offset* others.

        Server command: ZRANGE, since version 1.2.0: https://valkey.io/commands/zrange/
        """
    @overload
    def zrange(
        self,
        name: _Key,
        start: int,
        end: int,
        desc: bool = False,
        *,
        withscores: Literal[True],
        byscore: bool = False,
        bylex: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zrange(
        self,
        name: _Key,
        start: int,
        end: int,
        desc: bool = False,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[Any], _Score],
        byscore: bool = False,
        bylex: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> list[tuple[_Text, _Score]]: ...
    @overload
    def zrange(
        self,
        name: _Key,
        start: int,
        end: int,
        desc: bool = False,
        *,
        withscores: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
        byscore: bool = False,
        bylex: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Any: ...
    def zrangebylex(
        self,
        name: _Key,
        min: _Value,
        max: _Value,
        start: int | None = None,
        num: int | None = None,
    ) -> list[_Text]:
        """Return the members of equal scores from *min* to *max* by their bytes (list).

        Bounds are texts: '[a' includes a, '(a' does not; '-' and '+' have no bound. Only *num*
        of them, after *start* others, if both are given.

        Server command: ZRANGEBYLEX, since version 2.8.9: https://valkey.io/commands/zrangebylex/
        """

    @overload
    def zrangebyscore(
        self,
        name: _Key,
        min: _Value,
        max: _Value,
        start: int | None = None,
        num: int | None = None,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> list[_Text]:
        """Return the members with scores from *min* to *max*, lowest first (list).

        Both are included, unless they are texts like '(5'; '-inf' and '+inf' have no bound. Only
        *num* of them, after *start* others, if both are given. *withscores*: [(member, score),
        ...], the score as *score_cast_func* (None: float) makes it of the server's text.

        Server command: ZRANGEBYSCORE, since version 1.0.5:
        https://valkey.io/commands/zrangebyscore/
        """
    @overload
    def zrangebyscore(
        self,
        name: _Key,
        min: _Value,
        max: _Value,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zrangebyscore(
        self,
        name: _Key,
        min: _Value,
        max: _Value,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[Any], _Score],
    ) -> list[tuple[_Text, _Score]]: ...
    @overload
    def zrangebyscore(
        self,
        name: _Key,
        min: _Value,
        max: _Value,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    def zrangestore(
        self,
        dest: _Key,
        name: _Key,
        start: int,
        end: int,
        byscore: bool = False,
        bylex: bool = False,
        desc: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> int:
        """Store what zrange() returns as the sorted set *dest*. Returns its size (int).

        Both keys must be of one slot.

        Server command: ZRANGESTORE, since version 6.2.0: https://valkey.io/commands/zrangestore/
        """

    @overload
    def zrank(
        self,
        name: _Key,
        value: _Value,
        withscore: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> int | None:
        """Return the rank of *value*, from 0 for the lowest score (int), or None.

        *withscore* (server 7.2): [rank, score], the score as *score_cast_func* (None: float)
        makes it of the server's text.

        Server command: ZRANK, since version 2.0.0: https://valkey.io/commands/zrank/
        """
    @overload
    def zrank(
        self,
        name: _Key,
        value: _Value,
        withscore: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    def zrem(self, name: _Key, *values: _Value) -> int:
        """Remove members from the sorted set at *name*. Returns how many there were (int).

        Server command: ZREM, since version 1.2.0: https://valkey.io/commands/zrem/
        """

    def zremrangebylex(self, name: _Key, min: _Value, max: _Value) -> int:
        """Remove the members that zrangebylex() returns. Returns how many there were (int).

        Server command: ZREMRANGEBYLEX, since version 2.8.9:
        https://valkey.io/commands/zremrangebylex/
        """

    def zremrangebyrank(self, name: _Key, min: _Value, max: _Value) -> int:
        """Remove the members from rank *min* to *max*, both included. Returns how many there
        were (int).

        Server command: ZREMRANGEBYRANK, since version 2.0.0:
        https://valkey.io/commands/zremrangebyrank/
        """

    def zremrangebyscore(self, name: _Key, min: _Value, max: _Value) -> int:
        """Remove the members that zrangebyscore() returns. Returns how many there were (int).

        Server command: ZREMRANGEBYSCORE, since version 1.2.0:
        https://valkey.io/commands/zremrangebyscore/
        """

    @overload
    def zrevrange(
        self,
        name: _Key,
        start: int,
        end: int,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> list[_Text]:
        """The same as zrange() with *desc*.

        Server command: ZREVRANGE, since version 1.2.0: https://valkey.io/commands/zrevrange/
        """
    @overload
    def zrevrange(
        self,
        name: _Key,
        start: int,
        end: int,
        withscores: Literal[True],
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zrevrange(
        self,
        name: _Key,
        start: int,
        end: int,
        withscores: Literal[True],
        score_cast_func: Callable[[Any], _Score],
    ) -> list[tuple[_Text, _Score]]: ...
    @overload
    def zrevrange(
        self,
        name: _Key,
        start: int,
        end: int,
        withscores: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    def zrevrangebylex(
        self,
        name: _Key,
        max: _Value,
        min: _Value,
        start: int | None = None,
        num: int | None = None,
    ) -> list[_Text]:
        """The same as zrangebylex(), the last first.

        Server command: ZREVRANGEBYLEX, since version 2.8.9:
        https://valkey.io/commands/zrevrangebylex/
        """

    @overload
    def zrevrangebyscore(
        self,
        name: _Key,
        max: _Value,
        min: _Value,
        start: int | None = None,
        num: int | None = None,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> list[_Text]:
        """The same as zrangebyscore(), the highest score first.

        Server command: ZREVRANGEBYSCORE, since version 2.2.0:
        https://valkey.io/commands/zrevrangebyscore/
        """
    @overload
    def zrevrangebyscore(
        self,
        name: _Key,
        max: _Value,
        min: _Value,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zrevrangebyscore(
        self,
        name: _Key,
        max: _Value,
        min: _Value,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[Any], _Score],
    ) -> list[tuple[_Text, _Score]]: ...
    @overload
    def zrevrangebyscore(
        self,
        name: _Key,
        max: _Value,
        min: _Value,
        start: int | None = None,
        num: int | None = None,
        *,
        withscores: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    @overload
    def zrevrank(
        self,
        name: _Key,
        value: _Value,
        withscore: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> int | None:
        """The same as zrank(), from 0 for the highest score.

        Server command: ZREVRANK, since version 2.0.0: https://valkey.io/commands/zrevrank/
        """
    @overload
    def zrevrank(
        self,
        name: _Key,
        value: _Value,
        withscore: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    @overload
    def zscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
    ) -> tuple[int, list[tuple[_Text, float]]]:
        """Return a part of the sorted set at *name*: (next cursor, [(member, score), ...]).

        Begin with *cursor* 0, and go on with the next one until that is 0. *match*: only members
        of this pattern. *count*: about so many in a part. The scores are as *score_cast_func*
        (None: float) makes them of the server's texts.

        Server command: ZSCAN, since version 2.8.0: https://valkey.io/commands/zscan/
        """
    @overload
    def zscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        *,
        score_cast_func: Callable[[Any], _Score],
    ) -> tuple[int, list[tuple[_Text, _Score]]]: ...
    @overload
    def zscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    def zscore(self, name: _Key, value: _Value) -> float | None:
        """Return the score of *value* (float), or None.

        Server command: ZSCORE, since version 1.2.0: https://valkey.io/commands/zscore/
        """

    @overload
    def zunion(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        withscores: Literal[False] = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> list[_Text]:
        """Return the members that any of the sorted sets *keys* has, lowest score first (list).

        The arguments are those of zinter(). All keys must be of one slot.

        Server command: ZUNION, since version 6.2.0: https://valkey.io/commands/zunion/
        """
    @overload
    def zunion(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        *,
        withscores: Literal[True],
    ) -> list[tuple[_Text, float]]: ...
    @overload
    def zunion(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        *,
        withscores: Literal[True],
        score_cast_func: Callable[[Any], _Score],
    ) -> list[tuple[_Text, _Score]]: ...
    @overload
    def zunion(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        *,
        withscores: bool,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Any: ...
    def zunionstore(
        self,
        dest: _Key,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
    ) -> int:
        """Store the members that any of the sorted sets *keys* has as *dest*. Returns its size
        (int).

        *keys* and *aggregate* are those of zinter(). All keys, *dest* too, must be of one slot.

        Server command: ZUNIONSTORE, since version 2.0.0: https://valkey.io/commands/zunionstore/
        """

    def xack(self, name: _Key, groupname: _Value, *ids: _Value) -> int:
        """Say that entries, which a consumer of the group has got, are done with.

        Returns how many of them were pending (int).

        Server command: XACK, since version 5.0.0: https://valkey.io/commands/xack/
        """

    def xackdel(
        self,
        name: _Key,
        groupname: _Value,
        *ids: _Value,
        ref_policy: str = "KEEPREF",
    ) -> list[int]:
        """Acknowledge entries for this group, and delete them from the stream at *name*.

        Returns for each (list of int): 1 if it is deleted, -1 if there is none, 2 if others'
        references keep it. *ref_policy*: 'KEEPREF' leaves other groups' references, 'DELREF'
        deletes them, 'ACKED' deletes only what all groups have acknowledged.

        Server command: XACKDEL, since version 8.2.0:
        https://redis.io/docs/latest/commands/xackdel/
        """

    @overload
    def xadd(
        self,
        name: _Key,
        fields: SupportsItems[_Value, _Value],
        id: _Value = "*",
        maxlen: int | None = None,
        approximate: bool = True,
        nomkstream: Literal[False] = False,
        minid: _Value | None = None,
        limit: int | None = None,
        ref_policy: _Value | None = None,
        idmpauto: _Value | None = None,
        idmp: tuple[_Value, _Value] | None = None,
    ) -> _Text:
        """Append an entry of these fields, {field: value}, to the stream at *name*.

        Returns its id: *id*, '*' lets the server make one. Afterwards at most *maxlen* entries
        are left, or (server 6.2) none with ids below *minid*: about so many if *approximate*, at
        most *limit* then being removed. *nomkstream* (6.2): None if there is no such stream.
        *ref_policy* (8.2): what becomes of pending entries that are removed, 'KEEPREF', 'DELREF'
        or 'ACKED'. *idmp* (8.6), (producer, id of its own), or *idmpauto*, a producer: once
        only.

        Server command: XADD, since version 5.0.0: https://valkey.io/commands/xadd/
        """
    @overload
    def xadd(
        self,
        name: _Key,
        fields: SupportsItems[_Value, _Value],
        id: _Value = "*",
        maxlen: int | None = None,
        approximate: bool = True,
        *,
        nomkstream: Literal[True],
        minid: _Value | None = None,
        limit: int | None = None,
        ref_policy: _Value | None = None,
        idmpauto: _Value | None = None,
        idmp: tuple[_Value, _Value] | None = None,
    ) -> _Text | None: ...
    @overload
    def xadd(
        self,
        name: _Key,
        fields: SupportsItems[_Value, _Value],
        id: _Value = "*",
        maxlen: int | None = None,
        approximate: bool = True,
        *,
        nomkstream: bool,
        minid: _Value | None = None,
        limit: int | None = None,
        ref_policy: _Value | None = None,
        idmpauto: _Value | None = None,
        idmp: tuple[_Value, _Value] | None = None,
    ) -> Any: ...
    @overload
    def xautoclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        start_id: _Value = "0-0",
        count: int | None = None,
        justid: Literal[False] = False,
    ) -> list[Any]:
        """Give entries that have been pending for *min_idle_time* milliseconds to this consumer.

        Looks at *count* (None: 100) of them from *start_id* on. Returns [next start_id, [(id,
        {field: value}), ...], ids of entries that were deleted (server 7.0)] (list); with
        *justid* only the list of ids, and the deliveries are not counted.

        Server command: XAUTOCLAIM, since version 6.2.0: https://valkey.io/commands/xautoclaim/
        """
    @overload
    def xautoclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        start_id: _Value = "0-0",
        count: int | None = None,
        *,
        justid: Literal[True],
    ) -> list[_Text]: ...
    @overload
    def xautoclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        start_id: _Value = "0-0",
        count: int | None = None,
        *,
        justid: bool,
    ) -> Any: ...
    @overload
    def xclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        message_ids: Iterable[_Value],
        idle: int | None = None,
        time: int | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: Literal[False] = False,
    ) -> list[tuple[_Text, dict[_Text, _Text]]]:
        """Give those of the entries to this consumer that have been pending long enough.

        *min_idle_time*, in milliseconds, says how long. *idle* (milliseconds), *time* (Unix time
        in milliseconds) and *retrycount* become what the server remembers of the last delivery;
        *force* takes entries that are not pending, too. Returns [(id, {field: value}), ...]
        (list); with *justid* a list of ids, and the deliveries are not counted.

        Server command: XCLAIM, since version 5.0.0: https://valkey.io/commands/xclaim/
        """
    @overload
    def xclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        message_ids: Iterable[_Value],
        idle: int | None = None,
        time: int | None = None,
        retrycount: int | None = None,
        force: bool = False,
        *,
        justid: Literal[True],
    ) -> list[_Text]: ...
    @overload
    def xclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        message_ids: Iterable[_Value],
        idle: int | None = None,
        time: int | None = None,
        retrycount: int | None = None,
        force: bool = False,
        *,
        justid: bool,
    ) -> Any: ...
    def xdel(self, name: _Key, *ids: _Value) -> int:
        """Delete entries of the stream at *name*. Returns how many there were (int).

        Server command: XDEL, since version 5.0.0: https://valkey.io/commands/xdel/
        """

    def xdelex(self, name: _Key, *ids: _Value, ref_policy: str = "KEEPREF") -> list[int]:
        """Delete entries from the stream at *name*, as xackdel() does, without acknowledging
        them.

        Server command: XDELEX, since version 8.2.0:
        https://redis.io/docs/latest/commands/xdelex/
        """

    def xgroup_create(
        self,
        name: _Key,
        groupname: _Value,
        id: _Value = "$",
        mkstream: bool = False,
        entries_read: int | None = None,
    ) -> bool:
        """Make a group of consumers of the stream at *name*. Returns True.

        It begins behind the entry *id*; '$' is the last one. *mkstream* makes the stream, too,
        if need be. *entries_read* (server 7.0): how many entries *id* is behind, for its lag.
        ResponseError if there is such a group, or no stream.

        Server command: XGROUP CREATE, since version 5.0.0:
        https://valkey.io/commands/xgroup-create/
        """

    def xgroup_createconsumer(self, name: _Key, groupname: _Value, consumername: _Value) -> int:
        """Make a consumer of the group. Returns 1, or 0 if it is there already (int).

        Server command: XGROUP CREATECONSUMER, since version 6.2.0:
        https://valkey.io/commands/xgroup-createconsumer/
        """

    def xgroup_delconsumer(self, name: _Key, groupname: _Value, consumername: _Value) -> int:
        """Delete a consumer. Returns how many pending entries it had (int): these are lost.

        Server command: XGROUP DELCONSUMER, since version 5.0.0:
        https://valkey.io/commands/xgroup-delconsumer/
        """

    def xgroup_destroy(self, name: _Key, groupname: _Value) -> bool:
        """Delete a group of consumers. Returns whether there was one (bool).

        Server command: XGROUP DESTROY, since version 5.0.0:
        https://valkey.io/commands/xgroup-destroy/
        """

    def xgroup_setid(
        self,
        name: _Key,
        groupname: _Value,
        id: _Value,
        entries_read: int | None = None,
    ) -> bool:
        """Let the group go on behind the entry *id*. Returns True.

        *entries_read* (server 7.0): how many entries *id* is behind, for the group's lag.

        Server command: XGROUP SETID, since version 5.0.0:
        https://valkey.io/commands/xgroup-setid/
        """

    def xinfo_consumers(self, name: _Key, groupname: _Value) -> list[dict[str, Any]]:
        """Return what is known of each consumer of the group (list): a dict with 'name',
        'pending', 'idle' in milliseconds, and more with newer servers.

        Server command: XINFO CONSUMERS, since version 5.0.0:
        https://valkey.io/commands/xinfo-consumers/
        """

    def xinfo_groups(self, name: _Key) -> list[dict[str, Any]]:
        """Return what is known of each group of the stream (list): a dict with 'name',
        'consumers', 'pending', 'last-delivered-id', and 'entries-read' and 'lag' since server
        7.0.

        Server command: XINFO GROUPS, since version 5.0.0:
        https://valkey.io/commands/xinfo-groups/
        """

    def xinfo_stream(self, name: _Key, full: bool = False) -> dict[str, Any]:
        """Return what is known of the stream (dict): 'length', 'last-generated-id', 'groups',
        ...; 'first-entry' and 'last-entry' are (id, {field: value}), None if it is empty.

        *full* (server 6.0): instead of these, the first ten 'entries', {id: {field: value}}, and
        'groups', a list of dicts with their pending entries and consumers.

        Server command: XINFO STREAM, since version 5.0.0:
        https://valkey.io/commands/xinfo-stream/
        """

    def xlen(self, name: _Key) -> int:
        """Return how many entries the stream at *name* has (int).

        Server command: XLEN, since version 5.0.0: https://valkey.io/commands/xlen/
        """

    def xpending(self, name: _Key, groupname: _Value) -> dict[str, Any]:
        """Return a summary of the group's pending entries (dict): their number 'pending', their
        ids 'min' and 'max', and 'consumers', a list of {'name': ..., 'pending': number}.

        Server command: XPENDING, since version 5.0.0: https://valkey.io/commands/xpending/
        """

    def xpending_range(
        self,
        name: _Key,
        groupname: _Value,
        min: _Value,
        max: _Value,
        count: int,
        consumername: _Value | None = None,
        idle: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return up to *count* pending entries with ids from *min* to *max* (list): dicts of
        'message_id', 'consumer', 'time_since_delivered' in milliseconds and 'times_delivered'.

        *consumername*: only this consumer's. *idle* (server 6.2): only those that have been
        pending for so many milliseconds.

        Server command: XPENDING, since version 5.0.0: https://valkey.io/commands/xpending/
        """

    def xrange(
        self,
        name: _Key,
        min: _Value = "-",
        max: _Value = "+",
        count: int | None = None,
    ) -> list[tuple[_Text, dict[_Text, _Text]]]:
        """Return the entries with ids from *min* to *max*: [(id, {field: value}), ...] (list).

        '(1-0' does not include 1-0 (server 6.2). *count*: at most so many.

        Server command: XRANGE, since version 5.0.0: https://valkey.io/commands/xrange/
        """

    def xread(
        self,
        streams: SupportsItems[_Key, _Value],
        count: int | None = None,
        block: int | None = None,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> list[list[Any]]:
        """Return the entries that come behind the ids of *streams*, {name: id}, at most *count*
        each.

        Returns [[name, [(id, {field: value}), ...]], ...] (list), only of streams that have any.
        *block*: waits up to so many milliseconds (0: for ever) for the first one; the id '$'
        then stands for the last entry of now. *max_count*, *max_size* (newer than 8.4): at most
        so many entries, or bytes, of all streams together. RedisClusterException if the streams'
        names are of several slots.

        Server command: XREAD, since version 5.0.0: https://valkey.io/commands/xread/
        """

    def xreadgroup(
        self,
        groupname: _Value,
        consumername: _Value,
        streams: SupportsItems[_Key, _Value],
        count: int | None = None,
        block: int | None = None,
        noack: bool = False,
        claim_min_idle_time: int | None = None,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> list[list[Any]]:
        """Return entries for this consumer of the group, as xread() does, and make them pending.

        The id '>' stands for those that no consumer has got yet; with another id the consumer's
        own pending entries behind it are returned. *noack* does not make them pending.
        *claim_min_idle_time* (8.4): first those that are pending for so many milliseconds; then
        an entry is (id, {field: value}, milliseconds, deliveries).

        Server command: XREADGROUP, since version 5.0.0: https://valkey.io/commands/xreadgroup/
        """

    def xrevrange(
        self,
        name: _Key,
        max: _Value = "+",
        min: _Value = "-",
        count: int | None = None,
    ) -> list[tuple[_Text, dict[_Text, _Text]]]:
        """The same as xrange(), the last entry first.

        Server command: XREVRANGE, since version 5.0.0: https://valkey.io/commands/xrevrange/
        """

    def xsetid(
        self,
        name: _Key,
        id: _Value,
        entries_added: int | None = None,
        max_deleted_id: _Value | None = None,
    ) -> bool:
        """Set the last id of the stream at *name*, as replication does. Returns True.

        *entries_added*, *max_deleted_id* (server 7.0): how many entries were ever added, and the
        greatest id of a deleted one.

        Server command: XSETID, since version 5.0.0: https://valkey.io/commands/xsetid/
        """

    def xtrim(
        self,
        name: _Key,
        maxlen: int | None = None,
        approximate: bool = True,
        minid: _Value | None = None,
        limit: int | None = None,
        ref_policy: _Value | None = None,
    ) -> int:
        """Leave at most *maxlen* entries, or (server 6.2) none with ids below *minid*.

        *approximate* leaves some more, which is faster; at most *limit* (6.2) are removed then.
        *ref_policy* (8.2): what becomes of pending ones, 'KEEPREF', 'DELREF' or 'ACKED'. Returns
        how many were removed (int).

        Server command: XTRIM, since version 5.0.0: https://valkey.io/commands/xtrim/
        """

    def geoadd(
        self,
        name: _Key,
        *values: _Value | Iterable[_Value],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
    ) -> int:
        """Add places to the sorted set at *name*: longitude, latitude and member in turn.

        They may also be given as one list. *nx*: only new ones; *xx*: only old ones; *ch*: count
        those that changed, too (server 6.2). Returns how many are new (int).

        Server command: GEOADD, since version 3.2.0: https://valkey.io/commands/geoadd/
        """

    def geodist(
        self,
        name: _Key,
        place1: _Value,
        place2: _Value,
        unit: str | None = None,
    ) -> float | None:
        """Return the distance of two places (float), or None if one is not there.

        *unit*: 'm' (None, too), 'km', 'mi' or 'ft'.

        Server command: GEODIST, since version 3.2.0: https://valkey.io/commands/geodist/
        """

    def geohash(self, name: _Key, *values: _Value) -> list[str | None]:
        """Return the geohash texts of places (list of str), None for those that are not there.

        Server command: GEOHASH, since version 3.2.0: https://valkey.io/commands/geohash/
        """

    def geopos(self, name: _Key, *values: _Value) -> list[tuple[float, float] | None]:
        """Return (longitude, latitude) of each place (list), None for those that are not there.

        Server command: GEOPOS, since version 3.2.0: https://valkey.io/commands/geopos/
        """

    def georadius(
        self,
        name: _Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: str | None = None,
        withdist: bool = False,
        withcoord: bool = False,
        withhash: bool = False,
        count: int | None = None,
        sort: str | None = None,
        store: _Key | None = None,
        store_dist: _Key | None = None,
        any: bool = False,
    ) -> Any:
        """Return a list of the places within *radius* of these coordinates.

        *unit* of *radius*: 'm' (None, too), 'km', 'mi' or 'ft'. A member alone, or with what was
        asked for: [member, distance, hash, (longitude, latitude)]. *count*: the nearest, or with
        *any* (server 6.2) the first found. *sort*: 'ASC' or 'DESC' by distance. *store* and
        *store_dist* name a key of the same slot, to which places or distances are stored; their
        number is returned then. geosearch() is the newer command.

        Server command: GEORADIUS, since version 3.2.0: https://valkey.io/commands/georadius/
        """

    def georadiusbymember(
        self,
        name: _Key,
        member: _Value,
        radius: float,
        unit: str | None = None,
        withdist: bool = False,
        withcoord: bool = False,
        withhash: bool = False,
        count: int | None = None,
        sort: str | None = None,
        store: _Key | None = None,
        store_dist: _Key | None = None,
        any: bool = False,
    ) -> Any:
        """The same as georadius(), around a place of the sorted set itself.

        Server command: GEORADIUSBYMEMBER, since version 3.2.0:
        https://valkey.io/commands/georadiusbymember/
        """

    def geosearch(
        self,
        name: _Key,
        member: _Value | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        unit: str = "m",
        radius: float | None = None,
        width: float | None = None,
        height: float | None = None,
        sort: str | None = None,
        count: int | None = None,
        any: bool = False,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
    ) -> Any:
        """Return a list of the places in a circle or a rectangle.

        Its middle is *member*, or *longitude* and *latitude*; its size is *radius*, or *width*
        and *height*, in the *unit* 'm', 'km', 'mi' or 'ft'. The rest is as of georadius().

        Server command: GEOSEARCH, since version 6.2.0: https://valkey.io/commands/geosearch/
        """

    def geosearchstore(
        self,
        dest: _Key,
        name: _Key,
        member: _Value | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        unit: str = "m",
        radius: float | None = None,
        width: float | None = None,
        height: float | None = None,
        sort: str | None = None,
        count: int | None = None,
        any: bool = False,
        storedist: bool = False,
    ) -> int:
        """Store the places that geosearch() finds as *dest*. Returns how many they are (int).

        *storedist* stores their distances as scores. Both keys must be of one slot.

        Server command: GEOSEARCHSTORE, since version 6.2.0:
        https://valkey.io/commands/geosearchstore/
        """

    def vadd(
        self,
        key: _Key,
        vector: Iterable[float] | bytes,
        element: _Value,
        reduce_dim: int | None = None,
        cas: bool = False,
        quantization: Any | None = None,
        ef: int | None = None,
        attributes: Any | None = None,
        numlinks: int | None = None,
    ) -> int:
        """Add *element* with *vector* to the vector set at *key*. Returns 1, or 0 if it was
        there (int).

        *vector*: a list of numbers, or bytes of 32-bit floats. *reduce_dim*: to so many
        dimensions. *cas*: looks for neighbours in another thread. *quantization*: 'NOQUANT',
        'BIN' or 'Q8'. *ef*: how many candidates the server compares to find neighbours;
        *numlinks*: how many of these the element is linked to. *attributes*: a dict, or its
        JSON.

        Server command: VADD, since version 8.0.0: https://redis.io/docs/latest/commands/vadd/
        """

    def vcard(self, key: _Key) -> int:
        """Return how many elements the vector set at *key* has (int), 0 if there is none.

        Server command: VCARD, since version 8.0.0: https://redis.io/docs/latest/commands/vcard/
        """

    def vdim(self, key: _Key) -> int:
        """Return how many dimensions the vectors of the set at *key* have (int).

        Server command: VDIM, since version 8.0.0: https://redis.io/docs/latest/commands/vdim/
        """

    def vemb(
        self,
        key: _Key,
        element: _Value,
        raw: bool = False,
    ) -> list[float] | dict[str, Any] | None:
        """Return about the vector of *element* (list), or None.

        With *raw* a dict: 'quantization' as str, 'raw' as bytes, 'l2', and for 'int8' 'range',
        floats.

        Server command: VEMB, since version 8.0.0: https://redis.io/docs/latest/commands/vemb/
        """

    def vgetattr(self, key: _Key, element: _Value) -> dict[str, Any] | None:
        """Return the attributes of *element*, as read from JSON (dict), or None.

        Server command: VGETATTR, since version 8.0.0:
        https://redis.io/docs/latest/commands/vgetattr/
        """

    def vinfo(self, key: _Key) -> dict[str, Any] | None:
        """Return facts of the vector set at *key*, {"quant-type": "int8", "size": 1, ...}
        (dict), or None.

        Server command: VINFO, since version 8.0.0: https://redis.io/docs/latest/commands/vinfo/
        """

    def vismember(self, key: _Key, element: _Value) -> bool:
        """Return whether the vector set at *key* has *element* (bool).

        Server command: VISMEMBER, since version 8.0.0:
        https://redis.io/docs/latest/commands/vismember/
        """

    def vlinks(self, key: _Key, element: _Value, with_scores: bool = False) -> list[Any] | None:
        """Return the neighbours of *element* on each level, lists of them (list), or None.

        With *with_scores* dicts: {neighbour: similarity as a float}.

        Server command: VLINKS, since version 8.0.0:
        https://redis.io/docs/latest/commands/vlinks/
        """

    @overload
    def vrandmember(self, key: _Key, count: None = None) -> _Text | None:
        """Return a random element of the vector set at *key*, or None.

        With *count* a list of so many different ones; a negative one may have some several
        times.

        Server command: VRANDMEMBER, since version 8.0.0:
        https://redis.io/docs/latest/commands/vrandmember/
        """
    @overload
    def vrandmember(self, key: _Key, count: int) -> list[_Text] | None: ...
    def vrem(self, key: _Key, element: _Value) -> int:
        """Remove *element* from the vector set at *key*. Returns 1, or 0 if it is not there
        (int).

        Server command: VREM, since version 8.0.0: https://redis.io/docs/latest/commands/vrem/
        """

    def vsetattr(self, key: _Key, element: _Value, attributes: Any | None = None) -> int:
        """Set the attributes of *element*: a dict, or its JSON; None or an empty one takes them
        away.

        Returns 1, or 0 if there is no such element (int).

        Server command: VSETATTR, since version 8.0.0:
        https://redis.io/docs/latest/commands/vsetattr/
        """

    def vsim(
        self,
        key: _Key,
        input: _Value | Iterable[float],
        with_scores: bool = False,
        with_attribs: bool = False,
        count: int | None = None,
        ef: int | None = None,
        filter: _Value | None = None,
        filter_ef: int | None = None,
        truth: bool = False,
        no_thread: bool = False,
        epsilon: float | None = None,
    ) -> list[_Text] | dict[_Text, Any]:
        """Return the elements most similar to *input*, the nearest first (list), at most *count*
        (else 10).

        *input*: an element, a list of numbers, or bytes of 32-bit floats. *with_scores*: instead
        {element: similarity as a float}, *with_attribs* (server 8.2): {element: its attributes},
        both: {element: {'score': ..., 'attributes': ...}}. *filter*: an expression on
        attributes; *ef*: how many candidates are compared; *filter_ef*: to how many the filter
        is applied; *epsilon* (8.2): the largest distance, from 0 to 1; *truth*: all elements are
        compared; *no_thread*: the search runs in the server's main thread.

        Server command: VSIM, since version 8.0.0: https://redis.io/docs/latest/commands/vsim/
        """

    def publish(self, channel: _Key, message: _Value) -> int:
        """Send a message to whoever listens to the channel, on any node of the cluster.

        Goes to the node of the channel's slot. Returns how many of that node's own subscribers
        have got it (int).

        Server command: PUBLISH, since version 2.0.0: https://valkey.io/commands/publish/
        """

    @overload
    def pubsub_channels(
        self,
        pattern: _Value = "*",
        aggregate: Literal[True] = True,
        *,
        target_nodes: None = None,
    ) -> list[_Text]:
        """Return the channels of this pattern that have subscribers (list), each once.

        *aggregate*=False: {node name: list}.

        Server command: PUBSUB CHANNELS, since version 2.8.0:
        https://valkey.io/commands/pubsub-channels/
        """
    @overload
    def pubsub_channels(
        self,
        pattern: _Value = "*",
        *,
        aggregate: Literal[False],
        target_nodes: None = None,
    ) -> dict[str, list[_Text]]: ...
    @overload
    def pubsub_channels(
        self,
        pattern: _Value = "*",
        *,
        aggregate: bool,
        target_nodes: None = None,
    ) -> Any: ...
    @overload
    def pubsub_channels(
        self,
        pattern: _Value = "*",
        aggregate: bool = True,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def pubsub_numpat(self, aggregate: Literal[True] = True, *, target_nodes: None = None) -> int:
        """Return how many patterns are subscribed to on all nodes (int).

        *aggregate*=False: {node name: int}.

        Server command: PUBSUB NUMPAT, since version 2.8.0:
        https://valkey.io/commands/pubsub-numpat/
        """
    @overload
    def pubsub_numpat(
        self,
        aggregate: Literal[False],
        *,
        target_nodes: None = None,
    ) -> dict[str, int]: ...
    @overload
    def pubsub_numpat(self, aggregate: bool, *, target_nodes: None = None) -> Any: ...
    @overload
    def pubsub_numpat(self, aggregate: bool = True, *, target_nodes: _Target) -> Any: ...
    @overload
    def pubsub_numsub(
        self,
        *args: _Value,
        aggregate: Literal[True] = True,
        target_nodes: None = None,
    ) -> list[tuple[_Text, int]]:
        """Return [(channel, number of its subscribers on all nodes), ...] of these channels
        (list).

        *aggregate*=False: {node name: list}.

        Server command: PUBSUB NUMSUB, since version 2.8.0:
        https://valkey.io/commands/pubsub-numsub/
        """
    @overload
    def pubsub_numsub(
        self,
        *args: _Value,
        aggregate: Literal[False],
        target_nodes: None = None,
    ) -> dict[str, list[tuple[_Text, int]]]: ...
    @overload
    def pubsub_numsub(self, *args: _Value, aggregate: bool, target_nodes: None = None) -> Any: ...
    @overload
    def pubsub_numsub(
        self,
        *args: _Value,
        aggregate: bool = True,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def pubsub_shardchannels(
        self,
        pattern: _Value = "*",
        aggregate: Literal[True] = True,
        *,
        target_nodes: None = None,
    ) -> list[_Text]:
        """The same as pubsub_channels() for shard channels.

        Server command: PUBSUB SHARDCHANNELS, since version 7.0.0:
        https://valkey.io/commands/pubsub-shardchannels/
        """
    @overload
    def pubsub_shardchannels(
        self,
        pattern: _Value = "*",
        *,
        aggregate: Literal[False],
        target_nodes: None = None,
    ) -> dict[str, list[_Text]]: ...
    @overload
    def pubsub_shardchannels(
        self,
        pattern: _Value = "*",
        *,
        aggregate: bool,
        target_nodes: None = None,
    ) -> Any: ...
    @overload
    def pubsub_shardchannels(
        self,
        pattern: _Value = "*",
        aggregate: bool = True,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def pubsub_shardnumsub(
        self,
        *args: _Value,
        aggregate: Literal[True] = True,
        target_nodes: None = None,
    ) -> list[tuple[_Text, int]]:
        """The same as pubsub_numsub() for shard channels.

        Server command: PUBSUB SHARDNUMSUB, since version 7.0.0:
        https://valkey.io/commands/pubsub-shardnumsub/
        """
    @overload
    def pubsub_shardnumsub(
        self,
        *args: _Value,
        aggregate: Literal[False],
        target_nodes: None = None,
    ) -> dict[str, list[tuple[_Text, int]]]: ...
    @overload
    def pubsub_shardnumsub(
        self,
        *args: _Value,
        aggregate: bool,
        target_nodes: None = None,
    ) -> Any: ...
    @overload
    def pubsub_shardnumsub(
        self,
        *args: _Value,
        aggregate: bool = True,
        target_nodes: _Target,
    ) -> Any: ...
    def spublish(self, shard_channel: _Key, message: _Value) -> int:
        """Send a message to whoever listens to the shard channel. Returns how many have got it
        (int).

        Goes to the primary of the channel's slot, and only from there to its replicas.

        Server command: SPUBLISH, since version 7.0.0: https://valkey.io/commands/spublish/
        """

    @overload
    def bgrewriteaof(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Let every node write its append-only file anew, in the background. Returns {node name:
        True}.

        ResponseError if a node is at it already, or saves meanwhile.

        Server command: BGREWRITEAOF, since version 1.0.0:
        https://valkey.io/commands/bgrewriteaof/
        """
    @overload
    def bgrewriteaof(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def bgsave(self, schedule: bool = False, *, target_nodes: None = None) -> dict[str, bool]:
        """Let every node save its data in the background. Returns {node name: True}.

        *schedule* (server 3.2.2): a node that is writing a file does it later; without it, that
        is a ResponseError. lastsave() shows when it is done.

        Server command: BGSAVE, since version 1.0.0: https://valkey.io/commands/bgsave/
        """
    @overload
    def bgsave(self, schedule: bool = False, *, target_nodes: _Target) -> Any: ...
    @overload
    def commandlog_get(
        self,
        num: int = 10,
        _type: _Value = "slow",
        *,
        target_nodes: None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        """Return each node's latest entries of a log: {node name: [{"id": int, "start_time":
        Unix time, "duration": microseconds or bytes, "command": bytes, ...}, ...]}.

        *_type*: 'slow' commands, or those of a 'large-request' or 'large-reply'; the duration is
        the size of these. *num*: at most so many of each node; -1: all.

        Server command: COMMANDLOG GET, since version Valkey 8.1.0:
        https://valkey.io/commands/commandlog-get/
        """
    @overload
    def commandlog_get(
        self,
        num: int = 10,
        _type: _Value = "slow",
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def commandlog_len(
        self,
        _type: _Value = "slow",
        *,
        target_nodes: None = None,
    ) -> dict[str, int]:
        """Return how many entries each node's log has: {node name: int}.

        Server command: COMMANDLOG LEN, since version Valkey 8.1.0:
        https://valkey.io/commands/commandlog-len/
        """
    @overload
    def commandlog_len(self, _type: _Value = "slow", *, target_nodes: _Target) -> Any: ...
    @overload
    def commandlog_reset(
        self,
        _type: _Value = "slow",
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Empty each node's log. Returns {node name: True}.

        Server command: COMMANDLOG RESET, since version Valkey 8.1.0:
        https://valkey.io/commands/commandlog-reset/
        """
    @overload
    def commandlog_reset(self, _type: _Value = "slow", *, target_nodes: _Target) -> Any: ...
    @overload
    def config_get(
        self,
        pattern: _Value = "*",
        *args: _Value,
        target_nodes: None = None,
    ) -> dict[str, dict[str, str | None]]:
        """Return the options whose names match *pattern*: {node name: {option: str}}.

        More patterns may follow (server 7.0).

        Server command: CONFIG GET, since version 2.0.0: https://valkey.io/commands/config-get/
        """
    @overload
    def config_get(self, pattern: _Value = "*", *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def config_resetstat(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Set the statistics of info() to zero on every node. Returns {node name: True}.

        Server command: CONFIG RESETSTAT, since version 2.0.0:
        https://valkey.io/commands/config-resetstat/
        """
    @overload
    def config_resetstat(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def config_rewrite(self, *, target_nodes: None = None) -> dict[str, _Text]:
        """Write the options in force to each node's configuration file. Returns {node name:
        b'OK'}.

        ResponseError for a node that was started without such a file.

        Server command: CONFIG REWRITE, since version 2.8.0:
        https://valkey.io/commands/config-rewrite/
        """
    @overload
    def config_rewrite(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def config_set(
        self,
        name: _Value,
        value: _Value,
        *args: _Value,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Set an option on every node. Returns {node name: True}.

        More names and values may follow in turn (server 7.0): a node sets all of them, or none.
        ResponseError for an unknown option or a wrong value.

        Server command: CONFIG SET, since version 2.0.0: https://valkey.io/commands/config-set/
        """
    @overload
    def config_set(
        self,
        name: _Value,
        value: _Value,
        *args: _Value,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def dbsize(self, *, target_nodes: None = None) -> dict[str, int]:
        """Return how many keys each node has: {node name: int}, replicas included.

        Server command: DBSIZE, since version 1.0.0: https://valkey.io/commands/dbsize/
        """
    @overload
    def dbsize(self, *, target_nodes: _Target) -> Any: ...
    def debug_object(self, key: _Key) -> dict[str, Any]:
        """Return how the server stores *key*: a dict of its encoding, refcount,
        serializedlength, ...

        ResponseError if it does not exist, or where DEBUG is not allowed (the option
        enable-debug-command of server 7.0).

        Server command: DEBUG OBJECT, since version 1.0.0:
        https://valkey.io/commands/debug-object/
        """

    @overload
    def debug_segfault(self, *, target_nodes: None = None) -> dict[str, Any]:
        """Crash the nodes that target_nodes names; RedisClusterException without it.

        Raises ConnectionError, as no reply comes; ResponseError where DEBUG is not allowed.

        Server command: DEBUG SEGFAULT, since version 1.0.0:
        https://valkey.io/commands/debug-segfault/
        """
    @overload
    def debug_segfault(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def echo(self, value: _Value, *, target_nodes: None = None) -> dict[str, _Text]:
        """Let every node say *value*. Returns {node name: value}, in bytes.

        Server command: ECHO, since version 1.0.0: https://valkey.io/commands/echo/
        """
    @overload
    def echo(self, value: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def failover(
        self,
        abort: bool = False,
        timeout: float | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Let the primary that target_nodes names change places with a replica. Returns True.

        A server in cluster mode refuses it by ResponseError: cluster_failover() is for those.
        *timeout*: milliseconds to wait for the replica; *abort* ends a failover that is under
        way.

        Server command: FAILOVER, since version 6.2.0: https://valkey.io/commands/failover/
        """
    @overload
    def failover(
        self,
        abort: bool = False,
        timeout: float | None = None,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def flushall(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Delete all keys of all primaries. Returns {node name: True}.

        *asynchronous* (server 4.0): their memory is freed in the background; *synchronous*
        (6.2): it is freed before the reply. Without both, the server's option
        lazyfree-lazy-user-flush decides.

        Server command: FLUSHALL, since version 1.0.0: https://valkey.io/commands/flushall/
        """
    @overload
    def flushall(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def flushdb(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """The same as flushall(): a cluster has one database.

        Server command: FLUSHDB, since version 1.0.0: https://valkey.io/commands/flushdb/
        """
    @overload
    def flushdb(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def info(
        self,
        section: _Value | None = None,
        *args: _Value,
        target_nodes: None = None,
    ) -> dict[str, dict[str, Any]]:
        """Return what each node says of itself: {node name: {field: value}}.

        *section* is "server", "memory", "everything", ...; more of them may follow (server 7.0).

        Server command: INFO, since version 1.0.0: https://valkey.io/commands/info/
        """
    @overload
    def info(self, section: _Value | None = None, *args: _Value, target_nodes: _Target) -> Any: ...
    def keys(self, pattern: _Value = "*", *, target_nodes: _Target = None) -> list[_Text]:
        """Return all keys that match *pattern* (list), each once. Blocks every node while it
        looks.

        Server command: KEYS, since version 1.0.0: https://valkey.io/commands/keys/
        """

    @overload
    def lastsave(self, *, target_nodes: None = None) -> dict[str, datetime | None]:
        """Return when each node saved its data the last time: {node name: datetime}, in local
        time.

        Server command: LASTSAVE, since version 1.0.0: https://valkey.io/commands/lastsave/
        """
    @overload
    def lastsave(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def latency_doctor(self, *, target_nodes: None = None) -> dict[str, str]:
        """Return a report on each node's latency spikes for human readers: {node name: str}.

        Server command: LATENCY DOCTOR, since version 2.8.13:
        https://valkey.io/commands/latency-doctor/
        """
    @overload
    def latency_doctor(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def latency_graph(self, event: _Value, *, target_nodes: None = None) -> dict[str, str]:
        """Return a drawing of the latency of *event*, made of letters: {node name: str}.

        ResponseError if a node has no samples of it.

        Server command: LATENCY GRAPH, since version 2.8.13:
        https://valkey.io/commands/latency-graph/
        """
    @overload
    def latency_graph(self, event: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def latency_histogram(
        self,
        *args: _Value,
        target_nodes: None = None,
    ) -> dict[str, dict[str, dict[str, Any]]]:
        """Return how long the named commands have taken, or all: {node name: {command: {"calls":
        int, "histogram_usec": {at most so many microseconds: calls}}}}.

        Server command: LATENCY HISTOGRAM, since version 7.0.0:
        https://valkey.io/commands/latency-histogram/
        """
    @overload
    def latency_histogram(self, *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def latency_history(
        self,
        event: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, list[tuple[int, int]]]:
        """Return the latency spikes of *event*: {node name: [(Unix time, milliseconds), ...]}.

        Server command: LATENCY HISTORY, since version 2.8.13:
        https://valkey.io/commands/latency-history/
        """
    @overload
    def latency_history(self, event: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def latency_latest(self, *, target_nodes: None = None) -> dict[str, list[tuple[Any, ...]]]:
        """Return each event's latest latency spike: {node name: [(event, Unix time,
        milliseconds, highest milliseconds ever), ...]}. Newer servers add numbers.

        Server command: LATENCY LATEST, since version 2.8.13:
        https://valkey.io/commands/latency-latest/
        """
    @overload
    def latency_latest(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def latency_reset(self, *events: _Value, target_nodes: None = None) -> dict[str, int]:
        """Forget the latency spikes of the events, or of all. Returns {node name: events
        forgotten (int)}.

        Server command: LATENCY RESET, since version 2.8.13:
        https://valkey.io/commands/latency-reset/
        """
    @overload
    def latency_reset(self, *events: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def lolwut(self, *version_numbers: _Value, target_nodes: None = None) -> _Text:
        """Return a piece of art and the server's version, of a version of art if it is given
        (bytes).

        Server command: LOLWUT, since version 5.0.0: https://valkey.io/commands/lolwut/
        """
    @overload
    def lolwut(self, *version_numbers: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def memory_doctor(self, *, target_nodes: None = None) -> dict[str, str]:
        """Return a report on each node's memory for human readers: {node name: str}.

        Server command: MEMORY DOCTOR, since version 4.0.0:
        https://valkey.io/commands/memory-doctor/
        """
    @overload
    def memory_doctor(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def memory_help(self, *, target_nodes: None = None) -> list[str]:
        """Return what the server says of its MEMORY commands (list of str).

        Server command: MEMORY HELP, since version 4.0.0: https://valkey.io/commands/memory-help/
        """
    @overload
    def memory_help(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def memory_malloc_stats(self, *, target_nodes: None = None) -> dict[str, str]:
        """Return the report of each node's memory allocator: {node name: str}.

        Server command: MEMORY MALLOC-STATS, since version 4.0.0:
        https://valkey.io/commands/memory-malloc-stats/
        """
    @overload
    def memory_malloc_stats(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def memory_purge(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Let each node's memory allocator give back what it can. Returns {node name: True}.

        Server command: MEMORY PURGE, since version 4.0.0:
        https://valkey.io/commands/memory-purge/
        """
    @overload
    def memory_purge(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def memory_stats(self, *, target_nodes: None = None) -> dict[str, dict[str, Any]]:
        """Return what each node uses its memory for: {node name: {field: value}}, sizes in
        bytes.

        Server command: MEMORY STATS, since version 4.0.0:
        https://valkey.io/commands/memory-stats/
        """
    @overload
    def memory_stats(self, *, target_nodes: _Target) -> Any: ...
    def memory_usage(self, key: _Key, samples: _Value | None = None) -> int | None:
        """Return the bytes that *key* and its value take (int), or None if it does not exist.

        *samples*: so many elements of the value are looked at, 0 is all; None: five.

        Server command: MEMORY USAGE, since version 4.0.0:
        https://valkey.io/commands/memory-usage/
        """

    @overload
    def module_list(self, *, target_nodes: None = None) -> dict[str, list[dict[str, Any]]]:
        """Return the modules of each node: {node name: [{"name": str, "ver": int, ...}, ...]}.

        Server command: MODULE LIST, since version 4.0.0: https://valkey.io/commands/module-list/
        """
    @overload
    def module_list(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def module_load(
        self,
        path: _Value,
        *args: _Value,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Load a module from a file of each node, with arguments. Returns {node name: True}.

        ResponseError if that fails, or where it is not allowed (enable-module-command, server
        7.0).

        Server command: MODULE LOAD, since version 4.0.0: https://valkey.io/commands/module-load/
        """
    @overload
    def module_load(self, path: _Value, *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def module_loadex(
        self,
        path: _Value,
        options: Mapping[_Value, _Value] | Iterable[_Value] | None = None,
        args: Iterable[_Value] | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """The same as module_load(), with options of the module as well.

        *options*: {name: value}, or the words behind the first CONFIG. *args*: a list.

        Server command: MODULE LOADEX, since version 7.0.0:
        https://valkey.io/commands/module-loadex/
        """
    @overload
    def module_loadex(
        self,
        path: _Value,
        options: Mapping[_Value, _Value] | Iterable[_Value] | None = None,
        args: Iterable[_Value] | None = None,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def module_unload(self, name: _Value, *, target_nodes: None = None) -> dict[str, bool]:
        """Unload the module *name* on each node. Returns {node name: True}.

        ResponseError if it is not loaded, or has types of its own.

        Server command: MODULE UNLOAD, since version 4.0.0:
        https://valkey.io/commands/module-unload/
        """
    @overload
    def module_unload(self, name: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def ping(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Ask every node whether it answers. Returns {node name: True}.

        Server command: PING, since version 1.0.0: https://valkey.io/commands/ping/
        """
    @overload
    def ping(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def randomkey(self, *, target_nodes: None = None) -> _Text | None:
        """Return a random key (bytes), or None if there is no key at all.

        Every primary is asked for one, and one of theirs is chosen: a key of a node with fewer
        keys is likelier.

        Server command: RANDOMKEY, since version 1.0.0: https://valkey.io/commands/randomkey/
        """
    @overload
    def randomkey(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def replicaof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Make the nodes that target_nodes names replicas of another, or with no arguments
        primaries.

        RedisClusterException without target_nodes. A server in cluster mode refuses it by
        ResponseError: cluster_replicate() is for those.

        Server command: REPLICAOF, since version 5.0.0: https://valkey.io/commands/replicaof/
        """
    @overload
    def replicaof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def role(self, *, target_nodes: None = None) -> dict[str, list[Any]]:
        """Return each node's part in replication: {node name: ["master", offset, [[host, port,
        offset], ...]] or ["slave", host, port, state, offset]}.

        Server command: ROLE, since version 2.8.12: https://valkey.io/commands/role/
        """
    @overload
    def role(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def save(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Let every node save its data. Returns {node name: True}. Each is blocked until it has
        done so.

        Server command: SAVE, since version 1.0.0: https://valkey.io/commands/save/
        """
    @overload
    def save(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def shutdown(
        self,
        save: bool = False,
        nosave: bool = False,
        now: bool = False,
        force: bool = False,
        abort: bool = False,
        *,
        target_nodes: None = None,
    ) -> bool | None:
        """Shut down the nodes that target_nodes names, one after the other. Returns None.

        RedisClusterException without target_nodes. *save*, *nosave*: whether data are saved,
        whatever the options say. Since server 7.0: *now* does not wait for replicas, *force*
        goes on after errors, *abort* ends a shutdown that waits, and returns True. DataError for
        *save* with *nosave*, RedisError if a node answers instead of going.

        Server command: SHUTDOWN, since version 1.0.0: https://valkey.io/commands/shutdown/
        """
    @overload
    def shutdown(
        self,
        save: bool = False,
        nosave: bool = False,
        now: bool = False,
        force: bool = False,
        abort: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def slaveof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """The same as replicaof(), for servers of any age.

        Server command: SLAVEOF, since version 1.0.0: https://valkey.io/commands/slaveof/
        """
    @overload
    def slaveof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def slowlog_get(
        self,
        num: int | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        """Return each node's latest slow commands: {node name: [{"id": int, "start_time": Unix
        time, "duration": microseconds, "command": bytes, ...}, ...]}.

        *num*: at most so many of each node; None: 10; -1 (server 7.0): all.

        Server command: SLOWLOG GET, since version 2.2.12:
        https://valkey.io/commands/slowlog-get/
        """
    @overload
    def slowlog_get(self, num: int | None = None, *, target_nodes: _Target) -> Any: ...
    @overload
    def slowlog_len(self, *, target_nodes: None = None) -> dict[str, int]:
        """Return how many slow commands each node remembers: {node name: int}.

        Server command: SLOWLOG LEN, since version 2.2.12:
        https://valkey.io/commands/slowlog-len/
        """
    @overload
    def slowlog_len(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def slowlog_reset(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Forget all slow commands. Returns {node name: True}.

        Server command: SLOWLOG RESET, since version 2.2.12:
        https://valkey.io/commands/slowlog-reset/
        """
    @overload
    def slowlog_reset(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def swapdb(self, first: _Value, second: _Value, *, target_nodes: None = None) -> bool:
        """Swap two databases. A server in cluster mode, which has one, refuses it by
        ResponseError.

        Server command: SWAPDB, since version 4.0.0: https://valkey.io/commands/swapdb/
        """
    @overload
    def swapdb(self, first: _Value, second: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def time(self, *, target_nodes: None = None) -> dict[str, tuple[int, int]]:
        """Return each node's time: {node name: (seconds since 1970, microseconds)}.

        Server command: TIME, since version 2.6.0: https://valkey.io/commands/time/
        """
    @overload
    def time(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def wait(self, num_replicas: _Value, timeout: float, *, target_nodes: None = None) -> int:
        """Wait until *num_replicas* replicas of each primary have the writes, or *timeout*
        milliseconds have passed (0: for ever). Returns how many have, of the primary with the
        fewest (int).

        It is about the writes of the connection that it takes. A client that one thread uses has
        one connection to each node; with more threads it may be another's.

        Server command: WAIT, since version 3.0.0: https://valkey.io/commands/wait/
        """
    @overload
    def wait(self, num_replicas: _Value, timeout: float, *, target_nodes: _Target) -> Any: ...
    @overload
    def waitaof(
        self,
        num_local: _Value,
        num_replicas: _Value,
        timeout: float,
        *,
        target_nodes: None = None,
    ) -> list[int]:
        """The same as wait(), for writes that are on disk: *num_local* is 1 for the primary's
        own.

        Returns [how many primaries' own (0 or 1), how many replicas'], the fewest of each.

        Server command: WAITAOF, since version 7.2.0: https://valkey.io/commands/waitaof/
        """
    @overload
    def waitaof(
        self,
        num_local: _Value,
        num_replicas: _Value,
        timeout: float,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def command(self, *, target_nodes: None = None) -> dict[str, dict[str, Any]]:
        """Return all commands of the server: {name: {"arity": int, "flags": [...],
        "first_key_pos": int, ...}}.

        Server command: COMMAND, since version 2.8.13: https://valkey.io/commands/command/
        """
    @overload
    def command(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def command_count(self, *, target_nodes: None = None) -> int:
        """Return how many commands the server has (int).

        Server command: COMMAND COUNT, since version 2.8.13:
        https://valkey.io/commands/command-count/
        """
    @overload
    def command_count(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def command_docs(self, *args: _Value, target_nodes: None = None) -> dict[str, dict[str, Any]]:
        """Return the documentation of the named commands, or of all: {name: {"summary": str,
        ...}}.

        Server command: COMMAND DOCS, since version 7.0.0:
        https://valkey.io/commands/command-docs/
        """
    @overload
    def command_docs(self, *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def command_getkeys(self, *args: _Value, target_nodes: None = None) -> list[_Text]:
        """Return the keys of the command whose name and arguments are given (list).

        ResponseError if it has none.

        Server command: COMMAND GETKEYS, since version 2.8.13:
        https://valkey.io/commands/command-getkeys/
        """
    @overload
    def command_getkeys(self, *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def command_getkeysandflags(self, *args: _Value, target_nodes: None = None) -> list[list[Any]]:
        """The same, with what is done to each key: [[key, [flag, ...]], ...].

        Server command: COMMAND GETKEYSANDFLAGS, since version 7.0.0:
        https://valkey.io/commands/command-getkeysandflags/
        """
    @overload
    def command_getkeysandflags(self, *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def command_info(self, *names: _Value, target_nodes: None = None) -> list[_Text | None]:
        """Return what the server knows of commands: a list per name, None for one that it has
        not.

        Server command: COMMAND INFO, since version 2.8.13:
        https://valkey.io/commands/command-info/
        """
    @overload
    def command_info(self, *names: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def command_list(
        self,
        module: _Value | None = None,
        category: _Value | None = None,
        pattern: _Value | None = None,
        *,
        target_nodes: None = None,
    ) -> list[_Text]:
        """Return the names of the server's commands (list): all, or those of a *module*, an ACL
        *category*, or those that match *pattern*.

        Server command: COMMAND LIST, since version 7.0.0:
        https://valkey.io/commands/command-list/
        """
    @overload
    def command_list(
        self,
        module: _Value | None = None,
        category: _Value | None = None,
        pattern: _Value | None = None,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def client_getname(self, *, target_nodes: None = None) -> dict[str, str | None]:
        """Return the name of the connection to each node: {node name: str or None}.

        Like all CLIENT commands, it is about one connection to each node, of which a client may
        have more.

        Server command: CLIENT GETNAME, since version 2.6.9:
        https://valkey.io/commands/client-getname/
        """
    @overload
    def client_getname(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_getredir(self, *, target_nodes: None = None) -> dict[str, int]:
        """Return which connection is told of invalid keys: {node name: its id}, 0 for none, -1
        if tracking is off.

        Server command: CLIENT GETREDIR, since version 6.0.0:
        https://valkey.io/commands/client-getredir/
        """
    @overload
    def client_getredir(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_id(self, *, target_nodes: None = None) -> dict[str, int]:
        """Return the id of the connection to each node: {node name: int}. Each node counts for
        itself.

        Server command: CLIENT ID, since version 5.0.0: https://valkey.io/commands/client-id/
        """
    @overload
    def client_id(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_info(self, *, target_nodes: None = None) -> dict[str, dict[str, Any]]:
        """Return what each node knows of its connection: {node name: {"id": int, "addr": str,
        ...}}.

        Server command: CLIENT INFO, since version 6.2.0: https://valkey.io/commands/client-info/
        """
    @overload
    def client_info(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_kill(self, address: _Value, *, target_nodes: None = None) -> dict[str, bool | int]:
        """End the connection whose other end is *address* ("host:port"), on every node.

        ResponseError if some node has no such connection, though others may have ended one: name
        the node by target_nodes, and it returns True. client_kill_filter(addr=...) is no error
        anywhere.

        Server command: CLIENT KILL, since version 2.4.0: https://valkey.io/commands/client-kill/
        """
    @overload
    def client_kill(self, address: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_kill_filter(
        self,
        _id: int | None = None,
        _type: str | None = None,
        addr: str | None = None,
        skipme: bool | None = None,
        laddr: str | None = None,
        user: _Value | None = None,
        maxage: int | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool | int]:
        """End the connections that meet all conditions. Returns {node name: how many (int)}.

        *_id*: of this id. *_type*: normal, master, slave or pubsub. *addr*: their end is
        "host:port"; *laddr*: the server's end is (6.2). *user*: of this user (6.2). *maxage*:
        older than so many seconds (7.4). *skipme*: whether this connection is spared, as it is
        by default. DataError for a wrong type, or without any condition.

        Server command: CLIENT KILL, since version 2.8.12:
        https://valkey.io/commands/client-kill/
        """
    @overload
    def client_kill_filter(
        self,
        _id: int | None = None,
        _type: str | None = None,
        addr: str | None = None,
        skipme: bool | None = None,
        laddr: str | None = None,
        user: _Value | None = None,
        maxage: int | None = None,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def client_list(
        self,
        _type: str | None = None,
        client_id: Iterable[int] = (),
        *,
        target_nodes: None = None,
    ) -> dict[str, list[dict[str, str]]]:
        """Return each node's connections: {node name: [{"id": str, "addr": str, ...}, ...]}.

        *_type*: only normal, master, replica or pubsub ones (server 5.0); DataError for another
        type. *client_id*: a list of ids, only those (6.2).

        Server command: CLIENT LIST, since version 2.4.0: https://valkey.io/commands/client-list/
        """
    @overload
    def client_list(
        self,
        _type: str | None = None,
        client_id: Iterable[int] = (),
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def client_pause(self, timeout: int, all: bool = True, *, target_nodes: None = None) -> bool:
        """Let every node keep all clients waiting for *timeout* milliseconds. Returns True.

        all=False (server 6.2): only those who write. DataError if *timeout* is no int.

        Server command: CLIENT PAUSE, since version 3.0.0:
        https://valkey.io/commands/client-pause/
        """
    @overload
    def client_pause(self, timeout: int, all: bool = True, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_setinfo(
        self,
        attr: _Value,
        value: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Say what this client is: *attr* "LIB-NAME" or "LIB-VER". Returns {node name: True}.

        Server command: CLIENT SETINFO, since version 7.2.0:
        https://valkey.io/commands/client-setinfo/
        """
    @overload
    def client_setinfo(self, attr: _Value, value: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_setname(self, name: _Value, *, target_nodes: None = None) -> dict[str, bool]:
        """Give the connection to each node a name. Returns {node name: True}.

        The constructor's client_name is for all connections. ResponseError for a name with
        spaces.

        Server command: CLIENT SETNAME, since version 2.6.9:
        https://valkey.io/commands/client-setname/
        """
    @overload
    def client_setname(self, name: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_trackinginfo(self, *, target_nodes: None = None) -> dict[str, dict[str, Any]]:
        """Return what CLIENT TRACKING has set: {node name: {"flags": [...], "redirect": id or
        -1, "prefixes": [...]}}.

        Server command: CLIENT TRACKINGINFO, since version 6.2.0:
        https://valkey.io/commands/client-trackinginfo/
        """
    @overload
    def client_trackinginfo(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def client_unblock(
        self,
        client_id: int,
        error: bool = False,
        *,
        target_nodes: None = None,
    ) -> bool:
        """End the waiting of the connection of this id in a blocking command, as a timeout
        would.

        *error*: as an error. Returns whether one waited (bool). Ids are a node's own, and every
        node is told: target_nodes can name the one that is meant.

        Server command: CLIENT UNBLOCK, since version 5.0.0:
        https://valkey.io/commands/client-unblock/
        """
    @overload
    def client_unblock(
        self,
        client_id: int,
        error: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def client_unpause(self, *, target_nodes: None = None) -> bool:
        """End what client_pause() has begun, on every node. Returns True.

        Server command: CLIENT UNPAUSE, since version 6.2.0:
        https://valkey.io/commands/client-unpause/
        """
    @overload
    def client_unpause(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_cat(
        self,
        category: _Value | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, list[str]]:
        """Return the categories of commands, or the commands of *category*: {node name: [str,
        ...]}.

        ResponseError for an unknown category. All ACL commands go to every node, as each has its
        own users.

        Server command: ACL CAT, since version 6.0.0: https://valkey.io/commands/acl-cat/
        """
    @overload
    def acl_cat(self, category: _Value | None = None, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_deluser(
        self,
        username: _Value,
        *usernames: _Value,
        target_nodes: None = None,
    ) -> dict[str, int]:
        """Delete users, and end their connections. Returns {node name: how many there were
        (int)}.

        Server command: ACL DELUSER, since version 6.0.0: https://valkey.io/commands/acl-deluser/
        """
    @overload
    def acl_deluser(self, username: _Value, *usernames: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def acl_dryrun(
        self,
        username: _Value,
        *args: _Value,
        target_nodes: None = None,
    ) -> dict[str, str]:
        """Return whether the user may run the command whose name and arguments follow: {node
        name: "OK", or why not (str)}. Nothing is run. ResponseError for an unknown user or
        command.

        Server command: ACL DRYRUN, since version 7.0.0: https://valkey.io/commands/acl-dryrun/
        """
    @overload
    def acl_dryrun(self, username: _Value, *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def acl_genpass(self, bits: int | None = None, *, target_nodes: None = None) -> dict[str, str]:
        """Return a password made by each node: {node name: str}, hexadecimal digits of *bits*
        bits (256).

        DataError if *bits* is not from 0 to 4096. target_nodes=RedisCluster.RANDOM gets just
        one.

        Server command: ACL GENPASS, since version 6.0.0: https://valkey.io/commands/acl-genpass/
        """
    @overload
    def acl_genpass(self, bits: int | None = None, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_getuser(
        self,
        username: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, dict[str, Any] | None]:
        """Return the rules of a user: {node name: {"flags": [...], "passwords": [...],
        "commands": [...], "categories": [...], "keys": [...], "enabled": bool, ...} or None}.

        Since server 6.2 with "channels", since 7.0 with "selectors".

        Server command: ACL GETUSER, since version 6.0.0: https://valkey.io/commands/acl-getuser/
        """
    @overload
    def acl_getuser(self, username: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_help(self, *, target_nodes: None = None) -> dict[str, list[str]]:
        """Return what each node says of its ACL commands: {node name: [str, ...]}.

        Server command: ACL HELP, since version 6.0.0: https://valkey.io/commands/acl-help/
        """
    @overload
    def acl_help(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_list(self, *, target_nodes: None = None) -> dict[str, list[str]]:
        """Return all users with their rules: {node name: ["user default on ...", ...]}.

        Server command: ACL LIST, since version 6.0.0: https://valkey.io/commands/acl-list/
        """
    @overload
    def acl_list(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_load(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Read the users from each node's ACL file. Returns {node name: True}.

        ResponseError if a node has no such file, or errors in it; it keeps its users, then.

        Server command: ACL LOAD, since version 6.0.0: https://valkey.io/commands/acl-load/
        """
    @overload
    def acl_load(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_log(
        self,
        count: int | None = None,
        *,
        target_nodes: None = None,
    ) -> dict[str, list[dict[str, Any]] | bool]:
        """Return the latest refusals: {node name: [{"reason": str, "username": str, ...}, ...]}.

        *count*: at most so many of each node; None: 10. DataError if it is no int.

        Server command: ACL LOG, since version 6.0.0: https://valkey.io/commands/acl-log/
        """
    @overload
    def acl_log(self, count: int | None = None, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_log_reset(self, *, target_nodes: None = None) -> dict[str, list[dict[str, Any]] | bool]:
        """Forget the refusals. Returns {node name: True}.

        Server command: ACL LOG, since version 6.0.0: https://valkey.io/commands/acl-log/
        """
    @overload
    def acl_log_reset(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_save(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Write the users to each node's ACL file. Returns {node name: True}. ResponseError
        without one.

        Server command: ACL SAVE, since version 6.0.0: https://valkey.io/commands/acl-save/
        """
    @overload
    def acl_save(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_setuser(
        self,
        username: _Text,
        enabled: bool = False,
        nopass: bool = False,
        passwords: _Text | Iterable[_Text] | None = None,
        hashed_passwords: _Text | Iterable[_Text] | None = None,
        categories: Iterable[_Text] | None = None,
        commands: Iterable[_Text] | None = None,
        keys: Iterable[_Text] | None = None,
        reset: bool = False,
        reset_keys: bool = False,
        reset_passwords: bool = False,
        channels: Iterable[_Text] | None = None,
        selectors: Iterable[tuple[_Text, _Text]] | None = None,
        reset_channels: bool = False,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Make a user, or change one: what is said here is added to the rules that it has.

        *enabled*: may log in. *nopass*: with any password. *passwords*, *hashed_passwords*
        (SHA-256, in hexadecimal digits): one or a list, each with "+" before it to add it, "-"
        to take it away. *categories*, *commands*: lists of names, each with "+" or "-" before
        it. *keys*: patterns of keys, "%R~" or "%W~" before one (server 7.0) is for reading or
        writing only. *channels*: patterns of channels (6.2). *selectors*: (command, pattern of
        keys) pairs, each a set of rules of its own (7.0). *reset*, *reset_keys*,
        *reset_passwords*, *reset_channels*: first take all of that away.

        Returns {node name: True}. DataError for a missing sign, ResponseError for an unknown
        name.

        Server command: ACL SETUSER, since version 6.0.0: https://valkey.io/commands/acl-setuser/
        """
    @overload
    def acl_setuser(
        self,
        username: _Text,
        enabled: bool = False,
        nopass: bool = False,
        passwords: _Text | Iterable[_Text] | None = None,
        hashed_passwords: _Text | Iterable[_Text] | None = None,
        categories: Iterable[_Text] | None = None,
        commands: Iterable[_Text] | None = None,
        keys: Iterable[_Text] | None = None,
        reset: bool = False,
        reset_keys: bool = False,
        reset_passwords: bool = False,
        channels: Iterable[_Text] | None = None,
        selectors: Iterable[tuple[_Text, _Text]] | None = None,
        reset_channels: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def acl_users(self, *, target_nodes: None = None) -> dict[str, list[str]]:
        """Return the names of all users: {node name: [str, ...]}.

        Server command: ACL USERS, since version 6.0.0: https://valkey.io/commands/acl-users/
        """
    @overload
    def acl_users(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def acl_whoami(self, *, target_nodes: None = None) -> dict[str, str]:
        """Return the user of the connection to each node: {node name: str}.

        Server command: ACL WHOAMI, since version 6.0.0: https://valkey.io/commands/acl-whoami/
        """
    @overload
    def acl_whoami(self, *, target_nodes: _Target) -> Any: ...
    def cluster_addslots(self, node_id: _Target, *slots: _Value) -> bool:
        """Let the node *node_id* serve slots that nobody serves. Returns True.

        It is named by its id or as target_nodes names nodes. ResponseError for a busy slot.

        Server command: CLUSTER ADDSLOTS, since version 3.0.0:
        https://valkey.io/commands/cluster-addslots/
        """

    def cluster_addslotsrange(self, target_node: _Target, *slots: _Value) -> bool:
        """The same for ranges of slots: first, last, first, last, ...; both are included.

        Server command: CLUSTER ADDSLOTSRANGE, since version 7.0.0:
        https://valkey.io/commands/cluster-addslotsrange/
        """

    @overload
    def cluster_bumpepoch(self, *, target_nodes: None = None) -> dict[str, str]:
        """Give the node that target_nodes names a newer configuration epoch. Returns "BUMPED" or
        "STILL" and the epoch (str). RedisClusterException without target_nodes.

        Server command: CLUSTER BUMPEPOCH, since version 3.0.0:
        https://valkey.io/commands/cluster-bumpepoch/
        """
    @overload
    def cluster_bumpepoch(self, *, target_nodes: _Target) -> Any: ...
    def cluster_cancelslotmigrations(self, target_node: _Target) -> bool:
        """Let *target_node* give up the moves of slots that cluster_migrateslots() began.
        Returns True.

        Server command: CLUSTER CANCELSLOTMIGRATIONS, since version Valkey 9.0.0:
        https://valkey.io/commands/cluster-cancelslotmigrations/
        """

    @overload
    def cluster_count_failure_report(self, node_id: _Value, *, target_nodes: None = None) -> int:
        """Return how many nodes have told a primary that the node *node_id* does not answer
        (int).

        Any primary is asked, or the one that target_nodes names: each has counted for itself.
        ResponseError for an unknown id.

        Server command: CLUSTER COUNT-FAILURE-REPORTS, since version 3.0.0:
        https://valkey.io/commands/cluster-count-failure-reports/
        """
    @overload
    def cluster_count_failure_report(self, node_id: _Value, *, target_nodes: _Target) -> Any: ...
    def cluster_countkeysinslot(self, slot_id: int) -> int:
        """Return how many keys the slot has (int). The primary that serves it is asked.

        Server command: CLUSTER COUNTKEYSINSLOT, since version 3.0.0:
        https://valkey.io/commands/cluster-countkeysinslot/
        """

    @overload
    def cluster_delslots(self, *slots: _Value, target_nodes: None = None) -> list[bool]:
        """Let each slot's primary forget that it serves it. Returns [True, ...], one for each
        slot.

        Other nodes go on taking it for the slot's owner. The primaries are told one after the
        other, each of all its slots at once. With target_nodes these nodes are told of all
        slots. DataError for what is no slot, SlotNotCoveredError for one that nobody serves.

        Server command: CLUSTER DELSLOTS, since version 3.0.0:
        https://valkey.io/commands/cluster-delslots/
        """
    @overload
    def cluster_delslots(self, *slots: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def cluster_delslotsrange(self, *slots: _Value, target_nodes: None = None) -> bool:
        """The same for ranges of slots: first, last, first, last, ...; both are included.
        Returns True.

        Server command: CLUSTER DELSLOTSRANGE, since version 7.0.0:
        https://valkey.io/commands/cluster-delslotsrange/
        """
    @overload
    def cluster_delslotsrange(self, *slots: _Value, target_nodes: _Target) -> Any: ...
    def cluster_failover(self, node_id: _Target, option: str | None = None) -> bool:
        """Let the replica *node_id* take the place of its primary. Returns True, when it has
        begun.

        *option*: "FORCE" without the primary's help, "TAKEOVER" without the other primaries'
        consent either; RedisError for another. ResponseError if the node is no replica.

        Server command: CLUSTER FAILOVER, since version 3.0.0:
        https://valkey.io/commands/cluster-failover/
        """

    def cluster_flushslot(self, slot: int, asynchronous: bool = False) -> bool:
        """Delete all keys of *slot*, with *asynchronous* after the reply. Returns True.

        Server command: CLUSTER FLUSHSLOT, since version Valkey 9.0.0:
        https://valkey.io/commands/cluster-flushslot/
        """

    @overload
    def cluster_flushslots(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Let the node that target_nodes names, which must be empty, forget all its slots.
        Returns True.

        RedisClusterException without target_nodes.

        Server command: CLUSTER FLUSHSLOTS, since version 3.0.0:
        https://valkey.io/commands/cluster-flushslots/
        """
    @overload
    def cluster_flushslots(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def cluster_forget(self, node_id: _Value, *, target_nodes: None = None) -> dict[str, bool]:
        """Let the nodes that target_nodes names forget the node of the id *node_id*, for a
        minute at least.

        Returns True, of several nodes {node name: True}. All but the node itself have to be told
        within that minute. ResponseError if a node does not know it, is itself that node, or its
        replica; RedisClusterException without target_nodes.

        Server command: CLUSTER FORGET, since version 3.0.0:
        https://valkey.io/commands/cluster-forget/
        """
    @overload
    def cluster_forget(self, node_id: _Value, *, target_nodes: _Target) -> Any: ...
    def cluster_get_keys_in_slot(self, slot: int, num_keys: _Value) -> list[_Text]:
        """Return at most *num_keys* keys of the slot (list). The primary that serves it is
        asked.

        Server command: CLUSTER GETKEYSINSLOT, since version 3.0.0:
        https://valkey.io/commands/cluster-getkeysinslot/
        """

    @overload
    def cluster_getslotmigrations(
        self,
        target_node: None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        """Return each node's moves of slots, or those of *target_node* alone: {node name:
        [{"name": str, "operation": "EXPORT" or "IMPORT", "slot_ranges": str, "state": str, ...},
        ...]}.

        Server command: CLUSTER GETSLOTMIGRATIONS, since version Valkey 9.0.0:
        https://valkey.io/commands/cluster-getslotmigrations/
        """
    @overload
    def cluster_getslotmigrations(self, target_node: _Target) -> list[dict[str, Any]]: ...
    @overload
    def cluster_info(self, *, target_nodes: None = None) -> dict[str, dict[str, Any]]:
        """Return what each node says of the cluster: {node name: {"cluster_state": "ok", ...}}.

        Server command: CLUSTER INFO, since version 3.0.0:
        https://valkey.io/commands/cluster-info/
        """
    @overload
    def cluster_info(self, *, target_nodes: _Target) -> Any: ...
    def cluster_keyslot(self, name: _Key) -> int:
        """Return the hash slot of a key, as a server says (int). keyslot() asks nobody.

        Server command: CLUSTER KEYSLOT, since version 3.0.0:
        https://valkey.io/commands/cluster-keyslot/
        """

    @overload
    def cluster_links(self, target_node: None = None) -> dict[str, list[dict[str, Any]]]:
        """Return a node's links to others: [{"direction": "to" or "from", "node": its id, ...},
        ...].

        Without *target_node* those of every node: {node name: that list}.

        Server command: CLUSTER LINKS, since version 7.0.0:
        https://valkey.io/commands/cluster-links/
        """
    @overload
    def cluster_links(self, target_node: _Target) -> list[dict[str, Any]]: ...
    def cluster_meet(self, node_id: _Target, host: _Value, port: _Value) -> bool:
        """Let the node *node_id* make the acquaintance of the one at *host*, an IP address, and
        *port*.

        Returns True, when it has begun. Their clusters become one.

        Server command: CLUSTER MEET, since version 3.0.0:
        https://valkey.io/commands/cluster-meet/
        """

    def cluster_migrateslots(
        self,
        source_node: _Target,
        target_node_id: _Value,
        *slots: _Value,
    ) -> bool:
        """Let *source_node* move slots, first and last of each range in turn, to the node of
        this id.

        Returns True when it has begun; cluster_getslotmigrations() says how it goes on. Clients
        notice when all of a range has moved, at once.

        Server command: CLUSTER MIGRATESLOTS, since version Valkey 9.0.0:
        https://valkey.io/commands/cluster-migrateslots/
        """

    @overload
    def cluster_myid(self, target_node: None = None) -> dict[str, str]:
        """Return the id of a node (str). Without *target_node*, of every node: {node name: str}.

        Server command: CLUSTER MYID, since version 3.0.0:
        https://valkey.io/commands/cluster-myid/
        """
    @overload
    def cluster_myid(self, target_node: _Target) -> str: ...
    @overload
    def cluster_myshardid(self, *, target_nodes: None = None) -> dict[str, str]:
        """Return the id of each node's shard: {node name: str}. A primary and its replicas share
        it.

        Server command: CLUSTER MYSHARDID, since version 7.2.0:
        https://valkey.io/commands/cluster-myshardid/
        """
    @overload
    def cluster_myshardid(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def cluster_nodes(self, *, target_nodes: None = None) -> list[dict[str, Any]]:
        """Return all nodes of the cluster: [{"id": str, "host": str, "port": int, "flags": (str,
        ...), "master": the id of the primary it copies, if it does, "slots": (int, ...), ...},
        ...].

        Server command: CLUSTER NODES, since version 3.0.0:
        https://valkey.io/commands/cluster-nodes/
        """
    @overload
    def cluster_nodes(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def cluster_replicas(
        self,
        node_id: _Value,
        *,
        target_nodes: None = None,
    ) -> list[dict[str, Any]]:
        """Return the replicas of the primary *node_id*, as cluster_nodes() does.

        ResponseError for an unknown id, or a replica's.

        Server command: CLUSTER REPLICAS, since version 5.0.0:
        https://valkey.io/commands/cluster-replicas/
        """
    @overload
    def cluster_replicas(self, node_id: _Value, *, target_nodes: _Target) -> Any: ...
    def cluster_replicate(self, target_node_id: _Target, node_id: _Text | None = None) -> bool:
        """Make the node *target_node_id* a replica of the primary whose id is *node_id*. Returns
        True.

        DataError without *node_id*. ResponseError for an unknown id, or a primary that serves
        slots.

        Server command: CLUSTER REPLICATE, since version 3.0.0:
        https://valkey.io/commands/cluster-replicate/
        """

    def cluster_reset(self, node_id: _Target, soft: bool = True) -> bool:
        """Let the node *node_id* forget its slots and all other nodes. Returns True.

        soft=False: its epochs as well, and it takes a new id. ResponseError if it is a primary
        with keys.

        Server command: CLUSTER RESET, since version 3.0.0:
        https://valkey.io/commands/cluster-reset/
        """

    @overload
    def cluster_save_config(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Let every node write what it knows of the cluster to its disk. Returns {node name:
        True}.

        Server command: CLUSTER SAVECONFIG, since version 3.0.0:
        https://valkey.io/commands/cluster-saveconfig/
        """
    @overload
    def cluster_save_config(self, *, target_nodes: _Target) -> Any: ...
    def cluster_set_config_epoch(self, node_id: _Target, epoch: _Value) -> bool:
        """Set the configuration epoch of the node *node_id*, a new one that knows no other.
        Returns True.

        Server command: CLUSTER SET-CONFIG-EPOCH, since version 3.0.0:
        https://valkey.io/commands/cluster-set-config-epoch/
        """

    def cluster_setslot(
        self,
        node_id: _Target,
        slot_id: int,
        state: str,
        bind_to_node_id: _Text | None = None,
    ) -> bool:
        """Tell the node *node_id* what becomes of a slot. Returns True.

        *state*: "MIGRATING" to, "IMPORTING" from, or "NODE": served by, the node of the id
        *bind_to_node_id* (None: *node_id*, an id then); "STABLE" ends a migration. RedisError
        for another. Other nodes have to be told as well.

        Server command: CLUSTER SETSLOT, since version 3.0.0:
        https://valkey.io/commands/cluster-setslot/
        """

    @overload
    def cluster_shards(self, *, target_nodes: None = None) -> list[dict[str, Any]]:
        """Return the cluster's shards: [{"slots": [(first, last), ...], "nodes": [{"id": str,
        "role": str, ...}, ...]}, ...].

        Server command: CLUSTER SHARDS, since version 7.0.0:
        https://valkey.io/commands/cluster-shards/
        """
    @overload
    def cluster_shards(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def cluster_slaves(
        self,
        target_node_id: _Value,
        *,
        target_nodes: None = None,
    ) -> list[dict[str, Any]]:
        """The same as cluster_replicas(), for servers of any age.

        Server command: CLUSTER SLAVES, since version 3.0.0:
        https://valkey.io/commands/cluster-slaves/
        """
    @overload
    def cluster_slaves(self, target_node_id: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def cluster_slot_stats(
        self,
        start_slot: int = 0,
        end_slot: int = 16383,
        orderby: str | None = None,
        limit: int | None = None,
        asc: bool = False,
        *,
        target_nodes: None = None,
    ) -> dict[str, dict[int, dict[str, int]]]:
        """Return numbers of each primary's slots: {node name: {slot: {"key-count": int, ...}}}.

        Of the slots from *start_slot* to *end_slot*; or, with *orderby*, the name of one of the
        numbers, of at most *limit* slots, the highest numbers first, or with *asc* the lowest.

        Server command: CLUSTER SLOT-STATS, since version 8.2.0, Valkey 8.0.0:
        https://valkey.io/commands/cluster-slot-stats/
        """
    @overload
    def cluster_slot_stats(
        self,
        start_slot: int = 0,
        end_slot: int = 16383,
        orderby: str | None = None,
        limit: int | None = None,
        asc: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def cluster_slots(self, *, target_nodes: None = None) -> dict[tuple[int, int], dict[str, Any]]:
        """Return who serves which slots: {(first, last): {"master": (host, port), "slaves":
        [(host, port), ...]}}.

        Server command: CLUSTER SLOTS, since version 3.0.0:
        https://valkey.io/commands/cluster-slots/
        """
    @overload
    def cluster_slots(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_ckquorum(
        self,
        new_master_name: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, str]:
        """Return what a sentinel says of its quorum for a failover of the service (str).

        RedisClusterException without target_nodes, as all SENTINEL commands: a cluster has no
        sentinels.

        Server command: SENTINEL CKQUORUM, since version 2.8.4:
        https://valkey.io/commands/sentinel-ckquorum/
        """
    @overload
    def sentinel_ckquorum(self, new_master_name: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_failover(
        self,
        new_master_name: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Let a sentinel begin a failover of the service. RedisClusterException without
        target_nodes.

        Server command: SENTINEL FAILOVER, since version 2.8.4:
        https://valkey.io/commands/sentinel-failover/
        """
    @overload
    def sentinel_failover(self, new_master_name: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_flushconfig(self, *, target_nodes: None = None) -> dict[str, bool]:
        """Let a sentinel write its configuration file. RedisClusterException without
        target_nodes.

        Server command: SENTINEL FLUSHCONFIG, since version 2.8.4:
        https://valkey.io/commands/sentinel-flushconfig/
        """
    @overload
    def sentinel_flushconfig(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_get_master_addr_by_name(
        self,
        service_name: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, tuple[_Text, int] | None]:
        """Return (host, port) of the service's primary, if it is known. RedisClusterException
        without target_nodes.

        Server command: SENTINEL GET-MASTER-ADDR-BY-NAME, since version 2.8.4:
        https://valkey.io/commands/sentinel-get-master-addr-by-name/
        """
    @overload
    def sentinel_get_master_addr_by_name(
        self,
        service_name: _Value,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def sentinel_master(
        self,
        service_name: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, dict[str, Any]]:
        """Return the state of the service's primary. RedisClusterException without target_nodes.

        Server command: SENTINEL MASTER, since version 2.8.4:
        https://valkey.io/commands/sentinel-master/
        """
    @overload
    def sentinel_master(self, service_name: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_masters(
        self,
        *,
        target_nodes: None = None,
    ) -> dict[str, dict[str, dict[str, Any]]]:
        """Return the states of all primaries by service. RedisClusterException without
        target_nodes.

        Server command: SENTINEL MASTERS, since version 2.8.4:
        https://valkey.io/commands/sentinel-masters/
        """
    @overload
    def sentinel_masters(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_monitor(
        self,
        name: _Value,
        ip: _Value,
        port: _Value,
        quorum: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Let a sentinel watch a primary. RedisClusterException without target_nodes.

        Server command: SENTINEL MONITOR, since version 2.8.4:
        https://valkey.io/commands/sentinel-monitor/
        """
    @overload
    def sentinel_monitor(
        self,
        name: _Value,
        ip: _Value,
        port: _Value,
        quorum: _Value,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def sentinel_remove(self, name: _Value, *, target_nodes: None = None) -> dict[str, bool]:
        """Let a sentinel watch the service no longer. RedisClusterException without
        target_nodes.

        Server command: SENTINEL REMOVE, since version 2.8.4:
        https://valkey.io/commands/sentinel-remove/
        """
    @overload
    def sentinel_remove(self, name: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_reset(self, pattern: _Value, *, target_nodes: None = None) -> dict[str, int]:
        """Let a sentinel forget the states of matching services. RedisClusterException without
        target_nodes.

        Server command: SENTINEL RESET, since version 2.8.4:
        https://valkey.io/commands/sentinel-reset/
        """
    @overload
    def sentinel_reset(self, pattern: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_sentinels(
        self,
        service_name: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the states of the service's sentinels. RedisClusterException without
        target_nodes.

        Server command: SENTINEL SENTINELS, since version 2.8.4:
        https://valkey.io/commands/sentinel-sentinels/
        """
    @overload
    def sentinel_sentinels(self, service_name: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def sentinel_set(
        self,
        name: _Value,
        option: _Value,
        value: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, bool]:
        """Set an option of the service. RedisClusterException without target_nodes.

        Server command: SENTINEL SET, since version 2.8.4:
        https://valkey.io/commands/sentinel-set/
        """
    @overload
    def sentinel_set(
        self,
        name: _Value,
        option: _Value,
        value: _Value,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def sentinel_slaves(
        self,
        service_name: _Value,
        *,
        target_nodes: None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the states of the service's replicas. RedisClusterException without
        target_nodes.

        Server command: SENTINEL SLAVES, since version 2.8.0:
        https://valkey.io/commands/sentinel-slaves/
        """
    @overload
    def sentinel_slaves(self, service_name: _Value, *, target_nodes: _Target) -> Any: ...
    def eval(self, script: _Value, numkeys: int, *keys_and_args: _Key) -> Any:
        """Run a Lua script. Returns what the script returns.

        The first *numkeys* of *keys_and_args* are its KEYS, which have to be of one slot
        (RedisClusterException), the others its ARGV. Without keys it runs on some primary.

        Server command: EVAL, since version 2.6.0: https://valkey.io/commands/eval/
        """

    def eval_ro(self, script: _Value, numkeys: int, *keys_and_args: _Key) -> Any:
        """The same as eval() for a script that only reads; it may run on a replica.

        Server command: EVAL_RO, since version 7.0.0: https://valkey.io/commands/eval_ro/
        """

    def evalsha(self, sha: _Value, numkeys: int, *keys_and_args: _Key) -> Any:
        """The same as eval() for a script that the server has already, by its SHA1 digest.

        NoScriptError if it has not: script_load() and eval() give it to a server.

        Server command: EVALSHA, since version 2.6.0: https://valkey.io/commands/evalsha/
        """

    def evalsha_ro(self, sha: _Value, numkeys: int, *keys_and_args: _Key) -> Any:
        """The same as evalsha() for a script that only reads; it may run on a replica.

        Server command: EVALSHA_RO, since version 7.0.0: https://valkey.io/commands/evalsha_ro/
        """

    @overload
    def script_exists(self, *args: _Value, target_nodes: None = None) -> list[bool]:
        """Return for each SHA1 digest whether all primaries have that script (list of bool).

        Server command: SCRIPT EXISTS, since version 2.6.0:
        https://valkey.io/commands/script-exists/
        """
    @overload
    def script_exists(self, *args: _Value, target_nodes: _Target) -> Any: ...
    @overload
    def script_flush(self, sync_type: _Value | None = None, *, target_nodes: None = None) -> bool:
        """Let all primaries forget their scripts. Returns True.

        *sync_type*: 'SYNC' or 'ASYNC' (server 6.2).

        Server command: SCRIPT FLUSH, since version 2.6.0:
        https://valkey.io/commands/script-flush/
        """
    @overload
    def script_flush(self, sync_type: _Value | None = None, *, target_nodes: _Target) -> Any: ...
    @overload
    def script_kill(self, *, target_nodes: None = None) -> bool:
        """Stop the script that is running, if it has not written anything yet. Returns True.

        Every primary is asked to, and a ResponseError (NOTBUSY) of one that runs none is raised,
        although the scripts of others were stopped; *target_nodes* names the node to ask.

        Server command: SCRIPT KILL, since version 2.6.0: https://valkey.io/commands/script-kill/
        """
    @overload
    def script_kill(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def script_load(self, script: _Value, *, target_nodes: None = None) -> str:
        """Give a Lua script to all primaries, without running it. Returns its SHA1 digest (str).

        Server command: SCRIPT LOAD, since version 2.6.0: https://valkey.io/commands/script-load/
        """
    @overload
    def script_load(self, script: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def script_show(self, sha1: _Value, *, target_nodes: None = None) -> _Text:
        """Return the text of the script with this SHA1, as one primary has it. NoScriptError if
        it has none.

        Server command: SCRIPT SHOW, since version Valkey 8.0.0:
        https://valkey.io/commands/script-show/
        """
    @overload
    def script_show(self, sha1: _Value, *, target_nodes: _Target) -> Any: ...
    def fcall(self, function: _Value, numkeys: int, *keys_and_args: _Key) -> Any:
        """Call a function of a library. Returns what the function returns.

        The first *numkeys* of *keys_and_args* are its keys, which have to be of one slot
        (RedisClusterException), the others its arguments. Without keys it runs on some primary.

        Server command: FCALL, since version 7.0.0: https://valkey.io/commands/fcall/
        """

    def fcall_ro(self, function: _Value, numkeys: int, *keys_and_args: _Key) -> Any:
        """The same as fcall() for a function that only reads; it may run on a replica.

        Server command: FCALL_RO, since version 7.0.0: https://valkey.io/commands/fcall_ro/
        """

    @overload
    def function_delete(self, library: _Value, *, target_nodes: None = None) -> bool:
        """Delete a library of functions on all primaries. Returns True.

        ResponseError if one has it not.

        Server command: FUNCTION DELETE, since version 7.0.0:
        https://valkey.io/commands/function-delete/
        """
    @overload
    def function_delete(self, library: _Value, *, target_nodes: _Target) -> Any: ...
    @overload
    def function_dump(self, *, target_nodes: None = None) -> bytes | None:
        """Return all libraries of functions of some primary, for function_restore() (bytes
        always).

        Server command: FUNCTION DUMP, since version 7.0.0:
        https://valkey.io/commands/function-dump/
        """
    @overload
    def function_dump(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def function_flush(self, mode: str = "SYNC", *, target_nodes: None = None) -> bool:
        """Delete all libraries of functions on all primaries. Returns True.

        *mode*: 'SYNC' or 'ASYNC'.

        Server command: FUNCTION FLUSH, since version 7.0.0:
        https://valkey.io/commands/function-flush/
        """
    @overload
    def function_flush(self, mode: str = "SYNC", *, target_nodes: _Target) -> Any: ...
    @overload
    def function_kill(self, *, target_nodes: None = None) -> bool:
        """The same as script_kill() for functions.

        Server command: FUNCTION KILL, since version 7.0.0:
        https://valkey.io/commands/function-kill/
        """
    @overload
    def function_kill(self, *, target_nodes: _Target) -> Any: ...
    @overload
    def function_list(
        self,
        library: _Value = "*",
        withcode: bool = False,
        *,
        target_nodes: None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        """Return the libraries of functions of each primary: {node name: list of dicts} (dict).

        Each has 'library_name', 'engine', 'functions' (dicts), and with *withcode*
        'library_code'. *library*: only those of this pattern.

        Server command: FUNCTION LIST, since version 7.0.0:
        https://valkey.io/commands/function-list/
        """
    @overload
    def function_list(
        self,
        library: _Value = "*",
        withcode: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def function_load(
        self,
        code: _Value,
        replace: bool = False,
        *,
        target_nodes: None = None,
    ) -> str:
        """Give a library of functions to all primaries. Returns its name (str).

        ResponseError if one has a library of that name, unless *replace* is true.

        Server command: FUNCTION LOAD, since version 7.0.0:
        https://valkey.io/commands/function-load/
        """
    @overload
    def function_load(
        self,
        code: _Value,
        replace: bool = False,
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def function_restore(
        self,
        payload: _Value,
        policy: _Value = "APPEND",
        *,
        target_nodes: None = None,
    ) -> bool:
        """Give the libraries that function_dump() has returned to all primaries. Returns True.

        *policy*, where there are libraries: 'APPEND' (ResponseError for equal names), 'REPLACE'
        for those, or 'FLUSH' for all.

        Server command: FUNCTION RESTORE, since version 7.0.0:
        https://valkey.io/commands/function-restore/
        """
    @overload
    def function_restore(
        self,
        payload: _Value,
        policy: _Value = "APPEND",
        *,
        target_nodes: _Target,
    ) -> Any: ...
    @overload
    def function_stats(self, *, target_nodes: None = None) -> dict[str, dict[str, Any]]:
        """Return which function each node is running, and its engines: {node name: dict} (dict).

        Server command: FUNCTION STATS, since version 7.0.0:
        https://valkey.io/commands/function-stats/
        """
    @overload
    def function_stats(self, *, target_nodes: _Target) -> Any: ...

class Pipeline(Client):
    """Queues commands and runs them together."""

    def __bool__(self) -> Literal[True]: ...
    def __len__(self) -> int: ...
    cross_slot: bool
    atomic: bool
    immediate: bool
    @property
    def command_stack(self) -> tuple[PipelineCommand, ...]:
        """The queued commands (tuple of PipelineCommand, with args, options and position), made
        anew each time. RuntimeError while a command is being queued or a transaction runs.
        """

    @property
    def slots(self) -> builtins.set[int]:
        """The slots of the queued commands (set of int)."""

    def annotate(self, index: int, error: Exception, /) -> Exception:
        """Return the exception with the number and text of the queued command in its message."""

    def run_on_session(
        self, session: Session, transaction: bool = False, timeout: float | None = None
    ) -> Any:
        """Run the queued commands on a session, and keep them queued: the list of their results.

        The session is closed unless all replies have come, whatever is raised.

        Exceptions stand in the places of failed ones. With *transaction*: between MULTI and
        EXEC; (refusals, results), where refusals are the exceptions that MULTI and the commands
        met when they were queued by the server, None where there was none, and results are the
        list, None when a watched key had changed, or the exception for what else EXEC said.
        """

    def execute(self, raise_on_error: bool = True, *, timeout: float | None = None) -> list[Any]:
        """Run all queued commands, and return their replies in the order of queueing (list).

        The pipeline is empty afterwards, also after a failure. With *raise_on_error* the first
        command that failed, in that order, is raised when all have run; without it, exceptions
        stand in the list in the place of the replies.

        *timeout*: seconds for the whole call, all waits and tries included, in the place of
        command_timeout; then each command that has no reply fails with a TimeoutError, whose
        outcome tells whether it may have run.
        """

    def reset(self) -> None:
        """Forget all queued commands. The pipeline can be used again."""

    def execute_command(self, *args: _Value, **options: Any) -> Self: ...
    def append(self, key: _Key, value: _Value) -> Self: ...
    def decr(self, name: _Key, amount: int = 1) -> Self: ...
    def decrby(self, name: _Key, amount: int = 1) -> Self: ...
    def delex(
        self,
        name: _Key,
        ifeq: _Value | None = None,
        ifne: _Value | None = None,
        ifdeq: _Value | None = None,
        ifdne: _Value | None = None,
    ) -> Self: ...
    def delifeq(self, name: _Key, value: _Value) -> Self: ...
    def digest(self, name: _Key) -> Self: ...
    def get(self, name: _Key) -> Self: ...
    def getdel(self, name: _Key) -> Self: ...
    def getex(
        self,
        name: _Key,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        persist: bool = False,
    ) -> Self: ...
    def getrange(self, key: _Key, start: int, end: int) -> Self: ...
    def getset(self, name: _Key, value: _Value) -> Self: ...
    def incr(self, name: _Key, amount: int = 1) -> Self: ...
    def incrby(self, name: _Key, amount: int = 1) -> Self: ...
    def incrbyfloat(self, name: _Key, amount: float = 1.0) -> Self: ...
    def increx(
        self,
        name: _Key,
        byfloat: _Value | None = None,
        byint: _Value | None = None,
        lbound: _Value | None = None,
        ubound: _Value | None = None,
        saturate: bool = False,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        persist: bool = False,
        enx: bool = False,
    ) -> Self: ...
    def lcs(
        self,
        key1: _Key,
        key2: _Key,
        len: bool = False,
        idx: bool = False,
        minmatchlen: int = 0,
        withmatchlen: bool = False,
    ) -> Self: ...
    def mget(self, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def mget_nonatomic(self, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def mset(self, *args: SupportsItems[_Key, _Value], **kwargs: _Value) -> NoReturn: ...
    def mset_nonatomic(self, *args: SupportsItems[_Key, _Value], **kwargs: _Value) -> NoReturn: ...
    def msetnx(self, *args: SupportsItems[_Key, _Value], **kwargs: _Value) -> NoReturn: ...
    def msetex(
        self,
        mapping: SupportsItems[_Key, _Value],
        data_persist_option: _Value | None = None,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        keepttl: bool = False,
    ) -> Self: ...
    def psetex(self, name: _Key, time_ms: int | timedelta, value: _Value) -> Self: ...
    def set(
        self,
        name: _Key,
        value: _Value,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: bool = False,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        ifeq: _Value | None = None,
        ifne: _Value | None = None,
        ifdeq: _Value | None = None,
        ifdne: _Value | None = None,
    ) -> Self: ...
    def setex(self, name: _Key, time: int | timedelta, value: _Value) -> Self: ...
    def setnx(self, name: _Key, value: _Value) -> Self: ...
    def setrange(self, name: _Key, offset: int, value: _Value) -> Self: ...
    def strlen(self, name: _Key) -> Self: ...
    def substr(self, name: _Key, start: int, end: int = -1) -> Self: ...
    def clusterscan(
        self,
        cursor: _Key = 0,
        match: _Value | None = None,
        count: int | None = None,
        _type: _Value | None = None,
        slot: _Value | None = None,
    ) -> Self: ...
    def copy(
        self,
        source: _Key,
        destination: _Key,
        destination_db: _Value | None = None,
        replace: bool = False,
    ) -> Self: ...
    def delete(self, *names: _Key) -> Self: ...
    def dump(self, name: _Key) -> Self: ...
    def exists(self, *names: _Key) -> Self: ...
    def expire(
        self,
        name: _Key,
        time: int | timedelta,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def expireat(
        self,
        name: _Key,
        when: int | datetime,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def expiretime(self, key: _Key) -> Self: ...
    def migrate(
        self,
        host: _Value,
        port: _Value,
        keys: _Key | Iterable[_Key],
        destination_db: _Value,
        timeout: float,
        copy: bool = False,
        replace: bool = False,
        auth: _Value | None = None,
    ) -> Self: ...
    @overload
    def move(self, name: _Value, db: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def move(self, name: _Value, db: _Value, *, target_nodes: _Target) -> Self: ...
    def object(self, infotype: _Value, key: _Key) -> Self: ...
    def object_encoding(self, key: _Key) -> Self: ...
    def object_freq(self, key: _Key) -> Self: ...
    def object_idletime(self, key: _Key) -> Self: ...
    def object_refcount(self, key: _Key) -> Self: ...
    def persist(self, name: _Key) -> Self: ...
    def pexpire(
        self,
        name: _Key,
        time: int | timedelta,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def pexpireat(
        self,
        name: _Key,
        when: int | datetime,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def pexpiretime(self, key: _Key) -> Self: ...
    def pttl(self, name: _Key) -> Self: ...
    def rename(self, src: _Key, dst: _Key, replace: bool = False) -> NoReturn: ...
    def renamenx(self, src: _Key, dst: _Key) -> NoReturn: ...
    def restore(
        self,
        name: _Key,
        ttl: int | timedelta,
        value: _Value,
        replace: bool = False,
        absttl: bool = False,
        idletime: int | None = None,
        frequency: int | None = None,
    ) -> Self: ...
    @overload
    def scan(
        self,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        _type: _Value | None = None,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def scan(
        self,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        _type: _Value | None = None,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    def sort(
        self,
        name: _Key,
        start: int | None = None,
        num: int | None = None,
        by: _Value | None = None,
        get: _Value | Iterable[_Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
        store: _Value | None = None,
        groups: bool = False,
    ) -> NoReturn: ...
    def sort_ro(
        self,
        key: _Key,
        start: int | None = None,
        num: int | None = None,
        by: _Value | None = None,
        get: _Value | Iterable[_Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
    ) -> Self: ...
    def touch(self, *args: _Key) -> Self: ...
    def ttl(self, name: _Key) -> Self: ...
    def type(self, name: _Key) -> Self: ...
    def unlink(self, *names: _Key) -> Self: ...
    def hdel(self, name: _Key, *keys: _Value) -> Self: ...
    def hexists(self, name: _Key, key: _Value) -> Self: ...
    def hexpire(
        self,
        name: _Key,
        seconds: int | timedelta,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def hexpireat(
        self,
        name: _Key,
        unix_time_seconds: int | datetime,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def hexpiretime(self, key: _Key, *fields: _Value) -> Self: ...
    def hget(self, name: _Key, key: _Value) -> Self: ...
    def hgetall(self, name: _Key) -> Self: ...
    def hgetdel(self, name: _Key, *keys: _Value) -> Self: ...
    def hgetex(
        self,
        name: _Key,
        *keys: _Value,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        persist: bool = False,
    ) -> Self: ...
    def hincrby(self, name: _Key, key: _Value, amount: int = 1) -> Self: ...
    def hincrbyfloat(self, name: _Key, key: _Value, amount: float = 1.0) -> Self: ...
    def hkeys(self, name: _Key) -> Self: ...
    def hlen(self, name: _Key) -> Self: ...
    def hmget(self, name: _Key, keys: _Value | Iterable[_Value], *args: _Value) -> Self: ...
    def hmset(self, name: _Key, mapping: SupportsItems[_Value, _Value]) -> Self: ...
    def hpersist(self, name: _Key, *fields: _Value) -> Self: ...
    def hpexpire(
        self,
        name: _Key,
        milliseconds: int | timedelta,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def hpexpireat(
        self,
        name: _Key,
        unix_time_milliseconds: int | datetime,
        *fields: _Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def hpexpiretime(self, key: _Key, *fields: _Value) -> Self: ...
    def hpttl(self, key: _Key, *fields: _Value) -> Self: ...
    def hrandfield(self, key: _Key, count: int | None = None, withvalues: bool = False) -> Self: ...
    def hscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        no_values: bool = False,
    ) -> Self: ...
    def hset(
        self,
        name: _Key,
        key: _Value | None = None,
        value: _Value | None = None,
        mapping: SupportsItems[_Value, _Value] | None = None,
        items: Iterable[_Value] | None = None,
    ) -> Self: ...
    def hsetex(
        self,
        name: _Key,
        key: _Value | None = None,
        value: _Value | None = None,
        mapping: SupportsItems[_Value, _Value] | None = None,
        items: Iterable[_Value] | None = None,
        ex: int | timedelta | None = None,
        px: int | timedelta | None = None,
        exat: int | datetime | None = None,
        pxat: int | datetime | None = None,
        data_persist_option: _Value | None = None,
        keepttl: bool = False,
    ) -> Self: ...
    def hsetnx(self, name: _Key, key: _Value, value: _Value) -> Self: ...
    def hstrlen(self, name: _Key, key: _Value) -> Self: ...
    def httl(self, key: _Key, *fields: _Value) -> Self: ...
    def hvals(self, name: _Key) -> Self: ...
    def blmove(
        self,
        first_list: _Key,
        second_list: _Key,
        timeout: float,
        src: _Value = "LEFT",
        dest: _Value = "RIGHT",
    ) -> Self: ...
    def blmpop(
        self,
        timeout: float,
        numkeys: int,
        *args: _Key,
        direction: str,
        count: int = 1,
    ) -> Self: ...
    def blpop(self, keys: _Key | Iterable[_Key], timeout: float = 0) -> Self: ...
    def brpop(self, keys: _Key | Iterable[_Key], timeout: float = 0) -> Self: ...
    def brpoplpush(self, src: _Key, dst: _Key, timeout: float = 0) -> NoReturn: ...
    def lindex(self, name: _Key, index: int) -> Self: ...
    def linsert(self, name: _Key, where: str, refvalue: _Value, value: _Value) -> Self: ...
    def llen(self, name: _Key) -> Self: ...
    def lmove(
        self,
        first_list: _Key,
        second_list: _Key,
        src: _Value = "LEFT",
        dest: _Value = "RIGHT",
    ) -> Self: ...
    def lmpop(self, num_keys: int, *args: _Key, direction: str, count: int = 1) -> Self: ...
    def lpop(self, name: _Key, count: int | None = None) -> Self: ...
    def lpos(
        self,
        name: _Key,
        value: _Value,
        rank: int | None = None,
        count: int | None = None,
        maxlen: int | None = None,
    ) -> Self: ...
    def lpush(self, name: _Key, *values: _Value) -> Self: ...
    def lpushx(self, name: _Key, value: _Value, *values: _Value) -> Self: ...
    def lrange(self, name: _Key, start: int, end: int) -> Self: ...
    def lrem(self, name: _Key, count: int, value: _Value) -> Self: ...
    def lset(self, name: _Key, index: int, value: _Value) -> Self: ...
    def ltrim(self, name: _Key, start: int, end: int) -> Self: ...
    def rpop(self, name: _Key, count: int | None = None) -> Self: ...
    def rpoplpush(self, src: _Key, dst: _Key) -> NoReturn: ...
    def rpush(self, name: _Key, *values: _Value) -> Self: ...
    def rpushx(self, name: _Key, value: _Value, *values: _Value) -> Self: ...
    def sadd(self, name: _Key, *values: _Value) -> Self: ...
    def scard(self, name: _Key) -> Self: ...
    def sdiff(self, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def sdiffstore(self, dest: _Key, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def sinter(self, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def sintercard(self, numkeys: int, keys: _Key | Iterable[_Key], limit: int = 0) -> Self: ...
    def sinterstore(self, dest: _Key, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def sismember(self, name: _Key, value: _Value) -> Self: ...
    def smembers(self, name: _Key) -> Self: ...
    def smismember(self, name: _Key, values: _Value | Iterable[_Value], *args: _Value) -> Self: ...
    def smove(self, src: _Key, dst: _Key, value: _Value) -> NoReturn: ...
    def spop(self, name: _Key, count: int | None = None) -> Self: ...
    def srandmember(self, name: _Key, number: int | None = None) -> Self: ...
    def srem(self, name: _Key, *values: _Value) -> Self: ...
    def sscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
    ) -> Self: ...
    def sunion(self, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def sunionstore(self, dest: _Key, keys: _Key | Iterable[_Key], *args: _Key) -> NoReturn: ...
    def bitcount(
        self,
        key: _Key,
        start: int | None = None,
        end: int | None = None,
        mode: str | None = None,
    ) -> Self: ...
    def bitfield_ro(
        self,
        key: _Key,
        encoding: str,
        offset: _Value,
        items: Iterable[tuple[str, _Value]] | None = None,
    ) -> Self: ...
    def bitop(self, operation: _Value, dest: _Key, *keys: _Key) -> NoReturn: ...
    def bitpos(
        self,
        key: _Key,
        bit: _Value,
        start: int | None = None,
        end: int | None = None,
        mode: str | None = None,
    ) -> Self: ...
    def getbit(self, name: _Key, offset: int) -> Self: ...
    def setbit(self, name: _Key, offset: int, value: _Value) -> Self: ...
    def pfadd(self, name: _Key, *values: _Value) -> Self: ...
    def pfcount(self, *sources: _Key) -> NoReturn: ...
    def pfmerge(self, dest: _Key, *sources: _Key) -> NoReturn: ...
    def bzmpop(
        self,
        timeout: float,
        numkeys: int,
        keys: _Key | Iterable[_Key],
        min: bool = False,
        max: bool = False,
        count: int = 1,
    ) -> Self: ...
    def bzpopmax(self, keys: _Key | Iterable[_Key], timeout: float = 0) -> Self: ...
    def bzpopmin(self, keys: _Key | Iterable[_Key], timeout: float = 0) -> Self: ...
    def zadd(
        self,
        name: _Key,
        mapping: SupportsItems[_Value, float],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
        incr: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Self: ...
    def zcard(self, name: _Key) -> Self: ...
    def zcount(self, name: _Key, min: _Value, max: _Value) -> Self: ...
    def zdiff(
        self,
        keys: _Key | Iterable[_Key],
        withscores: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zdiffstore(self, dest: _Key, keys: _Key | Iterable[_Key]) -> Self: ...
    def zincrby(self, name: _Key, amount: float, value: _Value) -> Self: ...
    def zinter(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zintercard(self, numkeys: int, keys: _Key | Iterable[_Key], limit: int = 0) -> Self: ...
    def zinterstore(
        self,
        dest: _Key,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
    ) -> Self: ...
    def zlexcount(self, name: _Key, min: _Value, max: _Value) -> Self: ...
    def zmpop(
        self,
        num_keys: int,
        keys: _Key | Iterable[_Key],
        min: bool = False,
        max: bool = False,
        count: int = 1,
    ) -> Self: ...
    def zmscore(self, key: _Key, members: _Value | Iterable[_Value]) -> Self: ...
    def zpopmax(self, name: _Key, count: int | None = None) -> Self: ...
    def zpopmin(self, name: _Key, count: int | None = None) -> Self: ...
    def zrandmember(
        self,
        key: _Key,
        count: int | None = None,
        withscores: bool = False,
    ) -> Self: ...
    def zrange(
        self,
        name: _Key,
        start: int,
        end: int,
        desc: bool = False,
        withscores: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
        byscore: bool = False,
        bylex: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Self: ...
    def zrangebylex(
        self,
        name: _Key,
        min: _Value,
        max: _Value,
        start: int | None = None,
        num: int | None = None,
    ) -> Self: ...
    def zrangebyscore(
        self,
        name: _Key,
        min: _Value,
        max: _Value,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zrangestore(
        self,
        dest: _Key,
        name: _Key,
        start: int,
        end: int,
        byscore: bool = False,
        bylex: bool = False,
        desc: bool = False,
        offset: int | None = None,
        num: int | None = None,
    ) -> Self: ...
    def zrank(
        self,
        name: _Key,
        value: _Value,
        withscore: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zrem(self, name: _Key, *values: _Value) -> Self: ...
    def zremrangebylex(self, name: _Key, min: _Value, max: _Value) -> Self: ...
    def zremrangebyrank(self, name: _Key, min: _Value, max: _Value) -> Self: ...
    def zremrangebyscore(self, name: _Key, min: _Value, max: _Value) -> Self: ...
    def zrevrange(
        self,
        name: _Key,
        start: int,
        end: int,
        withscores: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zrevrangebylex(
        self,
        name: _Key,
        max: _Value,
        min: _Value,
        start: int | None = None,
        num: int | None = None,
    ) -> Self: ...
    def zrevrangebyscore(
        self,
        name: _Key,
        max: _Value,
        min: _Value,
        start: int | None = None,
        num: int | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zrevrank(
        self,
        name: _Key,
        value: _Value,
        withscore: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zscan(
        self,
        name: _Key,
        cursor: int = 0,
        match: _Value | None = None,
        count: int | None = None,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zscore(self, name: _Key, value: _Value) -> Self: ...
    def zunion(
        self,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
        withscores: bool = False,
        score_cast_func: Callable[[Any], Any] | None = None,
    ) -> Self: ...
    def zunionstore(
        self,
        dest: _Key,
        keys: _Key | Iterable[_Key] | SupportsItems[_Key, float],
        aggregate: str | None = None,
    ) -> Self: ...
    def xack(self, name: _Key, groupname: _Value, *ids: _Value) -> Self: ...
    def xackdel(
        self,
        name: _Key,
        groupname: _Value,
        *ids: _Value,
        ref_policy: str = "KEEPREF",
    ) -> Self: ...
    def xadd(
        self,
        name: _Key,
        fields: SupportsItems[_Value, _Value],
        id: _Value = "*",
        maxlen: int | None = None,
        approximate: bool = True,
        nomkstream: bool = False,
        minid: _Value | None = None,
        limit: int | None = None,
        ref_policy: _Value | None = None,
        idmpauto: _Value | None = None,
        idmp: tuple[_Value, _Value] | None = None,
    ) -> Self: ...
    def xautoclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        start_id: _Value = "0-0",
        count: int | None = None,
        justid: bool = False,
    ) -> Self: ...
    def xclaim(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
        min_idle_time: int,
        message_ids: Iterable[_Value],
        idle: int | None = None,
        time: int | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: bool = False,
    ) -> Self: ...
    def xdel(self, name: _Key, *ids: _Value) -> Self: ...
    def xdelex(self, name: _Key, *ids: _Value, ref_policy: str = "KEEPREF") -> Self: ...
    def xgroup_create(
        self,
        name: _Key,
        groupname: _Value,
        id: _Value = "$",
        mkstream: bool = False,
        entries_read: int | None = None,
    ) -> Self: ...
    def xgroup_createconsumer(
        self,
        name: _Key,
        groupname: _Value,
        consumername: _Value,
    ) -> Self: ...
    def xgroup_delconsumer(self, name: _Key, groupname: _Value, consumername: _Value) -> Self: ...
    def xgroup_destroy(self, name: _Key, groupname: _Value) -> Self: ...
    def xgroup_setid(
        self,
        name: _Key,
        groupname: _Value,
        id: _Value,
        entries_read: int | None = None,
    ) -> Self: ...
    def xinfo_consumers(self, name: _Key, groupname: _Value) -> Self: ...
    def xinfo_groups(self, name: _Key) -> Self: ...
    def xinfo_stream(self, name: _Key, full: bool = False) -> Self: ...
    def xlen(self, name: _Key) -> Self: ...
    def xpending(self, name: _Key, groupname: _Value) -> Self: ...
    def xpending_range(
        self,
        name: _Key,
        groupname: _Value,
        min: _Value,
        max: _Value,
        count: int,
        consumername: _Value | None = None,
        idle: int | None = None,
    ) -> Self: ...
    def xrange(
        self,
        name: _Key,
        min: _Value = "-",
        max: _Value = "+",
        count: int | None = None,
    ) -> Self: ...
    def xread(
        self,
        streams: SupportsItems[_Key, _Value],
        count: int | None = None,
        block: int | None = None,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> Self: ...
    def xreadgroup(
        self,
        groupname: _Value,
        consumername: _Value,
        streams: SupportsItems[_Key, _Value],
        count: int | None = None,
        block: int | None = None,
        noack: bool = False,
        claim_min_idle_time: int | None = None,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> Self: ...
    def xrevrange(
        self,
        name: _Key,
        max: _Value = "+",
        min: _Value = "-",
        count: int | None = None,
    ) -> Self: ...
    def xsetid(
        self,
        name: _Key,
        id: _Value,
        entries_added: int | None = None,
        max_deleted_id: _Value | None = None,
    ) -> Self: ...
    def xtrim(
        self,
        name: _Key,
        maxlen: int | None = None,
        approximate: bool = True,
        minid: _Value | None = None,
        limit: int | None = None,
        ref_policy: _Value | None = None,
    ) -> Self: ...
    def geoadd(
        self,
        name: _Key,
        *values: _Value | Iterable[_Value],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
    ) -> Self: ...
    def geodist(
        self,
        name: _Key,
        place1: _Value,
        place2: _Value,
        unit: str | None = None,
    ) -> Self: ...
    def geohash(self, name: _Key, *values: _Value) -> Self: ...
    def geopos(self, name: _Key, *values: _Value) -> Self: ...
    def georadius(
        self,
        name: _Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: str | None = None,
        withdist: bool = False,
        withcoord: bool = False,
        withhash: bool = False,
        count: int | None = None,
        sort: str | None = None,
        store: _Key | None = None,
        store_dist: _Key | None = None,
        any: bool = False,
    ) -> Self: ...
    def georadiusbymember(
        self,
        name: _Key,
        member: _Value,
        radius: float,
        unit: str | None = None,
        withdist: bool = False,
        withcoord: bool = False,
        withhash: bool = False,
        count: int | None = None,
        sort: str | None = None,
        store: _Key | None = None,
        store_dist: _Key | None = None,
        any: bool = False,
    ) -> Self: ...
    def geosearch(
        self,
        name: _Key,
        member: _Value | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        unit: str = "m",
        radius: float | None = None,
        width: float | None = None,
        height: float | None = None,
        sort: str | None = None,
        count: int | None = None,
        any: bool = False,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
    ) -> Self: ...
    def geosearchstore(
        self,
        dest: _Key,
        name: _Key,
        member: _Value | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        unit: str = "m",
        radius: float | None = None,
        width: float | None = None,
        height: float | None = None,
        sort: str | None = None,
        count: int | None = None,
        any: bool = False,
        storedist: bool = False,
    ) -> Self: ...
    def vadd(
        self,
        key: _Key,
        vector: Iterable[float] | bytes,
        element: _Value,
        reduce_dim: int | None = None,
        cas: bool = False,
        quantization: Any | None = None,
        ef: int | None = None,
        attributes: Any | None = None,
        numlinks: int | None = None,
    ) -> Self: ...
    def vcard(self, key: _Key) -> Self: ...
    def vdim(self, key: _Key) -> Self: ...
    def vemb(self, key: _Key, element: _Value, raw: bool = False) -> Self: ...
    def vgetattr(self, key: _Key, element: _Value) -> Self: ...
    def vinfo(self, key: _Key) -> Self: ...
    def vismember(self, key: _Key, element: _Value) -> Self: ...
    def vlinks(self, key: _Key, element: _Value, with_scores: bool = False) -> Self: ...
    def vrandmember(self, key: _Key, count: int | None = None) -> Self: ...
    def vrem(self, key: _Key, element: _Value) -> Self: ...
    def vsetattr(self, key: _Key, element: _Value, attributes: Any | None = None) -> Self: ...
    def vsim(
        self,
        key: _Key,
        input: _Value | Iterable[float],
        with_scores: bool = False,
        with_attribs: bool = False,
        count: int | None = None,
        ef: int | None = None,
        filter: _Value | None = None,
        filter_ef: int | None = None,
        truth: bool = False,
        no_thread: bool = False,
        epsilon: float | None = None,
    ) -> Self: ...
    def publish(self, channel: _Key, message: _Value) -> NoReturn: ...
    @overload
    def pubsub_channels(
        self,
        pattern: _Value = "*",
        aggregate: bool = True,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def pubsub_channels(
        self,
        pattern: _Value = "*",
        aggregate: bool = True,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def pubsub_numpat(self, aggregate: bool = True, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def pubsub_numpat(self, aggregate: bool = True, *, target_nodes: _Target) -> Self: ...
    @overload
    def pubsub_numsub(
        self,
        *args: _Value,
        aggregate: bool = True,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def pubsub_numsub(
        self,
        *args: _Value,
        aggregate: bool = True,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def pubsub_shardchannels(
        self,
        pattern: _Value = "*",
        aggregate: bool = True,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def pubsub_shardchannels(
        self,
        pattern: _Value = "*",
        aggregate: bool = True,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def pubsub_shardnumsub(
        self,
        *args: _Value,
        aggregate: bool = True,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def pubsub_shardnumsub(
        self,
        *args: _Value,
        aggregate: bool = True,
        target_nodes: _Target,
    ) -> Self: ...
    def spublish(self, shard_channel: _Key, message: _Value) -> Self: ...
    @overload
    def bgrewriteaof(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def bgrewriteaof(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def bgsave(self, schedule: bool = False, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def bgsave(self, schedule: bool = False, *, target_nodes: _Target) -> Self: ...
    @overload
    def commandlog_get(
        self,
        num: int = 10,
        _type: _Value = "slow",
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def commandlog_get(
        self,
        num: int = 10,
        _type: _Value = "slow",
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def commandlog_len(self, _type: _Value = "slow", *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def commandlog_len(self, _type: _Value = "slow", *, target_nodes: _Target) -> Self: ...
    @overload
    def commandlog_reset(
        self,
        _type: _Value = "slow",
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def commandlog_reset(self, _type: _Value = "slow", *, target_nodes: _Target) -> Self: ...
    @overload
    def config_get(
        self,
        pattern: _Value = "*",
        *args: _Value,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def config_get(self, pattern: _Value = "*", *args: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def config_resetstat(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def config_resetstat(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def config_rewrite(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def config_rewrite(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def config_set(
        self,
        name: _Value,
        value: _Value,
        *args: _Value,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def config_set(
        self,
        name: _Value,
        value: _Value,
        *args: _Value,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def dbsize(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def dbsize(self, *, target_nodes: _Target) -> Self: ...
    def debug_object(self, key: _Key) -> Self: ...
    @overload
    def debug_segfault(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def debug_segfault(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def echo(self, value: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def echo(self, value: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def failover(
        self,
        abort: bool = False,
        timeout: float | None = None,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def failover(
        self,
        abort: bool = False,
        timeout: float | None = None,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def flushall(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def flushall(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def flushdb(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def flushdb(
        self,
        asynchronous: bool = False,
        synchronous: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def info(
        self,
        section: _Value | None = None,
        *args: _Value,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def info(self, section: _Value | None = None, *args: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def keys(self, pattern: _Value = "*", *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def keys(self, pattern: _Value = "*", *, target_nodes: _Target) -> Self: ...
    @overload
    def lastsave(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def lastsave(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def latency_doctor(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def latency_doctor(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def latency_graph(self, event: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def latency_graph(self, event: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def latency_histogram(self, *args: _Value, target_nodes: None = None) -> NoReturn: ...
    @overload
    def latency_histogram(self, *args: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def latency_history(self, event: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def latency_history(self, event: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def latency_latest(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def latency_latest(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def latency_reset(self, *events: _Value, target_nodes: None = None) -> NoReturn: ...
    @overload
    def latency_reset(self, *events: _Value, target_nodes: _Target) -> Self: ...
    def lolwut(self, *version_numbers: _Value, target_nodes: _Target = None) -> Self: ...
    @overload
    def memory_doctor(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def memory_doctor(self, *, target_nodes: _Target) -> Self: ...
    def memory_help(self, *, target_nodes: _Target = None) -> Self: ...
    @overload
    def memory_malloc_stats(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def memory_malloc_stats(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def memory_purge(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def memory_purge(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def memory_stats(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def memory_stats(self, *, target_nodes: _Target) -> Self: ...
    def memory_usage(self, key: _Key, samples: _Value | None = None) -> Self: ...
    @overload
    def module_list(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def module_list(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def module_load(self, path: _Value, *args: _Value, target_nodes: None = None) -> NoReturn: ...
    @overload
    def module_load(self, path: _Value, *args: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def module_loadex(
        self,
        path: _Value,
        options: Mapping[_Value, _Value] | Iterable[_Value] | None = None,
        args: Iterable[_Value] | None = None,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def module_loadex(
        self,
        path: _Value,
        options: Mapping[_Value, _Value] | Iterable[_Value] | None = None,
        args: Iterable[_Value] | None = None,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def module_unload(self, name: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def module_unload(self, name: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def ping(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def ping(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def randomkey(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def randomkey(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def replicaof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def replicaof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def role(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def role(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def save(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def save(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def shutdown(
        self,
        save: bool = False,
        nosave: bool = False,
        now: bool = False,
        force: bool = False,
        abort: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def shutdown(
        self,
        save: bool = False,
        nosave: bool = False,
        now: bool = False,
        force: bool = False,
        abort: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def slaveof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def slaveof(
        self,
        host: _Value | None = None,
        port: int | None = None,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def slowlog_get(self, num: int | None = None, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def slowlog_get(self, num: int | None = None, *, target_nodes: _Target) -> Self: ...
    @overload
    def slowlog_len(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def slowlog_len(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def slowlog_reset(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def slowlog_reset(self, *, target_nodes: _Target) -> Self: ...
    def swapdb(self, first: _Value, second: _Value, *, target_nodes: _Target = None) -> Self: ...
    @overload
    def time(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def time(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def wait(
        self,
        num_replicas: _Value,
        timeout: float,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def wait(self, num_replicas: _Value, timeout: float, *, target_nodes: _Target) -> Self: ...
    @overload
    def waitaof(
        self,
        num_local: _Value,
        num_replicas: _Value,
        timeout: float,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def waitaof(
        self,
        num_local: _Value,
        num_replicas: _Value,
        timeout: float,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    def command(self, *, target_nodes: _Target = None) -> Self: ...
    def command_count(self, *, target_nodes: _Target = None) -> Self: ...
    def command_docs(self, *args: _Value, target_nodes: _Target = None) -> Self: ...
    def command_getkeys(self, *args: _Value, target_nodes: _Target = None) -> Self: ...
    def command_getkeysandflags(self, *args: _Value, target_nodes: _Target = None) -> Self: ...
    def command_info(self, *names: _Value, target_nodes: _Target = None) -> Self: ...
    def command_list(
        self,
        module: _Value | None = None,
        category: _Value | None = None,
        pattern: _Value | None = None,
        *,
        target_nodes: _Target = None,
    ) -> Self: ...
    @overload
    def client_getname(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_getname(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_getredir(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_getredir(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_id(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_id(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_info(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_info(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_kill(self, address: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_kill(self, address: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_kill_filter(
        self,
        _id: int | None = None,
        _type: str | None = None,
        addr: str | None = None,
        skipme: bool | None = None,
        laddr: str | None = None,
        user: _Value | None = None,
        maxage: int | None = None,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def client_kill_filter(
        self,
        _id: int | None = None,
        _type: str | None = None,
        addr: str | None = None,
        skipme: bool | None = None,
        laddr: str | None = None,
        user: _Value | None = None,
        maxage: int | None = None,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def client_list(
        self,
        _type: str | None = None,
        client_id: Iterable[int] = (),
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def client_list(
        self,
        _type: str | None = None,
        client_id: Iterable[int] = (),
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def client_pause(
        self,
        timeout: int,
        all: bool = True,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def client_pause(self, timeout: int, all: bool = True, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_setinfo(
        self,
        attr: _Value,
        value: _Value,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def client_setinfo(self, attr: _Value, value: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_setname(self, name: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_setname(self, name: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_trackinginfo(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_trackinginfo(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def client_unblock(
        self,
        client_id: int,
        error: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def client_unblock(
        self,
        client_id: int,
        error: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def client_unpause(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def client_unpause(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_cat(self, category: _Value | None = None, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_cat(self, category: _Value | None = None, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_deluser(
        self,
        username: _Value,
        *usernames: _Value,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def acl_deluser(self, username: _Value, *usernames: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def acl_dryrun(
        self,
        username: _Value,
        *args: _Value,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def acl_dryrun(self, username: _Value, *args: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def acl_genpass(self, bits: int | None = None, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_genpass(self, bits: int | None = None, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_getuser(self, username: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_getuser(self, username: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_help(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_help(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_list(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_list(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_load(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_load(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_log(self, count: int | None = None, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_log(self, count: int | None = None, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_log_reset(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_log_reset(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_save(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_save(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_setuser(
        self,
        username: _Text,
        enabled: bool = False,
        nopass: bool = False,
        passwords: _Text | Iterable[_Text] | None = None,
        hashed_passwords: _Text | Iterable[_Text] | None = None,
        categories: Iterable[_Text] | None = None,
        commands: Iterable[_Text] | None = None,
        keys: Iterable[_Text] | None = None,
        reset: bool = False,
        reset_keys: bool = False,
        reset_passwords: bool = False,
        channels: Iterable[_Text] | None = None,
        selectors: Iterable[tuple[_Text, _Text]] | None = None,
        reset_channels: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def acl_setuser(
        self,
        username: _Text,
        enabled: bool = False,
        nopass: bool = False,
        passwords: _Text | Iterable[_Text] | None = None,
        hashed_passwords: _Text | Iterable[_Text] | None = None,
        categories: Iterable[_Text] | None = None,
        commands: Iterable[_Text] | None = None,
        keys: Iterable[_Text] | None = None,
        reset: bool = False,
        reset_keys: bool = False,
        reset_passwords: bool = False,
        channels: Iterable[_Text] | None = None,
        selectors: Iterable[tuple[_Text, _Text]] | None = None,
        reset_channels: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def acl_users(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_users(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def acl_whoami(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def acl_whoami(self, *, target_nodes: _Target) -> Self: ...
    def cluster_addslots(self, node_id: _Target, *slots: _Value) -> Self: ...
    def cluster_addslotsrange(self, target_node: _Target, *slots: _Value) -> Self: ...
    def cluster_bumpepoch(self, *, target_nodes: _Target = None) -> Self: ...
    def cluster_cancelslotmigrations(self, target_node: _Target) -> Self: ...
    def cluster_count_failure_report(
        self,
        node_id: _Value,
        *,
        target_nodes: _Target = None,
    ) -> Self: ...
    def cluster_countkeysinslot(self, slot_id: int) -> Self: ...
    @overload
    def cluster_delslots(self, *slots: _Value, target_nodes: None = None) -> NoReturn: ...
    @overload
    def cluster_delslots(self, *slots: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def cluster_delslotsrange(self, *slots: _Value, target_nodes: None = None) -> NoReturn: ...
    @overload
    def cluster_delslotsrange(self, *slots: _Value, target_nodes: _Target) -> Self: ...
    def cluster_failover(self, node_id: _Target, option: str | None = None) -> Self: ...
    def cluster_flushslot(self, slot: int, asynchronous: bool = False) -> Self: ...
    def cluster_flushslots(self, *, target_nodes: _Target = None) -> Self: ...
    def cluster_forget(self, node_id: _Value, *, target_nodes: _Target = None) -> Self: ...
    def cluster_get_keys_in_slot(self, slot: int, num_keys: _Value) -> Self: ...
    def cluster_getslotmigrations(self, target_node: _Target = None) -> NoReturn: ...
    @overload
    def cluster_info(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def cluster_info(self, *, target_nodes: _Target) -> Self: ...
    def cluster_keyslot(self, name: _Key) -> Self: ...
    def cluster_links(self, target_node: _Target = None) -> NoReturn: ...
    def cluster_meet(self, node_id: _Target, host: _Value, port: _Value) -> Self: ...
    def cluster_migrateslots(
        self,
        source_node: _Target,
        target_node_id: _Value,
        *slots: _Value,
    ) -> Self: ...
    def cluster_myid(self, target_node: _Target = None) -> NoReturn: ...
    @overload
    def cluster_myshardid(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def cluster_myshardid(self, *, target_nodes: _Target) -> Self: ...
    def cluster_nodes(self, *, target_nodes: _Target = None) -> Self: ...
    def cluster_replicas(self, node_id: _Value, *, target_nodes: _Target = None) -> Self: ...
    def cluster_replicate(self, target_node_id: _Target, node_id: _Text | None = None) -> Self: ...
    def cluster_reset(self, node_id: _Target, soft: bool = True) -> Self: ...
    @overload
    def cluster_save_config(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def cluster_save_config(self, *, target_nodes: _Target) -> Self: ...
    def cluster_set_config_epoch(self, node_id: _Target, epoch: _Value) -> Self: ...
    def cluster_setslot(
        self,
        node_id: _Target,
        slot_id: int,
        state: str,
        bind_to_node_id: _Text | None = None,
    ) -> Self: ...
    def cluster_shards(self, *, target_nodes: _Target = None) -> Self: ...
    def cluster_slaves(self, target_node_id: _Value, *, target_nodes: _Target = None) -> Self: ...
    @overload
    def cluster_slot_stats(
        self,
        start_slot: int = 0,
        end_slot: int = 16383,
        orderby: str | None = None,
        limit: int | None = None,
        asc: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def cluster_slot_stats(
        self,
        start_slot: int = 0,
        end_slot: int = 16383,
        orderby: str | None = None,
        limit: int | None = None,
        asc: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    def cluster_slots(self, *, target_nodes: _Target = None) -> Self: ...
    @overload
    def sentinel_ckquorum(
        self,
        new_master_name: _Value,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def sentinel_ckquorum(self, new_master_name: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_failover(
        self,
        new_master_name: _Value,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def sentinel_failover(self, new_master_name: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_flushconfig(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def sentinel_flushconfig(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_get_master_addr_by_name(
        self,
        service_name: _Value,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def sentinel_get_master_addr_by_name(
        self,
        service_name: _Value,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def sentinel_master(self, service_name: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def sentinel_master(self, service_name: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_masters(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def sentinel_masters(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_monitor(
        self,
        name: _Value,
        ip: _Value,
        port: _Value,
        quorum: _Value,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def sentinel_monitor(
        self,
        name: _Value,
        ip: _Value,
        port: _Value,
        quorum: _Value,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def sentinel_remove(self, name: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def sentinel_remove(self, name: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_reset(self, pattern: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def sentinel_reset(self, pattern: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_sentinels(
        self,
        service_name: _Value,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def sentinel_sentinels(self, service_name: _Value, *, target_nodes: _Target) -> Self: ...
    @overload
    def sentinel_set(
        self,
        name: _Value,
        option: _Value,
        value: _Value,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def sentinel_set(
        self,
        name: _Value,
        option: _Value,
        value: _Value,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def sentinel_slaves(self, service_name: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def sentinel_slaves(self, service_name: _Value, *, target_nodes: _Target) -> Self: ...
    def eval(self, script: _Value, numkeys: int, *keys_and_args: _Key) -> Self: ...
    def eval_ro(self, script: _Value, numkeys: int, *keys_and_args: _Key) -> Self: ...
    def evalsha(self, sha: _Value, numkeys: int, *keys_and_args: _Key) -> NoReturn: ...
    def evalsha_ro(self, sha: _Value, numkeys: int, *keys_and_args: _Key) -> Self: ...
    @overload
    def script_exists(self, *args: _Value, target_nodes: None = None) -> NoReturn: ...
    @overload
    def script_exists(self, *args: _Value, target_nodes: _Target) -> Self: ...
    @overload
    def script_flush(
        self,
        sync_type: _Value | None = None,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def script_flush(self, sync_type: _Value | None = None, *, target_nodes: _Target) -> Self: ...
    @overload
    def script_kill(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def script_kill(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def script_load(self, script: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def script_load(self, script: _Value, *, target_nodes: _Target) -> Self: ...
    def script_show(self, sha1: _Value, *, target_nodes: _Target = None) -> Self: ...
    def fcall(self, function: _Value, numkeys: int, *keys_and_args: _Key) -> Self: ...
    def fcall_ro(self, function: _Value, numkeys: int, *keys_and_args: _Key) -> Self: ...
    @overload
    def function_delete(self, library: _Value, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def function_delete(self, library: _Value, *, target_nodes: _Target) -> Self: ...
    def function_dump(self, *, target_nodes: _Target = None) -> Self: ...
    @overload
    def function_flush(self, mode: str = "SYNC", *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def function_flush(self, mode: str = "SYNC", *, target_nodes: _Target) -> Self: ...
    @overload
    def function_kill(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def function_kill(self, *, target_nodes: _Target) -> Self: ...
    @overload
    def function_list(
        self,
        library: _Value = "*",
        withcode: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def function_list(
        self,
        library: _Value = "*",
        withcode: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def function_load(
        self,
        code: _Value,
        replace: bool = False,
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def function_load(
        self,
        code: _Value,
        replace: bool = False,
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def function_restore(
        self,
        payload: _Value,
        policy: _Value = "APPEND",
        *,
        target_nodes: None = None,
    ) -> NoReturn: ...
    @overload
    def function_restore(
        self,
        payload: _Value,
        policy: _Value = "APPEND",
        *,
        target_nodes: _Target,
    ) -> Self: ...
    @overload
    def function_stats(self, *, target_nodes: None = None) -> NoReturn: ...
    @overload
    def function_stats(self, *, target_nodes: _Target) -> Self: ...
