-- Google Cloud Audit Logs: one LogEntry with an AuditLog as `protoPayload`, from a sink's files or `entries.list`.
-- Source: "AuditLog" and "LogEntry" references, Google Cloud Logging. A LogEntry is told apart by insertId and timestamp.
-- Reads `received (record JSON text, record_digest, source)` and `operation_names (service, name, operation)`.
WITH fields AS (
  SELECT
    record,
    record_digest,
    source,
    json_extract_string(record, [
      '$.insertId', '$.timestamp', '$.logName', '$.resource.labels.project_id', '$.resource.labels.location',
      '$.protoPayload.serviceName', '$.protoPayload.methodName', '$.protoPayload.resourceName',
      '$.protoPayload.status.code', '$.protoPayload.requestMetadata.callerIp',
      '$.protoPayload.requestMetadata.callerSuppliedUserAgent', '$.operation.id', '$.protoPayload.request.name',
      '$.receiveTimestamp', '$.protoPayload.request.parent', '$.protoPayload.request.secretId', '$.protoPayload.resourceLocation.currentLocations[0]'
    ]) AS f,
    json_extract_string(record, [
      '$.protoPayload.authenticationInfo.principalEmail', '$.protoPayload.authenticationInfo.principalSubject',
      '$.protoPayload.authenticationInfo.serviceAccountKeyName',
      '$.protoPayload.authenticationInfo.serviceAccountDelegationInfo[0].firstPartyPrincipal.principalEmail',
      '$.protoPayload.authenticationInfo.thirdPartyPrincipal.email'
    ]) AS u
  FROM received
),
named AS (
  SELECT
    record,
    record_digest,
    source,
    f[1] AS insert_id,
    try_cast(coalesce(f[2], f[14]) AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS time,
    f[4] AS project,
    coalesce(f[5], f[17]) AS region,
    lower(f[6]) AS service,
    f[7] AS operation_name,
    -- What is made is named by its parent and its future id.
    CASE
      WHEN f[16] IS NOT NULL AND NOT coalesce(contains(f[8], '/secrets/'), FALSE) THEN coalesce(f[8], f[15]) || '/secrets/' || f[16]
      ELSE coalesce(f[8], f[13])
    END AS thing,
    try_cast(f[9] AS INTEGER) AS status,
    f[10] AS source_ip,
    f[11] AS user_agent,
    f[12] AS request_id,
    u
  FROM fields
),
shortened AS (
  SELECT
    *,
    lower(split_part(operation_name, '.', -1)) AS method,
    CASE WHEN service = 'secretmanager.googleapis.com' AND contains(thing, '/secrets/') THEN
      'projects/' || split_part(split_part(thing, 'projects/', 2), '/', 1)
      || CASE WHEN contains(thing, '/locations/') THEN '/locations/' || split_part(split_part(thing, '/locations/', 2), '/', 1) ELSE '' END
      || '/secrets/' || split_part(split_part(thing, '/secrets/', 2), '/', 1)
    END AS secret_key,
    nullif(split_part(split_part(thing, '/versions/', 2), '/', 1), '') AS version
  FROM named
)
SELECT
  insert_id || '@' || strftime(time, '%Y-%m-%dT%H:%M:%S.%fZ') AS event_id,
  0 AS item,
  time,
  'gcp' AS provider,
  project AS account,
  coalesce(region, nullif(split_part(split_part(thing, '/locations/', 2), '/', 1), '')) AS region,
  shortened.service,
  CASE
    WHEN operation_names.operation IS NOT NULL THEN operation_names.operation
    WHEN method LIKE 'list%' THEN 'list'
    WHEN method LIKE 'get%' THEN 'describe'
    ELSE 'other'
  END AS operation,
  operation_name,
  left(thing, 1024) AS resource,
  left(secret_key, 2048) AS secret_key,
  left(version, 256) AS secret_version,
  left(CASE
    WHEN u[1] IS NOT NULL THEN 'email:' || lower(u[1])
    WHEN u[2] IS NOT NULL THEN 'subject:' || u[2]
    WHEN u[5] IS NOT NULL THEN 'email:' || lower(u[5])
  END, 2048) AS principal_key,
  CASE
    WHEN u[1] LIKE '%.gserviceaccount.com' THEN 'service_account'
    WHEN u[1] IS NOT NULL THEN 'user'
    WHEN u[2] IS NOT NULL THEN split_part(u[2], ':', 1)
  END AS principal_type,
  left(coalesce(u[1], u[2], u[5]), 512) AS principal_name,
  left(coalesce(u[3], u[4]), 256) AS session,
  left(source_ip, 128) AS source_ip,
  left(user_agent, 512) AS user_agent,
  CASE WHEN coalesce(status, 0) = 0 THEN 'success' WHEN status IN (7, 16) THEN 'denied' ELSE 'failed' END AS outcome,
  CASE WHEN coalesce(status, 0) <> 0 THEN CAST(status AS VARCHAR) END AS error_code,
  coalesce(request_id, insert_id) AS request_id,
  record,
  record_digest,
  source,
  CASE
    WHEN coalesce(insert_id, '') = '' THEN 'no insertId'
    WHEN time IS NULL THEN 'no timestamp that is an instant'
    WHEN operation_name IS NULL THEN 'no protoPayload.methodName'
  END AS problem
FROM shortened
LEFT JOIN operation_names
  ON operation_names.service = shortened.service AND operation_names.name = shortened.method
