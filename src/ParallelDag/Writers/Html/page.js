// Wires the page up: one selection over all tabs, search, links, keys.
const plans = JSON.parse(element("plans").textContent);
const sheets = [];
let views = [], found = [], current = -1, chosen = null, terms = parseQuery("");

const viewHooks = index => ({
  chosen: (node, moved) => {
    choose(views[index], node);
    if (moved) views[index].reveal(node);
  },
});

// One operator, in its view; the same one of the other plan too.
function choose(view, node, link = true) {
  chosen = node < 0 ? null : { view, node };
  const id = chosen && view.graph.nodes.id[node];
  for (const other of views) other.select(other === view ? node : id === null ? -1 : other.graph.nodeOf.get(id) ?? -1);
  if (link) setLink(id === null ? "" : encodeURIComponent(id));
  tell();
}

const setLink = hash => history.replaceState(null, "", hash === "" ? location.pathname + location.search : "#" + hash);

function ask(query) {
  element("query").value = query;
  search();
}

// What a part of a picture stands for, as a query; the same part again lets go.
function chosenPart(data, plan) {
  if (chosen !== null) choose(chosen.view, -1, false);
  const query = data === null ? "" : queryOf(data, plans[plan]);
  ask(element("query").value === query ? "" : query);
}

function queryOf(data, plan) {
  const phase = data.phase ? data.phase + " " : "";
  if (data.expert !== undefined) return `expert ${data.expert}`;
  if (data.op !== undefined) return data.gpus === undefined ? `op:${data.op}` : `${phase}op:${data.op} gpu ${data.gpus}`;
  if (data.gpu !== undefined) return `gpu ${data.gpu}`;
  if (data.gpus !== undefined) return `${phase}gpu ${data.gpus}`;
  if (data.axis === undefined) return `${phase}stage ${data.stage}`;
  // A conversation: the group of the GPU that is chosen, else an example.
  const of = plan?.phases.find(other => other.name === data.phase), first = terms.gpu?.[0][0] ?? null;
  const group = of === undefined ? null : (first === null ? null : groupOf(of, data.axis, first)) ?? of.groups[data.axis]?.[0] ?? null;
  return group !== null ? `gpu ${group}` : data.axis === "kv" ? "op:kv_transfer" : data.axis === "pipeline" ? "op:pipeline_send_recv" : `${phase}${data.axis}`;
}

function search() {
  const query = element("query").value, most = 200;
  terms = parseQuery(query);
  current = -1;
  found = [];
  for (const view of views) {
    const nodes = find(view.graph, terms, view.state.shown);
    view.mark(nodes);
    for (const node of nodes) found.push({ view, node });
  }
  element("count").textContent = terms.empty ? "" : `${found.length} found`;
  element("results").replaceChildren(...found.slice(0, most).map(({ view, node }, index) => {
    const { graph } = view, label = plans[graph.plan]?.label;
    const item = make("li", null);
    item.append(makeButton(`${label ? label + ": " : ""}${graph.fact(node).name} (${graph.nodes.id[node]})`, () => goTo(index)));
    return item;
  }));
  if (found.length > most) element("results").append(make("li", `and ${found.length - most} more`));
  setLink(terms.empty ? "" : "find=" + encodeURIComponent(query));
  tell();
}

function goTo(index) {
  current = index;
  const { view, node } = found[index];
  element("count").textContent = `${index + 1} of ${found.length}`;
  element("results").querySelectorAll("button").forEach((button, i) => button.setAttribute("aria-current", String(i === index)));
  choose(view, node);
  go(view, node);
}

function go(view, node) {
  showPanel("stage");
  view.goTo(node);
}

function next(step) {
  if (found.length > 0) goTo((Math.max(current, step < 0 ? 0 : -1) + step + found.length) % found.length);
}

// What is asked for, as pictures of a plan understand it.
function askedOf(plan) {
  if (chosen !== null) {
    const { graph } = chosen.view, scope = graph.scope(chosen.node), op = graph.fact(chosen.node).op;
    return { words: [], byNumber: true, gpus: parseSet(graph.gpus(chosen.node)), expert: null, stage: null, ops: new Set([op]), phase: scope.phase };
  }
  if (terms.empty) return null;
  const own = found.filter(({ view }) => view.graph.plan === plan), onlyGpus = terms.layer === null && terms.stage === null && terms.expert === null && terms.op === null;
  const isPhase = word => /^(prefill|decode)\d*$/.test(word);
  const named = terms.words.filter(word => !isPhase(word)), phase = terms.words.find(isPhase) ?? null;
  const gpus = terms.numbers || terms.op !== null ? (onlyGpus ? terms.gpu : union([...new Set(own.map(({ view, node }) => view.graph.gpus(node)))].map(parseSet))) : null;
  return {
    words: named, byNumber: gpus !== null, gpus, expert: terms.expert, stage: terms.stage, phase,
    ops: onlyGpus && named.length === 0 ? null : new Set(own.map(({ view, node }) => view.graph.fact(node).op)),
  };
}

