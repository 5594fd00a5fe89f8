import type { Grant, GrantAction, GrantStatement, Through } from "../../access/index.ts";
import { counted } from "../../base/index.ts";
import { namedText } from "../../facts/index.ts";
import type { PersonBehind, ReviewItem } from "../model.ts";

/** Most lines of a path. */
export const MAX_PATH_LINES = 24;

/** In words that follow "may". */
const MAY: Readonly<Record<GrantAction, string>> = {
  read: "read",
  list: "see the names of",
  write: "change",
  delete: "delete",
  rotate: "rotate",
  share: "hand out",
  administer: "give itself or others any access to",
};

/** `read, change and delete`. */
export function actionWords(actions: readonly GrantAction[]): string {
  return joined(actions.map((action) => MAY[action]));
}

function joined(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** Secrets that a row of a list names. */
const NAMED_SECRETS = 2;

/** The first secrets of an item by id, as a row of a list names them, and how many more there are. */
export function firstSecrets({ count, sample }: Pick<ReviewItem["secrets"], "count" | "sample">): {
  readonly first: readonly string[];
  readonly left: number;
} {
  const first = sample.slice(0, NAMED_SECRETS);
  return { first, left: count - first.length };
}

/** Of whom a path is. */
export interface Explained {
  readonly name: string;
  readonly principal_type: string;
  readonly public?: boolean;
  readonly external?: boolean;
  /** Auth method, of who logs in by one. */
  readonly method?: string | undefined;
  readonly person?: Pick<PersonBehind, "name"> | undefined;
}

/** Names of login methods as people know them. */
const METHODS: Readonly<Record<string, string>> = {
  approle: "AppRole, with a role id and a secret id",
  aws: "its AWS identity",
  azure: "its Azure identity",
  cert: "a client certificate",
  gcp: "its Google Cloud identity",
  github: "GitHub",
  jwt: "a signed token (JWT)",
  kerberos: "Kerberos",
  kubernetes: "its Kubernetes service account",
  ldap: "the directory (LDAP)",
  oidc: "single sign-on (OIDC)",
  okta: "Okta",
  radius: "RADIUS",
  userpass: "user name and password",
};

/** Who it is, a sentence for people who do not know the product. */
export function whoLine({ name, principal_type, person, method = "", ...of }: Explained): string {
  const [mount, last] = atLast(name);
  const how = METHODS[method] === undefined ? "" : `, by ${METHODS[method]}`;
  const who = person?.name;
  const where = mount === "" ? "" : ` of ${mount}`;
  if (of.public === true) return `Anyone may come in as "${name}": it asks for nothing that proves who comes`;
  switch (principal_type) {
    case "entity":
      return `${who ?? "Somebody or something"} is known to the store as the identity "${name}"`;
    case "auth_user":
      return `${who ?? `Whoever is the user "${last}"${where}`} logs in as "${last}"${how || where}`;
    case "auth_role":
      return `Whoever fits the login role "${last}"${where} comes in by it${how}`;
    case "auth_group":
      return `Whoever the directory has in the group "${last}"${where} logs in with it`;
    case "token_role":
      return `Whoever holds a token made by the token role "${last}"`;
    case "token":
      return `Whoever holds the access token "${name}"`;
    case "key_slot":
      return `Whoever holds the key "${name}" of the vault`;
    case "iam_user":
      return `${who ?? "Whoever has the password or keys"} is the AWS user "${name}"`;
    case "iam_role":
      return `Whoever or whatever works as the AWS role "${name}"`;
    case "aws_root":
      return `Whoever signs in as the root user of an AWS account: ${name}`;
    case "aws_account":
      return `Whoever the other AWS account ${name} lets use this, which only that account decides`;
    case "federated":
      return `Whoever the identity provider "${name}" vouches for`;
    case "service":
      return `The cloud service ${name}`;
    default:
      return `${who ?? "Somebody or something"} is "${name}"${of.external === true ? ", from outside the organisation" : ""}`;
  }
}

/** `auth/ldap/a.lindqvist` as `auth/ldap` and `a.lindqvist`; a name without a login method has no first part. */
function atLast(name: string): readonly [string, string] {
  const place = name.startsWith("auth/") ? name.lastIndexOf("/") : -1;
  return place < 0 ? ["", name] : [name.slice(0, place), name.slice(place + 1)];
}

/**
 * A path in plain words, a line a step: who it is, by what it holds each policy, and what that lets it do; at the end what it
 * depends on. At most {@link MAX_PATH_LINES}.
 */
export function explainPath(
  who: Explained & { readonly id: string },
  path: readonly GrantStatement[],
  { actions, conditions, certainty }: Pick<Grant, "actions" | "certainty" | "conditions">,
): string[] {
  const ways = [...Map.groupBy(path, ({ through }) => JSON.stringify(linksOf(who.id, through))).values()];
  const own = ([first]: readonly GrantStatement[]): boolean =>
    linksOf(who.id, first?.through ?? []).length === 0;
  // What it has by itself stands under no group or role that is named before.
  const steps = [...ways.filter(own), ...ways.filter((same) => !own(same))].flatMap((same) => {
    const way = chainWords(linksOf(who.id, same[0]?.through ?? []));
    return [...(way === "" ? [] : [way]), ...new Set(same.map(statementWords))];
  });
  const ends = [
    ...consequences(actions),
    ...conditions.map((one) =>
      certainty === "possible"
        ? `It is not known whether this holds: ${one}`
        : `Only if ${conditionWords(one)}`,
    ),
  ];
  const room = Math.max(2, MAX_PATH_LINES - ends.length);
  const lines = [whoLine(who), ...steps];
  const more = lines.length - room;
  const told = more > 0 ? [...lines.slice(0, room - 1), `and ${counted(more + 1, "further step")}`] : lines;
  return [...told, ...ends].slice(0, MAX_PATH_LINES);
}

/** What administering and sharing come to, for people who do not know that policies give access. */
function consequences(given: readonly GrantAction[]): string[] {
  return [
    ...(given.includes("administer")
      ? ["By this it can give itself or others any access to these secrets"]
      : []),
    ...(given.includes("share")
      ? ["By this it can let others, or itself as another, read these secrets"]
      : []),
  ];
}

/** Keys of conditions that people ask about most. */
const CONDITION_KEYS: Readonly<Record<string, string>> = {
  "aws:MultiFactorAuthPresent": "the sign-in with a second factor",
  "aws:PrincipalOrgID": "the organisation of whoever asks",
  "aws:RequestedRegion": "the Region that is asked",
  "aws:SourceIp": "the network address of whoever asks",
  "aws:SourceVpce": "the network endpoint that is asked by",
  "kms:ViaService": "the service that uses the key",
  "sts:ExternalId": "the external id that is shown",
};

const OPERATORS: readonly (readonly [RegExp, string, string])[] = [
  [/^(?:String|Arn|Numeric|Date)Equals|^Bool|^IpAddress/, "is", "is not"],
  [/^(?:String|Arn)Like/, "fits", "does not fit"],
];

/** A condition as sentence part: `StringEquals aws:RequestedRegion ["a","b"]` is `the Region that is asked is a or b`. */
function conditionWords(condition: string): string {
  const [, not, operator = "", key = "", value = ""] =
    /^(not )?([A-Z]\w+) ([\w-]+:\S+) (.+)$/.exec(condition) ?? [];
  const verb = OPERATORS.find(([pattern]) => pattern.test(operator));
  if (verb === undefined) return `this holds: ${condition}`;
  const told = CONDITION_KEYS[key] === undefined ? key : `${CONDITION_KEYS[key]} (${key})`;
  const values = value.replace(/^\[|\]$|"/g, "").replaceAll(",", " or ");
  return `${told} ${not === undefined ? verb[1] : verb[2]} ${values}`;
}

/** Without the principal itself, which the first line names, and without what is named twice in a row. */
function linksOf(id: string, through: readonly Through[]): Through[] {
  return through.filter((link, place) => {
    const before = through[place - 1];
    return link.id !== id && (link.id === undefined || link.id !== before?.id);
  });
}

function chainWords(links: readonly Through[]): string {
  return links
    .map((link, place) => {
      const text = linkWords(link);
      return place === 0 ? `It ${text}` : `which ${text}`;
    })
    .join(", ");
}

function linkWords({ kind, name }: Through): string {
  switch (kind) {
    case "auth_role":
      return `logs in by "${name}"`;
    case "entity":
      return `is then the identity "${name}"`;
    case "group":
      return `is in the group "${name}"`;
    case "key_slot":
      return `opens the vault by the key "${name}"`;
    case "role_binding":
      return `has what the binding "${name}" gives`;
    case "token":
      return `holds the token "${name}"`;
    case "default":
      return "has what every login has";
    case "credential":
      return `becomes "${name}", with its rights`;
  }
}

/** Calls of a cloud that one line names. */
const MAX_CALLS = 6;

/** What somebody calls on a thing, in a cloud: `iam:PutRolePolicy on role/x`. */
const CALL = /^[a-z][a-z0-9-]*:[A-Z]/;

const ASSUME = /^sts:AssumeRole\w* on role\/(?:.*\/)?([^/]+)$/;

/** What one statement lets somebody do, and where it stands. */
function statementWords(statement: GrantStatement): string {
  const { actions, policy, policy_id = "", rule, note, capabilities = [] } = statement;
  if (policy === "unknown") return `What decides here is not known: ${note ?? "it could not be read"}`;
  const place = placeWords(statement);
  const role = ASSUME.exec(note ?? "")?.[1];
  if (role !== undefined)
    return policy_id.endsWith("#trust")
      ? `The role "${role}" lets it in (${place})`
      : `It may take on the role "${role}" (${place})`;
  if (note?.startsWith("within the permission boundary") === true)
    return `This stays within what its permission boundary allows (${place})`;
  if (note === "use of the key") return `It may use the key that the value is encrypted under (${place})`;
  const isCloud = capabilities.some((one) => one.includes(":"));
  if (note !== undefined && (isCloud || CALL.test(note))) return `It may do ${note} (${place})`;
  if (note !== undefined) {
    const sentence = `${note[0]?.toUpperCase() ?? ""}${note.slice(1)}`;
    return `${note.startsWith("may ") ? `It ${note}` : sentence} (${place})`;
  }
  const words = actionWords(actions);
  if (isCloud) {
    const verbs = actionWords(actions.filter((action) => action !== "share" && action !== "administer"));
    const calls = namedText(capabilities, MAX_CALLS);
    return verbs === ""
      ? `It may call ${calls} on them (${place})`
      : `It may ${verbs} them, by ${calls} (${place})`;
  }
  if (rule === undefined) return `The policy "${policy}" lets it ${words} everything it covers`;
  return `It may ${words} ${rule === "*" ? "everything" : rule} (${place})`;
}

/** Where a statement stands: `policy payments, line 3`, `the trust policy of "x", statement 1`. */
function placeWords({ policy, policy_id = "", rule, line }: GrantStatement): string {
  const part = line === undefined ? (rule === undefined ? "" : `, ${rule}`) : `, line ${line}`;
  if (policy_id.endsWith("#trust")) return `the trust policy of "${policy}"${part}`;
  if (policy_id.endsWith("#policy")) return `the policy on "${policy}" itself${part}`;
  if (policy_id.includes("#inline/")) return `its own inline policy "${policy}"${part}`;
  return `policy "${policy}"${part}`;
}

export interface PathNode {
  readonly id: string;
  readonly kind: "policy" | "principal" | "secrets" | Through["kind"];
  readonly label: string;
}

export interface PathEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

/** A path as a drawing: from the principal over groups, roles and policies to the secrets. Each node and edge once. */
export interface PathGraph {
  readonly nodes: readonly PathNode[];
  readonly edges: readonly PathEdge[];
}

/** What of an item a drawing is made of. */
export interface Drawn {
  readonly principal: { readonly id: string; readonly name: string };
  readonly secrets: { readonly count: number; readonly sample: readonly string[] };
  readonly statements: readonly GrantStatement[];
}

export function pathGraph({ principal, secrets, statements }: Drawn): PathGraph {
  const nodes = new Map<string, PathNode>();
  const edges = new Map<string, PathEdge>();
  const node = (one: PathNode): string => {
    if (!nodes.has(one.id)) nodes.set(one.id, one);
    return one.id;
  };
  const edge = (from: string, to: string, label?: string): void => {
    const key = JSON.stringify([from, to]);
    const known = edges.get(key)?.label?.split("; ") ?? [];
    const labels = [...new Set([...known, ...(label === undefined ? [] : [label])])];
    edges.set(key, { from, to, ...(labels.length === 0 ? {} : { label: labels.join("; ") }) });
  };
  const start = node({ id: principal.id, kind: "principal", label: principal.name });
  const [only = ""] = secrets.sample;
  const label = secrets.count === 1 ? only : counted(secrets.count, "secret");
  const end: PathNode = { id: "secrets", kind: "secrets", label };
  for (const statement of statements) {
    let from = start;
    for (const link of linksOf(principal.id, statement.through)) {
      const id = link.id ?? `${link.kind} ${link.name}`;
      const to = node({ id, kind: link.kind, label: link.name });
      edge(from, to);
      from = to;
    }
    const { policy, policy_id, line, rule, actions } = statement;
    const id = policy_id ?? `policy ${policy}`;
    const held = node({ id, kind: "policy", label: policy });
    edge(from, held, line === undefined ? rule : `line ${line}`);
    edge(held, end.id, actions.join(", "));
  }
  node(end);
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}
