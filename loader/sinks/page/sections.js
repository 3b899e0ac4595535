/* SPDX-License-Identifier: MIT */
/* sections.js - what is said of a run, one thing after the other */

const b = (...content) => make("b", {}, content);
const costWord = cost => make("b", { style: { color: `color-mix(in srgb, ${colour(cost)} 72%, var(--ink))` } }, cost);

/* The largest of some, first. */
const byTotal = costs => costs.filter(cost => Number(cost.total_ns) > 0).sort((p, q) => Number(q.total_ns) - Number(p.total_ns));

/* What the slowest frames have that the others have not: means of both, by cost. */
function slowOnes(run) {
	const frames = run.shown, p99 = Number(run.e2e.p99_ns), n = run.costs.length;
	const slow = { frames: 0, e2e: 0, costs: Array(n).fill(0) };
	for (let i = 0; i < frames.n; i++) {
		if (frames.e2e[i] < p99) continue;
		slow.frames++;
		slow.e2e += frames.e2e[i];
		frames.costs.forEach((column, c) => slow.costs[c] += column[i]);
	}
	if (!slow.frames || run.rows < 50) return null;
	const more = run.costs.map((cost, c) => [slow.costs[c] / slow.frames - Number(cost.mean_ns), cost.cost]).sort((p, q) => q[0] - p[0]);
	return { e2e: slow.e2e / slow.frames, more, all: slow.e2e / slow.frames - Number(run.e2e.mean_ns) };
}

/* A time in which most frames were longer than usual: the longest of those by a quarter of the run or less. */
function slowTime(run) {
	const frames = run.shown, blocks = Math.min(60, Math.floor(frames.n / 8));
	if (!run.exact || blocks < 6) return null;
	const median = Number(run.e2e.p50_ns), size = frames.n / blocks;
	const slow = Array.from({ length: blocks }, (_, k) => {
		const of = frames.e2e.slice(Math.floor(k * size), Math.floor((k + 1) * size)).sort();
		return of[of.length >> 1] > 1.15 * median;
	});
	let best = null;
	for (let from = 0; from < blocks; from++) {
		let to = from;
		while (to < blocks && slow[to]) to++;
		if (to - from >= 2 && (!best || to - from > best[1] - best[0])) best = [from, to];
		if (to > from) from = to;
	}
	if (!best || best[1] - best[0] > blocks / 2) return null;
	return slowFrames(run, Math.floor(best[0] * size), Math.floor(best[1] * size));
}
function slowFrames(run, first, last) {
	const frames = run.shown, n = last - first, middle = frames.e2e.slice(first, last).sort()[n >> 1];
	const more = frames.costs.map((column, c) => {
		let sum = 0;
		for (let i = first; i < last; i++) sum += column[i];
		return [sum / n - Number(run.costs[c].p50_ns), run.costs[c].cost];
	}).sort((p, q) => q[0] - p[0]);
	return { from: frames.start[first], to: frames.start[last - 1] + frames.e2e[last - 1], by: middle / Number(run.e2e.p50_ns) - 1, more, n };
}

