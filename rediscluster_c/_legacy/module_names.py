"""Names that the modules of redis-py-cluster 2.1.3 had for their own use, and programs import.

Each module looks here for what it does not have itself. A name stands for what takes its place in
this package, or for what it was in Python's library.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable

# Names of the old client, and where their like is.
_HERE = {
    "Connection": "_legacy.connection_classes:ClusterConnection",
    "ConnectionPool": "connection:ClusterConnectionPool",
    "DefaultParser": "_legacy.connection_classes:ClusterParser",
    "Encoder": "_legacy.pool_methods:",
    "Redis": "client:RedisCluster",
    "SSLConnection": "_legacy.connection_classes:SSLClusterConnection",
    "UnixDomainSocketConnection": "_legacy.connection_classes:",
    "crc16": "crc:",
    "iteritems": "_legacy.module_names:",
    "list_or_args": "_legacy.module_names:",
    "log": "events:logger",
    "parse_info": "_commands.server:info",
    "ClusterPipeline": "pipeline:",
    "ClusterPubSub": "pubsub:",
    **dict.fromkeys(
        """
        ClusterConnection ClusterConnectionPool ClusterReadOnlyConnectionPool
        ClusterWithReadReplicasConnectionPool SSLClusterConnection
        """.split(),
        "connection:",
    ),
    **dict.fromkeys(
        """
        AskError BusyLoadingError ClusterCrossSlotError ClusterDownError ClusterError
        ConnectionError MasterDownError MovedError RedisClusterConfigError RedisClusterException
        RedisError ResponseError SlotNotCoveredError TimeoutError TryAgainError
        """.split(),
        "exceptions:",
    ),
    **dict.fromkeys(
        """
        blocked_command bool_ok dict_merge first_key merge_result nativestr parse_cluster_nodes
        parse_cluster_slots parse_pubsub_channels parse_pubsub_numpat parse_pubsub_numsub
        string_keys_to_dict
        """.split(),
        "utils:",
    ),
}
_LIBRARY = {
    "Empty": "queue:Empty",
    "Full": "queue:Full",
    "LifoQueue": "queue:LifoQueue",
    "basestring": "builtins:str",
    "chain": "itertools:chain",
    "defaultdict": "collections:defaultdict",
    "gethostbyaddr": "socket:gethostbyaddr",
    "imap": "builtins:map",
    "long": "builtins:int",
    "unicode": "builtins:str",
}

# Which of them each module had.
_NAMES = {
    "client": """
        AskError BusyLoadingError ClusterConnection ClusterDownError ClusterError ClusterPipeline
        ClusterPubSub ClusterReadOnlyConnectionPool ClusterWithReadReplicasConnectionPool Connection
        ConnectionError MovedError Redis RedisError ResponseError SSLClusterConnection SSLConnection
        SlotNotCoveredError TimeoutError TryAgainError blocked_command bool_ok dict_merge first_key
        iteritems list_or_args log long merge_result nativestr parse_cluster_nodes
        parse_cluster_slots parse_info parse_pubsub_channels parse_pubsub_numpat
        parse_pubsub_numsub string_keys_to_dict
    """,
    "connection": """
        AskError ClusterCrossSlotError ClusterDownError Connection ConnectionError ConnectionPool
        DefaultParser Empty Full LifoQueue MasterDownError MovedError RedisClusterException
        SSLConnection SlotNotCoveredError TryAgainError UnixDomainSocketConnection chain
        defaultdict dict_merge log nativestr
    """,
    "nodemanager": """
        ConnectionError Encoder Redis RedisClusterConfigError ResponseError TimeoutError crc16 log
    """,
    "pipeline": "ClusterDownError Redis RedisError dict_merge imap unicode",
    "utils": "basestring gethostbyaddr",
}


def iteritems(mapping: Any) -> Any:
    """Return an iterator of the mapping's items."""
    return iter(mapping.items())


def list_or_args(keys: Any, args: Any) -> list[Any]:
    """Return one list of *keys*, a name or names, and of *args*, names or None."""
    names = [keys] if isinstance(keys, (bytes, str)) or not hasattr(keys, "__iter__") else [*keys]
    return names + list(args or ())


def _find(name: str) -> Any:
    place = _LIBRARY.get(name) or f"rediscluster_c.{_HERE[name]}"
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute or name)


def lookup(module: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of the module with this full name."""
    names = frozenset(_NAMES[module.rpartition(".")[2]].split())

    def __getattr__(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return _find(name)

    return __getattr__
