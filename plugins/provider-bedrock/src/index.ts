export { bedrock, type BedrockOptions } from "./bedrock.ts";
export { bedrockConverse } from "./converse/index.ts";
export { type AwsKeySource } from "./credentials.ts";
export { EventStreamSplitter, type EventStreamMessage } from "./event-stream.ts";
export { type Guardrail } from "./guardrail.ts";
export { signAws, type AwsKeys, type SignatureScope } from "./signature.ts";
