import type { CommandMaker } from "./command.ts";

/** Commands by their names, in the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<CommandMaker>>> = {
  init: async () => (await import("./init.ts")).initCommand,
  collect: async () => (await import("./collect.ts")).collectCommand,
  assess: async () => (await import("./assess.ts")).assessCommand,
  report: async () => (await import("./assess.ts")).reportCommand,
  run: async () => (await import("./assess.ts")).runCommand,
  access: async () => (await import("./access.ts")).accessCommand,
  gate: async () => (await import("./gate.ts")).gateCommand,
  people: async () => (await import("./people.ts")).peopleCommand,
  events: async () => (await import("./events.ts")).eventsCommand,
  policy: async () => (await import("./policy.ts")).policyCommand,
  review: async () => (await import("./review.ts")).reviewCommand,
  serve: async () => (await import("./serve.ts")).serveCommand,
  vault: async () => (await import("./vault.ts")).vaultCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  demo: async () => (await import("./demo.ts")).demoCommand,
};

/** The command that is named alone, so that no run pays for the others; all of them where none is: for the help, and for what was perhaps meant. */
export async function commandsFor(name: string | undefined): Promise<readonly CommandMaker[]> {
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return await Promise.all((named === undefined ? Object.values(COMMANDS) : [named]).map((load) => load()));
}
