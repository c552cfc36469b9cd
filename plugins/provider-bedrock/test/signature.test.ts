import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signAws } from "../src/index.ts";
import { signatureProblem } from "./_signature.ts";

const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const scope = { region: "us-east-1", service: "service", now: Date.UTC(2015, 7, 30, 12, 36) };

describe("a signature", () => {
  // AWS's own examples: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html (read 2026-11)
  test.each([
    ["GET", "https://example.amazonaws.com/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    ["POST", "https://example.amazonaws.com/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "GET",
      "https://example.amazonaws.com/?Param2=value2&Param1=value1",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
  ] as const)("of %s %s is that of the published example", async (method, url, signature) => {
    const { authorization } = await signAws({ method, url, body: null }, keys, scope);
    expect(authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  });

  test("of any model, body and token is one that its receiver finds as well", async () => {
    const body = fc.uint8Array({ maxLength: 500 });
    const token = fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,80}$/), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", minLength: 1, maxLength: 80 }),
        body,
        token,
        async (model, bytes, sessionToken) => {
          const url = `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(model.toWellFormed())}/converse`;
          // A model of dots alone is no path of its own.
          fc.pre(new URL(url).href === url);
          const headers = await signAws(
            { method: "POST", url, body: bytes },
            { ...keys, ...(sessionToken === undefined ? {} : { sessionToken }) },
            { region: "eu-west-1", service: "bedrock", now: Date.UTC(2026, 10, 20) },
          );
          const arrived = {
            method: "POST",
            url: new URL(url).pathname,
            headers: { ...headers, host: "bedrock-runtime.eu-west-1.amazonaws.com" },
            body: Buffer.from(bytes),
          };
          const secrets = { [keys.accessKeyId]: keys.secretAccessKey };
          expect(signatureProblem(arrived, secrets)).toBeNull();
          const changed = [
            { ...arrived, url: `${arrived.url}-stream` },
            { ...arrived, body: Buffer.from([...bytes, 0]) },
            { ...arrived, headers: { ...arrived.headers, "x-amz-date": "20261120T000001Z" } },
            { ...arrived, headers: { ...arrived.headers, host: "elsewhere.example" } },
          ];
          for (const call of changed) expect(signatureProblem(call, secrets)).toBe("InvalidSignatureException");
        },
      ),
      { numRuns: 60 },
    );
  });
});
