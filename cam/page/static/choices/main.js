// The left column. Runs once per page with: element, props, read, trigger, upload, watch (see component.py).
// Every action gets a rising ticket. The page shows an answer only if no later one was shown before.

import { dress, reader } from "../dom.js";

export async function mount({ element, props, trigger, server, upload, watch }) {
const read = reader(props);
await dress(element, "choices", import.meta.url);
const surveys = new Map();  // by model, what each detail means for it; null while that is being asked
const AGAIN = 2000;         // ms until what came while too many waited is asked again
const [SHOWN, THUMB] = [1600, 400]; // pixels of a photo's longer side in the picture and in the left column
const $ = (selector) => element.querySelector(selector);
const visible = () => element.offsetParent !== null;
const clock = () => Math.round((performance.timeOrigin + performance.now()) * 1000);
const sizes = (shape) => shape.join("\u202f×\u202f");

const [examples, models, methods, combinations, fits] = ["examples", "models", "methods", "combinations", "fits"].map(read);
const details = read("details");

let good = read("answer");                 // the last answer that came with a picture
let want = { ...good.state };              // what the controls say
let asked = 0;                             // ticket of the last action
let taken = 0;                             // ticket of the last answer that was shown
let sent = 0;                              // counts files that were sent
let sending = false;                       // whether the last one is on its way
let own = null;                            // the last one, if the picture can be made from here: {upload, pixels, thumb}
let doubt = 0;                             // timer of the look whether the server is there
let later = 0;                             // timer of the next answer to an action
let linking = 0;                           // timer of the address

const DOUBT = 2500;                        // ms without an answer
const AFTER_PAINT = 60;                    // ms for what takes a browser a while and no picture waits for
const AFTER_ANSWER = 250;                  // ms in which most photos are explained
const KEPT = "cam-photo";

// ---- asking ----

// What the controls say is always in `value`: the picture's own events take it along.
function publish() {
  props.value = { ...want, ticket: asked, shown: good.shown, own: own?.upload ?? "" };
}

// The picture's component puts off what nobody waits for.
const tellBusy = () => document.dispatchEvent(new CustomEvent("cam-busy"));

function ask(changes) {
  Object.assign(want, changes);
  if ("photo" in changes && !("class" in changes)) want.class = null;  // a new photo starts at its own top class
  asked = clock();
  tellBusy();
  publish();
  trigger("input", {});
  show();
  clearTimeout(doubt);
  clearTimeout(later);
  doubt = setTimeout(ping, DOUBT);
}

// An action that no answer came to: without a connection the controls go back to what the picture shows. Gradio opens the
// page anew as soon as the server answers again.
async function ping() {
  const mine = asked;
  if (taken >= mine) return;
  const there = await fetch(new URL("gradio_api/app_id", document.baseURI), { cache: "no-store" }).then(() => true, () => false);
  if (taken >= mine || asked !== mine) return;
  doubt = setTimeout(ping, DOUBT);
  if (there) return;
  stay("The server cannot be reached. The picture and the choices are the last ones; the page opens anew when it is back.");
}

// The controls go back to what the picture shows, and a sentence says why.
function stay(sentence) {
  want = { ...good.state };
  busy(false);
  note(sentence);
  publish();
  show();
}

// What the server refuses comes with a sentence, which Gradio does not show.
const plainFetch = window.fetch;
window.fetch = async (...given) => {
  const mine = asked;
  const answer = await plainFetch(...given);
  if (answer.status < 400 || !String(given[0]?.url ?? given[0]).includes("gradio_api/run/predict")) return answer;
  answer.clone().json().then(({ error }) => {
    if (typeof error === "string" && mine === asked && taken < asked) stay(error);
  }, () => {});
  return answer;
};

// ---- showing ----

function option(value, text) {
  const node = document.createElement("option");
  node.value = value;
  node.textContent = text;
  return node;
}

function fillModels() {
  const groups = new Map();
  for (const model of models) {
    const group = model.here ? "On this machine" : model.group;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(option(model.name, model.here ? model.title : `${model.title} · ${model.size} MB`));
  }
  const nodes = [...groups].map(([label, options]) => {
    const group = document.createElement("optgroup");
    group.label = label;
    group.append(...options);
    return group;
  });
  $("#cam-model").replaceChildren(...nodes);
}

function fillLayers() {
  $("#cam-layer").replaceChildren(
    ...good.layers.map((layer) => option(layer.name, `${layer.name} · ${sizes(layer.shape)}`)),
  );
}

// Methods that do not apply at this layer cannot be chosen; the reasons stand below.
function fillReasons() {
  const reasons = good.reasons ?? {};
  for (const node of $("#cam-method").options) node.disabled = node.value in reasons;
  const missing = methods.filter((method) => method.name in reasons);
  const box = $(".reasons");
  box.hidden = !missing.length;
  $(".reasons summary").textContent =
    missing.length === 1 ? "1 method does not apply here" : `${missing.length} methods do not apply here`;
  $(".reasons dl").replaceChildren(...missing.flatMap((method) => {
    const [name, why] = ["dt", "dd"].map((tag) => document.createElement(tag));
    name.textContent = method.title;
    why.textContent = reasons[method.name];
    return [name, why];
  }));
}

function show() {
  const layers = good.layers.map((layer) => layer.name);
  const usual = good.layers.find((one) => one.default)?.name ?? layers[0];
  const layer = layers.includes(want.layer) ? want.layer : usual;
  const model = models.find((one) => one.name === want.model);  // a link may name what does not exist
  const method = methods.find((one) => one.name === want.method);
  $("#cam-model").value = want.model;
  $("#cam-layer").value = layer;
  if (want.method) $("#cam-method").value = want.method;  // "" until the model's default is known
  $("#cam-layer-tag").textContent = layer === usual ? "default" : "";
  if (model) $("#cam-model-tag").textContent = model.here ? "offline" : `${model.size} MB`;
  if (method) {
    $("#cam-method-tag").textContent = method.quick ? method.cost : "takes a while";
    $(".question").disabled = method.blind;
    $("#cam-combine").disabled = !method.quick;
    $("#cam-method-note").textContent = `${method.summary} ${method.advice}${method.quick ? "" : ` Cost: ${method.cost}.`}`;
  }
  showEfforts(method);
  showDetail(layer);
  check("fit", (value) => value === want.fit);
  check("question", (value) => Boolean(value) === Boolean(want.contrast));
  const combination = combinations.find((one) => one.name === want.combine);
  $("#cam-combine").value = combination ? want.combine : "";
  $("#cam-combine-note").textContent = combination ? `${combination.summary} Cost: ${combination.cost}.` : "";
  $("#cam-combine-note").hidden = !combination;
  for (const button of element.querySelectorAll(".examples button"))
    button.setAttribute("aria-pressed", String(button.dataset.name === want.photo.example));
  const thumb = $(".thumb");
  const small = good.photo.thumb || own?.thumb;
  if (!small) return;  // it follows, with its name
  if (thumb.getAttribute("src") !== small) thumb.src = small;
  thumb.alt = good.photo.title;
}

function check(field, chosen) {
  for (const input of element.querySelectorAll(`.${field} input`)) input.checked = chosen(input.value);
}

// How much of its work a slow method does; what would be no faster on this machine cannot be chosen.
function showEfforts(method) {
  const efforts = method?.efforts ?? [];
  const chosen = efforts.find((one) => one.name === want.effort) ?? efforts[0];
  $(".effort").hidden = efforts.length < 2;
  $("#cam-effort").replaceChildren(...efforts.map((one) => {
    const node = option(one.name, one.title);
    node.title = good.efforts?.[one.name] ?? "";
    node.disabled = Boolean(node.title);
    return node;
  }));
  $("#cam-effort").value = chosen?.name ?? "";
  $("#cam-effort-note").textContent = chosen?.note ?? "";
  $("#cam-effort-note").hidden = !chosen?.note;
}

// A sentence that the server sent stands under the picture, too: where both are in sight, this line does not echo it.
function note(text, echo = false) {
  const line = $("#cam-photo-note");
  line.textContent = text;
  line.hidden = !text;
  line.classList.toggle("echo", echo);
}

function busy(on) {
  $(".drop").classList.toggle("busy", on);
  $(".drop .hint").textContent = on ? "Opening the photo …" : "Drop, paste or pick a photo";
}

function link() {
  const address = new URL(location.href);
  const state = { example: want.photo.example ?? "", model: want.model, layer: want.layer, method: want.method };
  Object.assign(state, { contrast: want.contrast ? "1" : "", combine: want.combine, effort: want.effort === "exact" ? "" : want.effort, fit: want.fit, class: want.class ?? "" });
  state.detail = want.detail === 1 ? "" : want.detail;
  for (const [key, value] of Object.entries(state)) {
    if (value === "") address.searchParams.delete(key);
    else address.searchParams.set(key, value);
  }
  const { upload } = want.photo;
  clearTimeout(linking);
  linking = setTimeout(() => {
    history.replaceState(history.state, "", address);
    keep(upload ? { upload, address: location.search } : null);
  }, AFTER_PAINT);
}

// A visitor's own photo is not in the address: the browser's tab keeps its name for the time that the page is opened anew.
// Storage is closed to some embedded pages.
function keep(photo) {
  try {
    if (photo) sessionStorage.setItem(KEPT, JSON.stringify(photo));
    else sessionStorage.removeItem(KEPT);
  } catch { /* the page then opens on an example */ }
}

function kept() {
  try {
    const { upload, address } = JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
    return upload && address === location.search ? { upload } : null;
  } catch {
    return null;
  }
}

// ---- answers ----

watch("answer", () => {
  const answer = read("answer");
  if (!answer || answer.seq < taken) return;
  taken = answer.seq;
  const current = answer.seq >= asked;  // no later action is on its way
  take(answer, current);
  clearTimeout(later);
  if (!answer.more || !current) return;
  const pause = 1000 * answer.after || (answer.prefetch ? AFTER_PAINT : 0);
  if (pause) later = setTimeout(() => asked > taken || trigger("more", {}), pause);
  else trigger("more", {});
});

function take(answer, current) {
  if (answer.error) {
    if (!current) return;
    if (!sending) busy(false);
    note(answer.about === "photo" ? answer.error : "", true);
    if (want.photo.upload !== good.state.photo.upload) keep(null);
    want = { ...good.state };
    publish();
    show();
    return;
  }
  if (answer.reasons) {
    good.reasons = answer.reasons;
    fillReasons();
  }
  if (answer.efforts) {
    good.efforts = answer.efforts;
    show();
  }
  if (!answer.state) return;
  good = { reasons: good.reasons, efforts: good.efforts, ...answer, photo: answer.photo ?? good.photo };
  const model = models.find((one) => one.name === good.state.model);
  if (!model.here) {
    model.here = true;
    fillModels();
  }
  fillLayers();
  if (current) {
    want = { ...good.state };
    if (!sending) busy(false);
    note("");
    link();
  }
  publish();
  show();
  if (good.state.detail !== 1) setTimeout(learn, AFTER_ANSWER);
  if (own && !good.photo.thumb) setTimeout(makeThumb, AFTER_PAINT, own);
}

// The picture's component tells which class is chosen: just before it asks for its map, or when it has the map already.
document.addEventListener("cam-class", ({ detail }) => {
  good.state.class = detail.index;
  if (detail.local && asked > taken) return ask({ class: detail.index });  // what is on its way has the class before
  want.class = detail.index;
  if (!detail.local) asked = clock();
  publish();
  link();
});

// The strip under the picture chooses layers, too.
document.addEventListener("cam-layer", ({ detail }) => ask({ layer: detail.name }));

// ---- start ----

$(".examples").replaceChildren(
  ...examples.map((example) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.name = example.name;
    button.title = example.title;
    button.innerHTML = `<img src="${example.thumb}" alt="">`;
    button.setAttribute("aria-label", `Example: ${example.title}`);
    button.onclick = () => ask({ photo: { example: example.name } });
    return button;
  }),
);
$("#cam-method").replaceChildren(...methods.map((method) => option(method.name, method.title)));
$("#cam-combine").replaceChildren(option("", "One map"), ...combinations.map((one) => option(one.name, one.title)));
function segment(field, value, text, title = "") {
  const label = document.createElement("label");
  label.innerHTML = `<input type="radio" name="cam-${field}"><span></span>`;
  label.title = title;
  label.lastChild.textContent = text;
  label.firstChild.value = value;
  label.firstChild.onchange = () => ask({ [field]: value });
  return label;
}
$(".fit .segments").replaceChildren(...fits.map((fit) => segment("fit", fit.name, fit.title, fit.summary)));
$(".detail .segments").replaceChildren(...details.map((detail) => segment("detail", detail, `${detail}\u202f×`)));
for (const event of ["pointerenter", "focusin"]) $(".detail").addEventListener(event, learn);
let picked = "";  // the method that the visitor chose; without one each model shows its default
// A finer grid was chosen for one network; another may take one size only.
$("#cam-model").onchange = (event) => ask({ model: event.target.value, layer: "", method: picked, detail: 1 });
$("#cam-layer").onchange = (event) => ask({ layer: event.target.value });
// A combination takes several maps, so it goes with quick methods only.
$("#cam-method").onchange = (event) => {
  const method = methods.find((one) => one.name === event.target.value);
  picked = method.name;
  ask({ method: picked, effort: "exact", ...(method.quick ? {} : { combine: "" }) });
};
$("#cam-effort").onchange = (event) => ask({ effort: event.target.value });
$("#cam-combine").onchange = (event) => ask({ combine: event.target.value });
for (const input of element.querySelectorAll(".question input")) input.onchange = () => ask({ contrast: Boolean(input.value) });
fillModels();
fillLayers();
fillReasons();
show();

