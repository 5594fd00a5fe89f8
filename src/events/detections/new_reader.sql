/*---
title: A principal reads a secret for the first time
severity: medium
logic: >-
  The first read of each secret by each principal in the log, as far back as the look-back before the period. It is told once
  the log of the store has been watched for the warm-up: before that, everybody is new.
blind_spots: >-
  Reads before the log begins. A thief who reads what the stolen principal always reads. Reads during the warm-up. An SSM
  read by path names the path, not the parameters below it. Reads of which the log names no secret and no resource, or neither
  a principal nor a source: the command counts them.
false_positives: >-
  The first deployment of a new service, a new secret, or a job that runs less often than the look-back is long.
response: >-
  Compare with the change that should have caused it. Where there is none, ask the owner of the principal; where nobody knows,
  disable its credentials, rotate the secret and look what else it read.
parameters:
  look_back_days: {type: integer, default: 90, minimum: 1, maximum: 3650, about: How many days before the period count as known.}
  warm_up_days: {type: integer, default: 7, minimum: 0, maximum: 365, about: Days that a log must have been watched before anything is new.}
---*/
WITH begun AS (
  SELECT store_id, min(time) AS begun_at
  FROM events
  WHERE time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY store_id
),
-- Nearly all reads name the secret; of the others what the log calls the thing stands for it.
reads AS (
  SELECT
    store_id,
    principal_key,
    CASE WHEN principal_key IS NULL THEN source_ip END AS unnamed_source,
    secret_key,
    secret_key AS thing,
    min(time) AS first_at,
    max(time) AS last_at,
    count(*) AS event_count,
    min(source_ip) AS source_ip
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered') AND secret_key IS NOT NULL
    AND time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3, 4
  UNION ALL
  SELECT
    store_id,
    principal_key,
    CASE WHEN principal_key IS NULL THEN source_ip END AS unnamed_source,
    CAST(NULL AS VARCHAR) AS secret_key,
    resource AS thing,
    min(time) AS first_at,
    max(time) AS last_at,
    count(*) AS event_count,
    min(source_ip) AS source_ip
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered') AND secret_key IS NULL
    AND time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3, 5
)
SELECT
  reads.store_id,
  first_at AS detected_at,
  principal_key,
  secret_key,
  source_ip,
  event_count,
  first_at,
  last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  coalesce(principal_key, 'source ' || unnamed_source) || ' read ' || thing || ' for the first time' AS detail
FROM reads
JOIN begun ON begun.store_id = reads.store_id
WHERE (principal_key IS NOT NULL OR unnamed_source IS NOT NULL) AND thing IS NOT NULL
  AND first_at >= :since AND first_at >= begun_at + INTERVAL ':warm_up_days' DAY
