import { isRecord } from "./fields.ts";
import type { Step } from "./faults.ts";
import { requestJson } from "./recorded-request.ts";
import type { RecordedRequest } from "./recorded-request.ts";
import type { Script, ScriptOptions } from "./script.ts";
import type { VendorCall } from "./vendor.ts";

interface Controlled {
  script: Script;
  requests: readonly RecordedRequest[];
  reset: () => void;
}

/**
 * The upstream's own routes, for tests in another process; null for a call that is not to them.
 *
 * `GET /__requests` · `DELETE /__requests` forgets requests and scripts · `POST /__script {steps, model?, repeat?}`
 */
export function control(call: VendorCall, { script, requests, reset }: Controlled): unknown {
  switch (`${call.method} ${call.path}`) {
    case "GET /__requests":
      return requests.map(requestJson);
    case "DELETE /__requests":
      reset();
      return {};
    case "POST /__script":
      return scripted(call.body, script);
    default:
      return null;
  }
}

function scripted(body: Uint8Array, script: Script): unknown {
  try {
    const wish: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    if (!isRecord(wish) || !Array.isArray(wish["steps"])) return { error: 'Send {"steps": [...]}.' };
    const { steps, ...options } = wish;
    script.add(steps as Step[], options as ScriptOptions);
    return {};
  } catch (error) {
    return { error: (error as Error).message };
  }
}