// A link that names a state opens it.
const query = new URLSearchParams(location.search);
const named = ["model", "layer", "method", "combine", "effort", "fit"].filter((key) => query.has(key));
if (named.length || ["example", "class", "contrast", "detail"].some((key) => query.has(key))) {
  let changes = Object.fromEntries(named.map((key) => [key, query.get(key)]));
  if (query.has("contrast")) changes.contrast = query.get("contrast") === "1";
  if (query.has("detail")) changes.detail = Number(query.get("detail"));
  if (query.has("model")) changes = { layer: "", method: "", ...changes };
  picked = query.get("method") ?? "";
  const own = kept();
  if (query.has("example")) changes.photo = { example: query.get("example") };
  else if (own) changes.photo = own;
  if (/^\d+$/.test(query.get("class") ?? "")) changes.class = Number(query.get("class"));
  ask(changes);
}


// How fine the grid is. What a network does not take cannot be chosen, as far as that is known.
function showDetail(layer) {
  const known = surveys.get(want.model) ?? [];
  const reasons = known.map((one) => one.reason).filter(Boolean);
  check("detail", (value) => Number(value) === want.detail);
  for (const input of element.querySelectorAll(".detail input")) {
    input.disabled = Boolean(known.find((one) => one.detail === Number(input.value))?.reason);
    input.parentElement.title = input.disabled ? reasons[0] : "";
  }
  const words = reasons[0] ?? (want.detail === 1 ? wordsAhead(known, layer) : wordsOfDetail(known, layer));
  $("#cam-detail-note").textContent = words;
  $("#cam-detail-note").hidden = !words;
}

