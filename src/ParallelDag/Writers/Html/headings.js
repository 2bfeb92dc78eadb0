// Names of phases, stages and layers. From afar they stay legible as long as their band has room for them; a stage that reaches into view from
// above is named at the upper edge. No name is written over another: of two, the one of the larger band stays.
function drawHeadings(context, graph, view, width, height) {
  const k = view.k, left = -view.x / k, top = -view.y / k, right = left + width / k, bottom = top + height / k, taken = [];
  context.globalAlpha = 1;
  context.textAlign = "left";
  for (const band of graph.data.bands) {
    if (band.x > right || band.y > bottom || band.x + band.w < left || band.y + band.h < top) continue;
    band.heading.forEach((text, i) => {
      const pinned = i === 0 && band.kind === "stage" && text.y < top && band.y + band.h > top + 40 / k;
      const size = pinned ? 13 / k : headingSize(text, band, k);
      if (size * k < 9) return;
      const words = pinned && band.phase ? `${band.phase[0].toUpperCase()}${band.phase.slice(1)}, ${text.text.toLowerCase()}` : text.text;
      const wide = textWidth(words, size, text.bold), x = pinned ? Math.max(band.x, left) + 6 / k : text.anchor === "center" ? text.x - wide / 2 : text.x;
      const y = pinned ? top + 16 / k : text.y, box = { left: x, top: y - size, right: x + wide, bottom: y + size * 0.2 };
      if (box.bottom < top || box.top > bottom || box.right < left || box.left > right || box.right > band.x + band.w && pinned) return;
      if (taken.some(other => other.left < box.right && other.right > box.left && other.top < box.bottom && other.bottom > box.top)) return;
      taken.push(box);
      if (pinned) {
        context.fillStyle = colours.ground;
        context.fillRect(x - 4 / k, box.top - 2 / k, wide + 8 / k, box.bottom - box.top + 4 / k);
      }
      context.fillStyle = colours.text;
      context.font = `${text.bold ? "bold " : ""}${size}px ${family}`;
      context.fillText(words, x, y);
    });
  }
}

function headingSize(text, band, k) {
  if (!text.bold || text.size * k >= 12) return text.size;
  const grown = 12 / k, room = text.anchor === "center" ? 2 * (text.x - band.x) : band.x + band.w - text.x;
  return textWidth(text.text, grown, true) <= room && grown * 1.1 < band.h ? grown : text.size;
}
