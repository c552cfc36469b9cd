import { graceMs } from "./_drain.ts";
import { claimPort } from "./_port.ts";
import { hire, type Member } from "./_member.ts";

export interface CrewOptions {
  /** How many workers serve. */
  size: number;
  /** 0 takes any free port. */
  port: number;
  host: string;
  say: Say;
}

/** Where a crew reports: a kind of event, a sentence, and its fields for programs. */
export type Say = (event: CrewEvent, text: string, fields?: object) => void;

export type CrewEvent = "ready" | "worker" | "roll" | "drain" | "failed";

/** A worker that served this long was well: its end is the first in a row. */
const steadyMs = 10_000;
const mostInARow = 5;
const backoffMs = { first: 250, most: 30_000 };
/** Beyond the grace: a worker that is stuck is ended. */
const stuckMs = 5_000;

/**
 * Serves with several processes on one port, and leads them: replaces those that crash, and all of them on SIGHUP, one
 * after another; drains them on SIGTERM. Resolves with the exit code.
 */
export function leadCrew(options: CrewOptions): Promise<number> {
  return new Crew(options).lead();
}

class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Set<Member>();
  readonly #over = Promise.withResolvers<number>();
  #port = 0;
  #crashes = 0;
  #code: number | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  async lead(): Promise<number> {
    const { host, port } = this.#options;
    this.#port = await claimPort(port, host);
    this.#obeySignals();
    await this.#inTurn(() => this.#assemble());
    return this.#over.promise;
  }

  async #assemble(): Promise<void> {
    const { size, say } = this.#options;
    try {
      // One opens first: what is wrong with the config is said once.
      const crew = [await this.#open()];
      crew.push(...(await Promise.all(Array.from({ length: size - 1 }, () => this.#open()))));
      const [url = ""] = await Promise.all(crew.map((member) => this.#serve(member)));
      const workers = crew.map(({ worker, pid }) => ({ worker, pid }));
      say("ready", `sluice ready on ${url}, ${size} workers`, { url, port: this.#port, workers });
    } catch (error) {
      if (this.#code === null) this.#fail(`${messageOf(error)}.`);
    }
  }

  #obeySignals(): void {
    for (const [signal, number] of [
      ["SIGTERM", 15],
      ["SIGINT", 2],
    ] as const) {
      process.on(signal, () => {
        if (this.#code !== null) {
          this.#code = 128 + number;
          for (const member of this.#members) member.kill();
          return;
        }
        const text = `${signal}: draining; running answers have ${graceMs / 1000} s, a second signal ends them now.`;
        this.#options.say("drain", text);
        this.#end(0);
      });
    }
    process.on("SIGHUP", () => void this.#inTurn(() => this.#roll()));
  }

  /** A worker that could serve. Rejects with what became of it. */
  async #open(): Promise<Member> {
    const member = hire();
    this.#members.add(member);
    void member.ended.then((how) => this.#ended(member, how));
    await member.opened;
    return member;
  }

  async #serve(member: Member): Promise<string> {
    member.order({ order: "listen", port: this.#port });
    const url = await member.serving;
    this.#tell(member, "serves");
    return url;
  }

  /** Puts a new worker in the place of each, which goes when the new one serves. */
  async #roll(): Promise<void> {
    const { say } = this.#options;
    const old = this.#serving;
    let replaced = 0;
    if (this.#code !== null) return;
    say("roll", `SIGHUP: replacing ${old.length} workers, one after another.`, { state: "started" });
    try {
      for (const member of old) {
        // It crashed meanwhile, and is replaced for that.
        if (!this.#members.has(member)) continue;
        await this.#serve(await this.#open());
        member.leave();
        this.#tell(member, "leaves when its answers have ended");
        replaced++;
      }
      say("roll", `${replaced} workers replaced.`, { state: "done", replaced });
    } catch (error) {
      if (this.#code !== null) return;
      const text = `${messageOf(error)}; ${old.length - replaced} of ${old.length} workers were not replaced and go on as they were.`;
      say("roll", text, { state: "failed", replaced, kept: old.length - replaced });
    }
  }

  get #serving(): Member[] {
    return [...this.#members].filter(({ state }) => state === "serving");
  }

  #ended(member: Member, how: string): void {
    this.#members.delete(member);
    if (this.#code !== null) {
      // One that did not serve yet was ended on purpose.
      if (this.#code === 0 && member.failed && member.state === "leaving") this.#code = 1;
      if (this.#members.size === 0) this.#over.resolve(this.#code);
    } else if (member.state === "serving") this.#crashed(member, how);
    else if (member.state === "leaving") this.#tell(member, how);
  }

  #crashed(member: Member, how: string): void {
    this.#crashes = member.servedMs() >= steadyMs ? 1 : this.#crashes + 1;
    const problem = `${nameOf(member)} ${how}`;
    if (this.#crashes >= mostInARow) return this.#fail(`${problem}, the ${this.#crashes}th in a row.`);
    this.#replaceLater(problem);
  }

  #replaceLater(problem: string): void {
    const waitMs = Math.min(backoffMs.first * 2 ** (this.#crashes - 1), backoffMs.most);
    const fields = { state: "crashed", problem, inARow: this.#crashes, waitMs };
    this.#options.say("worker", `${problem}. Another one starts in ${waitMs / 1000} s.`, fields);
    setTimeout(() => void this.#inTurn(() => this.#replace()), waitMs);
  }

  async #replace(): Promise<void> {
    if (this.#code !== null || this.#serving.length >= this.#options.size) return;
    try {
      await this.#serve(await this.#open());
    } catch (error) {
      if (this.#code !== null) return;
      this.#crashes++;
      const someServe = this.#serving.length > 0;
      // While others serve, a config that was broken in the meantime must not take them along.
      if (someServe || this.#crashes < mostInARow) this.#replaceLater(messageOf(error));
      else this.#fail(`${messageOf(error)}, the ${this.#crashes}th in a row, and no worker is left.`);
    }
  }

  #fail(reason: string): void {
    this.#options.say("failed", reason, { reason });
    this.#end(1);
  }

  /** Drains who serves, ends who does not yet, and then whoever is stuck. */
  #end(code: number): void {
    this.#code = code;
    if (this.#members.size === 0) return this.#over.resolve(code);
    for (const member of this.#members) member.drain();
    setTimeout(() => {
      for (const member of this.#members) member.kill();
    }, graceMs + stuckMs);
  }

  #tell(member: Member, what: string): void {
    const { worker, pid, state } = member;
    this.#options.say("worker", `${nameOf(member)} ${what}.`, { state, worker, pid });
  }

  /** One change at a time: a new worker must have the config of the last SIGHUP. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done;
    return done;
  }
}

function nameOf({ worker, pid }: Member): string {
  return `worker ${worker} (pid ${pid})`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
