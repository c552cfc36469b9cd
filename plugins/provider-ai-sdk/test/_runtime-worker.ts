import { talk } from "./_runtime-talk.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const { baseURL, nobody } = (await request.json()) as { baseURL: string; nobody: string };
    return Response.json(await talk(baseURL, nobody));
  },
};
