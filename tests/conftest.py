"""What every test run has: a PostgreSQL, a data folder to throw away, Django set up.

One embedded server serves all test runs of this checkout that go on at the same time: the first
one starts it, the last one stops it and removes its folder. Each run holds a shared lock, which the
system takes back even after kill -9, so a leftover server is used again and then cleared away.
The database is migrated once for a run (`clones`); every process (pytest-xdist worker) has a
clone of it and a data folder of its own.

DATABASE_URL in the environment names another server to test on.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import django
import hypothesis
import pytest
from django.conf import settings
from django.utils import translation

from clones import RUN, drop_database, template_name
from congto.interfaces.project.database import ensure_running, stop

pytest_plugins = ["fixtures_books", "fixtures_collecting", "fixtures_workers"]

hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")

HELD_LOCK = pytest.StashKey[int]()
SERVER = pytest.StashKey[Path]()


MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of our own in it)
ROOM_BYTES = 4 * 2**30
"""What the server of a run needs at the most: templates, clones in use, a gigabyte of log."""


def _folder(config: pytest.Config) -> Path:
    return config.rootpath / ".pytest_cache" / "congto"


def _server(config: pytest.Config) -> Path:
    """Return the folder of the database server: in memory where there is room.

    A clone of the books is a thousand files. A disk's file system that is slow to take numbers of
    removed files again makes more work of them than all tests together.
    """
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return _folder(config)
    checkout = hashlib.sha256(str(config.rootpath).encode()).hexdigest()[:12]
    return MEMORY / f"congto-tests-{checkout}"


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before Django reads its settings (pytest-django would read them first
    if pyproject.toml named them), then set Django up.
    """
    if config.option.help or config.option.version:
        return
    folder = _folder(config)
    if not hasattr(config, "workerinput") and not os.environ.get("DATABASE_URL"):
        folder.parent.mkdir(exist_ok=True)
        lock = os.open(folder.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_SH)
        config.stash[HELD_LOCK] = lock
        config.stash[SERVER] = _server(config)
        os.environ["DATABASE_URL"] = ensure_running(config.stash[SERVER], durable=False)
    data = folder / f"data-{os.getpid()}"
    data.mkdir(parents=True, exist_ok=True)
    os.environ["CONGTO_DATA"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "congto.interfaces.project.settings"
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = f"{os.getpid()}_{time.time_ns()}"
    # A good hash of a password is slow by design, and no test is about the hash.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Clear this process's data away; the last run of the checkout clears the server away."""
    folder = _folder(config)
    shutil.rmtree(folder / f"data-{os.getpid()}", ignore_errors=True)
    if RUN in os.environ and not hasattr(config, "workerinput"):
        drop_database(template_name())
    lock = config.stash.get(HELD_LOCK, None)
    if lock is None:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another run still uses the server
    stop(config.stash[SERVER])
    shutil.rmtree(config.stash[SERVER])
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


@pytest.fixture(scope="session")
def django_db_setup(shared_clone: None) -> None:
    """Take a clone of the run's database where pytest-django would migrate one for each process."""


def _shared(config: pytest.Config) -> Path:
    return config.rootpath.parent / "shared"


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Leave no language behind: a page asked for in English sets it for the whole process."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Path:
    """Return the folder of real data beside the checkout; mark the test with `shared`."""
    return _shared(pytestconfig)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip tests marked `shared` where the folder of real data is absent; long files come first.

    Two workers end together when no long file is left for the end (`--no-loadscope-reorder`).
    """
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
    folder = _shared(config)
    if folder.is_dir():
        return
    absent = pytest.mark.skip(reason=f"the folder of real data ../{folder.name} is absent")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(absent)
