// How numbers are written. Knows nothing about the page.

/** @param {number} fraction */
export function percent(fraction) {
  const p = 100 * fraction;
  if (!(p >= 0)) return "";
  if (p > 0 && p < 0.01) return "< 0.01 %";
  if (p < 0.095) return `${p.toFixed(2)} %`;
  return `${p > 99.9 && p < 100 ? ">\u202f99.9" : p.toFixed(1)} %`;
}

/** @param {number} fraction */
export function roughPercent(fraction) {
  const p = Math.round(100 * fraction);
  if (p === 0 && fraction > 0) return "Less than 1 %";
  if (p === 100 && fraction < 1) return "More than 99 %";
  return `${p} %`;
}

const WHOLE = new Intl.NumberFormat("en-US"); // made once: it takes longer than a sentence

/** @param {number} number */
export function whole(number) {
  return WHOLE.format(number);
}

/** @param {number} x */
export function quantity(x) {
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) {
    const [digits, power] = x.toExponential(1).split("e");
    return `${digits} × 10${[...String(Number(power))].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;
  }
  return size >= 100 ? whole(Math.round(x)) : size >= 1 ? x.toFixed(1) : x.toPrecision(2);
}

/** @param {number} seconds */
export function duration(seconds) {
  if (!(seconds > 0)) return "";
  return seconds < 0.9995 ? `${Math.max(1, Math.round(1000 * seconds))} ms` : `${seconds.toFixed(1)} s`;
}
