import { defineProvider, errors } from "@sluice/core";
import type { AnyDialect, ChannelOptions, ChannelSpec, ModelInfo, ProviderDefinition } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { contractVersions, isContractVersion, type AiSdkProvider } from "./contract.ts";
import { aiSdkDialect } from "./dialect/index.ts";
import { operationDialects } from "./operations/index.ts";
import { bridgeHost, createBridgeTransport } from "./transport.ts";

type OfPackage = "apiKey" | "baseURL" | "proxy" | "speaks";
const ofPackage: readonly OfPackage[] = ["apiKey", "baseURL", "proxy", "speaks"];

/** What every channel takes, but for what the package itself is told: key, address, proxy. */
export interface AiSdkOptions extends Omit<ChannelOptions, OfPackage>, Partial<Record<OfPackage, never>> {
  /** Lower-case; stands before the slash in `id/model`. */
  id: string;
  /** The package's provider, as its `create…` function returns it. */
  provider: AiSdkProvider;
  /** For people. @default the id */
  name?: string;
  /** What is known of its models. @default nothing: every name is passed on */
  catalogue?: readonly ModelInfo[];
  /**
   * Seals the ids of videos: 32 characters or more, at random. Without it the process that ordered a video can look after
   * it, and no other. @default a new one at each start
   */
  jobSecret?: string;
  /** Channels with one domain can read each other's thinking signatures and encrypted reasoning. @default ai-sdk.<id> */
  stateDomain?: string;
}

/**
 * Makes a channel of any AI SDK provider: the package makes the calls, in process, and the gateway does the rest.
 *
 * Throws `SLUICE_CONFIG_INVALID` for what is no such provider, or one of a contract that is not known.
 *
 * @example aiSdk({ id: "bedrock", provider: createAmazonBedrock({ region: "eu-central-1" }) })
 */
export function aiSdk<const Options extends AiSdkOptions>(
  options: Options,
): ChannelSpec<Omit<Options, keyof AiSdkOptions>> {
  const { provider, name, catalogue, jobSecret, stateDomain, ...channel } = options;
  assertProvider(options.id, provider);
  assertOptions(options.id, channel);
  assertSecret(options.id, jobSecret);
  const definition: ProviderDefinition = {
    id: options.id,
    name: name ?? options.id,
    dialects: [...dialects, ...own],
    speaks: own.filter((dialect) => hasModels(provider, dialect)).map(({ id }) => id),
    // Never dialled. Each has an origin of its own, as each has a vendor of its own.
    baseURL: `https://${options.id.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-")}${bridgeHost}`,
    keyVariables: [],
    auth: { type: "none" },
    stateDomain: stateDomain ?? `ai-sdk.${options.id}`,
    ...(catalogue === undefined ? {} : { models: catalogue }),
    // Channels that share a secret share no videos.
    transport: () => createBridgeTransport(provider, jobSecret && `${options.id}\n${jobSecret}`),
  };
  return defineProvider(definition)(channel) as ChannelSpec as ChannelSpec<Omit<Options, keyof AiSdkOptions>>;
}

const own: readonly AnyDialect[] = [aiSdkDialect, ...operationDialects];

/** A package that lacks a kind of models is out of the plan for what they do. */
function hasModels(provider: AiSdkProvider, { operation = "chat" }: AnyDialect): boolean {
  return (kindsOf[operation] ?? []).some((kind) => typeof provider[kind] === "function");
}

const kindsOf: Readonly<Partial<Record<string, readonly Kind[]>>> = {
  chat: ["languageModel"],
  embeddings: ["embeddingModel", "textEmbeddingModel"],
  rerank: ["rerankingModel"],
  images: ["imageModel"],
  speech: ["speechModel"],
  transcription: ["transcriptionModel"],
  videos: ["videoModel"],
};
type Kind = Exclude<keyof AiSdkProvider, "specificationVersion">;

function assertProvider(id: string, provider: AiSdkProvider): void {
  const isProvider = (typeof provider === "object" && provider !== null) || typeof provider === "function";
  if (typeof id !== "string" || !isProvider || !own.some((dialect) => hasModels(provider, dialect))) {
    const hint =
      'Give an id, and what the package\'s create function returns: aiSdk({ id: "x", provider: createX() }).';
    throw errors.CONFIG_INVALID(`aiSdk(${id})`, "has no id, or its provider is none of the AI SDK.", hint);
  }
  const { specificationVersion } = provider;
  if (specificationVersion === undefined || isContractVersion(specificationVersion)) return;
  const known = contractVersions.map((version) => version.toUpperCase()).join(", ");
  const hint = `Install a version of the package that speaks one of ${known}, or a newer @sluice/provider-ai-sdk.`;
  throw errors.CONFIG_INVALID(`aiSdk(${id})`, `its provider speaks contract "${specificationVersion}".`, hint);
}

/** TypeScript does not see what comes from a variable. */
function assertOptions(id: string, options: object): void {
  const wrong = ofPackage.find((name) => name in options);
  if (wrong === undefined) return;
  throw errors.CONFIG_INVALID(
    `aiSdk(${id}).${wrong}`,
    "is the package's business.",
    "Give it to the package's create function.",
  );
}

function assertSecret(id: string, secret: unknown): void {
  if (secret === undefined || (typeof secret === "string" && secret.length >= 32)) return;
  const hint = "Take 32 random bytes, e.g. from `openssl rand -hex 32`, and keep them in the environment.";
  throw errors.CONFIG_INVALID(`aiSdk(${id}).jobSecret`, "is shorter than 32 characters.", hint);
}
