"""The modules of redis-py-cluster 2.1.3: each public name of theirs can be imported from ours."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from rediscluster_c import _core, exceptions
from tests.support.programs import output, start

# What each module defined itself, or had imported for its users.
NAMES = {
    "client": """
        AskError BusyLoadingError CaseInsensitiveDict ClusterConnection ClusterConnectionPool
        ClusterDownError ClusterError ClusterPipeline ClusterPubSub ClusterReadOnlyConnectionPool
        ClusterWithReadReplicasConnectionPool Connection ConnectionError MovedError READ_COMMANDS
        Redis RedisCluster RedisClusterException RedisError ResponseError SSLClusterConnection
        SSLConnection SlotNotCoveredError TimeoutError TryAgainError blocked_command bool_ok
        dict_merge first_key iteritems list_or_args log long merge_result nativestr
        parse_cluster_nodes parse_cluster_slots parse_info parse_pubsub_channels
        parse_pubsub_numpat parse_pubsub_numsub string_keys_to_dict
    """,
    "connection": """
        AskError ClusterCrossSlotError ClusterDownError Connection ConnectionError ConnectionPool
        DefaultParser Empty Full LifoQueue MasterDownError MovedError RedisClusterException
        SSLConnection SlotNotCoveredError TryAgainError UnixDomainSocketConnection chain
        contextmanager defaultdict dict_merge log nativestr
        ClusterBlockingConnectionPool ClusterConnection ClusterConnectionPool ClusterParser
        ClusterReadOnlyConnectionPool ClusterWithReadReplicasConnectionPool NodeManager
        SSLClusterConnection by_node_context
    """,
    "crc": "crc16 x_mode_m_crc16_lookup",
    "exceptions": """
        AskError ClusterCrossSlotError ClusterDownError ClusterDownException ClusterError
        MasterDownError MovedError RedisClusterConfigError RedisClusterError
        RedisClusterException RedisError ResponseError SlotNotCoveredError TryAgainError
    """,
    "nodemanager": """
        ConnectionError Encoder NodeManager Redis RedisClusterConfigError RedisClusterException
        ResponseError TimeoutError crc16 log
    """,
    "pipeline": """
        AskError ClusterDownError ConnectionError MovedError READ_COMMANDS Redis RedisCluster
        RedisClusterException RedisError TimeoutError TryAgainError dict_merge imap unicode
        ClusterPipeline ERRORS_ALLOW_RETRY NodeCommands PipelineCommand block_pipeline_command
    """,
    "pubsub": "ClusterPubSub PubSub",
    "utils": """
        RedisClusterException basestring gethostbyaddr
        blocked_command bool_ok clusterdown_wrapper dict_merge first_key merge_result nativestr
        nslookup parse_cluster_nodes parse_cluster_slots parse_pubsub_channels parse_pubsub_numpat
        parse_pubsub_numsub string_keys_to_dict
    """,
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in NAMES for name in NAMES[module].split()]
)
def test_a_name_of_the_old_module_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(f"rediscluster_c.{module}"), name)


@pytest.mark.parametrize("module", ["client", "connection", "nodemanager", "pipeline", "utils"])
def test_another_name_is_not_there(module: str) -> None:
    found = importlib.import_module(f"rediscluster_c.{module}")
    for name in ("nothing", "_HERE", "UnixDomainSocketConnections"):
        with pytest.raises(AttributeError, match=f"'rediscluster_c.{module}' has no attribute"):
            getattr(found, name)


def test_old_helpers_do_what_they_did() -> None:
    client: Any = importlib.import_module("rediscluster_c.client")
    assert client.list_or_args("a", ("b",)) == ["a", "b"]
    assert client.list_or_args(["a", "b"], None) == ["a", "b"]
    assert client.list_or_args(b"a", None) == [b"a"]
    assert client.list_or_args(5, [6]) == [5, 6]
    assert dict(client.iteritems({"a": 1})) == {"a": 1}
    assert issubclass(client.ClusterPipeline, client.Redis)


@pytest.mark.parametrize("name", ["ClusterConnection", "SSLClusterConnection", "ClusterParser"])
def test_what_is_a_name_only_says_so_when_it_is_made(name: str) -> None:
    kind = getattr(importlib.import_module("rediscluster_c.connection"), name)
    with pytest.raises(TypeError, match=f"^{name} cannot be made"):
        kind(host="127.0.0.1", port=7000)


def test_commands_that_may_go_to_replicas() -> None:
    client: Any = importlib.import_module("rediscluster_c.client")
    reads = {row["wire"] for row in _core.commands() if row["read"]}
    assert client.READ_COMMANDS == reads
    assert "GET" in reads
    assert "SET" not in reads


def test_a_method_of_ones_own_pipeline_can_be_blocked() -> None:
    pipeline: Any = importlib.import_module("rediscluster_c.pipeline")

    def rotate() -> None:
        raise AssertionError("it runs")

    with pytest.raises(exceptions.RedisClusterException, match="function rotate is blocked"):
        pipeline.block_pipeline_command(rotate)("any", argument=1)


# ---- install_as_rediscluster ----

INSTALL = "from rediscluster_c import install_as_rediscluster\ninstall_as_rediscluster()\n"


def test_the_package_takes_the_place_of_the_old_one() -> None:
    program = """
