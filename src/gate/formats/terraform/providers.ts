import type { AwsPlace } from "../../resources/aws/index.ts";
import { at, entriesOf, itemsOf, plainValue, textOf, type MapNode, type Node } from "../../text/node.ts";
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
      account: accountOf(settings) ?? this.#accountOfLogin(provider) ?? this.#surroundings.account,
      partition: partitionOf(where) ?? this.#surroundings.partition,
      region: where ?? this.#surroundings.region,
    };
  }

  /** The account to which another configuration with the same login is bound. */
  #accountOfLogin(provider: string): string | undefined {
    const productOf = (name: string): string => name.split(".", 1)[0] ?? name;
    const login = loginOf(this.#settings.get(provider));
    const alike = [...this.#settings].filter(
      ([name, settings]) => productOf(name) === productOf(provider) && loginOf(settings) === login,
    );
    const accounts = new Set(alike.flatMap(([, settings]) => accountOf(settings) ?? []));
    return login !== undefined && accounts.size === 1 ? [...accounts][0] : undefined;
  }

  /** What it tags all of its resources with; a map, or not known. */
  tags(provider: string): Node | undefined {
    const block = at(this.#settings.get(provider), "default_tags");
    return block?.kind === "list" ? at(block.items[0], "tags") : block;
  }
}

/** What says nothing of whose account a provider works in. */
const NO_LOGIN =
  /^(?:alias|allowed_account_ids|default_tags|forbidden_account_ids|ignore_tags|max_retries|region|retry_mode|skip_\w+)$/;

/** By what a provider logs in, of its settings, in words that are equal where these are; undefined where some are not known. */
export function loginOf(settings: Node | undefined): string | undefined {
  const own = entriesOf(settings).filter(([name]) => !NO_LOGIN.test(name));
  const texts = own.map(([name, { value }]) => JSON.stringify([name, plainValue(value)]));
  return own.some(([, { value }]) => plainValue(value) === undefined) ? undefined : texts.sort().join("\n");
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
