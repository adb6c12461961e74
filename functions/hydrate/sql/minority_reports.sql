-- One row per report that the run has ever detected, from the newest row of each log at the hydrated tick.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); those of earlier ticks all count
-- :judged_again  the first tick that detection has answered more than once, or any before it
--
-- Which event a report counts for is settled in `mrs.hydration.event_members`, which follows merges.
--
-- "Newest" is the latest tick, and within it the latest write. `{{ name }}` stands for shared/name.sql.
WITH {{ detected }},
clustered AS (
  SELECT report_id, cluster_id, is_degraded, degraded_inputs,
    row_number() OVER (PARTITION BY report_id ORDER BY tick DESC, written_at DESC) AS age
  FROM minority_reports_clustered_log
  WHERE {{ visible }}
    AND rereview_id IS NULL
),
{{ candidates }},
proposed AS (
  SELECT report_id,
    max(CASE WHEN "rank" = 1 THEN cause END) AS cause,
    max(CASE WHEN "rank" = 1 THEN confidence END) AS confidence,
    max(CASE WHEN "rank" = 1 THEN evidence END) AS evidence,
    min(began_at) AS began_at,
    bool_or(CASE WHEN "rank" = 1 THEN is_degraded END) AS is_degraded,
    max(CASE WHEN "rank" = 1 THEN degraded_inputs END) AS degraded_inputs,
    array_agg(cause ORDER BY "rank", cause) AS causes,
    array_agg(confidence ORDER BY "rank", cause) AS confidences,
    array_agg(coalesce(is_unseen, FALSE) ORDER BY "rank", cause) AS unseen,
    array_agg(evidence ORDER BY "rank", cause) AS evidences
  FROM candidates
  GROUP BY report_id
),
{{ cohorted }},
{{ finalised }},
edits AS (
  SELECT report_id, edit_id, author,
    row_number() OVER (PARTITION BY report_id ORDER BY edited_at DESC, edit_id DESC) AS age
  FROM user_edits_log
  WHERE {{ visible }}
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
  WHERE {{ visible }}
)
SELECT
  d.report_id, d.store_id, s.retailer, s.region, coalesce(p.began_at, CAST(d.first_detected_at AS DATE)) AS began_at,
  d.first_detected_at, d.last_detected_at, d.direction,
  d.observed_sales, d.expected_sales, d.sales_delta, d.anomaly_score, d.report_status AS detected_status,
  d.lasting_since,
  c.cluster_id,
  g.report_group_id AS joined_group_id, coalesce(g.merged_into, g.report_group_id) AS event_id,
  p.cause AS proposed_cause, p.confidence AS proposed_confidence, p.evidence, p.causes, p.confidences, p.unseen, p.evidences,
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
LEFT JOIN cohorted g ON g.report_id = d.report_id
LEFT JOIN finalised f ON f.report_id = d.report_id
LEFT JOIN edited e ON e.report_id = d.report_id
LEFT JOIN stores s ON s.store_id = d.store_id AND s.age = 1
