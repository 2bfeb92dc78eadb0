// Search and filters. A query is words that must all occur; "layer 3", "stage 2", "gpu 5" and "expert 7" ask for one of these, "gpu 0-3" for
// any of several. Hyphens do not matter: "alltoall" finds what "all-to-all" does.
const aliases = {
  gate: "router", top_k: "router", experts: "moe", shared_experts: "moe", dispatch: "moe", combine: "moe", ffn_up: "mlp", ffn_down: "mlp",
  pipeline_send_recv: "pp", kv_transfer: "hand-off",
};
const plain = text => text.toLowerCase().replace(/[-_]/g, "");
const searchText = nodes.id.map((id, node) => {
  const fact = factOf(node);
  return plain([id, fact.name, fact.op, fact.collective, aliases[fact.op]].join(" "));
});

function parseQuery(query) {
  const terms = { words: [], layer: null, stage: null, gpu: null, expert: null };
  const rest = query.toLowerCase().replace(/\b(layer|stage|gpu|expert)s?\s*[:=]?\s*(\d+)(?:\s*-\s*(\d+))?(?![\d-])/g, (_, field, first, last) => {
    terms[field] = [Number(first), Number(last ?? first)];
    return " ";
  });
  terms.words = rest.split(/\s+/).filter(word => word.length > 0).map(plain);
  return terms;
}

const inRange = (range, value) => value !== null && value >= range[0] && value <= range[1];

function inLayer(scope, range) {
  return inRange(range, scope.layer) || (scope.layers !== null && hasAny(scope.layers, range));
}

function find(query) {
  const terms = parseQuery(query), result = [];
  if (terms.words.length === 0 && ["layer", "stage", "gpu", "expert"].every(field => terms[field] === null)) return result;
  for (let node = 0; node < nodeCount; node++) {
    const scope = scopeOf(node);
    if (!state.shown[node]) continue;
    if (terms.layer !== null && !inLayer(scope, terms.layer)) continue;
    if (terms.stage !== null && !inRange(terms.stage, scope.stage)) continue;
    if (terms.gpu !== null && !hasAny(gpusOf(node), terms.gpu)) continue;
    if (terms.expert !== null && !hasAny(factOf(node).experts, terms.expert)) continue;
    if (terms.words.every(word => searchText[node].includes(word))) result.push(node);
  }
  return result;
}

const filterFields = {
  phase: node => scopeOf(node).phase,
  stage: node => scopeOf(node).stage,
  kind: node => factOf(node).kind,
};

// One drop-down a field, for the fields that tell nodes apart, and a button that clears them.
function makeFilters(changed) {
  const holder = document.getElementById("filters");
  for (const [field, of] of Object.entries(filterFields)) {
    const values = [...new Set(Array.from({ length: nodeCount }, (_, node) => of(node)))].filter(value => value !== null);
    if (values.length < 2) continue;
    values.sort((a, b) => (typeof a === "number" ? a - b : a < b ? -1 : 1));
    const label = document.createElement("label"), select = document.createElement("select");
    select.id = "filter-" + field;
    label.append(field + " ", select);
    for (const value of ["all", ...values]) select.append(new Option(value, value));
    select.addEventListener("change", () => { applyFilters(); changed(); });
    holder.append(label);
  }
  if (holder.children.length === 1) {
    holder.hidden = true;
    return;
  }
  const clear = document.createElement("button");
  clear.type = "button";
  clear.textContent = "Show all";
  clear.addEventListener("click", () => {
    for (const select of holder.querySelectorAll("select")) select.value = "all";
    applyFilters();
    changed();
  });
  holder.append(clear);
}

function applyFilters() {
  const asked = Object.entries(filterFields)
    .map(([field, of]) => [document.getElementById("filter-" + field)?.value ?? "all", of])
    .filter(([value]) => value !== "all");
  for (let node = 0; node < nodeCount; node++) state.shown[node] = asked.every(([value, of]) => String(of(node)) === value) ? 1 : 0;
}
