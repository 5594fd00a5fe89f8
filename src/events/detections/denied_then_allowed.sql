/*---
title: A principal reads a secret that it was refused before
severity: high
logic: >-
  The first read that succeeds after at least so many refusals of the same secret to the same principal (to the same source,
  where the log names no principal) within the window before it. A refusal that the log tells several times is one.
blind_spots: >-
  A permission that was gained without having tried before. Refusals and reads that are further apart than the window, or of
  different principals. Refusals of which the log names no secret and no resource.
false_positives: >-
  A deployment whose permission was missing and was added. A credential that expired and was renewed.
response: >-
  Find the change that let it in: who changed the policy or role between the two, and was that reviewed? Where there is none,
  treat the secret as taken.
parameters:
  refusals: {type: integer, default: 3, minimum: 1, maximum: 100000, about: Refusals within the window before the read.}
  window_hours: {type: integer, default: 24, minimum: 1, maximum: 720, about: Length of the window in hours.}
---*/
WITH denied AS (
  SELECT
    store_id,
    coalesce(principal_key, 'source ' || source_ip) AS actor,
    coalesce(secret_key, resource) AS thing,
    coalesce(request_id, event_id) AS call_id,
    min(time) AS time
  FROM events
  WHERE operation = 'read' AND outcome = 'denied'
    AND time >= :since - INTERVAL ':window_hours' HOUR AND time < :now
  GROUP BY 1, 2, 3, 4
),
refused AS (
  SELECT store_id, actor, thing
  FROM denied
  WHERE actor IS NOT NULL AND thing IS NOT NULL
  GROUP BY 1, 2, 3
  HAVING count(*) >= :refusals
),
allowed AS (
  SELECT store_id, principal_key, secret_key, secret_key AS thing, source_ip, time
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered') AND secret_key IN (SELECT thing FROM refused)
    AND time >= :since - INTERVAL ':window_hours' HOUR AND time < :now
  UNION ALL
  SELECT store_id, principal_key, secret_key, resource AS thing, source_ip, time
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered')
    AND secret_key IS NULL AND resource IN (SELECT thing FROM refused)
    AND time >= :since - INTERVAL ':window_hours' HOUR AND time < :now
),
tried AS (
  SELECT
    refused.store_id,
    refused.actor,
    refused.thing,
    denied.time,
    1 AS refusal,
    CAST(NULL AS VARCHAR) AS principal_key,
    CAST(NULL AS VARCHAR) AS secret_key,
    CAST(NULL AS VARCHAR) AS source_ip
  FROM denied
  JOIN refused ON refused.store_id = denied.store_id AND refused.actor = denied.actor AND refused.thing = denied.thing
  UNION ALL
  SELECT
    refused.store_id,
    refused.actor,
    refused.thing,
    allowed.time,
    0 AS refusal,
    allowed.principal_key,
    allowed.secret_key,
    min(allowed.source_ip) AS source_ip
  FROM allowed
  JOIN refused ON refused.store_id = allowed.store_id AND refused.thing = allowed.thing
    AND refused.actor = coalesce(allowed.principal_key, 'source ' || allowed.source_ip)
  GROUP BY 1, 2, 3, 4, 5, 6, 7
),
counted AS (
  SELECT
    *,
    sum(refusal) OVER (
      PARTITION BY store_id, actor, thing
      ORDER BY time
      RANGE BETWEEN INTERVAL ':window_hours' HOUR PRECEDING AND CURRENT ROW
    ) AS refusals,
    lag(refusal) OVER (PARTITION BY store_id, actor, thing ORDER BY time, refusal DESC) AS before_refused,
    lag(time) OVER (PARTITION BY store_id, actor, thing ORDER BY time, refusal DESC) AS refused_at
  FROM tried
)
SELECT
  store_id,
  time AS detected_at,
  principal_key,
  secret_key,
  source_ip,
  refusals AS event_count,
  refused_at AS first_at,
  time AS last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  actor || ' read ' || thing || ' after ' || CAST(refusals AS VARCHAR) || ' refusals' AS detail
FROM counted
WHERE refusal = 0 AND before_refused = 1 AND refusals >= :refusals AND time >= :since
