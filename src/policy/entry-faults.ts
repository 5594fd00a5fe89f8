import { isFactKind } from "../facts/index.ts";
import { DERIVED_KINDS, type CatalogueEntry } from "./catalogue.ts";
import { declarationFault } from "./params.ts";

/**
 * What is wrong with a policy's entry beyond its schema. A gap hides nothing of a kind that does not exist, so a policy that
 * needs one would judge what it cannot see.
 */
export function* entryFaults({ needs, params }: CatalogueEntry): Generator<string> {
  for (const kind of needs) {
    if (!isFactKind(kind) && !DERIVED_KINDS.some((derived) => derived === kind)) {
      yield `expected needs to list fact kinds, got ${kind}`;
    }
  }
  for (const [name, declaration] of Object.entries(params)) {
    const fault = declarationFault(declaration);
    if (fault !== undefined) yield `expected a valid parameter ${name}: ${fault}`;
  }
}
