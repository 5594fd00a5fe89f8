import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { credentialChanges, spottedChanges } from "../../src/gate/credentials.ts";
import type { Credential } from "../../src/gate/declared.ts";
import {
  MAX_SEARCHED_BYTES,
  UNKNOWN_SURROUNDINGS,
  gate,
  type GateRules,
  type History,
  type Tree,
  type Verdict,
} from "../../src/gate/index.ts";
import { remedyOf } from "../../src/gate/remedy.ts";
import { verdictText } from "../../src/gate/output/text.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { secretSearch } from "../../src/secret-scan/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";
import { ALNUM, DIGITS, made } from "../secret-scan/made.ts";

const PASSWORD = `Blue${made(DIGITS, 4)}Horse!`;
const TOKEN = `hvs.${made(ALNUM, 24)}`;

let rules: GateRules;
beforeAll(async () => {
  rules = {
    bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  };
});

const file = (path: string, content: string | Buffer) => ({
  path,
  size: content.length,
  read: () => Promise.resolve(Buffer.from(content)),
});

const treeOf = (...files: ReturnType<typeof file>[]): Tree => ({
  files: () => listed(files),
});

async function* listed<T>(all: readonly T[]): AsyncGenerator<T> {
  await Promise.resolve();
  yield* all;
}

async function judge(tree: Tree, history?: History, threads = 0): Promise<Verdict> {
  const search = secretSearch({ threads });
  try {
    return await gate({
      tree,
      search: (texts) => search.search(texts),
      ...(history === undefined ? {} : { history }),
      rules,
      surroundings: UNKNOWN_SURROUNDINGS,
      productVersion: "0.0.0",
      at: "2026-11-27T00:00:00.000Z",
      failOn: "low",
      undeterminedFails: true,
      signal: new AbortController().signal,
    });
  } finally {
    await search.close();
  }
}

const lines = ({ findings }: Verdict): string[] =>
  findings.map(
    ({ place, subject, message }) =>
      `${place.file}:${place.line}:${place.column} ${subject.name}: ${message}`,
  );

describe("a credential in whatever file", () => {
  it("is a finding with its place, and its text is nowhere", async () => {
    const verdict = await judge(
      treeOf(file("a/b.ts", `\n  password: "${PASSWORD}",\n  t: "${TOKEN}"\n`), file("c.md", "nothing")),
    );
    expect(lines(verdict)).toEqual([
      "a/b.ts:2:14 password in a/b.ts: what looks like a credential (assigned-credential) is written in a/b.ts",
      "a/b.ts:3:7 vault-token in a/b.ts: what looks like a credential (vault-token) is written in a/b.ts",
    ]);
    expect(verdict).toMatchObject({ exit: 1, searched: { file_count: 2 } });
    for (const told of [JSON.stringify(verdict), verdictText(verdict)]) {
      expect(told).not.toContain(PASSWORD);
      expect(told).not.toContain(TOKEN);
    }
  });

  it("has the same fingerprint whatever it is and wherever its line has moved", async () => {
    const [one] = (await judge(treeOf(file("a.ts", `password: "${PASSWORD}"`)))).findings;
    const [other] = (await judge(treeOf(file("a.ts", `\n\npassword: "other-${PASSWORD}"`)))).findings;
    expect(one?.fingerprint).toBe(other?.fingerprint);
  });

  it("is found in UTF-16, and nothing in what is no text", async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`x = "${TOKEN}"`, "utf16le")]);
    const verdict = await judge(treeOf(file("a.ps1", utf16), file("b.bin", `\0\0${TOKEN}`)));
    expect(lines(verdict)).toEqual([expect.stringMatching(/^a\.ps1:1:6 /)]);
  });

  it("is told not to be searched for in a file that is too large", async () => {
    const verdict = await judge(treeOf(file("a.csv", `${"x,\n".repeat(MAX_SEARCHED_BYTES / 3)}${TOKEN}`)));
    expect(verdict.unread).toEqual([
      {
        path: "a.csv",
        reason: "limit",
        detail: expect.stringMatching(/^not searched for credentials: expected at most \d+ bytes/) as string,
      },
    ]);
    expect(verdict.exit).toBe(3);
  });

  it("is found where a ConfigMap or a plain key of a Secret encodes it, at its place", async () => {
    const encoded = (text: string | Buffer): string => Buffer.from(text).toString("base64");
    const settings = encoded(`# settings\nvault.token=${TOKEN}\npassword=${PASSWORD}\n`);
    const manifest = [
      "apiVersion: v1",
      "kind: ConfigMap",
      "metadata: {name: app, namespace: pay}",
      "binaryData:",
      `  app.properties: ${settings}`,
      `  logo.png: ${encoded(Buffer.from([0x89, 0, 0, 0x50]))}`,
      "---",
      "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: pay},",
      ` data: {host: ${encoded(`token ${TOKEN}`)}}}`,
    ].join("\n");
    const verdict = await judge(treeOf(file("a.yaml", manifest)));
    const address = "ConfigMap pay/app binaryData.app.properties";
    expect(lines(verdict).map((line) => line.replace(/: what .*/, ""))).toEqual([
      `a.yaml:5:19 ${address} password`,
      `a.yaml:5:19 ${address}`,
      "a.yaml:9:15 Secret pay/s data.host",
    ]);
    expect(verdict.searched).toEqual({ file_count: 1 });
    for (const told of [JSON.stringify(verdict), verdictText(verdict)]) {
      for (const hidden of [PASSWORD, TOKEN, settings]) expect(told).not.toContain(hidden);
    }
  });

  it("is found by threads where there is much, in the same order", async () => {
    const filler = "const one = two + three; // some words\n".repeat(60);
    const files = Array.from({ length: 2500 }, (_, n) =>
      file(`f${String(n).padStart(4, "0")}.ts`, n % 500 === 0 ? `${filler}t = "${TOKEN}"` : filler),
    );
    const alone = await judge(treeOf(...files));
    expect(lines(alone)).toHaveLength(5);
    expect(lines(await judge(treeOf(...files), undefined, 2))).toEqual(lines(alone));
  });
});

