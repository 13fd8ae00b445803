// An area of one's own, asked about: a rectangle or a line of a brush by pointer, a place or a rectangle by keys. Knows the
// veil over the photo while something is drawn; how an area travels is in `places.js`.

import { WORDS } from "../activities/words.js";
import { act } from "../connection.js";
import { store } from "../store.js";
import { classAt, placeOf } from "./asking.js";
import { brushed, brushOf, cellsOf, countOf, fitsLink, packed, rectangle, SIDE } from "./places.js";
import { FOUND } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { Area, Box } from "../protocol.js" */
/** @import { Places } from "./places.js" */

/** @typedef {[number, number]} Place in the photo's pixels */

const SVG = "http://www.w3.org/2000/svg";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage */
export function makeAreas(part, root, stage) {
  const areas = new Areas(part, root, stage);
  part.drawArea.addEventListener("click", (event) => areas.press("box", event.detail === 0));
  part.paintArea.addEventListener("click", (event) => areas.press("brush", event.detail === 0));
  part.veil.addEventListener("pointerdown", (event) => areas.begin(event));
  part.veil.addEventListener("pointermove", (event) => areas.move(event));
  part.veil.addEventListener("pointerup", () => areas.done());
  part.veil.addEventListener("keydown", (event) => areas.key(event));
  document.addEventListener("keydown", ({ key }) => key === "Escape" && areas.tool && areas.set(""));
}

class Areas {
  /** @type {"" | "box" | "brush"} */
  tool = "";
  /** @type {Place[]} where the pointer was since it was pressed */
  path = [];
  /** @type {{at: [number, number], from: [number, number]}} the crosshair and the other corner, in places of the grid */
  cross = { at: [SIDE / 2, SIDE / 2], from: [SIDE / 2, SIDE / 2] };

  /** @param {Parts} part @param {HTMLElement} root @param {Stage} stage */
  constructor(part, root, stage) {
    this.part = part;
    this.root = root;
    this.stage = stage;
    const svg = document.createElementNS(SVG, "svg");
    this.line = document.createElementNS(SVG, "path");
    svg.append(this.line);
    part.veil.append(svg);
  }

  /** @param {"box" | "brush"} tool @param {boolean} byKey whether the button was pressed by a key: keys go on then */
  press(tool, byKey) {
    this.set(this.tool === tool ? "" : tool);
    if (!this.tool || !byKey) return;
    this.cross = { at: [SIDE / 2, SIDE / 2], from: [SIDE / 2, SIDE / 2] };
    this.part.veil.focus({ preventScroll: true });
    this.draw(this.crossBox());
    this.part.spoken.textContent = FOUND.areaKeys;
  }

