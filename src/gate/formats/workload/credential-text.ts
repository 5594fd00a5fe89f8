/** Parts of a name, in lower case, without numbers: `dbPassword`, `DB_PASSWORD2` and `db-password` are the same. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ""))
    .filter((word) => word !== "");
}

/** Words that name a credential wherever they stand. */
const CREDENTIAL_WORDS = new Set([
  ...["apikey", "authtoken", "credential", "credentials", "passphrase", "passwd", "password", "pgpassword"],
  ...["pwd", "secret", "secretkey", "token", "accesstoken", "privatekey"],
]);

/** Words behind which `key` means a credential. */
const BEFORE_KEY = new Set([
  "access",
  "account",
  "api",
  "auth",
  "encryption",
  "master",
  "private",
  "secret",
  "signing",
]);

/** Last words of names that say where a credential is, or how it is used, and are none. */
const ABOUT_CREDENTIALS = new Set([
  ...["age", "arn", "audience", "class", "count", "dir", "directory", "duration", "enabled", "endpoint"],
  ...[
    "expiration",
    "expires",
    "expiry",
    "field",
    "file",
    "format",
    "header",
    "host",
    "id",
    "interval",
    "issuer",
  ],
  ...[
    "key",
    "label",
    "length",
    "lifetime",
    "limit",
    "max",
    "method",
    "min",
    "mode",
    "name",
    "namespace",
    "path",
  ],
  ...["policy", "port", "prefix", "provider", "ref", "region", "required", "rotation", "seconds", "size"],
  ...["store", "suffix", "timeout", "ttl", "type", "uri", "url", "user", "username", "validity", "version"],
]);

/** Whether whatever is called so is a credential: `DB_PASSWORD`, `apiKey`; not `PASSWORD_FILE`, `TOKEN_TTL`, `AWS_ACCESS_KEY_ID`. */
export function namesCredential(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  const before = words.at(-2) ?? "";
  if (last === "key") return BEFORE_KEY.has(before);
  if (ABOUT_CREDENTIALS.has(last)) return false;
  return (
    words.some((word) => CREDENTIAL_WORDS.has(word)) || (words.includes("key") && BEFORE_KEY.has(before))
  );
}

/** Last words of names whose value is a credential whatever it looks like. */
const SURELY =
  /^(?:apikey|authtoken|accesstoken|passphrase|passwd|password|pgpassword|pwd|secretkey|token|privatekey)$/;

/** Names of keys that are no names of Kubernetes' secrets: `clientSecret`, not `existingSecret`. */
const OWN_SECRET = new Set([
  "app",
  "client",
  "consumer",
  "cookie",
  "hmac",
  "jwt",
  "oauth",
  "session",
  "shared",
  "webhook",
]);

/**
 * Whether a setting of what others made, such as a chart's value, is a credential: `password: hunter2`. What may as well say where one is, such as
 * `existingSecret` or `secretKey`, is one where its value has letters and digits as a machine makes them.
 */
export function isSettingCredential(path: string, value: string): boolean {
  const name = path.split(/[.[\]/]+/).findLast((part) => part !== "") ?? "";
  if (hasPasswordInUrl(value)) return true;
  if (!namesCredential(name)) return false;
  const literal = literalCredential(value);
  if (literal === undefined) return false;
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  if (SURELY.test(last) || (last === "secret" && OWN_SECRET.has(words.at(-2) ?? ""))) return true;
  return /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/=.~-]{16,}$|^[0-9a-f]{32,}$/.test(literal);
}

/** A line that sets something, in YAML, properties or a shell: name, mark, and value with its quotes. */
const SETTING =
  /^[ \t]*(?:- |export |set )?(["']?)([\w.-]{1,128})\1([ \t]*(?::[ \t]+|=[ \t]*))("[^"\n]{1,2048}"|'[^'\n]{1,2048}'|[^\s"'][^\n]{0,2048})/gm;

