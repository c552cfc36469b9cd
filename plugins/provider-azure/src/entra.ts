import { createBearerSigner, createTokenCache, requestToken } from "@sluice/core";
import type { Signer, SignerHost } from "@sluice/core";

/** An application of Microsoft Entra ID with a role at the resource, e.g. Cognitive Services OpenAI User. */
export interface EntraApplication {
  tenantId: string;
  clientId: string;
  clientSecret: string;
  /** Where tokens are given out; another one in a sovereign cloud. @default "https://login.microsoftonline.com" */
  authority?: string;
  /** @default "https://ai.azure.com/.default" */
  scope?: string;
}

/** Tokens by the client credentials flow: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow (read 2026-11) */
export function entraSigner(application: EntraApplication, { ports, proxy }: SignerHost): Signer {
  const { tenantId, clientId, clientSecret, authority, scope } = application;
  const base = (authority ?? "https://login.microsoftonline.com").replace(/\/+$/, "");
  const url = `${base}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  const form = {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope: scope ?? "https://ai.azure.com/.default",
  };
  const cache = createTokenCache(() => requestToken({ url, form, proxy }, ports), ports.clock);
  return createBearerSigner(cache.get, { secrets: [clientSecret], forget: cache.forget });
}
