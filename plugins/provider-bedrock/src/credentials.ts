import { createBearerSigner, errors } from "@sluice/core";
import type { Signer, SignerHost } from "@sluice/core";
import { signAws } from "./signature.ts";
import type { AwsKeys } from "./signature.ts";

/** The keys themselves, or what gives them when they are needed: it keeps what it has until that expires. */
export type AwsKeySource = AwsKeys | (() => AwsKeys | Promise<AwsKeys>);

/** Opens the signer of one channel: a Bedrock API key as it is, AWS keys as a signature over each call. */
export function openSigner(host: SignerHost, region: string, given: AwsKeySource | null): Signer {
  const keys = given ?? keysFrom(host);
  if (keys === null) return createBearerSigner(host.key ?? "");
  let last: AwsKeys | null = typeof keys === "function" ? null : keys;
  return {
    async sign(call) {
      last = typeof keys === "function" ? await keys() : keys;
      return signAws(call, last, { region, service: "bedrock", now: host.ports.clock.now() });
    },
    secrets: () => (last === null ? [] : [last.secretAccessKey, ...(last.sessionToken ? [last.sessionToken] : [])]),
  };
}

function keysFrom({ id, key, keyFrom, ports }: SignerHost): AwsKeys | null {
  if (keyFrom !== "AWS_ACCESS_KEY_ID" || key === null) return null;
  const secretAccessKey = ports.env["AWS_SECRET_ACCESS_KEY"]?.trim();
  if (!secretAccessKey) {
    const hint = "Set both, or AWS_BEARER_TOKEN_BEDROCK with a Bedrock API key.";
    throw errors.CONFIG_INVALID(`the channel "${id}"`, "has AWS_ACCESS_KEY_ID and no AWS_SECRET_ACCESS_KEY.", hint);
  }
  const sessionToken = ports.env["AWS_SESSION_TOKEN"]?.trim();
  return { accessKeyId: key, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}
