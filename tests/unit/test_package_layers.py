"""The check of the package's imports finds each that leads upward, wherever it stands."""

from __future__ import annotations

import pytest

from tools.package_layers import ROWS, package_faults

UPWARD = "connection is not in a row before that of crc"


@pytest.mark.parametrize(
    "source",
    [
        "from rediscluster_c.connection import ClusterConnectionPool",
        "from rediscluster_c import connection",
        "import rediscluster_c.connection",
        "def f():\n    from rediscluster_c.connection import ClusterConnectionPool",
        "if TYPE_CHECKING:\n    from rediscluster_c.connection import ClusterConnectionPool",
    ],
)
def test_an_import_that_leads_upward_is_a_fault(source: str) -> None:
    assert list(package_faults("crc", source)) == [UPWARD]


def test_an_import_that_leads_downward_or_outside_is_none() -> None:
    source = "import os\nfrom rediscluster_c import _core\nfrom rediscluster_c.exceptions import X"
    assert list(package_faults("crc", source)) == []


def test_modules_of_one_row_do_not_import_each_other() -> None:
    [fault] = package_faults("crc", "from rediscluster_c.events import logger")
    assert fault == "events is not in a row before that of crc"


def test_a_module_needs_a_row_of_its_own() -> None:
    assert list(package_faults("newcomer", "")) == ["this module has no row in ROWS yet"]
    names = " ".join(ROWS).split()
    assert len(names) == len(set(names))
