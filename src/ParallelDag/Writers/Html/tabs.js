// The pictures of the plan, a tab each, over one selection: GPUs that are chosen in a picture are asked for in the search field, and what is
// asked for there is outlined in every picture.
const sheets = [...document.querySelectorAll("section.sheet")];
const stagePanel = document.getElementById("stage");
const tabs = [];

function makeTabs() {
  const list = document.getElementById("tabs");
  if (sheets.length === 0) return;
  list.hidden = false;
  for (const [panel, title] of [...sheets.map(sheet => [sheet, sheet.dataset.title]), [stagePanel, "DAG"]]) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.textContent = title;
    tab.addEventListener("click", () => showTab(tabs.findIndex(entry => entry.tab === tab)));
    list.append(tab);
    tabs.push({ tab, panel });
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", title);
  }
  list.addEventListener("keydown", event => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? tabs.length - 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    showTab((tabs.findIndex(entry => entry.tab === document.activeElement) + step) % tabs.length);
  });
  for (const sheet of sheets) {
    sheet.addEventListener("click", event => {
      const part = event.target.closest("[data-gpu],[data-gpus]");
      askForGpus(part === null ? null : part.dataset.gpu ?? part.dataset.gpus);
    });
  }
  showTab(tabs.length - 1, false);
}

function showTab(chosen, focus = true) {
  tabs.forEach(({ tab, panel }, i) => {
    tab.setAttribute("aria-selected", i === chosen);
    tab.tabIndex = i === chosen ? 0 : -1;
    panel.hidden = i !== chosen;
  });
  if (focus) tabs[chosen].tab.focus();
  if (tabs[chosen].panel === stagePanel) resize();
}

function askForGpus(set) {
  const query = document.getElementById("query");
  const range = set === null ? "" : "gpu " + set.split(",")[0];
  query.value = query.value === range ? "" : range;
  query.dispatchEvent(new Event("input"));
}

function outlineGpus(range) {
  for (const sheet of sheets) {
    for (const part of sheet.querySelectorAll("[data-gpu],[data-gpus]"))
      part.classList.toggle("chosen", range !== null && hasAny(part.dataset.gpu ?? part.dataset.gpus, range));
  }
}
