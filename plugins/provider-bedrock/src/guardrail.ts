import type { Dialect, UpstreamDialect } from "@sluice/core";

/** A guardrail of the account. */
export interface Guardrail {
  /** Its id or ARN. */
  id: string;
  /** A number, or `DRAFT`. */
  version: string;
  /** What it says about itself in answers. @default nothing */
  trace?: "enabled" | "disabled" | "enabled_full";
  /** Whether a stream waits for it (`sync`), or is checked while it runs. Converse only. @default the service's own */
  mode?: "sync" | "async";
}

/** Converse with the guardrail in every request. */
export function guarded(dialect: Dialect, { id, version, trace, mode }: Guardrail): Dialect {
  const upstream = dialect.upstream as UpstreamDialect;
  return {
    ...dialect,
    upstream: {
      ...upstream,
      encodeRequest(request, target) {
        const encoded = upstream.encodeRequest(request, target);
        const guardrailConfig = {
          guardrailIdentifier: id,
          guardrailVersion: version,
          ...(trace === undefined ? {} : { trace }),
          ...(mode === undefined || !request.stream ? {} : { streamProcessingMode: mode }),
        };
        return { ...encoded, body: { ...encoded.body, guardrailConfig } };
      },
    },
  };
}
