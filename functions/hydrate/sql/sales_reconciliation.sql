-- What became of the sales of each date from :first_date to :tick, one row per date, account and reason: what the sales
-- log has in force, what was set aside and has no usable row of its key, and what the published state holds.
--
-- :run_id  the run                :tick  only rows of this tick or earlier
-- :as_of   of the rows of this very tick, only those written by then (UTC); it is also when the state was written
--
-- What was set aside and has no readable date counts on the tick at which it was seen.
WITH lost AS (
  -- A row that was rejected for several columns is there once.
  SELECT store_id, "date", category, file, row_number, tick, max(sales) AS sales, min(rule) AS rule,
    max(written_at) AS written_at
  FROM ingest_rejections_log
  WHERE {{ visible }} AND tick >= :first_date
    AND dataset = 'unified_sales_data' AND outcome IN ('rejected', 'total')
  GROUP BY store_id, "date", category, file, row_number, tick
),
landed_rows AS (
  SELECT store_id, "date", category, sales, CAST(NULL AS VARCHAR) AS rule, 0 AS is_lost, tick, written_at
  FROM sales_timeseries_data
  WHERE {{ visible }} AND tick >= :first_date
    AND "date" >= CAST(:first_date AS DATE) AND "date" <= CAST(:tick AS DATE)
  UNION ALL
  SELECT store_id, coalesce("date", CAST(tick AS DATE)) AS "date", category, sales, rule, 1 AS is_lost, tick, written_at
  FROM lost
),
ranked AS (
  SELECT "date", sales, rule, is_lost,
    rank() OVER (
      PARTITION BY store_id, "date", category ORDER BY is_lost, written_at DESC, tick DESC
    ) AS age
  FROM landed_rows
),
weeks AS (
  -- Which write holds each week of the state.
  SELECT week, part_tick, part_written_at
  FROM attribution_ready_sales_weeks
  WHERE run_id = :run_id AND tick = :tick AND written_at = CAST(:as_of AS TIMESTAMP)
),
parts AS (
  SELECT "date", observed_sales, CAST(tick AS DATE) AS part_tick, written_at, CAST(date_trunc('week', "date") AS DATE) AS week
  FROM attribution_ready_sales
  WHERE run_id = :run_id AND tick >= :first_date AND tick <= :tick
),
accounts AS (
  SELECT "date", CASE WHEN is_lost = 1 THEN 'set_aside' ELSE 'used' END AS account, rule, sales
  FROM ranked
  WHERE age = 1 AND "date" >= CAST(:first_date AS DATE)
  UNION ALL
  SELECT p."date", 'exported' AS account, CAST(NULL AS VARCHAR) AS rule, p.observed_sales AS sales
  FROM weeks w
  JOIN parts p ON p.week = w.week AND p.part_tick = w.part_tick AND p.written_at = w.part_written_at
)
SELECT "date", account, rule, sum(sales) AS sales, count(*) AS n_rows
FROM accounts
GROUP BY "date", account, rule
