"""Builds the extension ``rediscluster_c._core`` from the C core and its binding.

The two parts are compiled with their own warnings, every file by itself, and again only when it is
older than what it depends on. hiredis and OpenSSL come from the system, by pkg-config.
In the environment: RC_WERROR=1 makes warnings errors; RC_SANITIZE=address,undefined builds with
these sanitizers; CC names the compiler.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from glob import glob

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

CORE = sorted(glob("csrc/core/**/*.c", recursive=True))
BINDING = sorted(glob("csrc/python/**/*.c", recursive=True))
HEADERS = sorted(glob("csrc/**/*.h", recursive=True) + glob("csrc/**/*.def", recursive=True))

COMMON_FLAGS = [
    "-std=gnu11",
    "-O3",
    "-fvisibility=hidden",
    "-pthread",
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Wstrict-prototypes",
    "-Wmissing-prototypes",
]
CORE_FLAGS = ["-Wconversion"]

# pkg-config's name of a library: its packages in Debian and in Fedora
PACKAGES = {
    "hiredis": ("libhiredis-dev", "hiredis-devel"),
    "openssl": ("libssl-dev", "openssl-devel"),
}


def explain_missing(what: str, debian: str, fedora: str) -> str:
    return (
        f"\n{what} was not found, and the extension cannot be built without it. Install it:\n"
        f"    Debian, Ubuntu:  apt-get install {debian}\n"
        f"    Fedora:          dnf install {fedora}\n"
    )


def pkg_config(*arguments: str) -> list[str]:
    program = os.environ.get("PKG_CONFIG", "pkg-config")
    if shutil.which(program) is None:
        raise SystemExit(explain_missing(program, "pkg-config", "pkgconf-pkg-config"))
    answer = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return answer.stdout.split()


def library_flags() -> tuple[list[str], list[str]]:
    """What the compiler and the linker need for hiredis and OpenSSL."""
    for name, packages in PACKAGES.items():
        try:
            pkg_config("--exists", name)
        except subprocess.CalledProcessError:
            raise SystemExit(explain_missing(f"The library {name}", *packages)) from None
    # The sources say <hiredis/read.h>; pkg-config gives only the directory below.
    above = [f"-I{path}" for path in pkg_config("--variable=includedir", "hiredis")]
    names = list(PACKAGES)
    return above + pkg_config("--cflags", *names), pkg_config("--libs", *names)


def mode_flags() -> list[str]:
    flags = ["-Werror"] if os.environ.get("RC_WERROR") == "1" else []
    sanitizers = os.environ.get("RC_SANITIZE")
    if sanitizers:
        flags += [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all"]
        flags += ["-fno-omit-frame-pointer", "-O1", "-g", "-UNDEBUG"]
    return flags


def is_older(target: str, sources: list[str]) -> bool:
    if not os.path.exists(target):
        return True
    return any(os.path.getmtime(source) > os.path.getmtime(target) for source in sources)


class BuildCore(build_ext):
    """build_ext, but for how it comes to the objects."""

    def build_extension(self, ext: Extension) -> None:
        target = self.get_ext_fullpath(ext.name)
        if not self.force and not is_older(target, [*ext.sources, *ext.depends]):
            return
        cflags, libs = library_flags()
        flags = [*COMMON_FLAGS, *cflags, *mode_flags()]
        linked = copy.copy(ext)
        linked.sources = []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            parts = [(source, [*flags, *CORE_FLAGS]) for source in CORE]
            parts += [(source, flags) for source in BINDING]
            linked.extra_objects = list(pool.map(lambda part: self.compile_file(*part), parts))
        linked.depends = linked.extra_objects  # what decides whether to link again
        linked.extra_link_args = [*libs, *mode_flags(), "-pthread"]
        super().build_extension(linked)

    def compile_file(self, source: str, flags: list[str]) -> str:
        # Objects of one mode must not pass for those of another.
        mode = zlib.crc32(" ".join([*self.compiler.compiler_so, *flags]).encode())
        directory = os.path.join(self.build_temp, f"{mode:08x}")
        (target,) = self.compiler.object_filenames([source], output_dir=directory)
        if self.force or is_older(target, [source, *HEADERS, __file__]):
            self.compiler.compile(
                [source], output_dir=directory, include_dirs=["csrc"], extra_postargs=flags
            )
        return target


setup(
    ext_modules=[
        Extension("rediscluster_c._core", sources=CORE + BINDING, depends=[*HEADERS, "setup.py"])
    ],
    cmdclass={"build_ext": BuildCore},
)
