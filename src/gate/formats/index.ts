import type { InputFormat } from "./format.ts";

/** Every kind of input, those first that are told apart by less. A file is of the first that recognises it. */
export const FORMATS: readonly InputFormat[] = [];
