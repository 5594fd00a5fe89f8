/*---
title: A read at an hour at which this principal does not read
severity: low
logic: >-
  Where hours are declared for the principal, a read outside them or on another day of the week. Else its own: an hour of the
  day is usual once it, or the hour before or after, has had reads on enough earlier days; a read at another one is told,
  after the warm-up. A principal for which nearly all hours are usual works around the clock and has no off hours, as has
  one that is declared a workload. One finding for a principal, a day and an hour.
blind_spots: >-
  Whoever keeps to the hours of the principal. Principals that are declared workloads or work around the clock. Reads during the
  warm-up. Public holidays.
false_positives: >-
  On-call work, travel, jobs that were moved; learnt hours shift by one with summer time, which is within the tolerance.
response: >-
  Ask the person whether it was them; look for an incident or a change at that time. If neither, end the sessions and replace
  the credentials.
parameters:
  look_back_days: {type: integer, default: 60, minimum: 1, maximum: 3650, about: How many days before the period hours are learnt from.}
  warm_up_days: {type: integer, default: 10, minimum: 1, maximum: 365, about: Earlier days with reads that a principal must have before its hours are learnt.}
  usual_days: {type: integer, default: 2, minimum: 1, maximum: 365, about: Earlier days with reads that make an hour usual.}
  around_the_clock_hours: {type: integer, default: 20, minimum: 1, maximum: 25, about: Usual hours of the day from which a principal works around the clock; 25 is none.}
  time_zone: {type: text, default: UTC, about: Time zone of declared hours and days (IANA).}
---*/
WITH hourly AS (
  SELECT
    store_id,
    principal_key,
    date_trunc('hour', time) AS hour_at,
    min(time) AS first_at,
    max(time) AS last_at,
    count(*) AS event_count
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered') AND principal_key IS NOT NULL
    AND time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3
),
known AS (
  SELECT
    hourly.store_id,
    hourly.principal_key,
    hourly.first_at,
    hourly.last_at,
    hourly.event_count,
    CAST(hourly.hour_at AS DATE) AS active_day,
    extract(HOUR FROM hourly.hour_at) AS hour_of_day,
    principals.from_hour,
    principals.to_hour,
    principals.days
  FROM hourly
  LEFT JOIN principals
    ON principals.store_id = hourly.store_id AND principals.principal_key = hourly.principal_key
  WHERE coalesce(principals.is_workload, FALSE) = FALSE
),
-- Declared hours begin and end on the hour, so that the first and the last read of an hour of UTC show all there is.
local AS (
  SELECT
    store_id,
    principal_key,
    first_at,
    last_at,
    event_count,
    from_hour,
    to_hour,
    days,
    extract(HOUR FROM first_at AT TIME ZONE 'UTC' AT TIME ZONE :time_zone) AS first_hour,
    extract(HOUR FROM last_at AT TIME ZONE 'UTC' AT TIME ZONE :time_zone) AS last_hour,
    date_diff('day', DATE '2024-01-01', CAST(first_at AT TIME ZONE 'UTC' AT TIME ZONE :time_zone AS DATE)) AS first_day,
    date_diff('day', DATE '2024-01-01', CAST(last_at AT TIME ZONE 'UTC' AT TIME ZONE :time_zone AS DATE)) AS last_day
  FROM known
  WHERE from_hour IS NOT NULL AND to_hour IS NOT NULL AND first_at >= :since
),
-- 2024-01-01 was a Monday; `days` has a 1 for each day of the week that is worked, Monday first.
judged AS (
  SELECT
    *,
    substr(days, CAST(((first_day % 7) + 7) % 7 + 1 AS INTEGER), 1) = '0'
      OR (from_hour <= to_hour AND (first_hour < from_hour OR first_hour >= to_hour))
      OR (from_hour > to_hour AND first_hour < from_hour AND first_hour >= to_hour) AS first_is_off,
    substr(days, CAST(((last_day % 7) + 7) % 7 + 1 AS INTEGER), 1) = '0'
      OR (from_hour <= to_hour AND (last_hour < from_hour OR last_hour >= to_hour))
      OR (from_hour > to_hour AND last_hour < from_hour AND last_hour >= to_hour) AS last_is_off
  FROM local
),
learning AS (
  SELECT store_id, principal_key, active_day, hour_of_day, first_at, last_at, event_count
  FROM known
  WHERE from_hour IS NULL OR to_hour IS NULL
),
daily AS (
  SELECT
    store_id,
    principal_key,
    active_day,
    row_number() OVER (PARTITION BY store_id, principal_key ORDER BY active_day) - 1 AS earlier_days
  FROM (SELECT DISTINCT store_id, principal_key, active_day FROM learning) AS active
),
hours AS (
  SELECT store_id, principal_key, hour_of_day, count(*) AS active_days
  FROM learning
  GROUP BY 1, 2, 3
),
all_day AS (
  SELECT store_id, principal_key
  FROM hours
  WHERE active_days >= :usual_days
  GROUP BY store_id, principal_key
  HAVING count(*) >= :around_the_clock_hours
),
partial AS (
  SELECT
    learning.store_id,
    learning.principal_key,
    learning.active_day,
    learning.hour_of_day,
    learning.first_at,
    learning.last_at,
    learning.event_count
  FROM learning
  LEFT JOIN all_day
    ON all_day.store_id = learning.store_id AND all_day.principal_key = learning.principal_key
  WHERE all_day.store_id IS NULL
),
-- From which day on an hour is usual: the day after the last of `usual_days` days with reads in it or beside it.
covered AS (
  SELECT DISTINCT
    partial.store_id,
    partial.principal_key,
    partial.active_day,
    (partial.hour_of_day + beside.hours + 24) % 24 AS hour_of_day
  FROM partial
  CROSS JOIN (VALUES (-1), (0), (1)) AS beside (hours)
),
numbered AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY store_id, principal_key, hour_of_day ORDER BY active_day) AS place
  FROM covered
),
odd AS (
  SELECT
    partial.store_id,
    partial.principal_key,
    partial.hour_of_day,
    partial.first_at,
    partial.last_at,
    partial.event_count
  FROM partial
  JOIN daily ON daily.store_id = partial.store_id AND daily.principal_key = partial.principal_key
    AND daily.active_day = partial.active_day
  LEFT JOIN numbered ON numbered.store_id = partial.store_id AND numbered.principal_key = partial.principal_key
    AND numbered.hour_of_day = partial.hour_of_day AND numbered.place = :usual_days
  WHERE daily.earlier_days >= :warm_up_days AND partial.first_at >= :since
    AND (numbered.active_day IS NULL OR numbered.active_day >= partial.active_day)
),
found AS (
  SELECT
    store_id,
    principal_key,
    CASE WHEN first_is_off THEN first_at ELSE last_at END AS detected_at,
    first_at,
    last_at,
    event_count,
    'read outside ' || CAST(from_hour AS VARCHAR) || ' to ' || CAST(to_hour AS VARCHAR) || ' o''clock or the days that are declared' AS detail
  FROM judged
  WHERE first_is_off OR last_is_off
  UNION ALL
  SELECT
    store_id,
    principal_key,
    first_at AS detected_at,
    first_at,
    last_at,
    event_count,
    'read at ' || CAST(hour_of_day AS VARCHAR) || ' o''clock UTC, not one of its usual hours' AS detail
  FROM odd
)
SELECT
  store_id,
  detected_at,
  principal_key,
  CAST(NULL AS VARCHAR) AS secret_key,
  CAST(NULL AS VARCHAR) AS source_ip,
  event_count,
  first_at,
  last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  detail
FROM found
