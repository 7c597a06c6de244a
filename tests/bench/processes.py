"""What running processes use, as Linux counts it."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PROC = Path("/proc")


def tree(root: int) -> list[int]:
    """The process and all its descendants that run now."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """The processor time that they have used, in the kernel too, to the nanosecond.

    The number of a process's clock: clock_getcpuclockid(3).
    """
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


def machine_cpu_seconds() -> float:
    """What all processes have used, and the hypervisor has taken: see proc_stat(5)."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, (PROC / "stat").read_text().split(maxsplit=9)[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def memory(pids: Iterable[int]) -> int:
    """The bytes that they hold in memory; what several share is counted once (PSS)."""
    return sum(_kilobytes(PROC / str(pid) / "smaps_rollup", "Pss") * 1024 for pid in pids)


def descriptors(pids: Iterable[int]) -> int:
    return sum(1 for pid in pids for _ in (PROC / str(pid) / "fd").iterdir())


def threads(pids: Iterable[int]) -> int:
    return sum(1 for pid in pids for _ in (PROC / str(pid) / "task").iterdir())


def is_running(pid: int) -> bool:
    """Whether it has not ended; a process that nobody has waited for has."""
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
    """State, parent and so on: what proc_pid_stat(5) lists behind the name of the program."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _kilobytes(file: Path, field: str) -> int:
    for line in file.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    raise LookupError(field)
