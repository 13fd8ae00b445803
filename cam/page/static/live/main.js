// The Live tab: the frame that was explained last with its evidence on it, its predictions, and the choices beside it.
//
// For tests the root has data-state ("off", "asking", "on"), data-frames (how many were explained) and data-class, and
// `cam`: rate() in frames per second, latency() in seconds, scale() of the colours.

import { photoFrom } from "../camera.js";
import { call } from "../connection.js";
import { dress, finder, write } from "../dom.js";
import { FOUND } from "../findings/words.js";
import { sendPhoto } from "../photos.js";
import { third } from "../picture/describe.js";
import { heatOf, paintHeat, summary } from "../picture/heat.js";
import { nameAmong, renamed } from "../predictions/classes.js";
import { learnNames } from "../predictions/names.js";
import { makeRows } from "../predictions/rows.js";
import { sayPrivacy } from "../privacy.js";
import { decodeColormaps, floatsOf } from "../protocol.js";
import { own, said } from "../said.js";
import { LEAST } from "../state.js";
import { opening, store } from "../store.js";
import { TEXT } from "../words.js";
import { LiveCamera } from "./camera.js";
import { drawFound, findingAt, listenForSwitch, partsOf, rowsOf } from "./found.js";
import { listModels, sideOf } from "./models.js";

/** @import { Gradio } from "../connection.js" */
/** @import { Heat } from "../picture/heat.js" */
/** @import { Entry } from "../predictions/rows.js" */
/** @import { FrameAnswer, Said } from "../protocol.js" */
/** @import { Frame } from "./camera.js" */

const ROWS = 12; // five predictions and the pinned class where it is not among them, or what was found
const DRAWN = 960; // pixels of the longer side that are painted
const [MEMORY, SPAN] = [3, 3000]; // seconds in which the colours' scale falls to 1/e; ms over which the rate is counted

/** @typedef {{canvas: HTMLCanvasElement, heat: Heat | null, answer: FrameAnswer}} Shown without a map where nothing was found */

/** @param {Gradio} gradio */
export async function mount({ element, props }) {
  const [{ colours }] = await Promise.all([opening, dress(element, "live", import.meta.url)]);
  const lut = /** @type {Uint8Array} */ (decodeColormaps(colours.colormaps).values().next().value);
  const view = new LiveView(element, lut);
  listModels(view.model, JSON.parse(props.models));
  view.listen();
}

class LiveView {
  /** @type {{index: number, label: string, box: number[] | null} | null} the class that is explained, and where it was */
  pinned = null;
  lost = false; // whether the last frame had nothing of it
  /** @type {Shown | null} the frame on show */
  shown = null;
  scale = { value: 0, time: 0 };
  /** @type {{at: number, took: number}[]} when the frames of the last seconds were painted, and how long each took */
  painted = [];
  /** @type {Said | null} the sentence on the camera */
  words = null;
  told = 0; // when the figures were written last

