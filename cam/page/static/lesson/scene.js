// What a story is shown with: the map on show, its heat, the photo as small as it is drawn, the colours. Made once for a story.

import { drawFindings } from "../findings/draw.js";
import { shownOf } from "../findings/places.js";
import { heatOf, inputPosition, paintHeat } from "../picture/heat.js";
import { nameOf } from "../predictions/classes.js";
import { rawMap } from "../state.js";
import { photoCanvas } from "./paint.js";
import { coarserOf, computedAgain, difference } from "./story.js";

/** @import { Shown } from "../findings/places.js" */
/** @import { Heat } from "../picture/heat.js" */
/** @import { Box, Finding } from "../protocol.js" */
/** @import { Confirmed, State } from "../state.js" */
/** @import { Grid, Palette } from "./paint.js" */
/** @import { Step, Told } from "./story.js" */

const EDGE = 700; // thin lines across a photo
const LONGER = 900; // pixels of the photo's longer side
export const OPACITY = 0.75; // of the heat on the photo; the server writes it into the step's formula

/**
 * @typedef {{told: Told, confirmed: Confirmed, index: number, label: string, blind: boolean, found: "" | "box" | "region",
 *   raw: Float32Array, grid: Grid, heat: Heat, photo: HTMLCanvasElement, palette: Palette & {heat: Uint8Array}, marks: Shown[],
 *   again: {most: number, peak: number, channels: number, all: number, grid?: number[]} | null}} Scene
 */

/** @param {Told} told @param {State} state @param {number} index the class @param {Scene["palette"]} palette @returns {Scene} */
export function sceneOf(told, state, index, palette) {
  const confirmed = /** @type {Confirmed} */ (state.confirmed);
  const { picture, photo } = confirmed;
  const raw = rawMap(confirmed, index);
  const [h, w] = picture.shape;
  const [W, H] = photo.view.input;
  const marks = (shownOf({ ...state, threshold: 0 }) ?? []).filter(({ number }) => number === index);
  /** @type {HTMLCanvasElement | undefined} */
  let small;
  return {
    told,
    confirmed,
    index,
    label: nameOf(state, index),
    blind: picture.class_blind,
    found: kindOf(confirmed.findings?.[index]),
    raw,
    grid: gridOf(told, { data: raw, h, w }),
    heat: heatOf(raw, h, w, H, W, "for"),
    get photo() {
      small ??= marked(photoCanvas(photo.image, photo.size, LONGER), confirmed, marks);
      return small;
    },
    palette,
    marks,
    again: againOf(told, raw),
  };
}

/** The map whose cells are added up: the one on show, or of one that is no sum by itself the sum on the way to it. @param {Told} told @param {Grid} shown @returns {Grid} */
function gridOf({ terms }, shown) {
  const { data, shape } = terms?.step ?? {};
  if (!data || !shape || data.length === shown.h * shown.w) return shown;
  return { data, h: shape[0], w: shape[1] };
}

/** What is explained where it is no class of the whole photo. @param {Finding | undefined} found */
const kindOf = (found) => (found ? (found.box && !found.own ? "box" : "region") : "");

/** A canvas of the whole photo, with the edge of what is explained. @param {HTMLCanvasElement} canvas @param {Confirmed} confirmed @param {Shown[]} marks */
function marked(canvas, { photo: { size, view } }, marks) {
  const at = { kx: canvas.width / size[0], ky: canvas.height / size[1], left: 0, top: 0 };
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  drawFindings(ctx, at, Math.max(0.6, canvas.width / EDGE), marks, view, marks[0]?.number ?? -1, () => "");
  return canvas;
}

/** How far the map that is computed from the story's numbers is from the one on show. @param {Told} told @param {Float32Array} shown */
function againOf(told, shown) {
  const again = computedAgain(told);
  if (again && again.map.length === shown.length)
    return { ...difference(again.map, shown, told.sign), channels: again.channels, all: again.all };
  const raw = told.raw?.data;
  if (!raw) return null;
  if (raw.length === shown.length) return { ...difference(raw, shown, told.sign), channels: 0, all: 0 };
  const grid = /** @type {Step} */ (told.raw).sent.slice(-2);
  const [h, w] = /** @type {Step} */ (told.raw).shape.slice(-2);
  const coarse = h * w === shown.length ? coarserOf(shown, [h, w], grid) : null;
  return coarse && { ...difference(raw, coarse, told.sign), channels: 0, all: 0, grid };
}

/** The part of the photo, in fractions, that a cell of a grid lies over. @param {Scene} scene @param {number} row @param {number} column @param {number} h @param {number} w @returns {Box} */
export function patchOf({ confirmed: { photo }, heat }, row, column, h, w) {
  const [width, height] = photo.size;
  const { sx, sy, tx, ty } = inputPosition(photo.view, { kx: 1, ky: 1, left: 0, top: 0 });
  const x = (/** @type {number} */ at) => Math.min(1, Math.max(0, (sx * at * heat.W) / w / width + tx / width));
  const y = (/** @type {number} */ at) => Math.min(1, Math.max(0, (sy * at * heat.H) / h / height + ty / height));
  return [x(column), y(row), x(column + 1), y(row + 1)];
}

/** The photo with the heat on it, so many pixels on its longer side. @param {Scene} scene @param {number} longer */
export function overlayCanvas({ heat, confirmed, palette, marks }, longer) {
  const canvas = photoCanvas(confirmed.photo.image, confirmed.photo.size, longer);
  canvas.className = "map smooth";
  const { width, height } = canvas;
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const { view, size } = confirmed.photo;
  const at = { kx: width / size[0], ky: height / size[1], left: 0, top: 0 };
  const [l, t, r, b] = view.source;
  /** @type {Box} */
  const area = [Math.round(l * at.kx), Math.round(t * at.ky), Math.round(r * at.kx), Math.round(b * at.ky)];
  if (heat.empty) return marked(canvas, confirmed, marks);
  const image = ctx.getImageData(0, 0, width, height);
  const look = { lut: palette.heat, signedLut: null, opacity: OPACITY, hide: 0 };
  paintHeat(image.data, width, heat, view.content, inputPosition(view, at), area, look);
  ctx.putImageData(image, 0, 0);
  return marked(canvas, confirmed, marks);
}
