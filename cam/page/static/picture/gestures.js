// What fingers, mouse and keys do on the picture: reading cells, zooming, panning, wiping, full screen.
// Knows the stage; knows nothing about classes.

import { actionOf } from "../room/keys.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { colourOf, heatAt } from "./heat.js";
import { MAX_ZOOM } from "./stage.js";

/** @import { Parts } from "../dom.js" */
/** @import { ActionAt } from "../room/keys.js" */
/** @import { Stage } from "./stage.js" */

/** @typedef {{x: number, y: number}} Point of the stage */

/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage */
export function makeGestures(part, root, stage) {
  const cells = makeReading(part, stage);
  listenForFingers(part, root, stage, cells);
  listenForWipe(part, stage);
  listenForFullScreen(part, root, stage);
  part.zoomIn.addEventListener("click", () => stage.zoomBy(1.4));
  part.zoomOut.addEventListener("click", () => stage.zoomBy(1 / 1.4));
  part.zoomReset.addEventListener("click", () => stage.zoomBy(1e-9));
  stage.onLook = () => showLook(part, stage);
  store.subscribe((state, before) => {
    if (state !== before && state.language === before.language) return;
    part.hint.textContent = TEXT.wheelHint;
    nameFull(part);
    showLook(part, stage);
    if (state !== before) cells.again();
  });
  stage.onDraw = cells.again; // after a drawing the reading is of the new map, in the new view
}

