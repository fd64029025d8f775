"""A client for Redis and Valkey Cluster with a C core, in place of redis-py-cluster."""

from __future__ import annotations

from rediscluster_c.client import RedisCluster
from rediscluster_c.connection import ClusterConnectionPool
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
    OutcomeUnknownTimeoutError,
    RedisClusterConfigError,
    RedisClusterError,
    RedisClusterException,
    RedisError,
    ResponseError,
    SlotNotCoveredError,
    TimeoutError,
    TryAgainError,
    UnknownOutcome,
)
from rediscluster_c.pipeline import ClusterPipeline
from rediscluster_c.transaction import ClusterTransaction

__version__ = "0.1.0"

__all__ = [
    "AskError",
    "AuthenticationError",
    "BusyLoadingError",
    "ClusterConnectionPool",
    "ClusterCrossSlotError",
    "ClusterDownError",
    "ClusterDownException",
    "ClusterError",
    "ClusterPipeline",
    "ClusterTransaction",
    "ConnectionError",
    "CrossSlotTransactionError",
    "DataError",
    "InvalidResponse",
    "MasterDownError",
    "MovedError",
    "OutcomeUnknownConnectionError",
    "OutcomeUnknownTimeoutError",
    "RedisCluster",
    "RedisClusterConfigError",
    "RedisClusterError",
    "RedisClusterException",
    "RedisError",
    "ResponseError",
    "SlotNotCoveredError",
    "TimeoutError",
    "TryAgainError",
    "UnknownOutcome",
]
