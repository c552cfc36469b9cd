import { createBearerSigner, defineProvider, errors } from "@sluice/core";
import type { ChannelOptions, ChannelSpec, ProviderDefinition, Signer, SignerHost } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import { onDeployments } from "./deployments.ts";
import { entraSigner } from "./entra.ts";
import type { EntraApplication } from "./entra.ts";

export interface AzureOptions extends ChannelOptions {
  /** The name of the resource, as in `https://<resource>.openai.azure.com`. Or give the whole address as `baseURL`. */
  resource?: string;
  /** A dated version such as `2024-10-21`: the paths of deployments as they were before the v1 API. @default the v1 API */
  apiVersion?: string;
  /** An application of Microsoft Entra ID in place of a key. */
  entra?: EntraApplication;
  /** A token of Entra ID, or a function that gives one: it keeps what it has until that expires. */
  token?: string | (() => string | Promise<string>);
}

type Unclaimed<Options> = Omit<Options, keyof AzureOptions>;

interface AzureFactory {
  <const Options extends object>(options: Options & AzureOptions): ChannelSpec<Unclaimed<Options>>;
  readonly definition: ProviderDefinition;
}

/** What Azure answers, in order of preference within an operation. */
const answered = [
  "openai-chat",
  "openai-responses",
  "openai-completions",
  "openai-embeddings",
  "openai-images",
  "openai-speech",
  "openai-transcription",
];

const own: ReadonlySet<string> = new Set<keyof AzureOptions>(["resource", "apiVersion", "entra", "token", "baseURL"]);

function create(all: AzureOptions = {}): ChannelSpec {
  const { resource, baseURL } = all;
  if (baseURL === undefined && resource === undefined) {
    throw errors.CONFIG_INVALID("azure()", "has no resource.", 'Name it: azure({ resource: "my-resource" }).');
  }
  if (resource !== undefined && !/^[a-z0-9][a-z0-9-]*$/i.test(resource)) {
    throw errors.CONFIG_INVALID("azure().resource", `"${resource}" is no name of a resource.`, "Give the name alone.");
  }
  return defineProvider(define(all))(channelOptions(all));
}

/** What the core has to know of a channel; the rest is the provider's own. */
function channelOptions(all: object): ChannelOptions & object {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !own.has(name)));
}

function define({ resource = "resource", apiVersion, entra, token, baseURL }: AzureOptions): ProviderDefinition {
  const hasKey = entra === undefined && token === undefined;
  return {
    id: "azure",
    name: "Azure OpenAI",
    dialects: apiVersion === undefined ? dialects : dialects.map((dialect) => placedFor(dialect, apiVersion)),
    speaks: answered,
    baseURL: baseURL ?? `https://${resource}.openai.azure.com/openai${apiVersion === undefined ? "/v1" : ""}`,
    keyVariables: hasKey ? ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"] : [],
    auth: hasKey
      ? { type: "header", name: "api-key" }
      : { type: "signed", open: (host) => openSigner(host, entra, token) },
    // What is encrypted for one service is not opened by the other.
    stateDomain: "azure",
    quirks: {
      maxTokensField: "max_completion_tokens",
      strict: true,
      // The first chunk may have no id, no choices and only what a filter says.
      patchStream: true,
    },
    docs: { url: "https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle", read: "2026-11-20" },
  };
}

function placedFor(dialect: (typeof dialects)[number], apiVersion: string) {
  return answered.includes(dialect.id) ? onDeployments(dialect, apiVersion) : dialect;
}

function openSigner(host: SignerHost, entra: AzureOptions["entra"], token: AzureOptions["token"]): Signer {
  return entra === undefined ? createBearerSigner(token ?? "") : entraSigner(entra, host);
}

/**
 * Azure OpenAI. A model is the name of a deployment.
 *
 * @example providers: [azure({ resource: "my-resource", models: ["my-deployment"] })] // reads AZURE_OPENAI_API_KEY
 */
export const azure: AzureFactory = Object.assign(create, { definition: define({}) }) as unknown as AzureFactory;
