"""A client for Redis and Valkey Cluster with a C core, in place of redis-py-cluster."""

from __future__ import annotations

import logging
from importlib.util import find_spec

if find_spec("rediscluster_c._core") is None:
    raise ImportError(
        f"rediscluster_c is not built: its C core is missing in {__path__[0]}. "
        "If that is the source folder, say `make build` there, or start Python elsewhere"
    )

from rediscluster_c._interop.monkey_patching import warn_if_patched
from rediscluster_c._legacy.install import install_as_rediscluster
from rediscluster_c._nodes import ClusterNode
from rediscluster_c.client import RedisCluster
from rediscluster_c.connection import (
    ClusterBlockingConnectionPool,
    ClusterConnection,
    ClusterConnectionPool,
    ClusterReadOnlyConnectionPool,
    ClusterWithReadReplicasConnectionPool,
    SSLClusterConnection,
)
from rediscluster_c.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterCrossSlotError,
    ClusterDownError,
    ClusterDownException,
    ClusterError,
    ConnectionError,
    CrossSlotTransactionError,
    DataError,
    InvalidResponse,
    MasterDownError,
    MovedError,
    OutcomeUnknownConnectionError,
    OutcomeUnknownResponseError,
    OutcomeUnknownTimeoutError,
    RedisClusterConfigError,
    RedisClusterError,
    RedisClusterException,
    RedisError,
    ReplyLimitError,
    ResponseError,
    SlotNotCoveredError,
    TimeoutError,
    TryAgainError,
    UnknownOutcome,
)
from rediscluster_c.pipeline import ClusterPipeline
from rediscluster_c.transaction import ClusterTransaction


def int_or_str(value: str) -> int | str:
    """Return the number that *value* is, or *value* itself: parts of a version."""
    try:
        return int(value)
    except ValueError:
        return value


__version__ = "0.1.0"
VERSION = tuple(map(int_or_str, __version__.split(".")))

__all__ = [
    "AskError",
    "AuthenticationError",
    "BusyLoadingError",
    "ClusterBlockingConnectionPool",
    "ClusterConnection",
    "ClusterConnectionPool",
    "ClusterCrossSlotError",
    "ClusterDownError",
    "ClusterDownException",
    "ClusterError",
    "ClusterNode",
    "ClusterPipeline",
    "ClusterReadOnlyConnectionPool",
    "ClusterWithReadReplicasConnectionPool",
    "ClusterTransaction",
    "ConnectionError",
    "CrossSlotTransactionError",
    "DataError",
    "InvalidResponse",
    "MasterDownError",
    "MovedError",
    "OutcomeUnknownConnectionError",
    "OutcomeUnknownResponseError",
    "OutcomeUnknownTimeoutError",
    "RedisCluster",
    "RedisClusterConfigError",
    "RedisClusterError",
    "RedisClusterException",
    "RedisError",
    "ReplyLimitError",
    "ResponseError",
    "SSLClusterConnection",
    "SlotNotCoveredError",
    "TimeoutError",
    "TryAgainError",
    "UnknownOutcome",
    "VERSION",
    "install_as_rediscluster",
]

# A program that does not set up logging is not to be told so.
logging.getLogger("rediscluster_c").addHandler(logging.NullHandler())

warn_if_patched()
