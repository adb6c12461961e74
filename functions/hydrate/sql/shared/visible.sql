-- The rows of a run that the hydrated state sees: those of earlier ticks, and of its own tick those written by then.
run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
