/*---
title: A log that always had events has none
severity: high
logic: >-
  For each account, key vault, project or namespace of a store and each of its Regions: the time between two hours with events, or
  since the last one until now. It is told where it reaches the least silence, is longer than the longest silence before it times the factor,
  and the log had been watched for the warm-up.
blind_spots: >-
  A log that went silent before it was watched for the warm-up, or one that is often silent. A log from which only some events are missing.
  Whether the store was idle or the log was stopped: both are silence.
false_positives: >-
  Holidays and shut-downs. Logs that were not yet ingested: the period ends with what was read.
response: >-
  Is the sink still on, and may it write? Look for the call that stopped it (privileged_operation), and fetch what is missing. What
  happened meanwhile is not known: do not take it for nothing.
parameters:
  silent_hours: {type: integer, default: 24, minimum: 1, maximum: 8760, about: Hours without events that are never too many.}
  factor: {type: number, default: 3, minimum: 1, maximum: 1000, about: How many times its longest silence so far a log may be silent.}
  warm_up_days: {type: integer, default: 7, minimum: 1, maximum: 365, about: Days that a log must have been watched.}
  look_back_days: {type: integer, default: 90, minimum: 1, maximum: 3650, about: How many days before the period silences are learnt from.}
---*/
WITH active AS (
  SELECT store_id, account, region, date_trunc('hour', time) AS hour_at, max(time) AS last_at, count(*) AS event_count
  FROM events
  WHERE time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3, 4
),
-- Between whole hours, so that every engine counts the same.
silences AS (
  SELECT
    store_id,
    account,
    region,
    hour_at,
    last_at,
    min(hour_at) OVER source AS begun_at,
    coalesce(lead(hour_at) OVER source, date_trunc('hour', :now)) AS next_at,
    date_diff('minute', hour_at, coalesce(lead(hour_at) OVER source, date_trunc('hour', :now))) - 60 AS minutes
  FROM active
  WINDOW source AS (PARTITION BY store_id, account, region ORDER BY hour_at)
),
learnt AS (
  SELECT
    *,
    coalesce(max(minutes) OVER (
      PARTITION BY store_id, account, region
      ORDER BY hour_at
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS longest
  FROM silences
)
SELECT
  store_id,
  next_at AS detected_at,
  CAST(NULL AS VARCHAR) AS principal_key,
  CAST(NULL AS VARCHAR) AS secret_key,
  CAST(NULL AS VARCHAR) AS source_ip,
  0 AS event_count,
  last_at AS first_at,
  next_at AS last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  'no event of ' || coalesce(account, store_id) || coalesce(' in ' || region, '') || ' for '
    || CAST(CAST(floor(minutes / 60.0) AS INTEGER) AS VARCHAR) || ' hours' AS detail
FROM learnt
WHERE minutes >= 60 * :silent_hours AND minutes > :factor * longest AND next_at >= :since
  AND hour_at >= begun_at + INTERVAL ':warm_up_days' DAY
