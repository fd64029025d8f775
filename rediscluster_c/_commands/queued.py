"""A queued command of a pipeline as an object, which is made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class PipelineCommand(NamedTuple):
    """A command that a pipeline has queued, as its command_stack shows it.

    *args*: the name, and the arguments as they go to the server: str where the client's encoding
    can read them, else bytes. *options*: what the reply is converted with, such as withscores.
    *position*: the place of its reply among those of execute(), from 0 on.
    """

    args: tuple[Any, ...]
    options: Mapping[str, Any] = MappingProxyType({})
    position: int | None = None


PipelineCommand.__module__ = "rediscluster_c.pipeline"  # where programs know it from
