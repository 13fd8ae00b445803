// The server's coming and going: a stream that lasts as long as the server and says which start of it this is. A page in the
// background holds none: a browser opens six connections to a server at most, for all its tabs.

import { own } from "../said.js";

/** @import { Said } from "../protocol.js" */

const RESTARTING = own("restarting");
const AWAY = own("away");
const AGAIN = 2000; // ms until the next try

/** Tell by `say` when the server goes, null when it is back. @param {(text: Said | null) => void} say */
export function watchServer(say) {
  /** @type {EventSource | null} */
  let alive = null;
  let born = "";
  let retry = 0;
  /** @type {Said | null} */
  let told = null;
  const tell = (/** @type {Said | null} */ text) => {
    if (told === text) return;
    told = text;
    say(text);
  };
  function listen() {
    clearTimeout(retry);
    alive?.close();
    alive = null;
    if (document.hidden) return;
    const stream = new EventSource(new URL("alive", document.baseURI));
    alive = stream;
    stream.onmessage = ({ data }) => {
      if (born && born !== data) return location.reload(); // another start: its answers know nothing of this page
      born = data;
      tell(null);
    };
    stream.addEventListener("going", () => tell(RESTARTING));
    stream.onerror = () => {
      stream.close();
      if (!told) tell(AWAY);
      retry = window.setTimeout(listen, AGAIN);
    };
  }
  document.addEventListener("visibilitychange", listen);
  listen();
}
