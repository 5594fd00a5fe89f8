import type { AwsPlace } from "../../resources/aws/index.ts";
import { at, itemsOf, textOf, type MapNode, type Node } from "../../text/node.ts";
import type { Surroundings } from "../format.ts";
import type { Scope } from "./scope.ts";
import { bodyNode } from "./bodies.ts";
import type { HclBlock } from "../../text/hcl-tree.ts";
import { isSymbolic } from "./values.ts";

/** Configurations of providers, as the root module calls them. */
export class Providers {
  readonly #surroundings: Surroundings;
  readonly #settings = new Map<string, MapNode>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Works out those of the root module. */
  configure(blocks: readonly HclBlock[], scope: Scope): void {
    for (const { type, labels, body } of blocks) {
      const [name] = labels;
      if (type !== "provider" || name === undefined) continue;
      const settings = bodyNode(body, scope, false);
      const alias = textOf(at(settings, "alias"));
      this.#settings.set(alias === undefined ? name : `${name}.${alias}`, settings);
    }
  }

  all(): IterableIterator<[string, MapNode]> {
    return this.#settings.entries();
  }

  /** Where a provider makes what it makes. `region`: the resource's own. */
  place(provider: string, region: string | undefined): AwsPlace {
    const settings = this.#settings.get(provider);
    const stated = at(settings, "region");
    const where = region ?? (stated !== undefined && !isSymbolic(stated) ? textOf(stated) : undefined);
    return {
      account: accountOf(settings) ?? this.#surroundings.account,
      partition: partitionOf(where) ?? this.#surroundings.partition,
      region: where ?? this.#surroundings.region,
    };
  }

  /** What it tags all of its resources with; a map, or not known. */
  tags(provider: string): Node | undefined {
    const block = at(this.#settings.get(provider), "default_tags");
    return block?.kind === "list" ? at(block.items[0], "tags") : block;
  }
}

/** The account that a provider is bound to. */
function accountOf(settings: MapNode | undefined): string | undefined {
  const [allowed, ...others] = itemsOf(at(settings, "allowed_account_ids"));
  const only = others.length === 0 ? textOf(allowed) : undefined;
  if (only !== undefined && /^\d{12}$/.test(only)) return only;
  const [assumed] = itemsOf(at(settings, "assume_role"));
  return /^arn:aws[a-z-]*:iam::(\d{12}):/.exec(textOf(at(assumed, "role_arn")) ?? "")?.[1];
}

function partitionOf(region: string | undefined): string | undefined {
  if (region?.startsWith("cn-") === true) return "aws-cn";
  return region?.startsWith("us-gov-") === true ? "aws-us-gov" : undefined;
}
