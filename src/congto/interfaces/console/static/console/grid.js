// Keys and selection of a list: j/k move, Enter opens, x selects, f goes to the filter, n/p turn pages.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const rows = () => $$("[data-grid] [data-row]");
  let at = -1;
  let goes = 0; // until when a key belongs to "g then a letter", which console.js answers

  function stand(index) {
    const all = rows();
    if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, index));
    all.forEach((row, place) => row.classList.toggle("here", place === at));
    all[at].scrollIntoView({ block: "nearest" });
  }

  const boxes = () => $$("[data-grid] input[name=id]");

  function count() {
    const chosen = boxes().filter((box) => box.checked).length;
    const shown = $("[data-selected]");
    if (shown) shown.textContent = chosen ? ` · ${chosen} ${shown.dataset.word}` : "";
    const all = $("[data-all]");
    if (all) { all.checked = chosen > 0 && chosen === boxes().length; all.indeterminate = chosen > 0 && !all.checked; }
    boxes().forEach((box) => box.closest("tr").classList.toggle("chosen", box.checked));
  }

  const actions = {
    j: () => stand(at + 1),
    k: () => stand(at - 1),
    x: () => { const box = rows()[at]?.querySelector("input[name=id]"); if (box) { box.checked = !box.checked; count(); } },
    f: () => { const field = $("[data-filter] input:not([type=hidden]), [data-filter] select"); field?.focus(); field?.select?.(); },
    n: () => $("[data-page=next]")?.click(),
    p: () => $("[data-page=previous]")?.click(),
    a: () => $("[data-key-a]")?.focus(),
    r: () => $("[data-key-r]")?.focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape" && event.target.closest("[data-filter]")) {
        event.preventDefault(); // the browser would empty the field and so change the list
        event.target.blur();
      }
      return;
    }
    if (Date.now() < goes) { goes = 0; return; }
    if (event.key === "g") { goes = Date.now() + 1200; return; }
    if (event.key === "Enter" && at >= 0 && !event.target.closest("a, button, summary")) {
      const url = rows()[at]?.dataset.url;
      if (url) { event.preventDefault(); window.location.assign(url); }
    } else if (Object.hasOwn(actions, event.key)) {
      event.preventDefault();
      actions[event.key]();
    }
  }, true);

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("[data-all], [data-grid] input[name=id]")) count();
  });

  // One address for several columns: columns=a,b,c.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-columns]")) return;
    event.preventDefault();
    const data = new FormData(event.target);
    const chosen = data.getAll("columns").join(",");
    data.delete("columns");
    const query = new URLSearchParams(data);
    if (chosen) query.set("columns", chosen);
    window.location.assign(`?${query}`);
  });

  // After a new page or filter: the cursor returns to the top, and "save view" keeps what is seen.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "grid") return;
    const polled = event.detail.requestConfig?.triggeringEvent === undefined;
    if (polled && at >= 0) stand(at); else at = -1;
    count();
    const query = $("#selection input[name=query]")?.value;
    const view = $("[data-view] input[name=query]");
    if (view && query !== undefined) view.value = query;
  });
})();
