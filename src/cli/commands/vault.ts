import { type Command, InvalidArgumentError, Option } from "commander";
import type { BackupOptions, RestoreOptions } from "../vault-backups.ts";
import type { LogOptions, PutCommandOptions, RevealOptions } from "../vault-credentials.ts";
import { firstInstant } from "../../base/index.ts";
import { configOption } from "./collect.ts";
import type { CommonOptions } from "./command.ts";
import { commandGroup, type Adding } from "./group.ts";

const EPILOGUE = `
Credentials are referred to as vault:<name> in countersign.yaml and read at the moment of use. They are given at a prompt,
on standard input or in a file, never as an argument.

Examples:
  $ countersign vault init
  $ countersign vault put vault/payments/secret-id
  $ vault write -f -field=secret_id auth/approle/role/countersign/secret-id | countersign vault put vault/payments/secret-id --stdin
  $ countersign vault backup --to countersign-vault-$(date +%F).age --recipient age1…`;

const LINE_END = `
The end of a last line (LF or CRLF) is taken off a file and standard input, once, where they are UTF-8; other bytes are kept as
they are.`;

const commands = async () => ({
  ...(await import("../vault-backups.ts")),
  ...(await import("../vault-check.ts")),
  ...(await import("../vault-credentials.ts")),
  ...(await import("../vault-slots.ts")),
});

type Add = Adding<Awaited<ReturnType<typeof commands>>>;

/** `example`: a line that can be typed, below the help. */
function on(parent: Command, usage: string, example: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .addHelpText("after", `\nExample:\n  $ ${example}`)
    .addOption(configOption());
}

const addCredentials: Add = (command, environment, run) => {
  on(
    command,
    "init",
    "countersign vault init",
    "Makes the vault with every key under embedded_vault.keys.",
  ).action(async (options: CommonOptions) => run((made) => made.initVault(environment, options)));
  on(
    command,
    "put <name>",
    "countersign vault put vault/payments/secret-id --max-age-days 90",
    "Keeps a credential; a name that is there gets a new version.",
  )
    .addHelpText("after", LINE_END)
    .option("--file <path>", "take it from a file")
    .option("--stdin", "take it from standard input")
    .option("--content-type <type>", "media type")
    .addOption(new Option("--max-age-days <n>", "days after which a new value is due").argParser(wholeNumber))
    .option("--note <text>", "for people, e.g. where it was issued; never a credential")
    .action(async (name: string, options: PutCommandOptions) =>
      run((made) => made.putCredential(environment, name, options)),
    );
  on(
    command,
    "list",
    "countersign vault list --json",
    "What is in the vault: names, versions, ages; no value.",
  ).action(async (options: CommonOptions) => run((made) => made.listCredentials(environment, options)));
  on(
    command,
    "show-metadata <name>",
    "countersign vault show-metadata vault/payments/secret-id",
    "Everything about a credential but its value.",
  ).action(async (name: string, options: CommonOptions) =>
    run((made) => made.showMetadata(environment, name, options)),
  );
  on(
    command,
    "reveal <name>",
    "countersign vault reveal vault/payments/secret-id --version 2",
    "Prints a value: asks, logs, and says so.",
  )
    .addOption(new Option("--version <n>", "this version; default: the newest").argParser(wholeNumber))
    .option("--yes", "do not ask")
    .action(async (name: string, options: RevealOptions) =>
      run((made) => made.revealCredential(environment, name, options)),
    );
  on(
    command,
    "remove <name>",
    "countersign vault remove vault/payments/secret-id",
    "Takes a credential out.",
  ).action(async (name: string, options: CommonOptions) =>
    run((made) => made.removeCredential(environment, name, options)),
  );
};

