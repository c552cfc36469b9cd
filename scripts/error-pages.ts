/**
 * Writes docs/errors.md: one section for each code, with message, status and fix as the product says them.
 *
 * Run it with `pnpm run docs`. A code without an example here does not typecheck.
 */
import { definePrice, errors as core, type GatewayError, type InspectedChannel, type UpstreamSaid } from "@sluice/core";
import { errors as cli } from "../packages/cli/src/errors.ts";
import { checkChannels, checkModels, checkSecrets, type Finding } from "../packages/cli/src/findings.ts";
import { judge, unreachable } from "../packages/cli/src/probe.ts";
import { errors as prices } from "../plugins/prices/src/errors.ts";
import { errors as responses } from "../plugins/responses/src/errors.ts";
import { errors as create } from "../packages/create-gateway/src/errors.ts";
import { pagesWith, writePages, type PagePart } from "./_page-parts.ts";

const script = "scripts/error-pages.ts";
const page = "docs/errors.md";

const said = (message: string, more: Partial<UpstreamSaid> = {}): UpstreamSaid => ({
  target: "openai/gpt-5.4",
  message,
  ...more,
});

/** One example of each verdict of the core. */
const coreExamples = {
  REQUEST_MALFORMED: core.REQUEST_MALFORMED("it is empty"),
  REQUEST_INVALID: core.REQUEST_INVALID("max_tokens", "must be a whole number above 0"),
  REQUEST_UNSUPPORTED: core.REQUEST_UNSUPPORTED("n", "anthropic/claude-sonnet-5-5"),
  REQUEST_UNKNOWN_JOB: core.REQUEST_UNKNOWN_JOB("video_WyJvcGVuYWkiLC4uLl0"),
  REQUEST_TOO_LARGE: core.REQUEST_TOO_LARGE(33_554_432),
  REQUEST_TOO_DEEP: core.REQUEST_TOO_DEEP(64),
  REQUEST_TOO_MANY_KEYS: core.REQUEST_TOO_MANY_KEYS(10_000),
  REQUEST_DUPLICATE_FIELD: core.REQUEST_DUPLICATE_FIELD("model"),
  REQUEST_UNKNOWN_FIELD: core.REQUEST_UNKNOWN_FIELD("falback", ["fallback", "models", "timeout"], "fallback"),
  REQUEST_MALFORMED_FORM: core.REQUEST_MALFORMED_FORM("it ends too early"),
  REQUEST_MEDIA_TYPE: core.REQUEST_MEDIA_TYPE("text/plain"),
  REQUEST_TIMEOUT: core.REQUEST_TIMEOUT(),
  AUTH_CONFLICT: core.AUTH_CONFLICT(["authorization", "x-api-key"]),
  AUTH_MALFORMED: core.AUTH_MALFORMED("authorization"),
  ROUTE_NOT_FOUND: core.ROUTE_NOT_FOUND("GET", "/v1/modles"),
  ROUTE_NEEDS_PLUGIN: core.ROUTE_NEEDS_PLUGIN("GET", "/v1/responses/resp_1", "responses"),
  ROUTE_METHOD: core.ROUTE_METHOD("GET", "/v1/chat/completions", ["POST"]),
  ROUTE_UNKNOWN_MODEL: core.ROUTE_UNKNOWN_MODEL("defualt", "default"),
  ROUTE_NO_TARGET: core.ROUTE_NO_TARGET("default", ["openai/gpt-5.4 no key: set OPENAI_API_KEY"]),
  ROUTE_NO_CAPABLE_TARGET: core.ROUTE_NO_CAPABLE_TARGET("default", "image input", "messages"),
  UPSTREAM_INVALID: core.UPSTREAM_INVALID(said("temperature must be between 0 and 2")),
  UPSTREAM_CONTEXT_LENGTH: core.UPSTREAM_CONTEXT_LENGTH(said("The prompt is longer than 400000 tokens.")),
  UPSTREAM_CONTENT_POLICY: core.UPSTREAM_CONTENT_POLICY(said("The prompt was rejected by the safety system.")),
  UPSTREAM_MODEL_NOT_FOUND: core.UPSTREAM_MODEL_NOT_FOUND(said("The model does not exist.")),
  UPSTREAM_CREDENTIAL: core.UPSTREAM_CREDENTIAL(said("Incorrect API key provided.")),
  UPSTREAM_RATE_LIMITED: core.UPSTREAM_RATE_LIMITED(said("Rate limit reached.", { retryAfterSeconds: 12 })),
  UPSTREAM_OVERLOADED: core.UPSTREAM_OVERLOADED(said("The server is overloaded.")),
  UPSTREAM_SERVER: core.UPSTREAM_SERVER(said("Internal server error.")),
  UPSTREAM_UNREACHABLE: core.UPSTREAM_UNREACHABLE(said("the connection was refused")),
  UPSTREAM_CONNECT_TIMEOUT: core.UPSTREAM_CONNECT_TIMEOUT(said("no connection within 3000 ms")),
  UPSTREAM_NO_ANSWER: core.UPSTREAM_NO_ANSWER(said("no response headers within 30000 ms")),
  UPSTREAM_BAD_RESPONSE: core.UPSTREAM_BAD_RESPONSE(said("status 200 with content type text/html")),
  UPSTREAM_STALLED: core.UPSTREAM_STALLED(said("no content within 60000 ms")),
  UPSTREAM_TRUNCATED: core.UPSTREAM_TRUNCATED(said("the stream ended without its terminator")),
  UPSTREAM_TIMEOUT: core.UPSTREAM_TIMEOUT(600_000),
  CLIENT_GONE: core.CLIENT_GONE(),
  PLUGIN_FAILED: core.PLUGIN_FAILED("visits", "admit"),
  PLUGIN_TIMEOUT: core.PLUGIN_TIMEOUT("visits", "admit", 2000),
  GATEWAY_CLOSING: core.GATEWAY_CLOSING(),
  INTERNAL: core.INTERNAL(),
  CONFIG_INVALID: core.CONFIG_INVALID("limits.depth", "0 is not a number above 0.", "Leave it out for the default."),
  CONFIG_UNKNOWN_FIELD: core.CONFIG_UNKNOWN_FIELD("the config", "modles", ["providers", "models", "plugins"], "models"),
  CONFIG_UNKNOWN_MODEL: core.CONFIG_UNKNOWN_MODEL('models["default"].targets[0]', "opnai/gpt-5.4", "openai/gpt-5.4"),
  CONFIG_DUPLICATE: core.CONFIG_DUPLICATE("channels", "openai", 'Give one of them an id: openai({ id: "openai-2" }).'),
  CONFIG_MISSING_PLUGIN: core.CONFIG_MISSING_PLUGIN("quota", "keys"),
} satisfies Record<keyof typeof core, GatewayError>;

