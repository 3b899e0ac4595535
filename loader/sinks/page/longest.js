/* SPDX-License-Identifier: MIT */
/* longest.js - the longest frames, stage by stage, each with its story */

const PARTS = {
	dwell: { class: "dwell", what: "done, and nobody had asked for it" },
	asleep: { class: "asleep", what: "its thread slept" },
	runq: { class: "runq", what: "its thread waited for a CPU" },
	run: { class: "run", what: "its thread ran" },
	whole: { class: "run", what: "what its thread did was not recorded" },
};

/* A stage of a frame, or of all of them, in parts; their amounts are measured, not their order. */
function partsOf(stage, step) {
	if (!stage) return [];
	const part = (kind, ns, cost) => ({ kind, ns: Number(ns), cost });
	if (stage.runq_ns === null) return [part("whole", stage.ns, "unattributed")];
	const whole = Number(stage.whole_ns || 0), dwell = Number(stage.dwell_ns || 0), waited = Number(stage.runq_ns), slept = Number(stage.blocked_ns);
	return [part("dwell", dwell, step.dwell), part("asleep", slept, step.asleep), part("runq", waited, "scheduler jitter"),
		part("run", stage.ns - whole - dwell - slept - waited, step.running), part("whole", whole, "unattributed")].filter(one => one.ns > 0);
}

const PHRASES = {
	dwell: () => "lay there done before anybody asked for it",
	asleep: (run, stage) => stage.wake ? ["its thread slept until ", named(run.thread(stage.wake.by)), " woke it", cpuWords(stage.wake)] : "its thread slept",
	runq: (run, stage) => ["its thread was ready and waited for a CPU", stage.wake ? [" after ", named(run.thread(stage.wake.by)), " had woken it", cpuWords(stage.wake)] : ""],
	run: () => "its thread was on a CPU",
	whole: () => "what its thread did meanwhile was not recorded",
};
/* What the carrier of a stage did in it, where the run has a timeline: the longest such time. */
function longestSpan(frame, i, states) {
	const stage = frame.stages[i], from = frame.stages.slice(0, i).reduce((sum, one) => sum + (one ? one.ns : 0), 0), to = from + stage.ns;
	const within = span => Math.min(span.from + span.ns, to) - Math.max(span.from, from);
	return (frame.spans || []).filter(span => span.tid === stage.tid && states.includes(span.state) && within(span) > 0)
		.sort((p, q) => within(q) - within(p) || states.indexOf(p.state) - states.indexOf(q.state))[0];
}
const peerOf = (run, span) => typeof span.by === "number" ? `${span.comm || run.names.get(span.by) || "thread"}/${span.by}` : run.thread(span.by);
function spanWords(run, span) {
	const cpu = span.cpu === null ? "a CPU" : `CPU ${span.cpu}`;
	if (span.by === undefined) return `it waited ${short(span.ns)} for ${cpu}`;
	return span.preempted ? [named(peerOf(run, span)), ` took ${cpu} from it for ${short(span.ns)}`] : [named(peerOf(run, span)), ` woke it, and it waited ${short(span.ns)} for ${cpu}`];
}

function cpuWords(wake) {
	return wake.cpu_before === wake.cpu_after ? ` on CPU ${wake.cpu_after}` : `, from CPU ${wake.cpu_before} to CPU ${wake.cpu_after}`;
}

/* What made it long: the stages that took more than usual, and what most of that time was. */
function storyOf(run, frame) {
	const median = Number(run.e2e.p50_ns), usual = run.steps.map(step => Number(step.p50_ns) || 0);
	const more = frame.stages.map((stage, i) => ({ i, stage, ns: stage ? stage.ns : 0, excess: stage ? stage.ns - usual[i] : 0 })).filter(one => one.excess > 0).sort((p, q) => q.excess - p.excess);
	const times = frame.e2e_ns / median, top = frame.costs.map((ns, c) => [ns, run.costs[c].cost]).sort((p, q) => q[0] - p[0]);
	const story = [times >= 1.15 ? `${times.toFixed(1)} times the median. ` : "", `Most of it is `, costWord(top[0][1]), ` (${Math.round(100 * top[0][0] / frame.e2e_ns)} %). `];
	const all = more.reduce((sum, one) => sum + one.excess, 0);
	more.slice(0, 2).forEach((one, nth) => {
		if (one.excess < .25 * all && nth) return;
		story.push(stageWords(run, frame, one, usual[one.i], nth));
	});
	if (frame.error) story.push("It came back with an error. ");
	return story;
}
function stageWords(run, frame, { i, stage, ns }, usual, nth) {
	const step = run.steps[i], parts = partsOf(stage, step).sort((p, q) => q.ns - p.ns), main = parts[0];
	const words = [nth ? "And " : "", make("code", {}, step.stage), ` took ${short(ns)} instead of ${short(usual)}`];
	const span = main && main.kind === "runq" ? longestSpan(frame, i, ["runq"]) : main && main.kind === "whole" ? longestSpan(frame, i, ["runq", "blocked", "oncpu"]) : null;
	if (span) words.push(": ", span.state === "runq" ? spanWords(run, span) : span.state === "blocked" ? `its thread slept for ${short(span.ns)}` : "its thread was on a CPU");
	else if (main) words.push(parts.length > 1 && main.ns < .9 * ns ? `; for ${short(main.ns)} of it ` : ": ", main.kind === "dwell" ? "it " : "", PHRASES[main.kind](run, stage));
	if (step.waits || run.waits.some(wait => frame[wait.column])) words.push(waitWords(run, frame, step));
	return [words, ". "];
}
function waitWords(run, frame, step) {
	const waits = run.waits.filter(wait => frame[wait.column] > 0).sort((p, q) => frame[q.column] - frame[p.column]);
	return step.in_queue && waits.length ? `, waiting mostly for: ${waits[0].text} (${short(frame[waits[0].column])})` : "";
}

