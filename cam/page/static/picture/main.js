// The component: keeps what the server sent and what the person wants apart, and brings them together.
// Knows the properties (see Explorer in __init__.py), the rules of stale and missing answers, and the words around the picture.
//
// For tests the root element (.cx-root) has data-drawn (number of drawings), data-seq (of the value on show), data-class (the
// class that is wanted), data-shown (the class that is drawn), data-state ("empty", "computing", "improving" or "ready") and
// `cam`: heat() is a copy of the heat at the model's input size, ms() what the last drawing took, early() whether it was made
// ahead of its frame.

import { dress, reader } from "../dom.js";
import { decodeClasses, decodeColormaps, decodeColours, decodeMap, decodeRanking, localMap, negativeShare } from "../protocol.js";
import { TEXT, duration, percent, quantity, write } from "../words.js";
import { makePanel } from "../predictions/panel.js";
import { makeSearch } from "../predictions/search.js";
import { makeGestures } from "./gestures.js";
import { heatOf, summary } from "./heat.js";
import { afterPaint, makeStage } from "./stage.js";
import { makeStrip } from "./strip.js";

export async function mount({ element, props, trigger, server, upload, watch }) {
const read = reader(props);
await dress(element, "picture", import.meta.url);
const PATIENCE = 3000; // ms after which a further wish is sent although the answer to the last one is missing
const REST = 100; // ms
const root = element.querySelector(".cx-root");
const part = {};
for (const node of root.querySelectorAll("[data-part]")) part[node.dataset.part] = node;

const stage = makeStage(part, root);
makeGestures(part, root, stage);
const panel = makePanel(part, choose);
const search = makeSearch(part, panel, choose);
const strip = makeStrip(part, stage, server, chooseLayer);

let labels = [];
let colormaps = new Map();
let evidence = "for"; // what the person wants to see of a map that has a sign
let photo = null; // the last decoded photo {id, origin, url, size, view, image}
let photoSeq = -Infinity; // of the latest photo; an older one that comes late is not taken
let opening = ""; // URL or id of the photo that is being decoded
let sent = null; // the photo that this page sent last: {upload, pixels: promise of {image, size}}
let received = -Infinity; // highest seq so far
let last = null; // the last value taken
let pending = null; // the value that waits for its photo or ranking
let value = null; // the value on show
let classes = null;
let wanted = -1; // the class that the person wants
let own = false; // whether the person chose it since the server last agreed
let asked = null; // the request that is out: {index, key, time}
let shown = null; // what is drawn: {index, value, photo, local, evidence, heat, negative, facts, other}
let stopping = null; // seq of the computation that was told to stop
let patience = 0; // timer of a request
let legend = null; // the colours of the bar
let telling = 0; // timer of the event that tells the page

// ---- receiving ----

function receive() {
  const list = read("labels") ?? [];
  if (labels !== list) {
    labels = list;
    search.setLabels(labels);
    if (value) panel.setClasses(labels, currentRanking());
  }
  receiveColormaps();
  classes = decodeClasses(read("classes"));
  receivePhoto();
  const next = read("value");
  if (next && next.seq >= received && next !== last) {
    received = next.seq;
    last = next;
    if (next.map) pending = next;
    report(next);
  }
  settle();
}

function receiveColormaps() {
  stage.look.signedLut = decodeColours(read("signed_colours"));
  const found = decodeColormaps(read("colormaps"));
  if (colormaps === found) return;
  colormaps = found;
  part.colours.replaceChildren(...[...colormaps.keys()].map((name) => {
    const option = document.createElement("option");
    option.value = name;
    option.textContent = name.charAt(0).toUpperCase() + name.slice(1);
    return option;
  }));
  setColours();
}

// A photo is used once it is decoded; the same pixels with another view (same URL, or same id and none) need no decoding.
function receivePhoto() {
  const next = read("photo");
  if (!next || next.seq < photoSeq) return;
  photoSeq = next.seq ?? photoSeq;
  const view = { source: next.view.source, content: next.view.content.map(Math.round), input: next.view.input };
  const facts = { id: next.id, origin: next.origin, size: next.size, view };
  if (photo && (next.url ? photo.url === next.url : photo.id === next.id)) {
    const { id, origin, size, view: before } = photo;
    if (JSON.stringify(facts) !== JSON.stringify({ id, origin, size, view: before })) photo = { ...photo, ...facts };
    return;
  }
  const source = next.url || next.id;
  if (opening === source) return;
  opening = source;
  (next.url ? decoded(next.url) : ownPixels(next)).then((image) => {
    if (opening !== source) return;
    photo = { ...facts, url: next.url, image };
    opening = "";
    receive();
  }, () => {
    if (opening !== source) return;
    opening = "";
    if (!next.url) root.dispatchEvent(new CustomEvent("cam-lost", { bubbles: true })); // then it comes with one
  });
}

async function decoded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

// The pixels of the photo that this page sent, if they are as the server saw them: upright, of the same size.
async function ownPixels({ origin, size }) {
  if (!sent || sent.upload !== origin.upload) throw new Error("The photo is not here.");
  const { image, size: found } = await sent.pixels;
  if (found.join() !== size.join()) throw new Error("The photo has another size here.");
  return image;
}

const currentRanking = () => decodeRanking(read("ranking"));

// Take the pending value as soon as its photo and its ranking are here.
function settle() {
  const ranking = currentRanking();
  if (pending && photo && !opening && photo.id === pending.photo_id && (!ranking || ranking.photoId === pending.photo_id)) {
    const next = pending;
    pending = null;
    const newPhoto = !value || value.photo_id !== next.photo_id;
    value = next;
    root.dataset.seq = value.seq;
    agree(newPhoto);
    panel.setClasses(labels, ranking);
    if (stage.photo !== photo) stage.setPhoto(photo);
    panel.setChosen(wanted);
  }
  showWanted();
}

// Decide which class is wanted now that a value came.
function agree(newPhoto) {
  if (newPhoto) {
    clearTimeout(telling);
    telling = 0;
  }
  const answered = asked && value.class === asked.index;
  const failed = asked && !answered && value.message;
  if (newPhoto || failed) wanted = value.class;
  if (newPhoto || failed || answered || (asked && asked.key !== value.key)) asked = null;
  if (wanted === value.class) own = false;
  if ((!own && !asked) || wanted >= Math.max(labels.length, 1)) wanted = value.class;
}

function showStop() {
  const on = stopping === received;
  part.stop.setAttribute("aria-disabled", String(on));
  part.stop.textContent = on ? TEXT.stopping : TEXT.stop;
}

// The sentence and the progress that a value carries, with or without a map.
function report(next) {
  part.status.textContent = next.message || "";
  if (!next.map && next.message && !(next.share < 1) && asked) {
    asked = null;
    if (shown) wanted = shown.index;
    own = false;
    panel.setChosen(wanted);
  }
  const working = next.share < 1;
  if (!working && document.activeElement === part.stop) part.canvas.focus({ preventScroll: true });
  if (!working) stopping = null;
  showStop();
  part.work.hidden = !working;
  part.progress.value = working ? 100 * next.share : 100;
  part.share.textContent = working ? TEXT.computingShare(next.share) : "";
}

// ---- choosing ----

const finer = () => value.at.detail !== 1; // the network got a larger picture than its own size
const hasMap = (index) => value.class === index || value.class_blind || (hasClasses() && classes.placeOf.has(index));
const hasClasses = () => Boolean(classes) && classes.key === value.key;

function choose(index) {
  if (!value || index === wanted || !(index >= 0)) return;
  wanted = index;
  own = true;
  part.status.textContent = "";
  panel.setChosen(wanted);
  clearTimeout(telling);
  telling = hasMap(index) ? setTimeout(tell, REST, true) : 0;
  showWanted();
}

// The rest of the page learns by a DOM event which class is wanted: before a request for it goes out, or, when its map is
// here, once the person rests on it or turns to something else.
function tell(local) {
  clearTimeout(telling);
  telling = 0;
  root.dispatchEvent(new CustomEvent("cam-class", { bubbles: true, detail: { index: wanted, local } }));
}
// A layer is chosen in the left column, which asks for it.
function chooseLayer(name) {
  root.dispatchEvent(new CustomEvent("cam-layer", { bubbles: true, detail: { name } }));
}
root.addEventListener("focusout", () => { if (telling) tell(true); });

// Draw the wanted class if its map is here, else ask for it and draw what there is; one request at a time, the last wish wins.
function showWanted() {
  if (!value) return title();
  if (hasMap(wanted)) {
    asked = null;
    clearTimeout(patience);
    drawClass(wanted);
  } else {
    if (!asked || performance.now() - asked.time > PATIENCE) ask();
    if (shown.value !== value) drawClass(value.class);
  }
  title();
}

function ask() {
  const index = wanted;
  asked = { index, key: value.key, time: performance.now() };
  tell(false);
  trigger("select", { index, value: panel.nameOf(index), selected: true });
  clearTimeout(patience);
  patience = setTimeout(() => {
    if (asked && part.work.hidden) part.status.textContent = TEXT.noAnswer;
  }, 20000);
}

function drawClass(index) {
  const local = value.class !== index && !value.class_blind;
  const seen = value.signed ? evidence : "for";
  const same = shown && shown.value === value && shown.photo === stage.photo && shown.local === local && shown.evidence === seen;
  if (!same || (local && shown.index !== index)) {
    const [h, w] = value.shape;
    const place = local ? classes.placeOf.get(index) : 0;
    const raw = local ? localMap(classes, place, h, w) : decodeMap(value.map);
    const { view, size } = stage.photo;
    const [W, H] = view.input;
    const heat = heatOf(raw, h, w, H, W, seen);
    const negative = negativeShare(raw);
    const facts = summary(heat, view, size);
    const other = heat.signed ? summary(heat, view, size, -1) : null;
    shown = { value, photo: stage.photo, local, evidence: seen, heat, negative, facts, other };
    stage.setHeat(heat);
    setLegend();
  }
  shown.index = index;
  describe();
}

// ---- controls ----

function setColours() {
  stage.setLook({ lut: colormaps.get(part.colours.value) || null });
  setLegend();
}

// The bar under the picture: the colormap, or from all against to all for, as strong as they are painted.
function setLegend() {
  const signed = Boolean(shown && shown.heat.signed);
  const lut = signed ? stage.look.signedLut : stage.look.lut;
  if (!lut || lut === legend) return;
  legend = lut;
  const stops = Array.from({ length: 33 }, (_, i) => {
    const at = 3 * Math.round((i * 255) / 32);
    const strength = Math.abs(i / 16 - 1);
    const cover = signed ? 100 * strength * (2 - strength) : 100;
    return `rgb(${[...lut.subarray(at, at + 3)].join(" ")} / ${cover}%)`;
  });
  part.bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  part.bar.classList.toggle("cx-signed", signed);
  part.colours.disabled = signed;
}

function setEvidence(chosen) {
  evidence = chosen;
  showWanted();
}

function showEvidence() {
  const seen = value && value.signed ? evidence : "for";
  for (const button of part.evidence.children) {
    const off = Boolean(value) && !value.signed && button.value !== "for";
    button.setAttribute("aria-pressed", String(button.value === seen));
    button.setAttribute("aria-disabled", String(off));
    button.title = off ? TEXT.unsigned(value.method) : "";
  }
}

function setOpacity() {
  const opacity = Number(part.opacity.value);
  part.opacity.style.setProperty("--cx-fill", `${100 * opacity}%`);
  part.opacityName.textContent = TEXT.opacity(opacity);
  stage.setLook({ opacity });
}

function setHide() {
  const hide = Number(part.hide.value);
  part.hide.style.setProperty("--cx-fill", `${100 * hide / Number(part.hide.max)}%`);
  part.hideName.textContent = TEXT.hide(hide);
  part.cut.style.width = `${100 * hide}%`;
  stage.setLook({ hide });
}

async function save() {
  if (!stage.photo || !shown) return;
  const sign = shown.evidence === "for" ? "" : shown.evidence;
  const words = [value.class_blind ? "" : panel.nameOf(shown.index), sign, value.contrast ? "contrast" : "", value.method, value.combination, value.layer, finer() ? `${value.at.detail}x` : ""];
  const name = `${words.join(" ").normalize("NFKD").replace(/[^A-Za-z0-9.]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "map"}.png`;
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await stage.toBlob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    part.spoken.textContent = TEXT.saved(name);
    part.save.lastElementChild.textContent = TEXT.savedShort;
    setTimeout(() => { part.save.lastElementChild.textContent = TEXT.save; }, 2000);
  } catch {
    part.status.textContent = TEXT.notSaved;
  }
}

