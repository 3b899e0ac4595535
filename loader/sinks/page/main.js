/* SPDX-License-Identifier: MIT */
/* main.js - the page is made of its parts */

function navOf(sections) {
	const exact = toggle("exact ns", false, tellExact, "all times in nanoseconds, as the files have them");
	return make("nav", { "aria-label": "Parts of the report" }, sections.map(([id, name]) => make("a", { href: "#" + id }, name)), exact);
}

function subOf(run) {
	const options = run.json.options || {}, machine = run.json.machine || {};
	const where = run.devices ? run.devices.map(device => device.node).join(" → ") : [options.source, options.vpipe].filter(Boolean).join(" → ");
	const parts = [dateOf(run), where, options.transport, options.algo, options.width ? `${options.width}×${options.height}` : null, machine.release ? `Linux ${machine.release}` : null, machine.product];
	return make("p", { class: "sub" }, parts.filter(Boolean).map((part, i) => [i ? " · " : "", named(part)]));
}

const footer = run => make("footer", {}, `Made by vpipe-trace ${run.json.vpipe_trace || ""} from the files of the run, which have every number here. Nothing is loaded from elsewhere.`);

function reportPage(run) {
	const chart = new TimeChart(run);
	const parts = [["time", "Over time"], ["costs", "Costs"], ["path", "Path"], ["percentiles", "Percentiles"], ["longest", "Longest frames"], ["drops", "Drops"], ["threads", "Threads"], ["missing", "Missing"], ["ran", "How it was run"]];
	document.title = `${plain(run.name)} · vpipe`;
	return [make("header", {}, make("h1", {}, "Where ", plural(run.rows || run.frames, "frame"), " of ", named(run.name), " spent their time"), subOf(run)), navOf(run.rows ? parts : parts.filter(([id]) => id !== "time" && id !== "longest" && id !== "costs")), alertOf(run),
		verdictOf(run, chart), warmupOf(run), tilesOf(run), run.rows ? timeOf(run, chart) : null, run.rows ? costsOf(run) : null, pathOf(run), percentilesOf(run), run.rows ? longestOf(run, chart) : null, dropsOf(run), threadsOf(run),
		make("div", { class: "two" }, section("missing", "Is anything missing?", "", null, missingOf(run)), section("ran", "How it was run", "", null, ranOf(run))), footer(run)];
}

function start() {
	const { runs, more } = readPage(), main = document.getElementById("main");
	main.append(...(runs.length > 1 ? diffPage(runs, more.diff) : reportPage(runs[0])).filter(Boolean));
	drawAll();
	addEventListener("resize", drawSoon);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
	/* paper is white */
	addEventListener("beforeprint", () => { document.documentElement.dataset.print = ""; drawAll(); });
	addEventListener("afterprint", () => { delete document.documentElement.dataset.print; drawAll(); });
	document.documentElement.dataset.drawn = Math.round(performance.now());
	return runs;
}
const shownRuns = start();
