// What the page and its server say to each other, and how it is read. `server/protocol.py` says the same to the server; both
// sides' tests read `tests/messages/*.json`. Knows nothing about the page.

export const VERSION = 2; // of the messages: what another version sends is not taken

/**
 * @typedef {{code: string, text: string, params: Record<string, SaidParam>}} Said a sentence: its code, its English text with {fields}
 * @typedef {string | number | string[] | Said} SaidParam
 * @typedef {{example?: string, upload?: string}} Source of a photo
 * @typedef {{photo: Source, model: string, layer: string, method: string, contrast: boolean, combine: string,
 *   effort: string, fit: string, detail: number, class: number | null}
 *   & {area?: Area, listed?: boolean}} Choice what a visitor wants to see; `layer` and `method` "" are the model's defaults, `class`
 *   null the top class; where it is `listed` a number in the list of findings, behind the last of which comes an `area`
 * @typedef {{grid: [number, number], runs: string}} Mask places of a grid [w, h], row by row: uint16, how many do not belong to
 *   it, how many do, and so on
 * @typedef {{of: number, point?: [number, number], grid?: [number, number], runs?: string}} Area the class `of` at a point of the
 *   photo, or in a `Mask` over it
 * @typedef {{index: number, label: string, probability: number, box?: Box, share?: number, mask?: Mask, own?: boolean}} Finding
 *   a thing that the network found; `box` in the photo's pixels, `mask` over the input; `own`: an area that the visitor chose
 * @typedef {{photo?: string, view?: string, labels?: string}} Names of what the page has got
 * @typedef {Choice & {version: number, request_id: number, shown: Names, own: string}} Wish
 *   an action: `request_id` rises, `own` is the path of the sent photo that the page shows by itself
 * @typedef {[number, number, number, number]} Box left, top, right, bottom
 * @typedef {{source: Box, content: Box, input: [number, number]}} View what the model sees of a photo
 * @typedef {{id: string, origin: Source, url: string, size: [number, number], view: View}} Photo
 *   `url` "" is the photo on show with another view, or the one that the page sent and shows by itself
 * @typedef {{key: string, photo_id: string, class: number, map: string, shape: [number, number],
 *   at: {model: string, fit: string, detail: number, method: string, contrast: boolean}, layers: [string, number[]][],
 *   model: string, layer: string, method: string, combination: string, effort: string,
 *   correlation: [number, number] | null, class_blind: boolean, layer_blind: boolean, contrast: boolean, rivals: number[], signed: boolean,
 *   unit: string, seconds: number, share: number}} Picture
 *   the current map, float32 (h, w), raw; where it is `signed`, negative values speak against the class
 * @typedef {{photo_id: string, order: string, probabilities: string}} Ranking uint16 (K), float32 (K)
 * @typedef {{key: string, shape: [number, number], indices: string, rivals: string, maps: string, steps: string}} ClassMaps
 *   uint16 (n), uint16 (n, r), int16 (n, h, w) in steps of float32 (n)
 * @typedef {{name: string, axes: string[], shape: number[], formula: Record<string, string>, follows: string[], code: string,
 *   labels: string[], value: number | null, values: string, sent: number[], dtype: "" | "float32" | "int16" | "product",
 *   scale: string, kept: string}} Packed a step; int16 in steps of `scale`, `kept` of the rows, as protocol.py says
 * @typedef {{channel: number, classes: number[], rises: number[]}} Raising the classes that a channel raises most
 * @typedef {{key: string, steps: Packed[], channels: number[], raises: Raising[]}} Story of a map
 * @typedef {{kind: "grey" | "blur" | "patch", tool: "brush" | "box", size: number, points: [number, number][], shift: [number, number]}} Stroke
 *   a cover on a photo, in its pixels; a patch shows what lies `shift` away
 * @typedef {Choice & {page: string, number: number, strokes: Stroke[]}} CoverWish a later number overtakes those before it
 * @typedef {{number: number, class: number, ranking: Ranking, map: string, shape: [number, number], why: Said | "", seconds: number}} Covered
 *   what a model makes of a covered photo; `map` "" where it would take too long
 * @typedef {{name: string, shape: number[], default: boolean}} Layer
 * @typedef {{title: string, thumb: string}} Card the photo in the left column
 * @typedef {{version: number, request_id: number, step: number | string, more?: boolean, after?: number,
 *   prefetch?: boolean, message?: Said | "", progress?: number, error?: Said, about?: string, picture?: Picture,
 *   photo?: Photo, card?: Card, ranking?: Ranking, labels?: string[], findings?: Finding[], classes?: ClassMaps | null, confirmed?: Choice,
 *   layers?: Layer[], shown?: Names, reasons?: Record<string, Said>, efforts?: Record<string, Said>, times?: Record<string, number>,
 *   resumes?: boolean}} Answer `times`: seconds of slow methods at this layer, as far as they were made here; `resumes`: a map
 *   that was stopped goes on from there when it is asked for again
 * @typedef {{name: string, shape: [number, number], map: string, peak: number, top: number, why: Said | ""}} Tile
 *   uint8 (h, w) of its own maximum, `peak`; `top` is that of the most likely class at this layer
 * @typedef {{photo_id: string, model: string, fit: string, detail: number, method: string, contrast: boolean,
 *   class: number | null, shown: string, why: Said | "", measured: boolean, layers: Tile[]}} Strip `measured`: `top` is known
 * @typedef {{detail: number, input: [number, number], cost: number, grids: Record<string, number[]>, reason: Said | ""}} Detail
 * @typedef {{name: string, title: string, thumb: string, lesson?: boolean}} Example
 * @typedef {{name: string, title: string, group: string, task: string, here: boolean, own: boolean, size: number}} Model
 * @typedef {{model?: Model, licence?: string, error?: Said, busy?: boolean}} HubAnswer what a model of the Hub is
 * @typedef {{name: string, close: [number, number] | null, timed: boolean}} Effort `close`: median and lowest correlation
 *   with the exact map; `timed`: whether it helps is known once the model was timed on the server's machine
 * @typedef {{name: string, quick: boolean, blind: boolean,
 *   speed: "instant" | "pass" | "passes", group: "start" | "gradients" | "slow" | "baselines", efforts: Effort[]}} Method
 * @typedef {{name: string}} Combination
 * @typedef {{examples: Example[], models: Model[], methods: Method[], combinations: Combination[], details: number[],
 *   fits: {name: string}[]}} Lists
 * @typedef {{lists: Lists, limit: number, colours: {colormaps: Record<string, string>, signed_colours: string},
 *   names: {id: string, address: string}, cards: {names: string[], address: string}, strip: Strip, answer: Answer,
 *   version: string, privacy: Record<string, string>, minutes: number, hub: boolean, place: string}} Opening
 *   `names`: whose classes have other names, and where those are served; `place`: where the scripts ask
 * @typedef {{class: number, probability: number, top: [number, string, number][], map: string, shape: [number, number],
 *   input: [number, number], layer: string, method: string, labels: string, seconds: number, findings?: Finding[], number?: number,
 *   followed?: boolean, size?: [number, number], error?: Said}} FrameAnswer where things are found, `number` is the one that
 *   is explained, -1 for none; `followed`: it is of the class that was asked for; boxes are in pixels of the frame's `size`
 */

