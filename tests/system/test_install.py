"""What `make install` says is to be done: each command is run, where /etc is a copy, and works."""

import os
import pathlib
import pwd
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes users"),
    pytest.mark.skipif("signpost" in [p.pw_name for p in pwd.getpwall()], reason="is there"),
]


@pytest.fixture
def prefix(tmp_path):
    """Where it was installed, as far as this is concerned."""
    users = tmp_path / "lib/sysusers.d"
    users.mkdir(parents=True)
    shutil.copy(ROOT / "packaging/signpost.sysusers", users / "signpost.conf")
    shutil.copytree("/etc", tmp_path / "etc", symlinks=True)
    return tmp_path


def commands(prefix):
    said = subprocess.run([ROOT / "packaging/after-install", prefix], check=True,
                          capture_output=True, text=True).stdout
    found = [line.strip() for line in said.splitlines() if line.startswith("    ")]
    assert [c.split()[0] for c in found] == ["systemd-sysusers", "useradd"]
    return found


@pytest.mark.parametrize("which", [0, 1], ids=["systemd-sysusers", "useradd"])
def test_the_user_is_made(prefix, which):
    command = commands(prefix)[which]
    if not shutil.which(command.split()[0]):
        pytest.skip(f"{command.split()[0]} is not installed")
    script = f"mount --bind {prefix}/etc /etc && {command} >&2 && id -u signpost && id -gn signpost"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    uid, group = done.stdout.split()
    assert 0 < int(uid) < 1000 and group == "signpost"
    home = [li for li in (prefix / "etc/passwd").read_text().splitlines()
            if li.startswith("signpost:")][0].split(":")[5:]
    assert home == ["/var/lib/signpost", "/usr/sbin/nologin"]


def test_the_loader_learns_of_the_library(prefix):
    """In a place where it looks, that is: of others it is said how programs find it."""
    cache = prefix / "etc/ld.so.cache"
    cache.unlink(missing_ok=True)
    subprocess.run(["unshare", "--mount", "sh", "-c", f"mount --bind {prefix}/etc /etc && "
                    f"{ROOT}/packaging/after-install /usr/local"], check=True, capture_output=True)
    assert cache.stat().st_size > 0
    said = subprocess.run([ROOT / "packaging/after-install", prefix], check=True,
                          capture_output=True, text=True).stdout
    assert "rpath" in said and str(prefix) in said


def test_nothing_is_said_of_a_user_who_is_there(prefix):
    with open(prefix / "etc/passwd", "a") as f:
        f.write("signpost:x:999:999::/:/usr/sbin/nologin\n")
    done = subprocess.run(["unshare", "--mount", "sh", "-c",
                           f"mount --bind {prefix}/etc /etc && {ROOT}/packaging/after-install /"],
                          capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "", done
