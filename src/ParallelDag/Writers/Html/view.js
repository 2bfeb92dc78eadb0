// A graph on a canvas: pan and zoom, what is chosen, what was found. Hooks tell the page what happens.
function makeView(graph, canvas, hooks) {
  const context = canvas.getContext("2d", { alpha: false });
  const view = { k: 1, x: 0, y: 0 };
  const state = { shown: new Uint8Array(graph.nodeCount).fill(1), found: new Uint8Array(graph.nodeCount), selected: -1, up: null, down: null };
  const { nodes } = graph;
  let scheduled = false, fitted = true;
  const tiles = makeTiles((tile, k, box) => drawPart(tile, graph, state, k, box));

  const zoom = d3.zoom().scaleExtent([0.004, 8]).on("zoom", event => {
    Object.assign(view, { k: event.transform.k, x: event.transform.x, y: event.transform.y });
    if (event.sourceEvent) fitted = false;
    redraw();
  });
  const surface = d3.select(canvas).call(zoom).on("dblclick.zoom", null);

  function redraw() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      draw();
    });
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (width === 0 || height === 0) return;
    tiles.frame(context, view, width, height, ratio, redraw);
    context.setTransform(ratio * view.k, 0, 0, ratio * view.k, Math.round(view.x * ratio), Math.round(view.y * ratio));
    drawHeadings(context, graph, view, width, height);
  }

  function refresh() {
    tiles.stale();
    redraw();
  }

  function resize() {
    const ratio = window.devicePixelRatio || 1;
    if (canvas.clientWidth === 0) return;
    const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
    if (fitted) fit();
    redraw();
  }

  // Everything, or what filters leave. The title and the legend of the SVG stand above, and beside the canvas here.
  function fit() {
    if (canvas.clientWidth === 0) return;
    let box = { left: 0, top: graph.data.top, right: graph.data.width, bottom: graph.data.height };
    if (state.shown.includes(0) && state.shown.includes(1)) {
      box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
      for (let node = 0; node < graph.nodeCount; node++) {
        if (!state.shown[node]) continue;
        box.left = Math.min(box.left, nodes.x[node] - 20);
        box.top = Math.min(box.top, nodes.y[node] - 40);
        box.right = Math.max(box.right, nodes.x[node] + nodes.w[node] + 20);
        box.bottom = Math.max(box.bottom, nodes.y[node] + nodes.h[node] + 20);
      }
    }
    const width = box.right - box.left, height = box.bottom - box.top;
    const k = Math.min(canvas.clientWidth / width, canvas.clientHeight / height, 4) * 0.98;
    const x = (canvas.clientWidth - width * k) / 2 - box.left * k, y = (canvas.clientHeight - height * k) / 2 - box.top * k;
    surface.call(zoom.transform, d3.zoomIdentity.translate(x, y).scale(k));
    fitted = true;
  }

  function goTo(node) {
    fitted = false;
    const k = Math.max(1, view.k), x = nodes.x[node] + nodes.w[node] / 2, y = nodes.y[node] + nodes.h[node] / 2;
    surface.call(zoom.transform, d3.zoomIdentity.translate(canvas.clientWidth / 2 - x * k, canvas.clientHeight / 2 - y * k).scale(k));
  }

  // Moves by as little as brings a node into view.
  function reveal(node) {
    const left = nodes.x[node] * view.k + view.x, top = nodes.y[node] * view.k + view.y;
    const right = left + nodes.w[node] * view.k, bottom = top + nodes.h[node] * view.k;
    if (left < 0 || top < 0 || right > canvas.clientWidth || bottom > canvas.clientHeight || nodes.h[node] * view.k < nameSize) goTo(node);
  }

  function nodeAt(clientX, clientY) {
    const box = canvas.getBoundingClientRect();
    const x = (clientX - box.left - view.x) / view.k, y = (clientY - box.top - view.y) / view.k;
    return graph.nodesIn.search(x, y, x, y).find(node => state.shown[node]) ?? -1;
  }

  function middleNode() {
    const x = (canvas.clientWidth / 2 - view.x) / view.k, y = (canvas.clientHeight / 2 - view.y) / view.k;
    return graph.nodesIn.neighbors(x, y, 1, Infinity, node => state.shown[node] === 1)[0] ?? -1;
  }

  function select(node) {
    if (state.selected === node) return;
    state.selected = node;
    state.up = node < 0 ? null : reach(graph.incoming, node);
    state.down = node < 0 ? null : reach(graph.outgoing, node);
    refresh();
  }

  function mark(found) {
    state.found.fill(0);
    for (const node of found) state.found[node] = 1;
    refresh();
  }

  // The nearest shown node that a step leads to: one that this one reads from, one that it feeds, or its neighbour on the left or right.
  function step(node, direction) {
    const shown = others => others.filter(other => state.shown[other]);
    const middle = nodes.x[node] + nodes.w[node] / 2, distance = other => Math.abs(nodes.x[other] + nodes.w[other] / 2 - middle);
    const nearest = others => shown(others).sort((a, b) => distance(a) - distance(b))[0] ?? -1;
    if (direction === "up") return nearest(neighbours(graph.incoming, node));
    if (direction === "down") return nearest(neighbours(graph.outgoing, node));
    const sign = direction === "left" ? -1 : 1, y = nodes.y[node] + nodes.h[node] / 2;
    const row = graph.nodesIn.search(sign < 0 ? -1e9 : nodes.x[node] + nodes.w[node], y, sign < 0 ? nodes.x[node] : 1e9, y);
    return nearest(row.filter(other => other !== node));
  }

  // The canvas by keyboard: arrows move, with shift they go from node to node; Enter chooses the node in the middle.
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const directions = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }, direction = directions[event.key];
    if (direction && event.shiftKey) {
      const next = state.selected < 0 ? middleNode() : step(state.selected, direction);
      if (next >= 0) hooks.chosen(next, true);
    } else if (direction) pan(direction);
    else if (event.key === "Enter" || event.key === " ") hooks.chosen(middleNode(), false);
    else return;
    event.preventDefault();
  });

  function pan(direction) {
    const by = 80 / view.k, moves = { left: [by, 0], right: [-by, 0], up: [0, by], down: [0, -by] };
    fitted = false;
    surface.call(zoom.translateBy, ...moves[direction]);
  }

  function scaleBy(factor) {
    fitted = false;
    surface.call(zoom.scaleBy, factor);
  }

  canvas.addEventListener("click", event => { if (!event.defaultPrevented) hooks.chosen(nodeAt(event.clientX, event.clientY), false); });
  new ResizeObserver(resize).observe(canvas);
  resize();
  fit();
  draw();
  return { graph, state, view, canvas, redraw, refresh, resize, fit, goTo, reveal, select, mark, scaleBy, pan, whole: () => tiles.whole() };
}
