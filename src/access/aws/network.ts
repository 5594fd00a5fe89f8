/** An address as a number of 32 or 128 bits. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

interface Network extends Address {
  readonly prefix: number;
}

/** An address or CIDR; without a prefix length the one address. Undefined where it is neither. */
export function networkOf(text: string): Network | undefined {
  const [host = "", length, ...rest] = text.split("/");
  const address = addressOf(host);
  if (address === undefined || rest.length > 0) return undefined;
  if (length === undefined) return { ...address, prefix: address.bits };
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  return prefix <= address.bits ? { ...address, prefix } : undefined;
}

export function withinNetwork(address: Address, network: Network): boolean {
  const host = BigInt(network.bits - network.prefix);
  return address.bits === network.bits && address.value >> host === network.value >> host;
}

export function addressOf(text: string): Address | undefined {
  const v4 = ipv4(text);
  if (v4 !== undefined) return { bits: 32, value: v4 };
  const v6 = text.includes(":") ? ipv6(text) : undefined;
  return v6 === undefined ? undefined : { bits: 128, value: v6 };
}

function ipv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => groups(half));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const full = [...head, ...Array.from({ length: missing }, () => 0n), ...(tail ?? [])];
  return full.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Groups of a half; a dotted IPv4 address at its end counts as two. */
function groups(half: string): bigint[] | undefined {
  if (half === "") return [];
  const found: bigint[] = [];
  const parts = half.split(":");
  for (const [at, part] of parts.entries()) {
    const v4 = at === parts.length - 1 ? ipv4(part) : undefined;
    if (v4 !== undefined) found.push(v4 >> 16n, v4 & 0xffffn);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) found.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return found;
}
