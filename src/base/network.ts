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

/** Bits ahead of every IPv4 address that is written as an IPv6 one, `::ffff:0:0/96`. */
const MAPPED = 0xffffn << 32n;

/** What of the address space is asked for: all of it, and of IPv6 all that is routed in public, 2000::/3. */
const SPACES: readonly Network[] = [
  { bits: 32, value: 0n, prefix: 0 },
  { bits: 128, value: 0n, prefix: 0 },
  { bits: 128, value: 1n << 125n, prefix: 3 },
];

/**
 * Whether the networks, of which one suffices, keep anyone out: together they cover less than half of any of the spaces. A
 * list that is empty or holds what is no address and no CIDR proves no bound.
 */
export function boundByNetworks(cidrs: readonly string[]): boolean {
  const networks = cidrs.map(networkOf).filter((network) => network !== undefined);
  if (networks.length === 0 || networks.length < cidrs.length) return false;
  const plain = networks.map(withoutMapping);
  return SPACES.every((space) => 2n * covered(plain, space) < 1n << BigInt(space.bits - space.prefix));
}

function withoutMapping(network: Network): Network {
  if (network.bits === 32 || network.prefix < 96 || network.value >> 32n !== MAPPED >> 32n) return network;
  return { bits: 32, value: network.value - MAPPED, prefix: network.prefix - 96 };
}

/** How many addresses of `space` lie in any of the networks. */
function covered(networks: readonly Network[], space: Network): bigint {
  const [low, high] = rangeOf(space);
  const ranges = networks
    .filter(({ bits }) => bits === space.bits)
    .map(rangeOf)
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  let count = 0n;
  let from = low;
  for (const [start, end] of ranges) {
    const first = start > from ? start : from;
    const last = end < high ? end : high;
    if (last <= first) continue;
    count += last - first;
    from = last;
  }
  return count;
}

/** The first address of a network and the one behind its last. */
function rangeOf({ bits, value, prefix }: Network): readonly [bigint, bigint] {
  const host = BigInt(bits - prefix);
  const start = (value >> host) << host;
  return [start, start + (1n << host)];
}
