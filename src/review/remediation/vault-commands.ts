import type { FactOf } from "../../facts/index.ts";
import { shellWord } from "./proposal.ts";

/** Where something of a store stands: `scope` below the store is a namespace. */
export interface Located {
  readonly scope: string;
  readonly store_id: string;
}

/** A command line of the store's own program. */
export function vault({ scope, store_id }: Located, words: readonly string[]): string {
  const namespace = scope === store_id ? [] : [`-namespace=${scope.slice(store_id.length + 1)}`];
  const [command = "", ...rest] = words;
  const verb = command === "policy" || command === "token" ? [command, rest.shift() ?? ""] : [command];
  return ["vault", ...verb, ...namespace, ...rest]
    .map((word, place) =>
      place <= verb.length || /^-[a-z-]*(?:=[\w.]+)?$/.test(word) ? word : shellWord(word),
    )
    .join(" ");
}

/** Names that go from a list, and the one that stands in their place; none does where nothing is left. */
export interface Swap {
  readonly old: readonly string[];
  readonly by?: string;
}

/**
 * Takes names out of a list of the store, as the list is when it is run: nobody whom the snapshot does not know is put in or out, and
 * run again, or after a later change of the same list, it gives nothing back. What takes another's place does so only where that is
 * still there. A thing that is gone is not made again: an empty answer is no input that `vault write` takes.
 */
export function swapCommand(at: Located, path: string, field: string, swaps: readonly Swap[]): string {
  const list = (names: readonly string[]): string => JSON.stringify([...new Set(names)]);
  const steps = swaps.map(({ old, by }) =>
    by === undefined
      ? `. - ${list(old)}`
      : `if . - ${list(old)} == . then . else . - ${list([...old, by])} + ${list([by])} end`,
  );
  const filter = `{${field}: ((.data.${field} // []) | ${steps.join(" | ")})}`;
  return `${vault(at, ["read", "-format=json", path])} | jq ${shellWord(filter)} | ${vault(at, ["write", path, "-"])}`;
}

/** Writes a policy whole. */
export function policyCommand(at: Located, name: string, text: string): string {
  let end = "POLICY";
  while (text.split("\n").includes(end)) end += "_";
  return `${vault(at, ["policy", "write", name, "-"])} <<'${end}'\n${text.replace(/\n*$/, "\n")}${end}`;
}

/** Does the commands only while an entity is a member of a group. */
export function whileMember(
  group: Located & Pick<FactOf<"group">, "native_id">,
  entityId: string,
  commands: readonly string[],
): string {
  const read = vault(group, ["read", "-format=json", `identity/group/id/${group.native_id}`]);
  const test = `jq -e ${shellWord(`(.data.member_entity_ids // []) | index(${JSON.stringify(entityId)})`)} >/dev/null`;
  return [`if ${read} | ${test}; then`, ...commands, "fi"].join("\n");
}
