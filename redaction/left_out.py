"""Modules that a process of our own does without: others import them and never use them here.

Presidio imports spaCy and all of its stock recognisers, spaCy its command line; that takes a second, and none of it takes
part in a redaction. Where `leave_out` was called, such a module is hollow: what is imported from it is a class that
cannot be made. Only for processes that do nothing else (see `redaction.early`), never for a caller's own.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence


class Hollow:
    """What stands for a name of a module that was left out."""

    def __init__(self, *_arguments: object, **_named: object) -> NoReturn:
        raise RuntimeError(f"{type(self).__module__}.{type(self).__name__} was left out of this process")


class _HollowModule(ModuleType):
    def __getattr__(self, name: str) -> type[Hollow]:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (Hollow,), {"__module__": self.__name__})
        setattr(self, name, made)
        return made


class _Finder(MetaPathFinder, Loader):
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 - the signature is Python's
        target: ModuleType | None = None,  # noqa: ARG002 - the signature is Python's
    ) -> ModuleSpec | None:
        if not any(fullname == name or fullname.startswith(f"{name}.") for name in self._names):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _HollowModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it."""


def leave_out(*names: str) -> None:
    """Make these modules, and all under them, hollow where they are not loaded yet, for the rest of this process."""
    sys.meta_path.insert(0, _Finder(names))
