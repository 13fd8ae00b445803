// Small pictures of numbers on a canvas: maps with and without a sign, many bars, colours. Knows nothing about steps.

/** @typedef {{lut: Uint8Array, signedLut: Uint8Array}} Palette 256 colours of three bytes each: of sizes, and of both signs */

/** The numbers of an image, its height and width. @typedef {{data: ArrayLike<number>, h: number, w: number}} Grid */

/** A canvas in an element, of so many pixels. @param {number} width @param {number} height @param {string} [name] of its class */
export function canvasOf(width, height, name = "") {
  const canvas = Object.assign(document.createElement("canvas"), { width, height, className: name });
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
const context = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/**
 * The place of a number among 256 colours: from 0 to the largest, or from minus to plus the largest where some are negative.
 * @param {number} size the largest @param {boolean} signed
 */
export const colourAt = (size, signed) => (/** @type {number} */ v) =>
  3 *
  Math.round(255 * Math.min(1, Math.max(0, size > 0 ? (signed ? (v / size + 1) / 2 : v / size) : signed ? 0.5 : 0)));

/** Paint numbers, one pixel each. @param {Grid} grid @param {Palette} palette @param {number} [size] @param {boolean} [signed] */
export function imageOf({ data, h, w }, palette, size = sizeOf(data), signed = isSigned(data)) {
  const image = new ImageData(w, h);
  const lut = signed ? palette.signedLut : palette.lut;
  const place = colourAt(size, signed);
  const out = image.data;
  for (let i = 0; i < h * w; i++) {
    const c = place(data[i]);
    const part = signed ? Math.min(1, Math.abs(data[i]) / (size || 1)) : 1;
    out[4 * i] = lut[c];
    out[4 * i + 1] = lut[c + 1];
    out[4 * i + 2] = lut[c + 2];
    out[4 * i + 3] = 255 * part * (2 - part);
  }
  return image;
}

/** @param {ArrayLike<number>} data */
export function sizeOf(data) {
  let size = 0;
  for (let i = 0; i < data.length; i++) size = Math.max(size, Math.abs(data[i]));
  return size;
}

/** @param {ArrayLike<number>} data */
export function isSigned(data) {
  for (let i = 0; i < data.length; i++) if (data[i] < 0) return true;
  return false;
}

/** A map as a canvas of its own, one pixel a number: style sheets enlarge it without smoothing. @param {Grid} grid @param {Palette} palette @param {number} [size] @param {boolean} [signed] */
export function mapCanvas(grid, palette, size, signed) {
  const canvas = canvasOf(grid.w, grid.h, "map");
  context(canvas).putImageData(imageOf(grid, palette, size, signed), 0, 0);
  return canvas;
}

/** Three colours (3, h, w), each stretched over the range of all. @param {ArrayLike<number>} data @param {number} h @param {number} w */
export function colourCanvas(data, h, w) {
  const canvas = canvasOf(w, h, "map smooth");
  const image = new ImageData(w, h);
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i]);
    high = Math.max(high, data[i]);
  }
  const gain = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < h * w; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = (data[c * h * w + i] - low) * gain;
    image.data[4 * i + 3] = 255;
  }
  context(canvas).putImageData(image, 0, 0);
  return canvas;
}

/** All numbers as bars, from the largest to the smallest; `lit` of them are marked. @param {ArrayLike<number>} values @param {number} width @param {number} height @param {string[]} colours for, against, of what is lit @param {number} [lit] */
export function barsCanvas(values, width, height, colours, lit = NaN) {
  const canvas = canvasOf(width, height, "bars");
  const ctx = context(canvas);
  const sorted = Float32Array.from(values).sort().reverse();
  const size = sizeOf(sorted) || 1;
  const low = Math.min(0, sorted[sorted.length - 1] ?? 0);
  const high = Math.max(0, sorted[0] ?? 0);
  const unit = height / (high - low || size);
  const zero = high * unit;
  const n = sorted.length;
  for (let x = 0; x < width; x++) {
    const v = sorted[Math.min(n - 1, Math.floor((x * n) / width))];
    ctx.fillStyle = v < 0 ? colours[1] : colours[0];
    if (v < 0) ctx.fillRect(x, zero, 1, Math.max(0.5, -v * unit));
    else ctx.fillRect(x, zero - v * unit, 1, Math.max(0.5, v * unit));
  }
  if (!Number.isNaN(lit)) {
    const place = sorted.findIndex((v) => v <= lit);
    ctx.fillStyle = colours[2];
    ctx.fillRect(Math.min(width - 2, (place * width) / n), 0, 2, height);
  }
  return canvas;
}

/** A photo as small as it is shown. @param {CanvasImageSource} image @param {number[]} size of the photo @param {number} longer side of the canvas */
export function photoCanvas(image, size, longer) {
  const part = Math.min(1, longer / Math.max(...size));
  const canvas = canvasOf(Math.max(1, Math.round(size[0] * part)), Math.max(1, Math.round(size[1] * part)), "photo");
  const ctx = context(canvas);
  ctx.imageSmoothingQuality = "medium"; // far smaller than the photo without stairs
  ctx.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}
