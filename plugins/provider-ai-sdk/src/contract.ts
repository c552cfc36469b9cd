/**
 * The AI SDK's provider contract, as far as the bridge uses it: methods and members that a package must have.
 *
 * Contracts V2, V3 and V4 all fit. Call options are `never` here because each version has its own; they are written in the
 * form of V4 and put into an older one by `versions.ts`.
 * https://github.com/vercel/ai/tree/main/packages/provider (read 2026-11-20)
 */
export interface AiSdkProvider {
  /** Absent in V2. */
  readonly specificationVersion?: string;
  languageModel(modelId: string): AiSdkLanguageModel;
  embeddingModel?(modelId: string): AiSdkEmbeddingModel;
  /** What V2 calls `embeddingModel`. */
  textEmbeddingModel?(modelId: string): AiSdkEmbeddingModel;
  rerankingModel?(modelId: string): AiSdkRerankingModel;
  imageModel?(modelId: string): AiSdkImageModel;
  speechModel?(modelId: string): AiSdkSpeechModel;
  transcriptionModel?(modelId: string): AiSdkTranscriptionModel;
  videoModel?(modelId: string): AiSdkVideoModel;
}

export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
}

export interface AiSdkLanguageModel extends AiSdkModel {
  /** Addresses of media that the model reads itself, by media type. */
  readonly supportedUrls: PromiseLike<UrlPatterns> | UrlPatterns;
  doGenerate(options: never): PromiseLike<object>;
  doStream(options: never): PromiseLike<{
    stream: ReadableStream<unknown>;
    response?: { headers?: Record<string, string> };
  }>;
}

export type UrlPatterns = Record<string, RegExp[]>;

export interface AiSdkEmbeddingModel extends AiSdkModel {
  /** Most values of one call. */
  readonly maxEmbeddingsPerCall: PromiseLike<number | undefined> | number | undefined;
  doEmbed(options: never): PromiseLike<object>;
}

export interface AiSdkRerankingModel extends AiSdkModel {
  doRerank(options: never): PromiseLike<object>;
}

type PerCall =
  | ((options: { modelId: string }) => PromiseLike<number | undefined> | number | undefined)
  | number
  | undefined;

export interface AiSdkImageModel extends AiSdkModel {
  /** Most pictures of one call. */
  readonly maxImagesPerCall: PerCall;
  doGenerate(options: never): PromiseLike<object>;
}

export interface AiSdkSpeechModel extends AiSdkModel {
  doGenerate(options: never): PromiseLike<object>;
}

export interface AiSdkTranscriptionModel extends AiSdkModel {
  doGenerate(options: never): PromiseLike<object>;
}

/** One that makes a video while somebody waits has neither method, and is of no use here. */
export interface AiSdkVideoModel extends AiSdkModel {
  doStart?(options: never): PromiseLike<object>;
  doStatus?(options: never): PromiseLike<object>;
}

/** The versions of the contract that the bridge speaks. */
export const contractVersions = ["v2", "v3", "v4"] as const;
export type ContractVersion = (typeof contractVersions)[number];

export function isContractVersion(version: unknown): version is ContractVersion {
  return contractVersions.some((known) => known === version);
}
