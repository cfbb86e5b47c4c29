"""The secret key: from the environment, else made once and kept in the data folder."""

import os
import secrets
from pathlib import Path


def secret_key(data: Path) -> str:
    """Return the key; two processes that start together end up with the same one."""
    given = os.environ.get("CONGTO_SECRET")
    if given:
        return given
    data.mkdir(parents=True, exist_ok=True)
    file = data / "secret_key"
    if not file.exists():
        draft = data / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # another process was first; its key is as good
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii")
