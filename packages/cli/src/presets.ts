import { bun } from "./presets/bun.ts";
import { cloudflare } from "./presets/cloudflare.ts";
import { deno } from "./presets/deno.ts";
import { node } from "./presets/node.ts";
import type { Preset } from "./presets/preset.ts";
import { standard } from "./presets/standard.ts";

/** Every runtime that `sluice build` knows. */
export const presets: Readonly<Record<string, Preset>> = { node, bun, deno, cloudflare, standard };

export const presetNames: readonly string[] = Object.keys(presets);
