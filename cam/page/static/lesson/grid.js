// A map as a grid whose cells light their patch of the photo: under the pointer, and by the arrow keys. Where cells are too
// small for their numbers a lens shows those around the chosen one. The photo and the grid are painted once; a choice moves
// two frames.

import { say } from "../language.js";
import { presenting, typeScale } from "../room/fit.js";
import { actionOf } from "../room/keys.js";
import { canvasOf, colourAt, imageOf, isSigned, sizeOf } from "./paint.js";
import { patchOf } from "./scene.js";
import { cellWords, figure, scaleOf } from "./words.js";

/** @import { ActionAt } from "../room/keys.js" */
/** @import { Grid, Palette } from "./paint.js" */
/** @import { Scene } from "./scene.js" */

const [ROOM, ON_A_WALL] = [34, 100]; // pixels that a number needs
const LENS = 3; // cells on each side of the chosen one

/**
 * @param {Scene} scene @param {Grid} grid @param {{spatial: boolean, palette: Palette, width: number, text: string,
 *   name: string, choose: (row: number, column: number) => void}} how `spatial`: its cells lie over the photo
 */
export function makeGrid(scene, grid, { spatial, palette, width, text, name, choose }) {
  const { h, w, data } = grid;
  const root = Object.assign(document.createElement("div"), { className: "linked" });
  const size = sizeOf(data);
  const scale = scaleOf(size, 3);
  const numbers = width / w >= (presenting() ? ON_A_WALL : ROOM) && h <= 20;
  if (!numbers) root.classList.add("fine", ...(spatial ? [] : ["alone"]));
  const over = spatial ? photoOf(scene) : null;
  if (over) root.append(over.root);
  if (scale.unit) {
    const words = say("page-lesson-unit", { unit: scale.unit });
    root.append(Object.assign(document.createElement("p"), { className: "facts", textContent: words }));
  }
  const box = Object.assign(document.createElement("div"), { className: "cells", tabIndex: 0 });
  box.setAttribute("role", "img");
  const drawn = paintCells(grid, palette, { width, numbers, text, size, scale });
  const frame = Object.assign(document.createElement("div"), { className: "frame" });
  box.append(drawn, frame);
  root.append(box);
  const lens = numbers ? null : root.appendChild(canvasOf(1, 1, "lens"));
  let [row, column] = [0, 0];
  box.onpointermove = (event) => {
    const { left, top, width: wide, height: high } = drawn.getBoundingClientRect();
    const r = Math.min(h - 1, Math.max(0, Math.floor(((event.clientY - top) / high) * h)));
    const c = Math.min(w - 1, Math.max(0, Math.floor(((event.clientX - left) / wide) * w)));
    if (r !== row || c !== column) choose(r, c);
  };
  box.onpointerdown = box.onpointermove;
  box.onkeydown = (event) => {
    const action = actionOf("cells", event);
    if (!action) return;
    const [dr, dc] = MOVES[action];
    event.preventDefault();
    event.stopPropagation();
    choose(Math.min(h - 1, Math.max(0, row + dr)), Math.min(w - 1, Math.max(0, column + dc)));
  };
  /** @param {number} r @param {number} c */
  function show(r, c) {
    [row, column] = [r, c];
    Object.assign(frame.style, {
      left: `${(100 * c) / w}%`,
      top: `${(100 * r) / h}%`,
      width: `${100 / w}%`,
      height: `${100 / h}%`,
    });
    over?.light(patchOf(scene, r, c, h, w));
    const words = cellWords(r, c, figure(data[r * w + c]));
    box.setAttribute("aria-label", `${name}. ${words}`);
    box.title = "";
    if (lens) paintLens(lens, grid, palette, r, c, { text, size, scale });
  }
  return { root, show, h, w };
}

/** @type {Record<ActionAt<"cells">, [number, number]>} */
const MOVES = { up: [-1, 0], down: [1, 0], left: [0, -1], right: [0, 1] };

/** @typedef {{text: string, size: number, scale: ReturnType<typeof scaleOf>}} Print */

/** @param {Grid} grid @param {Palette} palette @param {Print & {width: number, numbers: boolean}} how */
function paintCells(grid, palette, { width, numbers, ...print }) {
  const { h, w } = grid;
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  if (!numbers) {
    const plain = canvasOf(w, h, "map");
    /** @type {CanvasRenderingContext2D} */ (plain.getContext("2d")).putImageData(imageOf(grid, palette), 0, 0);
    return plain;
  }
  const [cw, ch] = [Math.floor((ratio * width) / w), Math.floor(ratio * Math.min(34 * typeScale(), width / w))];
  const canvas = canvasOf(cw * w, ch * h, "map numbered");
  for (let r = 0; r < h; r++)
    for (let c = 0; c < w; c++) paintCell(canvas, grid, palette, r, c, [c * cw, r * ch, cw, ch], print);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {Grid} grid @param {Palette} palette @param {number} row @param {number} column @param {number[]} box @param {Print} print */
function paintCell(canvas, { data, w }, palette, row, column, [x, y, width, height], { text, size, scale }) {
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const signed = isSigned(data);
  const v = data[row * w + column];
  const lut = signed ? palette.signedLut : palette.lut;
  const at = colourAt(size, signed)(v);
  const part = size > 0 ? Math.min(1, Math.abs(v) / size) : 0;
  const cover = signed ? part * (2 - part) : 1;
  ctx.fillStyle = `rgb(${lut[at]} ${lut[at + 1]} ${lut[at + 2]} / ${cover})`;
  ctx.fillRect(x + 1, y + 1, width - 1, height - 1);
  const light = 0.3 * lut[at] + 0.59 * lut[at + 1] + 0.11 * lut[at + 2] > 140;
  ctx.fillStyle = cover < 0.55 ? text : light ? "#111" : "#fff";
  ctx.font = `${Math.round(Math.min(height * 0.45, width * 0.24))}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(scale.bare(v), x + width / 2, y + height / 2);
}

/** @param {HTMLCanvasElement} canvas @param {Grid} grid @param {Palette} palette @param {number} row @param {number} column @param {Print} print */
function paintLens(canvas, grid, palette, row, column, print) {
  const side = 2 * LENS + 1;
  const [cw, ch] = [104, 48];
  Object.assign(canvas, { width: cw * side, height: ch * side });
  for (let r = 0; r < side; r++)
    for (let c = 0; c < side; c++) {
      const [y, x] = [row + r - LENS, column + c - LENS];
      if (x < 0 || y < 0 || x >= grid.w || y >= grid.h) continue;
      paintCell(canvas, grid, palette, y, x, [c * cw, r * ch, cw, ch], print);
    }
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ctx.lineWidth = 4;
  ctx.strokeStyle = print.text;
  ctx.strokeRect(LENS * cw + 1, LENS * ch + 1, cw - 1, ch - 1);
}

/** The photo, all of it dimmed but one patch. @param {Scene} scene */
function photoOf({ photo }) {
  const root = Object.assign(document.createElement("div"), { className: "over" });
  const canvas = canvasOf(photo.width, photo.height, "photo");
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(photo, 0, 0);
  const patch = Object.assign(document.createElement("div"), { className: "patch" });
  root.append(canvas, patch);
  return {
    root,
    /** @param {number[]} box in fractions of the photo */
    light([l, t, r, b]) {
      Object.assign(patch.style, {
        left: `${100 * l}%`,
        top: `${100 * t}%`,
        width: `${100 * (r - l)}%`,
        height: `${100 * (b - t)}%`,
      });
    },
  };
}
