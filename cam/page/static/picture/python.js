// The lines of Python that make the map on show, with the public names of the package. Pure.

import { boxOfArea } from "../findings/places.js";

/** @import { Area } from "../protocol.js" */
/** @import { Drawn } from "./main.js" */

/** A text as Python writes it. @param {string} text */
const quoted = (text) => JSON.stringify(text);

/** A finding, or an area that a visitor chose, as Python takes it. @param {Area | undefined} area @param {number} index */
function targetOf(area, index) {
  if (!area) return `trace.finding(${index + 1})`;
  return area.point ? `cam.Area(${area.of}, point=(${area.point.join(", ")}))` : `cam.Area(${area.of}, mask=mask)`;
}

/** The lines that make the mask of a rectangle. @param {Area} area @param {[number, number]} size */
function maskOf(area, size) {
  const [l, t, r, b] = boxOfArea(area, size).map(Math.round);
  return ["mask = np.zeros(trace.image.size[::-1], bool)", `mask[${t}:${b}, ${l}:${r}] = True`];
}

/**
 * @param {Drawn} drawn @param {string} label of the class @param {string} colours name of the colormap @param {number} opacity
 * @param {boolean} [own] whether the network is one of the host's own, which no name loads
 * @returns {string}
 */
export function pythonOf({ confirmed, index, evidence }, label, colours, opacity, own = false) {
  const { picture, choice } = confirmed;
  const { model, method, fit, detail } = picture.at;
  const found = confirmed.findings?.[index];
  const target = picture.class_blind
    ? "None"
    : found
      ? targetOf(found.own ? choice.area : undefined, index)
      : picture.contrast
        ? `cam.Contrast(${index}, cam.look_alikes(trace.logits, ${index}))`
        : String(index);
  const named = picture.class_blind ? "" : `  # ${label.replace(/\s+/g, " ")}`;
  const thinner = choice.effort !== "exact";
  const made = thinner
    ? [
        `recipe = Recipe(${quoted(method)}, effort=${quoted(choice.effort)})`,
        `explanation = last(recipe.explanations(trace, target))`,
      ]
    : choice.combine
      ? [`explanation = cam.combine(trace, ${quoted(choice.combine)}, ${quoted(method)}, target)`]
      : [`explanation = cam.explain(trace, ${quoted(method)}, target)`];
  const finer = detail === 1 ? "" : `, detail=${detail}`;
  const look = `colormap=${quoted(colours)}, opacity=${opacity}, evidence=${quoted(evidence)}`;
  return [
    "import cam",
    ...(found?.own && choice.area?.grid ? ["import numpy as np"] : []),
    ...(thinner ? ["from cam.maps.explanation import last", "from cam.maps.recipe import Recipe"] : []),
    "",
    own
      ? `model = ...  # ${model.replace(/\s+/g, " ")}: what cam.wrap_model returned`
      : `model = cam.load_model(${quoted(model)})`,
    `trace = cam.trace(model, "photo.jpg", ${quoted(picture.layer)}, fit=${quoted(fit)}${finer})`,
    ...(found?.own && choice.area?.grid ? maskOf(choice.area, confirmed.photo.size) : []),
    `target = ${target}${named}`,
    ...made,
    `cam.overlay(explanation, ${look}).save("map.png")`,
    "",
  ].join("\n");
}
