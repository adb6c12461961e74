-- All candidate causes of a report's newest write: a cause that is no longer a candidate must not stay.
candidate_versions AS (
  SELECT report_id, cause, "rank", confidence, is_unseen, began_at, evidence, is_degraded, degraded_inputs,
    rank() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_proposed_attribution_log
  WHERE {{ visible }} AND rereview_id IS NULL
),
candidates AS (
  SELECT report_id, cause, "rank", confidence, is_unseen, began_at, evidence, is_degraded, degraded_inputs
  FROM candidate_versions
  WHERE age = 1
)
