/*---
title: One principal or source reads in several stores, or many Regions, within an hour
severity: medium
logic: >-
  Counts the stores, and the Regions, in which one principal, or one source address, read within the hour that ends with each
  read. Two stores, or more Regions than the limit, are told: once for each hour of the clock.
blind_spots: >-
  One person under different names from different addresses. Stores whose logs are not read. Addresses of gateways that the
  parameter leaves out.
false_positives: >-
  A gateway that many go out by: name it in `shared_sources`. Tools that copy secrets from one store to another.
response: >-
  Is it one person or tool with access to both on purpose? Else somebody may be collecting: look at what was read in each,
  and end the sessions.
parameters:
  regions: {type: integer, default: 3, minimum: 1, maximum: 100, about: Regions within an hour that are never too many.}
  shared_sources: {type: list, default: [], about: Addresses behind which many work.}
---*/
-- Nearly all keep to one store and few Regions: only of the others hours are looked at.
WITH principals_apart AS (
  SELECT principal_key
  FROM (
    SELECT DISTINCT principal_key, store_id, region
    FROM events
    WHERE operation = 'read' AND outcome IN ('success', 'unanswered')
      AND time >= :since - INTERVAL '2' HOUR AND time < :now
  ) AS places
  WHERE principal_key IS NOT NULL
  GROUP BY principal_key
  HAVING min(store_id) <> max(store_id) OR count(DISTINCT region) > :regions
),
sources_apart AS (
  SELECT source_ip
  FROM (
    SELECT DISTINCT source_ip, store_id, region
    FROM events
    WHERE operation = 'read' AND outcome IN ('success', 'unanswered')
      AND time >= :since - INTERVAL '2' HOUR AND time < :now
  ) AS places
  WHERE source_ip IS NOT NULL AND coalesce(source_ip NOT IN (:shared_sources), TRUE)
  GROUP BY source_ip
  HAVING min(store_id) <> max(store_id) OR count(DISTINCT region) > :regions
),
by_actor AS (
  SELECT principal_key AS actor, 'principal' AS kind, store_id, region, date_trunc('hour', time) AS hour_at, min(time) AS first_at, max(time) AS last_at, count(*) AS reads
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered')
    AND time >= :since - INTERVAL '2' HOUR AND time < :now
    AND principal_key IN (SELECT principal_key FROM principals_apart)
  GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT source_ip AS actor, 'source' AS kind, store_id, region, date_trunc('hour', time) AS hour_at, min(time) AS first_at, max(time) AS last_at, count(*) AS reads
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered')
    AND time >= :since - INTERVAL '2' HOUR AND time < :now
    AND source_ip IN (SELECT source_ip FROM sources_apart)
  GROUP BY 1, 2, 3, 4, 5
),
-- The first and the last read of an hour stand for all of it: whatever hour ends with a read has one of them within.
points AS (
  SELECT actor, kind, store_id, region, first_at AS time, reads FROM by_actor
  UNION ALL
  SELECT actor, kind, store_id, region, last_at AS time, 0 AS reads FROM by_actor WHERE last_at > first_at
),
counted AS (
  SELECT
    *,
    min(store_id) OVER recent AS one_store,
    max(store_id) OVER recent AS other_store,
    count(DISTINCT region) OVER recent AS regions,
    min(time) OVER recent AS first_at,
    sum(reads) OVER recent AS event_count,
    max(time) OVER (PARTITION BY kind, actor, date_trunc('hour', time)) AS last_at
  FROM points
  WINDOW recent AS (
    PARTITION BY kind, actor
    ORDER BY time
    RANGE BETWEEN INTERVAL '60' MINUTE PRECEDING AND CURRENT ROW
  )
),
reached AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY kind, actor, date_trunc('hour', time) ORDER BY time, store_id, region) AS place
  FROM counted
  WHERE (one_store <> other_store OR regions > :regions) AND time >= :since
)
SELECT
  store_id,
  time AS detected_at,
  CASE WHEN kind = 'principal' THEN actor END AS principal_key,
  CAST(NULL AS VARCHAR) AS secret_key,
  CASE WHEN kind = 'source' THEN actor END AS source_ip,
  event_count,
  first_at,
  last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  kind || ' ' || actor || ' read in '
    || CASE WHEN one_store <> other_store THEN one_store || ' and ' || other_store ELSE CAST(regions AS VARCHAR) || ' Regions' END
    || ' within an hour' AS detail
FROM reached
WHERE place = 1