const cliExamples = {
  CLI_UNKNOWN_COMMAND: cli.CLI_UNKNOWN_COMMAND("chek", "check"),
  CLI_UNKNOWN_FLAG: cli.CLI_UNKNOWN_FLAG("--prot", "dev", "--port"),
  CLI_ARGUMENT: cli.CLI_ARGUMENT("--port", '"http" is no port', "Give a number from 0 (any free port) to 65535."),
  CLI_PORT_BUSY: cli.CLI_PORT_BUSY(4000, "127.0.0.1"),
  CLI_WORKERS_FAILED: cli.CLI_WORKERS_FAILED("worker 7 (pid 4711) ended with code 1, the 5th in a row."),
  CLI_FOREIGN_HOST: cli.CLI_FOREIGN_HOST("gateway.example"),
  CLI_NEEDS_NODE: cli.CLI_NEEDS_NODE(),
  CLI_NO_RUNTIME: cli.CLI_NO_RUNTIME("bun", "bun"),
  CLI_NOT_BUILT: cli.CLI_NOT_BUILT(".output/node", "node"),
  CLI_UNREACHABLE: cli.CLI_UNREACHABLE("http://localhost:4000"),
  CLI_ANSWER: cli.CLI_ANSWER(404, 'The model "defualt" is not served here.', 'Did you mean "default"?'),
  CONFIG_NOT_FOUND: cli.CONFIG_NOT_FOUND("gateway.config.ts", "my-gateway"),
  CONFIG_NOT_A_GATEWAY: cli.CONFIG_NOT_A_GATEWAY("gateway.config.ts"),
  CONFIG_SYNTAX: cli.CONFIG_SYNTAX("Expected ',' or '}' but found 'models'"),
  CONFIG_MISSING_MODULE: cli.CONFIG_MISSING_MODULE("@sluice/provider-gemini"),
  CONFIG_THREW: cli.CONFIG_THREW("gateway.config.ts", "region is not defined"),
  BUILD_FAILED: cli.BUILD_FAILED("Could not resolve './rules.ts'"),
  BUILD_UNRESOLVED: cli.BUILD_UNRESOLVED("cloudflare", ["node:fs"]),
} satisfies Record<keyof typeof cli, GatewayError>;

