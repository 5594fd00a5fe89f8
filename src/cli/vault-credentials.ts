import { resolve } from "node:path";
import { CountersignError, EXIT, counted, printable, type ExitCode } from "../base/index.ts";
import {
  SecretBytes,
  accessLogNames,
  entryName,
  generationsOf,
  generationsText,
  readAccessLog,
  untoldGenerations,
  type AccessEvent,
  type VaultSummary,
} from "../vault/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { vaultSite, withVault, type VaultSite } from "./embedded-vault.ts";
import type { Environment } from "./environment.ts";
import { table } from "./output.ts";
import { secretFromFile, secretFromPrompt, secretFromStream, secretTypedTwice } from "./secret-input.ts";
import { publicSummary, speaker, summaryOf } from "./vault-output.ts";

export interface PutCommandOptions extends CommonOptions {
  readonly file?: string;
  readonly stdin?: boolean;
  readonly contentType?: string;
  readonly maxAgeDays?: number;
  readonly note?: string;
}

export async function putCredential(
  environment: Environment,
  name: string,
  options: PutCommandOptions,
): Promise<ExitCode> {
  entryName(name);
  const site = await vaultSite(environment, options);
  const { contentType, maxAgeDays, note } = options;
  const version = await withVault(site, async (vault) => {
    using secret = await givenSecret(environment, name, options);
    const kept = await vault.put(name, secret, {
      ...(contentType === undefined ? {} : { contentType }),
      ...(maxAgeDays === undefined ? {} : { maxAgeDays }),
      ...(note === undefined ? {} : { note }),
    });
    await vault.prune();
    return kept;
  });
  speaker(environment, options)(
    { name, version },
    `Kept ${name}, version ${version}\nUse it as vault:${name} in countersign.yaml.\n`,
  );
  return EXIT.pass;
}

async function givenSecret(
  { cwd, input, signal, terminal }: Environment,
  name: string,
  options: PutCommandOptions,
): Promise<SecretBytes> {
  if (options.file !== undefined)
    return await secretFromFile(resolve(cwd, options.file), { ownerOnly: false, binary: true });
  if (options.stdin === true || input.isTTY !== true) return await secretFromStream(input, signal);
  return await secretTypedTwice(input, terminal.err, {
    label: `Value of ${name}`,
    fix: "Give it with --file, or on standard input with --stdin.",
    signal,
  });
}

export async function listCredentials(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const summary = await summaryOf(await vaultSite(environment, options));
  const rows = summary.entries.map(({ name, versions, max_age_days, note }) => [
    name,
    String(versions.at(-1)?.version ?? ""),
    versions.at(-1)?.created_at ?? "",
    max_age_days === undefined ? "" : `${max_age_days} d`,
    note ?? "",
  ]);
  speaker(environment, options)(
    publicSummary(summary),
    `${table([
      ["vault", summary.vault_id],
      ["fingerprint", summary.fingerprint],
      ["generation", String(summary.generation)],
      ["epoch", String(summary.epoch)],
    ])}\n` +
      (rows.length === 0
        ? "No credentials yet: countersign vault put <name>\n"
        : table([["name", "version", "since", "limit", "note"], ...rows])),
  );
  return EXIT.pass;
}

export async function showMetadata(
  environment: Environment,
  name: string,
  options: CommonOptions,
): Promise<ExitCode> {
  const summary = await summaryOf(await vaultSite(environment, options));
  const entry = publicSummary(summary).entries.find((one) => one.name === name);
  if (entry === undefined)
    throw new CountersignError("E_NOT_FOUND", `expected a credential called ${name} in the vault, got none`);
  const { versions, ...head } = entry;
  speaker(environment, options)(
    entry,
    `${table(Object.entries(head).map(([key, value]) => [key, String(value)]))}\n` +
      table([
        ["version", "since", "type", "blob"],
        ...versions.map(({ version, created_at, content_type, blob }) => [
          String(version),
          created_at,
          content_type,
          blob,
        ]),
      ]),
  );
  return EXIT.pass;
}

export interface RevealOptions extends CommonOptions {
  readonly version?: number;
  readonly yes?: boolean;
}

export async function revealCredential(
  environment: Environment,
  name: string,
  options: RevealOptions,
): Promise<ExitCode> {
  const { input, signal, terminal } = environment;
  const site = await vaultSite(environment, options);
  await withVault(site, async (vault) => {
    if (options.yes !== true) {
      using answer = await secretFromPrompt(input, terminal.err, {
        label: `This prints the value of ${name} and is logged. Type its name to go on`,
        fix: "Say --yes where nobody can be asked.",
        signal,
      });
      if (answer.expose().toString("utf8") !== name)
        throw new CountersignError("E_USAGE", "expected the credential's name, got something else");
    }
    using secret = await vault.read(name, "reveal", {
      reveal: true,
      ...(options.version === undefined ? {} : { version: options.version }),
    });
    terminal.err(`Revealed ${name}; the access log has it.\n`);
    terminal.out(
      options.json === true
        ? `${JSON.stringify({ name, value_base64: secret.expose().toString("base64") })}\n`
        : // A copy: the stream may write it after the secret was wiped.
          Buffer.from(secret.expose()),
    );
  });
  return EXIT.pass;
}

