// Draws the curves: one uPlot for each chart, all with the same cursor; sizes and repairs are marked on each.
// Where data.across names what they run along, it is no count of steps: its axis is logarithmic, and marks stand on it.
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("steadystyle-curves").textContent);
  const room = document.getElementById("curves");
  if (!room) return; // a page with nothing to draw
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const across = data.across || "step", logarithmic = Boolean(data.across);
  const eventAt = new Map(data.events.map(event => [event.step, event]));
  const color = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let plots = [];

  // Ticks that people would choose: powers of ten, with 2 and 5 between while there are few; even steps in a small range.
  function ticks(plot, axis, min, max) {
    if (max / min < 8) {
      const rough = (max - min) / 4, power = 10 ** Math.floor(Math.log10(rough));
      const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= rough);
      const first = Math.ceil(min / step), count = Math.floor(max / step) - first + 1;
      return Array.from({ length: Math.max(count, 0) }, (_, place) => (first + place) * step);
    }
    const low = Math.floor(Math.log10(min)), high = Math.ceil(Math.log10(max));
    const every = Math.ceil((high - low) / 6), found = [];
    for (let power = low; power <= high; power += every)
      for (const digit of high - low < 3 ? [1, 2, 5] : [1]) found.push(Number(`${digit}e${power}`));
    return found.filter(value => value >= min && value <= max);
  }

  function shown(value) {
    if (value == null) return "–";
    return value >= 1e5 || value < 1e-3 ? value.toExponential(1).replace("e+", "e") : String(Number(value.toPrecision(4)));
  }

  function marks(plot) {
    const { ctx, bbox } = plot, unit = devicePixelRatio;
    const column = step => Math.round(plot.valToPos(step, "x", true));
    const inside = x => x >= bbox.left && x <= bbox.left + bbox.width;
    const line = (x, dash) => {
      ctx.setLineDash(dash.map(part => part * unit));
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    };
    ctx.save();
    ctx.lineWidth = unit;
    ctx.font = `${11 * unit}px system-ui, sans-serif`;
    ctx.textBaseline = "bottom";
    ctx.strokeStyle = ctx.fillStyle = color("--faint");
    let free = -Infinity;
    for (const scale of data.scales) {
      const x = column(scale.step - (scale.step && !logarithmic ? 0.5 : 0));
      if (!inside(x)) continue;
      if (scale.step) line(x, [2, 3]);
      const room = bbox.left + bbox.width - x;
      if (x < free || ctx.measureText(scale.label).width > room) continue;
      ctx.textAlign = "left";
      ctx.fillText(scale.label, x, bbox.top - 14 * unit);
      free = x + ctx.measureText(scale.label).width + 6 * unit;
    }
    ctx.strokeStyle = ctx.fillStyle = color("--event");
    ctx.textAlign = "center";
    free = -Infinity;
    for (const event of data.events) {
      const x = column(event.step);
      if (!inside(x)) continue;
      line(x, [5, 4]);
      ctx.beginPath();
      ctx.moveTo(x - 4 * unit, bbox.top - unit);
      ctx.lineTo(x + 4 * unit, bbox.top - unit);
      ctx.lineTo(x, bbox.top + 6 * unit);
      ctx.fill();
      if (x < free) continue;
      ctx.fillText(event.number, x, bbox.top - 2 * unit);
      free = x + 14 * unit;
    }
    ctx.restore();
  }

  // A line shows all values but those that stand alone between two gaps.
  function alone(plot, series, shown, gaps) {
    const values = plot.data[series], found = [];
    for (let place = 0; place < values.length; place++)
      if (values[place] != null && values[place - 1] == null && values[place + 1] == null) found.push(place);
    return found;
  }

  function options(chart, place, width) {
    const ticked = { splits: ticks, filter: (plot, found) => found, values: (plot, found) => found.map(shown) };
    const axis = { stroke: color("--faint"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
    return {
      width,
      height: place ? 210 : 320,
      padding: [30, 12, 0, 0],
      cursor: { sync: { key: "steadystyle" }, points: { size: 7 } },
      scales: {
        x: logarithmic ? { time: false, distr: 3, range: (plot, min, max) => [min / 1.1, max * 1.1] } : { time: false },
        y: { distr: 3, range: (plot, min, max) => (min == null ? [0.1, 10] : [min / 1.25, max * 1.25]) },
      },
      axes: [
        { ...axis, size: 28, label: across, labelSize: 18, labelFont: "12px system-ui, sans-serif", ...(logarithmic ? ticked : {}), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000] },
        { ...axis, size: 62, ...ticked },
      ],
      series: [
        { label: across, value: (plot, step) => {
          if (logarithmic) return shown(step);
          const event = eventAt.get(step);
          return step == null ? "–" : event ? `${step} (repair ${event.number}: ${event.cause})` : String(step);
        } },
        ...chart.series.map((series, number) => ({
          label: series.name,
          stroke: color(`--series-${number % 6}`),
          width: number || chart.series.length === 1 ? 1.5 : 2.5,
          paths: chart.stepped ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
          points: { show: true, size: 4, filter: logarithmic ? null : alone },
          value: (plot, value) => shown(value),
        })),
      ],
      hooks: { draw: [marks] },
    };
  }

  function draw() {
    plots.forEach(plot => plot.destroy());
    room.textContent = "";
    plots = data.charts.filter(chart => chart.series.length).map((chart, place) => {
      const card = document.createElement("section"), title = document.createElement("h3");
      const note = document.createElement("span");
      card.className = "card";
      note.className = "note";
      note.textContent = ` ${chart.note}`;
      title.append(chart.title, note);
      card.append(title);
      room.append(card);
      const width = card.clientWidth - 32;
      return new uPlot(options(chart, place, width), [data.steps, ...chart.series.map(series => series.values)], card);
    });
    if (!plots.length) room.textContent = "No step of this run had a number that can be drawn.";
  }

  function fit() {
    for (const plot of plots) plot.setSize({ width: plot.root.parentElement.clientWidth - 32, height: plot.height });
  }

  draw();
  scheme.addEventListener("change", draw);
  addEventListener("resize", fit);
})();