const times = (number) => Number(number.toFixed(1));

// At 1 x: what the others would give.
function wordsAhead(known, layer) {
  const others = known.filter((one) => one.detail !== 1 && one.grids[layer]);
  const words = others.map(({ detail, grids, cost }) => `${detail}\u202f×: ${sizes(grids[layer])} cells for ${times(cost)} times the pixels`);
  return words.length ? `${words.join("; ")}. Now ${sizes(known.find((one) => one.detail === 1).grids[layer])}.` : "";
}

function wordsOfDetail(known, layer) {
  const [here, usual] = [want.detail, 1].map((detail) => known.find((one) => one.detail === detail));
  const [fine, coarse] = [here, usual].map((one) => one?.grids[layer]);
  const grid = fine && coarse ? `${sizes(fine)} cells instead of ${sizes(coarse)} at this layer. ` : "";
  const cost = here ? `Costs ${times(here.cost)} times the pixels of 1\u202f×. ` : "";
  const size = here ? `, ${sizes(here.input)} pixels,` : "";
  return `${grid}${cost}The network sees a larger picture${size} than it was trained on; the predictions are those of that pass.`;
}

// Asked for when the visitor turns to the choice: nobody else pays for it.
async function learn() {
  const { model } = good.state;
  if (surveys.has(model)) return;
  surveys.set(model, null);
  const found = await server.detail_survey({ model }).catch(() => ({ busy: true }));
  if (found.details) surveys.set(model, found.details);
  else surveys.delete(model);
  if (found.busy) setTimeout(() => $(".detail").matches(":hover, :focus-within") && learn(), AGAIN);
  show();
}