const createExamples = {
  UNKNOWN_FLAG: create.UNKNOWN_FLAG("--templat"),
  FLAG_NEEDS_VALUE: create.FLAG_NEEDS_VALUE("--template", "edge"),
  FLAG_TAKES_NO_VALUE: create.FLAG_TAKES_NO_VALUE("--install"),
  TOO_MANY_ARGUMENTS: create.TOO_MANY_ARGUMENTS("edge"),
  UNKNOWN_CHOICE: create.UNKNOWN_CHOICE("--template", "egde", ["starter", "edge", "plugin"]),
  NO_PROVIDERS: create.NO_PROVIDERS("plugin"),
  NEEDS_INSTALL: create.NEEDS_INSTALL(),
  NOTHING_TO_START: create.NOTHING_TO_START("plugin"),
  BAD_NAME: create.BAD_NAME("sluice", "the project depends on a package of that name", "my-sluice"),
  NOT_EMPTY: create.NOT_EMPTY("my-gateway", "package.json"),
  NOT_A_FOLDER: create.NOT_A_FOLDER("my-gateway"),
  CANNOT_WRITE: create.CANNOT_WRITE("package.json", "no space left on device"),
  COMMAND_FAILED: create.COMMAND_FAILED("npm install", "ended with 1"),
} satisfies Record<keyof typeof create, unknown>;

const pluginExamples = {
  PRICES_UNREADABLE: prices.PRICES_UNREADABLE("https://prices.example/data.json", "status 404"),
} satisfies Record<keyof typeof prices, GatewayError>;

const responsesExamples = {
  RESPONSES_NOT_FOUND: responses.RESPONSES_NOT_FOUND("resp_req_01k"),
  RESPONSES_PREVIOUS_NOT_FOUND: responses.RESPONSES_PREVIOUS_NOT_FOUND("resp_req_01k"),
  RESPONSES_UNSUPPORTED: responses.RESPONSES_UNSUPPORTED(
    "Compacting",
    "Ask a model for a summary, or call the vendor itself.",
  ),
} satisfies Record<keyof typeof responses, GatewayError>;

const keyless: InspectedChannel = {
  id: "openai",
  provider: "openai",
  name: "OpenAI",
  mock: false,
  state: "no-key",
  key: { from: "missing", variables: ["OPENAI_API_KEY"] },
  origins: [],
  baseURL: "https://api.openai.com/v1",
  speaks: ["openai-chat"],
  models: [],
  priority: 0,
  weight: 1,
  region: null,
};
const priced = definePrice({ perMillion: { input_token: 1 }, source: "list", date: "2026-01-01" });

/** What `sluice check` can find, made by the checks themselves. */
export function findingExamples(): Finding[] {
  const ready = { ...keyless, state: "ready" as const, key: { from: "config" as const } };
  const inspection = {
    plugins: [],
    routes: [],
    models: [{ name: "claude-*", kind: "pattern" as const, targets: ["anthropic/*"] }],
    channels: [ready],
    served: [
      { id: "openai/gpt-5.4", ownedBy: "openai", info: null },
      { id: "openai/gpt-5.4-mini", ownedBy: "openai", info: { id: "gpt-5.4-mini", price: priced } },
    ],
  };
  const literalKeys = [{ channel: "openai", file: "gateway.config.ts" }];
  const found = [
    ...checkSecrets({ literalKeys, placeholders: ["OPENAI_API_KEY"], tracked: [".env"] }),
    ...checkChannels([keyless]),
    unreachable("openai", "https://api.openai.com", "the connection was refused"),
    judge("openai", 401, "https://api.openai.com"),
    judge("openai", 500, "https://api.openai.com"),
    ...checkModels(inspection, new Date("2026-11-20")),
  ];
  return found.filter(({ code }) => code !== null);
}

export function errorPages(): Map<string, string> {
  const parts: PagePart[] = [
    { page, name: "core", text: Object.values(coreExamples).map(verdictSection).join("\n\n") },
    { page, name: "cli", text: Object.values(cliExamples).map(commandSection).join("\n\n") },
    { page, name: "check", text: findingExamples().map(findingSection).join("\n\n") },
    {
      page,
      name: "plugins",
      text: Object.values({ ...pluginExamples, ...responsesExamples })
        .map(verdictSection)
        .join("\n\n"),
    },
    { page, name: "create", text: Object.values(createExamples).map(commandSection).join("\n\n") },
  ];
  return pagesWith(parts, script);
}

function verdictSection(error: GatewayError): string {
  const facts = [
    `Status ${error.status}`,
    `reason \`${error.reason}\``,
    `\`error.code\` is \`${error.wireCode}\``,
    error.retryable ? "may be sent again" : "not to be sent again as it is",
  ];
  return section(error.code, error.message, [`${facts.join(" · ")}.`], error.hint);
}

function commandSection(error: { code: string; message: string; hint: string }): string {
  return section(error.code, error.message, [], error.hint);
}

function findingSection({ code, message, level, fix }: Finding): string {
  return section(code ?? "", message, [`A${level === "error" ? "n error" : " warning"}.`], fix ?? "");
}

function section(code: string, message: string, facts: readonly string[], fix: string): string {
  return [`### ${code}`, `> ${message}`, ...facts, `**Fix.** ${fix}`].join("\n\n");
}

if (import.meta.main) writePages(errorPages());
