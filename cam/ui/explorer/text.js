// Every word that the scripts write, and how numbers are written. Knows nothing about the page.

function percent(fraction) {
  const p = 100 * fraction;
  if (!(p >= 0)) return "";
  if (p > 0 && p < 0.01) return "< 0.01 %";
  if (p < 0.095) return `${p.toFixed(2)} %`;
  return `${p > 99.9 && p < 100 ? ">\u202f99.9" : p.toFixed(1)} %`;
}

function roughPercent(fraction) {
  const p = Math.round(100 * fraction);
  if (p === 0 && fraction > 0) return "Less than 1 %";
  if (p === 100 && fraction < 1) return "More than 99 %";
  return `${p} %`;
}

function whole(number) {
  return number.toLocaleString("en-US");
}

function quantity(x) {
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) {
    const [digits, power] = x.toExponential(1).split("e");
    return `${digits} × 10${[...String(Number(power))].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;
  }
  return size >= 100 ? whole(Math.round(x)) : size >= 1 ? x.toFixed(1) : x.toPrecision(2);
}

function duration(seconds) {
  if (!(seconds > 0)) return "";
  return seconds < 0.9995 ? `${Math.max(1, Math.round(1000 * seconds))} ms` : `${seconds.toFixed(1)} s`;
}

const PLACES = [
  ["at the top left", "at the top, in the middle", "at the top right"],
  ["at the left, half-way up", "in the centre", "at the right, half-way up"],
  ["at the bottom left", "at the bottom, in the middle", "at the bottom right"],
];

const TEXT = {
  evidence: (name) => `Evidence for “${name}”`,
  activity: "Where the layer responds most",
  rank: (rank, count) => `rank ${whole(rank)} of ${whole(count)}`,
  instant: "instant",
  computing: "computing…",
  computingShare: (share) => `Computing: ${Math.floor(100 * share)} %`,
  still: (name) => `Still showing “${name}”`,
  noPicture: "The picture and its evidence appear here.",
  noEvidence: (name) => `No positive evidence for “${name}” at this layer. Nothing is painted.`,
  noActivity: "Nothing in this map is positive. Nothing is painted.",
  noAnswer: "No answer yet. Choose the class again to ask once more.",
  maximum: (peak, unit) => `max = ${peak > 0 && unit ? "+" : ""}${quantity(peak)}${unit ? ` ${unit}` : ""}`,
  layer: (name, shape) => `${name} · ${shape.join("\u202f×\u202f")}`,
  grid: (h, w) => `${h}\u202f×\u202f${w}`,
  honest: "The map shows where, at this layer, the evidence for the score lies. It does not prove why.",
  honestBlind: "The map shows where this layer is most active, whatever the class. It is no evidence for one class.",
  sameForAll: (method) => `${method} does not look at the class: its map is the same for every class.`,
  value: (share) => `${share.toFixed(2)} of maximum`,
  cell: (row, column, h, w) => `row ${row}, column ${column} of ${h} × ${w}`,
  unseen: "not seen by the model",
  hide: (v) => `Hide below ${v.toFixed(2)}`,
  opacity: (v) => `Opacity ${v.toFixed(2)}`,
  zoom: (v) => `${Math.round(100 * v)} %`,
  wipe: (v) => `${Math.round(100 * v)} % plain photo`,
  wheelHint: "Ctrl + wheel zooms. Or click the picture first.",
  fullScreen: "Full screen",
  leaveFullScreen: "Leave full screen",
  stop: "Stop",
  stopping: "Stopping…",
  save: "Save PNG",
  savedShort: "Saved",
  saved: (name) => `Saved as ${name}.`,
  notSaved: "The browser did not let the picture be saved.",
  slide: (rank, name) => `${whole(rank)}. ${name}`,
  slideValue: (name, p, rank, count) => `${name}, ${percent(p)}, rank ${whole(rank)} of ${whole(count)}`,
  more: (count) => `${whole(count)} more: slide or search`,
  found: (n, most) => (n > most ? `First ${most} of ${whole(n)} classes` : `${whole(n)} ${n === 1 ? "class" : "classes"}`),
  notFound: (query) => `No class is called “${query}”.`,
  strongest: (row, column) => `Strongest ${PLACES[row][column]}.`,
  aboveHalf: (fraction) => `${roughPercent(fraction)} of the picture is above half of the maximum.`,
  negative: (fraction) => `${roughPercent(fraction)} of the raw sum was negative and cut by ReLU.`,
  noNegative: "Nothing in the raw map was negative.",
  floor: (share) => `Even the weakest place reaches ${share.toFixed(2)} of the maximum; the colours start there.`,
  nothing: "The map is empty: nothing positive remains at this layer.",
  flat: "The map has the same value everywhere: it points at no place.",
  seen: (fraction) => `The model saw ${roughPercent(fraction).toLowerCase()} of the picture; the rest is dimmed.`,
  picture: (name, words) => `${name}. ${words}`,
};