const setLevels = () => stage.setLook({ levels: part.levels.value.split(" ").map(Number) });

part.colours.addEventListener("change", setColours);
part.opacity.addEventListener("input", setOpacity);
part.hide.addEventListener("input", setHide);
part.levels.addEventListener("change", () => {
  setLevels();
  stage.setLook({ contours: true });
});
part.evidence.addEventListener("click", ({ target }) => {
  if (target.value && target.getAttribute("aria-disabled") !== "true") setEvidence(target.value);
});
part.contours.addEventListener("click", () => stage.setLook({ contours: !stage.look.contours }));
part.save.addEventListener("click", save);
part.stop.addEventListener("click", () => {
  if (stopping === received) return;
  stopping = received;
  showStop();
  trigger("stop", {});
});

document.addEventListener("cam-own", ({ detail }) => {
  sent = detail;
  detail.pixels.then((found) => afterPaint(() => stage.prepare(found)), () => {});
});
// Whoever acts waits for the picture, not for the strip.
document.addEventListener("cam-busy", strip.giveWay);

// ---- start ----

part.help.id = `cx${Math.random().toString(36).slice(2, 9)}-help`;
part.canvas.setAttribute("aria-describedby", part.help.id);
part.tiles.setAttribute("aria-label", part.stripName.textContent);
part.canvas.setAttribute("aria-label", TEXT.noPicture);
part.placeholder.textContent = TEXT.noPicture;
root.cam = { heat: () => (stage.heat ? stage.heat.values.slice() : null), ms: () => stage.cost, early: () => stage.early };
const afterDraw = stage.onDraw;
stage.onDraw = () => {
  root.dataset.drawn = Number(root.dataset.drawn) + 1;
  afterDraw();
  strip.paint();
};
if (read("strip")) strip.take(read("strip"));
[setOpacity, setHide, setLevels].forEach((set) => set());
stage.measure();
watch(["value", "photo", "ranking", "labels", "classes", "colormaps", "signed_colours"], receive);
receive();

