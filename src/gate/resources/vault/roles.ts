import { boundByNetworks } from "../../../base/index.ts";
import type { FactDraft } from "../../drafting.ts";
import { at, entriesOf, plainValue, textOf, unknownIn } from "../../text/node.ts";
import { present, type Attributes } from "./attributes.ts";
import type { VaultTerms } from "./terms.ts";

type AuthRole = FactDraft<"auth_role">;

/** Stands in a bound whose values are not known: nobody is called so, so that nobody is let in by it. */
const NOT_KNOWN = "known-when-applied";

/** Networks that are not known bind to one that is nobody's (RFC 5737). */
const SOME_NETWORK = "192.0.2.0/32";

function networks(attributes: Attributes, name: string): string[] {
  const texts = attributes.texts(name);
  return texts.length === 0 && unknownIn(attributes.node(name)) !== undefined ? [SOME_NETWORK] : texts;
}

/** What tokens of a role are bound by: the same in every method. Source: "Token auth" arguments of each role of the Vault provider. */
function tokenBounds(attributes: Attributes) {
  return {
    token_ttl_s: attributes.seconds("token_ttl"),
    token_max_ttl_s: attributes.seconds("token_max_ttl"),
    token_explicit_max_ttl_s: attributes.seconds("token_explicit_max_ttl"),
    token_period_s: attributes.seconds("token_period"),
    token_num_uses: attributes.count("token_num_uses") ?? 0,
    token_bound_cidrs: networks(attributes, "token_bound_cidrs"),
    token_type: attributes.text("token_type"),
    token_no_default_policy: attributes.flag("token_no_default_policy") ?? false,
  };
}

/** Lists that bind, without those that are not set; one that is not known binds to nobody. */
function bounds(attributes: Attributes, names: readonly string[]): Record<string, string[]> {
  const found = names.flatMap((name): [string, string[]][] => {
    const texts = attributes.texts(name);
    const one = texts.length === 0 ? attributes.text(name) : undefined;
    if (one !== undefined) return [[name, [one]]];
    if (texts.length > 0) return [[name, texts]];
    return unknownIn(attributes.node(name)) === undefined ? [] : [[name, [NOT_KNOWN]]];
  });
  return Object.fromEntries(found);
}

interface RoleForm {
  readonly method: string;
  readonly type: AuthRole["role_type"];
  /** Attribute of the method's path, and its default. */
  readonly backend?: string;
  readonly path: string;
  readonly name: string;
  readonly policies?: string;
  readonly mount?: string;
  readonly own?: (
    attributes: Attributes,
    name: string,
  ) => Partial<{ [K in keyof AuthRole]: AuthRole[K] | undefined }>;
}

const CERT_BOUNDS = [
  "allowed_common_names",
  "allowed_dns_sans",
  "allowed_email_sans",
  "allowed_names",
  "allowed_organizational_units",
  "allowed_organizations",
  "allowed_uri_sans",
  "required_extensions",
];

const AWS_BOUNDS = [
  "bound_account_ids",
  "bound_ami_ids",
  "bound_ec2_instance_ids",
  "bound_iam_instance_profile_arns",
  "bound_iam_principal_arns",
  "bound_iam_role_arns",
  "bound_regions",
  "bound_subnet_ids",
  "bound_vpc_ids",
];

/** How a role id begins that Vault makes up when it makes the role. */
export const MADE_UP_ROLE_ID = "made-up-role-id-of-";

/** By which name a role is an identity; undefined where that is set and not known: then it may be anybody's. */
function roleId({ resource }: Attributes, name: string): string | undefined {
  const set = at(resource.attributes, "role_id");
  const isSet = set !== undefined && textOf(set) !== "";
  return isSet ? textOf(set) : `${MADE_UP_ROLE_ID}${name}`;
}

