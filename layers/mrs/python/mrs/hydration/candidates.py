"""Lists of names in Arrow columns: unions, and the JSON that alternatives are kept as."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

_NAMES = pa.list_(pa.field("element", pa.string()))


def union_of_lists(columns: Sequence[pa.ChunkedArray]) -> pa.Array:
    """Return the sorted union of several list columns, row by row; null counts as empty.

    Each distinct combination is worked out once, however many rows share it.
    """
    texts = [pc.fill_null(pc.binary_join(column, "\n"), "") for column in columns]
    joined = pc.binary_join_element_wise(*texts, "\n").combine_chunks().dictionary_encode()
    unions = [sorted({name for name in text.split("\n") if name}) for text in joined.dictionary.to_pylist()]
    return pa.array(unions, _NAMES).take(joined.indices)


def filled(column: pa.ChunkedArray) -> pa.Array:
    """Return a list column with an empty list for null."""
    return union_of_lists([column])


def candidates_json(causes: pa.ChunkedArray, confidences: pa.ChunkedArray, unseen: pa.ChunkedArray) -> pa.Array:
    """Return `[{"cause": …, "confidence": …}, …]` a row, in the given order; null where there are no candidates.

    A candidate that no feed can show has `"unseen": true`, too.
    """
    texts = [
        None if names is None else json.dumps([_candidate(*one) for one in zip(names, shares, hidden, strict=True)])
        for names, shares, hidden in zip(causes.to_pylist(), confidences.to_pylist(), unseen.to_pylist(), strict=True)
    ]
    return pa.array(texts, pa.string())


def _candidate(cause: str, confidence: float, is_unseen: bool) -> dict[str, object]:
    said: dict[str, object] = {"cause": cause, "confidence": round(confidence, 6)}
    return said | {"unseen": True} if is_unseen else said
