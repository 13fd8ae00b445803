// Drawing on the picture with a mouse, a finger or the keyboard: a canvas over the stage that knows places of the photo. What a
// shape means is for the activity that is open.

import { actionOf } from "../room/keys.js";
import { settled } from "./strokes.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { Place, Shape } from "./strokes.js" */

/** @typedef {{k: number, left: number, top: number}} At CSS pixels for one of the photo, and where its corner lies */
/**
 * @typedef {object} Hands what an activity does with the pen
 * @property {() => "brush" | "box"} tool
 * @property {() => boolean} ready whether something may be drawn
 * @property {(shape: Shape, since: number) => void} done a shape is drawn; `since` when the hand was lifted
 * @property {(at: Place) => boolean} aim a place is pointed at; true where that is all that was meant
 * @property {() => void} undo
 * @property {(ctx: CanvasRenderingContext2D, at: At) => void} draw what lies over the photo
 * @property {(place: string[]) => void} tell where the keyboard is, in percents of the photo
 */

const STEP = 0.02; // of the photo's shorter side, for each press of an arrow
const SIZES = [0.02, 0.3]; // of a brush, in parts of the shorter side
/** @type {Record<string, [number, number]>} */
const MOVES = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

/** Where the photo lies on the stage. @param {Stage} stage @returns {At} */
export function placeOf({ screen, view, photo }) {
  const [w, h] = photo?.size ?? [1, 1];
  const k = Math.min(screen.width / w, screen.height / h) * view.zoom;
  return { k, left: screen.width / 2 - view.x * k, top: screen.height / 2 - view.y * k };
}

