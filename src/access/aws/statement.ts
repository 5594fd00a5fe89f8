import { conditionHolds } from "./condition.ts";
import type { RequestContext } from "./context.ts";
import type { Elements, ResourcePattern, Statement } from "./document.ts";
import { matched } from "./condition-value.ts";
import { all, any, not, unclear, type Formula } from "./formula.ts";
import { matchesWithinSegments } from "../glob.ts";

/** One authorisation question, without who asks. */
export interface Request {
  /** As `service:Action`. */
  readonly action: string;
  /** ARN, or `*` for an action without one. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** Whether a statement speaks of a request; its principal is looked at elsewhere. */
export function statementCovers(statement: Statement, request: Request): Formula {
  const action = request.action.toLowerCase();
  const named = statement.actions.of.some((glob) => glob.matches(action));
  if (named === statement.actions.except) return false;
  const covered = statement.resources === undefined ? true : coversResource(statement.resources, request);
  if (covered === false) return false;
  const parts: Formula[] = [covered];
  for (const condition of statement.conditions) {
    const holds = conditionHolds(condition, request.context);
    if (holds === false) return false;
    parts.push(holds);
  }
  return all(parts);
}

function coversResource({ of, except }: Elements<ResourcePattern>, request: Request): Formula {
  const parts = of.map((pattern) => resourceMatches(pattern, request, except));
  return except ? not(any(parts)) : any(parts);
}

/** Case counts. A star at the end of a segment reaches over colons; whether one within a segment does, AWS leaves open. */
function resourceMatches({ written, pattern }: ResourcePattern, request: Request, except: boolean): Formula {
  const filled = pattern.fill(request.context.resolve);
  if (filled === "missing") {
    // "If AWS cannot resolve a variable this might cause the entire statement to be invalid": Variables and tags.
    const why = `a variable of ${JSON.stringify(written)} in NotResource has no value`;
    return except ? unclear(why, why, true) : false;
  }
  const { resource } = request;
  const matches = matched(filled, resource, written);
  if (matches !== true || !filled.innerStar || matchesWithinSegments(filled.tokens, resource)) return matches;
  const why = `${JSON.stringify(written)} covers ${resource} only if a star reaches over a colon`;
  return unclear(why, why, true);
}
