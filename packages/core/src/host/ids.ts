const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const halfRange = 2 ** 40;

/**
 * Makes ids such as `req_01k…`: 48 bits of wall time and 80 random bits in Crockford's base 32, so they sort by age.
 *
 * Within a millisecond, and while the wall clock steps back, the random part counts up instead. Ids are unique, not secret.
 */
export function createIds(now: () => number, random: () => number): (prefix: string) => string {
  let time = -1;
  let timeText = "";
  let high = 0;
  let low = 0;

  return (prefix) => {
    const current = now();
    if (current > time) restart(current);
    else countUp();
    return `${prefix}_${timeText}${encode(low, 8)}`;
  };

  function restart(current: number): void {
    time = Math.floor(current);
    high = Math.floor(random() * halfRange);
    low = Math.floor(random() * halfRange);
    // The same for every id of a millisecond, or until the low part runs over.
    timeText = encode(time, 10) + encode(high, 8);
  }

  function countUp(): void {
    low += 1;
    if (low < halfRange) return;
    low = 0;
    high += 1;
    timeText = encode(time, 10) + encode(high, 8);
    if (high === halfRange) restart(time + 1);
  }
}

function encode(value: number, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = alphabet.charAt(rest % 32) + text;
  return text;
}
