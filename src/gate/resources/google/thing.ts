import { textOf, type Node } from "../../text/node.ts";
import type { Thing } from "../values.ts";

/** Kinds of Google's resources of which something is told. */
export type GoogleKind =
  | "around_iam"
  | "ciphertext"
  | "key"
  | "key_iam"
  | "key_ring_iam"
  | "secret"
  | "secret_iam"
  | "secret_version"
  | "service_account_key";

/** A resource of Google. Its attributes are called as Terraform's provider calls them. */
export interface GoogleThing extends Thing {
  readonly kind: GoogleKind;
}

const symbol = (address: string): string => address.replace(/[^\w.-]/g, "_");

/** What a project is called where its file does not say. */
function projectOf({ attributes }: Thing): string {
  return textOf(attributes["project"]) ?? "this-project";
}

/** The full name of a secret, by its own or by that of the thing that names it in `secret_id`. Only one of a region says where it is. */
export function secretNative(thing: Thing): string {
  const { location, secret_id } = thing.attributes;
  const written = textOf(secret_id);
  if (written?.startsWith("projects/") === true) return written;
  const region = location === undefined ? "" : `/locations/${textOf(location) ?? symbol(thing.address)}`;
  return `projects/${projectOf(thing)}${region}/secrets/${written ?? symbol(thing.address)}`;
}

/** The ring of a key, as far as it is known. */
export function ringOf(node: Node | undefined): string {
  return textOf(node) ?? "known-when-applied";
}

/** What a declared thing will be called by others; undefined of what nothing names. */
export function googleNative(thing: GoogleThing): string | undefined {
  if (thing.kind === "secret") return secretNative(thing);
  if (thing.kind !== "key") return undefined;
  const name = textOf(thing.attributes["name"]) ?? symbol(thing.address);
  return `${ringOf(thing.attributes["key_ring"])}/cryptoKeys/${name}`;
}