function title() {
  const state = !value ? "empty" : shown.index !== wanted ? "computing" : value.share < 1 ? "improving" : "ready";
  root.dataset.state = state;
  root.dataset.class = wanted;
  root.dataset.shown = shown ? shown.index : -1;
  showEvidence();
  part.placeholder.hidden = Boolean(value);
  part.centre.classList.toggle("cx-computing", state === "computing");
  if (!value) return;
  const rank = panel.rankOf(wanted);
  const time = state === "computing" ? TEXT.computing : shown.local ? TEXT.instant : duration(value.seconds);
  const facts = [percent(panel.shareOf(wanted)), rank && TEXT.rank(rank, panel.count()), value.combination, value.effort, finer() && TEXT.detail(value.at.detail), time];
  write(part.title, heading(wanted));
  write(part.facts, (value.class_blind ? [panel.nameOf(wanted), ...facts] : facts).filter(Boolean).join(" · "));
  note(state);
  strip.show(value, wanted, state, value.signed ? evidence : "for");
}

function heading(index) {
  if (value.class_blind) return TEXT.activity;
  return (value.contrast ? TEXT.contrast : TEXT.evidence)[value.signed ? evidence : "for"](panel.nameOf(index));
}

function note(state) {
  let words = "";
  if (state === "computing") words = TEXT.still(panel.nameOf(shown.index));
  else if (shown.heat.flat) words = TEXT.flat;
  else if (shown.heat.empty) words = value.class_blind ? TEXT.noActivity : TEXT.noEvidence[shown.evidence](panel.nameOf(wanted));
  write(part.note, words);
  part.note.hidden = !words;
}

