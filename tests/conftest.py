"""What all tests share: one lab for the whole run."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "lab"))
import labnet  # noqa: E402


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    directory = tmp_path_factory.mktemp("lab")
    try:
        yield labnet.start(directory)
    finally:
        labnet.stop(directory)
