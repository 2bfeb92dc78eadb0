// What people call the parts of a layer. From afar, where no operator has room for its name, its part of the layer has.
const blockOfOp = op => op === null || op === undefined ? null
  : op === "gate" || op === "top_k" ? "Router"
  : ["experts", "shared_experts", "dispatch", "combine", "expert_aggregation", "expert_all_gather", "expert_reduce_scatter"].includes(op) ? "Experts"
  : op.startsWith("ffn_") ? "FFN"
  : /^(attention|qkv|kv_all|ring|ulysses|output_projection)/.test(op) ? "Attention" : null;

// The boxes of all blocks, a block being what has one scope and one name.
function blocksOf(graph) {
  if (graph.blocks) return graph.blocks;
  const { nodes } = graph, blocks = new Map();
  for (let node = 0; node < graph.nodeCount; node++) {
    const name = graph.scope(node).layer === null ? null : blockOfOp(graph.fact(node).op);
    if (name === null) continue;
    const key = `${nodes.s[node]} ${name}`, x = nodes.x[node], y = nodes.y[node], right = x + nodes.w[node], bottom = y + nodes.h[node];
    const block = blocks.get(key);
    if (!block) blocks.set(key, { name, left: x, top: y, right, bottom, lowest: nodes.h[node] });
    else {
      block.left = Math.min(block.left, x); block.top = Math.min(block.top, y);
      block.right = Math.max(block.right, right); block.bottom = Math.max(block.bottom, bottom);
      block.lowest = Math.min(block.lowest, nodes.h[node]);
    }
  }
  // Norm and sum around experts belong to them.
  return graph.blocks = [...blocks].filter(([key, { name }]) => name !== "FFN" || !blocks.has(key.replace("FFN", "Experts"))).map(([, block]) => block);
}

function drawBlockNames(context, graph, k, box) {
  const size = 12 / k;
  context.globalAlpha = 1;
  context.textAlign = "center";
  context.lineJoin = "round";
  context.font = `bold ${size}px ${family}`;
  context.strokeStyle = colours.ground;
  context.fillStyle = colours.text;
  context.lineWidth = 4 / k;
  for (const block of blocksOf(graph)) {
    if (block.lowest * k >= nameSize + 1 || block.left > box.right || block.right < box.left || block.top > box.bottom || block.bottom < box.top) continue;
    if ((block.bottom - block.top) * k < 18 || textWidth(block.name, 12, true) > (block.right - block.left) * k) continue;
    const x = (block.left + block.right) / 2, y = (block.top + block.bottom) / 2 + size * 0.36;
    context.strokeText(block.name, x, y);
    context.fillText(block.name, x, y);
  }
}
