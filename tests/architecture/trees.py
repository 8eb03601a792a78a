"""Copies of a part of the project in an empty folder, to break something there or to live without the rest."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.sizes import ROOT

_LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "node_modules", ".*_cache", "static", "*.po", "*.mo")


def transplant(parts: Iterable[str], target: Path) -> Path:
    """Copy these files and folders of the project to `target`, each at its place; give `target`."""
    for part in parts:
        source, copy = ROOT / part, target / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=_LEFT_BEHIND)
        else:
            shutil.copy(source, copy)
    return target
