import { createVerify, generateKeyPairSync } from "node:crypto";
import { startFront, type FrontAnswer, type RunningFront } from "@sluice/testkit";
import type { ServiceAccount } from "../src/index.ts";

const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

export interface TokenServer {
  /** An account whose tokens are given out here. */
  account: ServiceAccount;
  /** Tokens given out so far. */
  issued: readonly string[];
  /** What the next call is answered, in place of a token. */
  refuseNext(answer: FrontAnswer): void;
  running: RunningFront;
}

/** Google's token endpoint as its documents have it: it checks the assertion with the account's public key. */
export async function startTokenServer(lifeSeconds = 3599): Promise<TokenServer> {
  const issued: string[] = [];
  const refusals: FrontAnswer[] = [];
  const running = await startFront(async ({ headers, body }) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) return refusal;
    const form = new URLSearchParams(body.toString());
    const problem =
      form.get("grant_type") === grant ? problemOf(form.get("assertion") ?? "", headers["host"] ?? "") : "grant_type";
    if (problem !== null) return json(400, { error: "invalid_grant", error_description: problem });
    issued.push(`ya29.token-${issued.length + 1}`);
    return json(200, { access_token: issued.at(-1), expires_in: lifeSeconds, token_type: "Bearer" });
  }, "http://127.0.0.1:9");
  const account: ServiceAccount = {
    client_email: "sluice@my-project.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    private_key_id: "key-1",
    token_uri: `${running.url}/token`,
  };
  return { account, issued, refuseNext: (answer) => void refusals.push(answer), running };
}

function problemOf(assertion: string, host: string): string | null {
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  if (!createVerify("RSA-SHA256").update(`${header}.${claims}`).verify(publicKey, signature, "base64url"))
    return "signature";
  const { alg, kid } = read(header);
  const { iss, scope, aud, iat, exp } = read(claims);
  if (alg !== "RS256" || kid !== "key-1") return "header";
  if (iss !== "sluice@my-project.iam.gserviceaccount.com") return "iss";
  if (scope !== "https://www.googleapis.com/auth/cloud-platform" || aud !== `http://${host}/token`)
    return "scope or aud";
  const now = Date.now() / 1000;
  const times = Number(iat) <= now + 1 && Number(exp) > now && Number(exp) - Number(iat) <= 3600;
  return times ? null : "iat or exp";
}

function read(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
}

export function json(status: number, body: object): FrontAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
