/*---
title: Many failed logins in a short time
severity: high
logic: >-
  Counts logins that were refused or failed in the window that ends with each of them: by source, and by account where they
  come from several sources. The account is the principal, else what the log calls it, else the path of the login. The first, in
  each hour of the clock, by which the count reaches the threshold is told, with all that follow it in that hour.
blind_spots: >-
  Guessing that is slower than the window allows, or spread over many sources and accounts at once. Logins at an identity provider, whose log is
  another one. Logs that hide the name of an account that does not exist.
false_positives: >-
  A service with an expired credential that tries again; many people behind one address after a change of passwords.
response: >-
  Did one of the accounts log in afterwards from there? If so replace its credentials and look at what it did. Limit the rate
  or bar the source.
parameters:
  threshold: {type: integer, default: 10, minimum: 2, maximum: 100000, about: Failed logins within the window.}
  window_minutes: {type: integer, default: 10, minimum: 1, maximum: 1440, about: Length of the window in minutes.}
---*/
WITH failed AS (
  SELECT
    store_id,
    time,
    principal_key,
    source_ip,
    event_id,
    coalesce(principal_key, principal_name, resource) AS account_name
  FROM events
  WHERE operation = 'login' AND outcome IN ('denied', 'failed')
    AND time >= :since - INTERVAL ':window_minutes' MINUTE AND time < :now
),
by_actor AS (
  SELECT *, 'source:' || source_ip AS actor
  FROM failed
  UNION ALL
  SELECT *, 'account:' || account_name AS actor
  FROM failed
),
counted AS (
  SELECT
    *,
    count(*) OVER recent AS failures,
    min(time) OVER recent AS first_at,
    count(*) OVER this_hour - count(*) OVER so_far AS later_failures,
    max(time) OVER this_hour AS last_at,
    min(coalesce(source_ip, '')) OVER recent AS one_source,
    max(coalesce(source_ip, '')) OVER recent AS other_source,
    min(coalesce(principal_key, '')) OVER recent AS one_principal,
    max(coalesce(principal_key, '')) OVER recent AS other_principal
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
      ORDER BY time, event_id
    ) AS place
  FROM counted
  WHERE failures >= :threshold AND time >= :since
    AND (actor LIKE 'source:%' OR one_source <> other_source OR other_source = '')
)
SELECT
  store_id,
  time AS detected_at,
  CASE WHEN one_principal = other_principal THEN principal_key END AS principal_key,
  CAST(NULL AS VARCHAR) AS secret_key,
  CASE WHEN one_source = other_source THEN source_ip END AS source_ip,
  failures + later_failures AS event_count,
  first_at,
  last_at,
  event_id,
  CAST(failures AS VARCHAR) || ' failed logins within ' || CAST(:window_minutes AS VARCHAR) || ' minutes'
    || CASE WHEN later_failures > 0 THEN ', then ' || CAST(later_failures AS VARCHAR) || ' more in that hour' ELSE '' END
    || ', ' || actor AS detail
FROM reached
WHERE place = 1
