// Words that are painted into a picture which is saved.

/** Words on the lower edge of a picture, in a size that can be read. @param {CanvasRenderingContext2D} ctx @param {string} words */
export function writeCaption(ctx, words) {
  const { width, height } = ctx.canvas;
  const size = Math.max(10, Math.min(width, height) / 24);
  ctx.font = `600 ${size}px system-ui, sans-serif`;
  const line = 1.8 * size;
  ctx.fillStyle = "rgb(0 0 0 / 0.75)";
  ctx.fillRect(0, height - line, width, line);
  ctx.fillStyle = "white";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(words, width / 2, height - line / 2, 0.96 * width);
}
