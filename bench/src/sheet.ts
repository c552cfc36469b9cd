/** One measured value. A marked one is shown with its mark and never averaged. */
export interface Sample {
  figure: string;
  subject: string;
  round: number;
  value: number;
}

export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** Everything that was measured in one run. */
export class Sheet {
  readonly #samples: Sample[] = [];
  readonly #marks = new Map<string, string>();

  add(sample: Sample): void {
    this.#samples.push(sample);
  }

  /** Says why a subject has no trustworthy value for a figure. */
  mark(figure: string, subject: string, why: string): void {
    this.#marks.set(`${figure} ${subject}`, why);
  }

  markOf(figure: string, subject: string): string | null {
    return this.#marks.get(`${figure} ${subject}`) ?? null;
  }

  /** Every mark as a line, for the notes under a table. */
  get marks(): string[] {
    return [...this.#marks].map(([what, why]) => `${what}: ${why}`);
  }

  get figures(): string[] {
    return [...new Set(this.#samples.map(({ figure }) => figure))];
  }

  value(figure: string, subject: string): Spread | null {
    return spreadOf(this.#of(figure, subject).map(({ value }) => value));
  }

  /** Each round's value against the base's of the same round, so that a busy minute weighs on both. */
  ratio(figure: string, subject: string, base: string): Spread | null {
    return this.#paired(figure, subject, base, (value, other) => value / other);
  }

  difference(figure: string, subject: string, base: string): Spread | null {
    return this.#paired(figure, subject, base, (value, other) => value - other);
  }

  #paired(
    figure: string,
    subject: string,
    base: string,
    combine: (value: number, other: number) => number,
  ): Spread | null {
    if (this.markOf(figure, subject) ?? this.markOf(figure, base)) return null;
    const bases = new Map(this.#of(figure, base).map(({ round, value }) => [round, value]));
    const pairs = this.#of(figure, subject).flatMap(({ round, value }) => {
      const other = bases.get(round);
      return other === undefined ? [] : [combine(value, other)];
    });
    return spreadOf(pairs);
  }

  #of(figure: string, subject: string): Sample[] {
    return this.#samples.filter((sample) => sample.figure === figure && sample.subject === subject);
  }
}

export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low] = sorted;
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return null;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? low) + (sorted[Math.ceil(middle)] ?? high)) / 2;
  return { median, low, high };
}
