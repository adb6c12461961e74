-- One row per store-day that sold, was to sell or has an expectation, from :first_date to :tick, with what is known now of
-- its sales, what was known when it was judged, and the report that covers it, if one does.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); those of earlier ticks all count
-- :first_date  a Monday; a row that landed is of no earlier tick than its date
-- :began  the run's first tick, of which nothing else is read
-- :judged_again  the first tick that detection has answered more than once, or any before it
--
-- The last column, the Monday of the date's week, is how the answer is cut: each week is an object.
--
-- A report covers the days from the one on which its event began, which may lie before the one on which it was found.
-- Of several reports over one store-day the one with the highest score counts, ties by report_id. A report that an
-- analyst has rejected covers nothing.
WITH predicted_writes AS (
  SELECT store_id, "date", observed_sales, expected_sales, expected_low, expected_high, degraded_inputs,
    tick, written_at,
    rank() OVER (PARTITION BY run_id, tick ORDER BY written_at DESC) AS write_rank,
    min(written_at) OVER (PARTITION BY run_id, tick) AS first_written_at
  FROM baseline_sales_model_prediction_log
  WHERE {{ visible }} AND tick >= :first_date
),
predicted_versions AS (
  SELECT store_id, "date", observed_sales, expected_sales, expected_low, expected_high, degraded_inputs, written_at,
    write_rank,
    min(CASE WHEN written_at = first_written_at THEN expected_sales END) OVER (
      PARTITION BY store_id, "date"
    ) AS first_expected,
    row_number() OVER (PARTITION BY store_id, "date" ORDER BY tick DESC, written_at DESC) AS age
  FROM predicted_writes
  WHERE "date" >= CAST(:first_date AS DATE) AND "date" <= CAST(:tick AS DATE)
),
predicted AS (
  SELECT store_id, "date", observed_sales, expected_sales, expected_low, expected_high, degraded_inputs,
    CASE WHEN expected_sales <> first_expected THEN written_at END AS replayed_at
  FROM predicted_versions
  WHERE age = 1 AND write_rank = 1
),
{{ detected }},
{{ candidates }},
proposed AS (
  SELECT report_id,
    sum(CASE WHEN cause = 'paid_campaign' THEN 0e0 ELSE confidence END) AS non_campaign,
    sum(CASE WHEN cause IN ('data_quality', 'store_disruption') THEN confidence ELSE 0e0 END) AS unfit,
    max(CASE WHEN "rank" = 1 THEN cause END) AS cause,
    min(began_at) AS began_at,
    max(CASE WHEN "rank" = 1 THEN degraded_inputs END) AS degraded_inputs
  FROM candidates
  GROUP BY report_id
),
{{ finalised }},
reports AS (
  SELECT d.report_id, d.store_id, coalesce(p.began_at, CAST(d.first_detected_at AS DATE)) AS first_date,
    CAST(d.last_detected_at AS DATE) AS last_date, d.anomaly_score,
    coalesce(f.cause, p.cause) AS cause,
    CASE WHEN f.cause_source IN ('report_edit', 'event_edit') THEN 1e0 ELSE 0e0 END AS is_decided,
    p.non_campaign, p.unfit,
    CASE WHEN f.cause_source IN ('report_edit', 'event_edit') THEN f.edited_at END AS edited_at,
    d.degraded_inputs AS detected_without, p.degraded_inputs AS proposed_without
  FROM detected d
  LEFT JOIN proposed p ON p.report_id = d.report_id
  LEFT JOIN finalised f ON f.report_id = d.report_id
  WHERE coalesce(f.final_status, 'open') <> 'rejected'
),
began AS (
  SELECT CAST(min(tick) AS DATE) AS first_tick
  FROM landing_feeds_log
  WHERE run_id = :run_id AND tick <= :began
),
landed_rows AS (
  -- A row that was set aside and has no usable one of its key beside it makes its day partial.
  SELECT store_id, "date", category, sales, CASE WHEN is_open = FALSE THEN 1 ELSE 0 END AS is_closed, 0 AS is_lost,
    tick, written_at
  FROM sales_timeseries_data
  WHERE {{ visible }} AND tick >= :first_date
    AND "date" >= CAST(:first_date AS DATE) AND "date" <= CAST(:tick AS DATE)
  UNION ALL
  SELECT store_id, "date", category, CAST(NULL AS DOUBLE) AS sales, 0 AS is_closed, 1 AS is_lost, tick, written_at
  FROM ingest_rejections_log
  WHERE {{ visible }}
    AND "date" >= CAST(:first_date AS DATE) AND "date" <= CAST(:tick AS DATE)
    AND dataset = 'unified_sales_data' AND outcome = 'rejected' AND store_id IS NOT NULL
),
versions AS (
  SELECT store_id, "date", sales, is_closed, is_lost, tick, written_at,
    row_number() OVER (
      PARTITION BY store_id, "date", category ORDER BY is_lost, written_at DESC, tick DESC
    ) AS age,
    row_number() OVER (PARTITION BY store_id, "date", category ORDER BY is_lost, written_at, tick) AS nth
  FROM landed_rows
),
landed AS (
  SELECT store_id, "date",
    sum(CASE WHEN age = 1 THEN sales END) AS sales,
    sum(CASE WHEN nth = 1 THEN sales END) AS first_sales,
    min(CASE WHEN is_lost = 0 AND age = 1 THEN is_closed END) AS is_closed,
    max(CASE WHEN age = 1 THEN is_lost END) AS is_partial,
    CAST(max(CASE WHEN is_lost = 0 AND nth = 1 THEN tick END) AS DATE) AS first_tick,
    max(CASE WHEN is_lost = 0 AND age = 1 THEN written_at END) AS known_at
  FROM versions
  GROUP BY store_id, "date"
),
sides AS (
  SELECT store_id, "date", 1 AS is_judged, observed_sales AS judged_sales, expected_sales, expected_low,
    expected_high, degraded_inputs, replayed_at, CAST(NULL AS DOUBLE) AS landed_sales,
    CAST(NULL AS DOUBLE) AS first_sales, 0 AS is_closed, 0 AS is_partial, CAST(NULL AS DATE) AS first_tick,
    CAST(NULL AS TIMESTAMP) AS known_at
  FROM predicted
  UNION ALL
  SELECT store_id, "date", 0 AS is_judged, CAST(NULL AS DOUBLE) AS judged_sales,
    CAST(NULL AS DOUBLE) AS expected_sales, CAST(NULL AS DOUBLE) AS expected_low, CAST(NULL AS DOUBLE) AS expected_high,
    CAST(NULL AS ARRAY(VARCHAR)) AS degraded_inputs, CAST(NULL AS TIMESTAMP) AS replayed_at, sales AS landed_sales,
    first_sales, is_closed, is_partial, first_tick, known_at
  FROM landed
),
store_days AS (
  SELECT store_id, "date", max(is_judged) AS is_judged, max(judged_sales) AS judged_sales,
    max(expected_sales) AS expected_sales, max(expected_low) AS expected_low, max(expected_high) AS expected_high,
    max(degraded_inputs) AS degraded_inputs, max(replayed_at) AS replayed_at, max(landed_sales) AS landed_sales,
    max(first_sales) AS first_sales, max(is_closed) AS is_closed, max(is_partial) AS is_partial,
    max(first_tick) AS first_tick, max(known_at) AS known_at
  FROM sides
  GROUP BY store_id, "date"
),
covered AS (
  SELECT b.store_id, b."date", coalesce(b.landed_sales, b.judged_sales) AS observed_sales, b.expected_sales,
    b.expected_low, b.expected_high, b.degraded_inputs, b.is_judged, b.judged_sales, b.replayed_at, b.landed_sales,
    b.first_sales, b.is_closed, b.is_partial, b.known_at,
    CASE WHEN b.first_tick > b."date" AND b.first_tick > g.first_tick THEN 1 ELSE 0 END AS is_late,
    r.report_id, r.cause, r.anomaly_score, r.is_decided, r.non_campaign, r.unfit, r.edited_at, r.detected_without,
    r.proposed_without,
    row_number() OVER (PARTITION BY b.store_id, b."date" ORDER BY r.anomaly_score DESC, r.report_id) AS choice
  FROM store_days b
  CROSS JOIN began g
  LEFT JOIN reports r ON r.store_id = b.store_id AND b."date" >= r.first_date AND b."date" <= r.last_date
)
SELECT store_id, "date", observed_sales, expected_sales, expected_low, expected_high, degraded_inputs,
  report_id, cause, anomaly_score, is_decided, non_campaign, unfit, detected_without, proposed_without,
  is_judged, judged_sales, replayed_at, landed_sales, first_sales, is_closed, is_partial, is_late, known_at, edited_at,
  CAST(date_trunc('week', "date") AS DATE) AS week
FROM covered
WHERE choice = 1
