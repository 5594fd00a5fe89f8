import { identified } from "./ids.ts";
import { textsIn, type AwsKind, type AwsPlace, type AwsThing } from "./thing.ts";

/** By what names an identity, the attribute by which it does. */
const NAMING: Readonly<
  Record<"group" | "role" | "user", { readonly attribute: string; readonly by: readonly AwsKind[] }>
> = {
  group: { attribute: "groups", by: ["identity_policy", "managed_policy", "policy_attachment"] },
  role: { attribute: "roles", by: ["identity_policy", "managed_policy", "policy_attachment"] },
  user: {
    attribute: "users",
    by: ["identity_policy", "managed_policy", "policy_attachment", "group_membership", "access_key"],
  },
};

/**
 * Roles, users and groups that something declared here gives a policy, a group or a key, and that are declared elsewhere: each stands where it is
 * named first, and is judged by what it is given here. Where it is not known which one it is, and none is declared here that it may be, one
 * stands for it.
 */
export function namedElsewhere(all: readonly AwsThing[], place: AwsPlace): AwsThing[] {
  return (Object.keys(NAMING) as (keyof typeof NAMING)[]).flatMap((kind) => {
    const { attribute, by } = NAMING[kind];
    const own = all.filter((thing) => thing.kind === kind);
    const known = new Set(
      own.map((thing) => identified(thing, place)).flatMap(({ arn, name }) => [arn, name]),
    );
    const found = new Map<string, AwsThing>();
    let open: AwsThing | undefined;
    // What gives it something comes before what only makes a key of it.
    for (const thing of by.flatMap((one) => all.filter((other) => other.kind === one))) {
      const node =
        thing.attributes[attribute] ?? (thing.kind === "access_key" ? thing.attributes["user"] : undefined);
      const { texts, whole } = textsIn(node);
      for (const text of texts)
        if (!known.has(text) && !found.has(text)) found.set(text, stranger(kind, text, thing));
      if (!whole && node !== undefined) open ??= { ...stranger(kind, "", thing), attributes: { name: node } };
    }
    const some = [...found.values()];
    return open === undefined || own.length + some.length > 0 ? some : [open];
  });
}

function stranger(kind: AwsKind, text: string, { address, spot }: AwsThing): AwsThing {
  const { source, start, end } = spot;
  const name = text.slice(text.lastIndexOf("/") + 1);
  return {
    kind,
    address,
    spot,
    isElsewhere: true,
    attributes: { name: { source, start, end, kind: "text", text: name } },
    ...(text.startsWith("arn:") ? { existing: { arn: text } } : {}),
  };
}
