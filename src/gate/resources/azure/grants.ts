import type { ChangeSubjectOf } from "../../../subjects/index.ts";
import type { FormatId } from "../../declared.ts";
import { at, itemsOf, textOf, unknownIn, type Node, type Spot } from "../../text/node.ts";
import type { CloudTerms } from "../cloud-terms.ts";
import { DeploymentDraft } from "../setup.ts";
import { notKnown, textsIn, type Attributes, type Named } from "../values.ts";
import {
  abilitiesByPolicy,
  abilitiesOf,
  type Ability,
  type Permissions,
  type PolicyKind,
} from "./abilities.ts";
import { goesByRoles } from "./key-vault.ts";
import { builtInRole, roleKey, type Role } from "./roles.ts";
import { scopeOf } from "./scope.ts";
import { vaultNative, vaultOf, type AzureThing } from "./thing.ts";

type Grant = NonNullable<ChangeSubjectOf<"deployment">["grant"]>;

/** Longest name, id or role that is told. */
const MAX_TOLD = 256;

/**
 * Access to vaults that an input gives, a subject each: an assignment of a role at a vault, at something in it or around it, a policy of a vault, and a
 * role of one's own that others assign. What gives nothing of vaults is left out. Source: Azure RBAC documentation, "Understand role assignments".
 */
export function tellGrants(all: readonly AzureThing[], terms: CloudTerms, format: FormatId): void {
  const roles = new OwnRoles(all.filter(({ kind }) => kind === "role_definition"));
  const models = new Map<string, boolean | undefined>();
  for (const thing of all) if (thing.kind === "vault") models.set(calledIn(thing), goesByRoles(thing));
  const drafted: Drafted[] = [];
  for (const thing of all) {
    if (thing.kind === "role_assignment") drafted.push(...assignment(thing, roles));
    if (thing.kind === "access_policy") drafted.push(...policy(thing, models));
    if (thing.kind === "vault") drafted.push(...policiesWithin(thing));
  }
  for (const { thing, grant, open, spot } of [...drafted, ...roles.unassigned()]) {
    const { address } = thing;
    const draft = new DeploymentDraft({ format, type: "vault_grant", address, name: address, spot });
    draft.part("deployment_grant", spot);
    draft.set({ grant });
    for (const detail of open) draft.hide("deployment_grant", detail);
    terms.register.changes.push(draft.change());
  }
}

interface Drafted {
  readonly thing: Named;
  readonly grant: Grant;
  /** What of it is not known, in a sentence each. */
  readonly open: readonly string[];
  readonly spot: Spot;
}

/** A role that the input itself makes. */
interface OwnRole {
  readonly role: Role;
  readonly thing: AzureThing;
  /** What of it is not known. */
  readonly open: string | undefined;
  isAssigned: boolean;
}

class OwnRoles {
  readonly #byKey = new Map<string, OwnRole>();

  constructor(definitions: readonly AzureThing[]) {
    for (const thing of definitions) {
      const name = textOf(thing.attributes["name"]);
      const own = { ...ownRole(thing, name), thing, isAssigned: false };
      this.#byKey.set(thing.native ?? thing.address, own);
      if (name !== undefined) this.#byKey.set(name, own);
    }
  }

  assigned(called: string): OwnRole | undefined {
    const found = this.#byKey.get(called);
    if (found !== undefined) found.isAssigned = true;
    return found;
  }

  /** What gives something of vaults to whom the input does not say. */
  unassigned(): Drafted[] {
    return [...new Set(this.#byKey.values())].flatMap(({ role, thing, open, isAssigned }): Drafted[] => {
      if (isAssigned || (role.abilities.length === 0 && open === undefined)) return [];
      const grant = { role: told(role.name), abilities: [...role.abilities], is_conditional: false };
      const whom = `to whom and at what ${thing.address} is assigned stands elsewhere`;
      return [{ thing, grant, open: [open ?? whom], spot: thing.spot }];
    });
  }
}

const LISTS = {
  actions: "actions",
  notActions: "not_actions",
  dataActions: "data_actions",
  notDataActions: "not_data_actions",
} as const;

/** What a role surely gives: of a block of which something is not known that is taken out, nothing. */
function ownRole(thing: AzureThing, name: string | undefined): Pick<OwnRole, "open" | "role"> {
  const written = thing.attributes["permissions"];
  let open = unknownIn(written) === undefined ? undefined : notKnown(thing, "permissions", written);
  const blocks = (written?.kind === "map" ? [written] : itemsOf(written)).map((block): Permissions => {
    const list = (key: string): readonly string[] => textsIn(at(block, key)).texts;
    const isSure = (key: string): boolean => textsIn(at(block, key)).whole;
    if (!Object.values(LISTS).every(isSure)) open ??= notKnown(thing, "permissions", written);
    return {
      actions: isSure(LISTS.notActions) ? list(LISTS.actions) : [],
      notActions: list(LISTS.notActions),
      dataActions: isSure(LISTS.notDataActions) ? list(LISTS.dataActions) : [],
      notDataActions: list(LISTS.notDataActions),
    };
  });
  return { role: { name: name ?? thing.address, abilities: abilitiesOf(blocks) }, open };
}

