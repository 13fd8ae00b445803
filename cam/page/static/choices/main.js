// The left column: the photo, the model, the layer, the method, the fit and the detail. Draws from the store; each control
// carries out an action; what an expert wants is one fold away.

import { act } from "../connection.js";
import { dress, finder } from "../dom.js";
import { FOUND } from "../findings/words.js";
import { makeFold } from "../fold.js";
import { together } from "../language.js";
import { said } from "../said.js";
import { opening, store } from "../store.js";
import { openLink } from "../visit.js";
import { TEXT } from "../words.js";
import { learnsDetail, showDetail } from "./detail.js";
import { makeHub } from "./hub.js";
import { makePhoto } from "./photo.js";

/** @import { Gradio } from "../connection.js" */
/** @import { Choice, Effort, Lists, Method, Said } from "../protocol.js" */
/** @import { State } from "../state.js" */
/** @typedef {ReturnType<typeof finder>} Find */

/** @param {Gradio} gradio */
export async function mount({ element }) {
  const [{ lists, answer, hub }] = await Promise.all([opening, dress(element, "choices", import.meta.url)]);
  const $ = finder(element);
  makePhoto(element, $, lists.examples);
  fill($, lists);
  listen(element, $, lists);
  learnsDetail($);
  if (hub) makeHub($, lists.models);
  makeFold($(".fold.phone"), $("#cam-choices"), "cam-fold-choices");
  const unfold = makeFold($(".fold.more"), $("#cam-more"), "cam-fold-more");
  let expert = false;
  store.subscribe((state, before) => {
    const [now, then] = [state.confirmed, before.confirmed];
    if (!now) return;
    const was = expert;
    expert = isExpert(state.wanted, answer.confirmed?.fit);
    if (expert && !was) unfold();
    const first = state === before || !then;
    const spoken = state.language !== before.language;
    if (spoken) fill($, lists);
    if (first || spoken || now.choice.model !== then.choice.model) fillModels($, lists, now.choice.model);
    if (first || spoken || now.layers !== then.layers) fillLayers($, state);
    if (first || spoken || now.reasons !== then.reasons) fillReasons($, lists, now.reasons);
    if (first || spoken || differs(state, before)) show($, lists, state);
  });
  openLink();
}

/** Whether a choice that is folded away is other than usual. @param {Choice} wanted @param {string} [usualFit] */
export const isExpert = ({ contrast, combine, effort, fit, detail }, usualFit) =>
  Boolean(contrast || combine || effort !== "exact" || detail !== 1 || (fit && usualFit && fit !== usualFit));

/** Whether the controls show something else than before: a class is none of it. @param {State} state @param {State} before */
function differs({ wanted, confirmed, surveys }, before) {
  const [now, then] = [confirmed, before.confirmed];
  const same =
    now?.layers === then?.layers &&
    now?.efforts === then?.efforts &&
    now?.times === then?.times &&
    surveys === before.surveys;
  const { class: _, photo, ...choice } = wanted;
  const { photo: __, ...last } = before.wanted;
  return (
    !same ||
    now?.choice.model !== then?.choice.model ||
    Object.entries(choice).some(([name, value]) => value !== Reflect.get(last, name))
  );
}

/** @param {Find} $ @param {Lists} lists */
function fill($, { methods, combinations, fits, details }) {
  const groups = Object.entries(TEXT.groups).map(([name, label]) => {
    const group = Object.assign(document.createElement("optgroup"), { label });
    const some = methods.filter((method) => method.group === name);
    group.append(...some.map((method) => new Option(TEXT.method.title(method.name), method.name)));
    return group;
  });
  $("#cam-method").replaceChildren(...groups);
  const combined = combinations.map((one) => new Option(TEXT.combination.title(one.name), one.name));
  $("#cam-combine").replaceChildren(new Option(TEXT.oneMap, ""), ...combined);
  $(".fit .segments").replaceChildren(
    ...fits.map(({ name }) => segment("fit", name, TEXT.fit.title(name), TEXT.fit.about(name))),
  );
  $(".detail .segments").replaceChildren(...details.map((detail) => segment("detail", detail, TEXT.times(detail))));
}

/** One of several choices. @param {"fit" | "detail"} field @param {string | number} value @param {string} text @param {string} [title] */
function segment(field, value, text, title = "") {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), {
    type: "radio",
    name: `cam-${field}`,
    value: String(value),
  });
  const words = Object.assign(document.createElement("span"), { textContent: text });
  label.title = title;
  label.append(input, words);
  input.onchange = () => act({ [field]: value });
  return label;
}

