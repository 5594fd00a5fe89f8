import { sortedBy } from "../../base/index.ts";
import type { FactSet } from "../../facts/index.ts";
import { acmeHolders } from "./acme.ts";
import { Contests } from "./contests.ts";
import { enginePaths, type EngineKind } from "./engine-paths.ts";
import { escalationsOf } from "./escalation.ts";
import { grouped } from "./escalation-groups.ts";
import { Evaluator } from "./evaluate.ts";
import { withLifting } from "./lifting.ts";
import { byteText, type Pattern } from "./pattern.ts";
import { PatternIndex } from "./pattern-index.ts";
import { holdersOf } from "./principals.ts";
import type { Session } from "./session.ts";
import { sessionClass, sessionClassKey, type SessionClass } from "./session-class.ts";
import { StoreFacts } from "./store-facts.ts";
import type { EvaluatedClass } from "./holder-sessions.ts";
import { joined, StoreGrants } from "./store-grants.ts";
import { classify, CoverLists, type LocatedTarget } from "./target-class.ts";
import { WholeMounts } from "./whole-mounts.ts";

/** Effective access within one store. `now`: the snapshot's instant in seconds since 1970. `maxVariants`: see `MAX_VARIANTS`. */
export function computeStoreGrants(
  storeId: string,
  facts: FactSet,
  now: number,
  maxVariants?: number,
): StoreGrants {
  const store = new StoreFacts(storeId, facts);
  const holders = sortedBy([...holdersOf(store), ...acmeHolders(store)], (holder) => holder.principal.id);
  const classes = new Map<string, SessionClass>();
  const keys = new Map<Session, string>();
  const sessions = holders.flatMap(({ sessions: own, takenOver = [], dormant }) => [
    ...own,
    ...takenOver.map(({ session }) => session),
    ...(dormant?.sessions ?? []),
  ]);
  for (const session of sessions) {
    const key = sessionClassKey(session, store.dialect, now);
    keys.set(session, key);
    if (!classes.has(key)) classes.set(key, sessionClass(session, key, store.dialect, now));
  }
  const patterns = new Map<string, Pattern>();
  for (const { rules } of classes.values())
    for (const { pattern } of rules) patterns.set(pattern.key, pattern);
  const index = new PatternIndex(patterns.values());
  const covers = new CoverLists(index, store.dialect);
  const targets = sortedBy(targetsOf(store), (target) => target.id);
  const paths = enginePaths(index.patterns);
  const targetClasses = classify(targets, covers, paths);
  const escalations = grouped(escalationsOf(store, index.patterns), covers);
  const evaluator = new Evaluator(index, covers, targetClasses, escalations);
  const evaluated = new Map<string, EvaluatedClass>();
  /** For once: of the many sessions that deletions would make nothing is kept. */
  const judge = (session: Session): EvaluatedClass => {
    const key = keys.get(session) ?? sessionClassKey(session, store.dialect, now);
    const known = evaluated.get(key);
    if (known !== undefined) return known;
    // A session with fewer policies than another has no patterns that the index does not know.
    const one = classes.get(key) ?? sessionClass(session, key, store.dialect, now);
    return { session: one, ...evaluator.evaluate(one) };
  };
  const classOf = (session: Session): EvaluatedClass => {
    const made = judge(session);
    evaluated.set(made.session.key, made);
    return made;
  };
  const whole = new WholeMounts(store, targets, paths);
  const contests = (): Contests => new Contests(index, covers, targetClasses, escalations);
  const joint = withLifting(store, joined(holders, classOf), { judge, contests, maxVariants });
  return new StoreGrants(store, targets, targetClasses, joint, whole);
}

const SECRET_ENGINES: Readonly<Record<string, EngineKind>> = { database_static_role: "database_static_role" };

function targetsOf(store: StoreFacts): LocatedTarget[] {
  const versions = new Map(
    store
      .of("mount")
      .map((mount) => [byteText(`${mount.scope}\n${mount.path}`), mount.engine_version] as const),
  );
  const kv = (scope: string, mount: string): EngineKind =>
    versions.get(byteText(`${scope}\n${mount}`)) === "2" ? "kv_2" : "kv_1";
  const located = (
    fact: { id: string; store_id: string; scope: string; mount: string; name: string },
    kind: LocatedTarget["kind"],
    engine: EngineKind,
  ): LocatedTarget => {
    const namespace = store.namespaceOf(fact.scope);
    const { id, store_id, mount, name } = fact;
    return { id, store_id, kind, mount, name, engine, namespace, base: namespace + mount };
  };
  return [
    ...store
      .of("secret")
      .map((fact) => located(fact, "secret", SECRET_ENGINES[fact.secret_type] ?? kv(fact.scope, fact.mount))),
    ...store.of("key").map((fact) => located(fact, "key", "key")),
    ...store.of("dynamic_role").map((fact) => located(fact, "dynamic_role", "dynamic_role")),
    ...store.of("certificate_role").map((fact) => located(fact, "certificate_role", "certificate_role")),
  ];
}
