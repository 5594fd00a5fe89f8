/**
 * Says whether a path holds `{{…}}` directives, or `undefined` where braces do not balance and the server refuses the
 * policy. Source: `sdk/helper/identitytpl`, validity check.
 */
export function hasTemplate(path: string): boolean | undefined {
  const [head = "", ...pieces] = path.split("{{");
  if (head.includes("}}")) return undefined;
  return pieces.every((piece) => piece.split("}}").length === 2) ? pieces.length > 0 : undefined;
}
