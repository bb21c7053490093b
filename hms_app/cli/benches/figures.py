"""The arithmetic of measurements: percentiles, and whether a goal was met."""

import math
import platform
from typing import Any

import psutil


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(seconds: list[float]) -> dict[str, float]:
    """How long something took: p50 and p95 in milliseconds."""
    return {
        "p50_ms": round(percentile(seconds, 0.5) * 1000, 2),
        "p95_ms": round(percentile(seconds, 0.95) * 1000, 2),
    }


def goal(value: float, limit: float) -> dict[str, Any]:
    """A measured value against the largest it may be."""
    return {"value": value, "limit": limit, "met": value <= limit}


def at_least(value: float, limit: float) -> dict[str, Any]:
    """A measured value against the smallest it may be."""
    return {"value": value, "at_least": limit, "met": value >= limit}


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": psutil.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(psutil.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        return platform.processor()
