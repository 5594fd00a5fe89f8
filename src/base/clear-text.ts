/** `127.0.0.0/8` as the URL parser writes it, however it was spelt. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether what is sent to this address goes over a network unencrypted: by `http`, to another host than this one. What is
 * no URL is not. Only names that cannot lead elsewhere count as this host.
 */
export function sentInClear(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "http:" && !LOOPBACK.test(url.hostname);
}
