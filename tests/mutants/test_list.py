"""The list of mutations fits the code as it is; the run itself is `make mutants`."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.mutations import ROOT, Mutation, mutations


@pytest.mark.parametrize("mutation", mutations(), ids=str)
def test_a_mutation_still_applies_and_makes_code_that_can_run(mutation: Mutation) -> None:
    mutated = mutation.applied((ROOT / mutation.file).read_text())
    if mutation.file.endswith(".py"):
        ast.parse(mutated)
    assert mutation.tests
    assert all((ROOT / test.partition("::")[0]).exists() for test in mutation.tests)
