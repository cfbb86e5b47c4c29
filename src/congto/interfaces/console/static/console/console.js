// The console's own behaviour: keys, search list, unit choice, charts. No inline script anywhere.
"use strict";
(() => {
  const vegaUrl = document.currentScript.dataset.vega;
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- keys -------------------------------------------------------------------------------
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
  let goes = false;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") return closeAll();
    if (typing(event.target) || $("dialog[open]")) return;
    if (goes) {
      goes = false;
      const link = $(`.side a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "/") { event.preventDefault(); $("#q")?.focus(); $("#q")?.select(); }
    else if (event.key === "?") { event.preventDefault(); $("#keys")?.showModal(); }
    else if (event.key === "g") { goes = true; setTimeout(() => { goes = false; }, 1200); }
  });

  function closeAll() {
    closeList();
    $$("details.person[open]").forEach((menu) => { menu.open = false; });
    toggle($("#nav"), false);
    if (document.activeElement?.id === "q") document.activeElement.blur();
  }

  // ---- menus and the unit choice ----------------------------------------------------------
  function toggle(nav, open) {
    if (!nav) return;
    nav.classList.toggle("open", open);
    $("[data-toggles=nav]")?.setAttribute("aria-expanded", String(nav.classList.contains("open")));
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toggles=nav]")) return toggle($("#nav"));
    const opener = event.target.closest("[data-opens]");
    if (opener) $(`#${opener.dataset.opens}`)?.showModal();
    if (event.target.closest("[data-print]")) window.print();
    if (!event.target.closest(".find")) closeList();
    if (!event.target.closest("details.person")) $$("details.person[open]").forEach((menu) => { menu.open = false; });
    if (!event.target.closest("#nav")) toggle($("#nav"), false);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-scope]");
    if (form) {
      const address = new URL(window.location.href);
      address.searchParams.set("unit", event.target.value);
      window.location.assign(address);
    } else if (event.target.closest("[data-submits]")) {
      event.target.form.requestSubmit();
    }
  });

  // ---- the search list --------------------------------------------------------------------
  const box = $("#q");
  const list = $("#found");
  const options = () => (list ? $$("[role=option]", list) : []);
  const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

  function choose(index) {
    const all = options();
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    if (all[index]) { all[index].scrollIntoView({ block: "nearest" }); box.setAttribute("aria-activedescendant", all[index].id); }
    else box.removeAttribute("aria-activedescendant");
  }

  function closeList() {
    if (!list) return;
    list.replaceChildren();
    box.setAttribute("aria-expanded", "false");
  }

  box?.addEventListener("keydown", (event) => {
    const count = options().length;
    if (!count || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    if (event.key === "Enter") {
      const option = options()[chosen()];
      if (option) { event.preventDefault(); option.click(); }
      return;
    }
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose((chosen() + step + count + (chosen() < 0 && step < 0 ? 1 : 0)) % count);
  });
  list?.addEventListener("htmx:afterSwap", () => box.setAttribute("aria-expanded", String(options().length > 0)));
  // An answer that comes after the box was left must not open the list over the page.
  list?.addEventListener("htmx:beforeSwap", (event) => { if (document.activeElement !== box) event.detail.shouldSwap = false; });

  // ---- charts -----------------------------------------------------------------------------
  let library = null;
  const loadVega = () => library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = vegaUrl;
    script.onload = () => resolve(window.vegaEmbed);
    script.onerror = () => reject(new Error("the chart library did not load"));
    document.head.append(script);
  });

  const formatLocale = { decimal: ",", thousands: ".", grouping: [3], currency: ["", " đ"], percent: " %" };
  const months = Array.from({ length: 12 }, (_, index) => `Tháng ${index + 1}`);
  const days = ["Chủ nhật", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy"];
  const timeFormatLocale = {
    dateTime: "%H:%M %d/%m/%Y", date: "%d/%m/%Y", time: "%H:%M:%S", periods: ["SA", "CH"], days,
    shortDays: ["CN", "T2", "T3", "T4", "T5", "T6", "T7"], months, shortMonths: months.map((name) => name.replace("Tháng ", "Th")),
  };

  function theme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const palette = [1, 2, 3, 4, 5, 6, 7].map((number) => colour(`c${number}`));
    const text = { labelColor: colour("muted"), titleColor: colour("muted"), labelFontSize: 11, titleFontSize: 11, titleFontWeight: 500 };
    return {
      background: "transparent", font: getComputedStyle(document.body).fontFamily, view: { stroke: null },
      axis: { ...text, gridColor: colour("line"), domainColor: colour("line"), tickColor: colour("line") },
      legend: { ...text, orient: "bottom", title: null, columns: window.innerWidth < 640 ? 2 : 5, symbolType: "square", symbolSize: 90 },
      header: { labelColor: colour("muted"), titleColor: colour("muted") },
      range: { category: palette, ordinal: palette }, mark: { color: palette[0] }, bar: { color: palette[0] }, line: { color: palette[0] },
      rule: { color: colour("muted") }, text: { color: colour("ink") },
    };
  }

  async function draw(figure) {
    const plot = $(".plot", figure);
    const spec = JSON.parse($("script[type='application/json']", figure).textContent);
    const vegaEmbed = await loadVega();
    figure.vega?.finalize();
    figure.vega = await vegaEmbed(plot, spec, {
      ast: true, // the expression interpreter: no eval, so the page needs no 'unsafe-eval'
      actions: false, defaultStyle: false, renderer: "svg", config: theme(), formatLocale, timeFormatLocale,
      tooltip: { disableDefaultStyle: true },
    });
    figure.dataset.drawn = "yes";
  }

  function drawAll(root = document) {
    const figures = root.matches?.("[data-chart]") ? [root] : $$("[data-chart]", root);
    figures.forEach((figure) => draw(figure).catch((error) => {
      figure.dataset.drawn = "no";
      $("details", figure)?.setAttribute("open", ""); // the table says what the picture cannot
      console.error(error);
    }));
  }

  drawAll();
  document.body.addEventListener("htmx:load", (event) => { if (event.target !== document.body) drawAll(event.target); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
})();
