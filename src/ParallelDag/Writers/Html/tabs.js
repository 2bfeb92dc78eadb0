// The pictures of the plan and its graph, a tab each. The tab that is shown has the zoom buttons and the keys.
const tabs = [];
let shownTab = 0;

function makeTabs(changed) {
  const list = document.getElementById("tabs"), panels = [...document.querySelectorAll("main > section")];
  list.hidden = panels.length < 2;
  for (const panel of panels) {
    const tab = document.createElement("button"), index = tabs.length;
    tab.type = "button";
    tab.id = "tab-" + panel.id;
    tab.textContent = panel.dataset.title;
    tabs.push({ tab, panel });
    if (list.hidden) continue;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => showTab(index));
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    list.append(tab);
  }
  list.addEventListener("keydown", event => {
    const last = tabs.length - 1, to = { ArrowRight: shownTab === last ? 0 : shownTab + 1, ArrowLeft: shownTab === 0 ? last : shownTab - 1, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    showTab(to);
    tabs[to].tab.focus();
  });
  makeTabs.changed = changed;
  showTab(0);
}

function showTab(chosen) {
  shownTab = chosen;
  tabs.forEach(({ tab, panel }, i) => {
    if (tabs.length > 1) tab.setAttribute("aria-selected", String(i === chosen));
    tab.tabIndex = i === chosen ? 0 : -1;
    panel.hidden = i !== chosen;
  });
  makeTabs.changed(tabs[chosen].panel);
}

const showPanel = id => showTab(tabs.findIndex(({ panel }) => panel.id === id));