import rediscluster, rediscluster.connection
from rediscluster import RedisCluster, utils
from rediscluster.exceptions import RedisClusterException
import rediscluster_c
install_as_rediscluster()
missing = {*rediscluster_c.__all__} - {*dir(rediscluster)}
print(RedisCluster is rediscluster_c.RedisCluster, *missing)
print(rediscluster.__version__, rediscluster.VERSION, rediscluster_c.__version__ == "2.1.3")
print(rediscluster.connection is rediscluster_c.connection, rediscluster_c.connection.__spec__.name)
print(RedisClusterException.__module__, utils.__name__, rediscluster.connection.__name__)
for name in sys.argv[1:]:
    found = importlib.import_module("rediscluster." + name)
    print(name, found is sys.modules["rediscluster_c." + name])
"""
    printed = output("import importlib, sys\n" + INSTALL + program, *NAMES).splitlines()
    assert printed == [
        "True",
        "2.1.3 (2, 1, 3) False",
        "True rediscluster_c.connection",
        "rediscluster_c.exceptions rediscluster_c.utils rediscluster_c.connection",
        *(f"{name} True" for name in NAMES),
    ]


WATCH = """
import importlib.util, sys

class Watcher:
    \"\"\"Calls back when a module has been imported, as wrapt and its like do.\"\"\"
    busy = False

    def find_spec(self, name, path, target=None):
        if self.busy or not name.startswith("rediscluster."):
            return None
        self.busy = True
        spec = importlib.util.find_spec(name)
        self.busy = False
        loader = spec.loader
        class Loader:
            create_module = loader.create_module
            def exec_module(self, module):
                loader.exec_module(module)
                print(name, module.__name__)
        spec.loader = Loader()
        return spec
"""
STEPS = {
    "watched": "sys.meta_path.insert(0, Watcher())\n",
    "installed": INSTALL,
}


@pytest.mark.parametrize("order", [["watched", "installed"], ["installed", "watched"]])
def test_who_watches_imports_sees_those_of_the_old_name(order: list[str]) -> None:
    use = (
        "from rediscluster.client import RedisCluster\nimport rediscluster.client, rediscluster.crc"
    )
    program = WATCH + "".join(STEPS[step] for step in order) + use
    assert output(program).splitlines() == [
        "rediscluster.client rediscluster_c.client",
        "rediscluster.crc rediscluster_c.crc",
    ]


def test_the_installed_old_package_is_not_found_any_more(tmp_path: Any) -> None:
    (tmp_path / "rediscluster.py").write_text("")
    program = INSTALL + "import rediscluster\nprint(rediscluster.RedisCluster.__module__)"
    assert output(program, path=tmp_path) == "rediscluster_c.client\n"


def test_only_public_modules_have_the_old_name() -> None:
    program = INSTALL + "import importlib, sys\nimportlib.import_module(sys.argv[1])"
    for name in ("rediscluster._core", "rediscluster.localcluster", "rediscluster.nothing"):
        with start(program, name) as child:
            _, errors = child.communicate(timeout=30)
        assert f"ModuleNotFoundError: No module named '{name}'" in errors


def test_the_old_package_must_not_be_there_already(tmp_path: Any) -> None:
    (tmp_path / "rediscluster.py").write_text("")
    program = """
import rediscluster
from rediscluster_c import install_as_rediscluster
try:
    install_as_rediscluster()
except RuntimeError as error:
    print(error)
import sys
print(sys.modules["rediscluster"] is rediscluster, "rediscluster.client" in sys.modules)
"""
    text, kept = output(program, path=tmp_path).splitlines()
    assert text.startswith(f"rediscluster has been imported already, from {tmp_path}")
    assert kept == "True False"


def test_the_helpers_are_written_here() -> None:
    """Nothing is shown that belongs to someone else."""
    utils = importlib.import_module("rediscluster_c.utils")
    others = {"RedisClusterException", "basestring", "gethostbyaddr"}
    for name in set(NAMES["utils"].split()) - others:
        assert inspect.getmodule(getattr(utils, name)) is utils
