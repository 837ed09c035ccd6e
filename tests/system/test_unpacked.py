"""Programs of packages that are unpacked (tests/lab/unpacked.py), wherever the project lies."""

import unpacked


def test_in_a_closed_home_others_reach_a_copy(place, tmp_path):
    home = tmp_path / "home"
    for directory, package in ((home, "closed"), (place, "open")):
        (directory / package / "usr").mkdir(parents=True)
        (directory / package / "usr/program").write_text(package)
    home.chmod(0o700)
    assert unpacked.fetch(place, "open") == place / "open"
    tree = unpacked.fetch(home, "closed")
    assert (tree / "usr/program").read_text() == "closed"
    assert all(parent.stat().st_mode & 0o001 for parent in tree.parents)
