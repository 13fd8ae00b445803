// The arithmetic of the picture: raw map -> heat at the model's input size -> pixels and contour lines.
// The same rules as on the server. Knows nothing about the page; rectangles are [left, top, right, bottom].

/** @import { Box } from "../protocol.js" */
/** @import { Evidence } from "../state.js" */

/** @typedef {{low: Int32Array, high: Int32Array, part: Float32Array, count: number}} Lattice two neighbours and the part of the second */
/** @typedef {{kx: number, ky: number, left: number, top: number}} At where an image lies on a canvas: pixels per image pixel, corner */
/** @typedef {{sx: number, sy: number, tx: number, ty: number}} Position where input pixels lie on a canvas */
/** @typedef {{source: Box, content: Box}} Boxes */
/** @typedef {{lut: Uint8Array | null, signedLut: Uint8Array | null, opacity: number, hide: number}} Colours */
/**
 * @typedef {{values: Float32Array, H: number, W: number, h: number, w: number, low: number, high: number, peak: number,
 *   signed: boolean, empty: boolean, flat: boolean, full: number, gain: number, offset: number}} Heat values (H, W) of a map
 *   (h, w); `gain` times a value plus `offset` is its place on the scale, which has full colour from `full` on
 * @typedef {{best: number, x: number, y: number, above: number, seen: number}} Summary
 */

// N samples over n values with half-pixel centres, clamped at the ends (bilinear with align_corners=False).
/** @param {number} n @param {number} N */
function samples(n, N) {
  return lattice(0, N, n / N, 0, 0, n - 1);
}

// For the pixels begin..end: the two neighbours and the part of the second at position (i + 0.5) * scale + shift.
/** @param {number} begin @param {number} end @param {number} scale @param {number} shift @param {number} least @param {number} most @returns {Lattice} */
function lattice(begin, end, scale, shift, least, most) {
  const count = Math.max(0, end - begin);
  const low = new Int32Array(count);
  const high = new Int32Array(count);
  const part = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(most, Math.max(least, (begin + i + 0.5) * scale + shift - 0.5));
    low[i] = Math.floor(at);
    high[i] = Math.min(low[i] + 1, most);
    part[i] = at - low[i];
  }
  return { low, high, part, count };
}

// Stretch rows first..last of a (?, width) grid along x; returns (last - first + 1, x.count).
/** @param {Float32Array} grid @param {number} width @param {number} first @param {number} last @param {Lattice} across */
function stretchRows(grid, width, first, last, { low, high, part, count }) {
  const out = new Float32Array((last - first + 1) * count);
  for (let r = first, o = 0; r <= last; r++) {
    const row = r * width;
    for (let i = 0; i < count; i++, o++) {
      const a = grid[row + low[i]];
      out[o] = a + (grid[row + high[i]] - a) * part[i];
    }
  }
  return out;
}

// What of a raw map is painted as evidence: what speaks for the class, against it, or both with their signs.
const EVIDENCE = {
  for: (/** @type {number} */ v) => (v > 0 ? v : 0),
  against: (/** @type {number} */ v) => (v < 0 ? -v : 0),
  both: (/** @type {number} */ v) => v,
};

// raw (h, w) -> what is shown of it (ReLU) -> bilinear to (H, W) -> min-max; with both signs, divided by the largest value
// instead. `low` and `high` are the ends before that, `peak` the raw maximum of what is shown.
/**
 * @param {ArrayLike<number>} raw @param {number} h @param {number} w @param {number} H @param {number} W
 * @param {Evidence} evidence @returns {Heat}
 */
