// Says that there are new alerts; the page itself changes only when it is asked to.
"use strict";
(() => {
  const hint = document.getElementById("fresh");
  const link = hint && hint.querySelector("[data-events]");
  if (!link || !window.EventSource) return;
  let count = 0;
  let url = link.dataset.events; // from where the page ends
  let events = null;
  const listen = () => {
    if (events) return;
    events = new EventSource(url);
    events.addEventListener("alert", event => {
      count += 1;
      url = `${url.split("?")[0]}?after=${encodeURIComponent(event.lastEventId)}`;
      link.textContent = `${count} new: show`;
      link.href = location.href;
      hint.hidden = false;
    });
  };
  const leave = () => {
    if (events) events.close();
    events = null;
  };
  // A browser has six lines to a host, for all its windows: one that nobody sees holds none.
  const look = () => (document.visibilityState === "visible" ? listen() : leave());
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", look);
  look();
})();
