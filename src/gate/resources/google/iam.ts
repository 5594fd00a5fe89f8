import { plainValue, textOf, unknownIn, type Node } from "../../text/node.ts";
import type { CloudTerms } from "../cloud-terms.ts";
import { blockOf } from "../cloud-terms.ts";
import { notKnown, textsIn } from "../values.ts";
import { googleNative, ringOf, secretNative, type GoogleThing } from "./thing.ts";

/**
 * Who is let at declared secrets and keys by bindings of their own: told as far as it is known, so that everyone is found among the members.
 * What they take over from their project is in none of these.
 */
export function iamPolicies(all: readonly GoogleThing[], terms: CloudTerms): void {
  const targets = new Map<string, string>();
  for (const thing of all) {
    const native = googleNative(thing);
    if (native !== undefined) targets.set(native, terms.drafting.id(native));
  }
  for (const thing of all)
    if (thing.kind.endsWith("_iam"))
      for (const resource of targetsOf(thing, targets)) letIn(thing, resource, terms);
}

/** Fact ids of what a binding is about, of what is declared. Of one that it does not name, nothing can be said. */
function targetsOf(thing: GoogleThing, targets: ReadonlyMap<string, string>): string[] {
  if (thing.kind === "key_ring_iam") {
    const ring = `${ringOf(thing.attributes["key_ring_id"])}/cryptoKeys/`;
    return [...targets].filter(([native]) => native.startsWith(ring)).map(([, id]) => id);
  }
  const native =
    thing.kind === "secret_iam" ? secretNative(thing) : (textOf(thing.attributes["crypto_key_id"]) ?? "");
  const found = targets.get(native);
  return found === undefined ? [] : [found];
}

function letIn(thing: GoogleThing, resource: string, { drafting, register }: CloudTerms): void {
  const { attributes, address, spot } = thing;
  const id = `${resource}#policy/${address}`;
  const whole = attributes["policy_data"];
  const node = whole ?? attributes["member"] ?? attributes["members"];
  register.part(resource, "resource_policy", node ?? spot);
  if (whole !== undefined) {
    const text = textOf(whole);
    if (text !== undefined) drafting.add("resource_policy", { id, resource, text });
    else hide("policy_data", whole);
    return;
  }
  const members = textsIn(node);
  if (!members.whole) hide(attributes["member"] === undefined ? "members" : "member", node);
  const role = attributes["role"];
  if (textOf(role) === undefined) hide("role", role);
  const condition = blockOf(attributes["condition"]);
  const binding = {
    role: textOf(role) ?? "not known",
    members: members.texts,
    ...(condition === undefined ? {} : { condition: plainValue(condition) ?? "not known" }),
  };
  drafting.add("resource_policy", { id, resource, text: JSON.stringify({ bindings: [binding] }) });

  function hide(attribute: string, open: Node | undefined): void {
    // A member that is an account which this change makes is nobody else.
    if (unknownIn(open)?.from?.address.startsWith("google_service_account.") === true) return;
    drafting.hide({ resource, kinds: ["resource_policy"], detail: notKnown(thing, attribute, open) });
  }
}
