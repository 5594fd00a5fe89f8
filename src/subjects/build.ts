import type { Instant } from "../base/index.ts";
import type { FactSet } from "../facts/index.ts";
import type { EffectiveAccess } from "./access-view.ts";
import { bounded } from "./bounds.ts";
import type { ClassificationRules } from "./classification.ts";
import { subjectContext } from "./context.ts";
import { DetectionView } from "./detections.ts";
import { dynamicRoleSubjects } from "./dynamic-role.ts";
import { EstateTally, estateSubject } from "./estate.ts";
import { certificateRoleSubjects, certificateSubjects, keySubjects } from "./key.ts";
import { PeopleView } from "./people.ts";
import { principalSubjects } from "./principal.ts";
import { ReviewView } from "./review.ts";
import type { Subject } from "./schema.ts";
import { secretSubjects } from "./secret.ts";
import { sinkSubjects } from "./sink.ts";
import { storeSubjects } from "./store.ts";

/**
 * The only place where facts meet: one bounded document per subject, streamed by kind and then in id order; the
 * estate, which counts them, comes last. Pure: the same snapshot, rules and access give the same documents. `takenAt`
 * is the only clock.
 */
export function* buildSubjects(
  facts: FactSet,
  access: EffectiveAccess,
  rules: ClassificationRules,
  takenAt: Instant,
): Generator<Subject> {
  for (const subject of unbounded(facts, access, rules, takenAt)) yield bounded(subject);
}

function* unbounded(
  facts: FactSet,
  access: EffectiveAccess,
  rules: ClassificationRules,
  takenAt: Instant,
): Generator<Subject> {
  const context = subjectContext(facts, access, rules, takenAt);
  const watched = {
    ...context,
    detections: new DetectionView(context),
    people: new PeopleView(context, access),
    reviews: new ReviewView(context),
  };
  const tally = new EstateTally();
  yield* certificateSubjects(context);
  yield* certificateRoleSubjects(context);
  yield* dynamicRoleSubjects(context);
  yield* keySubjects(context);
  for (const principal of principalSubjects(watched)) {
    tally.principalCount += 1;
    yield principal;
  }
  yield* watched.reviews.subjects();
  for (const secret of secretSubjects(context)) {
    tally.add(secret);
    yield secret;
  }
  yield* sinkSubjects(context);
  yield* storeSubjects(watched);
  yield { ...estateSubject(watched, tally), reviews: watched.reviews.ofEstate() };
}
