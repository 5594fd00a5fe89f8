export { MAX_WORLDS, simulate, simulateText } from "./simulate.ts";
export type { SimulatePorts, WorldAnswer } from "./simulate.ts";
export type { PolicyParser } from "./hashicorp/world.ts";
export { GRANT_DERIVED_FROM, computeGrants } from "./compute-grants.ts";
export type { GrantOptions } from "./compute-grants.ts";
export * from "./grant.ts";
