/** What a credential looks like in a text: `pattern` holds a group `found`, which alone is taken out. */
export interface SecretPattern {
  readonly rule: string;
  readonly pattern: RegExp;
  /** Whether what was found is one, where its looks do not tell. */
  readonly holds?: (found: string) => boolean;
}

/** A line break as it is or escaped, and what a comment puts before the next line. */
const BREAK = String.raw`[ \t]{0,16}(?:\r?\n|\\{1,4}[rn]){1,4}[ \t]{0,16}(?:(?:#|//|\*|\||>)[ \t]{0,16})?`;
const PEM_HEADER = String.raw`(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID): (?:(?!-----)[^\r\n\\"'{}]){0,200}(?=[\r\n\\])`;

/**
 * With its end, a key is what lies between if that is nothing but key material. Without one it is the headers and the
 * long runs of base64 that follow: whatever else stands behind may be what somebody is judged by.
 */
const PRIVATE_KEY = [
  String.raw`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:`,
  String.raw`(?:${PEM_HEADER}|[A-Za-z0-9+/=\s\\#*|>]){0,65536}-----END[A-Z0-9 ]{0,50}-----|`,
  String.raw`(?:${BREAK}${PEM_HEADER}){0,8}(?:(?:${BREAK}|[ \t]{1,16})?[A-Za-z0-9+/]{16,4096}={0,2}){0,1024}`,
  String.raw`(?:${BREAK}[A-Za-z0-9+/]{1,15}={1,2})?)`,
].join("");

/** What stands where a credential would, and is none: a template, a variable, a mask, a reference. */
const STAND_IN = [
  String.raw`\{\{[^}\n]{0,64}\}\}`,
  String.raw`\$\{[^}\n]{0,64}\}`,
  String.raw`\$[A-Z_][A-Z0-9_]{0,40}`,
  String.raw`%[sv]`,
  String.raw`%[A-Z_]{2,40}%`,
  String.raw`\*{1,64}`,
  String.raw`x{3,64}`,
  String.raw`<[^>\n]{0,64}>`,
  String.raw`\[redacted[^\]\n]{0,40}\]`,
  String.raw`:\w{1,40}`,
  String.raw`\?`,
  String.raw`true|false|none|null|nil|yes|no`,
  String.raw`(?:env|file|vault):[^\s"'@]{1,128}`,
].join("|");

const STAND_IN_ALONE = new RegExp(`^(?:${STAND_IN})?$`, "i");

/** Whether nothing, or what stands in for a credential, is all of this text. */
export function isStandIn(text: string): boolean {
  return STAND_IN_ALONE.test(text.trim());
}

/** Names that a credential is assigned to, at their end: `spring.datasource.password`, `_authToken`, `PGPASSWORD`. */
const NAME = [
  "password|passwd|passphrase|pwd|(?<![a-z])pass|(?<![a-z])pw",
  "client[_-]?secret|(?<![a-z])secret[_-]?id",
  "(?:secret|secret[_-]?access|api|private|unseal)[_-]?key",
  "(?:client|access|refresh|auth|root|api|session|bearer)[_-]?token",
].join("|");

const QUOTE = String.raw`\\{0,2}["']?`;
const END = String.raw`(?=[\s"'\\&;,)\]}]|$)`;

/** An ARN, or a pattern of some, names something: conditions on `secretsmanager:SecretId` are policy, not credentials. */
const ARN = /^arn:[\w*-]{1,32}:[a-z0-9*-]{1,64}:[\w*-]{0,32}:[\d*]{0,12}:/;

/** `name = value`, `"name": "value"`, `name=value&`. After a colon, bare words may be prose: there a digit must be among them. */
const ASSIGNED = [
  String.raw`(?:${NAME})${QUOTE}[ \t]{0,4}(?:`,
  String.raw`(?::=|=>|=|:)[ \t]{0,4}\\{0,2}"(?!(?:${STAND_IN})\\{0,2}")(?<quoted>[^"\\\n]{3,256})|`,
  String.raw`(?::=|=>|=|:)[ \t]{0,4}'(?!(?:${STAND_IN})')(?<single>[^'\\\n]{3,256})|`,
  String.raw`(?::=|=>|=|:(?=[ \t]{0,4}[^\s"'\\]{0,64}\d))[ \t]{0,4}(?!(?:${STAND_IN})${END}|[.~]{0,2}/[\w.-]{1,64}[/.])`,
  String.raw`(?<bare>[^\s"'\\&;,()[\]{}<>=:][^\s"'\\&;,)\]}<>]{2,256}))`,
].join("");

