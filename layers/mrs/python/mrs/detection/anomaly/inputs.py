"""What every AnomalyClassifier is given and what it returns, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.baseline.promoted import Promoted
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.categories import CategoryEvidence
from mrs.detection.context import first_year_ends
from mrs.detection.params import CHAIN_HALFWAY
from mrs.detection.predictions import PredictionPanel


@dataclass(frozen=True)
class AnomalyInputs:
    """All that a classifier may look at.

    Parameters
    ----------
    stores
        The S stores of all shards.
    deviation
        S×T, log of observed over expected sales; NaN where a store is closed or nothing is known.
    sigma
        S×T, usual spread of that.
    is_reference
        S, True for reference stores: those whose deviations count as evidence for other stores.
    rows
        The R stores that are wanted.
    first
        The first of the T days that is wanted; those before are for warming up.
    context
        S×T by name: what kind of day it is.
    panel
        What was observed and expected on these days, for rules about the data themselves; None if there is none.
    split
        R×D evidence by category; None where sales are not split.
    missing_after_days
        Trading days without data after which a store should be reported.
    is_young
        Whether the chain has seen few holidays so far.
    near_holiday
        S×T, public holidays of the store's calendar and the days beside them; None without a calendar.
    promoted
        Which stores share their promotions, and how far these usually are off; None: nowhere is one.
    began
        The chain's first day, since 1970-01-01; None if that is not known.
    """

    stores: StoreTable
    deviation: FloatArray
    sigma: FloatArray
    is_reference: BoolArray
    rows: IntArray
    first: int
    context: Mapping[str, FloatArray]
    panel: PredictionPanel | None = None
    split: CategoryEvidence | None = None
    missing_after_days: int = 3
    is_young: bool = False
    near_holiday: BoolArray | None = None
    promoted: Promoted | None = None
    began: int | None = None

    @property
    def unseen_days(self) -> BoolArray:
        """S×T, days on which the chain as a whole may sell what it has hardly seen before.

        They are those near a common closing day or a public holiday, if it is young, and the ends of its first years.
        """
        near = self.context["near_holiday"] > 0
        holidays = self.is_young & (near if self.near_holiday is None else near | self.near_holiday)
        if self.began is None or self.panel is None:
            return holidays
        return holidays | first_year_ends(self.panel.first_day, holidays.shape[1], self.began)[None, :]


@dataclass(frozen=True)
class OwnRules:
    """How far the whole chain and a category must leave the usual to be as likely as not an event, by the chain's past.

    Parameters
    ----------
    chain_halfway
        In usual spreads of the common part.
    category_shift
        What is taken off the log odds that a category gives.
    is_young
        Whether the past is shorter than what is learned from as a rule, so that it holds few holidays.
    began
        The chain's first day, since 1970-01-01; None if that is not known.
    """

    chain_halfway: float = CHAIN_HALFWAY
    category_shift: float = 0.0
    is_young: bool = False
    began: int | None = None


@dataclass(frozen=True)
class Judgement:
    """What a classifier says of R stores on D days.

    Parameters
    ----------
    up, down
        R×D, probability that the day is anomalous to that side; NaN where nothing can be said.
    z
        R×D, own deviation without what all stores share, in sigmas.
    common
        T, what all stores share on each day (log), the days before the first wanted one included.
    parts
        R×D by name: the evidence behind the score.
    fault
        R×D, name of the fault of the data that was found, empty for none; None if the classifier looks for none.
    prevalence
        D, share of the chain's store-days with an event lately at which scores are probabilities, larger where quiet
        days are calmer than the past's; thresholds move with it, so that they are the same. None: `BASE_RATE` always.
    """

    up: FloatArray
    down: FloatArray
    z: FloatArray
    common: FloatArray
    parts: Mapping[str, FloatArray]
    fault: npt.NDArray[np.object_] | None = None
    prevalence: FloatArray | None = None
