// The camera. Runs once per page with: element, read, server (see component.py), after the scripts that hold the words and
// the arithmetic of the picture.
//
// One frame is on its way at a time. Its picture is kept until the answer is there and drawn with its own map, so the
// map never lies on another frame; what the camera sees meanwhile is dropped, and the newest frame goes next.
//
// For tests the root has data-state ("off", "asking", "on"), data-frames (how many were explained) and data-class, and
// `cam`: rate() in frames per second, latency() in seconds, scale() of the colours.

import { dress, reader } from "../dom.js";
import { decodeColormaps, floatsOf } from "../protocol.js";
import { TEXT, duration, percent } from "../words.js";
import { heatOf, paintHeat, summary } from "../picture/heat.js";

export async function mount({ element, props, trigger, server, upload, watch }) {
const read = reader(props);
await dress(element, "live", import.meta.url);
const ROWS = 6; // the five predictions, and the pinned class where it is not among them
const SENT = 320; // pixels of the longer side that the server gets
const DRAWN = 960; // pixels of the longer side that are painted
const MEMORY = 3; // seconds in which the colours' scale falls to 1/e
const SPAN = 3000; // ms over which the rate is counted
const RETRIES = 5;

const $ = (selector) => element.querySelector(selector);
const root = $(".live");
const video = $("video");
const canvas = $("canvas");
const ctx = canvas.getContext("2d", { willReadFrequently: true });
const small = document.createElement("canvas");
const lut = decodeColormaps(read("colormaps")).values().next().value;

let stream = null;
let run = null; // the loop that may go on; a loop that is not it ends
let asked = false; // whether a request is out: one at a time, also when the camera is stopped and started meanwhile
let pinned = null; // {index, label}
let shown = null; // the frame on show: {canvas, heat, answer}
let arrived = false; // whether the camera has a frame that was not sent
let wake = () => {}; // what waits for one
const free = []; // canvases for frames
let scale = { value: 0, time: 0 };
let painted = []; // when the frames of the last seconds were painted, and how long each took: {at, took}
let told = 0; // when the figures were written last

// ---- words ----

const SAY = {
  insecure: "The browser gives the camera only to pages that come by https or from this machine (localhost).",
  NotAllowedError: "The camera was not allowed. Allow it in the browser's site settings, then start it again.",
  NotFoundError: "No camera was found. Connect one, then start it again.",
  NotReadableError: "The camera cannot be read. Close other programs that use it, then start it again.",
  other: "The camera could not be opened. Check it in the browser's settings, then start it again.",
  asking: "Allow the camera in the browser.",
  waiting: "Waiting for the first answer …",
  lost: "The camera was disconnected.",
  stopped: "The camera is off.",
  idle: "Frames go to this page's server, are explained there and not kept.",
  retry: "No answer from the server. Trying again …",
  silent: "The server does not answer. Check the connection, then start the camera again.",
  follow: "The picture follows the top class. Click a prediction to pin it.",
  pin: (label) => `Pinned: ${label}.`,
  honest: (method, layer) => `${method} at ${layer}. Full colour is the strongest evidence of the last seconds, so that the colours `
    + "keep steady from frame to frame. The map does not prove why.",
};

const say = (text) => { $(".status").textContent = text; };

function show(state) {
  root.dataset.state = state;
  const on = state !== "off";
  $(".start").textContent = on ? "Stop camera" : "Start camera";
  $(".start").className = on ? "plain start" : "primary start";
  video.hidden = !on;
}

// ---- the camera ----

async function start() {
  stop();
  if (!navigator.mediaDevices?.getUserMedia) return say(SAY.insecure);
  const mine = (run = {});
  show("asking");
  say(SAY.asking);
  let opened;
  try {
    opened = await navigator.mediaDevices.getUserMedia({ video: wanted(), audio: false });
  } catch (error) {
    if (run === mine) stop(SAY[error.name] ?? SAY.other);
    return;
  }
  if (run !== mine) return opened.getTracks().forEach((track) => track.stop());
  stream = opened;
  stream.getVideoTracks()[0].addEventListener("ended", () => { if (run === mine) stop(SAY.lost); });
  video.srcObject = stream;
  await video.play().catch(() => {});
  if (run !== mine) return;
  listCameras();
  show("on");
  say(SAY.waiting);
  scale = { value: 0, time: 0 };
  painted = [];
  follow(mine);
  loop(mine);
}

function wanted() {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  const device = $("#cam-live-device").value;
  return device ? { ...size, deviceId: { exact: device } } : { ...size, facingMode: "environment" };
}

// The camera's light goes out; a request that is out is answered to nobody.
function stop(words = "") {
  run = null;
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  video.srcObject = null;
  show("off");
  say(words);
}

async function listCameras() {
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
  $(".device").hidden = devices.length < 2;
  if (devices.length < 2) return;
  const options = devices.map((one, i) => new Option(one.label || `Camera ${i + 1}`, one.deviceId));
  $("#cam-live-device").replaceChildren(...options);
  const used = stream?.getVideoTracks()[0].getSettings().deviceId;
  if (used) $("#cam-live-device").value = used;
}

// ---- frames ----

const rest = (ms) => new Promise((done) => setTimeout(done, ms));

// `arrived` is true once the camera has a frame that was not sent; a page in the background gets none and asks for nothing.
function follow(mine) {
  if (run !== mine) return;
  arrived = true;
  wake();
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => follow(mine));
  else requestAnimationFrame(() => follow(mine));
}

