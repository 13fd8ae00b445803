// Strokes on a photo, in its pixels: few points for each, as many as the server takes, and where they lie. Pure.

/** @import { Stroke } from "../protocol.js" */

/** @typedef {[number, number]} Place x and y in the photo's pixels */
/** @typedef {{tool: "brush" | "box", size: number, points: Place[]}} Shape what was drawn: a line as thick as twice `size`, or the
 *   rectangle between two points */

const MOST = { strokes: 60, points: 400 }; // of one covered photo, as the server takes them
const SLACK = 0.12; // of a brush's size: a line may be so far off

/** The distance of a place from the line between two others. @param {Place} place @param {Place} from @param {Place} to */
export function distance([x, y], [x0, y0], [x1, y1]) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const part = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x0 - part * dx, y - y0 - part * dy);
}

/** A line with as few points as tell the same (Douglas and Peucker). @param {Place[]} points @param {number} slack @returns {Place[]} */
export function thinned(points, slack) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points[points.length - 1]];
  let [most, at] = [0, 0];
  for (let i = 1; i < points.length - 1; i++) {
    const away = distance(points[i], first, last);
    if (away > most) [most, at] = [away, i];
  }
  if (most <= slack) return [first, last];
  return [...thinned(points.slice(0, at + 1), slack).slice(0, -1), ...thinned(points.slice(at), slack)];
}

/** A drawn shape with whole tenths of pixels, and few points. @param {Shape} shape @returns {Shape} */
export function settled({ tool, size, points }) {
  const few = tool === "box" ? points : thinned(points, SLACK * size);
  return { tool, size: tenths(size), points: few.map(([x, y]) => [tenths(x), tenths(y)]) };
}

/** @param {number} x */
const tenths = (x) => Math.round(10 * x) / 10;

/** Whether a further stroke may be sent. @param {Shape[]} strokes @param {Shape} more */
export const fits = (strokes, more) =>
  strokes.length < MOST.strokes && [...strokes, more].reduce((sum, one) => sum + one.points.length, 0) <= MOST.points;

/** The middle of what a stroke covers. @param {Shape} shape @returns {Place} */
export function middleOf({ points }) {
  const ends = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [x, y] = ends.map((values) => (Math.min(...values) + Math.max(...values)) / 2);
  return [x, y];
}

/** The rectangle of the photo that a stroke touches: left, top, right, bottom. @param {Shape} shape @param {number[]} size */
export function boxOf({ tool, size: r, points }, [width, height]) {
  const more = tool === "box" ? 0 : r;
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  return [
    Math.max(0, Math.min(...xs) - more),
    Math.max(0, Math.min(...ys) - more),
    Math.min(width, Math.max(...xs) + more),
    Math.min(height, Math.max(...ys) + more),
  ];
}

/** How far away a patch is taken: moved as little as it must be to lie within the photo. @param {Stroke} stroke @param {number[]} size @returns {Place} */
export function shiftOf(stroke, size) {
  const [left, top, right, bottom] = boxOf(stroke, size);
  const [x, y] = stroke.shift;
  return [Math.min(Math.max(x, -left), size[0] - right), Math.min(Math.max(y, -top), size[1] - bottom)];
}
