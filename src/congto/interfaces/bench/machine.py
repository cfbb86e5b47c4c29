"""What a benchmark says of the machine: cores, and the most memory its processes held."""

from __future__ import annotations

import os
import resource
import sys

import psutil


def cores() -> int:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_seconds() -> float:
    """Return the processor time of this process and of its children that have ended."""
    own, ended = (
        resource.getrusage(resource.RUSAGE_SELF),
        resource.getrusage(resource.RUSAGE_CHILDREN),
    )
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def peak_rss_bytes(workers: int) -> int:
    """Return the most memory that this process and its workers can have held at one time.

    The peak of this process plus, for each worker, the peak of the largest process it has started:
    an upper bound, because peaks need not fall together. A database server's memory is not in it.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return (own + workers * largest) * unit


def rss_bytes() -> int:
    """Return the memory that this process holds now."""
    return int(psutil.Process().memory_info().rss)


def open_files() -> int:
    """Return how many files and sockets this process has open."""
    return int(psutil.Process().num_fds())
