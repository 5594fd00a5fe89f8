import { digestOf } from "../../base/index.ts";
import { buildAcl, type AclPolicy, type MergedRule } from "./acl.ts";
import type { Dialect } from "./identity.ts";
import type { Session } from "./session.ts";
import { isTemplated, resolvePath, type Now, type Resolved } from "./template.ts";
import { widened } from "./widened.ts";

/** Sessions whose rules are the same for everybody in them. */
export interface SessionClass {
  readonly key: string;
  /** Its tokens reach this namespace and those below. */
  readonly namespace: string;
  readonly rules: readonly MergedRule[];
  /** Rules whose path holds a template that no identity or time has filled in yet. */
  readonly open: ReadonlySet<MergedRule>;
  /** A session of the same principal without an identity says what does not rest on one. */
  readonly anyIdentity: boolean;
  /** Something of it is not known: it may do anything. */
  readonly unknown: readonly string[];
  /** Set when the server refuses all its requests. */
  readonly broken: boolean;
}

/** What makes two sessions the same class. */
export function sessionClassKey(session: Session, dialect: Dialect, now: Now): string {
  const parts: string[] = [session.namespace, String(session.anyIdentity), session.unknown.join("\n")];
  for (const policy of session.policies) {
    parts.push(`${policy.namespace}\n${policy.name}`);
    if (!policy.templated || session.anyIdentity) continue;
    for (const rule of policy.rules ?? []) {
      if (!isTemplated(rule.path)) continue;
      const resolved = resolvePath(rule.path, session.identity, dialect, now);
      parts.push("path" in resolved ? resolved.path : "");
    }
  }
  return digestOf(parts);
}

/** The list of a session, templates that are still open taken as widely as they could be filled. */
export function sessionClass(session: Session, key: string, dialect: Dialect, now: Now): SessionClass {
  const policies: AclPolicy[] = session.policies.map(({ name, rules }) => ({ name, rules: rules ?? [] }));
  const acl = buildAcl(policies, {
    dialect,
    now,
    identity: session.identity,
    namespace: session.namespace,
    resolve: (path) => openPaths(path, session, dialect),
  });
  const rules = acl.broken === undefined ? [...acl.rules.values()] : [];
  const open = rules.filter((rule) =>
    rule.sources.some((source) => isOpen(source.rule.path, session, dialect)),
  );
  const { namespace, unknown, anyIdentity } = session;
  const broken = acl.broken !== undefined;
  return { key, namespace, rules, open: new Set(open), anyIdentity, unknown, broken };
}

function isOpen(path: string, session: Session, dialect: Dialect): boolean {
  return (
    isTemplated(path) &&
    (session.anyIdentity || "timed" in resolvePath(path, session.identity, dialect, undefined))
  );
}

/** The time of a request is never known beforehand, so a path with a time in it stays open. */
function openPaths(path: string, session: Session, dialect: Dialect): Resolved[] {
  if (!isOpen(path, session, dialect)) return [resolvePath(path, session.identity, dialect, undefined)];
  return widened(path, dialect).map((wide) => ({ path: wide, templated: true, unfilled: path }));
}
