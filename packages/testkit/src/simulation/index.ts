export { callChannel, type ChannelCall, type ChannelCallOptions } from "./channel-call.ts";
/** Scripted upstreams: `upstreams.slow(events)`, `upstreams.refusing(429)`, … */
export * as upstreams from "./personality.ts";
export type { Act, Personality, SimulatedCall } from "./personality.ts";
export { createRandom } from "./random.ts";
export { replay, type Run, type Scenario } from "./replay.ts";
export { createTimeline, type Timeline } from "./timeline.ts";
export type { Trace } from "./trace.ts";
export type { RecordedCall } from "./virtual-transport.ts";
export { createWorld, type LogEntry, type World, type WorldOptions } from "./world.ts";