export function heatOf(raw, h, w, H, W, evidence = "for") {
  const taken = Float32Array.from(raw, EVIDENCE[evidence]);
  let peak = 0;
  let least = Infinity;
  for (const v of taken) {
    if (v > peak) peak = v;
    if (v < least) least = v;
  }
  const { values, low, high } = enlarged(taken, h, w, H, W);
  const signed = evidence === "both";
  const size = Math.max(high, -low);
  const empty = signed ? !(size > 0) : peak - least <= 1e-6 * peak; // nothing to show, or the same amount everywhere
  if (empty) values.fill(0);
  else if (signed) for (let o = 0; o < values.length; o++) values[o] /= size;
  else for (let o = 0; o < values.length; o++) values[o] = (values[o] - low) / (high - low);
  return {
    values,
    H,
    W,
    h,
    w,
    low: signed ? 0 : low,
    high: signed ? size : high,
    peak,
    signed,
    empty,
    flat: empty && peak > 0,
    full: h >= H && w >= W ? fullColour(values) : 1,
    gain: 1,
    offset: 0,
  };
}

const SHARE = 0.995; // of a fine map's places that lie below full colour
const RARE = 0.5; // of the maximum: where so few places reach it, the map is painted with a scale of its own

/** In a map as fine as the picture a few pixels may tower above all others: full colour then begins below. @param {Float32Array} values */
function fullColour(values) {
  const sorted = values.map(Math.abs).sort();
  const reached = sorted[Math.ceil(SHARE * sorted.length) - 1];
  return reached > 0 && reached < RARE ? reached : 1;
}