/** Settings in a text of several lines that are credentials, by their names. */
export function settingCredentials(text: string): CommandCredential[] {
  return [...text.slice(0, MAX_SEARCHED).matchAll(SETTING)].flatMap((match) => {
    const [all, , name = "", mark = "", written = ""] = match;
    const value = written.trim().replace(/^(["'])(.*)\1[,;]?$/, "$2");
    // A language that has blanks there may call something, or name what it holds.
    const isCode =
      /^[ \t]|=[ \t]/.test(mark) && value === written.trim() && !/^(?=.*\d)[\w!@#%^&*+-]+$/.test(value);
    if (/^[|>&*!#]/.test(value) || isCode || !isSettingCredential(name, value)) return [];
    const indent = all.length - all.trimStart().length;
    return [{ name, start: match.index + indent, end: match.index + all.trimEnd().length }];
  });
}

/** Texts that stand for a value which something fills in: Helm, Argo CD's Vault plugin, `vals`, Bank-Vaults, 1Password, and words of people. */
const FILLED_IN = [
  // A line of a longer text that is filled in says nothing of its others.
  /^[^\n]*\{\{[^\n]*\}\}[^\n]*$/,
  /^\$\([A-Za-z_][A-Za-z0-9_.-]*\)$/,
  /^<[^<>]+>$/,
  /^(?:ref\+|vault:|op:\/\/|awssm:|gcpsm:|azkv:|secretref\+|>>vault:|arn:aws[a-z-]*:secretsmanager:)/,
  /^ENC\[AES256_GCM,/,
  /^(?:redacted|replace[-_ ]?me|\*+|x{3,}|\.{3,}|-)$/i,
];

/** Longest text that is looked at for this: patterns take time by its square. */
const MAX_FILLED_IN = 2048;

/** Whether a text stands for a value that is not there. */
export function isFilledIn(text: string): boolean {
  const beginning = text.slice(0, MAX_FILLED_IN).trim();
  return FILLED_IN.some((pattern) => pattern.test(beginning));
}

/** Words that are no credential, whatever holds them. */
const NO_CREDENTIAL = /^(?:|true|false|yes|no|on|off|none|null|nil|undefined|default|disabled|enabled)$/i;

/** Paths, such as of the file that holds the credential. */
const PATH = /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\)\S*$/;

/** `${VAR}`, `${VAR:-default}`, `$VAR`: an own name, and what holds where nothing is set. */
const VARIABLE =
  /^\$(?:\{([A-Za-z_]\w*)(?:(:?[-=])((?:[^{}]|\$\{[^{}]*\})*)|:?[?+][^}]*)?\}|([A-Za-z_]\w*))$/s;

/**
 * The credential that a text holds by itself as the value of what is called as one; undefined where it holds none: it is empty, is filled in from
 * elsewhere, or is the path of a file. The default of a variable is one.
 */
export function literalCredential(text: string): string | undefined {
  const trimmed = text.trim();
  // Nobody writes as much for a reference.
  if (trimmed.length > MAX_FILLED_IN) return trimmed;
  const variable = VARIABLE.exec(trimmed);
  if (variable !== null) return variable[3] === undefined ? undefined : literalCredential(variable[3]);
  if (NO_CREDENTIAL.test(trimmed) || isFilledIn(trimmed) || PATH.test(trimmed)) return undefined;
  return /\$\{|\$\(|\$[A-Za-z_]/.test(trimmed) && !/:\/\//.test(trimmed) && onlyVariables(trimmed)
    ? undefined
    : trimmed;
}

/** Whether nothing is left of a text but separators when its variables are taken out. */
function onlyVariables(text: string): boolean {
  return !/[A-Za-z0-9]/.test(text.replace(/\$\{[^{}]*\}|\$\([^()]*\)|\$[A-Za-z_]\w*/g, ""));
}

/** Longest text in which patterns are looked for: what people write of a command or address is shorter. */
const MAX_SEARCHED = 65_536;

const URL_PASSWORD = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@'"]{0,256}:([^\s/@'"]{1,256})@/gi;

/** Whether a text holds an address with a password in it, such as `postgres://app:hunter2@db`. */
export function hasPasswordInUrl(text: string): boolean {
  if (!text.includes("://")) return false;
  for (const [, password = ""] of text.slice(0, MAX_SEARCHED).matchAll(URL_PASSWORD)) {
    if (literalCredential(password) !== undefined && !/\$/.test(password)) return true;
  }
  return false;
}

/** A credential in a command, by how it is given. */
export interface CommandCredential {
  /** E.g. `--password`, `NPM_TOKEN`; never the credential. */
  readonly name: string;
  /** Within the text. */
  readonly start: number;
  readonly end: number;
}

const OPTION = /(?:^|[\s"'[,])(--?[A-Za-z][\w.-]{0,64})(?:=|[\s"',]+)("[^"]*"|'[^']*'|[^\s"',\]]+)/g;
const ASSIGNMENT = /(?:^|[\s;&|"'(])([A-Za-z_][\w.-]{0,64})=("[^"]*"|'[^']*'|[^\s"';&|)]+)/g;
const AUTHORIZATION = /authorization:\s*(?:bearer|basic|token)\s+([^\s"']+)/gi;

/** Credentials that stand in a command: addresses with a password, assignments and options that are called so, and headers. */
export function commandCredentials(command: string): CommandCredential[] {
  const text = command.slice(0, MAX_SEARCHED);
  const found: CommandCredential[] = [];
  const add = (name: string, { index, 0: all }: RegExpExecArray): void => {
    found.push({ name, start: index, end: index + all.length });
  };
  for (const match of text.matchAll(URL_PASSWORD))
    if (hasPasswordInUrl(match[0])) add("address with a password", match);
  for (const pattern of [OPTION, ASSIGNMENT]) {
    for (const match of text.matchAll(pattern)) {
      const [, name = "", value = ""] = match;
      if (pattern === OPTION && (!name.startsWith("--") || value.startsWith("-"))) continue;
      if (namesCredential(name.replace(/^-+/, "")) && isWritten(value)) add(name, match);
    }
  }
  for (const match of text.matchAll(AUTHORIZATION))
    if (isWritten(match[1] ?? "")) add("authorization header", match);
  return found.filter(
    ({ start, end }, index) => !found.slice(0, index).some((one) => one.start < end && start < one.end),
  );
}

/** A value in a command that the shell does not fill in. */
function isWritten(value: string): boolean {
  const bare = value.replace(/^["']|["']$/g, "");
  return literalCredential(bare) !== undefined && !/[$`]/.test(bare);
}
