"""`landing.toml` proposed from the data: what the files show is written down, what they leave open is asked."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from mrs.landing.dates import possible_formats, read_dates
from mrs.landing.decode import kind_of
from mrs.landing.files import NAMES, SALES, SUFFIXES, suffix_of
from mrs.landing.mapping import FILE
from mrs.landing.numbers import possible_styles, tidy
from mrs.landing.rejected import as_text

SEPARATORS = (",", ";", "\t", "|")
MOSTLY = 0.95
WORDS: dict[str, tuple[str, ...]] = {
    "store_id": ("store", "shop", "filial", "markt", "site", "branch", "outlet", "location", "loja", "tienda",
                 "magasin", "negozio", "winkel", "standort"),
    "date": ("date", "datum", "day", "tag", "fecha", "data", "jour", "giorno"),
    "sales": ("sales", "umsatz", "revenue", "turnover", "amount", "betrag", "venta", "vendas", "chiffre", "omzet",
              "net", "value"),
    "units": ("units", "quantity", "qty", "menge", "stueck", "stück", "unidades", "pieces"),
    "price": ("price", "preis", "precio", "prix"),
    "is_open": ("open", "geoeffnet", "geöffnet", "abierto"),
    "category": ("category", "kategorie", "warengruppe", "department", "dept", "family", "familia", "abteilung",
                 "sortiment"),
}  # fmt: skip
NEEDED = ("store_id", "date", "sales")


@dataclass
class _Feed:
    """What the files of one dataset show."""

    files: list[str] = field(default_factory=list)
    keys: dict[str, object] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[pa.Array]] = field(default_factory=dict)


def proposal(files: Mapping[str, bytes]) -> tuple[str, list[str]]:
    """Return the text of `landing.toml`, and a question for each thing that the data leaves open."""
    feed, questions, others = _Feed(), list[str](), list[str]()
    for name in sorted(files):
        if suffix_of(name).lower() not in SUFFIXES:
            continue
        own = name.split("/")[0].removesuffix(suffix_of(name))
        if own in NAMES and own != SALES:
            continue
        try:
            table, dialect = _read(name, files[name])
        except (pa.ArrowException, OSError, ValueError, csv.Error) as error:
            questions.append(f"{name}: cannot be read: {' '.join(str(error).split())[:120]}")
            continue
        found = _columns(table)
        missing = [c for c in NEEDED if c not in found]
        if own != SALES and missing:
            others.append(f"{name}: no sales (no column for {', '.join(missing)})")
            continue
        feed.files.append(name)
        for key, value in dialect.items():
            if feed.keys.setdefault(key, value) != value:
                questions.append(f"{name}: {key} is {value!r}, and {feed.keys[key]!r} elsewhere: make the files alike")
        for ours, theirs in found.items():
            if feed.columns.setdefault(ours, theirs) != theirs:
                questions.append(f"{name}: {ours} is called {theirs!r}, and {feed.columns[ours]!r} elsewhere")
            feed.values.setdefault(ours, []).append(as_text(table[theirs]))
        if missing:
            questions.append(f"{name}: no column for {', '.join(missing)} (found: {', '.join(table.column_names)})")
    if not feed.files:
        questions.append(f"no file holds sales by store and date; {'; '.join(others) or 'there is none'}")
    _forms(feed, questions)
    return _text(feed, questions, others), questions


def _read(name: str, body: bytes) -> tuple[pa.Table, dict[str, object]]:
    """Return a file as text columns or typed ones, and how it is to be read where it is not the contract's way."""
    kind = kind_of(name)
    if kind == "parquet":
        return pq.read_table(pa.BufferReader(body), use_threads=False), {}
    if kind == "xlsx":
        import pandas as pd

        frame = pd.read_excel(io.BytesIO(body), engine="calamine", dtype=str)
        return pa.table([pa.Array.from_pandas(frame[c]) for c in frame.columns], names=list(map(str, frame))), {}
    if name.lower().endswith(".gz"):
        body = gzip.decompress(body)
    encoding = _encoding(body)
    text = body.decode(encoding)
    separator = _separator(text)
    table = pacsv.read_csv(
        io.BytesIO(text.encode()),
        read_options=pacsv.ReadOptions(use_threads=False),
        parse_options=pacsv.ParseOptions(delimiter=separator, invalid_row_handler=lambda _: "skip"),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(next(csv.reader([text.split("\n", 1)[0].strip("\r")], delimiter=separator)),
                                       pa.string()),
            strings_can_be_null=True, null_values=[""],
        ),
    )  # fmt: skip
    dialect: dict[str, object] = {}
    if separator != ",":
        dialect["separator"] = separator
    if encoding != "utf-8-sig":
        dialect["encoding"] = encoding
    return table, dialect


