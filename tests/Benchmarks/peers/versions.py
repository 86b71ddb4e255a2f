"""Prints in one line with which Python, modules and BLAS the peers run."""
import importlib
import os
import platform

versions = [f"Python {platform.python_version()}"]
for name in ("numpy", "scipy", "joblib", "torch"):
    try:
        versions.append(f"{name} {importlib.import_module(name).__version__}")
    except ImportError:
        versions.append(f"no {name}")
    if name == "numpy" and os.path.exists("/proc/self/maps"):
        # Which library stands behind numpy is the system's choice, so what is loaded is looked up.
        with open("/proc/self/maps") as maps:
            libraries = {os.path.basename(os.path.realpath(line.split()[-1])) for line in maps if "blas" in line or "mkl" in line}
            folders = {line.split()[-1] for line in maps}
        kind = next((k for k in ("openblas", "mkl", "blis") if any(k in library for library in libraries)), None)
        versions[-1] += f" on {', '.join(sorted(libraries)) or 'no BLAS that shows'}" if kind is None else f" on {kind}"
print(", ".join(versions))
