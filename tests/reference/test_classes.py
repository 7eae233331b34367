"""The class files that travel with the package."""

from __future__ import annotations

import pytest

from bayesmile.reference.reading import bundled_classes, read_class_file


@pytest.mark.parametrize("name", sorted(bundled_classes()))
def test_every_bundled_file_is_valid_and_says_where_its_table_comes_from(name: str):
    spec = read_class_file(name)
    assert spec.reference.name == name
    assert spec.reference.source and spec.reference.licence
