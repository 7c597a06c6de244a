"""CPU time and memory of a process and its descendants on Linux."""

import time

import psutil


def tree(root: int) -> list[psutil.Process]:
    """Return a process and all its running descendants."""
    process = psutil.Process(root)
    return [process, *process.children(recursive=True)]


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds of the running processes of a tree, in user and kernel mode.

    psutil counts in hundredths of a second, which is too coarse for a short measurement. The clock
    id is that of clock_getcpuclockid(3).
    """
    return sum(time.clock_gettime(~each.pid << 3 | 2) for each in tree(root))


def machine_cpu_seconds() -> float:
    """Return the CPU seconds of all processes, and those stolen by the hypervisor."""
    times = psutil.cpu_times()
    # The time of guests is part of `user` and `nice`.
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def memory(root: int) -> int:
    """Return the bytes in memory of a tree; shared pages count once (PSS)."""
    return sum(each.memory_full_info().pss for each in tree(root))
