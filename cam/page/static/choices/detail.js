// The choice of a detail: what each means at the chosen layer, and what the network does not take.
// Knows the state and the server's surveys of models.

import { call } from "../connection.js";
import { together } from "../language.js";
import { said } from "../said.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { check, note } from "./main.js";

/** @import { Detail } from "../protocol.js" */
/** @import { State } from "../state.js" */
/** @import { Find } from "./main.js" */

const AGAIN = 2000; // ms until what came while too many waited is asked again
const AFTER_ANSWER = 250; // ms in which most photos are explained

/** How fine the grid is. What a network does not take cannot be chosen, as far as that is known. @param {Find} $ @param {State} state @param {string} layer */
export function showDetail($, { surveys, wanted }, layer) {
  const known = surveys[wanted.model] ?? [];
  const reasons = known.map((one) => said(one.reason)).filter(Boolean);
  check($(".detail"), (value) => Number(value) === wanted.detail);
  for (const input of $(".detail").querySelectorAll("input")) {
    input.disabled = Boolean(known.find((one) => one.detail === Number(input.value))?.reason);
    if (input.parentElement) input.parentElement.title = input.disabled ? said(reasons[0]) : "";
  }
  note(
    $,
    "#cam-detail-note",
    said(reasons[0]) || (wanted.detail === 1 ? wordsAhead(known, layer) : wordsOf(known, layer, wanted.detail)),
  );
}

/** @param {number} number */
const rounded = (number) => Number(number.toFixed(1));

/** At 1 x: what the others would give. @param {Detail[]} known @param {string} layer */
function wordsAhead(known, layer) {
  const others = known.filter((one) => one.detail !== 1 && one.grids[layer]);
  const words = others.map(({ detail, grids, cost }) => TEXT.detailAhead(detail, grids[layer], rounded(cost)));
  const usual = known.find((one) => one.detail === 1);
  return words.length && usual ? TEXT.detailNow(words, usual.grids[layer]) : "";
}

/** @param {Detail[]} known @param {string} layer @param {number} detail */
function wordsOf(known, layer, detail) {
  const [here, usual] = [detail, 1].map((factor) => known.find((one) => one.detail === factor));
  const [fine, coarse] = [here, usual].map((one) => one?.grids[layer]);
  const grid = fine && coarse ? TEXT.detailGrid(fine, coarse) : "";
  return together([grid, here ? TEXT.detailCost(rounded(here.cost)) : "", TEXT.detailSeen(here?.input)]);
}

/** Asked for when the visitor turns to the choice, or has one other than 1: nobody else pays for it. @param {Find} $ */
export function learnsDetail($) {
  const learn = async () => {
    const model = store.state.confirmed?.choice.model ?? "";
    if (model in store.state.surveys) return;
    store.set({ surveys: { ...store.state.surveys, [model]: null } });
    const found = await call("detail_survey", { model }).catch(() => ({ busy: true }));
    const { [model]: _, ...others } = store.state.surveys;
    store.set({ surveys: found.details ? { ...others, [model]: found.details } : others });
    if (found.busy) setTimeout(() => $(".detail").matches(":hover, :focus-within") && learn(), AGAIN);
  };
  for (const event of ["pointerenter", "focusin"]) $(".detail").addEventListener(event, learn);
  store.subscribe(({ confirmed }, before) => {
    if (confirmed && confirmed !== before.confirmed && confirmed.choice.detail !== 1) setTimeout(learn, AFTER_ANSWER);
  });
}
