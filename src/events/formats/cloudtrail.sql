-- AWS CloudTrail: one record of `Records`.
-- Source: CloudTrail record contents and userIdentity element, AWS CloudTrail User Guide.
-- Reads `received (record JSON text, record_digest, source, and as text the fields that `TRAIL_FIELDS` of formats.ts names)`
-- and `operation_names (service, name, operation)`.
WITH named AS (
  SELECT
    record,
    record_digest,
    source,
    event_id,
    try_cast(event_time AS TIMESTAMP) AS time,
    lower(event_source) AS service,
    event_name AS operation_name,
    lower(event_name) AS call,
    region,
    coalesce(recipient_account, identity_account) AS account,
    source_ip,
    user_agent,
    error_code,
    request_id,
    read_only,
    console_login,
    identity_type,
    identity_arn,
    nullif(identity_principal, '') AS principal_id,
    identity_account,
    issuer_arn,
    invoked_by,
    nullif(nullif(identity_user, 'HIDDEN_DUE_TO_SECURITY_REASONS'), '') AS user_name,
    nullif(access_key, '') AS access_key_id,
    issuer_name,
    identity_center_user,
    -- Of what the service does by itself, e.g. a rotation, the secret stands beside the request.
    coalesce(asked_secret, rotated_secret) AS asked_secret,
    asked_name,
    asked_path,
    coalesce(asked_version, asked_stage) AS asked_version,
    given_version,
    coalesce(given_arn, given_arn_upper, given_arn_lower) AS given_arn,
    -- What calls of other services are about, as far as a person wants to know.
    coalesce(
      resource_arn, asked_key, asked_role_arn, asked_role, asked_user, asked_policy, asked_trail, asked_name
    ) AS other_resource,
    CASE WHEN asked_secrets LIKE '[%' THEN json_extract_string(asked_secrets, '$[*]') END AS asked_secrets,
    CASE WHEN asked_names LIKE '[%' THEN json_extract_string(asked_names, '$[*]') END AS asked_names,
    CASE
      WHEN region LIKE 'cn-%' THEN 'aws-cn'
      WHEN region LIKE 'us-gov-%' THEN 'aws-us-gov'
      WHEN region LIKE 'us-isob-%' THEN 'aws-iso-b'
      WHEN region LIKE 'us-iso-%' THEN 'aws-iso'
      WHEN region LIKE 'eusc-%' THEN 'aws-eusc'
      ELSE 'aws'
    END AS partition
  FROM received
),
-- What a call of Secrets Manager or Parameter Store is about; what it names several of is several.
about AS (
  SELECT
    * EXCLUDE (asked_secrets, asked_names),
    CASE
      WHEN service = 'secretsmanager.amazonaws.com' THEN CASE
        WHEN len(asked_secrets) > 0 THEN asked_secrets
        WHEN call = 'createsecret' THEN [coalesce(given_arn, asked_name)]
        ELSE [asked_secret]
      END
      WHEN service = 'ssm.amazonaws.com' THEN CASE
        WHEN len(asked_names) > 0 THEN asked_names
        WHEN call = 'getparametersbypath' THEN [rtrim(asked_path, '/') || '/*']
        WHEN contains(call, 'parameter') THEN [asked_name]
        ELSE [NULL]
      END
      ELSE [NULL]
    END AS things
  FROM named
),
apart AS (
  SELECT
    * EXCLUDE (things),
    nullif(unnest(things), 'HIDDEN_DUE_TO_SECURITY_REASONS') AS thing,
    generate_subscripts(things, 1) - 1 AS item
  FROM about
),
-- Principals are keyed by account and name, without path: both are unique there, and a session's ARN has no path.
keyed AS (
  SELECT
    *,
    CASE
      WHEN issuer_arn IS NOT NULL THEN regexp_replace(issuer_arn, ':(role|user)/(.*/)?', ':\1/')
      WHEN identity_arn LIKE '%:assumed-role/%'
        THEN replace(split_part(identity_arn, ':assumed-role/', 1), ':sts:', ':iam:') || ':role/'
          || split_part(split_part(identity_arn, ':assumed-role/', 2), '/', 1)
      WHEN identity_arn IS NOT NULL THEN regexp_replace(identity_arn, ':(role|user)/(.*/)?', ':\1/')
      WHEN identity_type = 'Root' AND identity_account IS NOT NULL
        THEN 'arn:' || partition || ':iam::' || identity_account || ':root'
      WHEN invoked_by IS NOT NULL THEN 'service:' || invoked_by
      WHEN identity_type = 'AWSAccount' AND identity_account IS NOT NULL THEN 'account:' || identity_account
      WHEN identity_center_user IS NOT NULL THEN 'identity-center:' || identity_center_user
      WHEN user_name IS NOT NULL THEN lower(coalesce(identity_type, 'user')) || ':' || user_name
      WHEN principal_id IS NOT NULL
        THEN lower(coalesce(identity_type, 'principal')) || ':' || split_part(principal_id, ':', 1)
    END AS principal_key
  FROM apart
),
-- A parameter's name may end in a selector (`:3`, `:label`); an ARN has colons of its own.
parameters AS (
  SELECT
    *,
    CASE
      WHEN service <> 'ssm.amazonaws.com' OR thing IS NULL THEN NULL
      WHEN thing LIKE 'arn:%' THEN split_part(split_part(thing, ':parameter', 2), ':', 1)
      ELSE split_part(thing, ':', 1)
    END AS parameter,
    CASE
      WHEN service <> 'ssm.amazonaws.com' OR thing IS NULL THEN NULL
      WHEN thing LIKE 'arn:%' THEN nullif(split_part(split_part(thing, ':parameter', 2), ':', 2), '')
      ELSE nullif(split_part(thing, ':', 2), '')
    END AS selector
  FROM keyed
)
SELECT
  event_id,
  CAST(item AS INTEGER) AS item,
  time,
  'aws' AS provider,
  account,
  region,
  parameters.service,
  CASE
    WHEN console_login IS NOT NULL THEN 'login'
    WHEN operation_names.operation IS NOT NULL THEN operation_names.operation
    WHEN call LIKE 'list%' THEN 'list'
    WHEN read_only = 'true' OR regexp_matches(call, '^(get|describe|lookup|search|head|simulate)') THEN 'describe'
    ELSE 'other'
  END AS operation,
  operation_name,
  left(coalesce(thing, other_resource), 1024) AS resource,
  left(CASE
    WHEN thing IS NULL THEN NULL
    WHEN parameter IS NOT NULL
      THEN CASE WHEN thing LIKE 'arn:%' THEN split_part(thing, ':parameter', 1)
        ELSE 'arn:' || partition || ':ssm:' || coalesce(region, '') || ':' || coalesce(account, '') END
        || ':parameter/' || ltrim(parameter, '/')
    WHEN parameters.service <> 'secretsmanager.amazonaws.com' THEN NULL
    WHEN thing LIKE 'arn:%' THEN thing
    ELSE 'arn:' || partition || ':secretsmanager:' || coalesce(region, '') || ':' || coalesce(account, '')
      || ':secret:' || thing
  END, 2048) AS secret_key,
  left(coalesce(asked_version, selector, given_version), 256) AS secret_version,
  left(principal_key, 2048) AS principal_key,
  identity_type AS principal_type,
  left(coalesce(issuer_name, user_name, invoked_by), 512) AS principal_name,
  -- `AROA…:session`; the id of a web identity is an ARN.
  left(coalesce(
    CASE WHEN regexp_matches(principal_id, '^[A-Z0-9]+:.') THEN split_part(principal_id, ':', 2) END,
    access_key_id
  ), 256) AS session,
  left(source_ip, 128) AS source_ip,
  left(user_agent, 512) AS user_agent,
  CASE
    WHEN console_login = 'Failure' THEN 'denied'
    WHEN error_code IS NULL THEN 'success'
    WHEN regexp_matches(
      lower(error_code),
      'accessdenied|unauthorized|notauthorized|forbidden|expiredtoken|invalidclienttokenid|signaturedoesnotmatch|optinrequired'
    ) THEN 'denied'
    ELSE 'failed'
  END AS outcome,
  left(error_code, 128) AS error_code,
  request_id,
  record,
  record_digest,
  source,
  CASE
    WHEN event_id IS NULL OR event_id = '' THEN 'no eventID'
    WHEN time IS NULL THEN 'no eventTime that is an instant'
    WHEN operation_name IS NULL THEN 'no eventName'
  END AS problem
FROM parameters
LEFT JOIN operation_names
  ON operation_names.service = parameters.service AND operation_names.name = parameters.call