function longestRow(run, chart, frame, scale) {
	const row = make("div", { class: "row", role: "img", "aria-label": run.steps.map((step, i) => frame.stages[i] ? `${step.stage} ${short(frame.stages[i].ns)}` : null).filter(Boolean).join(", ") });
	let at = 0;
	run.steps.forEach((step, i) => {
		const stage = frame.stages[i];
		if (!stage) return;
		row.append(make("em", { class: "fit tight", "data-room": stage.ns / scale, style: { left: 100 * (at + stage.ns / 2) / scale + "%" } }, step.stage));
		for (const part of partsOf(stage, step)) {
			row.append(withTip(make("i", { class: PARTS[part.kind].class, style: { left: 100 * at / scale + "%", width: 100 * part.ns / scale + "%", "background-color": colour(part.cost) } }),
				() => [b(step.stage), pairs([[PARTS[part.kind].what, told(part.ns)], ["charged to", [dot(part.cost), part.cost]], ["the stage", told(stage.ns)], ["usually", told(step.p50_ns)],
					...(stage.tid ? [["carried by", run.thread(stage.tid)]] : []), ...(stage.cpu !== undefined ? [["at its end on", `CPU ${stage.cpu}`]] : []),
					...(stage.wake ? [["woken by", run.thread(stage.wake.by)], ["CPU", stage.wake.cpu_before === stage.wake.cpu_after ? stage.wake.cpu_after : `${stage.wake.cpu_before} → ${stage.wake.cpu_after}`]] : [])])]));
			at += part.ns;
		}
	});
	const show = push(`frame ${frame.frame}`, () => {
		chart.goTo(frame.frame);
		document.getElementById("time").scrollIntoView();
		chart.main.focus({ preventScroll: true });
	}, "show it among its neighbours");
	show.className = "plain";
	return make("li", { "data-frame": frame.frame }, make("div", { class: "who" }, b(time(frame.e2e_ns, { "data-field": "e2e_ns" })), make("br"), make("span", { class: "mute" }, show, ` · ${(frame.start / 1e9).toFixed(2)}${THIN}s`)), row, lanesOf(run, frame, scale),
		make("p", { class: "story" }, storyOf(run, frame)));
}

const patterns = () => make("ul", { class: "legend", "aria-label": "Patterns" }, [["run", "its thread runs"], ["runq", "it waits for a CPU"], ["asleep", "it sleeps"], ["dwell", "done, and not asked for"]].map(([kind, what]) =>
	make("li", {}, make("span", { class: `dot ${kind}`, style: { width: "26px", "background-color": "var(--mute)" } }), what)));

const LANES = { oncpu: ["on a CPU", "var(--c1)"], runq: ["waiting for a CPU", "var(--c5)"], blocked: ["asleep", "var(--line)"] };

/* What each thread that carried it did meanwhile, in the order in which it happened. */
function lanesOf(run, frame, scale) {
	const tids = [...new Set((frame.spans || []).map(span => span.tid))];
	return tids.map(tid => make("div", { class: "lane", role: "img", "aria-label": `${run.thread(tid)}: ` + frame.spans.filter(span => span.tid === tid).map(span => `${LANES[span.state][0]} ${short(span.ns)}`).join(", ") },
		frame.spans.filter(span => span.tid === tid).map(span => withTip(make("i", { style: { left: 100 * span.from / scale + "%", width: 100 * span.ns / scale + "%", background: LANES[span.state][1] } }),
			() => [named(run.thread(tid)), pairs([[LANES[span.state][0], told(span.ns)], ...(span.cpu === null ? [] : [["CPU", span.cpu]]), ...(span.by === undefined ? [] : [[span.preempted ? "taken by" : "woken by", peerOf(run, span)]])])]))));
}
const laneLegend = run => run.n_spans ? make("ul", { class: "legend", "aria-label": "Below each frame: what its threads did" }, Object.values(LANES).map(([what, fill]) => make("li", {}, make("span", { class: "dot", style: { background: fill } }), `below: ${what}`))) : null;

function longestOf(run, chart) {
	const list = make("ol", { class: "gantt" }), longest = run.longest;
	if (!longest.length) return section("longest", "The longest frames", "", null, make("p", { class: "mute" }, "No frame was recorded by itself."));
	let own = false;
	const scaleOf = frame => own ? frame.e2e_ns : longest[0].e2e_ns, row = frame => longestRow(run, chart, frame, scaleOf(frame));
	let shown = Math.min(12, longest.length);
	const fill = () => {
		list.replaceChildren(...longest.slice(0, shown).map(row));
		fit(list);
	};
	fill();
	drawn.push(() => fit(list));
	const more = longest.length > shown ? push(`Show ${longest.length - shown} more`, () => { shown = longest.length; fill(); more.remove(); }) : null;
	const element = section("longest", "The longest frames", "Stage by stage, in the colours of their costs. Within a stage the amounts are measured, their order is not" + (run.n_spans ? ": that is told by the lane below, of what its threads did." : "."),
		toggle("each by its own scale", false, on => { own = on; fill(); }), list, patterns(), laneLegend(run), make("p", { class: "tools" }, more));
	element.classList.add("long");
	return element;
}
