// The left column. Runs once per page with: element, props, trigger, upload, watch (see Gradio's custom HTML components).
// Every action gets a rising ticket. The page shows an answer only if no later one was shown before.

const $ = (selector) => element.querySelector(selector);
const visible = () => element.offsetParent !== null;
const clock = () => Math.round((performance.timeOrigin + performance.now()) * 1000);
const sizes = (shape) => shape.join("\u202f×\u202f");

let good = structuredClone(props.answer);  // the last answer that came with a picture
let want = { ...good.state };              // what the controls say
let asked = 0;                             // ticket of the last action
let taken = 0;                             // ticket of the last answer that was shown
let sent = 0;                              // counts files that were sent
let sending = false;                       // whether the last one is on its way

// ---- asking ----

// What the controls say is always in `value`: the picture's own events take it along.
function publish() {
  props.value = { ...want, ticket: asked, shown: good.shown };
}

function ask(changes) {
  Object.assign(want, changes);
  if ("photo" in changes && !("class" in changes)) want.class = null;  // a new photo starts at its own top class
  asked = clock();
  publish();
  trigger("input", {});
  show();
}

// ---- showing ----

function option(value, text) {
  const node = document.createElement("option");
  node.value = value;
  node.textContent = text;
  return node;
}

function fillModels() {
  const groups = new Map();
  for (const model of props.models) {
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
  const layers = good.layers;
  const select = $("#cam-layer");
  select.replaceChildren(
    ...layers.map((layer) => option(layer.name, `${layer.name} · ${sizes(layer.shape)}`)),
  );
  const heights = layers.map((layer) => Math.log2(Math.max(layer.shape[1], layer.shape[2])));
  const top = Math.max(...heights);
  $(".strip").replaceChildren(
    ...layers.map((layer, position) => {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;  // the drop-down below is the keyboard's way
      button.title = `${layer.name} · ${sizes(layer.shape)}`;
      button.innerHTML = `<i style="height:${Math.round(100 * Math.max(0.22, 1 - (top - heights[position]) * 0.19))}%"></i>`;
      button.onclick = () => ask({ layer: layer.name });
      return button;
    }),
  );
  const ends = [layers[0], layers[layers.length - 1]].map((layer) => sizes(layer.shape.slice(1)));
  $(".ends .first").textContent = `edges ${ends[0]}`;
  $(".ends .last").textContent = `objects ${ends[1]}`;
}

// Methods that do not apply at this layer cannot be chosen; the reasons stand below.
function fillReasons() {
  const reasons = good.reasons ?? {};
  for (const node of $("#cam-method").options) node.disabled = node.value in reasons;
  const missing = props.methods.filter((method) => method.name in reasons);
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
  const model = props.models.find((one) => one.name === want.model);  // a link may name what does not exist
  const method = props.methods.find((one) => one.name === want.method);
  $("#cam-model").value = want.model;
  $("#cam-layer").value = layer;
  if (want.method) $("#cam-method").value = want.method;  // "" until the model's default is known
  $("#cam-layer-tag").textContent = layer === usual ? "default" : "";
  if (model) $("#cam-model-tag").textContent = model.here ? "offline" : `${model.size} MB`;
  if (method) {
    $("#cam-method-tag").textContent = method.quick ? method.cost : "takes a while";
    $("#cam-method-note").textContent = method.quick ? method.summary : `${method.summary} Cost: ${method.cost}.`;
  }
  [...$(".strip").children].forEach((node, position) => node.classList.toggle("chosen", layers[position] === layer));
  for (const input of element.querySelectorAll(".segments input")) input.checked = input.value === want.fit;
  for (const button of element.querySelectorAll(".examples button"))
    button.setAttribute("aria-pressed", String(button.dataset.name === want.photo.example));
  const thumb = $(".thumb");
  if (thumb.getAttribute("src") !== good.photo.thumb) thumb.src = good.photo.thumb;
  thumb.alt = good.photo.title;
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
  Object.assign(state, { fit: want.fit, class: want.class ?? "" });
  for (const [key, value] of Object.entries(state)) {
    if (value === "") address.searchParams.delete(key);
    else address.searchParams.set(key, value);
  }
  history.replaceState(history.state, "", address);
}

// ---- answers ----

watch("answer", () => {
  const answer = props.answer;
  if (!answer || answer.seq < taken) return;
  taken = answer.seq;
  const current = answer.seq >= asked;  // no later action is on its way
  take(answer, current);
  if (answer.more && current) trigger("more", {});
});

function take(answer, current) {
  if (answer.error) {
    if (!current) return;
    if (!sending) busy(false);
    note(answer.about === "photo" ? answer.error : "", true);
    want = { ...good.state };
    publish();
    show();
    return;
  }
  if (answer.reasons) {
    good.reasons = structuredClone(answer.reasons);
    fillReasons();
  }
  if (!answer.state) return;
  good = { reasons: good.reasons, ...structuredClone(answer), photo: answer.photo ?? good.photo };
  const model = props.models.find((one) => one.name === good.state.model);
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

// ---- photos ----

async function send(files) {
  const file = files[0];
  if (!file) return;
  if (file.size > props.limit) {
    const limit = Math.round(props.limit / 2 ** 20);
    return note(`This file has ${(file.size / 2 ** 20).toFixed(0)} MB; at most ${limit} MB can be sent. Make it smaller first.`);
  }
  if (file.size === 0) return note("This file is empty. Choose another one.");
  const mine = ++sent;
  sending = true;
  busy(true);
  note("");
  try {
    const { path } = await upload(file);
    if (mine !== sent) return;
    sending = false;
    ask({ photo: { upload: path } });
  } catch {
    if (mine !== sent) return;
    sending = false;
    busy(false);
    note("The file could not be sent. Check the connection and try again.");
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

// ---- start ----

$(".examples").replaceChildren(
  ...props.examples.map((example) => {
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
$("#cam-method").replaceChildren(...props.methods.map((method) => option(method.name, method.title)));
$(".segments").replaceChildren(
  ...props.fits.map((fit) => {
    const label = document.createElement("label");
    label.innerHTML = `<input type="radio" name="cam-fit"><span></span>`;
    label.title = fit.summary;
    label.lastChild.textContent = fit.title;
    label.firstChild.value = fit.name;
    label.firstChild.onchange = () => ask({ fit: fit.name });
    return label;
  }),
);
let own = "";  // the method that the visitor chose; without one each model shows its default
$("#cam-model").onchange = (event) => ask({ model: event.target.value, layer: "", method: own });
$("#cam-layer").onchange = (event) => ask({ layer: event.target.value });
$("#cam-method").onchange = (event) => ask({ method: (own = event.target.value) });
fillModels();
fillLayers();
fillReasons();
show();

// A link that names a state opens it.
const query = new URLSearchParams(location.search);
const named = ["model", "layer", "method", "fit"].filter((key) => query.has(key));
if (named.length || query.has("example") || query.has("class")) {
  let changes = Object.fromEntries(named.map((key) => [key, query.get(key)]));
  if (query.has("model")) changes = { layer: "", method: "", ...changes };
  own = query.get("method") ?? "";
  if (query.has("example")) changes.photo = { example: query.get("example") };
  if (/^\d+$/.test(query.get("class") ?? "")) changes.class = Number(query.get("class"));
  ask(changes);
}
