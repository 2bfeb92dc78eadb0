// What the page tells beside the pictures: facts of an operator, groups of a GPU, the legend.
const element = id => document.getElementById(id);

function make(name, text, properties = {}) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  return Object.assign(made, properties);
}

function makeButton(text, action, properties = {}) {
  const button = make("button", text, { type: "button", ...properties });
  button.addEventListener("click", action);
  return button;
}

function factList(entries) {
  const list = make("dl", null);
  for (const [name, value] of entries) {
    if (value === null || value === undefined || value === "") continue;
    const text = make("dd", value instanceof Node ? null : value);
    if (value instanceof Node) text.append(value);
    list.append(make("dt", name), text);
  }
  return list;
}

function nodeDetails(view, node, go) {
  const { graph } = view, fact = graph.fact(node), scope = graph.scope(node), mark = graph.data.marks[graph.nodes.m[node]];
  const bytes = value => (value === null ? "differs between groups" : value.toLocaleString("en-US") + " bytes");
  const count = flags => flags.reduce((sum, flag) => sum + flag, 0) - 1 + " nodes";
  return [
    make("h2", fact.name),
    ...(mark ? [make("p", mark.reason, { className: "bad" })] : []),
    factList([
      ["id", graph.nodes.id[node]], ["operator", fact.op], ["kind", fact.kind], ["phase", scope.phase], ["stage", scope.stage],
      ["layer", scope.layers ?? scope.layer], ["micro-batch", graph.data.microBatches ? scope.microBatch : null],
      ["GPUs", graph.gpus(node)], ["experts", fact.experts], ["INPUT DIMENSION", fact.input], ["OUTPUT DIMENSION", fact.output],
      ["placement in", fact.inputPlacement], ["placement out", fact.outputPlacement],
      ["collective", fact.collective], ["group size", fact.collective && fact.groupSize], ["groups", fact.collective && (fact.groups ?? "of several sizes")],
      ["bytes of a group", fact.collective && bytes(fact.bytes)], ["bytes on the wire", fact.collective && bytes(fact.wireBytes)],
      ["FLOPs", fact.flops === "0" ? null : fact.flops.replace(/\B(?=(\d{3})+$)/g, ",")], ["device nodes", fact.members > 1 ? fact.members : null],
      ["upstream", count(view.state.up)], ["downstream", count(view.state.down)],
    ]),
    links("Reads from", neighbours(graph.incoming, node)), links("Feeds", neighbours(graph.outgoing, node)),
  ];

  function links(title, others) {
    const paragraph = make("p", null, { className: "neighbours" }), most = 40;
    if (others.length === 0) return paragraph;
    paragraph.append(`${title}: `);
    for (const other of others.slice(0, most)) paragraph.append(makeButton(graph.fact(other).name, () => go(other), { title: graph.nodes.id[other] }));
    if (others.length > most) paragraph.append(`and ${others.length - most} more`);
    return paragraph;
  }
}

// The group of a GPU along an axis of a phase, as the set that the plan has; null where the GPU stands alone.
const groupOf = (phase, axis, gpu) => (phase.groups[axis] ?? []).find(group => has(parseSet(group), gpu)) ?? null;

// All of a group, or the beginning and the end of a long list.
function groupText(group) {
  const parts = group.split(","), most = 6;
  return parts.length <= most ? `GPUs ${group}` : `${sizeOf(parseSet(group))} GPUs: ${parts.slice(0, most - 2).join(", ")}, \u2026 ${parts[parts.length - 1]}`;
}

// One GPU: what it does, and with whom it talks; choosing a group asks for all of its GPUs.
function gpuDetails(plan, gpu, spoken, ask, peers) {
  const parts = [make("h2", plan.label ? `GPU ${gpu} of ${plan.label}` : `GPU ${gpu}`), make("p", spoken === null ? "" : spoken.replace(/^GPU \d+: /, ""))];
  for (const phase of plan.phases) {
    const entries = [];
    for (const axis of Object.keys(phase.groups)) {
      const group = groupOf(phase, axis, gpu);
      if (group === null) continue;
      const ranges = parseSet(group), button = makeButton(groupText(group), () => ask(`gpu ${group}`));
      for (const event of ["mouseenter", "focus"]) button.addEventListener(event, () => peers(ranges));
      for (const event of ["mouseleave", "blur"]) button.addEventListener(event, () => peers(null));
      entries.push([axis, button]);
    }
    if (entries.length > 0) parts.push(make("h3", `Groups in ${phase.name}`), factList(entries));
  }
  return parts;
}

// Several GPUs: whether they are a group, and each by itself.
function gpuSetDetails(plan, ranges, ask) {
  const set = textOf(ranges), text = groupText(set), names = [];
  const parts = [make("h2", text.startsWith("GPUs") ? `${sizeOf(ranges)} ${text}` : text)];
  for (const phase of plan.phases)
    for (const [axis, groups] of Object.entries(phase.groups)) if (groups.includes(set)) names.push(`${axis} group of ${phase.name}`);
  if (names.length > 0) parts.push(make("p", names.join(", ")));
  const list = make("p", null, { className: "neighbours" }), most = 32;
  let count = 0;
  for (const [low, high] of ranges)
    for (let gpu = low; gpu <= high && count < most; gpu++, count++) list.append(makeButton(`GPU ${gpu}`, () => ask(`gpu ${gpu}`)));
  if (sizeOf(ranges) > most) list.append(`and ${sizeOf(ranges) - most} more`);
  return [...parts, list];
}

function makeLegend(graphs) {
  const seen = new Set(), add = (style, text, colour, ground) => {
    if (seen.has(text)) return;
    seen.add(text);
    const item = make("li", null), sample = make("i", null, { className: style });
    sample.style.borderColor = `var(--${colour})`;
    if (ground) sample.style.background = `var(--${ground})`;
    item.append(sample, text);
    element("legend").append(item);
  };
  for (const kind of Object.keys(shapes)) if (graphs.some(graph => graph.facts.some(fact => fact.kind === kind))) add(shapes[kind], words[kind], kind + "-line", kind);
  for (const graph of graphs) {
    graph.data.edgeKinds.forEach((kind, k) => { if (graph.edges.k.includes(k)) add("edge " + kind, words[kind], kind); });
    for (const mark of graph.data.marks) add("edge pipeline", mark.reason, "bad");
    const folded = [...new Set(graph.data.folded)], most = 8;
    for (const run of folded.slice(0, most)) add("edge gate", `not drawn: ${run}`, "line");
    if (folded.length > most) add("edge gate", `not drawn: ${folded.length - most} further runs of layers`, "line");
  }
}