// The legend, the honest sentence and the card in words; the same words are the picture's alternative text.
function describe() {
  const { heat, index } = shown;
  write(part.least, heat.signed ? TEXT.end(-heat.high) : heat.empty ? "0" : quantity(heat.low));
  write(part.most, heat.signed ? TEXT.end(heat.high) : TEXT.maximum(heat.peak, value.unit));
  write(part.honest, value.class_blind ? TEXT.honestBlind : TEXT.honest);
  part.blind.hidden = !value.class_blind;
  write(part.blind, value.class_blind ? TEXT.sameForAll(value.method) : "");
  const words = heat.signed && !heat.empty ? wordsOfBoth() : wordsOfOne();
  if (value.contrast) words.unshift(TEXT.others(panel.nearest(index, 3).map(panel.nameOf)));
  if (finer()) words.push(TEXT.finer(value.at.detail, stage.photo.view.input));
  if (value.effort && value.correlation) words.push(TEXT.approximate(...value.correlation));
  if (shown.facts.seen < 0.995) words.push(TEXT.seen(shown.facts.seen));
  const items = part.glance.children;
  while (items.length > words.length) items[words.length].remove();
  while (items.length < words.length) part.glance.append(document.createElement("li"));
  words.forEach((sentence, i) => write(items[i], sentence));
  part.canvas.setAttribute("aria-label", TEXT.picture(heading(index), words.join(" ")));
}

const third = (at) => (at < 0.4 ? 0 : at > 0.6 ? 2 : 1); // a narrow middle: what is called the centre is there

function wordsOfOne() {
  const { heat, facts, negative, evidence: seen } = shown;
  const cut = seen === "against" ? 1 - negative : negative;
  const words = heat.flat ? [TEXT.flat] : heat.empty ? [TEXT.nothing]
    : [TEXT.strongest(third(facts.y), third(facts.x)), TEXT.aboveHalf(facts.above)];
  if (seen !== "both") words.push(cut > 0 ? TEXT.cut[seen](cut) : TEXT.nothingCut[seen]);
  if (!heat.empty && heat.low > 0.05 * heat.high) words.push(TEXT.floor(heat.low / heat.high));
  return words;
}

function wordsOfBoth() {
  const { facts, other, negative } = shown;
  return [
    facts.best > 0 ? TEXT.strongestFor(third(facts.y), third(facts.x)) : TEXT.nothingFor,
    other.best > 0 ? TEXT.strongestAgainst(third(other.y), third(other.x)) : TEXT.nothingAgainst,
    TEXT.balance(negative),
  ];
}

}
