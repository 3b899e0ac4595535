/* SPDX-License-Identifier: MIT */
/* diff.js - two runs side by side, A and B */

const SIDES = ["A", "B"];
const badge = nth => make("span", { class: nth ? "side b" : "side" }, SIDES[nth]);
const relative = (a, b) => a > 0 ? `${b < a ? "−" : "+"}${Math.abs(100 * (b - a) / a).toFixed(1)}${THIN}%` : "–";
const beyond = change => change.mean && (change.mean.changed || change.p50.changed);

/* What of a row is beyond the noise, in a word. */
function changeWord(change) {
	if (!change.a || !change.b) return change.a ? "only in A" : change.b ? "only in B" : "";
	if (!change.mean) return change.change_ns === null ? "unlike" : "too few";
	return change.mean.changed && change.p50.changed ? "changed" : change.mean.changed ? "mean" : change.p50.changed ? "p50" : "";
}

function diffVerdict(diff) {
	const { a, b: its } = diff.e2e, all = [], costs = diff.costs.filter(beyond).sort((p, q) => Math.abs(q.change_ns) - Math.abs(p.change_ns));
	if (!a || !its) return make("div", { class: "verdict" }, make("p", {}, "One of the runs has no frames."));
	const costsSaid = () => make("p", {}, costs.length ? ["What changed by more than the noise: ", joined(costs.slice(0, 5).map(one => [costWord(one.cost), " ", change(one.change_ns)])), "."] : "No cost changed by more than the noise.");
	if (!diff.same_stages)
		return make("div", { class: "verdict", id: "verdict" }, make("p", {}, "A frame has other stages in B than in A: its whole time can't be compared."), costsSaid());
	const sense = beyond(diff.e2e) ? (its.p50_ns > a.p50_ns ? "bad" : "good") : null;
	all.push(make("p", {}, "A frame takes ", b(time(its.p50_ns)), " in B instead of ", b(time(a.p50_ns)), " in A in the median ", make("b", { class: sense }, `(${relative(Number(a.p50_ns), Number(its.p50_ns))})`), ", and ", change(diff.e2e.change_ns), " in the mean: ",
		!diff.e2e.mean ? "there are too few frames to tell that from noise." : sense ? "that is more than the noise." : "that is within the noise."));
	if (diff.e2e.mean)
		all.push(costsSaid());
	return make("div", { class: "verdict", id: "verdict" }, all);
}

function diffTiles(runs) {
	const both = of => make("span", { class: "pair" }, of(runs[0]), " → ", of(runs[1])), worse = (of, title) => tile(both(of), title);
	return make("ul", { class: "tiles wide", "aria-label": "Head figures, of A and of B" }, worse(run => time(run.e2e.p50_ns), "end to end, median"), worse(run => time(run.e2e.p99_ns), "99 of 100 are shorter"), worse(run => time(run.e2e.max_ns), "the longest"),
		worse(run => run.fps ? run.fps.toFixed(1) : "–", "frames a second"), worse(run => run.deadline ? count(run.over) : "–", "over the frame period or deadline"), worse(missedCount, "never came"),
		worse(run => count(run.lost.reduce((sum, item) => sum + item.count, 0)), "lost by the tracer"));
}

/* Costs, or stages, of both on one scale. */
function diffBars(runs, partsOf_, label) {
	const total = parts => parts.reduce((sum, part) => sum + part.share, 0), most = Math.max(...runs.map(run => total(partsOf_(run)))) || 1;
	return runs.map((run, nth) => {
		const parts = partsOf_(run), bar = barOf(parts, `${label} of ${SIDES[nth]}: ` + parts.map(part => `${part.name} ${short(part.ns)}`).join(", "));
		bar.style.flex = "1";
		bar.append(make("div", { style: { flex: `${Math.max(0, most - total(parts))} 1 0`, background: "transparent" } }));
		return make("div", { style: { display: "flex", "align-items": "center", gap: "6px", "margin-bottom": "4px" } }, badge(nth), bar);
	});
}

