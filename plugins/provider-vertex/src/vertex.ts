import { createBearerSigner, defineProvider, errors } from "@sluice/core";
import type { ChannelOptions, ChannelSpec, ProviderDefinition, Signer, SignerHost } from "@sluice/core";
import { dialects as known } from "@sluice/dialects";
import { catalogue, docs, modelQuirks } from "./catalogue.ts";
import { claudeOnVertex } from "./claude.ts";
import { vertexEmbeddings } from "./embeddings.ts";
import { geminiOnVertex } from "./gemini.ts";
import { readServiceAccount, serviceAccountSigner } from "./service-account.ts";
import type { ServiceAccount } from "./service-account.ts";
import { claudeTokensOnVertex, geminiTokensOnVertex } from "./token-counts.ts";

export interface VertexOptions extends ChannelOptions {
  /** The project that is billed. Without one only an API key (express mode) can be used, for Gemini alone. */
  project?: string;
  /** `global`, a geography (`us`, `eu`), or a region such as `europe-west1`. @default "global" */
  location?: string;
  /** The key of a service account: an object, or its JSON. @default GOOGLE_SERVICE_ACCOUNT */
  serviceAccount?: ServiceAccount | string;
  /** An access token, or a function that gives one: it keeps what it has until that expires. @default GOOGLE_ACCESS_TOKEN */
  accessToken?: string | (() => string | Promise<string>);
}

type Unclaimed<Options> = Omit<Options, keyof VertexOptions>;

interface VertexFactory {
  (options?: undefined): ChannelSpec<{}>;
  <const Options extends object>(options: Options & VertexOptions): ChannelSpec<Unclaimed<Options>>;
  readonly definition: ProviderDefinition;
}

const own: ReadonlySet<string> = new Set<keyof VertexOptions>([
  "project",
  "location",
  "serviceAccount",
  "accessToken",
  "baseURL",
]);

function create(all: VertexOptions = {}): ChannelSpec {
  const { project, location } = all;
  for (const [name, value] of Object.entries({ project, location })) {
    if (value === undefined || /^[a-z0-9][a-z0-9:.-]*$/i.test(value)) continue;
    throw errors.CONFIG_INVALID(`vertex().${name}`, `"${value}" cannot be part of an address.`, "Give its id.");
  }
  return defineProvider(define(all))(channelOptions(all));
}

/** What the core has to know of a channel; the rest is the provider's own. */
function channelOptions(all: object): ChannelOptions & object {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !own.has(name)));
}

const replaced = [geminiOnVertex, claudeOnVertex, geminiTokensOnVertex, claudeTokensOnVertex];

function define(options: VertexOptions): ProviderDefinition {
  const { project, location = "global", serviceAccount, accessToken } = options;
  const given = serviceAccount ?? accessToken;
  const host = (options.baseURL ?? `${hostOf(location)}/v1`).replace(/\/+$/, "");
  return {
    id: "vertex",
    name: "Google Vertex AI",
    dialects: [...known.map((dialect) => replaced.find(({ id }) => id === dialect.id) ?? dialect), vertexEmbeddings],
    speaks: ["gemini", "anthropic", "gemini-tokens", "anthropic-tokens", "vertex-embeddings"],
    modelSpeaks: [
      ["claude-*", ["anthropic", "anthropic-tokens"]],
      ["*", ["gemini", "gemini-tokens", "vertex-embeddings"]],
    ],
    baseURL: project === undefined ? host : `${host}/projects/${project}/locations/${location}`,
    keyVariables: given === undefined ? ["GOOGLE_SERVICE_ACCOUNT", "GOOGLE_ACCESS_TOKEN", "GOOGLE_VERTEX_API_KEY"] : [],
    auth: { type: "signed", open: (signer) => openSigner(signer, options) },
    // Bare thought signatures are the native ones of the dialect.
    stateDomain: "gemini",
    models: catalogue,
    modelQuirks,
    docs,
  };
}

function hostOf(location: string): string {
  if (location === "global") return "https://aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

function openSigner(host: SignerHost, { project, serviceAccount, accessToken }: VertexOptions): Signer {
  const { id, key, keyFrom } = host;
  const account = serviceAccount ?? (keyFrom === "GOOGLE_SERVICE_ACCOUNT" ? key : null);
  const token = accessToken ?? (keyFrom === "GOOGLE_ACCESS_TOKEN" ? key : null);
  if (account === null && token === null) return apiKeySigner(key ?? "");
  if (project === undefined) {
    const hint = 'Give it: vertex({ project: "my-project" }). Only API keys do without.';
    throw errors.CONFIG_INVALID(`the channel "${id}"`, "has no project.", hint);
  }
  if (account !== null) return serviceAccountSigner(readServiceAccount(account, `the channel "${id}"`), host);
  return createBearerSigner(token ?? "");
}

/** Express mode: a key in place of a project. */
function apiKeySigner(key: string): Signer {
  return { sign: () => ({ "x-goog-api-key": key }), secrets: () => [key] };
}

/**
 * Google Cloud's Vertex AI: Gemini, and Claude in Anthropic's dialect.
 *
 * @example providers: [vertex({ project: "my-project", location: "europe-west1" })] // reads GOOGLE_SERVICE_ACCOUNT
 */
export const vertex: VertexFactory = Object.assign(create, { definition: define({}) }) as unknown as VertexFactory;
