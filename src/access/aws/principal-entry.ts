/** One entry of a `Principal` or `NotPrincipal` element (IAM User Guide, "Principal"). */
export type PrincipalEntry =
  /** `bare`: written `"*"` rather than `{"AWS": "*"}`. */
  | { readonly kind: "everyone"; readonly bare: boolean }
  | { readonly kind: "account"; readonly account: string }
  /** A user, role, role session or federated user session. */
  | { readonly kind: "arn"; readonly arn: string }
  /** A user's or role's unique id, perhaps with the session behind a colon. */
  | { readonly kind: "unique_id"; readonly id: string }
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "federated"; readonly provider: string }
  | { readonly kind: "canonical_user"; readonly id: string };

interface Unfit {
  readonly path: readonly string[];
  readonly expected: string;
  readonly got: unknown;
}

/** Reads the element; wildcards stand only for everyone. */
export function principalEntries(
  value: unknown,
  texts: (value: unknown, key: string) => readonly string[],
): { readonly entries: readonly PrincipalEntry[] } | Unfit {
  if (value === "*") return { entries: [{ kind: "everyone", bare: true }] };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { path: [], expected: `"*" or an object`, got: value };
  const entries: PrincipalEntry[] = [];
  for (const [key, given] of Object.entries(value)) {
    const read = READERS.get(key);
    if (read === undefined)
      return { path: [key], expected: `one of ${[...READERS.keys()].join(", ")}`, got: key };
    for (const text of texts(given, key)) {
      const entry = read.entry(text);
      if (entry === undefined) return { path: [key], expected: read.expected, got: text };
      entries.push(entry);
    }
  }
  return { entries };
}

interface Reader {
  readonly expected: string;
  entry(text: string): PrincipalEntry | undefined;
}

const ROOT = /^arn:aws[a-z-]*:iam::(\d{12}):root$/;
const NAMED =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:user|role)|sts::\d{12}:(?:assumed-role|federated-user))\/[^*?\s]+$/;
const UNIQUE_ID = /^A(?:IDA|ROA)[A-Z0-9]{4,124}(?::[\w+=,.@-]+)?$/;

const READERS = new Map<string, Reader>([
  [
    "AWS",
    { expected: `"*", an account, or the ARN or unique id of a user, role or session`, entry: awsEntry },
  ],
  [
    "Service",
    {
      expected: "a service principal",
      entry: (service) =>
        /^[a-z0-9][a-z0-9.-]*\.[a-z.]+$/i.test(service) ? { kind: "service", service } : undefined,
    },
  ],
  [
    "Federated",
    {
      expected: "an identity provider",
      entry: (provider) => (/^[^*?\s]+$/.test(provider) ? { kind: "federated", provider } : undefined),
    },
  ],
  [
    "CanonicalUser",
    {
      expected: "a canonical user id",
      entry: (id) => (/^[0-9a-f]{1,128}$/i.test(id) ? { kind: "canonical_user", id } : undefined),
    },
  ],
]);

function awsEntry(text: string): PrincipalEntry | undefined {
  if (text === "*") return { kind: "everyone", bare: false };
  const account = /^\d{12}$/.test(text) ? text : ROOT.exec(text)?.[1];
  if (account !== undefined) return { kind: "account", account };
  if (NAMED.test(text)) return { kind: "arn", arn: text };
  return UNIQUE_ID.test(text) ? { kind: "unique_id", id: text } : undefined;
}