// ---- sending ----

// A size of the same shape with sides of at most `most` pixels.
function within(most, size) {
  const scale = Math.min(1, most / Math.max(...size));
  return size.map((side) => Math.max(1, Math.round(side * scale)));
}

// A JPEG is shown from the file that is sent, and need not come back. What else a photo may be, such as a transparent or a
// deep one, is shown as the server opened it.
async function pixelsOf(file) {
  const decoding = createImageBitmap(file, { imageOrientation: "from-image" }); // at once, while the file is sent
  decoding.catch(() => {});
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  if (first !== 0xff || second !== 0xd8) {
    decoding.then((image) => image.close(), () => {});
    throw new Error("This is no JPEG, whatever its name says.");
  }
  const whole = await decoding;
  const size = [whole.width, whole.height];
  if (Math.max(...size) <= SHOWN) return { image: whole, size };
  const [resizeWidth, resizeHeight] = within(SHOWN, size);
  return { image: await createImageBitmap(whole, { resizeWidth, resizeHeight, resizeQuality: "high" }), size };
}

function thumbOf({ image, size }) {
  const [width, height] = within(THUMB, size);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const ctx = canvas.getContext("2d");
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(image, 0, 0, width, height);
  return canvas.toDataURL("image/jpeg");
}

// The small picture is made after the answer, or before where that takes a while.
function keepOwn(upload, pixels) {
  own = { upload, pixels, thumb: "" };
  setTimeout(makeThumb, AFTER_ANSWER, own);
  document.dispatchEvent(new CustomEvent("cam-own", { detail: own }));
}

