"""Names of redis-py-cluster whose work the C core does: to import, and to pass where they were."""

from __future__ import annotations

from typing import Any

from rediscluster_c._safe_repr import shown


class _Placeholder:
    """Stands for something that the C core does by itself; there are no instances."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError(
            f"{type(self).__name__} cannot be made: the C core has its own; "
            "the class is a name to import and to pass on"
        )


class ClusterConnection(_Placeholder):
    """As connection_class: plain TCP, which is the default."""

    __module__ = "rediscluster_c.connection"


class SSLClusterConnection(_Placeholder):
    """As connection_class: TLS, as ssl=True."""

    __module__ = "rediscluster_c.connection"


class UnixDomainSocketConnection(_Placeholder):
    """A cluster's nodes are reached by TCP."""

    __module__ = "rediscluster_c.connection"


class ClusterParser(_Placeholder):
    """RESP is parsed in the C core."""

    __module__ = "rediscluster_c.connection"


class NodeCommands(_Placeholder):
    """A pipeline keeps the commands of a node in the C core."""

    __module__ = "rediscluster_c.pipeline"


def uses_tls(connection_class: Any, ssl: bool) -> bool:
    """What connection_class and ssl say together; TypeError for any other class."""
    if connection_class is None or connection_class is ClusterConnection:
        return ssl
    if connection_class is SSLClusterConnection:
        return True
    raise TypeError(
        "connection_class must be ClusterConnection, SSLClusterConnection or None, not "
        f"{shown(connection_class)}: the C core makes its own connections; use ssl=True for TLS"
    )
