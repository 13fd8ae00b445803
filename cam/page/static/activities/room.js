// The guesses of a room on its board: a list with bars, and all shares in one strip. Makes nodes; knows no state.

import { percent, wholePercent } from "../numbers.js";
import { presenting } from "../room/fit.js";
import { spread } from "./shares.js";
import { WORDS } from "./words.js";

/** @import { Shares } from "./shares.js" */

// Light enough for black numbers, and apart for those who see fewer colours (Okabe and Ito); the number tells in any case.
const COLOURS = ["#f0e442", "#56b4e9", "#e69f00", "#00b58c", "#e8a0c8", "#ffffff", "#6f9df0", "#ff8a4c"];
const WIDTH = 300; // of the strip, in its own units
const LEVELS = 12; // of dots above each other; more lie on those
const SVG = "http://www.w3.org/2000/svg";

/** @param {number} index */
export const colourOf = (index) => COLOURS[index % COLOURS.length];

/** @param {string} tag @param {string} name @param {(Node | string)[]} inner */
function make(tag, name, inner) {
  const node = Object.assign(document.createElement(tag), { className: name });
  node.append(...inner);
  return node;
}

/** A guess in the list. @param {number} at @param {string} name @param {Shares | null} shares @param {() => void} remove */
export function itemOf(at, name, shares, remove) {
  const chip = make("b", "chip", [String(at + 1)]);
  chip.style.background = colourOf(at);
  const away = make("button", "away", ["×"]);
  Object.assign(away, { type: "button", onclick: remove });
  away.setAttribute("aria-label", WORDS.remove(name));
  const inner = [chip, make("span", "name", [name])];
  if (!shares) return make("li", "", [...inner, away]);
  const { share, centre, chance } = shares;
  inner.push(make("strong", "", [share >= 0 ? percent(share) : "–"]), away);
  if (!(share >= 0)) return make("li", "", inner);
  const bar = make("div", "bar", [make("i", "", []), make("u", "centre", []), make("u", "chance", [])]);
  bar.setAttribute("aria-hidden", "true");
  const parts = /** @type {HTMLCollectionOf<HTMLElement>} */ (bar.children);
  for (const [i, part] of [share, centre, chance].entries()) parts[i].style[i ? "left" : "width"] = `${100 * part}%`;
  return make("li", "", [...inner, bar, make("span", "beside", [WORDS.beside(centre, chance)])]);
}

/** @param {string} tag @param {Record<string, string | number>} attributes @param {(Node | string)[]} [inner] */
function draw(tag, attributes, inner = []) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...inner);
  return node;
}

/**
 * Where each share stands: from small to large, each on the lowest level where it has room.
 * @param {Shares[]} shares @param {(share: number) => number} x @param {number} wide
 */
function stacked(shares, x, wide) {
  /** @type {number[]} */
  const ends = []; // how far right each level is filled
  const order = shares.map(({ share }, at) => ({ share, at })).filter(({ share }) => share >= 0);
  return order
    .sort((one, other) => one.share - other.share)
    .map(({ share, at }) => {
      const free = ends.findIndex((end) => x(share) - end > wide);
      const level = free < 0 ? ends.length : free;
      ends[level] = x(share);
      return { at, x: x(share), level: level % LEVELS };
    });
}

/** All shares on one axis, with the middle one and that of chance. @param {Shares[]} shares */
export function plotOf(shares) {
  const x = (/** @type {number} */ share) => 14 + share * (WIDTH - 28);
  const wall = presenting(); // larger letters, fewer of them
  const radius = wall ? 12 : shares.length > 16 ? 6.5 : 9;
  const dots = stacked(shares, x, 2 * radius);
  const floor = 8 + Math.max(3, ...dots.map(({ level }) => level + 1)) * (2 * radius + 1);
  const median = spread(shares.map(({ share }) => share))?.median ?? 0;
  const chance = spread(shares.map((one) => one.chance))?.median ?? 0;
  const nodes = [draw("line", { class: "axis", x1: x(0), x2: x(1), y1: floor, y2: floor })];
  for (const at of wall ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]) {
    nodes.push(draw("line", { class: "axis", x1: x(at), x2: x(at), y1: floor, y2: floor + 4 }));
    const style = wall && at !== 0.5 ? `text-anchor: ${at ? "end" : "start"}` : "";
    nodes.push(draw("text", { x: wall ? at * WIDTH : x(at), y: floor + (wall ? 22 : 16), style }, [wholePercent(at)]));
  }
  nodes.push(draw("line", { class: "chance", x1: x(chance), x2: x(chance), y1: 2, y2: floor }));
  nodes.push(draw("line", { class: "median", x1: x(median), x2: x(median), y1: 0, y2: floor }));
  for (const dot of dots) {
    const y = floor - radius - 2 - dot.level * (2 * radius + 1);
    nodes.push(draw("circle", { cx: dot.x, cy: y, r: radius, fill: colourOf(dot.at) }));
    nodes.push(
      draw("text", { class: "number", x: dot.x, y: y + (wall ? 6.5 : 3.3), "font-size": radius + 1 }, [
        String(dot.at + 1),
      ]),
    );
  }
  return draw("svg", { viewBox: `0 0 ${WIDTH} ${floor + (wall ? 28 : 20)}`, "aria-hidden": "true" }, nodes);
}
