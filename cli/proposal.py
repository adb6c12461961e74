"""Proposes a `landing.toml` from the files: what can be seen is filled in, what has two readings is asked."""

from __future__ import annotations

import csv
import fnmatch
import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

import pyarrow as pa
from mrs.contracts import DATASETS, Kind
from mrs.landing.coerce import DAY, EXCEL_DAYS, INSTANT, plain_numbers
from mrs.landing.excel import SUFFIX as EXCEL
from mrs.landing.excel import sheet_table
from mrs.landing.files import NAMES, READ_AS_TEXT, SALES, stem_of

SAMPLE_ROWS = 20_000
MOST_TITLE_LINES = 10
SAME_STORES = 0.8
EXCEL_SPAN = 32_874, 73_050
"""The years 1990 to 2099, as Excel counts days."""
SEPARATORS = (",", ";", "\t", "|")
DATE_FORMATS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
)
WORDS: Mapping[str, tuple[str, ...]] = {
    name: tuple(words.split(", "))
    for name, words in {
        "store_id": "storeid, store nr, store no, store number, store code, shop id, shop nr, shop number, filialnr, "
        "filial nr, filialnummer, filial nummer, marktnr, markt nr, store, shop, filiale, markt, branch, outlet, site, "
        "location, loja, tienda, magasin, negozio, winkel",
        "date": "datum, day, tag, fecha, data, jour, giorno, business date, trading date, transaction date, "
        "sales date, verkaufsdatum, umsatzdatum, buchungsdatum, belegdatum",
        "sales": "umsatz, umsätze, umsaetze, erlös, erlöse, erloes, revenue, turnover, amount, ventas, vendas, "
        "chiffre d affaires, ca, omzet, netto, nettoumsatz, value, betrag, importe",
        "units": "qty, quantity, menge, stueck, stück, stk, absatz, anzahl, pieces, unidades, quantite, quantité, "
        "pezzi",
        "price": "preis, verkaufspreis, vk preis, unit price, prix, precio, prezzo",
        "category": "warengruppe, department, dept, family, sparte, categoria, categorie, catégorie, product group",
        "is_open": "open, open flag, geoeffnet, geöffnet, opened, offen",
        "retailer": "banner, chain, company, kette, vertriebslinie, handelskette, vertriebsschiene, insegna, enseigne",
        "region": "bundesland, state, area, gebiet, bezirk, province, regione, região, région, regio, district",
        "latitude": "lat, breite, breitengrad",
        "longitude": "lon, lng, long, laenge, länge, längengrad, laengengrad",
    }.items()
}
"""What columns are called elsewhere, in lower case, with signs as spaces; the likelier name first."""
BESIDE = (
    *("in", "eur", "euro", "usd", "gbp", "chf", "net", "netto", "gross", "brutto", "total", "gesamt", "amount", "ist"),
    *("actual", "incl", "inkl", "excl", "exkl", "vat", "mwst", "ust"),
)
"""Words beside a name that do not change what the column is, as in `Umsatz in EUR (netto)`."""


@dataclass
class Proposal:
    """A mapping as text, and the questions that the data do not answer.

    Parameters
    ----------
    tables
        The keys of each dataset's table.
    questions
        One line each: what has two readings, and how to settle it.
    store_ids
        The store ids of each file.
    """

    tables: dict[str, dict[str, object]] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    store_ids: list[set[str]] = field(default_factory=list)

    def toml(self) -> str:
        """Return the mapping as the text of a `landing.toml`."""
        lines = ["# How these files are read; written by `mrs check --write-mapping`, see docs/landing.md.", ""]
        lines += [f"# QUESTION: {question}" for question in self.questions]
        for name, table in self.tables.items():
            lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
        return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return _toml(value[0]) if len(value) == 1 else "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool | int):
        return str(value).lower()
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def proposed(files: Mapping[str, bytes]) -> Proposal:
    """Return a mapping for the text files among landing files; Parquet files need one for their columns' names only."""
    proposal = Proposal()
    groups: dict[str, list[str]] = {}
    for name in sorted(files):
        if name.lower().endswith((*READ_AS_TEXT, EXCEL)):
            groups.setdefault(_dataset_of(name, files[name]), []).append(name)
    for dataset, names in groups.items():
        if dataset:
            _of_dataset(dataset, names, files, proposal)
        else:
            proposal.questions.append(f'{", ".join(names)}: which dataset is it? Add a table with files = "{names[0]}"')
    if _padded_in_some(proposal.store_ids):
        proposal.tables.setdefault(SALES, {})["store_ids"] = "number"
    return proposal