const addKeys: Add = (command, environment, run) => {
  on(
    command,
    "rotate [name]",
    "countersign vault rotate vault/payments/secret-id",
    "New data encryption keys for a credential, or for all.",
  ).action(async (name: string | undefined, options: CommonOptions) =>
    run((made) => made.rotateKeys(environment, name, options)),
  );
  on(command, "rewrap", "countersign vault rewrap", "A new root key for every slot.").action(
    async (options: CommonOptions) => run((made) => made.rewrapVault(environment, options)),
  );
  const slot = command
    .command("slot")
    .description("The keys that open the vault.")
    .addHelpText("after", "\nExample:\n  $ countersign vault slot list");
  on(slot, "list", "countersign vault slot list", "Every slot.").action(async (options: CommonOptions) =>
    run((made) => made.listSlots(environment, options)),
  );
  on(
    slot,
    "add <key>",
    "countersign vault slot add arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "Lets a configured key open the vault too; <key> is its name, ARN or other identity.",
  ).action(async (key: string, options: CommonOptions) =>
    run((made) => made.addSlot(environment, key, options)),
  );
  on(
    slot,
    "remove <id>",
    "countersign vault slot remove 2",
    "Shuts a key out, and makes a new root key.",
  ).action(async (id: string, options: CommonOptions) =>
    run((made) => made.removeSlot(environment, id, options)),
  );
};

const addUpkeep: Add = (command, environment, run) => {
  on(
    command,
    "backup",
    "countersign vault backup --to countersign-vault-$(date +%F).age --recipient age1…",
    "Writes a backup, encrypted for age recipients.",
  )
    .requiredOption("--to <file>", "where it goes")
    .requiredOption("--recipient <recipient...>", "who can open it: age1…")
    .action(async (options: BackupOptions) => run((made) => made.backUp(environment, options)));
  on(
    command,
    "restore <file>",
    "countersign vault restore countersign-vault-2026-09-30.age --identity backup-key.txt --test",
    "Restores a backup where no vault is, or tests that one restores.",
  )
    .requiredOption("--identity <file>", "file with the age identity")
    .addOption(
      new Option("--fingerprint <hex>", "the vault's fingerprint, from your records").argParser(fingerprint),
    )
    .option("--test", "restore into a scratch directory, open everything, keep nothing")
    .action(async (file: string, options: RestoreOptions) =>
      run((made) => made.restoreVault(environment, file, options)),
    );
  on(
    command,
    "adopt",
    "countersign vault adopt --fingerprint 3f9c0a71e2b84d56a0c1d2e3f4051627",
    "Declares that the vault which lies here counts, after a restore or a move.",
  )
    .requiredOption("--fingerprint <hex>", "its fingerprint, from your records", fingerprint)
    .action(async (options: CommonOptions & { fingerprint: string }) =>
      run((made) => made.adoptVault(environment, options.fingerprint, options)),
    );
  on(
    command,
    "anchor <directory>",
    "countersign vault anchor /mnt/remembered",
    "Makes a place of embedded_vault.anchors begin to remember the vault.",
  ).action(async (directory: string, options: CommonOptions) =>
    run((made) => made.beginAnchor(environment, directory, options)),
  );
  on(
    command,
    "log",
    "countersign vault log --since 2026-09 --name vault/payments/secret-id",
    "Who used which credential, when and what for.",
  )
    .option("--name <name>", "of this credential alone")
    .addOption(
      new Option("--since <instant>", "RFC 3339, or the beginning of one; UTC without an offset").argParser(
        instant,
      ),
    )
    .action(async (options: LogOptions) => run((made) => made.showLog(environment, options)));
  on(command, "fsck", "countersign vault fsck", "Is it intact: looks at everything, writes nothing.").action(
    async (options: CommonOptions) => run((made) => made.checkVault(environment, options)),
  );
  on(command, "doctor", "countersign vault doctor", "What is weak or overdue about the vault.").action(
    async (options: CommonOptions) => run((made) => made.examineVault(environment, options)),
  );
};

/** What is no fingerprint is a slip of the person, not another vault's. */
function fingerprint(text: string): string {
  const digits = text.trim().toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits)) return digits;
  throw new InvalidArgumentError("expected 32 hexadecimal digits");
}

function instant(text: string): string {
  const found = firstInstant(text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError("expected an instant by RFC 3339, or the beginning of one, e.g. 2026-09-30");
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number from 1");
}

/** `vault …`: the embedded vault of the collectors' own credentials. */
export const vaultCommand = commandGroup({
  name: "vault",
  description: "Keeps the collectors' own credentials under envelope encryption.",
  epilogue: EPILOGUE,
  load: commands,
  adding: [addCredentials, addKeys, addUpkeep],
});
