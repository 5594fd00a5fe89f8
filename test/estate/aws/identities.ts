import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { PEOPLE, TEAMS, leadOf, mailOf, type Person, type Team } from "../company.ts";
import { PLAN, type Stage } from "./company.ts";
import { PARTNER_ACCOUNT } from "./stores.ts";
import { allow, deny, policyText, tagList, type Statement, type Step, type Terms } from "./terms.ts";

const GITHUB = "token.actions.githubusercontent.com";

/** Oldest first: what others lean on. */
const DAYS_AGO = { policies: 910, groups: 900, roles: 880, users: 700 } as const;

interface RoleSpec {
  readonly name: string;
  readonly team?: Team;
  readonly trust: Statement;
  readonly policies: readonly string[];
  readonly inline?: Statement;
  readonly boundary?: string;
}

/** Policies, groups, roles, users and providers of one account. */
export function identitySteps(stage: Stage, account: string, own: string, terms: Terms): Step[] {
  const iam = new IAMClient(terms);
  const arnOf = (policy: string): string => `arn:aws:iam::${account}:policy/${policy}`;
  return [
    ...policySteps(stage, account, iam),
    ...providerSteps(iam),
    ...(stage === "tooling" ? TEAMS.map((team) => groupStep(team, iam, arnOf)) : []),
    ...roleSpecs(stage, account, own).map((spec) => roleStep(spec, iam, arnOf)),
    ...(stage === "tooling" ? people().map((person) => personStep(person, account, iam)) : []),
    ...machines(stage).map((name, index) => machineStep(name, index, iam, arnOf)),
  ];
}

function policySteps(stage: Stage, account: string, iam: IAMClient): Step[] {
  return [...policyTexts(stage, account)].map(([PolicyName, statements]) => ({
    daysAgo: DAYS_AGO.policies,
    run: () => iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: policyText(...statements) })),
  }));
}

function policyTexts(stage: Stage, account: string): Map<string, Statement[]> {
  const ofTeams = TEAMS.flatMap((team): [string, Statement[]][] => {
    const secrets = `arn:aws:secretsmanager:*:${account}:secret:${stage}/${team}/*`;
    const parameters = `arn:aws:ssm:*:${account}:parameter/${stage}/${team}-*`;
    const decrypt = allow({
      Action: "kms:Decrypt",
      Resource: "*",
      Condition: {
        StringLike: { "kms:ViaService": ["secretsmanager.*.amazonaws.com", "ssm.*.amazonaws.com"] },
      },
    });
    return [
      [
        `${team}-read`,
        [
          allow({ Action: "secretsmanager:GetSecretValue", Resource: secrets }),
          allow({
            Action: ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            Resource: parameters,
          }),
          decrypt,
        ],
      ],
      [
        `${team}-operate`,
        [
          allow({
            Action: [
              "secretsmanager:DescribeSecret",
              "secretsmanager:PutSecretValue",
              "secretsmanager:RotateSecret",
              "secretsmanager:UpdateSecret",
            ],
            Resource: secrets,
          }),
          allow({ Action: ["ssm:PutParameter", "ssm:DescribeParameters"], Resource: parameters }),
        ],
      ],
    ];
  });
  return new Map<string, Statement[]>([
    ...ofTeams,
    [
      "boundary-developer",
      [
        allow({ Action: ["secretsmanager:*", "ssm:*", "kms:Decrypt", "sts:AssumeRole"], Resource: "*" }),
        deny({ Action: ["secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy"], Resource: "*" }),
      ],
    ],
    [
      "platform-admin",
      [allow({ Action: ["secretsmanager:*", "ssm:*", "kms:*", "iam:Get*", "iam:List*"], Resource: "*" })],
    ],
    ["break-glass", [allow({ Action: "*", Resource: "*" })]],
    [
      "audit",
      [
        allow({
          Action: [
            "secretsmanager:DescribeSecret",
            "secretsmanager:ListSecrets",
            "ssm:DescribeParameters",
            "kms:List*",
          ],
          Resource: "*",
        }),
      ],
    ],
    // A fault: one reads everything, of every team.
    [
      "read-everything",
      [
        allow({
          Action: ["secretsmanager:GetSecretValue", "ssm:GetParameter*", "kms:Decrypt"],
          Resource: "*",
        }),
      ],
    ],
    [
      "sign-in-with-mfa",
      [
        deny({
          NotAction: ["iam:*MFADevice", "sts:GetSessionToken"],
          Resource: "*",
          Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
        }),
      ],
    ],
  ]);
}

