import type { HclBlock } from "../../text/hcl-tree.ts";
import { textOf, type Entry, type MapNode, type Node, type Spot } from "../../text/node.ts";
import { calledAs } from "./declare.ts";
import { bodyNode } from "./bodies.ts";
import { evaluate } from "./evaluate.ts";
import type { Expanded } from "./instances.ts";
import type { Providers } from "./providers.ts";
import type { Resource } from "./resource.ts";
import { failure, placed, spotOf, text, unknown, type Reached, type Thing, type Value } from "./values.ts";

/** By what a resource is called where it is made. */
const NAMING = ["name", "name_prefix", "path", "url", "bucket", "bucket_prefix"];

/** What a resource says of another: which attribute names that, and which hold what it says. */
const SAYING: Readonly<Record<string, { readonly of: string; readonly content: readonly string[] }>> = {
  aws_iam_group_membership: { of: "users", content: ["group"] },
  aws_iam_group_policy: { of: "group", content: ["policy"] },
  aws_iam_group_policy_attachment: { of: "group", content: ["policy_arn"] },
  aws_iam_policy_attachment: { of: "roles", content: ["policy_arn"] },
  aws_iam_role_policy: { of: "role", content: ["policy"] },
  aws_iam_role_policy_attachment: { of: "role", content: ["policy_arn"] },
  aws_iam_user_group_membership: { of: "user", content: ["groups"] },
  aws_iam_user_policy: { of: "user", content: ["policy"] },
  aws_iam_user_policy_attachment: { of: "user", content: ["policy_arn"] },
  aws_kms_alias: { of: "target_key_id", content: ["target_key_id"] },
  aws_kms_grant: { of: "key_id", content: ["grantee_principal", "operations"] },
  aws_kms_key_policy: { of: "key_id", content: ["policy"] },
  aws_s3_bucket_policy: { of: "bucket", content: ["policy"] },
  aws_s3_bucket_public_access_block: {
    of: "bucket",
    content: ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"],
  },
  aws_secretsmanager_secret_policy: { of: "secret_arn", content: ["policy"] },
  aws_secretsmanager_secret_rotation: { of: "secret_id", content: ["rotation_rules"] },
};

/** Of a data source what is known before it is read. */
const SURROUNDINGS: Readonly<Record<string, Readonly<Record<string, "account" | "partition" | "region">>>> = {
  aws_caller_identity: { account_id: "account", id: "account" },
  aws_partition: { id: "partition", partition: "partition" },
  aws_region: { id: "region", name: "region", region: "region" },
};

/** The module that a resource is of, as far as its resources ask it. */
export interface Owner {
  readonly prefix: string;
  readonly context: { trace: Set<Instance> | undefined; readonly providers: Providers };
  provider(block: HclBlock): string;
}

interface Terms {
  readonly module: Owner;
  readonly one: Expanded;
  /** What decides whether it is there, if that is not known. */
  readonly open: ReadonlySet<string>;
  /** Why it is not known how many there are. */
  readonly why: string | undefined;
}

/** A resource or data source as it is made once. */
export class Instance implements Thing {
  readonly isThing = true;
  readonly address: string;
  readonly block: HclBlock;
  readonly open: ReadonlySet<string>;
  readonly #module: Owner;
  readonly #one: Expanded;
  readonly #why: string | undefined;
  readonly #values = new Map<string, Value | undefined>();

  constructor(block: HclBlock, { module, one, open, why }: Terms) {
    const [type = "", name = ""] = block.labels;
    this.block = block;
    this.address = `${module.prefix}${block.type === "data" ? "data." : ""}${type}.${name}${one.suffix}`;
    this.open = open;
    this.#module = module;
    this.#one = one;
    this.#why = why;
  }

  get type(): string {
    return this.block.labels[0] ?? "";
  }

