"use strict";
// Says the numbers under the pointer. Without it the figures and their tables are complete.
(function () {
  var said = JSON.parse(document.getElementById("ck-hover").textContent);
  var tip = document.createElement("div");
  tip.id = "ck-tip";
  tip.hidden = true;
  document.body.appendChild(tip);

  function listen(key, size) {
    var area = document.getElementById("ck-" + key + "-" + size + "-ck-area");
    if (!area) return;
    var svg = area.ownerSVGElement, rows = said[key].rows;
    svg.addEventListener("pointermove", function (event) {
      var box = area.getBoundingClientRect();
      var at = Math.floor((event.clientX - box.left) / box.width * rows.length);
      tip.hidden = !(at >= 0 && at < rows.length);
      if (tip.hidden) return;
      tip.textContent = said[key].text.replace(/\{(\d)\}/g, function (_, field) { return rows[at][field]; });
      var left = Math.min(event.clientX + 12, document.documentElement.clientWidth - tip.offsetWidth - 8);
      tip.style.left = Math.max(0, left) + window.scrollX + "px";
      tip.style.top = event.clientY + window.scrollY - 34 + "px";
    });
    svg.addEventListener("pointerleave", function () { tip.hidden = true; });
  }

  Object.keys(said).forEach(function (key) { listen(key, "wide"); listen(key, "narrow"); });
})();