function providerSteps(iam: IAMClient): Step[] {
  return [
    {
      daysAgo: DAYS_AGO.policies,
      run: () =>
        iam.send(
          new CreateOpenIDConnectProviderCommand({
            Url: `https://${GITHUB}`,
            ClientIDList: ["sts.amazonaws.com"],
            ThumbprintList: ["0123456789012345678901234567890123456789"],
          }),
        ),
    },
    {
      daysAgo: DAYS_AGO.policies,
      run: () =>
        iam.send(
          new CreateSAMLProviderCommand({ Name: "directory", SAMLMetadataDocument: "a".repeat(1024) }),
        ),
    },
  ];
}

function groupStep(team: Team, iam: IAMClient, arnOf: (policy: string) => string): Step {
  return {
    daysAgo: DAYS_AGO.groups,
    run: async () => {
      await iam.send(new CreateGroupCommand({ GroupName: team }));
      for (const policy of [`${team}-read`, `${team}-operate`, "sign-in-with-mfa"])
        await iam.send(new AttachGroupPolicyCommand({ GroupName: team, PolicyArn: arnOf(policy) }));
    },
  };
}

const SERVICE_ROLES = [
  "api",
  "worker",
  "jobs",
  "web",
  "stream",
  "mailer",
  "export",
  "import",
  "cache",
  "cron",
  "sync",
];

const service = (name: string): Statement =>
  allow({ Principal: { Service: `${name}.amazonaws.com` }, Action: "sts:AssumeRole" });

function github(account: string, subject: string): Statement {
  return allow({
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${GITHUB}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: { [`${GITHUB}:aud`]: "sts.amazonaws.com" },
      StringLike: { [`${GITHUB}:sub`]: subject },
    },
  });
}

function roleSpecs(stage: Stage, account: string, own: string): RoleSpec[] {
  const special = specialRoles(account, own);
  const services = SERVICE_ROLES.flatMap((kind) =>
    TEAMS.map((team): RoleSpec => ({
      name: `${team}-${kind}`,
      team,
      trust: service(kind === "cron" || kind === "sync" ? "lambda" : "ecs-tasks"),
      policies: [`${team}-read`, ...(kind === "jobs" ? [`${team}-operate`] : [])],
      ...(kind === "web" ? { boundary: "boundary-developer" } : {}),
    })),
  );
  return [...special, ...services].slice(0, PLAN[stage].roles);
}

function specialRoles(account: string, own: string): RoleSpec[] {
  const ours = allow({ Principal: { AWS: `arn:aws:iam::${own}:root` }, Action: "sts:AssumeRole" });
  return [
    { name: "break-glass-admin", team: "security", trust: ours, policies: ["break-glass"] },
    { name: "platform-admin", team: "platform", trust: ours, policies: ["platform-admin"] },
    { name: "countersign", team: "security", trust: ours, policies: ["audit"] },
    {
      name: "rotation",
      team: "platform",
      trust: service("lambda"),
      policies: [],
      inline: allow({
        Action: [
          "secretsmanager:GetSecretValue",
          "secretsmanager:PutSecretValue",
          "secretsmanager:UpdateSecretVersionStage",
        ],
        Resource: "*",
      }),
    },
    {
      name: "deploy",
      team: "platform",
      trust: github(account, "repo:harbourpine/*:ref:refs/heads/main"),
      policies: ["platform-read"],
      inline: allow({
        Action: ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"],
        Resource: "*",
      }),
    },
    // A fault: any repository of anybody may come in.
    { name: "preview", team: "mobile", trust: github(account, "repo:*"), policies: ["mobile-read"] },
    // A fault: a vendor's account without an external id.
    {
      name: "vendor-monitoring",
      trust: allow({ Principal: { AWS: `arn:aws:iam::${PARTNER_ACCOUNT}:root` }, Action: "sts:AssumeRole" }),
      policies: ["read-everything"],
    },
    // A fault: nobody knows it, and it may change its own permissions.
    {
      name: "legacy-migration",
      trust: service("ec2"),
      policies: ["data-read"],
      inline: allow({ Action: ["iam:PutRolePolicy", "iam:AttachRolePolicy"], Resource: "*" }),
    },
  ];
}