/**
 * "The password is …": quoted, or one word that is hardly prose, with a digit or a mark within. What a password is made
 * or kept with has digits too ("is base64-encoded", "is 24 characters long").
 */
const STATED = [
  String.raw`(?<![a-z])(?:password|passwd|passphrase|passcode|pwd)(?:[ \t]{1,4}(?:for|of|to)[ \t]{1,4}[\w.@/-]{1,64})?`,
  String.raw`[ \t]{1,4}(?:is|was)(?:[ \t]{1,4}(?:now|still))?[ \t]{0,2}:?[ \t]{1,4}(?:`,
  String.raw`\\{0,2}"(?!(?:${STAND_IN})\\{0,2}")(?<quoted>[^"\\\n]{3,256})\\{0,2}"|`,
  String.raw`'(?!(?:${STAND_IN})')(?<single>[^'\\\n]{3,256})'|`,
  String.raw`(?!(?:${STAND_IN})${END}|(?:sha|md|base|argon|bcrypt|scrypt|pbkdf|aes|rsa|utf|v)[-_]?\d|\d{1,4}(?:[^\w]|[-_]?[a-z]{3,12}(?![\w!@#$%^&*])))`,
  String.raw`(?=[^\s"'\\]{0,63}(?:\d|[!@#$%^&*][\w!@#$%^&*]))(?<bare>[^\s"'\\;,(){}[\]<>]{5,255}[^\s"'\\;,(){}[\]<>.:?!]!?))`,
].join("");

/** Most characters between an access key id and the secret that is taken to be its own. */
const NEAR = 200;

/** The rule of the ids of AWS access keys, which some answers tell as ids. */
export const ACCESS_KEY_ID_RULE = "aws-access-key-id";

const ACCESS_KEY_ID = String.raw`A[KS]IA[A-Z0-9]{16}`;

/** Where a run of base64 begins: behind a percent escape (RFC 3986), never within one. */
const BASE64_BEGINS = String.raw`(?:(?<![A-Za-z0-9/+]|%(?=[0-9A-Fa-f]{2}))|(?<=%[0-9A-Fa-f]{2}))`;

/**
 * 40 characters of base64 with small and capital letters and a digit: no digest in hex, no identifier. What must stand near is looked for behind it, when little is left that could be one.
 */
const awsSecret = (any: string): string =>
  [
    String.raw`${BASE64_BEGINS}(?=[a-z0-9/+]{0,39}[A-Z])(?=[A-Z0-9/+]{0,39}[a-z])(?=[A-Za-z/+]{0,39}[0-9])`,
    String.raw`(?<found>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])(?:`,
    String.raw`(?<=[Ss](?:ecret|ECRET)[^\n]{0,40}[A-Za-z0-9/+]{40})|`,
    String.raw`(?<=${ACCESS_KEY_ID}[^A-Za-z0-9]${any}{0,${NEAR}}[A-Za-z0-9/+]{40})|`,
    String.raw`(?=${any}{1,${NEAR}}${ACCESS_KEY_ID}(?![A-Za-z0-9])))`,
  ].join("");

/** Most words, and fewest small letters, of an identifier of 40 characters: of keys not one in 100,000 is like that. */
const MAX_WORDS = 8;
const MIN_SMALL_LETTERS = 26;

/** Whether 40 characters read as words, as `AllowPaymentsApi2ReadSecretsOfProduction` does, not as a key. */
function isIdentifier(text: string): boolean {
  const words = text.match(/[A-Z]*[a-z]+|[A-Z]+|\d+|\+/g) ?? [];
  return words.length <= MAX_WORDS && text.replace(/[^a-z]/g, "").length >= MIN_SMALL_LETTERS;
}

/** The secret of an AWS access key; `any` is what may stand between it and its id. */
function awsSecretPattern(any: string): SecretPattern {
  return {
    rule: "aws-secret-access-key",
    pattern: new RegExp(awsSecret(any), "dg"),
    holds: (found) => !isIdentifier(found),
  };
}

/** The same among several files that are joined with NUL between them. */
export const AWS_SECRET_IN_FILES = awsSecretPattern(String.raw`[^\0]`);

/**
 * What shows by what stands near it alone, be it the name of the value or the value beside it: searched for in all of an
 * answer's strings, joined as `name: value` lines.
 */
export const NEARBY_PATTERNS: readonly SecretPattern[] = [awsSecretPattern("[^]")];

