import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent } from "undici";
import type { Dispatcher } from "undici";

// The least that a proxy in Node can do: bytes in, bytes out, nothing parsed.
const { PORT = "4000", BENCH_UPSTREAM = "http://127.0.0.1:9" } = process.env;
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 });

createServer((request, response) => {
  const { method = "GET", url = "/" } = request;
  agent.dispatch(
    {
      origin: BENCH_UPSTREAM,
      path: url,
      method: method as Dispatcher.HttpMethod,
      headers: headersOf(request),
      body: method === "GET" ? null : request,
    },
    relayTo(response),
  );
}).listen(Number(PORT), "127.0.0.1");

// A profile is written at the end of the process, if it comes by itself.
process.once("SIGTERM", () => process.exit(0));

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const { authorization = "", "content-type": type = "application/json", "content-length": length } = headers;
  return { authorization, "content-type": type, ...(length === undefined ? {} : { "content-length": length }) };
}

function relayTo(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      response.once("close", () => {
        if (!response.writableFinished) controller.abort(new Error("the client left"));
      });
    },
    onResponseStart(_controller, status, headers) {
      response.writeHead(status, passedOn(headers));
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return;
      controller.pause();
      response.once("drain", () => controller.resume());
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    },
  };
}

function passedOn(headers: Record<string, string | string[] | undefined>): Record<string, string | string[]> {
  const { "content-type": type = "application/json", "content-length": length } = headers;
  return { "content-type": type, ...(length === undefined ? {} : { "content-length": length }) };
}
