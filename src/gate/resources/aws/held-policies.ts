import { at, itemsOf, textOf, type Node } from "../../text/node.ts";
import { awsManagedPolicy } from "./managed.ts";
import { policyText } from "./policy-text.ts";
import { accountScope, notKnown, textsIn, type AwsTerms, type AwsThing } from "./thing.ts";
import type { Named, Things } from "./things.ts";

/** By the kind of an identity, the attribute by which attachments name it. */
const NAMING = { group: "groups", role: "roles", user: "users" } as const;

type IdentityKind = keyof typeof NAMING;

/**
 * The policies that identities hold: their own, and those that hang on them, by whatever resource. One that is not known is told as a
 * policy that cannot be read, so that it neither gives nor takes anything, and nothing passes by its absence.
 */
export class HeldPolicies {
  readonly #things: Things;
  readonly #terms: AwsTerms;
  /** By fact id of managed policies, why a part of them is not known. */
  readonly #partly = new Map<string, string>();

  constructor(things: Things, terms: AwsTerms) {
    this.#things = things;
    this.#terms = terms;
  }

  /** Tells the managed policies that are declared. Once, before `of`. */
  managed(): void {
    for (const { thing, identity } of this.#things.named("managed_policy")) {
      const id = this.#terms.drafting.id(identity.arn);
      const missing = this.#document(id, thing, { name: identity.name, type: "iam_managed" });
      if (missing !== undefined) this.#partly.set(id, missing);
    }
  }

  /** Fact ids of the policies of a role, user or group. */
  of(named: Named): string[] {
    const { thing, identity } = named;
    const ids = new Set<string>();
    const own = this.#terms.drafting.id(identity.arn);
    const holder = { own, ids };
    this.#inlineOf(holder, thing);
    this.#attached(holder, thing, "managed_policy_arns");
    const kind = thing.kind as IdentityKind;
    for (const policy of this.#things.of("identity_policy"))
      if (this.#hangsOn(policy, named, holder)) this.#inline(holder, policy, policy.attributes["policy"]);
    for (const attachment of this.#things.of("policy_attachment"))
      if (this.#hangsOn(attachment, named, holder)) this.#attached(holder, attachment, "policy_arn");
    for (const {
      thing: policy,
      identity: { arn },
    } of this.#things.named("managed_policy"))
      if (policy.attributes[NAMING[kind]] !== undefined && this.#hangsOn(policy, named, holder))
        this.#attach(holder, arn);
    return [...ids];
  }

  /** Whether a resource names an identity; where it is not known whom it names, it may be this one. */
  #hangsOn(thing: AwsThing, { thing: { kind }, identity }: Named, holder: Holder): boolean {
    const attribute = NAMING[kind as IdentityKind];
    const node = thing.attributes[attribute];
    const { texts, whole } = textsIn(node);
    if (texts.some((text) => text === identity.name || text === identity.arn)) return true;
    if (!whole)
      this.#unknown(holder, `${holder.own}#attached/${thing.address}`, notKnown(thing, attribute, node));
    return false;
  }

  #inlineOf(holder: Holder, thing: AwsThing): void {
    const written = thing.attributes["inline_policy"];
    if (written === undefined) return;
    if (written.kind !== "list") {
      this.#unknown(holder, `${holder.own}#inline/`, notKnown(thing, "inline_policy", written));
      return;
    }
    for (const [nth, item] of itemsOf(written).entries()) {
      const name = textOf(at(item, "name")) ?? String(nth);
      this.#inline(
        holder,
        { ...thing, attributes: { name: at(item, "name") } },
        at(item, "policy") ?? item,
        name,
      );
    }
  }

  #inline(holder: Holder, thing: AwsThing, node: Node | undefined, name = inlineName(thing)): void {
    const id = `${holder.own}#inline/${name}`;
    holder.ids.add(id);
    const given = { ...thing, attributes: { policy: node } };
    const missing = this.#document(id, given, { name, type: "iam_inline" });
    if (missing !== undefined) this.#hideOf(holder, missing);
  }

  /** Tells a document as far as it is known; what it says where that is not all. */
  #document(id: string, thing: AwsThing, { name, type }: { name: string; type: string }): string | undefined {
    const { drafting, register } = this.#terms;
    const scope = accountScope(this.#terms);
    const node = thing.attributes["policy"];
    register.policy(id, node ?? thing.spot);
    const { text, missing } =
      node === undefined ? { missing: "since it is not set" } : policyText(node, "identity");
    if (text !== undefined) drafting.add("policy_document", { id, scope, name, policy_type: type, text });
    if (missing === undefined) return undefined;
    const detail = `policy ${name === thing.address ? "" : `${name} `}of ${thing.address} is not known, ${missing}`;
    drafting.hide({ scope, resource: id, kinds: ["policy_document"], detail });
    return detail;
  }

  #attached(holder: Holder, thing: AwsThing, attribute: string): void {
    const node = thing.attributes[attribute];
    const { texts, whole } = textsIn(node);
    for (const arn of texts) {
      this.#attach(holder, arn);
      this.#terms.register.attachment(holder.own, this.#terms.drafting.id(arn), node ?? thing.spot);
    }
    if (!whole)
      this.#unknown(holder, `${holder.own}#attached/${thing.address}`, notKnown(thing, attribute, node));
  }

  #attach(holder: Holder, arn: string): void {
    const { drafting } = this.#terms;
    const target = this.#things.named("managed_policy").find(({ identity }) => identity.arn === arn);
    const id = drafting.id(arn);
    holder.ids.add(id);
    if (target !== undefined) {
      const missing = this.#partly.get(id);
      if (missing !== undefined) this.#hideOf(holder, missing);
      return;
    }
    const own = awsManagedPolicy(arn);
    if (own !== undefined)
      drafting.add("policy_document", { id, scope: drafting.source, ...own, policy_type: "iam_managed" });
    else this.#unknown(holder, id, `what policy ${arn} says is not in the file`);
  }

  #unknown(holder: Holder, id: string, detail: string): void {
    holder.ids.add(id);
    const scope = accountScope(this.#terms);
    this.#terms.drafting.hide({ scope, resource: id, kinds: ["policy_document"], detail });
    this.#hideOf(holder, detail);
  }

  #hideOf({ own }: Holder, detail: string): void {
    const scope = accountScope(this.#terms);
    this.#terms.drafting.hide({ scope, resource: own, kinds: ["policy_document"], detail });
  }
}

interface Holder {
  /** Fact id. */
  readonly own: string;
  readonly ids: Set<string>;
}

function inlineName({ address, attributes }: AwsThing): string {
  return textOf(attributes["name"]) ?? address;
}