// Says everywhere what is chosen.
function tell() {
  const asked = plans.map((_, plan) => askedOf(plan));
  for (const sheet of sheets) sheet.outline(asked[sheet.plan] ?? null);
  const details = element("details");
  if (chosen !== null) details.replaceChildren(...nodeDetails(chosen.view, chosen.node, node => { choose(chosen.view, node); go(chosen.view, node); }));
  else if (terms.gpu !== null && plans.length > 0) details.replaceChildren(...plans.flatMap((plan, index) => gpuParts(plan, index)));
  else details.replaceChildren(make("p", "Choose a GPU, a stage, an expert or an operator in any picture: all of them show it. Press ? for the keys.", { className: "hint" }));
}

function gpuParts(plan, index) {
  const own = sheets.filter(sheet => sheet.plan === index);
  if (sizeOf(terms.gpu) > 1) return index === 0 ? gpuSetDetails(plan, terms.gpu, ask) : [];
  const gpu = terms.gpu[0][0], spoken = own.map(sheet => sheet.spoken(gpu)).find(text => text !== null) ?? null;
  return gpuDetails(plan, gpu, spoken, ask, ranges => own.forEach(sheet => sheet.peers(ranges)));
}

function filter() {
  for (const view of views) {
    applyFilters(view.graph, view.state.shown);
    view.refresh();
    view.fit();
  }
  search();
}

// Pictures and canvases of the tab that is shown.
const active = () => {
  const { panel } = tabs[shownTab];
  return panel.id === "stage" ? views : sheets.filter(sheet => panel.contains(sheet.holder));
};

function followLink() {
  const link = decodeURIComponent(location.hash.slice(1));
  if (link.startsWith("find=")) { ask(link.slice(5)); return; }
  for (const view of views) {
    const node = view.graph.nodeOf.get(link);
    if (node === undefined) continue;
    choose(view, node, false);
    go(view, node);
    return;
  }
}

const shortcuts = {
  "/": () => { element("query").focus(); element("query").select(); },
  "?": () => element("help").showModal(),
  n: () => next(1), p: () => next(-1),
  "+": () => active().forEach(part => part.scaleBy(1.5)), "-": () => active().forEach(part => part.scaleBy(1 / 1.5)), 0: () => active().forEach(part => part.fit()),
};
shortcuts["="] = shortcuts["+"];

window.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || element("help").open) return;
  if (event.key === "Escape") {
    if (chosen !== null) choose(chosen.view, -1);
    else ask("");
    return;
  }
  if (event.target.matches("input, select, textarea") || !element("letters").checked) return;
  const tab = Number(event.key);
  if (shortcuts[event.key]) shortcuts[event.key]();
  else if (tab >= 1 && tab <= tabs.length) showTab(tab - 1);
  else return;
  event.preventDefault();
});

element("query").addEventListener("input", search);
element("search").addEventListener("submit", event => { event.preventDefault(); next(1); });
element("in").addEventListener("click", shortcuts["+"]);
element("out").addEventListener("click", shortcuts["-"]);
element("fit").addEventListener("click", shortcuts[0]);
element("keys").addEventListener("click", shortcuts["?"]);
window.addEventListener("hashchange", followLink);
for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
  matchMedia(query).addEventListener("change", () => { readColours(); views.forEach(view => view.refresh()); });

readColours();
for (const holder of document.querySelectorAll("main > section:not(#stage) .pane"))
  if (holder.querySelector("svg")) sheets.push(makeSheet(holder, Number(holder.dataset.plan), { chosen: chosenPart }));
makeTabs(panel => {
  element("legend").hidden = panel.id !== "stage";
  for (const id of ["in", "out", "fit"]) element(id).disabled = panel.id !== "stage" && panel.querySelector("svg") === null;
  for (const view of views) view.resize();
  for (const sheet of sheets) if (panel.contains(sheet.holder)) sheet.frame();
});
tell();

// The pictures are there; the graph, which takes longer, follows.
function start() {
  const graphs = [...document.querySelectorAll("script.graph")].map((script, index) => makeGraph(script, index));
  views = graphs.map((graph, index) => makeView(graph, element(index === 0 ? "picture" : "picture-b"), viewHooks(index)));
  makeFilters(graphs, filter);
  makeLegend(graphs);
  followLink();
  document.documentElement.dataset.ready = "true";
}
if (tabs.length > 1) requestAnimationFrame(() => setTimeout(start)); else start();
