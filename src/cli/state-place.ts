import { join } from "node:path";
import { CountersignError } from "../base/index.ts";
import { Type, closed, type Static } from "../facts/index.ts";
import type { StatePlace } from "../state/index.ts";

/** `state` of `countersign.yaml`: where campaigns, decisions and requests are kept. */
export const StateSettings = closed({
  url: Type.String({
    pattern: "^env:[A-Za-z_][A-Za-z0-9_]*$",
    description:
      "reference to the URL of a PostgreSQL database; default: DATABASE_URL, else a file of SQLite",
  }),
});

type Configured = Pick<{ readonly value: { readonly state?: Static<typeof StateSettings> } }, "value">;

/** The file `state.db` of the state directory, unless a PostgreSQL database is named. E_REFERENCE. */
export function statePlace(
  { env }: { readonly env: Readonly<Record<string, string | undefined>> },
  { value }: Configured,
  directory: string,
): StatePlace {
  const reference = value.state?.url;
  const url = reference === undefined ? env["DATABASE_URL"] : env[variableOf(reference)];
  if (reference !== undefined && (url === undefined || url === "")) {
    throw new CountersignError("E_REFERENCE", `expected ${reference} to be set, got nothing`, {
      fix: "Set the variable that state.url of countersign.yaml names.",
    });
  }
  if (url === undefined || url === "") return { file: join(directory, "state.db") };
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new CountersignError("E_REFERENCE", "expected the URL of a PostgreSQL database, got another", {
      fix: "Write postgres://user@host/database?sslmode=verify-full into the variable.",
    });
  }
  return { url };
}

function variableOf(reference: string): string {
  return reference.slice(reference.indexOf(":") + 1);
}
