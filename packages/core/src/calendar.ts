const dayMs = 86_400_000;

/** The start of a day of the form YYYY-MM-DD in Unix milliseconds (UTC), or null where there is no such day. */
export function startOfDay(text: string): number | null {
  const [, y, m, d] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const [year, month, day] = [Number(y), Number(m), Number(d)];
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return null;
  // Years are counted from March, so that the leap day comes last: <https://howardhinnant.github.io/date_algorithms.html>
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const era = Math.floor(years / 400);
  const ofEra = years - era * 400;
  const ofYear = Math.floor((153 * months + 2) / 5) + day - 1;
  const days = era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
  return days * dayMs;
}

/** Seconds since midnight (UTC) of a moment in Unix milliseconds. */
export function secondOfDay(at: number): number {
  return Math.floor((((at % dayMs) + dayMs) % dayMs) / 1000);
}

/** Seconds since midnight of a time of the form HH:MM:SS, or null where there is no such time. */
export function secondsOf(time: string): number | null {
  const [, h, m, s] = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/.exec(time) ?? [];
  return h === undefined ? null : Number(h) * 3600 + Number(m) * 60 + Number(s);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
