import { lookup } from "node:dns";
import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { LookupFunction } from "node:net";

/**
 * Names resolved for addresses that somebody else named: only to what anybody on the internet reaches. What is checked here
 * is what is dialled, so a name that changes its mind in between gains nothing.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || first === undefined) return callback(error ?? notPublic(), "");
    if (!addresses.every(({ address }) => isPublic(address))) return callback(notPublic(), "");
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function notPublic(): NodeJS.ErrnoException {
  return Object.assign(new Error("The name leads to an address that is not public."), { code: "ADDRESS_NOT_PUBLIC" });
}

/** Unicast addresses of the internet, and no others: <https://www.iana.org/assignments/iana-ipv4-special-registry> (read 2026-11) */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !closed.check(address, "ipv4");
  if (!isIPv6(address)) return false;
  const inside = v4Within(address);
  if (inside !== null) return isPublic(inside);
  return global.check(address, "ipv6") && !closed.check(address, "ipv6");
}

const closed = new BlockList();
for (const range of [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  // Of IPv6: tunnels, which end anywhere, and documentation.
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
]) {
  const [network = "", prefix] = range.split("/");
  closed.addSubnet(network, Number(prefix), isIPv4(network) ? "ipv4" : "ipv6");
}
const global = new BlockList();
global.addSubnet("2000::", 3, "ipv6");

/** The IPv4 address that an IPv6 address stands for: mapped, or behind NAT64. */
function v4Within(address: string): string | null {
  const hostname = URL.parse(`http://[${address}]`)?.hostname ?? "";
  const [, high = "", low = ""] = /^\[(?:::ffff|64:ff9b:):([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === "") return null;
  const [left, right] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [left >> 8, left & 255, right >> 8, right & 255].join(".");
}
