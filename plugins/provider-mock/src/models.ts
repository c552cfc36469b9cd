import type { Answer } from "./answer.ts";
import type { Ask } from "./ask.ts";
import { isFault, type Fault } from "./faults.ts";
import type { Pace } from "./pace.ts";
import { echo } from "./models/echo.ts";
import { json } from "./models/json.ts";
import { lorem } from "./models/lorem.ts";
import { tools } from "./models/tools.ts";

/** What a suffix asks for, as 50 in `lorem-50`. */
export interface Wish extends Partial<Pace> {
  fault?: Fault;
}

export interface MockModel {
  answer(ask: Ask): Answer;
  /** @default as fast as the answer is read */
  tokensPerSecond?: number;
  /** Whether the first token is late. @default false */
  late?: boolean;
  /** Whether calls meet the faults of the seed's sequence. @default false */
  faulty?: boolean;
  /** Reads what follows the name and a hyphen; null for what makes no sense. */
  suffix(value: string): Wish | null;
}

const models: Record<string, MockModel> = {
  echo: { answer: echo, suffix: speed },
  lorem: { answer: lorem, tokensPerSecond: 50, suffix: speed },
  json: { answer: json, suffix: speed },
  tools: { answer: tools, suffix: speed },
  slow: {
    answer: echo,
    late: true,
    suffix: (value) => ifPositive(value, (firstTokenMs) => ({ firstTokenMs })),
  },
  flaky: {
    answer: echo,
    faulty: true,
    suffix: (value) => (isFault(value) ? { fault: value } : null),
  },
};

/** The model of that name and what its suffix asks for: `lorem`, `lorem-50`, `slow-8000`, `flaky-429`. */
export function findModel(name: string): { model: MockModel; wish: Wish } | null {
  const [, base = "", suffix] = /^([a-z]+)(?:-([a-z0-9]+))?$/.exec(name) ?? [];
  const model = Object.hasOwn(models, base) ? models[base] : undefined;
  if (model === undefined) return null;
  const wish = suffix === undefined ? {} : model.suffix(suffix);
  return wish && { model, wish };
}

function speed(value: string): Wish | null {
  return ifPositive(value, (tokensPerSecond) => ({ tokensPerSecond }));
}

function ifPositive(value: string, wish: (amount: number) => Wish): Wish | null {
  return /^[1-9]\d{0,6}$/.test(value) ? wish(Number(value)) : null;
}
