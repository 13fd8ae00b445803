// The server's coming and going: a stream that lasts as long as the server and says which start of it this is. A page in the
// background holds none: a browser opens six connections to a server at most, for all its tabs.

import { TEXT } from "../words.js";

const AGAIN = 2000; // ms until the next try

/** Tell by `say` when the server goes, "" when it is back. @param {(text: string) => void} say */
export function watchServer(say) {
  /** @type {EventSource | null} */
  let alive = null;
  let born = "";
  let retry = 0;
  let told = "";
  const tell = (/** @type {string} */ text) => {
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
      tell("");
    };
    stream.addEventListener("going", () => tell(TEXT.restarting));
    stream.onerror = () => {
      stream.close();
      if (!told) tell(TEXT.away);
      retry = window.setTimeout(listen, AGAIN);
    };
  }
  document.addEventListener("visibilitychange", listen);
  listen();
}
