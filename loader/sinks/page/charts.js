/* SPDX-License-Identifier: MIT */
/* charts.js - what is drawn: axes, distributions, ranges */

/* All that is drawn anew when the window, the colours or the paper change. */
const drawn = [];
let timer;
const drawAll = () => drawn.forEach(draw => draw());
const drawSoon = () => { clearTimeout(timer); timer = setTimeout(drawAll, 50); };

function canvas(height, attributes) {
	const element = make("canvas", attributes);
	element.style.height = height + "px";
	return element;
}

/* A canvas of the size that it has on the screen: its context, and that size. */
function prepare(element) {
	const w = element.clientWidth || 900, h = element.clientHeight || parseInt(element.style.height, 10);
	const ratio = Math.min(3, window.devicePixelRatio || 1);
	element.width = Math.round(w * ratio);
	element.height = Math.round(h * ratio);
	const g = element.getContext("2d");
	g.setTransform(ratio, 0, 0, ratio, 0, 0);
	g.font = "12px system-ui, sans-serif";
	return { g, w, h };
}

const LEFT = 64, RIGHT = 12;

/* Round values between two, some @n of them. */
function ticks(from, to, n) {
	const rough = (to - from) / n, power = 10 ** Math.floor(Math.log10(rough || 1));
	const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough) || power * 10, all = [];
	for (let v = Math.ceil(from / step) * step; v <= to + step * 1e-9; v += step) all.push(v);
	return all;
}
function logTicks(from, to) {
	const all = [];
	for (let p = Math.floor(Math.log10(from)); p <= Math.log10(to); p++)
		for (const m of [1, 2, 5]) if (m * 10 ** p >= from && m * 10 ** p <= to) all.push(m * 10 ** p);
	return all;
}

/* An axis of times from bottom to top: where a value is, and what value a place is. */
function axis(low, high, top, bottom, log) {
	const f = log ? v => Math.log(Math.max(v, 1)) : v => v, back = log ? Math.exp : v => v;
	const a = f(low), b = f(high) > a ? f(high) : a + 1;
	return {
		at: v => bottom - (bottom - top) * (f(v) - a) / (b - a), value: y => back(a + (bottom - y) / (bottom - top) * (b - a)),
		ticks: log ? logTicks(low, high) : ticks(low, high, Math.max(3, (bottom - top) / 55)), low, high,
	};
}

function drawAxis(g, y, w, left = LEFT) {
	let last = Infinity;
	g.textAlign = "right";
	for (const v of y.ticks) {
		const at = y.at(v);
		if (last - at < 15) continue;
		last = at;
		g.fillStyle = css("--grid");
		g.fillRect(left, Math.round(at), w - left - RIGHT, 1);
		g.fillStyle = css("--mute");
		g.fillText(v ? short(v) : "0", left - 7, at + 4);
	}
}

/* Percentiles: the further to the right, the rarer. A step is a bucket of the histogram. */
function percentileChart(sets, label) {
	const element = canvas(300, { role: "img", "aria-label": label });
	const total = hist => { let n = 0; for (let i = 2; i < hist.length; i += 3) n += hist[i]; return n; };
	const shown = () => sets.filter(set => set.on && set.hist.length).map(set => ({ ...set, total: total(set.hist) }));
	const nines = list => Math.max(1, ...list.map(set => Math.log10(Math.max(set.total, 10))));
	const xOf = (q, n, w) => LEFT + (w - LEFT - RIGHT) * Math.min(1, -Math.log10(Math.max(1 - q, 10 ** -n)) / n);
	const valueOf = (set, q) => {
		let seen = 0, i = 0;
		const rank = Math.max(1, Math.ceil(q * set.total - 1e-9));
		while (i < set.hist.length - 3 && seen + set.hist[i + 2] < rank) seen += set.hist[(i += 3) - 1];
		return Math.min(Math.max(middle(set.hist, i), set.min), set.max);
	};
	const middle = (hist, i) => hist[i + 1] === null ? hist[i] : hist[i] + Math.floor((hist[i + 1] - hist[i]) / 2);
	const draw = () => {
		const { g, w, h } = prepare(element), list = shown();
		if (!list.length) return;
		const n = nines(list), low = Math.max(1, Math.min(...list.map(set => set.min)));
		const y = axis(low * .92, Math.max(...list.map(set => set.max)) * 1.08, 10, h - 24, true);
		drawAxis(g, y, w);
		drawQuantiles(g, n, w, h, xOf);
		for (const set of list) {
			g.strokeStyle = set.paint();
			g.lineWidth = set.bold ? 2.4 : 1.6;
			g.setLineDash(set.dash || []);
			g.beginPath();
			let seen = 0;
			for (let i = 0; i < set.hist.length; i += 3) {
				const at = y.at(Math.min(Math.max(middle(set.hist, i), set.min), set.max));
				if (i) g.lineTo(xOf(seen / set.total, n, w), at); else g.moveTo(xOf(0, n, w), at);
				g.lineTo(xOf((seen += set.hist[i + 2]) / set.total, n, w), at);
			}
			g.stroke();
		}
		g.setLineDash([]);
	};
	element.addEventListener("pointermove", event => {
		const list = shown(), w = element.clientWidth, n = list.length ? nines(list) : 1;
		const q = 1 - 10 ** -(Math.min(1, Math.max(0, (event.offsetX - LEFT) / (w - LEFT - RIGHT))) * n);
		showTip(event, make("b", {}, `${(100 * q).toFixed(q > .999 ? 4 : q > .99 ? 3 : 1)} % are not longer than`),
			pairs(list.map(set => [set.name, told(Math.round(valueOf(set, q)))])));
	});
	element.addEventListener("pointerleave", hideTip);
	drawn.push(draw);
	return { element, draw, valueOf: (name, q) => valueOf(shown().find(set => set.name === name), q) };
}