/* Where the change lies, all of it: a range that has the 0 in it may be nothing. */
function boundsPlot(range, most, changed) {
	const at = ns => 100 + 96 * Math.max(-1, Math.min(1, ns / most));
	const line = (x1, x2, y1, y2, stroke, width) => {
		const one = svg("line", { x1, x2, y1, y2, "stroke-width": width, "vector-effect": "non-scaling-stroke" });
		one.style.stroke = stroke;
		return one;
	};
	const stroke = !changed ? "var(--mute)" : range.low_ns > 0 ? "var(--bad)" : "var(--good)", low = at(range.low_ns), high = at(range.high_ns);
	return svg("svg", { viewBox: "0 0 200 16", preserveAspectRatio: "none", "aria-hidden": "true" }, line(100, 100, 0, 16, "var(--line)", 1.5),
		line(low, Math.max(high, low + 1), 8, 8, stroke, changed ? 5 : 3), line(low, low, 3, 13, stroke, 1.5), line(high, high, 3, 13, stroke, 1.5));
}

function changesTable(diff) {
	const rows = [...diff.costs, diff.e2e, ...diff.stages].filter(one => one.a || one.b);
	/* half of the width is the largest of the ranges, but for those that are far out */
	const ranges = rows.filter(one => one.mean).map(one => Math.max(Math.abs(one.mean.low_ns), Math.abs(one.mean.high_ns))).sort((p, q) => p - q), most = ranges[Math.max(0, Math.ceil(ranges.length * .9) - 1)] || 1;
	const row = one => {
		const word = changeWord(one), name = one.cost || (one.stage === "e2e" ? "end to end" : one.stage), sense = word && one.mean && beyond(one) ? (one.change_ns > 0 ? "bad" : "good") : "mute";
		return make("tr", { class: one.stage === "e2e" ? "all" : null, "data-change": one.cost || one.stage }, make("th", { scope: "row" }, one.cost ? dot(one.cost) : null, name),
			["a", "b"].map(side => make("td", {}, time(one[side] && one[side].mean_ns, { "data-field": side }))), make("td", {}, one.change_ns === null ? "–" : change(one.change_ns)), make("td", { class: "narrow-hide" }, one.change === null ? "–" : relative(Number(one.a.mean_ns), Number(one.b.mean_ns))),
			make("td", { class: "narrow-hide" }, one.mean ? [signed(one.mean.low_ns), " … ", signed(one.mean.high_ns)] : "–"), make("td", { class: "plot narrow-hide" }, one.mean ? boundsPlot(one.mean, most, one.mean.changed) : null),
			["a", "b"].map(side => make("td", { class: "narrow-hide" }, time(one[side] && one[side].p50_ns))), make("td", { class: `left ${sense}` }, word));
	};
	return section("changes", "What changed", "Means of a frame, and how much of the change is beyond the noise: each run is cut into ten blocks of frames, and the range is what 93 of 100 pairs of a block of A and one of B agree upon. A range that has 0 in it may be noise; so is one that comes within 2 % of A.", null,
		table({}, "What changed from A to B", ["", "mean, A", "mean, B", "change", ["", "narrow-hide"], ["range of the change", "narrow-hide"], ["less – 0 – more", "narrow-hide"], ["p50, A", "narrow-hide"], ["p50, B", "narrow-hide"], ["beyond noise", "left"]], rows.map(row)));
}

function diffTimes(runs) {
	const low = Math.min(...runs.map(run => Number(run.e2e.min_ns) || Infinity)), high = Math.max(...runs.map(run => Number(run.e2e.max_ns)));
	const charts = runs.map(run => new TimeChart(run, { low, high }));
	return section("time", "Over time", "Each frame, in the colour of its largest cost; both on one scale. Drag to zoom, click for one frame.", null, make("div", { class: "two" }, runs.map((run, nth) => {
		const said = make("p", { class: "said", role: "status", "aria-live": "polite" }), chart = charts[nth];
		chart.say = text => said.replaceChildren(text);
		return make("figure", {}, make("div", { class: "head" }, make("h3", { style: { margin: "0", flex: "1" } }, badge(nth), named(run.name)), make("div", { class: "tools" }, run.rows ? chart.tools() : null)), chart.main, said, chart.strip, chart.map);
	})), make("ul", { class: "legend", "aria-label": "Colours" }, [...new Set(runs.flatMap(run => byTotal(run.costs).map(cost => cost.cost)))].map(cost => make("li", {}, dot(cost), cost))));
}