const frame = () => new Promise((done) => {
  wake = done;
  if (arrived) done();
  else setTimeout(() => document.hidden || done(), 500); // some browsers do not report frames of a video out of sight
});

// An answer is painted while the server works on the next frame, or while there is none.
async function loop(mine) {
  let failures = 0;
  let answered = null;
  while (run === mine) {
    if (answered && !arrived) answered = take(answered);
    await frame();
    if (run !== mine) return;
    if (asked || !video.videoWidth) {
      await rest(10);
      continue;
    }
    const sent = send();
    if (answered) answered = take(answered);
    const answer = await sent.answer;
    if (run !== mine) return;
    failures = answer ? 0 : failures + 1;
    if (answer?.error) return stop(answer.error);
    if (failures >= RETRIES) return stop(SAY.silent);
    if (answer) answered = { ...sent, answer };
    else {
      free.push(sent.canvas);
      say(SAY.retry);
      await rest(1000);
    }
  }
}

// Send the camera's picture as it is now: kept at full size, sent as a small JPEG.
function send() {
  const began = performance.now();
  const full = free.pop() ?? document.createElement("canvas");
  [full.width, full.height] = [video.videoWidth, video.videoHeight];
  full.getContext("2d").drawImage(video, 0, 0);
  const part = Math.min(1, SENT / Math.max(full.width, full.height));
  [small.width, small.height] = [full.width, full.height].map((side) => Math.max(8, Math.round(side * part)));
  const context = small.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(full, 0, 0, small.width, small.height);
  const wish = wishes();
  arrived = false;
  asked = true;
  const answer = server.explain_frame({ frame: small.toDataURL("image/jpeg", 0.85).split(",")[1], ...wish })
    .catch(() => null).finally(() => { asked = false; });
  return { canvas: full, began, wish, answer };
}

const wishes = () => ({ model: $("#cam-live-model").value, class: pinned?.index ?? null });

// Show a frame with its own map, unless another class or model was chosen meanwhile.
function take({ canvas: full, began, wish, answer }) {
  if (JSON.stringify(wish) !== JSON.stringify(wishes())) {
    free.push(full);
    return null;
  }
  const [h, w] = answer.shape;
  const [W, H] = answer.input;
  const heat = heatOf(floatsOf(answer.map), h, w, H, W);
  steady(heat);
  if (shown) free.push(shown.canvas);
  shown = { canvas: full, heat, answer };
  if ($(".status").textContent !== SAY.idle) say(SAY.idle);
  paint();
  describe();
  const now = performance.now();
  painted.push({ at: now, took: now - began });
  painted = painted.filter((one) => now - one.at <= SPAN);
  root.dataset.frames = Number(root.dataset.frames) + 1;
  if (now - told > 500) figures(now);
  return null;
}

// The heat of a frame reaches from 0 to its own range; here it is measured with a scale that rises at once and falls slowly.
function steady(heat) {
  const now = performance.now() / 1000;
  const range = heat.high - heat.low;
  scale = { value: Math.max(range, scale.value * Math.exp((scale.time - now) / MEMORY)), time: now };
  const gain = scale.value > 0 ? range / scale.value : 0;
  for (let i = 0; i < heat.values.length; i++) heat.values[i] *= gain;
}

// ---- showing ----

function paint() {
  const { canvas: frame, heat } = shown;
  const part = Math.min(1, DRAWN / Math.max(frame.width, frame.height));
  const [width, height] = [frame.width, frame.height].map((side) => Math.round(side * part));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  ctx.drawImage(frame, 0, 0, width, height);
  if (!heat.empty) {
    const image = ctx.getImageData(0, 0, width, height);
    const place = { sx: width / heat.W, sy: height / heat.H, tx: 0, ty: 0 };
    const look = { lut, opacity: Number($("#cam-live-opacity").value), hide: 0 };
    paintHeat(image.data, width, heat, [0, 0, heat.W, heat.H], place, [0, 0, width, height], look);
    ctx.putImageData(image, 0, 0);
  }
  canvas.hidden = false;
  $(".empty").hidden = true;
}

const third = (at) => (at < 0.4 ? 0 : at > 0.6 ? 2 : 1); // a narrow middle, as in the Explorer

