"""CPU time, memory and file descriptors of processes on Linux."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PROC = Path("/proc")


def tree(root: int) -> list[int]:
    """Return the ids of a process and all its running descendants."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the CPU seconds of processes, in user and kernel mode.

    The clock id is that of clock_getcpuclockid(3).
    """
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


def machine_cpu_seconds() -> float:
    """Return the CPU seconds of all processes and stolen by the hypervisor: see proc_stat(5)."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, (PROC / "stat").read_text().split(maxsplit=9)[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def memory(pids: Iterable[int]) -> int:
    """Return the bytes in memory of processes; shared pages count once (PSS)."""
    return sum(_kilobytes(PROC / str(pid) / "smaps_rollup", "Pss") * 1024 for pid in pids)


def descriptors(pids: Iterable[int]) -> int:
    """Return the number of open file descriptors of processes."""
    return sum(1 for pid in pids for _ in (PROC / str(pid) / "fd").iterdir())


def threads(pids: Iterable[int]) -> int:
    """Return the number of threads of processes."""
    return sum(1 for pid in pids for _ in (PROC / str(pid) / "task").iterdir())


def is_running(pid: int) -> bool:
    """Return whether a process is running; a zombie is not."""
    try:
        return _stat(pid)[0] not in "ZX"
    except FileNotFoundError:
        return False


def _parents() -> Iterator[tuple[int, int]]:
    for folder in PROC.glob("[0-9]*"):
        try:
            yield int(folder.name), int(_stat(int(folder.name))[1])
        except (FileNotFoundError, ProcessLookupError):
            continue


def _stat(pid: int) -> list[str]:
    """Return the fields of proc_pid_stat(5) after the name: state, parent and so on."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _kilobytes(file: Path, field: str) -> int:
    for line in file.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    raise LookupError(field)
