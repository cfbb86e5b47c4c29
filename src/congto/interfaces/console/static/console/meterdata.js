// A point's half-hours by keyboard: j/k go to the next and earlier span, y/m/d change the zoom;
// and the form of a day opened at a half-hour.
"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const steps = { j: "next", k: "previous" };
  let goes = 0; // until when a key belongs to "g then a letter", which console.js answers

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (Date.now() < goes) { goes = 0; return; }
    if (event.key === "g") { goes = Date.now() + 1200; return; }
    const link = Object.hasOwn(steps, event.key) ? $(`[data-step="${steps[event.key]}"]`) : $(`[data-zoom="${CSS.escape(event.key)}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  }, true);

  // A half-hour pressed on the plot or in the table: the form opens there with the value in force.
  const edit = () => {
    const from = $("#edit select[name=from]");
    const index = /^#edit-(\d+)$/.exec(location.hash)?.[1];
    if (!from || index === undefined || !from.options[index]) return;
    $("#edit").open = true;
    from.value = index;
    const values = $("#edit input[name=values]");
    const held = from.options[index].dataset.value;
    values.value = held === "–" ? "" : held;
    history.replaceState(null, "", location.pathname + location.search);
    values.focus();
    values.select();
  };
  addEventListener("hashchange", edit);
  edit();
})();