/** @param {HTMLElement} element @param {Find} $ @param {Lists} lists */
function listen(element, $, { methods, models }) {
  /** @param {string} name @param {(value: string) => Partial<Choice>} changes */
  const on = (name, changes) => {
    const select = /** @type {HTMLSelectElement} */ ($(`#cam-${name}`));
    select.onchange = () => act(changes(select.value));
  };
  // A finer grid was chosen for one network; another may take one size only.
  on("model", (model) => {
    const [task, before] = [model, store.state.wanted.model].map(
      (name) => models.find((one) => one.name === name)?.task,
    );
    const other = task === before ? { method: store.state.picked } : { method: "", class: null, contrast: false };
    return { model, layer: "", detail: 1, ...other };
  });
  on("layer", (layer) => ({ layer }));
  on("effort", (effort) => ({ effort }));
  on("combine", (combine) => ({ combine }));
  on("method", (name) => {
    store.set({ picked: name });
    const quick = methods.find((one) => one.name === name)?.quick; // a combination takes several maps
    return { method: name, effort: "exact", ...(quick ? {} : { combine: "" }) };
  });
  for (const input of inputs(element, "question")) input.onchange = () => act({ contrast: Boolean(input.value) });
}

/** @param {HTMLElement} element @param {string} field @returns {HTMLInputElement[]} */
export const inputs = (element, field) =>
  [...element.querySelectorAll(`.${field} input`)].filter((node) => node instanceof HTMLInputElement);

/** @param {Lists["models"][number]} model */
function groupOf({ own, group, task, here }) {
  if (own) return TEXT.ownNetworks;
  if (group === "Lesson") return TEXT.cardModels;
  return TEXT.tasks(task) || (here ? TEXT.here : group || TEXT.hub);
}

/** @param {Find} $ @param {Lists} lists @param {string} fetched a model that is here now */
function fillModels($, { models }, fetched) {
  if (!models.some((one) => one.name === fetched))
    models.push({ name: fetched, title: fetched, group: "", task: "", here: true, own: false, size: 0 });
  /** @type {Map<string, typeof models>} */
  const groups = new Map();
  for (const model of models) {
    model.here ||= model.name === fetched;
    const group = groupOf(model);
    groups.set(group, [...(groups.get(group) ?? []), model]);
  }
  $("#cam-model").replaceChildren(
    ...[...groups].map(([label, some]) => {
      const group = Object.assign(document.createElement("optgroup"), { label });
      group.append(
        ...some.map(({ here, title, size, name }) => new Option(here ? title : TEXT.megabytes(title, size), name)),
      );
      return group;
    }),
  );
}

/** @param {Find} $ @param {State} state */
function fillLayers($, { confirmed }) {
  const layers = confirmed?.layers ?? [];
  const options = layers.map(({ name }, at) => new Option(TEXT.layerOption(at + 1, layers.length, name), name));
  $("#cam-layer").replaceChildren(...options);
}

/** Methods that do not apply at this layer cannot be chosen; the reasons stand below. @param {Find} $ @param {Lists} lists @param {Record<string, Said>} reasons */
function fillReasons($, { methods }, reasons) {
  for (const node of /** @type {HTMLSelectElement} */ ($("#cam-method")).options) node.disabled = node.value in reasons;
  const missing = methods.filter((method) => method.name in reasons);
  $(".reasons").hidden = !missing.length;
  $(".reasons summary").textContent = TEXT.missingMethods(missing.length);
  $(".reasons dl").replaceChildren(
    ...missing.flatMap((method) => {
      const [name, why] = ["dt", "dd"].map((tag) => document.createElement(tag));
      name.textContent = TEXT.method.title(method.name);
      why.textContent = said(reasons[method.name]);
      return [name, why];
    }),
  );
}

/** @param {Find} $ @param {string} selector @param {string} value */
const setValue = ($, selector, value) => {
  /** @type {HTMLSelectElement} */ ($(selector)).value = value;
};

/** @param {Find} $ @param {string} selector @param {string} words */
export function note($, selector, words) {
  $(selector).textContent = words;
  $(selector).hidden = !words;
}

