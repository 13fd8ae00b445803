// The strip under the picture: a small picture per layer that the model offers, each with that layer's map on it. Draws from
// the store; chooses layers. Asks the server when the page rests: one request at a time, and what comes for something that is
// no longer shown is dropped.

import { act, call } from "../connection.js";
import { write } from "../dom.js";
import { bytesOf } from "../protocol.js";
import { actionOf } from "../room/keys.js";
import { said } from "../said.js";
import { phase, seenEvidence, wantedClass } from "../state.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { heatOf, inputPosition, paintHeat, seenArea } from "./heat.js";
import { scaled, strongest } from "./scale.js";
import { afterPaint, DIM } from "./stage.js";

/** @import { Parts } from "../dom.js" */
/** @import { Picture, Strip, Tile, View } from "../protocol.js" */
/** @import { Evidence, OpenPhoto, State } from "../state.js" */
/** @import { At, Heat } from "./heat.js" */
/** @import { Stage } from "./stage.js" */

/** @typedef {{picture: Picture, index: number, state: string, evidence: Evidence, language: string,
 *   common: number}} Now what is on show; `common`: the maximum of the strongest class where that is full brightness, else 0 */
/** @typedef {{name: string, item: HTMLLIElement, canvas: HTMLCanvasElement, heat: Heat | null, layer?: Tile}} Small */
/** @typedef {{pixels: ImageData | null, width: number, height: number, at: At, area: number[]}} Base the photo at a tile's size */

const CALM = 700; // ms without a change before the strip is asked for
const AGAIN = [2000, 30000]; // ms until it is asked for again while others come first: at first, at most
const TALLEST = 92; // CSS pixels of a small picture's height
const SHAPES = [0.74, 2.4]; // its width / height; a photo beyond that leaves bars