function verdictOf(run, chart) {
	const costs = byTotal(run.costs), all = [];
	if (run.rows && costs.length) {
		const [first, second] = costs;
		all.push(make("p", {}, "A frame takes ", b(time(run.e2e.p50_ns)), " in the median, and most of it goes to ", costWord(first.cost), ` (${percent(first.share)})`,
			second && second.share > .1 ? [" and ", costWord(second.cost), ` (${percent(second.share)})`] : null, "; ",
			run.deadline ? overWords(run) : ["the longest took ", b(time(run.e2e.max_ns))], ". ", missedWords(run)));
	} else {
		all.push(make("p", {}, `${plural(run.frames, "frame")}; `, run.e2e.count ? ["a frame takes ", b(time(run.e2e.p50_ns)), " in the median. "] : "nothing is known of their times. ", missedWords(run)));
	}
	const slow = slowOnes(run), phase = slowTime(run);
	if (slow && slow.all > .1 * Number(run.e2e.p50_ns))
		all.push(make("p", {}, "The slowest 1 % take ", b(time(Math.round(slow.e2e))), "; what they have more is ", joined(slow.more.filter(([ns]) => ns > slow.all * .15).slice(0, 3)
			.map(([ns, cost]) => [costWord(cost), ` (+${short(ns)})`])), "."));
	if (phase)
		all.push(make("p", {}, "From ", push(`${moment(phase.from)} to ${moment(phase.to)}`, () => look(chart, phase.from, phase.to)),
			` frames were ${Math.round(100 * phase.by)} % longer than otherwise: more `, joined(phase.more.filter(([ns]) => ns > 0).slice(0, 2).map(([, cost]) => costWord(cost))), "."));
	return make("div", { class: "verdict", id: "verdict" }, all);
}
const joined = list => list.map((item, i) => [i ? (i + 1 === list.length ? " and " : ", ") : "", item]);
function look(chart, from, to) {
	const around = (to - from) * .6;
	chart.view(from - around, to + around);
	document.getElementById("time").scrollIntoView();
	chart.main.focus({ preventScroll: true });
}
function overWords(run) {
	if (!run.over) return [`all are shorter than the ${run.deadlineName} of `, b(time(run.deadline))];
	return [make("b", { class: "bad" }, `${count(run.over)} of ${count(run.rows)}`), ` took longer than the ${run.deadlineName} of `, b(time(run.deadline))];
}
function missedWords(run) {
	const missed = run.missed;
	if (!missed) return "";
	if (missed.total === null) return `How many frames never came is not known: ${run.missing_why}.`;
	if (!missed.total) return "No frame is missing.";
	const main = missed.causes.find(cause => !cause.came);
	return [make("b", { class: "bad" }, `${count(missed.total)} of ${plural(missed.total + missed.came, "frame")}`), missed.of ? ` of ${missed.of} never came` : " never came", missed.atMost ? ", at most" : "",
		main ? `: ${main.text}` + (main.count < missed.total ? ` (${count(main.count)} of them)` : "") : "", "."];
}

const missedCount = run => !run.missed || run.missed.total === null ? "–" : (run.missed.atMost ? "≤" + THIN : "") + count(run.missed.total);

const warmupOf = run => run.warmup ? make("p", { class: "mute" }, `The first ${plural(run.warmup, "frame")} are left out, as the warm-up.`) : null;
function alertOf(run) {
	if (run.complete) return null;
	return make("p", { class: "alert", role: "alert" }, b("Incomplete: "), run.what || "what follows is not all of the run", ". What is said below is of the rest.");
}

const tile = (value, what, mood) => make("li", { class: mood }, make("b", {}, value), what);
function tilesOf(run) {
	const missed = run.missed, lost = run.lost.reduce((sum, item) => sum + item.count, 0);
	return make("ul", { class: "tiles", "aria-label": "Head figures" },
		tile(time(run.e2e.p50_ns, { "data-figure": "p50" }), "end to end, median"), tile(time(run.e2e.p99_ns, { "data-figure": "p99" }), "99 of 100 are shorter"),
		tile(time(run.e2e.max_ns, { "data-figure": "max" }), "the longest"), run.fps ? tile(make("span", { "data-figure": "fps" }, run.fps.toFixed(1)), "frames a second") : null,
		run.deadline ? tile(make("span", { "data-figure": "over" }, count(run.over)), [`over the ${run.deadlineName}, `, time(run.deadline)], run.over ? "bad" : "good") : null,
		missed && missed.total !== null ? tile(make("span", { "data-figure": "missed" }, missedCount(run)), missed.total && missed.causes.length ? `never came: ${missed.causes[0].cause}` : "never came", missed.total ? "bad" : "good")
			: tile("–", "drops are not known"),
		tile(make("span", { "data-figure": "lost" }, lost ? count(lost) : "none"), "lost by the tracer", lost || !run.complete ? "bad" : "good"));
}

