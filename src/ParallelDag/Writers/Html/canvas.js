// Draws what is in view on a canvas, with as much detail as the zoom level can show.
const canvas = document.getElementById("picture"), context = canvas.getContext("2d");
const { shapes, dashes, widths, words, family } = graph.looks;
const slant = 12, textFrom = 3.5, edgeFrom = 5;
const view = { k: 1, x: 0, y: 0 };
const state = { shown: new Uint8Array(nodeCount).fill(1), found: new Uint8Array(nodeCount), selected: -1, up: null, down: null };
let colours = {}, scheduled = false, moved = false, snapshot = null, settle = 0;

// Where the user has forced colours, those of the system: grounds, text, and one for what is chosen.
const lines = new Set(["text", "line", "muted", "up", "down", ...Object.keys(widths)]);
const systemColour = name =>
  ["accent", "found", "up", "down"].includes(name) ? "Highlight" : name === "bad" ? "LinkText" : name.endsWith("-line") || lines.has(name) ? "CanvasText" : "Canvas";

function readColours() {
  const style = getComputedStyle(document.documentElement), forced = matchMedia("(forced-colors: active)").matches;
  colours = new Proxy({}, {
    get: (known, name) => known[name] ??= forced ? systemColour(name) : style.getPropertyValue("--" + name).trim(),
  });
}

// While the picture of a large graph moves, the last one is moved with it; when it comes to rest it is drawn anew.
const heavy = 2500, rest = 90;
function redraw(moving = false) {
  moved = moving && (moved || !scheduled);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    if (!moved || snapshot === null || !moveSnapshot()) draw();
    moved = false;
  });
}

function takeSnapshot(count) {
  snapshot = null;
  if (count < heavy) return;
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext("2d").drawImage(canvas, 0, 0);
  snapshot = { copy, k: view.k, x: view.x, y: view.y };
}

function moveSnapshot() {
  const ratio = window.devicePixelRatio || 1, scale = view.k / snapshot.k;
  if (scale < 0.5 || scale > 2) return false;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 1;
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, (view.x - snapshot.x * scale) * ratio, (view.y - snapshot.y * scale) * ratio);
  context.drawImage(snapshot.copy, 0, 0);
  clearTimeout(settle);
  settle = setTimeout(() => redraw(), rest);
  return true;
}

function resize() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  redraw();
}

function draw() {
  const ratio = window.devicePixelRatio || 1, k = view.k;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  context.setTransform(ratio * k, 0, 0, ratio * k, ratio * view.x, ratio * view.y);
  const left = -view.x / k, top = -view.y / k, right = left + canvas.clientWidth / k, bottom = top + canvas.clientHeight / k;
  drawBands(left, top, right, bottom);
  drawEdges(edgesIn.search(left, top, right, bottom));
  const visible = nodesIn.search(left, top, right, bottom);
  if (visible.length > heavy && 12 * k < textFrom) drawFar(visible);
  else for (const node of visible) if (state.shown[node]) drawNode(node);
  drawHeadings(left, top, right, bottom);
  context.globalAlpha = 1;
  takeSnapshot(visible.length);
}

// Too small for text and too many to be drawn one by one: a rectangle each, all of one colour at once.
function drawFar(visible) {
  const groups = new Map();
  for (const node of visible) {
    if (!state.shown[node]) continue;
    const near = state.selected < 0 || state.up[node] || state.down[node];
    const colour = node === state.selected ? "accent" : state.found[node] ? "found" : nodes.m[node] >= 0 ? "bad" : factOf(node).kind + "-line";
    const key = colour + near;
    let group = groups.get(key);
    if (!group) groups.set(key, group = { colour, near, path: new Path2D() });
    group.path.rect(nodes.x[node], nodes.y[node], nodes.w[node], nodes.h[node]);
  }
  for (const { colour, near, path } of groups.values()) {
    context.globalAlpha = near ? 0.75 : 0.2;
    context.fillStyle = colours[colour];
    context.fill(path);
  }
  context.globalAlpha = 1;
}

function drawBands(left, top, right, bottom) {
  for (const band of graph.bands) {
    if (band.x > right || band.y > bottom || band.x + band.w < left || band.y + band.h < top) continue;
    context.fillStyle = band.kind === "layer" ? colours[band.odd ? "layer-odd" : "layer"] : band.kind === "phase" ? colours[band.phase === "decode" ? "decode" : "phase"] : colours.stage;
    context.fillRect(band.x, band.y, band.w, band.h);
    if (band.kind === "layer") continue;
    context.strokeStyle = colours.line;
    context.lineWidth = Math.max(1.5, 1 / view.k);
    context.strokeRect(band.x, band.y, band.w, band.h);
  }
}