function diffPercentiles(runs) {
	const names = ["e2e", ...runs[0].steps.map(step => step.stage)], largest = [...runs[1].steps].sort((p, q) => Number(q.total_ns) - Number(p.total_ns)).slice(0, 2).map(step => step.stage);
	const sets = [];
	for (const name of names) runs.forEach((run, nth) => {
		const its = name === "e2e" ? run.e2e : run.steps.find(step => step.stage === name), cost = name === "e2e" ? null : its.main;
		if (its.count) sets.push({ of: name, name: `${name === "e2e" ? "end to end" : name}, ${SIDES[nth]}`, hist: its.hist, min: Number(its.min_ns), max: Number(its.max_ns), paint: cost ? () => paint(cost) : () => css("--ink"), bold: !cost, dash: nth ? [] : [5, 4], on: name === "e2e" || largest.includes(name) });
	});
	const chart = percentileChart(sets, "Time at each percentile, of A dashed and of B drawn through"), shown = names.filter(name => sets.some(one => one.of === name));
	return section("percentiles", "Percentiles", "What so many of the frames do not exceed: A is dashed, B is drawn through.", shown.map(name => toggle(name === "e2e" ? "end to end" : name, sets.find(one => one.of === name).on, on => {
		for (const one of sets) if (one.of === name) one.on = on;
		chart.draw();
	})), make("figure", {}, chart.element));
}

function diffRan(runs, differences) {
	const text = value => typeof value === "string" ? value : Array.isArray(value) ? value.join(" ") : JSON.stringify(value);
	const rows = differences.map(one => make("tr", {}, make("th", { scope: "row" }, `${one.of}: `, named(one.what)), make("td", { class: "wrap" }, named(text(one.a))), make("td", { class: "wrap" }, named(text(one.b)))));
	return section("ran", "How they were run", differences.length ? "What is not the same in both, of their options, the driver and the machine." : "All that is known of how they were run is the same.", null, differences.length ? table({}, "What is not the same", ["", ["A", "left"], ["B", "left"]], rows) : null);
}

function diffPage(runs, diff) {
	const [a, its] = runs, parts = [["changes", "Changes"], ["bars", "Costs and path"], ["time", "Over time"], ["percentiles", "Percentiles"], ["ran", "How they were run"], ["missing", "Missing"]];
	document.title = `${plain(a.name)} and ${plain(its.name)} · vpipe`;
	const costParts = run => run.costs.filter(cost => Number(cost.total_ns)).map(cost => ({ share: Number(cost.mean_ns), cost: cost.cost, name: cost.cost, ns: cost.mean_ns, tip: () => [b(cost.cost), pairs([["mean of a frame", told(cost.mean_ns)], ["of all time", percent(cost.share)]])] }));
	const stepParts = run => run.steps.filter(step => Number(step.total_ns)).map(step => ({ share: Number(step.total_ns) / run.rows, cost: step.main, parts: step.parts, name: step.stage, ns: step.mean_ns, tip: () => [b(step.stage), pairs([["from", step.from], ["to", step.to], ["mean", told(step.mean_ns)]])] }));
	return [make("header", {}, make("h1", {}, "What changed from ", named(a.name), " to ", named(its.name)), runs.map((run, nth) => {
		const sub = subOf(run);
		sub.prepend(badge(nth), named(run.name), `, ${plural(run.rows, "frame")} · `);
		return sub;
	})), navOf(parts), runs.map((run, nth) => {
		const alert = alertOf(run);
		if (alert) alert.prepend(badge(nth));
		return alert;
	}), diffVerdict(diff), diffTiles(runs), changesTable(diff), section("bars", "Costs and path", "Of a mean frame, both on one scale.", null, make("h3", {}, "Costs"), diffBars(runs, costParts, "Costs"), make("h3", {}, "The path"), diffBars(runs, stepParts, "The path")),
	diffTimes(runs), diffPercentiles(runs), diffRan(runs, diff.differences), make("div", { class: "two", id: "missing" }, runs.map((run, nth) => section(`missing-${SIDES[nth]}`, `Is anything missing in ${SIDES[nth]}?`, "", null, missingOf(run)))), footer(its)].flat();
}
