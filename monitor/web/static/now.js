// Says that there are new alerts; the page itself changes only when it is asked to.
"use strict";
(() => {
  const hint = document.getElementById("fresh");
  const link = hint && hint.querySelector("[data-events]");
  if (!link || !window.EventSource) return;
  let count = 0;
  const events = new EventSource(link.dataset.events);
  events.addEventListener("alert", () => {
    count += 1;
    link.textContent = `${count} new: show`;
    link.href = location.href;
    hint.hidden = false;
  });
  addEventListener("pagehide", () => events.close());
})();
