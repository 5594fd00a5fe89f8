/** `1 secret`, `2 secrets`, `1,204 secrets`, `3 policies`; 0 where nothing was counted. */
export function counted(count: number | undefined, one: string, many = `${one}s`): string {
  return `${number(count ?? 0)} ${count === 1 ? one : many}`;
}

/** Thousands set apart by commas, the same on every machine. */
export function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
