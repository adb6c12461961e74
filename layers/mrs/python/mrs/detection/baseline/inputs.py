"""What every BaselineModel is given and what it returns, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.baseline.promoted import Promoted
from mrs.detection.baseline.scopes import Entry, Layout, StoreTable
from mrs.panels import SalesPanel


@dataclass(frozen=True)
class Lenders:
    """What stores with a short history borrow.

    Parameters
    ----------
    anchor
        The first day that the peers' fits did not look at.
    stores
        The P peers.
    coefficients, known
        P×F, what their fits say of each feature, and P, their trading days.
    """

    anchor: int
    stores: StoreTable
    coefficients: FloatArray
    known: FloatArray


@dataclass(frozen=True)
class BaselineInputs:
    """All that a baseline may look at.

    Parameters
    ----------
    panel
        The stores' sales. A value of a day may change the expectation of later days only.
    layout
        The same stores and days, for laying out promotions and calendar.
    promotions, calendar
        Entries, each with the day from which it was known.
    flagged
        S×T, days that were called anomalous before the anchor; they do not train.
    anchor
        First day (since 1970-01-01) that no fit may look at.
    peers
        A sample of the whole chain that does not depend on shards, from which stores with a short history borrow;
        None if no store needs it.
    lenders
        What a model knows of the peers already, if it does; then it needs no `peers`.
    begun
        First day (since 1970-01-01) on which one of the peers sold anything: a store that first sold long after it
        opened then. None if that is not known.
    """

    panel: SalesPanel
    layout: Layout
    promotions: Sequence[Entry]
    calendar: Sequence[Entry]
    flagged: BoolArray
    anchor: int
    peers: BaselineInputs | None = None
    lenders: Lenders | None = None
    begun: int | None = None

    def take(self, rows: IntArray, anchor: int) -> BaselineInputs:
        """Return the inputs of the stores at `rows`, to be fitted to what was before another anchor."""
        layout = Layout(self.layout.stores.take(rows), self.layout.first_day, self.layout.days)
        return replace(self, panel=self.panel.take(rows), layout=layout, flagged=self.flagged[rows], anchor=anchor)


@dataclass(frozen=True)
class Expectation:
    """What S stores were expected to sell on T days.

    Parameters
    ----------
    log_expected
        S×T, natural logarithm of the expected sales of a day on which the store is open.
    sigma
        S×T, usual spread of the log deviation; ±1.645 of it hold 90 % of quiet days.
    is_closed
        S×T, the store was expected to be closed.
    days_known
        S×T, trading days that the fit behind each day had.
    level_since
        S×T, first day (since 1970-01-01) of the lasting change of level that each day's expectation stands on, -1 for
        none; None if the model knows no such changes.
    may_be_combined
        Whether other forecasts may be added (`Held`); if not, as in a model of your own, `log_expected` stands.
    as_before
        T, by how much more (log) the whole chain would sell than expected if it stood out as it did on the last day
        with one of the day's names, a month or a year before, NaN where it did not; None if that is not known.
    promoted
        Which stores share their promotions, and how far these usually are off; None if that is not known.
    """

    log_expected: FloatArray
    sigma: FloatArray
    is_closed: BoolArray
    days_known: FloatArray
    level_since: IntArray | None = None
    may_be_combined: bool = False
    as_before: FloatArray | None = None
    promoted: Promoted | None = None
