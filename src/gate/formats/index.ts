import type { InputFormat } from "./format.ts";
import { COMPOSE } from "./container/compose.ts";
import { DOCKERFILE } from "./container/dockerfile.ts";

/** Every kind of input, those first that are told apart by less. A file is of the first that recognises it. */
export const FORMATS: readonly InputFormat[] = [DOCKERFILE, COMPOSE];
