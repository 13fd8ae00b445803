// From the properties that the server sends to typed arrays. Knows the payload's encoding, nothing about the page.

export function bytesOf(base64) {
  const text = atob(base64 || "");
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function floatsOf(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}

// Keep the last result: the same source is decoded once.
function remembering(decode) {
  let last;
  let result;
  return (source) => {
    if (source !== last) {
      result = decode(source);
      last = source;
    }
    return result;
  };
}

export const decodeMap = remembering(floatsOf);
export const decodeColours = remembering(bytesOf);

export const decodeRanking = remembering((ranking) => {
  if (!ranking) return null;
  const order = new Uint16Array(bytesOf(ranking.order).buffer);
  const rankOf = new Uint32Array(order.length);
  for (let r = 0; r < order.length; r++) rankOf[order[r]] = r + 1;
  return { photoId: ranking.photo_id, order, rankOf, probabilities: floatsOf(ranking.probabilities) };
});

export const decodeClasses = remembering((classes) => {
  if (!classes) return null;
  const { key, indices, maps, steps } = classes;
  const placeOf = new Map(Array.from(new Uint16Array(bytesOf(indices).buffer), (index, place) => [index, place]));
  return { key, placeOf, maps: new Int16Array(bytesOf(maps).buffer), steps: floatsOf(steps) };
});

export const decodeColormaps = remembering((colormaps) => {
  return new Map(Object.entries(colormaps || {}).map(([name, base64]) => [name, bytesOf(base64)]));
});

// The raw map at `place` among the maps of many classes, (h * w) floats.
export function localMap(classes, place, h, w) {
  const raw = new Float32Array(h * w);
  const step = classes.steps[place];
  const start = place * h * w;
  for (let i = 0; i < raw.length; i++) raw[i] = classes.maps[start + i] * step;
  return raw;
}

// Share of the absolute sum of a signed raw map that is negative.
export function negativeShare(raw) {
  let negative = 0;
  let all = 0;
  for (const v of raw) {
    all += Math.abs(v);
    if (v < 0) negative -= v;
  }
  return all > 0 ? negative / all : 0;
}
