import { CountersignError, EXIT, printable, type ExitCode } from "../base/index.ts";
import { Vault, survey, type Holder, type VaultSummary } from "../vault/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { readBundle } from "./bundle.ts";
import { requireLocalState, vaultSite, withVault, type VaultSite } from "./embedded-vault.ts";
import { configIfThere, type ConfigOptions, type Environment } from "./environment.ts";
import { exitSummary, table } from "./output.ts";
import { adviceText, now, publicSummary, slotTable, speaker, summaryOf } from "./vault-output.ts";
import { slotStates, trialAdvice } from "./vault-slot-states.ts";
import { slotAdvice, upkeepAdvice, upkeepLimits, type Advice } from "./vault-upkeep.ts";

export async function initVault(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const site = await vaultSite(environment, options, { confirm: true });
  await requireLocalState(site);
  const vault = await Vault.create(site.terms, site.holders);
  const summary = vault.summary();
  await vault.close();
  speaker(environment, options)(
    publicSummary(summary),
    [
      `Made a vault in ${printable(site.terms.directory)}\n\n`,
      table([
        ["id", summary.vault_id],
        ["fingerprint", summary.fingerprint],
        ...summary.slots.map(({ type, identity, purpose }) => [`slot (${purpose})`, `${type} ${identity}`]),
      ]),
      "\nKeep id and fingerprint where an attacker of this machine cannot change them, e.g. in countersign.yaml under version\ncontrol (embedded_vault.id, embedded_vault.fingerprint): they tell your vault from any other.\n",
      adviceText(slotAdvice(summary, site).filter(({ name }) => name !== "pin")),
      "\nNext: countersign vault put <name>\n",
    ].join(""),
  );
  return EXIT.pass;
}

export async function rewrapVault(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const site = await vaultSite(environment, options);
  const summary = await withVault(site, async (vault) => {
    await vault.rotateRoot(await holdersWithSlots(vault.summary(), site.holders));
    return vault.summary();
  });
  speaker(environment, options)(
    publicSummary(summary),
    `Epoch ${summary.epoch}. Every key was wrapped anew and has opened every credential.\n${newPin(site, summary)}`,
  );
  return EXIT.pass;
}

/** The old fingerprint still opens, for who had an old key too: it must not stay the one that is trusted. */
function newPin({ terms: { pin } }: VaultSite, { fingerprint }: VaultSummary): string {
  return pin === undefined
    ? `The fingerprint is now ${fingerprint}.\n`
    : `The fingerprint is now ${fingerprint}: set embedded_vault.fingerprint to it, everywhere.\n`;
}

async function holdersWithSlots(
  { slots }: VaultSummary,
  holders: readonly Holder[],
  without?: string,
): Promise<Holder[]> {
  const kept: Holder[] = [];
  for (const slot of slots.filter(({ id }) => id !== without)) {
    const holder = await holderOf(slot, holders);
    if (holder === undefined) {
      throw new CountersignError(
        "E_INPUT",
        `expected the key of every slot that stays, got none for ${slot.type} ${slot.identity}`,
        {
          fix: "Configure it under embedded_vault.keys, or remove its slot first.",
        },
      );
    }
    kept.push({ ...holder, purpose: slot.purpose });
  }
  return kept;
}

async function holderOf(
  { type, identity }: { type: string; identity: string },
  holders: readonly Holder[],
): Promise<Holder | undefined> {
  for (const holder of holders) {
    if (holder.provider.type === type && (await holder.provider.identity()) === identity) return holder;
  }
  return undefined;
}

export async function addSlot(
  environment: Environment,
  identity: string,
  options: CommonOptions,
): Promise<ExitCode> {
  const site = await vaultSite(environment, options, { confirm: true });
  const summary = await withVault(site, async (vault) => {
    const { slots } = vault.summary();
    const wanted: Holder[] = [];
    for (const holder of site.holders) {
      const name = await holder.provider.identity();
      const taken = slots.some((slot) => slot.type === holder.provider.type && slot.identity === name);
      if (name === identity && !taken) wanted.push(holder);
    }
    const [holder] = wanted;
    if (holder === undefined || wanted.length > 1) {
      throw notAddable(identity, slots, wanted.length);
    }
    await vault.addSlot(holder);
    return vault.summary();
  });
  speaker(environment, options)(
    publicSummary(summary),
    `Added. The new key has opened every credential from disk.\n${slotTable(summary)}`,
  );
  return EXIT.pass;
}

/** A name is taken while a slot has it, whether or not the configured key is the one that the slot was made with. E_INPUT. */
function notAddable(name: string, slots: VaultSummary["slots"], found: number): CountersignError {
  const taken = found === 0 ? slots.find(({ identity }) => identity === name) : undefined;
  if (taken === undefined) {
    const got = found > 1 ? `${found} of them` : "none";
    return new CountersignError(
      "E_INPUT",
      `expected one configured key called ${name} without a slot, got ${got}`,
      { fix: "Add the key under embedded_vault.keys in countersign.yaml." },
    );
  }
  const { id, type, purpose, created_at } = taken;
  return new CountersignError(
    "E_INPUT",
    `expected a key whose name no slot has, got ${name}, the name of the ${purpose} slot ${id} (${type}, since ${created_at})`,
    {
      fix: `Give the key under embedded_vault.keys another name, \`countersign vault slot add <name>\`, then \`countersign vault slot remove ${id}\`.`,
    },
  );
}

export async function removeSlot(
  environment: Environment,
  id: string,
  options: CommonOptions,
): Promise<ExitCode> {
  const site = await vaultSite(environment, options);
  const { summary, names } = await withVault(site, async (vault) => {
    const before = vault.summary();
    await vault.removeSlot(id, await holdersWithSlots(before, site.holders, id));
    return { summary: vault.summary(), names: before.entries.map(({ name }) => name) };
  });
  speaker(environment, options)(
    { ...publicSummary(summary), reissue_if_compromised: names },
    `Removed; the root key is new (epoch ${summary.epoch}).\n${slotTable(summary)}
Who has the removed key and an old copy of the vault still opens what was in it then. If the key was compromised, issue
these anew at their sources: ${names.join(", ") || "none"}\n${newPin(site, summary)}`,
  );
  return EXIT.pass;
}

export async function listSlots(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const summary = await summaryOf(await vaultSite(environment, options));
  speaker(environment, options)({ slots: summary.slots }, slotTable(summary));
  return EXIT.pass;
}

export async function examineVault(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const advice = await vaultAdvice(environment, options);
  const summary = exitSummary(advice.flatMap(({ exit }) => exit ?? []));
  speaker(environment, options)({ advice, ...summary }, adviceText(advice));
  return summary.exit;
}

/**
 * What is weak or overdue about the vault, and whether each configured key that can be asked without a person opens its slot;
 * what is fine is said as well.
 */
export async function vaultAdvice(environment: Environment, options: ConfigOptions): Promise<Advice[]> {
  const site = await vaultSite(environment, options);
  const unattended = site.holders
    .map(({ provider }) => provider)
    .filter((one) => !one.capabilities.humanPresence);
  // What `opened` would say in a line, the advice says whole.
  const summary = await survey({ ...site.terms, opened: undefined }, unattended);
  const states = await slotStates(summary, site.holders);
  const shut = states.filter(({ state }) => state === "shut").map(({ slot }) => slot.id);
  const config = await configIfThere(environment, options);
  const limits = upkeepLimits((await readBundle()).catalogue, config?.value.parameters);
  return [
    ...trialAdvice(states),
    ...slotAdvice(summary, site, shut),
    ...upkeepAdvice(summary, now(environment), limits),
  ];
}
