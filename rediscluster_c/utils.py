"""Helpers of redis-py-cluster that programs use: dicts of callbacks, merging, parsing replies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import wraps
from socket import gethostbyaddr
from typing import TYPE_CHECKING, Any, Callable, NoReturn, TypeVar, Union

from rediscluster_c._commands import cluster, merges
from rediscluster_c._legacy.module_names import lookup
from rediscluster_c.exceptions import ClusterDownError, RedisClusterException

Text = Union[bytes, str]
Result = TypeVar("Result")

DOWN_ATTEMPTS = 3


def nativestr(value: Any) -> Any:
    """Return bytes as a str (UTF-8; what is not becomes "\\ufffd"), and anything else as it is."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def bool_ok(response: Text, *args: Any, **kwargs: Any) -> bool:
    """Whether the reply is OK."""
    return bool(nativestr(response) == "OK")


def string_keys_to_dict(key_strings: Iterable[str], callback: Result) -> dict[str, Result]:
    """Return a dict in which each of *key_strings* stands for *callback*."""
    return dict.fromkeys(key_strings, callback)


class CaseInsensitiveDict(dict[str, Any]):
    """A dict whose keys, texts only, are the same in upper and lower case; it holds them upper."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__()
        self.update(data)

    def __contains__(self, k: object) -> bool:
        return super().__contains__(k.upper() if isinstance(k, str) else k)

    def __getitem__(self, k: str) -> Any:
        return super().__getitem__(k.upper())

    def __setitem__(self, k: str, v: Any) -> None:
        super().__setitem__(k.upper(), v)

    def __delitem__(self, k: str) -> None:
        super().__delitem__(k.upper())

    def get(self, k: str, default: Any = None) -> Any:
        """Return what stands under *k*, or *default*."""
        return super().get(k.upper(), default)

    def update(self, data: Mapping[str, Any]) -> None:  # type: ignore[override]
        """Take over all of *data*."""
        for name, value in data.items():
            self[name] = value


def _check_dict(value: Any) -> None:
    if not isinstance(value, dict):
        raise ValueError("Value should be of dict type")


def dict_merge(*dicts: dict[Any, Any]) -> dict[Any, Any]:
    """Return one dict of all: what a later one says wins. ValueError for what is no dict."""
    merged: dict[Any, Any] = {}
    for each in dicts:
        _check_dict(each)
        merged.update(each)
    return merged


def blocked_command(self: Any, command: str) -> NoReturn:
    """Raise the RedisClusterException of a command that a cluster does not take."""
    raise RedisClusterException(f"Command: {command} is blocked in redis cluster mode")


def clusterdown_wrapper(func: Callable[..., Result]) -> Callable[..., Result]:
    """Let *func* be called up to three times while it raises ClusterDownError.

    The client does this by itself, with pauses; the decorator is for functions of one's own.
    """

    @wraps(func)
    def inner(*args: Any, **kwargs: Any) -> Result:
        cause: ClusterDownError | None = None
        for _ in range(DOWN_ATTEMPTS):
            try:
                return func(*args, **kwargs)
            except ClusterDownError as error:
                cause = error
        raise ClusterDownError("CLUSTERDOWN error. Unable to rebuild the cluster") from cause

    return inner


def merge_result(command: str, res: Mapping[str, Any]) -> list[Any]:
    """Return the items of all nodes' lists, each once. ValueError for what is no dict."""
    _check_dict(res)
    return merges.union(command, res)


def first_key(command: str, res: dict[str, Result]) -> Result:
    """Return the only node's reply. RedisClusterException if there is not exactly one."""
    _check_dict(res)
    if len(res) != 1:
        raise RedisClusterException(f"More then 1 result from command: {command}")
    return next(iter(res.values()))


def nslookup(node_ip: str) -> str:
    """Return the name of a host, given as an address or as "address:port", the port kept."""
    address, colon, port = node_ip.partition(":")
    return f"{gethostbyaddr(address)[0]}{colon}{port}"


# ---- replies of CLUSTER and PUBSUB ----


def parse_cluster_slots(resp: list[Any], **options: Any) -> dict[tuple[int, int], dict[str, Any]]:
    """Return {(first, last): {"master": (host, port), "slaves": [(host, port), ...]}}.

    An empty host is the one given as current_host=.
    """
    return cluster.cluster_slots(resp, current_host=options.get("current_host", ""))


def parse_cluster_nodes(resp: Text | list[Text], **options: Any) -> list[dict[str, Any]]:
    """Return one dict for each line of CLUSTER NODES, or of CLUSTER SLAVES.

    An empty host is the one given as current_host=.
    """
    return cluster.cluster_nodes(resp, current_host=options.get("current_host", ""))


def parse_pubsub_channels(command: str, res: Mapping[str, Any], **options: Any) -> Any:
    """Return the channels of all nodes, each once; with aggregate=False, as they came."""
    return merges.pubsub_channels(command, res, aggregate=options.get("aggregate", True))


def parse_pubsub_numpat(command: str, res: Mapping[str, int], **options: Any) -> Any:
    """Return the sum over all nodes; with aggregate=False, as they came."""
    return merges.pubsub_numpat(command, res, aggregate=options.get("aggregate", True))


def parse_pubsub_numsub(command: str, res: Mapping[str, Any], **options: Any) -> Any:
    """Return [(channel, sum over all nodes), ...]; with aggregate=False, as they came."""
    return merges.pubsub_numsub(command, res, aggregate=options.get("aggregate", True))


if not TYPE_CHECKING:
    __getattr__ = lookup(__name__)
