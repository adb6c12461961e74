"""Lambda entry point of hydration, which reads through Athena, once, for the last tick of an execution."""

from mrs.stage import Stage, make_handler

from functions.hydrate.hydrate_minority_reports import hydrate_minority_reports
from functions.hydrate.publish import publish
from functions.hydrate.queries import READS, WRITES, run_queries

STAGE = Stage(
    name="hydrate",
    reads=READS,
    writes=WRITES,
    run=hydrate_minority_reports,
    settings="hydrate",
    load=run_queries,
    per_tick=False,
)
handler = make_handler(STAGE, after=publish)
