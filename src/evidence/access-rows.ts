import {
  GRANT_ACTIONS,
  linkText,
  policyLine,
  type Certainty,
  type Grant,
  type GrantAction,
  type GrantModel,
  type GrantPrincipal,
  type GrantTarget,
} from "../access/index.ts";
import { compareStrings } from "../base/index.ts";
import type { Subject } from "../subjects/index.ts";
import type { AccessRow, GrantLine } from "./schema.ts";

/**
 * The access list: one row for each principal and secret, with what the subjects know of owner, tier and environment. In
 * order of principals, then of secrets. Memory is bounded by what one principal reaches.
 */
export function* accessRows(model: GrantModel, subjects: ReadonlyMap<string, Subject>): Generator<AccessRow> {
  let held: Held | undefined;
  for (const { principal, target, grant } of model.rows()) {
    if (held?.principal.id !== principal.id) {
      if (held !== undefined) yield* rowsOf(held, subjects);
      held = { principal, targets: new Map() };
    }
    const known = held.targets.get(target.id);
    if (known === undefined) held.targets.set(target.id, { target, grants: [grant] });
    else if (known.grants.every(({ id }) => id !== grant.id)) known.grants.push(grant);
  }
  if (held !== undefined) yield* rowsOf(held, subjects);
}

/** What one principal holds, by the thing that it reaches. */
interface Held {
  readonly principal: GrantPrincipal;
  readonly targets: Map<string, { readonly target: GrantTarget; readonly grants: Grant[] }>;
}

function* rowsOf({ principal, targets }: Held, subjects: ReadonlyMap<string, Subject>): Generator<AccessRow> {
  const inOrder = [...targets.values()].sort((a, b) => compareStrings(a.target.id, b.target.id));
  for (const { target, grants } of inOrder) {
    const thing = subjects.get(target.id);
    const first = firstOf(grants);
    yield {
      principal_id: principal.id,
      principal_name: principal.name,
      principal_type: principal.principal_type,
      principal: classified(subjects.get(principal.id)),
      secret_id: target.id,
      store_id: target.store_id,
      secret: classified(thing),
      certain: actionsOf(grants, "certain"),
      conditional: actionsOf(grants, "conditional"),
      possible: actionsOf(grants, "possible"),
      path_count: grants.reduce((sum, { path }) => sum + path.length, 0),
      path: first === undefined ? "" : leading(first),
      conditions: first?.conditions ?? [],
      grant_ids: grants.map(({ id }) => id).sort(compareStrings),
    };
  }
}

function classified(subject: Subject | undefined): AccessRow["secret"] {
  const { tier, owner, environment, undecided } = subject ?? {};
  return {
    ...(tier === undefined ? {} : { tier }),
    ...(owner === undefined ? {} : { owner }),
    ...(environment === undefined ? {} : { environment }),
    ...(undecided === undefined ? {} : { undecided }),
  };
}

function actionsOf(grants: readonly Grant[], certainty: Certainty): GrantAction[] {
  const found = new Set(
    grants.filter((grant) => grant.certainty === certainty).flatMap(({ actions }) => actions),
  );
  return GRANT_ACTIONS.filter((action) => found.has(action));
}

const CERTAINTIES: readonly Certainty[] = ["certain", "conditional", "possible"];

/** The grant that says most: the most certain, before others one that reads. */
function firstOf(grants: readonly Grant[]): Grant | undefined {
  const rank = ({ certainty, actions }: Grant): number =>
    2 * CERTAINTIES.indexOf(certainty) + (actions.includes("read") ? 0 : 1);
  return [...grants].sort((a, b) => rank(a) - rank(b) || compareStrings(a.id, b.id))[0];
}

/** One path of a grant in short, `group platform > platform-admin:9 apps/*`: one that reads, where there is one. */
function leading({ principal_id, path }: Grant): string {
  const statement = path.find(({ actions }) => actions.includes("read")) ?? path[0];
  if (statement === undefined) return "";
  const { through, note } = statement;
  const links = through.filter(({ id }) => id !== principal_id).map(linkText);
  return [...links, policyLine(statement), ...(note === undefined ? [] : [note])].join(" > ");
}

/**
 * Every grant once, as the package's part and `grants.csv` keep it. A choice among policies, as a token role gives, may
 * lead to different sets by what reads the same: one line, for all that they hold together.
 */
export function* grantLines(model: GrantModel): Generator<GrantLine> {
  let last: string | undefined;
  let alike = new Map<string, Grant[]>();
  for (const grant of model.grants()) {
    if (grant.principal_id !== last) {
      yield* linesOf(alike);
      alike = new Map();
      last = grant.principal_id;
    }
    alike.set(grant.id, [...(alike.get(grant.id) ?? []), grant]);
  }
  yield* linesOf(alike);
}

function* linesOf(alike: ReadonlyMap<string, readonly Grant[]>): Generator<GrantLine> {
  for (const grants of alike.values()) {
    const [first] = grants;
    if (first === undefined) continue;
    const { id, store_id, principal_id, actions, certainty, conditions, path, records } = first;
    const target_count =
      grants.length === 1
        ? first.target_count
        : new Set(grants.flatMap((grant) => [...grant.targets()])).size;
    yield { id, store_id, principal_id, actions, certainty, conditions, path, records, target_count };
  }
}
