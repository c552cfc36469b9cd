import { readFileSync } from "node:fs";
import type { Frame, Profile } from "./profile.ts";

/** Parts of a process that its time goes to, in the order in which they are shown. */
export const areas = [
  "system calls",
  "Node's HTTP and streams",
  "undici",
  "core",
  "dialects",
  "other code",
  "garbage",
  "engine",
] as const;
export type Area = (typeof areas)[number];

/** The share of the busy time of each area. Bundled code is told apart by the comments with its modules' names. */
export function sharesOf({ nodes, samples, timeDeltas }: Profile): Map<Area, number> {
  const own = new Map<number, number>();
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  const modules = new Map<string, string[]>();
  const sums = new Map<Area, number>();
  let busy = 0;
  for (const { id, callFrame } of nodes) {
    const time = own.get(id) ?? 0;
    if (time === 0 || callFrame.functionName === "(idle)" || callFrame.functionName === "(root)") continue;
    const area = areaOf(callFrame, modules);
    busy += time;
    sums.set(area, (sums.get(area) ?? 0) + time);
  }
  return new Map([...sums].map(([area, time]) => [area, time / busy]));
}

const writes = /^(?:writev|writeBuffer|write\w+String|readStart|readStop|shutdown)$/;

function areaOf({ functionName, url, lineNumber }: Frame, modules: Map<string, string[]>): Area {
  if (url.startsWith("node:")) return "Node's HTTP and streams";
  if (url.startsWith("wasm:")) return "undici";
  if (url === "")
    return writes.test(functionName) ? "system calls" : functionName.includes("garbage") ? "garbage" : "engine";
  const known = modules.get(url) ?? modulesIn(url);
  modules.set(url, known);
  const module = known[lineNumber] ?? "";
  if (module.includes("/undici/")) return "undici";
  if (module.includes("packages/core/")) return "core";
  return module.includes("packages/dialects/") ? "dialects" : "other code";
}

/** The module of each line of a bundle. */
function modulesIn(url: string): string[] {
  let module = "";
  const lines = readFileSync(new URL(url), "utf8").split("\n");
  return lines.map((line) => {
    const name = /^\/\/(?:#region)? (\S+\/\S+)$/.exec(line)?.[1];
    return (module = name ?? module);
  });
}
