// What the network found, listed beside the picture in place of the classes: each with its score, the threshold, and the
// switch of the marks. Draws from the store; threshold and switch stand in the address.

import { chooseClass } from "../connection.js";
import { write } from "../dom.js";
import { lookOf, remember } from "../link.js";
import { fixed } from "../numbers.js";
import { labelOf, renamed } from "../predictions/classes.js";
import { makeRows } from "../predictions/rows.js";
import { LEAST, wantedClass } from "../state.js";
import { store } from "../store.js";
import { linked } from "../visit.js";
import { TEXT } from "../words.js";
import { shownOf } from "./places.js";
import { FOUND } from "./words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Finding } from "../protocol.js" */
/** @import { State } from "../state.js" */

const MOST = 51; // findings that a server sends, and an area of one's own
const SEARCHED = 8; // so many are found by looking

/** @param {Parts} part */
export function makeFindings(part) {
  const rows = makeRows(part.foundList, MOST, ({ index }) => chooseClass(index));
  const slider = /** @type {HTMLInputElement} */ (part.threshold);

  /** @param {State} state */
  function list(state) {
    const shown = shownOf(state) ?? [];
    for (const [i, row] of rows.entries()) {
      const one = shown[i];
      row.item.hidden = !one;
      if (!one) {
        row.fill(null);
        continue;
      }
      const share = one.found.probability;
      row.fill({
        index: one.number,
        name: wordsOf(state, one.found, one.number),
        share,
        width: share,
      });
    }
    write(part.foundNone, shown.length ? "" : FOUND.none(state.threshold));
    part.foundNone.hidden = shown.length > 0;
    const hidden = (state.confirmed?.findings?.length ?? 0) - shown.length;
    write(part.foundHidden, hidden ? FOUND.hidden(hidden) : "");
    part.foundHidden.hidden = !hidden;
  }

  /** @param {State} state */
  function arrange(state) {
    const findings = state.confirmed?.findings;
    const other = Boolean(findings);
    part.findings.hidden = !other;
    for (const name of ["list", "slide", "ends"]) part[name].hidden = other;
    part.findBox.hidden = (findings?.length ?? SEARCHED + 1) <= SEARCHED;
    write(part.explain, other ? FOUND.explain : TEXT.explain);
    write(part.classesTitle, other ? FOUND.title : TEXT.predictions);
    part.drawArea.hidden = part.paintArea.hidden = part.placeHint.hidden = !findings?.some(({ mask }) => mask);
    const fixedOnes = !findings?.some(({ own, mask }) => !own && !mask); // regions have no threshold of their own to speak of
    part.thresholdField.hidden = fixedOnes;
  }

  slider.addEventListener("input", () => store.change(cut, Number(slider.value)));
  part.marksSwitch.addEventListener("click", () => store.set({ marks: !store.state.marks }));
  store.subscribe((state, before) => {
    const [now, then] = [state.confirmed, before.confirmed];
    const first = state === before;
    const other = now?.findings !== then?.findings || renamed(state, before) || first;
    if (other) arrange(state);
    if (other || state.threshold !== before.threshold) list(state);
    if (Number(slider.value) !== state.threshold) slider.value = String(state.threshold);
    slider.style.setProperty("--cx-fill", `${100 * state.threshold}%`);
    slider.setAttribute("aria-valuetext", fixed(state.threshold, 2));
    write(part.thresholdName, FOUND.threshold(state.threshold));
    part.marksSwitch.setAttribute("aria-checked", String(state.marks));
    const chosen = wantedClass(state);
    for (const row of rows) row.press(Number(row.button.dataset.index) === chosen);
  });
  keepInAddress();
}

/** What a row says. @param {State} state @param {Finding} found @param {number} number */
function wordsOf(state, found, number) {
  if (found.own) return FOUND.area;
  if (found.box) return FOUND.row(number + 1, labelOf(state, number));
  return found.share === undefined ? labelOf(state, number) : FOUND.region(labelOf(state, number), found.share);
}

/**
 * Another threshold. Where it hides the finding that is chosen, the most confident one is, if its map is here.
 * @param {State} state @param {number} threshold @returns {State}
 */
export function cut(state, threshold) {
  const next = { ...state, threshold };
  const shown = shownOf(next);
  if (!shown?.length || shown.some(({ number }) => number === wantedClass(next))) return next;
  queueMicrotask(() => chooseClass(shown[0].number));
  return next;
}

/** The threshold and the switch are part of the address. */
function keepInAddress() {
  linked.then(({ search }) => {
    const { threshold, boxes } = lookOf(search);
    store.set({ threshold: threshold ?? store.state.threshold, marks: boxes ?? store.state.marks });
    store.subscribe((state, before) => {
      if (state.threshold === before.threshold && state.marks === before.marks) return;
      if (!state.confirmed) return;
      const link = {
        threshold: state.threshold === LEAST ? "" : String(state.threshold),
        boxes: state.marks ? "" : "0",
      };
      remember(link, state.confirmed.choice.photo);
    });
  });
}
