import type { ChannelOptions } from "@sluice/core";
import { testProvider } from "@sluice/testkit";
import { vertex } from "../src/index.ts";
import { vertexFront } from "./_front.ts";

const withProject = ({ apiKey = "", ...options }: ChannelOptions) =>
  vertex({ ...options, project: "my-project", location: "europe-west1", accessToken: apiKey });

testProvider(Object.assign(withProject, { definition: vertex.definition }), {
  model: { gemini: "gemini-2.5-flash", anthropic: "claude-haiku-4-5@20251001" },
  front: vertexFront(),
});
