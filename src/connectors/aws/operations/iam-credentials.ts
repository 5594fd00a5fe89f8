import type { Fact, Gap } from "../../../facts/index.ts";
import { Misshapen, nonEmptyText, objectAt, objects, text, type Json } from "../../shape.ts";
import {
  fact,
  filled,
  gapIn,
  type Answered,
  type Ask,
  type Lost,
  type Omission,
  type Operation,
} from "../operation.ts";
import { asksOf, instant, optionalText, rowsOf } from "../rows.ts";

const row = rowsOf("iam", "global", "arn:{partition}:iam::{account}:");

/** Name of the account's root in the credential report. */
const ROOT = "<root_account>";

/** Columns that are read. Source: "Getting credential reports", IAM User Guide. */
const COLUMNS = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "mfa_active",
  "access_key_1_active",
  "access_key_1_last_rotated",
  "access_key_1_last_used_date",
  "access_key_1_last_used_region",
  "access_key_1_last_used_service",
  "access_key_2_active",
  "access_key_2_last_rotated",
  "access_key_2_last_used_date",
  "access_key_2_last_used_region",
  "access_key_2_last_used_service",
  "cert_1_active",
  "cert_2_active",
] as const;

type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** What stands in a column that does not apply, or of which nothing is known. */
const NOTHING = new Set(["N/A", "no_information", "not_supported", ""]);

/** Most lines of a report: an account has at most 5,000 users, and its root. */
const MAX_LINES = 20_000;

/** Rows of the report. Throws `Misshapen`. */
function rowsIn({ body }: Answered): Row[] {
  if (nonEmptyText(body, "ReportFormat") !== "text/csv")
    throw new Misshapen("ReportFormat", "text/csv", body["ReportFormat"]);
  const [head = [], ...lines] = csv(nonEmptyText(body, "Content"));
  const places = COLUMNS.map((name) => head.indexOf(name));
  if (places.includes(-1))
    throw new Misshapen("Content", "a report with the columns that are documented", head);
  const rows = lines.map((line) => {
    if (line.length !== head.length) throw new Misshapen("Content", "lines as long as the first", line);
    return Object.fromEntries(COLUMNS.map((name, index) => [name, line[places[index] ?? 0] ?? ""])) as Row;
  });
  return rows;
}

/** Lines of fields; a field may stand in double quotes (RFC 4180). */
function csv(content: string): string[][] {
  const lines = content.split(/\r?\n/).filter((line) => line !== "");
  if (lines.length > MAX_LINES) throw new Misshapen("Content", `at most ${MAX_LINES} lines`, lines);
  return lines.map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
    ),
  );
}

function yes(value: string, column: string): boolean {
  if (value === "true" || value === "TRUE") return true;
  if (value === "false" || value === "FALSE") return false;
  throw new Misshapen(column, "true or false", value);
}

/** Absent where the column does not apply. */
function at(value: string, column: string): string | undefined {
  if (NOTHING.has(value)) return undefined;
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new Misshapen(column, "an instant", value);
}

function told(value: string): string | undefined {
  return NOTHING.has(value) ? undefined : value;
}

function accessKey(of: Row, n: 1 | 2) {
  const rotated_at = at(of[`access_key_${n}_last_rotated`], `access_key_${n}_last_rotated`);
  const active = yes(of[`access_key_${n}_active`], `access_key_${n}_active`);
  // A key that there is was made some time.
  if (!active && rotated_at === undefined) return [];
  const used_at = at(of[`access_key_${n}_last_used_date`], `access_key_${n}_last_used_date`);
  const used_region = told(of[`access_key_${n}_last_used_region`]);
  const used_service = told(of[`access_key_${n}_last_used_service`]);
  return [
    {
      active,
      ...(rotated_at === undefined ? {} : { rotated_at }),
      ...(used_at === undefined ? {} : { used_at }),
      ...(used_region === undefined ? {} : { used_region }),
      ...(used_service === undefined ? {} : { used_service }),
    },
  ];
}

function credentials(answered: Answered): (Fact | Gap)[] {
  const rows = rowsIn(answered);
  return [
    ...(rows.some(({ user }) => user === ROOT) ? [] : [unseenRoot(answered)]),
    ...loginsOf(answered, rows),
  ];
}

/** AWS's report always has a line of the account's root. */
function unseenRoot(answered: Answered): Gap {
  return gapIn(answered, {
    resource: filled(ROOT_ARN, answered, answered.params),
    reason: "malformed",
    hides: ["login_credential", "principal"],
    detail: "expected a line of the account's root in the credential report, got none",
  });
}

