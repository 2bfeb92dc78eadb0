// The pictures of the plan: what on them stands for GPUs, stages, experts or operators can be chosen, by mouse and by keyboard, and each
// picture is zoomed and moved like a map.
const keys = ["gpu", "gpus", "stage", "expert", "op", "axis"];
const partSelector = keys.map(key => `[data-${key}]`).join(",");

function makeSheet(holder, plan, hooks) {
  const svg = holder.querySelector("svg"), parts = [...svg.querySelectorAll(partSelector)].map(element => ({ element, data: element.dataset }));
  let transform = d3.zoomIdentity, unit = 1, at = 0, chosen = [], peers = [];
  for (const part of parts) {
    part.text = plain([part.element.querySelector("title")?.textContent, part.data.op, aliases[part.data.op], part.data.axis].join(" "));
    part.gpus = parseSet(part.data.gpus ?? part.data.gpu);
    part.element.setAttribute("role", "button");
    part.element.setAttribute("aria-pressed", "false");
    part.element.setAttribute("tabindex", "-1");
  }
  if (parts.length > 0) parts[0].element.setAttribute("tabindex", "0");

  const zoom = d3.zoom().scaleExtent([0.5, 40]).on("zoom", event => {
    transform = event.transform;
    place();
  });
  const surface = d3.select(holder).call(zoom).on("dblclick.zoom", null);
  const marks = svg.appendChild(document.createElementNS(svg.namespaceURI, "g"));
  marks.setAttribute("aria-hidden", "true");
  new ResizeObserver(place).observe(holder);

  // The whole holder is a window on the sheet, which stands in its middle at first.
  function place() {
    const width = holder.clientWidth, height = holder.clientHeight, { k, x, y } = transform;
    if (width === 0 || height === 0) return;
    unit = Math.max(1600 / width, 1000 / height);
    const left = (1600 - width * unit) / 2 - x * unit / k, top = (1000 - height * unit) / 2 - y * unit / k;
    svg.setAttribute("viewBox", `${left} ${top} ${width * unit / k} ${height * unit / k}`);
  }

  function focus(index) {
    parts[at].element.setAttribute("tabindex", "-1");
    at = index;
    parts[at].element.setAttribute("tabindex", "0");
    parts[at].element.focus({ preventScroll: true });
    reveal(parts[at].element);
  }

  function reveal(element) {
    const inner = element.getBoundingClientRect(), outer = holder.getBoundingClientRect();
    if (inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    const x = outer.left + outer.width / 2 - inner.left - inner.width / 2, y = outer.top + outer.height / 2 - inner.top - inner.height / 2;
    surface.call(zoom.translateBy, x / transform.k, y / transform.k);
  }

  // The nearest part in a direction: what lies ahead, the more so the less it lies aside.
  function towards(direction) {
    const from = parts[at].element.getBoundingClientRect(), x = from.left + from.width / 2, y = from.top + from.height / 2;
    let best = -1, nearest = Infinity;
    parts.forEach((part, index) => {
      const to = part.element.getBoundingClientRect(), dx = to.left + to.width / 2 - x, dy = to.top + to.height / 2 - y;
      const ahead = { left: -dx, right: dx, up: -dy, down: dy }[direction], aside = direction === "left" || direction === "right" ? dy : dx;
      if (index === at || ahead < 1) return;
      const distance = ahead + 3 * Math.abs(aside);
      if (distance < nearest) { nearest = distance; best = index; }
    });
    return best;
  }

  holder.addEventListener("keydown", event => {
    const directions = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }, direction = directions[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction && event.shiftKey) pan(direction);
    else if (direction && parts.length > 0) {
      const next = document.activeElement === holder ? at : towards(direction);
      if (next >= 0) focus(next);
    } else if (event.key === "Home" && parts.length > 0) focus(0);
    else if (event.key === "End" && parts.length > 0) focus(parts.length - 1);
    else if ((event.key === "Enter" || event.key === " ") && document.activeElement !== holder) hooks.chosen(parts[at].data, plan);
    else return;
    event.preventDefault();
  });
  holder.addEventListener("click", event => {
    if (event.defaultPrevented) return;
    const element = event.target.closest(partSelector), index = parts.findIndex(part => part.element === element);
    if (index < 0) { hooks.chosen(null, plan); return; }
    focus(index);
    hooks.chosen(parts[index].data, plan);
  });

  function pan(direction) {
    const by = 80 / transform.k, moves = { left: [by, 0], right: [-by, 0], up: [0, by], down: [0, -by] };
    surface.call(zoom.translateBy, ...moves[direction]);
  }

  // Draws frames around parts; a picture that is not shown has no boxes to frame, so this waits until it is.
  function frame() {
    marks.replaceChildren();
    if (holder.clientWidth === 0) return;
    for (const [name, framed] of [["peer", peers], ["mark", chosen]]) {
      for (const part of framed) {
        const box = part.element.getBBox(), rect = marks.appendChild(document.createElementNS(svg.namespaceURI, "rect"));
        const at = { class: name, x: box.x - 2, y: box.y - 2, width: box.width + 4, height: box.height + 4, rx: 3 };
        for (const [key, value] of Object.entries(at)) rect.setAttribute(key, value);
      }
    }
  }

  // Frames what is asked for: every key that a part has and that is asked for must agree, and one of them at least.
  function outline(asked) {
    chosen = asked === null ? [] : parts.filter(part => agrees(part, asked));
    const pressed = new Set(chosen);
    for (const part of parts) {
      part.element.classList.toggle("chosen", pressed.has(part));
      part.element.setAttribute("aria-pressed", String(pressed.has(part)));
    }
    frame();
  }

  // Of parts that stand for something else than their GPUs, words tell; of the others the GPUs that carry out what was found.
  function agrees({ data, gpus, text }, asked) {
    let any = false;
    if (data.phase && asked.phase && data.phase !== asked.phase && data.phase.replace(/\d+$/, "") !== asked.phase) return false;
    if (gpus.length > 0 && asked.gpus !== null) {
      if (!meets(gpus, asked.gpus) || (data.op && asked.byNumber && asked.ops !== null && !asked.ops.has(data.op))) return false;
      any = true;
    }
    if (data.expert !== undefined && asked.expert !== null) {
      if (!has(asked.expert, Number(data.expert))) return false;
      any = true;
    }
    if (gpus.length === 0 && data.stage !== undefined && asked.stage !== null) {
      if (!has(asked.stage, Number(data.stage))) return false;
      any = true;
    }
    if (asked.words.length > 0 && (data.op || data.axis)) return asked.words.every(word => text.includes(word)) && (any || !asked.byNumber);
    return any && (asked.byNumber || asked.words.length === 0);
  }

  return {
    plan, holder, outline, frame, pan,
    peers: ranges => {
      peers = ranges === null ? [] : parts.filter(part => part.data.gpu !== undefined && part.data.expert === undefined && meets(part.gpus, ranges));
      frame();
    },
    spoken: gpu => parts.find(part => has(part.gpus, gpu))?.element.querySelector("title")?.textContent ?? null,
    scaleBy: factor => surface.call(zoom.scaleBy, factor),
    fit: () => surface.call(zoom.transform, d3.zoomIdentity),
  };
}