  /** @param {HTMLElement} element @param {Uint8Array} lut */
  constructor(element, lut) {
    const $ = finder(element);
    sayPrivacy($(".privacy"), false);
    this.$ = $;
    this.root = $(".live");
    this.lut = lut;
    this.canvas = /** @type {HTMLCanvasElement} */ ($("canvas"));
    this.ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { willReadFrequently: true }));
    this.over = /** @type {CanvasRenderingContext2D} */ (
      /** @type {HTMLCanvasElement} */ ($(".over")).getContext("2d")
    );
    this.marks = /** @type {HTMLInputElement} */ ($(".marks"));
    this.mirror = /** @type {HTMLInputElement} */ ($(".mirror"));
    this.model = /** @type {HTMLSelectElement} */ ($("#cam-live-model"));
    this.device = /** @type {HTMLSelectElement} */ ($("#cam-live-device"));
    this.opacity = /** @type {HTMLInputElement} */ ($("#cam-live-opacity"));
    this.rows = makeRows($(".list"), ROWS, (entry) => this.pin(entry));
    for (const row of this.rows) row.item.hidden = true;
    const video = /** @type {HTMLVideoElement} */ ($("video"));
    this.camera = new LiveCamera(video, {
      wish: () => ({ model: this.model.value, class: this.pinned?.index ?? null, box: this.pinned?.box ?? null }),
      aim: () => this.pinned,
      side: () => sideOf(this.model),
      device: () => this.device.value,
      take: (frame, answer) => this.take(frame, answer),
      show: (state) => this.show(state, video),
      say: (sentence) => this.say(sentence),
      opened: (stream) => this.opened(stream),
    });
  }

  listen() {
    const { $, camera } = this;
    const start = $(".start");
    start.onclick = () => (camera.run ? camera.stop(own("camera.stopped")) : camera.start());
    $(".freeze").onclick = () => this.freeze();
    $(".unpin").onclick = () => {
      this.pin(null);
      this.rows[0].button.focus();
    };
    this.mirror.onchange = () => {
      this.root.classList.toggle("mirrored", this.mirror.checked);
      this.mark();
    };
    this.canvas.onclick = (event) => this.pinAt(event);
    listenForSwitch(
      this.marks,
      () => this.root.offsetParent && this.shown?.answer.findings,
      () => this.mark(),
    );
    this.opacity.oninput = () => this.paint();
    this.model.onchange = () => {
      this.pin(null);
      if (camera.run) this.say(own("camera.waiting"));
    };
    this.device.onchange = () => camera.run && camera.start();
    Object.assign(this.root, {
      cam: { rate: () => this.rate(), latency: () => this.latency(), scale: () => this.scale.value },
    });
    this.listenForLeaving();
    this.nameStart();
    this.rule();
    this.say(own("camera.idle"));
    store.subscribe((state, before) => {
      if (!renamed(state, before)) return;
      this.nameStart();
      this.say(this.words);
      this.rule();
      if (this.painted.length) this.figures(performance.now());
      if (this.shown) this.describe(this.shown);
    });
  }

  listenForLeaving() {
    let seen = false;
    new ResizeObserver(() => {
      if (seen === Boolean(this.root.offsetParent)) return;
      seen = !seen;
      if (seen) this.refresh();
      else if (this.camera.run) this.camera.stop(own("camera.stopped")); // the tab was left
    }).observe(this.root);
    window.addEventListener("pagehide", () => this.camera.stop());
  }

  /** @param {Said | null} words */
  say(words) {
    this.words = words;
    write(this.$(".status"), said(words));
  }

  /** @param {"off" | "asking" | "on"} state @param {HTMLVideoElement} video */
  show(state, video) {
    this.root.dataset.state = state;
    const on = state !== "off";
    this.nameStart();
    this.$(".start").className = on ? "plain start" : "primary start";
    video.hidden = !on;
  }

  nameStart() {
    write(this.$(".start"), this.root.dataset.state === "off" ? TEXT.camera.start : TEXT.camera.stop);
  }

  /** @param {MediaStream} stream */
  async opened(stream) {
    this.scale = { value: 0, time: 0 };
    this.painted = [];
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
    this.$(".device").hidden = devices.length < 2;
    if (devices.length < 2) return;
    const options = devices.map((one, i) => new Option(one.label || TEXT.camera.number(i + 1), one.deviceId));
    this.device.replaceChildren(...options);
    const used = stream.getVideoTracks()[0].getSettings().deviceId;
    if (used) this.device.value = used;
  }

  /** Show a frame with its own map, unless another class or model was chosen meanwhile. @param {Frame} frame @param {FrameAnswer} answer */
  take({ canvas, began, wish, aim }, answer) {
    if (wish.model !== this.model.value || aim !== this.pinned) {
      this.camera.free.push(canvas);
      return;
    }
    const [h, w] = answer.shape;
    const [W, H] = answer.input;
    const heat = h ? heatOf(floatsOf(answer.map), h, w, H, W) : null;
    if (heat) this.steady(heat);
    if (this.shown) this.camera.free.push(this.shown.canvas);
    this.shown = { canvas, heat, answer };
    this.keepUp(answer);
    learnNames(answer.labels);
    this.say(own("camera.idle"));
    this.paint();
    this.describe(this.shown);
    const now = performance.now();
    this.painted = [...this.painted, { at: now, took: now - began }].filter((one) => now - one.at <= SPAN);
    this.root.dataset.frames = String(Number(this.root.dataset.frames) + 1);
    if (now - this.told > 500) this.figures(now);
  }

  /** What is followed lies elsewhere in each frame; where it is gone, it is looked for where it was. @param {FrameAnswer} answer */
  keepUp(answer) {
    const { pinned } = this;
    this.lost = Boolean(pinned && answer.findings && !(answer.followed && answer.findings.length));
    if (pinned && answer.findings && !this.lost) pinned.box = partsOf(answer, answer.number ?? 0);
    this.rule();
  }

  /** The heat of a frame reaches from 0 to its own range; here it is measured with a scale that rises at once and falls slowly. @param {Heat} heat */
  steady(heat) {
    const now = performance.now() / 1000;
    const range = heat.high - heat.low;
    const { value, time } = this.scale;
    this.scale = { value: Math.max(range, value * Math.exp((time - now) / MEMORY)), time: now };
    const gain = this.scale.value > 0 ? range / this.scale.value : 0;
    for (let i = 0; i < heat.values.length; i++) heat.values[i] *= gain;
  }

  paint() {
    if (!this.shown) return;
    const { canvas: frame, heat } = this.shown;
    const { canvas, ctx } = this;
    const part = Math.min(1, DRAWN / Math.max(frame.width, frame.height));
    const [width, height] = [frame.width, frame.height].map((side) => Math.round(side * part));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    ctx.drawImage(frame, 0, 0, width, height);
    if (heat && !heat.empty) {
      const image = ctx.getImageData(0, 0, width, height);
      const position = { sx: width / heat.W, sy: height / heat.H, tx: 0, ty: 0 };
      const look = { lut: this.lut, signedLut: null, opacity: Number(this.opacity.value), hide: 0 };
      paintHeat(image.data, width, heat, [0, 0, heat.W, heat.H], position, [0, 0, width, height], look);
      ctx.putImageData(image, 0, 0);
    }
    canvas.hidden = false;
    this.$(".empty").hidden = true;
    this.mark();
  }

  /** Draw what was found over the frame, and give it back clean where nothing is to be drawn. */
  mark() {
    const { canvas, over, shown } = this;
    const found = shown?.answer.findings;
    over.canvas.hidden = this.$(".draw").hidden = !found;
    over.canvas.width = canvas.width; // also clears it
    over.canvas.height = canvas.height;
    if (found && shown && this.marks.checked)
      drawFound(over, shown.answer, this.mirror.checked, ({ index, label }) => this.nameOf(index, label));
  }

  /** @param {Shown} shown */
  describe({ canvas, heat, answer }) {
    const { $ } = this;
    if (!heat) return this.describeNothing(answer);
    const label = this.titleOf(answer);
    const { width, height } = canvas;
    const { x, y } = summary(heat, { source: [0, 0, width, height], content: [0, 0, heat.W, heat.H] }, [width, height]);
    const words = heat.empty ? TEXT.nothing() : TEXT.strongest(third(y), third(x));
    this.root.dataset.class = String(answer.class);
    $(".title").textContent = TEXT.evidence.for(label);
    $(".nothing").hidden = !heat.empty;
    $(".nothing").textContent = heat.empty ? TEXT.noEvidence.for(label) : "";
    this.canvas.setAttribute("aria-label", TEXT.picture(TEXT.evidence.for(label), words));
    $(".honest").textContent = TEXT.camera.honest(TEXT.method.title(answer.method), answer.layer);
    /** @type {HTMLButtonElement} */ ($(".freeze")).disabled = false;
    this.list(answer);
  }

  /** What the map on show is of. @param {FrameAnswer} answer */
  titleOf(answer) {
    const { findings, number = 0, top, class: index } = answer;
    const label = findings ? findings[number].label : top.find(([one]) => one === index)?.[1];
    const name = this.nameOf(index, label ?? this.pinned?.label ?? TEXT.unnamed(index));
    return findings?.[number].box ? FOUND.box(name, findings[number].probability, number + 1) : name;
  }

  /** Nothing was found in a frame. @param {FrameAnswer} answer */
  describeNothing(answer) {
    const words = FOUND.none(LEAST);
    this.root.dataset.class = "";
    this.$(".title").textContent = TEXT.camera.title;
    this.$(".nothing").hidden = false;
    this.$(".nothing").textContent = words;
    this.canvas.setAttribute("aria-label", words);
    /** @type {HTMLButtonElement} */ (this.$(".freeze")).disabled = false;
    this.list(answer);
  }

  /** A class of the model on show in the page's language. @param {number} index @param {string} label */
  nameOf(index, label) {
    return nameAmong(store.state, this.shown?.answer.labels, index, label);
  }

  /** @param {FrameAnswer} answer */
  list(answer) {
    const { pinned } = this;
    write(this.$(".side h3"), answer.findings ? FOUND.title : TEXT.predictions);
    if (answer.findings)
      return this.fill(
        rowsOf(answer, ({ index, label }) => this.nameOf(index, label)),
        answer.number ?? -1,
      );
    const top = [...answer.top];
    if (pinned && answer.class === pinned.index && !top.some(([index]) => index === pinned.index))
      top.push([pinned.index, pinned.label, answer.probability]);
    const entries = top.map(([index, label, share]) => {
      return { index, label, name: this.nameOf(index, label), share, width: share };
    });
    this.fill(entries, pinned?.index ?? answer.class);
  }

  /** @param {Entry[]} entries @param {number} chosen */
  fill(entries, chosen) {
    this.rows.forEach((row, i) => {
      row.item.hidden = !entries[i];
      row.fill(entries[i] ?? null);
      row.press(entries[i]?.index === chosen);
    });
  }

  /** @param {Entry | null} entry */
  pin(entry) {
    if (entry && this.shown?.answer.findings) return this.pinFound(entry.index);
    this.aimAt(
      entry && entry.index !== this.pinned?.index
        ? { index: entry.index, label: entry.label ?? entry.name, box: null }
        : null,
    );
  }

  /** Follow a finding of the frame on show; the one that is followed already is let go. @param {number} number */
  pinFound(number) {
    const { answer } = /** @type {Shown} */ (this.shown);
    const found = answer.findings?.[number];
    if (!found) return; // its row was of an earlier frame
    const again = this.pinned && !this.lost && number === answer.number;
    this.aimAt(again ? null : { index: found.index, label: found.label, box: partsOf(answer, number) });
  }

  /** A click into a box follows what is in it. @param {MouseEvent} event */
  pinAt({ clientX, clientY }) {
    if (!this.shown || !this.marks.checked) return;
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const [x, y] = [(clientX - left) / width, (clientY - top) / height];
    const number = findingAt(this.shown.answer, this.mirror.checked, x, y);
    if (number !== null) this.pinFound(number);
  }

  /** @param {LiveView["pinned"]} aim */
  aimAt(aim) {
    this.pinned = aim;
    this.lost = false;
    this.scale = { value: 0, time: 0 };
    this.rule();
    if (this.shown) this.list(this.shown.answer);
  }

  rule() {
    const { pinned, lost, shown } = this;
    const name = pinned ? this.nameOf(pinned.index, pinned.label) : "";
    const usual = shown?.answer.findings ? FOUND.follow : TEXT.camera.follow;
    const followed = shown?.answer.findings ? FOUND.followed(name) : TEXT.camera.pin(name);
    write(this.$(".follow"), pinned ? (lost ? FOUND.lost(name) : followed) : usual);
    write(this.$(".unpin"), shown?.answer.findings ? FOUND.unpin : TEXT.camera.unpin);
    this.$(".unpin").hidden = !this.pinned;
  }

  rate() {
    const { painted } = this;
    return painted.length > 1 ? (1000 * (painted.length - 1)) / (painted[painted.length - 1].at - painted[0].at) : 0;
  }

  latency() {
    const times = this.painted.map((one) => one.took).sort((a, b) => a - b);
    return times.length ? times[times.length >> 1] / 1000 : 0;
  }

  /** @param {number} now */
  figures(now) {
    this.told = now;
    const words = this.rate() ? [TEXT.camera.rate(this.rate())] : [];
    this.$(".facts").textContent = [...words, TEXT.camera.delay(this.latency())].join(" · ");
  }

  /** Hand the frame on show over to the other tab. */
  async freeze() {
    if (!this.shown) return;
    const { canvas } = this.shown;
    this.camera.stop(own("camera.idle"));
    sendPhoto([await photoFrom(canvas)]);
    /** @type {HTMLElement | null} */
    const tab = document.querySelector("#cam-tab-explore-button");
    tab?.click();
    tab?.focus();
  }

  /** The other tab may have fetched models since this one was in sight. */
  async refresh() {
    const models = await call("models_here", {}).catch(() => null);
    if (Array.isArray(models) && models.length) listModels(this.model, models);
  }
}
