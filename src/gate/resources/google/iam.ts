import { bindingsOpenness } from "../../../subjects/index.ts";
import type { FormatId } from "../../declared.ts";
import { at, plainValue, textOf, unknownIn, type Node } from "../../text/node.ts";
import type { CloudTerms } from "../cloud-terms.ts";
import { blockOf } from "../cloud-terms.ts";
import { DeploymentDraft } from "../setup.ts";
import { notKnown, textsIn } from "../values.ts";
import { googleNative, ringOf, secretNative, type GoogleThing } from "./thing.ts";

/**
 * Who is let at declared secrets and keys by bindings of their own: told as far as it is known, so that everyone is found among the members.
 * What they take over from their project is in none of these. Of what is not declared here it is told alone that everyone is let at it.
 */
export function iamPolicies(all: readonly GoogleThing[], terms: CloudTerms, format: FormatId): void {
  const targets = new Map<string, string>();
  for (const thing of all) {
    const native = googleNative(thing);
    if (native !== undefined) targets.set(native, terms.drafting.id(native));
  }
  for (const thing of all) {
    if (!thing.kind.endsWith("_iam")) continue;
    const found = targetsOf(thing, targets);
    for (const resource of found) letIn(thing, resource, terms);
    if (found.length === 0) letEveryoneIn(thing, terms, format);
  }
}

/** Fact ids of what a binding is about, of what is declared. Of one that it does not name, nothing can be said. */
function targetsOf(thing: GoogleThing, targets: ReadonlyMap<string, string>): string[] {
  if (thing.kind === "around_iam") return [];
  if (thing.kind === "key_ring_iam") {
    const ring = `${ringOf(thing.attributes["key_ring_id"])}/cryptoKeys/`;
    return [...targets].filter(([native]) => native.startsWith(ring)).map(([, id]) => id);
  }
  const native =
    thing.kind === "secret_iam" ? secretNative(thing) : (textOf(thing.attributes["crypto_key_id"]) ?? "");
  const found = targets.get(native);
  return found === undefined ? [] : [found];
}

/** What a resource says of who is let in, as far as it is known. */
interface Said {
  /** In the form of Google's API. */
  readonly text?: string;
  /** What of it is not known. */
  readonly open: readonly { readonly attribute: string; readonly node: Node | undefined }[];
}

function said({ attributes }: GoogleThing): Said {
  const whole = attributes["policy_data"];
  if (whole?.kind === "list") return saidBy(whole.items);
  if (whole === undefined) return saidBy([undefined], attributes);
  const text = textOf(whole);
  return text === undefined ? { open: [{ attribute: "policy_data", node: whole }] } : { text, open: [] };
}

/** Of blocks of a policy document, or of the attributes of a resource that is one itself. */
function saidBy(blocks: readonly (Node | undefined)[], attributes: GoogleThing["attributes"] = {}): Said {
  const open: { attribute: string; node: Node | undefined }[] = [];
  const bindings = blocks.map((block) => {
    const written = (name: string): Node | undefined => attributes[name] ?? at(block, name);
    const one = written("member");
    const node = one ?? written("members");
    const members = textsIn(node);
    if (!members.whole) open.push({ attribute: one === undefined ? "members" : "member", node });
    const role = written("role");
    if (textOf(role) === undefined) open.push({ attribute: "role", node: role });
    const condition = blockOf(written("condition"));
    return {
      role: textOf(role) ?? "not known",
      members: members.texts,
      ...(condition === undefined ? {} : { condition: plainValue(condition) ?? "not known" }),
    };
  });
  return { text: JSON.stringify({ bindings }), open };
}

function letIn(thing: GoogleThing, resource: string, { drafting, register }: CloudTerms): void {
  const { attributes, address, spot } = thing;
  const id = `${resource}#policy/${address}`;
  const kinds = ["resource_policy"] as const;
  const node = attributes["policy_data"] ?? attributes["member"] ?? attributes["members"];
  register.part(resource, "resource_policy", node ?? spot);
  const { text, open } = said(thing);
  for (const { attribute, node: one } of open)
    if (!isSomebody(one)) drafting.hide({ resource, kinds, detail: notKnown(thing, attribute, one) });
  if (text === undefined) return;
  drafting.add("resource_policy", { id, resource, text });
  if (bindingsOpenness(text) === "possible") drafting.hide({ resource, kinds, detail: possibly(address) });
}

/** Kinds of members who are somebody, whoever that is. Source: Google Cloud IAM, "Principal identifiers". */
const SOMEBODY = /^"(?:domain|group|principal|principalSet|serviceAccount|user):(?:[^"$]|\$\{[^"{}]*\})*"$/;

/**
 * Whether all that is not known of members is nobody but somebody: an account which this change makes, or a text that the source begins with the
 * kind of member that it names.
 */
function isSomebody(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if (node.kind === "list")
    return node.items.every((item) => unknownIn(item) === undefined || isSomebody(item));
  if (node.kind !== "unknown") return false;
  if (node.from?.address.startsWith("google_service_account.") === true) return true;
  return SOMEBODY.test(node.source.text.slice(node.start, node.end));
}

function possibly(address: string): string {
  return `${address} lets everyone in under a condition, or by a role of one's own, which is not worked out`;
}

/** Roles of Google's own that reach secrets or keys, or give access. */
const REACHING = /^roles\/(?:cloudkms|editor|iam|owner|resourcemanager|secretmanager)(?:\.|$)/;

/** Whether a role may reach secrets or keys, or give access. One of somebody's own may do anything. */
export function reachesSecrets(role: string): boolean {
  return !role.startsWith("roles/") || REACHING.test(role);
}

/** That everyone is let at what is declared elsewhere is wrong whatever that is. */
function letEveryoneIn(thing: GoogleThing, { register }: CloudTerms, format: FormatId): void {
  const { address, attributes, spot, kind } = thing;
  for (const binding of bindingsOf(said(thing).text)) {
    if (kind === "around_iam" && !reachesSecrets(binding.role)) continue;
    const openness = bindingsOpenness(JSON.stringify({ bindings: [binding] }));
    if (openness !== "open" && openness !== "possible") continue;
    const draft = new DeploymentDraft({ format, type: "public_grant", address, name: address, spot });
    draft.part("deployment_everyone", attributes["member"] ?? attributes["members"]);
    const isConditional = openness === "possible";
    draft.set({ grant: { role: binding.role.slice(0, 256), is_conditional: isConditional } });
    if (isConditional) draft.hide("deployment_everyone", possibly(address));
    register.changes.push(draft.change());
    if (!isConditional) return;
  }
}

function bindingsOf(text: string | undefined): readonly { readonly role: string }[] {
  if (text === undefined || bindingsOpenness(text) === undefined) return [];
  return (JSON.parse(text) as { bindings: { role: string }[] }).bindings;
}
