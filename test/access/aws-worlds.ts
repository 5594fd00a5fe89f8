import fc from "fast-check";

type Json = Readonly<Record<string, unknown>>;

/** Few and alike, so that statements, principals and requests meet. */
const HOME = "111122223333";
const AWAY = "444455556666";
const USER = `arn:aws:iam::${HOME}:user/ana`;
const ROLE = `arn:aws:iam::${HOME}:role/app`;
const SESSION = `arn:aws:sts::${HOME}:assumed-role/app/deploy`;

const secret = (account: string, name: string) =>
  `arn:aws:secretsmanager:eu-west-1:${account}:secret:${name}`;
const RESOURCES = [
  secret(HOME, "db-AbCdEf"),
  secret(HOME, "pay/db-AbCdEf"),
  secret(AWAY, "db-AbCdEf"),
  `arn:aws:ssm:eu-west-1:${HOME}:parameter/a/b`,
  `arn:aws:kms:eu-west-1:${HOME}:key/1234abcd`,
  `arn:aws:kms:eu-west-1:${AWAY}:key/1234abcd`,
];

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  secretsmanager: [
    "secretsmanager:GetSecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:DeleteSecret",
  ],
  ssm: ["ssm:GetParameter", "ssm:GetParametersByPath"],
  kms: ["kms:Decrypt", "kms:Encrypt"],
};

const ACTION_PATTERN = fc.constantFrom(
  ...[
    "*",
    "*",
    "secretsmanager:*",
    "secretsmanager:Get*",
    "secretsmanager:getsecretvalue",
    "secretsmanager:De*",
  ],
  ...["ssm:*", "ssm:GetParameter", "ssm:*Path", "kms:*", "kms:Decrypt", "kms:?ecrypt", "*:De*"],
);

const RESOURCE_PATTERN = fc.constantFrom(
  ...["*", "*", "*", "*", "*", "*", "*", "*", ...RESOURCES],
  ...[
    secret(HOME, "*"),
    secret("*", "db-??????"),
    secret(HOME, "pay/*"),
    "arn:aws:secretsmanager:*",
    "arn:aws:ssm:*",
  ],
  ...[secret(HOME, "${aws:PrincipalTag/team}/*"), secret("*", "${aws:PrincipalTag/none, 'db'}-*")],
  ...[secret(HOME, "${aws:ResourceTag/team}/*"), secret("*", "${aws:ResourceTag/none, 'db'}-*")],
  ...["arn:aws:kms:*:*:key/*", "arn:aws:ssm:*:*:parameter/a/*"],
);

/** In `NotResource` a variable without a value is in dispute, so only ones with a value stand there. */
const EXCEPT_PATTERN = RESOURCE_PATTERN.filter((text) => !text.includes("team"));

const oneOrList = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 3, arbitrary: one },
    { weight: 1, arbitrary: fc.array(one, { minLength: 1, maxLength: 3 }) },
  );

const TEXT = fc.constantFrom("pay", "PAY", "buy", "a", "b", "");
const TEXT_PATTERN = fc.constantFrom("p*", "?ay", "*", "a", "b*", "${aws:PrincipalTag/none, 'pay'}");
const NEGATABLE_TEXT = fc.constantFrom("pay", "PAY", "buy", "a", "${aws:PrincipalAccount}");
const SET_KEY = "aws:TagKeys";

function conditionOn(operators: readonly string[], key: fc.Arbitrary<string>, values: fc.Arbitrary<string>) {
  return fc
    .tuple(fc.constantFrom(...operators), key, oneOrList(values))
    .map(([operator, name, value]) => ({ [operator]: { [name]: value } }));
}

const TEXT_KEY = fc.constantFrom(
  ...[
    "aws:RequestTag/k",
    "AWS:requesttag/K",
    "aws:PrincipalTag/team",
    "aws:ResourceTag/team",
    "aws:RequestTag/absent",
  ],
);

