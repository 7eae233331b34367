
"use strict";
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")];
  const INK = "#777777", GRID = "rgba(127,127,127,0.25)";
  const touched = matchMedia("(pointer: coarse)").matches;
  let printing = false;

  // Figures carry a middle ink that reads anywhere; the page knows its own colours.
  const dressed = (value, ink, grid) => {
    if (value === INK) return ink;
    if (value === GRID) return grid;
    if (Array.isArray(value)) return value.map((one) => dressed(one, ink, grid));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, dressed(one, ink, grid)]));
    }
    return value;
  };

  // The library that draws is most of the page: it runs when the first figure is drawn, after the text is there.
  const ready = () => {
    if (window.Plotly) return;
    const library = document.createElement("script");
    library.textContent = document.getElementById("library").textContent;
    document.head.append(library);
  };

  const draw = (plot) => {
    ready();
    const colours = getComputedStyle(document.documentElement);
    const colour = (name) => printing ? { "--ink": "#000000", "--grid": "rgba(0,0,0,.15)", "--paper": "#ffffff" }[name] : colours.getPropertyValue(name).trim();
    const made = dressed(JSON.parse(document.getElementById("data-" + plot.dataset.name).textContent), colour("--ink"), colour("--grid"));
    made.layout.hoverlabel = { ...made.layout.hoverlabel, bgcolor: colour("--paper"), bordercolor: colour("--ink"), font: { color: colour("--ink") } };
    if (touched) made.layout.dragmode = false; // a finger scrolls the page
    if (plot.clientWidth < 480) for (const note of made.layout.annotations || []) note.font = { ...note.font, size: 10 };
    if (printing) made.layout.width = 680;
    plot.dataset.drawn = "yes";
    return Plotly.react(plot, made.data, made.layout, { responsive: !printing, displaylogo: false, displayModeBar: touched ? false : "hover", modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] });
  };
  const missing = () => plots.filter((plot) => !plot.dataset.drawn);

  // What is near the window is drawn first, the rest when nothing else is to be done.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting && !entry.target.dataset.drawn) draw(entry.target);
  }, { rootMargin: "600px" });
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 60));
  const next = () => { const [plot] = missing(); if (plot) { draw(plot); idle(next); } };
  addEventListener("load", () => {
    plots.forEach((plot) => near.observe(plot));
    setTimeout(() => idle(next), 200);
  });
  dark.addEventListener("change", () => plots.filter((plot) => plot.dataset.drawn).forEach(draw));

  addEventListener("beforeprint", () => {
    printing = true;
    plots.forEach(draw);
  });
  addEventListener("afterprint", () => {
    printing = false;
    plots.forEach(draw);
  });

  // A cell that a spreadsheet would take for a formula begins with an apostrophe; numbers stay numbers.
  const number = /^[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?%?$/;
  const guarded = (text) => /^[=+\-@\t\r]/.test(text) && !number.test(text) ? "'" + text : text;
  const grid = (name, raw) => [...document.getElementById("table-" + name).rows].map((row) =>
    [...row.cells].map((cell) => guarded(raw && cell.dataset.raw !== undefined ? cell.dataset.raw : cell.textContent.trim())));
  const csv = (rows) => rows.map((row) => row.map((text) => /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text).join(",")).join("\r\n") + "\r\n";
  const say = (button, text) => { button.parentElement.querySelector("[role=status]").textContent = text; };

  const copied = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* not every browser lets a file do so */ }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.copy) {
      const text = grid(button.dataset.copy, false).map((row) => row.join("\t")).join("\n");
      say(button, (await copied(text)) ? "Copied." : "Could not be copied.");
    } else if (button.dataset.csv) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(["\ufeff" + csv(grid(button.dataset.csv, true))], { type: "text/csv" }));
      link.download = button.dataset.csv + ".csv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      say(button, "Downloaded with all digits.");
    }
  });
  // Closed details hide what an address points at.
  addEventListener("hashchange", () => document.getElementById(location.hash.slice(1))?.focus());
})();
