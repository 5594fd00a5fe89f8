/*---
title: One principal reads many different secrets within an hour
severity: high
logic: >-
  Counts the different secrets that a principal (a source, where the log names no principal) read in the hour that ends with each
  of its reads; a batch read counts each secret that it names, however many events the log made of it. Told is the first
  read, in each hour of the clock, by which the count is above both the threshold and the principal's own habit times the
  factor, with what it read on to the end of that hour. The habit is the 99th percentile of its different secrets an hour, over the hours with reads of earlier days in the look-back.
blind_spots: >-
  Slow reading: fewer than the threshold in every hour. A principal that always reads much, such as an operator that copies
  secrets, may read up to three times that. An SSM read by path names one path, however many parameters it returns.
false_positives: >-
  A backup or migration; an operator that starts with an empty cache; the first days of a log, when nothing is a habit yet. A read
  of which the log names neither secret nor resource counts as a secret of its own.
response: >-
  Ask the owner whether it was planned. If not, disable the principal, end its sessions and rotate what it read:
  the events of the principal within the hour name each secret.
parameters:
  threshold: {type: integer, default: 20, minimum: 1, maximum: 1000000, about: Different secrets within an hour that are never too many.}
  factor: {type: number, default: 3, minimum: 1, maximum: 1000, about: How many times its habit a principal may read.}
  look_back_days: {type: integer, default: 30, minimum: 1, maximum: 365, about: How many days before each day its habit is learnt from.}
---*/
WITH active AS (
  SELECT store_id, principal_key, CASE WHEN principal_key IS NULL THEN source_ip END AS unnamed_source, date_trunc('hour', time) AS hour_at, count(*) AS reads
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered')
    AND time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3, 4
),
-- Counting different secrets takes most of the time: who never read as many times as half of what is too many is left out first.
lively AS (
  SELECT DISTINCT store_id, coalesce(principal_key, 'source:' || unnamed_source) AS actor
  FROM active
  WHERE 2 * reads > :threshold
),
hourly AS (
  SELECT
    events.store_id,
    lively.actor,
    date_trunc('hour', events.time) AS hour_at,
    -- What is not named counts for itself each time: more than there is at most, and below it is counted exactly.
    count(DISTINCT events.secret_key) + count(*) FILTER (WHERE events.secret_key IS NULL) AS secrets
  FROM events
  JOIN lively ON lively.store_id = events.store_id
    AND lively.actor = coalesce(events.principal_key, 'source:' || events.source_ip)
  WHERE events.operation = 'read' AND events.outcome IN ('success', 'unanswered')
    AND events.time >= :since - INTERVAL ':look_back_days' DAY AND events.time < :now
  GROUP BY 1, 2, 3
),
-- An hour that ends in this one lies in this one and the one before: one of them has half of what is too many.
high AS (
  SELECT store_id, actor, hour_at
  FROM hourly
  WHERE actor IS NOT NULL AND 2 * secrets > :threshold
),
near AS (
  SELECT DISTINCT
    store_id,
    actor,
    hour_at + ends * INTERVAL '1' HOUR AS hour_at,
    hour_at + counts * INTERVAL '1' HOUR AS counted_at
  FROM high
  CROSS JOIN (VALUES (0, 0), (0, -1), (1, 0), (1, 1)) AS hours (ends, counts)
),
busy AS (
  SELECT near.store_id, near.actor, near.hour_at, CAST(near.hour_at AS DATE) AS active_day, sum(hourly.secrets) AS most
  FROM near
  JOIN hourly ON hourly.store_id = near.store_id AND hourly.actor = near.actor AND hourly.hour_at = near.counted_at
  WHERE near.hour_at >= :since - INTERVAL '1' HOUR
  GROUP BY near.store_id, near.actor, near.hour_at
  HAVING sum(hourly.secrets) > :threshold
),
busy_days AS (
  SELECT DISTINCT store_id, actor, active_day FROM busy
),
habits AS (
  SELECT hourly.store_id, hourly.actor, CAST(hourly.hour_at AS DATE) AS active_day, hourly.secrets, count(*) AS hours
  FROM hourly
  JOIN (SELECT DISTINCT store_id, actor FROM busy) AS actors
    ON actors.store_id = hourly.store_id AND actors.actor = hourly.actor
  GROUP BY 1, 2, 3, 4
),
earlier AS (
  SELECT busy_days.store_id, busy_days.actor, busy_days.active_day, habits.secrets, sum(habits.hours) AS hours
  FROM busy_days
  JOIN habits ON habits.store_id = busy_days.store_id AND habits.actor = busy_days.actor
    AND habits.active_day < busy_days.active_day
    AND habits.active_day >= busy_days.active_day - INTERVAL ':look_back_days' DAY
  GROUP BY 1, 2, 3, 4
),
ranked AS (
  SELECT
    *,
    sum(hours) OVER (PARTITION BY store_id, actor, active_day ORDER BY secrets ROWS UNBOUNDED PRECEDING) AS up_to,
    sum(hours) OVER (PARTITION BY store_id, actor, active_day) AS in_all
  FROM earlier
),
habit AS (
  SELECT store_id, actor, active_day, min(secrets) AS usual
  FROM ranked
  WHERE up_to >= 0.99 * in_all
  GROUP BY 1, 2, 3
),
suspect AS (
  SELECT
    busy.store_id,
    busy.actor,
    busy.hour_at,
    coalesce(habit.usual, 0) AS usual,
    greatest(CAST(:threshold AS DOUBLE), CAST(:factor AS DOUBLE) * coalesce(habit.usual, 0)) AS allowed
  FROM busy
  LEFT JOIN habit ON habit.store_id = busy.store_id AND habit.actor = busy.actor AND habit.active_day = busy.active_day
  WHERE busy.most > greatest(CAST(:threshold AS DOUBLE), CAST(:factor AS DOUBLE) * coalesce(habit.usual, 0))
),
wanted AS (
  SELECT DISTINCT store_id, actor, hour_at - before * INTERVAL '1' HOUR AS hour_at
  FROM suspect
  CROSS JOIN (VALUES (0), (1)) AS hours (before)
),
sliding AS (
  SELECT
    events.store_id,
    wanted.actor,
    events.principal_key,
    events.secret_key,
    events.source_ip,
    events.time,
    wanted.hour_at,
    count(DISTINCT coalesce(events.secret_key, events.resource, events.event_id)) OVER recent AS secrets,
    min(events.time) OVER recent AS first_at,
    max(events.time) OVER (PARTITION BY events.store_id, wanted.actor, wanted.hour_at) AS last_at
  FROM events
  JOIN wanted ON wanted.store_id = events.store_id
    AND wanted.actor = coalesce(events.principal_key, 'source:' || events.source_ip)
    AND wanted.hour_at = date_trunc('hour', events.time)
  WHERE events.operation = 'read' AND events.outcome IN ('success', 'unanswered')
    AND events.time >= :since - INTERVAL '2' HOUR AND events.time < :now
  WINDOW recent AS (
    PARTITION BY events.store_id, wanted.actor
    ORDER BY events.time
    RANGE BETWEEN INTERVAL '60' MINUTE PRECEDING AND CURRENT ROW
  )
),
reached AS (
  SELECT
    sliding.store_id,
    sliding.principal_key,
    sliding.source_ip,
    sliding.time,
    sliding.first_at,
    sliding.last_at,
    sliding.secrets,
    suspect.usual,
    max(sliding.secrets) OVER (PARTITION BY sliding.store_id, sliding.actor, sliding.hour_at) AS most,
    row_number() OVER (
      PARTITION BY sliding.store_id, sliding.actor, sliding.hour_at
      ORDER BY sliding.time, sliding.secret_key, sliding.source_ip
    ) AS place
  FROM sliding
  JOIN suspect ON suspect.store_id = sliding.store_id AND suspect.actor = sliding.actor
    AND suspect.hour_at = sliding.hour_at
  WHERE sliding.secrets > suspect.allowed AND sliding.time >= :since
)
SELECT
  store_id,
  time AS detected_at,
  principal_key,
  CAST(NULL AS VARCHAR) AS secret_key,
  source_ip,
  most AS event_count,
  first_at,
  last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  CAST(most AS VARCHAR) || ' different secrets within an hour; usual for it are up to ' || CAST(usual AS VARCHAR) AS detail
FROM reached
WHERE place = 1
