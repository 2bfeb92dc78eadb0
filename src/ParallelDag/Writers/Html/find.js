// Search and filters. A query is words that must all occur; "layer 3", "stage 2" and "gpu 5" ask for a layer, a stage or a GPU.
const searchText = nodes.id.map((id, node) => {
  const fact = factOf(node);
  return [id, fact.name, fact.op, fact.collective].join(" ").toLowerCase();
});

function parseQuery(query) {
  const terms = { words: [], layer: null, stage: null, gpu: null };
  const rest = query.toLowerCase().replace(/\b(layer|stage|gpu)s?\s*[:=]?\s*(\d+)\b/g, (_, field, number) => {
    terms[field] = Number(number);
    return " ";
  });
  terms.words = rest.split(/\s+/).filter(word => word.length > 0);
  return terms;
}

function inLayer(scope, layer) {
  return scope.layer === layer || (scope.layers !== null && hasGpu(scope.layers, layer));
}

function find(query) {
  const terms = parseQuery(query), result = [];
  if (terms.words.length === 0 && terms.layer === null && terms.stage === null && terms.gpu === null) return result;
  for (let node = 0; node < nodeCount; node++) {
    const scope = scopeOf(node);
    if (!state.shown[node]) continue;
    if (terms.layer !== null && !inLayer(scope, terms.layer)) continue;
    if (terms.stage !== null && scope.stage !== terms.stage) continue;
    if (terms.gpu !== null && !hasGpu(gpusOf(node), terms.gpu)) continue;
    if (terms.words.every(word => searchText[node].includes(word))) result.push(node);
  }
  return result;
}

const filterFields = {
  phase: node => scopeOf(node).phase,
  stage: node => scopeOf(node).stage,
  kind: node => factOf(node).kind,
};

// One drop-down a field, for the fields that tell nodes apart.
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
  if (holder.children.length === 1) holder.hidden = true;
}

function applyFilters() {
  const asked = Object.entries(filterFields)
    .map(([field, of]) => [document.getElementById("filter-" + field)?.value ?? "all", of])
    .filter(([value]) => value !== "all");
  for (let node = 0; node < nodeCount; node++) state.shown[node] = asked.every(([value, of]) => String(of(node)) === value) ? 1 : 0;
}
