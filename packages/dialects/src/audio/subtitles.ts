import type { SpokenSpan, TranscriptionResult } from "@sluice/core";

/** SubRip: numbered cues, a comma before the milliseconds. */
export function toSrt(result: TranscriptionResult): string {
  return cuesOf(result)
    .map(({ start, end, text }, index) => `${index + 1}\n${clock(start, ",")} --> ${clock(end, ",")}\n${text}\n`)
    .join("\n");
}

/** WebVTT: https://www.w3.org/TR/webvtt1/ (read 2026-11) */
export function toVtt(result: TranscriptionResult): string {
  const cues = cuesOf(result).map(({ start, end, text }) => `${clock(start, ".")} --> ${clock(end, ".")}\n${text}\n`);
  return ["WEBVTT\n", ...cues].join("\n");
}

/** Without segments the whole text is one cue. */
function cuesOf({ segments, text, seconds }: TranscriptionResult): readonly SpokenSpan[] {
  const spans = segments.length > 0 ? segments : [{ text, start: 0, end: seconds ?? 0 }];
  // A blank line would end the cue.
  return spans.map((span) => ({ ...span, text: span.text.trim().replaceAll(/\n\s*\n/g, "\n") }));
}

function clock(seconds: number, mark: "," | "."): string {
  const all = Math.max(0, Math.round(seconds * 1000));
  const part = (unit: number, most: number) => String(Math.floor(all / unit) % most).padStart(2, "0");
  const hours = String(Math.floor(all / 3_600_000)).padStart(2, "0");
  return `${hours}:${part(60_000, 60)}:${part(1000, 60)}${mark}${String(all % 1000).padStart(3, "0")}`;
}