function drawQuantiles(g, n, w, h, xOf) {
	let last = -Infinity;
	g.textAlign = "center";
	for (const q of [0, .5, .75, .9, .95, .99, .999, .9999, .99999, .999999]) {
		const x = xOf(q, n, w), text = q ? "p" + +(100 * q).toFixed(5) : "min";
		if (1 - q < 10 ** -n * .99) continue;
		g.fillStyle = css("--grid");
		g.fillRect(x, 10, 1, h - 34);
		if (x - last < g.measureText(text).width + 14) continue;
		last = x;
		g.fillStyle = css("--mute");
		g.fillText(text, Math.min(x, w - g.measureText(text).width / 2 - 1), h - 7);
	}
}

/* What does not fit into its place is not written. */
function fit(inside) {
	for (const label of inside.querySelectorAll(".fit")) {
		const place = label.parentElement, width = label.offsetWidth;
		label.classList.toggle("tight", width > (label.dataset.room ? place.clientWidth * label.dataset.room : place.clientWidth) - 3);
	}
}

/* Parts of a whole, side by side; each may have parts itself, which differ in their patterns. */
function barOf(parts, label) {
	const fill = part => (part.parts || [{ ns: 1, cost: part.cost, kind: "run" }]).map(one =>
		make("i", { class: PARTS[one.kind].class, style: { flex: `${one.ns} 1 0`, "background-color": colour(one.cost) } }));
	const bar = make("div", { class: "bar", role: "img", "aria-label": label }, parts.map(part =>
		withTip(make("div", { style: { flex: `${part.share} 1 0` } }, make("span", { class: "fill" }, fill(part)), make("span", { class: "fit" }, make("b", {}, part.name), time(part.ns))), part.tip)));
	drawn.push(() => fit(bar));
	return bar;
}

function svg(tag, attributes, ...children) {
	const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
	for (const key in attributes) element.setAttribute(key, attributes[key]);
	element.append(...children);
	return element;
}

/* The range of a stage on a scale that all share: least to most, half to 99 of 100, and the median. */
function rangePlot(its, low, high, paintBy) {
	const a = Math.log(Math.max(1, low)), b = Math.log(Math.max(2, high)), at = v => 2 + 196 * (Math.log(Math.max(1, v)) - a) / (b - a || 1);
	const line = (from, to, width, opacity) => {
		const one = svg("line", { x1: at(from), x2: Math.max(at(to), at(from) + .5), y1: 8, y2: 8, "stroke-width": width, "stroke-opacity": opacity });
		one.style.stroke = paintBy;
		return one;
	};
	const median = svg("line", { x1: at(its.p50_ns), x2: at(its.p50_ns), y1: 1, y2: 15, "stroke-width": 2.5, "vector-effect": "non-scaling-stroke" });
	median.style.stroke = paintBy;
	return svg("svg", { viewBox: "0 0 200 16", preserveAspectRatio: "none", "aria-hidden": "true" },
		line(its.min_ns, its.max_ns, 1.5, .75), line(its.p50_ns, its.p99_ns, 7, .45), median);
}