def _of_dataset(dataset: str, names: Sequence[str], files: Mapping[str, bytes], proposal: Proposal) -> None:
    samples = {name: _sampled(name, files[name]) for name in names}
    texts = [s for name, s in samples.items() if not name.lower().endswith(EXCEL)] or list(samples.values())
    table: dict[str, object] = {}
    if any(_own_name(n) != dataset for n in names):
        table["files"] = _globs(names, files)
    if len({s.separator for s in texts}) > 1:
        proposal.questions.append(f"{dataset}: its files have different separators: land them in one form")
    if texts[0].separator != ",":
        table["separator"] = texts[0].separator
    encoding = next((s.encoding for s in texts if s.encoding != "utf-8"), "utf-8")
    if encoding != "utf-8":
        table["encoding"] = encoding
    if texts[0].skipped:
        table["skip_lines"] = texts[0].skipped
    named = understood(dataset, texts[0].header)
    if columns := {c: h for c, h in named.items() if c != h}:
        table["columns"] = columns
    for column in (c for c in DATASETS[dataset].columns if not c.nullable and c.name not in named):
        there = ", ".join(map(repr, texts[0].header))
        proposal.questions.append(f"{dataset}: which column is {column.name}? Say columns (found: {there})")
    types = {c.name: c.type_name for c in DATASETS[dataset].columns}
    values = {c: [v for s in samples.values() for v in s.values(h)] for c, h in named.items()}
    _numbers(dataset, [v for c in values if types[c] == "double" for v in values[c]], table, proposal)
    _dates(dataset, [v for c in values if types[c] == "date" for v in values[c]], table, proposal)
    proposal.store_ids += [set(s.values(named["store_id"])) for s in samples.values() if "store_id" in named]
    if table:
        proposal.tables[dataset] = table


def _padded_in_some(ids: Sequence[set[str]]) -> bool:
    """Whether most stores of one file are those of another, but for leading zeros, and no file has both forms."""
    padded = {i for own in ids for i in own if re.fullmatch(r"0+\d+", i)}
    plain = {i for own in ids for i in own if i.isdigit() and not i.startswith("0")}
    both = {i for i in padded if i.lstrip("0") in plain}
    mixed = any(i in own and i.lstrip("0") in own for i in both for own in ids)
    return bool(both) and not mixed and len(both) >= SAME_STORES * min(len(padded), len(plain))


@dataclass(frozen=True)
class _Sample:
    """How a file is written, how many lines stand above its header, and its first rows as text."""

    encoding: str
    separator: str
    header: list[str]
    rows: list[list[str]]
    skipped: int = 0

    def values(self, column: str) -> list[str]:
        """Return the values of a column that are given; none where the file has no such column."""
        if column not in self.header:
            return []
        at = self.header.index(column)
        return [row[at].strip() for row in self.rows if row[at].strip()]


def _sampled(name: str, body: bytes) -> _Sample:
    """Return a sample of a file, without the numbers and dates that Excel has typed: nothing is open about them."""
    if name.lower().endswith(EXCEL):
        whole = sheet_table(body).slice(0, SAMPLE_ROWS)
        texts = [_untyped(n, whole[n]) for n in whole.column_names]
        return _Sample("utf-8", ",", list(whole.column_names), [list(row) for row in zip(*texts, strict=True)])
    encoding, text = _decoded(body)
    lines = text.splitlines()[: SAMPLE_ROWS + 1]
    separator = _separator(lines[MOST_TITLE_LINES:] or lines)
    skipped = _title_lines(lines, separator)
    rows = list(csv.reader(lines[skipped:], delimiter=separator)) or [[]]
    return _Sample(encoding, separator, rows[0], [r for r in rows[1:] if len(r) == len(rows[0])], skipped)


