"""`make install` of the Makefile, over a project that is built in a second."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

MESON = """\
project('small', 'c')
run_target('program', command: ['true'])
install_data('README', install_dir: get_option('datadir'))
"""


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "packaging").mkdir()
    (tmp_path / "README").write_text("a file\n")
    (tmp_path / "meson.build").write_text(MESON)
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "packaging/after-install", tmp_path / "packaging")
    return tmp_path


def install(tree, *arguments):
    done = subprocess.run(["make", "-C", tree, "install", *arguments], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_goes_where_prefix_says(tree):
    """The first time, too, where a build is set up for another place already; then not again."""
    subprocess.run(["make", "-C", tree, "build"], check=True, capture_output=True)
    install(tree, f"PREFIX={tree}/there")
    assert (tree / "there/share/README").exists()
    install(tree, f"DESTDIR={tree}/root")
    assert (tree / "root/usr/local/share/README").exists()


def test_a_relative_place_begins_where_make_is_called(tree):
    install(tree, "DESTDIR=root", "PREFIX=there")
    assert (tree / "root" / str(tree).lstrip("/") / "there/share/README").exists()
