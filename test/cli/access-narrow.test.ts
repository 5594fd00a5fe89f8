import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { accessPath, whatCan, whoCan } from "../../src/cli/access-queries.ts";
import { processEnvironment } from "../../src/cli/environment.ts";
import { wrapped } from "../../src/cli/output.ts";
import { openExample } from "../evidence/example.ts";
import { ROOT } from "./process.ts";

type Asked = (
  ask: typeof whoCan,
  subject: string,
  columns?: number,
) => Promise<{ readonly out: string; readonly err: string }>;

/** Asks of a recorded estate at a terminal of that width, or into a pipe. */
function estate(name: "aws" | "vault", directory: string): Asked {
  return async (ask, subject, columns) => {
    const [out, err]: [string[], string[]] = [[], []];
    const terminal = {
      out: (text: string | Uint8Array) => out.push(String(text)),
      err: (text: string) => err.push(text),
      interactive: false,
      ...(columns === undefined ? {} : { columns }),
    };
    const environment = { ...processEnvironment(new AbortController().signal), env: {}, terminal };
    await ask(environment, subject, {
      config: join(ROOT, `examples/${name}/countersign.yaml`),
      from: directory,
    });
    return { out: out.join(""), err: err.join("") };
  };
}

const longest = (text: string): number => Math.max(...text.split("\n").map(({ length }) => length));

describe("access at a terminal of 100 characters", { timeout: 120_000 }, () => {
  let vault: Asked;
  let aws: Asked;
  beforeAll(async () => {
    vault = estate("vault", (await openExample()).directory);
    aws = estate("aws", (await openExample("aws")).directory);
  });

  it("tells each step of a path on a line of its own, none wider, and into a pipe a row a grant", async () => {
    const secret = "cards/acquirer/coastal-trust";
    const [narrow, piped] = [await vault(whoCan, secret, 100), await vault(whoCan, secret)];
    expect(longest(narrow.out)).toBeLessThanOrEqual(100);
    expect(longest(piped.out)).toBeGreaterThan(200);
    expect(narrow.out).toMatch(
      /^vault-production:auth\/approle\/role\/backup-agent\n {2}read list: certain\n {4}read\+list: /m,
    );
    // Both tell the same, but for how it is set.
    const words = (text: string): Set<string> => new Set(text.match(/[^\s;:]+/g));
    const heading = new Set(["principal", "can", "certainty", "path"]);
    expect(
      [...words(piped.out)].filter((word) => !heading.has(word) && !words(narrow.out).has(word)),
    ).toEqual([]);
    expect(longest((await vault(whoCan, secret, 10_000)).out)).toBe(longest(piped.out));
  });

  it("wraps the gaps behind an answer, and names whose own policy and which root a step rests on", async () => {
    const { out, err } = await aws(whatCan, "harbourpine-aws:*", 100);
    expect(longest(out)).toBeLessThanOrEqual(100);
    expect(longest(err.replaceAll(/\S{90,}/g, ""))).toBeLessThanOrEqual(100);
    expect(out).toMatch(/read: policy that everyone gives itself/);
    const root = await aws(whatCan, "harbourpine-aws:arn:aws:iam::123456789012:root");
    expect(root.out).toContain("policy root (iam:UpdateAssumeRolePolicy");
    expect(root.out).not.toContain("policy unknown");
  });
});

describe("a text that is wrapped", () => {
  it.each([
    ["one two three", 7, "", "one two\n  three\n"],
    ["one two three", 40, "  ", "  one two three\n"],
    ["averyveryverylongword two", 8, " ", " averyveryverylongword\n   two\n"],
    ["\u001b[31mred", 40, "", "\\u{1b}[31mred\n"],
  ])("%j at %i", (text, width, indent, expected) => {
    expect(wrapped(text, width, indent)).toBe(expected);
  });
});

describe("no path to a secret", { timeout: 120_000 }, () => {
  const SECRET =
    "harbourpine-aws:arn:aws:secretsmanager:eu-central-1:894684374631:secret:staging/platform/database-2-Hyqbix";
  const of = async (principal: string) => {
    const { directory } = await openExample("aws");
    const ask: typeof whoCan = (environment, subject, options) =>
      accessPath(environment, principal, subject, options);
    return await estate("aws", directory)(ask, SECRET);
  };

  it("says where somebody administers the secret's key", async () => {
    const { out, err } = await of("harbourpine-aws:arn:aws:iam::123456789012:role/legacy-migration");
    expect(out).toBe("No path that is known.\n");
    expect(err).toMatch(
      /^It administers the key that the secret is under, .* access path harbourpine-aws:\S+legacy-migration harbourpine-aws:arn:aws:kms:\S+` shows how\.$/m,
    );
  });

  it("and nothing of the key where there is a path", async () => {
    const { out, err } = await of("harbourpine-aws:arn:aws:iam::894684374631:root");
    expect(out).toContain("administer");
    expect(err).not.toContain("administers the key");
  });
});
