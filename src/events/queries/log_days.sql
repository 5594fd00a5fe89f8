/*---
title: Of which days each store's log tells
parameters:
  store: {type: text, default: "", about: "Source in the configuration; empty: all."}
---*/
-- One server keeps one log of all its namespaces; a cloud keeps one for each account and Region.
SELECT
  store_id,
  CASE WHEN provider <> 'hashicorp' THEN account END AS account,
  CASE WHEN provider <> 'hashicorp' THEN region END AS region,
  CAST(CAST(time AS DATE) AS VARCHAR) AS log_day,
  min(time) AS first_at,
  max(time) AS last_at,
  count(*) AS event_count,
  count(*) FILTER (WHERE operation = 'read' AND outcome IN ('success', 'unanswered') AND secret_key IS NOT NULL) AS read_count,
  count(*) FILTER (
    WHERE operation = 'read' AND outcome IN ('success', 'unanswered') AND secret_key IS NOT NULL AND principal_key IS NULL
  ) AS unattributed_read_count,
  -- Of what BatchGetSecretValue hands out by filters there is a GetSecretValue for each.
  count(*) FILTER (
    WHERE operation = 'read' AND outcome IN ('success', 'unanswered') AND secret_key IS NULL
      AND service IN ('kv', 'generic', 'secretsmanager.amazonaws.com', 'ssm.amazonaws.com', 'keyvault', 'secretmanager.googleapis.com')
      AND lower(operation_name) <> 'batchgetsecretvalue'
  ) AS unnamed_read_count
FROM events
WHERE :store = '' OR store_id = :store
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
