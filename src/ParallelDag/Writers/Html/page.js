// Wires the page up: pan and zoom, search, selection with upstream and downstream, details, deep links.
const element = id => document.getElementById(id);
const zoom = d3.zoom().scaleExtent([0.005, 8]).on("zoom", event => {
  Object.assign(view, { k: event.transform.k, x: event.transform.x, y: event.transform.y });
  redraw(true);
});
const surface = d3.select(canvas).call(zoom).on("dblclick.zoom", null);

// Everything, or what filters leave. The title and the legend of the SVG stand above, and beside the canvas here.
function fit() {
  let box = { left: 0, top: graph.top, right: graph.width, bottom: graph.height };
  if (state.shown.includes(0) && state.shown.includes(1)) {
    box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (let node = 0; node < nodeCount; node++) {
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
}

function goTo(node) {
  const k = Math.max(1, view.k), x = nodes.x[node] + nodes.w[node] / 2, y = nodes.y[node] + nodes.h[node] / 2;
  surface.call(zoom.transform, d3.zoomIdentity.translate(canvas.clientWidth / 2 - x * k, canvas.clientHeight / 2 - y * k).scale(k));
}

function nodeAt(clientX, clientY) {
  const box = canvas.getBoundingClientRect();
  const x = (clientX - box.left - view.x) / view.k, y = (clientY - box.top - view.y) / view.k;
  return nodesIn.search(x, y, x, y).find(node => state.shown[node]) ?? -1;
}

function select(node, link = true) {
  state.selected = node;
  state.up = node < 0 ? null : reach(incoming, node);
  state.down = node < 0 ? null : reach(outgoing, node);
  showDetails(node);
  if (link) history.replaceState(null, "", node < 0 ? location.pathname + location.search : "#" + encodeURIComponent(nodes.id[node]));
  redraw();
}

function showDetails(node) {
  const details = element("details");
  details.replaceChildren();
  if (node < 0) {
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = "Click a node to see its facts and what is upstream and downstream of it.";
    details.append(hint);
    return;
  }
  const fact = factOf(node), scope = scopeOf(node), title = document.createElement("h2"), list = document.createElement("dl");
  title.textContent = fact.name;
  const bytes = value => value === null ? "differs between groups" : value.toLocaleString("en-US") + " bytes";
  const entries = [
    ["id", nodes.id[node]], ["operator", fact.op], ["kind", fact.kind], ["phase", scope.phase], ["stage", scope.stage],
    ["layer", scope.layers ?? scope.layer], ["micro-batch", graph.microBatches ? scope.microBatch : null],
    ["GPUs", gpusOf(node)], ["experts", fact.experts], ["INPUT DIMENSION", fact.input], ["OUTPUT DIMENSION", fact.output],
    ["placement in", fact.inputPlacement], ["placement out", fact.outputPlacement],
    ["collective", fact.collective], ["group size", fact.collective && fact.groupSize], ["groups", fact.collective && (fact.groups ?? "of several sizes")],
    ["bytes of a group", fact.collective && bytes(fact.bytes)], ["bytes on the wire", fact.collective && bytes(fact.wireBytes)],
    ["FLOPs", fact.flops === "0" ? null : fact.flops.replace(/\B(?=(\d{3})+$)/g, ",")], ["device nodes", fact.members > 1 ? fact.members : null],
    ["upstream", count(state.up)], ["downstream", count(state.down)],
  ];
  for (const [name, value] of entries) {
    if (value === null || value === undefined || value === "") continue;
    const term = document.createElement("dt"), text = document.createElement("dd");
    term.textContent = name;
    text.textContent = value;
    list.append(term, text);
  }
  details.append(title);
  if (nodes.m[node] >= 0) {
    const mark = document.createElement("p");
    mark.className = "bad";
    mark.textContent = graph.marks[nodes.m[node]].reason;
    details.append(mark);
  }
  details.append(list, links("Reads from", neighbours(incoming, node)), links("Feeds", neighbours(outgoing, node)));
}

const count = flags => flags ? flags.reduce((sum, flag) => sum + flag, 0) - 1 + " nodes" : null;

function links(title, others) {
  const paragraph = document.createElement("p"), most = 40;
  paragraph.className = "neighbours";
  if (others.length === 0) return paragraph;
  paragraph.append(`${title}: `);
  for (const other of others.slice(0, most)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = factOf(other).name;
    button.title = nodes.id[other];
    button.addEventListener("click", () => { select(other); goTo(other); });
    paragraph.append(button);
  }
  if (others.length > most) paragraph.append(`and ${others.length - most} more`);
  return paragraph;
}

let found = [], current = -1;
function search() {
  const query = element("query").value, results = element("results"), most = 200;
  found = find(query);
  outlineGpus(parseQuery(query).gpu);
  current = -1;
  state.found.fill(0);
  for (const node of found) state.found[node] = 1;
  element("count").textContent = query.trim() === "" ? "" : `${found.length} found`;
  results.replaceChildren(...found.slice(0, most).map(node => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = `${factOf(node).name} (${nodes.id[node]})`;
    button.addEventListener("click", () => { select(node); goTo(node); });
    item.append(button);
    return item;
  }));
  redraw();
}

function next() {
  if (found.length === 0) return;
  current = (current + 1) % found.length;
  element("count").textContent = `${current + 1} of ${found.length}`;
  select(found[current]);
  goTo(found[current]);
}

function makeLegend() {
  const add = (style, text, colour, ground) => {
    const item = document.createElement("li"), sample = document.createElement("i");
    sample.className = style;
    sample.style.borderColor = `var(--${colour})`;
    if (ground) sample.style.background = `var(--${ground})`;
    item.append(sample, text);
    element("legend").append(item);
  };
  for (const kind of Object.keys(shapes)) if (facts.some(fact => fact.kind === kind)) add(shapes[kind], words[kind], kind + "-line", kind);
  graph.edgeKinds.forEach((kind, k) => { if (edges.k.includes(k)) add("edge " + kind, words[kind], kind); });
  for (const mark of graph.marks) add("edge pipeline", mark.reason, "bad");
  const folded = [...new Set(graph.folded)], most = 8;
  for (const run of folded.slice(0, most)) add("edge gate", `not drawn: ${run}`, "line");
  if (folded.length > most) add("edge gate", `not drawn: ${folded.length - most} further runs of layers`, "line");
}

function followLink() {
  const node = nodeOf.get(decodeURIComponent(location.hash.slice(1)));
  if (node === undefined) return;
  select(node, false);
  goTo(node);
}

// The canvas by keyboard: arrows move, plus and minus zoom, 0 fits, Enter chooses the node in the middle, n goes to the next that was found.
canvas.addEventListener("keydown", event => {
  const step = 80 / view.k, moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (moves[event.key]) surface.call(zoom.translateBy, ...moves[event.key]);
  else if (event.key === "+" || event.key === "=") surface.call(zoom.scaleBy, 1.5);
  else if (event.key === "-") surface.call(zoom.scaleBy, 1 / 1.5);
  else if (event.key === "0") fit();
  else if (event.key === "n") next();
  else if (event.key === "Enter") select(middleNode());
  else return;
  event.preventDefault();
});

function middleNode() {
  const x = (canvas.clientWidth / 2 - view.x) / view.k, y = (canvas.clientHeight / 2 - view.y) / view.k;
  return nodesIn.neighbors ? nodesIn.neighbors(x, y, 1, Infinity, node => state.shown[node] === 1)[0] ?? -1 : -1;
}

canvas.addEventListener("click", event => { if (!event.defaultPrevented) select(nodeAt(event.clientX, event.clientY)); });
element("query").addEventListener("input", search);
element("search").addEventListener("submit", event => { event.preventDefault(); next(); });
element("in").addEventListener("click", () => surface.call(zoom.scaleBy, 1.5));
element("out").addEventListener("click", () => surface.call(zoom.scaleBy, 1 / 1.5));
element("fit").addEventListener("click", fit);
window.addEventListener("keydown", event => { if (event.key === "Escape") select(-1); });
window.addEventListener("hashchange", followLink);
new ResizeObserver(resize).observe(canvas);
for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
  matchMedia(query).addEventListener("change", () => { readColours(); redraw(); });

readColours();
makeFilters(() => { fit(); search(); });
makeTabs();
makeLegend();
resize();
fit();
followLink();
draw();
document.documentElement.dataset.ready = "true";
