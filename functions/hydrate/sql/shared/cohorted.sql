-- The newest row of each report in a cohort.
cohorted_versions AS (
  SELECT report_id, report_group_id, merged_into, is_degraded, degraded_inputs, tick, written_at,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_cohorted_log
  WHERE {{ visible }}
),
cohorted AS (
  SELECT report_id, report_group_id, merged_into, is_degraded, degraded_inputs, tick, written_at
  FROM cohorted_versions
  WHERE age = 1
)
