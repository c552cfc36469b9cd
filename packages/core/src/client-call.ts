import type { ClientCall } from "./dialect.ts";
import type { Incoming } from "./incoming.ts";

const noQuery = new URLSearchParams();

/** What a dialect may know of a call before its body is read. Paths are taken as they were sent: no dots or doubles are resolved. */
export function toClientCall(incoming: Incoming): ClientCall {
  const mark = incoming.url.indexOf("?");
  const rawPath = mark < 0 ? incoming.url : incoming.url.slice(0, mark);
  return {
    method: incoming.method,
    path: rawPath.includes("%") ? decoded(rawPath) : rawPath,
    rawPath,
    query: mark < 0 ? noQuery : new URLSearchParams(incoming.url.slice(mark + 1)),
    headers: incoming.headers,
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