  /** @param {Areas["tool"]} tool */
  set(tool) {
    const { part } = this;
    const button = this.tool === "box" ? part.drawArea : part.paintArea;
    if (!tool && document.activeElement === part.veil) button.focus({ preventScroll: true });
    this.tool = tool;
    this.path = [];
    this.root.classList.toggle("cx-drawing", Boolean(tool));
    part.drawArea.setAttribute("aria-pressed", String(tool === "box"));
    part.paintArea.setAttribute("aria-pressed", String(tool === "brush"));
    this.line.setAttribute("d", "");
    part.area.hidden = true;
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const place = placeOf(this.part, this.stage, event);
    this.path = place ? [[place.x, place.y]] : [];
    this.part.veil.setPointerCapture(event.pointerId);
    this.move(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const place = placeOf(this.part, this.stage, event);
    if (!place || !this.path.length) return;
    this.path.push([place.x, place.y]);
    if (this.tool === "box") this.draw(boxOf(this.path));
    else this.drawLine();
  }

  done() {
    const { path, tool, stage } = this;
    const size = stage.photo?.size;
    this.set("");
    if (!path.length || !size) return;
    if (tool === "brush") return this.ask(brushed(path, size), middleOf(path));
    const cells = cellsOf(boxOf(path), size);
    if (cells[0] < cells[2] && cells[1] < cells[3])
      this.ask(rectangle(cells), middleOf([path[0], path[path.length - 1]]));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = Object.entries(ARROWS).find(([name]) => name === event.key)?.[1];
    if (event.ctrlKey || event.metaKey || event.altKey || !(step || event.key === "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) return this.askCross();
    const { cross } = this;
    cross.at = /** @type {Place} */ (cross.at.map((value, i) => Math.min(SIDE, Math.max(0, value + step[i]))));
    if (!event.shiftKey) cross.from = cross.at;
    this.draw(this.crossBox());
    this.part.spoken.textContent = this.crossWords();
  }

  /** The rectangle of the crosshair in the photo's pixels; without an area a small one around it. @returns {Box} */
  crossBox() {
    const [w, h] = this.stage.photo?.size ?? [1, 1];
    const { at, from } = this.cross;
    const around = at[0] === from[0] || at[1] === from[1] ? 0.5 : 0;
    const [xs, ys] = [0, 1].map((axis) => [at[axis], from[axis]].sort((a, b) => a - b));
    const [kx, ky] = [w / SIDE, h / SIDE];
    return [(xs[0] - around) * kx, (ys[0] - around) * ky, (xs[1] + around) * kx, (ys[1] + around) * ky];
  }

  get isArea() {
    const { at, from } = this.cross;
    return at[0] !== from[0] && at[1] !== from[1];
  }

  crossWords() {
    const size = this.stage.photo?.size ?? [1, 1];
    const parts = this.crossBox().map((side, i) => (100 * side) / size[i % 2]);
    const [l, t, r, b] = parts.map((side) => Math.round(side));
    if (this.isArea) return WORDS.boxAt(String(l), String(t), String(r - l), String(b - t));
    const [x, y] = this.cross.at.map((value) => String(Math.round((100 * value) / SIDE)));
    return WORDS.spotAt(x, y);
  }

  askCross() {
    const size = this.stage.photo?.size;
    const { isArea, cross } = this;
    const box = this.crossBox();
    this.set("");
    if (!size) return;
    if (isArea) return this.ask(rectangle(cellsOf(box, size)), middleOf([box.slice(0, 2), box.slice(2)]));
    const point = /** @type {Place} */ (
      cross.at.map((value, i) => Math.min(size[i] - 1, Math.floor((value * size[i]) / SIDE)))
    );
    send({ of: classAt(store.state, ...point), point });
  }

  /** @param {Places} places @param {number[]} middle where its class is read */
  ask(places, [x, y]) {
    if (!fitsLink(places)) {
      this.part.spoken.textContent = FOUND.areaLong;
      this.part.areaSaid.textContent = FOUND.areaLong;
      this.part.areaSaid.hidden = false;
      return;
    }
    this.part.areaSaid.hidden = true;
    send({ of: classAt(store.state, x, y), ...packed(places) });
  }

  /** @param {Box} box in the photo's pixels */
  draw(box) {
    const { kx, ky, left, top } = this.stage.transform();
    this.part.area.hidden = false;
    Object.assign(this.part.area.style, {
      left: `${left + box[0] * kx}px`,
      top: `${top + box[1] * ky}px`,
      width: `${(box[2] - box[0]) * kx}px`,
      height: `${(box[3] - box[1]) * ky}px`,
    });
  }

  drawLine() {
    const { kx, ky, left, top } = this.stage.transform();
    const size = this.stage.photo?.size ?? [1, 1];
    const points = this.path.map(([x, y]) => `${left + x * kx} ${top + y * ky}`);
    this.line.setAttribute("d", `M${points.join("L")}`);
    this.line.setAttribute("stroke-width", String(2 * brushOf(size) * kx));
  }
}

/** @param {Area} area */
function send(area) {
  const findings = store.state.confirmed?.findings;
  if (findings) act({ area, class: countOf(findings) });
}

/** The rectangle between the ends of a path. @param {Place[]} path @returns {Box} */
function boxOf(path) {
  const [[x0, y0], [x1, y1]] = [path[0], path[path.length - 1]];
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}

/** The place in the middle of a path: half of its points come before it; between two it is the middle. @param {number[][]} path */
const middleOf = (path) =>
  path.length === 2 ? [(path[0][0] + path[1][0]) / 2, (path[0][1] + path[1][1]) / 2] : path[path.length >> 1];
