/*---
title: A superseded, disabled or deleted version is read
severity: medium
logic: >-
  By what the log itself shows: a read of the stage AWSPREVIOUS; of a numbered version after a higher one was read or written;
  of another named version than the one written last; of a version after it was disabled or destroyed; of a secret, or of its newest
  version, after that was deleted, until something is written to it again; and one that Vault itself answers with a version that is
  deleted or destroyed. A grace after the change is allowed for, except where something is gone. One finding for a
  principal, a secret, a version and a day.
blind_spots: >-
  Changes before the look-back. Reads of which the log does not say the version: CloudTrail names it only where the caller
  did, and then the caller has asked for one version on purpose. A version that was written from outside the log. Which
  version of Vault's was asked for, deleted or destroyed where its log hashes that: the finding says so.
false_positives: >-
  A rotation whose consumers take longer than the grace; a restore without a write; comparing versions on purpose.
response: >-
  Tell the owner of the principal to take the newest version, then disable the old one. A read of what was deleted shows a
  consumer that was forgotten.
parameters:
  grace_hours: {type: integer, default: 24, minimum: 0, maximum: 8760, about: Hours after a change in which the old version may be read.}
  look_back_days: {type: integer, default: 90, minimum: 1, maximum: 3650, about: How many days before the period changes are looked for.}
---*/
WITH changes AS (
  SELECT store_id, secret_key, secret_version, operation, min(time) AS first_at, max(time) AS last_at
  FROM events
  WHERE operation IN ('write', 'rotate', 'delete') AND outcome IN ('success', 'unanswered') AND secret_key IS NOT NULL
    AND time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3, 4
),
gone AS (
  SELECT DISTINCT store_id, secret_key FROM changes WHERE operation = 'delete'
),
reads AS (
  SELECT
    store_id,
    secret_key,
    secret_version,
    principal_key,
    CASE WHEN principal_key IS NULL THEN source_ip END AS unnamed_source,
    CAST(time AS DATE) AS read_day,
    min(time) AS first_at,
    max(time) AS last_at,
    min(source_ip) AS source_ip,
    count(*) AS event_count,
    -- Vault's answer that the version is deleted or destroyed.
    max(CASE WHEN provider = 'hashicorp' AND outcome = 'failed' AND error_code = '404' THEN time END) AS gone_at
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered', 'failed')
    AND secret_key IS NOT NULL AND secret_version IS NOT NULL
    AND time >= :since - INTERVAL ':look_back_days' DAY AND time < :now
  GROUP BY 1, 2, 3, 4, 5, 6
  UNION ALL
  SELECT
    store_id,
    secret_key,
    CAST(NULL AS VARCHAR) AS secret_version,
    principal_key,
    CASE WHEN principal_key IS NULL THEN source_ip END AS unnamed_source,
    CAST(time AS DATE) AS read_day,
    min(time) AS first_at,
    max(time) AS last_at,
    min(source_ip) AS source_ip,
    count(*) AS event_count,
    max(CASE WHEN provider = 'hashicorp' AND outcome = 'failed' AND error_code = '404' THEN time END) AS gone_at
  FROM events
  WHERE operation = 'read' AND outcome IN ('success', 'unanswered', 'failed')
    AND secret_key IS NOT NULL AND secret_version IS NULL
    AND (secret_key IN (SELECT secret_key FROM gone) OR error_code = '404')
    AND time >= :since AND time < :now
  GROUP BY 1, 2, 4, 5, 6
),
-- When each version was first seen, by its number where it has one.
versions AS (
  SELECT
    store_id,
    secret_key,
    secret_version,
    try_cast(secret_version AS BIGINT) AS number,
    min(first_at) AS first_at,
    max(CASE WHEN operation <> 'read' THEN last_at END) AS written_at
  FROM (
    SELECT store_id, secret_key, secret_version, 'read' AS operation, first_at, last_at FROM reads
    UNION ALL
    SELECT store_id, secret_key, secret_version, operation, first_at, last_at FROM changes WHERE operation <> 'delete'
  ) AS seen
  -- A hash is no name: of two of them nobody knows which version is the newer.
  WHERE secret_version IS NOT NULL AND secret_version NOT LIKE 'hmac-sha256:%'
  GROUP BY 1, 2, 3
),
superseded AS (
  SELECT old.store_id, old.secret_key, old.secret_version, min(new.first_at) AS since_at
  FROM versions AS old
  JOIN versions AS new ON new.store_id = old.store_id AND new.secret_key = old.secret_key AND new.number > old.number
  GROUP BY 1, 2, 3
  UNION ALL
  SELECT old.store_id, old.secret_key, old.secret_version, min(new.written_at) AS since_at
  FROM versions AS old
  JOIN versions AS new ON new.store_id = old.store_id AND new.secret_key = old.secret_key
    AND new.secret_version <> old.secret_version AND new.written_at > coalesce(old.written_at, TIMESTAMP '1970-01-01 00:00:00')
  WHERE old.number IS NULL AND new.number IS NULL AND lower(old.secret_version) NOT LIKE 'aws%' AND lower(old.secret_version) <> 'latest'
  GROUP BY 1, 2, 3
),
-- Deleting a version, or the whole of a secret, holds until something is written after it. Joined by equality alone: with an OR in its
-- condition a join compares everything with everything.
deleted AS (
  SELECT
    gone.store_id,
    gone.secret_key,
    gone.secret_version,
    max(gone.last_at) AS since_at,
    max(CASE
      WHEN gone.secret_version IS NULL OR gone.secret_version = 'latest'
        OR again.secret_version IS NULL OR again.secret_version = gone.secret_version THEN again.last_at
    END) AS written_at
  FROM changes AS gone
  LEFT JOIN changes AS again ON again.store_id = gone.store_id AND again.secret_key = gone.secret_key
    AND again.operation <> 'delete'
  WHERE gone.operation = 'delete'
  GROUP BY 1, 2, 3
),
judged AS (
  SELECT
    reads.*,
    CASE
      WHEN upper(reads.secret_version) = 'AWSPREVIOUS' THEN 'the previous version'
      WHEN reads.gone_at >= :since THEN 'deleted, disabled or destroyed'
      -- Of two deletions the later one counts.
      WHEN coalesce(whole.since_at >= part.since_at, part.since_at IS NULL) THEN CASE
        WHEN whole.since_at < reads.last_at AND coalesce(whole.written_at, whole.since_at) <= whole.since_at
          THEN 'deleted, disabled or destroyed'
      END
      WHEN part.since_at < reads.last_at AND coalesce(part.written_at, part.since_at) <= part.since_at
        THEN 'deleted, disabled or destroyed'
    END AS deletion,
    CASE WHEN superseded.since_at + INTERVAL ':grace_hours' HOUR < reads.last_at THEN 'superseded' END AS succession
  FROM reads
  LEFT JOIN superseded ON superseded.store_id = reads.store_id AND superseded.secret_key = reads.secret_key
    AND superseded.secret_version = reads.secret_version
  LEFT JOIN (SELECT * FROM deleted WHERE secret_version IS NULL) AS whole
    ON whole.store_id = reads.store_id AND whole.secret_key = reads.secret_key
  LEFT JOIN deleted AS part ON part.store_id = reads.store_id AND part.secret_key = reads.secret_key
    AND part.secret_version = coalesce(reads.secret_version, 'latest')
  WHERE reads.last_at >= :since
)
SELECT
  store_id,
  last_at AS detected_at,
  principal_key,
  secret_key,
  source_ip,
  event_count,
  first_at,
  last_at,
  CAST(NULL AS VARCHAR) AS event_id,
  CASE
    WHEN secret_version LIKE 'hmac-sha256:%' THEN 'a version whose number the log hashes'
    ELSE coalesce('version ' || secret_version, 'a secret')
  END || ' was read: ' || coalesce(deletion, succession) AS detail
FROM judged
WHERE deletion IS NOT NULL OR succession IS NOT NULL
