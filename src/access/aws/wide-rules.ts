import { compareStrings } from "../../base/index.ts";
import type { Statement } from "./document.ts";
import type { EstateIndex } from "./estate-index.ts";
import { speaksOf } from "./statement-index.ts";
import type { Held } from "./store-grants.ts";
import { isUnreadable } from "./world-schema.ts";

const READING = { secretsmanager: "secretsmanager:GetSecretValue", ssm: "ssm:GetParameter" } as const;

/** Statements as `<policy>:<statement> <resource>`. */
export interface WideRules {
  /** By which a principal may read every secret or parameter of its account, whatever there is. */
  readonly all: readonly string[];
  /** By which it may read every one that was seen. */
  readonly allSeen: readonly string[];
  /** Of a service of which none was seen. */
  readonly ofNone: readonly string[];
}

/** By wildcard; one that names what it covers reaches no more than that. */
export function wideRules({ holder, of }: Held, { estate, things, thingSets }: EstateIndex): WideRules {
  const account = holder.account ?? "";
  const found = { all: new Set<string>(), allSeen: new Set<string>(), ofNone: new Set<string>() };
  for (const { source } of holder.policies) {
    if (isUnreadable(source.given)) continue;
    const { statements } = estate.documents.documents.parsed(source.given, "identity");
    for (const [at, statement] of statements.entries()) {
      if (statement.effect === "Deny" || !holdsWildcard(statement)) continue;
      const written = statement.resources?.of.map((one) => one.written).join(",") ?? "*";
      for (const [kind, action] of Object.entries(READING)) {
        if (!speaksOf(statement, action)) continue;
        const set = thingSets.of(statement, of.context);
        const seen = things.ofKind(kind, account);
        if (!seen.every((place) => set.covers(place) === 1)) continue;
        const all = set.list === undefined || namesAll(statement);
        found[all ? "all" : seen.length > 0 ? "allSeen" : "ofNone"].add(
          `${source.name}:${at + 1} ${written}`,
        );
      }
    }
  }
  const sorted = (rules: ReadonlySet<string>): string[] => [...rules].sort(compareStrings);
  return { all: sorted(found.all), allSeen: sorted(found.allSeen), ofNone: sorted(found.ofNone) };
}

/** Whether a resource's name is nothing but a star: `*`, `…:secret:*`, `…:parameter/*`. */
function namesAll({ resources }: Statement): boolean {
  return resources?.of.some(({ written }) => /(^|:|:parameter\/)\*$/.test(written)) ?? true;
}

function holdsWildcard({ resources }: Statement): boolean {
  return resources?.of.some(({ written }) => written.includes("*")) ?? true;
}
