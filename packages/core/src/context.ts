import type { Channel, Target } from "./channel.ts";
import type { Logger } from "./ports.ts";
import type { ModelRequest } from "./operation.ts";
import type { CoreExtras } from "./extras.ts";

/** The caller's credential as it came, for the plugin that knows keys. Never in a hook, log or receipt. */
export interface CallerCredential {
  value: string;
  place: "authorization" | "x-api-key" | "x-goog-api-key" | "api-key" | "query key";
}

/** What a plugin sees before the body is read. */
export interface AdmitContext {
  /** Request id, `req_…`. */
  readonly id: string;
  readonly dialect: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** Lower-case names; credentials and cookies are taken out. */
  readonly headers: ReadonlyMap<string, string>;
  readonly credential: CallerCredential | null;
  /** Aborts when the client leaves or the deadline passes. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Adds a warning to the receipt. */
  readonly warn: (code: string, message: string, field?: string) => void;
  /** Sets the plugin's own member of the receipt. */
  readonly report: (value: unknown) => void;
}

/** The model that was asked for, with the settings that plugins claimed. */
export type ModelContext<Settings> = {
  /** The alias or pattern of the config, or the name itself. */
  readonly name: string;
  readonly route: string | null;
} & Readonly<Settings>;

/** What a plugin sees once the request is decoded. */
export interface RequestContext<Extras = {}, ModelSettings = {}> extends AdmitContext {
  /** Told apart by its `operation`: most plugins care for `"chat"`. */
  readonly request: ModelRequest;
  readonly extras: Readonly<Extras & CoreExtras>;
  readonly model: ModelContext<ModelSettings>;
}

/** One call to an upstream, as an `attempt` stage sees it. */
export interface AttemptContext<ChannelSettings = unknown> {
  /** 1, 2, 3… */
  readonly number: number;
  readonly target: Target<ChannelSettings>;
  readonly channel: Channel<ChannelSettings>;
  readonly signal: AbortSignal;
}

/** Names that `ctx` has of its own; no plugin can be called so. */
export const reservedNames: ReadonlySet<string> = new Set([
  "id",
  "dialect",
  "operation",
  "method",
  "path",
  "headers",
  "credential",
  "signal",
  "log",
  "warn",
  "report",
  "request",
  "extras",
  "model",
]);
