import { createGateway, openChannels } from "@sluice/core";
import type { ChannelSpec, Gateway, JsonObject, ProviderDefinition } from "@sluice/core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createMockUpstream } from "../mock-upstream/server.ts";
import type { MockUpstream } from "../mock-upstream/server.ts";
import { questionsFor, readJson, requestOf } from "../operation-suite/questions.ts";
import { quietPorts } from "./quiet-ports.ts";

/** What the cases need of a provider. */
export interface OperationCasesOf {
  definition: ProviderDefinition;
  /** A channel of it at the mock upstream, which speaks this dialect alone. */
  channel: (upstream: MockUpstream, dialect: string) => ChannelSpec<{}>;
  key: string;
  /** The model to ask for. */
  model: string;
}

/** The operation of a dialect that the provider brings. */
export function operationOf({ dialects }: ProviderDefinition, dialect: string): string {
  return dialects.find(({ id }) => id === dialect)?.operation ?? "chat";
}

/** What must hold for a channel in each dialect of an operation beside chat. */
export function operationCases({ definition, channel, key, model }: OperationCasesOf, dialect: string): void {
  const questions = questionsFor(operationOf(definition, dialect));
  let upstream: MockUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await createMockUpstream();
    gateway = createGateway({ providers: [channel(upstream, dialect)], attempts: 1 }, quietPorts());
  });
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await gateway.close({ graceMs: 0 });
    await upstream.close();
  });

  test.each(questions)("answers a client of $client", async (question) => {
    const response = await gateway.fetch(requestOf(question, `under-test/${model}`));
    const json = await readJson(response);
    expect([response.status, question.essence(json)]).toEqual([200, question.expected]);
    expect(json["sluice"]).toMatchObject({ provider: definition.id, actual_model: model, complete: true });
    expect(upstream.requests[0]).toMatchObject({ dialect, status: 200 });
  });

  test("sends the key where the vendor wants it, and nothing that is only the gateway's", async () => {
    const extras: JsonObject = { tags: { team: "search" }, timeout: 30, receipt: "body" };
    for (const question of questions) {
      await gateway.fetch(
        requestOf(question, `under-test/${model}`, extras, { authorization: "Bearer sk-of-the-caller" }),
      );
    }
    expect(upstream.requests.length).toBe(questions.length);
    const credential = openChannels([channel(upstream, dialect)], {}, quietPorts())[0]?.credential(dialect) ?? null;
    for (const { headers, url, json } of upstream.requests) {
      const carriers = Object.values(headers).filter((value) => value.includes(key));
      expect(carriers).toHaveLength(credential === null ? 0 : 1);
      expect(url + JSON.stringify([json, headers])).not.toContain("sk-of-the-caller");
      expect(Object.keys(json as JsonObject).filter((name) => name in extras)).toEqual([]);
    }
  });

  test.each([
    ["status:400", 400],
    ["status:401", 502],
    ["status:429", 429],
    ["status:503", 503],
    ["html", 502],
    ["empty", 502],
  ] as const)("%s of the vendor is a %i for the client, and no answer", async (fault, status) => {
    for (const question of questions) {
      upstream.script([fault]);
      const response = await gateway.fetch(requestOf(question, `under-test/${model}`));
      expect(response.status).toBe(status);
      expect(JSON.stringify(await readJson(response))).not.toContain(upstream.url.slice(7));
    }
  });
}
