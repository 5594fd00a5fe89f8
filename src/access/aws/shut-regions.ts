import { askedOf } from "./actions.ts";
import { questionOf } from "./decisions.ts";
import type { Statement } from "./document.ts";
import type { EstateIndex } from "./estate-index.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { statementCovers } from "./statement.ts";
import { Contexts } from "./world-context.ts";

/** Something of each service that grants speak of, of which nothing is known but its account and Region. */
const UNSEEN: Readonly<Record<string, string>> = {
  secretsmanager: "secret:unseen",
  ssm: "parameter/unseen",
  kms: "key/unseen",
};

/**
 * Regions that service control policies shut to somebody: every action that grants speak of is denied there on everything, whatever
 * it is called, marked as, or lets in. A resource's own policy cannot undo that (Organizations User Guide, "SCP evaluation").
 */
export class ShutRegions {
  readonly #index: EstateIndex;
  readonly #known = new Map<string, boolean>();

  constructor(index: EstateIndex) {
    this.#index = index;
  }

  /** `false` where it is not certain. */
  isShut(of: PrincipalClass, account: string, region: string): boolean {
    const key = `${of.shape} ${of.first.principal.id} ${account} ${region}`;
    const known = this.#known.get(key) ?? this.#decide(of, account, region);
    this.#known.set(key, known);
    return known;
  }

  #decide(of: PrincipalClass, account: string, region: string): boolean {
    const denials = (of.caller.policies.scps ?? [])
      .flat()
      .flatMap(({ document }) => ("unreadable" in document ? [] : document.statements))
      .filter(deniesEverything);
    if (denials.length === 0) return false;
    return Object.entries(UNSEEN).every(([service, name]) => {
      const partition = typeof of.first.asks === "string" ? (of.first.asks.split(":")[1] ?? "aws") : "aws";
      const resource = `arn:${partition}:${service}:${region}:${account}:${name}`;
      return askedOf(service).every(({ action }) => {
        const request = { action, resource, context: this.#context(of, action, resource, account) };
        return denials.some((statement) => statementCovers(statement, request) === true);
      });
    });
  }

  #context(of: PrincipalClass, action: string, resource: string, account: string) {
    const { world } = this.#index.estate;
    const unseen = { ...world, resources: { [resource]: { unreadable: `${resource} was not seen` } } };
    return new Contexts(unseen).of(questionOf(of, { action }, resource), of.caller, resource, account);
  }
}

/** Whether it denies, and on things of every name. */
function deniesEverything({ effect, resources }: Statement): boolean {
  if (effect !== "Deny") return false;
  return (
    resources === undefined || (!resources.except && resources.of.some(({ written }) => written === "*"))
  );
}
