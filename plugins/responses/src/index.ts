import { definePlugin, MemoryStorage, within } from "@sluice/core";
import type { AdmitContext, ChatRequest, PluginHost } from "@sluice/core";
import { errors } from "./errors.ts";
import { kept } from "./keep.ts";
import { itemPage } from "./listing.ts";
import { byCredential, ownerOf } from "./owner.ts";
import type { OwnerOf } from "./owner.ts";
import { resumed } from "./resume.ts";
import { ResponseStore, mostCharacters } from "./storage.ts";
import type { ResponseStorage, StoredResponse } from "./storage.ts";

export type { OwnerOf, ResponseStorage, StoredResponse };

export interface ResponsesOptions {
  /** Where responses lie: a storage of unstorage, or anything with its three methods. @default this process's memory */
  storage?: ResponseStorage;
  /** Whom a response belongs to: nobody else can see it, or go on from it. @default the caller's key */
  owner?: OwnerOf;
  /** Days until a response is gone. @default 30 */
  keepDays?: number;
  /** How many responses the memory holds, in 128 Mi characters at most; the oldest go first. Not for a storage of your own. @default 1000 */
  mostInMemory?: number;
}

/**
 * Keeps responses, so that clients of OpenAI's Responses can retrieve and delete them and go on from them with
 * `previous_response_id`, whoever the upstream is.
 *
 * @example plugins: [responses()]
 */
export const responses = definePlugin("responses", (options: ResponsesOptions) => {
  const {
    keepDays = 30,
    mostInMemory = 1000,
    storage = new MemoryStorage({ most: mostInMemory, mostCharacters }),
  } = options;
  const owned = (ctx: AdmitContext) => ownerOf(ctx, options.owner ?? byCredential);
  let host: PluginHost | null = null;
  const now = () => host?.ports.clock.now() ?? 0;
  const store = new ResponseStore(storage, keepDays * 86_400, now, (work) =>
    host ? within(host.ports.timers, storageMs, work) : work,
  );

  const find = async (ctx: AdmitContext, id = ""): Promise<StoredResponse> => {
    const found = await store.find(await owned(ctx), id);
    if (found === null) throw errors.RESPONSES_NOT_FOUND(id);
    return found;
  };

  return {
    // What is kept is what the client gets, whatever others do to the answer.
    order: "post",
    setup(gateway) {
      host = gateway;
    },
    async request(ctx) {
      const { request } = ctx;
      if (!isOurs(request)) return;
      const changed = await resumed(request, await owned(ctx), store);
      return changed === request ? undefined : { request: changed };
    },
    stream(events, ctx) {
      const { request } = ctx;
      if (!isOurs(request) || request.origin.rest["store"] === false) return events;
      const onFailure = (cause: unknown) => {
        ctx.log.error("a response could not be stored", { cause: String(cause) });
        ctx.warn("response_not_stored", "The response could not be stored; nothing can go on from it.", "store");
      };
      return kept(events, { requestId: ctx.id, request, owner: () => owned(ctx), store, now, onFailure });
    },
    routes: {
      async "GET /v1/responses/:id"({ params, query }, ctx) {
        if (query.get("stream") === "true") throw streamed();
        return (await find(ctx, params["id"])).response;
      },
      async "DELETE /v1/responses/:id"({ params }, ctx) {
        const id = params["id"] ?? "";
        if (!(await store.remove(await owned(ctx), id))) throw errors.RESPONSES_NOT_FOUND(id);
        return { id, object: "response", deleted: true };
      },
      async "GET /v1/responses/:id/input_items"({ params, query }, ctx) {
        return itemPage((await find(ctx, params["id"])).input, query);
      },
      async "POST /v1/responses/:id/cancel"({ params }, ctx) {
        await find(ctx, params["id"]);
        throw errors.RESPONSES_UNSUPPORTED("Cancelling", "A response that is stored here is complete.");
      },
      "POST /v1/responses/compact"() {
        throw errors.RESPONSES_UNSUPPORTED("Compacting", "Ask a model for a summary, or call the vendor itself.");
      },
    },
  };
});

/** How long a storage may take. */
const storageMs = 1_000;

type Kept = ChatRequest & { origin: { dialect: "openai-responses" } };

function isOurs(request: { operation: string }): request is Kept {
  return request.operation === "chat" && (request as ChatRequest).origin.dialect === "openai-responses";
}

function streamed() {
  return errors.RESPONSES_UNSUPPORTED("Retrieving a response as a stream", "Leave stream out: it is stored whole.");
}
