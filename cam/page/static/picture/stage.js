// The picture: one canvas that shows the photo with the heat on it, at the resolution of the screen.
// Knows the view (zoom, centre), the sizes and when to draw. Knows nothing about classes, predictions or input devices.

import { embedded, heightFor } from "../room/fit.js";
import { writeCaption } from "./caption.js";
import { contourLines, inputPosition, paintHeat, seenArea } from "./heat.js";

/** @import { Parts } from "../dom.js" */
/** @import { OpenPhoto, Pixels } from "../state.js" */
/** @import { At, Colours, Heat } from "./heat.js" */

/** @typedef {Colours & {contours: boolean, levels: number[], wipe: number | null}} Look */
/** @typedef {{width: number, height: number, ratio: number}} Screen of the stage in CSS pixels, and device pixels per CSS pixel */
/** @typedef {{plain: Uint8ClampedArray, seen: Uint8ClampedArray, image?: ImageData}} Layers the photo as shown now, RGBA; `seen`
 *   with everything outside the source dimmed; and the image that is composed from them */
/** @typedef {{image: Pixels, width: number, height: number, plain: Uint8ClampedArray}} Ahead the whole photo as it fills the canvas */
/** @typedef {ReturnType<typeof makeStage>} Stage */

export const DIM = 0.35;
const MAX_PIXELS = 1.3e6; // beyond that a dense screen gets fewer than its own pixels, so that a drawing fits a frame
export const MAX_ZOOM = 16;
const PHONE = "(max-width: 700px)";
const FLAT = 170; // CSS pixels of a picture that is too low to carry words and the progress

// Do what no picture waits for once the next frame is on the screen; in a page that is not seen, once it is.
export const afterPaint = (/** @type {() => void} */ act) => requestAnimationFrame(() => setTimeout(act));

/** @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [settings] */
const contextOf = (canvas, settings) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));