/** Each type of a role, user or group, and how its method keeps it. Defaults are the provider's, of its documentation of each type. */
export const ROLE_FORMS: Readonly<Record<string, RoleForm>> = {
  vault_approle_auth_backend_role: {
    method: "approle",
    type: "role",
    path: "role",
    name: "role_name",
    own: (attributes) => {
      const needsSecretId = attributes.flag("bind_secret_id") ?? true;
      const cidrs = networks(attributes, "secret_id_bound_cidrs");
      const isBound = [networks(attributes, "token_bound_cidrs"), cidrs].some(boundByNetworks);
      return {
        bounds: needsSecretId ? { bind_secret_id: ["true"] } : {},
        unauthenticated: !needsSecretId && !isBound,
        secret_id_num_uses: attributes.count("secret_id_num_uses") ?? 0,
        secret_id_ttl_s: attributes.seconds("secret_id_ttl"),
        secret_id_bound_cidrs: cidrs.length === 0 ? undefined : cidrs,
      };
    },
  },
  vault_aws_auth_backend_role: {
    method: "aws",
    type: "role",
    path: "role",
    name: "role",
    own: (attributes) => ({ bounds: bounds(attributes, AWS_BOUNDS) }),
  },
  vault_cert_auth_backend_role: {
    method: "cert",
    type: "role",
    path: "certs",
    name: "name",
    own: (attributes) => ({ bounds: bounds(attributes, CERT_BOUNDS) }),
  },
  vault_jwt_auth_backend_role: { method: "jwt", type: "role", path: "role", name: "role_name", own: jwt },
  vault_kubernetes_auth_backend_role: {
    method: "kubernetes",
    type: "role",
    path: "role",
    name: "role_name",
    own: (attributes) => ({
      bounds: bounds(attributes, [
        "bound_service_account_names",
        "bound_service_account_namespaces",
        "bound_service_account_namespace_selector",
        "audience",
      ]),
      ext: extOf({ alias_name_source: attributes.text("alias_name_source") }),
    }),
  },
  vault_ldap_auth_backend_group: {
    method: "ldap",
    type: "group",
    path: "groups",
    name: "groupname",
    policies: "policies",
    own: (_, name) => ({ alias_name: name }),
  },
  vault_ldap_auth_backend_user: {
    method: "ldap",
    type: "user",
    path: "users",
    name: "username",
    policies: "policies",
    own: (attributes, name) => ({ alias_name: name, groups: attributes.texts("groups") }),
  },
  vault_token_auth_backend_role: {
    method: "token",
    type: "token_role",
    path: "roles",
    name: "role_name",
    mount: "auth/token/",
    policies: "",
    own: (attributes) => ({
      orphan: attributes.flag("orphan") ?? false,
      renewable: attributes.flag("renewable") ?? true,
      allowed_policies: attributes.texts("allowed_policies"),
      disallowed_policies: attributes.texts("disallowed_policies"),
      allowed_policies_glob: attributes.texts("allowed_policies_glob"),
      disallowed_policies_glob: attributes.texts("disallowed_policies_glob"),
      ext: extOf({
        path_suffix: attributes.text("path_suffix"),
        allowed_entity_aliases: attributes.has("allowed_entity_aliases")
          ? attributes.texts("allowed_entity_aliases")
          : undefined,
      }),
    }),
  },
};

function jwt(attributes: Attributes): Partial<AuthRole> {
  const node = attributes.node("bound_claims");
  const claims = entriesOf(node).map(([claim, { value }]): [string, string[]] => {
    const plain = plainValue(value);
    const values =
      typeof plain === "string" ? plain.split(",") : Array.isArray(plain) ? (plain as unknown[]) : [plain];
    const texts = values.map((one) => (typeof one === "string" ? one.trim() : JSON.stringify(one)));
    return [`bound_claims.${claim}`, unknownIn(value) === undefined ? texts : [NOT_KNOWN]];
  });
  const whole: [string, string[]][] = node?.kind === "unknown" ? [["bound_claims", [NOT_KNOWN]]] : claims;
  const ext = extOf({
    role_type: attributes.text("role_type") ?? "oidc",
    user_claim: attributes.text("user_claim"),
    groups_claim: attributes.text("groups_claim"),
    bound_claims_type: attributes.text("bound_claims_type"),
    claim_mappings: attributes.labels("claim_mappings"),
  });
  return {
    bounds: { ...bounds(attributes, ["bound_audiences", "bound_subject"]), ...Object.fromEntries(whole) },
    ...(ext === undefined ? {} : { ext }),
  };
}

export function extOf(
  fields: Readonly<Record<string, unknown>>,
): { hashicorp: Record<string, unknown> } | undefined {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return kept.length === 0 ? undefined : { hashicorp: Object.fromEntries(kept) };
}

/** A role, user or group of an auth method: its fact id. */
export function authRole(form: RoleForm, terms: VaultTerms): string {
  const { attributes } = terms;
  const name = terms.name(form.name);
  const mount = form.mount ?? terms.authMount("backend", form.method);
  const attribute = form.policies ?? "token_policies";
  const { bounds: own = {}, ...rest } = form.own?.(attributes, name) ?? {};
  const role = {
    mount,
    name,
    method: form.method,
    role_type: form.type,
    policies: attribute === "" ? [] : attributes.texts(attribute),
    // Users and groups of a directory have its settings' bounds.
    ...(form.method === "ldap" ? {} : tokenBounds(attributes)),
    // Tokens of a token role live as long as their methods say (`tokenStoreRoleRead`).
    ...(form.type === "token_role"
      ? {
          token_ttl_s: undefined,
          token_max_ttl_s: undefined,
          token_num_uses: attributes.count("token_num_uses"),
        }
      : {}),
    ...rest,
    bounds: own,
  };
  const id = terms.tell("auth_role", `${mount}${form.path}/${name}`, present(role));
  const alias_name = form.method === "approle" ? roleId(attributes, name) : undefined;
  if (alias_name !== undefined)
    terms.drafting.add("auth_role_alias", { id, scope: terms.scope, mount, name, alias_name });
  return id;
}
