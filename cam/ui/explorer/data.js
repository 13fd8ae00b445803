// From the properties that the server sends to typed arrays. Knows the payload's encoding, nothing about the page.

function bytesOf(base64) {
  const text = atob(base64 || "");
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function floatsOf(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}

// Keep the last result and decode again only when one of the sources differs: an update of one property hands out fresh
// copies of all of them.
function remembering(decode) {
  let last = null;
  let result = null;
  return (...sources) => {
    if (!last || sources.some((s, i) => s !== last[i])) {
      result = decode(...sources);
      last = sources;
    }
    return result;
  };
}

const decodeMap = remembering((base64) => floatsOf(base64));

const decodeRankingParts = remembering((photoId, order, probabilities) => {
  const ranked = new Uint16Array(bytesOf(order).buffer);
  const rankOf = new Uint32Array(ranked.length);
  for (let r = 0; r < ranked.length; r++) rankOf[ranked[r]] = r + 1;
  return { photoId, order: ranked, rankOf, probabilities: floatsOf(probabilities) };
});

function decodeRanking(ranking) {
  return ranking ? decodeRankingParts(ranking.photo_id, ranking.order, ranking.probabilities) : null;
}

const decodeClassParts = remembering((key, indices, maps, steps) => {
  const placeOf = new Map(Array.from(new Uint16Array(bytesOf(indices).buffer), (index, place) => [index, place]));
  return { key, placeOf, maps: new Int16Array(bytesOf(maps).buffer), steps: floatsOf(steps) };
});

function decodeClasses(classes) {
  return classes ? decodeClassParts(classes.key, classes.indices, classes.maps, classes.steps) : null;
}

function decodeColormaps(colormaps) {
  return new Map(Object.entries(colormaps || {}).map(([name, base64]) => [name, bytesOf(base64)]));
}

// The raw map at `place` among the maps of many classes, (h * w) floats.
function localMap(classes, place, h, w) {
  const raw = new Float32Array(h * w);
  const step = classes.steps[place];
  const start = place * h * w;
  for (let i = 0; i < raw.length; i++) raw[i] = classes.maps[start + i] * step;
  return raw;
}

// Share of the absolute sum of a signed raw map that is negative.
function negativeShare(raw) {
  let negative = 0;
  let all = 0;
  for (const v of raw) {
    all += Math.abs(v);
    if (v < 0) negative -= v;
  }
  return all > 0 ? negative / all : 0;
}
