"""The embedded PostgreSQL: private, one server whatever happens, clear about what does not fit."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from congto.interfaces.project import database
from congto.interfaces.project.database import ensure_running, stop
from congto.interfaces.project.urls_of_database import parse
from congto.vocabulary.errors import CongtoError


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    yield folder
    stop(folder)


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))


def ask(url: str, question: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def test_the_database_is_utf8_and_safe_against_a_power_cut(data):
    url = ensure_running(data)
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SHOW fsync") == "on"
    assert ask(url, "SHOW synchronous_commit") == "on"
    assert ask(url, "SELECT upper('đường')") == "ĐƯỜNG"


def test_nothing_listens_but_a_socket_in_a_private_folder(data):
    ensure_running(data)
    assert ask(ensure_running(data), "SHOW listen_addresses") == ""
    server = postmaster(data)
    assert server.net_connections("inet") == []
    folder = (data / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
    assert server.uids().real != 0


def test_a_second_call_finds_the_same_server(data):
    first = ensure_running(data)
    server = postmaster(data).pid
    assert ensure_running(data) == first
    assert postmaster(data).pid == server


def test_django_reads_the_url(data):
    django = parse(ensure_running(data))
    with psycopg.connect(
        host=django["HOST"], port=django["PORT"], user=django["USER"], dbname=django["NAME"]
    ) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("congto",)


def test_what_was_committed_survives_kill_minus_nine_of_every_process(data):
    url = ensure_running(data)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server = postmaster(data)
    for process in [server, *server.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    server.wait(10)
    assert (data / "postgres" / "postmaster.pid").exists()
    assert ask(ensure_running(data), "SELECT answer FROM kept") == 42


def test_a_pid_file_that_names_another_program_is_a_leftover(data):
    ensure_running(data)
    server = postmaster(data)
    for process in [server, *server.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    server.wait(10)
    file = data / "postgres" / "postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    assert ask(ensure_running(data), "SELECT 1") == 1
    assert psutil.pid_exists(os.getppid())


def start_elsewhere(data: Path) -> subprocess.Popen:
    """Call ensure_running in a process of its own, which prints the URL."""
    line = (
        "from congto.interfaces.project.database import *; print(ensure_running(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", f"import sys; {line}", str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_that_start_together_share_one_server(tmp_path):
    starters = [start_elsewhere(tmp_path) for _ in range(3)]
    urls = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    try:
        assert len(urls) == 1
        assert ask(urls.pop(), "SELECT current_database()") == "congto"
    finally:
        stop(tmp_path)


def test_a_kill_during_the_making_of_the_cluster_leaves_nothing_half_made(tmp_path):
    with start_elsewhere(tmp_path) as starter:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("postgres.new-*/PG_VERSION")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        starter.kill()
    try:
        assert ask(ensure_running(tmp_path), "SELECT 1") == 1
    finally:
        stop(tmp_path)


def test_stop_stops_and_may_be_called_again(tmp_path):
    url = ensure_running(tmp_path)
    stop(tmp_path)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    stop(tmp_path)


@pytest.fixture
def short_folder(monkeypatch):
    with tempfile.TemporaryDirectory(prefix="r") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(tmp_path, short_folder):
    data = tmp_path / ("a-folder-with-a-long-name-" * 4)
    url = ensure_running(data)
    try:
        assert parse(url)["HOST"].startswith(str(short_folder))
        assert ask(url, "SELECT 1") == 1
    finally:
        stop(data)


def test_the_cluster_of_another_version_is_refused(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(CongtoError, match=r"was made by PostgreSQL 12; expected PostgreSQL 1\d"):
        ensure_running(tmp_path)


def test_a_folder_without_a_server_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CONGTO_PG_BIN", str(tmp_path))
    with pytest.raises(CongtoError, match="holds no initdb, pg_ctl, postgres"):
        ensure_running(tmp_path / "data")


def test_a_data_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(CongtoError, match="data cannot be used"):
        ensure_running(tmp_path / "data")


@pytest.mark.skipif(
    not Path("/usr/lib/postgresql/15/bin/initdb").exists(), reason="no PostgreSQL installed"
)
def test_an_installed_postgresql_serves_too(tmp_path, monkeypatch):
    monkeypatch.setenv("CONGTO_PG_BIN", "/usr/lib/postgresql/15/bin")
    url = ensure_running(tmp_path)
    try:
        assert ask(url, "SHOW server_version").startswith("15.")
        assert ask(url, "SELECT upper('đường')") == "ĐƯỜNG"
    finally:
        stop(tmp_path)


def test_a_checkout_that_only_its_owner_may_enter_serves_too(tmp_path, monkeypatch):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    package = database._programs().parents[1]
    for folder in package.parent.glob(f"{package.name}*"):  # its libraries stand beside it
        shutil.copytree(folder, private / folder.name)
    monkeypatch.setenv("CONGTO_PG_BIN", str(private / package.name / "pginstall" / "bin"))
    url = ensure_running(private / "data")
    try:
        assert ask(url, "SELECT 1") == 1
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    finally:
        stop(private / "data")


def test_an_open_socket_folder_is_refused(tmp_path, short_folder):
    data = tmp_path / ("a-folder-with-a-long-name-" * 4)
    folder = database._socket_folder(data / "postgres")
    assert folder.parent == short_folder
    folder.mkdir()
    folder.chmod(0o755)
    with pytest.raises(CongtoError, match="not private"):
        ensure_running(data)