function describe() {
  const { heat, answer } = shown;
  const label = nameOf(answer);
  const size = [shown.canvas.width, shown.canvas.height];
  const whole = { source: [0, 0, ...size], content: [0, 0, heat.W, heat.H] };
  const { x, y } = summary(heat, whole, size);
  const words = heat.empty ? TEXT.nothing : TEXT.strongest(third(y), third(x));
  root.dataset.class = answer.class;
  $(".title").textContent = TEXT.evidence.for(label);
  $(".nothing").hidden = !heat.empty;
  $(".nothing").textContent = heat.empty ? TEXT.noEvidence.for(label) : "";
  canvas.setAttribute("aria-label", TEXT.picture(TEXT.evidence.for(label), words));
  $(".honest").textContent = SAY.honest(read("method"), answer.layer);
  $(".freeze").disabled = false;
  list();
}

const nameOf = (answer) => answer.top.find(([index]) => index === answer.class)?.[1] ?? pinned?.label ?? `class ${answer.class}`;

const rows = Array.from({ length: ROWS }, () => {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const [name, share, bar] = ["span", "span", "i"].map((tag) => document.createElement(tag));
  let aimed = null; // what stood in the row when it was pressed: the next frame may put something else there
  button.type = "button";
  bar.setAttribute("aria-hidden", "true");
  button.append(name, share, bar);
  button.onpointerdown = () => { aimed = button.entry; };
  button.onclick = (event) => {
    pin(event.detail && aimed ? aimed : button.entry);
    aimed = null;
  };
  item.append(button);
  item.hidden = true;
  return { item, button, name, share, bar };
});
$(".list").append(...rows.map((row) => row.item));

function list() {
  const { answer } = shown;
  const entries = answer.top.map(([index, label, probability]) => ({ index, label, probability }));
  if (pinned && answer.class === pinned.index && !entries.some(({ index }) => index === pinned.index))
    entries.push({ ...pinned, probability: answer.probability });
  rows.forEach((row, i) => {
    const entry = entries[i];
    row.item.hidden = !entry;
    if (!entry) return;
    row.button.entry = entry;
    row.name.textContent = row.name.title = entry.label;
    row.share.textContent = percent(entry.probability);
    row.bar.style.width = `${Math.max(1, 100 * entry.probability)}%`;
    row.button.setAttribute("aria-pressed", String(entry.index === (pinned?.index ?? answer.class)));
  });
}

function pin(entry) {
  pinned = entry && entry.index !== pinned?.index ? { index: entry.index, label: entry.label } : null;
  scale = { value: 0, time: 0 };
  rule();
  if (shown) list();
}

function rule() {
  $(".follow").textContent = pinned ? SAY.pin(pinned.label) : SAY.follow;
  $(".unpin").hidden = !pinned;
}

const rate = () => (painted.length > 1 ? (1000 * (painted.length - 1)) / (painted[painted.length - 1].at - painted[0].at) : 0);
const latency = () => {
  const times = painted.map((one) => one.took).sort((a, b) => a - b);
  return times.length ? times[times.length >> 1] / 1000 : 0;
};

function figures(now) {
  told = now;
  const words = rate() ? [`${rate().toFixed(1)} frames/s`] : [];
  $(".facts").textContent = [...words, `${duration(latency())} delay`].join(" · ");
}

// ---- handing over ----

function freeze() {
  const { canvas: frame } = shown;
  stop(SAY.idle);
  frame.toBlob((blob) => {
    const file = new File([blob], "camera.jpg", { type: "image/jpeg" });
    document.dispatchEvent(new CustomEvent("cam-photo", { detail: { file } }));
    const tab = document.querySelector("#cam-tab-explore-button");
    tab?.click();
    tab?.focus();
  }, "image/jpeg", 0.92);
}

// ---- models ----

function listModels(models) {
  const select = $("#cam-live-model");
  const chosen = select.value;
  select.replaceChildren(...models.map((model) => new Option(model.title, model.name)));
  if (models.some((model) => model.name === chosen)) select.value = chosen;
}

// The other tab may have fetched models since this one was in sight.
async function refresh() {
  const models = await server.models_here({}).catch(() => null);
  if (Array.isArray(models) && models.length) listModels(models);
}

// ---- start ----

listModels(read("models"));
$(".start").onclick = () => (run ? stop(SAY.stopped) : start());
$(".freeze").onclick = freeze;
$(".unpin").onclick = () => {
  pin(null);
  rows[0].button.focus();
};
$(".mirror").onchange = (event) => root.classList.toggle("mirrored", event.target.checked);
$("#cam-live-opacity").oninput = () => { if (shown) paint(); };
$("#cam-live-model").onchange = () => {
  pin(null);
  if (run) say(SAY.waiting);
};
$("#cam-live-device").onchange = () => { if (run) start(); };
root.cam = { rate, latency, scale: () => scale.value };
let seen = false;
new ResizeObserver(() => {
  if (seen === Boolean(root.offsetParent)) return;
  seen = !seen;
  if (seen) refresh();
  else if (run) stop(SAY.stopped); // the tab was left
}).observe(root);
window.addEventListener("pagehide", () => stop());
rule();
say(SAY.idle);

}
