// What is drawn is kept in tiles, so that a moving picture costs a few copies a frame however large the graph is. While the scale changes, the
// last tiles are shown stretched; when it rests they are drawn anew, a few milliseconds a frame, from the middle outwards. A picture that is
// cheap to draw is drawn anew in every frame.
const tileSize = 256, budget = 6, cheap = 5, rest = 90, most = 256;

function makeTiles(draw) {
  let now = { k: 1, tiles: new Map() }, before = null, settled = 0, cost = Infinity, spent = 0;

  // Everything looks different from now on; what was there is shown until it is drawn anew.
  function stale(k = now.k) {
    if (now.tiles.size > 0) before = now;
    now = { k, tiles: new Map() };
    spent = 0;
  }

  function show(context, layer, view, ratio) {
    const scale = view.k / layer.k;
    context.setTransform(scale, 0, 0, scale, Math.round(view.x * ratio), Math.round(view.y * ratio));
    for (const { canvas, column, row } of layer.tiles.values()) context.drawImage(canvas, column * tileSize * ratio, row * tileSize * ratio);
  }

  // Draws a tile that is in view and missing, the one nearest to the middle first; false when none is.
  function fill(view, width, height, ratio) {
    const middle = [(width / 2 - view.x) / tileSize - 0.5, (height / 2 - view.y) / tileSize - 0.5];
    let best = null, nearest = Infinity;
    for (let column = Math.floor(-view.x / tileSize); column * tileSize < width - view.x; column++) {
      for (let row = Math.floor(-view.y / tileSize); row * tileSize < height - view.y; row++) {
        const distance = Math.hypot(column - middle[0], row - middle[1]);
        if (distance >= nearest || now.tiles.has(`${column} ${row}`)) continue;
        best = { column, row };
        nearest = distance;
      }
    }
    if (best === null) return false;
    const canvas = document.createElement("canvas"), context = canvas.getContext("2d", { alpha: false }), k = now.k;
    canvas.width = canvas.height = tileSize * ratio;
    const left = best.column * tileSize, top = best.row * tileSize;
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * k, 0, 0, ratio * k, -left * ratio, -top * ratio);
    draw(context, k, { left: left / k, top: top / k, right: (left + tileSize) / k, bottom: (top + tileSize) / k });
    if (now.tiles.size >= most) now.tiles.delete(now.tiles.keys().next().value);
    now.tiles.set(`${best.column} ${best.row}`, { canvas, ...best });
    return true;
  }

  // One frame; again is called when there is more to draw.
  function frame(context, view, width, height, ratio, again) {
    clearTimeout(settled);
    const start = performance.now();
    if (view.k !== now.k) {
      if (cost < cheap || now.tiles.size === 0 || view.k / now.k > 4 || view.k / now.k < 0.25 || frame.rested) stale(view.k);
      else settled = setTimeout(() => { frame.rested = true; again(); }, rest);
    }
    frame.rested = false;
    let whole = false;
    if (view.k === now.k) {
      do whole = !fill(view, width, height, ratio); while (!whole && performance.now() - start < budget);
      spent += performance.now() - start;
      if (!whole) again();
      else {
        if (before !== null) cost = spent;
        before = null;
      }
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    if (before !== null) show(context, before, view, ratio);
    show(context, now, view, ratio);
  }

  return { frame, stale: () => stale(), whole: () => before === null && now.tiles.size > 0 };
}
