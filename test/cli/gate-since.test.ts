import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Verdict } from "../../src/gate/index.ts";
import { countersign } from "./process.ts";

const READER = 'path "kv/data/app" {\n  capabilities = ["read"]\n}\n';
const WIDER = `${READER}path "kv/data/pay" {\n  capabilities = ["read", "update"]\n}\n`;

/** A role and what it may, in files of one module: the one says nothing without the other. */
const ROLE = `data "aws_caller_identity" "me" {}
resource "aws_secretsmanager_secret" "s" {
  name = "pay"
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
`;
const policy = (effect: string, name: string): string => `resource "aws_iam_role_policy" "${name}" {
  role   = aws_iam_role.app.name
  policy = jsonencode({ Statement = [{ Effect = "${effect}", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.s.arn }] })
}
`;

let top: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "countersign-since-"));
  git("init", "-q", "-b", "main");
});
afterEach(() => rm(top, { recursive: true, force: true }));

function git(...args: string[]): void {
  const who = ["-c", "user.name=Kim", "-c", "user.email=kim@example.org", "-c", "commit.gpgsign=false"];
  execFileSync("git", [...who, ...args], { cwd: top, env: { PATH: process.env["PATH"] } });
}

async function put(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) await writeFile(join(top, path), text);
}

async function commit(files: Record<string, string>): Promise<void> {
  await put(files);
  git("add", "-A");
  git("commit", "-q", "-m", "x");
}

/** Access that is told, and what of it is told as not compared. */
async function judged(...args: string[]): Promise<string[]> {
  const { out, err } = await countersign(["gate", ...args, "--json"], { cwd: top });
  expect(err).toBe("");
  const { findings, notices } = JSON.parse(out) as Verdict;
  return [
    ...findings
      .filter(({ format }) => format === "access")
      .map(({ outcome, place, message }) => `${place.file}:${place.line} ${outcome} ${message}`),
    ...notices.filter(({ kind }) => kind === "access_not_compared").map(({ message }) => message),
  ];
}

describe("access that changed files give", { timeout: 60_000 }, () => {
  const GAIN = ["app.hcl:4 violation policy app may do more to pay: read, write"];

  it("is compared with the commit since which they have changed", async () => {
    await commit({ "app.hcl": READER, "other.hcl": WIDER });
    await put({ "app.hcl": WIDER });
    expect(await judged("--since", "main", ".")).toEqual(GAIN);
    await put({ "app.hcl": READER });
    expect(await judged("--since", "main", ".")).toEqual([]);
  });

  it("is compared with the last commit where they are staged, as they are staged", async () => {
    await put({ "app.hcl": READER });
    git("add", "-A");
    expect(await judged("--staged")).toEqual([]);
    await commit({});
    await put({ "app.hcl": WIDER });
    expect(await judged("--staged")).toEqual([]);
    git("add", "-A");
    await put({ "app.hcl": READER });
    expect(await judged("--staged")).toEqual(GAIN);
  });

  it("hangs on files beside that have not changed, and is given by files that are taken away", async () => {
    await commit({
      "main.tf": ROLE,
      "allow.tf": policy("Allow", "allow"),
      "deny.tf": policy("Deny", "deny"),
      "bad.hcl": "path {",
    });
    await rm(join(top, "deny.tf"));
    const gained = [expect.stringMatching(/^allow\.tf:\d+ violation app may do more to pay: read$/)];
    expect(await judged("--since", "main", ".")).toEqual(gained);
    git("add", "-A");
    expect(await judged("--staged")).toEqual(gained);
  });
});
