"""Opens the Python client of a contender and says which versions and which parser it runs.

Imports are by name, because each worker's environment has only its own client. A peer without
the hiredis parser would be slower than it can be, so that is an error, not a footnote.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
from typing import Any, Callable, NamedTuple

from bench.workloads import OURS, REDIS_PY, RPC


class Opened(NamedTuple):
    client: Any
    mget: Callable[[list[str]], object]
    versions: dict[str, str]


def versions(*packages: str) -> dict[str, str]:
    """The versions by the projects' names: the package of redis-py is called redis."""
    found = {"python": platform.python_version()}
    for package in packages:
        name = "redis-py" if package == "redis" else package
        found[name] = importlib.metadata.version(package)
    return found


def require_hiredis(connection: Any) -> None:
    """Looks at the parser of a live connection: what is installed is not yet what is used."""
    names = [kind.__name__ for kind in type(connection._parser).__mro__]
    if not any("Hiredis" in name for name in names):
        raise RuntimeError(f"the hiredis parser is not in use: {names[0]}")


def open_ours(host: str, port: int) -> Opened:
    module = importlib.import_module("rediscluster_c")
    client = module.RedisCluster(startup_nodes=[{"host": host, "port": port}])
    return Opened(client, client.mget, versions("rediscluster_c"))


def open_redis_py_cluster(host: str, port: int) -> Opened:
    module = importlib.import_module("rediscluster")
    client = module.RedisCluster(startup_nodes=[{"host": host, "port": str(port)}])
    connection = client.connection_pool.get_random_connection()
    require_hiredis(connection)
    client.connection_pool.release(connection)
    return Opened(client, client.mget, versions("redis-py-cluster", "redis", "hiredis"))


def open_redis_py(host: str, port: int) -> Opened:
    module = importlib.import_module("redis.cluster")
    client = module.RedisCluster(startup_nodes=[module.ClusterNode(host, port)])
    pool = client.get_default_node().redis_connection.connection_pool
    connection = pool.get_connection()
    require_hiredis(connection)
    pool.release(connection)
    return Opened(client, client.mget_nonatomic, versions("redis", "hiredis"))


OPEN = {OURS: open_ours, RPC: open_redis_py_cluster, REDIS_PY: open_redis_py}
