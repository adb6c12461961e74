-- One row per report that the run has ever detected, from the newest row of each log at the hydrated tick.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); those of earlier ticks all count
--
-- Which event a report counts for is settled in `mrs.hydration.event_members`, which follows merges.
--
-- "Newest" is the latest tick, and within it the latest write. A write of MRDL is the whole answer for its tick, so
-- within a tick only the rows of its latest write count.
WITH detect_runs AS (
  -- When each tick was last judged: an answer may be empty, which the rows of its log cannot tell.
  SELECT tick AS judged_tick, max(written_at) AS judged_at
  FROM pipeline_health_log
  WHERE run_id = :run_id AND stage = 'detect' AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
  GROUP BY tick
),
detected_writes AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, direction, observed_sales,
    expected_sales, sales_delta, anomaly_score, report_status, is_degraded, degraded_inputs, tick,
    written_at,
    rank() OVER (PARTITION BY tick ORDER BY written_at DESC) AS write_rank
  FROM minority_reports_detected_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
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
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
    AND rereview_id IS NULL
),
-- All candidates of a report's newest write: a cause that is no longer a candidate must not stay.
proposed_writes AS (
  SELECT report_id, cause, "rank", confidence, evidence, is_degraded, degraded_inputs,
    rank() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_proposed_attribution_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
    AND rereview_id IS NULL
),
proposed AS (
  SELECT report_id,
    max(CASE WHEN "rank" = 1 THEN cause END) AS cause,
    max(CASE WHEN "rank" = 1 THEN confidence END) AS confidence,
    max(CASE WHEN "rank" = 1 THEN evidence END) AS evidence,
    bool_or(CASE WHEN "rank" = 1 THEN is_degraded END) AS is_degraded,
    max(CASE WHEN "rank" = 1 THEN degraded_inputs END) AS degraded_inputs,
    array_agg(cause ORDER BY "rank", cause) AS causes,
    array_agg(confidence ORDER BY "rank", cause) AS confidences,
    array_agg(evidence ORDER BY "rank", cause) AS evidences
  FROM proposed_writes
  WHERE age = 1
  GROUP BY report_id
),
cohorted AS (
  SELECT report_id, report_group_id, merged_into, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_cohorted_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
),
finalised AS (
  SELECT report_id, cause, cause_source, cause_confidence, final_status, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_finalised_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
),
edits AS (
  SELECT report_id, edit_id, author,
    row_number() OVER (PARTITION BY report_id ORDER BY edited_at DESC, edit_id DESC) AS age
  FROM user_edits_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
),
edited AS (
  SELECT report_id, count(DISTINCT edit_id) AS n_edits, max(CASE WHEN age = 1 THEN author END) AS last_edited_by
  FROM edits
  GROUP BY report_id
),
stores AS (
  SELECT store_id, retailer, region,
    row_number() OVER (PARTITION BY store_id ORDER BY tick DESC, written_at DESC) AS age
  FROM stores_data
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
)
SELECT
  d.report_id, d.store_id, s.retailer, s.region, d.first_detected_at, d.last_detected_at, d.direction,
  d.observed_sales, d.expected_sales, d.sales_delta, d.anomaly_score, d.report_status AS detected_status,
  c.cluster_id,
  g.report_group_id AS joined_group_id, coalesce(g.merged_into, g.report_group_id) AS event_id,
  p.cause AS proposed_cause, p.confidence AS proposed_confidence, p.evidence, p.causes, p.confidences, p.evidences,
  f.cause AS final_cause,
  coalesce(f.cause, p.cause, 'unknown') AS cause,
  coalesce(f.cause_source, 'model') AS cause_source,
  coalesce(f.cause_confidence, p.confidence, 0e0) AS cause_confidence,
  f.final_status,
  -- A decision outlasts what the models go on to say; without one, detection knows best whether the report lives.
  CASE WHEN f.final_status IN ('approved', 'rejected', 'merged') THEN f.final_status ELSE d.report_status
  END AS report_status,
  coalesce(e.n_edits, 0) AS n_edits, e.last_edited_by,
  -- What was missing when any of a report's rows was made. An event looks at all but its reports' clusters.
  c.is_degraded AS clustered_degraded,
  coalesce(d.is_degraded, FALSE) OR coalesce(p.is_degraded, FALSE) OR coalesce(g.is_degraded, FALSE)
    OR coalesce(f.is_degraded, FALSE) AS is_degraded,
  c.degraded_inputs AS clustered_without, d.degraded_inputs AS detected_without,
  p.degraded_inputs AS proposed_without, g.degraded_inputs AS cohorted_without, f.degraded_inputs AS finalised_without
FROM detected d
LEFT JOIN clustered c ON c.report_id = d.report_id AND c.age = 1
LEFT JOIN proposed p ON p.report_id = d.report_id
LEFT JOIN cohorted g ON g.report_id = d.report_id AND g.age = 1
LEFT JOIN finalised f ON f.report_id = d.report_id AND f.age = 1
LEFT JOIN edited e ON e.report_id = d.report_id
LEFT JOIN stores s ON s.store_id = d.store_id AND s.age = 1
