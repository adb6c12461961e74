"""The tests compute as the deployed functions do: sums by one thread."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
