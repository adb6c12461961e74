"""Numbers as people write them: which ways of reading a column are possible, and the column read in one of them."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

EXPONENT = r"([eE][+-]?\d+)?"
SPACES = "[ \u00a0\u202f]"


@dataclass(frozen=True)
class NumberStyle:
    """Which sign stands before decimals and which one between thousands ("" for none)."""

    decimal: str = "."
    thousands: str = ""

    @property
    def pattern(self) -> str:
        """What a number so written looks like, without its sign."""
        point = "\\" + self.decimal
        plain = rf"(\d+{point}?\d*|{point}\d+){EXPONENT}"
        if not self.thousands:
            return rf"^[+-]?{plain}$"
        mark = SPACES if self.thousands == " " else "\\" + self.thousands
        return rf"^[+-]?([1-9]\d{{0,2}}({mark}\d{{3}})+({point}\d*)?|{plain})$"

    def plain(self, text: pa.Array) -> pa.Array:
        """Return the numbers with a point before decimals and nothing between thousands; null where one is not so."""
        fits = pc.fill_null(pc.match_substring_regex(text, self.pattern), False)
        text = pc.if_else(fits, text, None)
        if self.thousands == " ":
            text = pc.replace_substring_regex(text, SPACES, "")
        elif self.thousands:
            text = pc.replace_substring(text, self.thousands, "")
        return text if self.decimal == "." else pc.replace_substring(text, ",", ".")

    @property
    def words(self) -> str:
        """How `landing.toml` says it."""
        return f'decimal = "{self.decimal}"' + (f', thousands = "{self.thousands}"' if self.thousands else "")


PLAIN_STYLE = NumberStyle()
STYLES = tuple(
    NumberStyle(*pair) for pair in ((".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"))
)


def tidy(text: pa.Array) -> pa.Array:
    """Return numbers without what money wears: currency signs, a minus behind, brackets around what is below zero."""
    text = pc.utf8_trim_whitespace(text)
    text = pc.replace_substring_regex(text, r"^(EUR|USD|GBP|CHF|[€$£])\s*|\s*(EUR|USD|GBP|CHF|[€$£])$", "")
    text = pc.replace_substring(text, "\u2212", "-")
    text = pc.replace_substring_regex(text, r"^\((.*)\)$", r"-\1")
    return pc.replace_substring_regex(text, r"^([^-].*)-$", r"-\1")


def possible_styles(text: pa.Array) -> list[NumberStyle]:
    """Return the ways of reading that read the most values, those that read all values alike counting once.

    More than one means that the values do not tell: `1.234` is a little more than one, or over a thousand.
    """
    values = pc.unique(tidy(text)).drop_null()
    read = {style: pc.cast(style.plain(values), pa.float64()) for style in STYLES}
    most = max((len(r) - r.null_count for r in read.values()), default=0)
    if not most:
        return []
    found: list[NumberStyle] = []
    for style, numbers in read.items():
        if len(numbers) - numbers.null_count == most and not any(numbers.equals(read[other]) for other in found):
            found.append(style)
    return found
