import type { TString } from "@sinclair/typebox";
import { Type } from "../schema/index.ts";

/** A credential in a source's settings: where it is found at the moment of use, never the credential itself. */
export const Reference = (description: string): TString =>
  Type.String({
    pattern: "^(env|file|vault):.+$",
    description: `${description}; a reference (env:NAME, file:PATH, vault:NAME), never the value`,
  });
