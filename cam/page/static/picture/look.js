// The controls under the picture: colours, opacity, contours, signs, saving; and the legend. Knows the stage and the state.

import { nameOf } from "../predictions/classes.js";
import { decodeColormaps, decodeColours } from "../protocol.js";
import { own } from "../said.js";
import { seenEvidence } from "../state.js";
import { store } from "../store.js";
import { TEXT } from "../words.js";
import { heading } from "./describe.js";

/** @import { Parts } from "../dom.js" */
/** @import { Evidence, State } from "../state.js" */
/** @import { Drawn } from "./main.js" */
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
      const strength = Math.abs(i / 16 - 1);
      const cover = signed ? 100 * strength * (2 - strength) : 100;
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
  return { legend, evidence: (/** @type {State} */ state) => showEvidence(part, state), saves: saver(part, stage) };
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

/** The name of a saved picture says what is on it. @param {Drawn} drawn @param {string} name of its class */
export function fileName({ confirmed, evidence, common }, name) {
  const { picture } = confirmed;
  const { at, class_blind, contrast, method, combination, layer } = picture;
  const label = class_blind ? "" : name;
  const words = [
    label,
    evidence === "for" ? "" : evidence,
    contrast ? "contrast" : "",
    common ? "common scale" : "",
    method,
    combination,
    layer,
  ];
  const done = picture.share < 1 ? `unfinished ${Math.floor(100 * picture.share)}` : "";
  const text = [done, ...words, at.detail === 1 ? "" : `${at.detail}x`].join(" ").normalize("NFKD");
  return `${
    text
      .replace(/[^\p{L}\p{N}.]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 80) || "map"
  }.png`;
}

/** @param {Parts} part @param {Stage} stage */
const saver = (part, stage) => (/** @type {() => Drawn | null} */ drawnNow) => {
  const button = /** @type {HTMLElement} */ (part.save.lastElementChild);
  part.save.addEventListener("click", async () => {
    const drawn = drawnNow();
    if (!drawn) return;
    const { picture } = drawn.confirmed;
    const label = nameOf(store.state, drawn.index);
    const name = fileName(drawn, label);
    const caption = picture.share < 1 ? heading(drawn.confirmed, label, drawn.evidence) : "";
    const blob = await stage.toBlob(caption).catch(() => null);
    if (!blob) return store.set({ message: own("notSaved") });
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    const [size, full] = [stage.savedSize(), drawn.confirmed.photo.size];
    if (size[0] < full[0])
      store.set({ message: own("saved", name, size, full) }); // fewer pixels than the photo has: that is for all to see
    else part.spoken.textContent = TEXT.saved(name, size, full);
    button.textContent = TEXT.savedShort;
    setTimeout(() => {
      button.textContent = TEXT.save;
    }, 2000);
  });
};
