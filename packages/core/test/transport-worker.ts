import { type ContractRun, contractLines } from "./transport-contract.ts";

// Not also a script: Bun serves whatever exports a `fetch` by default.
export default {
  async fetch(request: Request): Promise<Response> {
    return new Response(await contractLines((await request.json()) as ContractRun));
  },
};
