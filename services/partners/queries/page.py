"""The part of a list that is wanted, as a loaded PageQuery."""

from collections.abc import Mapping
from typing import Any

Page = Mapping[str, Any]