/** @param {string | undefined | null} base64 */
export function bytesOf(base64) {
  const builtIn = /** @type {{fromBase64?: (text: string) => Uint8Array<ArrayBuffer>}} */ (Uint8Array).fromBase64;
  if (builtIn) return builtIn(base64 || ""); // of newer browsers: a tenth of the time
  const text = atob(base64 || "");
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** @param {string} base64 */
export function floatsOf(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}

/**
 * Keep the last result: the same source is decoded once.
 * @template S, R
 * @param {(source: S) => R} decode
 * @returns {(source: S) => R}
 */
function remembering(decode) {
  /** @type {{source: S, result: R} | undefined} */
  let last;
  return (source) => {
    if (!last || source !== last.source) last = { source, result: decode(source) };
    return last.result;
  };
}

/** @typedef {{photoId: string, order: Uint16Array, rankOf: Uint32Array, probabilities: Float32Array}} Ranked */
/** @typedef {{key: string, positionOf: Map<number, number>, rivals: Uint16Array, maps: Int16Array, steps: Float32Array}} Maps */

export const decodeMap = remembering(floatsOf);
export const decodeColours = remembering(bytesOf);

export const decodeRanking = remembering((/** @type {Ranking | null | undefined} */ ranking) => {
  if (!ranking) return null;
  const order = new Uint16Array(bytesOf(ranking.order).buffer);
  const rankOf = new Uint32Array(order.length);
  for (let r = 0; r < order.length; r++) rankOf[order[r]] = r + 1;
  return { photoId: ranking.photo_id, order, rankOf, probabilities: floatsOf(ranking.probabilities) };
});

export const decodeClasses = remembering((/** @type {ClassMaps | null | undefined} */ classes) => {
  if (!classes) return null;
  const { key, indices, maps, steps } = classes;
  const words = (/** @type {string} */ base64) => new Uint16Array(bytesOf(base64).buffer);
  const positions = new Map(Array.from(words(indices), (index, position) => [index, position]));
  return {
    key,
    positionOf: positions,
    rivals: words(classes.rivals),
    maps: new Int16Array(bytesOf(maps).buffer),
    steps: floatsOf(steps),
  };
});

/** @returns {Map<string, Uint8Array>} @param {Record<string, string>} colormaps */
export const decodeColormaps = (colormaps) =>
  new Map(Object.entries(colormaps).map(([name, base64]) => [name, bytesOf(base64)]));

/**
 * The classes that the one at `position` is held against, none without a contrast.
 * @param {Maps} classes @param {number} position
 */
export function rivalsAt({ rivals, steps }, position) {
  const each = rivals.length / steps.length;
  return [...rivals.subarray(position * each, (position + 1) * each)];
}

/**
 * The raw map at `position` among the maps of many classes, (h * w) floats.
 * @param {Maps} classes @param {number} position @param {number} h @param {number} w
 */
export function localMap(classes, position, h, w) {
  const raw = new Float32Array(h * w);
  const step = classes.steps[position];
  const start = position * h * w;
  for (let i = 0; i < raw.length; i++) raw[i] = classes.maps[start + i] * step;
  return raw;
}

/**
 * Share of the absolute sum of a signed raw map that is negative.
 * @param {Float32Array} raw
 */
export function negativeShare(raw) {
  let negative = 0;
  let all = 0;
  for (const v of raw) {
    all += Math.abs(v);
    if (v < 0) negative -= v;
  }
  return all > 0 ? negative / all : 0;
}
