// A book's sheet by keyboard: Enter keeps a row and goes to the next, arrows move, what is wrong keeps the focus.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const dials = (row) => $$("[data-dial]:not([disabled])", row);

  function stand(input) {
    if (!input) return;
    input.focus({ preventScroll: true });
    input.select();
    input.closest(".read-row").scrollIntoView({ block: "nearest" });
  }

  // The next row that still lacks a figure; after the last one the next page.
  function onwards(row) {
    let next = row.nextElementSibling;
    while (next && next.classList.contains("done")) next = next.nextElementSibling;
    if (next) return stand(dials(next)[0]);
    $("[data-next-page]")?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const input = event.target.closest("[data-dial]");
    if (!input || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = input.closest(".read-row");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const other = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      if (other) stand(dials(other)[0]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const own = dials(row);
      const empty = own.slice(own.indexOf(input) + 1).find((one) => !one.value);
      const reason = /^[a-z]{2}$/i.test(input.value.trim());
      if (empty && input.value && !reason) return stand(empty);
      if (input.value || $("[data-state]", row)?.value) return input.form.requestSubmit();
      onwards(row);
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-state]") && event.target.value) event.target.form.requestSubmit();
  });

  // While a row is on its way its answer must not be overtaken by a second one.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-row-form]")) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  for (const failed of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(failed, (event) => {
    const row = event.target.closest(".read-row");
    if (!row) return;
    delete $("[data-row-form]", row).dataset.sent;
    row.classList.add("wrong");
    const said = $(".said", row);
    const text = document.createElement("p");
    text.className = "bad";
    text.textContent = said.dataset.unsent;
    said.prepend(text);
  });

  document.addEventListener("htmx:load", (event) => {
    const row = event.target;
    if (!row.matches?.(".read-row")) return;
    if (row.dataset.kept !== undefined) onwards(row);
    else stand(dials(row)[0]);
  });

  if (!location.hash) stand(dials($("[data-sheet] .read-row:not(.done)") ?? document)[0]);
})();
