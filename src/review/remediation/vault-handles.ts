import type { GrantStatement, Through } from "../../access/index.ts";
import type { FactOf } from "../../facts/index.ts";
import type { Asked, Way } from "./proposal.ts";

type Bearer = FactOf<"auth_role"> | FactOf<"principal">;
type Document = FactOf<"policy_document">;

/** Where access can be taken hold of, so that it goes from one holder alone where that is possible. */
export type Handle =
  | { readonly type: "bearer"; readonly bearer: Bearer; readonly document: Document }
  | {
      readonly type: "group";
      readonly group: FactOf<"group">;
      readonly entity: FactOf<"principal">;
      readonly link: Through;
    }
  | { readonly type: "outside"; readonly link: Through; readonly principal: Way["principal"] }
  | { readonly type: "policy"; readonly document: Document }
  | { readonly type: "slot"; readonly link: Through }
  | { readonly type: "token"; readonly token: FactOf<"token"> };

/** Undefined of statements of other stores than Vault, OpenBao and the embedded vault. */
export function handleOf(
  { principal, statement }: Pick<Way, "principal" | "statement">,
  { fact, identityOf }: Pick<Asked, "fact" | "identityOf">,
): Handle | undefined {
  const slot = statement.through.find(({ kind }) => kind === "key_slot");
  if (slot !== undefined) return { type: "slot", link: slot };
  const token =
    fact("token", principal.id) ?? fact("token", statement.through.find(({ kind }) => kind === "token")?.id);
  if (token !== undefined) return { type: "token", token };
  const document = fact("policy_document", statement.policy_id);
  if (document?.policy_type !== "acl") return undefined;
  const [first] = statement.through.filter(({ id }) => id !== principal.id);
  if (first === undefined) return bearerOf(principal.id, document, fact);
  if (first.kind === "group") return groupOf(principal, first, { fact, identityOf });
  const role = fact("auth_role", first.id);
  if (role?.role_type === "group") return { type: "outside", link: first, principal };
  if (role !== undefined && identityOf(role.id) !== principal.id) return { type: "policy", document };
  return bearerOf(first.id, document, fact);
}

function bearerOf(id: string | undefined, document: Document, fact: Asked["fact"]): Handle {
  const bearer = fact("principal", id) ?? fact("auth_role", id);
  return bearer?.policies.includes(document.name) === true
    ? { type: "bearer", bearer, document }
    : { type: "policy", document };
}

function groupOf(
  principal: Way["principal"],
  link: Through,
  { fact, identityOf }: Pick<Asked, "fact" | "identityOf">,
): Handle {
  const group = fact("group", link.id);
  const entity = fact("principal", identityOf(principal.id) ?? principal.id);
  const isMember = entity !== undefined && group?.member_entity_ids.includes(entity.native_id) === true;
  return group !== undefined && isMember && group.group_type === "internal"
    ? { type: "group", group, entity, link }
    : { type: "outside", link, principal };
}

/** The same for the same hold on the same holder. */
export function handleKey(handle: Handle): string {
  switch (handle.type) {
    case "bearer":
      return `bearer ${handle.bearer.id} ${handle.document.id}`;
    case "group":
      return `group ${handle.group.id} ${handle.entity.id}`;
    case "outside":
      return `outside ${handle.link.id ?? handle.link.name} ${handle.principal.id}`;
    case "policy":
      return `policy ${handle.document.id}`;
    case "slot":
      return `slot ${handle.link.id ?? handle.link.name}`;
    case "token":
      return `token ${handle.token.id}`;
  }
}

/** Whether a statement of a principal whose access is in question rests on what a handle lets go. */
export function restsOn(
  handle: Handle,
  { policy_id, through }: GrantStatement,
  principalId: string,
): boolean {
  switch (handle.type) {
    case "bearer": {
      const [first] = through.filter(({ id }) => id !== principalId);
      return (
        policy_id === handle.document.id &&
        (first === undefined ? principalId === handle.bearer.id : first.id === handle.bearer.id)
      );
    }
    case "group":
    case "outside":
      return through.some(({ id, name }) => id === handle.link.id && name === handle.link.name);
    case "policy":
      return policy_id === handle.document.id;
    case "slot":
      return true;
    case "token":
      return principalId === handle.token.id || through.some(({ id }) => id === handle.token.id);
  }
}
