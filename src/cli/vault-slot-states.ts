import { ERRORS, EXIT, counted, printable, type ExitCode } from "../base/index.ts";
import { KEK_CODES, KekFailure, type Holder, type Opened, type Survey, type Trial } from "../vault/index.ts";
import type { Advice } from "./vault-upkeep.ts";

type SlotSummary = Survey["slots"][number];

/**
 * What is known of a slot here. `opens`: its configured key opened it. `shut`: the key does not open it, or is none. `unread`:
 * the key could not be asked. `unasked`: a person would have to type it, or it was left out. `unconfigured`: no key here.
 */
export interface SlotState {
  readonly slot: SlotSummary;
  readonly state: "opens" | "shut" | "unasked" | "unconfigured" | "unread";
  /** Why it is `shut` or `unread`. */
  readonly failure?: Exclude<Trial, "opens">;
}

/** The state of each slot, in the order of the vault. */
export async function slotStates(
  { slots, trials }: Pick<Survey, "slots" | "trials">,
  holders: readonly Holder[],
): Promise<SlotState[]> {
  const configured = new Map<string, Holder["provider"]>();
  for (const { provider } of holders)
    configured.set(`${provider.type} ${await provider.identity()}`, provider);
  return slots.map((slot) => {
    const provider = configured.get(`${slot.type} ${slot.identity}`);
    const trial = trials.get(slot.id);
    if (provider === undefined) return { slot, state: "unconfigured" };
    if (trial === "opens") return { slot, state: "opens" };
    // Without a terminal nobody could type it.
    const unasked = provider.capabilities.humanPresence && !(trial instanceof KekFailure);
    if (trial === undefined || unasked) return { slot, state: "unasked" };
    return { slot, state: isShut(trial) ? "shut" : "unread", failure: trial };
  });
}

/** Whether the key was there and is the wrong one, or no key at all; what could not be read or asked may be right. */
function isShut(failure: Exclude<Trial, "opens">): boolean {
  return failure instanceof KekFailure
    ? failure.reason === "wrong_key" || failure.reason === "corrupt"
    : failure.code === "E_INPUT";
}

/** What a person should know of each slot, and whether the vault opens by a recovery key alone. */
export function trialAdvice(states: readonly SlotState[]): Advice[] {
  return [...states.map(adviceOf), ...dailyUse(states)];
}

function adviceOf({ slot, state, failure }: SlotState): Advice {
  const { id, type, identity, purpose } = slot;
  const name = `${purpose} slot ${type} ${identity}`;
  const again = `If the key is lost: add one under another name, \`countersign vault slot add <name>\`, then \`countersign vault slot remove ${id}\`.`;
  switch (state) {
    case "opens":
      return { name, status: "ok", detail: "its key opens it" };
    case "unconfigured":
      return {
        name,
        status: "warning",
        detail: "no key for it is configured here: whether one opens it is not known",
        fix: `Configure it under embedded_vault.keys, to have it tried. ${again}`,
      };
    case "unasked":
      return {
        name,
        status: "warning",
        detail: "not tried, since its passphrase is asked for at a terminal: whether it opens is not known",
        fix: "Try it now and then: `countersign vault list` where it alone is under embedded_vault.keys.",
      };
    case "shut":
    case "unread": {
      const said = state === "shut" ? "its key does not open it" : "its key could not be tried";
      const absent = purpose === "recovery" && exitOf(failure) === EXIT.usage && state === "unread";
      return {
        name,
        // A recovery key is kept elsewhere, and brought for the day when it is needed.
        status: absent ? "warning" : "failed",
        detail: `${said}: ${failure?.message ?? ""}`,
        fix: [failure?.fix, again].filter((one) => one !== undefined).join(" "),
        ...(absent ? {} : { exit: exitOf(failure) }),
      };
    }
  }
}

function exitOf(failure: SlotState["failure"]): ExitCode {
  if (failure === undefined) return EXIT.pass;
  return failure instanceof KekFailure ? ERRORS[KEK_CODES[failure.reason]].exit : failure.exit;
}

function dailyUse(states: readonly SlotState[]): Advice[] {
  const opening = states.filter(({ state }) => state === "opens");
  if (opening.some(({ slot }) => slot.purpose === "daily")) return [];
  return [
    {
      name: "daily use",
      status: "warning",
      detail: `no daily key was seen to open the vault, only ${counted(opening.length, "recovery key")}`,
      fix: "Bring the daily key back, or add one under another name, then `countersign vault slot add <name>`.",
    },
  ];
}

/** Says once, in one line, that a recovery key opened the vault, and what became of the daily ones. */
export function warnOfRecovery(say: (text: string) => void): (how: Opened) => void {
  let said = false;
  return ({ slot, slots, missed }) => {
    if (slot.purpose !== "recovery" || said) return;
    said = true;
    const daily = slots
      .filter(({ purpose }) => purpose === "daily")
      .map(({ id, type, identity }) => {
        const failure = missed.get(id);
        if (failure === undefined) return `no key was tried at the daily slot ${type} ${identity}`;
        return `the daily key ${identity} ${isShut(failure) ? "does not open its slot" : "could not be read"}`;
      });
    say(`opened by the recovery key ${printable(slot.identity)}: ${printable(daily.join("; "))}\n`);
  };
}
