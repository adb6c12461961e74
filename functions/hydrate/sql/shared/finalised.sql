-- The newest final row of each report.
finalised_versions AS (
  SELECT report_id, cause, cause_source, cause_confidence, final_status, edited_at, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_finalised_log
  WHERE {{ visible }}
),
finalised AS (
  SELECT report_id, cause, cause_source, cause_confidence, final_status, edited_at, is_degraded, degraded_inputs
  FROM finalised_versions
  WHERE age = 1
)
