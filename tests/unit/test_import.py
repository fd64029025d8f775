"""import rediscluster_c: before it is built, again, and where a library has patched sockets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.programs import PACKAGES, output, start

SOURCES = sorted(path.stem for path in (PACKAGES / "rediscluster_c").glob("*.py"))
MODULES = [name for name in SOURCES if name != "__init__"]


# Without the finder of an editable installation, which knows where the built one is.
FROM_SOURCE = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in finder.__module__]
import rediscluster_c
"""


def test_a_package_that_is_not_built_says_what_to_do(tmp_path: Path) -> None:
    kinds = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(PACKAGES / "rediscluster_c", tmp_path / "rediscluster_c", ignore=kinds)
    with start(FROM_SOURCE, path=tmp_path) as program:
        _, errors = program.communicate(timeout=30)
    last = errors.strip().splitlines()[-1]
    assert last.startswith("ImportError: rediscluster_c is not built: its C core is missing in ")
    assert last.endswith("say `make build` there, or start Python elsewhere")


USE = """
import importlib, sys
import rediscluster_c
old = rediscluster_c.RedisCluster("localhost", 1, init_slot_cache=False)
module = importlib.reload(importlib.import_module(sys.argv[1]))
again = getattr(module, "RedisCluster", rediscluster_c.RedisCluster)
for client in (old, again("localhost", 1, init_slot_cache=False)):
    assert len(client.pipeline().get("a")) == 1
    assert len(client.pipeline(cross_slot=True).mget("a", "b")) == 1
    assert len(client.pipeline(transaction=True).get("a")) == 1
    client.pubsub().close()
    client.register_script("return 1")
    client.lock("name")
    client.scan_iter()
print("used")
"""


@pytest.mark.parametrize("name", ["rediscluster_c", *MODULES])
def test_any_module_can_be_reloaded(name: str) -> None:
    full = name if name == "rediscluster_c" else f"rediscluster_c.{name}"
    assert output(USE, full) == "used\n"


# What the libraries answer, and where.
LIBRARIES = {
    "gevent": ("gevent/monkey.py", "def is_module_patched(name): return PATCHED"),
    "eventlet": ("eventlet/patcher.py", "def is_monkey_patched(name): return PATCHED"),
}
TELL = """
import importlib, sys, warnings
module = importlib.import_module(sys.argv[1])
module.PATCHED = sys.argv[2] == "patched"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import rediscluster_c
print(*(f"{warning.category.__name__} {warning.message}" for warning in caught))
"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_patched_process_is_warned(tmp_path: Path, library: str) -> None:
    place, code = LIBRARIES[library]
    file = tmp_path / place
    file.parent.mkdir()
    file.write_text(code)
    (file.parent / "__init__.py").touch()
    name = place[: -len(".py")].replace("/", ".")
    told = output(TELL, name, "patched", path=tmp_path)
    assert told.startswith(f"RuntimeWarning {library} has patched this process")
    assert output(TELL, name, "not", path=tmp_path) == "\n"
