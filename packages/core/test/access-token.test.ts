import { createWorld, upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { createTokenCache, requestToken } from "../src/index.ts";
import type { AccessToken } from "../src/index.ts";

const hour = 3_600_000;

function cached({ life = hour }: { life?: number } = {}) {
  let now = 1_000_000;
  const asked: PromiseWithResolvers<AccessToken>[] = [];
  const cache = createTokenCache(
    () => {
      const next = Promise.withResolvers<AccessToken>();
      asked.push(next);
      return next.promise;
    },
    { now: () => now, monotonic: () => now },
  );
  return {
    cache,
    asked,
    pass: (ms: number) => (now += ms),
    give: (at: number, value: string) => asked[at]?.resolve({ value, expiresAt: now + life }),
  };
}

describe("a cached token", () => {
  test("is asked for once, however many calls wait", async () => {
    const { cache, asked, give } = cached();
    const waiting = Promise.all([cache.get(), cache.get(), cache.get()]);
    give(0, "t1");
    expect(await waiting).toEqual(["t1", "t1", "t1"]);
    expect(asked).toHaveLength(1);
  });

  test("is given at once while it is fresh", async () => {
    const { cache, give, pass } = cached();
    const first = cache.get();
    give(0, "t1");
    await first;
    pass(hour - 5 * 60_000 - 1);
    expect(cache.get()).toBe("t1");
  });

  test("is renewed shortly before its end, while the old one serves", async () => {
    const { cache, asked, give, pass } = cached();
    const first = cache.get();
    give(0, "t1");
    await first;
    pass(hour - 60_000);
    expect([cache.get(), cache.get()]).toEqual(["t1", "t1"]);
    expect(asked).toHaveLength(2);
    give(1, "t2");
    await asked[1]?.promise;
    await Promise.resolve();
    expect(cache.get()).toBe("t2");
  });

  test("that cannot be renewed serves to its end, then the failure is told", async () => {
    const { cache, asked, give, pass } = cached();
    const first = cache.get();
    give(0, "t1");
    await first;
    pass(hour - 60_000);
    expect(cache.get()).toBe("t1");
    asked[1]?.reject(new Error("down"));
    await asked[1]?.promise.catch(() => {});
    pass(60_000);
    const late = cache.get();
    asked[2]?.reject(new Error("still down"));
    await expect(late).rejects.toThrow("still down");
  });

  test("that failed is asked for again by the next call", async () => {
    const { cache, asked, give } = cached();
    const first = cache.get();
    asked[0]?.reject(new Error("down"));
    await expect(first).rejects.toThrow("down");
    const second = cache.get();
    give(1, "t2");
    expect(await second).toBe("t2");
  });

  test("is not used again once it is forgotten", async () => {
    const { cache, asked, give } = cached();
    const first = cache.get();
    give(0, "t1");
    await first;
    cache.forget();
    const second = cache.get();
    give(1, "t2");
    expect(await second).toBe("t2");
    expect(asked).toHaveLength(2);
  });
});

describe("a token endpoint", () => {
  const form = { grant_type: "client_credentials", client_secret: "very-secret" };
  const ask = (answer: Parameters<ReturnType<typeof createWorld>["upstream"]>[1]) => {
    const world = createWorld({ seed: 1 });
    world.upstream("https://login.test", answer);
    const asking = requestToken({ url: "https://login.test/token", form }, world.ports);
    return {
      world,
      got: world.run(
        asking.then(
          (token) => token,
          (error: unknown) => error,
        ),
      ),
    };
  };

  test("is asked with a form, and its answer is dated", async () => {
    const { world, got } = ask(upstreams.replying({ access_token: "t", expires_in: 3600, token_type: "Bearer" }));
    const before = world.ports.clock.now();
    const token = (await got) as AccessToken;
    expect(token.value).toBe("t");
    expect(token.expiresAt).toBeGreaterThanOrEqual(before + hour);
    expect(world.calls[0]?.body).toBe("grant_type=client_credentials&client_secret=very-secret");
  });

  test.each([
    [
      "a refusal",
      upstreams.replying({ error: "invalid_grant", error_description: "very-secret is wrong" }, 400),
      /answered 400 \(invalid_grant\)/,
    ],
    ["an error without a code", upstreams.replying({ error: { message: "very-secret" } }, 500), /answered 500$/],
    ["no token", upstreams.replying({ token_type: "Bearer" }), /answered 200/],
    ["no JSON", upstreams.replying("very-secret"), /answered 200/],
    ["no connection", upstreams.unreachable, /could not be reached/],
    ["silence", upstreams.silentBeforeHeaders, /did not answer within/],
    ["an endless answer", upstreams.replying({ access_token: "x".repeat(100_000) }), /too large/],
  ])("that gives %s is a failure of the credential, without a secret", async (_name, answer, said) => {
    const failure = await ask(answer).got;
    expect(failure).toMatchObject({ failure: { class: "credential", message: expect.stringMatching(said) } });
    expect(JSON.stringify(failure)).not.toContain("very-secret");
  });
});