export async function removeCredential(
  environment: Environment,
  name: string,
  options: CommonOptions,
): Promise<ExitCode> {
  await withVault(await vaultSite(environment, options), async (vault) => {
    await vault.remove(name);
    await vault.prune();
  });
  speaker(environment, options)(
    { name, removed: true },
    `Removed ${name}. Backups and copies of the vault still hold it: if it leaked, issue it anew at its source.\n`,
  );
  return EXIT.pass;
}

export async function rotateKeys(
  environment: Environment,
  name: string | undefined,
  options: CommonOptions,
): Promise<ExitCode> {
  const names = await withVault(await vaultSite(environment, options), async (vault) => {
    const before = vault.summary().entries;
    const wanted = name === undefined ? before.map((entry) => entry.name) : [name];
    try {
      for (const one of wanted) await vault.rekey(one);
      await vault.prune();
    } catch (thrown) {
      throw wanted.length === 1 ? thrown : rotatedInPart(thrown, wanted, before, vault.summary().entries);
    }
    return wanted;
  });
  speaker(environment, options)(
    { rotated: names },
    `New data encryption keys for ${counted(names.length, "credential")}. Their values are the same: to change a value, issue it anew at its source and put it.\n`,
  );
  return EXIT.pass;
}

type Entries = VaultSummary["entries"];

/** Each credential is a change of its own: those that were rotated before the error stay rotated, the others are still to do. */
function rotatedInPart(thrown: unknown, wanted: readonly string[], before: Entries, after: Entries): unknown {
  if (!(thrown instanceof CountersignError)) return thrown;
  const blobs = (entries: Entries) =>
    new Map(entries.map(({ name, versions }) => [name, versions.map(({ blob }) => blob).join()]));
  const [old, now] = [blobs(before), blobs(after)];
  const left = wanted.filter((name) => old.get(name) === now.get(name));
  const rotated = wanted.filter((name) => !left.includes(name));
  const said = rotated.length === 0 ? "" : `: ${named(rotated)}`;
  return new CountersignError(
    thrown.code,
    `rotated ${rotated.length} of ${counted(wanted.length, "credential")}${said}; then: ${thrown.message}`,
    {
      cause: thrown,
      fix:
        left.length === 0
          ? "Mend what is said to be wrong. All are rotated: nothing is to be run again."
          : `Mend what is said to be wrong, then run \`countersign vault rotate <name>\` again for ${named(left)}.`,
    },
  );
}

/** Most names that stand in one sentence. */
const MAX_NAMED = 5;

function named(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Generations since the last declared restore of which no event tells; why that is not known, where it is not. */
async function untoldOf(
  { ledger }: VaultSite,
  events: readonly AccessEvent[],
  newest: number,
): Promise<number[] | string> {
  try {
    const [leaf] = await ledger.latest(["vault-adopt"], 1);
    const adopted = leaf?.payload["generation"];
    if (typeof adopted !== "number") return "the ledger does not tell of the vault's making";
    return untoldGenerations(events, adopted, newest);
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown.message;
    throw thrown;
  }
}

export interface LogOptions extends CommonOptions {
  readonly name?: string;
  /** RFC 3339, in UTC. */
  readonly since?: string;
}

export async function showLog(environment: Environment, options: LogOptions): Promise<ExitCode> {
  if (options.name !== undefined) entryName(options.name);
  const sinceMs = Date.parse(options.since ?? "0000-01-01T00:00:00Z");
  const site = await vaultSite(environment, options);
  const { terms } = site;
  const directory = `${terms.directory}/log`;
  // Before the logs: the event of a change follows it.
  const newest = await generationsOf(terms).highest();
  const events: AccessEvent[] = [];
  const torn: string[] = [];
  const names = await accessLogNames(directory, terms.files);
  if (names.length === 0) {
    throw new CountersignError("E_NOT_FOUND", `expected an access log in ${directory}, got none`, {
      fix: "The vault was not used yet, or it lies elsewhere: see COUNTERSIGN_STATE.",
    });
  }
  for (const name of names) {
    const log = await readAccessLog(directory, name, terms.files);
    events.push(...log.events);
    if (log.torn) torn.push(name);
  }
  const shown = events
    .filter(
      ({ name, at }) => (options.name === undefined || name === options.name) && Date.parse(at) >= sinceMs,
    )
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.sequence - b.sequence));
  const rows = shown.map(({ at, actor, operation, name, version, purpose, outcome }) => [
    at,
    actor,
    operation,
    name ?? "",
    version === undefined ? "" : String(version),
    purpose,
    outcome,
  ]);
  // A crash cuts a line short, and so does whoever wants it unread: only the check tells which.
  if (torn.length > 0) {
    environment.terminal.err(
      `The last line of ${counted(torn.length, "access log")} is not whole, and not shown (${named(torn)}): countersign vault fsck tells whether an event is lost.\n`,
    );
  }
  const untold = await untoldOf(site, events, newest);
  if (typeof untold === "string")
    environment.terminal.err(`Whether every change is in it is not known: ${printable(untold)}\n`);
  else if (untold.length > 0) {
    environment.terminal.err(
      `No access log tells of ${generationsText(untold)} of the vault: countersign vault fsck tells more.\n`,
    );
  }
  speaker(environment, options)(
    { events: shown, not_whole: torn, untold_generations: typeof untold === "string" ? null : untold },
    table([["at", "who", "operation", "name", "version", "purpose", "outcome"], ...rows]),
  );
  return EXIT.pass;
}
