import type { Certainty } from "../grant.ts";
import type { ClassGrant } from "./class-grant.ts";
import type { Session } from "./session.ts";

export function certaintyOf(session: Session, grant: ClassGrant): Certainty {
  if (session.unknown.length + session.doubts.length + grant.doubts.length > 0) return "possible";
  return session.conditions.length + grant.conditions.length > 0 ? "conditional" : "certain";
}

/** Whether a grant surely administers all that tokens of a namespace reach. */
export function owns(
  { namespace }: Pick<Session, "namespace">,
  { classes, conditions, doubts }: ClassGrant,
): boolean {
  const surely = conditions.length + doubts.length === 0;
  return surely && "everything" in classes && namespace.startsWith(classes.everything);
}
