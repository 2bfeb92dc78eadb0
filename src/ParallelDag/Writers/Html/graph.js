// A graph as the writer left it: columns, neighbours in both directions, and spatial indices over nodes and edges.
function makeGraph(element, plan) {
  const data = JSON.parse(element.textContent);
  const { nodes, edges, points, facts, scopes, gpus, labels } = data;
  const nodeCount = nodes.id.length, edgeCount = edges.s.length;
  const edgeSize = new Float32Array(edgeCount);

  function rows(from, to) {
    const first = new Uint32Array(nodeCount + 1), links = new Uint32Array(edgeCount);
    for (const node of from) first[node + 1]++;
    for (let i = 0; i < nodeCount; i++) first[i + 1] += first[i];
    const next = first.slice();
    for (let edge = 0; edge < edgeCount; edge++) links[next[from[edge]]++] = edge;
    return { first, links, end: edge => to[edge] };
  }

  function nodeIndex() {
    if (nodeCount === 0) return { search: () => [], neighbors: () => [] };
    const index = new Flatbush(nodeCount);
    for (let i = 0; i < nodeCount; i++) index.add(nodes.x[i], nodes.y[i], nodes.x[i] + nodes.w[i], nodes.y[i] + nodes.h[i]);
    index.finish();
    return index;
  }

  function edgeIndex() {
    if (edgeCount === 0) return { search: () => [] };
    const index = new Flatbush(edgeCount);
    for (let edge = 0; edge < edgeCount; edge++) {
      let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
      for (let p = edges.p[edge]; p < edges.p[edge + 1]; p += 2) {
        left = Math.min(left, points[p]); right = Math.max(right, points[p]);
        top = Math.min(top, points[p + 1]); bottom = Math.max(bottom, points[p + 1]);
      }
      index.add(left, top, right, bottom);
      edgeSize[edge] = Math.max(right - left, bottom - top);
    }
    index.finish();
    return index;
  }

  const graph = {
    data, plan, nodes, edges, points, labels, nodeCount, edgeCount, edgeSize,
    nodeOf: new Map(nodes.id.map((id, node) => [id, node])),
    outgoing: rows(edges.s, edges.t), incoming: rows(edges.t, edges.s),
    nodesIn: nodeIndex(), edgesIn: edgeIndex(),
    fact: node => facts[nodes.f[node]], scope: node => scopes[nodes.s[node]], gpus: node => gpus[nodes.g[node]],
    facts, searchText: null,
  };
  return graph;
}

function neighbours(side, node) {
  const result = new Set();
  for (let i = side.first[node]; i < side.first[node + 1]; i++) result.add(side.end(side.links[i]));
  return [...result];
}

// Everything that can be reached from a node, itself included, as one flag a node.
function reach(side, start) {
  const seen = new Uint8Array(side.first.length - 1), queue = [start];
  seen[start] = 1;
  while (queue.length > 0) {
    const node = queue.pop();
    for (let i = side.first[node]; i < side.first[node + 1]; i++) {
      const other = side.end(side.links[i]);
      if (!seen[other]) { seen[other] = 1; queue.push(other); }
    }
  }
  return seen;
}