/**
 * What secretlint does not know, knows too narrowly (its Vault rule skips root tokens) or takes out wrongly (see
 * `preset.ts`). Every repetition is bounded and none but a terminated key's runs over a line's end, so that no
 * answer makes these slow and no hit takes away what stands beside it.
 */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  { rule: ACCESS_KEY_ID_RULE, pattern: /(?<![A-Za-z0-9])(?<found>A[KS]IA[A-Z0-9]{16})(?![A-Za-z0-9])/dg },
  { rule: "google-api-key", pattern: /(?<![\w-])(?<found>AIza[\w-]{35})(?![\w-])/dg },
  { rule: "vault-token", pattern: /(?<![A-Za-z])(?<found>hv[sbr]\.[A-Za-z0-9_-]{20,400})/dg },
  {
    rule: "legacy-vault-token",
    pattern:
      /(?<![\w.-])(?<found>[sbr]\.(?=[A-Za-z]*\d)(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{24})(?![A-Za-z0-9])/dg,
  },
  { rule: "jwt", pattern: /(?<![\w-])(?<found>eyJ[\w-]{10,4096}\.eyJ[\w-]{10,8192}\.[\w-]{10,2048})/dg },
  { rule: "private-key", pattern: new RegExp(`(?<found>${PRIVATE_KEY})`, "dg") },
  {
    rule: "url-credential",
    // A host with its port is no user with a password, though an `@` may follow in the path.
    pattern: new RegExp(
      String.raw`:\/\/(?<found>[^\s:/@"'\\<>[\]]{0,128}:(?!\d{1,5}[/?#]|(?:${STAND_IN})@)[^\s"'\\<>]{1,256}(?=@))`,
      "dgi",
    ),
  },
  {
    rule: "dsn-credential",
    pattern: new RegExp(
      String.raw`(?<![\w.-])(?<found>[\w.-]{1,64}:(?!(?:${STAND_IN})@)[^\s:@"'\\]{1,128})@(?:tcp|unix)\(|` +
        String.raw`:thin:(?<oracle>[^\s/@"'\\]{1,64}\/(?!(?:${STAND_IN})@)[^\s/@"'\\]{1,128})@`,
      "dgi",
    ),
  },
  {
    rule: "bearer-token",
    pattern: /(?<![a-z])bearer[ \t]{1,4}(?=[^\s"']{0,64}\d)(?<found>[\w.~+/-]{16,4096}={0,2})/dgi,
  },
  {
    rule: "basic-credential",
    pattern: /(?<![a-z])basic[ \t]{1,4}(?<found>[A-Za-z0-9+/]{6,1024}={0,2})(?![\w+/=.-])/dgi,
    holds: (found) =>
      /^[^:\p{Cc}\ufffd]{0,256}:[^\p{Cc}\ufffd]+$/u.test(Buffer.from(found, "base64").toString("utf8")),
  },
  { rule: "assigned-credential", pattern: new RegExp(ASSIGNED, "dgi"), holds: (found) => !ARN.test(found) },
  { rule: "stated-credential", pattern: new RegExp(STATED, "dgi") },
  {
    rule: "assigned-credential",
    // What stands behind `:secret:` in an ARN is the secret's name.
    pattern:
      /(?<![\w-])(?:token|secret)(?<!arn:[\w*-]{1,32}:secretsmanager:[\w*-]{0,32}:[\d*]{0,12}:secret)\\{0,2}["']?[ \t]{0,2}[=:][ \t]{0,2}\\{0,2}["']?(?=[^\s"']{0,64}\d)(?<found>[\w.~+-]{16,512}={0,2})(?![\w./~+-])/dgi,
  },
  {
    rule: "assigned-credential",
    pattern: new RegExp(
      String.raw`(?:identified[ \t]{1,4}by|password)[ \t]{1,4}'(?!(?:${STAND_IN})')(?<found>[^'\n]{1,256})`,
      "dgi",
    ),
  },
];

/** Those that find something in the text: most answers hold nothing, and one long text is searched faster than many short. */
export function patternsIn(text: string): SecretPattern[] {
  return SECRET_PATTERNS.filter(({ pattern }) => text.search(pattern) >= 0);
}

/** Where in the text something stands that looks like a credential, with the rule that says so. */
export function* hitsOf(
  patterns: readonly SecretPattern[],
  text: string,
): Generator<{ rule: string; start: number; end: number }> {
  for (const { rule, pattern, holds } of patterns) {
    for (const match of text.matchAll(pattern)) {
      for (const [group, place] of Object.entries(match.indices?.groups ?? {})) {
        // The type of `groups` forgets that a group of another alternative is not there.
        const span = place as [number, number] | undefined;
        if (span === undefined || holds?.(match.groups?.[group] ?? "") === false) continue;
        yield { rule, start: span[0], end: span[1] };
      }
    }
  }
}
