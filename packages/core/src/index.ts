export { createTokenCache, requestToken } from "./access-token.ts";
export type { AccessToken, TokenCache, TokenRequest } from "./access-token.ts";
export { answerWith } from "./answer.ts";
export type { Answer, ReplyAnswer, ResultAnswer, ResultStreamAnswer, StreamAnswer } from "./answer.ts";
export type * from "./catalogue.ts";
export type { MayHold } from "./body.ts";
export type { Channel, Target } from "./channel.ts";
export { openChannels } from "./channels.ts";
export type { GatewayConfig, LimitsConfig, ModelConfig, TimeoutsConfig } from "./config.ts";
export { costOf, toDollars } from "./cost.ts";
export type { Cost, CostTerms } from "./cost.ts";
export type { CurrencyConfig } from "./currency.ts";
export type { AdmitContext, AttemptContext, CallerCredential, ModelContext, RequestContext } from "./context.ts";
export { within } from "./deadline.ts";
export * from "./dialect.ts";
export type * from "./embeddings.ts";
export * from "./errors.ts";
export * from "./event.ts";
export { coreExtras } from "./extras.ts";
export type { CoreExtras } from "./extras.ts";
export * from "./failure.ts";
export { createGateway, defineGateway } from "./gateway.ts";
export type { Gateway, GatewayDefinition } from "./gateway.ts";
export { matchesGlob } from "./glob.ts";
export { nearest } from "./guess.ts";
export type * from "./hooks.ts";
export type * from "./images.ts";
export { toTransportError } from "./host/transport-error.ts";
export type * from "./inspection.ts";
export { parseJson } from "./json-text.ts";
export * from "./json.ts";
export { defineLate, isLate } from "./late.ts";
export { MemoryStorage } from "./memory-storage.ts";
export type { MemoryLimits } from "./memory-storage.ts";
export type * from "./moderations.ts";
export { fieldPart } from "./multipart.ts";
export type { FormPart } from "./multipart.ts";
export { answersAlone, defineOperationDialect } from "./operation-dialect.ts";
export type * from "./operation-dialect.ts";
export type * from "./operation.ts";
export { filterModels, mediaOf, modelFilters } from "./model-filter.ts";
export { defaultPolicy } from "./plan.ts";
export type { Plan, Policy, TargetHealth, World } from "./plan.ts";
export { definePlugin, maybe, pluginFields, stageNames } from "./plugin.ts";
export type {
  ChannelSettings,
  Disposer,
  ExtraFields,
  MaybeUse,
  ModelSettings,
  Outcome,
  Plugin,
  PluginFactory,
  PluginHost,
  PluginTypes,
  RequestVerdict,
  RouteCall,
  RoutesOf,
  StageContext,
  Use,
} from "./plugin.ts";
export * from "./ports.ts";
export * from "./price.ts";
export type * from "./price-source.ts";
export * from "./provider.ts";
export type * from "./quirks.ts";
export * from "./receipt.ts";
export { fromReceiptUsage, toReceiptUsage } from "./receipt-usage.ts";
export * from "./reply.ts";
export type * from "./request.ts";
export type * from "./rerank.ts";
export type { Inputs, Outputs, Schema, SchemaIssue, Schemas } from "./schema.ts";
export { createBearerSigner } from "./signing.ts";
export type { SignedHeaders, Signer, SignerHost, SigningCall } from "./signing.ts";
export type * from "./speech.ts";
export { bytesOf } from "./splice.ts";
export * from "./state.ts";
export type * from "./token-count.ts";
export type * from "./transcription.ts";
export { decodeJobId, encodeJobId, makesVideo, videoJob, videoUsage } from "./videos.ts";
export type * from "./videos.ts";
export { Watch } from "./watch.ts";
export { hostPorts } from "#host";
