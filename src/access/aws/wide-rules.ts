import { compareStrings } from "../../base/index.ts";
import type { Statement } from "./document.ts";
import type { EstateIndex } from "./estate-index.ts";
import { speaksOf } from "./statement-index.ts";
import type { Held } from "./store-grants.ts";
import { isUnreadable } from "./world-schema.ts";

const READING = { secretsmanager: "secretsmanager:GetSecretValue", ssm: "ssm:GetParameter" } as const;

/** Statements by which a principal may read every secret or parameter of its account, as `<policy>:<statement> <resource>`. */
export function wideRules({ holder, of }: Held, { estate, things, thingSets }: EstateIndex): string[] {
  const account = holder.account ?? "";
  const found = holder.policies.flatMap(({ source }) => {
    if (isUnreadable(source.given)) return [];
    const { statements } = estate.documents.documents.parsed(source.given, "identity");
    return statements.flatMap((statement, at) => {
      if (statement.effect === "Deny") return [];
      const wide = Object.entries(READING).some(([kind, action]) => {
        if (!speaksOf(statement, action)) return false;
        const own = things.ofKind(kind, account);
        const set = thingSets.of(statement, of.context);
        // None may be there yet, or none was seen: what is written decides then.
        if (set.list === undefined || own.length === 0) return set.list === undefined || namesAll(statement);
        return holdsWildcard(statement) && own.every((place) => set.covers(place) === 1);
      });
      const written = statement.resources?.of.map((one) => one.written).join(",") ?? "*";
      return wide ? [`${source.name}:${at + 1} ${written}`] : [];
    });
  });
  return [...new Set(found)].sort(compareStrings);
}

/** Whether a resource's name is nothing but a star, e.g. `…:secret:*`. */
function namesAll({ resources }: Statement): boolean {
  return resources?.of.some(({ written }) => /(^|[:/])\*$/.test(written)) ?? true;
}

function holdsWildcard({ resources }: Statement): boolean {
  return resources?.of.some(({ written }) => written.includes("*")) ?? true;
}