// Bilinear from (h, w) to (H, W), and the smallest and largest value.
/** @param {Float32Array} grid @param {number} h @param {number} w @param {number} H @param {number} W */
function enlarged(grid, h, w, H, W) {
  const rows = stretchRows(grid, w, 0, h - 1, samples(w, W));
  const y = samples(h, H);
  const values = new Float32Array(H * W);
  let low = Infinity;
  let high = -Infinity;
  for (let r = 0, o = 0; r < H; r++) {
    const a = y.low[r] * W;
    const b = y.high[r] * W;
    const f = y.part[r];
    for (let i = 0; i < W; i++, o++) {
      const v = rows[a + i] + (rows[b + i] - rows[a + i]) * f;
      values[o] = v;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  return { values, low, high };
}

// Where input pixels lie on a canvas on which the image lies by `at` {kx, ky, left, top}, pixels per image pixel and corner.
/** @param {Boxes} view @param {At} at @returns {Position} */
export function inputPosition({ source: s, content: c }, { kx, ky, left, top }) {
  const sx = (kx * (s[2] - s[0])) / (c[2] - c[0]);
  const sy = (ky * (s[3] - s[1])) / (c[3] - c[1]);
  return { sx, sy, tx: left + kx * s[0] - sx * c[0], ty: top + ky * s[1] - sy * c[1] };
}

// The pixels of such a canvas whose centres lie in what the model saw.
/** @param {Boxes} view @param {At} at @param {number} width @param {number} height @returns {Box} */
export function seenArea({ source: s }, { kx, ky, left, top }, width, height) {
  const edge = (/** @type {number} */ at, /** @type {number} */ most) =>
    Math.min(most, Math.max(0, Math.ceil(at - 0.5)));
  return [
    edge(left + s[0] * kx, width),
    edge(top + s[1] * ky, height),
    edge(left + s[2] * kx, width),
    edge(top + s[3] * ky, height),
  ];
}

// The heat at a position in input pixels, clamped to `box`.
/** @param {Heat} heat @param {number} u @param {number} v @param {Box} box */
export function heatAt(heat, u, v, box) {
  const x = Math.min(box[2] - 1, Math.max(box[0], u - 0.5));
  const y = Math.min(box[3] - 1, Math.max(box[1], v - 0.5));
  const x0 = Math.floor(x),
    y0 = Math.floor(y);
  const x1 = Math.min(x0 + 1, heat.W - 1),
    y1 = Math.min(y0 + 1, heat.H - 1);
  const at = (/** @type {number} */ r, /** @type {number} */ c) => heat.values[r * heat.W + c];
  const top = at(y0, x0) + (at(y0, x1) - at(y0, x0)) * (x - x0);
  const bottom = at(y1, x0) + (at(y1, x1) - at(y1, x0)) * (x - x0);
  return top + (bottom - top) * (y - y0);
}

// So many steps of the heat are told apart. Each has one colour: the limits of the 256 colours are limits of steps.
const STEPS = 16 * 255;
/** @typedef {{colours: Uint8Array, opacity: number, hide: number, rest: Int32Array, redBlue: Int32Array, green: Int32Array}} Mix */
/** @type {Record<string, Mix>} */
const mixes = {}; // the last one, without and with a sign

// For each step from 0 to 1, or from -1 to 1 with a sign: how much of the photo stays, of 256, and what is added of red
// and blue, and of green, where they lie in a pixel, 8 bits behind the point. The heat covers opacity * |v| * (2 - |v|).
/** @param {Colours} look @param {boolean} signed @returns {Mix} */
function mixOf({ lut, signedLut, opacity, hide }, signed) {
  const colours = /** @type {Uint8Array} */ (signed ? signedLut : lut);
  const kept = mixes[String(signed)];
  if (kept && kept.colours === colours && kept.opacity === opacity && kept.hide === hide) return kept;
  const [rest, redBlue, green] = Array.from({ length: 3 }, () => new Int32Array(STEPS + 1));
  for (let k = 0; k <= STEPS; k++) {
    const at = Math.min(1, (k + 0.5) / STEPS);
    const m = signed ? Math.abs(2 * at - 1) : at;
    const cover = m < hide ? 0 : Math.round(256 * opacity * m * (2 - m));
    const c = 3 * Math.min(255, (k + 8) >> 4);
    const [r, g, b] = [0, 1, 2].map((i) => colours[c + i] * cover + 128);
    rest[k] = 256 - cover;
    redBlue[k] = (b << 16) | r;
    green[k] = g << 8;
  }
  const mix = { colours, opacity, hide, rest, redBlue, green };
  mixes[String(signed)] = mix;
  return mix;
}

// Paint into `out` (RGBA, `width` pixels a row). `position` takes input pixels to canvas pixels; `area`
// is the canvas rectangle to paint; `box` the part of the input that shows the photo. A pixel is one number, red lowest;
// red and blue are mixed in one product, 16 bits apart.
/**
 * @param {Uint8ClampedArray} out @param {number} width @param {Heat} heat @param {Box} box @param {Position} position
 * @param {number[]} area @param {Colours} look
 */
export function paintHeat(out, width, heat, box, position, area, look) {
  const [x0, y0, x1, y1] = area;
  if (x1 <= x0 || y1 <= y0) return;
  const x = lattice(x0, x1, 1 / position.sx, -position.tx / position.sx, box[0], box[2] - 1);
  const y = lattice(y0, y1, 1 / position.sy, -position.ty / position.sy, box[1], box[3] - 1);
  const first = y.low[0];
  const rows = stretchRows(heat.values, heat.W, first, y.high[y.count - 1], x);
  const { rest, redBlue, green } = mixOf(look, heat.signed);
  const [whole, shift] = heat.signed ? [STEPS / 2, STEPS / 2] : [STEPS, 0];
  const scale = (whole * heat.gain) / heat.full;
  const origin = shift + (whole * heat.offset) / heat.full;
  const pixels = new Int32Array(out.buffer);
  const n = x.count;
  for (let j = 0; j < y.count; j++) {
    const a = (y.low[j] - first) * n;
    const b = (y.high[j] - first) * n;
    const f = y.part[j];
    const start = (y0 + j) * width + x0;
    for (let i = 0; i < n; i++) {
      const at = ((rows[a + i] + (rows[b + i] - rows[a + i]) * f) * scale + origin) | 0;
      const k = at < 0 ? 0 : at > STEPS ? STEPS : at;
      const rgba = pixels[start + i];
      pixels[start + i] =
        (rgba & 0xff000000) |
        (((Math.imul(rgba & 0xff00ff, rest[k]) + redBlue[k]) >>> 8) & 0xff00ff) |
        (((Math.imul(rgba & 0xff00, rest[k]) + green[k]) >>> 8) & 0xff00);
    }
  }
}

/** Where a value of a heat lies among the colours, from 0, or -1 with a sign, to 1. @param {Heat} heat @param {number} value */
export const colourOf = ({ gain, offset, full }, value) => Math.max(-1, Math.min(1, (gain * value + offset) / full));

// Marching squares over the heat inside `box`: segments x1, y1, x2, y2 in input pixels.
/** @param {Heat} heat @param {Box} box @param {number[]} levels */
export function contourLines(heat, box, levels) {
  const [l, t, r, b] = box;
  const step = Math.max(1, Math.ceil(Math.max(r - l, b - t) / 256));
  const across = (/** @type {number} */ x) => (x === l ? l : x === r - 1 ? r : x + 0.5); // the outermost samples reach to the photo's edge
  const down = (/** @type {number} */ y) => (y === t ? t : y === b - 1 ? b : y + 0.5);
  /** @type {number[]} */
  const lines = [];
  for (let y = t; y < b - 1; y += step) {
    const below = Math.min(y + step, b - 1);
    for (let x = l; x < r - 1; x += step) {
      const right = Math.min(x + step, r - 1);
      const p = heat.values[y * heat.W + x];
      const q = heat.values[y * heat.W + right];
      const s = heat.values[below * heat.W + right];
      const o = heat.values[below * heat.W + x];
      const least = Math.min(p, q, s, o);
      const most = Math.max(p, q, s, o);
      for (const level of levels) {
        if (level <= least || level > most) continue;
        const code =
          Number(p >= level) | (Number(q >= level) << 1) | (Number(s >= level) << 2) | (Number(o >= level) << 3);
        crossings(lines, code, level, p, q, s, o, across(x), down(y), across(right) - across(x), down(below) - down(y));
      }
    }
  }
  return lines;
}

const EDGES = [
  [],
  [3, 0],
  [0, 1],
  [3, 1],
  [1, 2],
  [3, 0, 1, 2],
  [0, 2],
  [3, 2],
  [2, 3],
  [2, 0],
  [0, 1, 2, 3],
  [2, 1],
  [1, 3],
  [1, 0],
  [0, 3],
  [],
];

/**
 * @param {number[]} lines @param {number} code @param {number} level @param {number} p @param {number} q @param {number} s
 * @param {number} o @param {number} x @param {number} y @param {number} dx @param {number} dy
 */
function crossings(lines, code, level, p, q, s, o, x, y, dx, dy) {
  for (const edge of EDGES[code]) {
    if (edge === 0) lines.push(x + (dx * (level - p)) / (q - p), y);
    else if (edge === 1) lines.push(x + dx, y + (dy * (level - q)) / (s - q));
    else if (edge === 2) lines.push(x + (dx * (level - o)) / (s - o), y + dy);
    else lines.push(x, y + (dy * (level - p)) / (o - p));
  }
}

// What the map shows, in numbers: where the maximum lies (fractions of the photo) and which part of the photo is above half;
// with `sign` -1, of what speaks against.
/** @param {Heat} heat @param {Boxes} view @param {number[]} size @param {number} sign @returns {Summary} */
export function summary(heat, view, size, sign = 1) {
  const [l, t, r, b] = view.content;
  let best = -1,
    at = 0,
    above = 0;
  for (let y = t; y < b; y++) {
    for (let x = l; x < r; x++) {
      const v = sign * heat.values[y * heat.W + x];
      if (v > best) {
        best = v;
        at = y * heat.W + x;
      }
      if (v > 0.5) above++;
    }
  }
  const [sl, st, sr, sb] = view.source;
  const seen = ((sr - sl) * (sb - st)) / (size[0] * size[1]);
  return {
    best,
    x: (sl + (((at % heat.W) + 0.5 - l) * (sr - sl)) / (r - l)) / size[0],
    y: (st + ((Math.floor(at / heat.W) + 0.5 - t) * (sb - st)) / (b - t)) / size[1],
    above: (above / ((r - l) * (b - t))) * seen,
    seen,
  };
}