const CONDITION: fc.Arbitrary<Json> = fc.oneof(
  conditionOn(["StringEquals", "StringEqualsIfExists", "StringEqualsIgnoreCase"], TEXT_KEY, TEXT),
  conditionOn(
    ["StringNotEquals", "StringNotEqualsIfExists", "StringNotEqualsIgnoreCase"],
    TEXT_KEY,
    NEGATABLE_TEXT,
  ),
  conditionOn(["StringLike", "StringNotLike", "StringLikeIfExists"], TEXT_KEY, TEXT_PATTERN),
  conditionOn(
    ["ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringNotEquals"],
    fc.constant(SET_KEY),
    fc.constantFrom("a", "b", "c"),
  ),
  conditionOn(["ForAnyValue:StringLike", "ForAnyValue:StringNotLike"], fc.constant(SET_KEY), TEXT_PATTERN),
  conditionOn(
    ["IpAddress", "NotIpAddress", "IpAddressIfExists"],
    fc.constant("aws:SourceIp"),
    fc.constantFrom("203.0.113.0/24", "203.0.113.7", "198.51.100.0/24", "0.0.0.0/0"),
  ),
  conditionOn(
    ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals"],
    fc.constant("aws:MultiFactorAuthAge"),
    fc.constantFrom("10", "60", "300"),
  ),
  conditionOn(
    ["DateLessThan", "DateGreaterThan"],
    fc.constant("aws:CurrentTime"),
    fc.constantFrom("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"),
  ),
  conditionOn(
    ["Bool", "BoolIfExists"],
    fc.constant("aws:MultiFactorAuthPresent"),
    fc.constantFrom("true", "false"),
  ),
  conditionOn(
    ["Null"],
    fc.constantFrom(SET_KEY, "aws:SourceIp", "aws:RequestTag/k"),
    fc.constantFrom("true", "false"),
  ),
  conditionOn(
    ["ArnLike", "ArnNotLike", "ArnEquals"],
    fc.constant("aws:PrincipalArn"),
    fc.constantFrom(ROLE, USER, "arn:aws:iam::*:role/*", "arn:aws:iam::${aws:PrincipalAccount}:user/*"),
  ),
  conditionOn(
    ["StringEquals"],
    fc.constant("aws:PrincipalOrgID"),
    fc.constantFrom("o-a1b2c3d4e5", "o-zzzzzzzzzz"),
  ),
);

const PRINCIPAL = fc.oneof(
  fc.constant("*" as const),
  oneOrList(fc.constantFrom("*", HOME, AWAY, `arn:aws:iam::${HOME}:root`, ROLE, USER, SESSION)).map(
    (AWS) => ({ AWS }),
  ),
);

/** Complete, as the guide asks for: what is not is in dispute. */
const EXCEPT_PRINCIPAL = fc.constantFrom(
  { AWS: [ROLE, HOME] },
  { AWS: [USER, `arn:aws:iam::${HOME}:root`] },
  { AWS: [ROLE, USER, HOME] },
  { AWS: [`arn:aws:iam::${AWAY}:role/x`, AWAY] },
  "*",
);

interface StatementOptions {
  readonly principals: boolean;
  readonly denyWeight: number;
}

function statement({ principals, denyWeight }: StatementOptions): fc.Arbitrary<Json> {
  const one = fc.record({
    effect: fc.oneof(
      { weight: 7, arbitrary: fc.constant("Allow") },
      { weight: denyWeight, arbitrary: fc.constant("Deny") },
    ),
    action: oneOrList(ACTION_PATTERN),
    exceptAction: fc.integer({ min: 0, max: 7 }),
    resource: oneOrList(RESOURCE_PATTERN),
    exceptResource: fc.oneof(
      { weight: 7, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: oneOrList(EXCEPT_PATTERN) },
    ),
    conditions: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Json[]>([]) },
      { weight: 2, arbitrary: fc.array(CONDITION, { minLength: 1, maxLength: 2 }) },
    ),
    principal: PRINCIPAL,
    exceptPrincipal: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: EXCEPT_PRINCIPAL },
    ),
  });
  return one.map((given) => ({
    Effect: given.effect,
    [given.exceptAction === 0 ? "NotAction" : "Action"]: given.action,
    ...(given.exceptResource === undefined
      ? { Resource: given.resource }
      : { NotResource: given.exceptResource }),
    ...(given.conditions.length === 0 ? {} : { Condition: Object.assign({}, ...given.conditions) as Json }),
    ...(!principals
      ? {}
      : given.exceptPrincipal === undefined || given.effect === "Allow"
        ? { Principal: given.principal }
        : { NotPrincipal: given.exceptPrincipal }),
  }));
}

function documentOf(options: StatementOptions, maxLength = 3): fc.Arbitrary<Json> {
  return fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant("2012-10-17") },
        { weight: 1, arbitrary: fc.constant("2008-10-17") },
      ),
      fc.array(statement(options), { maxLength }),
    )
    .map(([Version, Statement]) => ({ Version, Statement }));
}

const UNNAMED = documentOf({ principals: false, denyWeight: 1 });
const NAMED = documentOf({ principals: true, denyWeight: 1 });
const FULL = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };
const FULL_NAMED = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
};