function loginsOf(answered: Answered, rows: readonly Row[]): Fact[] {
  return rows.flatMap((of) => {
    const { arn } = of;
    const certificates = [of.cert_1_active, of.cert_2_active].filter((value) =>
      yes(value, "cert_active"),
    ).length;
    return [
      ...(of.user === ROOT ? [root(answered, of)] : []),
      fact(answered, "login_credential", arn, {
        principal: `${answered.record.store_id}:${arn}`,
        // Of the root it is not said: it always has a password or has had it taken away by the organisation.
        password_enabled:
          of.password_enabled === "not_supported" ? undefined : yes(of.password_enabled, "password_enabled"),
        password_changed_at: at(of.password_last_changed, "password_last_changed"),
        password_used_at: at(of.password_last_used, "password_last_used"),
        mfa_enabled: yes(of.mfa_active, "mfa_active"),
        access_keys: [...accessKey(of, 1), ...accessKey(of, 2)],
        certificate_count: certificates,
      }),
    ];
  });
}

/** The account's root is listed nowhere else. */
function root(answered: Answered, of: Row): Fact {
  return fact(answered, "principal", of.arn, {
    name: "root",
    principal_type: "aws_root",
    native_id: of.arn,
    policies: [],
    disabled: false,
    created_at: at(of.user_creation_time, "user_creation_time"),
    labels: {},
    aliases: [],
    direct_group_ids: [],
    inherited_group_ids: [],
  });
}

const ROOT_ARN = "arn:{partition}:iam::{account}:root";

/** Without the report nobody tells of the account's root. */
function lostRoot({ operation, params, account = "" }: Ask, _context: unknown, why: Lost): Omission[] {
  const resource = filled(ROOT_ARN, { account }, params);
  return [{ account, resource, operation, hides: ["principal"], ...why }];
}

function keys(answered: Answered): { id: string; of: Json }[] {
  return objects(answered.body, "AccessKeyMetadata").map((of) => ({
    id: nonEmptyText(of, "AccessKeyId"),
    of,
  }));
}

function active(of: Json): boolean {
  const status = nonEmptyText(of, "Status");
  if (status === "Active") return true;
  // A key that expired or is off signs nothing.
  if (status === "Inactive" || status === "Expired") return false;
  throw new Misshapen("Status", "Active or Inactive", status);
}

const keyId = (arn: string | undefined, id: string | undefined): string =>
  `${arn ?? ""}#access-key/${id ?? ""}`;

/** IAM writes `N/A` for the place of a key that was never used. */
function use(answered: Answered): Fact[] {
  const { arn, key = "" } = answered.params;
  const used = objectAt(answered.body, "AccessKeyLastUsed");
  const at = used["LastUsedDate"] === undefined ? undefined : instant(used, "LastUsedDate");
  // Always there, be it only to say that there is none.
  text(used, "ServiceName");
  return [
    fact(answered, "access_key_use", keyId(arn, key), {
      principal: `${answered.record.store_id}:${arn ?? ""}`,
      access_key_id: key,
      used_at: at,
      used_region: told(optionalText(used, "Region") ?? ""),
      used_service: told(optionalText(used, "ServiceName") ?? ""),
    }),
  ];
}

export const credentialRows: readonly Operation[] = [
  {
    ...row("report_made", "That there is a credential report of the last hours", "GenerateCredentialReport"),
    hides: ["login_credential"],
    unready: ({ State }) => State !== "COMPLETE",
    next: (answered) => {
      nonEmptyText(answered.body, "State");
      return asksOf(answered, ["iam.report"], { partition: answered.params["partition"] ?? "" });
    },
    lost: lostRoot,
  },
  {
    ...row(
      "report",
      "The credential report: passwords, second factors, keys, also of the root",
      "GetCredentialReport",
    ),
    hides: ["login_credential"],
    facts: credentials,
    next: (answered) => {
      rowsIn(answered);
      return [];
    },
    lost: lostRoot,
  },
  {
    ...row("access_keys", "Access keys of a user, by their ids", "ListAccessKeys"),
    hides: ["access_key", "access_key_use"],
    resource: "{arn}",
    input: ({ name }) => ({ UserName: name }),
    // A user has two at most: there is no second page whose token could be missing.
    pages: { token: "Marker", input: "Marker" },
    identifiers: ["/AccessKeyMetadata/*/AccessKeyId"],
    facts: (answered) => {
      const { arn } = answered.params;
      return keys(answered).map(({ id, of }) =>
        fact(answered, "access_key", keyId(arn, id), {
          principal: `${answered.record.store_id}:${arn ?? ""}`,
          access_key_id: id,
          active: active(of),
          created_at: instant(of, "CreateDate"),
        }),
      );
    },
    next: (answered) =>
      keys(answered).flatMap(({ id }) =>
        asksOf(answered, ["iam.access_key_use"], { arn: answered.params["arn"] ?? "", key: id }),
      ),
  },
  {
    ...row("access_key_use", "When an access key was last used", "GetAccessKeyLastUsed"),
    hides: ["access_key_use"],
    resource: "{arn}",
    input: ({ key }) => ({ AccessKeyId: key }),
    facts: use,
  },
];
