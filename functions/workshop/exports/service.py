"""Exports: a hydrated dataset as a file behind a signed link. In CSV, text that a spreadsheet would run is disarmed."""

from __future__ import annotations

import hashlib
import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from mrs.contracts import Dataset, dataset
from mrs.environment import client
from mrs.store.links import signed_link
from mrs.store.objects import ObjectStore, parquet_bytes

from functions.workshop.exports.models import Export, ExportRequest
from functions.workshop.http.parameters import When
from functions.workshop.state.context import RequestContext
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View, view_at

EXPIRES_SECONDS = 900
# What makes a spreadsheet take a cell for a formula, full-width forms included, with what it strips before that. A
# spreadsheet whose list separator is the semicolon begins a cell after each one.
_FORMULA = r"(^|;)([\s\x00]*[=+\-@\t\r\n|＝＋－＠｜])"


def export(context: RequestContext, request: ExportRequest) -> Export:
    """Write a dataset of a state to a file and return a link to it that expires after EXPIRES_SECONDS.

    Raises
    ------
    NotFoundError
        If the run has no state at that time.
    """
    view = view_at(context, When.model_validate({"run_id": request.run_id, "as_of": request.as_of}))
    tick = view.tick()
    table = _table(view, dataset(request.dataset))
    body = _csv(table) if request.format == "csv" else parquet_bytes(table)
    digest = hashlib.sha256(body).hexdigest()
    name = f"{request.dataset}-{view.run_id}-{tick}.{request.format}"
    key = f"exports/{digest[:32]}/{name}"
    store = ObjectStore(context.stack.export_bucket, client("s3"))
    store.create(key, body, digest)
    kind = "text/csv; charset=utf-8" if request.format == "csv" else "application/octet-stream"
    link = signed_link(store.bucket, key, file_name=name, content_type=kind, seconds=EXPIRES_SECONDS)
    return Export(
        url=link,
        expires_in=EXPIRES_SECONDS,
        file_name=name,
        rows=table.num_rows,
        bytes=len(body),
        state=view.described(),
    )


def _table(view: View, ds: Dataset) -> pa.Table:
    """Return the dataset as the API serves it, pending edits applied."""
    for kind in (REPORTS, EVENTS):
        if kind.snapshot is ds:
            return view.objects(kind).table
    return view.hydrated_dataset(ds.name)


def _csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    flat = pa.table([_as_text(table[name]) for name in table.column_names], names=table.column_names)
    pacsv.write_csv(flat, sink, pacsv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as CSV holds it: lists joined by semicolons, an apostrophe before each formula."""
    if pa.types.is_list(column.type):
        column = pc.binary_join(column, ";")
    if pa.types.is_string(column.type):
        return pc.replace_substring_regex(column, _FORMULA, r"\1'\2")
    return column
