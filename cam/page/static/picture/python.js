// The lines of Python that make the map on show, with the public names of the package. Pure.

/** @import { Drawn } from "./main.js" */

/** A text as Python writes it. @param {string} text */
const quoted = (text) => JSON.stringify(text);

/**
 * @param {Drawn} drawn @param {string} label of the class @param {string} colours name of the colormap @param {number} opacity
 * @param {boolean} [own] whether the network is one of the host's own, which no name loads
 * @returns {string}
 */
export function pythonOf({ confirmed, index, evidence }, label, colours, opacity, own = false) {
  const { picture, choice } = confirmed;
  const { model, method, fit, detail } = picture.at;
  const target = picture.class_blind
    ? "None"
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
    ...(thinner ? ["from cam.maps.explanation import last", "from cam.maps.recipe import Recipe"] : []),
    "",
    own
      ? `model = ...  # ${model.replace(/\s+/g, " ")}: what cam.wrap_model returned`
      : `model = cam.load_model(${quoted(model)})`,
    `trace = cam.trace(model, "photo.jpg", ${quoted(picture.layer)}, fit=${quoted(fit)}${finer})`,
    `target = ${target}${named}`,
    ...made,
    `cam.overlay(explanation, ${look}).save("map.png")`,
    "",
  ].join("\n");
}
