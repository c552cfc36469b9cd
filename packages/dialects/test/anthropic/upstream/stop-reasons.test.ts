import type { DecodeContext, StreamEvent } from "@sluice/core";
import { expect, test } from "vitest";
import { requestOf, target, upstream } from "../fixtures.ts";

test("reads the vendor's own stop reasons", () => {
  const context: DecodeContext = {
    target: { ...target, quirks: { finishReasons: { eos: "stop", crash: "error" } } },
    request: requestOf(),
  };
  const last = (reason: string): StreamEvent | undefined => {
    const state = upstream.decoder.initial(context);
    const data = JSON.stringify({ type: "message_delta", delta: { stop_reason: reason } });
    return upstream.decoder.step(state, { raw: new Uint8Array(), event: "message_delta", data }).at(-1);
  };
  expect(last("eos")).toMatchObject({ type: "finish", reason: "stop" });
  expect(last("crash")).toMatchObject({ type: "error", failure: { class: "server" } });
});
