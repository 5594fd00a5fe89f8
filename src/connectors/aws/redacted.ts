import { MASKED_BY_CONNECTOR, isGap, isMasked, type Fact, type Gap } from "../../facts/index.ts";
import { isBelow, pastedCredential, redactedGap, segmentsOf } from "../pasted-credentials.ts";
import { isObject } from "../shape.ts";
import { factId, filled, type Answered, type Ask, type Omission, type Operation } from "./operation.ts";

/**
 * What the scan for pasted credentials took out of an answer: each is a fact, and a gap wherever `facts` or `next` would
 * have read it. The text is gone from the record, so what is judged is not what AWS has.
 */
export function redactedOf(operation: Operation, answered: Answered): (Fact | Gap)[] {
  const { record } = answered;
  const found = record.redactions.filter(({ rule }) => rule !== MASKED_BY_CONNECTOR);
  if (found.length === 0) return [];
  const at = (pointer: string) => resourceAt(operation, answered, pointer);
  const hiding = Map.groupBy(
    found.filter(({ pointer }) => isRead(operation, pointer)),
    ({ pointer }) => at(pointer),
  );
  return [
    ...found.map((redaction) => pastedCredential(record, at(redaction.pointer), redaction)),
    ...[...hiding].map(([resource, redactions]) =>
      redactedGap(record, resource, operation.hides, redactions),
    ),
  ];
}

/**
 * Facts without policies of which something was taken out: what is left is not the policy in force. `redactions`: what
 * {@link redactedOf} said; where no gap of it hides the policy, the text has the mask's words by itself and is whole.
 */
export function wholePolicies(
  found: readonly (Fact | Gap)[],
  redactions: readonly (Fact | Gap)[],
): (Fact | Gap)[] {
  const hidden = new Set(redactions.filter(isGap).map(({ resource = "" }) => resource));
  const isHidden = ({ id }: Fact): boolean => {
    const [thing = id] = id.split("#");
    const listing = [...hidden].some((resource) => /[:/]$/.test(resource) && id.startsWith(resource));
    return listing || hidden.has(thing) || hidden.has(id);
  };
  return found.flatMap((one) => {
    if (isGap(one) || hidden.size === 0 || !isHidden(one)) return [one];
    switch (one.kind) {
      case "policy_document":
      case "resource_policy":
        return one.text !== undefined && isMasked(one.text) ? [] : [one];
      case "network_endpoint": {
        const { policy_text, ...rest } = one;
        return policy_text !== undefined && isMasked(policy_text) ? [rest] : [one];
      }
      default:
        return [one];
    }
  });
}

/** Without questions about a name or a page whose text was taken out: the gap over the listing stands for them. */
export function askable(following: readonly (Ask | Omission)[]): (Ask | Omission)[] {
  return following.filter(
    (further) => !("params" in further) || !Object.values(further.params).some(isMasked),
  );
}

function isRead(operation: Operation, pointer: string): boolean {
  return operation.unread?.some((place) => isBelow(pointer, place)) !== true;
}

/** The narrowest thing that the place tells of: one entry of a list, unless its very name was taken out. */
function resourceAt(operation: Operation, answered: Answered, pointer: string): string {
  const { record, params, body } = answered;
  const whole = factId(record.store_id, filled(operation.resource, answered, params));
  const [list = "", index = ""] = segmentsOf(pointer);
  const entries = operation.entries?.find((one) => one.list === list);
  const members = body[list];
  const entry: unknown = Array.isArray(members) ? members[Number(index)] : undefined;
  const id = entries !== undefined && isObject(entry) ? entries.id(entry, answered) : "";
  return id === "" || isMasked(id) ? whole : factId(record.store_id, id);
}
