// The colours of the theme, as the style sheet has them at the time; where the user has forced colours, those of the system.
const { shapes, dashes, widths, words, family } = JSON.parse(document.getElementById("looks").textContent);
const strong = new Set(["text", "line", "muted", ...Object.keys(widths)]);
const systemColour = name => ["accent", "found", "up", "down"].includes(name) ? "Highlight" : name === "bad" ? "LinkText"
  : name.endsWith("-line") || strong.has(name) ? "CanvasText" : "Canvas";
let colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement), forced = matchMedia("(forced-colors: active)").matches;
  colours = new Proxy({}, {
    get: (known, name) => known[name] ??= forced ? systemColour(name) : style.getPropertyValue("--" + name).trim(),
  });
}