/** @param {Parts} part @param {MouseEvent} event @returns {Point} */
function pointOf(part, event) {
  const box = part.stage.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

// ---- reading cells ----

/** @param {Parts} part @param {Stage} stage */
function makeReading(part, stage) {
  /** @type {{row: number, column: number} | null} */
  let reading = null; // the cell read by keyboard
  /** @type {Point | null} */
  let pointer = null; // where the mouse or finger reads

  function hideReading() {
    reading = pointer = null;
    part.tip.hidden = part.cell.hidden = part.tick.hidden = true;
  }

  // Outline the cell at (u, v) of the input and write its value beside (x, y) of the stage; `seen`: inside the source.
  /** @param {{u: number, v: number, seen: boolean}} at @param {number} x @param {number} y */
  function read({ u, v, seen }, x, y) {
    const { heat, photo } = stage;
    if (!heat || !photo) return [];
    const row = Math.min(heat.h - 1, Math.max(0, Math.floor((v * heat.h) / heat.H)));
    const column = Math.min(heat.w - 1, Math.max(0, Math.floor((u * heat.w) / heat.W)));
    const level = heatAt(heat, u, v, photo.view.content);
    const share = heat.empty ? 0 : (heat.low + level * (heat.high - heat.low)) / heat.high;
    const words = seen
      ? [TEXT.value(share, heat.signed), TEXT.cell(row + 1, column + 1, heat.h, heat.w)]
      : [TEXT.unseen, ""];
    const [first, second] = part.tip.children;
    first.textContent = words[0];
    second.textContent = words[1];
    const outline = seen
      ? stage.outline([
          (column * heat.W) / heat.w,
          (row * heat.H) / heat.h,
          ((column + 1) * heat.W) / heat.w,
          ((row + 1) * heat.H) / heat.h,
        ])
      : null;
    part.cell.hidden = !outline;
    const sides = outline ? ["left", "top", "width", "height"].entries() : [];
    for (const [i, side] of sides) part.cell.style.setProperty(side, `${outline?.[i]}px`);
    part.tick.hidden = !seen || heat.empty;
    const colour = colourOf(heat, level);
    part.tick.style.left = `${100 * (heat.signed ? (colour + 1) / 2 : colour)}%`;
    part.tip.hidden = false;
    const { width, height } = stage.screen;
    const tipWidth = part.tip.offsetWidth,
      tipHeight = part.tip.offsetHeight;
    part.tip.style.left = `${Math.max(4, x + 18 + tipWidth > width ? x - 18 - tipWidth : x + 18)}px`;
    part.tip.style.top = `${Math.max(4, y + 18 + tipHeight > height ? y - 12 - tipHeight : y + 18)}px`;
    return words;
  }

  /** @param {Point} point */
  function readAt({ x, y }) {
    const at = stage.locate(x, y);
    if (!at) return hideReading();
    reading = null;
    pointer = { x, y };
    read(at, x, y);
  }

  // Move the read cell by (dx, dy) within what shows the photo; a zoomed view follows.
  /** @param {number} dx @param {number} dy */
  function step(dx, dy) {
    const { heat, photo } = stage;
    if (!heat || !photo) return;
    const c = photo.view.content;
    const ends = (
      /** @type {number} */ low,
      /** @type {number} */ high,
      /** @type {number} */ n,
      /** @type {number} */ N,
    ) => [Math.floor((low * n) / N), Math.ceil((high * n) / N) - 1];
    const [left, right] = ends(c[0], c[2], heat.w, heat.W);
    const [top, bottom] = ends(c[1], c[3], heat.h, heat.H);
    const start = { row: Math.round((top + bottom) / 2), column: Math.round((left + right) / 2) };
    pointer = null;
    reading = reading ? { row: reading.row + dy, column: reading.column + dx } : start;
    reading.row = Math.min(bottom, Math.max(top, reading.row));
    reading.column = Math.min(right, Math.max(left, reading.column));
    showReading(true);
  }

  /** @param {boolean} follow */
  function showReading(follow) {
    const { heat, photo, screen } = stage;
    if (!reading || !heat || !photo) return;
    const c = photo.view.content;
    const u = Math.min(c[2], Math.max(c[0], ((reading.column + 0.5) * heat.W) / heat.w));
    const v = Math.min(c[3], Math.max(c[1], ((reading.row + 0.5) * heat.H) / heat.h));
    let [x, y] = stage.outline([u - 0.5, v - 0.5, u + 0.5, v + 0.5]) || [0, 0];
    if (follow && (x < 0 || y < 0 || x > screen.width || y > screen.height)) {
      stage.zoomBy(1, 0, 0, screen.width / 2 - x, screen.height / 2 - y);
      [x, y] = stage.outline([u - 0.5, v - 0.5, u + 0.5, v + 0.5]) || [0, 0];
    }
    const words = read({ u, v, seen: true }, x, y);
    if (follow) part.spoken.textContent = words.join(", ");
  }

  /** @type {Record<ActionAt<"picture">, () => void>} */
  const actions = {
    left: () => step(-1, 0),
    right: () => step(1, 0),
    up: () => step(0, -1),
    down: () => step(0, 1),
    zoomIn: () => stage.zoomBy(1.4),
    zoomOut: () => stage.zoomBy(1 / 1.4),
    whole: () => stage.zoomBy(1e-9),
    hide: hideReading,
  };

  part.canvas.addEventListener("keydown", (event) => {
    const action = actionOf("picture", event);
    if (!action || (action === "hide" && part.tip.hidden)) return;
    event.preventDefault();
    actions[action]();
  });
  part.canvas.addEventListener("blur", hideReading);
  const again = () => {
    if (!stage.heat) return;
    if (reading) showReading(false);
    else if (pointer) readAt(pointer);
  };
  return { readAt, hide: hideReading, again };
}

// ---- fingers, mouse and wheel ----

/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage @param {ReturnType<typeof makeReading>} cells */
function listenForFingers(part, root, stage, { readAt, hide }) {
  /** @type {Map<number, Point>} */
  const fingers = new Map(); // pointers that are down

  // Pointers: one reads or pans, two pinch.
  part.canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    focusQuietly(part.canvas);
    part.canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, pointOf(part, event));
    readAt(pointOf(part, event));
  });

  part.canvas.addEventListener("pointermove", (event) => {
    const now = pointOf(part, event);
    const before = fingers.get(event.pointerId);
    if (!before) return readAt(now);
    if (fingers.size === 2) pinch(event.pointerId, before, now);
    else if (stage.view.zoom > 1) stage.zoomBy(1, before.x, before.y, now.x - before.x, now.y - before.y);
    fingers.set(event.pointerId, now);
    if (fingers.size === 1) readAt(now);
    else hide();
  });

  /** @param {number} id @param {Point} before @param {Point} now */
  function pinch(id, before, now) {
    const [other] = [...fingers].filter(([key]) => key !== id).map(([, at]) => at);
    const apart = (/** @type {Point} */ a) => Math.max(8, Math.hypot(a.x - other.x, a.y - other.y));
    const middle = { x: (before.x + other.x) / 2, y: (before.y + other.y) / 2 };
    stage.zoomBy(apart(now) / apart(before), middle.x, middle.y, (now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  const lift = (/** @type {PointerEvent} */ event) => fingers.delete(event.pointerId);
  part.canvas.addEventListener("pointerup", lift);
  part.canvas.addEventListener("pointercancel", lift);
  part.canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") hide();
  });
  part.canvas.addEventListener("dblclick", (event) => {
    const { x, y } = pointOf(part, event);
    stage.zoomBy(stage.view.zoom > 1 ? 1e-9 : 2.5, x, y);
  });

  listenForWheel(part, root, stage);
}