/* --- costs */
function costsOf(run) {
	const costs = byTotal(run.costs), total = run.costs.reduce((sum, cost) => sum + BigInt(cost.total_ns || 0), 0n);
	const nothing = run.costs.filter(cost => !Number(cost.total_ns)).map(cost => cost.cost);
	const most = Math.max(...costs.map(cost => cost.share), .001);
	const bar = barOf(run.costs.filter(cost => cost.share > 0).map(cost => ({ share: cost.share, cost: cost.cost, name: cost.cost, ns: cost.mean_ns,
		tip: () => [b(cost.cost), pairs([["of all time", percent(cost.share)], ["mean of a frame", told(cost.mean_ns)]])] })), costs.map(cost => `${cost.cost} ${percent(cost.share)}`).join(", "));
	const row = cost => make("tr", { "data-cost": cost.cost }, make("th", { scope: "row" }, dot(cost.cost), cost.cost),
		["mean_ns", "p50_ns", "p95_ns", "p99_ns", "max_ns"].map((key, i) => make("td", { class: i % 2 ? null : "narrow-hide" }, time(cost[key], { "data-field": key }))),
		make("td", { class: "narrow-hide" }, time(cost.total_ns, { "data-field": "total_ns" })), make("td", {}, percent(cost.share)),
		make("td", { class: "plot narrow-hide" }, make("div", { class: "bar1" }, make("i", { style: { width: 100 * cost.share / most + "%", background: colour(cost.cost) } }))));
	return section("costs", "Costs", "What the frames' time was spent on. Every nanosecond of a frame is in one of them.", null, bar,
		table({}, "Costs of a frame", ["cost", ["mean", "narrow-hide"], "p50", ["p95", "narrow-hide"], "p99", ["longest", "narrow-hide"], ["all frames", "narrow-hide"], "share", ["", "narrow-hide"]],
			[run.costs.filter(cost => Number(cost.total_ns) > 0).map(row),
				make("tr", { class: "all", "data-cost": "sum" }, make("th", { scope: "row" }, "a frame, end to end"),
					["mean_ns", "p50_ns", "p95_ns", "p99_ns", "max_ns"].map((key, i) => make("td", { class: i % 2 ? null : "narrow-hide" }, time(run.e2e[key]))),
					make("td", { class: "narrow-hide" }, time(String(total), { "data-field": "total_ns" })), make("td", {}, percent(1)), make("td", { class: "plot narrow-hide" }))]),
		nothing.length ? make("p", { class: "mute" }, `Nothing is charged to: ${nothing.join(", ")}.`) : null, waitsOf(run));
}
function waitsOf(run) {
	const total = run.waits.reduce((sum, wait) => sum + Number(wait.total_ns), 0);
	if (!total) return null;
	return [make("h3", {}, "What frames waited for in the device's queue"), table({}, "Waits in the queue", ["", "all frames", "share"],
		run.waits.filter(wait => Number(wait.total_ns)).map(wait => make("tr", {}, make("th", { scope: "row" }, wait.text), make("td", {}, time(wait.total_ns)), make("td", {}, percent(Number(wait.total_ns) / total)))))];
}

