import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("../src/mock-upstream/main.ts", import.meta.url));
let child: ChildProcess;
let url: string;

beforeEach(async () => {
  child = spawn(process.execPath, [main], { stdio: ["ignore", "pipe", "inherit"] });
  if (child.stdout === null) throw new Error("The child has no output.");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  ({ url } = JSON.parse(line) as { url: string });
});
afterEach(() => {
  child.kill("SIGKILL");
});

const json = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).json();
const chat = (model: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer k" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }),
  });

test("runs in a process of its own, scripted and watched over HTTP", async () => {
  expect(
    await json("/__script", { method: "POST", body: JSON.stringify({ steps: ["status:503"], model: "gpt-4.1" }) }),
  ).toEqual({});
  expect((await chat("gpt-4.1")).status).toBe(503);
  expect((await chat("gpt-4.1")).status).toBe(200);
  const requests = (await json("/__requests")) as { status: number; json: unknown; fault: unknown }[];
  expect(requests.map((request) => request.status)).toEqual([503, 200]);
  expect(requests[0]).toMatchObject({
    json: { model: "gpt-4.1" },
    fault: { type: "status", status: 503 },
    aborted: false,
  });
  await json("/__requests", { method: "DELETE" });
  expect(await json("/__requests")).toEqual([]);
});

test("says what is wrong with a script", async () => {
  const script = (body: string) => json("/__script", { method: "POST", body });
  expect(await script("{}")).toHaveProperty("error");
  expect(await script('{"steps": ["explode"]}')).toMatchObject({ error: expect.stringContaining("not a fault") });
});

test("ends when it is told to", async () => {
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
