const RULE_PREFIX = "@secretlint/secretlint-rule-";

/**
 * Rules that take out the wrong part (the AWS rule counts the value's length from the name's beginning), more than the
 * credential (the rest of an address, whatever stands between two marks of a key) or less than ours (of Vault's tokens
 * those of one length; AWS access key ids but for one). `patterns.ts` has their like.
 */
const LEFT_OUT = new Set([
  // It lets a text switch the scanners off by a comment in that very text, calls itself a scanner, and needs what a file has.
  "filter-comments",
  "aws",
  "basicauth",
  "database-connection-string",
  "hashicorp-vault",
  "privatekey",
]);
const REPLACED_MESSAGES = new Set(["Npmrc_authToken", "PackageJSON_xOauthToken"]);

/** The part of secretlint's rule interface that scanning one text takes; its own types would be a package more. */
interface Rule {
  readonly meta: { readonly id: string; readonly type: "scanner" | "filter" };
  create(
    context: {
      readonly sharedOptions: object;
      createTranslator(messages: unknown): (messageId: string) => { messageId: string; message: string };
      report(found: { message: { messageId: string }; range: readonly [start: number, end: number] }): void;
      ignore(ignored: unknown): void;
    },
    options: object,
  ): { file?(source: object): void | Promise<void> };
}

let loading: Promise<readonly Rule[]> | undefined;

/** Loads secretlint's rules on first use: `--help` need not pay for them. */
async function load(): Promise<readonly Rule[]> {
  const { rules } = (await import("@secretlint/secretlint-rule-preset-recommend")) as {
    rules: readonly Rule[];
  };
  return rules.filter((rule) => rule.meta.type === "scanner" && !LEFT_OUT.has(nameOf(rule)));
}

function nameOf({ meta }: Rule): string {
  return meta.id.replace(RULE_PREFIX, "");
}

/** A range of UTF-16 offsets, and what knows it for a credential. */
export interface Hit {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Runs secretlint's rules by their published interface. Its own runner takes twice as long and marks every rule of every
 * text in the process's performance timeline: 20,000 answers cost 1 GB.
 */
export async function presetHits(content: string): Promise<Hit[]> {
  const hits: Hit[] = [];
  const source = { content, contentType: "text", ext: "", hasBOM: false };
  for (const rule of await (loading ??= load())) {
    const scanner = rule.create(
      {
        sharedOptions: {},
        createTranslator: () => (messageId) => ({ messageId, message: "" }),
        ignore: () => undefined,
        report: ({ message, range: [start, end] }) => {
          if (REPLACED_MESSAGES.has(message.messageId)) return;
          hits.push({ rule: nameOf(rule), start, end });
        },
      },
      {},
    );
    await scanner.file?.(source);
  }
  return hits;
}
