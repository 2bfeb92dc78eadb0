// Names of phases, stages and layers. From afar they stay legible as long as their band has room for them; those without are left out.
function drawHeadings(context, graph, view, width, height) {
  const k = view.k, left = -view.x / k, top = -view.y / k, right = left + width / k, bottom = top + height / k;
  context.globalAlpha = 1;
  context.fillStyle = colours.text;
  for (const band of graph.data.bands) {
    if (band.x > right || band.y > bottom || band.x + band.w < left || band.y + band.h < top) continue;
    for (const text of band.heading) {
      let size = text.size;
      if (text.bold && size * k < 12) {
        const grown = 12 / k, room = text.anchor === "center" ? 2 * (text.x - band.x) : band.x + band.w - text.x;
        if (textWidth(text.text, grown, true) <= room && grown * 1.1 < band.h) size = grown;
      }
      if (size * k < 9) continue;
      // What reaches into view from above is named at the upper edge.
      const y = text.bold && band.kind !== "layer" ? Math.max(text.y, Math.min(top + size * 1.2, band.y + band.h - 4)) : text.y;
      if (y < top || y - size > bottom) continue;
      context.font = `${text.bold ? "bold " : ""}${size}px ${family}`;
      context.textAlign = text.anchor;
      if (y !== text.y) {
        const wide = textWidth(text.text, size, true), x = text.anchor === "center" ? text.x - wide / 2 : text.x;
        context.fillStyle = colours.ground;
        context.fillRect(x - 4 / k, y - size * 1.1, wide + 8 / k, size * 1.5);
        context.fillStyle = colours.text;
      }
      context.fillText(text.text, text.x, y);
    }
  }
}
