// What stands beside a step's picture: one cell added up, the chosen channel, and the code that runs. Draws into parts that are
// given; chooses nothing by itself.

import { classNameOf } from "../predictions/classes.js";
import { store } from "../store.js";
import { make, trioOf } from "./figure.js";
import { cellAt, sizeOfTerms } from "./story.js";
import { heads, scaleOf, shapeOf, titleOf, WORDS } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Scene } from "./scene.js" */
/** @import { Step, Told } from "./story.js" */

const TERMS = 7; // channels of a cell, without the rest

/** @type {WeakMap<HTMLElement, unknown[]>} */
const drawn = new WeakMap(); // of what each part was drawn last

/** Whether a part shows just this already: most steps leave the cell and the channel as they are. @param {HTMLElement} node @param {unknown[]} what */
function shows(node, ...what) {
  const of = [...what, store.state.language, store.state.names];
  const same = drawn.get(node)?.every((one, i) => one === of[i]) ?? false;
  drawn.set(node, of);
  return same;
}

/**
 * Add a cell up in a table; its printed numbers add up as they stand.
 * @param {Parts} part @param {Scene} scene @param {number} row @param {number} column @param {number} chosen the channel
 * @param {(channel: number) => void} choose @param {string[]} colours
 */
export function showCell(part, scene, row, column, chosen, choose, colours) {
  if (shows(part.cell, scene, row, column, chosen, colours)) return;
  const cell = cellAt(scene.told, row, column, TERMS);
  if (!cell) return;
  const sizes = sizeOfTerms(scene.told);
  const [weights, values] = [scaleOf(sizes.weight, 3), scaleOf(sizes.value)];
  part.cellTitle.textContent = WORDS.cell(row, column);
  const titles = heads(scene.told.terms?.factors.name ?? "", weights.unit, values.unit).map((title) =>
    make("th", "", [title]),
  );
  for (const title of titles) title.setAttribute("scope", "col");
  part.cellHead.replaceChildren(make("tr", "", [...titles, make("td", "")]));
  const printed = cell.terms.map((one) => values.steps(one.product));
  const total = values.steps(cell.value);
  const rest = printed.reduce((left, one) => left - one, total);
  const most = Math.max(1, ...printed.map(Math.abs));
  const rows = cell.terms.map((one, i) => {
    const button = make("button", "pick", [String(one.channel)]);
    Object.assign(button, { type: "button", onclick: () => choose(one.channel) });
    button.setAttribute("aria-label", WORDS.channel(one.channel));
    button.setAttribute("aria-pressed", String(one.channel === chosen));
    const bar = make("span", "bar");
    bar.style.cssText = `width:${(100 * Math.abs(printed[i])) / most}%;background:${colours[printed[i] < 0 ? 1 : 0]}`;
    return rowOf(
      [
        button,
        weights.write(one.weight),
        `× ${scaleOf(sizes.activation, 3).bare(one.activation)}`,
        `= ${values.ofSteps(printed[i])}`,
      ],
      bar,
    );
  });
  part.cellRows.replaceChildren(...rows, wideRow(WORDS.others(cell.others), values.ofSteps(rest)));
  part.cellFoot.replaceChildren(wideRow(WORDS.sum(), values.ofSteps(total)));
}

/** @param {(Node | string)[]} cells @param {Node} bar */
const rowOf = (cells, bar) =>
  make("tr", "", [...cells.map((one) => make("td", "", [one])), make("td", "barred", [bar])]);

/** @param {string} words @param {string} value */
function wideRow(words, value) {
  const first = make("td", "wide", [words]);
  first.setAttribute("colspan", "3");
  return make("tr", "", [first, make("td", "", [value]), make("td", "")]);
}

/** The chosen channel: its activation, gradient and weight, and the classes that it raises. @param {Parts} part @param {Scene} scene @param {number} channel @param {string[]} colours */
export function showChannel(part, scene, channel, colours) {
  if (shows(part.channel, scene, channel, colours)) return;
  part.channelTitle.textContent = WORDS.channel(channel);
  part.trio.replaceChildren(...trioOf(scene, channel, colours));
  const found = scene.told.raises.get(channel);
  const names = found?.classes.map((index, i) => WORDS.rise(classNameOf(store.state, index), found.rises[i])) ?? [];
  part.raises.textContent = scene.confirmed.findings ? WORDS.raisesNot() : WORDS.raises(names);
}

/** The statements of all steps. @param {Parts} part @param {Scene} scene */
export function writeCode(part, { told }) {
  part.code.replaceChildren(
    ...told.steps
      .filter(({ code }) => code)
      .map(({ name, code, shape }) => {
        const block = make("pre", "", [code, make("span", "shape", [`  # ${shapeOf(shape)}`])]);
        block.dataset.name = name;
        return block;
      }),
  );
}

/** Those of the step on show are lit. @param {Parts} part @param {string} shown */
export function lightCode(part, shown) {
  for (const block of /** @type {HTMLCollectionOf<HTMLElement>} */ (part.code.children)) {
    const on = block.dataset.name === shown;
    block.classList.toggle("lit", on);
    if (on) block.setAttribute("aria-current", "step");
    else block.removeAttribute("aria-current");
  }
}

/**
 * The step on show in the strip and its statements come into sight. Places are read when everything is written, and before
 * anything is moved: the browser then lays the page out once.
 * @param {Parts} part
 */
export function bringIntoSight({ strip, code }) {
  /** @type {HTMLElement | null | undefined} */
  const step = strip.querySelector("[aria-current=step]")?.parentElement;
  /** @type {HTMLElement | null} */
  const block = code.querySelector("[aria-current=step]");
  const top = block && block.offsetTop - code.offsetTop - 40;
  const left = step && step.offsetLeft - strip.offsetLeft + step.offsetWidth / 2 - strip.clientWidth / 2;
  if (top !== null) code.scrollTop = top;
  if (left !== undefined && left !== null) strip.scrollLeft = left;
}

/** The picture of another step comes in softly, where movement is wanted. @param {HTMLElement} figure */
export function glide(figure) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  figure.animate([{ opacity: 0.35, transform: "translateY(4px)" }, {}], { duration: 160, easing: "ease-out" });
}

/** Which step is on show, in the strip and for tests. @param {HTMLElement} root @param {Parts} part @param {Told} told @param {Step} step */
export function markStep(root, { strip }, { steps }, { name }) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (strip.querySelectorAll(".step"))) {
    const on = button.dataset.name === name;
    if (on) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    button.tabIndex = on ? 0 : -1;
  }
  if (root.dataset.step !== name) root.dataset.step = name;
  root.dataset.steps = String(steps.length);
}

/** The buttons to the steps before and after. @param {Parts} part @param {Step[]} steps @param {Step} step */
export function writeEnds(part, steps, step) {
  const now = steps.indexOf(step);
  const [before, after] = [steps[now - 1], steps[now + 1]];
  part.back.textContent = before ? `‹ ${titleOf(before.name)}` : "";
  part.next.textContent = after ? `${titleOf(after.name)} ›` : "";
  part.back.hidden = !before;
  part.next.hidden = !after;
}
