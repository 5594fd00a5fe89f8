import { join } from "node:path";
import { CountersignError, nodeFileSystem } from "../base/index.ts";
import type { CredentialSource } from "../facts/index.ts";
import type { StatePlace } from "../state/index.ts";
import type { LoadedConfig } from "./config.ts";
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";

/** The variable that names a PostgreSQL database where the configuration is silent. */
const URL_VARIABLE = "DATABASE_URL";

/**
 * Where the state of access reviews is kept: the PostgreSQL database that `state.url` of the configuration or DATABASE_URL
 * names, else `state.db` of the state directory. The URL holds a password and is never told: neither here nor by who opens it.
 * E_REFERENCE, E_CONFIG.
 */
export async function statePlace(
  environment: Environment,
  options: ConfigOptions,
  from: { readonly config: LoadedConfig | undefined; readonly credentials: CredentialSource },
): Promise<StatePlace> {
  const configured = from.config?.value.state?.url;
  const reference = configured ?? (environment.env[URL_VARIABLE] ? `env:${URL_VARIABLE}` : undefined);
  if (reference === undefined) return { file: join(stateDirectory(environment, options), "state.db") };
  const url = (await from.credentials.read(reference)).trim();
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return { url };
  throw new CountersignError(
    "E_CONFIG",
    `expected the URL of a PostgreSQL database behind ${reference}, got something else`,
    { fix: "Write postgres://<user>:<password>@<host>/<database>?sslmode=verify-full, or leave it out." },
  );
}

/** As `statePlace`, of one that is there: reading makes none, and none is no empty one. E_NOT_FOUND, E_DISK. */
export async function existingState(place: StatePlace): Promise<StatePlace> {
  if ("url" in place) return place;
  try {
    await nodeFileSystem.status(place.file);
    return place;
  } catch (thrown) {
    const isAbsent = (thrown as NodeJS.ErrnoException).code === "ENOENT";
    throw new CountersignError(
      isAbsent ? "E_NOT_FOUND" : "E_DISK",
      `expected the state of access reviews in state.db of the state directory, got ${isAbsent ? "none" : "a file that cannot be looked at"}`,
      {
        fix: "Start a campaign, or name the state directory or the database where the reviews are.",
        cause: thrown,
      },
    );
  }
}
