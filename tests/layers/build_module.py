"""`layers/build.py` as a module: it is a script of the repository, in no package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "layers/build.py"
_spec = importlib.util.spec_from_file_location("layers_build", PATH)
assert _spec is not None
assert _spec.loader is not None
build = importlib.util.module_from_spec(_spec)
sys.modules["layers_build"] = build
_spec.loader.exec_module(build)
