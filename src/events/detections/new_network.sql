/*---
title: A principal comes from a network that it never came from
severity: medium
logic: >-
  The first event of each principal from each /24 (IPv4) or /48 (IPv6), as far back as the look-back before the period. It is
  told once the principal has been seen for the warm-up, from another network.
blind_spots: >-
  Another machine in a known network; a proxy or an endpoint of the cloud that hides the caller. Events without an address:
  calls that a service of the provider made. Country and autonomous system: the logs do not say them. Principals younger than
  the warm-up, which new_reader tells of.
false_positives: >-
  Travelling people, providers that change addresses, a cluster that grew into a new subnet.
response: >-
  Ask the person, or the owner of the workload, whether they were there. If not, end the sessions, replace the credentials and
  look at everything that came from this network.
parameters:
  look_back_days: {type: integer, default: 90, minimum: 1, maximum: 3650, about: How many days before the period count as known.}
  warm_up_days: {type: integer, default: 7, minimum: 0, maximum: 365, about: Days that a principal must have been seen before.}
---*/
WITH seen AS (
  SELECT
    store_id,
    principal_key,
    source_network,
    min(time) AS first_at,
    max(time) AS last_at,
    count(*) AS event_count,
    min(source_ip) AS source_ip
  FROM events
  WHERE principal_key IS NOT NULL AND source_network IS NOT NULL
    AND time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3
),
aged AS (
  SELECT *, min(first_at) OVER (PARTITION BY store_id, principal_key) AS begun_at
  FROM seen
)
SELECT
  store_id,
  first_at AS detected_at,
  principal_key,
  CAST(NULL AS VARCHAR) AS secret_key,
  source_ip,
  event_count,
  first_at,
  last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  principal_key || ' came from ' || source_network || ' for the first time' AS detail
FROM aged
WHERE first_at >= :since AND first_at > begun_at AND first_at >= begun_at + INTERVAL ':warm_up_days' DAY
