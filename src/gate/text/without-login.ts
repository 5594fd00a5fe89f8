/** What stands between `//` and `@` of an address: a name and a password, as far as a reader of addresses takes it. */
const LOGIN = /(:\/{1,2})[^\s/]+@/g;

/** An argument of an address by which somebody gets in: a token, or the signature of a link that needs no other. */
const ARGUMENT =
  /([?&][^\s=&]*(?:token|key|sig|signature|secret|password|passwd|pwd|auth|credential|code)[^\s=&]*=)[^\s&#]+/gi;

/** A text in whose addresses nothing stands by which somebody gets in, such as `https://…@git.example.org/a.git`. */
export function withoutLogin(text: string): string {
  if (!text.includes(":/") && !text.includes("?")) return text;
  return text.replaceAll(LOGIN, "$1…@").replaceAll(ARGUMENT, "$1…");
}
