-- One row per report that the run has ever detected, from the newest row of each log at the hydrated tick.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); those of earlier ticks all count
--
-- "Newest" is the latest tick, and within it the latest write. A write of MRDL is the whole answer for its tick, so
-- within a tick only the rows of its latest write count.
WITH detect_runs AS (
  -- When each tick was last judged: an answer may be empty, which the rows of its log cannot tell.
  SELECT tick AS judged_tick, max(written_at) AS judged_at
  FROM pipeline_health_log
  WHERE run_id = :run_id AND stage = 'detect' AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
  GROUP BY tick
),
detected_writes AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, direction, observed_sales,
    expected_sales, sales_delta, anomaly_score, report_status, is_degraded, degraded_inputs, tick,
    written_at,
    rank() OVER (PARTITION BY tick ORDER BY written_at DESC) AS write_rank
  FROM minority_reports_detected_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
detected_rows AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, direction, observed_sales, expected_sales,
    sales_delta, anomaly_score, report_status, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM detected_writes
  LEFT JOIN detect_runs ON judged_tick = tick
  WHERE write_rank = 1 AND (judged_at IS NULL OR written_at >= judged_at)
),
detected AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, direction, observed_sales, expected_sales,
    sales_delta, anomaly_score, report_status, is_degraded, degraded_inputs
  FROM detected_rows
  WHERE age = 1
),
clustered AS (
  SELECT report_id, cluster_id, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_clustered_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
    AND rereview_id IS NULL
),
-- All candidates of a report's newest write: a cause that is no longer a candidate must not stay.
proposed_writes AS (
  SELECT report_id, cause, "rank", confidence, evidence, is_degraded, degraded_inputs,
    rank() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_proposed_attribution_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
    AND rereview_id IS NULL
),
best AS (
  SELECT report_id, cause, confidence, evidence, is_degraded, degraded_inputs
  FROM proposed_writes
  WHERE age = 1 AND "rank" = 1
),
others AS (
  SELECT report_id,
    array_agg(cause ORDER BY "rank", cause) AS causes,
    array_agg(confidence ORDER BY "rank", cause) AS confidences
  FROM proposed_writes
  WHERE age = 1 AND "rank" > 1
  GROUP BY report_id
),
cohorted_rows AS (
  SELECT report_id, report_group_id, merged_into, is_degraded, degraded_inputs, tick, written_at,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_cohorted_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
cohorted AS (
  SELECT report_id, report_group_id, coalesce(merged_into, report_group_id) AS event_id, merged_into, is_degraded,
    degraded_inputs, tick, written_at
  FROM cohorted_rows
  WHERE age = 1
),
-- Where each event went, as its own reports last said, and that followed for up to four more merges.
merges_told AS (
  SELECT report_group_id, merged_into,
    rank() OVER (PARTITION BY report_group_id ORDER BY tick DESC, written_at DESC) AS age
  FROM cohorted
),
merged AS (
  SELECT report_group_id AS event_id, max(merged_into) AS into_id
  FROM merges_told
  WHERE age = 1 AND merged_into IS NOT NULL
  GROUP BY report_group_id
),
merged_twice AS (
  SELECT a.event_id, coalesce(b.into_id, a.into_id) AS into_id
  FROM merged a LEFT JOIN merged b ON b.event_id = a.into_id
),
merged_on AS (
  SELECT a.event_id, coalesce(b.into_id, a.into_id) AS into_id
  FROM merged_twice a LEFT JOIN merged_twice b ON b.event_id = a.into_id
),
placed AS (
  SELECT c.report_id, coalesce(m.into_id, c.event_id) AS report_group_id
  FROM cohorted c LEFT JOIN merged_on m ON m.event_id = c.event_id
),
finalised AS (
  SELECT report_id, cause, cause_source, cause_confidence, final_status, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_finalised_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
edits AS (
  SELECT report_id, edit_id, author,
    row_number() OVER (PARTITION BY report_id ORDER BY edited_at DESC, edit_id DESC) AS age
  FROM user_edits_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
edit_counts AS (
  SELECT report_id, count(DISTINCT edit_id) AS n_edits
  FROM edits
  GROUP BY report_id
),
stores AS (
  SELECT store_id, retailer, region,
    row_number() OVER (PARTITION BY store_id ORDER BY tick DESC, written_at DESC) AS age
  FROM stores_data
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
-- What was missing when any of a report's rows was made.
flags AS (
  SELECT report_id, is_degraded, degraded_inputs FROM detected
  UNION ALL SELECT report_id, is_degraded, degraded_inputs FROM clustered WHERE age = 1
  UNION ALL SELECT report_id, is_degraded, degraded_inputs FROM best
  UNION ALL SELECT report_id, is_degraded, degraded_inputs FROM cohorted
  UNION ALL SELECT report_id, is_degraded, degraded_inputs FROM finalised WHERE age = 1
),
degraded AS (
  SELECT report_id, bool_or(is_degraded) AS is_degraded FROM flags GROUP BY report_id
),
missing AS (
  SELECT f.report_id, array_agg(DISTINCT u.input ORDER BY u.input) AS degraded_inputs
  FROM flags f CROSS JOIN UNNEST(f.degraded_inputs) AS u(input)
  GROUP BY f.report_id
)
SELECT
  d.report_id, d.store_id, s.retailer, s.region, d.first_detected_at, d.last_detected_at, d.direction,
  d.observed_sales, d.expected_sales, d.sales_delta, d.anomaly_score,
  c.cluster_id, p.report_group_id,
  b.cause AS proposed_cause, b.confidence AS proposed_confidence, b.evidence,
  o.causes AS other_causes, o.confidences AS other_confidences,
  coalesce(f.cause, b.cause, 'unknown') AS cause,
  coalesce(f.cause_source, 'model') AS cause_source,
  coalesce(f.cause_confidence, b.confidence, 0e0) AS cause_confidence,
  -- A decision outlasts what the models go on to say; without one, detection knows best whether the report lives.
  CASE WHEN f.final_status IN ('approved', 'rejected', 'merged') THEN f.final_status ELSE d.report_status
  END AS report_status,
  coalesce(n.n_edits, 0) AS n_edits, e.author AS last_edited_by,
  g.is_degraded, m.degraded_inputs
FROM detected d
LEFT JOIN clustered c ON c.report_id = d.report_id AND c.age = 1
LEFT JOIN best b ON b.report_id = d.report_id
LEFT JOIN others o ON o.report_id = d.report_id
LEFT JOIN placed p ON p.report_id = d.report_id
LEFT JOIN finalised f ON f.report_id = d.report_id AND f.age = 1
LEFT JOIN edits e ON e.report_id = d.report_id AND e.age = 1
LEFT JOIN edit_counts n ON n.report_id = d.report_id
LEFT JOIN stores s ON s.store_id = d.store_id AND s.age = 1
LEFT JOIN degraded g ON g.report_id = d.report_id
LEFT JOIN missing m ON m.report_id = d.report_id
