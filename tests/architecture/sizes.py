"""How long files and functions are: prints the ten worst, so that one looks before the check refuses."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("chassis", "contracts", "services", "console", "entente", "bench", "tests")
FILE_LIMIT, FUNCTION_LIMIT = 500, 60


class Size(NamedTuple):
    """How many lines something has, and where it is."""

    lines: int
    where: str


def python_files(root: Path = ROOT) -> Iterator[Path]:
    """Give every Python file of the project."""
    for package in PACKAGES:
        yield from (path for path in sorted((root / package).rglob("*.py")) if "node_modules" not in path.parts)


@cache
def parsed(path: Path) -> tuple[str, ast.Module]:
    """Read and parse a file, once for all checks of a run."""
    text = path.read_text()
    return text, ast.parse(text)


def files(paths: Iterable[Path], root: Path = ROOT) -> list[Size]:
    """Measure files, longest first."""
    return sorted(
        (Size(len(path.read_text().splitlines()), str(path.relative_to(root))) for path in paths), reverse=True
    )


def functions(paths: Iterable[Path], root: Path = ROOT) -> list[Size]:
    """Measure functions and methods, decorators not counted, longest first."""
    return sorted((size for path in paths for size in _functions(path, root)), reverse=True)


def _functions(path: Path, root: Path) -> Iterator[Size]:
    for node in ast.walk(parsed(path)[1]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Size((node.end_lineno or 0) - node.lineno + 1, f"{path.relative_to(root)}:{node.lineno} {node.name}")


def too_long(sizes: Iterable[Size], limit: int) -> list[Size]:
    """Give those over the limit."""
    return [size for size in sizes if size.lines > limit]


def main() -> int:
    """Print the ten longest files and functions; 1 when one is over its limit."""
    paths = list(python_files())
    refused = 0
    for title, sizes, limit in (
        ("files", files(paths), FILE_LIMIT),
        ("functions", functions(paths), FUNCTION_LIMIT),
    ):
        print(f"The ten longest {title} (limit {limit}):")
        for size in sizes[:10]:
            print(f"{size.lines:6} {size.where}")
        refused += len(too_long(sizes, limit))
    return min(refused, 1)


if __name__ == "__main__":
    raise SystemExit(main())
