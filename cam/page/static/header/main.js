// The header. Runs once per page with: element (see component.py).

import { dress, reader } from "../dom.js";

export async function mount({ element, props, trigger, server, upload, watch }) {
const read = reader(props);
await dress(element, "header", import.meta.url);
const mode = element.querySelector(".mode");
const said = element.querySelector(".said");
const KEY = "cam-mode";

// Storage is closed to some embedded pages; the choice then lasts as long as the page.
const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
const store = (value) => { try { localStorage.setItem(KEY, value); } catch { /* lasts as long as the page */ } };

const dark = () => document.body.classList.contains("dark");
const name = () => { mode.textContent = dark() ? "Light" : "Dark"; };

mode.onclick = () => {
  document.body.classList.toggle("dark");
  store(dark() ? "dark" : "light");
};
new MutationObserver(name).observe(document.body, { attributes: true, attributeFilter: ["class"] });
if (stored() && !new URLSearchParams(location.search).has("__theme")) document.body.classList.toggle("dark", stored() === "dark");
name();

// navigator.clipboard exists only on https and on this machine; a hidden field serves the rest.
async function copied(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { /* not allowed here: try the other way */ }
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position:fixed;opacity:0";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

let quiet = 0;
element.querySelector(".link").onclick = async () => {
  const own = location.search && !new URLSearchParams(location.search).has("example");
  const done = await copied(location.href);
  said.textContent = !done ? "Copy the address from the address bar." : own ? "Copied. Your own photo is not part of the link." : "Copied.";
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.textContent = ""; }, 4000);
};

// ---- the server's coming and going ----

// A stream that lasts as long as the server and says which start of it this is. A page in the background holds none: a
// browser opens six connections to a server at most, for all its tabs.
const AGAIN = 2000;  // ms until the next try
let alive = null;
let born = "";
let retry = 0;

const away = (text) => {
  clearTimeout(quiet);
  said.textContent = text;
  said.classList.toggle("away", Boolean(text));
};

function listen() {
  clearTimeout(retry);
  alive?.close();
  alive = null;
  if (document.hidden) return;
  alive = new EventSource(new URL("alive", document.baseURI));
  alive.onmessage = ({ data }) => {
    if (born && born !== data) return location.reload();  // another start: its answers know nothing of this page
    born = data;
    if (said.classList.contains("away")) away("");
  };
  alive.addEventListener("going", () => away("The server is being restarted. The page comes back by itself."));
  alive.onerror = () => {
    alive.close();
    if (!said.classList.contains("away")) away("The server cannot be reached. The page comes back by itself.");
    retry = setTimeout(listen, AGAIN);
  };
}
document.addEventListener("visibilitychange", listen);
listen();

}
