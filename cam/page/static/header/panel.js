// Gradio's panel about the API asks for tools and figures that this server has none of: it is told so here, without a request
// that fails. Knows Gradio's addresses.

/** @type {Record<string, () => Response>} */
const NONE = {
  "gradio_api/mcp/schema": () => new Response(null, { status: 404 }),
  "monitoring/summary": () => Response.json({ functions: {} }),
};

/** Answer what the panel asks for in vain. */
export function spare() {
  const plain = window.fetch;
  window.fetch = async (...given) => {
    const address = given[0] instanceof Request ? given[0].url : String(given[0]);
    const found = Object.keys(NONE).find((end) => new URL(address, document.baseURI).pathname.endsWith(`/${end}`));
    return found ? NONE[found]() : plain(...given);
  };
}
