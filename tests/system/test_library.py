"""libsignpost-dns as others use it: installed, and linked by pkg-config out of this tree.

The examples are compiled against the installed tree, shared and static, as C and as C++, and
asked about the lab through its validating server.
"""

import os
import pathlib
import re
import shlex
import subprocess

import pytest

import dnsfake
from daemon import PATIENCE
from dnsfake import answer, nodata, servfail

WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wshadow", "-Werror"]


def run(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True,
                          timeout=PATIENCE, **more)


def good(*command, **more):
    done = run(*command, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


class Installed:
    """A tree made by `make install`."""

    def __init__(self, root):
        self.prefix = root / "usr/local"
        self.pc = next(root.rglob("signpost-dns.pc"))
        self.libdir = self.pc.parent.parent
        self.examples = self.prefix / "share/doc/signpost-dns/examples"

    def pkg_config(self, *options):
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.pc.parent)}
        return shlex.split(good("pkg-config", f"--define-variable=prefix={self.prefix}", *options,
                                "signpost-dns", env=env))

    def build(self, compiler, source, out, *more, static=False):
        flags = self.pkg_config("--cflags", "--libs", *(["--static"] if static else []))
        good(compiler[0], *WARNINGS, *compiler[1:], self.examples / source, *(["-static"] if static else []), *flags,
             *more, "-o", out)
        return out

    def run(self, *command):
        return run(*command, env={**os.environ, "LD_LIBRARY_PATH": str(self.libdir)})


@pytest.fixture(scope="module")
def installed(tmp_path_factory, program):
    if b"__asan_init" in program.read_bytes() or b"__tsan_init" in program.read_bytes():
        pytest.skip("a sanitizer's runtime would have to be linked, too")
    root = tmp_path_factory.mktemp("installed")
    good("meson", "install", "-C", program.parent, "--no-rebuild", "--destdir", root)
    return Installed(root)


BUILDS = {
    "shared": (["cc", "-std=c99"], False),
    "static": (["cc", "-std=c99"], True),
    "c++": (["c++", "-x", "c++", "-std=c++20", "-Wno-missing-field-initializers"], False),
}


@pytest.fixture(scope="module", params=BUILDS)
def mx(installed, request, tmp_path_factory):
    compiler, static = BUILDS[request.param]
    out = tmp_path_factory.mktemp("mx") / "mx"
    return installed.build(compiler, "mx.c", out, static=static)


def test_what_is_installed(installed):
    for path in ("include/signpost/dns.h", "include/signpost/dns-libevent.h",
                 "share/man/man3/signpost-dns.3"):
        assert (installed.prefix / path).exists(), path
    assert (installed.libdir / "libsignpost-dns.so").resolve().name.startswith(
        "libsignpost-dns.so.1.")
    assert (installed.libdir / "libsignpost-dns.a").exists()


@pytest.mark.parametrize("domain, server, status, words", [
    ("secure.example", "validating", 0, ["10 mx.secure.example.", "data: secure:"]),
    ("insecure.example", "validating", 1, ["data: insecure:"]),
    ("bogus-sig.example", "validating", 2, ["failed: bogus:", "validation failed"]),
    ("no-such-domain.example", "validating", 0, ["no name: secure:"]),
    ("secure.example", "plain", 1, ["data: insecure:"]),
    ("secure.example", "dead", 2, ["no answer: indeterminate:"])])
def test_mx(installed, mx, lab, domain, server, status, words):
    done = installed.run(mx, domain, lab[server])
    assert done.returncode == status, done
    for word in words:
        assert word in done.stdout, done


def test_mx_says_what_is_wrong(installed, mx):
    done = installed.run(mx, "a..b", "127.0.0.1")
    assert (done.returncode, done.stderr) == (2, "mx: a..b: not a domain name\n")
    done = installed.run(mx, "example", "resolver.example")
    assert done.returncode == 2 and "resolver.example: not an address" in done.stderr


@pytest.fixture(params=["built", "installed"])
def sshfp(program, request, tmp_path):
    """As meson builds it, with sanitizers where there are any; and as others do."""
    if request.param == "built":
        good("ninja", "-C", program.parent, "examples/sshfp")
        return lambda *arguments: run(program.parent / "examples/sshfp", *arguments)
    installed = request.getfixturevalue("installed")
    flags = shlex.split(good("pkg-config", "--cflags", "--libs", "libevent_core"))
    out = installed.build(["cc", "-std=c99", "-D_DEFAULT_SOURCE"], "sshfp.c", tmp_path / "sshfp",
                          *flags)
    return lambda *arguments: installed.run(out, *arguments)


def test_sshfp_many_at_once(sshfp):
    """Two hundred questions on a libevent loop: all answered, and only proved ones shown."""
    with dnsfake.DnsFake() as fake:
        for i in range(200):
            fake.on(f"h{i}.example", "SSHFP", answer("4 2 aabbcc", ad=True))
        fake.on("unsigned.example", "SSHFP", answer("4 2 ddeeff"))
        fake.on("none.example", "SSHFP", nodata(ad=True))
        fake.on("bogus.example", "SSHFP", servfail(6))
        server = f"@127.0.0.1:{fake.port}"
        done = sshfp(server, *(f"h{i}.example" for i in range(200)))
        assert done.returncode == 0 and done.stderr == "", done
        assert sorted(done.stdout.lower().splitlines()) == sorted(
            f"h{i}.example. 4 2 aabbcc" for i in range(200))
        done = sshfp(server, "unsigned.example", "none.example", "bogus.example")
        assert done.returncode == 1
        lines = sorted(done.stdout.splitlines())
        assert "ddeeff" not in done.stdout.lower() and len(lines) == 3
        assert lines[0].startswith("bogus.example. none: failed: ")
        assert lines[1].startswith("none.example. none: nodata: authenticated by")
        assert lines[2].startswith("unsigned.example. none: data: not authenticated")


def test_the_example_of_the_man_page(installed, lab, tmp_path):
    page = pathlib.Path(__file__).parents[2] / "docs/man/signpost-dns.3.scd"
    blocks = re.findall(r"^```\n(.*?)^```$", page.read_text(), re.S | re.M)
    source = tmp_path / "example.c"
    source.write_text(next(b for b in blocks if "int main" in b).replace("\\\\", "\\"))
    out = tmp_path / "example"
    good("cc", "-std=c99", *WARNINGS, source, *installed.pkg_config("--cflags", "--libs"), "-o", out)
    assert installed.run(out).returncode == 2


def test_the_library_needs_no_libevent(installed):
    needed = good("readelf", "-d", installed.libdir / "libsignpost-dns.so")
    assert "libevent" not in needed and "libidn2" in needed


def test_headers_do_not_depend_on_each_others_order(installed, tmp_path):
    source = tmp_path / "order.c"
    source.write_text("#include <poll.h>\n#include <signpost/dns.h>\n#include <signpost/dns.h>\n"
                      "int main(void) { return signpost_dns_version()[0] == 0; }\n")
    out = tmp_path / "order"
    good("cc", *WARNINGS, "-std=c99", source, *installed.pkg_config("--cflags", "--libs"), "-o", out)
    assert installed.run(out).returncode == 0
