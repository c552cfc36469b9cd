import { TransportError, type TransportRequest } from "@sluice/core";
import { describe, expect, test } from "vitest";
import type { AiSdkProvider } from "../src/index.ts";
import { createBridgeTransport } from "../src/transport.ts";
import { hello, scripted } from "./_package.ts";

function requestOf(path: string, signal: AbortSignal, more: Partial<TransportRequest> = {}): TransportRequest {
  return {
    method: "POST",
    url: `https://acme.ai-sdk.invalid${path}`,
    headers: {},
    body: new TextEncoder().encode(JSON.stringify({ prompt: [] })),
    credential: null,
    signal,
    connectTimeoutMs: 1000,
    ...more,
  };
}

const wanted = new AbortController().signal;

describe("the transport of the bridge", () => {
  test("hands on the model's name as it is", async () => {
    const names: string[] = [];
    const package_ = scripted(hello);
    const provider: AiSdkProvider = {
      languageModel(modelId) {
        names.push(modelId);
        return package_.languageModel(modelId);
      },
    };
    const name = "accounts/acme/models/a:b c%2F✓";
    await createBridgeTransport(provider).send(requestOf(`/language/${encodeURIComponent(name)}/generate`, wanted));
    expect(names).toEqual([name]);
  });

  test.each([
    ["a proxy, which it cannot dial through", "/language/m/generate", { proxy: "http://proxy.example" }],
    ["a path that is no call", "/nonsense/m", {}],
  ])("refuses %s", async (_name, path, more) => {
    const sent = createBridgeTransport(scripted(hello)).send(requestOf(path, wanted, more));
    await expect(sent).rejects.toMatchObject({ name: "TransportError", phase: "refused" });
  });

  test("sends nothing for a call that is cancelled already", async () => {
    const provider = scripted(hello);
    const sent = createBridgeTransport(provider).send(requestOf("/language/m/generate", AbortSignal.abort()));
    await expect(sent).rejects.toMatchObject({ phase: "connect" });
    expect(provider.asked).toEqual([]);
  });

  test("waits for no package that passes over its signal", async () => {
    const deaf = scripted({}).languageModel("m");
    const forever = new Promise<never>(() => undefined);
    const transportOf = (stream?: ReadableStream<unknown>) =>
      createBridgeTransport({
        languageModel: () => ({ ...deaf, doStream: async () => ({ stream: stream ?? (await forever) }) }),
      });

    const before = new AbortController();
    const answer = transportOf().send(requestOf("/language/m/stream", before.signal));
    before.abort();
    await expect(answer).rejects.toBeInstanceOf(TransportError);

    let isCancelled = false;
    const silent = new ReadableStream<unknown>({
      start: (controller) => controller.enqueue({ type: "text-delta", id: "0", delta: "Hi" }),
      cancel: () => void (isCancelled = true),
    });
    const within = new AbortController();
    const { body } = await transportOf(silent).send(requestOf("/language/m/stream", within.signal));
    const pieces = body[Symbol.asyncIterator]();
    expect(new TextDecoder().decode((await pieces.next()).value as Uint8Array)).toContain('"delta":"Hi"');
    const next = pieces.next();
    within.abort();
    await expect(next).rejects.toBeInstanceOf(TransportError);
    expect(isCancelled).toBe(true);
  });

  test("reads a part only when it is asked for the next", async () => {
    let made = 0;
    const stream = new ReadableStream<unknown>(
      {
        pull(controller) {
          made++;
          controller.enqueue({ type: "text-delta", id: "0", delta: String(made) });
        },
      },
      { highWaterMark: 0 },
    );
    const model = { ...scripted({}).languageModel("m"), doStream: async () => ({ stream }) };
    const transport = createBridgeTransport({ languageModel: () => model });
    const { body } = await transport.send(requestOf("/language/m/stream", wanted));
    const pieces = body[Symbol.asyncIterator]();
    for (let count = 1; count <= 3; count++) {
      await pieces.next();
      expect(made).toBe(count);
    }
    await pieces.return?.();
  });
});
