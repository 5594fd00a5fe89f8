import type { Certainty } from "../grant.ts";
import type { ClassGrant } from "./evaluate.ts";
import type { Session } from "./session.ts";

export function certaintyOf(session: Session, grant: ClassGrant): Certainty {
  if (session.unknown.length + session.doubts.length + grant.doubts.length > 0) return "possible";
  return session.conditions.length + grant.conditions.length > 0 ? "conditional" : "certain";
}
