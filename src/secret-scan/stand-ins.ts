import { isStandIn } from "./patterns.ts";

/** Shannon entropy of a text in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}

/**
 * What nobody's credential of a vendor's format holds, though its looks be right: documented examples (AWS ends its own in EXAMPLE or
 * EXAMPLEKEY), masks and runs that people type.
 */
const MADE_UP = /exampl[e0]|placeholder|redacted|changeme|x{6}|0{6}|\*{3}|\.{3}|123456789|abcdefgh|(.)\1{7}/i;

/** Keys that their makers publish for everyone: of Azurite and the Cosmos DB emulator (Microsoft Learn), and jwt.io's token. */
const PUBLISHED = [
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
  "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw",
  "eyJzdWIiOiIxMjM0NTY3ODkwIiw",
];

/** Whether a text that has the format of a vendor's credential is an example or a mask. */
export function isMadeUp(text: string): boolean {
  return MADE_UP.test(text) || PUBLISHED.some((one) => text.includes(one));
}

/** Whether a text of hex or base64 is as random as one that a machine made: words, paths and counted-up digits are not. */
export function isRandom(text: string, bits = 3.3): boolean {
  return !isMadeUp(text) && entropy(text) >= bits;
}

/** What names where a credential is to be had, says how it is to be computed, or is its digest or its ciphertext. */
const REFERENCE = new RegExp(
  [
    String.raw`\$\{|\$\(|\{\{|%\(|%\{|#\{|<%|<[A-Za-z_-]|@@|\(\)|\[[a-z]-[a-z]|\(\?`,
    String.raw`^\$[A-Za-z_]|^%\w{1,64}%$|^\$[a-z0-9-]{1,16}\$|^&|^\*|^\^|^!`,
    String.raw`^(?:arn|vault|bao|env|file|ssm|secret|secretref|keyring|awssm|azkv|gcpsm|k8s|encrypted|enc|sha\d{1,3}|md5|base64|config|process|os|self|this|var|local|module|data|each|secrets|vars)[:.+-]`,
    String.raw`^(?:op|sm|s3|https?|kms|akv|awskms|gcpkms)://|^ref\+|^@Microsoft\.KeyVault|^projects/`,
    String.raw`^ENC[[(]|^\{[\w.()-]{1,64}\}|^AQICAH|^\{?cipher|^(?:pbkdf2|scrypt|argon2|bcrypt)`,
    String.raw`^[.~]{0,2}/[\w.-]|^[A-Za-z]:\\|\.(?:pem|key|json|ya?ml|txt|env|crt|p12|jks)$`,
    String.raw`(?:^|\|)(?:required|nullable|string|min:|max:|confirmed)`,
  ].join("|"),
  "i",
);

/** Words of which people make what stands where a credential will. */
const WORDS = [
  "password|passwort|passwd|passphrase|passcode|pass|pwd|secret|token|key|api|apikey|credential|credentials|auth|bearer|client|access",
  "change|changeme|changeit|replace|replaceme|example|sample|dummy|placeholder|fake|mock|test|tests|testing|tester|todo|tbd|fixme|foo|bar|baz|qux",
  "your|my|our|the|some|any|a|an|this|that|is|in|it|me|not|no|new|old|current|with|for|of|to|here|value|string|text|empty|blank|unset|unused|none|null",
  "insert|enter|put|set|use|add|supersecret|super|very|strong|secure|insecure|default|random|generated|hidden|masked|redacted|removed|omitted",
  "admin|administrator|root|user|username|guest|demo|dev|prod|staging|local|localhost|db|database|postgres|postgresql|mysql|mariadb|redis|mongo|rabbitmq|minio|elastic|grafana|keycloak|app|service|svc|sa",
  "and|or|must|should|be|at|least|characters|chars|long|invalid|valid|wrong|bad|good|correct|incorrect|confirm|forgot|reset|update|hash|hashed|encrypted|x|xx|xxx|abc|abcd|abcdef|qwerty|one|two|three|first|second|other|another|only|reader|writer|sign|signing|jwt|hmac|shared|private|public",
].join("|");

const ALL_WORDS = new RegExp(`^(?:${WORDS})+$`);
const HOLDS_A_WORD =
  /example|placeholder|change[-_ ]?(?:me|it)|replace[-_ ]?(?:me|with)|redacted|dummy|your[-_ ]|[-_ ]here$|not[-_ ]?(?:a[-_ ]?)?(?:real|secret)|\.{3}|x{4}|\*{3}/i;

/** What is written where somebody else puts the value in, and says so. */
const TO_BE_REPLACED =
  /^(?:please[-_ ]?)?(?:change[-_ ]?(?:me|it)|replace[-_ ]?me|to[-_ ]be[-_ ](?:set|replaced|filled)|placeholder|dummy|redacted|todo|tbd|fixme|unset|unused|undefined|empty|n\/a)$/i;

/** Whether all of a text says that the value is put in elsewhere. A password is what it is called, also `changeme`: it is asked of values that are kept alone. */
export function isPlaceholder(text: string): boolean {
  return isStandIn(text) || TO_BE_REPLACED.test(text.trim());
}

/** Whether a text that stands where a credential would is none: a reference, a variable, a mask, a word that says "put it here". */
export function isNoCredential(text: string): boolean {
  if (isStandIn(text) || REFERENCE.test(text) || HOLDS_A_WORD.test(text)) return true;
  if (/^(.)\1*$/.test(text) || /^(?:0?123456\d*|abc123|987654\d*)$/i.test(text)) return true;
  const letters = text.toLowerCase().replace(/[^\p{L}]/gu, "");
  return ALL_WORDS.test(letters) || letters === "" ? letters !== "" || text.length < 8 : false;
}
