import type { Tier } from "../policy/index.ts";

/** Words by which a name says that what it names is a secret; letters and digits alone, as they stand side by side. */
const WORDS: readonly string[] = [
  "accesskey",
  "apikey",
  "authtoken",
  "clientsecret",
  "connectionstring",
  "credential",
  "credentials",
  "passphrase",
  "passwd",
  "password",
  "privatekey",
  "pwd",
  "secret",
  "secretkey",
  "secrets",
  "signingkey",
  "token",
];

/** Words behind which a name speaks about a secret and does not name it, e.g. `token-ttl`, `secret-arn`. */
const ABOUT: ReadonlySet<string> = new Set([
  "age",
  "algorithm",
  "arn",
  "enabled",
  "endpoint",
  "expiry",
  "host",
  "id",
  "issuer",
  "length",
  "lifetime",
  "name",
  "path",
  "policy",
  "region",
  "rotation",
  "ttl",
  "url",
  "version",
]);

/** Labels that state a class, and words in them that mean a secret. */
const CLASS_LABELS: ReadonlySet<string> = new Set(["class", "classification", "data_class", "sensitivity"]);
const CLASS_WORDS = /\b(?:confidential|credential|restricted|secret|sensitive)s?\b/i;

/** Tiers that nobody gives to mere configuration. */
const RISKY: readonly (Tier | undefined)[] = ["critical", "high"];

/**
 * What of a name, labels and tier says that a value is a secret, e.g. `name: db_password`; nothing is said of what shows none
 * of these signs.
 */
export function secretMarks(
  name: string,
  labels: Readonly<Record<string, string>>,
  tier: Tier | undefined,
): string[] {
  const last =
    name
      .split("/")
      .filter((part) => part !== "")
      .at(-1) ?? "";
  const byLabel = Object.entries(labels)
    .filter(([label, value]) => CLASS_LABELS.has(normal(label)) && CLASS_WORDS.test(value))
    .map(([label, value]) => `label: ${label}=${value}`);
  return [
    ...byLabel.sort(),
    ...(namesSecret(last) ? [`name: ${last}`] : []),
    ...(RISKY.includes(tier) ? [`tier: ${tier}`] : []),
  ];
}

function normal(label: string): string {
  return label.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}

/** Whether one or two neighbouring words of a name are such a word, and what follows is not about it. */
function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  return words.some((word, at) => {
    const next = words[at + 1];
    if (next !== undefined && WORDS.includes(`${word}${next}`)) return !isAbout(words[at + 2]);
    return WORDS.includes(word) && !isAbout(next);
  });
}

function isAbout(word: string | undefined): boolean {
  return word !== undefined && ABOUT.has(word);
}
