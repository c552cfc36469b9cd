/**
 * How long an upstream asks to wait, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as a date.
 * A date is measured from the answer's own `date` header, so no clock is needed.
 */
export function retryAfterMs(headers: ReadonlyMap<string, string>): number | undefined {
  const exact = amount(headers.get("retry-after-ms"));
  if (exact !== undefined) return Math.ceil(exact);

  const value = headers.get("retry-after");
  const seconds = amount(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  if (value === undefined) return undefined;

  const wait = Date.parse(value) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function amount(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value);
}
