"""`congto serve`: the console on the loopback address, with a worker for background jobs."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = "127.0.0.1"
PORT = 8000


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="congto serve", description=__doc__)
    parser.add_argument("--address", default=ADDRESS, help="loopback unless you choose otherwise")
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args(arguments)
    boot()
    serve(given.address, given.port)
    return 0


def check_port_free(address: str, port: int) -> None:
    """Raise a sentence when something else listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CongtoError(
                f"{address}:{port} cannot be used ({error.strerror})",
                expected="a free port",
                action="stop what listens there or choose another with --port",
            ) from error


def serve(address: str, port: int) -> None:
    """Run the web server in this process and the job worker in another; stop both together."""
    check_port_free(address, port)
    with job_worker():
        answer(address, port)


def answer(address: str, port: int, *, workers: int = 1) -> None:
    """Run the web server until it is told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "congto.interfaces.project.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        log_level=LogLevels.warning,
    ).serve()


@contextmanager
def job_worker() -> Iterator[None]:
    """Run `congto worker` beside; it is told to stop, and waited for, when the block ends."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "congto.interfaces.cli.main", "worker"],
        env=os.environ.copy(),
        start_new_session=True,  # Ctrl-C reaches the server, which then stops the worker
    )
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