  get #isData(): boolean {
    return this.block.type === "data";
  }

  attribute(name: string, spot: Spot): Reached {
    this.#module.context.trace?.add(this);
    const written = this.#written(name);
    if (written !== undefined && written.kind !== "null" && !(written.kind === "unknown"))
      return placed(written, spot);
    const reference = { address: this.address, attribute: name, isWhole: true };
    if (written?.kind === "unknown") return unknown(spot, written.why, reference);
    const symbol = this.#isData ? this.#surrounding(name) : this.#called(name);
    if (symbol !== undefined) return text(spot, symbol, true);
    const when = this.#isData ? "is read only when it is planned" : "is known only after apply";
    return unknown(spot, `${this.address}.${name} ${when}`, reference);
  }

  index(_key: Value, spot: Spot): Reached {
    return failure(spot, `${this.address} is one by itself`);
  }

  entries(): undefined {
    return undefined;
  }

  value(spot: Spot): Value {
    this.#module.context.trace?.add(this);
    return unknown(spot, `${this.address} is no value by itself`);
  }

  /** What is written for an attribute; undefined where nothing is. */
  #written(name: string): Value | undefined {
    if (this.#values.has(name)) return this.#values.get(name);
    const attribute = this.block.body.attributes.get(name);
    if (attribute === undefined || name === "count" || name === "for_each") return undefined;
    // Asked for again while it is worked out, it rests on itself.
    this.#values.set(name, failure(attribute.value, "it rests on itself"));
    const made = evaluate(attribute.value, this.#one.scope);
    this.#values.set(name, made);
    return made;
  }

  #surrounding(name: string): string | undefined {
    const which = SURROUNDINGS[this.type]?.[name];
    if (which !== undefined) return this.#module.context.providers.place(this.#provider, undefined)[which];
    return undefined;
  }

  get #provider(): string {
    return this.#module.provider(this.block);
  }

  /** What it will be called by others. A name that is not known is none. */
  #called(name: string): string | undefined {
    const entries = NAMING.flatMap((one): [string, Entry][] => {
      const value = this.#written(one);
      return value === undefined ? [] : [[one, { key: spotOf(value), value }]];
    });
    const spot = spotOf(this.block);
    const resource = this.#resource({ ...spot, kind: "map", entries: new Map(entries) });
    const named = ["name", "bucket"].map((one) => this.#written(one)).find((one) => one !== undefined);
    // An ARN by which rules name it holds, whatever its name will be; a text that its name is put into does not.
    if (named?.kind === "unknown" && !/(?:^|_)arn$/.test(name) && !this.#isArnById(name)) return undefined;
    return calledAs(
      resource,
      this.#module.context.providers.place(resource.provider, textOf(this.#written("region"))),
      name,
    );
  }

  /** Whose `id` is made up and no name of theirs. */
  #isArnById(name: string): boolean {
    return name === "key_id" || (name === "id" && /^aws_(?:kms_key|secretsmanager_secret)$/.test(this.type));
  }

  /** It as the rest of the gate knows resources. */
  resource(): Resource {
    const { attributes } = this.#resource(bodyNode(this.block.body, this.#one.scope));
    const spot = spotOf(this.block);
    const all = new Map(attributes.entries);
    const tags = this.#tags(all.get("tags")?.value);
    if (tags !== undefined) all.set("tags_all", { key: spotOf(tags), value: tags });
    for (const name of this.#uncertain()) {
      const at = all.get(name)?.value ?? spot;
      all.set(name, {
        key: spotOf(at),
        value: unknown(
          at,
          `whether ${this.address} is there is not known, since ${this.#why ?? "its module may not be"}`,
        ),
      });
    }
    return this.#resource({ ...spot, kind: "map", entries: all });
  }

  #resource(attributes: MapNode): Resource {
    return {
      type: this.type,
      address: this.address,
      mode: this.#isData ? "data" : "managed",
      attributes,
      spot: spotOf(this.block),
      provider: this.#provider,
      exists: false,
    };
  }

  /** Whether it says something of others, and may not be there. */
  get mayBeMissing(): boolean {
    return this.open.size > 0;
  }

  /** Attributes that cannot be relied on, since it may not be there where that of which it says something is. */
  #uncertain(): readonly string[] {
    const saying = SAYING[this.type];
    if (saying === undefined || this.open.size === 0) return [];
    const { context } = this.#module;
    const written = this.block.body.attributes.get(saying.of)?.value;
    const former = context.trace;
    const reached = new Set<Instance>();
    context.trace = reached;
    if (written !== undefined) evaluate(written, this.#one.scope);
    context.trace = former;
    const covered = new Set([...reached].flatMap(({ open }) => [...open]));
    return [...this.open].every((one) => covered.has(one)) ? [] : saying.content;
  }

  /** Its own tags over those that its provider gives to all; undefined where that gives none. */
  #tags(own: Node | undefined): Node | undefined {
    if (this.#isData || !this.type.startsWith("aws_")) return undefined;
    const given = this.#module.context.providers.tags(this.#provider);
    if (given === undefined || given.kind === "null") return undefined;
    if (given.kind === "unknown" || own?.kind === "unknown") return given.kind === "unknown" ? given : own;
    const entries = [
      ...(given.kind === "map" ? given.entries : []),
      ...(own?.kind === "map" ? own.entries : []),
    ];
    return { ...spotOf(own ?? given), kind: "map", entries: new Map(entries) };
  }
}
