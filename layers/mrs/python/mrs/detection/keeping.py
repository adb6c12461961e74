"""The kept fits of refit periods in the log bucket: which one an execution may use, and the keeping of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pyarrow as pa

from mrs.arrays import EPOCH, epoch_days
from mrs.contracts import dataset
from mrs.detection.expectation import SALES, STORES
from mrs.detection.kept_period import KeptPeriod
from mrs.detection.params import HISTORY_DAYS
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.identity import hash_of_files
from mrs.models.protocols import FittedBaseline
from mrs.models.registry import BASELINE_MODELS
from mrs.stage import KEPT, Read, Span, StageContext
from mrs.stage.reading import read, visible_to
from mrs.store.kept import keep, kept_names, kept_tables, made_of
from mrs.store.keys import LogKey
from mrs.store.log_store import in_force, newest_of_key
from mrs.store.objects import StoredObject

PERIOD = f"{KEPT}refit period"
"""What a prediction is given of an earlier one, and gives for later ones where `WANTED` asks for it."""
LENDERS = f"{KEPT}its lenders"
SINCE = f"{KEPT}sales since its anchor"
NAME = f"{KEPT}its name"
WANTED = "wanted: refit period"
_SALES = Read(SALES, Span.UNTIL, sharded=True, bare=True)


@dataclass(frozen=True)
class KeptPeriods:
    """What is kept of an execution's refit period.

    Parameters
    ----------
    context
        The execution.
    anchor
        The first day of the period, since 1970-01-01.
    sales, judged
        The objects of the logs that fits of the period are made of, and those of the period's own ticks.
    """

    context: StageContext
    anchor: int
    sales: list[tuple[LogKey, StoredObject]]
    judged: list[tuple[LogKey, StoredObject]]

    @classmethod
    def of(cls, context: StageContext, anchor: int) -> KeptPeriods:
        """Return it after a look at the lists of the logs."""
        event, first = context.event, EPOCH + timedelta(days=anchor - HISTORY_DAYS)
        sales, judged = dataset(SALES), dataset(CLASSIFIER)
        seen, last = visible_to(event), EPOCH + timedelta(days=anchor - 1)
        return cls(
            context,
            anchor,
            context.logs.find(sales, event.run_id, first=first, last=event.last_tick, visible=seen),
            in_force(judged, context.logs.find(judged, event.run_id, first=first, last=last)),
        )

    def find(self, told: Mapping[str, pa.Table]) -> dict[str, pa.Table] | None:
        """Return a kept period that holds still, and the sales since its anchor; None if there is none.

        Only what an earlier tick has kept counts, so that a tick that runs again works as it did. `told` holds what is
        told of stores, promotions and calendar.
        """
        event, objects, settings = self.context.event, self.context.logs.objects, self.context.settings.detect
        for name in reversed(kept_names(objects, BASELINE, event.run_id, f"{self._anchor:%Y-%m-%d}_")):
            _, last, part, made, _ = name.split("_")
            tick = date.fromisoformat(last)
            if tick >= event.first_tick or part != event.part or made != self._made_of(tick):
                continue
            table, lent, before = kept_tables(objects, BASELINE, event.run_id, name)
            period = KeptPeriod.of(table, lent, told[STORES])
            new = read(self.context, _SALES, between=(tick + timedelta(days=1), event.last_tick))
            rows = newest_of_key(dataset(SALES), pa.concat_tables([before.cast(new.schema), new]))
            inputs = period.inputs({**told, SALES: rows}, settings)
            return {PERIOD: table, LENDERS: lent, SALES: rows} if period.holds(inputs, new, told, event.ticks) else None
        return None

    def wanted(self) -> dict[str, pa.Table]:
        """Return what asks a prediction for a period to keep: nothing where no tick of it is left."""
        event, settings = self.context.event, self.context.settings.detect
        over = event.last_tick >= self._anchor + timedelta(days=settings.refit_days - 1)
        if over or not isinstance(BASELINE_MODELS.load(settings.baseline_model), FittedBaseline):
            return {}
        name = f"{self._anchor:%Y-%m-%d}_{event.last_tick:%Y-%m-%d}_{event.part}_{self._made_of(event.last_tick)}"
        return {WANTED: pa.table({"name": [name]})}

    @property
    def _anchor(self) -> date:
        return EPOCH + timedelta(days=self.anchor)

    def _made_of(self, last: date) -> str:
        """Return a name for the objects of sales until a tick, of judgements, and how they are used."""
        settings = self.context.settings.detect
        model = BASELINE_MODELS.load(settings.baseline_model)
        used = (model.name, model.version, settings.baseline_model, settings.refit_days, settings.least_history_days)
        return made_of((_code(), *used), [*(f for f in self.sales if f[0].tick <= last), *self.judged])


@cache
def _code() -> str:
    """Return a hash of detection's code, as sources or as bytecode: changed code fits otherwise."""
    folder = Path(__file__).parent
    used = ("*.py*", "baseline/*.py*", "calibration/*.py*", "anomaly/*.py*", "anomaly/*.json")
    return hash_of_files(folder, sorted(path for pattern in used for path in folder.glob(pattern)))


def keep_period(context: StageContext, kept: Mapping[str, pa.Table]) -> None:
    """Keep a period, and the sales since its anchor, for the ticks that come."""
    (name,) = kept[NAME]["name"].to_pylist()
    keep(context.logs.objects, BASELINE, context.event.run_id, name, [kept[PERIOD], kept[LENDERS], kept[SINCE]])


def to_keep(period: KeptPeriod, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return what a prediction gives for later ones."""
    sales = tables[SALES]
    since = sales.filter(pa.array(epoch_days(sales["date"]) >= period.anchor))
    own, lent = period.tables()
    return {PERIOD: own, LENDERS: lent, SINCE: since, NAME: tables[WANTED]}
