import { CountersignError } from "../../base/index.ts";
import { Unusable, requestFields, type RequestFields } from "./normalise.ts";
import { readRequest } from "./read-json.ts";

/** One request that a system sends by itself, read by the rules of a register's file. E_INPUT, which never quotes what was sent. */
export function statedRequest(entry: unknown): RequestFields {
  const row = readRequest(entry);
  if (row === undefined || row.fault !== undefined)
    throw faulty(row?.fault ?? "expected an object, got nothing");
  try {
    return requestFields(row.values);
  } catch (thrown) {
    if (thrown instanceof Unusable) throw faulty(thrown.message);
    throw thrown;
  }
}

function faulty(message: string): CountersignError {
  return new CountersignError("E_INPUT", message, { fix: "docs/people.md tells what a request holds." });
}
