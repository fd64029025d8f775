"""Copies and pickles of clients and pools: a configuration travels, connections do not."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Callable, NoReturn

from rediscluster_c import _core

if TYPE_CHECKING:
    from typing_extensions import Self

_SECRETS = ("password", "ssl_password")


class Configuration:
    """What a pool was made with. It may hold passwords, so its repr shows nothing of it."""

    def __init__(self, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self.args = args
        self.options = options

    @property
    def has_secrets(self) -> bool:
        return any(self.options.get(name) for name in _SECRETS)

    def __repr__(self) -> str:
        return "<Configuration>"


def _make_pool(kind: type[PoolCopies], configuration: Configuration) -> PoolCopies:
    """A pool that looks for its cluster when it is first used: whoever unpickles need not wait."""
    pool = kind.__new__(kind, *configuration.args, **configuration.options)
    pool.is_lazy = True
    pool.__init__(*configuration.args, **configuration.options)  # type: ignore[misc]
    return pool


class PoolCopies(_core.Cluster):
    """Part of ClusterConnectionPool: a copy is another pool, with connections of its own."""

    is_lazy = False  # it does not look for its cluster when it is made, whatever its options say
    pickle_secrets = False
    _configuration: Configuration

    def __new__(cls, *args: Any, **options: Any) -> Self:
        pool = super().__new__(cls)
        pool._configuration = Configuration(args, options)
        return pool

    def __copy__(self) -> PoolCopies:
        return _make_pool(type(self), self._configuration)

    def __deepcopy__(self, memo: dict[int, Any]) -> PoolCopies:
        return _make_pool(type(self), self._configuration)

    def __reduce__(self) -> tuple[Callable[..., PoolCopies], tuple[Any, ...]]:
        if self._configuration.has_secrets and not self.pickle_secrets:
            raise TypeError(
                f"this {type(self).__name__} has a password, which a pickle would show: "
                "make it with pickle_secrets=True if that is meant"
            )
        return _make_pool, (type(self), self._configuration)


def _make_client(kind: Any, pool: Any, callbacks: tuple[Any, Any], settings: dict[str, Any]) -> Any:
    client = kind.__new__(kind)
    _core.Client.__init__(client, pool, *callbacks)
    for name, value in settings.items():
        setattr(client, name, value)
    return client


class ClientCopies(_core.Client):
    """Part of RedisCluster: a copy shares the pool, a deep copy and a pickle have one of their own.

    Attributes that a subclass has set go with all of them.
    """

    def _state(self) -> tuple[tuple[Any, Any], dict[str, Any]]:
        settings = {
            "read_from_replicas": self.read_from_replicas,
            "command_timeout": self.command_timeout,
            "bounds_waits": self.bounds_waits,
            "_node_flags": None if self._node_flags is None else dict(self._node_flags),
        }
        return (self.result_callbacks, self._response_callbacks), {**settings, **vars(self)}

    def __copy__(self) -> Self:
        made: Self = _make_client(type(self), self.connection_pool, *self._state())
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        callbacks, settings = self._state()
        pool = copy.deepcopy(self.connection_pool, memo)
        made: Self = _make_client(type(self), pool, callbacks, copy.deepcopy(settings, memo))
        return made

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _make_client, (type(self), self.connection_pool, *self._state())


def refuse_to_copy(self: object, *ignored: Any) -> NoReturn:
    """Raise the error of a pipeline that is to be copied or pickled."""
    raise TypeError(
        f"a {type(self).__name__} cannot be copied or pickled, as its commands are queued in the "
        "C core: copy the client, and make another pipeline with its pipeline()"
    )
