import { FACT_KINDS, type Connector, type FactKind } from "../../facts/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import { HIDES } from "./answers.ts";
import { collect } from "./collect.ts";
import { REVISION, normalise } from "./normalise.ts";

/** Nothing is configured here: keys and places of the vault stand under `embedded_vault`. */
export const EmbeddedSettings = closed({ address: Type.Literal("embedded-vault") });

export type EmbeddedSettings = Static<typeof EmbeddedSettings>;

const yielded = new Set<FactKind>([...Object.values(HIDES).flat(), "pasted_credential"]);

/** Countersign's own vault, with the collectors' credentials: judged as every other store is. */
export const embedded: Connector<EmbeddedSettings> = {
  id: "embedded",
  revision: REVISION,
  settings: EmbeddedSettings,
  selection: () => ({}),
  permissions: ["a key of the embedded vault, or none: then what needs no key is read"],
  yields: FACT_KINDS.filter((kind) => yielded.has(kind)),
  collect,
  normalise,
};

export * from "./answers.ts";
