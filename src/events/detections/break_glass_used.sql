/*---
title: An identity for emergencies was used
severity: critical
logic: >-
  Any event, whatever its outcome, of a principal that the configuration marks break-glass (`break_glass`), or that is a root
  user or root token. One finding for an identity, a source and a day.
blind_spots: >-
  Identities that nobody marked. A rule that asks for labels: the log has none, and the command says for how many principals
  it could not decide.
false_positives: >-
  A drill, or a check of the credential.
response: >-
  There must be an incident and somebody who opened the glass: note them with the finding, review every event of the session, and
  replace the credential.
---*/
SELECT
  events.store_id,
  min(events.time) AS detected_at,
  events.principal_key,
  min(events.secret_key) AS secret_key,
  events.source_ip,
  count(*) AS event_count,
  min(events.time) AS first_at,
  max(events.time) AS last_at,
  min_by(events.event_id, ROW(events.time, events.event_id)) AS event_id,
  'break-glass identity ' || max(coalesce(principals.name, events.principal_key)) || ' was used, first to '
    || min_by(events.operation, ROW(events.time, events.event_id)) AS detail
FROM events
JOIN principals ON principals.store_id = events.store_id AND principals.principal_key = events.principal_key
WHERE principals.is_break_glass AND events.time >= :since AND events.time < :now
GROUP BY events.store_id, events.principal_key, events.source_ip, CAST(events.time AS DATE)
