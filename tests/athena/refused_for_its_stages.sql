-- One row per Minority Event that is registered, with the sums over its reports and its cause as a whole.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); those of earlier ticks all count
--
-- An event's reports are those that joined it and those of the events that it absorbed. An absorbed event keeps its
-- own reports to show, and says what absorbed it. A cause weighs by sum of |sales_delta| × confidence.
WITH detect_runs AS (
  -- When each tick was last judged: an answer may be empty, which the rows of its log cannot tell.
  SELECT tick AS judged_tick, max(written_at) AS judged_at
  FROM pipeline_health_log
  WHERE run_id = :run_id AND stage = 'detect' AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
  GROUP BY tick
),
detected_writes AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, expected_sales, sales_delta,
    anomaly_score, report_status, is_degraded, degraded_inputs, tick, written_at,
    rank() OVER (PARTITION BY tick ORDER BY written_at DESC) AS write_rank
  FROM minority_reports_detected_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
detected AS (
  SELECT report_id, store_id, first_detected_at, last_detected_at, expected_sales, sales_delta, anomaly_score,
    report_status, is_degraded, degraded_inputs,
    date_diff('day', CAST(first_detected_at AS DATE), CAST(last_detected_at AS DATE)) + 1 AS n_days,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM detected_writes
  LEFT JOIN detect_runs ON judged_tick = tick
  WHERE write_rank = 1 AND (judged_at IS NULL OR written_at >= judged_at)
),
proposed AS (
  SELECT report_id, cause, "rank", confidence, evidence, is_degraded, degraded_inputs,
    rank() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_proposed_attribution_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
    AND rereview_id IS NULL
),
finalised AS (
  SELECT report_id, cause, cause_source, final_status, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_finalised_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
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
registered AS (
  SELECT report_group_id, first_detected_at, direction, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_group_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_event_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
stores AS (
  SELECT store_id, retailer, region,
    row_number() OVER (PARTITION BY store_id ORDER BY tick DESC, written_at DESC) AS age
  FROM stores_data
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
belongs AS (
  SELECT report_group_id, report_id FROM cohorted
  UNION
  SELECT coalesce(m.into_id, c.event_id) AS report_group_id, c.report_id
  FROM cohorted c LEFT JOIN merged_on m ON m.event_id = c.event_id
),
members AS (
  SELECT b.report_group_id, d.report_id, d.store_id, s.retailer, s.region, d.first_detected_at, d.last_detected_at,
    d.expected_sales, d.sales_delta, abs(d.sales_delta) AS weight, d.anomaly_score, d.report_status,
    abs(d.sales_delta) * d.n_days / NULLIF(d.expected_sales, 0e0) AS store_days,
    coalesce(f.cause_source, 'model') AS cause_source, f.cause AS final_cause,
    coalesce(f.final_status, d.report_status) AS final_status
  FROM belongs b
  JOIN detected d ON d.report_id = b.report_id AND d.age = 1
  LEFT JOIN stores s ON s.store_id = d.store_id AND s.age = 1
  LEFT JOIN finalised f ON f.report_id = d.report_id AND f.age = 1
),
totals AS (
  SELECT report_group_id,
    min(first_detected_at) AS first_detected_at, max(last_detected_at) AS last_detected_at,
    count(*) AS n_reports, count(DISTINCT store_id) AS n_stores, min(store_id) AS a_store,
    sum(sales_delta) AS sales_delta, sum(expected_sales) AS expected_sales,
    sum(store_days) AS store_days, sum(weight * anomaly_score) / NULLIF(sum(weight), 0e0) AS anomaly_score,
    sum(CASE WHEN report_status = 'open' THEN 1 ELSE 0 END) AS n_open,
    sum(CASE WHEN report_status = 'ongoing' THEN 1 ELSE 0 END) AS n_ongoing,
    sum(CASE WHEN final_status = 'rejected' THEN 1 ELSE 0 END) AS n_rejected
  FROM members
  GROUP BY report_group_id
),
regions AS (
  SELECT report_group_id, array_agg(DISTINCT region ORDER BY region) AS regions
  FROM members
  WHERE region IS NOT NULL
  GROUP BY report_group_id
),
retailers AS (
  SELECT report_group_id, array_agg(DISTINCT retailer ORDER BY retailer) AS retailers
  FROM members
  WHERE retailer IS NOT NULL
  GROUP BY report_group_id
),
-- The model's cause of the event, and the evidence of the report that speaks loudest for it.
model_votes AS (
  SELECT m.report_group_id, m.report_id, p.cause, p.evidence, m.weight * p.confidence AS mass,
    row_number() OVER (
      PARTITION BY m.report_group_id, p.cause ORDER BY m.weight * p.confidence DESC, m.report_id
    ) AS loudness
  FROM members m JOIN proposed p ON p.report_id = m.report_id AND p.age = 1
),
model_sums AS (
  SELECT report_group_id, cause, sum(mass) AS mass FROM model_votes GROUP BY report_group_id, cause
),
model_ranked AS (
  SELECT report_group_id, cause, mass,
    sum(mass) OVER (PARTITION BY report_group_id) AS total,
    row_number() OVER (PARTITION BY report_group_id ORDER BY mass DESC, cause) AS place
  FROM model_sums
),
-- The cause in force: a report whose cause a person has set votes for that cause alone.
final_votes AS (
  SELECT report_group_id, cause_source, final_cause AS cause, weight AS mass
  FROM members
  WHERE cause_source <> 'model'
  UNION ALL
  SELECT m.report_group_id, m.cause_source, p.cause, m.weight * p.confidence AS mass
  FROM members m JOIN proposed p ON p.report_id = m.report_id AND p.age = 1
  WHERE m.cause_source = 'model'
),
source_sums AS (
  SELECT report_group_id, cause, cause_source, sum(mass) AS mass
  FROM final_votes
  GROUP BY report_group_id, cause, cause_source
),
source_ranked AS (
  SELECT report_group_id, cause, cause_source,
    sum(mass) OVER (PARTITION BY report_group_id, cause) AS cause_mass,
    sum(mass) OVER (PARTITION BY report_group_id) AS total,
    row_number() OVER (PARTITION BY report_group_id, cause ORDER BY mass DESC, cause_source) AS place
  FROM source_sums
),
final_ranked AS (
  SELECT report_group_id, cause, cause_source, cause_mass AS mass, total,
    row_number() OVER (PARTITION BY report_group_id ORDER BY cause_mass DESC, cause) AS place
  FROM source_ranked
  WHERE place = 1
),
edits AS (
  SELECT report_group_id, edit_id, "action", "value", edited_at,
    row_number() OVER (PARTITION BY report_group_id, "action" ORDER BY edited_at DESC, edit_id DESC) AS age
  FROM user_minority_events_edits_log
  WHERE run_id = :run_id AND tick <= CAST(:tick AS DATE)
    AND (tick < CAST(:tick AS DATE) OR written_at <= CAST(:as_of AS TIMESTAMP))
),
edit_counts AS (
  SELECT report_group_id, count(DISTINCT edit_id) AS n_edits FROM edits GROUP BY report_group_id
),
flags AS (
  SELECT report_group_id, is_degraded, degraded_inputs FROM registered WHERE age = 1
  UNION ALL
  SELECT b.report_group_id, d.is_degraded, d.degraded_inputs
  FROM belongs b JOIN detected d ON d.report_id = b.report_id AND d.age = 1
  UNION ALL
  SELECT b.report_group_id, p.is_degraded, p.degraded_inputs
  FROM belongs b JOIN proposed p ON p.report_id = b.report_id AND p.age = 1 AND p."rank" = 1
  UNION ALL
  SELECT b.report_group_id, c.is_degraded, c.degraded_inputs
  FROM belongs b JOIN cohorted c ON c.report_id = b.report_id
  UNION ALL
  SELECT b.report_group_id, f.is_degraded, f.degraded_inputs
  FROM belongs b JOIN finalised f ON f.report_id = b.report_id AND f.age = 1
),
degraded AS (
  SELECT report_group_id, bool_or(is_degraded) AS is_degraded FROM flags GROUP BY report_group_id
),
missing AS (
  SELECT f.report_group_id, array_agg(DISTINCT u.input ORDER BY u.input) AS degraded_inputs
  FROM flags f CROSS JOIN UNNEST(f.degraded_inputs) AS u(input)
  GROUP BY f.report_group_id
)
SELECT
  e.report_group_id, coalesce(t.first_detected_at, e.first_detected_at) AS first_detected_at,
  coalesce(t.last_detected_at, e.first_detected_at) AS last_detected_at, e.direction,
  coalesce(t.n_reports, 0) AS n_reports, coalesce(t.n_stores, 0) AS n_stores, t.a_store, r.regions, q.retailers,
  coalesce(t.sales_delta, 0e0) AS sales_delta, coalesce(t.expected_sales, 0e0) AS expected_sales,
  t.store_days, t.anomaly_score,
  CASE
    WHEN w.into_id IS NOT NULL THEN 'merged'
    WHEN t.n_rejected = t.n_reports THEN 'rejected'
    WHEN t.n_open > 0 AND t.n_open = t.n_reports THEN 'open'
    WHEN t.n_open > 0 OR t.n_ongoing > 0 THEN 'ongoing'
    ELSE 'closed'
  END AS life,
  v.cause AS proposed_cause, v.mass / NULLIF(v.total, 0e0) AS proposed_confidence, l.evidence,
  c.cause, c.cause_source, c.mass / NULLIF(c.total, 0e0) AS cause_confidence,
  w.into_id AS merged_into, coalesce(n.n_edits, 0) AS n_edits,
  name."value" AS rename_value,
  setting."value" AS set_cause_value, setting.edited_at AS set_cause_at,
  approval."value" AS approve_value, approval.edited_at AS approved_at, rejection.edited_at AS rejected_at,
  g.is_degraded, m.degraded_inputs
FROM registered e
LEFT JOIN totals t ON t.report_group_id = e.report_group_id
LEFT JOIN regions r ON r.report_group_id = e.report_group_id
LEFT JOIN retailers q ON q.report_group_id = e.report_group_id
LEFT JOIN model_ranked v ON v.report_group_id = e.report_group_id AND v.place = 1
LEFT JOIN model_votes l ON l.report_group_id = v.report_group_id AND l.cause = v.cause AND l.loudness = 1
LEFT JOIN final_ranked c ON c.report_group_id = e.report_group_id AND c.place = 1
LEFT JOIN merged_on w ON w.event_id = e.report_group_id
LEFT JOIN edit_counts n ON n.report_group_id = e.report_group_id
LEFT JOIN edits name ON name.report_group_id = e.report_group_id AND name."action" = 'rename' AND name.age = 1
LEFT JOIN edits setting
  ON setting.report_group_id = e.report_group_id AND setting."action" = 'set_cause' AND setting.age = 1
LEFT JOIN edits approval
  ON approval.report_group_id = e.report_group_id AND approval."action" = 'approve' AND approval.age = 1
LEFT JOIN edits rejection
  ON rejection.report_group_id = e.report_group_id AND rejection."action" = 'reject' AND rejection.age = 1
LEFT JOIN degraded g ON g.report_group_id = e.report_group_id
LEFT JOIN missing m ON m.report_group_id = e.report_group_id
WHERE e.age = 1
