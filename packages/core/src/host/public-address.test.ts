import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublic, lookupPublic } from "./public-address.ts";

test.each(["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])(
  "%s is anybody's",
  (address) => expect(isPublic(address)).toBe(true),
);

test.each([
  "127.0.0.1",
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "fe80::1",
  "fe80::1%eth0",
  "fc00::1",
  "ff02::1",
  "2002:7f00:1::",
  "2001:0:7f00:1::",
  "2001:db8::1",
  "::ffff:127.0.0.1",
  "::ffff:a9fe:a9fe",
  "64:ff9b::7f00:1",
  "64:ff9b::10.0.0.1",
  "not an address",
  "",
])("%s is nobody else's", (address) => expect(isPublic(address)).toBe(false));

test("however an address of a private network is wrapped, it stays private", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.constantFrom("10", "127"), byte, byte, byte, (first, ...rest) => {
      const v4 = [first, ...rest].join(".");
      for (const wrapped of [v4, `::ffff:${v4}`, `64:ff9b::${v4}`, `::${v4}`]) expect(isPublic(wrapped)).toBe(false);
    }),
  );
});

test("a name of this machine is not resolved", async () => {
  const code = await new Promise((resolve) => {
    lookupPublic("localhost", {}, (error) => resolve(error?.code));
  });
  expect(code).toBe("ADDRESS_NOT_PUBLIC");
});
