-- One row per Minority Event that is registered: what its registration says, what absorbed it, and its newest edits.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); those of earlier ticks all count
--
-- The sums over an event's reports are made of the rows of `minority_reports.sql`, in `mrs.hydration.event_members`: a query that
-- made them here would read every log many times over, because Athena inlines a CTE at each reference.
WITH registered AS (
  SELECT report_group_id, first_detected_at, direction, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_group_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_event_log
  WHERE {{ visible }}
),
{{ cohorted }},
-- Where each event went, as its own reports last said.
merges_told AS (
  SELECT report_group_id, merged_into,
    rank() OVER (PARTITION BY report_group_id ORDER BY tick DESC, written_at DESC) AS age
  FROM cohorted
),
merged AS (
  SELECT report_group_id, max(merged_into) AS into_id
  FROM merges_told
  WHERE age = 1
  GROUP BY report_group_id
),
edits AS (
  SELECT report_group_id, edit_id, "action", "value", edited_at,
    row_number() OVER (PARTITION BY report_group_id, "action" ORDER BY edited_at DESC, edit_id DESC) AS age
  FROM user_minority_events_edits_log
  WHERE {{ visible }}
),
edited AS (
  SELECT report_group_id, count(DISTINCT edit_id) AS n_edits,
    max(CASE WHEN "action" = 'rename' AND age = 1 THEN "value" END) AS rename_value,
    max(CASE WHEN "action" = 'set_cause' AND age = 1 THEN "value" END) AS set_cause_value,
    max(CASE WHEN "action" = 'set_cause' AND age = 1 THEN edited_at END) AS set_cause_at,
    max(CASE WHEN "action" = 'approve' AND age = 1 THEN "value" END) AS approve_value,
    max(CASE WHEN "action" = 'approve' AND age = 1 THEN edited_at END) AS approved_at,
    max(CASE WHEN "action" = 'reject' AND age = 1 THEN edited_at END) AS rejected_at,
    max(CASE WHEN "action" = 'reopen' AND age = 1 THEN "value" END) AS reopen_value,
    max(CASE WHEN "action" = 'reopen' AND age = 1 THEN edited_at END) AS reopened_at
  FROM edits
  GROUP BY report_group_id
)
SELECT
  e.report_group_id, e.first_detected_at AS registered_at, e.direction, e.is_degraded,
  e.degraded_inputs AS registered_without, m.into_id,
  coalesce(n.n_edits, 0) AS n_edits, n.rename_value, n.set_cause_value, n.set_cause_at, n.approve_value, n.approved_at,
  n.rejected_at, n.reopen_value, n.reopened_at
FROM registered e
LEFT JOIN merged m ON m.report_group_id = e.report_group_id
LEFT JOIN edited n ON n.report_group_id = e.report_group_id
WHERE e.age = 1
