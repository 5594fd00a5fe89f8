/*---
title: Many refused reads in a short time
severity: high
logic: >-
  Counts reads, decryptions and listings that were refused in the window that ends with each of them: by principal, or by
  source where the log names no principal; and by source, where several principals are refused from it. A batch call counts
  each secret that it names, once. The first refusal, in each hour of the clock, by which the count reaches the threshold is told, with
  all that follow it in that hour.
blind_spots: >-
  Attempts that are spread over more than the window, or over many principals and sources. Logs that leave out refusals.
false_positives: >-
  A deployment that lost a permission and tries again; a scanner of your own; many users behind one address.
response: >-
  Ask the owner of the principal what ran then. Where nobody knows, disable its credentials and look what else it read.
parameters:
  threshold: {type: integer, default: 10, minimum: 2, maximum: 100000, about: Refusals within the window.}
  window_minutes: {type: integer, default: 10, minimum: 1, maximum: 1440, about: Length of the window in minutes.}
---*/
WITH denied AS (
  SELECT
    store_id,
    coalesce(request_id, event_id) AS call_id,
    coalesce(secret_key, resource, '') AS thing,
    principal_key,
    source_ip,
    min(secret_key) AS secret_key,
    min(time) AS time,
    min(event_id) AS event_id
  FROM events
  WHERE outcome = 'denied' AND operation IN ('read', 'decrypt', 'list')
    AND time >= :since - INTERVAL ':window_minutes' MINUTE AND time < :now
  GROUP BY 1, 2, 3, 4, 5
),
by_actor AS (
  SELECT
    *,
    coalesce(principal_key, 'source:' || source_ip) AS actor,
    principal_key AS who
  FROM denied
  UNION ALL
  SELECT *, 'several:' || source_ip AS actor, CAST(NULL AS VARCHAR) AS who
  FROM denied
  WHERE principal_key IS NOT NULL
),
counted AS (
  SELECT
    *,
    count(*) OVER recent AS refusals,
    min(time) OVER recent AS first_at,
    count(*) OVER this_hour - count(*) OVER so_far AS later_refusals,
    max(time) OVER this_hour AS last_at,
    min(principal_key) OVER recent AS one_principal,
    max(principal_key) OVER recent AS other_principal
  FROM by_actor
  WHERE actor IS NOT NULL
  WINDOW recent AS (
    PARTITION BY store_id, actor
    ORDER BY time
    RANGE BETWEEN INTERVAL ':window_minutes' MINUTE PRECEDING AND CURRENT ROW
  ),
  this_hour AS (PARTITION BY store_id, actor, date_trunc('hour', time)),
  so_far AS (PARTITION BY store_id, actor, date_trunc('hour', time) ORDER BY time)
),
reached AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY store_id, actor, date_trunc('hour', time)
      ORDER BY time, event_id, thing
    ) AS place
  FROM counted
  WHERE refusals >= :threshold AND time >= :since
    AND (actor NOT LIKE 'several:%' OR one_principal <> other_principal)
)
SELECT
  store_id,
  time AS detected_at,
  who AS principal_key,
  secret_key,
  source_ip,
  refusals + later_refusals AS event_count,
  first_at,
  last_at,
  event_id,
  CAST(refusals AS VARCHAR) || ' refused within ' || CAST(:window_minutes AS VARCHAR) || ' minutes'
    || CASE WHEN later_refusals > 0 THEN ', then ' || CAST(later_refusals AS VARCHAR) || ' more in that hour' ELSE '' END
    || CASE WHEN who IS NULL THEN ' from ' || source_ip ELSE '' END AS detail
FROM reached
WHERE place = 1
