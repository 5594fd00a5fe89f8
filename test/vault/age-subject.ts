import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { ageProvider } from "../../src/vault/index.ts";
import type { KekSubject } from "./kek-subject.ts";
import { secretsOf } from "./secrets.ts";

export const mine = await generateX25519Identity();
export const theirs = await generateX25519Identity();
export const recipient = await identityToRecipient(mine);
export const IDENTITY = "file:age.key";

/** An identity file as age-keygen writes it. */
export const identityFile = (identity: string): string =>
  `# created: 2026-09-30T06:00:00Z\n# public key: …\n${identity}\n`;

/** The provider of `recipient`, whose identity file has this content; without one, there is no file. */
export const ageWith = (content: string | undefined) => () =>
  ageProvider(
    { type: "age", recipient, identity: IDENTITY },
    secretsOf(content === undefined ? {} : { [IDENTITY]: content }),
  );

export const ageSubject: KekSubject = {
  type: "age",
  identity: recipient,
  provider: ageWith(identityFile(mine)),
  other: ageWith(identityFile(theirs)),
  unreachable: { "the identity file is gone": ageWith(undefined) },
  hidden: [mine, theirs],
  flipEvery: 11,
  wrapsWithoutSecret: true,
};
