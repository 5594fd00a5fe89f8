/*---
title: First and last read of each secret, by how many principals, or sources where the log names none, and by which of them last
---*/
WITH reads AS (
  SELECT store_id, secret_key, time, coalesce(principal_key, 'source:' || source_ip) AS reader
  FROM events
  WHERE operation = 'read' AND outcome = 'success' AND secret_key IS NOT NULL
)
SELECT
  store_id,
  secret_key,
  count(*) AS read_count,
  count(DISTINCT reader) AS reader_count,
  min(time) AS first_read_at,
  max(time) AS last_read_at,
  max_by(reader, ROW(time, reader)) FILTER (WHERE reader IS NOT NULL) AS last_reader
FROM reads
GROUP BY store_id, secret_key
ORDER BY store_id, secret_key
