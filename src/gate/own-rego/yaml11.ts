/** What a plain scalar is to the YAML 1.1 reader behind kubectl and conftest (go-yaml 2, `resolve.go`): `yes` is true and `010` is 8. */
export function yaml11(text: string): unknown {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (!/^[-+.0-9]/.test(text)) return text;
  const digits = text.replaceAll("_", "");
  const whole = integer(digits);
  if (whole !== undefined) return whole;
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(digits)) return Number(digits);
  return text;
}

const WORDS: ReadonlyMap<string, boolean> = new Map(
  ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]
    .map((word): [string, boolean] => [word, true])
    .concat(
      ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [
        word,
        false,
      ]),
    ),
);

/** As Go's `ParseInt` with base 0; undefined of what is none. */
function integer(digits: string): number | undefined {
  const [, sign = "", body = ""] = /^([-+]?)(.*)$/.exec(digits) ?? [];
  let value: number;
  if (/^0[0-7]+$/.test(body)) value = Number(`0o${body.slice(1)}`);
  else if (/^(?:[0-9]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(body)) value = Number(body);
  else return undefined;
  if (/^0[0-9]/.test(body) && !/^0[0-7]+$/.test(body)) return undefined;
  return sign === "-" ? 0 - value : value;
}
