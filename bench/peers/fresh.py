"""One contestant in a process of its own: how long to its first answer, and how much memory it takes. Prints JSON.

Counted are the import, the rule set loaded from its own form, and the first answer; not the start of Python, nor what
makes the input. Nothing else is imported before, so this module must stay as small as it is.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter_ns, process_time_ns

_PAGE = 4096
_MILLISECOND = 1e6


def resident() -> int:
    """Return the bytes of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE


def main(module: str, way: str, text: str, scene: str) -> None:
    rules, empty = Path(text).read_text("utf-8"), resident()
    wall, cpu = perf_counter_ns(), process_time_ns()
    made = getattr(import_module(module), way)(rules)
    loaded, loaded_cpu = perf_counter_ns() - wall, process_time_ns() - cpu
    native = made.ready(_read(scene))
    wall, cpu = perf_counter_ns(), process_time_ns()
    made.answer(native)
    wall, cpu = perf_counter_ns() - wall + loaded, process_time_ns() - cpu + loaded_cpu
    print(json.dumps({"wall": wall / _MILLISECOND, "cpu": cpu / _MILLISECOND, "bytes": resident() - empty}))


def _read(scene: str) -> object:
    path = Path(scene)
    if path.suffix == ".json":
        return json.loads(path.read_text("utf-8"))
    read_snapshot = import_module("engine.snapshot").read_snapshot
    return read_snapshot(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
