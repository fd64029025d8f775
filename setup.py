"""Builds the extension ``rediscluster_c._core`` from the C core and its binding.

The two parts are compiled with their own warnings (csrc/warnings.mk), every file by itself, and
again only when a file that it includes has changed, by the compiler's own word (-MMD). hiredis and
OpenSSL come from the system, by pkg-config.
In the environment: RC_WERROR=1 makes warnings errors; RC_SANITIZE=address,undefined builds with
these sanitizers; CC names the compiler.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from glob import glob
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

CORE = sorted(glob("csrc/core/**/*.c", recursive=True))
BINDING = sorted(glob("csrc/python/**/*.c", recursive=True))
WARNINGS = Path("csrc/warnings.mk")

FLAGS = ["-std=gnu11", "-O3", "-fvisibility=hidden", "-pthread", "-MMD"]

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


def warning_flags(variable: str) -> list[str]:
    """What csrc/warnings.mk assigns to the variable."""
    (line,) = re.findall(rf"^{variable} := (.*)$", WARNINGS.read_text(), re.MULTILINE)
    flags: list[str] = line.split()
    return flags


def is_current(target: Path) -> bool:
    """Whether the object is there, and no older than the files that went into it."""
    try:
        _, _, names = target.with_suffix(".d").read_text().partition(":")
        inputs = [*names.replace("\\\n", " ").split(), WARNINGS, __file__]
        return all(os.stat(name).st_mtime <= target.stat().st_mtime for name in inputs)
    except FileNotFoundError:  # the object, or a header that has moved since
        return False


class BuildCore(build_ext):
    """build_ext, but for how it comes to the objects."""

    def build_extension(self, ext: Extension) -> None:
        cflags, libs = library_flags()
        flags = [*FLAGS, *warning_flags("WARNINGS"), *cflags, *mode_flags()]
        parts = [(source, [*flags, *warning_flags("CORE_WARNINGS")]) for source in CORE]
        parts += [(source, flags) for source in BINDING]
        linked = copy.copy(ext)
        linked.sources = []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            linked.extra_objects = list(pool.map(lambda part: self.compile_file(*part), parts))
        linked.depends = linked.extra_objects  # what decides whether to link again
        linked.extra_link_args = [*libs, *mode_flags(), "-pthread"]
        super().build_extension(linked)

    def compile_file(self, source: str, flags: list[str]) -> str:
        # Objects of one mode must not pass for those of another.
        mode = zlib.crc32(" ".join([*self.compiler.compiler_so, *flags]).encode())
        directory = os.path.join(self.build_temp, f"{mode:08x}")
        (target,) = self.compiler.object_filenames([source], output_dir=directory)
        if self.force or not is_current(Path(target)):
            self.compiler.compile(
                [source], output_dir=directory, include_dirs=["csrc"], extra_postargs=flags
            )
        return str(target)


setup(
    ext_modules=[Extension("rediscluster_c._core", sources=CORE + BINDING)],
    cmdclass={"build_ext": BuildCore},
)
