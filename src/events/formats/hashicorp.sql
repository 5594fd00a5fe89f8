-- HashiCorp Vault and OpenBao: one line of an audit device. A response repeats its request, so that of the two the
-- response is the event; a request whose response is not (yet) in the log stands as `unanswered`.
-- Source: Vault documentation, "Audit devices" and "Audit log schema". HMAC'd values stay as they are.
-- Reads `received (record JSON text, record_digest, source)`; `operation_names` is not used: paths say what was done.
WITH fields AS (
  SELECT
    record,
    record_digest,
    source,
    json_extract_string(record, [
      '$.type', '$.time', '$.error', '$.request.id', '$.request.operation', '$.request.path',
      '$.request.mount_point', '$.request.mount_type', '$.request.namespace.path', '$.request.remote_address',
      '$.request.headers."user-agent"[0]', '$.response.data.metadata.version', '$.request.wrap_ttl',
      '$.response.data.error', '$.request.data.version', '$.response.data.version', '$.request.data.versions',
      '$.request.data.versions[0]', '$.request.data.versions[1]', '$.response.data.http_status_code',
      '$.response.data.max_versions', '$.response.data.cas_required'
    ]) AS f,
    json_extract_string(record, [
      '$.auth.entity_id', '$.auth.display_name', '$.auth.accessor', '$.auth.client_token', '$.auth.metadata.username',
      '$.auth.metadata.role_name', '$.auth.metadata.role', '$.auth.token_type'
    ]) AS caller,
    json_extract_string(record, [
      '$.response.auth.entity_id', '$.response.auth.display_name', '$.response.auth.accessor',
      '$.response.auth.client_token', '$.response.auth.metadata.username', '$.response.auth.metadata.role_name',
      '$.response.auth.metadata.role', '$.response.auth.token_type'
    ]) AS admitted
  FROM received
),
placed AS (
  SELECT
    * EXCLUDE (f, caller, admitted),
    -- Who logs in is named by the answer alone; of a token that somebody makes the answer names the token, not who makes it.
    CASE
      WHEN coalesce(nullif(caller[1], ''), nullif(caller[2], ''), nullif(caller[3], ''), nullif(caller[4], '')) IS NULL
        THEN admitted
      ELSE caller
    END AS u,
    coalesce(list_contains(json_extract_string(record, '$.auth.policies[*]'), 'root'), FALSE) AS is_root,
    f[1] AS entry_type,
    try_cast(f[2] AS TIMESTAMP) AS time,
    f[3] AS error,
    f[4] AS request_id,
    f[5] AS operation_name,
    coalesce(f[9], '') AS namespace,
    ltrim(f[6], '/') AS path,
    coalesce(f[7], split_part(ltrim(f[6], '/'), '/', 1) || '/') AS mount,
    lower(coalesce(f[8], '')) AS engine,
    f[10] AS source_ip,
    f[11] AS user_agent,
    f[12] AS read_version,
    f[15] AS asked_version,
    f[16] AS written_version,
    -- A device hashes them, and may leave them out: which versions they are is then not known, but that it is not all of the secret.
    CASE WHEN f[18] IS NOT NULL AND f[19] IS NULL THEN f[18] ELSE coalesce(f[17], 'some') END AS changed_versions,
    f[20] AS http_status,
    json_keys(record, '$.request.data') AS sent_fields,
    json_keys(record, '$.response.data') AS given_fields,
    try_cast(f[21] AS BIGINT) IS NOT NULL AND f[22] IN ('true', 'false') AS is_limit_given,
    f[14] IS NOT NULL AND len(json_keys(record, '$.response.data')) = 1 AS is_error_alone
  FROM fields
),
below AS (
  SELECT
    *,
    CASE WHEN starts_with(path, mount) THEN substr(path, length(mount) + 1) ELSE path END AS rest
  FROM placed
),
split AS (
  SELECT
    *,
    split_part(rest, '/', 1) AS head,
    engine IN ('kv', 'generic')
      AND split_part(rest, '/', 1) IN ('data', 'metadata', 'delete', 'undelete', 'destroy', 'subkeys') AS is_v2,
    -- The settings of an engine of KV version 2. One of version 1 may have a secret of that name; which it is the log says nowhere
    -- but by the fields, so that where there are none it counts as a secret.
    engine = 'kv' AND rest = 'config' AND coalesce(CASE
      WHEN operation_name = 'read' THEN is_limit_given AND list_has_all(['cas_required', 'delete_version_after', 'max_versions'], given_fields)
      WHEN operation_name IN ('create', 'update', 'patch')
        THEN len(sent_fields) > 0 AND list_has_all(['cas_required', 'delete_version_after', 'max_versions'], sent_fields)
    END, FALSE) AS is_engine_config,
    starts_with(path, 'auth/') AND regexp_matches(path, '^auth/.+/login(/|$)') AS is_login,
    operation_name IN ('create', 'update', 'patch') AS is_write,
    -- Before a device is enabled the server writes a line of its own to it, to see whether it can.
    path = 'sys/audit/test' AND engine = '' AND source_ip IS NULL AND u[1] IS NULL AND u[2] IS NULL AS is_trial,
    nullif(u[1], '') AS entity,
    -- Every token that is made without a name is called `token`: that names nobody. A root token has no part in a name of others.
    CASE WHEN NOT is_root OR u[2] = 'root' THEN nullif(nullif(u[2], ''), 'token') END AS display_name,
    -- A batch token has no accessor. A device that hashes nothing has the token itself, which is kept nowhere.
    coalesce(nullif(u[3], ''), CASE WHEN starts_with(u[4], 'hmac-sha256:') THEN u[4] ELSE sha256(nullif(u[4], '')) END) AS session
  FROM below
),
told AS (
  SELECT
    *,
    -- A version that is deleted or destroyed is answered by a body of its own; of what is not there the log has no answer at all.
    is_v2 AND head = 'data' AND operation_name = 'read' AND http_status = '404' AS is_gone,
    -- A backend may refuse by an answer that is `error` alone, as userpass does an unknown user, and then the entry itself has none;
    -- a secret of KV version 1 may have a field of that name.
    is_error_alone AND NOT (engine IN ('kv', 'generic', 'cubbyhole') AND operation_name = 'read') AS is_refusal,
    CASE
      WHEN is_trial THEN 'other'
      WHEN is_login THEN 'login'
      WHEN is_engine_config THEN CASE WHEN operation_name = 'read' THEN 'describe' ELSE 'administer' END
      WHEN is_v2 AND operation_name = 'list' THEN 'list'
      WHEN is_v2 AND head = 'data' AND operation_name = 'read' THEN 'read'
      WHEN is_v2 AND head IN ('metadata', 'subkeys') AND operation_name = 'read' THEN 'describe'
      WHEN is_v2 AND head IN ('delete', 'destroy') THEN 'delete'
      WHEN is_v2 AND operation_name = 'delete' THEN 'delete'
      WHEN is_v2 AND is_write THEN 'write'
      WHEN operation_name IN ('list', 'scan') THEN 'list'
      WHEN engine IN ('kv', 'generic', 'cubbyhole') AND operation_name = 'read' THEN 'read'
      WHEN engine IN ('kv', 'generic', 'cubbyhole') AND operation_name = 'delete' THEN 'delete'
      WHEN engine IN ('kv', 'generic', 'cubbyhole') AND is_write THEN 'write'
      WHEN engine = 'pki' AND is_write AND regexp_matches(rest, '^(issue|sign|sign-verbatim|issuer/[^/]+/(issue|sign|sign-verbatim))(/|$)') THEN 'read'
      WHEN engine = 'ssh' AND is_write AND regexp_matches(rest, '^(sign|creds|issue)/') THEN 'read'
      WHEN engine = 'totp' AND operation_name = 'read' AND head = 'code' THEN 'read'
      WHEN engine = 'transit' AND is_write AND head IN ('decrypt', 'datakey', 'rewrap') THEN 'decrypt'
      WHEN engine = 'transit' AND operation_name = 'read' AND head IN ('export', 'backup', 'byok-export') THEN 'read'
      WHEN engine = 'transit' AND is_write AND regexp_matches(rest, '^keys/[^/]+/rotate$') THEN 'rotate'
      WHEN engine = 'transit' AND head = 'keys' AND (is_write OR operation_name = 'delete') THEN 'administer'
      WHEN engine = 'transit' THEN 'other'
      WHEN regexp_matches(rest, '^(creds|static-creds)/') AND (operation_name = 'read' OR is_write) THEN 'read'
      WHEN regexp_matches(rest, '^(rotate-root|rotate-role)/?') AND is_write THEN 'rotate'
      WHEN path = 'sys/wrapping/unwrap' AND is_write THEN 'read'
      WHEN regexp_matches(path, '^sys/(leases|wrapping|tools|capabilities|internal)') OR regexp_matches(path, '^auth/token/(lookup|renew|revoke)') OR regexp_matches(path, '^identity/lookup')
        THEN CASE WHEN operation_name = 'read' OR contains(path, 'lookup') OR contains(path, 'capabilities') THEN 'describe' ELSE 'other' END
      -- A secret id, or its accessor, is sent in the body to be looked at, not changed.
      WHEN engine = 'approle' AND is_write AND regexp_matches(path, '/role/[^/]+/secret-id(-accessor)?/lookup$') THEN 'describe'
      WHEN operation_name IN ('read', 'help', 'alias-lookahead', 'resolve-role') THEN 'describe'
      WHEN is_write OR operation_name IN ('delete', 'revoke', 'rollback', 'recover')
        THEN CASE
          WHEN operation_name IN ('revoke', 'rollback') THEN 'other'
          WHEN starts_with(path, 'sys/') OR starts_with(path, 'auth/') OR starts_with(path, 'identity/') THEN 'administer'
          WHEN regexp_matches(rest, '^(config|roles?|root|intermediate|issuers?|keys?|static-roles?|connection|library)(/|$)') THEN 'administer'
          WHEN operation_name = 'delete' THEN 'delete'
          ELSE 'write'
        END
      ELSE 'other'
    END AS operation,
    CASE
      WHEN is_engine_config THEN NULL
      WHEN is_v2 THEN namespace || mount || 'data/' || substr(rest, length(head) + 2)
      WHEN engine IN ('kv', 'generic') THEN namespace || path
      WHEN regexp_matches(rest, '^(creds|static-creds)/') THEN namespace || path
      WHEN engine IN ('pki', 'ssh') AND is_write AND regexp_matches(rest, '^(issue|sign|sign-verbatim|creds)/') THEN namespace || path
      WHEN engine = 'transit' AND rest <> head THEN namespace || mount || 'keys/' || split_part(rest, '/', CASE WHEN head IN ('export', 'byok-export', 'datakey') THEN 3 ELSE 2 END)
    END AS secret_key
  FROM split
)
SELECT
  request_id AS event_id,
  0 AS item,
  time,
  'hashicorp' AS provider,
  nullif(namespace, '') AS account,
  CAST(NULL AS VARCHAR) AS region,
  coalesce(nullif(engine, ''), split_part(path, '/', 1)) AS service,
  operation,
  operation_name,
  left(namespace || path, 1024) AS resource,
  left(secret_key, 2048) AS secret_key,
  left(coalesce(
    read_version,
    CASE WHEN is_v2 AND head = 'data' AND is_write THEN written_version END,
    asked_version,
    CASE
      WHEN is_v2 AND head IN ('delete', 'undelete', 'destroy') THEN changed_versions
      -- Deleting what is read is deleting its newest version, and no other.
      WHEN is_v2 AND head = 'data' AND operation_name = 'delete' THEN 'latest'
    END
  ), 256) AS secret_version,
  left(CASE
    WHEN entity IS NOT NULL THEN 'entity:' || entity
    -- AppRole calls all its roles by the name of the mount.
    WHEN display_name IS NOT NULL THEN 'name:' || display_name || coalesce('/' || nullif(u[6], ''), '')
    WHEN session IS NOT NULL THEN 'token:' || session
    WHEN is_trial THEN 'service:vault'
  END, 2048) AS principal_key,
  CASE WHEN is_root AND entity IS NULL THEN 'root' ELSE coalesce(u[8], CASE WHEN entity IS NOT NULL THEN 'entity' END) END AS principal_type,
  left(coalesce(u[5], u[6], u[7], nullif(u[2], ''), CASE WHEN is_trial THEN 'vault' END), 512) AS principal_name,
  left(session, 256) AS session,
  left(source_ip, 128) AS source_ip,
  left(user_agent, 512) AS user_agent,
  CASE
    WHEN entry_type = 'request' AND coalesce(error, '') = '' THEN 'unanswered'
    WHEN coalesce(error, '') = '' AND is_gone THEN 'failed'
    WHEN coalesce(error, '') = '' AND NOT coalesce(is_refusal, FALSE) THEN 'success'
    WHEN operation = 'login' OR regexp_matches(lower(error), 'permission denied|invalid token|bad token|denied by|missing client token|not authorized') THEN 'denied'
    ELSE 'failed'
  END AS outcome,
  CASE
    WHEN coalesce(error, '') = '' THEN CASE WHEN is_gone THEN '404' WHEN is_refusal THEN 'error' END
    WHEN contains(lower(error), 'permission denied') THEN 'permission denied'
    WHEN contains(lower(error), 'invalid token') OR contains(lower(error), 'bad token') THEN 'invalid token'
    WHEN contains(lower(error), 'unsupported path') THEN 'unsupported path'
    WHEN contains(lower(error), 'invalid request') THEN 'invalid request'
    ELSE 'error'
  END AS error_code,
  request_id,
  record,
  record_digest,
  source,
  CASE
    WHEN coalesce(request_id, '') = '' THEN 'no request.id'
    WHEN time IS NULL THEN 'no time that is an instant'
    WHEN coalesce(entry_type, '') NOT IN ('request', 'response') THEN 'a type other than request and response'
    WHEN operation_name IS NULL THEN 'no request.operation'
    WHEN path IS NULL THEN 'no request.path'
  END AS problem
FROM told