/** None of an assignment that surely gives nothing of vaults. */
function assignment(thing: AzureThing, roles: OwnRoles): Drafted[] {
  const { attributes, spot } = thing;
  const open: string[] = [];
  const at = attributes["scope"];
  const scope = scopeOf(textOf(at) ?? "");
  const byName = attributes["role_definition_name"];
  const isById = byName === undefined || textOf(attributes["role_definition_id"]) !== undefined;
  const which = isById && textOf(byName) === undefined ? "role_definition_id" : "role_definition_name";
  const called = textOf(attributes[which]);
  const key = called === undefined ? undefined : roleKey(called);
  const own = key === undefined ? undefined : roles.assigned(key);
  const role = own?.role ?? (key === undefined ? undefined : builtInRole(key));
  if (scope === "elsewhere") return [];
  if (role?.abilities.length === 0 && own?.open === undefined) return [];
  if (scope === undefined) open.push(notKnown(thing, "scope", at));
  if (own?.open !== undefined) open.push(own.open);
  if (role === undefined)
    open.push(
      key === undefined || key.includes("{")
        ? notKnown(thing, which, attributes[which])
        : `what the role ${told(key)} gives, which ${thing.address} assigns, is not known here`,
    );
  const principal = principalOf(attributes["principal_id"]);
  const type = textOf(attributes["principal_type"]);
  const grant: Grant = {
    ...principal,
    ...(type === undefined ? {} : { principal_type: told(type) }),
    ...(role === undefined && key === undefined ? {} : { role: told(role?.name ?? key ?? "") }),
    ...(scope === undefined ? {} : { scope }),
    ...(role === undefined ? {} : { abilities: [...role.abilities] }),
    is_conditional: (textOf(attributes["condition"]) ?? attributes["condition"] ?? "") !== "",
  };
  return [{ thing, grant, open, spot }];
}

/** A policy that stands by itself. Where its vault goes by roles, the vault does not look at it. `models`: of vaults of the input, whether they do. */
function policy(thing: AzureThing, models: ReadonlyMap<string, boolean | undefined>): Drafted[] {
  const { attributes, spot } = thing;
  const vault = vaultNative(vaultOf(attributes["key_vault_id"]));
  const byRoles = models.get(vault);
  return byRoles === true
    ? []
    : policyOf(thing, attributes, spot, models.has(vault) && byRoles === undefined);
}

function policiesWithin(vault: AzureThing): Drafted[] {
  const byRoles = goesByRoles(vault);
  const written = vault.attributes["access_policy"];
  const called = vault.called === undefined ? {} : { called: vault.called };
  if (byRoles === true || written === undefined) return [];
  if (written.kind === "unknown") {
    const thing = { ...called, address: `${vault.address} access policies` };
    const open = [notKnown(vault, "access_policy", written)];
    return [{ thing, grant: { scope: "vault", is_conditional: false }, open, spot: written }];
  }
  return (written.kind === "map" ? [written] : itemsOf(written)).flatMap((one, nth) => {
    const thing = { ...called, address: `${vault.address} access policy ${nth + 1}` };
    const attributes: Attributes = Object.fromEntries(
      one.kind === "map" ? [...one.entries.keys()].map((key) => [key, at(one, key)]) : [],
    );
    if (one.kind === "map") return policyOf(thing, attributes, one, byRoles === undefined);
    const open = [notKnown(thing, "access_policy", one)];
    return [{ thing, grant: { scope: "vault" as const, is_conditional: false }, open, spot: one }];
  });
}

const KINDS: readonly PolicyKind[] = ["certificate", "key", "secret"];

function policyOf(thing: Named, attributes: Attributes, spot: Spot, isConditional: boolean): Drafted[] {
  const open: string[] = [];
  const given: Record<PolicyKind, readonly string[]> = { certificate: [], key: [], secret: [] };
  for (const kind of KINDS) {
    const name = `${kind}_permissions`;
    const { texts, whole } = textsIn(attributes[name]);
    if (!whole) open.push(notKnown(thing, name, attributes[name]));
    given[kind] = texts;
  }
  const abilities: Ability[] = abilitiesByPolicy(given);
  if (abilities.length === 0 && open.length === 0) return [];
  const principal = principalOf(attributes["object_id"]);
  const grant: Grant = { ...principal, scope: "vault", abilities, is_conditional: isConditional };
  return [{ thing, grant, open, spot }];
}

/** Whom it is given to, where that is known: what is given is judged by what it is and where, whoever gets it. */
function principalOf(written: Node | undefined): Pick<Grant, "principal"> {
  const principal = textOf(written) ?? "";
  return principal === "" ? {} : { principal: told(principal) };
}

function calledIn({ attributes, address }: AzureThing): string {
  return vaultNative(textOf(attributes["name"]) ?? address.replace(/[^\w.-]/g, "_"));
}

function told(text: string): string {
  return text.slice(0, MAX_TOLD);
}