/** @param {Parts} part @param {HTMLElement} root */
export function makeStage(part, root) {
  /** @type {Look} */
  const look = {
    lut: null,
    signedLut: null,
    opacity: 0.75,
    hide: 0,
    contours: false,
    levels: [0.25, 0.5, 0.75],
    wipe: null,
  };
  const view = { zoom: 1, x: 0, y: 0 }; // the centre, in pixels of the image as it was opened
  const screen = { width: 0, height: 0, ratio: 1 };
  const canvas = /** @type {HTMLCanvasElement} */ (part.canvas);
  const ctx = contextOf(canvas);
  const stage = {
    look,
    view,
    screen,
    /** @type {OpenPhoto | null} */
    photo: null,
    /** @type {Heat | null} */
    heat: null,
    cost: 0,
    early: false,
    onDraw: () => {},
    onLook: () => {},
    /** @type {(ctx: CanvasRenderingContext2D, at: At, unit: number) => void} what is drawn over a picture that is saved */
    over: () => {},
    invalidate,
    measure,
    setPhoto,
    prepare,
    setHeat,
    setLook,
    zoomBy,
    transform,
    locate,
    outline,
    toBlob,
    savedSize,
  };
  /** @type {Layers | null} */
  let layers = null;
  /** @type {{heat: Heat | null, levels: string, segments: number[]}} */
  let lines = { heat: null, levels: "", segments: [] };
  /** @type {Ahead | null} */
  let ahead = null;
  let waiting = 0; // the frame for which a drawing is asked for
  let room = 0; // CSS pixels: how wide the frame is, and how high the picture may be
  let most = 0;
  let begun = false; // something is drawn that is not on the screen yet

  /** The photo on show; whoever asks knows that there is one. @returns {OpenPhoto} */
  const photoNow = () => /** @type {OpenPhoto} */ (stage.photo);

  const canvasOf = (/** @type {number} */ width, /** @type {number} */ height) =>
    Object.assign(document.createElement("canvas"), { width, height });

  const fit = (
    [w, h] = /** @type {number[]} */ (photoNow().size),
    shown = /** @type {{width: number, height: number}} */ (screen),
  ) => Math.min(shown.width / w, shown.height / h);

  // Where an image lies on a canvas: pixels per image pixel and the image's corner.
  /** @param {number} ratio @param {number[]} size @param {{width: number, height: number}} shown @param {{zoom: number, x: number, y: number}} at @returns {At} */
  function transform(ratio = 1, size = photoNow().size, shown = screen, { zoom, x, y } = view) {
    const k = fit(size, shown) * zoom;
    const [kx, left] = snap(k * ratio, (shown.width / 2 - x * k) * ratio, size[0], shown.width * ratio);
    const [ky, top] = snap(k * ratio, (shown.height / 2 - y * k) * ratio, size[1], shown.height * ratio);
    return { kx, ky, left, top };
  }

  // A picture that misses the canvas' ends by less than a pixel fills it.
  /** @param {number} k @param {number} start @param {number} size @param {number} shown */
  function snap(k, start, size, shown) {
    const pixels = Math.round(shown);
    return Math.abs(start) < 1.5 && Math.abs(start + size * k - pixels) < 1.5 ? [pixels / size, 0] : [k, start];
  }

  function clampView() {
    view.zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom));
    const scale = fit() * view.zoom;
    const clamp = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ shown) =>
      size * scale <= shown + 0.5 ? size / 2 : Math.min(size - shown / 2 / scale, Math.max(shown / 2 / scale, at));
    view.x = clamp(view.x, photoNow().size[0], screen.width);
    view.y = clamp(view.y, photoNow().size[1], screen.height);
  }

  const positionOf = (/** @type {At} */ at) => inputPosition(photoNow().view, at);
  const areaOf = (/** @type {At} */ at, /** @type {number} */ width, /** @type {number} */ height) =>
    seenArea(photoNow().view, at, width, height);

  /** @param {Pixels} image @param {number[]} size @param {At} at @param {number} width @param {number} height @param {ImageSmoothingQuality} quality */
  function pixelsAt(image, [w, h], at, width, height, quality) {
    const base = contextOf(canvasOf(width, height), { willReadFrequently: true });
    base.imageSmoothingQuality = quality;
    base.drawImage(image, at.left, at.top, w * at.kx, h * at.ky);
    return base.getImageData(0, 0, width, height).data;
  }

  /** @param {At} at @param {number} width @param {number} height @returns {Layers} */
  function photoLayers(at, width, height) {
    const { image, size } = photoNow();
    const known = view.zoom === 1 && ahead && ahead.image === image && ahead.width === width && ahead.height === height;
    const plain =
      known && ahead ? ahead.plain : pixelsAt(image, size, at, width, height, view.zoom === 1 ? "high" : "medium");
    const [x0, y0, x1, y1] = areaOf(at, width, height);
    if (x0 === 0 && y0 === 0 && x1 === width && y1 === height) return { plain, seen: plain };
    const seen = plain.slice();
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p += 4) {
        if (y >= y0 && y < y1 && x >= x0 && x < x1) continue;
        seen[p] *= DIM;
        seen[p + 1] *= DIM;
        seen[p + 2] *= DIM;
      }
    }
    return { plain, seen };
  }

  /** @param {CanvasRenderingContext2D} target @param {Heat} heat @param {At} at @param {number} unit */
  function drawLines(target, heat, at, unit) {
    const box = photoNow().view.content;
    const kept = look.levels.filter((v) => v >= look.hide);
    const wanted = heat.signed ? [...kept, ...kept.map((v) => -v)] : kept;
    const levels = wanted.map((v) => (v - heat.offset) / heat.gain);
    if (lines.heat !== heat || lines.levels !== levels.join()) {
      lines = { heat, levels: levels.join(), segments: contourLines(heat, box, levels) };
    }
    const { sx, sy, tx, ty } = positionOf(at);
    const s = lines.segments;
    target.beginPath();
    for (let i = 0; i < s.length; i += 4) {
      target.moveTo(s[i] * sx + tx, s[i + 1] * sy + ty);
      target.lineTo(s[i + 2] * sx + tx, s[i + 3] * sy + ty);
    }
    for (const { colour, width } of [
      { colour: "rgba(0, 0, 0, 0.5)", width: 2.6 },
      { colour: "rgba(255, 255, 255, 0.95)", width: 1.3 },
    ]) {
      target.strokeStyle = colour;
      target.lineWidth = width * unit;
      target.stroke();
    }
  }

  // The whole picture into `target`: photo, heat and lines; left of `wipe` (canvas pixels) the plain photo alone.
  /** @param {CanvasRenderingContext2D} target @param {At} at @param {number} width @param {number} height @param {Layers} photo @param {number} unit @param {number} wipe */
  function compose(target, at, width, height, photo, unit, wipe) {
    photo.image ??= target.createImageData(width, height);
    const { image } = photo;
    image.data.set(photo.seen);
    const shows = stage.heat && !stage.heat.empty && look.lut && look.signedLut;
    if (shows && stage.heat) {
      const area = areaOf(at, width, height);
      area[0] = Math.max(area[0], wipe);
      paintHeat(image.data, width, stage.heat, photoNow().view.content, positionOf(at), area, look);
    }
    for (let y = 0; wipe > 0 && y < height; y++) {
      image.data.set(photo.plain.subarray(4 * y * width, 4 * (y * width + wipe)), 4 * y * width);
    }
    target.putImageData(image, 0, 0);
    if (!shows || !stage.heat || !look.contours) return;
    target.save();
    target.beginPath();
    target.rect(wipe, 0, width - wipe, height);
    target.clip();
    drawLines(target, stage.heat, at, unit);
    target.restore();
  }

  const deviceSize = (/** @type {Screen} */ { width, height, ratio }) =>
    [width, height].map((side) => Math.max(1, Math.round(side * ratio)));

  function draw() {
    waiting = 0;
    stage.early = false;
    if (!stage.photo || !screen.width) return;
    const start = performance.now();
    const r = screen.ratio;
    const [width, height] = deviceSize(screen);
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      layers = null;
    }
    const at = transform(r);
    layers = layers || photoLayers(at, width, height);
    const wipe = look.wipe === null ? 0 : Math.round(look.wipe * width);
    compose(ctx, at, width, height, layers, r, wipe);
    stage.cost = performance.now() - start;
    stage.onDraw();
  }

  // Ask for one drawing in the next frame; `fresh` when the view or the photo changed.
  /** @param {boolean} [fresh] */
  function invalidate(fresh) {
    if (fresh) layers = null;
    if (waiting) return;
    waiting = requestAnimationFrame(draw);
  }

  // A new map is drawn at once, once per frame: so it is on the screen with the next one.
  function drawEarly() {
    cancelAnimationFrame(waiting);
    begun = true;
    requestAnimationFrame(() => {
      begun = false;
    });
    draw();
    stage.early = true;
  }

  function availableHeight() {
    const given = heightFor(part.frame, room);
    if (given) return given;
    if (matchMedia(PHONE).matches && !root.classList.contains("cx-full"))
      return Math.max(200, 0.42 * window.innerHeight); // it stays in sight, and what is below it needs room
    if (!root.classList.contains("cx-full"))
      return Math.min(760, Math.max(240, 0.58 * window.innerHeight), Math.max(240, 0.66 * room));
    if (root.clientWidth < 900) return 0.6 * root.clientHeight;
    const rest = part.centre.offsetHeight - part.frame.offsetHeight;
    const padding = parseFloat(getComputedStyle(root).paddingTop) * 2;
    return Math.max(240, root.clientHeight - rest - padding);
  }

  // Look how much room there is: the browser has to lay out the page for that.
  function measure() {
    room = part.frame.clientWidth;
    most = room && availableHeight();
    const usual = !matchMedia(PHONE).matches && !root.classList.contains("cx-full") && !embedded();
    const kept = room && usual && !part.frame.closest(".room-pair.on"); // two pictures are as high as their photos
    part.frame.style.minHeight = kept ? `${most}px` : ""; // what is below stays where it is from photo to photo
    arrange();
  }

  // The whole picture as large as the card and the screen allow, never a strip.
  /** @param {number[]} size @returns {Screen} */
  function screenFor([w, h]) {
    const scale = Math.min(room / w, most / h);
    const width = Math.round(Math.max(w * scale, Math.min(room, 200)));
    const height = Math.round(Math.max(h * scale, 96));
    const ratio = Math.min(window.devicePixelRatio || 1, 2, Math.max(1, Math.sqrt(MAX_PIXELS / (width * height))));
    return { width, height, ratio };
  }

  function arrange() {
    if (!room) return;
    const { width, height, ratio } = screenFor(stage.photo ? photoNow().size : [3, 2]);
    if (width === screen.width && height === screen.height && ratio === screen.ratio) return;
    Object.assign(screen, { width, height, ratio });
    Object.assign(part.stage.style, { width: `${width}px`, height: `${height}px` });
    part.frame.classList.toggle("cx-flat", height < FLAT);
    if (stage.photo) clampView();
    stage.onLook();
    stage.invalidate(true);
  }

  /** @param {OpenPhoto} photo */
  function setPhoto(photo) {
    const same = stage.photo && (stage.photo.image === photo.image || stage.photo.id === photo.id);
    stage.photo = photo;
    if (!same) Object.assign(view, { zoom: 1, x: photo.size[0] / 2, y: photo.size[1] / 2 });
    lines.heat = null;
    if (root.classList.contains("cx-full")) stage.measure();
    else arrange();
    clampView();
    stage.onLook();
    stage.invalidate(true);
  }

  // Make the pixels of a photo that will be shown, while nobody waits for this.
  /** @param {{image: Pixels, size: number[]}} photo */
  function prepare({ image, size }) {
    if (!room || stage.photo?.image === image) return;
    const shown = screenFor(size);
    const [width, height] = deviceSize(shown);
    const at = transform(shown.ratio, size, shown, { zoom: 1, x: size[0] / 2, y: size[1] / 2 });
    ahead = { image, width, height, plain: pixelsAt(image, size, at, width, height, "high") };
  }

  /** @param {Heat | null} heat null: the photo alone */
  function setHeat(heat) {
    stage.heat = heat;
    if (begun) stage.invalidate();
    else drawEarly();
  }

  /** @param {Partial<Look>} change */
  function setLook(change) {
    Object.assign(look, change);
    stage.onLook();
    stage.invalidate();
  }

  // Zoom by `factor` so that the place under (x, y) of the stage stays where it is, then move by (dx, dy).
  function zoomBy(/** @type {number} */ factor, x = screen.width / 2, y = screen.height / 2, dx = 0, dy = 0) {
    if (!stage.photo) return;
    const before = transform();
    const imageX = (x - before.left) / before.kx;
    const imageY = (y - before.top) / before.ky;
    view.zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom * factor));
    const scale = fit() * view.zoom;
    view.x = imageX - (x + dx - screen.width / 2) / scale;
    view.y = imageY - (y + dy - screen.height / 2) / scale;
    clampView();
    stage.onLook();
    stage.invalidate(true);
  }

  // A place on the stage -> position in input pixels, and whether the model saw it; null outside the photo.
  /** @param {number} x @param {number} y */
  function locate(x, y) {
    if (!stage.photo || !stage.heat) return null;
    const at = transform();
    const imageX = (x - at.left) / at.kx;
    const imageY = (y - at.top) / at.ky;
    const [w, h] = photoNow().size;
    if (imageX < 0 || imageY < 0 || imageX >= w || imageY >= h) return null;
    const [l, t, r, b] = photoNow().view.source;
    const place = positionOf(at);
    const seen = imageX >= l && imageX < r && imageY >= t && imageY < b;
    return { u: (x - place.tx) / place.sx, v: (y - place.ty) / place.sy, seen };
  }

  // The part of a rectangle in input pixels that shows the photo, as [left, top, width, height] on the stage.
  /** @param {number[]} box @returns {number[] | null} */
  function outline([l, t, r, b]) {
    const c = photoNow().view.content;
    const { sx, sy, tx, ty } = positionOf(transform());
    const x0 = Math.max(l, c[0]) * sx + tx,
      x1 = Math.min(r, c[2]) * sx + tx;
    const y0 = Math.max(t, c[1]) * sy + ty,
      y1 = Math.min(b, c[3]) * sy + ty;
    return x1 > x0 && y1 > y0 ? [x0, y0, x1 - x0, y1 - y0] : null;
  }

  // The pixels of the photo that the browser has; it gets large ones smaller.
  function savedSize() {
    const { image } = photoNow();
    return image instanceof HTMLImageElement ? [image.naturalWidth, image.naturalHeight] : [image.width, image.height];
  }

  // The picture as a PNG blob at the resolution of the photo that the browser has; no zoom, no wipe. A caption stands on
  // its lower edge, for what must not be lost with the page around it.
  /** @param {string} [caption] @returns {Promise<Blob>} */
  function toBlob(caption = "") {
    const { size } = photoNow();
    const [width, height] = savedSize();
    const target = contextOf(canvasOf(width, height));
    const at = { kx: width / size[0], ky: height / size[1], left: 0, top: 0 };
    const zoom = view.zoom;
    view.zoom = 1;
    const photo = photoLayers(at, width, height);
    view.zoom = zoom;
    const unit = Math.max(1, Math.hypot(width, height) / 900);
    compose(target, at, width, height, photo, unit, 0);
    stage.over(target, at, unit);
    if (caption) writeCaption(target, caption);
    return new Promise((done, fail) => target.canvas.toBlob((blob) => (blob ? done(blob) : fail()), "image/png"));
  }

  new ResizeObserver(() => stage.measure()).observe(part.frame);
  window.addEventListener("resize", () => stage.measure());
  return stage;
}