/* --- the path */
function pathOf(run) {
	const steps = run.steps.filter(step => step.count), low = Math.min(...steps.map(step => Number(step.min_ns))), high = Number(run.e2e.max_ns);
	const total = steps.reduce((sum, step) => sum + Number(step.total_ns), 0);
	const bar = barOf(steps.filter(step => Number(step.total_ns) > 0).map(step => ({ share: Number(step.total_ns) / total, cost: step.main, parts: step.parts, name: step.stage, ns: step.mean_ns,
		tip: () => [b(step.stage), pairs([["from", step.from], ["to", step.to], ["carried by", step.carrier], ["mean", told(step.mean_ns)],
			...step.parts.map(part => [PARTS[part.kind].what, percent(part.ns / Number(step.total_ns))])])] })), "The path of a mean frame: " + steps.map(step => `${step.stage} ${short(step.mean_ns)}`).join(", "));
	const row = (its, name, what, mark) => make("tr", { "data-stage": its.stage, class: its.stage === "e2e" ? "all" : null }, make("th", { scope: "row" }, mark, name), make("td", { class: "wrap narrow-hide" }, what),
		["p50_ns", "p99_ns", "p999_ns", "max_ns"].map((key, i) => make("td", { class: i === 2 ? "narrow-hide" : null }, time(its[key], { "data-field": key }))),
		make("td", { class: "narrow-hide" }, time(its.total_ns, { "data-field": "total_ns" })),
		make("td", { class: "plot narrow-hide" }, its.count && its.stage !== "runq" ? rangePlot(its, low, high, its.main ? colour(its.main) : "var(--ink)") : null));
	return section("path", "The path", "Where the frames were meanwhile: the same time, divided otherwise. Each stage is in the colours of what it is charged to.", null, bar, patterns(),
		table({}, "Stages of the path", ["stage", ["from → to", "left narrow-hide"], "p50", "p99", ["p99.9", "narrow-hide"], "longest", ["all frames", "narrow-hide"], ["least – p50 – p99 – longest", "left narrow-hide"]],
			[run.steps.map(step => row(step, step.stage, `${step.from} → ${step.to}`, dot(step.main))), row(run.e2e, "end to end", "from the first point that was seen to the last", null),
				run.runq.count ? row(run.runq, "waits for a CPU", "of the threads on the path, each wait by itself", null) : null]));
}

/* --- over time */
function timeOf(run, chart) {
	const said = make("p", { class: "said", role: "status", "aria-live": "polite" });
	chart.say = text => said.replaceChildren(text);
	said.append(make("span", { class: "mute" }, "Click at a frame, or go from one to the next by the arrow keys."));
	const costs = byTotal(run.costs).map(cost => cost.cost);
	return section("time", "Over time", run.exact ? "Each frame, in the colour of its largest cost. Drag to zoom, click for one frame."
		: `${count(run.rows)} frames: each is in a cell of 1/${run.slices_.length} of the time and 1.6 % of its length, which is shown however few are in it; the longest of each slice are points.`,
	run.rows ? chart.tools() : null, make("figure", {}, chart.main, said, make("figcaption", {}, "What they cost meanwhile: means of the frames in each slice of the time"), chart.strip,
		make("figcaption", {}, "The whole run: drag the window"), chart.map),
	make("ul", { class: "legend", "aria-label": "Colours" }, costs.map(cost => make("li", {}, dot(cost), cost)), run.drop_rows.length ? make("li", {}, make("span", { class: "bad mark" }, "▲"), "a frame that never came") : null),
	make("p", { class: "keys", id: "keys" }, [["← →", "a frame"], ["+ −", "zoom"], ["⇧ ← →", "move"], ["0", "all"], ["N", "the longest, the next"], ["L", "log"], ["H", "heatmap"]].map(([key, what]) =>
		[make("kbd", {}, key), ` ${what}   `]), "Ctrl and the wheel zoom, too."));
}

