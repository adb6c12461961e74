"""What moto's Step Functions interpreter needs for our definitions to run as they do on AWS."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

# These report every failed state with a screenful of moto's own syntax tree; an execution's outcome says it once.
_NOISY = ("moto.stepfunctions", "moto.cloudformation")


@contextmanager
def mended() -> Iterator[None]:
    """Apply the shims for as long as the context lasts."""
    before = {name: logging.getLogger(name).level for name in _NOISY}
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
