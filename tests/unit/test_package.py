"""What the package shows: its names, its version, its types, and one symbol of the extension."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from pathlib import Path

import pytest

import rediscluster_c
from rediscluster_c import ClusterPipeline, RedisCluster, _core, exceptions
from tests.support.programs import output

# What programs import from the package of redis-py-cluster 2.1.3.
IMPORTED = [
    "AskError",
    "ClusterBlockingConnectionPool",
    "ClusterConnection",
    "ClusterConnectionPool",
    "ClusterCrossSlotError",
    "ClusterDownError",
    "ClusterDownException",
    "ClusterError",
    "ClusterPipeline",
    "MasterDownError",
    "MovedError",
    "RedisCluster",
    "RedisClusterError",
    "RedisClusterException",
    "TryAgainError",
]


@pytest.mark.parametrize("name", IMPORTED)
def test_the_names_of_redis_py_cluster_are_there(name: str) -> None:
    assert name in rediscluster_c.__all__


def test_all_names_exist_once_and_exceptions_are_those_of_their_module() -> None:
    assert len(set(rediscluster_c.__all__)) == len(rediscluster_c.__all__)
    for name in rediscluster_c.__all__:
        found = getattr(rediscluster_c, name)
        if isinstance(found, type) and issubclass(found, Exception):
            assert found is getattr(exceptions, name)


def test_a_pipeline_is_a_client() -> None:
    assert issubclass(ClusterPipeline, RedisCluster)


def test_the_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("rediscluster_c") == rediscluster_c.__version__


def test_the_version_comes_in_parts() -> None:
    assert ".".join(map(str, rediscluster_c.VERSION)) == rediscluster_c.__version__
    assert [rediscluster_c.int_or_str(part) for part in ("7", "0rc1")] == [7, "0rc1"]


def test_types_are_announced() -> None:
    package = Path(rediscluster_c.__file__).parent
    assert (package / "py.typed").is_file()
    stub = (package / "_core.pyi").read_text()
    for row in _core.commands():
        assert f"def {row['method']}(" in stub


def test_the_import_takes_along_nothing_heavy() -> None:
    """A program pays for what it imports: nothing of the tools, nothing heavy."""
    loaded = set(output("import rediscluster_c, sys; print(*sys.modules)").split())
    assert not loaded & {"asyncio", "subprocess", "argparse", "rediscluster_c.localcluster"}


MAPPED_BLOCKS = """
import ctypes
class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in "arena ordblks smblks hblks".split()]
    _fields_ += [(f"other{i}", ctypes.c_int) for i in range(6)]
libc = ctypes.CDLL(None)
libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
libc.mallinfo.restype = Info
before = libc.mallinfo().hblks
libc.malloc(3 * 2**20)
print(libc.mallinfo().hblks - before)
"""


def test_the_environment_can_refuse_that_freed_memory_stays_in_the_heap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """glibc maps a block of 3 MiB by itself until it has seen a larger one freed."""
    monkeypatch.delenv("REDISCLUSTER_C_KEEP_HEAP", raising=False)
    importing = "import rediscluster_c\n" + MAPPED_BLOCKS
    untouched = output(MAPPED_BLOCKS)
    assert output(importing).strip() == "0"
    monkeypatch.setenv("REDISCLUSTER_C_KEEP_HEAP", "0")
    assert output(importing) == untouched


def test_the_extension_exports_its_entry_alone() -> None:
    nm = shutil.which("nm")
    assert nm is not None, "nm comes with the compiler that has built the extension"
    command = [nm, "-D", "--defined-only", _core.__file__]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    names = {line.split()[-1] for line in done.stdout.splitlines()}
    # Old linkers export the bounds of the sections as well.
    assert names - {"_init", "_fini", "_edata", "_end", "__bss_start"} == {"PyInit__core"}
