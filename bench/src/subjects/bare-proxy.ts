import { H3 } from "h3";
import { serve } from "srvx/node";

// What one writes first: h3 on web standards, global fetch, the body handed through.
const { PORT = "4000", BENCH_UPSTREAM = "http://127.0.0.1:9" } = process.env;

const app = new H3().all("/**", async ({ req }) => {
  const { pathname, search } = new URL(req.url);
  const headers = new Headers();
  for (const name of ["authorization", "content-type"]) headers.set(name, req.headers.get(name) ?? "");
  const answer = await fetch(BENCH_UPSTREAM + pathname + search, {
    method: req.method,
    headers,
    body: req.body,
    duplex: "half",
    signal: req.signal,
  } as RequestInit);
  return new Response(answer.body, {
    status: answer.status,
    headers: { "content-type": answer.headers.get("content-type") ?? "application/json" },
  });
});

serve({ fetch: (request) => app.fetch(request), port: Number(PORT), hostname: "127.0.0.1", silent: true });
