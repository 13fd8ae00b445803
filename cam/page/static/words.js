// Every word that the scripts write, and how numbers are written. Knows nothing about the page.

// Put words into an element. The browser lays out anew whatever is written to, even by the same words; a text that is
// replaced costs it more than one that changes.
export function write(node, words) {
  const text = node.firstChild;
  if (!text || text.nextSibling || text.nodeType !== Node.TEXT_NODE) { if (node.textContent !== words) node.textContent = words; }
  else if (text.data !== words) text.data = words;
}

export function percent(fraction) {
  const p = 100 * fraction;
  if (!(p >= 0)) return "";
  if (p > 0 && p < 0.01) return "< 0.01 %";
  if (p < 0.095) return `${p.toFixed(2)} %`;
  return `${p > 99.9 && p < 100 ? ">\u202f99.9" : p.toFixed(1)} %`;
}

export function roughPercent(fraction) {
  const p = Math.round(100 * fraction);
  if (p === 0 && fraction > 0) return "Less than 1 %";
  if (p === 100 && fraction < 1) return "More than 99 %";
  return `${p} %`;
}

const WHOLE = new Intl.NumberFormat("en-US"); // made once: it takes longer than a sentence

export function whole(number) {
  return WHOLE.format(number);
}

export function quantity(x) {
  const size = Math.abs(x);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) {
    const [digits, power] = x.toExponential(1).split("e");
    return `${digits} × 10${[...String(Number(power))].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;
  }
  return size >= 100 ? whole(Math.round(x)) : size >= 1 ? x.toFixed(1) : x.toPrecision(2);
}

export function duration(seconds) {
  if (!(seconds > 0)) return "";
  return seconds < 0.9995 ? `${Math.max(1, Math.round(1000 * seconds))} ms` : `${seconds.toFixed(1)} s`;
}

const PLACES = [
  ["at the top left", "at the top, in the middle", "at the top right"],
  ["at the left, half-way up", "in the centre", "at the right, half-way up"],
  ["at the bottom left", "at the bottom, in the middle", "at the bottom right"],
];

export const TEXT = {
  evidence: {
    for: (name) => `Evidence for “${name}”`,
    against: (name) => `Evidence against “${name}”`,
    both: (name) => `For and against “${name}”`,
  },
  contrast: {
    for: (name) => `What tells “${name}” from its look-alikes`,
    against: (name) => `What speaks for the look-alikes of “${name}”`,
    both: (name) => `“${name}” and its look-alikes`,
  },
  others: (names) => `Held against ${names.slice(0, -1).join(", ")}${names.length > 1 ? " and " : ""}${names[names.length - 1]}.`,
  unsigned: (method) => `${method} shows how much matters, not whether it speaks for or against.`,
  activity: "Where the layer responds most",
  rank: (rank, count) => `rank ${whole(rank)} of ${whole(count)}`,
  instant: "instant",
  computing: "computing…",
  computingShare: (share) => `Computing: ${Math.floor(100 * share)} %`,
  still: (name) => `Still showing “${name}”`,
  noPicture: "The picture and its evidence appear here.",
  noEvidence: {
    for: (name) => `No positive evidence for “${name}” at this layer. Nothing is painted.`,
    against: (name) => `Nothing speaks against “${name}” at this layer. Nothing is painted.`,
    both: (name) => `Nothing speaks for or against “${name}” at this layer. Nothing is painted.`,
  },
  noActivity: "Nothing in this map is positive. Nothing is painted.",
  noAnswer: "No answer yet. Choose the class again to ask once more.",
  end: (v) => `${v < 0 ? "−" : "+"}${quantity(Math.abs(v))}`,
  maximum: (peak, unit) => `max = ${peak > 0 && unit ? "+" : ""}${quantity(peak)}${unit ? ` ${unit}` : ""}`,
  layer: (name, shape) => `${name} · ${shape.join("\u202f×\u202f")}`,
  strip: (method) => `The positive values of ${method} alone.`,
  grid: (h, w) => `${h}\u202f×\u202f${w}`,
  honest: "The map shows where, at this layer, the evidence for the score lies. It does not prove why.",
  honestBlind: "The map shows where this layer is most active, whatever the class. It is no evidence for one class.",
  sameForAll: (method) => `${method} does not look at the class: its map is the same for every class.`,
  value: (share, signed) => `${signed && share > 0 ? "+" : ""}${share.toFixed(2).replace("-", "−")} of maximum`,
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
  strongestFor: (row, column) => `Speaks for it most ${PLACES[row][column]} (orange).`,
  strongestAgainst: (row, column) => `Speaks against it most ${PLACES[row][column]} (blue).`,
  nothingFor: "Nothing speaks for it.",
  nothingAgainst: "Nothing speaks against it.",
  balance: (fraction) => `${roughPercent(fraction)} of the raw sum speaks against it.`,
  aboveHalf: (fraction) => `${roughPercent(fraction)} of the picture is above half of the maximum.`,
  cut: {
    for: (fraction) => `${roughPercent(fraction)} of the raw sum was negative and cut by ReLU.`,
    against: (fraction) => `${roughPercent(fraction)} of the raw sum speaks for it and is not shown.`,
  },
  nothingCut: { for: "Nothing in the raw map was negative.", against: "Nothing in the raw map speaks for it." },
  floor: (share) => `Even the weakest place reaches ${share.toFixed(2)} of the maximum; the colours start there.`,
  nothing: "The map is empty: nothing positive remains at this layer.",
  flat: "The map has the same value everywhere: it points at no place.",
  approximate: (median, lowest) => `An approximation: such maps correlate ${median.toFixed(2)} with exact ones, ${lowest.toFixed(2)} at worst.`,
  detail: (factor) => `detail ${factor}\u202f×`,
  finer: (factor, input) => `At ${factor}\u202f× the network saw a larger picture, ${input.join("\u202f×\u202f")} pixels, than it was trained on; the predictions are those of that pass.`,
  seen: (fraction) => `The model saw ${roughPercent(fraction).toLowerCase()} of the picture; the rest is dimmed.`,
  picture: (name, words) => `${name}. ${words}`,
};
