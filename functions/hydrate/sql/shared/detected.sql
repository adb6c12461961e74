-- The newest row of each report. A write of MRDL is the whole answer for its tick: of a tick only its latest write counts,
-- and nothing if the tick was judged again later with an empty answer.
detect_runs AS (
  -- When each tick was last judged: an answer may be empty, which the rows of its log cannot tell. A tick that was judged
  -- once needs no looking up, and most runs have no other.
  SELECT tick AS judged_tick, max(written_at) AS judged_at
  FROM pipeline_health_log
  WHERE {{ visible }} AND tick >= :judged_again AND stage = 'detect'
  GROUP BY tick
),
detected_writes AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, direction, observed_sales, expected_sales,
    sales_delta, anomaly_score, report_status, lasting_since, is_degraded, degraded_inputs, tick, written_at,
    rank() OVER (PARTITION BY tick ORDER BY written_at DESC) AS write_rank
  FROM minority_reports_detected_log
  WHERE {{ visible }}
),
detected_versions AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, direction, observed_sales, expected_sales,
    sales_delta, anomaly_score, report_status, lasting_since, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM detected_writes
  LEFT JOIN detect_runs ON judged_tick = tick
  WHERE write_rank = 1 AND (judged_at IS NULL OR written_at >= judged_at)
),
detected AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, direction, observed_sales, expected_sales,
    sales_delta, anomaly_score, report_status, lasting_since, is_degraded, degraded_inputs
  FROM detected_versions
  WHERE age = 1
)
