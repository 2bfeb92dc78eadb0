// Search. A query is words that must all occur; "layer 3", "stage 2", "gpu 0-3,8" and "expert 7" ask for one of these or for any of several,
// "op:gate" for an operator by its exact name. Hyphens do not matter: "alltoall" finds what "all-to-all" does.
const aliases = {
  gate: "router", top_k: "router", experts: "moe", shared_experts: "moe", dispatch: "moe", combine: "moe", ffn_up: "mlp", ffn_down: "mlp",
  pipeline_send_recv: "pp", kv_transfer: "hand-off",
};
const fields = ["layer", "stage", "gpu", "expert"];
const plain = text => text.toLowerCase().replace(/[-_]/g, "");

function parseQuery(query) {
  const terms = { words: [], layer: null, stage: null, gpu: null, expert: null, op: null };
  const named = query.toLowerCase().replace(/\bop:(\w+)/g, (_, op) => {
    terms.op = op;
    return " ";
  });
  const rest = named.replace(/\b(layer|stage|gpu|expert)s?\s*[:=]?\s*(\d+(?:\s*-\s*\d+)?(?:\s*,\s*\d+(?:\s*-\s*\d+)?)*)(?![\d-])/g,
    (_, field, set) => {
      terms[field] = parseSet(set.replace(/\s+/g, "")).map(([low, high]) => (low <= high ? [low, high] : [high, low]));
      return " ";
    });
  terms.words = rest.split(/\s+/).filter(word => word.length > 0).map(plain);
  terms.empty = terms.words.length === 0 && terms.op === null && fields.every(field => terms[field] === null);
  terms.numbers = fields.some(field => terms[field] !== null);
  return terms;
}

function searchTexts(graph) {
  return graph.searchText ??= graph.nodes.id.map((id, node) => {
    const fact = graph.fact(node), scope = graph.scope(node);
    return plain([id, fact.name, fact.op, fact.collective, aliases[fact.op], scope.phase].join(" "));
  });
}

function find(graph, terms, shown) {
  const result = [];
  if (terms.empty) return result;
  const texts = terms.words.length === 0 ? null : searchTexts(graph);
  for (let node = 0; node < graph.nodeCount; node++) {
    if (!shown[node]) continue;
    const scope = graph.scope(node);
    if (terms.op !== null && graph.fact(node).op !== terms.op) continue;
    if (terms.layer !== null && !has(terms.layer, scope.layer) && !meets(parseSet(scope.layers), terms.layer)) continue;
    if (terms.stage !== null && !has(terms.stage, scope.stage)) continue;
    if (terms.gpu !== null && !meets(parseSet(graph.gpus(node)), terms.gpu)) continue;
    if (terms.expert !== null && !meets(parseSet(graph.fact(node).experts), terms.expert)) continue;
    if (terms.words.every(word => texts[node].includes(word))) result.push(node);
  }
  return result;
}

const filterFields = {
  phase: (graph, node) => graph.scope(node).phase,
  stage: (graph, node) => graph.scope(node).stage,
  kind: (graph, node) => graph.fact(node).kind,
};

// One drop-down a field, for the fields that tell nodes apart, and a button that clears them.
function makeFilters(graphs, changed) {
  const holder = document.getElementById("filters");
  for (const [field, of] of Object.entries(filterFields)) {
    const values = new Set();
    for (const graph of graphs) for (let node = 0; node < graph.nodeCount; node++) values.add(of(graph, node));
    values.delete(null);
    if (values.size < 2) continue;
    const label = document.createElement("label"), select = document.createElement("select");
    select.id = "filter-" + field;
    label.append(field + " ", select);
    const sorted = [...values].sort((a, b) => (typeof a === "number" ? a - b : a < b ? -1 : 1));
    for (const value of ["all", ...sorted]) select.append(new Option(value, value));
    select.addEventListener("change", changed);
    holder.append(label);
  }
  if (holder.querySelector("select") === null) return;
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "Show all";
  clear.addEventListener("click", () => {
    for (const select of holder.querySelectorAll("select")) select.value = "all";
    changed();
  });
  holder.append(clear);
  holder.hidden = false;
}

function applyFilters(graph, shown) {
  const asked = Object.entries(filterFields)
    .map(([field, of]) => [document.getElementById("filter-" + field)?.value ?? "all", of])
    .filter(([value]) => value !== "all");
  for (let node = 0; node < graph.nodeCount; node++) shown[node] = asked.every(([value, of]) => String(of(graph, node)) === value) ? 1 : 0;
}
