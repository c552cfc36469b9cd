import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { operate, vendor } from "../_operations.ts";
import { twoVendors } from "./_made-up-wire.ts";

function form(parts: [name: string, value: string | Blob, filename?: string][]): Request {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === "string") data.append(name, value);
    else data.append(name, value, filename);
  }
  return new Request("http://gateway.test/v1/things", { method: "POST", body: data });
}

describe("forms", () => {
  const file = new Blob([new Uint8Array([0, 13, 10, 45, 45, 255])], { type: "audio/wav" });

  test.each([
    [
      "before",
      [
        ["model", "a/m"],
        ["file", file, "a.wav"],
      ],
    ],
    [
      "behind",
      [
        ["file", file, "a.wav"],
        ["model", "a/m"],
      ],
    ],
  ] as const)("are read with the fields %s the file, and passed on with the file as it is", async (_, parts) => {
    const { world, call, sent } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "form" }));
    const { status } = await call(form([...parts, ["unknown", "kept"]] as never));
    expect(status).toBe(200);
    const passed = await new Response(sent[0]?.bytes as BodyInit, {
      headers: { "content-type": sent[0]?.headers["content-type"] ?? "" },
    }).formData();
    const passedFile = passed.get("file") as File;
    expect([passed.get("model"), passed.get("unknown"), passedFile.name, passedFile.type]).toEqual([
      "m",
      "kept",
      "a.wav",
      "audio/wav",
    ]);
    expect(new Uint8Array(await passedFile.arrayBuffer())).toEqual(new Uint8Array(await file.arrayBuffer()));
    expect([...passed.keys()]).toEqual(parts.map(([name]) => name as string).concat("unknown"));
  });

  test("keep arrays of fields, and give up their extras", async () => {
    const { world, call, sent, receipts } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "form" }));
    await call(
      form([
        ["model", "a/m"],
        ["list[]", "1"],
        ["list[]", "2"],
        ["tags", '{"team":"x"}'],
        ["timeout", "30"],
      ]),
    );
    const passed = await new Response(sent[0]?.bytes as BodyInit, {
      headers: { "content-type": sent[0]?.headers["content-type"] ?? "" },
    }).formData();
    expect([...passed.entries()]).toEqual([
      ["model", "m"],
      ["list[]", "1"],
      ["list[]", "2"],
    ]);
    expect(receipts[0]?.tags).toEqual({ team: "x" });
  });

  test.each([
    ["a boundary that is not there", "multipart/form-data", "--x\r\n\r\n", 400, "SLUICE_REQUEST_MALFORMED_FORM"],
    [
      "no end",
      "multipart/form-data; boundary=x",
      '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\na/m',
      400,
      "SLUICE_REQUEST_MALFORMED_FORM",
    ],
    [
      "a part without a name",
      "multipart/form-data; boundary=x",
      "--x\r\ncontent-disposition: form-data\r\n\r\na\r\n--x--\r\n",
      400,
      "SLUICE_REQUEST_MALFORMED_FORM",
    ],
    [
      "a field that is no text",
      "multipart/form-data; boundary=x",
      '--x\r\ncontent-disposition: form-data; name="a"\r\ncontent-type: text/plain; charset=none\r\n\r\na\r\n--x--\r\n',
      400,
      "SLUICE_REQUEST_MALFORMED_FORM",
    ],
    ["another type", "text/plain", "hello", 415, "SLUICE_REQUEST_MEDIA_TYPE"],
  ])("with %s are refused", async (_, type, body, status, code) => {
    const { call } = operate(twoVendors());
    const answer = await call(
      new Request("http://gateway.test/v1/things", { method: "POST", headers: { "content-type": type }, body }),
    );
    expect([answer.status, answer.json.sluice.code]).toEqual([status, code]);
  });

  test.each(["model", "list"])("have no file called %s beside a field of that name", async (name) => {
    const { world, call, sent } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "form" }));
    const answer = await call(
      form([
        ["model", "a/m"],
        ["list[]", "1"],
        [name, new Blob(["another"]), "field"],
      ]),
    );
    expect([answer.status, answer.json.sluice.code]).toEqual([400, "SLUICE_REQUEST_DUPLICATE_FIELD"]);
    expect(sent).toEqual([]);
  });

  test.each(["extra_body", "provider_options"])("are nested no deeper in %s than a body", async (name) => {
    const { call } = operate(twoVendors());
    const deep = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);
    const answer = await call(
      form([
        ["model", "a/m"],
        [name, deep],
      ]),
    );
    expect([answer.status, answer.json.error.param]).toEqual([400, name]);
  });

  test("are no larger than a request may be", async () => {
    const { call } = operate({ ...twoVendors(), limits: { bodyBytes: 1_000 } });
    const answer = await call(
      form([
        ["model", "a/m"],
        ["file", new Blob([new Uint8Array(2_000)]), "a.wav"],
      ]),
    );
    expect(answer.status).toBe(413);
  });

  test("are not taken where only JSON is", async () => {
    const { call } = operate({ providers: [vendor("a", ["openai-embeddings"])()] });
    const data = new FormData();
    data.append("model", "a/m");
    const answer = await call(new Request("http://gateway.test/v1/embeddings", { method: "POST", body: data }));
    expect([answer.status, answer.json.sluice.hint]).toEqual([415, 'Send "content-type: application/json".']);
  });
});
