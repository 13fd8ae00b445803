// The controls under the picture: colours, opacity, contours and signs; and the legend. Knows the stage and the state.

import { decodeColormaps, decodeColours } from "../protocol.js";
import { seenEvidence } from "../state.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";

/** @import { Parts } from "../dom.js" */
/** @import { Evidence, State } from "../state.js" */
/** @import { Stage } from "./stage.js" */

/**
 * @param {Parts} part @param {Stage} stage
 * @param {{colormaps: Record<string, string>, signed_colours: string}} tables
 */
export function makeLook(part, stage, tables) {
  const colormaps = decodeColormaps(tables.colormaps);
  const colours = /** @type {HTMLSelectElement} */ (part.colours);
  const [opacity, hide] = /** @type {HTMLInputElement[]} */ ([part.opacity, part.hide]);
  const levels = /** @type {HTMLSelectElement} */ (part.levels);
  let signed = false;
  /** @type {Uint8Array | null} */
  let shown = null; // the colours of the bar
  stage.look.signedLut = decodeColours(tables.signed_colours);
  colours.replaceChildren(...[...colormaps.keys()].map((name) => new Option(TEXT.colormap(name), name)));

  const setColours = () => {
    stage.setLook({ lut: colormaps.get(colours.value) ?? null });
    legend(signed);
  };
  const setOpacity = () => {
    const value = Number(opacity.value);
    opacity.style.setProperty("--cx-fill", `${100 * value}%`);
    stage.setLook({ opacity: value });
    words();
  };
  const setHide = () => {
    const value = Number(hide.value);
    hide.style.setProperty("--cx-fill", `${(100 * value) / Number(hide.max)}%`);
    part.cut.style.width = `${100 * value}%`;
    stage.setLook({ hide: value });
    words();
  };
  const words = () => {
    part.opacityName.textContent = TEXT.opacity(Number(opacity.value));
    part.hideName.textContent = TEXT.hide(Number(hide.value));
  };
  const setLevels = () => stage.setLook({ levels: levels.value.split(" ").map(Number) });

  /** The bar: the colormap, or from all against to all for, as strong as they are painted. @param {boolean} isSigned */
  function legend(isSigned) {
    signed = isSigned;
    const lut = signed ? stage.look.signedLut : stage.look.lut;
    if (!lut || lut === shown) return;
    shown = lut;
    const stops = Array.from({ length: 33 }, (_, i) => {
      const at = 3 * Math.round((i * 255) / 32);
      const strength = signed ? Math.abs(i / 16 - 1) : i / 32; // as in the picture, where nothing is painted at its empty end
      const cover = 100 * strength * (2 - strength);
      return `rgb(${[...lut.subarray(at, at + 3)].join(" ")} / ${cover}%)`;
    });
    part.bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
    part.bar.classList.toggle("cx-signed", signed);
    colours.disabled = signed;
  }

  colours.addEventListener("change", setColours);
  opacity.addEventListener("input", setOpacity);
  hide.addEventListener("input", setHide);
  levels.addEventListener("change", () => {
    setLevels();
    stage.setLook({ contours: true });
  });
  part.contours.addEventListener("click", () => stage.setLook({ contours: !stage.look.contours }));
  part.evidence.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLButtonElement) || target.getAttribute("aria-disabled") === "true") return;
    store.set({ evidence: /** @type {Evidence} */ (target.value) });
  });
  store.subscribe((state, before) => {
    if (state.language === before.language) return;
    words();
    for (const option of colours.options) option.textContent = TEXT.colormap(option.value);
  });
  for (const set of [setColours, setOpacity, setHide, setLevels]) set();
  return { legend, evidence: (/** @type {State} */ state) => showEvidence(part, state) };
}

/** @param {Parts} part @param {State} state */
function showEvidence(part, state) {
  const picture = state.confirmed?.picture;
  const seen = seenEvidence(state);
  for (const button of /** @type {HTMLCollectionOf<HTMLButtonElement>} */ (part.evidence.children)) {
    const off =
      picture && !picture.signed && button.value !== "for" ? TEXT.unsigned(TEXT.method.title(picture.at.method)) : "";
    button.setAttribute("aria-pressed", String(button.value === seen));
    button.setAttribute("aria-disabled", String(Boolean(off)));
    button.title = off;
  }
}
