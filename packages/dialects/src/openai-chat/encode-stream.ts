import { mergeUsage, noUsage } from "@sluice/core";
import type {
  AnswerContext,
  GatewayError,
  JsonObject,
  ReasoningPart,
  Receipt,
  StreamEvent,
  StreamWriter,
} from "@sluice/core";
import { droppedPart } from "../losses.ts";
import { sseEvent } from "../sse.ts";
import {
  answerId,
  customInput,
  encodeAudio,
  encodeCitation,
  encodeImage,
  encodeProviderPart,
  preferencesOf,
  showsReasoning,
} from "./answer.ts";
import { withheld } from "./encode-reply.ts";
import { encodeError } from "./errors.ts";
import { encodeFinish } from "./finish.ts";
import { clientDomain, encodeExtra, stateDetail, textDetail } from "./reasoning.ts";
import { countedUsage, withReceipt } from "./receipt.ts";
import { encodeUsage } from "./usage.ts";

export const done = "data: [DONE]\n\n";

/** What the chunks of one choice have said so far. */
interface ChoiceState {
  opened: boolean;
  said: boolean;
  refused: boolean;
  calls: number;
  images: number;
  details: number;
  /** The reasoning block that is being written. */
  block: number;
  blockText: string;
  /** Blocks that stand before the next call. */
  blocks: ReasoningPart[];
  /** The arguments of the open call: whether any were sent, and the text of a custom one, which must be unwrapped whole. */
  argued: boolean;
  custom: string | null;
  /** What only clients of this dialect know of the choice, for its next chunk. */
  rest: JsonObject;
}

const none: JsonObject = {};

/** The members of an object as JSON, to stand behind others. */
function membersOf(object: JsonObject): string {
  return object === none ? "" : `,${JSON.stringify(object).slice(1, -1)}`;
}

type EventOf<Type extends StreamEvent["type"]> = Extract<StreamEvent, { type: Type }>;
type Writers = { [Type in StreamEvent["type"]]?: (event: EventOf<Type>) => string };