describe("earlier commits", () => {
  const past = (path: string, text: string, commit: string) => ({
    ...file(path, text),
    commit: commit.repeat(40),
  });
  it("tell a credential once, of the commit that brought it, unless it still stands there", async () => {
    const history: History = {
      files: () =>
        listed([
          past("old.ts", `t = "${TOKEN}"`, "a"),
          past("old.ts", `\nt = "${TOKEN}"`, "b"),
          past("a.ts", `password: "${PASSWORD}"`, "b"),
          { path: ".git", reason: "limit", detail: "a shallow clone" } as const,
        ]),
    };
    const verdict = await judge(treeOf(file("a.ts", `\npassword: "${PASSWORD}"`)), history);
    expect(lines(verdict)).toEqual([
      "a.ts:2:12 password in a.ts: what looks like a credential (assigned-credential) is written in a.ts",
      "old.ts:1:6 vault-token in old.ts@aaaaaaaaaaaa: what looks like a credential (vault-token) is written in old.ts in commit aaaaaaaaaaaa",
    ]);
    expect(verdict.searched).toEqual({ file_count: 1, history_count: 3 });
    expect(verdict.exits).toEqual([1, 3]);
  });
});

describe("what a format and the search both find", () => {
  const place = (line: number, column: number, end_line = line) => ({
    file: "s.yaml",
    line,
    column,
    end_line,
    end_column: column + 10,
  });
  const known: Credential = {
    rule: "kubernetes-secret-data",
    address: "Secret/db.password",
    place: place(3, 13),
  };
  const spotted: Credential = { rule: "assigned-credential", name: "password", place: place(3, 14) };
  it("is one, told by the format", () => {
    expect(spottedChanges([spotted], [known])).toEqual([]);
    expect(credentialChanges([known])[0]?.subject.name).toBe("Secret/db.password");
  });

  it.each([
    ["module.vaults.azurerm_key_vault_secret.api.value", "azure", "azurerm_key_vault_secret"],
    ["google_secret_manager_secret_version.db.secret_data", "gcp", "google_secret_manager_secret_version"],
    ["vault_kv_secret_v2.db.data_json", "hashicorp", "vault_kv_secret_v2"],
    ["aws_db_instance.db.password", "aws", "aws_secretsmanager_secret_version"],
  ])(
    "is of the provider of its resource (%s), whose remedy writes no other's",
    (address, provider, written) => {
      expect(credentialChanges([{ ...known, address }])[0]?.provider).toBe(provider);
      const policy = rules.bundle.catalogue.policies.find(
        ({ policy_id }) => policy_id === "credential_written",
      );
      if (policy === undefined) throw new Error("expected the policy in the bundle");
      const about = { format: "terraform", outcome: "violation", address, file: "main.tf" } as const;
      expect(remedyOf(policy, { ...about, types: [undefined, provider] })?.example).toContain(written);
    },
  );

  it("is as many as have names, on the one line of a plan", () => {
    const other = { ...known, address: "var.password", place: place(3, 400) };
    const same = { ...known, place: place(3, 15) };
    expect(credentialChanges([known, other, same, spotted]).map(({ subject }) => subject.name)).toEqual([
      "Secret/db.password",
      "var.password",
    ]);
  });

  it("is two on another line, or far along a line of a file that has but one", () => {
    expect(spottedChanges([{ ...spotted, place: place(4, 14) }], [known])).toHaveLength(1);
    expect(spottedChanges([{ ...spotted, place: place(3, 400) }], [known])).toHaveLength(1);
    expect(
      spottedChanges([{ ...spotted, place: place(5, 3) }], [{ ...known, place: place(3, 13, 9) }]),
    ).toEqual([]);
  });
});