def _encoding(body: bytes) -> str:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _separator(text: str) -> str:
    """Return the sign that cuts the first lines into the same number of columns, the most of them."""
    lines = [line for line in text.split("\n", 20)[:20] if line.strip()]

    def columns(mark: str) -> int:
        counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
        return counts[0] if counts and sum(c == counts[0] for c in counts) >= MOSTLY * len(counts) else 0

    return max(SEPARATORS, key=lambda mark: (columns(mark), -SEPARATORS.index(mark)))


def _columns(table: pa.Table) -> dict[str, str]:
    """Return the header that each column of the contract has in a table, by its name and by what it holds."""
    found: dict[str, str] = {}
    for ours, words in WORDS.items():
        named = [h for h in table.column_names if h not in found.values()]
        exact = [h for h in named if h.strip().lower() == ours]
        like = [h for h in named if any(w in h.lower() for w in words) and _can_be(table[h], ours)]
        like.sort(key=lambda h: next(k for k, w in enumerate(words) if w in h.lower()))
        if exact or like:
            found[ours] = (exact or like)[0]
    rest = [h for h in table.column_names if h not in found.values()]
    for ours in ("date", "sales"):
        able = [h for h in rest if _can_be(table[h], ours)]
        if ours not in found and len(able) == 1:
            found[ours] = able[0]
            rest.remove(able[0])
    if "store_id" not in found and len(rest) == 1:
        found["store_id"] = rest[0]
    return found


def _can_be(column: pa.ChunkedArray, ours: str) -> bool:
    """Whether a column's values fit what the contract wants of it."""
    if ours in ("store_id", "category", "is_open"):
        return True
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        is_day = pa.types.is_temporal(kind)
        return bool(is_day if ours == "date" else pa.types.is_integer(kind) or pa.types.is_floating(kind)) or (
            pa.types.is_decimal(kind) and ours != "date"
        )
    values = pc.unique(as_text(column)).drop_null()
    if not len(values):
        return False
    if ours == "date":
        forms = possible_formats(values)
        zone = "UTC" if forms and "%H" in forms[0] else None
        read = read_dates(values.to_pylist(), forms[0], zone) if forms else [None]
        return sum(d is not None for d in read) >= MOSTLY * len(read)
    styles = possible_styles(values)
    return bool(styles) and styles[0].plain(tidy(values)).null_count <= (1 - MOSTLY) * len(values)


def _forms(feed: _Feed, questions: list[str]) -> None:
    """Add how dates and numbers are written; ask where two readings are possible."""
    if "date" in feed.values:
        forms = possible_formats(pa.chunked_array(feed.values["date"], pa.string()))
        if len(forms) > 1:
            questions.append(f"{feed.columns['date']}: dates may be {' or '.join(forms)}: say date_format in {FILE}")
        elif forms and forms[0] != "%Y-%m-%d":
            feed.keys["date_format"] = forms[0]
            if "%H" in forms[0] and "00:00:00" not in str(feed.values["date"][0][0]):
                questions.append(f"{feed.columns['date']}: instants: say timezone in {FILE}, such as Europe/Lisbon")
    numbers = [a for name in ("sales", "units", "price") for a in feed.values.get(name, [])]
    if numbers:
        styles = possible_styles(pa.concat_arrays([pa.array(pc.unique(a).to_pylist(), pa.string()) for a in numbers]))
        if len(styles) > 1:
            said = " or ".join(s.words for s in styles)
            questions.append(f"{feed.columns['sales']}: numbers can be read in two ways: say {said} in {FILE}")
        elif styles and styles[0].words != 'decimal = "."':
            feed.keys["decimal"] = styles[0].decimal
            if styles[0].thousands:
                feed.keys["thousands"] = styles[0].thousands


def _text(feed: _Feed, questions: Sequence[str], others: Sequence[str]) -> str:
    """Return the mapping as TOML; a JSON string is a TOML string."""
    lines = ["# How the files in this folder are read; proposed by mrs check --write-mapping."]
    lines += [f"# To settle: {q}" for q in questions] + [f"# Left out: {o}" for o in others]
    lines += ["", f"[{SALES}]", f"files = {json.dumps(feed.files)}"]
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in feed.keys.items()]
    renamed = {ours: theirs for ours, theirs in feed.columns.items() if ours != theirs}
    if renamed:
        lines += ["", f"[{SALES}.columns]"]
        lines += [f"{ours} = {json.dumps(theirs, ensure_ascii=False)}" for ours, theirs in renamed.items()]
    return "\n".join(lines) + "\n"
