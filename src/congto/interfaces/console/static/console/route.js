// A route by keyboard: arrows go from point to point, Alt with an arrow moves the point, Enter sends its number.
"use strict";
(() => {
  const form = document.querySelector("[data-route]");
  if (!form) return;
  const step = (row, key) => (key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling);

  function stand(input) {
    if (!input) return;
    input.focus({ preventScroll: true });
    input.select();
    input.closest(".stop").scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("keydown", (event) => {
    const input = event.target.closest("[data-to]");
    if (!input || event.ctrlKey || event.metaKey) return;
    const row = input.closest(".stop");
    if (event.key === "Enter") {
      event.preventDefault();
      row.querySelector("[data-go]").click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (event.altKey) return row.querySelector(event.key === "ArrowDown" ? "[data-down]" : "[data-up]").click();
      stand(step(row, event.key)?.querySelector("[data-to]"));
    }
  });

  // After the page has gone to the address of the moved point itself, its number takes the focus.
  addEventListener("load", () => setTimeout(() => {
    const moved = location.hash && document.getElementById(location.hash.slice(1));
    if (moved) stand(moved.querySelector("[data-to]"));
  }));
})();
