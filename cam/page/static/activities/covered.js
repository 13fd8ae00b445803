// The covered photo as the page shows it: the strokes on the pixels that the browser has, as the server composes them on its
// own. Knows canvases; knows no state.

import { boxOf, shiftOf } from "./strokes.js";

/** @import { Stroke } from "../protocol.js" */
/** @import { OpenPhoto } from "../state.js" */
/** @import { Shape } from "./strokes.js" */

const GREY = "rgb(128 128 128)";
const BLUR_SIDE = 24; // pixels of the longer side that a blur leaves, as on the server

/** @param {number} width @param {number} height */
const canvasOf = (width, height) => Object.assign(document.createElement("canvas"), { width, height });
/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/** Draw shapes, thicker by `more` pixels of the canvas on each side. @param {CanvasRenderingContext2D} ctx @param {Shape} shape @param {number} scale @param {number} [more] */
export function trace(ctx, { tool, size, points }, scale, more = 0) {
  ctx.beginPath();
  if (tool === "box") {
    const [[x0, y0], [x1, y1]] = points;
    ctx.rect(
      Math.min(x0, x1) * scale - more,
      Math.min(y0, y1) * scale - more,
      Math.abs(x1 - x0) * scale + 2 * more,
      Math.abs(y1 - y0) * scale + 2 * more,
    );
    return ctx.fill();
  }
  ctx.lineWidth = Math.max(0.5, 2 * (size * scale + more));
  ctx.lineCap = ctx.lineJoin = "round";
  const [first, ...rest] = points.map(([x, y]) => [x * scale, y * scale]);
  ctx.moveTo(first[0], first[1]);
  for (const [x, y] of rest.length ? rest : [[first[0] + 0.01, first[1]]]) ctx.lineTo(x, y);
  ctx.stroke();
}

/**
 * The edge of shapes together, in colours of these widths in CSS pixels, the outermost first.
 * @param {CanvasRenderingContext2D} ctx @param {Shape[]} shapes @param {import("./pen.js").At} at @param {[string, number][]} colours
 */
export function edge(ctx, shapes, { k, left, top }, colours) {
  const sheet = canvasOf(ctx.canvas.width, ctx.canvas.height);
  const inner = contextOf(sheet);
  inner.setTransform(ctx.getTransform());
  inner.translate(left, top);
  const pass = (/** @type {string} */ colour, /** @type {number} */ more) => {
    inner.strokeStyle = inner.fillStyle = colour;
    for (const shape of shapes) trace(inner, shape, k, more);
  };
  for (const [colour, width] of colours) pass(colour, width);
  inner.globalCompositeOperation = "destination-out";
  pass("black", -0.5);
  ctx.save();
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.drawImage(sheet, 0, 0);
  ctx.restore();
}

/** @param {OpenPhoto} photo */
export function makeCovered({ image, size }) {
  const [width, height] =
    image instanceof HTMLImageElement ? [image.naturalWidth, image.naturalHeight] : [image.width, image.height];
  const scale = width / size[0];
  const canvas = canvasOf(width, height);
  const ctx = contextOf(canvas);
  const sheet = contextOf(canvasOf(width, height));
  /** @type {HTMLCanvasElement | null} */
  let small = null;
  /** @type {Stroke[]} */
  let done = [];

  /** The photo in few pixels, made in halves: each of them is a mean. */
  function blurred() {
    let [from, w, h] = [/** @type {CanvasImageSource} */ (image), width, height];
    const part = BLUR_SIDE / Math.max(width, height);
    const end = [width, height].map((side) => Math.max(1, Math.round(side * part)));
    while (w > end[0] || h > end[1]) {
      [w, h] = [Math.max(end[0], Math.round(w / 2)), Math.max(end[1], Math.round(h / 2))];
      const next = canvasOf(w, h);
      contextOf(next).drawImage(from, 0, 0, w, h);
      from = next;
    }
    return /** @type {HTMLCanvasElement} */ (from);
  }

  /** @param {Stroke} stroke */
  function add(stroke) {
    const [left, top, right, bottom] = boxOf(stroke, size);
    if (!(right > left && bottom > top)) return;
    if (stroke.kind === "grey") {
      ctx.fillStyle = ctx.strokeStyle = GREY;
      return trace(ctx, stroke, scale);
    }
    sheet.globalCompositeOperation = "source-over";
    sheet.clearRect(0, 0, width, height);
    if (stroke.kind === "blur") {
      small ??= blurred();
      sheet.imageSmoothingQuality = "low"; // bilinear
      sheet.drawImage(small, 0, 0, width, height);
    } else {
      const [x, y] = shiftOf(stroke, size);
      sheet.drawImage(image, -x * scale, -y * scale, width, height);
    }
    sheet.globalCompositeOperation = "destination-in";
    trace(sheet, stroke, scale);
    ctx.drawImage(sheet.canvas, 0, 0);
  }

  return {
    canvas,
    /** Paint these strokes: what is there already stays. @param {Stroke[]} strokes */
    paint(strokes) {
      const more = strokes.length >= done.length && done.length > 0 && done.every((one, i) => one === strokes[i]);
      if (!more) {
        ctx.drawImage(image, 0, 0, width, height);
        done = [];
      }
      for (const stroke of strokes.slice(done.length)) add(stroke);
      done = [...strokes];
    },
  };
}
