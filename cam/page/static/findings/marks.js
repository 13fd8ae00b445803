// What the network found, drawn on the photo: each with its name, as a button that explains it. A click into a box chooses
// it; where the network answers for places, a click asks about that place. Draws from the store; the key b shows and hides.

import { act, chooseClass } from "../connection.js";
import { write } from "../dom.js";
import { percent } from "../numbers.js";
import { labelOf, nameOf } from "../predictions/classes.js";
import { actionOf } from "../room/keys.js";
import { drawnClass, wantedClass } from "../state.js";
import { store } from "../store.js";
import { makeAreas } from "./areas.js";
import { classAt, placeOf } from "./asking.js";
import { drawFindings } from "./draw.js";
import { aroundOf, boxAt, colourOf, countOf, edgesOf, namesApart, shownOf, topsOf } from "./places.js";
import { FOUND } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Stage } from "../picture/stage.js" */
/** @import { State } from "../state.js" */
/** @import { Marked, Shown } from "./places.js" */

const STILL = 5; // pixels that a click may move
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{number: number, found: Marked, button: HTMLButtonElement, name: HTMLElement, path: SVGPathElement | null}} Mark */

/** @param {Parts} part @param {HTMLElement} root @param {Stage} stage */
export function makeMarks(part, root, stage) {
  /** @type {Mark[]} */
  let marks = [];
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  part.marks.append(svg);

  /** @param {State} state @param {State} before */
  function show(state, before) {
    const { confirmed } = state;
    const all = state.marks && !root.classList.contains("cx-drawing") ? (shownOf(state) ?? []) : [];
    const same =
      state !== before &&
      confirmed?.findings === before.confirmed?.findings &&
      confirmed?.choice.area === before.confirmed?.choice.area &&
      confirmed?.photo === before.confirmed?.photo &&
      state.threshold === before.threshold &&
      state.marks === before.marks &&
      state.language === before.language &&
      state.names === before.names;
    if (!same) build(all);
    const chosen = wantedClass(state);
    for (const mark of marks) {
      mark.button.setAttribute("aria-pressed", String(mark.number === chosen));
      mark.path?.classList.toggle("cx-chosen-path", mark.number === chosen);
      write(mark.name, markName(state, mark));
      mark.button.setAttribute("aria-label", `${nameOf(state, mark.number)}, ${percent(mark.found.probability)}`);
    }
  }

  /** @param {Shown[]} all */
  function build(all) {
    const focused = marks.find(({ button }) => button === document.activeElement);
    svg.replaceChildren();
    marks = all
      .filter(({ found }) => found.box || found.mask)
      .map(({ number, found }) => {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "cx-mark" });
        const name = document.createElement("span");
        button.dataset.number = String(number);
        button.style.setProperty("--cx-colour", colourOf(found));
        button.style.zIndex = String(number === wantedClass(store.state) ? all.length : all.length - number);
        button.classList.toggle("cx-region", !found.box || Boolean(found.lines));
        button.classList.toggle("cx-own", Boolean(found.own));
        button.append(name);
        button.onclick = () => chooseClass(number);
        const path = found.box && !found.lines ? null : document.createElementNS(SVG, "path");
        path?.style.setProperty("--cx-colour", colourOf(found));
        if (path) svg.append(path);
        return { number, found, button, name, path };
      });
    part.marks.replaceChildren(svg, ...marks.map(({ button }) => button));
    if (focused) {
      const same = marks.find(({ number }) => number === focused.number);
      (same?.button ?? part.canvas).focus({ preventScroll: true });
    }
    place();
  }

  /** Bring the marks to where the photo is now. */
  function place() {
    const { photo } = stage;
    part.marks.hidden = !marks.length || !photo;
    if (!marks.length || !photo) return;
    const { kx, ky, left, top } = stage.transform();
    /** @type {{name: HTMLElement, from: number, left: number, width: number, height: number, tops: number[]}[]} */
    const names = [];
    for (const { number, found, button, name, path } of marks) {
      const around = aroundOf(found, photo.view);
      button.hidden = !around;
      if (!around) continue;
      const [x0, y0, x1, y1] = [
        left + around[0] * kx,
        top + around[1] * ky,
        left + around[2] * kx,
        top + around[3] * ky,
      ];
      Object.assign(button.style, {
        left: `${x0}px`,
        top: `${y0}px`,
        width: `${x1 - x0}px`,
        height: `${y1 - y0}px`,
      });
      const shift = Math.max(0, -x0);
      button.style.setProperty("--cx-shift", `${shift}px`);
      const [width, height] = [name.offsetWidth, name.offsetHeight];
      const tops = topsOf(y0, y1, height, part.marks.clientHeight);
      const one = { name, from: y0, left: x0 + shift, width, height, tops };
      if (number === wantedClass(store.state)) names.unshift(one);
      else names.push(one);
      if (path)
        path.setAttribute(
          "d",
          edgesOf(found, photo.view)
            .map(([a, b, c, d]) => `M${left + a * kx} ${top + b * ky}L${left + c * kx} ${top + d * ky}`)
            .join(""),
        );
    }
    for (const [i, at] of namesApart(names).entries())
      names[i].name.style.setProperty("--cx-drop", `${at - names[i].from}px`);
  }

  const after = stage.onDraw;
  stage.onDraw = () => {
    after();
    place();
  };
  stage.over = (ctx, at, unit) => {
    const { state } = store;
    const all = state.marks ? shownOf(state) : null;
    if (!all?.length || !state.confirmed) return;
    drawFindings(ctx, at, unit, all, state.confirmed.photo.view, drawnClass(state), (one) => markName(state, one));
  };
  listenForClicks(part, stage);
  makeAreas(part, root, stage);
  listenForKey(root);
  store.subscribe(show);
}

/** What stands at a finding on the photo. @param {State} state @param {Shown} shown */
const markName = (state, { number, found }) =>
  found.own ? FOUND.area : FOUND.mark(labelOf(state, number), found.probability);

/** @param {Parts} part @param {Stage} stage */
function listenForClicks(part, stage) {
  let down = { x: 0, y: 0 };
  part.canvas.addEventListener("pointerdown", ({ clientX, clientY }) => {
    down = { x: clientX, y: clientY };
  });
  part.canvas.addEventListener("click", (event) => {
    const { state } = store;
    const shown = state.marks ? shownOf(state) : null;
    const place = placeOf(part, stage, event);
    if (!shown || !place || event.detail > 1) return;
    if (Math.hypot(event.clientX - down.x, event.clientY - down.y) > STILL) return; // the picture was moved
    const hit = boxAt(shown, place.x, place.y);
    const findings = state.confirmed?.findings ?? [];
    if (hit) chooseClass(hit.number);
    else if (findings.some(({ mask }) => mask)) {
      const point = /** @type {[number, number]} */ ([Math.floor(place.x), Math.floor(place.y)]);
      act({ area: { of: classAt(state, ...point), point }, class: countOf(findings) });
    }
  });
}

/** @param {HTMLElement} root */
function listenForKey(root) {
  document.addEventListener("keydown", (event) => {
    const typing =
      event.target instanceof HTMLElement && event.target.closest("input:not([type=range]), select, textarea");
    if (!actionOf("findings", event) || typing || !root.offsetParent) return;
    if (store.state.confirmed?.findings) store.set({ marks: !store.state.marks });
  });
}
