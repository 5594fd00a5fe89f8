/*---
title: Who read which secret, first and last, how often, on which days and in which versions
parameters:
  store: {type: text, default: "", about: "Source in the configuration; empty: all."}
  days: {type: integer, default: 92, minimum: 1, maximum: 3650, about: Days before the end of the log of which each day is counted.}
---*/
WITH reads AS (
  SELECT
    store_id,
    secret_key,
    coalesce(principal_key, '') AS principal,
    principal_name,
    secret_version,
    time,
    outcome
  FROM events
  WHERE operation = 'read' AND secret_key IS NOT NULL AND outcome IN ('success', 'unanswered', 'denied')
    AND (:store = '' OR store_id = :store)
),
ends AS (
  SELECT store_id, max(time) AS last_at FROM events WHERE :store = '' OR store_id = :store GROUP BY store_id
),
by_day AS (
  SELECT reads.store_id, secret_key, principal, CAST(time AS DATE) AS read_day, count(*) AS read_count
  FROM reads JOIN ends ON ends.store_id = reads.store_id
  WHERE outcome <> 'denied' AND time >= ends.last_at - INTERVAL ':days' DAY
  GROUP BY 1, 2, 3, 4
),
days AS (
  SELECT
    store_id,
    secret_key,
    principal,
    array_agg(CAST(read_day AS VARCHAR) || '=' || CAST(read_count AS VARCHAR) ORDER BY read_day) AS days
  FROM by_day
  GROUP BY 1, 2, 3
),
by_version AS (
  SELECT store_id, secret_key, principal, secret_version, count(*) AS read_count, max(time) AS last_read_at
  FROM reads
  WHERE outcome <> 'denied' AND secret_version IS NOT NULL
  GROUP BY 1, 2, 3, 4
),
versions AS (
  SELECT
    store_id,
    secret_key,
    principal,
    array_agg(
      -- To the second: behind it the engines write instants differently.
      substr(CAST(last_read_at AS VARCHAR), 1, 19) || '=' || CAST(read_count AS VARCHAR) || '=' || secret_version
      ORDER BY last_read_at DESC, secret_version
    ) AS versions
  FROM by_version
  GROUP BY 1, 2, 3
),
pairs AS (
  SELECT
    store_id,
    secret_key,
    principal,
    max(principal_name) AS principal_name,
    count(*) FILTER (WHERE outcome <> 'denied') AS read_count,
    count(*) FILTER (WHERE outcome = 'denied') AS denied_count,
    count(*) FILTER (WHERE outcome <> 'denied' AND secret_version IS NULL) AS unversioned_read_count,
    min(time) FILTER (WHERE outcome <> 'denied') AS first_read_at,
    max(time) FILTER (WHERE outcome <> 'denied') AS last_read_at
  FROM reads
  GROUP BY 1, 2, 3
)
SELECT
  pairs.store_id,
  pairs.secret_key,
  nullif(pairs.principal, '') AS principal_key,
  principal_name,
  read_count,
  denied_count,
  unversioned_read_count,
  first_read_at,
  last_read_at,
  versions,
  days
FROM pairs
LEFT JOIN versions ON versions.store_id = pairs.store_id AND versions.secret_key = pairs.secret_key
  AND versions.principal = pairs.principal
LEFT JOIN days ON days.store_id = pairs.store_id AND days.secret_key = pairs.secret_key
  AND days.principal = pairs.principal
ORDER BY pairs.store_id, pairs.secret_key, pairs.principal