/* --- percentiles */
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3]];
function percentilesOf(run) {
	const used = new Map();
	const set = (its, name, cost, on) => {
		const nth = used.get(cost) || 0;
		used.set(cost, nth + 1);
		return { name, hist: its.hist, min: Number(its.min_ns), max: Number(its.max_ns), paint: cost ? () => paint(cost) : () => css("--ink"), bold: !cost, dash: DASHES[nth % DASHES.length], on };
	};
	const largest = [...run.steps].sort((p, q) => Number(q.total_ns) - Number(p.total_ns)).slice(0, 3);
	const sets = [set(run.e2e, "end to end", null, true), ...run.steps.filter(step => step.count).map(step => set(step, step.stage, step.main, largest.includes(step)))];
	if (run.runq.count) sets.push(set(run.runq, "waits for a CPU", "scheduler jitter", false));
	const chart = percentileChart(sets, `Time at each percentile. End to end: half ${short(run.e2e.p50_ns)}, 99 of 100 ${short(run.e2e.p99_ns)}, the longest ${short(run.e2e.max_ns)}. The table of stages has the others.`);
	return section("percentiles", "Percentiles", "What so many of the frames do not exceed, from the histograms of the run.",
		sets.map(one => toggle(one.name, one.on, on => { one.on = on; chart.draw(); })), make("figure", {}, chart.element));
}

/* --- drops */
function dropsOf(run) {
	const missed = run.missed, rows = run.drop_rows, content = [];
	if (missed && run.devices) content.push(deviceDrops(run, missed));
	else content.push(nodeDrops(run));
	if (rows.length) content.push(make("h3", {}, "One by one"), dropRows(run, rows));
	else if (missed && missed.total && run.devices) content.push(make("p", { class: "mute" }, "Their evidence was not recorded."));
	return section("drops", "Frames that never came", "A device numbers its frames; what its numbers leave out never came.", null, content);
}
function nodeDrops(run) {
	const { drops, missing } = run;
	if (missing === null) return make("p", { class: "mute" }, `Not known: ${run.missing_why}.`);
	if (!missing) return make("p", {}, drops ? `None: ${plural(drops.frames, "frame")} of the source, without a gap in its numbers.` : "None.");
	return make("p", {}, make("b", { class: "bad" }, plural(missing, "frame")), ` of the source${run.missed.atMost ? ", at most," : ""}${drops ? ` in ${plural(drops.gaps, "gap")} of its numbers` : ""}: no frame was made from them.`,
		run.missed.atMost ? ` ${capital(run.missing_why)}.` : null);
}
function deviceDrops(run, missed) {
	const device = (its, d) => {
		const gone = missed.causes.filter(cause => cause.device === its.node), facts = [`${plural(its.frames, "frame")} came`];
		if (its.late) facts.push(`${count(its.late)} late`);
		if (its.restarts) facts.push(`the stream began anew ${plural(its.restarts, "time")}`);
		if (its.stuck_buffers) facts.push(`${plural(its.stuck_buffers, "buffer")} did not come back from the driver`);
		if (run.device_whys[d]) facts.push(`how many never did is not known: ${run.device_whys[d]}`);
		return [make("tr", {}, make("th", { scope: "row" }, named(its.node)), make("td", {}), make("td", { class: "wrap" }, facts.join("; "))),
			gone.map(cause => make("tr", { "data-cause": cause.cause }, make("td", { class: "left" }, "  " + cause.cause), make("td", { class: cause.came ? null : "bad" }, count(cause.count)), make("td", { class: "wrap" }, cause.text))),
			(its.holders || []).map(holder => make("tr", {}, make("td", {}), make("td", {}, count(holder.drops)), make("td", { class: "wrap mute" }, "of these until a buffer came back from ", named(run.thread(holder.tid)))))];
	};
	return table({}, "What came of each device", ["", "frames", ["", "left"]], run.devices.map(device));
}
function evidence(run, drop) {
	const seen = [];
	if (drop.starved !== null && drop.refilled !== null)
		seen.push(`the driver had no buffer from ${moment(drop.starved)} to ${moment(drop.refilled)}, ${short(drop.refilled - drop.starved)}`);
	if (drop.held !== null && drop.buffers !== null) seen.push(`of ${plural(drop.buffers, "buffer")} the application held ${drop.held}` + (drop.waiting ? `, and ${drop.waiting} were done and not dequeued` : ""));
	if (drop.holder) {
		const parts = [["ran", drop.holder.oncpu_ns], ["waited for a CPU", drop.holder.runq_ns], ["slept", drop.holder.blocked_ns]].filter(([, ns]) => ns !== null && Number(ns) > 0);
		seen.push([named(run.thread(drop.holder.tid)), " gave one back", parts.length ? "; before that it " + parts.map(([what, ns]) => `${what} ${short(ns)}`).join(", ") : ""]);
	}
	return seen.map((item, i) => [i ? "; " : "", item]);
}
function dropRows(run, rows) {
	const several = run.devices && run.devices.length > 1, body = make("tbody");
	const row = drop => make("tr", { "data-drop": drop.sequence }, make("th", { scope: "row" }, several ? [named(run.devices[drop.device].node), " "] : null, count(drop.sequence)), make("td", {}, drop.due === null ? "–" : moment(drop.due)),
		make("td", { class: "left" }, drop.cause), make("td", { class: "wrap" }, evidence(run, drop)));
	const whole = table({}, "Frames that never came", ["number", "due at", ["cause", "left"], ["evidence", "left"]], []);
	whole.querySelector("tbody").replaceWith(body);
	return [moreOf(rows, 12, row, body, whole), run.n_drops > rows.length ? make("p", { class: "mute" }, `The first ${count(rows.length)} of ${count(run.n_drops)}: the others are in drops.csv.`) : null];
}

