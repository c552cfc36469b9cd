/** Providers of this gateway under the names that the table has for them. Others are looked up by their own id. */
const names: Readonly<Record<string, string>> = {
  gemini: "google",
  vertex: "google",
  bedrock: "aws",
  moonshot: "moonshotai",
  zhipu: "zhipuai",
  xai: "x-ai",
  voyage: "voyageai",
};

/** What the table calls a provider. */
export function tableName(provider: string): string {
  return Object.hasOwn(names, provider) ? (names[provider] as string) : provider;
}