/** Translates canonical events into chunks. One `id`, `created` and `model` for the whole stream, whoever answers. */
export class ChatEncoder implements StreamWriter<StreamEvent> {
  readonly #context: AnswerContext;
  readonly #prefers: ReturnType<typeof preferencesOf>;
  readonly #shows: boolean;
  readonly #choices = new Map<number, ChoiceState>();
  #model: string | null = null;
  #head = "";
  #usage = noUsage;
  /** What only clients of this dialect know of the answer, for the next chunk. */
  #rest: JsonObject = none;
  /** The finish chunk, which waits: it may carry the receipt, and a stream that breaks has none. */
  #held: JsonObject | null = null;

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#prefers = preferencesOf(context);
    this.#shows = showsReasoning(context);
  }

  write(event: StreamEvent): string {
    const writer = this.#writers[event.type] as ((event: StreamEvent) => string) | undefined;
    return writer === undefined ? "" : writer(event);
  }

  end(receipt: Receipt | null): string {
    if (!this.#prefers.includeUsage) {
      if (this.#held !== null) this.#held = { ...this.#held, ...this.#takeRest() };
      return this.#release(receipt) + done;
    }
    const usage = this.#usage === noUsage ? countedUsage(receipt) : encodeUsage(this.#usage);
    const chunk = { ...this.#frame(), choices: [], usage, ...this.#takeRest() };
    return this.#release(null) + sseEvent(JSON.stringify(withReceipt(chunk, receipt))) + done;
  }

  fail(error: GatewayError, receipt: Receipt | null): string {
    this.#held = null;
    return sseEvent(JSON.stringify(encodeError(error, this.#context.requestId, receipt))) + done;
  }

  readonly #writers: Writers = {
    start: (event) => {
      this.#model ??= event.model;
      return "";
    },
    "text-delta": (event) => {
      if (event.text === "") return "";
      const choice = this.#choice(event.choice);
      const opening = choice.opened ? "" : this.#open(event.choice, "");
      choice.said = true;
      return opening + this.#write(event.choice, choice, `{"content":${JSON.stringify(event.text)}}`);
    },
    "refusal-delta": (event) => {
      if (event.text === "") return "";
      this.#choice(event.choice).refused = true;
      return this.#open(event.choice) + this.#delta(event.choice, { refusal: event.text });
    },
    "reasoning-delta": ({ choice: index, text }) => {
      const choice = this.#choice(index);
      choice.blockText += text;
      if (!this.#shows || text === "") return "";
      const details = [textDetail(text, choice.block)];
      return this.#open(index) + this.#delta(index, { reasoning_content: text, reasoning_details: details });
    },
    "reasoning-end": ({ choice: index, state }) => {
      const choice = this.#choice(index);
      const block = choice.block++;
      choice.blocks.push({ type: "reasoning", text: choice.blockText, ...(state ? { state } : {}) });
      choice.blockText = "";
      if (!state || !this.#shows) return "";
      return this.#open(index) + this.#delta(index, { reasoning_details: [stateDetail(state, block, clientDomain)] });
    },
    "tool-start": (event) => this.#startCall(event),
    "tool-delta": (event) => this.#continueCall(event),
    "tool-end": (event) => this.#endCall(event),
    media: ({ choice: index, media, source, transcript }) => {
      const delta: JsonObject =
        media === "image"
          ? { images: [encodeImage(source, this.#choice(index).images++)] }
          : { audio: encodeAudio(source, transcript, this.#context) };
      return this.#open(index) + this.#delta(index, delta);
    },
    citation: ({ choice, citation }) =>
      this.#open(choice, "") + this.#delta(choice, { annotations: [encodeCitation(citation)] }),
    provider: (event) => {
      const index = this.#choice(event.choice).details++;
      return (
        this.#open(event.choice) + this.#delta(event.choice, { provider_details: [encodeProviderPart(event, index)] })
      );
    },
    logprobs: ({ choice, logprobs }) => this.#open(choice, "") + this.#delta(choice, {}, { logprobs }),
    rest: ({ format, choice, place, members }) => {
      if (format !== "openai-chat") return "";
      if (choice === null) this.#rest = { ...this.#rest, ...members };
      else if (place === "choice") this.#choice(choice).rest = { ...this.#choice(choice).rest, ...members };
      else return this.#open(choice) + this.#delta(choice, members);
      return "";
    },
    usage: (event) => {
      this.#usage = mergeUsage(this.#usage, event.usage);
      return "";
    },
    finish: (event) => this.#finish(event),
  };

  #startCall({ choice: index, id, name, index: position, state }: EventOf<"tool-start">): string {
    const choice = this.#choice(index);
    const extra = encodeExtra(state, choice.blocks);
    choice.blocks = [];
    choice.calls++;
    choice.argued = false;
    choice.custom = this.#prefers.customTools.includes(name) ? "" : null;
    const opening = this.#open(index);
    const told = extra ? { extra_content: extra } : {};
    if (this.#prefers.legacyFunctions) {
      if (choice.calls === 1) return opening + this.#delta(index, { function_call: { name, arguments: "" } });
      this.#context.warn(droppedPart("second call"));
      return "";
    }
    const call: JsonObject =
      choice.custom === null
        ? { index: position, id, type: "function", function: { name, arguments: "" }, ...told }
        : { index: position, id, type: "custom", custom: { name, input: "" }, ...told };
    return opening + this.#delta(index, { tool_calls: [call] });
  }

  #continueCall({ choice: index, index: position, arguments: text }: EventOf<"tool-delta">): string {
    const choice = this.#choice(index);
    if (text === "") return "";
    choice.argued = true;
    if (choice.custom !== null) {
      choice.custom += text;
      return "";
    }
    if (this.#prefers.legacyFunctions) {
      return choice.calls > 1 ? "" : this.#delta(index, { function_call: { arguments: text } });
    }
    return this.#delta(index, { tool_calls: [{ index: position, function: { arguments: text } }] });
  }

  #endCall({ choice: index, index: position }: EventOf<"tool-end">): string {
    const choice = this.#choice(index);
    if (choice.custom !== null && choice.argued) {
      const input = customInput(choice.custom);
      choice.custom = null;
      return this.#delta(index, { tool_calls: [{ index: position, custom: { input } }] });
    }
    if (choice.argued) return "";
    return this.#continueCall({ type: "tool-delta", choice: index, index: position, arguments: "{}" });
  }

  #finish({ choice: index, reason, detail }: EventOf<"finish">): string {
    const choice = this.#choice(index);
    let before = this.#release(null) + this.#open(index);
    const words = withheld(
      { finish: reason, ...(detail === undefined ? {} : { detail }) },
      choice.said || choice.calls > 0,
    );
    if (words !== null && !choice.refused) {
      choice.refused = true;
      before += this.#delta(index, { refusal: words });
    }
    const content = { calls: choice.calls > 0, refusal: choice.refused };
    const finish_reason = encodeFinish(reason, content, detail !== undefined, {
      legacy: this.#prefers.legacyFunctions,
      warn: this.#context.warn,
    });
    const last = { index, delta: {}, finish_reason, ...choice.rest };
    this.#held = { ...this.#frame(), choices: [last], ...this.#takeRest() };
    return before;
  }

  #release(receipt: Receipt | null): string {
    const chunk = this.#held;
    this.#held = null;
    return chunk === null ? "" : sseEvent(JSON.stringify(withReceipt(chunk, receipt)));
  }

  /** The role comes once, in a chunk of its own, before anything else of the choice. */
  #open(index: number, content: "" | null = null): string {
    const choice = this.#choice(index);
    if (choice.opened) return "";
    choice.opened = true;
    return this.#delta(index, { role: "assistant", content });
  }

  #delta(index: number, delta: JsonObject, more: JsonObject = none): string {
    return this.#write(index, this.#choice(index), `${JSON.stringify(delta)}${membersOf(more)}`);
  }

  // Every token passes here, so only what changes is serialised.
  #write(index: number, choice: ChoiceState, delta: string): string {
    this.#head ||= `data: ${JSON.stringify(this.#frame()).slice(0, -1)},"choices":[{"index":`;
    const ownRest = membersOf(choice.rest);
    choice.rest = none;
    const rest = membersOf(this.#takeRest());
    return `${this.#head}${index},"delta":${delta},"finish_reason":null${ownRest}}]${rest}}\n\n`;
  }

  #takeRest(): JsonObject {
    const rest = this.#rest;
    this.#rest = none;
    return rest;
  }

  #frame(): JsonObject {
    this.#model ??= this.#context.model;
    const { created } = this.#context;
    return { id: answerId(this.#context), object: "chat.completion.chunk", created, model: this.#model };
  }

  #choice(index: number): ChoiceState {
    let choice = this.#choices.get(index);
    if (!choice) {
      choice = {
        opened: false,
        said: false,
        refused: false,
        calls: 0,
        images: 0,
        details: 0,
        block: 0,
        blockText: "",
        blocks: [],
        argued: false,
        custom: null,
        rest: none,
      };
      this.#choices.set(index, choice);
    }
    return choice;
  }
}
