// Findings on a canvas, as a picture that is saved has them. Knows the canvas; what stands where is in `places.js`.

import { aroundOf, colourOf, edgesOf, namesApart, topsOf } from "./places.js";

/** @import { View } from "../protocol.js" */
/** @import { Shown } from "./places.js" */

/** @typedef {{kx: number, ky: number, left: number, top: number}} At where the photo lies on a canvas; mirrored where `kx` is negative */

/**
 * Draw findings: an edge in the colour of its class between dark ones, and its name if it has one; the chosen one is thicker.
 * @param {CanvasRenderingContext2D} ctx @param {At} at @param {number} unit pixels of a thin line @param {Shown[]} shown
 * @param {View} view @param {number} chosen @param {(one: Shown) => string} nameOf
 */
export function drawFindings(ctx, at, unit, shown, view, chosen, nameOf) {
  ctx.save();
  ctx.lineJoin = "round";
  /** @type {{words: string, colour: string, left: number, width: number, height: number, tops: number[]}[]} */
  const names = [];
  for (const one of [...shown].sort((a, b) => Number(a.number === chosen) - Number(b.number === chosen))) {
    const { number, found } = one;
    const around = aroundOf(found, view);
    if (!around) continue;
    trace(ctx, at, edgesOf(found, view));
    const width = (number === chosen ? 3 : 1.6) * unit;
    for (const [colour, size] of /** @type {[string, number][]} */ ([
      ["rgb(0 0 0 / 0.65)", width + 1.6 * unit],
      [colourOf(found), width],
    ])) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = size;
      ctx.stroke();
    }
    const x = at.left + around[at.kx < 0 ? 2 : 0] * at.kx;
    const [top, bottom] = [at.top + around[1] * at.ky, at.top + around[3] * at.ky];
    const [words, size] = [nameOf(one), 13 * unit];
    if (!words) continue;
    ctx.font = fontOf(unit);
    const [long, height] = [ctx.measureText(words).width + size, 1.5 * size];
    const left = Math.max(0, Math.min(x, ctx.canvas.width - long));
    names.unshift({
      words,
      colour: colourOf(found),
      left,
      width: long,
      height,
      tops: topsOf(top, bottom, height, ctx.canvas.height),
    });
  }
  for (const [i, top] of namesApart(names).entries()) label(ctx, names[i], top, unit);
  ctx.restore();
}

/** @param {number} unit */
const fontOf = (unit) => `600 ${13 * unit}px system-ui, sans-serif`;

/** @param {CanvasRenderingContext2D} ctx @param {At} at @param {number[][]} lines */
function trace(ctx, { kx, ky, left, top }, lines) {
  ctx.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    ctx.moveTo(left + x0 * kx, top + y0 * ky);
    ctx.lineTo(left + x1 * kx, top + y1 * ky);
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {{words: string, colour: string, left: number, width: number, height: number}} name
 * @param {number} top @param {number} unit
 */
function label(ctx, { words, colour, left, width, height }, top, unit) {
  const size = 13 * unit;
  ctx.font = fontOf(unit);
  ctx.textBaseline = "middle";
  ctx.fillStyle = "rgb(14 14 16 / 0.86)";
  ctx.fillRect(left, top, width, height);
  ctx.fillStyle = colour;
  ctx.fillRect(left, top, 0.3 * size, height);
  ctx.fillStyle = "white";
  ctx.fillText(words, left + 0.6 * size, top + height / 2);
}