/** @param {HTMLElement} node a click on it shows no ring */
function focusQuietly(node) {
  const quiet = /** @type {FocusOptions} */ ({ preventScroll: true, focusVisible: false });
  node.focus(quiet);
}

/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage */
function listenForWheel(part, root, stage) {
  let hintTimer = 0;
  // The wheel scrolls the page until the person asks for the picture: by Ctrl, by a click on it, in full screen.
  part.canvas.addEventListener(
    "wheel",
    (event) => {
      const asked =
        event.ctrlKey || event.metaKey || document.activeElement === part.canvas || root.classList.contains("cx-full");
      if (!asked) {
        part.hint.hidden = false;
        clearTimeout(hintTimer);
        hintTimer = window.setTimeout(() => {
          part.hint.hidden = true;
        }, 1500);
        return;
      }
      event.preventDefault();
      part.hint.hidden = true;
      const { x, y } = pointOf(part, event);
      const lines = event.deltaMode === 1 ? 16 : 1;
      stage.zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.008 : 0.002)), x, y);
    },
    { passive: false },
  );
}

// ---- the wipe, full screen, and what the controls say ----

/** @param {Parts} part @param {Stage} stage */
function listenForWipe(part, stage) {
  const setWipe = (/** @type {number} */ fraction) => stage.setLook({ wipe: Math.min(1, Math.max(0, fraction)) });
  part.wipe.addEventListener("pointerdown", (event) => {
    part.wipe.setPointerCapture(event.pointerId);
    focusQuietly(part.wipe);
    event.preventDefault();
  });
  part.wipe.addEventListener("pointermove", (event) => {
    if (part.wipe.hasPointerCapture(event.pointerId)) setWipe(pointOf(part, event).x / stage.screen.width);
  });
  part.wipe.addEventListener("keydown", (event) => {
    /** @type {Record<ActionAt<"wipe">, number>} */
    const steps = { before: -0.01, next: 0.01, farBefore: -0.1, farNext: 0.1, first: -1, last: 1 };
    const action = actionOf("wipe", event);
    if (!action) return;
    event.preventDefault();
    setWipe((stage.look.wipe ?? 0) + steps[action]);
  });
  part.wipeToggle.addEventListener("click", () => stage.setLook({ wipe: stage.look.wipe === null ? 0.5 : null }));
}

// Where the browser or the frame around the page forbids full screen, the component fills the window instead.
/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage */
function listenForFullScreen(part, root, stage) {
  /** @param {boolean} on */
  function setFull(on) {
    root.classList.toggle("cx-full", on);
    part.full.setAttribute("aria-pressed", String(on));
    nameFull(part);
    stage.measure();
  }
  part.full.addEventListener("click", async () => {
    if (document.fullscreenElement === root) return document.exitFullscreen();
    if (root.classList.contains("cx-full")) return setFull(false);
    try {
      await root.requestFullscreen();
    } catch {
      setFull(true);
    }
  });
  root.addEventListener("fullscreenchange", () => setFull(document.fullscreenElement === root));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && root.classList.contains("cx-full")) part.full.click();
  });
}

/** @param {Parts} part */
function nameFull({ full }) {
  const label = /** @type {HTMLElement} */ (full.lastElementChild);
  label.textContent = full.getAttribute("aria-pressed") === "true" ? TEXT.leaveFullScreen : TEXT.fullScreen;
}

/** What the view's change means for the controls over and under the picture. @param {Parts} part @param {Stage} stage */
function showLook(part, { look, view }) {
  part.contours.setAttribute("aria-pressed", String(look.contours));
  part.wipeToggle.setAttribute("aria-pressed", String(look.wipe !== null));
  part.wipe.hidden = look.wipe === null;
  if (look.wipe !== null) {
    part.wipe.style.left = `${100 * look.wipe}%`;
    part.wipe.setAttribute("aria-valuenow", String(Math.round(100 * look.wipe)));
    part.wipe.setAttribute("aria-valuetext", TEXT.wipe(look.wipe));
  }
  part.zoomReset.textContent = TEXT.zoom(view.zoom);
  for (const button of [part.zoomOut, part.zoomReset]) button.setAttribute("aria-disabled", String(!(view.zoom > 1)));
  part.zoomIn.setAttribute("aria-disabled", String(!(view.zoom < MAX_ZOOM)));
  part.stage.classList.toggle("cx-zoomed", view.zoom > 1);
}
