/** OpenAI's names for the forms of sound, and their media types. */
const types: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

export const audioFormats = ["mp3", "opus", "aac", "flac", "wav", "pcm"] as const;

export function mediaTypeOf(format: string | undefined): string {
  return types[format ?? "mp3"] ?? "application/octet-stream";
}
