export { writeBundle, type Bundle, type BundledFile, type BundleOptions } from "./bundle.ts";
export { openProject, type Project, type ProjectOptions, type Snapshot } from "./config.ts";
export type { Variables } from "./environment.ts";
export { main } from "./command-line.ts";
export { presetNames, presets } from "./presets.ts";
export type { BuiltProject, Preset, StartCommand } from "./presets/preset.ts";