def _title_lines(lines: Sequence[str], separator: str) -> int:
    """Return how many lines stand above the header: those with fewer fields than nearly all below have."""
    widths = [len(row) for row in csv.reader(lines[:50], delimiter=separator)]
    usual = max(widths, key=widths.count, default=0)
    return next((k for k, width in enumerate(widths[: MOST_TITLE_LINES + 1]) if width == usual), 0)


def _untyped(name: str, column: pa.ChunkedArray) -> list[str]:
    if pa.types.is_string(column.type):
        return [v or "" for v in column.to_pylist()]
    if {"store_id", "date"} & understood(SALES, [name]).keys() and pa.types.is_floating(column.type):
        return [str(int(v)) if v is not None and v == int(v) else "" for v in column.to_pylist()]
    return [""] * len(column)


def understood(dataset: str, header: Sequence[str]) -> dict[str, str]:
    """Return the file's column for each of the contract's columns that can be recognised by its name.

    A column of sales is recognised only if no other could be one.
    """
    found: dict[str, str] = {}
    plain = {h: _plain(h) for h in header}
    short = {h: " ".join(w for w in p.split() if w not in BESIDE) or p for h, p in plain.items()}
    for column in DATASETS[dataset].columns:
        names = (column.name.replace("_", " "), *WORDS.get(column.name, ()))
        exact = [h for wanted in names for h, p in plain.items() if p == wanted and h not in found.values()]
        like = [h for wanted in names for h, p in short.items() if p == wanted and h not in found.values()]
        hits = exact or like
        if hits and (column.name != "sales" or exact[:1] == [column.name] or len({*exact, *like}) == 1):
            found[column.name] = hits[0]
    return found