/** @param {Parts} part @param {Stage} stage */
export function makePen(part, stage) {
  const canvas = document.createElement("canvas");
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  canvas.className = "cx-pen";
  canvas.tabIndex = 0;
  canvas.hidden = true;
  canvas.setAttribute("role", "application");
  part.canvas.after(canvas);
  /** @type {Hands | null} */
  let hands = null;
  /** @type {Place[] | null} */
  let line = null; // that is being drawn
  /** @type {Place | null} */
  let pointer = null;
  let keyed = false; // the keyboard was used last
  let waiting = 0;
  const pen = {
    canvas,
    size: 0.09, // of a brush, in parts of the photo's shorter side
    cursor: { x: 0.5, y: 0.5, width: 0.25, height: 0.25 }, // of the keyboard, in parts of the photo
    onSize: () => {},
    open,
    close,
    paint,
    setSize,
  };

  /** @returns {[number, number]} */
  const sizeOfPhoto = () => stage.photo?.size ?? [1, 1];
  const radius = () => pen.size * Math.min(...sizeOfPhoto());
  /** @returns {Place} */
  const cursorPlace = () => [pen.cursor.x * sizeOfPhoto()[0], pen.cursor.y * sizeOfPhoto()[1]];

  /** @param {Hands} next */
  function open(next) {
    hands = next;
    line = pointer = null;
    canvas.hidden = false;
    part.canvas.tabIndex = -1;
    paint();
  }

  function close() {
    hands = null;
    canvas.hidden = true;
    part.canvas.tabIndex = 0;
  }

  /** @param {number} size */
  function setSize(size) {
    pen.size = Math.min(SIZES[1], Math.max(SIZES[0], size));
    pen.onSize();
    paint();
  }

  // ---- drawing ----

  /** Ask for one drawing in the next frame. */
  function paint() {
    if (!hands || waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      if (hands) draw(hands);
    });
  }

  /** @param {Hands} now */
  function draw(now) {
    const { width, height, ratio } = stage.screen;
    const size = [width, height].map((side) => Math.max(1, Math.round(side * ratio)));
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const at = placeOf(stage);
    now.draw(ctx, at);
    const shape = line && shapeOf(line);
    if (shape) outline(shape, at, true);
    else if (keyed && document.activeElement === canvas) outline(keyedShape(), at, false);
    else if (pointer && now.tool() === "brush") outline(shapeOf([pointer]), at, false);
  }

  /** A shape with its white and dark edge; what is being drawn is filled. @param {Shape} shape @param {At} at @param {boolean} filled */
  function outline({ tool, size, points }, { k, left, top }, filled) {
    const placed = points.map(([x, y]) => [left + x * k, top + y * k]);
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.setLineDash([]);
    const path = new Path2D();
    if (tool === "box") {
      const [[x0, y0], [x1, y1]] = placed;
      path.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
    } else if (placed.length === 1) path.arc(placed[0][0], placed[0][1], size * k, 0, 7);
    else for (const [i, [x, y]] of placed.entries()) path[i ? "lineTo" : "moveTo"](x, y);
    ctx.strokeStyle = ctx.fillStyle = "rgb(255 255 255 / 0.45)";
    if (filled && tool === "brush" && placed.length > 1) {
      ctx.lineWidth = 2 * size * k;
      return ctx.stroke(path);
    }
    if (filled) ctx.fill(path);
    for (const [colour, width] of /** @type {[string, number][]} */ ([
      ["rgb(0 0 0 / 0.75)", 4],
      ["white", 2],
    ])) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      ctx.stroke(path);
    }
  }

  /** @param {Place[]} places @returns {Shape} */
  function shapeOf(places) {
    const tool = hands?.tool() ?? "brush";
    return {
      tool,
      size: tool === "box" ? 0 : radius(),
      points: tool === "box" ? [places[0], places[places.length - 1]] : places,
    };
  }

  /** What the keyboard would draw now. @returns {Shape} */
  function keyedShape() {
    const [x, y] = cursorPlace();
    if (hands?.tool() !== "box") return shapeOf([[x, y]]);
    const [w, h] = [pen.cursor.width * sizeOfPhoto()[0], pen.cursor.height * sizeOfPhoto()[1]];
    return shapeOf([
      [x - w / 2, y - h / 2],
      [x + w / 2, y + h / 2],
    ]);
  }

  /** @param {Shape} shape */
  function finish(shape) {
    const since = performance.now();
    const [[x0, y0], [x1, y1] = [NaN, NaN]] = shape.points;
    if (shape.tool === "box" && (Math.abs(x1 - x0) < 1 || Math.abs(y1 - y0) < 1)) return;
    hands?.done(settled(shape), since);
  }

  // ---- mouse and fingers ----

  /** @param {PointerEvent} event @returns {Place} */
  function placeAt(event) {
    const box = canvas.getBoundingClientRect();
    const { k, left, top } = placeOf(stage);
    return [(event.clientX - box.left - left) / k, (event.clientY - box.top - top) / k];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || line || !hands) return;
    event.preventDefault();
    canvas.focus(/** @type {FocusOptions} */ ({ preventScroll: true, focusVisible: false }));
    keyed = false;
    const place = placeAt(event);
    if (hands.aim(place) || !hands.ready()) return;
    canvas.setPointerCapture(event.pointerId);
    line = [place];
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    pointer = placeAt(event);
    if (line) for (const one of event.getCoalescedEvents?.() ?? [event]) line.push(placeAt(one));
    keyed &&= !line && document.activeElement === canvas && event.movementX === 0 && event.movementY === 0;
    paint();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!line) return;
    line.push(placeAt(event));
    const [first] = line;
    const moved = line.some(([x, y]) => Math.hypot(x - first[0], y - first[1]) * placeOf(stage).k > 2);
    const shape = shapeOf(moved || hands?.tool() === "box" ? line : [first]);
    line = null;
    finish(shape);
    paint();
  });
  canvas.addEventListener("pointercancel", () => {
    line = null;
    paint();
  });
  canvas.addEventListener("pointerleave", () => {
    pointer = null;
    paint();
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      stage.zoomBy(Math.exp(-event.deltaY * 0.008), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );

  // ---- the keyboard ----

  /** @param {[number, number]} by @param {boolean} sizes */
  function arrow([dx, dy], sizes) {
    const [w, h] = sizeOfPhoto();
    const step = STEP * Math.min(w, h);
    const { cursor } = pen;
    if (sizes && hands?.tool() !== "box") return setSize(pen.size + ((dx - dy) * STEP) / 2);
    const clamp = (/** @type {number} */ v, least = 0) => Math.min(1, Math.max(least, v));
    if (sizes) {
      cursor.width = clamp(cursor.width + (dx * 2 * step) / w, 0.02);
      cursor.height = clamp(cursor.height + (dy * 2 * step) / h, 0.02);
    } else {
      cursor.x = clamp(cursor.x + (dx * step) / w);
      cursor.y = clamp(cursor.y + (dy * step) / h);
      follow();
    }
  }

  /** A zoomed picture follows the keyboard. */
  function follow() {
    const { k, left, top } = placeOf(stage);
    const [x, y] = cursorPlace();
    const [px, py] = [left + x * k, top + y * k];
    const { width, height } = stage.screen;
    if (px < 0 || py < 0 || px > width || py > height) stage.zoomBy(1, 0, 0, width / 2 - px, height / 2 - py);
  }

  canvas.addEventListener("keydown", (event) => {
    if (!hands) return;
    const action = actionOf("pen", event) ?? "";
    const by = MOVES[action];
    const undoes = action === "undo" || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z");
    if (!by && !undoes && action !== "draw") return;
    event.preventDefault();
    keyed = true;
    if (by) arrow(by, event.shiftKey);
    else if (undoes) hands.undo();
    else if (!hands.aim(cursorPlace()) && hands.ready() && !event.repeat) finish(keyedShape());
    if (by)
      hands.tell(
        [pen.cursor.x, pen.cursor.y, pen.cursor.width, pen.cursor.height].map((v) => String(Math.round(100 * v))),
      );
    paint();
  });
  canvas.addEventListener("focus", () => {
    keyed = canvas.matches(":focus-visible");
    paint();
  });
  canvas.addEventListener("blur", paint);
  const before = stage.onDraw;
  stage.onDraw = () => {
    before();
    paint();
  };
  return pen;
}
