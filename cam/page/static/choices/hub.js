// The search below the list of models: one of the list by its title, or one of the Hugging Face Hub by its id. What the Hub
// says of a model, its size and its licence, stands here before anything large is fetched.

import { act, call } from "../connection.js";
import { said } from "../said.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { note } from "./main.js";

/** @import { HubAnswer, Model } from "../protocol.js" */
/** @import { Find } from "./main.js" */

const EXAMPLE = "timm/resnet18.a1_in1k"; // an id, in no language

/** @param {Find} $ @param {Model[]} models the page's list, to which what is found is added */
export function makeHub($, models) {
  const input = /** @type {HTMLInputElement} */ ($("#cam-hub"));
  const [look, fetch] = [$(".hub .look"), $(".hub .fetch")].map((node) => /** @type {HTMLButtonElement} */ (node));
  input.setAttribute("placeholder", EXAMPLE);
  /** @type {HubAnswer} */
  let found = {};
  let asked = 0;
  const tell = () => {
    note($, "#cam-hub-said", wordsOf(found));
    fetch.hidden = !found.model;
  };
  const ask = async () => {
    const text = input.value.trim();
    const known = models.find((one) => [one.title, one.name].includes(text));
    if (known) return choose(known, models);
    if (!text) return;
    asked += 1;
    const number = asked;
    look.disabled = true;
    found = {};
    note($, "#cam-hub-said", TEXT.hubAsking);
    const answer = /** @type {HubAnswer} */ (await call("hub_model", { id: text }).catch(() => ({ busy: true })));
    look.disabled = false;
    if (number !== asked) return;
    found = answer;
    tell();
  };
  $("#cam-hub-list").replaceChildren(...models.map(({ title }) => new Option("", title)));
  look.onclick = ask;
  input.onkeydown = ({ key }) => {
    if (key === "Enter") ask();
  };
  fetch.onclick = () => {
    const { model } = found;
    found = {};
    tell();
    if (model) choose(model, models);
  };
  store.subscribe((state, before) => {
    if (state.language !== before.language) tell();
  });
  $(".hub").hidden = false;
}

/** @param {HubAnswer} found */
function wordsOf({ model, licence, error, busy }) {
  if (error) return said(error);
  if (busy) return TEXT.hubBusy;
  if (!model) return "";
  return TEXT.hubFound(model.title, model.size, licence ?? "", model.here);
}

/** @param {Model} model @param {Model[]} models */
function choose(model, models) {
  if (!models.some((one) => one.name === model.name)) models.push(model);
  act({ model: model.name, layer: "", method: store.state.picked, detail: 1 });
}