const rarely = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });

const levels = (one: fc.Arbitrary<Json>, full: Json) =>
  rarely(
    fc
      .array(one, { minLength: 1, maxLength: 2 })
      .map((documents) => documents.map((document) => [full, document])),
  );

/** What the generator decides; `worldOf` writes it down. */
export interface AwsSpec {
  readonly asker: "user" | "role" | "session";
  readonly resource: string;
  readonly action: string;
  readonly identity: readonly Json[];
  readonly boundary: readonly Json[] | undefined;
  readonly session: readonly Json[] | undefined;
  readonly endpoint: readonly Json[] | undefined;
  readonly scps: readonly (readonly Json[])[] | undefined;
  readonly rcps: readonly (readonly Json[])[] | undefined;
  readonly policy: Json;
  readonly principalTags: Json;
  readonly resourceTags: Json;
  readonly context: Json;
}

const TAGS = fc.record({ team: fc.constantFrom("pay", "buy") }, { requiredKeys: [] });

const CONTEXT = fc.record(
  {
    "aws:RequestTag/k": TEXT,
    "aws:SourceIp": fc.constantFrom("203.0.113.7", "203.0.113.8", "198.51.100.1", "192.0.2.1"),
    "aws:TagKeys": fc.constantFrom([], ["a", "b"], ["a", "c"], ["pay", "buy"]),
    "aws:MultiFactorAuthPresent": fc.constantFrom("true", "false"),
    "aws:MultiFactorAuthAge": fc.constantFrom("5", "10", "60", "301"),
    "aws:CurrentTime": fc.constantFrom(
      "2025-11-01T00:00:00Z",
      "2026-01-01T00:00:00Z",
      "2026-07-01T00:00:00Z",
    ),
  },
  { requiredKeys: [] },
);

export const awsSpecs: fc.Arbitrary<AwsSpec> = fc
  .record({
    asker: fc.constantFrom("user" as const, "role" as const, "session" as const),
    resource: fc.constantFrom(...RESOURCES),
    actionAt: fc.nat({ max: 5 }),
    identity: fc.array(UNNAMED, { maxLength: 3 }),
    boundary: rarely(fc.array(UNNAMED, { minLength: 1, maxLength: 1 })),
    session: rarely(fc.array(UNNAMED, { minLength: 1, maxLength: 2 })),
    endpoint: rarely(fc.array(NAMED, { minLength: 1, maxLength: 1 })),
    scps: levels(UNNAMED, FULL),
    rcps: levels(NAMED, FULL_NAMED),
    policy: NAMED,
    principalTags: TAGS,
    resourceTags: TAGS,
    context: CONTEXT,
  })
  .map(({ actionAt, ...spec }) => {
    const actions = ACTIONS[spec.resource.split(":")[2] ?? ""] ?? [];
    return { ...spec, action: actions[actionAt % actions.length] ?? "" };
  });

/** The world document of a spec. A role asks by a session, so that nothing is left to its name. */
export function awsWorldOf(spec: AwsSpec): Json {
  const principal = spec.asker === "user" ? USER : spec.asker === "role" ? ROLE : SESSION;
  const other = `arn:aws:sts::${HOME}:assumed-role/app/other`;
  const arn = spec.asker === "user" ? undefined : spec.asker === "role" ? other : SESSION;
  const organisation = {
    organization_id: "o-a1b2c3d4e5",
    ...(spec.scps === undefined ? {} : { scps: spec.scps }),
    ...(spec.rcps === undefined ? {} : { rcps: spec.rcps }),
  };
  return {
    format: "countersign-world/1",
    provider: "aws",
    accounts: { [HOME]: organisation, [AWAY]: organisation },
    principals: {
      [spec.asker === "user" ? USER : ROLE]: {
        identity_policies: spec.identity,
        ...(spec.boundary === undefined ? {} : { permission_boundaries: spec.boundary }),
        tags: spec.principalTags,
      },
    },
    resources: { [spec.resource]: { policy: spec.policy, tags: spec.resourceTags } },
    questions: [
      {
        principal,
        ...(arn === undefined && spec.session === undefined
          ? {}
          : { session: { ...(arn === undefined ? {} : { arn }), policies: spec.session ?? [] } }),
        action: spec.action,
        resource: spec.resource,
        ...(spec.endpoint === undefined ? {} : { endpoint_policies: spec.endpoint }),
        context: spec.context,
      },
    ],
  };
}
