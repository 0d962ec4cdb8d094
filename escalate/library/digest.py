"""The fingerprint of a knowledge base: the same in a checkout and in an installed wheel."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def digest(files: Mapping[str, str]) -> str:
    """`sha256:...` over the relative paths (with `/`) and the SHA-256 of each file's bytes, sorted.

    Args: files, relative path -> SHA-256 of its bytes in hex.
    """
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{path}\0{files[path]}\n".encode())
    return f"sha256:{whole.hexdigest()}"
