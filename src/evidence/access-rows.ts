import { pathText, type GrantModel, type GrantRow } from "../access/index.ts";
import type { Subject } from "../subjects/index.ts";
import type { AccessRow } from "./schema.ts";

/** The access list: every principal, secret and path, with what the subjects know of owner, tier and environment. */
export function* accessRows(model: GrantModel, subjects: ReadonlyMap<string, Subject>): Generator<AccessRow> {
  for (const row of model.rows()) yield accessRow(row, subjects);
}

function accessRow(
  { principal, target, grant }: GrantRow,
  subjects: ReadonlyMap<string, Subject>,
): AccessRow {
  const thing = subjects.get(target.id);
  return {
    grant_id: grant.id,
    principal_id: principal.id,
    principal_name: principal.name,
    principal_type: principal.principal_type,
    principal_owner: subjects.get(principal.id)?.owner ?? "",
    secret_id: target.id,
    secret_name: target.name,
    store_id: target.store_id,
    environment: thing?.environment ?? "",
    tier: thing?.tier ?? "",
    secret_owner: thing?.owner ?? "",
    actions: grant.actions,
    path: pathText(grant.path),
    conditions: grant.conditions,
    certainty: grant.certainty,
  };
}

/** A grant in class form, as the package's part keeps it. */
export function* grantLines(model: GrantModel): Generator {
  for (const grant of model.grants()) {
    const { id, store_id, principal_id, actions, certainty, conditions, path, records, target_count } = grant;
    yield { id, store_id, principal_id, actions, certainty, conditions, path, records, target_count };
  }
}