/* Some of them, and a button for the rest. */
function moreOf(items, n, row, into, whole) {
	into.append(...items.slice(0, n).map(row));
	if (items.length <= n) return whole;
	const button = push(`Show ${count(items.length - n)} more`, () => {
		into.append(...items.slice(n).map(row));
		button.remove();
	});
	return [whole, make("p", { class: "tools" }, button)];
}

/* --- threads */
const STATES = [["oncpu_ns", "on a CPU", "var(--c1)"], ["runq_ns", "waiting for a CPU", "var(--c5)"], ["blocked_ns", "asleep", "var(--line)"]];
function threadsOf(run) {
	if (!run.threads.length) return section("threads", "Threads", "", null, make("p", { class: "mute" }, "Not recorded."));
	const chips = list => list.length ? list.map(peer => make("span", { class: "chip" }, named(typeof peer.by === "number" ? `${peer.comm}/${peer.by}` : peer.by), " ", b(count(peer.count)))) : make("span", { class: "mute" }, "nobody");
	const row = thread => {
		const all = STATES.reduce((sum, [key]) => sum + Number(thread[key]), 0) || 1;
		return [make("tr", { "data-tid": thread.tid }, make("th", { scope: "row" }, named(thread.comm), make("span", { class: "mute" }, `/${thread.tid} ${thread.role || ""}`)),
			make("td", {}, withTip(make("div", { class: "stack", role: "img", "aria-label": STATES.map(([key, what]) => `${what} ${percent(thread[key] / all)}`).join(", ") },
				STATES.map(([key, , fill]) => make("i", { style: { width: 100 * thread[key] / all + "%", background: fill } }))), () => pairs(STATES.map(([key, what]) => [what, `${told(thread[key])}, ${percent(thread[key] / all)}`])))),
			STATES.map(([key]) => make("td", { class: "narrow-hide" }, time(thread[key], { "data-field": key }))), make("td", { class: "narrow-hide" }, `${count(thread.nvcsw)} + ${count(thread.nivcsw)}`), make("td", { class: "narrow-hide" }, count(thread.migrations)),
			make("td", { class: "narrow-hide" }, time(thread.runq_p50_ns)), make("td", {}, time(thread.runq_p99_ns)), make("td", {}, time(thread.runq_max_ns))),
		make("tr", { class: "more" }, make("td", { class: "wrap", colspan: 10 }, make("span", { class: "mute" }, "woken by "), chips(thread.wakers), make("span", { class: "mute" }, " preempted by "), chips(thread.preemptors)))];
	};
	return section("threads", "Threads", "The threads of the path while they were traced: what they did, who woke them, and who took their CPU.", null,
		table({}, "Threads", ["thread", ["", "left"], ["on a CPU", "narrow-hide"], ["waiting", "narrow-hide"], ["asleep", "narrow-hide"], ["switches, own + forced", "narrow-hide"], ["migrations", "narrow-hide"], ["CPU wait p50", "narrow-hide"], "p99", "longest"], run.threads.map(row)),
		make("ul", { class: "legend" }, STATES.map(([, what, fill]) => make("li", {}, make("span", { class: "dot", style: { background: fill } }), what))));
}

