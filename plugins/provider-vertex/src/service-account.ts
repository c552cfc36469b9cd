import {
  AttemptError,
  createBearerSigner,
  createTokenCache,
  errors,
  isObject,
  requestToken,
  stringOf,
} from "@sluice/core";
import type { AccessToken, JsonObject, Signer, SignerHost } from "@sluice/core";

/** The key file of a service account, as Google Cloud gives it out; only these members are read. */
export interface ServiceAccount {
  client_email: string;
  /** PEM, PKCS #8. */
  private_key: string;
  private_key_id?: string;
  /** @default "https://oauth2.googleapis.com/token" */
  token_uri?: string;
}

const scope = "https://www.googleapis.com/auth/cloud-platform";
const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/**
 * Exchanges assertions signed by the account's key for access tokens.
 *
 * https://developers.google.com/identity/protocols/oauth2/service-account (read 2026-11)
 */
export function serviceAccountSigner(account: ServiceAccount, { ports, proxy }: SignerHost): Signer {
  const url = account.token_uri ?? "https://oauth2.googleapis.com/token";
  let key: Promise<CryptoKey> | null = null;

  async function obtain(): Promise<AccessToken> {
    key ??= importKey(account.private_key);
    const assertion = await signAssertion(account, url, await key, ports.clock.now());
    return requestToken({ url, form: { grant_type: grant, assertion }, proxy }, ports);
  }

  const cache = createTokenCache(obtain, ports.clock);
  return createBearerSigner(cache.get, { secrets: [account.private_key], forget: cache.forget });
}

/** Reads a key file, given as an object or as its JSON. Throws `SLUICE_CONFIG_INVALID` without showing any of it. */
export function readServiceAccount(given: ServiceAccount | string, where: string): ServiceAccount {
  const file = typeof given === "string" ? parsed(given) : { ...given };
  const { client_email, private_key, private_key_id, token_uri } = file;
  if (typeof client_email !== "string" || !stringOf(private_key)?.includes("PRIVATE KEY")) {
    const hint = "Give the JSON of a service account's key, with client_email and private_key.";
    throw errors.CONFIG_INVALID(where, "is no service account.", hint);
  }
  if (token_uri !== undefined && !isSafe(stringOf(token_uri) ?? "")) {
    throw errors.CONFIG_INVALID(where, "its token_uri is not https.", "Leave it as Google Cloud wrote it.");
  }
  return {
    client_email,
    private_key: private_key as string,
    ...(typeof private_key_id === "string" ? { private_key_id } : {}),
    ...(typeof token_uri === "string" ? { token_uri } : {}),
  };
}

function parsed(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost"].includes(hostname));
}

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

async function importKey(pem: string): Promise<CryptoKey> {
  try {
    const base64 = pem.replace(/-----[A-Z ]+-----/g, "").replace(/\\n|\s/g, "");
    const der = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  } catch {
    // What the runtime says could quote the key.
    throw new AttemptError({ class: "credential", message: "the private key of the service account cannot be read" });
  }
}

/** A JWT (RFC 7523) that lives for an hour, the most that is taken. */
async function signAssertion(account: ServiceAccount, audience: string, key: CryptoKey, now: number): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const { client_email: iss, private_key_id: kid } = account;
  const header = base64Url(utf8(JSON.stringify({ alg: "RS256", typ: "JWT", ...(kid === undefined ? {} : { kid }) })));
  const claims = base64Url(utf8(JSON.stringify({ iss, scope, aud: audience, iat: seconds, exp: seconds + 3600 })));
  const signature = await crypto.subtle.sign(algorithm.name, key, utf8(`${header}.${claims}`));
  return `${header}.${claims}.${base64Url(new Uint8Array(signature))}`;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
