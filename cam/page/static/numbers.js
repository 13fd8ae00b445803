// How numbers are written in the page's language. Knows nothing about the page.

import { locale, say } from "./language.js";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map(); // each made once: that takes longer than a sentence

/** @param {string} kind of format @param {Intl.NumberFormatOptions} options */
function format(kind, options) {
  const key = `${locale()} ${kind}`;
  const kept = formats.get(key);
  if (kept) return kept;
  const made = new Intl.NumberFormat(locale(), options);
  formats.set(key, made);
  return made;
}

/** @param {number} number @param {number} digits behind the point */
export const fixed = (number, digits) =>
  format(`fixed ${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(number);

/** @param {number} fraction */
export function percent(fraction) {
  const p = 100 * fraction;
  if (!(p >= 0)) return "";
  if (p > 0 && p < 0.01) return say("page-percent-below", { number: fixed(0.01, 2) });
  if (p < 0.095) return say("page-percent", { number: fixed(p, 2) });
  if (p > 99.9 && p < 100) return say("page-percent-above", { number: fixed(99.9, 1) });
  return say("page-percent", { number: fixed(p, 1) });
}

/** @param {number} fraction @param {"first" | "within"} place in a sentence */
function rough(fraction, place) {
  const p = Math.round(100 * fraction);
  if (p === 0 && fraction > 0) return say("page-rough-below", { place });
  if (p === 100 && fraction < 1) return say("page-rough-above", { place });
  return wholePercent(fraction);
}

/** A share in whole percents, at the beginning of a sentence. @param {number} fraction */
export const roughPercent = (fraction) => rough(fraction, "first");

/** The same within one. @param {number} fraction */
export const roughWithin = (fraction) => rough(fraction, "within");

/** @param {number} fraction */
export const wholePercent = (fraction) => say("page-percent", { number: whole(Math.round(100 * fraction)) });

/** @param {number} number */
export function whole(number) {
  return format("whole", {}).format(number);
}

const ROUGH = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };

/** @param {number} x */
export function quantity(x) {
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) {
    const [digits, power] = x.toExponential(1).split("e");
    return `${fixed(Number(digits), 1)} × 10${[...String(Number(power))].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;
  }
  return size >= 100 ? whole(Math.round(x)) : size >= 1 ? fixed(x, 1) : format("rough", ROUGH).format(x);
}

/** @param {number} seconds */
export function duration(seconds) {
  if (!(seconds > 0)) return "";
  if (seconds < 0.9995) return say("page-milliseconds", { number: Math.max(1, Math.round(1000 * seconds)) });
  return say("page-seconds", { number: fixed(seconds, 1) });
}

/** A time that is expected: in seconds, from two minutes on in minutes. @param {number} seconds */
export function roughDuration(seconds) {
  if (seconds >= 120) return say("page-minutes", { number: whole(Math.round(seconds / 60)) });
  return say("page-seconds", { number: whole(Math.max(1, Math.round(seconds))) });
}