/** @param {Parts} part @param {Stage} stage @param {Strip} opened */
export function makeStrip(part, stage, opened) {
  /** @type {Now} */
  let now;
  /** @type {Strip | null} */
  let strip = opened; // the last answer
  /** @type {Strip | null} */
  let worn = null; // the answer whose maps the tiles have
  /** @type {Small[]} */
  let tiles = [];
  let names = ""; // the layers that the tiles were made for
  let layer = ""; // the chosen one
  /** @type {OpenPhoto} */
  let photo; // and the photo that is painted
  /** @type {Base | null} */
  let base = null;
  let measured = false;
  let painted = ""; // the look that is painted
  let due = false; // a painting is asked for
  let timer = 0;
  let delay = AGAIN[0];
  let out = false;
  let failed = ""; // the wish that cannot be answered

  const wish = () => ({
    photo: photo.origin,
    ...now.picture.at,
    class: now.picture.class_blind ? null : now.index,
    ...(store.state.confirmed?.choice.area ? { area: store.state.confirmed.choice.area } : {}),
    common: now.common > 0,
  });
  const sameScene = () => strip?.photo_id === now.picture.photo_id && ["model", "fit", "detail"].every(sameAt);
  const sameAt = (/** @type {string} */ name) => Reflect.get(strip ?? {}, name) === Reflect.get(now.picture.at, name);
  const fresh = () =>
    sameScene() &&
    (!now.common || strip?.measured) &&
    sameAt("method") &&
    (strip?.class === null || (strip?.class === now.index && sameAt("contrast")));

  // ---- what is on show ----

  let pending = store.state.pending;

  /** @param {State} state */
  function show(state) {
    if (!state.confirmed) return;
    if (state.pending && state.pending !== pending) giveWay(); // whoever acts waits for the picture, not for the strip
    pending = state.pending;
    const { picture } = state.confirmed;
    const next = {
      picture,
      index: wantedClass(state),
      state: phase(state),
      evidence: seenEvidence(state),
      language: state.language,
      common: state.scale === "common" ? (strongest(state.confirmed, seenEvidence(state))?.peak ?? 0) : 0,
    };
    const same = now?.picture === picture;
    if (
      same &&
      photo === state.confirmed.photo &&
      now.index === next.index &&
      now.state === next.state &&
      now.evidence === next.evidence &&
      now.common === next.common &&
      now.language === next.language
    )
      return;
    if (now && now.language !== next.language) worn = null; // the tiles say why they have no map
    now = next;
    if (!same) {
      const list = JSON.stringify(picture.layers);
      if (list !== names) build(picture.layers, list);
      for (const tile of tiles) tile.item.setAttribute("aria-selected", String(tile.name === picture.layer));
      if (picture.layer !== layer) reveal(picture.layer);
    }
    if (photo !== state.confirmed.photo) {
      photo = state.confirmed.photo;
      base = null;
      measured = false;
    }
    dress();
    clearTimeout(timer);
    if (fresh()) delay = AGAIN[0];
    else timer = window.setTimeout(ask, CALM);
  }

  /** @param {[string, number[]][]} layers @param {string} list */
  function build(layers, list) {
    names = list;
    tiles = layers.map(([name, shape]) => {
      const item = document.createElement("li");
      const canvas = document.createElement("canvas");
      const [title, grid] = [document.createElement("b"), document.createElement("span")];
      title.textContent = name;
      grid.textContent = TEXT.grid(shape[1], shape[2]);
      item.title = TEXT.layer(name, shape);
      item.dataset.facts = item.title;
      item.setAttribute("role", "option");
      item.setAttribute("aria-label", `${name} ${grid.textContent}`); // the words in sight; the title says more
      item.append(canvas, title, " ", grid);
      item.tabIndex = -1;
      return { name, item, canvas, heat: null };
    });
    part.tiles.replaceChildren(...tiles.map((tile) => tile.item));
    part.strip.hidden = !tiles.length;
    worn = base = null;
    measured = false;
    layer = "";
  }

  // The chosen tile is the one that the keyboard comes to, and in sight.
  /** @param {string} name */
  function reveal(name) {
    layer = name;
    const at = Math.max(
      0,
      tiles.findIndex((tile) => tile.name === name),
    );
    rove(at);
    const { offsetLeft, offsetWidth } = tiles[at]?.item ?? {};
    const [start, room] = [offsetLeft - part.tiles.offsetLeft - part.tiles.scrollLeft, part.tiles.clientWidth];
    if (start < 0 || start + offsetWidth > room) part.tiles.scrollLeft += start - (room - offsetWidth) / 2;
  }

  // Maps of another class stay, pale, until the new ones are here; maps of another photo or model do not.
  function dress() {
    const right = sameScene() ? strip : null;
    if (worn !== right) {
      worn = right;
      painted = "";
      for (const tile of tiles) {
        tile.layer = worn?.layers.find((one) => one.name === tile.name);
        tile.heat = null;
        tile.item.title = [tile.item.dataset.facts, said(tile.layer?.why)].filter(Boolean).join("\n");
      }
    }
    part.strip.classList.toggle("cx-stale", Boolean(worn) && !fresh());
    const other = now.evidence !== "for" || now.picture.combination;
    const known = worn?.method === now.picture.at.method ? worn : null;
    const never = failed && failed === JSON.stringify(wish());
    const stale = worn && !fresh() ? (never ? TEXT.stripKept : TEXT.stripStale) : "";
    write(
      part.stripNote,
      stale ||
        said(known?.why) ||
        (other && known ? TEXT.strip(TEXT.method.title(known.method)) : now.common && worn ? TEXT.stripCommon : ""),
    );
    paint();
  }

  // ---- asking ----

  async function ask() {
    if (fresh() || out || JSON.stringify(wish()) === failed) return;
    if (now.state !== "ready" || document.hidden || !part.strip.offsetParent) return later();
    const mine = JSON.stringify(wish());
    out = true;
    const found = await call("layer_strip", wish()).catch(() => ({ busy: true }));
    out = false;
    if (JSON.stringify(wish()) !== mine) {
      clearTimeout(timer);
      timer = window.setTimeout(ask, CALM);
    } else if (found.busy) later();
    else if (found.error) {
      failed = mine;
      dress(); // pale maps stay, and say so
    } else take(found);
  }

  function later() {
    clearTimeout(timer);
    timer = window.setTimeout(ask, delay);
    delay = Math.min(AGAIN[1], 2 * delay);
  }

  // The visitor waits for something else: this can wait a while.
  function giveWay() {
    if (!now || fresh()) return;
    clearTimeout(timer);
    timer = window.setTimeout(ask, AGAIN[0]);
  }

  /** @param {Strip} found */
  function take(found) {
    strip = found;
    failed = "";
    delay = AGAIN[0];
    dress();
  }

  // ---- painting ----

  function measure() {
    const [w, h] = photo.size;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const shape = Math.min(SHAPES[1], Math.max(SHAPES[0], w / h));
    part.tiles.style.setProperty("--cx-widest", `${Math.round(Math.min(150, TALLEST * shape))}px`);
    const width = Math.round(tiles[0].canvas.clientWidth * ratio);
    const height = Math.round(width / shape);
    measured = width > 0;
    if (base && base.width === width && base.height === height) return;
    const k = Math.min(width / w, height / h);
    const at = { kx: k, ky: k, left: (width - w * k) / 2, top: (height - h * k) / 2 };
    const area = seenArea(photo.view, at, width, height);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    ctx.imageSmoothingQuality = "high";
    if (width) {
      ctx.drawImage(photo.image, at.left, at.top, w * k, h * k);
      dim(ctx, photo.view, at);
    }
    base = { pixels: width ? ctx.getImageData(0, 0, width, height) : null, width, height, at, area };
    painted = "";
  }

  // What the model did not see is dark, as in the picture above.
  /** @param {CanvasRenderingContext2D} ctx @param {View} view @param {At} at */
  function dim(ctx, view, at) {
    const [l, t, r, b] = view.source;
    ctx.beginPath();
    ctx.rect(0, 0, ctx.canvas.width, ctx.canvas.height);
    ctx.rect(at.left + l * at.kx, at.top + t * at.ky, (r - l) * at.kx, (b - t) * at.ky);
    ctx.globalCompositeOperation = "source-atop"; // not the bars beside the photo
    ctx.fillStyle = `rgb(0 0 0 / ${1 - DIM})`;
    ctx.fill("evenodd");
  }

  /** @param {Tile} layer */
  function heatOfTile({ map, shape: [h, w] }) {
    const [W, H] = photo.view.input;
    return heatOf(Float32Array.from(bytesOf(map)), h, w, H, W);
  }

  /** On the common scale a layer is measured by the most likely class at it, the chosen one by the strongest. @param {Small} tile */
  function heatNow({ layer: found, heat, name }) {
    if (!found || !heat || !now.common) return heat;
    const most = Math.max(found.peak, found.top, name === layer && worn?.method === worn?.shown ? now.common : 0);
    return scaled(heat, (255 * most) / found.peak); // 255 of the tile is its peak
  }

  const lookNow = () =>
    `${/** @type {HTMLSelectElement} */ (part.colours).value} ${stage.look.opacity} ${stage.look.hide} ${now.common}`;

  // Paint what changed: the photo, the maps, or the colours and opacity of the picture above, which comes first.
  function paint() {
    if (due || !photo || !tiles.length || (measured && lookNow() === painted)) return;
    due = true;
    afterPaint(paintTiles);
  }

  function paintTiles() {
    due = false;
    if (!tiles.length) return;
    if (!measured) measure();
    const look = lookNow();
    if (!base?.pixels || !stage.look.lut || look === painted) return;
    painted = look;
    for (const tile of tiles) {
      const image = new ImageData(base.pixels.data.slice(), base.width, base.height);
      if (tile.layer?.map) {
        tile.heat ??= heatOfTile(tile.layer);
        if (!tile.heat.empty) {
          const position = inputPosition(photo.view, base.at);
          paintHeat(
            image.data,
            base.width,
            heatNow(tile) ?? tile.heat,
            photo.view.content,
            position,
            base.area,
            stage.look,
          );
        }
      }
      Object.assign(tile.canvas, { width: base.width, height: base.height });
      tile.canvas.getContext("2d")?.putImageData(image, 0, 0);
    }
    part.strip.dataset.painted = String(tiles.filter((tile) => tile.heat).length);
  }

  // ---- choosing ----

  // One tile is in the tab order; arrows go from tile to tile, Enter and the space bar choose.
  /** @param {number} position */
  function rove(position) {
    tiles.forEach((tile, i) => {
      tile.item.tabIndex = i === position ? 0 : -1;
    });
  }

  part.tiles.addEventListener("focusin", (event) => rove(tiles.findIndex((tile) => tile.item === event.target)));
  part.tiles.addEventListener("click", (event) => {
    const tile = tiles.find(({ item }) => item.contains(/** @type {Node} */ (event.target)));
    if (tile) act({ layer: tile.name });
  });
  part.tiles.addEventListener("keydown", (event) => {
    const at = tiles.findIndex((tile) => tile.item === document.activeElement);
    const action = actionOf("layers", event);
    if (at < 0 || !action) return;
    const last = tiles.length - 1;
    const moves = { before: Math.max(0, at - 1), next: Math.min(last, at + 1), first: 0, last };
    if (action === "choose") act({ layer: tiles[at].name });
    else tiles[moves[action]].item.focus();
    event.preventDefault();
  });
  new ResizeObserver(() => {
    measured = false;
    paint();
  }).observe(part.tiles);

  return { show, paint };
}