function roleStep(spec: RoleSpec, iam: IAMClient, arnOf: (policy: string) => string): Step {
  const { name, team, trust, policies, inline, boundary } = spec;
  return {
    daysAgo: DAYS_AGO.roles,
    run: async () => {
      await iam.send(
        new CreateRoleCommand({
          RoleName: name,
          AssumeRolePolicyDocument: policyText(trust),
          Tags: tagList({ team, owner: team === undefined ? undefined : mailOf(leadOf(team)) }),
          ...(boundary === undefined ? {} : { PermissionsBoundary: arnOf(boundary) }),
        }),
      );
      for (const policy of policies)
        await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: arnOf(policy) }));
      if (inline !== undefined)
        await iam.send(
          new PutRolePolicyCommand({ RoleName: name, PolicyName: "own", PolicyDocument: policyText(inline) }),
        );
    },
  };
}

/** The people who have users of their own in the account of tools: those who came last, those who left among them. */
function people(): readonly Person[] {
  return PEOPLE.slice(-(PLAN.tooling.users - 2));
}

function personStep(person: Person, account: string, iam: IAMClient): Step {
  const UserName = person.login;
  return {
    daysAgo: Math.min(person.sinceDays, DAYS_AGO.users),
    run: async () => {
      await iam.send(
        new CreateUserCommand({
          UserName,
          Path: "/people/",
          Tags: tagList({ owner: mailOf(person), team: person.team }),
        }),
      );
      await iam.send(new AddUserToGroupCommand({ GroupName: person.team, UserName }));
      await iam.send(new CreateLoginProfileCommand({ UserName, Password: `${crypto.randomUUID()}-Aa1!` }));
      // A fault: contractors and those who left sign in with a password alone.
      if (person.kind === "employee" || person.kind === "break-glass") {
        await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
        await iam.send(
          new EnableMFADeviceCommand({
            UserName,
            SerialNumber: `arn:aws:iam::${account}:mfa/${UserName}`,
            AuthenticationCode1: "123456",
            AuthenticationCode2: "654321",
          }),
        );
      }
      if (person.kind === "break-glass")
        await iam.send(
          new PutUserPolicyCommand({
            UserName,
            PolicyName: "everything",
            PolicyDocument: policyText(allow({ Action: "*", Resource: "*" })),
          }),
        );
    },
  };
}

const MACHINES = [
  "ci-deploy",
  "backup-agent",
  "old-invoicing",
  "metrics-shipper",
  "warehouse-loader",
  "report-builder",
  "sanctions-screening",
  "ticket-sync",
  "push-sender",
  "release-signer",
];

/** Users of programs, with keys that never end: a fault each. */
function machines(stage: Stage): string[] {
  const count = stage === "tooling" ? 2 : PLAN[stage].users;
  return Array.from({ length: count }, (_, index) => {
    const name = MACHINES[index % MACHINES.length]!;
    return index < MACHINES.length ? name : `${name}-${Math.floor(index / MACHINES.length) + 1}`;
  });
}

function machineStep(name: string, index: number, iam: IAMClient, arnOf: (policy: string) => string): Step {
  const team = TEAMS[index % TEAMS.length]!;
  return {
    daysAgo: DAYS_AGO.users - index * 30,
    run: async () => {
      await iam.send(new CreateUserCommand({ UserName: name, Path: "/machines/", Tags: tagList({ team }) }));
      const policy = index === 0 ? "platform-admin" : index === 2 ? "read-everything" : `${team}-read`;
      await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: arnOf(policy) }));
      await iam.send(new CreateAccessKeyCommand({ UserName: name }));
    },
  };
}
