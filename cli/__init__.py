"""The `mrs` command."""

import os

# Sums are made by one thread, as in the deployed functions: a machine of more cores must not find other decimals.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