def _plain(name: str) -> str:
    """Return a column's name in lower case, its words apart: `StoreId` and `Store-ID` are `store id`."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", name.strip())
    return re.sub(r"[^0-9a-zà-ÿ]+", " ", apart.lower()).strip()


def _dataset_of(name: str, body: bytes) -> str:
    own = _own_name(name)
    if own in NAMES:
        return own
    header = _sampled(name, body).header
    fits = []
    of_sales = understood(SALES, header)
    for ds in (d for d in DATASETS.values() if d.kind is Kind.LANDING):
        named = understood(ds.name, header)
        if "date" in of_sales and not {"date", "start_date"} & {c.name for c in ds.columns}:
            continue
        needed = [c.name for c in ds.columns if not c.nullable]
        if all(n in named for n in needed):
            fits.append((len(named), ds.name == SALES, ds.name))
    if not fits and {"store_id", "date"} <= of_sales.keys():
        return SALES
    return max(fits)[2] if fits else ""


def _own_name(name: str) -> str:
    path = PurePosixPath(name)
    return path.parts[0] if len(path.parts) > 1 else stem_of(path.name)


def _globs(names: Sequence[str], every: Mapping[str, bytes]) -> list[str]:
    """Return a glob for the files of each ending, or their names where it would take in others."""
    found = []
    for suffix in sorted({name[len(stem_of(name)) :] for name in names}):
        own = [name for name in names if name[len(stem_of(name)) :] == suffix]
        start = _common_start(own) if len(own) > 1 else ""
        globs = [f"{s}*{suffix}" for s in (start.rstrip("0123456789"), start) if s]  # the next year's file fits too
        found += next(([glob] for glob in globs if set(fnmatch.filter(every, glob)) == set(own)), own)
    return found


def _common_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    return first[: next((k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


def _decoded(body: bytes) -> tuple[str, str]:
    if body.startswith(b"\x1f\x8b"):
        body = gzip.decompress(body)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", body.decode("utf-16")
    try:
        return "utf-8", body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252", body.decode("cp1252", errors="replace")


def _separator(lines: Sequence[str]) -> str:
    counts = {s: [len(r) for r in csv.reader(lines[:50], delimiter=s)] for s in SEPARATORS}

    def fitness(separator: str) -> tuple[bool, bool, int]:
        fields = counts[separator]
        return min(fields, default=0) > 1, len(set(fields)) == 1, min(fields, default=0)

    return max(SEPARATORS, key=fitness)


def _numbers(dataset: str, values: Sequence[str], table: dict[str, object], proposal: Proposal) -> None:
    """Propose the decimal sign and the sign between groups of digits."""
    values = plain_numbers(pa.array(values, pa.string())).to_pylist()

    def count(pattern: str) -> int:
        return sum(1 for v in values if re.fullmatch(pattern, v))

    comma_decimal = count(r"[+-]?\d+(\.\d{3})*,\d{1,2}|[+-]?\d+,\d{4,}")
    point_decimal = count(r"[+-]?\d+(,\d{3})*\.(\d{1,2}|\d{4,})")
    comma_grouped, point_grouped = count(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"), count(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
    spaced = count(r"[+-]?\d{1,3}( \d{3})+([.,]\d+)?")
    swiss = count(r"[+-]?\d{1,3}('\d{3})+([.,]\d+)?")
    if comma_decimal and point_decimal:
        proposal.questions.append(
            f"{dataset}: some numbers have a decimal comma, others a decimal point: land them in one form"
        )
    elif comma_decimal:
        table["decimal"] = ","
        if point_grouped:
            table["thousands"] = "."
    elif point_decimal and comma_grouped:
        table["thousands"] = ","
    elif not point_decimal and (comma_grouped or point_grouped):
        sign = "," if comma_grouped else "."
        example = next(v for v in values if sign in v)
        proposal.questions.append(
            f"{dataset}: is {example!r} a grouped number or one with three decimals? "
            f'Say thousands = "{sign}", or ' + ('decimal = ","' if sign == "," else 'thousands = ""')
        )
    if (spaced or swiss) and "thousands" not in table:
        table["thousands"] = " " if spaced else "'"


def _dates(dataset: str, values: Sequence[str], table: dict[str, object], proposal: Proposal) -> None:
    """Propose the format that every date fits; ask where two formats fit and mean different days."""
    distinct = sorted(set(values))
    fits = [f for f in DATE_FORMATS if distinct and all(_is_date(v, f) for v in distinct)]
    if not fits:
        if distinct and all(v.isdigit() and EXCEL_SPAN[0] <= int(v) <= EXCEL_SPAN[1] for v in distinct):
            table["date_format"] = EXCEL_DAYS
        elif distinct and all(re.match(INSTANT, v) for v in distinct):
            if not all(re.match(DAY, v) for v in distinct):
                proposal.questions.append(
                    f"{dataset}: {distinct[0]!r} is an instant: where does its day begin? "
                    'Say timezone, e.g. "Europe/Lisbon"'
                )
        elif distinct and not all(re.match(r"\d{4}-\d\d-\d\d", v) for v in distinct):
            proposal.questions.append(f"{dataset}: how is the date {distinct[0]!r} written? Say date_format")
        return
    days = {f: [datetime.strptime(v, f) for v in distinct] for f in fits}  # noqa: DTZ007 (days only)
    differing = [f for f in fits if days[f] != days[fits[0]]]
    if differing:
        spans = {f: (max(days[f]) - min(days[f])).days for f in fits}
        dense = [f for f in fits if spans[f] + 1 <= 1.5 * len(distinct)]
        if len(dense) != 1:
            proposal.questions.append(f"{dataset}: is {distinct[0]!r} written as {' or '.join(fits)}? Say date_format")
            return
        fits = dense
    if fits[0] != "%Y-%m-%d":
        table["date_format"] = fits[0]


def _is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 (a day only)
    except ValueError:
        return False
    return True
