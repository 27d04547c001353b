"""Fixtures of the tests of `conntest_tui.config`."""

from pathlib import Path

import pytest

from tests.config.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A configuration that loads."""
    path = tmp_path / "office"
    path.mkdir()
    return Folder(path)


@pytest.fixture
def smtp(folder: Folder) -> Folder:
    """A configuration that loads and delivers by SMTP."""
    return folder.delivering_by_smtp()