/* --- what is missing, and how it was run */
function missingOf(run) {
	const row = (text, n, bad) => make("tr", {}, make("th", { scope: "row", class: "wrap" }, capital(text)), make("td", { class: n ? (bad ? "bad" : null) : bad ? "good" : "mute" }, count(n)));
	const quiet = run.counts.filter(item => item.kind !== "loss" && item.count);
	const none = run.losses.filter(item => !item.count);
	return make("div", {}, table({}, "What became of the frames", ["", "frames"], [row("started", run.started), row("recorded", run.recorded), run.warmup ? row("of the warm-up: left out of all that is shown here", run.warmup) : null, row("shown here", run.rows || run.frames), quiet.map(item => row(item.text, item.count)),
		run.lost.map(item => row(item.text, item.count, true)), run.errors ? row("returned with an error", run.errors, true) : null, run.lost.length ? null : row("lost by the tracer", 0, true),
		make("tr", {}, make("th", { scope: "row", class: "wrap" }, "Those that started = those that ended, in one way or another"), make("td", { class: run.balanced ? "good" : "bad" }, run.balanced ? "yes" : "NO"))]),
	make("details", {}, make("summary", {}, `What else was looked for, and is not missing: ${none.length}`), make("ul", {}, none.map(item => make("li", {}, item.text)))),
	make("h3", {}, "Not measured"), run.unknown.some(item => item.frames) ? make("dl", {}, run.unknown.filter(item => item.frames).map(item =>
		[make("dt", {}, item.what), make("dd", {}, `in ${plural(item.frames, "frame")}: ${item.why}`)])) : make("p", { class: "mute" }, "Nothing: all that is known of such a path was."));
}
function dateOf(run) {
	const ms = Number(BigInt(run.start_realtime_ns) / 1000000n);
	return ms ? new Date(ms).toISOString().replace("T", " ").slice(0, 19) + " UTC" : null;
}
function ranOf(run) {
	const { json } = run, options = Object.entries(json.options || {}).filter(([, value]) => value !== null), machine = json.machine || {};
	const argv = json.command && json.command.argv;
	const facts = [["command", argv ? make("code", {}, argv.map(arg => named(arg + " "))) : "none: what ran already was recorded"],
		["ended", json.command && json.command.exit_status !== undefined ? json.command.signal ? `by signal ${json.command.signal}` : `with status ${json.command.exit_status}` : null], ["when", dateOf(run)], ["for", short(run.span_ns)],
		...options.map(([key, value]) => [key, key.endsWith("_ns") ? short(value) : named(String(value))]), ["kernel", machine.release && [`${machine.sysname || "Linux"} ${machine.release}`, machine.machine, machine.cpus && plural(machine.cpus, "CPU")].filter(Boolean).join(", ")],
		["machine", machine.product && named(machine.product)], ["driver", json.driver && json.driver.version && named(`vpipe ${json.driver.version}, ${json.driver.exec}`)], ["path", run.path.name],
		["clock", json.clock], ["counters", json.counters && json.counters.length ? json.counters.join(", ") : null], ["vpipe-trace", json.vpipe_trace]];
	return make("div", {}, make("dl", {}, facts.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([key, value]) => [make("dt", {}, key), make("dd", {}, value)])),
		make("details", {}, make("summary", {}, "All of run.json"), make("pre", {}, JSON.stringify(json, null, 2).split("\n").map(line => [line, make("br")]))));
}
