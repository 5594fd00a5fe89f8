import type { FactKind } from "../../../facts/index.ts";
import type { FactDraft, Drafting, Register } from "../../drafting.ts";
import type { Resource } from "../../formats/terraform/resource.ts";
import { at, textOf } from "../../text/node.ts";
import { Attributes } from "./attributes.ts";

/** A resource of Vault's provider while its facts are told. */
export class VaultTerms {
  readonly drafting: Drafting;
  readonly register: Register;
  readonly attributes: Attributes;
  readonly resource: Resource;
  readonly #namespace: string;

  constructor(resource: Resource, drafting: Drafting, register: Register) {
    this.resource = resource;
    this.drafting = drafting;
    this.register = register;
    this.attributes = new Attributes(resource);
    const namespace = textOf(at(resource.attributes, "namespace")) ?? "";
    this.#namespace = namespace === "" ? "" : `${namespace.replace(/^\/|\/$/g, "")}/`;
  }

  get scope(): string {
    const { source } = this.drafting;
    return this.#namespace === "" ? source : `${source}/${this.#namespace.slice(0, -1)}`;
  }

  /** The fact id of what Vault keeps below a path. */
  id(path: string): string {
    return this.drafting.id(this.#namespace + path);
  }

  /** Tells a fact about a declared thing, which stands where its resource does, and hides what is not known of it. */
  tell<K extends FactKind>(
    kind: K,
    path: string,
    own: Omit<FactDraft<K>, "id" | "scope">,
    hides: readonly FactKind[] = [kind],
  ): string {
    const id = this.id(path);
    this.drafting.add(kind, { ...own, id, scope: this.scope } as unknown as FactDraft<K>);
    this.attributes.hideUnknown(this.drafting, { scope: this.scope, resource: id, kinds: hides });
    this.register.declare(id, this.resource.address, this.resource.spot);
    return id;
  }

  part(id: string, kind: FactKind, name: string): void {
    const node = at(this.resource.attributes, name);
    if (node !== undefined) this.register.part(id, kind, node);
  }

  /** What a thing is called; where that is not known, what its resource is, so that others may name it. */
  name(attribute: string): string {
    return this.attributes.text(attribute) ?? this.resource.address;
  }

  /** Path of a mount, with a slash at its end. `otherwise`: where the provider mounts it, if nothing is set. */
  mount(attribute: string, otherwise?: string): string {
    const path = this.attributes.text(attribute) ?? otherwise ?? this.resource.address;
    return `${path.replace(/^\/|\/$/g, "")}/`;
  }

  /** Path of an auth method, e.g. `auth/approle/`. */
  authMount(attribute: string, otherwise: string): string {
    const path = this.mount(attribute, otherwise);
    return path.startsWith("auth/") ? path : `auth/${path}`;
  }
}
