// Held bills by keyboard: j/k go through the queue, a letter opens its decision, o and u leave.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const links = { j: "next", k: "previous", o: "customer", u: "up" };
  let goes = 0; // until when a key belongs to "g then a letter", which console.js answers

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (Date.now() < goes) { goes = 0; return; }
    if (event.key === "g") { goes = Date.now() + 1200; return; }
    const button = $(`[data-held-key="${CSS.escape(event.key)}"]`);
    const link = Object.hasOwn(links, event.key) ? $(`[data-held="${links[event.key]}"]`) : null;
    if (!button && !link) return;
    event.preventDefault();
    (button ?? link).click();
  }, true);

  // Pressed twice, a decision is sent once; the reason has the focus as soon as its dialog opens.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".decision-dialog form");
    if (!form || event.submitter?.formMethod === "dialog") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
})();
