// Numbers, money and dates in the viewer's locale. Business dates are calendar days: they are formatted in UTC so that
// no time zone moves them; moments (written_at) are shown in the viewer's zone.
const locale = (): string => navigator.language || "en";

const cache = new Map<string, Intl.NumberFormat>();

function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale() + JSON.stringify(options);
  let found = cache.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale(), options);
    cache.set(key, found);
  }
  return found;
}

const minus = (text: string): string => text.replace(/^-/, "−");

// What amounts are in, as the state that they were read from says: an ISO 4217 code, a word, or nothing.
let currency = "";
let word = "";

/** Take over what the amounts of the newest answer are in. */
export function countIn(unit: string | null): void {
  const isCode = /^[A-Z]{3}$/.test(unit ?? "");
  currency = isCode ? (unit ?? "") : "";
  word = isCode ? "" : (unit ?? "");
}

function amount(value: number, options: Intl.NumberFormatOptions): string {
  return minus(number({ ...options, ...(currency && { style: "currency", currency, currencyDisplay: "narrowSymbol" }) }).format(value));
}

const worded = (text: string): string => (word ? `${text}\u00a0${word}` : text);
const WHOLE: Intl.NumberFormatOptions = { maximumFractionDigits: 0 };
const THREE_DIGITS: Intl.NumberFormatOptions = { notation: "compact", maximumSignificantDigits: 3 };
const SIGNED: Intl.NumberFormatOptions = { signDisplay: "exceptZero" };

/** 12,345 or €12,345 or 12,345 units: whole ones, for those who look closely. */
export const money = (value: number): string => worded(amount(value, WHOLE));

/** 12.3K: three digits, wherever money is read at a glance. */
export const moneyShort = (value: number): string => worded(amount(value, THREE_DIGITS));

/** 12.3K, also where amounts are in units: on an axis there is no room to say so. */
export const moneyAxis = (value: number): string => amount(value, THREE_DIGITS);

/** +12.3K or −12.3K. */
export const moneyDelta = (value: number): string => worded(amount(value, { ...THREE_DIGITS, ...SIGNED }));

/** +12,345 or −12,345: whole ones. */
export const moneyDeltaExact = (value: number): string => worded(amount(value, { ...WHOLE, ...SIGNED }));

/** What a number of money stands for, for its title. */
export const moneyTitle = (exact: string): string => (currency || word ? exact : `${exact} (in the unit of the sales data)`);

/** 84%; a model is never wholly sure, whatever it rounds to. */
export function confidence(share: number): string {
  return share > 0.99 ? `>${percent(0.99)}` : percent(share);
}

export function percent(share: number, digits = 0): string {
  return minus(number({ style: "percent", maximumFractionDigits: digits }).format(share));
}

export function percentDelta(share: number): string {
  return minus(number({ style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" }).format(share));
}

export function count(value: number): string {
  return number({ maximumFractionDigits: 0 }).format(value);
}

export function decimal(value: number, digits = 2): string {
  return minus(number({ maximumFractionDigits: digits }).format(value));
}

const dates = new Map<string, Intl.DateTimeFormat>();

function dated(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let found = dates.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale(), options);
    dates.set(key, found);
  }
  return found;
}

/** A business date (`2026-05-03` or `2026-05-03T00:00:00…`) as a UTC midnight. */
export function businessDate(text: string): Date {
  return new Date(`${text.slice(0, 10)}T00:00:00Z`);
}

export const isoDate = (date: Date): string => date.toISOString().slice(0, 10);

/** 3 May 2026 */
export function day(text: string): string {
  return dated({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(businessDate(text));
}

/** A text that the pipeline made, its dates as the viewer writes them. */
export function localDates(text: string): string {
  return text.replace(/\b\d{4}-\d{2}-\d{2}\b/g, day);
}

/** Sun, 3 May 2026 */
export function dayLong(text: string): string {
  return dated({ weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(
    businessDate(text),
  );
}

/** 3 – 9 May 2026 */
export function dayRange(from: string, to: string): string {
  const start = businessDate(from);
  const end = businessDate(to);
  if (+start === +end) return day(from);
  return dated({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(start, end);
}

/** The day after a business date. */
export const dayAfter = (text: string): string => isoDate(new Date(+businessDate(text) + 86_400_000));

/** How many business dates lie between the two, both counted. */
export function daysBetween(from: string, to: string): number {
  return Math.round((+businessDate(to) - +businessDate(from)) / 86_400_000) + 1;
}

/** A moment; the API's timestamps without a zone are UTC. */
export function moment(text: string): Date {
  return new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
}

/** 3 May 2026, 14:05 CEST: in the viewer's zone, which is named. */
export function stamp(text: string): string {
  return dated({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(moment(text));
}

const unit = (value: number, name: string, digits = 0): string =>
  number({ style: "unit", unit: name, unitDisplay: "narrow", maximumFractionDigits: digits }).format(value);

/** How long something took: 40ms, 1.2s, 12s, 3m 5s. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 1000) return unit(milliseconds, "millisecond");
  if (seconds < 10) return unit(milliseconds / 1000, "second", 1);
  if (seconds < 60) return unit(seconds, "second");
  const rest = seconds % 60;
  return unit(Math.floor(seconds / 60), "minute") + (rest ? ` ${unit(rest, "second")}` : "");
}

/** plural(3, "store") → "3 stores" */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
