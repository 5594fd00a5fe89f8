/*---
title: Somebody changed access, keys, logging or the seal, or deleted something
severity: medium
logic: >-
  Every successful call that administers (policies, roles, keys, audit devices and log sinks, the seal, root tokens), deletes, or
  gives access to somebody else. Equal calls of one principal on one thing are one finding a day.
blind_spots: >-
  Changes outside the logs that are read, such as in an identity provider or in the store's own configuration files. Calls that are not known by name
  are `other`.
false_positives: >-
  Planned changes: suppress the principal that deploys, with a reason and an end, once its own changes are reviewed elsewhere.
response: >-
  Match it with an approved change. Where there is none: undo it, and treat a log that was switched off, a policy that was widened and
  a root token as an incident.
---*/
SELECT
  store_id,
  min(time) AS detected_at,
  principal_key,
  min(secret_key) AS secret_key,
  min(source_ip) AS source_ip,
  count(DISTINCT coalesce(request_id, event_id)) AS event_count,
  min(time) AS first_at,
  max(time) AS last_at,
  min_by(event_id, ROW(time, event_id)) AS event_id,
  operation || ': ' || operation_name || coalesce(' ' || resource, '') AS detail
FROM events
WHERE operation IN ('administer', 'delete', 'share') AND outcome IN ('success', 'unanswered')
  AND time >= :since AND time < :now
GROUP BY
  store_id,
  principal_key,
  CASE WHEN principal_key IS NULL THEN coalesce(source_ip, event_id) END,
  operation,
  operation_name,
  resource,
  CAST(time AS DATE)
