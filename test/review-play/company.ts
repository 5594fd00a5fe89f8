import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../counterparties/oidc.ts";

/** A fictional company: who works there, who reviews, and what its lists say. All names and addresses are made up. */
export interface Somebody {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly manager?: keyof typeof STAFF;
  readonly worker_type?: string;
  /** Day on which they left. */
  readonly left?: string;
}

export const STAFF = {
  vera: { id: "1001", name: "Vera Moss", title: "Managing director" },
  mia: { id: "1002", name: "Mia Hart", title: "Head of engineering", manager: "vera" },
  omar: { id: "1003", name: "Omar Reyes", title: "Platform lead", manager: "mia" },
  cora: { id: "1004", name: "Cora Lind", title: "Compliance officer", manager: "vera" },
  sam: { id: "1005", name: "Sam Ruiz", title: "Security engineer", manager: "mia" },
  ines: { id: "1011", name: "Ines Faro", title: "Security lead", manager: "vera" },
  ada: { id: "1006", name: "Ada Lindqvist", title: "Payments engineer", manager: "mia" },
  ben: { id: "1007", name: "Ben Okafor", title: "Payments engineer", manager: "mia" },
  eve: {
    id: "1008",
    name: "Eve Tan",
    title: "Payments engineer",
    manager: "mia",
    left: "2026-09-01",
  },
  kim: { id: "1009", name: "Kim Aalto", title: "Operations engineer", manager: "omar" },
  noa: {
    id: "1010",
    name: "Noa Brandt",
    title: "Consultant",
    manager: "mia",
    worker_type: "Contractor",
  },
} as const satisfies Record<string, Omit<Somebody, "manager"> & { readonly manager?: string }>;

export type Name = keyof typeof STAFF;

export function emailOf(name: Name): string {
  return `${name}@larkspur.example`;
}

export const AUDITOR = "olga@audit.example";

/** Accounts at the identity provider of those who sign in, by what they type there. */
export const ACCOUNTS: Readonly<Record<string, Account>> = {
  vera: account("vera", "management"),
  cora: account("cora", "compliance"),
  mia: account("mia"),
  omar: account("omar"),
  sam: account("sam", "security"),
  ines: account("ines", "security"),
  olga: { email: AUDITOR, email_verified: true, name: "Olga Ferro", groups: ["auditors"] },
};

function account(name: Name, ...groups: readonly string[]): Account {
  return { email: emailOf(name), email_verified: true, name: STAFF[name].name, groups };
}

/** Writes the lists that the source `people` reads: HR as CSV, the identity provider's users as SCIM, and the register of requests. */
export function writeRosters(dir: string): void {
  const people = Object.entries(STAFF) as [Name, Somebody][];
  writeFileSync(join(dir, "hr.csv"), hr(people));
  writeFileSync(join(dir, "idp-users.json"), JSON.stringify(scim(people), undefined, 2));
  writeFileSync(join(dir, "access-requests.csv"), REQUESTS);
}

const HR_HEADINGS =
  "Employee ID,Full Name,Work Email,Username,Status,Title,Manager Email,Start Date,Termination Date,Worker Type";

function hr(people: readonly [Name, Somebody][]): string {
  const rows = people.map(([name, { id, name: full, title, manager, left, worker_type }]) =>
    [
      id,
      full,
      emailOf(name),
      name,
      left === undefined ? "Active" : "Terminated",
      title,
      manager === undefined ? "" : emailOf(manager),
      "2024-02-01",
      left ?? "",
      worker_type ?? "Employee",
    ].join(","),
  );
  return `${[HR_HEADINGS, ...rows].join("\n")}\n`;
}

/** The leaver may still sign in: nobody told the identity provider. */
function scim(people: readonly [Name, Somebody][]) {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: people.length,
    startIndex: 1,
    itemsPerPage: people.length,
    Resources: people.map(([name, { id, name: full, title }]) => ({
      schemas: [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
      ],
      id: `u-${id}`,
      userName: name,
      displayName: full,
      title,
      active: true,
      emails: [{ value: emailOf(name), type: "work", primary: true }],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { employeeNumber: id },
    })),
  };
}

const REQUESTS = `Ticket,Requested For,Secrets,Actions,Justification,Requested By,Requested At,Valid From,Valid Until,High Privilege,Manager Approved By,Manager Approved At,Security Approved By,Security Approved At,State
REQ-41,noa@larkspur.example,kv/web/*,read,Moves the shop to the new content network,noa@larkspur.example,2026-11-02T09:00:00Z,2026-11-03,2027-03-31,no,mia@larkspur.example,2026-11-02T10:00:00Z,,,approved
REQ-42,ada@larkspur.example,kv/payments/*,read,Answers for the ledger and the payments API,ada@larkspur.example,2026-09-01T09:00:00Z,2026-09-01,,no,mia@larkspur.example,2026-09-01T10:00:00Z,,,approved
REQ-43,omar@larkspur.example,kv/ops/dns,read,Keeps the name servers of the platform,omar@larkspur.example,2026-09-01T09:00:00Z,2026-09-01,,no,mia@larkspur.example,2026-09-01T10:00:00Z,,,approved
REQ-44,kim@larkspur.example,kv/ops/root-password,read,Holds the root password for the operations rota,kim@larkspur.example,2026-10-05T09:00:00Z,2026-10-05,,yes,omar@larkspur.example,2026-10-05T10:00:00Z,sam@larkspur.example,2026-10-05T11:00:00Z,approved
`;
