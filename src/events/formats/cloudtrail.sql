-- AWS CloudTrail: one record of `Records`.
-- Source: CloudTrail record contents and userIdentity element, AWS CloudTrail User Guide.
-- Reads `received (record JSON text, record_digest, source)` and `operation_names (service, name, operation)`.
-- All fields in one call: each call parses the record again, which is most of the work.
WITH fields AS (
  SELECT
    record,
    record_digest,
    source,
    json_extract_string(record, [
      '$.eventID', '$.eventTime', '$.eventSource', '$.eventName', '$.awsRegion',
      '$.recipientAccountId', '$.sourceIPAddress', '$.userAgent', '$.errorCode', '$.requestID',
      '$.readOnly', '$.responseElements.ConsoleLogin', '$.resources[0].ARN',
      '$.userIdentity.type', '$.userIdentity.arn', '$.userIdentity.principalId', '$.userIdentity.accountId',
      '$.userIdentity.sessionContext.sessionIssuer.arn', '$.userIdentity.invokedBy', '$.userIdentity.userName',
      '$.userIdentity.accessKeyId', '$.userIdentity.sessionContext.sessionIssuer.userName',
      '$.userIdentity.onBehalfOf.userId',
      '$.requestParameters.secretId', '$.requestParameters.name', '$.requestParameters.path',
      '$.requestParameters.versionId', '$.requestParameters.versionStage', '$.requestParameters.keyId',
      '$.requestParameters.roleArn', '$.requestParameters.policyArn', '$.requestParameters.roleName',
      '$.requestParameters.userName', '$.requestParameters.trailName', '$.responseElements.versionId',
      '$.responseElements.aRN', '$.responseElements.arn', '$.responseElements.ARN',
      '$.requestParameters.secretIdList', '$.requestParameters.names',
      '$.additionalEventData.SecretId'
    ]) AS f
  FROM received
),
named AS (
  SELECT
    record,
    record_digest,
    source,
    f[1] AS event_id,
    try_cast(f[2] AS TIMESTAMP) AS time,
    lower(f[3]) AS service,
    f[4] AS operation_name,
    lower(f[4]) AS call,
    f[5] AS region,
    coalesce(f[6], f[17]) AS account,
    f[7] AS source_ip,
    f[8] AS user_agent,
    f[9] AS error_code,
    f[10] AS request_id,
    f[11] AS read_only,
    f[12] AS console_login,
    f[14] AS identity_type,
    f[15] AS identity_arn,
    nullif(f[16], '') AS principal_id,
    f[17] AS identity_account,
    f[18] AS issuer_arn,
    f[19] AS invoked_by,
    nullif(nullif(f[20], 'HIDDEN_DUE_TO_SECURITY_REASONS'), '') AS user_name,
    nullif(f[21], '') AS access_key_id,
    f[22] AS issuer_name,
    f[23] AS identity_center_user,
    -- Of what the service does by itself, e.g. a rotation, the secret stands beside the request.
    coalesce(f[24], f[41]) AS asked_secret,
    f[25] AS asked_name,
    f[26] AS asked_path,
    coalesce(f[27], f[28]) AS asked_version,
    f[35] AS given_version,
    coalesce(f[36], f[38], f[37]) AS given_arn,
    -- What calls of other services are about, as far as a person wants to know.
    coalesce(f[13], f[29], f[30], f[32], f[33], f[31], f[34], f[25]) AS other_resource,
    CASE WHEN f[39] LIKE '[%' THEN json_extract_string(f[39], '$[*]') END AS asked_secrets,
    CASE WHEN f[40] LIKE '[%' THEN json_extract_string(f[40], '$[*]') END AS asked_names,
    CASE
      WHEN f[5] LIKE 'cn-%' THEN 'aws-cn'
      WHEN f[5] LIKE 'us-gov-%' THEN 'aws-us-gov'
      WHEN f[5] LIKE 'us-isob-%' THEN 'aws-iso-b'
      WHEN f[5] LIKE 'us-iso-%' THEN 'aws-iso'
      WHEN f[5] LIKE 'eusc-%' THEN 'aws-eusc'
      ELSE 'aws'
    END AS partition
  FROM fields
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
