/*---
title: First and last read of each secret, and by how many principals, or sources where the log names none
---*/
SELECT
  store_id,
  secret_key,
  count(*) AS read_count,
  count(DISTINCT coalesce(principal_key, 'source:' || source_ip)) AS reader_count,
  min(time) AS first_read_at,
  max(time) AS last_read_at,
  max_by(coalesce(principal_key, 'source:' || source_ip), time) AS last_reader
FROM events
WHERE operation = 'read' AND outcome = 'success' AND secret_key IS NOT NULL
GROUP BY store_id, secret_key
ORDER BY store_id, secret_key
