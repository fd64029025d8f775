"""Options of the whole suite."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

from rediscluster_c.localcluster import LocalClusterError
from tests.support.server import GivenCluster, deselect, local_server

# How long an example takes depends on what else the machine does.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster-url",
        metavar="redis://HOST:PORT[,HOST:PORT...]",
        help="run tests/cluster on this cluster, whose data they delete, not on one of their own",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl-C works, also for a pytest that a shell has started in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What the server of this run cannot serve is not run."""
    if not any(item.get_closest_marker("needs") for item in items):
        return
    url = config.getoption("--cluster-url")
    try:
        if url is None:
            deselect(config, items, local_server())
        else:
            deselect(config, items, GivenCluster(url).server())
    except LocalClusterError as error:
        raise pytest.UsageError(str(error)) from None
