from pathlib import Path

import pytest

from tests.architecture.sizes import FILE_LIMIT, FUNCTION_LIMIT, files, functions, python_files, too_long

pytestmark = pytest.mark.unit


def test_a_reader_can_hold_every_file() -> None:
    assert too_long(files(python_files()), FILE_LIMIT) == []


def test_a_reader_can_hold_every_function() -> None:
    assert too_long(functions(python_files()), FUNCTION_LIMIT) == []


def test_a_function_and_a_file_that_are_too_long_are_seen(tmp_path: Path) -> None:
    (tmp_path / "chassis").mkdir()
    (tmp_path / "chassis/long.py").write_text("def long():\n" + "    pass\n" * FILE_LIMIT)
    paths = list(python_files(tmp_path))

    assert [size.where for size in too_long(files(paths, tmp_path), FILE_LIMIT)] == ["chassis/long.py"]
    assert [size.where for size in too_long(functions(paths, tmp_path), FUNCTION_LIMIT)] == ["chassis/long.py:1 long"]
