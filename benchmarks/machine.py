"""What the machine is, as far as it matters for a speed."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["describe_machine"]

PACKAGES = ("exactregions", "numpy", "numba", "llvmlite", "python-flint", "highspy", "mlxtend")


def describe_machine() -> dict[str, str]:
    """Return processor, memory, versions and the load when asked."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
        "load before": _load(),
    }


def _field(path: str, key: str) -> str | None:
    """Return a field of a file of `key : value` lines, where there is such a file."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)


def _processor() -> str:
    return _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown"


def _memory() -> str:
    size = _field("/proc/meminfo", "MemTotal")
    return "unknown" if size is None else f"{int(size.split()[0]) / 2**20:.1f} GiB"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _load() -> str:
    """Return the mean number of running processes of the last minute: above zero, others were at work."""
    try:
        return f"{os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"
    except (OSError, AttributeError):
        return "unknown"