async function makeThumb(mine) {
  const found = await mine.pixels.catch(() => null);
  if (!found || mine.thumb) return;
  mine.thumb = thumbOf(found);
  show();
}

// The picture's component could not use it: the server sends it as it was opened.
document.addEventListener("cam-lost", () => {
  own = null;
  good.shown = { ...good.shown, photo: "", view: "" };
  ask({});
});

// What the server says of a file that it does not take; "" for any other failure.
function refusal(error) {
  try {
    return String(JSON.parse(error.message).error ?? "");
  } catch {
    return "";
  }
}

async function send(files) {
  const file = files[0];
  if (!file) return;
  const limit = read("limit");
  if (file.size > limit)
    return note(`This file has ${(file.size / 2 ** 20).toFixed(0)} MB; at most ${Math.round(limit / 2 ** 20)} MB can be sent. Make it smaller first.`);
  if (file.size === 0) return note("This file is empty. Choose another one.");
  const mine = ++sent;
  sending = true;
  tellBusy();
  busy(true);
  note("");
  const pixels = file.type === "image/jpeg" ? pixelsOf(file) : null;
  pixels?.catch(() => {});  // told to who waits for it
  try {
    const { path } = await upload(file);
    if (mine !== sent) return;
    sending = false;
    if (pixels) keepOwn(path, pixels);
    ask({ photo: { upload: path } });
  } catch (error) {
    if (mine !== sent) return;
    sending = false;
    busy(false);
    note(refusal(error) || "The file could not be sent. Check the connection and try again.");
  }
}

function drop(event) {
  $(".veil").classList.remove("on");
  if (!visible()) return;
  event.preventDefault();
  if (event.dataTransfer.files.length) return send(event.dataTransfer.files);
  note("That brought only an address, no picture. Copy the picture itself and paste it, or save it first.");
}

const carries = (event) => visible() && [...(event.dataTransfer?.types ?? [])].some((type) => type === "Files" || type === "text/uri-list");
let depth = 0;
document.addEventListener("dragenter", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  depth += 1;
  $(".veil").classList.add("on");
});
document.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
document.addEventListener("dragleave", () => {
  depth = Math.max(0, depth - 1);
  if (depth === 0) $(".veil").classList.remove("on");
});
document.addEventListener("drop", (event) => {
  depth = 0;
  if (carries(event)) drop(event);
});
document.addEventListener("paste", (event) => {
  if (!visible() || !event.clipboardData?.files.length) return;
  event.preventDefault();
  send(event.clipboardData.files);
});
document.addEventListener("cam-photo", ({ detail }) => send([detail.file]));  // another tab hands a photo over
$(".drop").onclick = () => $(".file").click();
$(".file").onchange = (event) => {
  send([...event.target.files]);
  event.target.value = "";
};

// ---- camera ----

let stream = null;

function closeCamera() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  if ($(".shot").open) $(".shot").close();
}

$(".camera").onclick = async () => {
  if (!navigator.mediaDevices?.getUserMedia)
    return note("The browser gives the camera only to pages that come by https or from this machine.");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    return note("The camera could not be opened. Allow it in the browser, or check that no other program uses it.");
  }
  note("");
  $(".shot video").srcObject = stream;
  $(".shot").showModal();
  $(".shot video").play();
};
$(".shot .cancel").onclick = closeCamera;
$(".shot").addEventListener("close", closeCamera);
$(".shot .take").onclick = () => {
  const video = $(".shot video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  closeCamera();
  canvas.toBlob((blob) => send([new File([blob], "camera.jpg", { type: "image/jpeg" })]), "image/jpeg", 0.92);
};

}
