import { entropy, isNoCredential } from "./stand-ins.ts";

/** Whatever is assigned to a name like this is a credential, unless it stands in for one. */
const PASSWORD_NAMES = [
  "password|passwd|passphrase|passcode|pwd|(?<![a-z])pass(?![a-z])",
  "client[_-]?secret|(?<![a-z])secret[_-]?id|app[_-]?secret",
].join("|");

/** What is assigned to these may be a name or an id as well: only what a machine made at random is taken for a credential. */
const KEY_NAMES = [
  "(?:secret|secret[_-]?access|api|private|unseal|account|access|signing|encryption|master|shared|app|application|webhook|service|auth|admin|root)[_-]?key",
  "(?:jwt|signing|session|cookie|webhook|hmac|shared|master|oauth|consumer|api|app|auth|encryption)[_-]?secret",
  "token|secrets?|credentials?",
].join("|");

/** Tokens that say where in a list or a form somebody is. */
const NOT_SECRET =
  /(?:next|page|paging|continu\w{0,6}|pagination|csrf|xsrf|cancel\w{0,6}|idempoten\w{0,3}|sync|start|end|request|design|client|lex|parse|resume|delta|change|skip|public)[_-]?(?:token|key)$|public|kms|arn|name|ref$/i;

const NAMES = `(?:${PASSWORD_NAMES}|${KEY_NAMES})`;
const IS_PASSWORD = new RegExp(`(?:${PASSWORD_NAMES})$`, "i");

/** `name = "value"`, `"name": "value"`, `name: string = "value"`, `'name' => 'value'`: a literal in whatever language. Bounded by its quotes. */
export const QUOTED_ASSIGNMENT = new RegExp(
  String.raw`${NAMES}(?![\w-])\\{0,2}["'\]]{0,2}[ \t]{0,16}(?::[ \t]{0,4}&?(?:[A-Za-z]{1,16}|'static str)[ \t]{0,4}(?==))?(?:=>|:=|=|:)[ \t]{0,16}` +
    String.raw`(?:\\{0,2}"(?<double>[^"\\\s]{6,512})\\{0,2}"|'(?<single>[^'\\\s]{6,512})'|` +
    "`(?<found>[^`\\\\\\s]{6,512})`)",
  "dgi",
);

/** `NAME=value` and `name: value` without quotes, alone on its line: only where files are made of such lines. */
export const BARE_ASSIGNMENT = new RegExp(
  String.raw`^[ \t]{0,32}(?:-[ \t]{1,4})?(?:(?:export|ENV|ARG|set|declare -x)[ \t]{1,4})?[\w.:/-]{0,64}?${NAMES}[ \t]{0,16}[=:][ \t]{0,16}` +
    String.raw`(?<found>[^\s"'#!&*|>[{][^\s"'#]{3,511})[ \t]{0,16}(?:#[^\n]{0,512})?\r?$`,
  "dgim",
);

/** \<password\>value\</password\> as Maven, Tomcat and .NET write it. */
export const ELEMENT = new RegExp(String.raw`<(?:\w{1,32}[.:-])?${NAMES}>(?<found>[^<\s]{6,512})</`, "dgi");

/** `Server=db;User Id=sa;Password=…;` of ADO.NET, ODBC and libpq, and `?password=…` of addresses. */
export const CONNECTION_STRING =
  /(?<=[;?&])[ \t]{0,2}(?:password|pwd)[ \t]{0,2}=[ \t]{0,2}(?<found>[^;&"'`\s\\<>]{6,256})/dgi;

/** `--password value`, `sshpass -p value`, `curl -u user:value`. */
export const COMMAND_LINE =
  /(?:--(?:[a-z-]{0,32}-)?(?:password|passphrase|token|secret|api-key)[ =]|sshpass[ \t]-p[ \t]{0,2}|curl[^\n]{0,200}[ \t](?:-u|--user)[ =]{0,2}["']?[\w.@-]{1,64}:)["']?(?<found>[^\s"'`$<>|;)\\]{6,256})/dgi;

/** Characters before a value in which its name stands. */
export const NAME_CHARS = 128;

/** The name that a value is assigned to, by the text before it; empty where none shows. */
export function nameBefore(text: string): string {
  const before = text.slice(-NAME_CHARS);
  return (
    /([\w.-]{1,64})\\{0,2}["'\]]{0,2}[ \t]{0,16}(?::[ \t]{0,4}&?['\w ]{1,20}=)?(?:=>|:=|=|:|>)?[ \t]{0,16}\\{0,2}["'`]?$/.exec(
      before,
    )?.[1] ?? ""
  );
}

/** Letters with separators between them name something: a field, a header, a key, a secret. */
const NAMES_SOMETHING = /^[\p{L}_]*(?:[-_./:@ ]+\p{L}+)*[-_./:?!*,]*$/u;

/**
 * Whether what is assigned to a name is a credential in clear. A password needs letters with digits or marks, a key the randomness of a
 * machine; `loose`, where every line sets something (`.env`), a password may be a word.
 */
export function isAssignedCredential(name: string, value: string, loose = false): boolean {
  if (NOT_SECRET.test(name) || isNoCredential(value)) return false;
  if (IS_PASSWORD.test(name)) return isPassword(value, loose);
  return isKey(value);
}

export function isPassword(value: string, loose = false): boolean {
  // Letters without small and capital ones are of a language, not of a keyboard that passwords are typed on.
  if (isNoCredential(value) || /\p{Lo}/u.test(value)) return false;
  if (loose) return value.length >= 4 && !/^\d{1,5}$/.test(value);
  const bare = value.replace(/[-_./:?!*,;]+$/, "");
  if (value.length < 6 || NAMES_SOMETHING.test(value) || /^\d{1,5}$/.test(bare)) return false;
  const marked = /[^\p{L}\d\-_./: ]/u.test(bare) && /[\p{L}\d]/u.test(bare);
  return (marked || (/\d/.test(bare) && /\p{L}/u.test(bare))) && !isPath(value) && entropy(value) >= 2;
}

/** Whether a text is as long and as random as a key that a machine made. */
export function isKey(value: string): boolean {
  if (isNoCredential(value)) return false;
  if (value.length < 16 || !/\d/.test(value) || !/[A-Za-z]/.test(value) || isPath(value)) return false;
  if (!/^[\w+/=.~!@#$%^&*-]+$/.test(value)) return false;
  const hex = /^[0-9a-f-]{32,}$/i.test(value);
  return hex ? entropy(value) >= 2.8 : entropy(value) >= 3.5 && !isWordy(value);
}

/** Two or more parts of a path, a host or a dotted name, most of which are words. */
function isPath(value: string): boolean {
  const parts = value.split(/[/.:@]/);
  return (
    parts.length >= 3 &&
    parts.filter((part) => /^[A-Za-z][a-z-]*\d{0,2}$/.test(part)).length > parts.length / 2
  );
}

/** Whether a text reads as words with a number or two between marks, as names of secrets do: `prod-payments-db-2`. */
function isWordy(value: string): boolean {
  const words = value.match(/[A-Z]?[a-z]{3,}|[A-Z]{3,}/g) ?? [];
  return words.join("").length >= value.length * 0.6;
}
