# SPDX-License-Identifier: MIT
"""The project's files: those that git knows, or all when there is no git."""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {".git", "__pycache__", "build"}


def files(*suffixes, root=ROOT):
    """Paths below root, sorted; suffixes such as ".c", none for all."""
    try:
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z",
             "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True).stdout.decode().split("\0")
        paths = [root / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in root.rglob("*")
                 if not SKIPPED & set(path.relative_to(root).parts)]
    return sorted(path for path in paths if path.is_file() and
                  (not suffixes or path.suffix in suffixes))


def report(problems):
    """Prints them; the exit status."""
    for problem in problems:
        print(problem)
    return 1 if problems else 0