function drawHeadings(left, top, right, bottom) {
  context.globalAlpha = 1;
  context.fillStyle = colours.text;
  for (const band of graph.bands) {
    for (const text of band.heading) {
      if (text.y < top || text.y - text.size > bottom || text.x > right || band.x + band.w < left) continue;
      // From afar names of stages and layers stay legible as long as their band has room for them.
      let size = text.size;
      if (text.bold && size * view.k < 12) {
        const grown = 12 / view.k, room = text.anchor === "center" ? 2 * (text.x - band.x) : band.x + band.w - text.x;
        context.font = `bold ${grown}px ${family}`;
        if (context.measureText(text.text).width <= room) size = grown;
      }
      if (size * view.k < textFrom) continue;
      context.font = `${text.bold ? "bold " : ""}${size}px ${family}`;
      context.textAlign = text.anchor;
      context.fillText(text.text, text.x, text.y);
    }
  }
}

// An edge is on the way when both of its ends are upstream of the selected node, or both downstream.
function toneOf(edge) {
  const s = edges.s[edge], t = edges.t[edge];
  if (state.selected < 0) return edges.m[edge] >= 0 ? "bad" : graph.edgeKinds[edges.k[edge]];
  return state.up[s] && state.up[t] ? "up" : state.down[s] && state.down[t] ? "down" : "rest";
}

function drawEdges(visible) {
  const groups = new Map();
  for (const edge of visible) {
    if (edgeSize[edge] * view.k < edgeFrom || !state.shown[edges.s[edge]] || !state.shown[edges.t[edge]]) continue;
    const kind = graph.edgeKinds[edges.k[edge]], tone = toneOf(edge), key = tone + " " + kind;
    let group = groups.get(key);
    if (!group) groups.set(key, group = { kind, tone, path: new Path2D() });
    const path = group.path, last = edges.p[edge + 1] - 2;
    path.moveTo(points[edges.p[edge]], points[edges.p[edge] + 1]);
    for (let p = edges.p[edge] + 2; p <= last; p += 2) path.lineTo(points[p], points[p + 1]);
    if (view.k > 0.25) {
      const x = points[last], y = points[last + 1];
      path.moveTo(x - 3, y - 7);
      path.lineTo(x, y);
      path.lineTo(x + 3, y - 7);
    }
  }
  context.lineJoin = "round";
  for (const { kind, tone, path } of groups.values()) {
    context.globalAlpha = tone === "rest" ? 0.15 : 1;
    context.strokeStyle = colours[tone === "rest" ? kind : tone];
    context.lineWidth = Math.max(widths[kind] + (tone === "up" || tone === "down" || tone === "bad" ? 1.2 : 0), 0.6 / view.k);
    context.setLineDash(view.k > 0.15 ? dashes[kind] : []);
    context.stroke(path);
  }
  context.setLineDash([]);
}

function outline(shape, x, y, w, h) {
  context.beginPath();
  if (shape === "ellipse") context.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
  else if (shape === "parallelogram") {
    context.moveTo(x + slant, y);
    context.lineTo(x + w, y);
    context.lineTo(x + w - slant, y + h);
    context.lineTo(x, y + h);
    context.closePath();
  } else context.rect(x, y, w, h);
}

function drawNode(node) {
  const kind = factOf(node).kind, bad = nodes.m[node] >= 0, k = view.k;
  const x = nodes.x[node], y = nodes.y[node], w = nodes.w[node], h = nodes.h[node];
  const near = state.selected < 0 || state.up[node] || state.down[node];
  context.globalAlpha = near ? 1 : 0.25;
  outline(shapes[kind], x, y, w, h);
  context.fillStyle = bad ? colours["bad-ground"] : colours[kind];
  context.fill();
  const emphasis = node === state.selected ? "accent" : state.found[node] ? "found" : bad ? "bad" : null;
  context.strokeStyle = emphasis ? colours[emphasis] : colours[kind + "-line"];
  context.lineWidth = emphasis ? Math.max(4, 3 / k) : Math.max(1.3, 0.5 / k);
  context.stroke();
  if (12 * k < textFrom) return;
  const lines = labels[nodes.l[node]];
  let baseline = y + (h - lines.reduce((sum, line) => sum + (line.style === "name" ? 15 : 12.5), 0)) / 2;
  context.textAlign = "center";
  context.fillStyle = colours.text;
  for (const line of lines) {
    const height = line.style === "name" ? 15 : 12.5;
    if (line.style === "name" || 10 * k >= textFrom) {
      context.font = line.style === "name" ? `bold 12px ${family}` : line.style === "mark" ? `bold 10px ${family}` : `10px ${family}`;
      context.fillText(line.text, x + w / 2, baseline + height * 0.78);
    }
    baseline += height;
  }
}
