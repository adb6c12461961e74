"""Sparse matrices: the connected parts of a graph are SciPy's, and what NumPy imports late is there when asked for."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from mrs.sparse import connected_parts, csr_matrix
from scipy.sparse.csgraph import connected_components


@pytest.mark.parametrize("seed", range(20))
def test_connected_parts_are_those_of_scipy(seed: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 200))
    edges = int(random.integers(0, 2 * n))
    a, b = random.integers(0, n, (2, edges))
    graph = csr_matrix((np.ones(edges), (a, b)), shape=(n, n))
    assert np.array_equal(connected_parts(graph), connected_components(graph, directed=False)[1])


def test_a_long_chain_is_one_part_and_no_node_none() -> None:
    order = np.random.default_rng(0).permutation(5000)
    chain = csr_matrix((np.ones(4999), (order[:-1], order[1:])), shape=(5000, 5000))
    assert not connected_parts(chain).any()
    assert len(connected_parts(csr_matrix((0, 0)))) == 0


def test_what_is_imported_late_is_what_it_was() -> None:
    code = """
import sys, mrs.sparse
assert "numpy.f2py.crackfortran" not in sys.modules
import numpy as np
from numpy.testing import assert_array_equal
assert_array_equal(np.arange(2), [0, 1])
assert np.ctypeslib.as_array is sys.modules["numpy.ctypeslib"].as_array
import numpy.f2py
assert numpy.f2py.main and "numpy.f2py.crackfortran" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
