-- One row per store-day with an expectation, from :first_date to :tick, with the report that covers it, if one does.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); those of earlier ticks all count
--
-- The last column, the Monday of the date's week, is how the answer is cut where it is large.
--
-- Of several reports over one store-day the one with the highest score counts, ties by report_id. A report that an
-- analyst has rejected covers nothing.
WITH predicted_writes AS (
  SELECT store_id, "date", observed_sales, expected_sales, expected_low, expected_high, is_degraded, degraded_inputs,
    tick, written_at,
    rank() OVER (PARTITION BY run_id, tick ORDER BY written_at DESC) AS write_rank
  FROM baseline_sales_model_prediction_log
  WHERE run_id = :run_id AND tick >= :first_date AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
),
predicted AS (
  SELECT store_id, "date", observed_sales, expected_sales, expected_low, expected_high, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY store_id, "date" ORDER BY tick DESC, written_at DESC) AS age
  FROM predicted_writes
  WHERE write_rank = 1 AND "date" >= CAST(:first_date AS DATE) AND "date" <= CAST(:tick AS DATE)
),
detect_runs AS (
  -- When each tick was last judged: an answer may be empty, which the rows of its log cannot tell.
  SELECT tick AS judged_tick, max(written_at) AS judged_at
  FROM pipeline_health_log
  WHERE run_id = :run_id AND stage = 'detect' AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
  GROUP BY tick
),
detected_writes AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, anomaly_score, degraded_inputs, tick,
    written_at,
    rank() OVER (PARTITION BY tick ORDER BY written_at DESC) AS write_rank
  FROM minority_reports_detected_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
),
detected AS (
  SELECT report_id, store_id, CAST(first_detected_at AS DATE) AS first_date, CAST(last_detected_at AS DATE) AS last_date,
    anomaly_score, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM detected_writes
  LEFT JOIN detect_runs ON judged_tick = tick
  WHERE write_rank = 1 AND (judged_at IS NULL OR written_at >= judged_at)
),
proposed_writes AS (
  SELECT report_id, cause, "rank", confidence, degraded_inputs,
    rank() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_proposed_attribution_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
    AND rereview_id IS NULL
),
proposed AS (
  SELECT report_id,
    sum(CASE WHEN cause = 'paid_campaign' THEN 0e0 ELSE confidence END) AS non_campaign,
    sum(CASE WHEN cause IN ('data_quality', 'store_disruption') THEN confidence ELSE 0e0 END) AS unfit,
    max(CASE WHEN "rank" = 1 THEN cause END) AS cause,
    max(CASE WHEN "rank" = 1 THEN degraded_inputs END) AS degraded_inputs
  FROM proposed_writes
  WHERE age = 1
  GROUP BY report_id
),
finalised AS (
  SELECT report_id, cause, cause_source, final_status,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_finalised_log
  WHERE run_id = :run_id AND tick <= :tick
    AND (tick < :tick OR written_at <= CAST(:as_of AS TIMESTAMP))
),
reports AS (
  SELECT d.report_id, d.store_id, d.first_date, d.last_date, d.anomaly_score,
    coalesce(f.cause, p.cause) AS cause,
    CASE WHEN f.cause_source IN ('report_edit', 'event_edit') THEN 1e0 ELSE 0e0 END AS is_decided,
    p.non_campaign, p.unfit,
    d.degraded_inputs AS detected_without, p.degraded_inputs AS proposed_without
  FROM detected d
  LEFT JOIN proposed p ON p.report_id = d.report_id
  LEFT JOIN finalised f ON f.report_id = d.report_id AND f.age = 1
  WHERE d.age = 1 AND coalesce(f.final_status, 'open') <> 'rejected'
),
covered AS (
  SELECT b.store_id, b."date", b.observed_sales, b.expected_sales, b.expected_low, b.expected_high, b.degraded_inputs,
    r.report_id, r.cause, r.anomaly_score, r.is_decided, r.non_campaign, r.unfit, r.detected_without, r.proposed_without,
    row_number() OVER (PARTITION BY b.store_id, b."date" ORDER BY r.anomaly_score DESC, r.report_id) AS choice
  FROM predicted b
  LEFT JOIN reports r ON r.store_id = b.store_id AND b."date" >= r.first_date AND b."date" <= r.last_date
  WHERE b.age = 1
)
SELECT store_id, "date", observed_sales, expected_sales, expected_low, expected_high, degraded_inputs,
  report_id, cause, anomaly_score, is_decided, non_campaign, unfit, detected_without, proposed_without,
  CAST(date_trunc('week', "date") AS DATE) AS week
FROM covered
WHERE choice = 1
