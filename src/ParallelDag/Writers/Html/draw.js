// What a stretch of the drawing looks like at a scale. Boxes come first; as they grow they take a name, then one line after the other, always
// in letters that can be read; from actual size on the whole label, as the SVG has it.
const slant = 12, smallestBox = 1.2, edgeFrom = 5, nameSize = 11, lineHeight = 13, wholeLabel = 0.9;
const measure = document.createElement("canvas").getContext("2d"), textWidths = new Map();

function textWidth(text, size, bold) {
  const key = (bold ? "b" : "r") + text;
  let width = textWidths.get(key);
  if (width === undefined) {
    measure.font = `${bold ? "bold " : ""}100px ${family}`;
    textWidths.set(key, width = measure.measureText(text).width / 100);
  }
  return width * size;
}

// The text, without what it has in brackets, or as much of it as fits; nothing where that would not tell what it is.
function fitted(text, room, size, bold) {
  if (textWidth(text, size, bold) <= room) return text;
  const name = text.replace(/ ?\(.*$/, ""), width = textWidth(name, size, bold);
  if (width <= room) return name;
  const letters = Math.floor(name.length * room / width) - 1;
  return letters < 6 || 2 * letters < name.length ? "" : name.slice(0, letters).trimEnd() + "\u2026";
}

// Draws what lies in a box of the drawing on a context whose transformation is set; k is pixels a unit.
function drawPart(context, graph, state, k, box) {
  drawBands(context, graph, k, box);
  drawEdges(context, graph, state, k, graph.edgesIn.search(box.left, box.top, box.right, box.bottom));
  const visible = graph.nodesIn.search(box.left, box.top, box.right, box.bottom).sort((a, b) => a - b);
  drawBoxes(context, graph, state, k, visible);
  drawLabels(context, graph, state, k, visible);
  if (state.selected < 0 && !state.shown.includes(0)) drawBlockNames(context, graph, k, box);
  context.globalAlpha = 1;
}

function drawBands(context, graph, k, { left, top, right, bottom }) {
  for (const band of graph.data.bands) {
    if (band.x > right || band.y > bottom || band.x + band.w < left || band.y + band.h < top) continue;
    context.fillStyle = band.kind === "layer" ? colours[band.odd ? "layer-odd" : "layer"]
      : band.kind === "phase" ? colours[band.phase?.startsWith("decode") ? "decode" : "phase"] : colours.stage;
    if (band.kind !== "column") context.fillRect(band.x, band.y, band.w, band.h);
    if (band.kind === "layer") continue;
    context.strokeStyle = colours.line;
    context.lineWidth = Math.max(1.5, 1 / k);
    context.strokeRect(band.x, band.y, band.w, band.h);
  }
}

// An edge is on the way when both of its ends are upstream of the selected node, or both downstream.
function toneOf(graph, state, edge) {
  const s = graph.edges.s[edge], t = graph.edges.t[edge];
  if (state.selected < 0) return graph.edges.m[edge] >= 0 ? "bad" : graph.data.edgeKinds[graph.edges.k[edge]];
  return state.up[s] && state.up[t] ? "up" : state.down[s] && state.down[t] ? "down" : "rest";
}

function drawEdges(context, graph, state, k, visible) {
  const { edges, points } = graph, groups = new Map();
  for (const edge of visible) {
    if (graph.edgeSize[edge] * k < edgeFrom || !state.shown[edges.s[edge]] || !state.shown[edges.t[edge]]) continue;
    const kind = graph.data.edgeKinds[edges.k[edge]], tone = toneOf(graph, state, edge), key = tone + " " + kind;
    let group = groups.get(key);
    if (!group) groups.set(key, group = { kind, tone, path: new Path2D() });
    const path = group.path, last = edges.p[edge + 1] - 2;
    path.moveTo(points[edges.p[edge]], points[edges.p[edge] + 1]);
    for (let p = edges.p[edge] + 2; p <= last; p += 2) path.lineTo(points[p], points[p + 1]);
    if (k > 0.25) {
      const x = points[last], y = points[last + 1];
      path.moveTo(x - 3, y - 7);
      path.lineTo(x, y);
      path.lineTo(x + 3, y - 7);
    }
  }
  context.lineJoin = "round";
  for (const { kind, tone, path } of [...groups.values()].sort((a, b) => rankOf(a) - rankOf(b))) {
    context.globalAlpha = tone === "rest" ? 0.15 : 1;
    context.strokeStyle = colours[tone === "rest" ? kind : tone];
    context.lineWidth = Math.max(widths[kind] + (tone === "up" || tone === "down" || tone === "bad" ? 1.2 : 0), 0.6 / k);
    context.setLineDash(k > 0.15 ? dashes[kind] : []);
    context.stroke(path);
  }
  context.setLineDash([]);
}

const rankOf = ({ kind, tone }) => (tone === "rest" ? 0 : tone === "bad" ? 3 : kind === "data" ? 1 : 2);

function outline(path, shape, x, y, w, h) {
  if (shape === "ellipse") {
    path.moveTo(x + w, y + h / 2);
    path.ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
  } else if (shape === "parallelogram") {
    path.moveTo(x + slant, y);
    path.lineTo(x + w, y);
    path.lineTo(x + w - slant, y + h);
    path.lineTo(x, y + h);
    path.closePath();
  } else path.rect(x, y, w, h);
}

// All boxes of one look in one path: a canvas is quick at few large paths and slow at many small ones.
function drawBoxes(context, graph, state, k, visible) {
  const { nodes } = graph, groups = new Map();
  for (const node of visible) {
    if (!state.shown[node]) continue;
    const kind = graph.fact(node).kind, tiny = nodes.h[node] * k < 5, bad = nodes.m[node] >= 0;
    const near = state.selected < 0 || state.up[node] === 1 || state.down[node] === 1;
    const emphasis = node === state.selected ? "accent" : state.found[node] ? "found" : bad ? "bad" : null;
    const key = `${kind} ${tiny} ${near} ${emphasis} ${bad}`;
    let group = groups.get(key);
    if (!group) groups.set(key, group = { kind, tiny, near, emphasis, bad, path: new Path2D() });
    if (tiny) group.path.rect(nodes.x[node], nodes.y[node], Math.max(nodes.w[node], smallestBox / k), Math.max(nodes.h[node], smallestBox / k));
    else outline(group.path, shapes[kind], nodes.x[node], nodes.y[node], nodes.w[node], nodes.h[node]);
  }
  for (const { kind, tiny, near, emphasis, bad, path } of [...groups.values()].sort((a, b) => (a.emphasis ? 1 : 0) - (b.emphasis ? 1 : 0))) {
    context.globalAlpha = near ? (tiny ? 0.8 : 1) : 0.25;
    context.fillStyle = tiny ? colours[emphasis ?? kind + "-line"] : bad ? colours["bad-ground"] : colours[kind];
    context.fill(path);
    if (tiny) continue;
    context.strokeStyle = colours[emphasis ?? kind + "-line"];
    context.lineWidth = emphasis ? Math.max(4, 3 / k) : Math.max(1.3, 0.5 / k);
    context.stroke(path);
  }
}

function drawLabels(context, graph, state, k, visible) {
  const { nodes, labels } = graph;
  context.textAlign = "center";
  context.fillStyle = colours.text;
  for (const node of visible) {
    const w = nodes.w[node], h = nodes.h[node];
    if (!state.shown[node] || h * k < nameSize + 1) continue;
    context.globalAlpha = state.selected < 0 || state.up[node] || state.down[node] ? 1 : 0.25;
    const lines = labels[nodes.l[node]], x = nodes.x[node] + w / 2, y = nodes.y[node];
    if (k >= wholeLabel) drawWholeLabel(context, lines, x, y, h);
    else {
      const inset = shapes[graph.fact(node).kind] === "box" ? 8 : 26 * k + 6;
      drawReadableLines(context, lines, x, y, h, w * k - inset, k);
    }
  }
}

function drawWholeLabel(context, lines, x, y, h) {
  let baseline = y + (h - lines.reduce((sum, line) => sum + (line.style === "name" ? 14 : 13.5), 0)) / 2;
  for (const line of lines) {
    const height = line.style === "name" ? 14 : 13.5;
    context.font = line.style === "detail" ? `11px ${family}` : `bold 11px ${family}`;
    context.fillText(line.text, x, baseline + height * 0.78);
    baseline += height;
  }
}

// The whole label where it fits; else the name, then the GPUs, each in letters of one size on the screen.
function drawReadableLines(context, lines, x, y, h, room, k) {
  const most = Math.max(1, Math.floor((h * k - 2) / lineHeight)), shown = [];
  const all = lines.length <= most && lines.every(line => textWidth(line.text, nameSize, line.style !== "detail") <= room);
  for (const line of lines) {
    if (!all && line.style === "detail" && !line.text.startsWith("GPU")) continue;
    const bold = line.style !== "detail", text = fitted(line.text, room, nameSize, bold);
    if (text !== "") shown.push([text, bold]);
    else if (shown.length === 0) break;
    if (shown.length === most) break;
  }
  let baseline = y + h / 2 + ((nameSize * 0.72) - (shown.length - 1) * lineHeight) / 2 / k;
  for (const [text, bold] of shown) {
    context.font = `${bold ? "bold " : ""}${nameSize / k}px ${family}`;
    context.fillText(text, x, baseline);
    baseline += lineHeight / k;
  }
}
