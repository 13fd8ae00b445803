// How photos come to the page: dropped, pasted, picked, taken with the camera, handed over by another tab; and how they are
// sent. Goes on from controls.js, in the same function.

const [SHOWN, THUMB] = [1600, 400]; // pixels of a photo's longer side in the picture and in the left column

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
