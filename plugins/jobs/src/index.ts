import { definePlugin, encodeJobId, errors, makesVideo, MemoryStorage, within } from "@sluice/core";
import type { Answer, AttemptContext, PluginHost, RequestContext, VideoJob, VideosRequest } from "@sluice/core";
import type { VideosResult } from "@sluice/core";
import { jobPage } from "./listing.ts";
import { byCredential, ownerOf } from "./owner.ts";
import type { OwnerOf } from "./owner.ts";
import { JobStore, mostCharacters } from "./storage.ts";
import type { JobStorage, StoredJob } from "./storage.ts";

export type { JobStorage, OwnerOf, StoredJob };

export interface JobsOptions {
  /** Where jobs are noted: a storage of unstorage, or anything with its four methods. @default this process's memory */
  storage?: JobStorage;
  /** Whom a job belongs to: nobody else can look after it, take it or see it. @default the caller's key */
  owner?: OwnerOf;
  /** Days until a job is forgotten here. @default 30 */
  keepDays?: number;
  /** How many jobs the memory holds, in 32 Mi characters at most; the oldest go first. Not for a storage of your own. @default 1000 */
  mostInMemory?: number;
}

/**
 * Notes whose jobs are whose, so that only who ordered a video can look after it, fetch it, change it, delete it and list it.
 *
 * @example plugins: [jobs()]
 */
export const jobs = definePlugin("jobs", (options: JobsOptions) => {
  const {
    keepDays = 30,
    mostInMemory = 1000,
    storage = new MemoryStorage({ most: mostInMemory, mostCharacters }),
  } = options;
  const say = options.owner ?? byCredential;
  let host: PluginHost | null = null;
  const now = () => host?.ports.clock.now() ?? 0;
  const store = new JobStore(storage, keepDays * 86_400, now, (work) =>
    host ? within(host.ports.timers, storageMs, work) : work,
  );

  return {
    setup(gateway) {
      host = gateway;
    },
    async request(ctx) {
      const { request } = ctx;
      if (request.operation !== "videos" || !request.pinned) return;
      const id = encodeJobId({ ...request.pinned, job: request.job });
      if ((await store.find(await ownerOf(ctx, say), id)) === null) throw errors.REQUEST_UNKNOWN_JOB(id);
    },
    async attempt(ctx, attempt, next) {
      const answer = await next();
      const { request } = ctx;
      if (request.operation !== "videos" || answer.kind !== "result" || answer.source !== "upstream") return answer;
      return noted(ctx, attempt, request, answer as JobAnswer);
    },
    routes: {
      async "GET /v1/videos"({ query }, ctx) {
        return jobPage(await store.all(await ownerOf(ctx, say)), query);
      },
    },
  };

  /** Notes what was answered of a job, and adds what the vendor does not tell again. */
  async function noted(
    ctx: RequestContext,
    { target }: AttemptContext,
    request: VideosRequest,
    answer: JobAnswer,
  ): Promise<Answer> {
    const owner = await ownerOf(ctx, say);
    const { job } = answer.result;
    const place = { channel: target.channel.id, model: target.model, job: job.id };
    const id = encodeJobId(place);
    try {
      if (job.status === "deleted") {
        await store.remove(owner, id);
        return answer;
      }
      const earlier = (await store.find(owner, id))?.job ?? orderedNow(request, now());
      const known = withKnown(job, earlier);
      await store.keep(owner, id, { place, job: known });
      return isSame(known, job) ? answer : { ...answer, bytes: null, result: { ...answer.result, job: known } };
    } catch (cause) {
      ctx.log.error("a job could not be noted", { cause: String(cause) });
      if (makesVideo(request)) ctx.warn("job_not_noted", "The job could not be noted; nobody can look after it here.");
      return answer;
    }
  }
});

/** How long a storage may take. */
const storageMs = 1_000;

type JobAnswer = Extract<Answer, { kind: "result" }> & { result: VideosResult };

type Told = Pick<VideoJob, "created" | "prompt" | "seconds" | "size" | "from">;

function orderedNow({ prompt, seconds, size, action, job }: VideosRequest, now: number): Told {
  const from = action === "create" ? null : job;
  return { created: Math.floor(now / 1000), prompt, seconds: seconds ?? null, size: size ?? null, from };
}

function withKnown(job: VideoJob, earlier: Told): VideoJob {
  return {
    ...job,
    created: job.created ?? earlier.created,
    prompt: job.prompt ?? earlier.prompt,
    seconds: job.seconds ?? earlier.seconds,
    size: job.size ?? earlier.size,
    from: job.from ?? earlier.from,
  };
}

function isSame(a: Told, b: Told): boolean {
  return (
    a.created === b.created &&
    a.prompt === b.prompt &&
    a.seconds === b.seconds &&
    a.size === b.size &&
    a.from === b.from
  );
}
