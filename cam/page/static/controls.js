// The left column. Runs once per page with: element, props, read, trigger, upload, watch (see component.py).
// Every action gets a rising ticket. The page shows an answer only if no later one was shown before.

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
