import type { FactOf, FactSet } from "../facts/index.ts";

/** Types of secrets whose reads audit logs name in a way that leads back to them. */
const LOGGED_TYPES: ReadonlySet<string> = new Set([
  "aws_parameter",
  "aws_secret",
  "database_static_role",
  "kv",
]);

/** Types of principals that the logs name for certain, whoever else they name. */
const LOGGED_PRINCIPALS: ReadonlySet<string> = new Set(["entity", "iam_role", "iam_user"]);

/** What a secret of AWS has behind its name in an ARN, which a log leaves out where the secret was asked for by name. */
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Whether every read of such a secret shows in a log under a key that leads to it. */
export function isReadLogged({ secret_type }: Pick<FactOf<"secret">, "secret_type">): boolean {
  return LOGGED_TYPES.has(secret_type);
}

/** Whether whatever such a principal reads shows in a log under a key of its own. */
export function isNamedByLogs({ principal_type }: Pick<FactOf<"principal">, "principal_type">): boolean {
  return LOGGED_PRINCIPALS.has(principal_type);
}

/**
 * The account of AWS of which a log names a caller by no identity of it: somebody of another account than the log's, of whom the owner of the
 * secret is told the account alone, or a user's federated session under a name of the user's choice (CloudTrail, userIdentity element).
 */
export function accountAlone(key: string): string | undefined {
  return /^(?:account:|arn:[^:]+:sts::)(\d{12})(?:$|:federated-user\/)/.exec(key)?.[1];
}

/** The account of an identity of AWS, of its fact id or ARN. */
export function accountOfIdentity(id: string): string | undefined {
  return /(?:^|:)arn:[^:]+:iam::(\d{12}):/.exec(id)?.[1];
}

/** The things that one key of a log may mean. */
export interface Meant {
  /** Fact ids; several where the key does not tell which. */
  readonly ids: readonly string[];
  /** Where a whole path was read: what every id below it begins with. */
  readonly below?: string;
}

/**
 * Names of principals and secrets as audit logs have them, brought back to facts. What no fact bears is gone, was never there,
 * or is of a kind that is not collected: it means nothing, and the caller says so.
 *
 * Vault: a secret by the path of its request, an entity by its id (audit devices hash neither; Vault documentation, "Audit devices"); a token without an
 * entity has but a display name, which is no principal's own. AWS: a secret by ARN, whole or without its random suffix; a role or user
 * by its ARN without the path, since a session's ARN has none (CloudTrail, userIdentity element).
 */
export class LogKeys {
  readonly #secrets = new Map<string, string[]>();
  /** Of secrets that were asked for by a part of their key. */
  readonly #shortened = new Map<string, string[]>();
  readonly #principals = new Map<string, string>();

  constructor(facts: FactSet) {
    const engines = new Map(facts.of("mount").map((mount) => [mount.id, mount.engine_version]));
    for (const secret of facts.of("secret")) {
      for (const key of keysOf(secret, engines)) append(this.#secrets, key, secret.id);
      if (secret.secret_type === "aws_secret" && SUFFIX.test(secret.id))
        append(this.#shortened, secret.id.replace(SUFFIX, ""), secret.id);
    }
    for (const { id, store_id, native_id, principal_type } of facts.of("principal")) {
      const key = principal_type === "entity" ? `entity:${native_id}` : withoutPath(native_id);
      this.#principals.set(`${store_id}:${key}`, id);
    }
  }

  secret(storeId: string, key: string): Meant {
    const name = `${storeId}:${key}`;
    if (name.endsWith("/*")) return { ids: [], below: name.slice(0, -1) };
    return { ids: this.#secrets.get(name) ?? this.#shortened.get(name) ?? [] };
  }

  /** The fact id; undefined of whom no fact tells under this name. */
  principal(storeId: string, key: string): string | undefined {
    return this.#principals.get(`${storeId}:${key}`);
  }
}

/**
 * A fact's id is the store's name and the ARN, or the path of its listing. Version 2 of the key-value engine has values below `data/`, and what
 * a role hands out is read by another path than the role. Where an engine's version is not known it may be either.
 */
function keysOf(
  { id, secret_type, mount, name }: FactOf<"secret">,
  engines: ReadonlyMap<string, string | undefined>,
): string[] {
  if (secret_type === "database_static_role") {
    const role = `static-roles/${name}`;
    return [`${id.slice(0, id.length - role.length)}static-creds/${name}`];
  }
  if (secret_type !== "kv") return [id];
  const engine = id.slice(0, id.length - name.length);
  const version =
    engines.get(engine) ?? engines.get(engine.slice(0, -mount.length) + mount.replace(/\/$/, ""));
  const inData = `${engine}data/${name}`;
  if (version === undefined) return [id, inData];
  return version === "1" ? [id] : [inData];
}

function withoutPath(arn: string): string {
  return arn.replace(/:(role|user)\/(?:.*\/)?/, ":$1/");
}

function append(map: Map<string, string[]>, key: string, id: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [id]);
  else list.push(id);
}