/** @param {Find} $ @param {Lists} lists @param {State} state */
function show($, { models, methods, combinations }, state) {
  const { wanted, confirmed } = state;
  const layers = confirmed?.layers ?? [];
  const usual = layers.find((one) => one.default)?.name ?? layers[0]?.name ?? "";
  const layer = layers.some((one) => one.name === wanted.layer) ? wanted.layer : usual;
  const model = models.find((one) => one.name === wanted.model); // a link may name what does not exist
  const method = methods.find((one) => one.name === wanted.method);
  setValue($, "#cam-model", wanted.model);
  setValue($, "#cam-layer", layer);
  if (wanted.method) setValue($, "#cam-method", wanted.method); // "" until the model's default is known
  $("#cam-layer-tag").textContent = layer === usual ? TEXT.usual : "";
  const shape = layers.find((one) => one.name === layer)?.shape;
  $("#cam-layer-facts").textContent = shape ? TEXT.layerFacts(layer, shape) : "";
  if (model) $("#cam-model-tag").textContent = model.own ? "" : model.here ? TEXT.offline : TEXT.size(model.size);
  if (method) showMethod($, method, confirmed?.times ?? {});
  showEfforts($, method, state);
  showDetail($, state, layer);
  const things = Boolean(confirmed?.findings);
  if (things) /** @type {HTMLFieldSetElement} */ ($(".question")).disabled = true;
  $("#cam-question-note").textContent = things ? FOUND.noQuestion : TEXT.questionNote;
  check($(".fit"), (value) => value === wanted.fit);
  check($(".question"), (value) => Boolean(value) === wanted.contrast);
  const combination = combinations.find((one) => one.name === wanted.combine);
  setValue($, "#cam-combine", combination ? wanted.combine : "");
  about($, "#cam-combine-more", combination ? TEXT.combination.about(combination.name) : "");
}

/** A slow method says how long it takes here, before it is chosen. @param {Find} $ @param {Method} method @param {Record<string, number>} times */
function showMethod($, method, times) {
  for (const option of /** @type {HTMLSelectElement} */ ($("#cam-method")).options) {
    const title = TEXT.method.title(option.value);
    option.text = times[option.value] ? TEXT.optionTakes(title, times[option.value]) : title;
  }
  const took = times[method.name];
  const slow = !method.quick;
  const long = slow && took ? TEXT.takes(took) : slow ? TEXT.takesUnknown : "";
  $("#cam-method-tag").textContent = took ? "" : TEXT.speed[method.speed];
  /** @type {HTMLFieldSetElement} */ ($(".question")).disabled = method.blind;
  /** @type {HTMLSelectElement} */ ($("#cam-combine")).disabled = !method.quick;
  $("#cam-method-note").textContent = together([TEXT.plain[method.group], long]);
  about($, "#cam-method-more", TEXT.method.about(method.name));
}

/** What an expert reads of a choice, one fold away. @param {Find} $ @param {string} selector @param {string} words */
function about($, selector, words) {
  $(`${selector} p`).textContent = words;
  $(selector).hidden = !words;
}

/** @param {HTMLElement} field @param {(value: string) => boolean} chosen */
export function check(field, chosen) {
  for (const input of field.querySelectorAll("input")) input.checked = chosen(input.value);
}

/** How much of its work a slow method does; what would be no faster on this machine, or may be, cannot be chosen. @param {Find} $ @param {Method | undefined} method @param {State} state */
function showEfforts($, method, { wanted, confirmed }) {
  const efforts = method?.efforts ?? [];
  const chosen = efforts.find((one) => one.name === wanted.effort) ?? efforts[0];
  $(".effort").hidden = efforts.length < 2;
  $("#cam-effort").replaceChildren(
    ...efforts.map((one) => {
      const unknown = one.timed && !confirmed?.efforts && one !== chosen ? TEXT.effortUnknown : "";
      const title = said(confirmed?.efforts?.[one.name]) || unknown;
      return Object.assign(new Option(titleOf(one), one.name), { title, disabled: Boolean(title) });
    }),
  );
  setValue($, "#cam-effort", chosen?.name ?? "");
  about($, "#cam-effort-more", chosen?.close ? TEXT.effort.about(...chosen.close) : "");
}

/** How much work, and how close that comes to all of it. @param {Effort} effort */
function titleOf({ name, close }) {
  const title = TEXT.effort.title(name);
  return close ? TEXT.effort.close(title, close[0]) : title;
}
