-- Azure Key Vault: one record of the diagnostic category AuditEvent, as Azure Monitor streams it (camelCase, in `records`
-- or a line each) and as Log Analytics exports it: AZKVAuditLogs (PascalCase) and AzureDiagnostics (suffixed names).
-- Source: "Azure Key Vault logging" and the AZKVAuditLogs and AzureDiagnostics table references, Microsoft Learn.
-- The log has no id of its own: an event is its record, so its id is the SHA-256 of the record without white space.
-- Reads `received (record JSON text, record_digest, source)` and `operation_names (service, name, operation)`.
WITH fields AS (
  SELECT
    record,
    record_digest,
    source,
    json_extract_string(record, [
      '$.time', '$.TimeGenerated', '$.operationName', '$.OperationName', '$.resourceId', '$.ResourceId', '$._ResourceId',
      '$.category', '$.Category', '$.resultSignature', '$.ResultSignature', '$.resultType', '$.ResultType',
      '$.callerIpAddress', '$.callerIPAddress', '$.CallerIpAddress', '$.CallerIPAddress',
      '$.correlationId', '$.CorrelationId', '$.location', '$.Location', '$.Type'
    ]) AS f,
    json_extract_string(record, [
      '$.properties.id', '$.Id', '$.id_s', '$.properties.requestUri', '$.RequestUri', '$.requestUri_s',
      '$.properties.clientInfo', '$.ClientInfo', '$.clientInfo_s',
      '$.properties.httpStatusCode', '$.HttpStatusCode', '$.httpStatusCode_d'
    ]) AS p,
    coalesce(json_extract(record, '$.identity.claim'), json_extract(record, '$.Identity.claim'),
      CASE WHEN json_type(record, '$.Identity') = 'VARCHAR' AND json_valid(json_extract_string(record, '$.Identity'))
        THEN json_extract(json_extract_string(record, '$.Identity'), '$.claim') END) AS claim,
    json_extract_string(record, [
      '$.identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g', '$.identity_claim_oid_g',
      '$.identity_claim_appid_g', '$.identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s',
      '$.identity_claim_unique_name_s'
    ]) AS flat
  FROM received
),
claims AS (
  SELECT
    *,
    json_extract_string(claim, [
      '$.oid', '$."http://schemas.microsoft.com/identity/claims/objectidentifier"', '$.appid', '$.upn',
      '$."http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"', '$.unique_name', '$.uti'
    ]) AS c
  FROM fields
),
named AS (
  SELECT
    record,
    record_digest,
    source,
    try_cast(coalesce(f[1], f[2]) AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS time,
    coalesce(f[3], f[4]) AS operation_name,
    lower(coalesce(f[5], f[6], f[7])) AS resource_id,
    coalesce(f[8], f[9], CASE WHEN f[22] = 'AZKVAuditLogs' THEN 'AuditEvent' END) AS category,
    coalesce(f[10], f[11]) AS signature,
    coalesce(f[12], f[13]) AS result,
    coalesce(f[14], f[15], f[16], f[17]) AS source_ip,
    coalesce(f[18], f[19]) AS request_id,
    coalesce(f[20], f[21]) AS region,
    coalesce(p[1], p[2], p[3], split_part(coalesce(p[4], p[5], p[6]), '?', 1)) AS thing,
    coalesce(p[7], p[8], p[9]) AS user_agent,
    try_cast(coalesce(p[10], p[11], p[12]) AS DOUBLE) AS status,
    coalesce(c[1], c[2], flat[1], flat[2]) AS object_id,
    coalesce(c[3], flat[3]) AS application_id,
    coalesce(c[4], c[5], flat[4], c[6], flat[5]) AS user_name,
    c[7] AS token_id
  FROM claims
),
placed AS (
  SELECT
    *,
    lower(split_part(split_part(replace(thing, 'https://', ''), '/', 1), ':', 1)) AS host,
    -- A deleted secret is the same secret.
    regexp_replace(lower(split_part(replace(thing, 'https://', ''), '/', 2)), '^deleted', '') AS collection,
    lower(split_part(replace(thing, 'https://', ''), '/', 3)) AS object_name,
    nullif(split_part(replace(thing, 'https://', ''), '/', 4), '') AS version
  FROM named
)
SELECT
  sha256(CAST(json(record) AS VARCHAR)) AS event_id,
  0 AS item,
  time,
  'azure' AS provider,
  nullif(split_part(regexp_replace(resource_id, '/managedhsms/', '/vaults/'), '/vaults/', 2), '') AS account,
  region,
  'keyvault' AS service,
  coalesce(operation_names.operation, 'other') AS operation,
  operation_name,
  left(coalesce(thing, resource_id), 1024) AS resource,
  left(CASE WHEN collection IN ('secrets', 'keys', 'certificates', 'storage') AND object_name <> ''
    THEN 'https://' || host || '/' || collection || '/' || object_name END, 2048) AS secret_key,
  left(CASE WHEN lower(version) NOT IN ('backup', 'restore', 'rotate', 'decrypt', 'unwrapkey', 'wrapkey', 'sign', 'encrypt', 'verify', 'versions', 'policy', 'pending', 'rotationpolicy') THEN version END, 256) AS secret_version,
  left(CASE
    WHEN object_id IS NOT NULL THEN 'object:' || lower(object_id)
    WHEN application_id IS NOT NULL THEN 'application:' || lower(application_id)
    WHEN user_name IS NOT NULL THEN 'user:' || lower(user_name)
  END, 2048) AS principal_key,
  CASE WHEN user_name IS NOT NULL THEN 'user' WHEN application_id IS NOT NULL THEN 'application' END AS principal_type,
  left(coalesce(user_name, application_id), 512) AS principal_name,
  left(token_id, 256) AS session,
  left(source_ip, 128) AS source_ip,
  left(user_agent, 512) AS user_agent,
  CASE
    WHEN status IN (401, 403) OR lower(signature) IN ('forbidden', 'unauthorized') THEN 'denied'
    WHEN status >= 400 THEN 'failed'
    WHEN status IS NOT NULL OR lower(result) = 'success' THEN 'success'
    ELSE 'failed'
  END AS outcome,
  left(CASE WHEN status >= 400 OR lower(coalesce(result, 'success')) <> 'success' THEN coalesce(signature, result, CAST(CAST(status AS INTEGER) AS VARCHAR)) END, 128) AS error_code,
  request_id,
  record,
  record_digest,
  source,
  CASE
    WHEN time IS NULL THEN 'no time that is an instant'
    WHEN operation_name IS NULL THEN 'no operationName'
    WHEN coalesce(category, 'AuditEvent') <> 'AuditEvent' THEN 'a category other than AuditEvent'
  END AS problem
FROM placed
LEFT JOIN operation_names
  ON operation_names.service = 'keyvault' AND operation_names.name = lower(placed.operation_name)
