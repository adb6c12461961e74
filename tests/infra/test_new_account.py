"""What a new AWS account allows, which moto does not know."""

from __future__ import annotations

from infra.policies import Places, statements
from infra.stages import FUNCTIONS, MOST_MEMORY_MB

_PLACES = Places(
    *(f"arn:{n}" for n in ("log", "landing", "results", "group", "catalog", "db", "default", "table", "topic"))
)


def test_no_function_is_larger_than_a_new_account_allows() -> None:
    assert {f.name for f in FUNCTIONS if f.memory_mb > MOST_MEMORY_MB} == set()


def test_a_function_that_asks_athena_may_do_what_athena_does_in_its_name() -> None:
    for function in (f for f in FUNCTIONS if f.queries):
        allowed = {(a, r) for s in statements(function, _PLACES) for a in s.actions for r in s.resources}
        assert {
            ("glue:BatchGetPartition", "arn:db"),
            ("glue:GetDatabase", "arn:default"),
            ("s3:GetBucketLocation", "arn:log"),
            ("s3:GetBucketLocation", "arn:results"),
        } <= allowed
