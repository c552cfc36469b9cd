import { defineProvider, errors } from "@sluice/core";
import type { ChannelOptions, ChannelSpec, ProviderDefinition } from "@sluice/core";
import { anthropic, dialects as known } from "@sluice/dialects";
import { catalogue, docs, modelQuirks } from "./catalogue.ts";
import { bedrockConverse } from "./converse/index.ts";
import { openSigner } from "./credentials.ts";
import { cohereInvoke, titanEmbeddings } from "./embeddings.ts";
import type { AwsKeySource } from "./credentials.ts";
import { guarded } from "./guardrail.ts";
import type { Guardrail } from "./guardrail.ts";
import { anthropicInvoke } from "./invoke.ts";

export interface BedrockOptions extends ChannelOptions {
  /** The region that is called and signed for. @default "us-east-1" */
  region?: string;
  /** AWS keys, or a function that gives them. @default AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY with AWS_SESSION_TOKEN */
  credentials?: AwsKeySource;
  /** A guardrail that every call passes. @default none */
  guardrail?: Guardrail;
  /** Calls Claude through the Messages API of the same endpoint in place of InvokeModel. @default false */
  messages?: boolean;
}

type Unclaimed<Options> = Omit<Options, keyof BedrockOptions>;

interface BedrockFactory {
  (options?: undefined): ChannelSpec<{}>;
  <const Options extends object>(options: Options & BedrockOptions): ChannelSpec<Unclaimed<Options>>;
  readonly definition: ProviderDefinition;
}

const own: ReadonlySet<string> = new Set<keyof BedrockOptions>(["credentials", "guardrail", "messages", "baseURL"]);

function create(all: BedrockOptions = {}): ChannelSpec {
  if (all.region !== undefined && !/^[a-z0-9-]+$/.test(all.region)) {
    throw errors.CONFIG_INVALID("bedrock().region", `"${all.region}" is no region.`, 'Write "us-east-1".');
  }
  return defineProvider(define(all))(channelOptions(all));
}

/** What the core has to know of a channel; the rest is the provider's own. */
function channelOptions(all: object): ChannelOptions & object {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !own.has(name)));
}

function define({
  region = "us-east-1",
  credentials,
  guardrail,
  messages = false,
  baseURL,
}: BedrockOptions): ProviderDefinition {
  const address = (baseURL ?? `https://bedrock-runtime.${region}.amazonaws.com`).replace(/\/+$/, "");
  const claude = messages ? anthropic : anthropicInvoke;
  const own = [claude, cohereInvoke];
  const brought = known.map((dialect) => own.find(({ id }) => id === dialect.id) ?? dialect);
  return {
    id: "bedrock",
    name: "Amazon Bedrock",
    dialects: [...brought, guardrail ? guarded(bedrockConverse, guardrail) : bedrockConverse, titanEmbeddings],
    speaks: ["anthropic", "bedrock-converse", "cohere-embeddings", "titan-embeddings"],
    modelSpeaks: [
      ["*anthropic.claude*", ["anthropic"]],
      ["*cohere.embed*", ["cohere-embeddings"]],
      ["*amazon.titan-embed*", ["titan-embeddings"]],
      ["*", ["bedrock-converse"]],
    ],
    baseURL: {
      anthropic: messages ? `${address}/anthropic/v1` : address,
      "bedrock-converse": address,
      "cohere-embeddings": address,
      "titan-embeddings": address,
    },
    keyVariables: credentials === undefined ? ["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID"] : [],
    auth: { type: "signed", open: (host) => openSigner(host, region, credentials ?? null) },
    ...(guardrail === undefined ? {} : { headers: guardrailHeaders(guardrail) }),
    // Claude signs its thoughts alike wherever it runs, and no other model here signs any.
    stateDomain: "anthropic",
    models: catalogue,
    modelQuirks,
    docs,
  };
}

/** For InvokeModel; Converse has it in the body. */
function guardrailHeaders({ id, version, trace }: Guardrail): Record<string, string> {
  return {
    "x-amzn-bedrock-guardrailidentifier": id,
    "x-amzn-bedrock-guardrailversion": version,
    ...(trace === undefined ? {} : { "x-amzn-bedrock-trace": trace.toUpperCase() }),
  };
}

/**
 * Amazon Bedrock: Claude in Anthropic's own dialect, all other models through Converse.
 *
 * @example providers: [bedrock({ region: "eu-central-1" })] // reads AWS_BEARER_TOKEN_BEDROCK, else AWS keys
 */
export const bedrock: BedrockFactory = Object.assign(create, { definition: define({}) }) as unknown as BedrockFactory;
